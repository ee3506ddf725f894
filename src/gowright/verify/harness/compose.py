"""A Compose file, in the part of its syntax that the checks read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from gowright.verify.outcomes import Failed

COMPOSE_FILE = "deployments/compose.yaml"


@dataclass(frozen=True, slots=True)
class Port:
    """A port of a container, and the port and the address on the machine that it's published on."""

    target: int
    published: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Mount:
    """A named volume or a path on the machine, and where it is in the container."""

    source: str
    target: str

    @property
    def is_path(self) -> bool:
        """Report whether the source is a path, and not the name of a volume."""
        return self.source.startswith((".", "/", "~"))


@dataclass(frozen=True)
class Service:
    """A service of a Compose file: its name, and its keys as they are written."""

    name: str
    keys: Mapping[str, Any]

    @cached_property
    def environment(self) -> dict[str, str]:
        """The variables that the file sets."""
        given = self.keys.get("environment") or {}
        if isinstance(given, list):
            return {name: value for name, _, value in (str(each).partition("=") for each in given)}
        return {name: "" if value is None else str(value) for name, value in given.items()}

    @cached_property
    def ports(self) -> tuple[Port, ...]:
        """The ports that the file publishes."""
        return tuple(_port(each) for each in self.keys.get("ports") or ())

    @cached_property
    def mounts(self) -> tuple[Mount, ...]:
        """The volumes and paths that the file mounts; without anonymous volumes."""
        return tuple(mount for each in self.keys.get("volumes") or () if (mount := _mount(each)))

    @cached_property
    def dependencies(self) -> dict[str, str]:
        """The services that start before this one, each with the condition."""
        given = self.keys.get("depends_on") or {}
        if isinstance(given, list):
            return dict.fromkeys(given, "service_started")
        return {name: str(each.get("condition", "service_started")) for name, each in given.items()}

    @property
    def shares_network_of(self) -> str:
        """The service whose network this one shares, or an empty string."""
        return str(self.keys.get("network_mode", "")).partition("service:")[2]

    @cached_property
    def build_arguments(self) -> tuple[str, ...]:
        """The names of the build arguments."""
        given = self.build.get("args") or ()
        return tuple(str(each).partition("=")[0] for each in given)

    @cached_property
    def build(self) -> Mapping[str, Any]:
        """How the image is built; empty if it isn't."""
        given = self.keys.get("build") or {}
        return {"context": given} if isinstance(given, str) else given


@dataclass(frozen=True)
class Compose:
    """A Compose file."""

    path: Path
    content: Mapping[str, Any]

    @cached_property
    def services(self) -> dict[str, Service]:
        """The services by name."""
        return {name: Service(name, keys or {}) for name, keys in self.content["services"].items()}

    @property
    def built(self) -> Iterator[Service]:
        """The services whose image is built from the project."""
        return (each for each in self.services.values() if each.build)

    def declared(self, kind: str) -> Mapping[str, Any]:
        """The volumes, configs, secrets, or networks that the file declares."""
        return self.content.get(kind) or {}


def read_compose(root: Path) -> Compose:
    """Read the Compose file of a project.

    Raises:
        Failed: if there's none, or it isn't YAML with services.
    """
    path = root / COMPOSE_FILE
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise Failed(f"{COMPOSE_FILE}: {error}") from error
    if not isinstance(content, dict) or not isinstance(content.get("services"), dict):
        raise Failed(f"{COMPOSE_FILE} has no services")
    return Compose(path, content)


def _port(given: Any) -> Port:
    if isinstance(given, dict):
        return Port(int(given["target"]), str(given.get("published", "")), str(given.get("host_ip", "")))
    text = str(given).partition("/")[0]
    rest, _, target = text.rpartition(":")
    address, _, published = rest.rpartition(":")
    return Port(int(target), published, address)


def _mount(given: Any) -> Mount | None:
    if isinstance(given, dict):
        source = str(given.get("source", ""))
        return Mount(source, str(given["target"])) if source else None
    source, separator, target = str(given).partition(":")
    return Mount(source, target.partition(":")[0]) if separator else None
