"""The check of the collector's configuration."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gowright.model.project import read_project
from gowright.verify.backends.tracing import collector as backend
from gowright.verify.checks.deployment.collector import configuration
from gowright.verify.children.go_toolchain import Go
from gowright.verify.children.processes import Processes
from gowright.verify.harness.harness import Harness
from gowright.verify.outcomes import Failed, Skipped
from tests.conftest import Render

needs_collector = pytest.mark.skipif(backend.find() is None, reason="no OpenTelemetry Collector")


@pytest.fixture
def harness_of() -> Iterator[Callable[[Path], Harness]]:
    with Processes() as processes:
        yield lambda project: Harness(read_project(project), Go(Path("/usr"), (1, 26)), processes)


def test_the_check_applies_only_with_a_collector(rendered: Render) -> None:
    assert configuration.when(read_project(rendered(tracing="zipkin")))
    assert not configuration.when(read_project(rendered()))


def test_without_a_collector_the_check_is_skipped(
    rendered: Render,
    harness_of: Callable[[Path], Harness],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Skipped, match="no OpenTelemetry Collector is on PATH"):
        configuration.run(harness_of(rendered(tracing="zipkin")))


@pytest.mark.parametrize(
    ("there", "instead", "finding"),
    [
        ("exporters: [zipkin]", "exporters: [jaeger]", "names jaeger, which is not among the exporters"),
        ("extensions: [health_check]", "extensions: [health]", "there is no extension health"),
    ],
)
def test_parts_that_do_not_exist_are_found(
    there: str,
    instead: str,
    finding: str,
    rendered: Render,
    harness_of: Callable[[Path], Harness],
    tmp_path: Path,
) -> None:
    project = shutil.copytree(rendered(tracing="zipkin"), tmp_path / "shop")
    file = backend.configuration(project)
    text = file.read_text(encoding="utf-8")
    assert there in text
    file.write_text(text.replace(there, instead), encoding="utf-8")
    with pytest.raises(Failed, match=finding):
        configuration.run(harness_of(project))


@needs_collector
@pytest.mark.parametrize("deploy", ["kubernetes", "helm"])
def test_the_collector_accepts_its_configuration(
    deploy: str, rendered: Render, harness_of: Callable[[Path], Harness]
) -> None:
    project = rendered(tracing="zipkin", deploy=deploy)
    assert (project / configuration.run(harness_of(project))).is_file()


@needs_collector
@pytest.mark.parametrize(
    ("there", "instead", "finding"),
    [
        ("zipkin:\n    endpoint", "zipkin:\n    url", "invalid keys: url"),
        ("memory_limiter:\n", "memory_limit:\n", "memory_limit"),
        ("extensions: [health_check]", "extensions: [health]", 'references extension "health"'),
    ],
)
def test_a_fault_is_found(
    there: str,
    instead: str,
    finding: str,
    rendered: Render,
    harness_of: Callable[[Path], Harness],
    tmp_path: Path,
) -> None:
    project = shutil.copytree(rendered(tracing="zipkin"), tmp_path / "shop")
    file = backend.configuration(project)
    text = file.read_text(encoding="utf-8")
    assert there in text
    file.write_text(text.replace(there, instead), encoding="utf-8")
    with pytest.raises(Failed) as failed:
        configuration.run(harness_of(project))
    assert finding in failed.value.detail
