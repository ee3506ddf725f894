"""The facts of a choice: its facts.yml, which the templates read, too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gowright.system.yaml_files import read_yaml


@dataclass(frozen=True, slots=True)
class Variable:
    """An environment variable of a service."""

    name: str
    help: str
    #: The default value, and the default in production if it's different.
    default: str = ""
    production: str = ""
    required: bool = False
    secret: bool = False
    #: The variable that this one can be set instead of.
    alternative: str = ""
    #: The value for the server in compose.yaml, for processes on the host and in a container.
    local: str = ""
    compose: str = ""
    #: The value in a Kubernetes cluster, with placeholders.
    cluster: str = ""
    #: A valid value for production, and a value that the service rejects.
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
    #: The environment variable with its address; empty if the service doesn't connect to it.
    variable: str = ""
    waits: bool = False
    volume: bool = False
    #: Its name in spans, and the operations that have spans.
    system: str = ""
    spans: str = ""
    #: The environment of its container in a pipeline, and the command in it that succeeds when the server is ready.
    environment: Mapping[str, str] = field(default_factory=dict)
    ready: str = ""


@dataclass(frozen=True, slots=True)
class Collector:
    """The collector between the service and the server of a choice."""

    service: str
    image: str
    port: int


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of a choice; see choices/README.md."""

    name: str
    family: str
    traits: frozenset[str] = frozenset()
    topic: str = ""
    server: Server | None = None
    #: What receives data for the server, if the service doesn't send it to the server itself.
    collector: Collector | None = None
    #: Tables that the choice itself needs, and what the names of its system tables start with.
    tables: tuple[str, ...] = ()
    table_prefix: str = ""
    variables: tuple[Variable, ...] = ()
    #: The paths of the files that belong to the choice alone.
    files: tuple[str, ...] = ()
    #: What the system of the pipelines calls a proposed change.
    proposal: str = ""
    #: The SPDX identifier of a license.
    spdx: str = ""


def read_facts(root: Path, feature: str, choice: str) -> Facts:
    """Return the facts of a choice, including those of its family.

    Args:
        root: the folder with copier.yml.
        feature: such as `database`.
        choice: such as `postgres`. Without a facts.yml, the only fact is the name.

    Raises:
        OSError: if a file can't be read.
        TypeError: for an unknown or missing key.
        YAMLError: if a file isn't valid YAML.
    """
    own = _read_yaml(root, feature, choice)
    family = own.get("family", choice)
    facts: dict[str, Any] = {"name": choice, "family": family} | _read_yaml(root, feature, family) | own
    server, collector = facts.pop("server", None), facts.pop("collector", None)
    facts["traits"] = frozenset(facts.get("traits", ()))
    facts["tables"] = tuple(facts.get("tables", ()))
    facts["files"] = tuple(facts.get("files", ()))
    variables = tuple(Variable(**variable) for variable in facts.pop("variables", ()))
    return Facts(
        **facts,
        server=Server(**server) if server else None,
        collector=Collector(**collector) if collector else None,
        variables=variables,
    )


def _read_yaml(root: Path, feature: str, choice: str) -> dict[str, Any]:
    path = root / "choices" / feature / choice / "facts.yml"
    content: dict[str, Any] | None = read_yaml(path) if path.exists() else None
    return content or {}
