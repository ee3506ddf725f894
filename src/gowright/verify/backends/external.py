"""External servers, set by environment variables. They're never stopped."""

from __future__ import annotations

import secrets
from urllib.parse import unquote, urlsplit

from typing_extensions import override

from gowright.verify.backends.base import Server
from gowright.verify.outcomes import Skipped

#: A shorter password could be part of a log by chance.
_MIN_PASSWORD = 12


class ExternalServer(Server):
    """A server that a variable names. Others can use it, so it's never stopped."""

    owned = False
    missing_capabilities = ""

    def __init__(self, url: str, variable: str) -> None:
        self._url = url
        self._variable = variable
        self.secrets = secrets_of(url)

    @override
    def new_url(self) -> str:
        return self._url

    @override
    def stop(self) -> None:
        raise Skipped(
            f"{self._variable} names the server, and verify never stops a server that it did not start"
        )

    freeze = stop

    def start(self) -> None:
        """Do nothing: it was never stopped."""


def secrets_of(url: str) -> tuple[str, ...]:
    """The parts of a URL that must not appear in a log: the password, or `:password@` if it's short."""
    password = urlsplit(url).password or ""
    spellings = dict.fromkeys((password, unquote(password)))
    return tuple(each if len(each) >= _MIN_PASSWORD else f":{each}@" for each in spellings if each)


def new_database_name() -> str:
    """A unique database name."""
    return f"verify_{secrets.token_hex(8)}"
