"""The dashboards of Grafana, as files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib import resources
from itertools import product
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from gowright.verify.check import Reads, check
from gowright.verify.checks.conditions import metrics_endpoint
from gowright.verify.harness import monitoring
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.promql import label_values, parse
from gowright.verify.outcomes import Failed

#: The variables that Grafana provides in queries.
BUILT_IN = {"__rate_interval": "1m", "__range": "1h"}
_COLUMNS = 24


@check(
    "dashboards",
    "the dashboards are valid and refer to existing variables",
    when=metrics_endpoint,
    reads=Reads.DEPLOYMENT,
)
def dashboards(harness: Harness) -> str:
    """Grafana accepts the dashboards, and their queries are valid."""
    found = monitoring.dashboards(harness.project.root)
    for dashboard in found:
        name = dashboard.path.name
        if error := best_match(_validator().iter_errors(dashboard.content)):
            raise Failed(f"{name}: {error.json_path}: {error.message[:300]}")
        _panels(dashboard)
        _queries(dashboard)
        known = dashboard.variables.keys() | BUILT_IN.keys()
        if unknown := sorted(set(_named(dashboard.content)) - known):
            raise Failed(f"{name}: unknown variable ${', $'.join(unknown)} in a data source or a link")
        if not set(dashboard.content["tags"]) & _linked_tags(dashboard):
            raise Failed(f"{name}: no link to the other dashboards")
    uids = [each.content["uid"] for each in found]
    if len(set(uids)) < len(uids):
        raise Failed(f"two dashboards have the same uid: {', '.join(uids)}")
    return f"{len(found)} dashboards, {sum(len(list(each.panels)) for each in found)} panels"


def _named(thing: object) -> Iterator[str]:
    """The variables in the data sources and the links of a dashboard, at any depth."""
    if isinstance(thing, dict):
        for key, value in thing.items():
            if key in ("uid", "url"):
                yield from re.findall(r"\$\{(\w+)", value)
            yield from _named(value)
    elif isinstance(thing, list):
        for value in thing:
            yield from _named(value)


@cache
def _validator() -> Draft202012Validator:
    text = resources.files("gowright.verify.harness").joinpath("dashboard.schema.json").read_text("utf-8")
    return Draft202012Validator(json.loads(text))


def _panels(dashboard: monitoring.Dashboard) -> None:
    """Identifiers are unique, and panels do not overlap."""
    name = dashboard.path.name
    ids = [panel["id"] for panel in dashboard.content["panels"]]
    if len(set(ids)) < len(ids):
        raise Failed(f"{name}: two panels have the same id")
    taken: dict[tuple[int, int], str] = {}
    for panel in dashboard.content["panels"]:
        place, title = panel["gridPos"], panel["title"]
        if place["x"] + place["w"] > _COLUMNS:
            raise Failed(f"{name}: panel {title!r} is wider than the dashboard")
        cells = product(
            range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"])
        )
        for cell in cells:
            if cell in taken:
                raise Failed(f"{name}: the panels {taken[cell]!r} and {title!r} overlap")
            taken[cell] = title


def _queries(dashboard: monitoring.Dashboard) -> None:
    declared = dashboard.variables
    values = dict.fromkeys(declared, ".*") | BUILT_IN
    for name, text in declared.items():
        if text:
            label_values(monitoring.interpolated(text, values), f"{dashboard.path.name}, variable {name}")
    for query in dashboard.queries:
        if unknown := query.variables - values.keys():
            raise Failed(f"{query.place}: unknown variable ${', $'.join(sorted(unknown))}")
        parse(monitoring.interpolated(query.expression, values), query.place)
        if windows := set(re.findall(r"\[(?!\$__)(.+?)\]", query.expression)):
            raise Failed(f"{query.place}: the window [{windows.pop()}] does not follow the scrape interval")


def _linked_tags(dashboard: monitoring.Dashboard) -> set[Any]:
    return {
        tag for link in dashboard.content["links"] if link["type"] == "dashboards" for tag in link["tags"]
    }
