"""Telemetry: metrics and traces."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import uuid4

from gowright.verify.backends.auth.authorization import User
from gowright.verify.backends.tracing.spans import Span
from gowright.verify.check import check
from gowright.verify.checks.conditions import (
    both,
    cache,
    database_server,
    metrics_endpoint,
    provider,
    resources,
    tracing,
)
from gowright.verify.children.ports import wait_until
from gowright.verify.harness.browser import CALLBACK, at_provider, begin
from gowright.verify.harness.client import Client
from gowright.verify.harness.exposition import Sample, samples
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.running import RunningService
from gowright.verify.outcomes import Failed, Skipped

_CALLS = 3
_SPAN_SECONDS = 8.0
_LOG_SECONDS = 2.0
#: The routes whose requests have no spans.
_PROBES = ("/livez", "/readyz")


@check("metrics", "requests are counted by route", when=metrics_endpoint)
def metrics(harness: Harness) -> str:
    """Requests are counted by method, route template, and status; labels contain no values from clients."""
    running = harness.service
    before = list(_samples(running))
    made = list(_calls(running))
    invented = uuid4().hex
    running.caller().call("GET", f"/{invented}", 404)
    wait_until(lambda: _counted(list(_samples(running)), *made[-1]) > _counted(before, *made[-1]), 2)
    after = list(_samples(running))
    for method, route, status in made:
        more = _counted(after, method, route, status) - _counted(before, method, route, status)
        if more < _CALLS:
            raise Failed(f"http_requests_total has {more:.0f} more {method} {route} {status}, not {_CALLS}")
    names = {sample.name for sample in after}
    wanted = {
        "http_request_duration_seconds_bucket",
        "http_requests_in_flight",
        "go_goroutines",
        "process_open_fds",
    }
    if wanted - names:
        raise Failed(f"/metrics has no {', '.join(sorted(wanted - names))}")
    for sample in after:
        if any(invented in value or _is_id(value) for value in sample.labels.values()):
            raise Failed(
                f"/metrics: a label of {sample.name} contains a value from a client: {sample.labels}"
            )
    return f"{len(names)} names"


def _calls(running: RunningService) -> Iterator[tuple[str, str, str]]:
    """Send requests, and yield the method, the route template, and the status of each."""
    for resource in running.resources:
        caller = running.caller()
        for _ in range(_CALLS):
            item = running.create(resource)
            caller.call("GET", f"{resource.path}/{item['id']}", 200)
            caller.call("GET", f"{resource.path}/{uuid4()}", 404)
        yield "POST", resource.path, "201"
        yield "GET", f"{resource.path}/{{id}}", "200"
        yield "GET", f"{resource.path}/{{id}}", "404"
    for _ in range(_CALLS):
        running.anonymous.call("GET", "/livez", 200)
    yield "GET", "/livez", "200"


def _samples(running: RunningService) -> Iterator[Sample]:
    return samples(running.admin.call("GET", "/metrics", 200).text)


def _counted(all_samples: list[Sample], method: str, route: str, status: str) -> float:
    wanted = {"method": method, "route": route, "status": status}
    return sum(
        sample.value
        for sample in all_samples
        if sample.name == "http_requests_total" and wanted.items() <= sample.labels.items()
    )


def _is_id(text: str) -> bool:
    return re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text) is not None


@check("traces", "every request produces one trace", when=tracing)
def traces(harness: Harness) -> str:
    """A request is one trace: from the caller, through the service, to its servers. Its log line has the trace ID."""
    running = harness.service
    routes = [each for each in running.spec.operations if each.path not in _PROBES]
    for operation in routes:
        # Most of these requests are wrong, but all of them reach their route.
        path = re.sub(r"\{\w+\}", str(uuid4()), operation.path)
        _spans(harness, running.unchecked, operation.label, path, set(), range(200, 500), {})
    for resource in running.resources:
        path, one = f"{resource.path}/{running.create(resource)['id']}", f"{resource.path}/{{id}}"
        for method, address, route in (
            ("POST", resource.path, resource.path),
            ("GET", resource.path, resource.path),
            ("PUT", path, one),
            ("GET", path, one),
            ("DELETE", path, one),
        ):
            writes = method in ("POST", "PUT")
            body = {"json": running.samples.body(running.schema(resource))} if writes else {}
            # The object can come from the cache.
            systems = set() if (method, route) == ("GET", one) else _servers(harness)
            _traced(harness, running.caller(), f"{method} {route}", address, systems, body)
    if provider(harness.project):
        _provider_traced(harness)
    return f"{len(routes)} routes, read from {harness.tracing.source}"


def _servers(harness: Harness) -> set[str]:
    return {harness.database.system} if harness.backends.database else set()


def _traced(
    harness: Harness, client: Client, name: str, path: str, systems: set[str], more: dict[str, Any]
) -> None:
    method = name.partition(" ")[0]
    expect: Iterable[int] = (201,) if method == "POST" else (204,) if method == "DELETE" else (200,)
    _spans(harness, client, name, path, systems, expect, more)


def _spans(
    harness: Harness,
    client: Client,
    name: str,
    path: str,
    systems: set[str],
    expect: Iterable[int],
    more: dict[str, Any],
) -> Sequence[Span]:
    """Send a request in a trace, and return the spans of the trace after checking them."""
    trace_id, parent_id = secrets.token_hex(16), secrets.token_hex(8)
    headers = more.pop("headers", {}) | {"traceparent": f"00-{trace_id}-{parent_id}-01"}
    client.call(name.partition(" ")[0], path, expect, headers=headers, **more)
    spans = harness.tracing.wait(trace_id, "server", _SPAN_SECONDS)
    servers = [span for span in spans if span.kind == "server"]
    if len(servers) != 1:
        raise Failed(f"{name}: {len(servers)} server spans within {_SPAN_SECONDS:.0f} s, not one")
    _server_span(harness, servers[0], parent_id, name)
    _children(harness, spans, servers[0], systems, name)
    _logged(harness, trace_id, servers[0], name)
    return spans


def _logged(harness: Harness, trace_id: str, span: Span, name: str) -> None:
    found = harness.service.process.wait_record(
        lambda record: record.get("trace_id") == trace_id, _LOG_SECONDS
    )
    if found is None:
        raise Failed(f"{name}: no log line has the trace_id {trace_id}")
    if found.get("span_id") != span.span_id:
        raise Failed(f"{name}: its log line has the span_id {found.get('span_id')}, not {span.span_id}")


def _provider_traced(harness: Harness) -> None:
    """A sign-in has spans of the requests to the OpenID provider."""
    running = harness.service
    begun = begin(running)
    back = at_provider(harness, begun, User(f"user-{secrets.token_hex(4)}"))
    more = {"headers": begun.headers, "params": back}
    spans = _spans(harness, running.anonymous, f"GET {CALLBACK}", CALLBACK, set(), (303,), more)
    if not any(span.kind == "client" and "db.system.name" not in span.attributes for span in spans):
        raise Failed(
            f"GET {CALLBACK}: no span of the provider; the spans are {[span.name for span in spans]}"
        )


def _server_span(harness: Harness, span: Span, parent_id: str, name: str) -> None:
    if span.parent_id != parent_id:
        raise Failed(f"{name}: the span's parent is {span.parent_id}, not the caller's {parent_id}")
    route = span.attributes.get("http.route")
    if span.name != harness.tracing.stored_name(name) or route != name.partition(" ")[2]:
        raise Failed(f"{name}: the span is {span.name!r} with http.route {route!r}")
    if span.service != harness.tracing.stored_name(harness.project.name):
        raise Failed(f"{name}: the span is of {span.service!r}, not {harness.project.name!r}")


def _children(harness: Harness, spans: Sequence[Span], server: Span, systems: set[str], label: str) -> None:
    # A database without a server has no address.
    local = set() if database_server(harness.project) else _servers(harness)
    known = {span.span_id for span in spans}
    for span in spans:
        if span is not server and span.parent_id not in known:
            raise Failed(f"{label}: span {span.name!r} has no parent: the trace has no span {span.parent_id}")
    for span in spans:
        system = span.attributes.get("db.system.name")
        if system and system not in local and not span.attributes.get("server.address"):
            raise Failed(f"{label}: span {span.name!r} has no server.address")
    found = {span.attributes.get("db.system.name") or span.attributes.get("db.system", "") for span in spans}
    if systems - found:
        raise Failed(
            f"{label}: no span of {', '.join(systems - found)}; the spans are {[span.name for span in spans]}"
        )


@check("cache-traces", "cached reads do not query the database", when=both(cache, both(tracing, resources)))
def cache_traces(harness: Harness) -> str:
    """The first read fills the cache, and the second read uses only the cache."""
    if not harness.service.process.env.get(harness.cache.variable):
        raise Skipped(f"{harness.cache.name} is not available")
    running = harness.service
    for resource in running.resources[:1]:
        path = f"{resource.path}/{running.create(resource)['id']}"
        running.caller().call("GET", path, 200)
        trace_id = secrets.token_hex(16)
        headers = {"traceparent": f"00-{trace_id}-{secrets.token_hex(8)}-01"}
        running.caller().call("GET", path, 200, headers=headers)
        spans = harness.tracing.wait(trace_id, "server", _SPAN_SECONDS)
        found = [span.attributes.get("db.system.name") or span.attributes.get("db.system") for span in spans]
        if harness.cache.system not in found:
            raise Failed(
                f"GET {path}: no span of {harness.cache.system}; the spans are {[span.name for span in spans]}"
            )
        if unexpected := _servers(harness) & set(found):
            raise Failed(
                f"GET {path}: the second read used {unexpected.pop()}, too: {[span.name for span in spans]}"
            )
    return ""
