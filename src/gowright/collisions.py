"""Names that are good alone and clash with others: in Go, in the database, in URLs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from gowright.errors import BadAnswer
from gowright.names import exported
from gowright.resource import Resource
from gowright.strict import bad

#: Names of the template's own Go files and types, in folders where a resource has some too.
RESERVED = frozenset("user refresh_token".split())

#: Plurals that are a table, a route or a type of the template's own.
RESERVED_PLURALS = frozenset("auth me users refresh_tokens goose_db_version".split())


def refuse_clashes(resources: Sequence[Resource]) -> None:
    """Check resources against each other and against the template.

    Raises:
        BadAnswer: for the first clash.
    """
    for resource in resources:
        _refuse_reserved(resource)
        _refuse_like_fields(resource)
    _refuse_same_revisions(resources)
    owners: dict[str, str] = {}
    for resource in resources:
        for identifier, owner in _identifiers(resource):
            key = identifier.lower()
            if key in owners:
                raise _clash(owners[key], owner, f"both are {identifier} in Go")
            owners[key] = owner


def _refuse_reserved(resource: Resource) -> None:
    for name, reserved in ((resource.name, RESERVED), (resource.plural, RESERVED_PLURALS)):
        if name in reserved:
            raise bad(
                f"resource {resource.name}: the name {name} is taken",
                "the service has something of its own that is called so",
                "choose another name",
            )


def _refuse_like_fields(resource: Resource) -> None:
    seen: dict[str, str] = {f"{resource.name}_fields".replace("_", ""): f"{resource.name}_fields"}
    for field in resource.fields:
        key = field.name.replace("_", "")
        if key in seen:
            why = (
                "names must differ in more than underscores"
                if seen[key] != field.name
                else "a resource has each name once"
            )
            raise bad(
                f"resource {resource.name}: fields {seen[key]} and {field.name} clash",
                why,
                "rename one of them",
            )
        seen[key] = field.name


def _refuse_same_revisions(resources: Sequence[Resource]) -> None:
    owners: dict[int, str] = {}
    for resource in resources:
        numbers = [(resource.revision, f"resource {resource.name}")]
        for field in resource.fields:
            if field.since is not None:
                numbers.append((field.since, f"field {resource.name}.{field.name}"))
                if field.since < resource.revision:
                    raise bad(
                        f"resource {resource.name}, field {field.name}: since {field.since} is "
                        f"before its resource, {resource.revision}"
                    )
        for number, owner in numbers:
            if number in owners:
                raise _clash(owners[number], owner, f"both have revision {number}")
            owners[number] = owner


def _identifiers(resource: Resource) -> Iterator[tuple[str, str]]:
    """What a resource is called in Go, anywhere, and what to call that in a message."""
    one, many = exported(resource.name), exported(resource.plural)
    mine = f"resource {resource.name}"
    for stem in (one, many):
        for prefix, suffix in _AFFIXES:
            yield f"{prefix}{stem}{suffix}", mine
    for field in resource.fields:
        if field.type == "enum":
            enum = f"{one}{exported(field.name)}"
            yield enum, f"enum {resource.name}.{field.name}"
            for value in field.enum:
                yield f"{enum}{exported(value)}", f"enum value {resource.name}.{field.name}={value}"


#: What the template puts around a resource's name; a test reads it from the template.
_AFFIXES: Iterable[tuple[str, str]] = (
    ("", ""),
    ("", "Fields"),
    ("", "Filter"),
    ("", "Repository"),
    ("New", ""),
)


def _clash(one: str, other: str, why: str) -> BadAnswer:
    if one == other:
        return bad(f"{one} is there twice", why, "rename or remove one of them")
    return bad(f"{one} and {other} clash", why, "rename one of them")
