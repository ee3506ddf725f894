"""The Kubernetes manifests: what Prometheus and Grafana load from them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gowright.verify.check import Reads, check
from gowright.verify.checks.conditions import both, kubernetes, metrics_endpoint
from gowright.verify.harness import monitoring
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.manifests import Manifests
from gowright.verify.harness.rendering import objects_in
from gowright.verify.outcomes import fail_on


@check(
    "deployed-monitoring",
    "Kubernetes has the rules and dashboards of the project",
    when=both(kubernetes, metrics_endpoint),
    reads=Reads.DEPLOYMENT,
)
def deployed_monitoring(harness: Harness) -> str:
    """The PrometheusRules have the groups in the rule files, and the ConfigMaps the dashboards."""
    folder = monitoring.folder(harness.project.root)
    groups = {
        group["name"]: group
        for path in sorted((folder / "rules").glob("*.yaml"))
        for group in objects_in(path)[0]["groups"]
    }
    dashboards = {path.name: _parsed(path.read_text(encoding="utf-8")) for path in _dashboards(folder)}
    found = [
        f"{each.environment}: {problem}"
        for each in harness.manifests.values()
        for problem in (*_rules(each, groups), *_loaded(each, dashboards))
    ]
    fail_on(found)
    return f"{len(groups)} groups of rules, {len(dashboards)} dashboards"


def _dashboards(folder: Path) -> list[Path]:
    return sorted((folder / "dashboards").glob("*.json"))


def _parsed(text: str) -> Any:
    return json.loads(text)


def _rules(each: Manifests, groups: dict[str, Any]) -> Iterator[str]:
    deployed = {
        group["name"]: group for rule in each.of_kind("PrometheusRule") for group in rule["spec"]["groups"]
    }
    for name in sorted(groups.keys() | deployed.keys()):
        if groups.get(name) != deployed.get(name):
            yield f"the PrometheusRule differs from the rule files in the group {name}"


def _loaded(each: Manifests, dashboards: dict[str, Any]) -> Iterator[str]:
    deployed = {
        key: _parsed(value)
        for config in each.of_kind("ConfigMap")
        if config["metadata"].get("labels", {}).get("grafana_dashboard")
        for key, value in config["data"].items()
    }
    for name in sorted(dashboards.keys() | deployed.keys()):
        if dashboards.get(name) != deployed.get(name):
            yield f"the dashboard {name} in a ConfigMap differs from the file"
