"""The fake service's one resource: orders."""

from __future__ import annotations

import json
import re
import threading
import time
import uuid
from typing import Any

from gowright.verify.harness.openapi import OpenAPI
from tests.verify.fake.http import Answer, Refused, Request, Route, now

PATH = "/api/v1/orders"
LIMITS = {"limit", "cursor"}
FILTERS = ("customer", "code", "status")
SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["customer"],
    "properties": {
        "customer": {"type": "string", "minLength": 1, "maxLength": 40, "pattern": "^[^\\u0000]*$"},
        "code": {"type": ["string", "null"], "maxLength": 20, "pattern": "^[^\\u0000]*$"},
        "total": {"type": ["integer", "null"], "minimum": 0, "maximum": 1000},
        "status": {"enum": ["new", "paid", None]},
        "price": {"type": ["string", "null"], "pattern": "^-?[0-9]{1,15}(\\.[0-9]{1,6})?$"},
        "placed_at": {"type": ["string", "null"], "format": "date-time"},
    },
}


class Shop:
    """RunOptions in memory."""

    def __init__(self, app: Any) -> None:
        self.bug = app.bug
        self.app = app
        self.items: dict[str, dict[str, Any]] = {}
        self.stale: dict[str, tuple[float, dict[str, Any]]] = {}
        self.lock = threading.RLock()
        self.clock = 0
        self.document = OpenAPI({})

    def routes(self) -> list[Route]:
        one = f"{PATH}/([^/]+)"
        return [
            ("GET", PATH, self.list),
            ("POST", PATH, self.create),
            ("GET", one, self.get),
            ("PUT", one, self.put),
            ("PATCH", one, self.patch),
            ("DELETE", one, self.delete),
        ]

    def create(self, request: Request, _: re.Match[str]) -> Answer:
        fields = self.fields(request)
        with self.lock:
            self.unique(fields, request.user.get("id"), "")
            self.clock += 1
            key = str(uuid.UUID(int=(0x7 << 76) | (0x2 << 62) | (self.clock << 80)))
            item = {"id": key, **fields, "owner_id": request.user.get("id"), "version": 1}
            self.items[key] = item | {"created_at": now(), "updated_at": now()}
        self.app.log(msg="audit", event="order.created", resource_id=key)
        headers = {"ETag": '"1"'} | ({} if self.bug == "no-location" else {"Location": f"{PATH}/{key}"})
        return 201, self.items[key], headers

    def get(self, request: Request, found: re.Match[str]) -> Answer:
        item = self.find(request, found)
        if self.bug == "stale-reads":
            until, old = self.stale.get(item["id"], (0.0, item))
            item = old if time.monotonic() < until else item
        tag = f'"{item["version"]}"'
        asked = request.headers.get("If-None-Match", "")
        if self.bug != "no-304" and (asked == "*" or tag in re.split(r"(?:\s*,\s*|W/)+", asked)):
            return 304, None, {"ETag": tag}
        return 200, item, {"ETag": tag}

    def list(self, request: Request, _: re.Match[str]) -> Answer:
        query = dict(request.query)
        if unknown := query.keys() - LIMITS - set(FILTERS):
            raise Refused(400, "unknown parameter", unknown)
        limit = query.get("limit", "20")
        if not re.fullmatch(r"[0-9]{1,3}", limit) or not 1 <= int(limit) <= 100:
            raise Refused(400, "bad limit", ["limit"])
        if "cursor" in query and not re.fullmatch(r"[0-9a-f-]{36}", query["cursor"]):
            raise Refused(400, "bad cursor", ["cursor"])
        if query.get("status", "new") not in ("new", "paid"):
            raise Refused(400, "bad status", ["status"])
        with self.lock:
            items = sorted(self.items.values(), key=lambda item: str(item["id"]), reverse=True)
        if self.bug != "lists-all" and not self.is_admin(request):
            items = [item for item in items if item["owner_id"] == request.user.get("id")]
        if self.bug != "no-filters":
            items = [i for i in items if all(i[f] == query[f] for f in FILTERS if f in query)]
        after = query.get("cursor", "z")
        items = [i for i in items if (i["id"] <= after if self.bug == "repeats" else i["id"] < after)]
        page, more = items[: int(limit)], len(items) > int(limit)
        if self.bug == "forgets" and "cursor" in query:
            page = page[1:]
        return 200, {"items": page, "next_cursor": page[-1]["id"] if more else None}, {}

    def put(self, request: Request, found: re.Match[str]) -> Answer:
        fields = self.fields(request)
        old = self.find(request, found)
        self.match(request, old)
        if self.bug == "lost-updates":
            time.sleep(0.01)
        with self.lock:
            old = old if self.bug == "lost-updates" else self.find(request, found)
            if self.bug != "lost-updates":
                self.match(request, old)
            self.unique(fields, old["owner_id"], old["id"])
            item = old | fields | {"version": old["version"] + (self.bug != "same-version")}
            self.items[old["id"]] = item | {"updated_at": now()}
            self.stale[old["id"]] = (time.monotonic() + 0.02, old)
            return 200, self.items[old["id"]], {"ETag": f'"{item["version"]}"'}

    def patch(self, request: Request, found: re.Match[str]) -> Answer:
        old = self.find(request, found)
        given = request.json(strict=self.bug != "any-patch")
        kept = {} if self.bug == "patch-replaces" else {name: old[name] for name in SCHEMA["properties"]}
        if self.bug == "patch-keeps":
            given = {name: value for name, value in given.items() if value is not None}
        request.content = json.dumps(kept | given).encode()
        request.headers.replace_header("Content-Type", "application/json")
        request.method = "PUT"
        return self.put(request, found)

    def delete(self, request: Request, found: re.Match[str]) -> Answer:
        with self.lock:
            item = self.find(request, found, anyone=self.bug == "deletes-others")
            self.match(request, item)
            del self.items[item["id"]]
        return 204, None, {}

    def find(self, request: Request, found: re.Match[str], anyone: bool = False) -> dict[str, Any]:
        try:
            key = str(uuid.UUID(found[1]))
        except ValueError:
            raise Refused(404 if self.bug == "id-404" else 400, "bad id", ["id"]) from None
        item = self.items.get(key)
        owned = item is not None and item["owner_id"] == request.user.get("id")
        if item is None or not (owned or anyone or self.is_admin(request)):
            raise Refused(404, "no such order")
        return item

    def is_admin(self, request: Request) -> bool:
        return request.user.get("role") == "admin" and self.bug != "admins-see-nothing"

    def match(self, request: Request, item: dict[str, Any]) -> None:
        if request.headers.get("If-None-Match") == "*":
            raise Refused(412, "it exists")
        asked = request.headers.get("If-Match")
        if asked is None or asked == "*" or self.bug == "no-if-match":
            return
        tag = r'(W/)?"[^"]*"'
        if not re.fullmatch(rf"{tag}(, {tag})*", asked):
            raise Refused(400, "bad If-Match", ["If-Match"])
        strong = asked.replace("W/", "") if self.bug == "weak-matches" else asked
        if f'"{item["version"]}"' not in strong.split(", "):
            raise Refused(412, "stale")

    def unique(self, fields: dict[str, Any], owner: object, key: str) -> None:
        anyone = self.bug == "unique-for-all"
        others = (i for i in self.items.values() if i["id"] != key and (anyone or i["owner_id"] == owner))
        taken = (i for i in others if i["code"] == fields["code"])
        if fields["code"] is not None and next(taken, None) and self.bug != "not-unique":
            raise Refused(409, "taken", ["code"])

    def fields(self, request: Request) -> dict[str, Any]:
        given = request.json(strict=self.bug != "lenient-json")
        known = {k: v for k, v in given.items() if k in SCHEMA["properties"]}
        checked = known if self.bug == "ignores-unknown" else given
        wrong = []
        for error in self.document.validator(SCHEMA).iter_errors(checked):
            wrong += list(error.path)[:1] or re.findall(r"'(\w+)'", error.message)
        if wrong:
            raise Refused(422, "wrong fields", [name for name in wrong if isinstance(name, str)])
        return dict.fromkeys(SCHEMA["properties"]) | known
