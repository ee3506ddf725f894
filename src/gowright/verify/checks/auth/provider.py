"""The OpenID provider of a service: key rotation and outages, and the rotation of session keys."""

from __future__ import annotations

import secrets
import time

from gowright.verify.backends.auth.authorization import User
from gowright.verify.backends.auth.tokens import SecretKey, Token
from gowright.verify.check import check
from gowright.verify.checks.conditions import provider
from gowright.verify.children.ports import wait_until
from gowright.verify.harness.browser import CALLBACK, LOGIN, ME, at_provider, begin, provided, session_of
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.running import RunningService
from gowright.verify.outcomes import Failed

_RECOVERY_SECONDS = 8.0
#: The maximum time between two requests for the provider's keys.
_KEYS_SECONDS = 11.0


@check("provider-keys", "new provider keys are fetched, unknown key ids are not", when=provider, timed=True)
def keys(harness: Harness) -> str:
    """A new key of the provider is fetched immediately; tokens with made-up key IDs cause no requests."""
    with provided(harness) as (provider, running):
        old = harness.provider_backend.token_of("somebody", provider)
        _me(running, old, 200, "with the first key")
        time.sleep(_KEYS_SECONDS)
        provider.rotate()
        fresh = harness.provider_backend.token_of("somebody", provider)
        _me(running, fresh, 200, "with the next key")
        _me(running, old, 401, "with a removed key")
        before = provider.key_requests
        for _ in range(20):
            made_up = Token.parse(fresh).changed({"kid": secrets.token_hex(8)}).signed(provider.key)
            _me(running, made_up, 401, "with a made-up key")
        if (requests := provider.key_requests - before) > 1:
            raise Failed(f"20 tokens with made-up keys caused {requests} requests to the provider")
    return f"{requests} requests for 20 made-up keys"


@check("session-keys", "session keys rotate", when=provider, timed=True)
def session_keys(harness: Harness) -> str:
    """Sessions survive a key rotation if the service knows the previous key."""
    old, new = SecretKey(), SecretKey()
    backend = harness.provider_backend
    env = harness.environment()
    with harness.run_service(env=env | backend.session_key(old)) as running:
        session = session_of(harness, running, "somebody")
    with harness.run_service(env=env | backend.session_key(new, previous=old)) as running:
        running.anonymous.call("GET", ME, 200, headers=session.headers, why="encrypted with the previous key")
        changed = session_of(harness, running, "somebody")
    with harness.run_service(env=env | backend.session_key(new) | {"SESSION_TTL": "2s"}) as running:
        running.anonymous.problem("GET", ME, 401, headers=session.headers, why="encrypted with a removed key")
        running.anonymous.call("GET", ME, 200, headers=changed.headers, why="encrypted with the new key")
        short = session_of(harness, running, "somebody")
        time.sleep(2.5)
        running.anonymous.problem("GET", ME, 401, headers=short.headers, why="after SESSION_TTL")
    return "and sessions expire"


@check("provider-late", "the service starts before its provider and recovers", when=provider, timed=True)
def late(harness: Harness) -> str:
    """A service that starts before its provider rejects no caller for good, and recovers."""
    with provided(harness, stopped=True) as (provider, running):
        token = harness.provider_backend.token_of("somebody", provider)
        running.anonymous.call("GET", "/readyz", 503, why="the provider is stopped")
        running.anonymous.call("GET", "/livez", 200, why="the provider is stopped")
        _me(running, token, 503, "before the provider started")
        running.anonymous.problem("GET", LOGIN, 503, why="before the provider started")
        running.anonymous.problem("GET", ME, 401, why="without a token")
        provider.start()
        started = time.monotonic()
        if not wait_until(running.ready, _RECOVERY_SECONDS, 0.1):
            raise Failed(
                f"GET /readyz still returns 503, {_RECOVERY_SECONDS:.0f} s after the provider started"
            )
        _me(running, token, 200, "after the provider started")
        session_of(harness, running, "somebody", provider)
        return f"ready after {time.monotonic() - started:.1f} s"


@check(
    "provider-stopped",
    "known tokens and sessions stay valid during a provider outage",
    when=provider,
    timed=True,
)
def stopped(harness: Harness) -> str:
    """During a provider outage, tokens and sessions stay valid; afterward, users can sign in."""
    with provided(harness) as (provider, running):
        token = harness.provider_backend.token_of("somebody", provider)
        session = session_of(harness, running, "somebody", provider)
        begun = begin(running)
        back = at_provider(harness, begun, User("somebody"), provider)
        time.sleep(_KEYS_SECONDS)
        provider.stop()
        _me(running, token, 200, "while the provider is stopped")
        running.anonymous.call("GET", ME, 200, headers=session.headers, why="while the provider is stopped")
        running.anonymous.call("GET", "/readyz", 200, why="the keys are known")
        running.anonymous.problem("GET", CALLBACK, 503, params=back, headers=begun.headers)
        unknown = Token.parse(token).changed({"kid": "unknown"}).signed(provider.key)
        _me(running, unknown, 503, "with an unknown key, while the provider is stopped")
        provider.start()
        session_of(harness, running, "somebody", provider)
    return ""


def _me(running: RunningService, token: str, expect: int, why: str) -> None:
    response = running.anonymous.with_token(token).call("GET", ME, expect, why=why)
    if expect == 503 and not response.headers.get("retry-after", "").isdigit():
        raise Failed(f"GET {ME} ({why}): a 503 without Retry-After")
