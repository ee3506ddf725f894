"""Signing in at an OpenID provider: the way there and back, and sessions."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from typing import Any

from gowright.verify.backends.auth.authorization import REDIRECT_URI, User
from gowright.verify.check import check
from gowright.verify.checks.conditions import provider
from gowright.verify.harness.browser import (
    CALLBACK,
    LOGIN,
    LOGOUT,
    ME,
    Redirect,
    at_provider,
    begin,
    cookies_of,
    finish,
    gone,
    session_of,
)
from gowright.verify.harness.harness import ORIGIN, Harness
from gowright.verify.outcomes import Failed

_STRICT = {"AUTH_RATE_LIMIT_REQUESTS": "5", "AUTH_RATE_LIMIT_PERIOD": "60s"}


@check("sign-in", "signing in at the provider creates a session, and signing out ends it", when=provider)
def sign_in(harness: Harness) -> str:
    """Who signs in at the provider has a session, and is the same user as with a token."""
    running, users = harness.service, harness.provider_backend
    subject = secrets.token_hex(8)
    told: dict[str, Any] = {"email": f"{subject}@example.com", "name": "Somebody", "roles": ["reader"]}
    claims = told | {"email_verified": True}
    begun = begin(running)
    asked = begun.query
    for name, wanted in (
        ("client_id", users.provider.client_id),
        ("redirect_uri", REDIRECT_URI),
        ("response_type", "code"),
        ("code_challenge_method", "S256"),
    ):
        if asked.get(name) != wanted:
            raise Failed(f"GET {LOGIN} sends {name}={asked.get(name)!r} to the provider, not {wanted!r}")
    signed_in = finish(running, begun, at_provider(harness, begun, User(subject, claims)))

    me = running.anonymous.call("GET", ME, 200, headers=signed_in.headers, why="with a session").json()
    told["subject"] = subject
    if {name: me[name] for name in told} != told:
        raise Failed(f"GET {ME} answered {me}, not {told}")
    bearer = running.anonymous.with_token(users.token_of(subject))
    if bearer.call("GET", ME, 200, why="with a token").json()["id"] != me["id"]:
        raise Failed(f"GET {ME}: a user has one id with a session and another with a token")
    for resource in running.resources:
        item = running.create(resource, bearer)
        path = f"{resource.path}/{item['id']}"
        running.anonymous.call("GET", path, 200, headers=signed_in.headers, why="with the owner's session")

    left = gone(running.anonymous.call("POST", LOGOUT, 303, headers=signed_in.headers))
    if not left.location.startswith(f"{users.provider.issuer}/logout?"):
        raise Failed(f"POST {LOGOUT} sends to {left.location!r}, not to the provider's end_session_endpoint")
    if "eyJ" in left.location:
        raise Failed(f"POST {LOGOUT} puts a token into a URL: {left.location}")
    if any(left.cookies.values()):
        raise Failed(f"POST {LOGOUT} leaves the cookies {sorted(left.cookies)}")
    running.anonymous.problem("GET", ME, 401, why="after signing out")
    return "there, back, and out again"


@check("sign-in-attacks", "only the browser that started a sign-in can complete it, once", when=provider)
def attacks(harness: Harness) -> str:
    """A sign-in is finished once, by the browser that began it, with the provider's own answer."""
    running = harness.service
    begun, other = begin(running), begin(running)
    back = at_provider(harness, begun, User("victim"))
    strange = at_provider(harness, other, User("attacker"))
    nobody = Redirect("", {})
    forged = Redirect("", dict.fromkeys(begun.cookies, secrets.token_urlsafe(200)))
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
        answer = running.anonymous.call("GET", CALLBACK, 401, params=query, headers=browser.headers, why=why)
        if any("session" in name and value for name, value in cookies_of(answer).items()):
            raise Failed(f"GET {CALLBACK} ({why}) gives a session")
    for missing in ("state", "code"):
        query = {name: value for name, value in back.items() if name != missing}
        running.anonymous.problem("GET", CALLBACK, 400, params=query, headers=begun.headers)
    finish(running, begun, back)
    running.anonymous.problem("GET", CALLBACK, 401, params=back, headers=begun.headers, why="a second time")
    mixed = {**strange, "code": at_provider(harness, begin(running), User("victim"))["code"]}
    running.anonymous.problem(
        "GET",
        CALLBACK,
        401,
        params=mixed,
        headers=other.headers,
        why="with a code that PKCE binds to another",
    )
    return ""


@check("sign-in-proofs", "ID tokens for another sign-in are rejected", when=provider)
def proofs(harness: Harness) -> str:
    """The ID token has to be the provider's, for this client, for this sign-in, and of now."""
    running = harness.service
    wrong = (
        ("of another sign-in", {"nonce": "another"}),
        ("of another issuer", {"iss": "https://evil.example.net"}),
        ("for another client", {"aud": ["another"]}),
        (
            "issued to another client",
            {"aud": [harness.provider_backend.provider.client_id, "another"], "azp": "another"},
        ),
        ("that has expired", {"exp": int(time.time()) - 3600}),
        ("of another access token", {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}),
        ("of nobody", {"sub": ""}),
    )
    for why, claims in wrong:
        begun = begin(running)
        back = at_provider(harness, begun, User("victim", claims))
        said = f"an ID token {why}"
        running.anonymous.problem("GET", CALLBACK, 401, params=back, headers=begun.headers, why=said)
    return f"{len(wrong)} ID tokens"


@check("return-to", "a sign-in redirects to no other site", when=provider)
def return_to(harness: Harness) -> str:
    """Users are sent to a path of the service, and nowhere else."""
    running = harness.service
    for path in ("/", "/orders?limit=1"):
        begun = begin(running, path)
        place = finish(running, begun, at_provider(harness, begun, User("somebody"))).location
        if place != path:
            raise Failed(f"GET {LOGIN}?return_to={path} leads to {place!r}")
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
        running.anonymous.problem("GET", LOGIN, 400, params={"return_to": place})
    return f"{len(elsewhere)} places refused"


@check("cross-site", "requests from other sites change nothing", when=provider)
def cross_site(harness: Harness) -> str:
    """A session is of no use to pages of other services; a token is nothing that a browser sends by itself."""
    running = harness.service
    session = session_of(harness, running, "somebody")

    def calls() -> Iterator[tuple[str, str, dict[str, Any]]]:
        for resource in running.resources[:1]:
            yield "POST", resource.path, {"json": running.samples.body(running.schema(resource))}
        yield "POST", LOGOUT, {}

    for why, headers in (
        (
            "from another site",
            {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example.net"},
        ),
        (
            "from a sibling site",
            {"Sec-Fetch-Site": "same-site", "Origin": "https://evil.example.com"},
        ),
        ("from an old browser", {"Origin": "https://evil.example.net"}),
        ("from nowhere", {"Origin": "null"}),
    ):
        for method, path, more in calls():
            running.anonymous.problem(
                method, path, 403, headers={**session.headers, **headers}, why=why, **more
            )
    for why, headers in (
        ("from its own pages", {"Sec-Fetch-Site": "same-origin"}),
        ("from an allowed origin", {"Sec-Fetch-Site": "same-site", "Origin": ORIGIN}),
    ):
        for method, path, more in calls():
            allowed = {**session.headers, **headers}
            running.anonymous.call(method, path, (201, 303), headers=allowed, why=why, **more)
    answer = running.unchecked.call("GET", "/livez", 200, headers={"Origin": ORIGIN})
    if answer.headers.get("access-control-allow-credentials") != "true":
        raise Failed("a page of the allowed origin may not use the session of its user")
    return ""


@check("sign-in-limit", "sign-ins are rate limited", when=provider, timed=True)
def limit(harness: Harness) -> str:
    """Nobody begins sign-ins at speed."""
    env = harness.environment_of_new_clients() | _STRICT
    with harness.run_service(env=env, spec=harness.service.spec) as running:
        statuses = [running.anonymous.call("GET", LOGIN, (303, 429)).status_code for _ in range(12)]
        if not 5 <= statuses.count(303) <= 7:
            raise Failed(f"{statuses.count(303)} of 12 sign-ins were begun, and 5 are allowed")
        running.anonymous.call("GET", "/livez", 200)
    return ""


def _touched(begun: Redirect) -> Redirect:
    """The same with a letter changed in each cookie."""
    return Redirect(
        begun.location,
        {name: ("B" if value[0] == "A" else "A") + value[1:] for name, value in begun.cookies.items()},
    )
