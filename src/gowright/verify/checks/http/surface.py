"""General behavior: health, documentation, headers, methods, and timeouts."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx

from gowright.verify.check import check
from gowright.verify.harness.client import Client, problem_of
from gowright.verify.harness.harness import ORIGIN, Harness
from gowright.verify.harness.running import RunningService
from gowright.verify.outcomes import Failed

HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
}
_LEAKS = ("server", "x-powered-by", "strict-transport-security")
_MISSING_ID = "01890a5d-ac96-774b-bcce-b302099a8057"
_HEADER_SECONDS = 1


@check("health", "liveness and readiness probes respond")
def health(harness: Harness) -> str:
    """The probes respond to GET and HEAD."""
    client = harness.service.anonymous
    for path in ("/livez", "/readyz"):
        client.call("GET", path, 200)
        if client.call("HEAD", path, 200).content:
            raise Failed(f"HEAD {path} has a body")
    return ""


@check("docs", "the API documentation loads nothing from other hosts")
def documentation(harness: Harness) -> str:
    """/docs shows the spec without other hosts."""
    client = harness.service.unchecked
    page = client.call("GET", "/docs", (200, 301, 302, 307, 308))
    while page.is_redirect:
        page = client.call("GET", str(page.headers["location"]), (200, 301, 302, 307, 308))
    assets = re.findall(r"""(?:src|href)=["']([^"'#]+)""", page.text)
    if not assets:
        raise Failed("/docs loads nothing, so it cannot show the spec")
    for address in assets:
        if urlsplit(address).netloc:
            raise Failed(f"/docs loads from another host: {address}")
        if not address.startswith("data:"):
            client.call("GET", str(page.url.join(address)), 200, why="loaded by /docs")
    with harness.run_service({"DOCS_ENABLED": "false"}) as running:
        running.unchecked.call("GET", "/docs", 404, why="DOCS_ENABLED=false")
    return f"{len(assets)} assets"


@check("headers", "every response has the security headers")
def headers(harness: Harness) -> str:
    """Every kind of response has the security headers and a request ID."""
    running = harness.service
    responses = list(_kinds_of_response(running))
    for label, response in responses:
        for name, value in HEADERS.items():
            if response.headers.get(name) != value:
                raise Failed(f"{label}: {name} is {response.headers.get(name)!r}, not {value!r}")
        for name in _LEAKS:
            if name in response.headers:
                raise Failed(f"{label}: has {name}: {response.headers[name]}")
        if not response.headers.get("x-request-id"):
            raise Failed(f"{label}: no X-Request-ID")
    _request_ids(running.anonymous)
    return f"{len(responses)} kinds of responses"


def _kinds_of_response(running: RunningService) -> Iterator[tuple[str, httpx.Response]]:
    anonymous = running.anonymous
    yield "GET /livez", anonymous.call("GET", "/livez", 200)
    yield "GET /readyz", anonymous.call("GET", "/readyz", 200)
    yield "an unknown path", anonymous.call("GET", "/no/such/path", 404)
    yield "a wrong method", anonymous.call("POST", "/livez", 405)
    for resource in running.resources[:1]:
        caller = running.caller()
        yield "a list", caller.call("GET", resource.path, 200)
        yield "a missing object", caller.call("GET", f"{resource.path}/{_MISSING_ID}", 404)
        yield "malformed JSON", caller.call("POST", resource.path, 400, content=b"{", headers=_JSON)
        if not running.operation("GET", resource.path).public:
            yield "no token", anonymous.call("GET", resource.path, 401)


_JSON = {"Content-Type": "application/json"}


def _request_ids(client: Client) -> None:
    """A valid request ID is used, and an invalid one is replaced."""
    for given, kept in (
        ("verify-1.2_3", True),
        ("a b", False),
        ("x" * 129, False),
        ('"><script>', False),
    ):
        returned = client.call("GET", "/livez", 200, headers={"X-Request-ID": given}).headers["x-request-id"]
        if (returned == given) is not kept:
            raise Failed(f"X-Request-ID {given!r} was returned as {returned!r}")


@check("cors", "only the allowed origin passes CORS")
def cors(harness: Harness) -> str:
    """Browsers of the allowed origin can send requests; browsers of other origins can't."""
    running = harness.service
    path = running.resources[0].path if running.resources else "/livez"
    # A service without authentication needn't allow the header authorization.
    needed = ("content-type",) if harness.backends.auth is None else ("authorization", "content-type")
    preflight_headers = {
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": ",".join(needed),
    }
    plain = running.unchecked
    for origin, allowed in ((ORIGIN, True), ("https://evil.example.net", False), ("null", False)):
        preflight = plain.call(
            "OPTIONS", path, (200, 204, 403, 404, 405), headers={"Origin": origin, **preflight_headers}
        )
        simple = plain.call("GET", path, (200, 401), headers={"Origin": origin})
        for label, response in (
            (f"preflight from {origin}", preflight),
            (f"call from {origin}", simple),
        ):
            _origin_is(response, origin if allowed else None, label)
        if allowed:
            _preflight_is_complete(preflight, needed)
    return ""


def _origin_is(response: httpx.Response, wanted: str | None, label: str) -> None:
    got = response.headers.get("access-control-allow-origin")
    if got != wanted:
        raise Failed(f"{label}: Access-Control-Allow-Origin is {got!r}, not {wanted!r}")
    if "origin" not in response.headers.get("vary", "").lower():
        raise Failed(
            f"{label}: Vary does not name Origin, so a cache can return the response of another origin"
        )


def _preflight_is_complete(response: httpx.Response, needed: tuple[str, ...]) -> None:
    if response.status_code not in (200, 204):
        raise Failed(f"the preflight of the allowed origin returned {response.status_code}")
    methods = response.headers.get("access-control-allow-methods", "").upper()
    allowed = response.headers.get("access-control-allow-headers", "").lower()
    if "PUT" not in methods or any(header not in allowed for header in needed):
        raise Failed(f"the preflight allows methods {methods!r} and headers {allowed!r}")
    if not response.headers.get("access-control-max-age"):
        raise Failed("the preflight has no Access-Control-Max-Age: browsers send one before every request")


@check("methods", "unsupported methods get 405 with an Allow header")
def methods(harness: Harness) -> str:
    """An unsupported method is rejected with the supported ones in Allow."""
    running = harness.service
    templates: dict[str, set[str]] = {}
    for operation in running.spec.operations:
        templates.setdefault(operation.path, set()).add(operation.method.upper())
    caller = running.caller()
    for template, known in templates.items():
        path = template.replace("{id}", _MISSING_ID)
        for method in {"GET", "PUT", "POST", "DELETE", "PATCH", "TRACE"} - known:
            refused = caller.call(method, path, 405)
            problem_of(refused, f"{method} {path}")
            allowed = {each.strip() for each in refused.headers.get("allow", "").split(",")}
            if not known <= allowed:
                raise Failed(
                    f"{method} {path}: Allow is {refused.headers.get('allow')!r}, the spec has {known}"
                )
    return f"{len(templates)} paths"


@check("not-found", "unknown paths get a problem response")
def not_found(harness: Harness) -> str:
    """An unknown path gets a problem response, not a page."""
    for path in (
        "/",
        "/nothing",
        "/api/v1",
        "/api/v1/nothing",
        "/api/v2/orders",
        "/livez/",
        "/..%2f..%2fetc/passwd",
    ):
        problem = harness.service.caller().problem("GET", path, 404)
        if not problem.get("request_id"):
            raise Failed(f"GET {path}: the problem has no request_id")
    return ""


@check("two-ports", "the API and the admin endpoints use separate ports")
def two_ports(harness: Harness) -> str:
    """The admin port serves only operators, and the public port serves only clients."""
    running = harness.service
    public, admin = running.unchecked, running.admin
    for path in ("/metrics", "/debug/pprof/", "/debug/pprof/heap", "/debug/vars"):
        public.call("GET", path, 404, why="on the public port")
    admin.call("GET", "/debug/pprof/", 200, why="on the admin port")
    for path in ("/openapi.yaml", *(resource.path for resource in running.resources)):
        admin.call("GET", path, 404, why="on the admin port")
    return ""


@check("slow-clients", "connections of clients that send nothing time out", timed=True)
def slow_clients(harness: Harness) -> str:
    """The connection of a client that sends its headers byte by byte is closed."""
    with harness.run_service({"HTTP_READ_HEADER_TIMEOUT": f"{_HEADER_SECONDS}s"}) as running:
        address = urlsplit(running.process.url)
        seconds = _seconds_until_closed(str(address.hostname), int(address.port or 80))
        if seconds > _HEADER_SECONDS + 1.5:
            raise Failed(
                f"HTTP_READ_HEADER_TIMEOUT={_HEADER_SECONDS}s, but a slow client was connected for {seconds:.1f} s"
            )
        running.anonymous.call("GET", "/livez", 200)
    return f"closed after {seconds:.1f} s"


def _seconds_until_closed(host: str, port: int, timeout: float = 3.5) -> float:
    begin = time.monotonic()
    with socket.create_connection((host, port), timeout=0.1) as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: verify\r\nX-Slow: ")
        while (passed := time.monotonic() - begin) < timeout:
            try:
                connection.sendall(b"x")
                if connection.recv(1024) == b"":
                    break
            except TimeoutError:
                continue
            except OSError:
                break
    return passed
