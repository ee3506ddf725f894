"""OpenID Connect: users sign in at a provider, which issues the tokens."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from gowright.model.facts import Facts
from gowright.verify.backends.auth.accounts import AUTH
from gowright.verify.backends.auth.authorization import PUBLIC_URL
from gowright.verify.backends.auth.provider import Provider
from gowright.verify.backends.auth.roles import ProviderBackend
from gowright.verify.backends.auth.tokens import ID_TOKEN, LOGOUT_TOKEN, RsaKey, SecretKey, Token
from gowright.verify.backends.base import Context, HttpClient
from gowright.verify.children.lazy import Lazy


class Backend(ProviderBackend):
    """Users whom an OpenID provider knows."""

    public_routes = frozenset((f"GET {AUTH}/login", f"GET {AUTH}/callback", f"POST {AUTH}/logout"))

    def __init__(self, context: Context, facts: Facts) -> None:
        super().__init__(context, facts)
        self._session_key = SecretKey()

    @Lazy
    def provider(self) -> Provider:
        """See ProviderBackend."""
        provider = Provider()
        self.context.processes.callback(provider.close)
        return provider

    @property
    def key(self) -> RsaKey:
        """See AuthBackend."""
        return self.provider.key

    def environment(self) -> dict[str, str]:
        """See Backend."""
        return self.environment_of(self.provider)

    def environment_of(self, provider: Provider) -> dict[str, str]:
        """See ProviderBackend."""
        self.context.secrets.keep(provider.client_secret)
        return {
            "OIDC_ISSUER": provider.issuer,
            "OIDC_AUDIENCE": provider.audience,
            "OIDC_CLIENT_ID": provider.client_id,
            "OIDC_CLIENT_SECRET": provider.client_secret,
            "PUBLIC_URL": PUBLIC_URL,
            **self.session_key(self._session_key),
        }

    def session_key(self, key: SecretKey, previous: SecretKey | None = None) -> dict[str, str]:
        """See ProviderBackend."""
        env = {"SESSION_KEY": key.secret.decode()}
        if previous:
            env["SESSION_PREVIOUS_KEY"] = previous.secret.decode()
        self.context.secrets.keep(*env.values())
        return env

    def token(self, _: HttpClient) -> str:
        """See AuthBackend."""
        return self.token_of(secrets.token_hex(8))

    def token_of(self, subject: str, provider: Provider | None = None) -> str:
        """See ProviderBackend."""
        token = (provider or self.provider).token(subject)
        self.context.secrets.keep(token)
        return token

    def other_tokens(self, _: HttpClient, genuine: Token) -> Iterator[tuple[str, str]]:
        """See AuthBackend."""
        signed_in = {"nonce": "n", "at_hash": "h", "aud": self.provider.client_id}
        yield "an ID token", genuine.changed({"typ": ID_TOKEN}, signed_in).signed(self.key)
        yield "an ID token without a type", genuine.changed({"typ": None}, signed_in).signed(self.key)
        yield "a logout token", genuine.changed({"typ": LOGOUT_TOKEN}).signed(self.key)

    def unknown_callers(self, _: Token) -> Iterator[tuple[str, str]]:
        """See AuthBackend: every user whom the provider knows exists."""
        yield from ()
