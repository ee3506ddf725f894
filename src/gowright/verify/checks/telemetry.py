"""What operators see of a request: metrics and traces."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from gowright.verify.harness.client import Client
from gowright.verify.harness.harness import Lab
from gowright.verify.result import Failed, Skipped
from gowright.verify.children.ports import wait_until
from gowright.verify.backends.tracing.spans import Span
from gowright.verify.harness.running import Site

_SAMPLE = re.compile(r"^(?P<name>[a-zA-Z_:][\w:]*)(?:\{(?P<labels>.*)\})? (?P<value>\S+)")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_CALLS = 3
_SPAN_SECONDS = 8.0
Sample = tuple[str, dict[str, str], float]


def metrics(lab: Lab) -> str:
    """Calls are counted by method, route template and status, and nothing a client invents."""
    site = lab.service
    before = list(_samples(site))
    made = list(_calls(site))
    invented = uuid4().hex
    site.caller().call("GET", f"/{invented}", 404)
    wait_until(lambda: _counted(list(_samples(site)), *made[-1]) > _counted(before, *made[-1]), 2)
    after = list(_samples(site))
    for method, route, status in made:
        more = _counted(after, method, route, status) - _counted(before, method, route, status)
        if more < _CALLS:
            raise Failed(f"http_requests_total has {more:.0f} more {method} {route} {status}, not {_CALLS}")
    names = {name for name, _, _ in after}
    wanted = {
        "http_request_duration_seconds_bucket",
        "http_requests_in_flight",
        "go_goroutines",
        "process_open_fds",
    }
    if wanted - names:
        raise Failed(f"/metrics has no {', '.join(sorted(wanted - names))}")
    for name, labels, _ in after:
        if any(invented in value or _is_id(value) for value in labels.values()):
            raise Failed(f"/metrics: a label of {name} holds what a client sent: {labels}")
    return f"{len(names)} names"


def _calls(site: Site) -> Iterator[tuple[str, str, str]]:
    """Make some calls; tell method, route template and status of each."""
    for resource in site.resources:
        caller = site.caller()
        for _ in range(_CALLS):
            item = site.create(resource)
            caller.call("GET", f"{resource.path}/{item['id']}", 200)
            caller.call("GET", f"{resource.path}/{uuid4()}", 404)
        yield "POST", resource.path, "201"
        yield "GET", f"{resource.path}/{{id}}", "200"
        yield "GET", f"{resource.path}/{{id}}", "404"
    for _ in range(_CALLS):
        site.anonymous.call("GET", "/livez", 200)
    yield "GET", "/livez", "200"


def _samples(site: Site) -> Iterator[Sample]:
    for line in site.admin.call("GET", "/metrics", 200).text.splitlines():
        if found := _SAMPLE.match(line):
            yield found["name"], dict(_LABEL.findall(found["labels"] or "")), float(found["value"])


def _counted(samples: list[Sample], method: str, route: str, status: str) -> float:
    wanted = {"method": method, "route": route, "status": status}
    return sum(
        value
        for name, labels, value in samples
        if name == "http_requests_total" and wanted.items() <= labels.items()
    )


def _is_id(text: str) -> bool:
    return re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text) is not None


def traces(lab: Lab) -> str:
    """A request is one trace: from its caller, through the service, to the servers it asks."""
    site = lab.service
    for resource in site.resources:
        path, one = f"{resource.path}/{site.create(resource)['id']}", f"{resource.path}/{{id}}"
        for method, address, route in (
            ("POST", resource.path, resource.path),
            ("GET", resource.path, resource.path),
            ("PUT", path, one),
            ("GET", path, one),
            ("DELETE", path, one),
        ):
            writes = method in ("POST", "PUT")
            body = {"json": site.samples.body(site.schema(resource))} if writes else {}
            # An object may come from the cache.
            asks = set() if (method, route) == ("GET", one) else _servers(lab)
            _traced(site, site.caller(), f"{method} {route}", address, asks, body)
    if not site.resources:
        _traced(site, site.anonymous, "GET /openapi.yaml", "/openapi.yaml", set(), {})
    return f"{5 * len(site.resources) or 1} calls"


def _servers(lab: Lab) -> set[str]:
    return {lab.database_kind.system} if lab.database_kind else set()


def _traced(site: Site, client: Client, name: str, path: str, asks: set[str], more: dict[str, Any]) -> None:
    trace_id, parent_id = secrets.token_hex(16), secrets.token_hex(8)
    traceparent = {"traceparent": f"00-{trace_id}-{parent_id}-01"}
    method = name.partition(" ")[0]
    expect = {"POST": 201, "DELETE": 204}.get(method, 200)
    client.call(method, path, expect, headers=traceparent, **more)
    spans = site.lab.traces.wait(trace_id, "server", _SPAN_SECONDS)
    servers = [span for span in spans if span.kind == "server"]
    if len(servers) != 1:
        raise Failed(f"{name}: {len(servers)} server spans within {_SPAN_SECONDS:.0f} s, not one")
    _server_span(site, servers[0], parent_id, name)
    _children(spans, servers[0], asks, name)


def _server_span(site: Site, span: Span, parent_id: str, name: str) -> None:
    if span.parent_id != parent_id:
        raise Failed(f"{name}: the span's parent is {span.parent_id}, not the caller's {parent_id}")
    traces = site.lab.traces
    route = span.attributes.get("http.route")
    if span.name != traces.written(name) or route != name.partition(" ")[2]:
        raise Failed(f"{name}: the span is {span.name!r} with http.route {route!r}")
    if span.service != traces.written(site.lab.subject.name):
        raise Failed(f"{name}: the span is of {span.service!r}, not {site.lab.subject.name!r}")


def _children(spans: list[Span], server: Span, asks: set[str], said: str) -> None:
    known = {span.span_id for span in spans}
    for span in spans:
        if span is not server and span.parent_id not in known:
            raise Failed(
                f"{said}: span {span.name!r} hangs in the air: no span {span.parent_id} in its trace"
            )
    for span in spans:
        if span.attributes.get("db.system.name") == "mongodb" and not span.attributes.get("server.address"):
            raise Failed(f"{said}: span {span.name!r} does not say which server it asks")
    asked = {span.attributes.get("db.system.name") or span.attributes.get("db.system", "") for span in spans}
    if asks - asked:
        raise Failed(
            f"{said}: no span of {', '.join(asks - asked)} below it; there are {[span.name for span in spans]}"
        )


def cache_traces(lab: Lab) -> str:
    """A read asks the cache, and the second one nobody else."""
    if not lab.service.service.env.get("REDIS_URL"):
        raise Skipped("there is no Redis")
    site = lab.service
    for resource in site.resources[:1]:
        path = f"{resource.path}/{site.create(resource)['id']}"
        site.caller().call("GET", path, 200)
        trace_id = secrets.token_hex(16)
        headers = {"traceparent": f"00-{trace_id}-{secrets.token_hex(8)}-01"}
        site.caller().call("GET", path, 200, headers=headers)
        spans = lab.traces.wait(trace_id, "server", _SPAN_SECONDS)
        asked = [span.attributes.get("db.system.name") or span.attributes.get("db.system") for span in spans]
        if "redis" not in asked:
            raise Failed(f"GET {path}: no span of redis; there are {[span.name for span in spans]}")
        if again := _servers(lab) & set(asked):
            raise Failed(
                f"GET {path}: read again, and {again.pop()} was asked again: {[span.name for span in spans]}"
            )
    return ""
