"""The command line, as users and scripts see it."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from gowright import __version__, console
from gowright.cli.options import wants_json
from gowright.model.template import Template
from tests.conftest import Cli, CommandResult, Render
from tests.helpers import HOSTILE, ROOT, SIGNALS, TOY, build_tree, contents, gowright

COMMANDS = ("new", "list", "doctor", "verify", "matrix")


def error_of(result: CommandResult) -> dict[str, str]:
    document: dict[str, dict[str, str]] = json.loads(result.out)
    assert set(document) == {"error"}
    assert set(document["error"]) == {"code", "what", "why", "fix"}
    return document["error"]


def test_version_is_printed(cli: Cli) -> None:
    assert cli("--version") == CommandResult(0, f"gowright {__version__}\n", "")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(cli: Cli, command: str) -> None:
    for flag in ("--help", "-h"):
        result = cli(command, flag)
        assert result.code == 0
        assert "Usage: gowright" in result.out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_readme(command: str) -> None:
    assert f"gowright {command}" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_help_has_a_flag_for_every_feature(cli: Cli) -> None:
    help = cli("new", "--help").out
    for feature in Template.head().features():
        assert feature.flag in help
        assert ", ".join(feature.values) in help


def test_without_arguments_help_is_shown(cli: Cli) -> None:
    result = cli()
    assert result.code == 2
    assert "Commands" in result.out


def test_new_prints_progress_to_stderr_and_the_result_to_stdout(cli: Cli) -> None:
    result = cli("new", "shop", "--resource", "order customer:string:required")
    assert result.code == 0
    assert "create  internal/" in result.err
    assert "hint    the module path is example.com/shop" in result.err
    assert result.out.split("\n")[1].startswith("shop is ready: ")
    assert "  cd shop\n  go run ./cmd/server\n" in result.out
    assert (Path("shop") / "internal/models/order.go").exists()


def test_new_prints_json(cli: Cli) -> None:
    result = cli("new", "shop", "--preset", "minimal", "--output", "json")
    assert result.err == ""
    document = json.loads(result.out)
    assert document["path"] == str(Path("shop").absolute())
    assert document["release"] == __version__
    assert (document["written"], document["committed"]) == (True, True)
    assert document["next"] == ["cd shop", "go run ./cmd/server"]
    assert document["files"] == sorted(contents(Path("shop")))
    assert document["answers"]["database"] == "memory"


def test_a_dry_run_lists_every_file(cli: Cli, rendered: Render) -> None:
    result = cli("new", "shop", "--dry-run")
    assert result.code == 0
    listed = re.findall(r"^would create  (.+)$", result.out, re.M)
    assert listed == sorted(contents(rendered()))
    assert "nothing was written" in result.err
    assert not Path("shop").exists()


def test_directory_option_changes_the_folder(
    cli: Cli, toy: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOWRIGHT_TEMPLATE", str(toy.root))
    (tmp_path / "elsewhere").mkdir()
    assert cli("new", "shop", "--dry-run", "-o", "json", "-C", str(tmp_path / "elsewhere")).code == 0
    assert Path.cwd() == tmp_path / "elsewhere"
    assert cli("doctor", "-C", "missing").code == 2
    (tmp_path / "elsewhere").rmdir()
    assert "the current folder does not exist" in cli("new", "shop").err


USAGE = {
    ("new",): "missing argument 'path'",
    ("new", "x", "--databse", "memory"): "no such option",
    ("new", "x", "--database"): "requires an argument",
    ("new", "x", "--resource"): "requires an argument",
    ("new", "x", "y"): "unexpected extra argument",
    ("new", "x", "--output", "xml"): "invalid value",
    ("new", "x", "--database", "pg"): "is not a choice",
    ("new", "x", "--preset", "ful"): "is not a preset",
    ("new", "x", "--answers", "missing.yml"): "cannot read answers",
    ("new", "x", "--project-name", "X"): "is not a project name",
    ("new", "x", "--resource", "order"): "has no fields",
    ("nwe",): "no such command",
    ("list",): "missing argument 'what'. choose from: features, presets, releases\n",
    ("list", "fetures"): "invalid value for 'what': 'fetures' is not one of",
    ("--nonsense",): "no such option",
}


@pytest.mark.parametrize("arguments", USAGE, ids=" ".join)
def test_usage_errors_exit_with_2_and_print_a_fix(cli: Cli, arguments: tuple[str, ...]) -> None:
    result = cli(*arguments)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("error: ")
    assert USAGE[arguments] in result.err.lower()
    assert "\n  fix: " in result.err
    assert "Traceback" not in result.err
    assert not list(Path().iterdir())


@pytest.mark.parametrize(
    "arguments", [a for a in USAGE if a[-1] not in ("xml", "--database", "--resource")], ids=" ".join
)
@pytest.mark.parametrize("json_flag", [("--output", "json"), ("--output=json",), ("-o", "json"), ("-ojson",)])
def test_usage_errors_are_one_json_document(
    cli: Cli, arguments: tuple[str, ...], json_flag: Sequence[str]
) -> None:
    result = cli(*arguments, *json_flag)
    assert result.code == 2
    error = error_of(result)
    assert error["code"]
    assert error["fix"]


@pytest.mark.parametrize(
    ("arguments", "json"),
    [
        (["new", "x", "-no", "json"], True),
        (["new", "x", "-nojson"], True),
        (["verify", "-ko=json"], True),
        (["new", "x", "--no", "json"], False),
        (["new", "json", "-n"], False),
    ],
)
def test_json_is_recognized_among_combined_short_flags(arguments: list[str], json: bool) -> None:
    assert wants_json(arguments) is json


def test_usage_errors_name_the_help_of_the_command(cli: Cli) -> None:
    assert "fix: gowright new --help" in cli("new", "x", "--resource").err


def test_unquoted_resources_get_a_hint(cli: Cli) -> None:
    result = cli("new", "x", "--resource", "order", "customer:string")
    assert 'quote the whole resource: --resource "order customer:string"' in result.err


def test_an_existing_path_exits_with_3(cli: Cli) -> None:
    build_tree(Path(), {"shop/x": ""})
    result = cli("new", "shop", "-o", "json")
    assert result.code == 3
    assert error_of(result)["code"] == "path-exists"
    assert list(contents(Path())) == ["shop/x"]


def test_unexpected_errors_print_no_traceback(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Template, "render", lambda *_: 1 / 0)
    result = cli("new", "shop", "-o", "json")
    assert result.code == 3
    assert "ZeroDivisionError" in error_of(result)["why"]
    assert "Traceback" not in result.err
    assert not Path("shop").exists()
    monkeypatch.setenv("GOWRIGHT_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        cli("new", "shop")


def test_an_interrupt_exits_with_130(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Template, "render", interrupted)
    result = cli("new", "shop", "-o", "json")
    assert result.code == 130
    assert error_of(result)["code"] == "interrupted"
    assert not list(Path().iterdir())


#: Valid project names that look hostile. Each renders the whole template, which is slow.
HARMLESS = {("--project-name", value) for value in ("con", "func", "package", "yes", "no", "null")}


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        pytest.param(flag, value, marks=[pytest.mark.slow] if (flag, value) in HARMLESS else [])
        for flag in ("--project-name", "--module-path", "--database", "--preset", "--resource", "--answers")
        for value in HOSTILE
    ],
    ids=lambda value: ascii(value)[:20],
)
def test_hostile_answers_print_one_error_or_make_a_project(cli: Cli, flag: str, value: str) -> None:
    result = cli("new", "shop", "--dry-run", f"{flag}={value}")
    if (flag, value) in HARMLESS:
        assert result.code == 0
        return
    assert result.code == 2
    assert "Traceback" not in result.err
    lines = result.err.splitlines()
    assert [line[:7] for line in lines] in (["error: ", "  why: ", "  fix: "], ["error: ", "  fix: "])
    assert all(len(line) < 400 for line in lines)
    assert "\x1b" not in result.err


def test_list_prints_features_presets_and_releases(cli: Cli) -> None:
    features = json.loads(cli("list", "features", "-o", "json").out)["features"]
    assert [feature["name"] for feature in features] == [
        feature.name for feature in Template.head().features()
    ]
    assert set(features[0]) == {"name", "flag", "help", "default", "choices"}
    presets = json.loads(cli("list", "presets", "-o", "json").out)["presets"]
    assert [preset["name"] for preset in presets] == ["minimal", "standard", "full"]
    releases = json.loads(cli("list", "releases", "-o", "json").out)["releases"]
    assert releases[-1]["release"] == __version__
    for what, word in (("features", "http_framework"), ("presets", "minimal"), ("releases", __version__)):
        assert word in cli("list", what).out


def test_doctor_reports_the_tools(cli: Cli) -> None:
    result = cli("doctor", "-o", "json")
    document = json.loads(result.out)
    assert result.code == (0 if document["healthy"] else 1)
    assert {"git", "go", "postgresql", "redis", "disk"} <= {check["name"] for check in document["checks"]}
    assert "git" in cli("doctor").out


def test_verify_needs_a_project(cli: Cli) -> None:
    result = cli("verify", "-o", "json")
    assert result.code == 3
    assert error_of(result)["code"] == "not-a-project"


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    """A template that never finishes rendering."""
    loop = "[% for i in range(99999) %][% for j in range(99999) %][% endfor %][% endfor %]\n"
    return build_tree(tmp_path / "endless", TOY | {"template/zzz.jinja": loop})


def wait_for(condition: Any, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_leaves_no_files(endless: Path, tmp_path: Path, number: signal.Signals) -> None:
    work = tmp_path / "work"
    work.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "gowright", "new", "a/shop", "-o", "json"],
        cwd=work,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src"), "GOWRIGHT_TEMPLATE": str(endless)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_for(lambda: list(work.iterdir()))
        time.sleep(0.5)
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 130
    assert json.loads(out)["error"]["code"] == "interrupted"
    assert "Traceback" not in err
    assert not list(work.iterdir())


def test_a_full_disk_leaves_no_files(tmp_path: Path) -> None:
    toy = build_tree(tmp_path / "toy", TOY | {"template/zzz": "x" * 100_000})
    script = (
        "mount -t tmpfs -o size=64k none work || exit 77; "
        f"{sys.executable} -m gowright new work/shop -o json; code=$?; ls -A work >&2; exit $code"
    )
    (tmp_path / "work").mkdir()
    done = subprocess.run(
        [shutil.which("unshare") or "true", "--mount", "sh", "-c", script],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src"), "GOWRIGHT_TEMPLATE": str(toy)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 77 or "unshare" in done.stderr or not done.stdout:
        pytest.skip("may not mount")
    assert done.returncode == 3
    assert json.loads(done.stdout)["error"]["why"] == "no space left on device"
    assert "shop" not in done.stderr.replace("work/shop", "")


def test_a_closed_pipe_prints_no_traceback(tmp_path: Path) -> None:
    command = f"{sys.executable} -m gowright list features -o json | true"
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr


def shell(command: str, toy: Template, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    # Of a user's environment: a variable such as PYTHONUNBUFFERED would change how streams are flushed.
    python = {"PYTHONPATH": str(ROOT / "src"), "GOWRIGHT_TEMPLATE": str(toy.root)}
    python |= {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return subprocess.run(
        ["sh", "-c", command.replace("gowright", f"{sys.executable} -m gowright", 1)],
        cwd=cwd,
        env=python | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_stdin_nothing_is_asked(toy: Template, tmp_path: Path) -> None:
    assert shell("gowright new shop <&-", toy, tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("new shop >/dev/full", "could not be written to stdout"),
        ("list features >/dev/full", "could not be written to stdout"),
        ("--version >/dev/full", "could not be written to stdout"),
        ("new --help >/dev/full", "could not be written to stdout"),
        ("list features -o json >/dev/full", "could not be written to stdout"),
        ("new toy -o json >/dev/full", "already exists"),
        ("new shop -o json >&-", "could not be written to stdout"),
    ],
)
def test_an_unwritable_stdout_is_one_error(toy: Template, tmp_path: Path, command: str, message: str) -> None:
    done = shell(f"gowright {command}", toy, tmp_path)
    assert done.returncode == 3
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize("output", ["json", "text"])
def test_a_stdout_that_is_not_utf_8_gets_escaped_text(toy: Template, tmp_path: Path, output: str) -> None:
    command = f"gowright new shöp --description Grüße -o {output}"
    done = shell(command, toy, tmp_path, PYTHONIOENCODING="ascii", LC_ALL="C.UTF-8")
    assert done.returncode == 0, done.stderr
    assert output == "text" or json.loads(done.stdout)["answers"]["description"] == "Grüße"


def test_ignored_signals_stay_ignored(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        cli("--version")
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_signals_are_handled_before_large_imports() -> None:
    code = "import sys, gowright.cli.main; sys.exit(bool({'typer', 'yaml', 'rich'} & set(sys.modules)))"
    subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(ROOT / "src")}, check=True)


@pytest.mark.slow
def test_parallel_processes_do_not_interfere(tmp_path: Path) -> None:
    toy = build_tree(tmp_path / "toy", TOY)
    environment = {"GOWRIGHT_TEMPLATE": str(toy), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    with ThreadPoolExecutor(24) as pool:
        done = pool.map(
            lambda n: gowright("new", f"shop-{n}", "--project-name", "x", cwd=tmp_path, env=environment),
            range(24),
        )
        assert {process.returncode for process in done} == {0}
    first, *others = (contents(tmp_path / f"shop-{n}") for n in range(24))
    assert first
    assert all(other == first for other in others)


def test_without_a_terminal_nothing_is_asked(tmp_path: Path) -> None:
    toy = build_tree(tmp_path / "toy", TOY)
    done = gowright("new", "shop", cwd=tmp_path, env={"GOWRIGHT_TEMPLATE": str(toy)})
    assert done.returncode == 0
    assert (tmp_path / "shop" / "README.md").read_text() == "shop is red: A toy.\n"


def on_a_terminal(
    toy: Template, cwd: Path, arguments: Sequence[str], typed: Mapping[bytes, bytes]
) -> tuple[int, bytes, bytes]:
    """Run `new` and type an answer at each question. Returns the exit code, the terminal output, and stdout."""
    environment = os.environ | {
        "PYTHONPATH": str(ROOT / "src"),
        "GOWRIGHT_TEMPLATE": str(toy.root),
        "TERM": "xterm",
        "PROMPT_TOOLKIT_NO_CPR": "1",
    }
    environment.pop("CI", None)
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "gowright", "new", *arguments],
        cwd=cwd,
        env=environment,
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=terminal,
        start_new_session=True,
    )
    os.close(terminal)
    seen = b""
    for question, answer in typed.items():
        end = time.monotonic() + 30
        while question not in seen and time.monotonic() < end:
            if select.select([controller], [], [], 0.2)[0]:
                seen += os.read(controller, 65536)
        assert question in seen, seen
        time.sleep(0.2)
        os.write(controller, answer)
    out, _ = process.communicate(timeout=30)
    while select.select([controller], [], [], 0)[0]:
        try:
            seen += os.read(controller, 65536)
        except OSError:  # all of it was read
            break
    os.close(controller)
    return process.returncode, seen, out


def test_a_terminal_is_asked_for_missing_answers(toy: Template, tmp_path: Path) -> None:
    questions = (b"Its name?", b"module_path", b"description", b"Which color", b"Resources, one per line")
    code, seen, out = on_a_terminal(toy, tmp_path, ["shop", "--lid", "none"], dict.fromkeys(questions, b"\r"))
    assert code == 0
    assert b"Has it a lid" not in seen
    assert b"shop is ready" in out
    assert b"Which" not in out


def test_end_of_input_is_an_interrupt(toy: Template, tmp_path: Path) -> None:
    code, seen, _ = on_a_terminal(toy, tmp_path, ["shop"], {b"Its name?": b"\x15\x04"})
    assert code == 130
    assert b"report it" not in seen
    assert not (tmp_path / "shop").exists()


def test_colors_need_a_terminal(cli: Cli, toy: Template, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOWRIGHT_TEMPLATE", str(toy.root))
    assert not console.out.is_terminal
    result = cli("new", "shop", "--dry-run")
    assert "\x1b" not in result.out + result.err


def test_names_in_tables_are_never_wrapped(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    assert "http_framework " in cli("list", "features").out
