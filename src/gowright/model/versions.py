"""The versions in versions.yml beside the template."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from gowright.system.builtin import builtin_root
from gowright.system.yaml_files import read_yaml


@cache
def _versions() -> dict[str, Any]:
    versions: dict[str, Any] = read_yaml(builtin_root() / "versions.yml")
    return versions


def oldest_go() -> tuple[int, ...]:
    """The oldest Go version that can build a generated service, such as (1, 26)."""
    return _numbers(_versions()["go"]["oldest"])


def newest_go() -> tuple[int, ...]:
    """The newest Go version that generated services are verified with."""
    return _numbers(_versions()["go"]["newest"])


def kubernetes_versions() -> list[str]:
    """The versions of Kubernetes that manifests are validated against, the newest first, such as 1.37.0."""
    return list(_versions()["kubernetes"])


def custom_resources() -> dict[str, str]:
    """The Go modules with custom resource definitions, with their versions, and the folders in them."""
    return dict(_versions()["custom_resources"])


@dataclass(frozen=True, slots=True)
class GoTool:
    """A tool that `go install` can install.

    Attributes:
        name: the name of the program.
        package: the package with its version, such as example.com/cmd/tool@v1.2.3.
        tags: the build tags, separated by commas.
    """

    name: str
    package: str
    tags: str = ""

    @property
    def install(self) -> str:
        """The command that installs it."""
        return f"go install {f'-tags {self.tags} ' if self.tags else ''}{self.package}"


def go_tools() -> dict[str, GoTool]:
    """The tools of a service that are written in Go, by name."""
    versions = _versions()
    tags = versions["tool_tags"]
    return {name: GoTool(name, package, tags.get(name, "")) for name, package in versions["tools"].items()}


def verify_tools() -> tuple[GoTool, ...]:
    """The tools that checks of verify use."""
    tools = go_tools()
    return tuple(tools[name] for name in _versions()["verify_tools"])


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))
