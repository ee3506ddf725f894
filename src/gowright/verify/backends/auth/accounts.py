"""Accounts of a service: registration, login, and sessions."""

from __future__ import annotations

import itertools
import secrets
from dataclasses import dataclass
from typing import Any

from gowright.verify.backends.base import HttpClient, Secrets

AUTH = "/api/v1/auth"


@dataclass(frozen=True, slots=True)
class Session:
    """The tokens of a login."""

    access_token: str
    refresh_token: str


@dataclass(frozen=True, slots=True)
class Account:
    """A user who can log in."""

    email: str
    password: str

    @property
    def credentials(self) -> dict[str, str]:
        """The request body of a registration or a login."""
        return {"email": self.email, "password": self.password}


class Accounts:
    """Creates accounts and sessions, and records their secrets."""

    def __init__(self, secrets_of_run: Secrets) -> None:
        self._secrets = secrets_of_run
        self._numbers = itertools.count(1)

    def register(self, client: HttpClient) -> Account:
        """Register an account."""
        account = Account(
            f"user-{next(self._numbers)}-{secrets.token_hex(4)}@example.com",
            f"Pass-{secrets.token_urlsafe(18)}",
        )
        self._secrets.keep(account.password)
        self.session(client.call("POST", f"{AUTH}/register", 201, json=account.credentials).json())
        return account

    def login(self, client: HttpClient, account: Account) -> Session:
        """Log in, and return the new session."""
        return self.session(client.call("POST", f"{AUTH}/login", 200, json=account.credentials).json())

    def session(self, body: Any) -> Session:
        """The session in the body of a response."""
        session = Session(body["access_token"], body["refresh_token"])
        self._secrets.keep(session.access_token, session.refresh_token)
        return session
