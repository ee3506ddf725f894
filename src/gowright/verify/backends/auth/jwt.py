"""JWT: the service has accounts and issues its own tokens."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

from gowright.model.facts import Facts
from gowright.verify.backends.auth.accounts import AUTH, Accounts
from gowright.verify.backends.auth.roles import AccountsBackend
from gowright.verify.backends.auth.tokens import Ed25519Key, SecretKey, Token
from gowright.verify.backends.base import Context, HttpClient


class Backend(AccountsBackend):
    """Users who have an account at the service."""

    public_routes = frozenset(f"POST {AUTH}/{name}" for name in ("register", "login", "refresh", "logout"))

    def __init__(self, context: Context, facts: Facts) -> None:
        super().__init__(context, facts)
        self.accounts = Accounts(context.secrets)
        self._key = Ed25519Key()

    @property
    def key(self) -> Ed25519Key:
        """See AuthBackend."""
        return self._key

    def environment(self) -> dict[str, str]:
        """See Backend."""
        self.context.secrets.keep(*self._key.pem.splitlines()[1:-1])
        return {"JWT_PRIVATE_KEY": self._key.pem}

    def shared_secret(self, key: SecretKey, previous: SecretKey | None = None) -> dict[str, str]:
        """See AccountsBackend."""
        env = {"JWT_PRIVATE_KEY": "", "JWT_SECRET": key.secret.decode()}
        if previous:
            env["JWT_PREVIOUS_SECRET"] = previous.secret.decode()
        self.context.secrets.keep(*env.values())
        return env

    def token(self, client: HttpClient) -> str:
        """See AuthBackend."""
        return self.accounts.login(client, self.accounts.register(client)).access_token

    def other_tokens(self, client: HttpClient, genuine: Token) -> Iterator[tuple[str, str]]:
        """See AuthBackend."""
        yield (
            "a refresh token",
            self.accounts.login(client, self.accounts.register(client)).refresh_token,
        )
        yield "with a subject that is no user", genuine.changed(claims={"sub": "nobody"}).signed(self.key)

    def unknown_callers(self, genuine: Token) -> Iterator[tuple[str, str]]:
        """See AuthBackend."""
        yield "of nobody", genuine.changed(claims={"sub": str(uuid4())}).signed(self.key)
