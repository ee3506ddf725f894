"""A browser, as far as signing in needs one: it goes where it is sent, and keeps cookies."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlsplit

import httpx

from gowright.verify.backends.auth.accounts import AUTH
from gowright.verify.backends.auth.authorization import REDIRECT_URI, User
from gowright.verify.backends.auth.provider import Provider
from gowright.verify.harness.client import Client
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.running import RunningService
from gowright.verify.outcomes import Failed

ME = "/api/v1/me"
LOGIN = f"{AUTH}/login"
CALLBACK = f"{AUTH}/callback"
LOGOUT = f"{AUTH}/logout"
_ATTRIBUTES = {"path": "/", "secure": True, "httponly": True, "samesite": "lax"}


@dataclass(frozen=True, slots=True)
class Redirect:
    """A browser on its way: where it is sent, and the cookies that it has."""

    location: str
    cookies: Mapping[str, str]

    @property
    def headers(self) -> dict[str, str]:
        """What it sends along."""
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}

    @property
    def query(self) -> dict[str, str]:
        """What the place that it is sent to is told."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.location).query).items()}


@contextlib.contextmanager
def provided(harness: Harness, *, stopped: bool = False) -> Iterator[tuple[Provider, RunningService]]:
    """A service with a provider that is nobody else's."""
    provider = Provider()
    document = harness.service.spec
    if stopped:
        provider.stop()
    try:
        env = harness.environment() | harness.provider_backend.environment_of(provider)
        with harness.run_service(env=env, spec=document) as running:
            yield provider, running
    finally:
        provider.close()


def begin(running: RunningService, return_to: str = "/") -> Redirect:
    """Begin to sign in."""
    return gone(running.anonymous.call("GET", LOGIN, 303, params={"return_to": return_to}))


def at_provider(
    harness: Harness, begun: Redirect, user: User, provider: Provider | None = None
) -> dict[str, str]:
    """Sign in at the provider; what it sends the browser back with."""
    provider = provider or harness.provider_backend.provider
    provider.user = user
    with Client(provider.issuer) as browser:
        place = browser.call("GET", begun.location.removeprefix(provider.issuer), 302).headers["location"]
    if not place.startswith(f"{REDIRECT_URI}?"):
        raise Failed(f"the provider sends the browser to {place}")
    return Redirect(place, {}).query


def finish(running: RunningService, begun: Redirect, back: Mapping[str, str]) -> Redirect:
    """Come back from the provider, with success."""
    done = gone(running.anonymous.call("GET", CALLBACK, 303, params=back, headers=begun.headers))
    kept = {name: value for name, value in done.cookies.items() if value}
    if len(kept) != 1 or kept.keys() & begun.cookies.keys():
        raise Failed(f"GET {CALLBACK} leaves the cookies {sorted(kept)}, not one session")
    running.backends.context.secrets.keep(*kept.values())
    return Redirect(done.location, kept)


def session_of(
    harness: Harness, running: RunningService, subject: str, provider: Provider | None = None
) -> Redirect:
    """A browser whose user has signed in."""
    begun = begin(running)
    return finish(running, begun, at_provider(harness, begun, User(subject), provider))


def gone(answer: httpx.Response) -> Redirect:
    """Where an answer sends a browser."""
    return Redirect(answer.headers["location"], cookies_of(answer))


def cookies_of(answer: httpx.Response) -> dict[str, str]:
    """The cookies of an answer; each is closed to scripts, to other hosts, and to other services."""
    found = {}
    for line in answer.headers.get_list("set-cookie"):
        for name, morsel in SimpleCookie(line).items():
            said = f"{answer.request.method} {answer.request.url.path} sets {line.partition('=')[0]}"
            if not name.startswith("__Host-") or morsel["domain"]:
                raise Failed(f"{said}, which other hosts may set as well")
            for attribute, wanted in _ATTRIBUTES.items():
                value = morsel[attribute]
                if (value.lower() if isinstance(value, str) else value) != wanted:
                    raise Failed(f"{said} with {attribute}={value!r}, not {wanted!r}")
            found[name] = morsel.value
    return found
