"""Access tokens: forged ones are rejected in the same way, and keys can be replaced."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx

from gowright.verify.backends.auth.tokens import (
    ID_TOKEN,
    REFRESH_TOKEN,
    Ed25519Key,
    NoKey,
    RsaKey,
    SecretKey,
    Token,
)
from gowright.verify.check import check
from gowright.verify.checks.conditions import accounts, callers
from gowright.verify.harness.client import Client, problem_of
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.running import RunningService
from gowright.verify.outcomes import Failed

_ME = "/api/v1/me"


@check("forged-tokens", "forged, expired and foreign tokens are rejected", when=callers)
def forged_tokens(harness: Harness) -> str:
    """Forged and expired tokens, and tokens for other purposes, are rejected."""
    running = harness.service
    token, key = harness.auth.token(running.anonymous), harness.auth.key
    genuine = Token.parse(token)
    # Otherwise, the rejections below could have another reason.
    control = genuine.signed(key)
    running.anonymous.with_token(control).call("GET", _ME, 200, why="signed again with the same key")

    details = set()
    forgeries = list(_forgeries(genuine, key))
    forgeries += list(_damaged(token))
    forgeries += list(harness.auth.other_tokens(running.anonymous, genuine))
    for why, text in forgeries:
        response = running.anonymous.with_token(text).call("GET", _ME, 401, why=why)
        details.add(_rejection(response, why))
    # Only the owner of the key can see this response.
    for why, text in harness.auth.unknown_callers(genuine):
        _rejection(running.anonymous.with_token(text).call("GET", _ME, 401, why=why), why)
    if len(details) > 1:
        raise Failed(f"the responses reveal the reason: {details}")
    _other_places(running.anonymous, token)
    return f"{len(forgeries)} forgeries"


def _forgeries(genuine: Token, key: Ed25519Key | RsaKey) -> Iterator[tuple[str, str]]:
    now = int(time.time())
    confused = SecretKey(key.public_pem)
    other = type(key)()
    yield "alg=none", genuine.signed(NoKey())
    yield "alg=none, without kid", genuine.changed({"kid": None}).signed(NoKey())
    yield "another key", genuine.signed(other)
    yield "another key, without kid", genuine.changed({"kid": None}).signed(other)
    yield "HS256 with the public key as secret", genuine.signed(confused)
    yield "HS256 with the public key, without kid", genuine.changed({"kid": None}).signed(confused)
    yield "HS256 with an empty secret", genuine.signed(SecretKey(b""))
    yield (
        "a key URL in the token",
        genuine.changed({"jku": "https://evil.example.net/keys"}).signed(other),
    )
    for name, claims in (
        ("expired", {"exp": now - 3600, "iat": now - 7200, "nbf": None}),
        ("without exp", {"exp": None}),
        ("not valid yet", {"nbf": now + 3600}),
        ("for another audience", {"aud": "another-service"}),
        ("for an audience like this one", {"aud": f"{genuine.claims.get('aud')}x"}),
        ("without audience", {"aud": None}),
        ("of another issuer", {"iss": "https://evil.example.net"}),
        ("without issuer", {"iss": None}),
        ("without subject", {"sub": None}),
    ):
        yield name, genuine.changed(claims=claims).signed(key)
    yield "the type of an ID token", genuine.changed({"typ": ID_TOKEN}).signed(key)
    yield "without typ", genuine.changed({"typ": None}).signed(key)
    yield "the type of a refresh token", genuine.changed({"typ": REFRESH_TOKEN}).signed(key)


def _damaged(text: str) -> Iterator[tuple[str, str]]:
    header, claims, signature = text.split(".")
    flipped = "B" if signature[10] == "A" else "A"
    yield "garbage", "garbage"
    yield "two dots", ".."
    yield "no signature", f"{header}.{claims}."
    yield "two parts", f"{header}.{claims}"
    yield "four parts", f"{text}.{signature}"
    yield "a changed signature", f"{header}.{claims}.{signature[:10]}{flipped}{signature[11:]}"
    yield "a very long token", f"{header}.{claims * 20}.{signature}"


def _rejection(response: httpx.Response, why: str) -> str:
    challenge = response.headers.get("www-authenticate", "")
    if not challenge.startswith("Bearer"):
        raise Failed(f"GET {_ME} ({why}): WWW-Authenticate is {challenge!r}")
    problem = problem_of(response, f"GET {_ME} ({why})")
    return f"{challenge} {problem['title']} {problem.get('detail')}"


def _other_places(client: Client, token: str) -> None:
    """A token counts only in the Authorization header, with the Bearer scheme."""
    for why, headers, params in (
        ("no token", {}, {}),
        ("an empty token", {"Authorization": "Bearer"}, {}),
        ("no scheme", {"Authorization": token}, {}),
        ("the Basic scheme", {"Authorization": f"Basic {token}"}, {}),
        ("a token in the query", {}, {"access_token": token}),
        ("a token in a cookie", {"Cookie": f"access_token={token}"}, {}),
    ):
        response = client.call("GET", _ME, 401, headers=headers, params=params, why=why)
        _rejection(response, why)


@check("keys", "tokens can be signed with a secret, and signing keys rotate", when=accounts)
def keys(harness: Harness) -> str:
    """Tokens can be signed with a shared secret, and the key can be rotated without downtime."""
    old, new = SecretKey(), SecretKey()
    signing = harness.accounts_backend
    env = harness.environment() | signing.shared_secret(old)
    with harness.run_service(env=env) as running:
        token = running.login(running.register()).access_token
        if Token.parse(token).header.get("alg") != "HS256":
            raise Failed(f"with a shared secret, the token header is {Token.parse(token).header}, not HS256")
        running.anonymous.with_token(token).call("GET", _ME, 200)
        foreign = Token.parse(token).signed(new)
        running.anonymous.with_token(foreign).call("GET", _ME, 401, why="signed with another secret")
    rotated = env | signing.shared_secret(new, previous=old)
    with harness.run_service(env=rotated) as running:
        claims = {"sub": _subject(running)} if harness.backends.database is None else {}
        kept = Token.parse(token).changed(claims=claims).signed(old)
        running.anonymous.with_token(kept).call("GET", _ME, 200, why="signed with the previous key")
        fresh = running.login(running.register()).access_token
        if not Token.is_signed(fresh, new):
            raise Failed("after a key rotation, tokens are not signed with the new key")
    return "HS256, with one key rotation"


def _subject(running: RunningService) -> str:
    """A user that this process knows: accounts in memory don't survive a restart."""
    return str(Token.parse(running.login(running.register()).access_token).claims["sub"])
