"""Values that a schema allows, and values that it rejects.

Every value is checked with the validator of the schema.
"""

from __future__ import annotations

import itertools
import json
import re
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from random import Random
from typing import Any

from rstr import Rstr

from gowright.verify.harness.openapi import OpenAPI, Schema
from gowright.verify.outcomes import Failed

_FIRST_DAY = datetime(2026, 1, 1, 12, 30, 15, tzinfo=UTC)
_EXAMPLES = 40
_WRONG_TYPES: tuple[Any, ...] = (12345, "text", True, [1], {"a": 1})
_MALFORMED = (
    *("not a value", "2026-13-45", "2026-02-30T25:00:00Z", "2026-02-28T12:00:00.1234Z", "nul \0 inside"),
    *("12,5", "1e5", "-999999999999999", "999999999999999", "0.0000001"),
)


@dataclass(frozen=True, slots=True)
class Wrong:
    """A body that must be rejected because of one field."""

    field: str
    why: str
    body: dict[str, Any]


class Samples:
    """Creates bodies. Values of a field are unique, if the schema allows enough values.

    `refer` creates an object in the collection with a path, and returns its ID.
    """

    def __init__(self, spec: OpenAPI, refer: Callable[[str], str] | None = None) -> None:
        self._spec = spec
        self._refer = refer
        self._numbers = itertools.count(1)
        self._seed = uuid.uuid4().hex[:8]
        self._random = Random(self._seed)
        self._strings = Rstr(self._random)
        self._used: dict[str, set[str]] = defaultdict(set)

    def body(self, schema: Schema, *, full: bool = True) -> dict[str, Any]:
        """A valid object, with all properties except optional references, or only with the required ones."""
        properties, required = self._spec.properties(schema), self._spec.required(schema)
        wanted = [
            name
            for name, each in properties.items()
            if name in required or (full and "x-references" not in self._only(each))
        ]
        return {name: self.value(properties[name], name) for name in wanted}

    def value(self, schema: Schema, name: str = "value") -> Any:
        """Return a valid value that isn't null, and is new for this name if possible.

        Raises:
            Failed: if no value can be created.
        """
        collection = self._only(schema).get("x-references")
        if collection and self._refer:
            return self._refer(collection)
        validator = self._spec.validator(schema)
        valid = (each for each in self._candidates(schema) if validator.is_valid(each))
        second_best = None
        for candidate in valid:
            key = _meaning(candidate)
            if key not in self._used[name]:
                self._used[name].add(key)
                return candidate
            second_best = candidate if second_best is None else second_best
        if second_best is None:
            raise Failed(f"verify cannot create a value for {name}: {self._spec.resolve(schema)}")
        return second_best

    def boundaries(self, schema: Schema) -> Iterator[Any]:
        """Valid values at the limits of a schema."""
        validator = self._spec.validator(schema)
        yield from (value for _, value in _edges(self._only(schema)) if validator.is_valid(value))

    def wrong(self, schema: Schema) -> Iterator[Wrong]:
        """Bodies that are invalid because of one field each."""
        valid = self.body(schema)
        for name in self._spec.required(schema):
            yield Wrong(name, "it is missing", {k: v for k, v in valid.items() if k != name})
        for name, property_schema in self._spec.properties(schema).items():
            for why, value in self._invalid(property_schema):
                yield Wrong(name, why, valid | {name: value})
        yield Wrong("no_such_field", "it is unknown", valid | {"no_such_field": 1})

    def _invalid(self, schema: Schema) -> Iterator[tuple[str, Any]]:
        """Values that the schema rejects, one per reason."""
        validator = self._spec.validator(schema)
        tried: list[tuple[str, Any]] = [("it is null", None)]
        tried += [(f"it is {_type_name(value)}", value) for value in _WRONG_TYPES]
        tried += _edges(self._only(schema))
        tried += [(f"it is {text!r}", text) for text in _MALFORMED]
        reasons = set()
        for why, value in tried:
            if why not in reasons and not validator.is_valid(value):
                reasons.add(why)
                yield why, value

    def _only(self, schema: Schema) -> Schema:
        """The schema without the alternative null."""
        found: Schema = self._spec.resolve(schema)
        for key in ("oneOf", "anyOf", "allOf"):
            for option in (self._spec.resolve(each) for each in found.get(key, ())):
                if option.get("type") != "null":
                    return self._only(option)
        return found

    def _candidates(self, schema: Schema) -> Iterator[Any]:
        """Values that can be valid, the most specific first."""
        only = self._only(schema)
        number = next(self._numbers)
        if "const" in only:
            yield only["const"]
        enum = [each for each in only.get("enum", ()) if each is not None]
        yield from (enum[(number + i) % len(enum)] for i in range(len(enum)))
        types = only.get("type", [])
        for name in [types] if isinstance(types, str) else types:
            yield from self._of_type(name, only, number)

    def _of_type(self, name: str, schema: Schema, number: int) -> Iterator[Any]:
        highest = schema.get("maximum", schema.get("exclusiveMaximum"))
        usual = -1000 if highest is None else min(-1000, highest - 1_000_000)
        low = schema.get("minimum", schema.get("exclusiveMinimum", usual))
        high = low + 1_000_000_000 if highest is None else highest
        match name:
            case "boolean":
                yield bool(number % 2)
            case "integer":
                yield number
                yield from (self._random.randint(low, high) for _ in range(_EXAMPLES))
            case "number":
                yield number + 0.5
                yield from (round(self._random.uniform(low, high), 6) for _ in range(_EXAMPLES))
            case "array":
                yield [self.value(schema.get("items", {"type": "string"}))]
            case "object":
                yield self.body(schema)
            case "string":
                yield from self._texts(schema, number)

    def _texts(self, schema: Schema, number: int) -> Iterator[str]:
        moment = _FIRST_DAY + timedelta(days=number, milliseconds=number)
        formats = {
            "date-time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "date": moment.date().isoformat(),
            "uuid": str(uuid.uuid4()),
            "email": f"user-{number}-{self._seed}@example.com",
            "uri": f"https://example.com/{number}",
        }
        if schema.get("format") in formats:
            yield formats[schema["format"]]
        shortest, longest = schema.get("minLength", 0), schema.get("maxLength", 255)
        for word in (f"{number}-{self._seed} ünïcode", f"{number}-{self._seed}"):
            yield word.ljust(shortest, "x")[:longest]
        for _ in range(_EXAMPLES):
            if "pattern" in schema:
                # Without the cut, few texts of a pattern such as .* are short enough.
                yield self._matching(schema["pattern"])[:longest]
            else:
                yield self._strings.lowercase(max(shortest, 1), max(longest, 1))

    def _matching(self, pattern: str) -> str:
        """A text that probably matches a pattern; empty when Python does not understand the pattern."""
        try:
            return self._strings.xeger(pattern)
        except (re.error, LookupError, ValueError):
            return ""


def _meaning(value: Any) -> str:
    """A key that is equal for equal values: 1.50 is 1.5, even as text."""
    try:
        return str(Decimal(value).normalize())
    except (InvalidOperation, TypeError, ValueError):
        return json.dumps(value)


def _edges(schema: Schema) -> list[tuple[str, Any]]:
    """Values just inside the limits of a schema, and just outside, with the reason."""
    edges: list[tuple[str, Any]] = []
    for key, step in (("minimum", -1), ("maximum", 1)):
        if key in schema:
            edges += [(f"it is past its {key}", schema[key] + step), ("", schema[key])]
    shortest = schema.get("minLength", 0)
    if shortest:
        edges += [("it is too short", "x" * (shortest - 1)), ("", "x" * shortest)]
    if "maxLength" in schema:
        # Not ASCII, because lengths count characters and not bytes.
        longest = schema["maxLength"]
        edges += [("it is too long", "é" * (longest + 1)), ("", "é" * longest)]
    return edges


def _type_name(value: Any) -> str:
    names: Mapping[type, str] = {
        int: "a number",
        str: "a string",
        bool: "a boolean",
        list: "an array",
        dict: "an object",
    }
    return names[type(value)]
