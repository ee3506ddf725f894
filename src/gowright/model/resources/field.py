"""A field of a resource: its type, its modifiers, and what they allow together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from gowright.errors import escape
from gowright.model.resources import names
from gowright.model.resources.kinds import kinds
from gowright.model.resources.rules import MOST_DIGITS, bad, kind_of, only_keys, revision, snake_case

#: The most values that an enum may have.
MOST_VALUES = 100


_FLAGS = ("required", "unique", "index")
_KEYS = ("name", "type", *_FLAGS, "min", "max", "enum", "since")


@dataclass(frozen=True, slots=True)
class Field:
    """One field, as it is recorded in the answers."""

    name: str
    type: str
    required: bool = False
    unique: bool = False
    index: bool = False
    min: int | float | None = None
    max: int | float | None = None
    enum: tuple[str, ...] = ()
    since: int | None = None

    def answer(self) -> dict[str, Any]:
        """The field as an answer: only the keys that say something."""
        values = ((key, getattr(self, key)) for key in _KEYS)
        return {
            key: list(value) if key == "enum" else value
            for key, value in values
            if value is not None and value is not False and value != ()
        }


def read_field(raw: Any, resource: str) -> Field:
    """Check one field by itself.

    Args:
        raw: what the user gave.
        resource: the resource as messages call it.

    Raises:
        BadAnswer: for the first thing that is wrong.
    """
    if not isinstance(raw, Mapping):
        raise bad(
            f"{resource}: a field is {kind_of(raw)}",
            "a field has a name and a type",
            "write {name: title, type: string}",
        )
    only_keys(raw, _KEYS, f"{resource}: a field")
    name = snake_case(raw.get("name"), f"{resource}: field name")
    here = f"{resource}, field {name}"
    if name in names.OWN_FIELDS:
        raise bad(
            f"{here}: the name is taken",
            f"every resource has {', '.join(sorted(names.OWN_FIELDS))} of its own",
            "leave it out, or choose another name",
        )
    if name in names.SYSTEM_COLUMNS:
        raise bad(
            f"{here}: the name is taken", "PostgreSQL gives every table such a column", "choose another name"
        )
    kind = raw.get("type")
    if not isinstance(kind, str) or kind not in kinds():
        near = names.nearest(str(kind), kinds())
        raise bad(
            f"{here}: {escape(kind)} is not a type" if kind else f"{here} has no type",
            f"types are {', '.join(kinds())}",
            f'write "{name}:{near}"' if near else f'write "{name}:string", for example',
        )
    for flag in _FLAGS:
        if not isinstance(raw.get(flag, False), bool):
            raise bad(f"{here}: {flag} is {kind_of(raw[flag])}", "it is true or false")
    field = Field(
        name=name,
        type=kind,
        enum=_enum(raw.get("enum"), kind, here),
        min=_bound(raw, "min", kind, here),
        max=_bound(raw, "max", kind, here),
        since=revision(raw["since"], f"{here}: since") if "since" in raw else None,
        **{flag: raw.get(flag, False) for flag in _FLAGS},
    )
    _agree(field, here)
    return field


def _agree(field: Field, here: str) -> None:
    """Check what the parts of a field say of each other."""
    kind = kinds()[field.type]
    most = field.max if field.max is not None else kind.max
    if field.min is not None and (field.max is not None or most) and field.min > most:
        given = field.max is not None
        default = "" if given else f", which a {field.type} has without max="
        raise bad(
            f"{here}: min={field.min} is more than max={most}{default}",
            fix="swap or change them" if given else f"write max={field.min} or more",
        )
    if not (field.unique or field.index):
        return
    modifier = "unique" if field.unique else "index"
    if not kind.index:
        raise bad(
            f"{here}: {field.type} fields cannot be {modifier}",
            "PostgreSQL cannot index long text",
            f'write "{field.name}:string:{modifier}"',
        )
    if field.unique and not kind.unique:
        raise bad(
            f"{here}: {field.type} fields cannot be unique",
            "they have too few values",
            "drop unique, or write index",
        )
    if field.unique and field.index:
        raise bad(f"{here}: unique and index", "what is unique has an index", "drop index")
    if kind.longest_indexed and most > kind.longest_indexed:
        raise bad(
            f"{here}: max={most} with {modifier}",
            f"an indexed {field.type} has at most {kind.longest_indexed} characters",
            f"drop {modifier}, or write max={kind.longest_indexed}",
        )
    if field.name in names.OWN_PARAMETERS:
        raise bad(
            f"{here}: {modifier} makes it a query parameter",
            f"every list has the parameter {field.name} already",
            f"drop {modifier}, or choose another name",
        )


def _enum(values: Any, kind: str, here: str) -> tuple[str, ...]:
    if kind != "enum":
        if values is not None:
            raise bad(f"{here}: {kind} fields have no enum values", "", "write enum=a|b as its type")
        return ()
    if not isinstance(values, list) or not values:
        raise bad(f"{here}: an enum without values", "", "write enum=new|paid|sent")
    if len(values) > MOST_VALUES:
        raise bad(f"{here}: {len(values)} enum values", f"an enum has at most {MOST_VALUES}")
    for value in values:
        if not isinstance(value, str):
            raise bad(
                f"{here}: enum value {escape(value)} is {kind_of(value)}",
                "values are strings; YAML reads yes, no, on and off as booleans",
                "put it in quotes",
            )
        if len(value) > names.LONGEST or not names.SNAKE_CASE.fullmatch(value.lower()):
            raise bad(
                f"{here}: enum value {escape(value, 20) or 'nothing'} is not a name",
                "values become Go names: letters, digits and single underscores, "
                f"a letter first, at most {names.LONGEST}",
                "choose another value",
            )
    return tuple(values)


def _bound(raw: Mapping[str, Any], key: str, type_: str, here: str) -> int | float | None:
    if key not in raw:
        return None
    value = raw[key]
    kind = kinds()[type_]
    if not kind.bounds:
        allowed = ", ".join(name for name, other in kinds().items() if other.bounds)
        raise bad(f"{here}: {type_} fields have no {key}", f"these have one: {allowed}", f"drop {key}")
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        what = f"{here}: {key} is {kind_of(value)}" if isinstance(value, str) else f"{here}: {key}={value}"
        raise bad(escape(what, 200), "it is a number, without quotes", f"write {key}: 10, for example")
    decimals = 0 if kind.whole else 4
    if round(value, decimals) != value or (isinstance(value, float) and not decimals):
        rule = "a number of at most 4 decimals" if decimals else "a whole number"
        raise bad(
            f"{here}: {key}={_plain(value)}",
            f"the {key} of {_article(type_)} is {rule}",
            f"write {key}={_plain(round(value, decimals))}, or drop it",
        )
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    least = 1 if kind.bounds == "length" else -kind.most
    if not least <= value <= kind.most:
        raise bad(
            f"{here}: {key}={_plain(value)}",
            f"the {key} of {_article(type_)}'s {kind.bounds} is between {least} and {kind.most}",
            f"write {key}={least if value < least else kind.most}, or drop it",
        )
    if isinstance(value, float) and float(f"{value:.{MOST_DIGITS}g}") != value:
        raise bad(
            f"{here}: {key}={_plain(value)} has too many digits",
            f"a number with a point has at most {MOST_DIGITS}, which every language reads alike",
            "write fewer",
        )
    return value  # type: ignore[no-any-return]


def _plain(value: float) -> str:
    """A number without an exponent, in which nobody types one."""
    return escape(value if isinstance(value, int) else f"{value:.10f}".rstrip("0").rstrip("."))


def _article(type_: str) -> str:
    return f"{'an' if type_ in ('int', 'enum') else 'a'} {type_}"
