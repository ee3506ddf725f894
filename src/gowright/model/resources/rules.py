"""Basic rules for the parts of a resource."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from gowright.errors import BadAnswer, escape
from gowright.model.resources import names

#: The maximum number of digits of a decimal number, so that no language rounds it.
MAX_DIGITS = 15

#: A resource in YAML.
EXAMPLE = "{name: order, fields: [{name: title, type: string}]}"


def invalid_resource(
    what: str, why: str = "", fix: str = "for the syntax, run gowright new --help"
) -> BadAnswer:
    """Return the error for an invalid resource."""
    return BadAnswer("bad-resource", what, why=why, fix=fix)


def type_name(value: Any) -> str:
    """Return the type of a value, for messages."""
    if value is None or value == "":
        return "empty"
    name = {"str": "string", "int": "number", "float": "number", "bool": "boolean", "dict": "mapping"}
    type_ = type(value).__name__
    return f"a {name.get(type_, type_)}"


def only_keys(raw: Mapping[Any, Any], known: Iterable[str], what: str) -> None:
    """Refuse unknown keys.

    Raises:
        BadAnswer: for the first unknown key.
    """
    for key in raw:
        if key not in known:
            raise invalid_resource(
                f"{what} has no {escape(key)}",
                f"the keys are {', '.join(known)}",
                f"remove it{names.did_you_mean(str(key), known)}",
            )


def snake_case(value: Any, what: str, max_length: int = names.MAX_LENGTH) -> str:
    """Check a name, and return it.

    Raises:
        BadAnswer: if it isn't snake_case, or too long.
    """
    if not isinstance(value, str) or not value:
        state = "missing" if value in (None, "") else type_name(value)
        raise invalid_resource(f"{what} is {state}", "a name is a word such as order or price_list")
    if len(value) > max_length:
        raise invalid_resource(
            f"{what} {escape(value, 20)} has {len(value)} characters",
            f"a name has at most {max_length} characters, because PostgreSQL limits names to 63 bytes",
            "choose a shorter name",
        )
    if not names.SNAKE_CASE.fullmatch(value):
        raise invalid_resource(
            f"{what} {escape(value)} is not snake_case",
            "a name has lowercase letters, digits, and single underscores, and starts with a letter",
            _snake_hint(value),
        )
    return value


def _snake_hint(value: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", value).lower()
    candidate = "_".join("".join(c if c.isascii() and c.isalnum() else " " for c in words).split())
    valid = names.SNAKE_CASE.fullmatch(candidate)
    return f"write {candidate}" if valid else "choose another name"
