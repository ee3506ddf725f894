"""The OpenID provider behind a service: its keys change, and it goes away; so does the key of the sessions."""

from __future__ import annotations

import secrets
import time

from gowright.verify.harness.browser import CALLBACK, LOGIN, ME, at_provider, begin, provided, session_of, users_of
from gowright.verify.backends.auth.tokens import SecretKey, Token
from gowright.verify.harness.harness import Lab
from gowright.verify.result import Failed
from gowright.verify.backends.auth.authorization import User
from gowright.verify.children.ports import wait_until
from gowright.verify.harness.running import Site

_RECOVERY_SECONDS = 8.0
#: How long a service may wait between two looks at a provider's keys.
_KEYS_SECONDS = 11.0


def keys(lab: Lab) -> str:
    """A new key of the provider is found at once; keys that a token makes up are no requests to it."""
    with provided(lab) as (provider, site):
        old = users_of(lab).token_of("somebody", provider)
        _me(site, old, 200, "with the first key")
        time.sleep(_KEYS_SECONDS)
        provider.rotate()
        fresh = users_of(lab).token_of("somebody", provider)
        _me(site, fresh, 200, "with the next key")
        _me(site, old, 401, "with a key that was withdrawn")
        before = provider.keys_asked
        for _ in range(20):
            made_up = Token.parse(fresh).changed({"kid": secrets.token_hex(8)}).signed(provider.key)
            _me(site, made_up, 401, "with a key that is made up")
        if (asked := provider.keys_asked - before) > 1:
            raise Failed(f"20 tokens with made-up keys became {asked} requests to the provider")
    return f"{asked} requests for 20 made-up keys"


def session_keys(lab: Lab) -> str:
    """Sessions outlive a change of their key, if the service is told the last one."""
    new = SecretKey().secret.decode()
    lab.keep_secret(new)
    env = lab.environment()
    session = session_of(lab, lab.service, "somebody")
    with lab.site(env=env | {"SESSION_KEY": new, "SESSION_PREVIOUS_KEY": env["SESSION_KEY"]}) as site:
        site.anonymous.call("GET", ME, 200, headers=session.headers, why="sealed with the previous key")
        changed = session_of(lab, site, "somebody")
    with lab.site(env=env | {"SESSION_KEY": new, "SESSION_TTL": "2s"}) as site:
        site.anonymous.problem("GET", ME, 401, headers=session.headers, why="sealed with a key that is gone")
        site.anonymous.call("GET", ME, 200, headers=changed.headers, why="sealed with the new key")
        short = session_of(lab, site, "somebody")
        time.sleep(2.5)
        site.anonymous.problem("GET", ME, 401, headers=short.headers, why="after SESSION_TTL")
    return "and they end"


def late(lab: Lab) -> str:
    """Started before the provider is there, it refuses nobody, and knows them by itself later."""
    with provided(lab, stopped=True) as (provider, site):
        token = users_of(lab).token_of("somebody", provider)
        site.anonymous.call("GET", "/readyz", 503, why="the provider is stopped")
        site.anonymous.call("GET", "/livez", 200, why="the provider is stopped")
        _me(site, token, 503, "before the provider is there")
        site.anonymous.problem("GET", LOGIN, 503, why="before the provider is there")
        site.anonymous.problem("GET", ME, 401, why="without a token")
        provider.start()
        started = time.monotonic()
        if not wait_until(site.ready, _RECOVERY_SECONDS, 0.1):
            raise Failed(
                f"GET /readyz still answers 503, {_RECOVERY_SECONDS:.0f} s after the provider is back"
            )
        _me(site, token, 200, "after the provider is there")
        session_of(lab, site, "somebody", provider)
        return f"ready after {time.monotonic() - started:.1f} s"


def stopped(lab: Lab) -> str:
    """Without the provider, tokens and sessions are still known; with it again, users sign in."""
    with provided(lab) as (provider, site):
        token = users_of(lab).token_of("somebody", provider)
        session = session_of(lab, site, "somebody", provider)
        begun = begin(site)
        back = at_provider(lab, begun, User("somebody"), provider)
        time.sleep(_KEYS_SECONDS)
        provider.stop()
        _me(site, token, 200, "while the provider is stopped")
        site.anonymous.call("GET", ME, 200, headers=session.headers, why="while the provider is stopped")
        site.anonymous.call("GET", "/readyz", 200, why="the keys are known")
        site.anonymous.problem("GET", CALLBACK, 503, params=back, headers=begun.headers)
        unknown = Token.parse(token).changed({"kid": "unknown"}).signed(provider.key)
        _me(site, unknown, 503, "with a key that the provider cannot be asked for")
        provider.start()
        session_of(lab, site, "somebody", provider)
    return ""


def _me(site: Site, token: str, expect: int, why: str) -> None:
    answer = site.anonymous.with_token(token).call("GET", ME, expect, why=why)
    if expect == 503 and not answer.headers.get("retry-after", "").isdigit():
        raise Failed(f"GET {ME} ({why}): a 503 without Retry-After")
