"""The facts of a choice: its facts.yml, which the templates read, too."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Variable:
    """An environment variable of a service."""

    name: str
    help: str
    #: The value without the variable, and in production if it differs there.
    default: str = ""
    production: str = ""
    required: bool = False
    secret: bool = False
    #: The value for the server that Compose starts, seen from its host and from another container.
    local: str = ""
    compose: str = ""
    #: A valid value for production, and one that a service refuses.
    example: str = ""
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Server:
    """The server of a choice."""

    service: str
    image: str
    port: int
    address: str
    name: str = ""
    #: The environment variable with its address; empty when the service does not connect to it.
    variable: str = ""
    waits: bool = False
    volume: bool = False
    #: Its name in spans, and what gets one.
    system: str = ""
    spans: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of one choice; see choices/README.md."""

    name: str
    family: str
    traits: frozenset[str] = frozenset()
    topic: str = ""
    server: Server | None = None
    #: Tables that the choice itself needs, and what the names of its system tables start with.
    tables: tuple[str, ...] = ()
    table_prefix: str = ""
    variables: tuple[Variable, ...] = ()


def read_facts(root: Path, feature: str, choice: str) -> Facts:
    """The facts of a choice, those of its family included.

    Args:
        root: the folder with copier.yml.
        feature: such as `database`.
        choice: such as `postgres`; one without a facts.yml has its name only.

    Raises:
        OSError: when a file cannot be read.
        TypeError: for a key that is not known, or one that is missing.
        YAMLError: for what is not YAML.
    """
    own = _read_yaml(root, feature, choice)
    family = own.get("family", choice)
    facts: dict[str, Any] = {"name": choice, "family": family} | _read_yaml(root, feature, family) | own
    server = facts.pop("server", None)
    facts["traits"] = frozenset(facts.get("traits", ()))
    facts["tables"] = tuple(facts.get("tables", ()))
    variables = tuple(Variable(**variable) for variable in facts.pop("variables", ()))
    return Facts(**facts, server=Server(**server) if server else None, variables=variables)


def _read_yaml(root: Path, feature: str, choice: str) -> dict[str, Any]:
    path = root / "choices" / feature / choice / "facts.yml"
    content: dict[str, Any] | None = yaml.safe_load(path.read_bytes()) if path.exists() else None
    return content or {}
