"""Dashboards and rules against the metrics of the running service."""
