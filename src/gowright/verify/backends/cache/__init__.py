"""Cache servers."""
