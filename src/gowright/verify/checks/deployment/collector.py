"""The configuration of the OpenTelemetry Collector."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gowright.model.project import Project
from gowright.system.yaml_files import read_yaml
from gowright.verify.backends.tracing import collector
from gowright.verify.check import Reads, check
from gowright.verify.harness.harness import Harness
from gowright.verify.outcomes import Failed, Skipped, fail_on


def _collected(project: Project) -> bool:
    """Applies if a collector receives the spans."""
    return any(facts.collector for facts in project.facts.values())


@check(
    "collector",
    "the OpenTelemetry Collector accepts its configuration",
    when=_collected,
    reads=Reads.DEPLOYMENT,
    optional=True,
)
def configuration(harness: Harness) -> str:
    """Its parts exist, and `otelcol validate` finds nothing. The program can be a later version than the image."""
    file = collector.configuration(harness.project.root)
    fail_on(_undeclared(read_yaml(file)))
    program = collector.find()
    if program is None:
        raise Skipped(f"no OpenTelemetry Collector is on PATH: {collector.INSTALL}")
    done = harness.command(program, "validate", f"--config={file}", seconds=60)
    if done.exit_code != 0:
        raise Failed(done.output.strip())
    return file.relative_to(harness.project.root).as_posix()


def _undeclared(config: Mapping[str, Any]) -> Iterator[str]:
    """The components that the pipelines name, and that the file doesn't declare."""
    service = config["service"]
    for name in service.get("extensions", ()):
        if name not in config.get("extensions", {}):
            yield f"there is no extension {name}"
    for pipeline, parts in service["pipelines"].items():
        for kind in ("receivers", "processors", "exporters"):
            for name in parts.get(kind, ()):
                if name not in config.get(kind, {}):
                    yield f"the pipeline {pipeline} names {name}, which is not among the {kind}"
