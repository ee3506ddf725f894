"""Runs a service for the checks, and calls it."""
