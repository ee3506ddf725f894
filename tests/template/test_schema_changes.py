"""Changes of the schema on real databases: whatever a project was, it gets the tables of a new project."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import sqlite3
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest
from typing_extensions import override

from gowright.errors import BadAnswer
from gowright.model.resources import grammar
from gowright.model.resources.resource import read_resource
from gowright.model.schema.evolution import Wish, evolve, kept, unused
from gowright.model.schema.tables import Json, tables_of
from gowright.model.template import Template
from gowright.verify.backends.database.postgres_binaries import installation
from gowright.verify.backends.database.postgres_server import ManagedPostgres
from gowright.verify.children.processes import Processes
from tests.helpers import read_resources

pytestmark = pytest.mark.slow

#: How many random sequences of commands a run tests. A scheduled run sets the variable.
ROUNDS = int(os.environ.get("GOWRIGHT_ROUNDS", "8"))

#: The hashes of the migration that created the table of accounts up to release 0.4.0. Databases have applied it.
FIRST_USERS = {
    "postgres": "ffdc9e405c799adb731bdb3c05366a0269e54182e6b074960a9267c51b68e5b8",
    "sqlite": "0a952071ca2047891c0706d0bde3914d22ecc668861f99a09d01c89198c44f49",
    "mongodb": "e95a4bdb11a9cbf0cc9c3ecd30b7096b6b16d58d441e0b9b5713a07a225bb169",
}

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


class Database(ABC):
    """A database of a test."""

    #: The current time, in SQL.
    now: ClassVar[str]

    @abstractmethod
    def run(self, sql: str) -> list[str]:
        """Run statements in a transaction, and return the rows, with a bar between values."""

    @abstractmethod
    def objects(self) -> set[str]:
        """The objects of the schema: each has its kind, its table, and a dot in front of its name."""

    def up(self, *files: Path) -> None:
        for file in files:
            self.run(_part(file, 0))

    def down(self, *files: Path) -> None:
        for file in reversed(files):
            self.run(_part(file, 1))

    def catalog(self, without: dict[str, Json] | None = None) -> set[str]:
        """The objects of the schema, without tables and columns that are only kept."""
        hidden = []
        for name, table in (without or {}).items():
            hidden += [
                f"column {name}.{each['name']} " for each in table.get("fields", ()) if each.get("kept")
            ]
            hidden += [f"column {name}.owner_id "] if table.get("kept_owner") else []
            if table.get("unused"):
                hidden += [f"{kind} {name}." for kind in ("column", "constraint", "index")]
        return {line for line in self.objects() if not line.startswith(tuple(hidden))}


class Postgres(Database):
    """A database that psql reads and writes."""

    now = "now()"

    def __init__(self, url: str) -> None:
        self._url = url

    @override
    def run(self, sql: str) -> list[str]:
        program = (installation() or Path()) / "psql"
        flags = ("-X", "-q", "-t", "-A", "-1", "-v", "ON_ERROR_STOP=1", "-d", self._url)
        done = subprocess.run(
            [program, *flags, "-f", "-"], input=sql, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{done.stderr}\n{sql}"
        return done.stdout.splitlines()

    @override
    def objects(self) -> set[str]:
        return {line.replace('"', "") for line in self.run(CATALOG)}


class SQLite(Database):
    """A database in memory. As in the service, migrations run without foreign keys."""

    now = "0"

    def __init__(self) -> None:
        self.connection = sqlite3.connect(":memory:", isolation_level=None)

    @override
    def run(self, sql: str) -> list[str]:
        try:
            # The last statement can be a query, which executescript would ignore.
            *script, last = sql.strip().removesuffix(";").rsplit(";\n", 1)
            self.connection.executescript("BEGIN;" + "".join(f"{each};" for each in script))
            rows = self.connection.execute(last).fetchall()
            self.connection.execute("COMMIT")
        except sqlite3.Error as error:
            self.connection.rollback()
            raise AssertionError(f"{error}\n{sql}") from error
        return ["|".join(map(str, row)) for row in rows]

    @override
    def objects(self) -> set[str]:
        tables = self.connection.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
        return {line for name, sql in tables for line in self._objects(name, sql)}

    def _objects(self, table: str, sql: str) -> Iterator[str]:
        assert sql.endswith(" STRICT")
        # The order of columns can differ.
        for _, name, *column in self._pragma("table_info", table):
            yield f"column {table}.{name} {column}"
        # The pragmas don't show these.
        for name, check in re.findall(r'CONSTRAINT "?(\w+)"? CHECK \((.+)\),?$', sql, re.M):
            yield f"constraint {table}.{name} {check}"
        keys: dict[int, list[Any]] = {}
        for number, _, *key in self._pragma("foreign_key_list", table):
            keys.setdefault(number, []).append(key)
        yield from (f"constraint {table}.{key}" for key in keys.values())
        for _, name, *index in self._pragma("index_list", table):
            columns = [column for _, _, column in self._pragma("index_info", name)]
            # A constraint has an index with a number in its name.
            yield f"index {table}.{'' if name.startswith('sqlite_') else name} {index} {columns}"

    def _pragma(self, name: str, argument: str) -> list[Any]:
        return self.connection.execute(f"SELECT * FROM pragma_{name}(?)", (argument,)).fetchall()


def _part(file: Path, number: int) -> str:
    return file.read_text().removeprefix("-- +goose Up\n").split("-- +goose Down\n")[number]


@dataclass(frozen=True)
class Kind:
    """A choice of the database, and what creates an empty one."""

    choice: str
    new: Callable[[], Database]


@pytest.fixture(scope="module")
def postgres() -> Iterator[Callable[[], Database]]:
    if installation() is None:
        pytest.skip("no PostgreSQL")
    with Processes() as running:
        server = ManagedPostgres(running)
        yield lambda: Postgres(server.new_url())


@pytest.fixture(params=["postgres", "sqlite"])
def kind(request: pytest.FixtureRequest) -> Kind:
    new = SQLite if request.param == "sqlite" else request.getfixturevalue("postgres")
    return Kind(request.param, new)


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

    def outdate(self) -> None:
        """Make it a project of the time when all tables of the template had their first revision."""
        self.history = [
            {key: value for key, value in entry.items() if key != "revision"} for entry in self.history
        ]
        self.render()

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
        self,
        resources: list[dict[str, Any]],
        auth: str = "",
        *,
        drop: bool = False,
        kept: str = "",
        **wish: Any,
    ) -> None:
        """Change the answers, and check that no earlier migration changes.

        Args:
            resources: the new resources.
            auth: the new choice of auth, if it changes.
            drop: whether the data of what is removed is deleted.
            kept: the data of an earlier removal that is deleted.
            wish: more of what the answers don't tell.

        Raises:
            BadAnswer: if the change is refused. Nothing has changed then.
        """
        checked = [resource.answer() for resource in read_resources(resources)]
        fresh = self._first(self._named(auth or self.auth, checked))
        wishes = Wish(**wish, drop={kept} if kept else ())
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
        ["resource", "resource", "field", "field", "field", "less", "gone", "name", "title", "auth", "data"]
    )
    if kind == "data" and (places := kept(project.history, project.fresh)):
        project.change(resources, kept=random.choice(places))
        return
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
    head: Template, tmp_path: Path, kind: Kind, seed: int
) -> None:
    source = random.Random(seed)
    project = Project(
        head,
        tmp_path,
        kind.choice,
        source.choice(["jwt", "none"]),
        "apple code:string:required:unique note:text",
    )
    if seed % 2:
        project.outdate()
    database = kind.new()
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
    new = kind.new()
    new.up(*project.new_migrations())
    assert database.catalog(project.hidden()) == new.catalog(), project.history
    database.down(*project.migrations())
    assert database.catalog() == set()


def test_data_of_an_earlier_removal_is_deleted_in_one_step(
    head: Template, tmp_path: Path, kind: Kind
) -> None:
    project = Project(
        head,
        tmp_path,
        kind.choice,
        "none",
        "customer email:string:required note:text",
        "invoice customer:ref=customer:index total:int:required:min=1 paid:bool",
        "line invoice:ref=invoice:required number:int",
    )
    database = kind.new()
    database.up(*project.migrations())
    one = "00000000-0000-0000-0000-000000000001"
    times = f"1, {database.now}, {database.now}"
    database.run(
        f"INSERT INTO customers VALUES ('{one}', 'a@b.c', 'kept', {times});\n"
        f"INSERT INTO invoices VALUES ('{one}', '{one}', 7, true, {times});\n"
        f"INSERT INTO lines VALUES ('{one}', '{one}', 1, {times})"
    )

    def applied(*resources: str, **how: Any) -> list[Path]:
        before = len(project.migrations())
        project.change(answers_of(*resources), **how)
        added = project.migrations()[before:]
        database.up(*added)
        return added

    left = "customer email:string:required"
    applied(left, "invoice paid:bool total:int:required:min=1")
    applied(left)
    places = kept(project.history, project.fresh)
    assert places == ["customers.note", "invoices", "lines"]
    for place in places:
        before = database.catalog()
        (deleted,) = applied(left, kept=place)
        assert deleted.name.split("_", 1)[1] in ("delete_note_from_customers.sql", f"drop_{place}.sql")
        after = database.catalog()
        gone = {line for line in before - after if line.startswith("column ")}
        assert all(line.split()[1].startswith(f"{place}.") or line.split()[1] == place for line in gone)
        assert gone
        database.down(deleted)
        assert database.catalog() == before
        database.up(deleted)
        assert database.catalog() == after
    assert database.run("SELECT email FROM customers") == ["a@b.c"]
    assert kept(project.history, project.fresh) == []
    new = kind.new()
    new.up(*project.new_migrations())
    assert database.catalog() == new.catalog()


def test_rows_that_exist_keep_what_they_have(head: Template, tmp_path: Path, kind: Kind) -> None:
    project = Project(
        head,
        tmp_path,
        kind.choice,
        "none",
        "customer email:string:required:unique note:text",
        "invoice customer:ref=customer total:int",
    )
    database = kind.new()
    database.up(*project.migrations())
    applied = len(project.migrations())
    one = "00000000-0000-0000-0000-000000000001"
    database.run(
        f"INSERT INTO customers VALUES ('{one}', 'a@b.c', 'kept', 1, {database.now}, {database.now});\n"
        f"INSERT INTO invoices VALUES ('{one}', '{one}', 7, 1, {database.now}, {database.now})"
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


@pytest.mark.parametrize("database", FIRST_USERS)
def test_a_recorded_migration_of_accounts_never_changes(
    head: Template, tmp_path: Path, database: str
) -> None:
    project = Project(head, tmp_path, database, "jwt")
    project.outdate()
    users, _ = project.migrations()
    assert hashlib.sha256(users.read_bytes()).hexdigest() == FIRST_USERS[database]


def test_an_update_changes_an_earlier_table_of_accounts_once(
    head: Template, tmp_path: Path, kind: Kind
) -> None:
    project = Project(head, tmp_path, kind.choice, "jwt", "apple code:string:required:unique")
    project.outdate()
    database = kind.new()
    recorded = project.migrations()
    database.up(*recorded)
    database.run(
        "INSERT INTO users (id, email, password_hash, role, created_at) "
        f"VALUES ('00000000-0000-0000-0000-000000000001', 'a@b.c', 'hash', 'admin', {database.now})"
    )
    before = database.catalog()
    project.change(project.resources)
    assert project.history[-1] == {"number": 4, "name": "change_users", "own": "users", "revision": 2}
    *same, change = project.migrations()
    assert [path.name for path in same] == [path.name for path in recorded]
    database.up(change)
    after = database.catalog()
    database.run(f"UPDATE users SET last_login_at = {database.now}")
    database.down(change)
    assert database.catalog() == before
    database.up(change)
    new = kind.new()
    new.up(*project.new_migrations())
    assert database.catalog() == after == new.catalog()
    assert database.run("SELECT email FROM users WHERE last_login_at IS NULL") == ["a@b.c"]
    history = project.history
    project.change(project.resources)
    assert project.history == history


@pytest.mark.parametrize("updated", [False, True])
def test_accounts_that_were_deleted_come_back_in_their_revision(
    head: Template, tmp_path: Path, kind: Kind, updated: bool
) -> None:
    project = Project(head, tmp_path, kind.choice, "jwt")
    project.outdate()
    if updated:
        project.change(project.resources)
    database = kind.new()
    database.up(*project.migrations())
    before, applied = database.catalog(), len(project.migrations())
    project.change(project.resources, "none", drop=True)
    dropped = project.migrations()[applied:]
    database.up(*dropped)
    assert database.catalog() == set()
    database.down(*dropped)
    assert database.catalog() == before


def test_a_table_is_replaced_only_without_foreign_keys(head: Template, tmp_path: Path) -> None:
    """With foreign keys, SQLite would delete the rows that refer to a replaced table."""
    project = Project(
        head, tmp_path, "sqlite", "none", "box size:int", "item box:ref=box:on_delete=cascade code:string"
    )
    database = SQLite()
    database.up(*project.migrations())
    applied = len(project.migrations())
    database.run(
        "INSERT INTO boxes VALUES ('box', 1, 1, 0, 0);\nINSERT INTO items VALUES ('item', 'box', 'x', 1, 0, 0)"
    )
    project.change(answers_of("box size:int:min=1", "item box:ref=box:on_delete=cascade code:string"))
    (changed,) = project.migrations()[applied:]
    database.connection.execute("PRAGMA foreign_keys = ON")
    with pytest.raises(AssertionError, match="foreign_keys_are_off"):
        database.up(changed)
    database.connection.execute("PRAGMA foreign_keys = OFF")
    database.up(changed)
    assert database.run("SELECT box_id FROM items") == ["box"]
    database.run("DELETE FROM boxes")
    with pytest.raises(AssertionError, match="all_references_exist"):
        database.down(changed)
