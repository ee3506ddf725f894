"""`gowright matrix` with a fake worker."""

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
from tests.conftest import Cli, CommandResult
from tests.helpers import ROOT, SIGNALS, build_tree

BAD = "bare"


def calls(fake: Path) -> list[str]:
    """The variants that a worker was started for."""
    path = fake / "calls"
    return path.read_text().split() if path.exists() else []


def parsed(result: CommandResult) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.out)
    return found


def test_every_variant_is_verified(cli: Cli, fake: Path) -> None:
    result = cli("matrix", "-j", "3", "-o", "json")
    assert (result.code, result.err) == (0, "")
    found = parsed(result)
    assert found["passed"] is True
    assert found["tuples"]["percent"] == 100
    ids = [variant["id"] for variant in found["variants"]]
    assert Counter(calls(fake)) == Counter(ids)
    every = {"passed": len(ids), "complete": len(ids)}
    assert found["counts"] == every | dict.fromkeys(("failed", "unverified", "same", "resumed", "not_run"), 0)
    assert found["checks"] == {"passed": 2 * len(ids), "failed": 0, "skipped": 0}


def test_each_variant_prints_a_line_at_start_and_end(cli: Cli, fake: Path) -> None:
    result = cli("matrix", "--where", "lid=none", "--where", "engine=steam", "-j", "1")
    assert result.code == 0
    assert "  started             bare" in result.out
    assert "  passed  " in result.out
    assert " pairs (" in result.out.splitlines()[-1]


def test_a_failure_prints_the_command_that_repeats_it(cli: Cli, fake: Path) -> None:
    (fake / "bad").write_text(BAD)
    result = cli("matrix", "--strength", "3", "--shard", "1/2", "--junit", "reports/m.xml")
    assert result.code == 1
    (command,) = [line.partition("repeat: ")[2] for line in result.out.splitlines() if "repeat: " in line]
    assert command == f"gowright matrix --strength 3 --variant {BAD} --check build --keep build/matrix"
    suites = ET.parse("reports/m.xml").getroot()
    assert [suite.get("failures") for suite in suites].count("1") == 1
    failure = suites.find(".//failure")
    assert failure is not None
    assert f"fix: {command}" in str(failure.text)
    assert "/gone" not in str(failure.text)
    (fake / "calls").unlink()
    assert cli(*command.split()[1:]).code == 1
    assert calls(fake) == [BAD]
    assert (Path("build/matrix") / BAD / "README.md").exists()


def test_skipped_checks_are_reported_with_the_reason(cli: Cli, fake: Path) -> None:
    (fake / "away").write_text("build wet")
    result = cli("matrix", "--where", "lid=none", "--where", "engine=steam", "-o", "json")
    found = parsed(result)
    variants = len(found["variants"])
    assert found["skipped"] == [{"reason": "no server", "checks": 2 * variants, "variants": variants}]
    result = cli("matrix", "--variant", BAD)
    assert "  skipped 2 checks of 1 variant: no server" in result.out


def test_a_variant_whose_checks_were_all_skipped_is_not_verified(cli: Cli, fake: Path) -> None:
    (fake / "away").write_text("build wet")
    result = cli("matrix", "--variant", BAD, "--junit", "m.xml")
    assert result.code == 1
    assert "1 not verified (all checks skipped)" in result.out
    assert ET.parse("m.xml").getroot()[0].get("failures") == "1"


def test_pairs_count_only_if_no_check_was_skipped(cli: Cli, fake: Path) -> None:
    (fake / "away").write_text("wet")
    result = cli("matrix", "-o", "json")
    found = parsed(result)
    assert (result.code, found["passed"], found["tuples"]["covered"], found["counts"]["complete"]) == (
        0,
        True,
        0,
        0,
    )
    assert cli("matrix", "--strict", "-o", "json").code == 1
    result = cli("matrix", "--variant", BAD)
    assert "(0 %); 1 variant with skipped checks not counted" in result.out


def test_optional_checks_may_be_skipped(cli: Cli, fake: Path) -> None:
    (fake / "away").write_text("real-database")
    result = cli("matrix", "--check", "build", "--check", "real-database", "--strict", "-o", "json")
    found = parsed(result)
    assert (result.code, found["counts"]["complete"]) == (0, len(found["variants"]))


@pytest.mark.parametrize("some", [["--check", "wet"], ["--static"]])
def test_pairs_do_not_count_if_checks_are_left_out(cli: Cli, fake: Path, some: list[str]) -> None:
    found = parsed(cli("matrix", *some, "-o", "json"))
    assert (found["passed"], found["tuples"]["covered"], found["checks_left_out"]) == (True, 0, True)
    assert "they count only if all checks run" in cli("matrix", *some, "--variant", BAD).out


def test_retried_checks_are_reported(cli: Cli, fake: Path) -> None:
    (fake / "busy").touch()
    assert parsed(cli("matrix", "--variant", BAD, "-o", "json"))["retried"] == {"build": 1, "wet": 1}
    assert "  retried build of 1 variant: it depends on timing" in cli("matrix", "--variant", BAD).out


def test_an_unwritable_report_is_rejected_before_the_first_variant(cli: Cli, fake: Path) -> None:
    Path("file").touch()
    result = cli("matrix", "--junit", "file/m.xml", "-o", "json")
    assert (result.code, parsed(result)["error"]["code"]) == (3, "cannot-write")
    assert calls(fake) == []


def test_fail_fast_stops_at_the_first_failure(cli: Cli, fake: Path) -> None:
    (fake / "bad").write_text(BAD)
    result = cli("matrix", "--fail-fast", "-j", "1", "-o", "json")
    found = parsed(result)
    assert (result.code, found["counts"]["failed"], found["passed"]) == (1, 1, False)
    assert found["counts"]["not_run"] > 0


def test_a_crashed_worker_is_a_failure(cli: Cli, fake: Path) -> None:
    (fake / "broken").touch()
    found = parsed(cli("matrix", "--variant", "bare", "-o", "json"))
    assert found["variants"][0]["checks"][-1]["detail"] == "no such luck"
    assert not found["passed"]


def test_a_render_error_is_a_failure(cli: Cli, fake: Path, ship: Template) -> None:
    build_tree(ship.root, {"template/bad.jinja": '[% if lid == "none" %][[ nothing ]][% endif %]\n'})
    found = parsed(cli("matrix", "-o", "json"))
    assert {v["checks"][0]["name"] for v in found["variants"] if v["choices"]["lid"] == "none"} == {"render"}
    assert found["counts"]["passed"] > 0


def test_variants_with_equal_go_sources_are_verified_once(cli: Cli, fake: Path, ship: Template) -> None:
    build_tree(ship.root, {"template/go.mod.jinja": "module example.com/[[ lid ]]\n"})
    (fake / "bad").write_text(BAD)
    found = parsed(cli("matrix", "--check", "build", "--check", "vet", "-o", "json", "-j", "3"))
    assert sorted(calls(fake)) == ["bare", "usual"]
    for variant in found["variants"]:
        first = "bare" if variant["choices"]["lid"] == "none" else "usual"
        assert variant["same_as"] == (None if variant["id"] == first else first)
        assert variant["passed"] == (first != BAD)
        assert len(variant["checks"]) == 2
    (fake / "bad").unlink()
    (fake / "away").write_text("build")
    (reason,) = parsed(cli("matrix", "--check", "build", "--check", "vet", "-o", "json"))["skipped"]
    assert (reason["reason"], reason["variants"]) == ("no server", len(found["variants"]))


def test_checks_that_read_more_than_go_run_for_every_variant(cli: Cli, fake: Path, ship: Template) -> None:
    build_tree(ship.root, {"template/go.mod.jinja": "module example.com/toy\n"})
    found = parsed(cli("matrix", "--check", "build", "--check", "wet", "-o", "json"))
    assert len(calls(fake)) == len(found["variants"])
    assert {len(variant["checks"]) for variant in found["variants"]} == {2}


def test_resume_skips_passed_variants(cli: Cli, fake: Path) -> None:
    (fake / "bad").write_text(BAD)
    first = parsed(cli("matrix", "-o", "json"))
    (fake / "bad").unlink()
    (fake / "calls").unlink()
    second = parsed(cli("matrix", "--resume", "-o", "json", "-j", "1"))
    assert second["passed"]
    assert calls(fake) == [BAD]
    assert second["counts"]["resumed"] == len(first["variants"]) - 1
    assert second["checks"]["passed"] == 2 * len(first["variants"])


def test_resume_ignores_results_of_other_options_or_templates(cli: Cli, fake: Path, ship: Template) -> None:
    (fake / "bad").write_text(BAD)
    few = ("--where", "lid=none", "-o", "json", "--keep", "kept")
    total = parsed(cli("matrix", *few))["counts"]["passed"] + 1
    assert Path("kept/.gowright-matrix.json").exists()
    for change in ("--strength=3", "--keep=kept"):
        if change == "--keep=kept":
            build_tree(ship.root, {"template/more.txt": "more\n"})
        assert parsed(cli("matrix", "--resume", *few, change))["counts"]["resumed"] == 0
    assert total > 1


@pytest.mark.parametrize("file", ["thesis.txt", ".copier-answers.yml"])
def test_keep_never_touches_foreign_folders(cli: Cli, fake: Path, file: str) -> None:
    build_tree(Path(), {f"kept/bare/{file}": "color: red"})
    assert cli("matrix", "--keep", "kept").code == 3
    assert Path("kept/bare", file).exists()


def test_resume_repeats_variants_with_skipped_checks(cli: Cli, fake: Path) -> None:
    (fake / "bad").write_text(BAD)
    (fake / "away").write_text("wet")
    cli("matrix", "-o", "json")
    assert parsed(cli("matrix", "--resume", "-o", "json"))["counts"]["resumed"] == 0


def test_resume_ignores_results_of_other_servers(
    cli: Cli, fake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (fake / "bad").write_text(BAD)
    named = [(None, SimpleNamespace(server=SimpleNamespace(variable="SOME_URL")))]
    monkeypatch.setattr("gowright.verify.backends.all_backends", lambda _template: named)
    assert parsed(cli("matrix", "-o", "json"))["counts"]["complete"] > 0
    monkeypatch.setenv("SOME_URL", "there")
    assert parsed(cli("matrix", "--resume", "-o", "json"))["counts"]["resumed"] == 0


def test_list_prints_every_variant(cli: Cli, fake: Path) -> None:
    found = parsed(cli("matrix", "--list", "-o", "json"))
    covered = [words for variant in found["variants"] for words in variant["covers"]]
    assert len(covered) == len(set(covered)) == found["tuples"]["covered"] == found["tuples"]["total"]
    text = cli("matrix", "--list").out
    assert all(variant["id"] in text for variant in found["variants"])
    assert "(100 %)" in text
    assert calls(fake) == []


def test_the_github_matrix_is_one_line_of_valid_arguments(cli: Cli, fake: Path) -> None:
    every = {variant["id"] for variant in parsed(cli("matrix", "--list", "-o", "json"))["variants"]}
    for shards in ([], ["--shards", "2"], ["--shards", "99"]):
        result = cli("matrix", "--output", "github-matrix", *shards)
        assert result.out.count("\n") == 1
        jobs = parsed(result)["include"]
        found = []
        for job in jobs:
            listed = parsed(cli("matrix", *job["arguments"].split(), "--list", "-o", "json"))
            found += [variant["id"] for variant in listed["variants"]]
        assert sorted(found) == sorted(every)


def test_the_seed_is_printed(cli: Cli, fake: Path) -> None:
    result = cli("matrix", "--random", "2", "--seed", "5")
    assert "--random 2 --seed 5" in result.err
    drawn = parsed(cli("matrix", "--random", "2", "--list", "-o", "json"))["selection"]
    again = parsed(cli("matrix", "--random", "2", "--seed", str(drawn["seed"]), "--list", "-o", "json"))
    assert again["selection"] == drawn


USAGE = {
    ("--strength", "4"): "strength",
    ("--where", "lid"): "is not FEATURE=CHOICE",
    ("--where", "lid=open"): "is not a choice",
    ("--variant", "nobody"): "nobody does not exist",
    ("--shard", "3/2"): "is not a shard",
    ("--shard", "a"): "is not a shard",
    ("--jobs", "0"): "jobs",
    ("--seed", "1"): "--seed requires --random",
    ("--shards", "4"): "--shards requires",
    ("--static", "--check", "build"): "cannot be combined",
    ("--output", "xml"): "output",
}


@pytest.mark.parametrize("arguments", USAGE, ids=" ".join)
def test_usage_errors_exit_with_2(cli: Cli, fake: Path, arguments: tuple[str, ...]) -> None:
    result = cli("matrix", *arguments)
    assert (result.code, result.out) == (2, "")
    assert USAGE[arguments] in result.err
    assert "\n  fix: " in result.err
    if "--output" not in arguments:
        assert set(parsed(cli("matrix", *arguments, "-o", "json"))) == {"error"}


def test_an_unknown_check_is_a_usage_error(cli: Cli, ship: Template, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOWRIGHT_TEMPLATE", str(ship.root))
    result = cli("matrix", "--check", "crudd")
    assert result.code == 2
    assert "did you mean crud?" in result.err


#: Runs the command line with the worker that the environment names.
SCRIPT = """
import os, sys
from gowright import verify
from gowright.matrix import jobs
from gowright.matrix.subprocesses import Subprocesses
from gowright.cli.main import main
from tests.matrix.conftest import FAKE_PYTHON, FakeVerification
verify.prepare = lambda _project, *, checks, all_apply: FakeVerification("build", "wet")
Subprocesses.command = (*FAKE_PYTHON, os.environ["WORKER"])
sys.exit(main(sys.argv[1:]))
"""


def start(
    fake: Path, ship: Template, *arguments: str, output: int = subprocess.PIPE
) -> subprocess.Popen[str]:
    environment = {
        "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT))),
        "GOWRIGHT_TEMPLATE": str(ship.root),
        "WORKER": str(fake / "worker.py"),
        "TMPDIR": str(fake),
    }
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, "matrix", "--jobs", "2", *arguments],
        env=os.environ | environment,
        stdout=output,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("number", SIGNALS)
def test_an_interrupt_stops_the_workers_and_reports_what_is_left(
    number: signal.Signals, cli: Cli, fake: Path, ship: Template
) -> None:
    (fake / "slow").touch()
    process = start(fake, ship, "--output", "json", "--junit", "left.xml")
    end = time.monotonic() + 30
    while not (fake / "running").exists() and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(0.3)
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    error = json.loads(out)["error"]
    assert (process.returncode, error["code"]) == (130, "interrupted")
    assert "--resume" in error["fix"]
    assert "not run: bare, usual" in error["why"]
    assert "Traceback" not in err
    suites = ET.parse("left.xml").getroot()
    assert "not run to completion" in {failure.get("message") for failure in suites.iter("failure")}
    commands = subprocess.run(["ps", "-A", "-ww", "-o", "args="], capture_output=True, text=True, check=True)
    assert str(fake) not in commands.stdout
    assert not list(fake.glob("gowright-verify-*"))


def test_a_terminal_shows_a_status_line(fake: Path, ship: Template) -> None:
    controller, terminal = pty.openpty()
    process = start(fake, ship, output=terminal)
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
