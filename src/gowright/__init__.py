"""gowright generates Go backend services and proves that they work."""

__version__ = "0.3.0"
