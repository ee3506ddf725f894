"""The configuration of the OpenTelemetry Collector."""

from __future__ import annotations

from gowright.model.project import Project
from gowright.verify.backends.tracing import collector
from gowright.verify.check import Reads, check
from gowright.verify.harness.harness import Harness
from gowright.verify.outcomes import Failed, Skipped


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
    """`otelcol validate` finds nothing. The distribution on PATH can be a later one than the image."""
    program = collector.find()
    if program is None:
        raise Skipped(f"no OpenTelemetry Collector is on PATH: {collector.INSTALL}")
    file = collector.configuration(harness.project.root)
    done = harness.command(program, "validate", f"--config={file}", seconds=60)
    if done.exit_code != 0:
        raise Failed(done.output.strip())
    return file.relative_to(harness.project.root).as_posix()
