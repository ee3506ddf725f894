"""Render the Kubernetes manifests of a project with the tools that deploy them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml

from gowright.model.project import Project
from gowright.system.yaml_files import LOADER
from gowright.verify.children.processes import Processes
from gowright.verify.harness.manifests import ENVIRONMENTS, Manifests, Object
from gowright.verify.harness.tools import find_tool
from gowright.verify.outcomes import Failed

_OVERLAYS = "deployments/kubernetes/overlays"


def render_manifests(project: Project, processes: Processes, env: Mapping[str, str]) -> dict[str, Manifests]:
    """Render the manifests of all environments, and return them by environment.

    Raises:
        Failed: if the tool reports an error.
        Skipped: if there's no tool.
    """
    return {
        environment: Manifests(environment, tuple(kustomized(project.root, environment, processes, env)))
        for environment in ENVIRONMENTS
    }


def kustomized(
    root: Path, environment: str, processes: Processes, env: Mapping[str, str]
) -> Iterable[Object]:
    """The objects of an overlay."""
    tool = find_tool("kustomize", "kubectl")
    target = processes.directory / f"{environment}.yaml"
    command = [tool, "build" if tool.name == "kustomize" else "kustomize"]
    done = processes.run([*command, root / _OVERLAYS / environment, "--output", target], env=env)
    if done.exit_code != 0:
        raise Failed(f"kustomize build {_OVERLAYS}/{environment}:\n{done.output}")
    return objects_in(target)


def objects_in(path: Path) -> list[Object]:
    """The objects in a YAML file."""
    return [each for each in yaml.load_all(path.read_bytes(), Loader=LOADER) if each]
