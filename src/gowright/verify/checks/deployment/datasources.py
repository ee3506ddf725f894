"""Prometheus and Grafana in Docker Compose: what their files name exists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from gowright.system.yaml_files import read_yaml
from gowright.verify.check import Reads, check
from gowright.verify.checks.conditions import metrics_endpoint
from gowright.verify.checks.deployment.compose import address_problems
from gowright.verify.harness import monitoring, settings
from gowright.verify.harness.compose import Compose, Service, read_compose
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.settings import read_settings
from gowright.verify.outcomes import fail_on


@check(
    "datasources",
    "Prometheus and Grafana in Docker Compose find the service, each other, the rules, and the dashboards",
    when=metrics_endpoint,
    reads=Reads.DEPLOYMENT,
)
def datasources(harness: Harness) -> str:
    """The addresses are those of services, and the folders are those that are mounted."""
    root = harness.project.root
    file, folder = read_compose(root), monitoring.folder(root)
    sources = read_yaml(folder / "grafana" / "datasources.yaml")["datasources"]
    fail_on((
        *_targets(root, file, folder / "prometheus.yaml"),
        *_rules(file, folder / "prometheus.yaml"),
        *_addresses(file, sources),
        *_references(root, sources),
        *_dashboards(file, folder / "grafana" / "dashboards.yaml"),
    ))  # fmt: skip
    return f"{len(sources)} data sources"


def _targets(root: Path, file: Compose, config: Path) -> Iterator[str]:
    """Prometheus scrapes the admin port of the service."""
    targets = [
        target
        for job in read_yaml(config)["scrape_configs"]
        for group in job["static_configs"]
        for target in group["targets"]
    ]
    known = read_settings(root)
    for service in file.built:
        port = settings.ports(known, service.environment).get("admin")
        if port and f"{service.name}:{port}" not in targets:
            yield f"{config.name}: doesn't scrape {service.name}:{port}, where the metrics are"
    for target in targets:
        if target.partition(":")[0] not in file.services:
            yield f"{config.name}: {target} is no service"


def _rules(file: Compose, config: Path) -> Iterator[str]:
    """Prometheus finds its rule files where they are mounted."""
    for service, place in _mounted(file, config):
        for pattern in read_yaml(config)["rule_files"]:
            folder = place.parent / PurePosixPath(pattern).parent
            if not any(mount.target == str(folder) for mount in service.mounts):
                yield f"{service.name}: no folder is mounted at {folder}, from where {config.name} loads rules"


def _addresses(file: Compose, sources: list[Mapping[str, Any]]) -> Iterator[str]:
    """Grafana reaches the servers."""
    for grafana in file.services.values():
        if not any(mount.source.endswith("/datasources.yaml") for mount in grafana.mounts):
            continue
        for source in sources:
            for problem in address_problems(file, grafana, source["url"]):
                yield f"datasources.yaml: {source['name']}: {problem}"


def _references(root: Path, sources: list[Mapping[str, Any]]) -> Iterator[str]:
    """The data sources that other ones and dashboards ask for exist."""
    uids = {source["uid"] for source in sources}
    for source in sources:
        for uid in _values(source.get("jsonData", {}), "datasourceUid"):
            if uid not in uids:
                yield f"datasources.yaml: {source['name']}: there is no data source with the uid {uid}"
    types = {source["type"] for source in sources}
    for dashboard in monitoring.dashboards(root):
        for variable in dashboard.content["templating"]["list"]:
            if variable["type"] == "datasource" and variable["query"] not in types:
                yield f"{dashboard.path.name}: there is no data source of the type {variable['query']}"


def _dashboards(file: Compose, config: Path) -> Iterator[str]:
    """Grafana finds the dashboards where they are mounted."""
    folder = (config.parent.parent / "dashboards").resolve()
    for service, _ in _mounted(file, config):
        places = {
            mount.target for mount in service.mounts if (file.path.parent / mount.source).resolve() == folder
        }
        for provider in read_yaml(config)["providers"]:
            if (path := provider["options"]["path"]) not in places:
                yield f"{service.name}: the dashboards aren't mounted at {path}, from where {config.name} loads them"


def _mounted(file: Compose, path: Path) -> Iterator[tuple[Service, PurePosixPath]]:
    """The services that mount a file, and where it is in them."""
    for service in file.services.values():
        for mount in service.mounts:
            if mount.is_path and (file.path.parent / mount.source).resolve() == path.resolve():
                yield service, PurePosixPath(mount.target)


def _values(thing: object, name: str) -> Iterator[str]:
    """All values of a key, at any depth."""
    if isinstance(thing, dict):
        for key, value in thing.items():
            if key == name:
                yield value
            yield from _values(value, name)
    elif isinstance(thing, list):
        for value in thing:
            yield from _values(value, name)
