"""Tracing backends."""
