"""The two ways in which a service gets to know its callers."""

from __future__ import annotations

from abc import abstractmethod

from gowright.verify.backends.auth.accounts import Accounts
from gowright.verify.backends.auth.provider import Provider
from gowright.verify.backends.auth.tokens import SecretKey
from gowright.verify.backends.base import AuthBackend


class AccountsBackend(AuthBackend):
    """The service has accounts, and issues its own tokens."""

    accounts: Accounts

    @abstractmethod
    def shared_secret(self, key: SecretKey, previous: SecretKey | None = None) -> dict[str, str]:
        """The variables with which a service signs with a shared secret, and still accepts the previous one."""


class ProviderBackend(AuthBackend):
    """Users sign in at an OpenID provider, which issues the tokens."""

    #: The provider of all services that have none of their own.
    provider: Provider

    @abstractmethod
    def environment_of(self, provider: Provider) -> dict[str, str]:
        """The variables that make a service trust a provider."""

    @abstractmethod
    def token_of(self, subject: str, provider: Provider | None = None) -> str:
        """An access token of a user."""

    @abstractmethod
    def session_key(self, key: SecretKey, previous: SecretKey | None = None) -> dict[str, str]:
        """The variables with which a service seals sessions, and still accepts the previous key."""
