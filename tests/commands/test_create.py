from __future__ import annotations

import errno
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from gowright import __version__
from gowright.cli import prompts
from gowright.commands.create import create
from gowright.commands.spec import Ask, ProjectSpec
from gowright.errors import BadAnswer, ToolError
from gowright.model.plan import Action
from gowright.model.template import Template
from gowright.system import engine
from gowright.system.git import git
from tests.helpers import HOSTILE, build_tree, contents
from tests.model.resources.test_resource import BAD


def recorded(project: Path) -> dict[str, Any]:
    answers: dict[str, Any] = yaml.safe_load((project / ".copier-answers.yml").read_text())
    return answers


def test_a_project_is_created_and_committed(toy: Template, tmp_path: Path) -> None:
    result = create(ProjectSpec(tmp_path / "shop-api"), toy)
    assert result.committed
    assert result.plan.paths(Action.CREATE) == sorted(contents(tmp_path / "shop-api"))
    assert git(["status", "--porcelain"], cwd=result.path) == ""
    assert (
        git(["log", "--format=%s"], cwd=result.path)
        == f"chore: generate the service with gowright {__version__}\n"
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["shop-api", "toy"]


def test_the_answers_record_a_portable_source_and_an_exact_release(toy: Template, tmp_path: Path) -> None:
    create(ProjectSpec(tmp_path / "shop"), toy)
    assert (tmp_path / "shop" / ".copier-answers.yml").read_text().splitlines()[:3] == [
        "# Recorded.",
        f"_commit: v{__version__}",
        "_src_path: https://gowright.invalid/gowright.git",
    ]


def test_the_path_of_the_template_is_not_recorded(toy: Template, tmp_path: Path) -> None:
    odd = tmp_path / "a path: with # odd 'words' that goes on and on" / ("and on " * 20).strip()
    odd.parent.mkdir()
    toy.root.rename(odd)
    create(ProjectSpec(tmp_path / "shop"), Template(odd))
    assert recorded(tmp_path / "shop")["_src_path"] == "https://gowright.invalid/gowright.git"
    assert b"odd" not in b"".join(content for content, _ in contents(tmp_path / "shop").values())


def test_the_project_is_named_after_the_folder(toy: Template, tmp_path: Path) -> None:
    result = create(ProjectSpec(tmp_path / "My Shop"), toy)
    assert result.answers["project_name"] == "my-shop"
    assert result.answers["module_path"] == "example.com/my-shop"
    assert "--module-path github.com/you/my-shop" in result.hints[0]


def test_a_folder_without_a_usable_name_needs_a_project_name(toy: Template, tmp_path: Path) -> None:
    with pytest.raises(BadAnswer, match="cannot derive a project name"):
        create(ProjectSpec(tmp_path / "123"), toy)
    assert (
        create(ProjectSpec(tmp_path / "123", flags={"project_name": "a"}), toy).answers["project_name"] == "a"
    )


@pytest.mark.parametrize("name", ["v1", "vendor", "con"])
def test_module_paths_extend_names_that_go_rejects(toy: Template, tmp_path: Path, name: str) -> None:
    result = create(ProjectSpec(tmp_path / name), toy)
    assert result.answers["project_name"] == name
    assert result.answers["module_path"] == f"example.com/{name}-service"


def test_flags_override_the_file_and_the_file_the_preset(toy: Template, tmp_path: Path) -> None:
    file = build_tree(tmp_path, {"a.yml": "color: green\ndescription: From the file.\n"}) / "a.yml"
    spec = ProjectSpec(tmp_path / "p", {"description": "From a flag."}, answers_file=file, preset="bare")
    answers = create(spec, toy).answers
    assert (answers["color"], answers["lid"], answers["description"]) == ("green", "none", "From a flag.")
    assert not (tmp_path / "p" / "lid").exists()


def test_resource_flags_replace_the_resources_of_the_file(toy: Template, tmp_path: Path) -> None:
    file = build_tree(tmp_path, {"a.yml": "resources: [{name: box, fields: [{name: a, type: int}]}]\n"})
    spec = ProjectSpec(tmp_path / "p", answers_file=file / "a.yml")
    assert create(spec, toy).answers["resources"][0]["plural"] == "boxes"
    spec = ProjectSpec(tmp_path / "q", resources=["person/people a:int"], answers_file=file / "a.yml")
    assert create(spec, toy).answers["resources"] == [
        {"name": "person", "plural": "people", "fields": [{"name": "a", "type": "int"}]}
    ]
    assert "things/person.txt" in contents(tmp_path / "q")


def test_recorded_answers_make_the_same_project(toy: Template, tmp_path: Path) -> None:
    create(ProjectSpec(tmp_path / "one", {"color": "green"}, ["order a:enum=yes|no"]), toy)
    file = tmp_path / "one" / ".copier-answers.yml"
    create(ProjectSpec(tmp_path / "two", answers_file=file), toy)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_a_hint_warns_of_the_name_of_another_project(toy: Template, tmp_path: Path) -> None:
    create(ProjectSpec(tmp_path / "shop"), toy)
    file = tmp_path / "shop" / ".copier-answers.yml"
    (hint,) = create(ProjectSpec(tmp_path / "billing", answers_file=file), toy).hints
    assert hint == (
        "the answers file names the project shop; "
        "to change it, pass --project-name billing --module-path github.com/you/billing"
    )
    named = ProjectSpec(tmp_path / "other", {"project_name": "billing"}, answers_file=file)
    (hint,) = create(named, toy).hints
    assert hint.startswith("the answers file sets the module path example.com/shop; ")
    assert create(ProjectSpec(tmp_path / "again" / "shop", answers_file=file), toy).hints == ()


def test_resources_in_a_file_may_be_text_and_errors_name_them(
    toy: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    build_tree(tmp_path, {"a.yml": "resources: [order a:int]\n", "b.yml": "resources: [order a:strng]\n"})
    answers = create(ProjectSpec(tmp_path / "p", answers_file=Path("a.yml")), toy).answers
    assert answers["resources"][0]["plural"] == "orders"
    with pytest.raises(BadAnswer, match=r"b\.yml: resource order, field a"):
        create(ProjectSpec(tmp_path / "q", answers_file=Path("b.yml")), toy)


@pytest.mark.parametrize("name", ["a\nb", "a\x1bb", "a\udcffb", "a\u202eb"])
def test_an_unprintable_path_is_rejected(toy: Template, tmp_path: Path, name: str) -> None:
    with pytest.raises(BadAnswer, match="cannot create"):
        create(ProjectSpec(tmp_path / name, {"project_name": "x"}), toy)


def test_a_dry_run_writes_nothing(toy: Template, tmp_path: Path) -> None:
    result = create(ProjectSpec(tmp_path / "shop"), toy, dry_run=True)
    assert "README.md" in result.plan.paths(Action.CREATE)
    assert not result.committed
    assert not result.path.exists()
    document = result.as_dict()
    assert (document["written"], document["next"]) == (False, [])
    assert document["hints"] == list(result.hints) != []
    assert create(ProjectSpec(tmp_path / "shop"), toy).as_dict()["written"]


def test_inside_a_repository_nothing_is_committed(toy: Template, tmp_path: Path) -> None:
    git(["init", "--quiet"], cwd=tmp_path)
    result = create(ProjectSpec(tmp_path / "services" / "shop"), toy)
    assert not result.committed
    assert not (result.path / ".git").exists()


def test_a_path_that_leaves_the_repository_is_outside(
    toy: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    git(["init", "--quiet"], cwd=tmp_path / "other")
    monkeypatch.chdir(tmp_path / "other")
    result = create(ProjectSpec(Path("../shop")), toy)
    assert result.committed
    assert (result.path, result.next[0]) == (tmp_path / "shop", "cd ../shop")
    assert (tmp_path / "shop" / ".git").exists()


def test_dots_in_a_path_create_no_folders(
    toy: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    render = Template.render

    def interrupted(self: Template, answers: Mapping[str, Any], into: Path) -> None:
        render(self, answers, into)
        raise KeyboardInterrupt

    monkeypatch.setattr(Template, "render", interrupted)
    with pytest.raises(KeyboardInterrupt):
        create(ProjectSpec(tmp_path / "typo" / ".." / "shop"), toy)
    assert [path.name for path in tmp_path.iterdir()] == ["toy"]
    monkeypatch.undo()
    create(ProjectSpec(tmp_path / "typo" / ".." / "shop"), toy)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["shop", "toy"]


def test_symlinks_do_not_rename_the_project(
    toy: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shop").mkdir()
    result = create(ProjectSpec(tmp_path / "shop" / "sub" / ".."), toy)
    assert (result.path, result.answers["project_name"]) == (tmp_path / "shop", "shop")


def test_no_git_creates_no_repository(toy: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ToolError, match="git is not on PATH"):
        create(ProjectSpec(tmp_path / "shop"), toy)
    assert not create(ProjectSpec(tmp_path / "shop", commit=False), toy).committed


def test_a_failed_commit_leaves_no_files(
    toy: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_AUTHOR_DATE", "nonsense")  # git itself refuses it
    with pytest.raises(ToolError, match="git failed") as caught:
        create(ProjectSpec(tmp_path / "shop"), toy)
    assert caught.value.fix.endswith("or pass --no-git")
    assert [path.name for path in tmp_path.iterdir()] == ["toy"]


@pytest.mark.parametrize(
    "spec",
    [
        {"preset": "bear"},
        {"flags": {"color": "grin"}},
        {"flags": {"project_name": "../x"}},
        {"flags": {"module_path": "x\ny"}},
        {"flags": {"description": "a\nb"}},
        {"resources": ["order"]},
        {"resources": ["order a:int", "order a:int"]},
        {"answers_file": Path("missing.yml")},
    ],
)
def test_rejected_answers_leave_no_files(toy: Template, tmp_path: Path, spec: dict[str, Any]) -> None:
    with pytest.raises(BadAnswer):
        create(ProjectSpec(tmp_path / "shop", **spec), toy)
    assert [path.name for path in tmp_path.iterdir()] == ["toy"]


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("at", [1, 4])
def test_errors_while_rendering_leave_no_files(
    toy: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, at: int
) -> None:
    write, left = Path.write_bytes, [at]

    def failing(self: Path, data: bytes) -> int:
        left[0] -= 1
        if not left[0]:
            write(self, data[:1])
            raise error
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", failing)
    with pytest.raises((ToolError, KeyboardInterrupt)):
        create(ProjectSpec(tmp_path / "a" / "shop"), toy)
    assert [path.name for path in tmp_path.iterdir()] == ["toy"]


def test_a_dry_run_reports_a_full_disk(
    toy: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(ToolError) as caught:
        create(ProjectSpec(tmp_path / "shop"), toy, dry_run=True)
    assert (caught.value.code, caught.value.why) == ("cannot-write", "no space left on device")

    monkeypatch.undo()
    git(["init", "--quiet"], cwd=toy.root)
    monkeypatch.setenv(engine.STOCK_ENGINE_ENV, "1")  # without the patches, a repository is copied
    monkeypatch.setattr(shutil, "copy2", full)
    with pytest.raises(ToolError) as caught:
        create(ProjectSpec(tmp_path / "shop"), toy)
    assert (caught.value.code, caught.value.why) == ("cannot-write", "no space left on device")
    assert "shop" not in caught.value.what


def test_the_module_path_of_a_dependency_is_rejected(tmp_path: Path) -> None:
    spec = ProjectSpec(tmp_path / "shop", {"module_path": "github.com/gin-gonic/gin"}, preset="minimal")
    with pytest.raises(BadAnswer, match=r"the module path github\.com/gin-gonic/gin is taken"):
        create(spec, Template.head())
    assert not list(tmp_path.iterdir())


def test_parallel_threads_do_not_interfere(toy: Template, tmp_path: Path) -> None:
    with ThreadPoolExecutor(24) as pool:
        list(
            pool.map(
                lambda n: create(ProjectSpec(tmp_path / f"shop-{n}", {"project_name": "x"}), toy), range(24)
            )
        )
    first, *others = (contents(tmp_path / f"shop-{n}") for n in range(24))
    assert first
    assert all(other == first for other in others)


def test_one_of_many_runs_for_one_path_succeeds(toy: Template, tmp_path: Path) -> None:
    def attempt(number: int) -> str:
        try:
            create(ProjectSpec(tmp_path / "shop", {"description": f"Number {number}."}), toy)
        except ToolError as error:
            return error.code
        return "won"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(attempt, range(8)))
    assert sorted(outcomes) == ["path-exists"] * 7 + ["won"]
    assert f"Number {outcomes.index('won')}." in (tmp_path / "shop" / "README.md").read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["shop", "toy"]


def asking(answers: Mapping[str, Any], seen: dict[str, Any]) -> Ask:
    def ask(_template: Template, given: Mapping[str, Any], suggested: Mapping[str, Any]) -> dict[str, Any]:
        seen.update(given=dict(given), suggested=dict(suggested))
        return {**suggested, **given, **answers}

    return ask


def test_only_missing_answers_are_asked(toy: Template, tmp_path: Path) -> None:
    seen: dict[str, Any] = {}
    spec = ProjectSpec(tmp_path / "My Shop", {"color": "green"}, preset="bare")
    result = create(spec, toy, ask=asking({"module_path": "example.com/x"}, seen))
    assert seen == {"given": {"color": "green", "lid": "none"}, "suggested": {"project_name": "my-shop"}}
    assert result.answers["module_path"] == "example.com/x"
    assert result.hints == ()


def test_prompted_answers_are_checked(toy: Template, tmp_path: Path) -> None:
    with pytest.raises(BadAnswer, match="not a module path"):
        create(ProjectSpec(tmp_path / "shop"), toy, ask=asking({"module_path": "x"}, {}))


@pytest.mark.parametrize("lines", [[], ["order a:int", "box b:int"]])
def test_resources_are_asked_line_by_line(
    toy: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: list[str]
) -> None:
    monkeypatch.setattr(Template, "ask", lambda _self, given, suggested: {**suggested, **given})
    monkeypatch.setattr(
        engine, "ask_lines", lambda _question, problem: [line for line in lines if not problem([line])]
    )
    answers = create(ProjectSpec(tmp_path / "shop"), toy, ask=prompts.ask_in_terminal).answers
    assert [r["name"] for r in answers["resources"]] == (["order", "box"] if lines else ["task"])


def problem(lines: list[str]) -> str:
    return prompts._problem(lines, Template.head().reserved_names())


def test_a_prompt_explains_invalid_lines() -> None:
    assert problem(["order a:int"]) == ""
    assert problem(["order a:strng"]) == 'field a: strng is not a type: write "a:string"'
    assert "twice" in problem(["order a:int", "order b:int"])
    assert problem(["news a:int"]).endswith("news/news_list")


@pytest.mark.parametrize("text", BAD, ids=lambda t: t[:40])
def test_prompt_messages_fit_on_one_line(text: str) -> None:
    if text.strip():
        assert 0 < len(problem([text])) <= 79


def test_next_commands_quote_odd_paths(
    toy: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert create(ProjectSpec(Path("my shop")), toy).next == ("cd 'my shop'", "go run ./cmd/server")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert create(ProjectSpec(Path()), toy).next == ("go run ./cmd/server",)
    assert create(ProjectSpec(Path("shop"), directory=Path("sub")), toy).next[0] == "cd sub/shop"
    assert create(ProjectSpec(Path("-shop")), toy).next[0] == "cd ./-shop"
    assert create(ProjectSpec(Path("other"), directory=Path("-d")), toy).next[0] == "cd ./-d/other"


@pytest.mark.parametrize(
    "value", [v for v in HOSTILE if v.isprintable() and 0 < len(v.strip()) == len(v) < 200]
)
def test_a_printable_description_is_recorded_as_it_is(toy: Template, tmp_path: Path, value: str) -> None:
    answers = create(ProjectSpec(tmp_path / "shop", {"description": value}, commit=False), toy).answers
    assert answers["description"] == value
