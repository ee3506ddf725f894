"""The Kubernetes manifests: what they set is what the service reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from urllib.parse import urlsplit

import yaml

from gowright.model.project import Project
from gowright.verify.check import Reads, check
from gowright.verify.checks.conditions import database_server, kubernetes
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.manifests import Manifests, Object, Pod, title
from gowright.verify.harness.rendering import hooks_of
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
#: The file with the routes of the admin listener.
_ADMIN_SOURCE = "internal/app/server.go"
#: The paths for probes.
_PROBED = frozenset({"/livez", "/readyz"})
#: When the Job of a chart migrates the database.
_BEFORE = frozenset({"pre-install", "pre-upgrade"})
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
        found += [
            f"{each.environment}: {problem}"
            for problem in (
                *_migrated(harness.project, each),
                *_routed(harness.project, each),
                *_scraped(harness.project, each),
            )
        ]
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


def _migrated(project: Project, each: Manifests) -> Iterator[str]:
    """A Job migrates the database on a server before pods with a new version start."""
    jobs = [pod.workload for pod, container in _own(each) if container["name"] == _MIGRATION]
    if database_server(project) and not jobs:
        yield f"no container is named {_MIGRATION}, so nothing migrates the database"
    waves = [_wave(pod.workload) for pod, container in _own(each) if container["name"] == _SERVER]
    for job in jobs:
        hooks = hooks_of(job)
        if hooks is not None and not hooks >= _BEFORE:
            yield f"{title(job)}: runs at {', '.join(sorted(hooks))}, not at {' and '.join(sorted(_BEFORE))}"
        if any(waves) and _wave(job) >= min(waves):
            yield f"{title(job)}: Argo CD doesn't wait for it: its wave is not lower than the one of the pods"


def _wave(workload: Object) -> int:
    return int(workload["metadata"].get("annotations", {}).get("argocd.argoproj.io/sync-wave", 0))


def _routed(project: Project, each: Manifests) -> Iterator[str]:
    """The routes lead to the whole API, and not to what the probes call."""
    for route in each.of_kind("HTTPRoute", "Ingress"):
        matched = list(_matched(route))
        for path in sorted(_paths(project)):
            leads = any(
                path == value or (prefix and path.startswith(f"{value.rstrip('/')}/"))
                for prefix, value in matched
            )
            if leads and path in _PROBED:
                yield f"{title(route)}: leads to {path}, which is for probes"
            elif not leads and path not in _PROBED:
                yield f"{title(route)}: doesn't lead to {path}"


def _matched(route: Object) -> Iterator[tuple[bool, str]]:
    """The paths that a route matches, and whether each is a prefix."""
    for rule in route["spec"]["rules"]:
        for match in rule.get("matches", []):
            path = match.get("path", {"type": "PathPrefix", "value": "/"})
            yield path.get("type", "PathPrefix") == "PathPrefix", path["value"]
        for path in rule.get("http", {}).get("paths", []):
            yield path["pathType"] == "Prefix", path.get("path", "/")


def _scraped(project: Project, each: Manifests) -> Iterator[str]:
    """The metrics are read from a path that the admin listener serves."""
    source = (project.root / _ADMIN_SOURCE).read_text(encoding="utf-8")
    served = set(re.findall(r'"GET (/[^"]*)"', source))
    for monitor in each.of_kind("ServiceMonitor"):
        for endpoint in monitor["spec"]["endpoints"]:
            if (path := endpoint.get("path", "/metrics")) not in served:
                yield f"{title(monitor)}: reads {path}, which the admin listener doesn't serve"


def _problems(
    project: Project, settings: Settings, each: Manifests, pod: Pod, container: Object
) -> Iterator[str]:
    environment = each.environment_of(container)
    for name in unknown_variables(settings, environment):
        yield f"sets {name}, which the service doesn't read"
    yield from _secrets(settings, each, pod, container, environment)
    yield from _required(project, environment, container["name"])
    yield from _memory(container, environment)
    yield from _stored(project, pod, container, environment)
    if "@sha256:" not in container["image"]:
        yield f"the image {container['image']} has no digest, so that it can change without a deployment"
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


def _stored(project: Project, pod: Pod, container: Object, environment: Mapping[str, str]) -> Iterator[str]:
    """The file with the data is on a disk."""
    facts = project.facts["database"]
    if "file" not in facts.traits:
        return
    disks = {volume["name"] for volume in pod.spec.get("volumes", []) if "persistentVolumeClaim" in volume}
    folders = [mount["mountPath"] for mount in container.get("volumeMounts", []) if mount["name"] in disks]
    for variable in (each for each in facts.variables if each.required):
        path = environment.get(variable.name, "")
        if path and not any(PurePosixPath(path).is_relative_to(folder) for folder in folders):
            yield f"{variable.name} is {path}, which is on no disk"


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
