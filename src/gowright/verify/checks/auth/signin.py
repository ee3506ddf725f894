"""Sign-ins at an OpenID provider, and sessions."""

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
    redirect_of,
    session_of,
)
from gowright.verify.harness.harness import ORIGIN, Harness
from gowright.verify.outcomes import Failed

_LIMITS = {"AUTH_RATE_LIMIT_REQUESTS": "5", "AUTH_RATE_LIMIT_PERIOD": "60s"}


@check("sign-in", "signing in at the provider creates a session, and signing out ends it", when=provider)
def sign_in(harness: Harness) -> str:
    """A user who signs in at the provider has a session, and is the same user as with a token."""
    running, users = harness.service, harness.provider_backend
    subject = secrets.token_hex(8)
    profile: dict[str, Any] = {"email": f"{subject}@example.com", "name": "Somebody", "roles": ["reader"]}
    claims = profile | {"email_verified": True}
    begun = begin(running)
    query = begun.query
    for name, wanted in (
        ("client_id", users.provider.client_id),
        ("redirect_uri", REDIRECT_URI),
        ("response_type", "code"),
        ("code_challenge_method", "S256"),
    ):
        if query.get(name) != wanted:
            raise Failed(f"GET {LOGIN} sends {name}={query.get(name)!r} to the provider, not {wanted!r}")
    signed_in = finish(running, begun, at_provider(harness, begun, User(subject, claims)))

    me = running.anonymous.call("GET", ME, 200, headers=signed_in.headers, why="with a session").json()
    profile["subject"] = subject
    if {name: me[name] for name in profile} != profile:
        raise Failed(f"GET {ME} returned {me}, not {profile}")
    bearer = running.anonymous.with_token(users.token_of(subject))
    if bearer.call("GET", ME, 200, why="with a token").json()["id"] != me["id"]:
        raise Failed(f"GET {ME}: a user has different IDs with a session and with a token")
    for resource in running.resources:
        item = running.create(resource, bearer)
        path = f"{resource.path}/{item['id']}"
        running.anonymous.call("GET", path, 200, headers=signed_in.headers, why="with the owner's session")

    left = redirect_of(running.anonymous.call("POST", LOGOUT, 303, headers=signed_in.headers))
    if not left.location.startswith(f"{users.provider.issuer}/logout?"):
        raise Failed(
            f"POST {LOGOUT} redirects to {left.location!r}, not to the provider's end_session_endpoint"
        )
    if "eyJ" in left.location:
        raise Failed(f"POST {LOGOUT} puts a token into a URL: {left.location}")
    if any(left.cookies.values()):
        raise Failed(f"POST {LOGOUT} leaves the cookies {sorted(left.cookies)}")
    running.anonymous.problem("GET", ME, 401, why="after signing out")
    return "signed in and out"


@check("sign-in-attacks", "only the browser that started a sign-in can complete it, once", when=provider)
def attacks(harness: Harness) -> str:
    """A sign-in is completed once, by the browser that started it, with the response of the provider."""
    running = harness.service
    begun, other = begin(running), begin(running)
    back = at_provider(harness, begun, User("victim"))
    strange = at_provider(harness, other, User("attacker"))
    nobody = Redirect("", {})
    forged = Redirect("", dict.fromkeys(begun.cookies, secrets.token_urlsafe(200)))
    for why, browser, change in (
        ("by a browser that started no sign-in", nobody, {}),
        ("with a forged cookie", forged, {}),
        ("by a browser that started another sign-in", other, {}),
        ("with the code of another sign-in", begun, {"code": strange["code"], "state": strange["state"]}),
        ("with another state", begun, {"state": secrets.token_hex(16)}),
        ("with another issuer", begun, {"iss": "https://evil.example.net"}),
        ("without an issuer", begun, {"iss": None}),
        ("after the user refused", begun, {"error": "access_denied"}),
        ("with a changed cookie", _tampered(begun), {}),
    ):
        query = {name: value for name, value in {**back, **change}.items() if value is not None}
        response = running.anonymous.call(
            "GET", CALLBACK, 401, params=query, headers=browser.headers, why=why
        )
        if any("session" in name and value for name, value in cookies_of(response).items()):
            raise Failed(f"GET {CALLBACK} ({why}) creates a session")
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
        why="with the code of another sign-in, bound by PKCE",
    )
    return ""


@check("id-tokens", "ID tokens for another sign-in are rejected", when=provider)
def id_tokens(harness: Harness) -> str:
    """The ID token must be from the provider, for this client and this sign-in, and not expired."""
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
        ("without a subject", {"sub": ""}),
    )
    for why, claims in wrong:
        begun = begin(running)
        back = at_provider(harness, begun, User("victim", claims))
        description = f"an ID token {why}"
        running.anonymous.problem("GET", CALLBACK, 401, params=back, headers=begun.headers, why=description)
    return f"{len(wrong)} ID tokens"


@check("return-to", "a sign-in redirects to no other site", when=provider)
def return_to(harness: Harness) -> str:
    """After a sign-in, users are redirected to a path of the service only."""
    running = harness.service
    for path in ("/", "/orders?limit=1"):
        begun = begin(running, path)
        place = finish(running, begun, at_provider(harness, begun, User("somebody"))).location
        if place != path:
            raise Failed(f"GET {LOGIN}?return_to={path} redirects to {place!r}")
    other_sites = (
        "https://evil.example.net",
        "//evil.example.net",
        "/\\evil.example.net",
        "\\\\evil.example.net",
        "/\t/evil.example.net",
        "/\n//evil.example.net",
        "javascript:alert(1)",
        "evil",
    )
    for place in other_sites:
        running.anonymous.problem("GET", LOGIN, 400, params={"return_to": place})
    return f"{len(other_sites)} targets rejected"


@check("cross-site", "requests from other sites change nothing", when=provider)
def cross_site(harness: Harness) -> str:
    """Other sites can't use the session of a user. Browsers never send a token by themselves."""
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
        ("from an opaque origin", {"Origin": "null"}),
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
    response = running.unchecked.call("GET", "/livez", 200, headers={"Origin": ORIGIN})
    if response.headers.get("access-control-allow-credentials") != "true":
        raise Failed("a page of the allowed origin cannot use the session of its user")
    return ""


@check("sign-in-limit", "sign-ins are rate limited", when=provider, timed=True)
def limit(harness: Harness) -> str:
    """The number of sign-ins is limited."""
    env = harness.environment_of_new_clients() | _LIMITS
    with harness.run_service(env=env, spec=harness.service.spec) as running:
        statuses = [running.anonymous.call("GET", LOGIN, (303, 429)).status_code for _ in range(12)]
        if not 5 <= statuses.count(303) <= 7:
            raise Failed(f"{statuses.count(303)} of 12 sign-ins were started, and 5 are allowed")
        running.anonymous.call("GET", "/livez", 200)
    return ""


def _tampered(begun: Redirect) -> Redirect:
    """The redirect with one changed character in each cookie."""
    return Redirect(
        begun.location,
        {name: ("B" if value[0] == "A" else "A") + value[1:] for name, value in begun.cookies.items()},
    )
