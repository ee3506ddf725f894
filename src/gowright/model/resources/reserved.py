"""Names that no resource can have, because the template uses them: names.yml, which stands beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml


@dataclass(frozen=True, slots=True)
class Place:
    """A place where names must differ, such as a Go package or the operations of the OpenAPI spec."""

    #: What the template makes of the names of a resource there: `New{Many}`, `{one}Row`.
    patterns: tuple[str, ...] = ()
    #: The template's own names there that could be the same.
    taken: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReservedNames:
    """The names that a template uses."""

    #: Names of Go files in folders where each resource has a file.
    files: frozenset[str] = frozenset()
    #: Plurals that are a route or a table.
    plurals: frozenset[str] = frozenset()
    #: What tables of a database start with, and the name of the database in prose.
    prefixes: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)


def read_reserved_names(names_yml: Path) -> ReservedNames:
    """The reserved names of a template; one without the file has none.

    Raises:
        OSError: when the file cannot be read.
        YAMLError: when it is not YAML.
    """
    if not names_yml.exists():
        return ReservedNames()
    names = yaml.load(names_yml.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return ReservedNames(
        files=frozenset(names["files"]),
        plurals=frozenset(names["plurals"]),
        prefixes=names["prefixes"],
        places={
            place: Place(tuple(each["patterns"]), tuple(each["taken"]))
            for place, each in names["places"].items()
        },
    )
