"""Runs a service for the checks, and sends requests to it."""
