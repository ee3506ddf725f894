"""The OpenAPI spec of a service, and validation of responses against it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, cast

import yaml
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from gowright.verify.outcomes import Failed

Schema = Mapping[str, Any]
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_URI = "urn:service:openapi"
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation: one method of one path."""

    method: str
    path: str
    definition: Schema
    public: bool

    @property
    def label(self) -> str:
        """The method and the path: GET /api/v1/orders/{id}."""
        return f"{self.method.upper()} {self.path}"


@dataclass(frozen=True, slots=True)
class Response:
    """The parts of a response that the spec describes."""

    status: int
    content_type: str
    headers: Mapping[str, str]
    body: bytes
    json: Any = None


@dataclass(frozen=True)
class OpenAPI:
    """An OpenAPI 3.1 spec."""

    content: Mapping[str, Any]

    @classmethod
    def parse(cls, text: str) -> OpenAPI:
        """Parse a spec in YAML or JSON.

        Raises:
            Failed: if it's neither.
        """
        try:
            content = _plain(yaml.load(text, Loader=_Loader))
        except yaml.YAMLError as error:
            message = " ".join(str(error).split())
            raise Failed(f"the OpenAPI spec is not YAML: {message}") from error
        if not isinstance(content, dict):
            raise Failed("the OpenAPI spec is not an object")
        return cls(content)

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """All operations, in the order of the spec."""
        default = self.content.get("security", [])
        return tuple(
            Operation(method, path, item[method], not item[method].get("security", default))
            for path, item in self.content.get("paths", {}).items()
            for method in METHODS
            if method in item
        )

    def find(self, method: str, path: str) -> Operation | None:
        """The operation for a path. Exact paths take precedence over templates."""
        matching = [
            operation
            for operation in self.operations
            if operation.method == method.lower() and _matches(operation.path, path)
        ]
        return min(matching, key=lambda operation: operation.path.count("{"), default=None)

    def resolve(self, node: Any) -> Any:
        """The node, or the target of its $ref."""
        while isinstance(node, Mapping) and isinstance(node.get("$ref"), str):
            target: Any = self.content
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            node = target
        return node

    def request_types(self, operation: Operation) -> tuple[str, ...]:
        """The content types of the request body."""
        return tuple(self.resolve(operation.definition.get("requestBody", {})).get("content", ()))

    def response_properties(self, operation: Operation, status: int) -> dict[str, Schema]:
        """The properties of the JSON object in a response; none if there's no such response."""
        response = self.resolve(operation.definition.get("responses", {}).get(str(status), {}))
        return self.properties(response.get("content", {}).get("application/json", {}).get("schema", {}))

    def properties(self, schema: Schema) -> dict[str, Schema]:
        """The properties of an object schema, including those in allOf."""
        found = self.resolve(schema)
        merged = dict(found.get("properties", {}))
        for part in found.get("allOf", ()):
            merged |= self.properties(part)
        return merged

    def required(self, schema: Schema) -> list[str]:
        """The required properties."""
        found = self.resolve(schema)
        parts = (self.required(part) for part in found.get("allOf", ()))
        return [*found.get("required", ()), *itertools.chain.from_iterable(parts)]

    def request_schema(self, operation: Operation) -> Schema | None:
        """The schema of the JSON request body, or None."""
        body = self.resolve(operation.definition.get("requestBody", {}))
        content = body.get("content", {}).get("application/json")
        schema: Schema | None = content["schema"] if content else None
        return schema

    def parameters(self, operation: Operation, place: str) -> dict[str, Schema]:
        """The parameters of an operation in a place (query, header, path), by name."""
        listed = [
            *self.content["paths"][operation.path].get("parameters", ()),
            *operation.definition.get("parameters", ()),
        ]
        resolved = [self.resolve(each) for each in listed]
        return {each["name"]: each for each in resolved if each["in"] == place}

    def errors(self, schema: Schema, value: Any) -> Iterator[str]:
        """The validation errors of a JSON value."""
        for error in self.validator(schema).iter_errors(value):
            where = "/".join(str(part) for part in error.absolute_path) or "the body"
            yield f"{where}: {error.message[:300]}"

    def validator(self, schema: Schema) -> Draft202012Validator:
        """A validator for a schema with references into this spec."""
        return Draft202012Validator(_absolute(schema), registry=self._registry, format_checker=_FORMATS)

    @cached_property
    def _registry(self) -> Registry[Any]:
        resource = DRAFT202012.create_resource(dict(self.content))
        return cast("Registry[Any]", Registry[Any]().with_resource(_URI, resource))

    def violations(self, method: str, path: str, response: Response) -> Iterator[str]:
        """The violations of the spec in a response."""
        operation = self.find(method, path)
        if operation is None:
            return
        responses = operation.definition.get("responses", {})
        described = responses.get(str(response.status), responses.get("default"))
        if described is None:
            yield f"status {response.status} is not in the spec"
            return
        definition = self.resolve(described)
        yield from self._header_violations(definition, response)
        if method.upper() != "HEAD":
            yield from self._body_violations(definition, response)

    def _header_violations(self, definition: Schema, response: Response) -> Iterator[str]:
        for name, node in definition.get("headers", {}).items():
            header = self.resolve(node)
            value = response.headers.get(name.lower())
            if value is None:
                if header.get("required"):
                    yield f"header {name} is missing"
                continue
            schema = self.resolve(header.get("schema", {}))
            typed = int(value) if schema.get("type") == "integer" and value.isdigit() else value
            for error in self.errors(schema, typed):
                yield f"header {name}: {error}"

    def _body_violations(self, definition: Schema, response: Response) -> Iterator[str]:
        content = definition.get("content", {})
        if not content:
            if response.body:
                yield "a body, but the spec has none"
            return
        if response.content_type not in content:
            yield f"content type {response.content_type!r}, but the spec has {', '.join(content)}"
            return
        schema = content[response.content_type].get("schema")
        if schema is None or not response.content_type.endswith("json"):
            return
        yield from self.errors(schema, response.json)


class _Loader(yaml.SafeLoader):
    """Reads dates as strings, as in JSON."""


_Loader.yaml_implicit_resolvers = {
    first: [each for each in resolvers if each[0] != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _plain(node: Any) -> Any:
    """Convert keys to strings: a status code is a number in YAML and a string in JSON."""
    if isinstance(node, dict):
        return {str(key): _plain(value) for key, value in node.items()}
    return [_plain(each) for each in node] if isinstance(node, list) else node


def _absolute(node: Any) -> Any:
    """Make references absolute, so that they point to this spec."""
    if isinstance(node, Mapping):
        return {
            key: f"{_URI}{value}" if key == "$ref" and str(value).startswith("#") else _absolute(value)
            for key, value in node.items()
        }
    return [_absolute(each) for each in node] if isinstance(node, list) else node


def _matches(template: str, path: str) -> bool:
    pattern = re.sub(r"\\\{[^/]+?\\\}", "[^/]+", re.escape(template))
    return re.fullmatch(pattern, path.partition("?")[0]) is not None


_FORMATS = FormatChecker(formats=("date", "uuid", "email", "ipv4", "ipv6"))


@_FORMATS.checks("date-time", raises=ValueError)
def _is_date_time(value: object) -> bool:
    if not isinstance(value, str):
        return True
    if not _RFC3339.fullmatch(value):
        return False
    datetime.fromisoformat(value[:19])
    return True
