"""OpenID Connect: users sign in at a provider, which issues the tokens."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from typing_extensions import override

from gowright.model.facts import Facts
from gowright.verify.backends.auth.accounts import AUTH
from gowright.verify.backends.auth.authorization import PUBLIC_URL
from gowright.verify.backends.auth.provider import Provider
from gowright.verify.backends.auth.roles import ProviderBackend
from gowright.verify.backends.auth.tokens import ID_TOKEN, LOGOUT_TOKEN, RsaKey, SecretKey, Token
from gowright.verify.backends.base import Context, HttpClient
from gowright.verify.children.lazy import Lazy


class Backend(ProviderBackend):
    """Users of an OpenID provider."""

    public_routes = frozenset((f"GET {AUTH}/login", f"GET {AUTH}/callback", f"POST {AUTH}/logout"))

    def __init__(self, context: Context, facts: Facts) -> None:
        super().__init__(context, facts)
        self._session_key = SecretKey()

    @Lazy
    def provider(self) -> Provider:
        """The provider of all services that don't have their own."""
        provider = Provider()
        self.context.processes.callback(provider.close)
        return provider

    @property
    @override
    def key(self) -> RsaKey:
        return self.provider.key

    @override
    def environment(self) -> dict[str, str]:
        return self.environment_of(self.provider)

    @override
    def environment_of(self, provider: Provider) -> dict[str, str]:
        self.context.secrets.keep(provider.client_secret)
        return {
            "OIDC_ISSUER": provider.issuer,
            "OIDC_AUDIENCE": provider.audience,
            "OIDC_CLIENT_ID": provider.client_id,
            "OIDC_CLIENT_SECRET": provider.client_secret,
            "PUBLIC_URL": PUBLIC_URL,
            **self.session_key(self._session_key),
        }

    @override
    def session_key(self, key: SecretKey, previous: SecretKey | None = None) -> dict[str, str]:
        env = {"SESSION_KEY": key.secret.decode()}
        if previous:
            env["SESSION_PREVIOUS_KEY"] = previous.secret.decode()
        self.context.secrets.keep(*env.values())
        return env

    @override
    def token(self, _: HttpClient) -> str:
        return self.token_of(secrets.token_hex(8))

    @override
    def token_of(self, subject: str, provider: Provider | None = None) -> str:
        token = (provider or self.provider).token(subject)
        self.context.secrets.keep(token)
        return token

    @override
    def admin_token(self) -> str:
        token = self.provider.token(secrets.token_hex(8), {"roles": ["buyer", "admin"]})
        self.context.secrets.keep(token)
        return token

    @override
    def other_tokens(self, _: HttpClient, genuine: Token) -> Iterator[tuple[str, str]]:
        signed_in = {"nonce": "n", "at_hash": "h", "aud": self.provider.client_id}
        yield "an ID token", genuine.changed({"typ": ID_TOKEN}, signed_in).signed(self.key)
        yield "an ID token without a type", genuine.changed({"typ": None}, signed_in).signed(self.key)
        yield "a logout token", genuine.changed({"typ": LOGOUT_TOKEN}).signed(self.key)

    @override
    def unknown_callers(self, _: Token) -> Iterator[tuple[str, str]]:
        """Yield nothing: every user of the provider exists."""
        yield from ()
