"""The service in the environment that the Kubernetes manifests give it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gowright.model.facts import Variable
from gowright.verify.check import Reads, check
from gowright.verify.checks.conditions import kubernetes
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.manifests import Manifests, Object, Pod
from gowright.verify.harness.settings import FILE_SUFFIX
from gowright.verify.outcomes import Failed


@check(
    "deployed-start",
    "the service accepts the settings of the Kubernetes manifests",
    when=kubernetes,
    reads=Reads.OPERATION,
)
def deployed_start(harness: Harness) -> str:
    """With the settings of each environment, and with examples for secrets, the service starts to listen."""
    known = _commands(harness)
    for each in harness.manifests.values():
        for pod, container in _containers(each):
            command = next(iter(container.get("args", ())), "serve")
            if command not in known:
                raise Failed(f"{each.environment}: {pod.name}: the program has no command {command}")
        for environment in _environments(harness, each):
            process = harness.start(env=harness.bare_environment() | environment | _LISTENERS)
            try:
                process.wait_listening()
            except Failed as failed:
                raise Failed(f"{each.environment}: {failed.detail}") from failed
            finally:
                process.kill()
    return ", ".join(harness.manifests)


#: Free ports, because other services use the usual ones.
_LISTENERS = {"HTTP_ADDR": "127.0.0.1:0", "ADMIN_ADDR": "127.0.0.1:0"}


def _environments(harness: Harness, each: Manifests) -> Iterator[dict[str, str]]:
    """The environment of each container that serves requests, with its secrets in files."""
    variables = {each.name: each for choice in harness.project.facts.values() for each in choice.variables}
    for pod, container in _containers(each):
        if "readinessProbe" not in container or "args" in container:
            continue
        files = each.files_of(pod, container)
        environment = {}
        for name, value in each.environment_of(container).items():
            setting = variables.get(name.removesuffix(FILE_SUFFIX)) if value in files else None
            if setting:
                environment[name] = str(_file(harness, each, name, files[value] or _example(setting)))
            elif value not in files:
                # A file that no setting names has the authorities of servers, which don't run here.
                environment[name] = value
        yield environment


def _containers(each: Manifests) -> Iterator[tuple[Pod, Object]]:
    """The containers with the image of the service."""
    images = {
        container["image"]
        for pod in each.pods()
        for container in pod.containers
        if container["name"] == "server"
    }
    for pod in each.pods():
        yield from ((pod, container) for container in pod.containers if container["image"] in images)


def _commands(harness: Harness) -> set[str]:
    """The commands that the program has, from its help."""
    done = harness.processes.run([harness.program, "help"], env=harness.bare_environment(), seconds=30)
    return {line.split()[0] for line in done.output.splitlines() if line.startswith(" ") and line.strip()}


def _example(variable: Variable) -> str:
    """A value that a service in production accepts."""
    return variable.example or variable.compose


def _file(harness: Harness, each: Manifests, name: str, secret: str) -> Path:
    path = harness.processes.directory / f"{each.environment}-{name}"
    path.write_text(secret, encoding="utf-8")
    return path
