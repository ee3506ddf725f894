"""The dashboards, the rules, the unit tests of rules, and the runbook of a project."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gowright.system.yaml_files import read_yaml
from gowright.verify.outcomes import Failed

#: The folder of the dashboards and rules. With a Helm chart, they're in the chart, which reads only its own files.
_FOLDERS = ("deployments/monitoring", "deployments/helm/monitoring")
RUNBOOK = "docs/runbook.md"
_VARIABLE = re.compile(r"\$(\w+)|\$\{(\w+)(?::\w+)?\}")


def folder(root: Path) -> Path:
    """The folder of the dashboards and rules of a project."""
    return next((root / name for name in _FOLDERS if (root / name).is_dir()), root / _FOLDERS[0])


@dataclass(frozen=True, slots=True)
class Query:
    """A query of a panel: the expression, the legend, and whether it asks for one moment only."""

    place: str
    expression: str
    legend: str
    instant: bool

    @property
    def variables(self) -> set[str]:
        """The names of the variables in the expression."""
        return {one or other for one, other in _VARIABLE.findall(self.expression)}

    @property
    def legend_labels(self) -> set[str]:
        """The labels in the legend."""
        return set(re.findall(r"\{\{\s*(\w+)\s*\}\}", self.legend))


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A dashboard of Grafana."""

    path: Path
    content: Mapping[str, Any]

    @property
    def panels(self) -> Iterator[Mapping[str, Any]]:
        """The panels that show something."""
        return (panel for panel in self.content["panels"] if panel["type"] != "row")

    @property
    def queries(self) -> Iterator[Query]:
        """The queries of all panels."""
        for panel in self.panels:
            for target in panel["targets"]:
                place = f"{self.path.name}, panel {panel['title']!r}"
                yield Query(place, target["expr"], target["legendFormat"], target["instant"])

    @property
    def variables(self) -> dict[str, str]:
        """The query of each variable by its name; empty for a variable that isn't a query."""
        return {
            each["name"]: each["query"]["query"] if each["type"] == "query" else ""
            for each in self.content["templating"]["list"]
        }


@dataclass(frozen=True, slots=True)
class Rule:
    """A recording rule or an alert."""

    place: str
    name: str
    expression: str
    is_alert: bool
    labels: Mapping[str, str]
    annotations: Mapping[str, str]


def interpolated(expression: str, values: Mapping[str, str]) -> str:
    """Replace the variables of Grafana; those without a value stay."""
    return _VARIABLE.sub(lambda found: values.get(found[1] or found[2], found[0]), expression)


def dashboards(root: Path) -> list[Dashboard]:
    """Read all dashboards of a project.

    Raises:
        Failed: if one isn't JSON, or there's none.
    """
    found = []
    for path in sorted((folder(root) / "dashboards").glob("*.json")):
        try:
            found.append(Dashboard(path, json.loads(path.read_text(encoding="utf-8"))))
        except ValueError as error:
            raise Failed(f"{path.relative_to(root)} is not JSON: {error}") from error
    if not found:
        raise Failed(f"{folder(root).relative_to(root)}/dashboards has no dashboard")
    return found


def rule_files(root: Path) -> list[Path]:
    """The rule files of a project.

    Raises:
        Failed: if there's none.
    """
    found = sorted((folder(root) / "rules").glob("*.yaml"))
    if not found:
        raise Failed(f"{folder(root).relative_to(root)}/rules has no rules")
    return found


def test_files(root: Path) -> list[Path]:
    """The files with unit tests of rules."""
    return sorted((folder(root) / "tests").glob("*.yaml"))


def rules(root: Path) -> list[Rule]:
    """Read all rules of a project."""
    return [
        Rule(
            place=f"{path.name}, {rule.get('record') or rule.get('alert')}",
            name=rule.get("record") or rule["alert"],
            expression=rule["expr"],
            is_alert="alert" in rule,
            labels=rule.get("labels", {}),
            annotations=rule.get("annotations", {}),
        )
        for path in rule_files(root)
        for group in read_yaml(path)["groups"]
        for rule in group["rules"]
    ]


def runbook_sections(root: Path) -> list[str]:
    """The headings of the second level in the runbook.

    Raises:
        Failed: if there's no runbook.
    """
    try:
        text = (root / RUNBOOK).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise Failed(f"{RUNBOOK} is missing") from error
    return re.findall(r"^## (.+)$", text, re.MULTILINE)
