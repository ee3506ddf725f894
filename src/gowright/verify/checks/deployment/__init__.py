"""The files that deploy, operate, and build the service."""
