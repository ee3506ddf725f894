from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from gowright.errors import BadAnswer, ToolError
from gowright.model.template import Template
from gowright.system import copier_patches, engine
from gowright.system.git import git
from tests.helpers import ROOT, TOY, build_tree, contents

ANSWERS: dict[str, Any] = {"project_name": "box", "color": "green"}


def rendered(root: Path, into: Path, answers: dict[str, Any] | None = None) -> dict[str, tuple[bytes, bool]]:
    engine.render(root, answers or ANSWERS, into)
    return contents(into)


def test_a_template_is_rendered_with_answers_and_defaults(toy: Template, tmp_path: Path) -> None:
    files = rendered(toy.root, tmp_path / "out")
    assert files["README.md"] == (b"box is green: A toy.\n", False)
    assert files["lid/lid.txt"] == (b"verbatim {{ x }}\n", False)
    assert files["things/task.txt"] == (b"TASKS\n", False)
    assert files["run.sh"][1]


@pytest.mark.parametrize(
    "name", ["toy", *(pytest.param(name, marks=pytest.mark.slow) for name in ("minimal", "full"))]
)
def test_the_patches_change_no_byte(
    name: str, toy: Template, head: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = toy if name == "toy" else head
    presets: dict[str, dict[str, Any]] = {"toy": {}} | {
        preset.name: preset.answers for preset in template.presets()
    }
    answers = presets[name] | {"project_name": "shop"}
    with monkeypatch.context() as stock:
        stock.setenv(engine.STOCK_ENGINE_ENV, "1")
        template.render(answers, tmp_path / "stock")
    for run in ("cold", "warm"):
        template.render(answers, tmp_path / run)
        assert contents(tmp_path / run) == contents(tmp_path / "stock")


def test_an_unknown_copier_is_not_patched(
    toy: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import copier

    monkeypatch.setattr(copier, "__version__", "9.99.0")
    monkeypatch.setattr(copier_patches, "patched", lambda *_: pytest.fail("patched"))
    assert "README.md" in rendered(toy.root, tmp_path / "out")


def test_the_patches_are_undone(toy: Template, tmp_path: Path) -> None:
    from copier import _template
    from copier._jinja_ext import SandboxedEnvironment
    from copier._main import Worker

    owners = (SandboxedEnvironment, Worker, _template, yaml)
    before = [vars(owner).copy() for owner in owners]
    rendered(toy.root, tmp_path / "out")
    assert before == [vars(owner) for owner in owners]


def test_copier_settings_of_the_user_are_ignored(
    toy: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = build_tree(tmp_path, {"settings.yml": "defaults: {description: Mine., color: green}\n"})
    monkeypatch.setenv("COPIER_SETTINGS_PATH", str(settings / "settings.yml"))
    files = rendered(toy.root, tmp_path / "out", {"project_name": "box"})
    assert files["README.md"] == (b"box is red: A toy.\n", False)


def test_uncommitted_files_are_rendered(toy: Template, tmp_path: Path) -> None:
    git(["init", "--quiet"], cwd=toy.root)
    (toy.root / "template" / "new.txt").write_text("not committed")
    assert "new.txt" in rendered(toy.root, tmp_path / "out")


def test_a_changed_template_is_recompiled(toy: Template, tmp_path: Path) -> None:
    rendered(toy.root, tmp_path / "one")
    (toy.root / "macros" / "names.jinja").write_text("[% macro shout(name) %][[ name ]]![% endmacro %]\n")
    (toy.root / "template" / "README.md.jinja").write_text("[[ color ]]\n")
    files = rendered(toy.root, tmp_path / "two")
    assert files["README.md"][0] == b"green\n"
    assert files["things/task.txt"][0] == b"tasks!\n"


def cache_file() -> Path:
    (found,) = (Path(os.environ["XDG_CACHE_HOME"]) / "gowright").glob("templates-*")
    return found


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.mark.usefixtures("own_cache")
def test_compiled_templates_are_kept_for_the_next_run(
    toy: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = rendered(toy.root, tmp_path / "one")
    mode = stat.S_IMODE(cache_file().parent.stat().st_mode)
    assert mode == 0o700
    from copier._jinja_ext import SandboxedEnvironment

    compile_anew = SandboxedEnvironment.compile

    def compile_no_text(self: Any, source: Any, *rest: Any) -> Any:
        # Copier also tries what is no text, and expects a TypeError.
        assert not isinstance(source, str), f"compiled again: {source}"
        return compile_anew(self, source, *rest)

    monkeypatch.setattr(SandboxedEnvironment, "compile", compile_no_text)
    assert rendered(toy.root, tmp_path / "two") == first


@pytest.mark.usefixtures("own_cache")
@pytest.mark.parametrize("damage", ["truncated", "empty", "garbage", "not ours"])
def test_a_damaged_cache_is_ignored(
    toy: Template, tmp_path: Path, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = rendered(toy.root, tmp_path / "one")
    path = cache_file()
    content = path.read_bytes()
    if damage == "not ours":
        monkeypatch.setattr(os, "getuid", lambda: 12345)
    else:
        path.write_bytes({"truncated": content[:-9], "empty": b"", "garbage": os.urandom(999)}[damage])
    assert rendered(toy.root, tmp_path / "two") == first


@pytest.mark.parametrize("place", ["/dev/null", "/proc/nowhere"])
def test_an_unwritable_home_is_no_error(
    toy: Template, tmp_path: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", place)
    assert "README.md" in rendered(toy.root, tmp_path / "out")


@pytest.mark.usefixtures("own_cache")
def test_the_cache_is_limited(toy: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copier_patches, "_MAX_ENTRIES", 10)
    rendered(toy.root, tmp_path / "one")
    size = cache_file().stat().st_size
    for number in range(5):
        (toy.root / "template" / "README.md.jinja").write_text(f"{number} [[ color ]]\n")
        rendered(toy.root, tmp_path / str(number))
    assert cache_file().stat().st_size <= size


def test_threads_take_turns(toy: Template, tmp_path: Path) -> None:
    threads = [
        threading.Thread(target=engine.render, args=(toy.root, ANSWERS, tmp_path / str(n))) for n in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    first, *others = (contents(tmp_path / str(n)) for n in range(6))
    assert first
    assert all(other == first for other in others)


@pytest.mark.parametrize(
    "change",
    [
        {"template/README.md.jinja": "[[ nobody_asked ]]\n"},
        {"template/README.md.jinja": "[% if %]\n"},
        {"template/README.md.jinja": '[% include "macros/missing" %]\n'},
        {"copier.yml": "a: [\n"},
        {"copier.yml": TOY["copier.yml"].replace("9.19.0", "99.0.0")},
        {"copier.yml": TOY["copier.yml"] + "---\n_tasks: [touch x]\n"},
    ],
)
def test_copier_errors_are_translated(
    toy: Template, tmp_path: Path, change: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    build_tree(toy.root, change)
    with pytest.raises(ToolError) as caught:
        engine.render(toy.root, ANSWERS, tmp_path / "out")
    error = caught.value
    assert error.code == "render-failed"
    assert "\n" not in error.what + error.why + error.fix


def test_answers_that_do_not_fit_together_are_refused(head: Template, tmp_path: Path) -> None:
    answers = {"project_name": "shop", "database": "sqlite", "cloud": "aws"}
    with pytest.raises(BadAnswer) as refused:
        head.render(answers, tmp_path / "out")
    assert refused.value.what == "the answer to cloud does not fit the other answers"
    assert refused.value.why == "the containers in the cloud have no volume for the file with the data"


def test_several_lines_can_be_pasted(monkeypatch: pytest.MonkeyPatch) -> None:
    import questionary

    typed = ["a\nb\n", "\n c", ""]
    judged: list[list[str]] = []

    def text(_question: str, *, qmark: str, validate: Callable[[str], bool | str]) -> Any:
        answer = typed.pop(0)
        assert validate(answer) is True
        return SimpleNamespace(unsafe_ask=lambda: answer)

    def problem(lines: list[str]) -> str:
        judged.append(lines)
        return ""

    monkeypatch.setattr(questionary, "text", text)
    assert engine.ask_lines("Which?", problem) == ["a", "b", " c"]
    assert judged == [["a", "b"], ["a", "b", " c"]]


def test_help_and_version_do_not_import_copier() -> None:
    for arguments in (["--help"], ["--version"], ["new", "--help"], ["list", "features"]):
        code = (
            "import sys; from gowright.cli.main import main; main(sys.argv[1:]); "
            "bad = {'copier', 'jinja2'} & set(sys.modules); sys.exit(f'{bad}' if bad else 0)"
        )
        subprocess.run(
            [sys.executable, "-c", code, *arguments],
            env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
            check=True,
            capture_output=True,
        )
