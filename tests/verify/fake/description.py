"""The OpenAPI spec of the fake service."""

from __future__ import annotations

import copy
from typing import Any

from tests.verify.fake.shop import FILTERS, SCHEMA

PROBLEM = {
    "type": "object",
    "required": ["title", "status"],
    "properties": {"title": {"type": "string"}, "status": {"type": "integer"}},
}
USER = {"type": "object", "required": ["id", "email", "role"]}
MERGE_PATCH = "application/merge-patch+json"
FAILURES = ("400", "401", "403", "404", "405", "409", "412", "413", "415", "422", "429", "503")


def description(bug: str) -> dict[str, Any]:
    """The spec. A bug can remove a part of it."""
    item = {
        "type": "object",
        "required": ["id", "version", "created_at", "updated_at", *SCHEMA["properties"]],
        "properties": SCHEMA["properties"]
        | {
            "id": {"type": "string", "format": "uuid"},
            "version": {"type": "integer", "minimum": 2 if bug == "untrue-document" else 1},
        },
    }
    page = {"type": "object", "required": ["items", "next_cursor"]}
    one = {"parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]}
    filters = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in FILTERS]
    auth = "/api/v1/auth"
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "fake", "version": "1"},
        "security": [{"bearer": []}],
        "components": {
            "schemas": {"Order": item, "Fields": fields(bug), "Problem": PROBLEM},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
        "paths": {
            "/livez": {"get": operation("livez", {"200": {}}, public=True)},
            "/readyz": {"get": operation("readyz", {"200": {}, "503": {}}, public=True)},
            f"{auth}/register": {"post": operation("register", {"201": {}}, public=True)},
            f"{auth}/login": {"post": operation("login", {"200": {}}, public=True)},
            f"{auth}/refresh": {"post": operation("refresh", {"200": {}}, public=True)},
            f"{auth}/logout": {"post": operation("logout", {"204": None}, public=True)},
            "/api/v1/me": {
                "get": operation("me", {"200": USER}),
                "delete": operation("deleteMe", {"204": None}, {"type": "object"}),
            },
            "/api/v1/me/password": {"put": operation("changePassword", {"204": None}, {"type": "object"})},
            "/api/v1/sessions": {
                "get": operation("sessions", {"200": {}}),
                "delete": operation("endSessions", {"204": None}),
            },
            "/api/v1/sessions/{id}": one | {"delete": operation("endSession", {"204": None})},
            "/api/v1/users": {"get": operation("users", {"200": page})},
            "/api/v1/users/{id}": one
            | {"patch": operation("changeUser", {"200": USER}, {"type": "object"}, media=MERGE_PATCH)},
            "/api/v1/orders": {
                "get": operation("list", {"200": page}) | {"parameters": filters},
                "post": operation("create", {"201": ref("Order")}, ref("Fields")),
            },
            "/api/v1/orders/{id}": one
            | {
                "get": operation("get", {"200": ref("Order"), "304": None}),
                "put": operation("put", {"200": ref("Order")}, ref("Fields")),
                "patch": operation("patch", {"200": ref("Order")}, ref("Fields")),
                "delete": operation("delete", {"204": None}),
            },
        },
    }
    if bug == "no-logout-route":
        del document["paths"][f"{auth}/logout"]
    return document


def fields(bug: str) -> dict[str, Any]:
    """What an order is made of."""
    described: dict[str, Any] = copy.deepcopy(SCHEMA)
    if bug == "nothing-required":
        described["required"] = []
    if bug == "no-maximum":
        del described["properties"]["total"]["maximum"]
    if bug == "no-longest":
        del described["properties"]["code"]["maxLength"]
    if bug == "any-status":
        described["properties"]["status"] = {"type": ["string", "null"]}
    return described


def operation(
    name: str,
    answers: dict[str, Any],
    body: Any = None,
    *,
    public: bool = False,
    media: str = "application/json",
) -> dict[str, Any]:
    """One operation, which may fail in every way."""
    responses = {status: response(status, schema) for status, schema in answers.items()}
    failures = {status: response(status, ref("Problem")) for status in FAILURES if status not in answers}
    more: dict[str, Any] = {"security": []} if public else {}
    if body:
        more["requestBody"] = {"content": {media: {"schema": body}}}
    return {"operationId": name, "responses": responses | failures, **more}


def response(status: str, schema: Any) -> dict[str, Any]:
    """One answer; None is one without a body."""
    kind = "application/problem+json" if status >= "400" and schema else "application/json"
    content = {} if schema is None else {"content": {kind: {"schema": schema}}}
    return {"description": status, **content}


def ref(name: str) -> dict[str, str]:
    """A schema by name."""
    return {"$ref": f"#/components/schemas/{name}"}
