"""The service's own document: valid, complete, and the one that is served."""

from __future__ import annotations

import yaml

from gowright.verify.lab import Lab
from gowright.verify.report import Failed

_OPERATIONS = (("GET", ""), ("POST", ""), ("GET", "/{id}"), ("PUT", "/{id}"), ("DELETE", "/{id}"))
_FILE = "api/openapi.yaml"


def document(lab: Lab) -> str:
    """The OpenAPI document is valid, and describes every resource and field."""
    from openapi_spec_validator import OpenAPIV31SpecValidator

    site = lab.service
    served = site.document
    if not str(served.content.get("openapi", "")).startswith("3.1"):
        raise Failed(f"openapi is {served.content.get('openapi')!r}, not 3.1")
    for error in OpenAPIV31SpecValidator(dict(served.content)).iter_errors():
        where = "/".join(str(part) for part in error.absolute_path)
        raise Failed(f"the document is not valid: {where}: {error.message[:300]}")
    for resource in site.resources:
        for method, rest in _OPERATIONS:
            site.operation(method, resource.path + rest)
        described = site.samples.properties(site.schema(resource)).keys()
        if missing := {field.name for field in resource.fields} - described:
            raise Failed(f"the body of POST {resource.path} lacks {', '.join(sorted(missing))}")
    names = [each.definition.get("operationId") for each in served.operations]
    if len(set(names)) != len(names) or None in names:
        raise Failed("an operation has no operationId of its own, so clients cannot be generated")
    file = lab.subject.root / _FILE
    if file.is_file() and yaml.safe_load(file.read_text()) != yaml.safe_load(
        site.anonymous.call("GET", "/openapi.yaml", 200).text
    ):
        raise Failed(f"GET /openapi.yaml is not {_FILE}")
    return f"{len(served.operations)} operations"
