"""Startup, outages, telemetry, shutdown: the service in operation."""
