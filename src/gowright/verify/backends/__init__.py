"""The servers that a service needs, one file per choice."""
