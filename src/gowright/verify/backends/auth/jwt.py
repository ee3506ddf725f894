"""JWT: the service has accounts and issues its own tokens."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

from typing_extensions import override

from gowright.model.facts import Facts
from gowright.verify.backends.auth.accounts import AUTH, Accounts
from gowright.verify.backends.auth.roles import AccountsBackend
from gowright.verify.backends.auth.tokens import Ed25519Key, SecretKey, Token
from gowright.verify.backends.base import Context, HttpClient


class Backend(AccountsBackend):
    """Users with accounts of the service."""

    public_routes = frozenset(f"POST {AUTH}/{name}" for name in ("register", "login", "refresh", "logout"))

    def __init__(self, context: Context, facts: Facts) -> None:
        super().__init__(context, facts)
        self.accounts = Accounts(context.secrets)
        self._key = Ed25519Key()

    @property
    @override
    def key(self) -> Ed25519Key:
        return self._key

    @override
    def environment(self) -> dict[str, str]:
        self.context.secrets.keep(*self._key.pem.splitlines()[1:-1])
        return {"JWT_PRIVATE_KEY": self._key.pem}

    @override
    def shared_secret(self, key: SecretKey, previous: SecretKey | None = None) -> dict[str, str]:
        env = {"JWT_PRIVATE_KEY": "", "JWT_SECRET": key.secret.decode()}
        if previous:
            env["JWT_PREVIOUS_SECRET"] = previous.secret.decode()
        self.context.secrets.keep(*env.values())
        return env

    @override
    def token(self, client: HttpClient) -> str:
        return self.accounts.login(client, self.accounts.register(client)).access_token

    @override
    def other_tokens(self, client: HttpClient, genuine: Token) -> Iterator[tuple[str, str]]:
        yield (
            "a refresh token",
            self.accounts.login(client, self.accounts.register(client)).refresh_token,
        )
        yield "with an unknown subject", genuine.changed(claims={"sub": "nobody"}).signed(self.key)

    @override
    def unknown_callers(self, genuine: Token) -> Iterator[tuple[str, str]]:
        yield "of an unknown user", genuine.changed(claims={"sub": str(uuid4())}).signed(self.key)
