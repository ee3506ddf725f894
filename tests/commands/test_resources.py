"""`add`, `remove`, `rename` and `apply` on a project of the built-in template."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from gowright.commands.apply import apply
from gowright.commands.change_options import Options
from gowright.commands.resources import Make, edit_resources
from gowright.errors import BadAnswer, ToolError
from gowright.model.ledger import Fate
from gowright.model.template import ANSWERS_FILE, Template
from gowright.system.git import git
from tests.helpers import contents, read_resources

RESOURCES = ["customer email:string:required", "order customer:ref=customer total:int note:text"]

#: Who commits. The environment of the tests has no Git configuration.
IDENTITY = ["-c", "user.name=team", "-c", "user.email=team@example.com"]


@pytest.fixture(scope="module")
def committed(head: Template, tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = tmp_path_factory.mktemp("committed") / "shop"
    resources = [resource.answer() for resource in read_resources(RESOURCES)]
    head.render({"project_name": "shop", "deploy": "none", "ci": "none", "resources": resources}, project)
    git(["init", "-q"], cwd=project)
    commit(project)
    return project


@pytest.fixture
def project(committed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(committed, tmp_path / "shop", symlinks=True))


def commit(project: Path) -> None:
    git(["add", "--all"], cwd=project)
    git([*IDENTITY, "commit", "-qm", "work"], cwd=project)


def recorded(project: Path) -> dict[str, object]:
    return dict(yaml.safe_load((project / ANSWERS_FILE).read_text()))


def migrations(project: Path) -> list[str]:
    return sorted(path.name for path in (project / "migrations").glob("*.sql"))


COMMANDS: dict[str, Make] = {
    "00005_add_at_to_orders.sql": lambda editor: editor.add_field("order", "at:time:index"),
    "00006_remove_note_from_orders.sql": lambda editor: editor.remove_field("order", "note"),
    "00007_rename_customers_to_clients.sql": lambda editor: editor.rename_resource("customer", "client"),
    "00008_create_lines.sql": lambda editor: editor.add_resource("line order:ref=order:required"),
}


def test_each_command_gives_the_project_of_its_answers(project: Path, head: Template, tmp_path: Path) -> None:
    names = migrations(project)
    for number, (name, make) in enumerate(COMMANDS.items()):
        ledger = edit_resources(project, make)
        assert ledger.conflicts == []
        commit(project)
        names.append(name)
        assert migrations(project) == names
        fresh = tmp_path / f"fresh-{number}"
        answers = {key: value for key, value in recorded(project).items() if not key.startswith("_")}
        head.render(answers, fresh)
        assert contents(project) == contents(fresh)


def test_what_the_team_wrote_moves_with_a_renamed_resource(project: Path) -> None:
    files = sorted(project.rglob("customer*.go"))
    for file in files:
        file.write_text(file.read_text() + "\n// Known by the team.\n")
    commit(project)
    ledger = edit_resources(project, COMMANDS["00007_rename_customers_to_clients.sql"])
    assert ledger.conflicts == []
    assert len(ledger.paths(Fate.MOVED)) == len(files)
    for file in files:
        moved = file.with_name(file.name.replace("customer", "client"))
        assert not file.exists()
        assert moved.read_text().endswith("// Known by the team.\n")
        assert "Client" in moved.read_text()


def test_a_migration_of_the_team_keeps_its_number(project: Path) -> None:
    own = project / "migrations" / "00020_team.sql"
    own.write_text("-- +goose Up\nSELECT 1;\n")
    commit(project)
    edit_resources(project, COMMANDS["00005_add_at_to_orders.sql"])
    assert migrations(project)[-2:] == ["00020_team.sql", "00021_add_at_to_orders.sql"]


def test_the_ledger_says_what_the_database_keeps(project: Path) -> None:
    kept = edit_resources(
        project, lambda editor: editor.remove_field("order", "note"), options=Options(dry_run=True)
    )
    assert any("keeps orders.note" in note for note in kept.notes)
    dropped = edit_resources(project, lambda editor: editor.remove_field("order", "note"), drop=True)
    assert not any("keeps" in note for note in dropped.notes)
    assert "DROP note" in (project / "migrations" / "00005_remove_note_from_orders.sql").read_text()


def test_kept_data_is_deleted_by_a_second_removal(project: Path) -> None:
    edit_resources(project, lambda editor: editor.remove_field("order", "note"))
    commit(project)
    edit_resources(project, lambda editor: editor.remove_field("order", "customer"))
    commit(project)
    edit_resources(project, lambda editor: editor.remove_resource("customer"))
    commit(project)
    before = contents(project)
    for make, name, place in (
        (
            lambda editor: editor.remove_field("order", "note", drop=True),
            "delete_note_from_orders",
            "orders.note",
        ),
        (
            lambda editor: editor.remove_field("order", "customer", drop=True),
            "delete_customer_id_from_orders",
            "orders.customer_id",
        ),
        (lambda editor: editor.remove_resource("customer", drop=True), "drop_customers", "customers"),
    ):
        ledger = edit_resources(project, make, drop=True)
        assert f"the new migrations delete {place}" in ledger.notes
        assert migrations(project)[-1].split("_", 1)[1] == f"{name}.sql"
        changed = {path for path, file in contents(project).items() if before.get(path) != file}
        assert changed == {ANSWERS_FILE, f"migrations/{migrations(project)[-1]}"}
        commit(project)
        before = contents(project)
        with pytest.raises(BadAnswer) as caught:
            edit_resources(project, make, drop=True)
        assert caught.value.code == "nothing-kept"
        assert contents(project) == before


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda editor: editor.remove_field("order", "nota", drop=True), "no column nota of orders"),
        (lambda editor: editor.remove_resource("ordr", drop=True), "there is no resource ordr"),
        (lambda editor: editor.remove_resource("person/people", drop=True), "no table people"),
        (lambda editor: editor.remove_resource("user", drop=True), "no table users"),
        (lambda editor: editor.remove_field("ordr", "note", drop=True), "there is no resource ordr"),
    ],
)
def test_data_that_is_not_kept_is_refused(project: Path, make: Make, message: str) -> None:
    with pytest.raises(BadAnswer, match=message):
        edit_resources(project, make, drop=True)


def test_a_refused_edit_touches_nothing(project: Path) -> None:
    before = contents(project)
    with pytest.raises(BadAnswer, match=r"no value for orders\.size"):
        edit_resources(project, lambda editor: editor.add_field("order", "size:int:required"))
    assert contents(project) == before


def edit_answers(project: Path, old: str, new: str) -> bytes:
    file = project / ANSWERS_FILE
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    return file.read_bytes()


def test_an_edited_answers_file_is_applied_like_a_command(project: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(project, tmp_path / "other", symlinks=True))
    edit_resources(other, lambda editor: editor.remove_field("order", "note"))
    edit_answers(project, "    -   name: note\n        type: text\n", "")
    ledger = apply(project)
    assert ledger.conflicts == []
    assert contents(project) == contents(other)


def test_applied_rows_that_exist_get_the_given_values(project: Path) -> None:
    edit_answers(project, "name: total\n", "name: total\n        required: true\n")
    with pytest.raises(BadAnswer, match="rows that exist have no value"):
        apply(project)
    apply(project, fill=["order.total=7"])
    text = (project / "migrations" / migrations(project)[-1]).read_text()
    assert "UPDATE orders SET total = 7 WHERE total IS NULL;" in text


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("name: note\n", "name: nöte\n", "bad-resource"),
        ("cache: redis", "cache: rediss", "unknown-choice"),
        ("_commit: v", "_commit: v1.", "recorded-answer"),
        ('"number": 1,', '"number": 9,', "recorded-answer"),
        ("resources:", "resources: [", "bad-answers-file"),
    ],
)
def test_an_edit_that_cannot_be_applied_stays_as_it_is(project: Path, old: str, new: str, code: str) -> None:
    edited = edit_answers(project, old, new)
    with pytest.raises(ToolError) as caught:
        apply(project)
    assert caught.value.code == code
    assert (project / ANSWERS_FILE).read_bytes() == edited
    assert git(["status", "--porcelain"], cwd=project) == f" M {ANSWERS_FILE}\n"


def test_an_edit_outlives_a_killed_process(project: Path) -> None:
    committed = (project / ANSWERS_FILE).read_bytes()
    edited = edit_answers(project, "cache: redis", "cache: none")
    state = project / ".git" / "gowright"
    state.mkdir(exist_ok=True)
    # What a kill leaves: the committed file in place, and the edit beside the repository.
    (state / "edited-answers.yml").write_bytes(edited)
    (project / ANSWERS_FILE).write_bytes(committed)
    assert apply(project).paths(Fate.REMOVED)
    assert recorded(project)["cache"] == "none"
    assert not (state / "edited-answers.yml").exists()


def test_a_dry_run_keeps_the_edit(project: Path) -> None:
    edited = edit_answers(project, "cache: redis", "cache: none")
    assert apply(project, options=Options(dry_run=True)).changes
    assert (project / ANSWERS_FILE).read_bytes() == edited
