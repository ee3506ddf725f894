"""Rate limits."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Iterator

import httpx

from gowright.verify.backends.auth.accounts import AUTH, Account
from gowright.verify.check import check
from gowright.verify.checks.conditions import accounts, cache
from gowright.verify.harness.client import Client, problem_of
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.running import RunningService
from gowright.verify.outcomes import Failed, Skipped

_REQUESTS = 10
_PERIOD = "10s"
_LIMITS = {"RATE_LIMIT_REQUESTS": str(_REQUESTS), "RATE_LIMIT_PERIOD": _PERIOD}
_ACCOUNT_REQUESTS = 20
_LOGIN_LIMITS = {
    "AUTH_RATE_LIMIT_REQUESTS": str(_REQUESTS),
    "AUTH_ACCOUNT_LIMIT_REQUESTS": str(_ACCOUNT_REQUESTS),
    "AUTH_RATE_LIMIT_PERIOD": "10m",
}
_BEHIND_PROXY = {"HTTP_TRUSTED_PROXIES": "127.0.0.0/8"}
_GUESSES = _ACCOUNT_REQUESTS + 10
_TRIES = 3 * _REQUESTS


@check("rate-limit", "clients over the rate limit get 429", timed=True)
def rate_limit(harness: Harness) -> str:
    """A client over the limit gets 429 with Retry-After, and is served again afterward."""
    with _strict(harness, _LIMITS) as running:
        path = _path(running)
        responses = [running.anonymous.call("GET", path, (200, 401, 429)) for _ in range(_TRIES)]
        wait = int(_limited(responses, "one client")[-1].headers["retry-after"])
        for probe in ("/livez", "/readyz"):
            running.anonymous.call("GET", probe, 200, why="a probe of a limited client")
        time.sleep(wait)
        running.anonymous.call("GET", path, (200, 401), why=f"after the {wait} s of Retry-After")
    return f"429 after {_REQUESTS}"


@check("spoofed-clients", "forged client addresses do not bypass the rate limit", timed=True)
def spoofed_clients(harness: Harness) -> str:
    """A client can't avoid its limit with a forged address."""
    claims = [f"203.0.113.{n}" for n in range(_TRIES)]
    with _strict(harness, _LIMITS) as running:
        responses = [_call_as(running, claim, (200, 401, 429)) for claim in claims]
        _limited(responses, "a client that claims another address each time")
    with _strict(harness, _LIMITS | _BEHIND_PROXY) as running:
        for claim in claims:
            _call_as(running, claim, (200, 401))
        responses = [_call_as(running, f"{claim}, 198.51.100.7", (200, 401, 429)) for claim in claims]
        _limited(responses, "a client that claims more addresses behind a trusted proxy")
    return "X-Forwarded-For is used only from trusted proxies"


@check("shared-limit", "replicas share rate limits", when=cache, timed=True)
def shared_limit(harness: Harness) -> str:
    """Two replicas share a limit."""
    env = harness.environment() | _LIMITS | _BEHIND_PROXY
    if harness.cache.variable not in env:
        raise Skipped(f"{harness.cache.name} is not available to share limits")
    spec = harness.service.spec
    # A new client, even for an external server.
    client = f"2001:db8:{secrets.randbelow(65536):x}:{secrets.randbelow(65536):x}::1"
    with (
        harness.run_service(env=env, spec=spec) as one,
        harness.run_service(env=env, spec=spec) as other,
    ):
        services = (one, other)
        responses = [_call_as(services[n % 2], client, (200, 401, 429)) for n in range(_TRIES)]
        _limited(responses, "a client of two replicas")
    return ""


@check("login-limit", "login attempts are rate limited", when=accounts, timed=True)
def login_limit(harness: Harness) -> str:
    """Passwords can't be guessed quickly, and a single client can't lock an account."""
    with _strict(harness, _LOGIN_LIMITS) as running:
        guesses = [_guess(running.anonymous, f"someone-{n}@example.com") for n in range(_GUESSES)]
        _limited(guesses, "a client that tries many accounts")
        running.anonymous.call("GET", "/livez", 200)
    with _strict(harness, _LOGIN_LIMITS | _BEHIND_PROXY) as running:
        tried, attacked, other = (running.register() for _ in range(3))
        guesses = [_guess(running.anonymous, tried.email, "203.0.113.1") for _ in range(_GUESSES)]
        _limited(guesses, "a client that tries one account")
        _login_as(running, tried, "192.0.2.1", "its user, while another client tries the account")
        guesses = [_guess(running.anonymous, attacked.email, f"198.51.100.{n}") for n in range(_GUESSES)]
        _limited(guesses, "many clients that try one account", _ACCOUNT_REQUESTS)
        _login_as(running, other, "192.0.2.2", "another account")
    return "by client and by account"


@contextlib.contextmanager
def _strict(harness: Harness, limits: dict[str, str]) -> Iterator[RunningService]:
    """A service with these limits and without earlier requests."""
    env = harness.environment_of_new_clients() | {"HTTP_TRUSTED_PROXIES": "none"} | limits
    with harness.run_service(env=env, spec=harness.service.spec) as running:
        yield running


def _call_as(running: RunningService, claim: str, expect: tuple[int, ...]) -> httpx.Response:
    """A request that claims a client address in all common headers."""
    names = ("X-Forwarded-For", "X-Real-IP", "True-Client-IP", "CF-Connecting-IP")
    headers = {**dict.fromkeys(names, claim), "Forwarded": f"for={claim}"}
    return running.anonymous.call("GET", _path(running), expect, headers=headers, why=f"as {claim}")


def _guess(client: Client, email: str, address: str = "") -> httpx.Response:
    headers = {"X-Forwarded-For": address} if address else {}
    body = {"email": email, "password": "Wrong-Password-1234567"}
    return client.call("POST", f"{AUTH}/login", (401, 429), json=body, headers=headers)


def _login_as(running: RunningService, account: Account, address: str, why: str) -> None:
    headers = {"X-Forwarded-For": address}
    running.anonymous.call("POST", f"{AUTH}/login", 200, json=account.credentials, headers=headers, why=why)


def _limited(responses: list[httpx.Response], who: str, allowed: int = _REQUESTS) -> list[httpx.Response]:
    """Check that all but about the allowed number of responses are 429, and return these."""
    refused = [response for response in responses if response.status_code == 429]
    served = len(responses) - len(refused)
    # During the requests, a few more become allowed: at most one per second.
    seconds = sum(response.elapsed.total_seconds() for response in responses)
    if not allowed <= served <= allowed + 4 + seconds:
        raise Failed(f"{who}: {served} of {len(responses)} calls were served, and {allowed} are allowed")
    for response in refused:
        problem_of(response, who)
        wait = response.headers.get("retry-after", "")
        if not wait.isdigit() or int(wait) < 1:
            raise Failed(f"{who}: 429 with Retry-After {wait!r}")
    return refused


def _path(running: RunningService) -> str:
    """A rate-limited route; a response of 401 counts, too."""
    return running.resources[0].path if running.resources else "/openapi.yaml"
