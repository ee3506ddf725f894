"""Signing in at an OpenID provider: the way there and back, sessions, and a provider that goes away."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from gowright.verify.callers import ProviderUsers
from gowright.verify.client import Client
from gowright.verify.keys import SecretKey, Token
from gowright.verify.lab import ORIGIN, Lab
from gowright.verify.report import Failed
from gowright.verify.servers.oidc import CALLBACK, Provider, User
from gowright.verify.servers.ports import wait_until
from gowright.verify.site import AUTH, Site

_ME = "/api/v1/me"
_LOGIN = f"{AUTH}/login"
_CALLBACK = f"{AUTH}/callback"
_LOGOUT = f"{AUTH}/logout"
_ATTRIBUTES = {"path": "/", "secure": True, "httponly": True, "samesite": "lax"}
_RECOVERY_SECONDS = 8.0
#: How long a service may wait between two looks at a provider's keys.
_KEYS_SECONDS = 11.0
_STRICT = {"AUTH_RATE_LIMIT_REQUESTS": "5", "AUTH_RATE_LIMIT_PERIOD": "60s"}


@dataclass(frozen=True, slots=True)
class Going:
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


def sign_in(lab: Lab) -> str:
    """Who signs in at the provider has a session, and is the same user as with a token."""
    site, users = lab.service, _users(lab)
    subject = secrets.token_hex(8)
    claims: dict[str, Any] = {"email": f"{subject}@example.com", "name": "Somebody", "roles": ["reader"]}
    begun = _begin(site)
    asked = begun.query
    for name, wanted in (
        ("client_id", users.provider.client_id),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("code_challenge_method", "S256"),
    ):
        if asked.get(name) != wanted:
            raise Failed(f"GET {_LOGIN} sends {name}={asked.get(name)!r} to the provider, not {wanted!r}")
    signed_in = _finish(site, begun, _at_provider(lab, begun, User(subject, claims)))

    me = site.anonymous.call("GET", _ME, 200, headers=signed_in.headers, why="with a session").json()
    told = claims | {"subject": subject}
    if {name: me[name] for name in told} != told:
        raise Failed(f"GET {_ME} answered {me}, not {told}")
    bearer = site.anonymous.with_token(users.token_of(subject))
    if bearer.call("GET", _ME, 200, why="with a token").json()["id"] != me["id"]:
        raise Failed(f"GET {_ME}: a user has one id with a session and another with a token")
    for resource in site.resources:
        item = site.create(resource, bearer)
        path = f"{resource.path}/{item['id']}"
        site.anonymous.call("GET", path, 200, headers=signed_in.headers, why="with the owner's session")

    left = _gone(site.anonymous.call("POST", _LOGOUT, 303, headers=signed_in.headers))
    if not left.location.startswith(f"{users.provider.issuer}/logout?"):
        raise Failed(f"POST {_LOGOUT} sends to {left.location!r}, not to the provider's end_session_endpoint")
    if "eyJ" in left.location:
        raise Failed(f"POST {_LOGOUT} puts a token into a URL: {left.location}")
    if any(left.cookies.values()):
        raise Failed(f"POST {_LOGOUT} leaves the cookies {sorted(left.cookies)}")
    site.anonymous.problem("GET", _ME, 401, why="after signing out")
    return "there, back, and out again"


def attacks(lab: Lab) -> str:
    """A sign-in is finished once, by the browser that began it, with the provider's own answer."""
    site = lab.service
    begun, other = _begin(site), _begin(site)
    back = _at_provider(lab, begun, User("victim"))
    strange = _at_provider(lab, other, User("attacker"))
    nobody = Going("", {})
    forged = Going("", dict.fromkeys(begun.cookies, secrets.token_urlsafe(200)))
    for why, browser, change in (
        ("by a browser that began nothing", nobody, {}),
        ("with a cookie of somebody's making", forged, {}),
        ("by a browser that began another sign-in", other, {}),
        ("with the code of another sign-in", begun, {"code": strange["code"], "state": strange["state"]}),
        ("with another state", begun, {"state": secrets.token_hex(16)}),
        ("with the name of another provider", begun, {"iss": "https://evil.example.net"}),
        ("with no name of a provider", begun, {"iss": None}),
        ("after the user refused", begun, {"error": "access_denied"}),
        ("with a changed cookie", _touched(begun), {}),
    ):
        query = {name: value for name, value in {**back, **change}.items() if value is not None}
        answer = site.anonymous.call("GET", _CALLBACK, 401, params=query, headers=browser.headers, why=why)
        if any("session" in name and value for name, value in _cookies(answer).items()):
            raise Failed(f"GET {_CALLBACK} ({why}) gives a session")
    for missing in ("state", "code"):
        query = {name: value for name, value in back.items() if name != missing}
        site.anonymous.problem("GET", _CALLBACK, 400, params=query, headers=begun.headers)
    _finish(site, begun, back)
    site.anonymous.problem("GET", _CALLBACK, 401, params=back, headers=begun.headers, why="a second time")
    mixed = {**strange, "code": _at_provider(lab, _begin(site), User("victim"))["code"]}
    site.anonymous.problem(
        "GET",
        _CALLBACK,
        401,
        params=mixed,
        headers=other.headers,
        why="with a code that PKCE binds to another",
    )
    return ""


def proofs(lab: Lab) -> str:
    """The ID token has to be the provider's, for this client, for this sign-in, and of now."""
    site = lab.service
    wrong = (
        ("of another sign-in", {"nonce": "another"}),
        ("of another issuer", {"iss": "https://evil.example.net"}),
        ("for another client", {"aud": ["another"]}),
        ("issued to another client", {"aud": [_users(lab).provider.client_id, "another"], "azp": "another"}),
        ("that has expired", {"exp": int(time.time()) - 3600}),
        ("of another access token", {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}),
        ("of nobody", {"sub": ""}),
    )
    for why, claims in wrong:
        begun = _begin(site)
        back = _at_provider(lab, begun, User("victim", claims))
        said = f"an ID token {why}"
        site.anonymous.problem("GET", _CALLBACK, 401, params=back, headers=begun.headers, why=said)
    return f"{len(wrong)} ID tokens"


def return_to(lab: Lab) -> str:
    """Users are sent to a path of the service, and nowhere else."""
    site = lab.service
    for path in ("/", "/orders?limit=1"):
        begun = _begin(site, path)
        place = _finish(site, begun, _at_provider(lab, begun, User("somebody"))).location
        if place != path:
            raise Failed(f"GET {_LOGIN}?return_to={path} leads to {place!r}")
    elsewhere = (
        "https://evil.example.net",
        "//evil.example.net",
        "/\\evil.example.net",
        "\\\\evil.example.net",
        "/\t/evil.example.net",
        "/\n//evil.example.net",
        "javascript:alert(1)",
        "evil",
    )
    for place in elsewhere:
        site.anonymous.problem("GET", _LOGIN, 400, params={"return_to": place})
    return f"{len(elsewhere)} places refused"


def cross_site(lab: Lab) -> str:
    """A session is of no use to pages of other sites; a token is nothing that a browser sends by itself."""
    site = lab.service
    session = _session(lab, site, "somebody")

    def calls() -> Iterator[tuple[str, str, dict[str, Any]]]:
        for resource in site.resources[:1]:
            yield "POST", resource.path, {"json": site.samples.body(site.schema(resource))}
        yield "POST", _LOGOUT, {}

    for why, headers in (
        ("from another site", {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example.net"}),
        ("from a sibling site", {"Sec-Fetch-Site": "same-site", "Origin": "https://evil.example.com"}),
        ("from an old browser", {"Origin": "https://evil.example.net"}),
        ("from nowhere", {"Origin": "null"}),
    ):
        for method, path, more in calls():
            site.anonymous.problem(method, path, 403, headers={**session.headers, **headers}, why=why, **more)
    for why, headers in (
        ("from its own pages", {"Sec-Fetch-Site": "same-origin"}),
        ("from an allowed origin", {"Sec-Fetch-Site": "same-site", "Origin": ORIGIN}),
    ):
        for method, path, more in calls():
            allowed = {**session.headers, **headers}
            site.anonymous.call(method, path, (201, 303), headers=allowed, why=why, **more)
    answer = site.undocumented.call("GET", "/livez", 200, headers={"Origin": ORIGIN})
    if answer.headers.get("access-control-allow-credentials") != "true":
        raise Failed("a page of the allowed origin may not use the session of its user")
    return ""


def keys(lab: Lab) -> str:
    """A new key of the provider is found at once; keys that a token makes up are no requests to it."""
    with _provided(lab) as (provider, site):
        old = _users(lab).token_of("somebody", provider)
        _me(site, old, 200, "with the first key")
        time.sleep(_KEYS_SECONDS)
        provider.rotate()
        fresh = _users(lab).token_of("somebody", provider)
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
    session = _session(lab, lab.service, "somebody")
    with lab.site(env=env | {"SESSION_KEY": new, "SESSION_PREVIOUS_KEY": env["SESSION_KEY"]}) as site:
        site.anonymous.call("GET", _ME, 200, headers=session.headers, why="sealed with the previous key")
        changed = _session(lab, site, "somebody")
    with lab.site(env=env | {"SESSION_KEY": new, "SESSION_TTL": "2s"}) as site:
        site.anonymous.problem("GET", _ME, 401, headers=session.headers, why="sealed with a key that is gone")
        site.anonymous.call("GET", _ME, 200, headers=changed.headers, why="sealed with the new key")
        short = _session(lab, site, "somebody")
        time.sleep(2.5)
        site.anonymous.problem("GET", _ME, 401, headers=short.headers, why="after SESSION_TTL")
    return "and they end"


def limit(lab: Lab) -> str:
    """Nobody begins sign-ins at speed."""
    env = lab.environment() | _STRICT
    if "REDIS_URL" in env and not lab.cache.own:
        del env["REDIS_URL"]
    with lab.site(env=env, document=lab.service.document) as site:
        statuses = [site.anonymous.call("GET", _LOGIN, (303, 429)).status_code for _ in range(12)]
        if not 5 <= statuses.count(303) <= 7:
            raise Failed(f"{statuses.count(303)} of 12 sign-ins were begun, and 5 are allowed")
        site.anonymous.call("GET", "/livez", 200)
    return ""


def late(lab: Lab) -> str:
    """Started before the provider is there, it refuses nobody, and knows them by itself later."""
    with _provided(lab, stopped=True) as (provider, site):
        token = _users(lab).token_of("somebody", provider)
        site.anonymous.call("GET", "/readyz", 503, why="the provider is stopped")
        site.anonymous.call("GET", "/livez", 200, why="the provider is stopped")
        _me(site, token, 503, "before the provider is there")
        site.anonymous.problem("GET", _LOGIN, 503, why="before the provider is there")
        site.anonymous.problem("GET", _ME, 401, why="without a token")
        provider.start()
        begin = time.monotonic()
        if not wait_until(lambda: _ready(site), _RECOVERY_SECONDS, 0.1):
            raise Failed(
                f"GET /readyz still answers 503, {_RECOVERY_SECONDS:.0f} s after the provider is back"
            )
        _me(site, token, 200, "after the provider is there")
        _session(lab, site, "somebody", provider)
        return f"ready after {time.monotonic() - begin:.1f} s"


def stopped(lab: Lab) -> str:
    """Without the provider, tokens and sessions are still known; with it again, users sign in."""
    with _provided(lab) as (provider, site):
        token = _users(lab).token_of("somebody", provider)
        session = _session(lab, site, "somebody", provider)
        begun = _begin(site)
        back = _at_provider(lab, begun, User("somebody"), provider)
        time.sleep(_KEYS_SECONDS)
        provider.stop()
        _me(site, token, 200, "while the provider is stopped")
        site.anonymous.call("GET", _ME, 200, headers=session.headers, why="while the provider is stopped")
        site.anonymous.call("GET", "/readyz", 200, why="the keys are known")
        site.anonymous.problem("GET", _CALLBACK, 503, params=back, headers=begun.headers)
        unknown = Token.parse(token).changed({"kid": "unknown"}).signed(provider.key)
        _me(site, unknown, 503, "with a key that the provider cannot be asked for")
        provider.start()
        _session(lab, site, "somebody", provider)
    return ""


def _users(lab: Lab) -> ProviderUsers:
    users = lab.callers
    if not isinstance(users, ProviderUsers):
        raise TypeError("the service has no provider")
    return users


@contextlib.contextmanager
def _provided(lab: Lab, *, stopped: bool = False) -> Iterator[tuple[Provider, Site]]:
    """A service with a provider that is nobody else's."""
    provider = Provider()
    document = lab.service.document
    if stopped:
        provider.stop()
    try:
        env = lab.environment() | _users(lab).environment_of(provider)
        with lab.site(env=env, document=document) as site:
            yield provider, site
    finally:
        provider.stop()


def _begin(site: Site, return_to: str = "/") -> Going:
    """Begin to sign in."""
    return _gone(site.anonymous.call("GET", _LOGIN, 303, params={"return_to": return_to}))


def _at_provider(lab: Lab, begun: Going, user: User, provider: Provider | None = None) -> dict[str, str]:
    """Sign in at the provider; what it sends the browser back with."""
    provider = provider or _users(lab).provider
    provider.user = user
    with Client(provider.issuer) as browser:
        place = browser.call("GET", begun.location.removeprefix(provider.issuer), 302).headers["location"]
    if not place.startswith(f"{CALLBACK}?"):
        raise Failed(f"the provider sends the browser to {place}")
    return Going(place, {}).query


def _finish(site: Site, begun: Going, back: Mapping[str, str]) -> Going:
    """Come back from the provider, with success."""
    done = _gone(site.anonymous.call("GET", _CALLBACK, 303, params=back, headers=begun.headers))
    kept = {name: value for name, value in done.cookies.items() if value}
    if len(kept) != 1 or kept.keys() & begun.cookies.keys():
        raise Failed(f"GET {_CALLBACK} leaves the cookies {sorted(kept)}, not one session")
    site.lab.keep_secret(*kept.values())
    return Going(done.location, kept)


def _session(lab: Lab, site: Site, subject: str, provider: Provider | None = None) -> Going:
    begun = _begin(site)
    return _finish(site, begun, _at_provider(lab, begun, User(subject), provider))


def _gone(answer: httpx.Response) -> Going:
    return Going(answer.headers["location"], _cookies(answer))


def _cookies(answer: httpx.Response) -> dict[str, str]:
    """The cookies of an answer; each is closed to scripts, to other hosts, and to other sites."""
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


def _touched(begun: Going) -> Going:
    """The same with a letter changed in each cookie."""
    return Going(
        begun.location,
        {name: ("B" if value[0] == "A" else "A") + value[1:] for name, value in begun.cookies.items()},
    )


def _me(site: Site, token: str, expect: int, why: str) -> None:
    answer = site.anonymous.with_token(token).call("GET", _ME, expect, why=why)
    if expect == 503 and not answer.headers.get("retry-after", "").isdigit():
        raise Failed(f"GET {_ME} ({why}): a 503 without Retry-After")


def _ready(site: Site) -> bool:
    return site.anonymous.call("GET", "/readyz", (200, 503)).status_code == 200
