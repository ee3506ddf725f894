"""Where a service's callers come from: its own accounts, or an OpenID provider."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol
from uuid import uuid4

from gowright.verify.backends.auth.tokens import Ed25519Key, RsaKey, SecretKey, Token
from gowright.verify.backends.auth.authorization import PUBLIC_URL
from gowright.verify.backends.auth.provider import Provider

if TYPE_CHECKING:
    from gowright.verify.harness.harness import Lab
    from gowright.verify.harness.running import Site


class Callers(Protocol):
    """What the checks need of one choice of `auth`."""

    @property
    def public(self) -> frozenset[str]:
        """The routes of the API that ask for no token."""

    @property
    def needed(self) -> tuple[str, ...]:
        """What has to be set in production."""

    @property
    def key(self) -> Ed25519Key | RsaKey:
        """The key that signs the access tokens."""

    def environment(self) -> dict[str, str]:
        """The variables that let a service know its callers."""

    def mistakes(self, hidden: str, /) -> dict[str, str]:
        """Variables that are wrong, one of them a secret."""

    def token(self, site: Site, /) -> str:
        """An access token of someone new."""

    def other_tokens(self, site: Site, genuine: Token, /) -> Iterator[tuple[str, str]]:
        """Tokens that are good for something else, each with what it is."""

    def nobodies(self, genuine: Token, /) -> Iterator[tuple[str, str]]:
        """Access tokens of those who do not exist."""


def callers_of(lab: Lab) -> Callers:
    """The callers of the services of a project."""
    return ProviderUsers(lab) if lab.subject.has("auth", "oidc") else Accounts(lab)


class Accounts:
    """Those who have an account at the service."""

    public = frozenset(f"POST /api/v1/auth/{name}" for name in ("register", "login", "refresh", "logout"))
    needed = ("JWT_PRIVATE_KEY",)

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    @property
    def key(self) -> Ed25519Key | RsaKey:
        """See Callers."""
        return self._lab.key

    def environment(self) -> dict[str, str]:
        """See Callers."""
        self._lab.keep_secret(*self._lab.key.pem.splitlines()[1:-1])
        return self._lab.key.environment()

    def mistakes(self, hidden: str) -> dict[str, str]:
        """See Callers."""
        return {"JWT_SECRET": hidden}

    def token(self, site: Site) -> str:
        """See Callers."""
        return site.login(site.register()).access_token

    def other_tokens(self, site: Site, genuine: Token) -> Iterator[tuple[str, str]]:
        """See Callers."""
        yield "a refresh token", site.login(site.register()).refresh_token
        yield "with a subject that is no user", genuine.changed(claims={"sub": "nobody"}).signed(self.key)

    def nobodies(self, genuine: Token) -> Iterator[tuple[str, str]]:
        """See Callers."""
        yield "of nobody", genuine.changed(claims={"sub": str(uuid4())}).signed(self.key)


class ProviderUsers:
    """Those whom an OpenID provider knows."""

    public = frozenset(("GET /api/v1/auth/login", "GET /api/v1/auth/callback", "POST /api/v1/auth/logout"))
    needed = ("OIDC_ISSUER", "PUBLIC_URL", "SESSION_KEY")

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self.provider = Provider()
        lab.processes.callback(self.provider.close)
        self.session_key = SecretKey()

    @property
    def key(self) -> Ed25519Key | RsaKey:
        """See Callers."""
        return self.provider.key

    def environment(self) -> dict[str, str]:
        """See Callers."""
        return self.environment_of(self.provider)

    def environment_of(self, provider: Provider) -> dict[str, str]:
        """The variables that make a service believe a provider."""
        session_key = self.session_key.secret.decode()
        self._lab.keep_secret(session_key, provider.client_secret)
        return {
            "OIDC_ISSUER": provider.issuer,
            "OIDC_AUDIENCE": provider.audience,
            "OIDC_CLIENT_ID": provider.client_id,
            "OIDC_CLIENT_SECRET": provider.client_secret,
            "PUBLIC_URL": PUBLIC_URL,
            "SESSION_KEY": session_key,
        }

    def mistakes(self, hidden: str) -> dict[str, str]:
        """See Callers."""
        return {"SESSION_KEY": hidden, "OIDC_ISSUER": f"https://user:{hidden}@", "PUBLIC_URL": "nowhere"}

    def token(self, _: Site) -> str:
        """See Callers."""
        return self.token_of(secrets.token_hex(8))

    def token_of(self, subject: str, provider: Provider | None = None) -> str:
        """An access token of somebody."""
        token = (provider or self.provider).token(subject)
        self._lab.keep_secret(token)
        return token

    def other_tokens(self, _: Site, genuine: Token) -> Iterator[tuple[str, str]]:
        """See Callers."""
        signed_in = {"nonce": "n", "at_hash": "h", "aud": self.provider.client_id}
        yield "an ID token", genuine.changed({"typ": "JWT"}, signed_in).signed(self.key)
        yield "an ID token without a type", genuine.changed({"typ": None}, signed_in).signed(self.key)
        yield "a logout token", genuine.changed({"typ": "logout+jwt"}).signed(self.key)

    def nobodies(self, _: Token) -> Iterator[tuple[str, str]]:
        """See Callers: whoever the provider knows is somebody."""
        yield from ()
