"""Changes of the schema on a server for the MongoDB protocol: whatever a project was, it gets the schema of a new project.

The stand-in for MongoDB has no validators. Those that the migrations set are compared instead.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gowright.errors import BadAnswer
from gowright.model.schema.tables import Json, tables_of
from gowright.model.template import Template
from gowright.verify.backends.database.mongodb_server import ManagedMongoDB
from gowright.verify.children import java
from gowright.verify.children.processes import Processes
from tests.template.test_schema_changes import ROUNDS, Project, answers_of, random_change

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(java.missing()), reason="no MongoDB server"),
    pytest.mark.skipif(shutil.which("go") is None, reason="no Go"),
]

PROGRAM = Path(__file__).with_name("programs") / "mongodb_schema.go"
#: Values of the types of fields, in extended JSON.
VALUES: dict[str, Any] = {
    "int": {"$numberLong": "7"}, "float": 0.5, "decimal": {"$numberDecimal": "0.7"}, "bool": True, "date": "2024-02-29",
    "time": {"$date": "2024-02-29T12:00:00.123Z"}, "uuid": {"$uuid": "00000000-0000-4000-8000-000000000001"},
    "ref": {"$uuid": "00000000-0000-4000-8000-000000000002"}, "string": "x", "text": "x", "enum": "new",
}  # fmt: skip
#: The fields of all documents.
COMMON = {"_id", "owner_id", "version", "created_at", "updated_at"}
OWN = {"users", "sessions"}


class Database:
    """A database of a test, which a program with the code of a service reads and writes."""

    def __init__(self, program: Path, url: str) -> None:
        self._program, self._url = program, url

    def run(self, *arguments: str | Path) -> list[Json]:
        done = subprocess.run(
            [self._program, self._url, *arguments], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{done.stderr}\n{arguments}"
        return [json.loads(line) for line in done.stdout.splitlines()]

    def up(self, files: list[Path]) -> None:
        self.run("up", files[0].parent)

    def down(self, files: list[Path], count: int) -> None:
        for _ in range(count):
            self.run("down", files[0].parent)

    def indexes(self, hidden: dict[str, Json] | None = None) -> dict[str, dict[str, Json]]:
        """The indexes of each collection by their name, without collections that the service stopped using."""
        return {
            each["name"]: {
                index["name"]: {key: value for key, value in index.items() if key not in ("v", "ns")}
                for index in each["has"]
            }
            for each in self.run("indexes")
            if not (hidden or {}).get(each["name"], {}).get("unused")
        }

    def documents(self) -> dict[str, list[Json]]:
        return {each["name"]: each["has"] for each in self.run("documents")}


def validators(files: list[Path]) -> dict[str, Json]:
    """The validators of all collections after the way up."""
    found: dict[str, Json] = {}
    for file in files:
        for command in json.loads(file.read_text())["up"]:
            (name, collection), *_ = command.items()
            if name == "renameCollection":
                found[command["to"]] = found.pop(collection)
            elif name == "drop":
                del found[collection]
            elif name == "collMod" and "validator" in command:
                assert command["validationLevel"] == "moderate"
                found[collection] = command["validator"]["$jsonSchema"]
    return found


def visible(found: dict[str, Json], hidden: dict[str, Json]) -> dict[str, Json]:
    """Validators without collections and fields that are only kept, and without an order of fields."""
    rules: dict[str, Json] = {}
    for name, validator in found.items():
        table = hidden.get(name, {})
        kept = {each["name"] for each in table.get("fields", ()) if each.get("kept")}
        kept |= {"owner_id"} if table.get("kept_owner") else set()
        if not table.get("unused"):
            properties = {key: value for key, value in validator["properties"].items() if key not in kept}
            rules[name] = {"required": set(validator["required"]), "properties": properties}
    return rules


@pytest.fixture(scope="module")
def program(head: Template, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, with the runner of migrations of a rendered service."""
    folder = tmp_path_factory.mktemp("program") / "shop"
    head.render({"project_name": "shop", "database": "mongodb", "resources": []}, folder)
    (folder / "cmd" / "schema").mkdir()
    shutil.copy(PROGRAM, folder / "cmd" / "schema" / "main.go")
    built = subprocess.run(
        ["go", "build", "-mod=mod", "-o", folder / "schema", "./cmd/schema"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    return folder / "schema"


@pytest.fixture(scope="module")
def new_database(program: Path) -> Iterator[Callable[[], Database]]:
    with Processes() as running:
        server = ManagedMongoDB(running, lambda _: None, "")
        yield lambda: Database(program, server.new_url())


def sample(table: Json) -> Json:
    """A document with a value of each field."""
    values = {each["name"]: VALUES[each["type"]] for each in table["fields"]}
    return values | {
        "_id": {"$uuid": "00000000-0000-4000-8000-000000000003"},
        "version": {"$numberLong": "1"},
    }


def check_documents(database: Database, tables: dict[str, Json]) -> None:
    """Documents have the fields of their table, and each table has a document."""
    documents = database.documents()
    for name in tables.keys() - OWN:
        fields = tables[name]["fields"]
        for document in documents[name]:
            assert document.keys() <= COMMON | {each["name"] for each in fields}, name
            for each in fields:
                if not each.get("kept") and (each.get("required") or "default" in each):
                    assert each["name"] in document, (name, each)
        if not documents[name]:
            database.run("insert", name, json.dumps(sample(tables[name])))


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_any_sequence_of_changes_ends_with_the_schema_of_a_new_project(
    head: Template, tmp_path: Path, new_database: Callable[[], Database], seed: int
) -> None:
    source = random.Random(seed)
    project = Project(
        head,
        tmp_path,
        "mongodb",
        source.choice(["jwt", "none"]),
        "apple code:string:required:unique note:text",
    )
    if seed % 2:
        project.outdate()
    database = new_database()
    database.up(project.migrations())
    done = 0
    for _ in range(40):
        check_documents(database, tables_of(project.history))
        applied = len(project.migrations())
        try:
            random_change(project, source)
        except BadAnswer:
            continue
        files = project.migrations()
        before = database.indexes()
        database.up(files)
        after = database.indexes()
        database.down(files, len(files) - applied)
        assert database.indexes() == before, json.dumps(project.history[-3:])
        database.up(files)
        assert database.indexes() == after
        done += 1
        if done == 8:
            break
    new = new_database()
    new.up(project.new_migrations())
    hidden = project.hidden()
    assert database.indexes(hidden) == new.indexes(), project.history
    assert visible(validators(project.migrations()), hidden) == visible(
        validators(project.new_migrations()), {}
    )
    database.down(project.migrations(), len(project.migrations()))
    assert not database.indexes()


def test_an_update_changes_an_earlier_collection_of_accounts(
    head: Template, tmp_path: Path, new_database: Callable[[], Database]
) -> None:
    project = Project(head, tmp_path, "mongodb", "jwt", "apple code:string:required:unique")
    project.outdate()
    database = new_database()
    recorded = project.migrations()
    database.up(recorded)
    user = {"_id": 1, "email": "a@b.c", "password_hash": "hash", "role": "admin", "disabled": False}
    login = {"last_login_at": {"$date": "2024-02-29T12:00:00Z"}}
    database.run("insert", "users", json.dumps(user | login))
    before = database.indexes()
    project.change(project.resources)
    assert project.history[-1] == {"number": 4, "name": "change_users", "own": "users", "revision": 2}
    files = project.migrations()
    database.up(files)
    assert database.documents()["users"] == [user | login]
    database.down(files, 1)
    assert database.indexes() == before
    assert database.documents()["users"] == [user]
    database.up(files)
    new = new_database()
    new.up(project.new_migrations())
    assert database.indexes() == new.indexes()
    assert visible(validators(files), {}) == visible(validators(project.new_migrations()), {})
    down = json.loads(files[-1].read_text())["down"][-1]
    assert down["validator"]["$jsonSchema"] == validators(recorded)["users"]


@pytest.mark.parametrize("updated", [False, True])
def test_accounts_that_were_deleted_come_back_in_their_revision(
    head: Template, tmp_path: Path, updated: bool
) -> None:
    project = Project(head, tmp_path, "mongodb", "jwt")
    project.outdate()
    if updated:
        project.change(project.resources)
    existing = validators(project.migrations())
    project.change(project.resources, "none", drop=True)
    *_, dropped = project.migrations()
    created = json.loads(dropped.read_text())["down"]
    assert created[-1]["validator"]["$jsonSchema"] == existing["users"]


def test_documents_that_exist_keep_what_they_have(
    head: Template, tmp_path: Path, new_database: Callable[[], Database]
) -> None:
    project = Project(
        head,
        tmp_path,
        "mongodb",
        "none",
        "customer email:string:required:unique note:text",
        "invoice customer:ref=customer total:decimal",
    )
    database = new_database()
    database.up(project.migrations())
    database.run("insert", "customers", '{"_id": 1, "email": "a@b.c", "note": "kept"}')
    database.run("insert", "invoices", '{"_id": 1, "customer_id": 1, "total": {"$numberDecimal": "7"}}')
    database.run("insert", "invoices", '{"_id": 2, "customer_id": 1}')
    project.change(
        answers_of(
            "client mail:string:required:unique state:enum=new|old:required",
            "invoice customer:ref=client total:decimal:required paid:bool at:date:required",
        ),
        tables={"clients": "customers"},
        fields={"clients": {"mail": "email"}},
        fill={"clients": {"state": "old"}, "invoices": {"total": 0.5, "at": "2026-01-31"}},
    )
    database.up(project.migrations())
    seven = {"_id": 1, "customer_id": 1, "total": {"$numberDecimal": "7"}, "paid": False, "at": "2026-01-31"}
    assert database.documents() == {
        "clients": [{"_id": 1, "mail": "a@b.c", "note": "kept", "state": "old"}],
        "invoices": [seven, seven | {"_id": 2, "total": {"$numberDecimal": "0.5"}}],
    }
    project.change(answers_of("client note:text mail:string:required:unique state:enum=new|old:required"))
    database.up(project.migrations())
    assert database.documents()["clients"][0]["note"] == "kept"
    assert len(database.documents()["invoices"]) == 2
