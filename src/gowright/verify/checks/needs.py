"""The parts of the OpenAPI spec that services have since a release."""

from __future__ import annotations

from gowright.verify.check import Need
from gowright.verify.harness.openapi import OpenAPI


def response_field(method: str, path: str, name: str, *, since: str) -> Need:
    """The operation returns an object with a field."""

    def is_in(spec: OpenAPI) -> bool:
        operation = spec.find(method, path)
        return operation is not None and name in spec.response_properties(operation, 200)

    return Need(f"{name} in the response to {method} {path}", since, is_in)


def request_type(method: str, path: str, content_type: str, *, since: str) -> Need:
    """The operation accepts a content type."""

    def is_in(spec: OpenAPI) -> bool:
        operation = spec.find(method, path)
        return operation is not None and content_type in spec.request_types(operation)

    return Need(f"{content_type} for {method} {path}", since, is_in)
