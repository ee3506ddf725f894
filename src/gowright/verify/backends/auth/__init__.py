"""Where a service's callers come from."""
