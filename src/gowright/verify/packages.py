"""The packages of the extra `verify`."""

from __future__ import annotations

from importlib.util import find_spec

_PACKAGES = (
    "authlib",
    "cryptography",
    "httpx",
    "jsonschema",
    "markdown_it",
    "openapi_spec_validator",
    "opentelemetry.proto",
    "referencing",
)


def missing() -> list[str]:
    """The packages that aren't installed."""
    return [name for name in _PACKAGES if not importable(name)]


def importable(name: str) -> bool:
    """Report whether a module is installed, without importing it."""
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False
