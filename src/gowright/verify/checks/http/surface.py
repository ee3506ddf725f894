"""What every caller meets first: health, documents, headers, methods, limits of one request."""

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
    """It lives, is ready, and says so to HEAD as well."""
    client = harness.service.anonymous
    for path in ("/livez", "/readyz"):
        client.call("GET", path, 200)
        if client.call("HEAD", path, 200).content:
            raise Failed(f"HEAD {path} has a body")
    return ""


@check("docs", "the API documentation loads nothing from other hosts")
def documentation(harness: Harness) -> str:
    """/docs shows the document without asking anyone else."""
    client = harness.service.unchecked
    page = client.call("GET", "/docs", (200, 301, 302, 307, 308))
    while page.is_redirect:
        page = client.call("GET", str(page.headers["location"]), (200, 301, 302, 307, 308))
    asked = re.findall(r"""(?:src|href)=["']([^"'#]+)""", page.text)
    if not asked:
        raise Failed("/docs loads nothing: it cannot show the document")
    for address in asked:
        if urlsplit(address).netloc:
            raise Failed(f"/docs asks another host: {address}")
        if not address.startswith("data:"):
            client.call("GET", str(page.url.join(address)), 200, why="asked for by /docs")
    with harness.run_service({"DOCS_ENABLED": "false"}) as running:
        running.unchecked.call("GET", "/docs", 404, why="DOCS_ENABLED=false")
    return f"{len(asked)} assets"


@check("headers", "every response has the security headers")
def headers(harness: Harness) -> str:
    """Every kind of answer carries the security headers and a request id."""
    running = harness.service
    answers = list(_kinds_of_answer(running))
    for said, response in answers:
        for name, value in HEADERS.items():
            if response.headers.get(name) != value:
                raise Failed(f"{said}: {name} is {response.headers.get(name)!r}, not {value!r}")
        for name in _LEAKS:
            if name in response.headers:
                raise Failed(f"{said}: carries {name}: {response.headers[name]}")
        if not response.headers.get("x-request-id"):
            raise Failed(f"{said}: no X-Request-ID")
    _request_ids(running.anonymous)
    return f"{len(answers)} kinds of answer"


def _kinds_of_answer(running: RunningService) -> Iterator[tuple[str, httpx.Response]]:
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
    """A request id is taken over when it is harmless, and replaced otherwise."""
    for given, kept in (
        ("verify-1.2_3", True),
        ("a b", False),
        ("x" * 129, False),
        ('"><script>', False),
    ):
        answered = client.call("GET", "/livez", 200, headers={"X-Request-ID": given}).headers["x-request-id"]
        if (answered == given) is not kept:
            raise Failed(f"X-Request-ID {given!r} came back as {answered!r}")


@check("cors", "only the allowed origin passes CORS")
def cors(harness: Harness) -> str:
    """Browsers of the allowed origin may call, of any other may not."""
    running = harness.service
    path = running.resources[0].path if running.resources else "/livez"
    # A service without accounts has no use for the first of these headers, and need not allow it.
    needed = ("content-type",) if harness.backends.auth is None else ("authorization", "content-type")
    asked = {
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": ",".join(needed),
    }
    plain = running.unchecked
    for origin, allowed in ((ORIGIN, True), ("https://evil.example.net", False), ("null", False)):
        preflight = plain.call(
            "OPTIONS", path, (200, 204, 403, 404, 405), headers={"Origin": origin, **asked}
        )
        simple = plain.call("GET", path, (200, 401), headers={"Origin": origin})
        for said, response in (
            (f"preflight from {origin}", preflight),
            (f"call from {origin}", simple),
        ):
            _origin_is(response, origin if allowed else None, said)
        if allowed:
            _preflight_is_complete(preflight, needed)
    return ""


def _origin_is(response: httpx.Response, wanted: str | None, said: str) -> None:
    got = response.headers.get("access-control-allow-origin")
    if got != wanted:
        raise Failed(f"{said}: Access-Control-Allow-Origin is {got!r}, not {wanted!r}")
    if "origin" not in response.headers.get("vary", "").lower():
        raise Failed(f"{said}: Vary does not name Origin, so a cache may mix answers up")


def _preflight_is_complete(response: httpx.Response, needed: tuple[str, ...]) -> None:
    if response.status_code not in (200, 204):
        raise Failed(f"the preflight of the allowed origin answered {response.status_code}")
    methods = response.headers.get("access-control-allow-methods", "").upper()
    allowed = response.headers.get("access-control-allow-headers", "").lower()
    if "PUT" not in methods or any(header not in allowed for header in needed):
        raise Failed(f"the preflight allows methods {methods!r} and headers {allowed!r}")
    if not response.headers.get("access-control-max-age"):
        raise Failed("the preflight has no Access-Control-Max-Age: browsers ask before every call")


@check("methods", "unsupported methods get 405 with an Allow header")
def methods(harness: Harness) -> str:
    """A method that a path does not have is refused with the ones that it has."""
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
                    f"{method} {path}: Allow is {refused.headers.get('allow')!r}, the document has {known}"
                )
    return f"{len(templates)} paths"


@check("not-found", "unknown paths get a problem response")
def not_found(harness: Harness) -> str:
    """A path that does not exist is a problem, not a page."""
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
            raise Failed(f"GET {path}: the problem names no request_id")
    return ""


@check("two-ports", "the API and the admin endpoints use separate ports")
def two_ports(harness: Harness) -> str:
    """The admin port serves operators only, the public port clients only."""
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
    """A client that sends its headers a byte at a time is shown the door."""
    with harness.run_service({"HTTP_READ_HEADER_TIMEOUT": f"{_HEADER_SECONDS}s"}) as running:
        address = urlsplit(running.process.url)
        seconds = _seconds_until_closed(str(address.hostname), int(address.port or 80))
        if seconds > _HEADER_SECONDS + 1.5:
            raise Failed(
                f"HTTP_READ_HEADER_TIMEOUT={_HEADER_SECONDS}s, and a slow client was served for {seconds:.1f} s"
            )
        running.anonymous.call("GET", "/livez", 200)
    return f"closed after {seconds:.1f} s"


def _seconds_until_closed(host: str, port: int, most: float = 3.5) -> float:
    begin = time.monotonic()
    with socket.create_connection((host, port), timeout=0.1) as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: verify\r\nX-Slow: ")
        while (passed := time.monotonic() - begin) < most:
            try:
                connection.sendall(b"x")
                if connection.recv(1024) == b"":
                    break
            except TimeoutError:
                continue
            except OSError:
                break
    return passed
