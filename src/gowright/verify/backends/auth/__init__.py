"""Callers of a service: accounts, tokens, and OpenID providers."""
