"""The scripts that compare a change with its base, and that copy an image."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from gowright.model.versions import go_tools
from gowright.system.git import git
from tests.conftest import USER_ENVIRONMENT, Render
from tests.helpers import ROOT, build_tree

SCRIPTS = ROOT / "template" / "scripts"
IDENTITY = ("-c", "user.name=Ann", "-c", "user.email=ann@example.com")


def run(
    script: str, *arguments: str | Path, cwd: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    command = [str(SCRIPTS / script), *map(str, arguments)]
    env = os.environ | {"PATH": USER_ENVIRONMENT["PATH"]} | environment
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)


def commit(repository: Path) -> None:
    git(["add", "--all"], cwd=repository)
    git([*IDENTITY, "commit", "--quiet", "--allow-empty", "--message=Change"], cwd=repository)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a commit on main and a branch that is checked out."""
    path = tmp_path / "repository"
    path.mkdir()
    git(["init", "--quiet", "--initial-branch=main"], cwd=path)
    commit(path)
    git(["checkout", "--quiet", "-b", "feature"], cwd=path)
    return path


@pytest.fixture
def api(repository: Path, rendered: Render) -> Path:
    """A repository whose main branch has the API of a service."""
    if shutil.which("oasdiff") is None:
        pytest.skip("oasdiff is not on PATH")
    (repository / "api").mkdir()
    shutil.copy(rendered() / "api" / "openapi.yaml", repository / "api")
    git(["checkout", "--quiet", "main"], cwd=repository)
    commit(repository)
    git(["checkout", "--quiet", "-B", "feature"], cwd=repository)
    return repository


def rename_path(repository: Path) -> None:
    spec = repository / "api" / "openapi.yaml"
    text = spec.read_text(encoding="utf-8")
    assert "  /api/v1/me:\n" in text
    spec.write_text(text.replace("  /api/v1/me:\n", "  /api/v1/myself:\n"), encoding="utf-8")


def test_an_unchanged_api_is_compatible(api: Path) -> None:
    assert run("openapi-breaking", "main", "oasdiff", cwd=api).returncode == 0


def test_a_removed_path_breaks_clients(api: Path) -> None:
    rename_path(api)
    done = run("openapi-breaking", "main", "oasdiff", cwd=api)
    assert done.returncode == 1
    assert "GET /api/v1/me api path removed" in done.stdout


def test_a_change_on_main_is_no_change_of_the_branch(api: Path) -> None:
    git(["checkout", "--quiet", "main"], cwd=api)
    text = (api / "api" / "openapi.yaml").read_text(encoding="utf-8")
    extended = text.replace("  /api/v1/me:\n", "  /api/v1/me:\n    parameters: []\n")
    (api / "api" / "openapi.yaml").write_text(extended, encoding="utf-8")
    rename_path(api)
    commit(api)
    git(["checkout", "--quiet", "feature"], cwd=api)
    assert run("openapi-breaking", "main", "oasdiff", cwd=api).returncode == 0


def test_a_breaking_change_can_be_accepted(api: Path) -> None:
    rename_path(api)
    reported = run("openapi-breaking", "main", "oasdiff", cwd=api).stdout
    lines = [line for line in reported.splitlines() if line.startswith("error")]
    build_tree(api, {"api/breaking-changes.txt": "\n".join(lines) + "\n"})
    assert run("openapi-breaking", "main", "oasdiff", cwd=api).returncode == 0


def test_an_api_that_is_new_breaks_nobody(repository: Path) -> None:
    done = run("openapi-breaking", "main", "false", cwd=build_tree(repository, {"api/openapi.yaml": ""}))
    assert done.returncode == 0
    assert "has no api/openapi.yaml" in done.stdout


@pytest.mark.parametrize("script", ["openapi-breaking", "bench-compare"])
def test_an_unknown_base_is_an_error(script: str, repository: Path) -> None:
    done = run(script, "origin/main", "true", cwd=repository)
    assert done.returncode == 2
    assert "no common history with origin/main: fetch it first" in done.stderr


MODULE = {
    "go.mod": "module example.com/fast\n\ngo 1.26\n",
    "a/a.go": "package a\n\nfunc Grow() []byte { return make([]byte, 8) }\n",
    "a/a_test.go": """\
package a

import "testing"

var sink []byte

func BenchmarkGrow(b *testing.B) {
	for b.Loop() {
		sink = Grow()
	}
}
""",
    "plain/plain.go": "package plain\n",
    "plain/plain_test.go": 'package plain\n\nimport "testing"\n\nfunc TestPlain(t *testing.T) {}\n',
}


@pytest.fixture
def module(repository: Path) -> Path:
    """A repository whose main branch has a Go module with a benchmark."""
    git(["checkout", "--quiet", "main"], cwd=repository)
    commit(build_tree(repository, MODULE))
    git(["checkout", "--quiet", "-B", "feature"], cwd=repository)
    return repository


def compare(module: Path) -> subprocess.CompletedProcess[str]:
    benchstat = ("go", "run", go_tools()["benchstat"].package)
    done = run(
        "bench-compare",
        "main",
        *benchstat,
        cwd=module,
        BENCH_ROUNDS="6",
        BENCH_TIME="1000x",
        BENCH_THRESHOLD="300",
    )
    assert len(git(["worktree", "list"], cwd=module).splitlines()) == 1
    return done


@pytest.mark.go
@pytest.mark.slow
@pytest.mark.usefixtures("go_caches")
def test_benchmarks_are_compared_with_the_base(module: Path) -> None:
    done = compare(module)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^Grow-\d+ ", done.stdout, re.M)

    slower = "package a\n\nfunc Grow() []byte { return make([]byte, 1<<16) }\n"
    done = compare(build_tree(module, {"a/a.go": slower}))
    assert done.returncode == 1
    assert re.search(r"^regression: example.com/fast/a Grow-\d+: \+\S+% B/op \(p=", done.stdout, re.M)

    # Something instead of nothing has no percentage.
    build_tree(module, {"a/a.go": "package a\n\nfunc Grow() []byte { return nil }\n"})
    commit(module)
    git(["branch", "--force", "main", "feature"], cwd=module)
    done = compare(build_tree(module, {"a/a.go": MODULE["a/a.go"]}))
    assert done.returncode == 1
    assert re.search(r"^regression: example.com/fast/a Grow-\d+: \? allocs/op \(p=", done.stdout, re.M)


def test_benchmarks_without_a_base_are_not_compared(repository: Path) -> None:
    done = run("bench-compare", "main", "false", cwd=build_tree(repository, MODULE))
    assert done.returncode == 0
    assert "has no benchmarks" in done.stdout


DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("there", "calls"),
    [
        ("", ["resolve", "cp"]),
        ("sha256:" + "f" * 64, ["resolve", "cp"]),
        (DIGEST, ["resolve"]),
    ],
)
def test_an_image_is_copied_once(there: str, calls: list[str], tmp_path: Path) -> None:
    oras = (
        build_tree(
            tmp_path, {"oras": f'#!/bin/sh\necho "$@" >>calls\n[ "$1" != resolve ] || echo "{there}"\n'}
        )
        / "oras"
    )
    oras.chmod(0o755)
    done = run("copy-image", f"ghcr.io/acme/shop@{DIGEST}", "registry.example.com/shop", oras, cwd=tmp_path)
    assert done.returncode == 0
    made = (tmp_path / "calls").read_text(encoding="utf-8").splitlines()
    assert [line.split()[0] for line in made] == calls
    assert made[-1].endswith(" registry.example.com/shop:0123456789abcdef0123")
