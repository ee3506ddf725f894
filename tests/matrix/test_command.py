"""`gowright matrix`, with proofs that cost nothing."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from gowright.model.template import Template
from tests.conftest import Cli, Said
from tests.helpers import ROOT, build_tree

BAD = "bare"


def calls(proofs: Path) -> list[str]:
    """The variants that a worker was started for."""
    path = proofs / "calls"
    return path.read_text().split() if path.exists() else []


def document(said: Said) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(said.out)
    return found


def test_every_variant_is_proved(cli: Cli, proofs: Path) -> None:
    said = cli("matrix", "-j", "3", "-o", "json")
    assert (said.code, said.err) == (0, "")
    found = document(said)
    assert found["passed"] is True
    assert found["tuples"]["percent"] == 100
    ids = [variant["id"] for variant in found["variants"]]
    assert Counter(calls(proofs)) == Counter(ids)
    every = {"passed": len(ids), "whole": len(ids)}
    assert found["counts"] == every | dict.fromkeys(("failed", "unproved", "same", "resumed", "left"), 0)
    assert found["checks"] == {"passed": 2 * len(ids), "failed": 0, "skipped": 0}


def test_a_line_tells_that_a_variant_starts_and_ends(cli: Cli, proofs: Path) -> None:
    said = cli("matrix", "--where", "lid=none", "--where", "engine=steam", "-j", "1")
    assert said.code == 0
    assert "  started             bare" in said.out
    assert "  passed  " in said.out
    assert " pairs (" in said.out.splitlines()[-1]


def test_a_failure_comes_with_the_command_that_repeats_it(cli: Cli, proofs: Path) -> None:
    (proofs / "bad").write_text(BAD)
    said = cli("matrix", "--strength", "3", "--shard", "1/2", "--junit", "reports/m.xml")
    assert said.code == 1
    (again,) = [line.partition("again: ")[2] for line in said.out.splitlines() if "again: " in line]
    assert again == f"gowright matrix --strength 3 --variant {BAD} --check build --keep build/matrix"
    suites = ET.parse("reports/m.xml").getroot()
    assert [suite.get("failures") for suite in suites].count("1") == 1
    failure = suites.find(".//failure")
    assert failure is not None
    assert f"fix: {again}" in str(failure.text)
    assert "/gone" not in str(failure.text)
    (proofs / "calls").unlink()
    assert cli(*again.split()[1:]).code == 1
    assert calls(proofs) == [BAD]
    assert (Path("build/matrix") / BAD / "README.md").exists()


def test_what_is_skipped_is_told_with_the_reason(cli: Cli, proofs: Path) -> None:
    (proofs / "away").write_text("build wet")
    said = cli("matrix", "--where", "lid=none", "--where", "engine=steam", "-o", "json")
    found = document(said)
    variants = len(found["variants"])
    assert found["skipped"] == [{"reason": "no server", "checks": 2 * variants, "variants": variants}]
    said = cli("matrix", "--variant", BAD)
    assert "  skipped 2 checks of 1 variant: no server" in said.out


def test_where_every_check_was_skipped_nothing_is_proved(cli: Cli, proofs: Path) -> None:
    (proofs / "away").write_text("build wet")
    said = cli("matrix", "--variant", BAD, "--junit", "m.xml")
    assert said.code == 1
    assert "1 not proved: every check was skipped" in said.out
    assert ET.parse("m.xml").getroot()[0].get("failures") == "1"


def test_pairs_count_only_where_no_check_was_skipped(cli: Cli, proofs: Path) -> None:
    (proofs / "away").write_text("wet")
    said = cli("matrix", "-o", "json")
    found = document(said)
    assert (said.code, found["passed"], found["tuples"]["covered"], found["counts"]["whole"]) == (
        0,
        True,
        0,
        0,
    )
    assert cli("matrix", "--strict", "-o", "json").code == 1
    said = cli("matrix", "--variant", BAD)
    assert "(0 %), without 1 variant of which checks were skipped" in said.out


def test_a_check_that_asks_for_more_than_there_can_be_may_be_skipped(cli: Cli, proofs: Path) -> None:
    (proofs / "away").write_text("real-database")
    said = cli("matrix", "--check", "build", "--check", "real-database", "--strict", "-o", "json")
    found = document(said)
    assert (said.code, found["counts"]["whole"]) == (0, len(found["variants"]))


@pytest.mark.parametrize("some", [["--check", "wet"], ["--static"]])
def test_pairs_do_not_count_where_checks_are_left_out(cli: Cli, proofs: Path, some: list[str]) -> None:
    found = document(cli("matrix", *some, "-o", "json"))
    assert (found["passed"], found["tuples"]["covered"], found["checks_left_out"]) == (True, 0, True)
    assert "none is proved where checks are left out" in cli("matrix", *some, "--variant", BAD).out


def test_what_was_made_twice_is_told(cli: Cli, proofs: Path) -> None:
    (proofs / "busy").touch()
    assert document(cli("matrix", "--variant", BAD, "-o", "json"))["retried"] == {"build": 1, "wet": 1}
    assert "  retried build of 1 variant: it watches the clock" in cli("matrix", "--variant", BAD).out


def test_a_report_that_cannot_be_written_is_refused_before_the_first_proof(cli: Cli, proofs: Path) -> None:
    Path("file").touch()
    said = cli("matrix", "--junit", "file/m.xml", "-o", "json")
    assert (said.code, document(said)["error"]["code"]) == (3, "cannot-write")
    assert calls(proofs) == []


def test_the_first_failure_ends_the_run(cli: Cli, proofs: Path) -> None:
    (proofs / "bad").write_text(BAD)
    said = cli("matrix", "--fail-fast", "-j", "1", "-o", "json")
    found = document(said)
    assert (said.code, found["counts"]["failed"], found["passed"]) == (1, 1, False)
    assert found["counts"]["left"] > 0


def test_a_worker_that_breaks_is_a_failure(cli: Cli, proofs: Path) -> None:
    (proofs / "broken").touch()
    found = document(cli("matrix", "--variant", "bare", "-o", "json"))
    assert found["variants"][0]["checks"][-1]["detail"] == "no such luck"
    assert not found["passed"]


def test_a_variant_that_cannot_be_rendered_is_a_failure(cli: Cli, proofs: Path, ship: Template) -> None:
    build_tree(ship.root, {"template/bad.jinja": '[% if lid == "none" %][[ nothing ]][% endif %]\n'})
    found = document(cli("matrix", "-o", "json"))
    assert {v["checks"][0]["name"] for v in found["variants"] if v["choices"]["lid"] == "none"} == {"render"}
    assert found["counts"]["passed"] > 0


def test_what_go_sees_as_the_same_is_proved_once(cli: Cli, proofs: Path, ship: Template) -> None:
    build_tree(ship.root, {"template/go.mod.jinja": "module example.com/[[ lid ]]\n"})
    (proofs / "bad").write_text(BAD)
    found = document(cli("matrix", "--check", "build", "--check", "vet", "-o", "json", "-j", "3"))
    assert sorted(calls(proofs)) == ["bare", "usual"]
    for variant in found["variants"]:
        first = "bare" if variant["choices"]["lid"] == "none" else "usual"
        assert variant["same_as"] == (None if variant["id"] == first else first)
        assert variant["passed"] == (first != BAD)
        assert len(variant["checks"]) == 2
    (proofs / "bad").unlink()
    (proofs / "away").write_text("build")
    (reason,) = document(cli("matrix", "--check", "build", "--check", "vet", "-o", "json"))["skipped"]
    assert (reason["reason"], reason["variants"]) == ("no server", len(found["variants"]))


def test_what_rests_on_more_than_go_is_proved_of_each(cli: Cli, proofs: Path, ship: Template) -> None:
    build_tree(ship.root, {"template/go.mod.jinja": "module example.com/toy\n"})
    found = document(cli("matrix", "--check", "build", "--check", "wet", "-o", "json"))
    assert len(calls(proofs)) == len(found["variants"])
    assert {len(variant["checks"]) for variant in found["variants"]} == {2}


def test_a_run_is_resumed(cli: Cli, proofs: Path) -> None:
    (proofs / "bad").write_text(BAD)
    first = document(cli("matrix", "-o", "json"))
    (proofs / "bad").unlink()
    (proofs / "calls").unlink()
    second = document(cli("matrix", "--resume", "-o", "json", "-j", "1"))
    assert second["passed"]
    assert calls(proofs) == [BAD]
    assert second["counts"]["resumed"] == len(first["variants"]) - 1
    assert second["checks"]["passed"] == 2 * len(first["variants"])


def test_other_options_or_another_template_start_anew(cli: Cli, proofs: Path, ship: Template) -> None:
    (proofs / "bad").write_text(BAD)
    total = document(cli("matrix", "-o", "json", "--keep", "kept"))["counts"]["passed"] + 1
    assert Path("kept/.gowright-matrix.json").exists()
    for change in ("--strength=3", "--keep=kept"):
        if change == "--keep=kept":
            build_tree(ship.root, {"template/more.txt": "more\n"})
        assert (
            document(cli("matrix", "--resume", "--keep", "kept", change, "-o", "json"))["counts"]["resumed"]
            == 0
        )
    assert total > 1


@pytest.mark.parametrize("file", ["thesis.txt", ".copier-answers.yml"])
def test_a_folder_that_holds_something_else_is_not_touched(cli: Cli, proofs: Path, file: str) -> None:
    build_tree(Path(), {f"kept/bare/{file}": "color: red"})
    assert cli("matrix", "--keep", "kept").code == 3
    assert Path("kept/bare", file).exists()


def test_what_is_skipped_is_not_remembered_as_proved(cli: Cli, proofs: Path) -> None:
    (proofs / "bad").write_text(BAD)
    (proofs / "away").write_text("wet")
    cli("matrix", "-o", "json")
    assert document(cli("matrix", "--resume", "-o", "json"))["counts"]["resumed"] == 0


@pytest.mark.parametrize("variable", ["DATABASE_URL", "MONGO_URL", "REDIS_URL"])
def test_other_servers_start_anew(
    cli: Cli, proofs: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    (proofs / "bad").write_text(BAD)
    named = [(None, SimpleNamespace(server=SimpleNamespace(variable=variable)))]
    monkeypatch.setattr("gowright.verify.backends.all_backends", lambda _template: named)
    assert document(cli("matrix", "-o", "json"))["counts"]["whole"] > 0
    monkeypatch.setenv(variable, "there")
    assert document(cli("matrix", "--resume", "-o", "json"))["counts"]["resumed"] == 0


def test_the_variants_are_listed(cli: Cli, proofs: Path) -> None:
    found = document(cli("matrix", "--list", "-o", "json"))
    covered = [words for variant in found["variants"] for words in variant["covers"]]
    assert len(covered) == len(set(covered)) == found["tuples"]["covered"] == found["tuples"]["total"]
    text = cli("matrix", "--list").out
    assert all(variant["id"] in text for variant in found["variants"])
    assert "(100 %)" in text
    assert calls(proofs) == []


def test_jobs_for_github_are_one_line_and_arguments_of_ours(cli: Cli, proofs: Path) -> None:
    every = {variant["id"] for variant in document(cli("matrix", "--list", "-o", "json"))["variants"]}
    for shards in ([], ["--shards", "2"], ["--shards", "99"]):
        said = cli("matrix", "--output", "github-matrix", *shards)
        assert said.out.count("\n") == 1
        jobs = document(said)["include"]
        found = []
        for job in jobs:
            listed = document(cli("matrix", *job["arguments"].split(), "--list", "-o", "json"))
            found += [variant["id"] for variant in listed["variants"]]
        assert sorted(found) == sorted(every)


def test_the_seed_is_told(cli: Cli, proofs: Path) -> None:
    said = cli("matrix", "--random", "2", "--seed", "5")
    assert "--random 2 --seed 5" in said.err
    drawn = document(cli("matrix", "--random", "2", "--list", "-o", "json"))["selection"]
    again = document(cli("matrix", "--random", "2", "--seed", str(drawn["seed"]), "--list", "-o", "json"))
    assert again["selection"] == drawn


USAGE = {
    ("--strength", "4"): "strength",
    ("--where", "lid"): "is no feature=choice",
    ("--where", "lid=open"): "is not a choice",
    ("--variant", "nobody"): "there is no variant nobody",
    ("--shard", "3/2"): "is no part",
    ("--shard", "a"): "is no part",
    ("--jobs", "0"): "jobs",
    ("--seed", "1"): "--seed goes with --random",
    ("--shards", "4"): "--shards goes with",
    ("--static", "--check", "build"): "exclude each other",
    ("--output", "xml"): "output",
}


@pytest.mark.parametrize("arguments", USAGE, ids=" ".join)
def test_a_mistake_is_exit_code_2(cli: Cli, proofs: Path, arguments: tuple[str, ...]) -> None:
    said = cli("matrix", *arguments)
    assert (said.code, said.out) == (2, "")
    assert USAGE[arguments] in said.err
    assert "\n  fix: " in said.err
    if "--output" not in arguments:
        assert set(document(cli("matrix", *arguments, "-o", "json"))) == {"error"}


def test_a_check_that_there_is_not_is_a_mistake(
    cli: Cli, ship: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOWRIGHT_TEMPLATE", str(ship.root))
    said = cli("matrix", "--check", "crudd")
    assert said.code == 2
    assert "did you mean crud?" in said.err


#: Runs the command line with the worker that the environment names.
SCRIPT = """
import os, sys
from gowright import verify
from gowright.matrix import jobs
from gowright.matrix.subprocesses import Subprocesses
from gowright.cli.main import main
from tests.matrix.conftest import FakeProof
verify.prepare = lambda _project, *, checks, all_apply: FakeProof("build", "wet")
Subprocesses.command = (sys.executable, os.environ["WORKER"])
sys.exit(main(sys.argv[1:]))
"""


def start(
    proofs: Path, ship: Template, *arguments: str, output: int = subprocess.PIPE
) -> subprocess.Popen[str]:
    environment = {
        "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT))),
        "GOWRIGHT_TEMPLATE": str(ship.root),
        "WORKER": str(proofs / "worker.py"),
        "TMPDIR": str(proofs),
    }
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, "matrix", "--jobs", "2", *arguments],
        env=os.environ | environment,
        stdout=output,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_run_ends_its_workers_and_says_what_is_left(
    number: signal.Signals, cli: Cli, proofs: Path, ship: Template
) -> None:
    (proofs / "slow").touch()
    process = start(proofs, ship, "--output", "json", "--junit", "left.xml")
    end = time.monotonic() + 30
    while not (proofs / "running").exists() and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(0.3)
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    error = json.loads(out)["error"]
    assert (process.returncode, error["code"]) == (130, "interrupted")
    assert "--resume" in error["fix"]
    assert "left: bare, usual" in error["why"]
    assert "Traceback" not in err
    suites = ET.parse("left.xml").getroot()
    assert "it was not run to its end" in {failure.get("message") for failure in suites.iter("failure")}
    commands = subprocess.run(["ps", "-A", "-ww", "-o", "args="], capture_output=True, text=True, check=True)
    assert str(proofs) not in commands.stdout
    assert not list(proofs.glob("gowright-verify-*"))


def test_on_a_terminal_it_shows_what_runs(proofs: Path, ship: Template) -> None:
    controller, terminal = pty.openpty()
    process = start(proofs, ship, output=terminal)
    os.close(terminal)
    seen = b""
    while True:
        try:
            seen += os.read(controller, 65536)
        except OSError:  # the other end is closed
            break
    assert process.wait(30) == 0
    os.close(controller)
    assert process.stderr is not None
    process.stderr.close()
    assert b"rendering" in seen
    assert b"variants: " in seen
    assert b"started" not in seen
