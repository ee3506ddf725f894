"""All checks, in the order of the modules and of the functions in each module."""

from __future__ import annotations

from gowright.verify.check import Check
from gowright.verify.checks.auth import access, accounts, provider, signin, tokens
from gowright.verify.checks.deployment import (
    cluster,
    collector,
    compose,
    connections,
    containers,
    dashboards,
    datasources,
    deployed_monitoring,
    deployed_settings,
    deployed_start,
    documents,
    hooks,
    manifests,
    observability,
    pipelines,
    rules,
    scripts,
    secret_store,
    selectors,
    terraform,
)
from gowright.verify.checks.http import (
    contract,
    filters,
    invalid,
    lists,
    nested,
    panics,
    patches,
    races,
    resources,
    sorting,
    surface,
)
from gowright.verify.checks.operations import (
    commands,
    flush,
    limits,
    logs,
    outages,
    shutdown,
    startup,
    telemetry,
    tls,
)
from gowright.verify.checks.source import go_analysis, go_tests, go_tools

# The service runs as soon as it is built; the race detector compiles everything again, so the tests run last. The check
# of all logs comes after the checks that cause log lines.
_MODULES = (
    go_tools,
    *(
        startup,
        surface,
        contract,
        resources,
        patches,
        lists,
        sorting,
        filters,
        nested,
        invalid,
        races,
        panics,
    ),
    *(accounts, tokens, access, signin, provider),
    *(limits, telemetry, tls, outages, commands, shutdown, flush, logs),
    *(containers, compose, collector, manifests, selectors, connections),
    *(deployed_settings, deployed_start, deployed_monitoring, cluster),
    *(rules, dashboards, datasources, observability, pipelines),
    *(terraform, secret_store, hooks, scripts, documents),
    go_analysis,
    go_tests,
)

CHECKS = tuple(each for module in _MODULES for each in vars(module).values() if isinstance(each, Check))
