"""The OpenID provider behind a service: its keys change, and it goes away; so does the key of the sessions."""

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
#: How long a service may wait between two looks at a provider's keys.
_KEYS_SECONDS = 11.0


@check("provider-keys", "new provider keys are fetched, unknown key ids are not", when=provider, timed=True)
def keys(harness: Harness) -> str:
    """A new key of the provider is found at once; keys that a token makes up are no requests to it."""
    with provided(harness) as (provider, running):
        old = harness.provider_backend.token_of("somebody", provider)
        _me(running, old, 200, "with the first key")
        time.sleep(_KEYS_SECONDS)
        provider.rotate()
        fresh = harness.provider_backend.token_of("somebody", provider)
        _me(running, fresh, 200, "with the next key")
        _me(running, old, 401, "with a key that was withdrawn")
        before = provider.keys_asked
        for _ in range(20):
            made_up = Token.parse(fresh).changed({"kid": secrets.token_hex(8)}).signed(provider.key)
            _me(running, made_up, 401, "with a key that is made up")
        if (asked := provider.keys_asked - before) > 1:
            raise Failed(f"20 tokens with made-up keys became {asked} requests to the provider")
    return f"{asked} requests for 20 made-up keys"


@check("session-keys", "session keys rotate", when=provider, timed=True)
def session_keys(harness: Harness) -> str:
    """Sessions outlive a change of their key, if the service is told the last one."""
    old, new = SecretKey(), SecretKey()
    backend = harness.provider_backend
    env = harness.environment()
    with harness.run_service(env=env | backend.session_key(old)) as running:
        session = session_of(harness, running, "somebody")
    with harness.run_service(env=env | backend.session_key(new, previous=old)) as running:
        running.anonymous.call("GET", ME, 200, headers=session.headers, why="sealed with the previous key")
        changed = session_of(harness, running, "somebody")
    with harness.run_service(env=env | backend.session_key(new) | {"SESSION_TTL": "2s"}) as running:
        running.anonymous.problem(
            "GET", ME, 401, headers=session.headers, why="sealed with a key that is gone"
        )
        running.anonymous.call("GET", ME, 200, headers=changed.headers, why="sealed with the new key")
        short = session_of(harness, running, "somebody")
        time.sleep(2.5)
        running.anonymous.problem("GET", ME, 401, headers=short.headers, why="after SESSION_TTL")
    return "and they end"


@check("provider-late", "the service starts before its provider and recovers", when=provider, timed=True)
def late(harness: Harness) -> str:
    """Started before the provider is there, it refuses nobody, and knows them by itself later."""
    with provided(harness, stopped=True) as (provider, running):
        token = harness.provider_backend.token_of("somebody", provider)
        running.anonymous.call("GET", "/readyz", 503, why="the provider is stopped")
        running.anonymous.call("GET", "/livez", 200, why="the provider is stopped")
        _me(running, token, 503, "before the provider is there")
        running.anonymous.problem("GET", LOGIN, 503, why="before the provider is there")
        running.anonymous.problem("GET", ME, 401, why="without a token")
        provider.start()
        started = time.monotonic()
        if not wait_until(running.ready, _RECOVERY_SECONDS, 0.1):
            raise Failed(
                f"GET /readyz still answers 503, {_RECOVERY_SECONDS:.0f} s after the provider is back"
            )
        _me(running, token, 200, "after the provider is there")
        session_of(harness, running, "somebody", provider)
        return f"ready after {time.monotonic() - started:.1f} s"


@check(
    "provider-stopped",
    "known tokens and sessions stay valid during a provider outage",
    when=provider,
    timed=True,
)
def stopped(harness: Harness) -> str:
    """Without the provider, tokens and sessions are still known; with it again, users sign in."""
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
        _me(running, unknown, 503, "with a key that the provider cannot be asked for")
        provider.start()
        session_of(harness, running, "somebody", provider)
    return ""


def _me(running: RunningService, token: str, expect: int, why: str) -> None:
    answer = running.anonymous.with_token(token).call("GET", ME, expect, why=why)
    if expect == 503 and not answer.headers.get("retry-after", "").isdigit():
        raise Failed(f"GET {ME} ({why}): a 503 without Retry-After")
