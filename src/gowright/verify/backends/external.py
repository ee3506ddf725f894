"""Servers that the environment names: used, never stopped, and left as they were."""

from __future__ import annotations

import secrets
from urllib.parse import unquote, urlsplit

from gowright.verify.outcomes import Skipped

#: A shorter password may be a word of any log.
_LONG_PASSWORD = 12


class ExternalServer:
    """The server that a variable names. Others may use it, so nothing stops it."""

    owned = False
    missing_capabilities = ""

    def __init__(self, url: str, variable: str) -> None:
        self._url = url
        self._variable = variable
        self.secrets = secrets_of(url)

    def new_url(self) -> str:
        """See Server."""
        return self._url

    def stop(self) -> None:
        """See Server."""
        raise Skipped(
            f"{self._variable} names the server, and verify does not stop a server that it did not start"
        )

    freeze = stop

    def start(self) -> None:
        """It was never stopped."""


def secrets_of(url: str) -> tuple[str, ...]:
    """What of a URL no log may hold: its password, or if that is a short one, how a URL would leak it."""
    password = urlsplit(url).password or ""
    spelt = dict.fromkeys((password, unquote(password)))
    return tuple(each if len(each) >= _LONG_PASSWORD else f":{each}@" for each in spelt if each)


def new_database_name() -> str:
    """A name that no other run uses."""
    return f"verify_{secrets.token_hex(8)}"
