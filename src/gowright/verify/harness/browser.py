"""A minimal browser for sign-ins: follows redirects and keeps cookies."""

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
    """A redirect: the target, and the cookies of the browser."""

    location: str
    cookies: Mapping[str, str]

    @property
    def headers(self) -> dict[str, str]:
        """The request headers."""
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}

    @property
    def query(self) -> dict[str, str]:
        """The query parameters of the target."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.location).query).items()}


@contextlib.contextmanager
def provided(harness: Harness, *, stopped: bool = False) -> Iterator[tuple[Provider, RunningService]]:
    """A service with its own provider."""
    provider = Provider()
    spec = harness.service.spec
    if stopped:
        provider.stop()
    try:
        env = harness.environment() | harness.provider_backend.environment_of(provider)
        with harness.run_service(env=env, spec=spec) as running:
            yield provider, running
    finally:
        provider.close()


def begin(running: RunningService, return_to: str = "/") -> Redirect:
    """Start a sign-in."""
    return redirect_of(running.anonymous.call("GET", LOGIN, 303, params={"return_to": return_to}))


def at_provider(
    harness: Harness, begun: Redirect, user: User, provider: Provider | None = None
) -> dict[str, str]:
    """Sign in at the provider, and return the query parameters of the redirect to the service."""
    provider = provider or harness.provider_backend.provider
    provider.user = user
    with Client(provider.issuer) as browser:
        place = browser.call("GET", begun.location.removeprefix(provider.issuer), 302).headers["location"]
    if not place.startswith(f"{REDIRECT_URI}?"):
        raise Failed(f"the provider redirects to {place}")
    return Redirect(place, {}).query


def finish(running: RunningService, begun: Redirect, back: Mapping[str, str]) -> Redirect:
    """Complete the sign-in, and return the browser with its session."""
    done = redirect_of(running.anonymous.call("GET", CALLBACK, 303, params=back, headers=begun.headers))
    kept = {name: value for name, value in done.cookies.items() if value}
    if len(kept) != 1 or kept.keys() & begun.cookies.keys():
        raise Failed(f"GET {CALLBACK} sets the cookies {sorted(kept)}, not one session cookie")
    running.backends.context.secrets.keep(*kept.values())
    return Redirect(done.location, kept)


def session_of(
    harness: Harness, running: RunningService, subject: str, provider: Provider | None = None
) -> Redirect:
    """A browser with the session of a user."""
    begun = begin(running)
    return finish(running, begun, at_provider(harness, begun, User(subject), provider))


def redirect_of(response: httpx.Response) -> Redirect:
    """The redirect of a response."""
    return Redirect(response.headers["location"], cookies_of(response))


def cookies_of(response: httpx.Response) -> dict[str, str]:
    """Return the cookies of a response.

    Raises:
        Failed: if a cookie is readable for scripts, other hosts, or other services.
    """
    found = {}
    for line in response.headers.get_list("set-cookie"):
        for name, morsel in SimpleCookie(line).items():
            label = f"{response.request.method} {response.request.url.path} sets {line.partition('=')[0]}"
            if not name.startswith("__Host-") or morsel["domain"]:
                raise Failed(f"{label}, which other hosts can set, too")
            for attribute, wanted in _ATTRIBUTES.items():
                value = morsel[attribute]
                if (value.lower() if isinstance(value, str) else value) != wanted:
                    raise Failed(f"{label} with {attribute}={value!r}, not {wanted!r}")
            found[name] = morsel.value
    return found
