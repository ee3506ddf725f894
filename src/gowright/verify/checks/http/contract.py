"""The OpenAPI spec of the service: valid, complete, and identical to the file."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import yaml

from gowright.model.resources.field import Field
from gowright.model.resources.resource import Resource
from gowright.verify.check import check
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.running import RunningService
from gowright.verify.outcomes import Failed

_OPERATIONS = (
    *(("GET", ""), ("POST", "")),
    *((method, "/{id}") for method in ("GET", "PUT", "PATCH", "DELETE")),
)
_FILE = "api/openapi.yaml"
#: The precision of a decimal.
_STEP = Decimal("0.000001")


@check("openapi", "the OpenAPI spec is valid and complete")
def openapi(harness: Harness) -> str:
    """The OpenAPI spec is valid, and describes every resource and field."""
    from openapi_spec_validator import OpenAPIV31SpecValidator

    running = harness.service
    served = running.spec
    if not str(served.content.get("openapi", "")).startswith("3.1"):
        raise Failed(f"openapi is {served.content.get('openapi')!r}, not 3.1")
    for error in OpenAPIV31SpecValidator(dict(served.content)).iter_errors():
        where = "/".join(str(part) for part in error.absolute_path)
        raise Failed(f"the spec is not valid: {where}: {error.message[:300]}")
    for resource in running.resources:
        for method, rest in _OPERATIONS:
            running.operation(method, resource.path + rest)
        _compare_with_answers(running, resource)
    for path in ("/livez", "/readyz", *(["/api/v1/me"] if "callers" in harness.project.traits else [])):
        running.operation("GET", path)
    names = [each.definition.get("operationId") for each in served.operations]
    if len(set(names)) != len(names) or None in names:
        raise Failed("an operation has no unique operationId, so clients cannot be generated")
    file = harness.project.root / _FILE
    if file.is_file() and yaml.safe_load(file.read_text()) != yaml.safe_load(
        running.anonymous.call("GET", "/openapi.yaml", 200).text
    ):
        raise Failed(f"GET /openapi.yaml differs from {_FILE}")
    return f"{len(served.operations)} operations"


def _compare_with_answers(running: RunningService, resource: Resource) -> None:
    """Check that the request body has the fields and the bounds in the answers of the project.

    Responses are validated against the spec, and this validates the spec itself.
    """
    body = f"the body of POST {resource.path}"
    schema = running.schema(resource)
    properties = running.spec.properties(schema)
    if missing := {field.name for field in resource.fields} - properties.keys():
        raise Failed(f"{body} lacks {', '.join(sorted(missing))}")
    required = {field.name for field in resource.fields if field.required}
    if different := required.symmetric_difference(running.spec.required(schema)):
        raise Failed(
            f"{body} and the answers of the project require different fields: {', '.join(sorted(different))}"
        )
    for field in resource.fields:
        valid = running.spec.validator(properties[field.name]).is_valid
        for value, allowed in _test_values(field):
            if valid(value) is not allowed:
                does = "rejects" if allowed else "allows"
                raise Failed(f"{body} {does} {field.name} {value!r}, unlike the answers of the project")


def _test_values(field: Field) -> Iterator[tuple[Any, bool]]:
    """Values that distinguish the schema of the field from others, each with whether it's allowed."""
    yield None, not field.required
    yield from ((each, True) for each in field.enum)
    if field.enum:
        yield "_".join(field.enum), False
    if field.min is not None:
        yield _value(field, field.min, 0), True
        yield _value(field, field.min, -1), False
    if field.max is not None:
        yield _value(field, field.max, 0), True
        yield _value(field, field.max, 1), False


def _value(field: Field, limit: Any, steps: int) -> Any:
    """The value at a limit, or the next one below or above it."""
    match field.type:
        case "string" | "text":
            return "x" * (int(limit) + steps)
        case "decimal":
            return f"{Decimal(str(limit)) + steps * _STEP:f}"
        case "float":
            return math.nextafter(float(limit), steps * math.inf) if steps else float(limit)
        case _:
            return int(limit) + steps
