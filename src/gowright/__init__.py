"""gowright generates Go backend services, verifies them and keeps them up to date."""

__version__ = "0.4.0"

#: Where the project is published. `.invalid` is reserved (RFC 2606), so nobody else can own the name; the owner sets the
#: real URL here and in pyproject.toml. Generated projects record it as the source of their template.
PROJECT_URL = "https://gowright.invalid/gowright"
