"""The git hooks."""
