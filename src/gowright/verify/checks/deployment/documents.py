"""The documents for people."""
