"""The observability contract: what dashboards and alerts ask for is what a running service exports."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urlsplit

from gowright.verify.check import Reads, check
from gowright.verify.checks.conditions import metrics_endpoint
from gowright.verify.checks.deployment.dashboards import BUILT_IN
from gowright.verify.children.ports import wait_until
from gowright.verify.harness import exposition, monitoring
from gowright.verify.harness.certificates import write_certificate
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.prometheus import NAMESPACE, Prometheus
from gowright.verify.harness.promql import Selector, label_values, parse
from gowright.verify.harness.running import RunningService
from gowright.verify.harness.tools import find_tool
from gowright.verify.harness.traffic import ENVIRONMENT, Traffic
from gowright.verify.outcomes import Failed, Skipped

#: How often Prometheus must have read the metrics. A rate needs two values, and one more of a new series.
_SCRAPES = 5
_SECONDS = 60.0
_MAX_FAULTS = 10
_SPAN_SECONDS = 10.0
#: A histogram whose exemplars lead to traces.
_WITH_EXEMPLARS = "http_request_duration_seconds_bucket"
#: The labels that Prometheus adds to each series.
_TARGET_LABELS = {"job", "instance", "namespace"}


@check(
    "observability",
    "every panel and every alert finds its metrics in a running service",
    when=metrics_endpoint,
    reads=Reads.OPERATION,
)
def observability(harness: Harness) -> str:
    """The service exports each metric and label that dashboards and rules name, and each panel shows data."""
    with _observed(harness) as running:
        traffic = Traffic(harness, running)
        try:
            program = find_tool("prometheus")
        except Skipped as skipped:
            # Without Prometheus, the names can be compared, but the queries can't be evaluated.
            traffic.round()
            traffic.panic()
            _raise_faults(_unknown_names(harness, running))
            raise Skipped(f"all names exist, but no query was evaluated: {skipped}") from skipped
        address = urlsplit(running.process.admin_url).netloc
        with Prometheus(harness.processes, program, harness.project.root, address) as prometheus:
            _fill(prometheus, traffic)
            return _compare(harness, prometheus)


@contextlib.contextmanager
def _observed(harness: Harness) -> Iterator[RunningService]:
    """A service that exports everything that it can: with a certificate, a memory limit, and a bug."""
    files = [harness.processes.directory / f"observed.{end}" for end in ("crt", "key")]
    write_certificate(files[0], files[1])
    env = harness.environment_of_new_clients() | ENVIRONMENT
    env |= {"TLS_CERT_FILE": str(files[0]), "TLS_KEY_FILE": str(files[1]), "GOMEMLIMIT": "512MiB"}
    cache = harness.backends.cache
    if cache and cache.variable not in env:
        raise Skipped(f"{cache.name} is not available, and the dashboards show its metrics")
    program = harness.poisoned if harness.project.resources else harness.program
    with harness.run_service(env=env, program=program) as running:
        yield running


def _fill(prometheus: Prometheus, traffic: Traffic) -> None:
    """Send requests until Prometheus has read the metrics often enough."""
    deadline = time.monotonic() + _SECONDS
    scrapes = 0.0
    traffic.exceed_limit()
    while scrapes < _SCRAPES:
        traffic.round()
        traffic.panic()
        scrapes = max((each.points[0][1] for each in prometheus.query("count_over_time(up[5m])")), default=0)
        if time.monotonic() > deadline:
            raise Failed(f"Prometheus read the metrics {scrapes:.0f} times within {_SECONDS:.0f} s")
        time.sleep(0.5)
    if not wait_until(lambda: all(each["health"] == "ok" for each in prometheus.rules()), 10, 0.2):
        faults = [
            f"{each['name']}: {each['lastError']}" for each in prometheus.rules() if each["health"] != "ok"
        ]
        raise Failed(f"Prometheus cannot evaluate {'; '.join(faults)}")


def _compare(harness: Harness, prometheus: Prometheus) -> str:
    root = harness.project.root
    rules, dashboards = monitoring.rules(root), monitoring.dashboards(root)
    values = _values(harness)
    faults = [fault for rule in rules for fault in _rule_faults(rule, prometheus)]
    queries = [query for dashboard in dashboards for query in dashboard.queries]
    for query in queries:
        faults += _panel_faults(query, prometheus, values)
    for dashboard in dashboards:
        for name, text in dashboard.variables.items():
            if text:
                place = f"{dashboard.path.name}, variable {name}"
                selector, label = label_values(monitoring.interpolated(text, values), place)
                faults += _selector_faults(selector, {label}, place, prometheus)
    _raise_faults(faults)
    if harness.backends.tracing:
        _exemplars(harness, prometheus)
    return f"{len(queries)} queries and {len(rules)} rules"


def _rule_faults(rule: monitoring.Rule, prometheus: Prometheus) -> Iterator[str]:
    expression = parse(rule.expression, rule.place)
    for selector in expression.selectors:
        yield from _selector_faults(selector, expression.grouping, rule.place, prometheus)
    if not rule.is_alert and not prometheus.labels(rule.name):
        yield f"{rule.place}: the rule records nothing"


def _panel_faults(
    query: monitoring.Query, prometheus: Prometheus, values: Mapping[str, str]
) -> Iterator[str]:
    text = monitoring.interpolated(query.expression, values)
    expression = parse(text, query.place)
    faults = [
        fault
        for selector in expression.selectors
        for fault in _selector_faults(selector, expression.grouping, query.place, prometheus)
    ]
    yield from faults
    found = prometheus.query(text)
    if not faults and not any(not math.isnan(each.points[0][1]) for each in found):
        yield f"{query.place}: no data: {text}"
    for each in found:
        if missing := query.legend_labels - each.labels.keys():
            yield f"{query.place}: the legend {query.legend!r} names {', '.join(missing)}, which the result lacks"
            return


def _selector_faults(
    selector: Selector, labels: Iterable[str], place: str, prometheus: Prometheus
) -> Iterator[str]:
    """What a selector names and Prometheus doesn't have."""
    every = prometheus.labels(selector.metric)
    if not every:
        yield f"{place}: there is no metric {selector.metric}"
        return
    known = frozenset[str]().union(*every)
    if unknown := sorted((selector.labels | set(labels)) - known):
        yield f"{place}: {selector.metric} has no label {', '.join(unknown)}; it has {', '.join(sorted(known - {'__name__'}))}"
    elif not prometheus.labels(selector.text):
        yield f"{place}: nothing matches {selector.text}"


def _exemplars(harness: Harness, prometheus: Prometheus) -> None:
    """A histogram leads to a trace that exists."""
    found = [each["trace_id"] for each in prometheus.exemplars(_WITH_EXEMPLARS) if "trace_id" in each]
    if not found:
        raise Failed(f"{_WITH_EXEMPLARS} has no exemplars")
    if not harness.tracing.wait(found[-1], "server", _SPAN_SECONDS):
        raise Failed(f"{_WITH_EXEMPLARS} has an exemplar of the trace {found[-1]}, which does not exist")


def _unknown_names(harness: Harness, running: RunningService) -> Iterator[str]:
    """The metrics and labels that no response of /metrics contains."""
    known: dict[str, set[str]] = {}
    for sample in exposition.samples(running.admin.call("GET", "/metrics", 200).text):
        known.setdefault(sample.name, set(_TARGET_LABELS)).update(sample.labels)
    known["up"] = set(_TARGET_LABELS)
    root, values = harness.project.root, _values(harness)
    rules = monitoring.rules(root)
    recorded = {rule.name for rule in rules if not rule.is_alert}
    texts = [(rule.place, rule.expression) for rule in rules]
    texts += [
        (query.place, monitoring.interpolated(query.expression, values))
        for dashboard in monitoring.dashboards(root)
        for query in dashboard.queries
    ]
    for place, text in texts:
        expression = parse(text, place)
        for selector in expression.selectors:
            if selector.metric in recorded:
                continue
            if selector.metric not in known:
                yield f"{place}: there is no metric {selector.metric}"
            elif unknown := sorted((selector.labels | expression.grouping) - known[selector.metric]):
                yield f"{place}: {selector.metric} has no label {', '.join(unknown)}"


def _values(harness: Harness) -> dict[str, str]:
    """The values of the variables of dashboards: everything of this service."""
    return BUILT_IN | {
        "job": harness.project.name,
        "namespace": NAMESPACE,
        "instance": ".*",
        "route": ".*",
        "__rate_interval": "20s",
        "__range": "5m",
    }


def _raise_faults(faults: Iterable[str]) -> None:
    found = list(dict.fromkeys(faults))
    if found:
        more = f"\nand {len(found) - _MAX_FAULTS} more" if len(found) > _MAX_FAULTS else ""
        raise Failed("\n".join(found[:_MAX_FAULTS]) + more)
