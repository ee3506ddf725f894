"""Logs: one line per request, and no secrets."""

from __future__ import annotations

import secrets
from typing import Any

from gowright.verify.backends.auth.accounts import AUTH
from gowright.verify.check import check
from gowright.verify.children.ports import wait_until
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.running import RunningService
from gowright.verify.harness.service import ServiceProcess
from gowright.verify.outcomes import Failed

_CALLS = 5
_RECOVERY_SECONDS = 10.0
_JSON = {"Content-Type": "application/json"}
_NEEDED = ("time", "level", "msg", "request_id", "method", "status")


@check("access-log", "every request is logged once as JSON")
def access_log(harness: Harness) -> str:
    """Each request is one JSON line with its IDs."""
    running = harness.service
    broken = [line for line in running.process.lines if line.strip() and not line.startswith("{")]
    if broken:
        raise Failed(f"a log line is not JSON: {broken[0][:300]}")
    routes = [(resource.path, 200) for resource in running.resources] + [("/no/such/path%0d%0aforged", 404)]
    for path, status in routes:
        for _ in range(_CALLS):
            _one_line(running, path, status)
    return f"{_CALLS * len(routes)} requests"


def _one_line(running: RunningService, path: str, status: int) -> None:
    request_id, trace_id = secrets.token_hex(8), secrets.token_hex(16)
    headers = {
        "X-Request-ID": request_id,
        "traceparent": f"00-{trace_id}-{secrets.token_hex(8)}-01",
    }
    running.caller().call("GET", path, status, headers=headers)
    wait_until(lambda: bool(_lines(running.process, request_id)), 2)
    lines = _lines(running.process, request_id)
    if len(lines) != 1:
        raise Failed(f"GET {path}: {len(lines)} access log lines with its request_id, not one")
    missing = [name for name in _NEEDED if name not in lines[0]]
    if missing:
        raise Failed(f"GET {path}: its access log line has no {', '.join(missing)}: {lines[0]}")
    if lines[0]["status"] != status or lines[0]["method"] != "GET":
        raise Failed(f"GET {path}: its access log line is wrong: {lines[0]}")
    if "tracing" in running.project.traits and lines[0].get("trace_id") != trace_id:
        raise Failed(
            f"GET {path}: its access log line has trace_id {lines[0].get('trace_id')!r}, not {trace_id!r}"
        )


def _lines(service: ServiceProcess, request_id: str) -> list[dict[str, Any]]:
    return [
        record for record in service.records if record.get("request_id") == request_id and "status" in record
    ]


@check("no-secrets", "no log contains a secret")
def no_secrets(harness: Harness) -> str:
    """No password, token, or key is in any log of this run."""
    # Its database might just have recovered.
    wait_until(harness.service.ready, _RECOVERY_SECONDS)
    _use_secrets(harness.service)
    lines = [line for service in harness.services for line in service.lines]
    for line in lines:
        for secret in harness.secrets.values:
            if secret in line:
                redacted = line.replace(secret, f"{secret[:4]}...")
                raise Failed(f"a log line contains a secret ({secret[:4]}...): {redacted[:400]}")
    return f"{len(lines)} lines, {len(harness.secrets.values)} secrets"


def _use_secrets(running: RunningService) -> None:
    """Send secrets in valid and invalid requests, so that a leak would appear in the log."""
    running.caller().call("GET", "/livez", 200)
    if running.backends.accounts:
        account, path = running.register().credentials, f"{AUTH}/login"
        running.anonymous.call("POST", path, 422, json=account | {"no_such_field": 1})
        running.anonymous.call("POST", path, 400, content=str(account).encode(), headers=_JSON)
        running.anonymous.call("POST", f"{path}x", 404, json=account)
        running.anonymous.call("GET", "/livez", 200, params=account)
