"""The rules of Prometheus, their unit tests, and the runbook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from gowright.system.yaml_files import read_yaml
from gowright.verify.check import Reads, check
from gowright.verify.checks.conditions import metrics_endpoint
from gowright.verify.harness import monitoring
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.promql import parse
from gowright.verify.harness.tools import find_tool
from gowright.verify.outcomes import Failed

_SECONDS = 120.0
_SEVERITIES = ("critical", "warning")
_TEXTS = ("summary", "description", "runbook_url")


@check(
    "rules",
    "the rules of Prometheus are valid and pass their tests",
    when=metrics_endpoint,
    reads=Reads.DEPLOYMENT,
)
def rules(harness: Harness) -> str:
    """Promtool accepts the configuration and the rules, and their unit tests pass."""
    promtool, root = find_tool("promtool"), harness.project.root
    config = monitoring.folder(root) / "prometheus.yaml"
    files = monitoring.rule_files(root)
    tests = monitoring.test_files(root)
    commands: tuple[tuple[str | Path, ...], ...] = (
        ("check", "config", "--lint-fatal", config),
        ("test", "rules", *tests),
    )
    for arguments in commands:
        done = harness.command(promtool, *arguments, seconds=_SECONDS)
        if done.exit_code != 0:
            raise Failed(f"promtool {arguments[0]} {arguments[1]}:\n{done.output}", "make rules")
    loaded = {(config.parent / pattern).resolve() for pattern in read_yaml(config)["rule_files"]}
    if missed := [path.name for path in files if not any(path.match(str(each)) for each in loaded)]:
        raise Failed(f"{config.relative_to(root)} does not load {', '.join(missed)}")
    return f"{len(files)} rule files, {len(tests)} test files"


@check(
    "alerts",
    "each alert has a severity, a text, a runbook entry, and tests",
    when=metrics_endpoint,
    reads=Reads.DEPLOYMENT,
)
def alerts(harness: Harness) -> str:
    """Whoever gets an alert knows what it means; a test shows when it fires, and when it does not."""
    root = harness.project.root
    declared = monitoring.rules(root)
    all_alerts = [rule for rule in declared if rule.is_alert]
    sections = monitoring.runbook_sections(root)
    for rule in all_alerts:
        _described(rule, sections)
    names = {rule.name for rule in all_alerts}
    if len(names) != len(all_alerts):
        raise Failed("two alerts have the same name, so they share an entry of the runbook")
    if unknown := [each for each in sections if each not in names and " " not in each]:
        raise Failed(f"{monitoring.RUNBOOK} describes unknown alerts: {', '.join(unknown)}")
    tests = [test for path in monitoring.test_files(root) for test in read_yaml(path)["tests"]]
    for name in sorted(names):
        _tested(name, tests)
    _recordings_tested({rule.name for rule in declared if not rule.is_alert}, tests)
    _same_in_cluster(root)
    return f"{len(names)} alerts"


def _described(rule: monitoring.Rule, sections: list[str]) -> None:
    if rule.labels.get("severity") not in _SEVERITIES:
        raise Failed(f"{rule.place}: the label severity is not one of {', '.join(_SEVERITIES)}")
    if missing := [name for name in _TEXTS if not rule.annotations.get(name, "").strip()]:
        raise Failed(f"{rule.place}: no {', '.join(missing)}")
    if rule.name not in sections:
        raise Failed(f"{rule.place}: {monitoring.RUNBOOK} has no heading ## {rule.name}")
    wanted = f"/{monitoring.RUNBOOK}#{rule.name.lower()}"
    if not rule.annotations["runbook_url"].endswith(wanted):
        raise Failed(f"{rule.place}: runbook_url does not end with {wanted}")


def _tested(name: str, tests: list[Mapping[str, Any]]) -> None:
    cases = [case for test in tests for case in test.get("alert_rule_test", ()) if case["alertname"] == name]
    if not any(case["exp_alerts"] for case in cases):
        raise Failed(f"no unit test shows that {name} fires")
    if all(case["exp_alerts"] for case in cases):
        raise Failed(f"no unit test shows when {name} does not fire")


def _recordings_tested(names: set[str], tests: list[Mapping[str, Any]]) -> None:
    tested = {
        selector.metric
        for test in tests
        for case in test.get("promql_expr_test", ())
        for selector in parse(case["expr"], f"the unit test {test['name']!r}").selectors
    }
    if untested := sorted(names - tested):
        raise Failed(f"no unit test evaluates {', '.join(untested)}")


def _same_in_cluster(root: Path) -> None:
    """If a manifest has the rules, too, then they must be the same."""
    wanted = _by_name(group for path in monitoring.rule_files(root) for group in read_yaml(path)["groups"])
    for path in sorted((root / "deployments" / "kubernetes").rglob("*.yaml")):
        if "\nkind: PrometheusRule\n" not in f"\n{path.read_text(encoding='utf-8')}":
            continue
        if _by_name(read_yaml(path)["spec"]["groups"]) != wanted:
            raise Failed(
                f"{path.relative_to(root)} has other rules than {monitoring.folder(root).relative_to(root)}/rules",
                "make the groups of rules equal",
            )


def _by_name(groups: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {group["name"]: group for group in groups}
