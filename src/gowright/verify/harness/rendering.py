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
_CHART = "deployments/helm"
#: Not a part of the chart, because Helm needs the namespace before it installs the chart.
_NAMESPACE = "deployments/namespace.yaml"


def render_manifests(project: Project, processes: Processes, env: Mapping[str, str]) -> dict[str, Manifests]:
    """Render the manifests of all environments, and return them by environment.

    Raises:
        Failed: if the tool reports an error.
        Skipped: if there's no tool.
    """
    render = _templated if (project.root / _CHART).is_dir() else _kustomized
    return {
        environment: Manifests(environment, tuple(render(project, environment, processes, env)))
        for environment in ENVIRONMENTS
    }


def _kustomized(
    project: Project, environment: str, processes: Processes, env: Mapping[str, str]
) -> Iterable[Object]:
    """The objects of an overlay."""
    tool = find_tool("kustomize", "kubectl")
    target = processes.directory / f"{environment}.yaml"
    command = [tool, "build" if tool.name == "kustomize" else "kustomize"]
    done = processes.run([*command, project.root / _OVERLAYS / environment, "--output", target], env=env)
    if done.exit_code != 0:
        raise Failed(f"kustomize build {_OVERLAYS}/{environment}:\n{done.output}")
    return objects_in(target)


def _templated(
    project: Project, environment: str, processes: Processes, env: Mapping[str, str]
) -> Iterable[Object]:
    """The objects of the chart with the values of an environment, and its namespace."""
    tool = find_tool("helm")
    target = processes.directory / f"chart-{environment}"
    chart = project.root / _CHART
    values = (f"--namespace={project.name}", f"--values={chart}/values-{environment}.yaml")
    for command in (
        (tool, "lint", chart, "--strict", "--quiet", *values),
        (tool, "template", project.name, chart, f"--output-dir={target}", *values),
    ):
        done = processes.run(command, env=env)
        if done.exit_code != 0:
            raise Failed(f"helm {command[1]} {_CHART} --values values-{environment}.yaml:\n{done.output}")
    yield from objects_in(project.root / _NAMESPACE)
    for path in sorted(target.rglob("*.yaml")):
        for thing in objects_in(path):
            # Helm installs the objects into the namespace of the release.
            yield thing | {"metadata": {"namespace": project.name} | thing["metadata"]}


def hooks_of(thing: Object) -> set[str] | None:
    """When Helm creates an object, such as pre-install; None if it isn't an object of a chart."""
    if "helm.sh/chart" not in thing["metadata"].get("labels", {}):
        return None
    return set(thing["metadata"].get("annotations", {}).get("helm.sh/hook", "").split(","))


def objects_in(path: Path) -> list[Object]:
    """The objects in a YAML file."""
    return [each for each in yaml.load_all(path.read_bytes(), Loader=LOADER) if each]
