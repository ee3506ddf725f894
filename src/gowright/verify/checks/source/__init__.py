"""The source: Go tools and the tests of the project."""
