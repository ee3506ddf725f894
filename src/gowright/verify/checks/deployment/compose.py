"""The Compose file: valid, and consistent with the service."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from gowright.verify.check import Reads, check
from gowright.verify.harness import settings
from gowright.verify.harness.compose import COMPOSE_FILE, Compose, Service, read_compose
from gowright.verify.harness.dockerfile import read_dockerfile
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.settings import Settings, read_settings
from gowright.verify.harness.tools import find_tool
from gowright.verify.outcomes import Failed, fail_on

_LOCAL = ("localhost", "127.0.0.1")
#: The exit code of the service if its configuration is invalid.
_INVALID = 2


@check("compose", "the Compose file is valid and consistent with the service", reads=Reads.DEPLOYMENT)
def compose(harness: Harness) -> str:
    """The file has the schema of Compose, and what it refers to exists."""
    root = harness.project.root
    validator = find_tool("check-jsonschema")
    done = harness.command(
        validator, "--builtin-schema", "vendor.compose-spec", root / COMPOSE_FILE, seconds=60
    )
    if done.exit_code != 0:
        raise Failed(done.output.strip())
    file = read_compose(root)
    known = read_settings(root)
    problems = [
        *(each for service in file.services.values() for each in _references(file, service)),
        *_declarations(file),
        *_published_twice(file),
        *_published_widely(file),
        *(each for service in file.built for each in _built(file, service, known)),
    ]
    if not problems:
        problems = [each for service in file.built for each in _configuration(harness, service)]
    fail_on(problems)
    return f"{len(file.services)} services"


def _references(file: Compose, service: Service) -> Iterator[str]:
    """What a service refers to and doesn't exist."""
    name = service.name
    if not service.build and not re.search(
        r":[\w.-]+(@sha256:[0-9a-f]{64})?$", service.keys.get("image", "")
    ):
        yield f"{name}: the image has no tag"
    for other, condition in service.dependencies.items():
        target = file.services.get(other)
        if target is None:
            yield f"{name}: depends_on names {other}, which is no service"
        elif condition == "service_started" and target.keys.get("healthcheck"):
            yield f"{name}: doesn't wait until {other} is healthy: set the condition to service_healthy"
        elif condition == "service_healthy" and not (target.build or target.keys.get("healthcheck")):
            yield f"{name}: waits until {other} is healthy, but {other} has no healthcheck"
    if service.shares_network_of and service.shares_network_of not in file.services:
        yield f"{name}: network_mode names {service.shares_network_of}, which is no service"
    for mount in service.mounts:
        if mount.is_path and not (file.path.parent / mount.source).exists():
            yield f"{name}: mounts {mount.source}, which does not exist"
        if not mount.is_path and mount.source not in file.declared("volumes"):
            yield f"{name}: mounts the volume {mount.source}, which is not declared"


def _declarations(file: Compose) -> Iterator[str]:
    """Volumes that nothing uses, and files that don't exist."""
    used = {mount.source for service in file.services.values() for mount in service.mounts}
    for name in sorted(file.declared("volumes").keys() - used):
        yield f"volumes: no service mounts {name}"
    for kind in ("configs", "secrets"):
        for name, keys in file.declared(kind).items():
            if "file" in (keys or {}) and not (file.path.parent / keys["file"]).exists():
                yield f"{kind}: the file of {name}, {keys['file']}, does not exist"


def _published_twice(file: Compose) -> Iterator[str]:
    """Ports of the machine that two services publish."""
    seen: dict[str, str] = {}
    for service in file.services.values():
        for port in service.ports:
            if port.published and port.published in seen:
                yield f"{service.name}: publishes port {port.published}, as {seen[port.published]} does"
            seen[port.published] = service.name


def _published_widely(file: Compose) -> Iterator[str]:
    """Ports that other machines can reach. The servers have passwords that everybody knows."""
    for service in file.services.values():
        for port in service.ports:
            if port.address not in _LOCAL:
                yield f"{service.name}: publishes port {port.target} on all networks: add the address 127.0.0.1"


def _built(file: Compose, service: Service, known: Settings) -> Iterator[str]:
    """What doesn't fit the service, its image, and its configuration."""
    name, environment = service.name, service.environment
    for unknown in settings.unknown_variables(known, environment):
        yield f"{name}: sets {unknown}, which the service does not read"
    listening = settings.ports(known, environment)
    for port in service.ports:
        if listening and port.target not in listening.values():
            yield f"{name}: publishes port {port.target}, but the service listens on {listening}"
    for variable, value in environment.items():
        yield from (f"{name}: {variable}: {problem}" for problem in address_problems(file, service, value))
    context = file.path.parent / service.build.get("context", ".")
    dockerfile = read_dockerfile(context / service.build.get("dockerfile", "Dockerfile"))
    for argument in service.build_arguments:
        if argument not in dockerfile.arguments:
            yield f"{name}: the build argument {argument} is not an ARG of the Dockerfile"
    if not service.keys.get("read_only"):
        yield f"{name}: the filesystem is writable: set read_only"
    if "ALL" not in (service.keys.get("cap_drop") or ()):
        yield f"{name}: has capabilities: set cap_drop to [ALL]"
    if not any(str(each).startswith("no-new-privileges") for each in service.keys.get("security_opt") or ()):
        yield f'{name}: can gain privileges: set security_opt to ["no-new-privileges:true"]'
    for variable, value in environment.items():
        if value.startswith("/") and not any(
            PurePosixPath(value).is_relative_to(mount.target) for mount in service.mounts
        ):
            yield f"{name}: {variable}: no volume is mounted at {value}"
    yield from _grace_period(service, known)


def address_problems(file: Compose, service: Service, value: str) -> Iterator[str]:
    """Why a server that a variable names can't be reached."""
    url = urlsplit(value)
    if "://" not in value or "${" in value or not url.hostname:
        return
    if url.hostname in _LOCAL:
        if not any(each.shares_network_of == service.name for each in file.services.values()):
            yield f"{url.netloc} is the container itself, and no service shares its network"
        return
    target = file.services.get(url.hostname)
    if target is None:
        yield f"{url.hostname} is no service"
        return
    # A list of hosts has no single port.
    port = url.netloc.rpartition(":")[2]
    for kind, given in (("USER", url.username), ("PASSWORD", url.password)):
        expected = {value for name, value in target.environment.items() if kind in name}
        if given and expected and given not in expected:
            yield f"the {kind.lower()} is {given}, and {url.hostname} has {', '.join(sorted(expected))}"
    if port.isdigit() and target.ports and int(port) not in {each.target for each in target.ports}:
        yield f"{url.hostname} does not publish port {port}"


def _grace_period(service: Service, known: Settings) -> Iterator[str]:
    """Whether the container is killed before the service has stopped."""
    values = [
        settings.value_of(known, name, service.environment) for name in ("SHUTDOWN_DELAY", "SHUTDOWN_TIMEOUT")
    ]
    needed = sum(settings.seconds(value) for value in values if value)
    # The default of Compose.
    given = settings.seconds(str(service.keys.get("stop_grace_period", "10s")))
    if given < needed:
        yield f"{service.name}: stop_grace_period is {given:.0f} s, but a shutdown can take {needed:.0f} s"


def _configuration(harness: Harness, service: Service) -> Iterator[str]:
    """Why the service refuses the environment. The health check reads the configuration and nothing else."""
    inherited = harness.bare_environment()
    env = {"PATH": inherited["PATH"]} | service.environment
    done = harness.processes.run([harness.program, "healthcheck"], env=env, seconds=30)
    if done.exit_code == _INVALID:
        yield f"{service.name}: {done.output.strip()}"
