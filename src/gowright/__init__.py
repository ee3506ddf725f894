"""gowright generates Go backend services, verifies them, and keeps them up to date."""

__version__ = "0.4.0"

#: The project URL, which generated projects record as the source of their template. The domain `.invalid` is reserved
#: (RFC 2606), so that nobody can register it. Set the real URL here and in pyproject.toml.
PROJECT_URL = "https://gowright.invalid/gowright"
