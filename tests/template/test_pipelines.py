"""All CI systems do the same, and a developer can do it, too."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gowright.model.project import read_project
from gowright.model.template import Template
from gowright.model.versions import go_tools
from gowright.system.git import git
from gowright.verify.backends.base import Context, Secrets
from gowright.verify.backends.ci import pipelines_of
from gowright.verify.backends.ci.base import Step
from gowright.verify.children import go_toolchain, java
from gowright.verify.children.processes import Processes
from gowright.verify.harness.harness import Harness
from tests.conftest import USER_ENVIRONMENT, Render

pytestmark = pytest.mark.slow

MAVEN = os.environ.get("M2_REPO", str(Path.home() / ".m2" / "repository"))

VARIANTS: dict[str, dict[str, Any]] = {
    "the defaults": {},
    "a cloud without Kubernetes": {"cloud": "aws", "deploy": "none", "database": "mongodb"},
    "Kubernetes in a cloud": {"cloud": "gcp", "deploy": "helm", "database": "postgres-gorm", "cache": "none"},
    "nothing to deploy to": {"cloud": "none", "deploy": "none", "metrics": "none", "hooks": "none"},
    "no servers": {
        "cloud": "azure",
        "database": "memory",
        "cache": "none",
        "auth": "none",
        "tracing": "none",
    },
}

#: The targets that need Docker, a registry, a cluster, or an account, and those that get a database of vulnerabilities from the network.
ELSEWHERE = frozenset("docker-lint image scan sign verify-image copy-image deploy vuln".split())


def systems() -> list[str]:
    feature = next(each for each in Template.head().features() if each.name == "ci")
    return [choice for choice in feature.values if choice != "none"]


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], list[Step]]]:
    """Read the steps of a project."""
    monkeypatch.setenv("M2_REPO", MAVEN)
    with Processes() as processes:

        def read(project: Path) -> list[Step]:
            context = Context(read_project(project), processes, Secrets(), lambda _what: None)
            return list(pipelines_of(context).steps())

        yield read


def table(steps: list[Step]) -> dict[str, Any]:
    """What each phase does: the jobs that verify a change, and the targets of the other phases in their order."""
    jobs: dict[tuple[str, str], tuple[str, ...]] = {}
    for step in steps:
        if step.targets:
            jobs[step.phase, step.job] = (*jobs.get((step.phase, step.job), ()), *step.targets)
    found: dict[str, Any] = {"verify": {run for (phase, _), run in jobs.items() if phase == "verify"}}
    for phase in ("image", "deploy", "scheduled"):
        runs = dict.fromkeys(run for (name, _), run in jobs.items() if name == phase)
        found[phase] = [target for run in runs for target in run]
    return found


@pytest.mark.slow
@pytest.mark.parametrize("answers", VARIANTS.values(), ids=VARIANTS)
def test_all_systems_do_the_same(
    answers: dict[str, Any], rendered: Render, steps: Callable[[Path], list[Step]]
) -> None:
    if reason := java.missing():
        pytest.skip(reason)
    tables = {ci: table(steps(rendered(**answers, ci=ci))) for ci in systems()}
    first, *others = tables.values()
    assert all(other == first for other in others), tables
    assert first["image"] == ["image", "sbom", "scan", "sign"]
    assert first["scheduled"] == ["vuln"]
    deploys = answers.get("cloud", "none") != "none" or answers.get("deploy") != "none"
    assert first["deploy"][-1:] == (["deploy"] if deploys else [])


def test_a_pipeline_verifies_what_the_variant_has(
    rendered: Render, steps: Callable[[Path], list[Step]]
) -> None:
    def targets(**answers: Any) -> set[str]:
        return {target for step in steps(rendered(**answers, ci="github")) for target in step.targets}

    assert {"manifests", "rules", "integration"} <= targets()
    assert "copy-image" not in targets()
    assert {"terraform-check", "copy-image"} <= targets(**VARIANTS["a cloud without Kubernetes"])
    assert not {"manifests", "rules", "terraform-check", "deploy"} & targets(
        **VARIANTS["nothing to deploy to"]
    )
    assert "integration" not in targets(**VARIANTS["no servers"])


@pytest.mark.proof
@pytest.mark.usefixtures("go_caches")
def test_a_developer_can_run_what_a_pipeline_runs(
    rendered: Render, steps: Callable[[Path], list[Step]], tmp_path: Path
) -> None:
    project = shutil.copytree(rendered(deploy="none"), tmp_path / "shop")
    git(["init", "--quiet", "--initial-branch=main"], cwd=project)
    git(["add", "--all"], cwd=project)
    identity = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com"]
    git([*identity, "commit", "--quiet", "--message=feat: Start"], cwd=project)
    wanted = dict.fromkeys(target for step in steps(project) for target in step.targets)
    targets = [target for target in wanted if target not in ELSEWHERE]
    assert {"fmt-check", "race", "integration", "bench-compare", "secrets", "rules"} <= set(targets)

    go = go_toolchain.find()
    assert go is not None
    with Processes() as processes:
        harness = Harness(read_project(project), go, processes)
        environment = dict(os.environ) | {"PATH": USER_ENVIRONMENT["PATH"]}
        # One round is not enough to find a regression. It shows that everything runs.
        environment |= {"BASE": "HEAD", "BENCH_ROUNDS": "1", "BENCH_TIME": "1x"}
        for server in harness.backends.servers:
            environment |= server.environment()
        for target in targets:
            done = harness.command("make", target, env=environment)
            assert done.exit_code == 0, f"make {target}:\n{done.output[-3000:]}"
    assert (project / "bin" / "sbom.json").is_file()


@pytest.mark.parametrize("cloud", ["none", "aws", "gcp", "azure"])
def test_actions_are_pinned_to_commits_with_their_version(cloud: str, rendered: Render) -> None:
    files = (rendered(cloud=cloud, ci="github") / ".github").rglob("*.yml")
    used = [line for file in files for line in re.findall(r"^ *(?:- )?uses: (.*)", file.read_text(), re.M)]
    assert len(used) > 20
    pinned = re.compile(r"\./\S+|[\w./-]+@[0-9a-f]{40} # v[0-9.]+")
    assert [each for each in used if not pinned.fullmatch(each)] == []


def test_tools_are_pinned() -> None:
    assert all("@v" in tool.package for tool in go_tools().values())
