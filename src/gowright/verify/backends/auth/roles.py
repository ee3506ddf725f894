"""The two kinds of authentication backends."""

from __future__ import annotations

from abc import abstractmethod

from gowright.verify.backends.auth.accounts import Accounts
from gowright.verify.backends.auth.provider import Provider
from gowright.verify.backends.auth.tokens import SecretKey
from gowright.verify.backends.base import AuthBackend


class AccountsBackend(AuthBackend):
    """The service has accounts and issues its own tokens."""

    accounts: Accounts

    @abstractmethod
    def shared_secret(self, key: SecretKey, previous: SecretKey | None = None) -> dict[str, str]:
        """The variables for signing with a shared secret, and for accepting the previous one."""


class ProviderBackend(AuthBackend):
    """Users sign in at an OpenID provider, which issues the tokens."""

    #: The provider of all services that don't have their own.
    provider: Provider

    @abstractmethod
    def environment_of(self, provider: Provider) -> dict[str, str]:
        """The variables for a service that trusts a provider."""

    @abstractmethod
    def token_of(self, subject: str, provider: Provider | None = None) -> str:
        """An access token of a user."""

    @abstractmethod
    def admin_token(self) -> str:
        """An access token of an administrator."""

    @abstractmethod
    def session_key(self, key: SecretKey, previous: SecretKey | None = None) -> dict[str, str]:
        """The variables for encrypting sessions with a key, and for accepting the previous one."""
