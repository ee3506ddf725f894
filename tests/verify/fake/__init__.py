"""A service that follows the spec, except for one bug that a test can choose."""
