"""The Kubernetes manifests: what they set is what the service reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import yaml

from gowright.model.project import Project
from gowright.verify.check import Reads, check
from gowright.verify.checks.conditions import kubernetes
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.manifests import Manifests, Object, Pod
from gowright.verify.harness.settings import (
    FILE_SUFFIX,
    Settings,
    ports,
    read_settings,
    seconds,
    unknown_variables,
    value_of,
)
from gowright.verify.outcomes import fail_on

#: The containers that run the program of the service.
_SERVER, _MIGRATION = "server", "migration"
#: How long the components may take to stop after the last request, in seconds, as the README says.
_STOPPING = 15
#: The memory that Go may use, as a fraction of the limit; the rest is for what Go doesn't count.
_GO_MEMORY = 0.95
_UNITS = {"Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


@check(
    "deployed-settings",
    "the Kubernetes manifests set what the service reads: variables, secrets, ports, probes, and time limits",
    when=kubernetes,
    reads=Reads.DEPLOYMENT,
)
def deployed_settings(harness: Harness) -> str:
    """Variables, keys of secrets, ports, probes, and time limits are those of the service."""
    settings = read_settings(harness.project.root)
    found = []
    for each in harness.manifests.values():
        containers = list(_own(each))
        if not any(container["name"] == _SERVER for _, container in containers):
            found.append(f"{each.environment}: no container is named {_SERVER}")
        found += [
            f"{each.environment}: {pod.name}: {problem}"
            for pod, container in containers
            for problem in _problems(harness.project, settings, each, pod, container)
        ]
    fail_on(found)
    return f"{len(settings)} settings"


def _own(each: Manifests) -> Iterator[tuple[Pod, Object]]:
    """The containers that run the program of the service."""
    for pod in each.pods():
        for container in pod.containers:
            if container["name"] in (_SERVER, _MIGRATION):
                yield pod, container


def _problems(
    project: Project, settings: Settings, each: Manifests, pod: Pod, container: Object
) -> Iterator[str]:
    environment = each.environment_of(container)
    for name in unknown_variables(settings, environment):
        yield f"sets {name}, which the service doesn't read"
    yield from _secrets(settings, each, pod, container, environment)
    yield from _required(project, environment, container["name"])
    yield from _memory(container, environment)
    if container["name"] == _SERVER:
        yield from _listeners(project, settings, container, environment)
        yield from _grace_period(settings, pod, container, environment)
        yield from _public_url(each, environment)


def _secrets(
    settings: Settings, each: Manifests, pod: Pod, container: Object, environment: Mapping[str, str]
) -> Iterator[str]:
    """Secrets are in files, the files exist, and all of them are used."""
    files = each.files_of(pod, container)
    used = {value for name, value in environment.items() if name.endswith(FILE_SUFFIX)}
    for name, path in environment.items():
        if name in settings and settings[name].secret:
            yield f"{name} is a secret: set {name}{FILE_SUFFIX} to the path of a file instead"
        elif name not in settings and name.removesuffix(FILE_SUFFIX) in settings and path not in files:
            yield f"{name} is {path}, which no key of a mounted Secret provides"
    for path in files.keys() - used:
        yield f"{path} is a secret that it doesn't use"


def _required(project: Project, environment: Mapping[str, str], container: str) -> Iterator[str]:
    """Settings that production requires are set; of these, a migration needs only those of the database."""
    if environment.get("APP_ENV") != "production":
        yield "APP_ENV is not production"
    facts = [project.facts["database"]] if container == _MIGRATION else list(project.facts.values())
    variables = [variable for choice in facts for variable in choice.variables]
    for variable in (each for each in variables if each.required):
        enough = {variable.name, *(each.name for each in variables if each.alternative == variable.name)}
        if not environment.keys() & {*enough, *(f"{name}{FILE_SUFFIX}" for name in enough)}:
            yield f"{variable.name} is not set, and production requires it"


def _listeners(
    project: Project, settings: Settings, container: Object, environment: Mapping[str, str]
) -> Iterator[str]:
    """The ports are those that the service listens on, and the probes are paths that it serves."""
    listening = ports(settings, environment)
    declared = {port["name"]: port["containerPort"] for port in container.get("ports", [])}
    if declared != listening:
        yield f"has the ports {declared}, and the service listens on {listening}"
    served = _paths(project)
    for probe, path in (("startup", "/livez"), ("readiness", "/readyz"), ("liveness", "/livez")):
        request = container.get(f"{probe}Probe", {}).get("httpGet", {})
        port = declared.get(request.get("port"), request.get("port"))
        if port != listening.get("http"):
            yield f"the {probe} probe calls port {request.get('port')}, not the public port"
        if request.get("path") not in served:
            yield f"the {probe} probe calls {request.get('path')}, which the service doesn't serve"
        elif request["path"] != path:
            yield f"the {probe} probe calls {request['path']}, not {path}"


def _paths(project: Project) -> set[str]:
    """The paths of the public listener."""
    spec = yaml.safe_load((project.root / "api" / "openapi.yaml").read_text(encoding="utf-8"))
    return set(spec["paths"])


def _grace_period(
    settings: Settings, pod: Pod, container: Object, environment: Mapping[str, str]
) -> Iterator[str]:
    """The pod has the time that the service needs to stop."""
    given = pod.spec.get("terminationGracePeriodSeconds", 30)
    before = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
    needed = before + _STOPPING
    for name in ("SHUTDOWN_DELAY", "SHUTDOWN_TIMEOUT"):
        needed += seconds(value_of(settings, name, environment) or "0s")
    if given < needed:
        yield f"terminationGracePeriodSeconds is {given}, and the service needs up to {needed:g} s to stop"


def _memory(container: Object, environment: Mapping[str, str]) -> Iterator[str]:
    """Go collects garbage before the memory limit is reached."""
    limit = container["resources"]["limits"]["memory"]
    soft = environment.get("GOMEMLIMIT")
    if soft and _bytes(soft) > _GO_MEMORY * _bytes(limit):
        yield f"GOMEMLIMIT is {soft}, more than {_GO_MEMORY:.0%} of the memory limit {limit}"


def _bytes(quantity: str) -> int:
    number, unit = re.fullmatch(r"(\d+)(\w+)", quantity).groups()  # type: ignore[union-attr]
    return int(number) * _UNITS[unit]


def _public_url(each: Manifests, environment: Mapping[str, str]) -> Iterator[str]:
    """Browsers reach the service under its public URL."""
    if url := environment.get("PUBLIC_URL"):
        hosts = {host for route in each.of_kind("HTTPRoute") for host in route["spec"]["hostnames"]}
        hosts |= {rule["host"] for ingress in each.of_kind("Ingress") for rule in ingress["spec"]["rules"]}
        if urlsplit(url).hostname not in hosts:
            yield f"PUBLIC_URL is {url}, and the routes are for {', '.join(sorted(hosts))}"
