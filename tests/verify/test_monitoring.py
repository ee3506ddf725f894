"""The checks of dashboards, rules, and alerts pass for generated projects, and find what is broken."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gowright.model.project import read_project
from gowright.verify.checks import CHECKS
from gowright.verify.checks.deployment import observability
from gowright.verify.children.go_toolchain import Go
from gowright.verify.children.processes import Processes
from gowright.verify.harness import monitoring
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.prometheus import Series
from gowright.verify.harness.promql import Matcher, Selector, label_values, parse
from gowright.verify.outcomes import Failed
from tests.conftest import Render

RUN = {check.name: check.run for check in CHECKS}
FOLDER = "deployments/monitoring"

needs_promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not on PATH")

VARIANTS: dict[str, dict[str, Any]] = {
    "the defaults": {},
    "mongodb and an OpenID provider": {"database": "mongodb", "auth": "oidc", "tracing": "zipkin", "deploy": "helm"},
    "no resources": {"resources": []},
    "nothing else": {
        "database": "memory", "cache": "none", "auth": "none", "tracing": "none", "deploy": "none", "resources": [],
    },
    "awkward names": {"project_name": "null", "module_path": "example.com/null"},
    "a long name": {"project_name": "x" * 50, "module_path": "example.com/x"},
}  # fmt: skip

#: The same for what Docker Compose starts.
LOCAL_FAULTS = {
    "another uid": ("grafana/datasources.yaml", "datasourceUid: jaeger", "datasourceUid: tempo", "no data source with the uid tempo"),
    "another type": ("grafana/datasources.yaml", "type: jaeger", "type: tempo", "no data source of the type jaeger"),
    "another host": ("grafana/datasources.yaml", "http://jaeger:", "http://tempo:", "Jaeger: tempo is no service"),
    "another port": ("grafana/datasources.yaml", "prometheus:9090", "prometheus:9091", "prometheus does not publish port 9091"),
    "another folder": ("grafana/dashboards.yaml", "path: /var/lib/grafana/dashboards", "path: /dashboards", "aren't mounted at /dashboards"),
    "another target": ("prometheus.yaml", "server:9090", "server:8080", "doesn't scrape server:9090"),
    "an unknown target": ("prometheus.yaml", '"server:9090"', '"server:9090", "worker:9090"', "worker:9090 is no service"),
    "rules elsewhere": ("prometheus.yaml", "- rules/*.yaml", "- alerts/*.yaml", "no folder is mounted at /etc/prometheus/alerts"),
}  # fmt: skip

#: A fault of a file: what stands there, what stands there instead, the check that finds it, and a part of the message.
FAULTS = {
    "a broken expression in a dashboard": (
        f"{FOLDER}/dashboards/service.json",
        "sum by (method, route) (rate(",
        "sum by (method, route (rate(",
        "dashboards",
        "the expression is not valid",
    ),
    "a data source that does not exist": (
        f"{FOLDER}/dashboards/events.json",
        '"name": "datasource"',
        '"name": "source"',
        "dashboards",
        "unknown variable $datasource in a data source",
    ),
    "a variable that does not exist": (
        f"{FOLDER}/dashboards/service.json",
        "$instance",
        "$pod",
        "dashboards",
        "unknown variable $pod",
    ),
    "a window that ignores the scrape interval": (
        f"{FOLDER}/dashboards/service.json",
        "$__rate_interval",
        "10s",
        "dashboards",
        "[10s]",
    ),
    "a member that Grafana does not know": (
        f"{FOLDER}/dashboards/runtime.json",
        '"gridPos"',
        '"gridpos"',
        "dashboards",
        "'gridpos' was unexpected",
    ),
    "two panels with one id": (
        f"{FOLDER}/dashboards/runtime.json",
        '"id": 2,',
        '"id": 1,',
        "dashboards",
        "same id",
    ),
    "two dashboards with one uid": (
        f"{FOLDER}/dashboards/runtime.json",
        '"shop-runtime"',
        '"shop-service"',
        "dashboards",
        "same uid",
    ),
    "text that is not JSON": (
        f"{FOLDER}/dashboards/events.json",
        '"uid":',
        '"uid"',
        "dashboards",
        "not JSON",
    ),
    "an alert without an entry of the runbook": (
        "docs/runbook.md",
        "## DatabaseSlow",
        "## DatabaseLazy",
        "alerts",
        "no heading ## DatabaseSlow",
    ),
    "an entry of the runbook without an alert": (
        "docs/runbook.md",
        "## ServiceDown",
        "## Gone\n\n## ServiceDown",
        "alerts",
        "unknown alerts: Gone",
    ),
    "an alert without a severity": (
        f"{FOLDER}/rules/service.yaml",
        "severity: critical",
        "level: critical",
        "alerts",
        "severity",
    ),
    "an alert without a summary": (
        f"{FOLDER}/rules/events.yaml",
        "summary:",
        "title:",
        "alerts",
        "no summary",
    ),
    "an alert that is never shown to fire": (
        f"{FOLDER}/tests/events.yaml",
        "alertname: EventsFail",
        "alertname: EventsFailed",
        "alerts",
        "shows that EventsFail fires",
    ),
    "an alert that is never shown not to fire": (
        f"{FOLDER}/tests/events.yaml",
        "exp_alerts: []",
        "exp_alerts: [{exp_labels: {}}]",
        "alerts",
        "does not fire",
    ),
    "a recording rule without a test": (
        f"{FOLDER}/tests/slo.yaml",
        "round(job:slo_burn_rate:rate3d, 0.001)",
        "round(job:slo_burn_rate:rate1d, 0.001)",
        "alerts",
        "job:slo_burn_rate:rate3d",
    ),
    "a runbook address that leads elsewhere": (
        f"{FOLDER}/rules/service.yaml",
        "#servicedown",
        "#service-down",
        "alerts",
        "runbook_url does not end",
    ),
}

#: Faults that only promtool finds.
RULE_FAULTS = {
    "a broken expression in a rule": (
        f"{FOLDER}/rules/service.yaml",
        "sum by (namespace, job) (up",
        "sum by (namespace, job (up",
        "rules",
        "parse error",
    ),
    "another threshold": (
        f"{FOLDER}/rules/events.yaml",
        "> 0.8",
        "> 0.95",
        "rules",
        "EventQueueFillsUp",
    ),
    "a burn rate of another window": (
        f"{FOLDER}/rules/slo.yaml",
        "job:slo_burn_rate:rate5m{job=\"shop\"} > 14.4",
        "job:slo_burn_rate:rate3d{job=\"shop\"} > 14.4",
        "rules",
        "nobody is woken up for an outage that is over",
    ),
    "rules that are not loaded": (
        f"{FOLDER}/prometheus.yaml",
        "rules/*.yaml",
        "rules/slo.yaml",
        "rules",
        "does not load",
    ),
}  # fmt: skip


@pytest.fixture
def harness_of() -> Iterator[Callable[[Path], Harness]]:
    with Processes() as processes:
        yield lambda root: Harness(read_project(root), Go(Path("go"), (1, 26)), processes)


@pytest.mark.parametrize("variant", VARIANTS)
def test_generated_dashboards_and_alerts_are_complete(
    variant: str, rendered: Render, harness_of: Callable[[Path], Harness]
) -> None:
    harness = harness_of(rendered(**VARIANTS[variant]))
    RUN["dashboards"](harness)
    RUN["alerts"](harness)


@needs_promtool
@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS)
def test_generated_data_sources_exist(
    variant: str, rendered: Render, harness_of: Callable[[Path], Harness]
) -> None:
    RUN["datasources"](harness_of(rendered(**VARIANTS[variant])))


@pytest.mark.parametrize("fault", LOCAL_FAULTS)
def test_a_fault_of_data_sources_is_found(
    fault: str, rendered: Render, tmp_path: Path, harness_of: Callable[[Path], Harness]
) -> None:
    path, there, instead, told = LOCAL_FAULTS[fault]
    _is_found((f"{FOLDER}/{path}", there, instead, "datasources", told), rendered(), tmp_path, harness_of)


@pytest.mark.parametrize("variant", VARIANTS)
def test_generated_rules_pass_their_tests(
    variant: str, rendered: Render, harness_of: Callable[[Path], Harness]
) -> None:
    RUN["rules"](harness_of(rendered(**VARIANTS[variant])))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(
    fault: str, rendered: Render, tmp_path: Path, harness_of: Callable[[Path], Harness]
) -> None:
    _is_found(FAULTS[fault], rendered(), tmp_path, harness_of)


@needs_promtool
@pytest.mark.slow
@pytest.mark.parametrize("fault", RULE_FAULTS)
def test_a_fault_of_the_rules_is_found(
    fault: str, rendered: Render, tmp_path: Path, harness_of: Callable[[Path], Harness]
) -> None:
    _is_found(RULE_FAULTS[fault], rendered(), tmp_path, harness_of)


def _is_found(
    fault: tuple[str, str, str, str, str], good: Path, tmp_path: Path, harness_of: Callable[[Path], Harness]
) -> None:
    file, there, instead, check, told = fault
    project = shutil.copytree(good, tmp_path / "shop")
    text = (project / file).read_text(encoding="utf-8")
    assert there in text, f"{file} has changed: plant this fault somewhere else"
    (project / file).write_text(text.replace(there, instead), encoding="utf-8")
    with pytest.raises(Failed) as failed:
        RUN[check](harness_of(project))
    assert told in failed.value.detail


def test_overlapping_panels_are_found(
    rendered: Render, tmp_path: Path, harness_of: Callable[[Path], Harness]
) -> None:
    project = shutil.copytree(rendered(), tmp_path / "shop")
    file = project / FOLDER / "dashboards" / "service.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    content["panels"][2]["gridPos"]["x"] -= 1
    file.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(Failed, match="overlap"):
        RUN["dashboards"](harness_of(project))


def test_other_rules_in_a_manifest_are_found(
    rendered: Render, tmp_path: Path, harness_of: Callable[[Path], Harness]
) -> None:
    project = shutil.copytree(rendered(), tmp_path / "shop")
    manifest = project / "deployments/kubernetes/rules.yaml"
    manifest.parent.mkdir(parents=True, exist_ok=True)
    manifest.write_text("apiVersion: v1\nkind: PrometheusRule\nspec:\n  groups: []\n", encoding="utf-8")
    with pytest.raises(Failed, match="has other rules"):
        RUN["alerts"](harness_of(project))


class FakePrometheus:
    """Has three series, and returns them for every query."""

    SERIES = (
        {"__name__": "requests_total", "job": "shop", "status": "200"},
        {"__name__": "requests_total", "job": "shop", "status": "500"},
        {"__name__": "up", "job": "shop"},
    )

    def __init__(self, *values: float) -> None:
        self.values = values

    def labels(self, selector: str) -> list[dict[str, str]]:
        (wanted,) = parse(selector, "test").selectors
        return [
            series
            for series in self.SERIES
            if series["__name__"] == wanted.metric
            and all(each.accepts(series.get(each.label, "")) for each in wanted.matchers)
        ]

    def query(self, _: str) -> list[Series]:
        return [Series({"job": "shop"}, ((0.0, value),)) for value in self.values]


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("sum(rate(request_total[1m]))", "there is no metric request_total"),
        ('sum(rate(requests_total{code="200"}[1m]))', "requests_total has no label code; it has job, status"),
        ("sum by (code) (rate(requests_total[1m]))", "has no label code"),
        ('sum(rate(requests_total{status=~"5xx"}[1m]))', "nothing matches"),
        ("up", "no data"),
    ],
)
def test_a_query_that_finds_nothing_is_found(expression: str, told: str) -> None:
    query = monitoring.Query("the panel", expression, "", instant=False)
    (fault,) = observability._panel_faults(query, FakePrometheus(), {})  # type: ignore[arg-type]
    assert told in fault


def test_a_panel_without_numbers_has_no_data() -> None:
    query = monitoring.Query("the panel", "up", "", instant=False)
    nan = FakePrometheus(float("nan"))
    assert "no data" in next(observability._panel_faults(query, nan, {}))  # type: ignore[arg-type]
    some = FakePrometheus(float("nan"), 0)
    assert not list(observability._panel_faults(query, some, {}))  # type: ignore[arg-type]


def test_a_legend_with_an_unknown_label_is_found() -> None:
    query = monitoring.Query("the panel", "up", "{{instance}}", instant=False)
    (fault,) = observability._panel_faults(query, FakePrometheus(1), {})  # type: ignore[arg-type]
    assert "names instance, which the result lacks" in fault


def test_expressions_are_read_with_their_labels() -> None:
    found = parse('a{b="c", d!~"e"} / on (f) group_left (g) sum by (h) (rate(i[5m]))', "test")
    assert found.selectors == (
        Selector("a", (Matcher("b", "=", "c"), Matcher("d", "!~", "e"))),
        Selector("i", ()),
    )
    assert found.labels == set("bdfgh")
    assert found.selectors[0].text == 'a{b="c", d!~"e"}'


def test_variables_are_read() -> None:
    assert label_values('label_values(up{job="shop"}, job)', "test") == (
        Selector("up", (Matcher("job", "=", "shop"),)),
        "job",
    )
    with pytest.raises(Failed, match="is not label_values"):
        label_values("query_result(up)", "test")
    assert monitoring.interpolated('up{job="$job", a=~"${a:regex}"}[$__range]', {"job": "x", "a": ".*"}) == (
        'up{job="x", a=~".*"}[$__range]'
    )
