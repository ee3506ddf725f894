"""Reserved names, which the template uses itself. They're in names.yml beside the template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gowright.system.yaml_files import read_yaml


@dataclass(frozen=True, slots=True)
class Place:
    """A place where names must be unique, such as a Go package or the operations of the OpenAPI spec."""

    #: The patterns of names that the template derives from a resource: `New{Many}`, `{one}Row`.
    patterns: tuple[str, ...] = ()
    #: Names of the template that could be equal to them.
    taken: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReservedNames:
    """The names that a template uses."""

    #: Names of Go files in folders where each resource has a file.
    files: frozenset[str] = frozenset()
    #: Plurals that are a route or a table of the template.
    plurals: frozenset[str] = frozenset()
    #: Prefixes of system tables, each with the name of the database.
    prefixes: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)


def read_reserved_names(names_yml: Path) -> ReservedNames:
    """Read the reserved names of a template. Without the file, there are none.

    Raises:
        OSError: if the file can't be read.
        YAMLError: if it isn't valid YAML.
    """
    if not names_yml.exists():
        return ReservedNames()
    names = read_yaml(names_yml)
    return ReservedNames(
        files=frozenset(names["files"]),
        plurals=frozenset(names["plurals"]),
        prefixes=names["prefixes"],
        places={
            place: Place(tuple(each["patterns"]), tuple(each["taken"]))
            for place, each in names["places"].items()
        },
    )
