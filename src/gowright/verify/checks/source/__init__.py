"""The source: Go's tools and the project's own tests."""
