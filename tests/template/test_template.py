"""The template in this repository."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from jinja2 import Environment, meta

from gowright import __version__
from gowright.commands.create import create
from gowright.commands.spec import ProjectSpec
from gowright.errors import BadAnswer, ToolError
from gowright.model.features import read_documents
from gowright.model.project_names import CHECKS
from gowright.model.resources.field_types import field_types
from gowright.model.template import PARTS, Template
from gowright.system import engine
from gowright.system.git import git
from tests.helpers import ROOT, build_tree, contents, read_resources, read_yaml, snapshot
from tests.model.test_project_names import BAD, GOOD

TEMPLATE = Template.head()
FILES = [
    p
    for part in ("template", "choices", "macros", "types")
    for p in sorted((ROOT / part).rglob("*"))
    if p.is_file()
]
DOCUMENTS = read_documents(ROOT / "copier.yml")

QUESTIONS = [name for document in DOCUMENTS for name in document if not name.startswith("_")]
SYNTAX = Environment(
    block_start_string="[%",
    block_end_string="%]",
    variable_start_string="[[",
    variable_end_string="]]",
    comment_start_string="[#",
    comment_end_string="#]",
)


def paths(files: list[Path]) -> list[str]:
    return [path.relative_to(ROOT).as_posix() for path in files]


def test_git_ignores_no_file_of_the_template() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    ignored = git(["ls-files", "--others", "--ignored", "--exclude-standard", *PARTS, "lock"], cwd=ROOT)
    assert ignored == "", "an ignore file hides these from git, and so from everybody else"


def test_every_path_is_valid_on_every_system() -> None:
    assert [path for path in paths(FILES) if re.search(r"""["'<>:|?*\\]|[. ]$""", path)] == []


def test_no_file_has_windows_line_endings() -> None:
    assert [path for path, file in zip(paths(FILES), FILES, strict=True) if b"\r" in file.read_bytes()] == []


def test_files_with_tags_end_in_jinja() -> None:
    tags = re.compile(rb"\[%|\[\[ ?(?:" + "|".join(QUESTIONS).encode() + rb"|_copier|r\.|f\.|m\.)")
    # Under its own name, a .gitignore would hide files of the template itself.
    rendered = [f for f in (ROOT / "template").rglob("*.jinja") if not f.name.startswith(".git")]
    untagged = [f for f in rendered if not re.search(rb"\[[%\[#]", f.read_bytes())]
    assert paths(untagged) == [], "no tags: drop .jinja"
    tagged = [f for f in FILES if f.suffix not in {".jinja", ".yml", ".md"} and tags.search(f.read_bytes())]
    assert paths(tagged) == [], "tags: add .jinja"


def test_paths_have_tags_only_for_resources_and_the_answers_file() -> None:
    tagged = {tag for path in paths(FILES) for tag in re.findall(r"\[[%\[].*?[%\]]\]", path)}
    assert {tag for tag in tagged if "yield" in tag} <= {
        "[% yield r from entities %]",
        "[% yield r from cached %]",
        "[% yield m from migrations %]",
        "[% yield file from files %]",
        "[% endyield %]",
    }
    assert all(re.match(r"\[[%\[] (yield|endyield|r\.|m\.|file\.|_copier_conf)", tag) for tag in tagged)


def test_excludes_give_defaults_for_missing_answers() -> None:
    for document in DOCUMENTS:
        for pattern in document.get("_exclude", []):
            for name in meta.find_undeclared_variables(SYNTAX.parse(pattern)):
                tags = re.sub(r'"[^"]*"', '""', " ".join(re.findall(r"\[%.*?%\]", pattern)))
                uses = re.findall(rf"\b{name}\b(.{{0,9}})", tags)
                assert all(use.startswith("|default(") for use in uses), f"{name}: write {name}|default(...)"


def test_the_template_uses_no_unsafe_features() -> None:
    settings = {name for document in DOCUMENTS for name in document if name.startswith("_")}
    assert not settings & {
        "_tasks",
        "_migrations",
        "_jinja_extensions",
        "_external_data",
        "_secret_questions",
    }


def test_no_question_is_secret_and_none_shows_an_emoji() -> None:
    for document in DOCUMENTS:
        for name, question in document.items():
            if (
                not name.startswith("_")
                and question.get("when") is not False
                and question.get("ask") is not False
            ):
                assert "secret" not in question
                assert question.get("qmark") == "?", f"{name}: add qmark"


def test_every_field_type_has_rules_and_a_file() -> None:
    assert {path.stem for path in (ROOT / "types").glob("*.jinja")} == set(field_types())


def test_every_file_of_a_choice_is_included() -> None:
    texts = "".join(f.read_text(encoding="utf-8") for f in FILES if f.suffix == ".jinja")
    parts = {f.relative_to(ROOT / "choices").parts for f in FILES if f.is_relative_to(ROOT / "choices")}
    fragments = {"/".join(part[2:]) for part in parts if len(part) > 3}
    # `files` of facts.yml lists files that one generic template includes.
    facts = [read_yaml(path) for path in FILES if path.name == "facts.yml"]
    fragments -= {f"{path}.jinja" for each in facts for path in each.get("files", ())}
    # What the include names by a variable ends at the quotation mark.
    included = re.findall(r'include [^%]*?"(?:choices/\w+/[\w-]+)?/([^"]+)"(?: ~ [\w.]+ ~ "([^"]+)")?', texts)
    # The path of a slot with Go code is in a variable, because it is imported and included.
    included += [(path, "") for path in re.findall(r'"choices/\w+/" ~ [\w.]+ ~ "/([^"]+)"', texts)]
    patterns = [re.escape(start) + (f".*{re.escape(end)}" if end else "") for start, end in included]
    assert [path for path in sorted(fragments) if not any(re.fullmatch(p, path) for p in patterns)] == []


@pytest.fixture(scope="module", params=["minimal", "full"])
def project(request: pytest.FixtureRequest, head: Template, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project, committed."""
    path = tmp_path_factory.mktemp(request.param) / "shop"
    create(ProjectSpec(path, preset=request.param), head)
    return path


def test_no_rendered_file_is_ignored_by_the_projects_own_rules(project: Path) -> None:
    assert sorted(git(["ls-files", "-z"], cwd=project).split("\0")[:-1]) == sorted(contents(project))


def test_rendered_text_is_tidy(project: Path) -> None:
    for path, (content, _) in contents(project).items():
        if b"\0" in content or path.startswith("internal/api/docs/") or not content:
            continue
        text = content.decode("utf-8")
        assert text.endswith("\n"), f"{path}: no newline at the end"
        assert not text.endswith("\n\n"), f"{path}: an empty line at the end"
        assert "\n\n\n" not in text, f"{path}: two empty lines in a row"
        assert not re.search(r"[ \t]+$", text, re.M) or path.endswith(".md"), (
            f"{path}: spaces at the end of a line"
        )
        # Not the conditions of bash, such as [[ -n $x ]].
        assert not re.search(r"\[%|%\]|\[\[ [a-z]", text), f"{path}: a tag of the template"


@pytest.fixture(scope="module")
def repository(head: Template, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template as its public repository serves it, with a tag."""
    root = snapshot(head, tmp_path_factory.mktemp("repository") / "gowright.git")
    git(["init", "--quiet"], cwd=root.root)
    git(["add", "--all"], cwd=root.root)
    git(["-c", "user.name=x", "-c", "user.email=x", "commit", "--quiet", "-m", "x"], cwd=root.root)
    git(["tag", f"v{head.release}"], cwd=root.root)
    return root.root


#: The two lines that say where the template came from.
SOURCE = re.compile(rb"^(_commit|_src_path): .*\n", re.M)


def without_source(files: dict[str, tuple[bytes, bool]]) -> dict[str, tuple[bytes, bool]]:
    recorded, mode = files[".copier-answers.yml"]
    assert len(SOURCE.findall(recorded)) == 2
    return {**files, ".copier-answers.yml": (SOURCE.sub(b"", recorded), mode)}


ANSWERS: dict[str, Any] = {
    "project_name": "shop",
    "module_path": "example.com/shop",
    "description": 'It\'s "the" shop: # {{ x }} \\ $HOME',
    "http_framework": "echo",
    "cache": "none",
    "resources": [
        {
            "name": "box",
            "plural": "boxes",
            "fields": [{"name": "size", "type": "int", "min": 0}],
        }
    ],
}


@pytest.mark.slow
def test_plain_copier_makes_the_same_project(head: Template, repository: Path, tmp_path: Path) -> None:
    file = build_tree(tmp_path, {"answers.yml": yaml.safe_dump(ANSWERS)}) / "answers.yml"
    subprocess.run(
        [
            sys.executable,
            "-m",
            "copier",
            "copy",
            "--quiet",
            "--defaults",
            "--data-file",
            file,
            repository,
            "plain",
        ],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    create(ProjectSpec(tmp_path / "ours", answers_file=file), head)
    plain, ours = contents(tmp_path / "plain"), contents(tmp_path / "ours")
    assert (
        f"_commit: v{__version__}\n_src_path: https://gowright.invalid/gowright.git\n".encode()
        in ours[".copier-answers.yml"][0]
    )
    assert without_source(ours) == without_source(plain)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_pytest_copie_makes_the_same_project(
    head: Template, repository: Path, tmp_path: Path, copie: Any
) -> None:
    result = copie.copy(extra_answers=ANSWERS, template_dir=repository)
    assert result.exception is None
    create(
        ProjectSpec(
            tmp_path / "ours", answers_file=build_tree(tmp_path, {"a": yaml.safe_dump(ANSWERS)}) / "a"
        ),
        head,
    )
    assert without_source(contents(tmp_path / "ours")) == without_source(contents(result.project_dir))


CASES = [(n, v, good) for good, table in ((True, GOOD), (False, BAD)) for n in table for v in table[n]]


@pytest.fixture(scope="module")
def questions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template's questions, with nothing to render."""
    root = snapshot(TEMPLATE, tmp_path_factory.mktemp("questions")).root
    shutil.rmtree(root / "template")
    return build_tree(root, {"template/x": ""})


@pytest.mark.parametrize(("name", "value", "good"), CASES, ids=lambda v: ascii(v)[:30])
def test_plain_copier_accepts_the_same_answers(
    name: str, value: str, good: bool, questions: Path, tmp_path: Path
) -> None:
    answers = {"project_name": "shop", "module_path": "example.com/shop"} | {name: value}
    try:
        engine.render(questions, answers, tmp_path / "out")
        accepted = True
    except ToolError:
        accepted = False
    assert accepted is good
    if good:
        CHECKS[name](value, name)
    else:
        with pytest.raises(BadAnswer):
            CHECKS[name](value, name)


@pytest.mark.parametrize("modifier", ["unique", "index"])
@pytest.mark.parametrize("beyond", [0, 1])
def test_plain_copier_has_the_same_limit_for_indexed_strings(
    modifier: str, beyond: int, questions: Path, tmp_path: Path
) -> None:
    longest = field_types()["string"].longest_indexed
    field = {"name": "code", "type": "string", modifier: True, "max": longest + beyond}
    resources = [{"name": "box", "plural": "boxes", "fields": [field]}]
    answers = {"project_name": "shop", "resources": resources}
    if beyond:
        with pytest.raises(BadAnswer, match=modifier):
            read_resources(resources)
        with pytest.raises(ToolError) as refused:
            engine.render(questions, answers, tmp_path / "out")
        assert f"at most {longest} characters" in str(refused.value.why)
    else:
        read_resources(resources)
        engine.render(questions, answers, tmp_path / "out")
