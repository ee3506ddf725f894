"""Results of checks if a required server is not available."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from gowright.model.project import Project
from gowright.verify.backends.base import DatabaseBackend
from gowright.verify.backends.cache import redis_server
from gowright.verify.checks import CHECKS
from gowright.verify.checks.operations import limits
from gowright.verify.checks.source import go_tests
from gowright.verify.children import java
from gowright.verify.children.go_toolchain import Go
from gowright.verify.children.processes import Processes
from gowright.verify.harness.gotest import Summary
from gowright.verify.harness.harness import Harness
from gowright.verify.outcomes import Failed, Skipped
from gowright.verify.result import Outcome, passed
from gowright.verify.runner import Verification

GO = Go(Path("go"), (1, 26))


def project_of(root: Path, **answers: Any) -> Project:
    nothing = dict.fromkeys(("cache", "auth", "tracing", "metrics"), "none")
    return Project(root, {"project_name": "shop", **nothing, **answers}, ())


def unreachable(*_: object) -> list[Path]:
    raise Skipped("Maven Central is away")


def test_a_service_is_not_verified_without_its_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(java, "with_dependencies", unreachable)
    monkeypatch.delenv("MONGO_URL", raising=False)
    project = project_of(tmp_path, database="mongodb")
    live = tuple(check for check in CHECKS if check.name in ("health", "headers", "drain"))
    found = list(Verification(project, live, GO).results(keep_going=True))
    assert not passed(found)
    (failed,) = (result for result in found if result.outcome is Outcome.FAILED)
    assert "no MongoDB server is available: Maven Central is away" in failed.detail
    assert (failed.name, failed.fix) == ("health", "set MONGO_URL to the URL of a server")


class Servers:
    """A database that is there."""

    secrets = ()
    missing_capabilities = ""

    def new_url(self) -> str:
        return "postgres://there"


@pytest.fixture
def harness(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Project], Harness]]:
    """Makes benches on a machine without Redis, whose `go test` always passes."""
    monkeypatch.setattr(redis_server, "program", lambda: None)
    monkeypatch.setattr(DatabaseBackend, "server", Servers())
    monkeypatch.setattr(go_tests, "_test", lambda *_, **servers: Summary(passed=len(servers)))
    monkeypatch.delenv("REDIS_URL", raising=False)
    with Processes() as processes:
        yield lambda project: Harness(project, GO, processes)


@pytest.mark.parametrize(("former", "survives"), [({}, True), ({"of": "customers"}, False)])
def test_a_stand_in_for_mongodb_loses_what_was_renamed(
    tmp_path: Path,
    harness: Callable[[Project], Harness],
    monkeypatch: pytest.MonkeyPatch,
    former: dict[str, str],
    survives: bool,
) -> None:
    change = {"table": {"plural": "clients", "fields": []}, **former}
    project = project_of(tmp_path, database="mongodb", history=[{"changes": [change]}, {"own": "users"}])
    monkeypatch.setattr(Servers, "missing_capabilities", "transactions")
    assert harness(project).database.survives_restart is survives
    monkeypatch.setattr(Servers, "missing_capabilities", "")
    assert harness(project).database.survives_restart


def test_database_tests_run_without_redis(tmp_path: Path, harness: Callable[[Project], Harness]) -> None:
    both = project_of(tmp_path, database="postgres", cache="redis")
    assert go_tests.integration_tests.run(harness(both)) == "1 tests, without Redis"
    with pytest.raises(Skipped, match="no server is available for the tests, without Redis"):
        go_tests.integration_tests.run(harness(project_of(tmp_path, database="memory", cache="redis")))


def answer(status: int, seconds: float) -> httpx.Response:
    problem = {"type": "urn:problem:rate-limited", "status": status, "title": "Too Many Requests"}
    headers = {"Retry-After": "1", "Content-Type": "application/problem+json"} if status == 429 else {}
    made = httpx.Response(status, json=problem, headers=headers)
    made.elapsed = timedelta(seconds=seconds)
    return made


def test_repeated_slow_calls_are_allowed() -> None:
    slow = [answer(200, 0.5) for _ in range(20)] + [answer(429, 0.5), answer(200, 0.5)]
    assert [each.status_code for each in limits._limited(slow, "one client")] == [429]
    with pytest.raises(Failed, match="21 of 22 calls were served"):
        limits._limited([answer(each.status_code, 0.01) for each in slow], "one client")
