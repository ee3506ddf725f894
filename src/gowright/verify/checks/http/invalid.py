"""Invalid input, which must be rejected with the name of the field."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

from gowright.model.resources.resource import Resource
from gowright.verify.check import check
from gowright.verify.checks.conditions import request_body, resources
from gowright.verify.harness.client import Client, fields_of, problem_of
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.running import RunningService
from gowright.verify.outcomes import Failed

_JSON = {"Content-Type": "application/json"}
_LIMIT = 4096
_MALFORMED = {
    "empty": b"",
    "cut off": b'{"a": ',
    "not JSON": b"a=1&b=2",
    "trailing data": b"{} {}",
    "a trailing brace": b"{}}",
    "only brackets": b"[" * 2000,
}
# The maximum depth of Go's decoder, and about the maximum length of a body.
_LEVELS = 9990
_DEEP = {
    "objects in objects": (b'{"' + b"x" * 99 + b'":') * _LEVELS + b"1" + b"}" * _LEVELS,
    "arrays in arrays": b'{"x":' + b" " * 1_000_000 + b"[" * _LEVELS + b"]" * _LEVELS + b"}",
}
_MAX_DEEP_SECONDS = 3.0
_MAX_DEEP_MEMORY = 256 << 20
_NOT_AN_OBJECT = {"an array": b"[]", "null": b"null", "a string": b'"text"', "a number": b"1"}
_READ_ONLY = {
    "id": "01890a5d-ac96-774b-bcce-b302099a8057",
    "version": 7,
    "owner_id": "01890a5d-ac96-774b-bcce-b302099a8057",
}


@check("validation", "invalid fields are rejected by name", when=resources)
def validation(harness: Harness) -> str:
    """Every invalid field is rejected by name, on create and on replace."""
    running = harness.service
    count = 0
    for resource in running.resources:
        schema = running.schema(resource)
        item = running.create(resource)
        for wrong in running.samples.wrong(schema):
            count += 1
            _rejected(running.caller(), "POST", resource.path, wrong.body, wrong.field, wrong.why)
            if wrong.why in ("it is missing", "it is unknown"):
                _rejected(
                    running.caller(),
                    "PUT",
                    f"{resource.path}/{item['id']}",
                    wrong.body,
                    wrong.field,
                    wrong.why,
                )
        for name, value in _READ_ONLY.items():
            body = running.samples.body(schema) | {name: value}
            _rejected(running.caller(), "POST", resource.path, body, name, "it is read-only")
        _all_at_once(running, resource)
    return f"{count} wrong bodies"


def _rejected(caller: Client, method: str, path: str, body: object, field: str, why: str) -> None:
    problem = caller.problem(method, path, 422, json=body, why=f"{field}: {why}")
    if field not in fields_of(problem):
        raise Failed(f"{method} {path}, {field}: {why}: the problem does not name the field: {problem}")


def _all_at_once(running: RunningService, resource: Resource) -> None:
    required = set(running.spec.required(running.schema(resource)))
    if not required:
        return
    named = fields_of(running.caller().problem("POST", resource.path, 422, json={}, why="an empty object"))
    if not required <= named:
        raise Failed(f"POST {resource.path} with {{}} names {named}, not all of {required}")


@check("malformed", "malformed JSON is rejected", when=request_body)
def malformed(harness: Harness) -> str:
    """A body that isn't a JSON object is rejected."""
    running = harness.service
    caller = running.caller()
    for method, path in _targets(running):
        for why, content in _MALFORMED.items():
            caller.problem(method, path, 400, content=content, headers=_JSON, why=why)
        for why, content in _NOT_AN_OBJECT.items():
            response = caller.call(method, path, (400, 422), content=content, headers=_JSON, why=why)
            caller.problem(method, path, response.status_code, content=content, headers=_JSON, why=why)
        for content_type in (
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/json-patch+json",
            "",
        ):
            headers = {"Content-Type": content_type} if content_type else {}
            caller.problem(
                method,
                path,
                415,
                content=b"{}",
                headers=headers,
                why=f"as {content_type or 'nothing'}",
            )
        for why, content in _DEEP.items():
            _cheaply_rejected(running, method, path, content, why)
    return ""


def _cheaply_rejected(running: RunningService, method: str, path: str, content: bytes, why: str) -> None:
    """Rejecting a body takes little time and memory, whatever it contains."""
    memory, begin = running.process.peak_memory(), time.monotonic()
    response = running.caller().call(method, path, (400, 422), content=content, headers=_JSON, why=why)
    seconds, more = time.monotonic() - begin, running.process.peak_memory() - memory
    problem_of(response, f"{method} {path} ({why})")
    if seconds > _MAX_DEEP_SECONDS:
        raise Failed(f"{method} {path}, {why}: it takes {seconds:.1f} s to reject {len(content)} bytes")
    if more > _MAX_DEEP_MEMORY:
        raise Failed(f"{method} {path}, {why}: it takes {more >> 20} MiB to reject {len(content)} bytes")
    running.anonymous.call("GET", "/livez", 200, why=f"after {why}")


@check("encodings", "text is valid UTF-8", when=resources)
def encodings(harness: Harness) -> str:
    """JSON is decoded as UTF-8, with and without a charset parameter."""
    running = harness.service
    for resource in running.resources[:1]:
        body = json.dumps(running.samples.body(running.schema(resource)), ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json; charset=utf-8"}
        running.caller().call("POST", resource.path, 201, content=body, headers=headers)
        field = resource.field_of("string", "text")
        if field:
            broken = running.samples.body(running.schema(resource)) | {field.name: "MARK"}
            content = json.dumps(broken).encode().replace(b"MARK", b"\xff\xfe")
            response = running.caller().call(
                "POST",
                resource.path,
                (201, 400, 422),
                content=content,
                headers=_JSON,
                why="invalid UTF-8",
            )
            if response.status_code == 201 and "\ufffd" not in response.json()[field.name]:
                raise Failed(
                    f"POST {resource.path}: invalid UTF-8 was returned as {response.json()[field.name]!r}"
                )
    return ""


@check("path-ids", "malformed ids are rejected", when=resources)
def path_ids(harness: Harness) -> str:
    """An invalid ID is rejected by name."""
    running = harness.service
    for resource in running.resources:
        for method in ("GET", "PUT", "PATCH", "DELETE"):
            body = {"json": running.samples.body(running.schema(resource))} if method.startswith("P") else {}
            for bad in ("1", "not-a-uuid", "01890a5d-ac96-774b-bcce-b302099a805", "%27%20OR%201=1"):
                problem = running.caller().problem(method, f"{resource.path}/{bad}", 400, **body)
                if "id" not in fields_of(problem):
                    raise Failed(f"{method} {resource.path}/{bad}: the problem does not name id: {problem}")
    return ""


@check("body-limit", "bodies over the size limit are rejected", when=request_body)
def body_limit(harness: Harness) -> str:
    """A body over the limit is rejected, even if its length isn't declared."""
    with harness.run_service({"HTTP_MAX_BODY_BYTES": str(_LIMIT)}) as running:
        for method, path in _targets(running):
            too_long = b'{"x": "' + b"a" * _LIMIT + b'"}'
            just_fits = b'{"x": "' + b"a" * (_LIMIT - 9) + b'"}'
            caller = running.caller()
            caller.problem(method, path, 413, content=too_long, headers=_JSON)
            caller.problem(method, path, 413, content=_pieces(too_long), headers=_JSON, why="in chunks")
            caller.problem(method, path, 422, content=just_fits, headers=_JSON, why="just within the limit")
            running.anonymous.call("GET", "/livez", 200)
    return ""


def _targets(running: RunningService) -> list[tuple[str, str]]:
    """Routes with a request body: of the first resource, and of the accounts."""
    routes = [("POST", resource.path) for resource in running.resources[:1]]
    if running.backends.accounts:
        routes.append(("POST", "/api/v1/auth/login"))
    return routes


def _pieces(content: bytes) -> Iterator[bytes]:
    for begin in range(0, len(content), 1000):
        yield content[begin : begin + 1000]
