"""What a part of a resource must be before anything is made of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from gowright.errors import BadAnswer, escape
from gowright.model.resources import names

#: The number of the last migration has five digits: 100 + 10 * revision.
LAST_REVISION = 9989


#: The digits of a number with a point that every language reads alike.
MOST_DIGITS = 15

#: A resource as YAML has it.
EXAMPLE = "{name: order, fields: [{name: title, type: string}]}"


def bad(what: str, why: str = "", fix: str = "gowright new --help shows how") -> BadAnswer:
    """The error for a resource that is not acceptable."""
    return BadAnswer("bad-resource", what, why=why, fix=fix)


def kind_of(value: Any) -> str:
    """A value's type, as messages call it."""
    if value is None or value == "":
        return "empty"
    name = {"str": "string", "int": "number", "float": "number", "bool": "boolean", "dict": "mapping"}
    kind = type(value).__name__
    return f"a {name.get(kind, kind)}"


def only_keys(raw: Mapping[Any, Any], known: Iterable[str], what: str) -> None:
    """Refuse keys that nobody reads.

    Raises:
        BadAnswer: for the first of them.
    """
    for key in raw:
        if key not in known:
            raise bad(
                f"{what} has no {escape(key)}",
                f"it has {', '.join(known)}",
                f"remove it{names.did_you_mean(str(key), known)}",
            )


def snake_case(value: Any, what: str, longest: int = names.LONGEST) -> str:
    """A name as every language of a service takes it.

    Raises:
        BadAnswer: when it is none.
    """
    if not isinstance(value, str) or not value:
        state = "missing" if value in (None, "") else kind_of(value)
        raise bad(f"{what} is {state}", "it is a word such as order or price_list")
    if len(value) > longest:
        raise bad(
            f"{what} {escape(value, 20)} has {len(value)} letters",
            f"it has at most {longest}: PostgreSQL's names end at 63 bytes",
            "choose a shorter one",
        )
    if not names.SNAKE_CASE.fullmatch(value):
        raise bad(
            f"{what} {escape(value)} is not snake_case",
            "a name starts with a letter and holds lower-case letters, digits and single underscores",
            _snake_hint(value),
        )
    return value


def _snake_hint(value: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", value).lower()
    candidate = "_".join("".join(c if c.isascii() and c.isalnum() else " " for c in words).split())
    good = names.SNAKE_CASE.fullmatch(candidate)
    return f"write {candidate}" if good else "choose another name"


def revision(value: Any, what: str) -> int:
    """A number of a schema revision.

    Raises:
        BadAnswer: when it is none.
    """
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= LAST_REVISION:
        raise bad(f"{what} {escape(value)}", f"it is a whole number from 1 to {LAST_REVISION}")
    return value
