"""Changes of the schema on a real PostgreSQL server: whatever a project was, it gets the tables of a new project."""

from __future__ import annotations

import json
import os
import random
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gowright.errors import BadAnswer
from gowright.model.resources import grammar
from gowright.model.resources.resource import read_resource
from gowright.model.schema.evolution import Wish, evolve, unused
from gowright.model.schema.tables import Json, tables_of
from gowright.model.template import Template
from gowright.verify.backends.database.postgres_binaries import installation
from gowright.verify.backends.database.postgres_server import ManagedPostgres
from gowright.verify.children.processes import Processes
from tests.helpers import read_resources

pytestmark = [pytest.mark.slow, pytest.mark.skipif(installation() is None, reason="no PostgreSQL")]

#: How many random sequences of commands a run tests. A scheduled run sets the variable.
ROUNDS = int(os.environ.get("GOWRIGHT_ROUNDS", "8"))

#: Everything that a schema consists of, one object per line. PostgreSQL 18 also names NOT NULL constraints.
CATALOG = """
SELECT 'column ' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
    || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END || coalesce(' ' || pg_get_expr(d.adbin, d.adrelid), '')
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (c.oid, a.attnum)
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT 'constraint ' || conrelid::regclass || '.' || conname || ' ' || pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
UNION ALL
SELECT 'index ' || tablename || '.' || indexname || ' ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
"""


class Database:
    """A database of a test, which psql reads and writes."""

    def __init__(self, url: str) -> None:
        self._url = url

    def run(self, sql: str, *, atomic: bool = True) -> list[str]:
        program = (installation() or Path()) / "psql"
        flags = [
            *("-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-d", self._url),
            *(["-1"] if atomic else []),
        ]
        done = subprocess.run(
            [program, *flags, "-f", "-"], input=sql, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{done.stderr}\n{sql}"
        return done.stdout.splitlines()

    def up(self, *files: Path) -> None:
        for file in files:
            self.run(_part(file, 0))

    def down(self, *files: Path) -> None:
        for file in reversed(files):
            self.run(_part(file, 1))

    def catalog(self, without: dict[str, Json] | None = None) -> set[str]:
        """The objects of the schema, without tables and columns that are only kept."""
        lines = {line.replace('"', "") for line in self.run(CATALOG)}
        hidden = []
        for name, table in (without or {}).items():
            hidden += [
                f"column {name}.{each['name']} " for each in table.get("fields", ()) if each.get("kept")
            ]
            hidden += [f"column {name}.owner_id "] if table.get("kept_owner") else []
            if table.get("unused"):
                hidden += [f"{kind} {name}." for kind in ("column", "constraint", "index")]
        return {line for line in lines if not line.startswith(tuple(hidden))}


def _part(file: Path, number: int) -> str:
    return file.read_text().removeprefix("-- +goose Up\n").split("-- +goose Down\n")[number]


@pytest.fixture(scope="module")
def new_database() -> Iterator[Callable[[], Database]]:
    with Processes() as running:
        server = ManagedPostgres(running)
        yield lambda: Database(server.new_url())


class Project:
    """A project whose answers change, with its rendered migrations."""

    def __init__(self, template: Template, folder: Path, database: str, auth: str, *resources: str) -> None:
        self._template, self._folder, self._database, self._versions = template, folder, database, 0
        self.auth, self.resources = auth, answers_of(*resources)
        self.history: list[Json] = []
        self.fresh = self.history = self._first(self._answers())
        self.render()

    def _first(self, answers: dict[str, Any]) -> list[Json]:
        first = self._template.first_history(answers)
        assert first is not None
        return first

    def _answers(self) -> dict[str, Any]:
        return self._named(self.auth, self.resources)

    def _named(self, auth: str, resources: list[dict[str, Any]]) -> dict[str, Any]:
        return {"project_name": "shop", "database": self._database, "auth": auth, "resources": resources}

    def render(self) -> None:
        self._versions += 1
        self._project = self._folder / f"version-{self._versions}"
        self._template.render({**self._answers(), "history": self.history}, self._project)

    def migrations(self) -> list[Path]:
        return sorted((self._project / "migrations").glob("[0-9]*"))

    def new_migrations(self) -> list[Path]:
        """The migrations of a new project with the same answers."""
        folder = self._folder / f"new-{self._versions}"
        if not folder.exists():
            self._template.render(self._answers(), folder)
        return sorted((folder / "migrations").glob("[0-9]*"))

    def change(
        self, resources: list[dict[str, Any]], auth: str = "", *, drop: bool = False, **wish: Any
    ) -> None:
        """Change the answers, and check that no earlier migration changes.

        Raises:
            BadAnswer: if the change is refused. Nothing has changed then.
        """
        checked = [resource.answer() for resource in read_resources(resources)]
        answers = self._named(auth or self.auth, checked)
        fresh = self._first(answers)
        wishes = Wish(**wish)
        if drop:
            wishes = Wish(**wish, drop=unused(self.fresh, fresh, wishes))
        taken = {int(path.name.split("_")[0]) for path in self.migrations()}
        history = evolve(self.history, fresh, taken, wishes).history
        before = {path.name: path.read_bytes() for path in self.migrations()}
        self.auth, self.resources, self.history, self.fresh = auth or self.auth, checked, history, fresh
        self.render()
        after = {path.name: path.read_bytes() for path in self.migrations()}
        assert before.items() <= after.items()

    def hidden(self) -> dict[str, Json]:
        used = tables_of(self.fresh)
        return {
            name: table if name in used else table | {"unused": True}
            for name, table in tables_of(self.history).items()
        }


def answers_of(*texts: str) -> list[dict[str, Any]]:
    return [resource.answer() for resource in read_resources(list(texts))]


FIELDS = [
    "note:text", "code:string:required:unique:max=20", "code:string:max=9:index", "size:int:required:min=1", "size:int:default=3",
    "total:decimal:min=0", "total:decimal:min=0.5:max=9:index", "state:enum=new|in-progress|done:index", "state:enum=new|done",
    "paid:bool", "paid:bool:optional", "due:date:required", "at:time:index", "order:string:default=it's", "key:uuid:unique",
    "a_ref:ref=apple", "a_ref:ref=apple:on_delete=cascade", "a_ref:ref=pear:on_delete=set_null", "b_ref:ref=pear:required",
]  # fmt: skip
NAMES = ["apple", "pear", "user_group", "a_very_long_name_of_a_resource_that_needs_short_names"]
FILL = {"code": "x", "size": 5, "due": "2026-01-31"}


def random_change(project: Project, random: random.Random) -> None:
    """One command with random arguments. Most of those that make no sense are refused."""
    resources = json.loads(json.dumps(project.resources))
    victim = random.choice(resources) if resources else None
    kind = random.choice(
        ["resource", "resource", "field", "field", "field", "less", "gone", "name", "title", "auth"]
    )
    more: dict[str, Any] = {}
    if kind == "resource" or victim is None:
        resources += answers_of_one(random.choice(NAMES), random.sample(FIELDS, 2))
    elif kind == "field":
        new = answers_of_one("x", [random.choice(FIELDS)])[0]["fields"][0]
        victim["fields"] = [each for each in victim["fields"] if each["name"] != new["name"]]
        victim["fields"].insert(random.randrange(len(victim["fields"]) + 1), new)
    elif kind == "less":
        victim["fields"].remove(random.choice(victim["fields"]))
    elif kind == "gone":
        resources.remove(victim)
    elif kind == "name":
        field = random.choice(victim["fields"])
        new_name = random.choice(["title", "code", "moved_id" if field["type"] == "ref" else "moved"])
        more = {"fields": {victim["plural"]: {new_name: field["name"]}}}
        field["name"] = new_name
    elif kind == "title":
        name = random.choice(NAMES)
        new = answers_of_one(name, ["x:int"])[0]
        more = {"tables": {new["plural"]: victim["plural"]}}
        for each in (field for resource in resources for field in resource["fields"]):
            if each.get("ref") == victim["name"]:
                each["ref"] = name
        victim["name"], victim["plural"] = name, new["plural"]
    auth = random.choice(["jwt", "oidc", "none"]) if kind == "auth" else ""
    plurals = [resource["plural"] for resource in resources]
    project.change(resources, auth, drop=random.random() < 0.6, fill=dict.fromkeys(plurals, FILL), **more)


def answers_of_one(name: str, fields: list[str]) -> list[dict[str, Any]]:
    """A resource of its own, although another one may be missing that it refers to."""
    return [read_resource(grammar.parse(" ".join([name, *fields]))).answer()]


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_any_sequence_of_changes_ends_with_the_schema_of_a_new_project(
    head: Template, tmp_path: Path, new_database: Callable[[], Database], seed: int
) -> None:
    source = random.Random(seed)
    project = Project(
        head,
        tmp_path,
        "postgres",
        source.choice(["jwt", "none"]),
        "apple code:string:required:unique note:text",
    )
    database = new_database()
    database.up(*project.migrations())
    done = 0
    for _ in range(40):
        applied = len(project.migrations())
        try:
            random_change(project, source)
        except BadAnswer:
            continue
        added = project.migrations()[applied:]
        before = database.catalog()
        database.up(*added)
        after = database.catalog()
        database.down(*added)
        assert database.catalog() == before, json.dumps(project.history[-3:])
        database.up(*added)
        assert database.catalog() == after
        done += 1
        if done == 8:
            break
    new = new_database()
    new.up(*project.new_migrations())
    assert database.catalog(project.hidden()) == new.catalog(), project.history
    database.down(*project.migrations())
    assert database.catalog() == set()


def test_rows_that_exist_keep_what_they_have(
    head: Template, tmp_path: Path, new_database: Callable[[], Database]
) -> None:
    project = Project(
        head,
        tmp_path,
        "postgres",
        "none",
        "customer email:string:required:unique note:text",
        "invoice customer:ref=customer total:int",
    )
    database = new_database()
    database.up(*project.migrations())
    applied = len(project.migrations())
    one = "00000000-0000-0000-0000-000000000001"
    database.run(
        f"INSERT INTO customers VALUES ('{one}', 'a@b.c', 'kept', 1, now(), now());"
        f"INSERT INTO invoices VALUES ('{one}', '{one}', 7, 1, now(), now())"
    )
    project.change(
        answers_of(
            "client mail:string:required:unique state:enum=new|old:required",
            "invoice customer:ref=client total:int:required",
        ),
        tables={"clients": "customers"},
        fields={"clients": {"mail": "email"}},
        fill={"clients": {"state": "old"}, "invoices": {"total": 0}},
    )
    database.up(*project.migrations()[applied:])
    assert database.run("SELECT mail, note, state FROM clients") == ["a@b.c|kept|old"]
    assert database.run("SELECT total, customer_id FROM invoices") == [f"7|{one}"]
    applied = len(project.migrations())
    project.change(answers_of("client note:text mail:string:required:unique state:enum=new|old:required"))
    database.up(*project.migrations()[applied:])
    assert database.run("SELECT note FROM clients") == ["kept"]
    assert database.run("SELECT total FROM invoices") == ["7"]
    database.run("DELETE FROM clients")
