"""Verify real services: they pass as generated, fail with a bug, and leave nothing behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gowright.model.template import Template
from gowright.verify.children.ports import wait_until
from gowright.verify.result import Outcome
from gowright.verify.runner import prepare
from tests.helpers import ROOT

pytestmark = [pytest.mark.go, pytest.mark.usefixtures("go_caches")]

RESOURCES = [
    {
        "name": "shipment",
        "plural": "shipments",
        "fields": [
            {"name": "tracking_code", "type": "string", "required": True, "unique": True, "search": True},
            {"name": "weight_grams", "type": "int", "min": 0, "default": 1, "sort": True, "range": True},
            {"name": "status", "type": "enum", "enum": ["pending", "moving"], "index": True},
            {"name": "eta", "type": "time"},
        ],
    },
    {
        "name": "parcel",
        "plural": "parcels",
        "fields": [{"name": "shipment_id", "type": "ref", "ref": "shipment", "required": True}],
    },
]

#: A bug in the generated Go: the file, what stands there, what stands there instead, and the check that finds it.
BUGS = {
    "stops-at-once": (
        "internal/app/app.go",
        "time.Sleep(a.cfg.Shutdown.Delay)",
        "time.Sleep(0)",
        "drain",
    ),
    "forgets-its-queue": (
        "internal/app/app.go",
        'a.cleanups.add("events", 5*time.Second, a.events.Stop)',
        "_ = time.Second",
        "flush",
    ),
    "takes-nothing-back": (
        "internal/app/storage.go",
        "return database.MigrateDown(ctx, pool, migrations.FS, log)",
        "return nil",
        "migrations",
    ),
    "stores-nothing": (
        "internal/app/storage.go",
        "a.store = postgres.NewStore(pool)",
        "_, a.store = postgres.NewStore(pool), memory.NewStore()",
        "restart",
    ),
    "allows-what-the-answers-do-not": (
        "api/openapi.yaml",
        "minimum: 0",
        "minimum: -1",
        "openapi",
    ),
    "overwrites-another-version": (
        "internal/repository/postgres/shipment.go",
        " AND (@version = 0 OR version = @version)",
        "",
        "two-writers",
    ),
    "skips-equal-values": (
        "internal/repository/postgres/store.go",
        "` AND (` + column + `, id) ` + beyond + ` (@sort, @cursor)`",
        "` AND ` + column + ` ` + beyond + ` @sort`",
        "sorting",
    ),
    "leaves-the-bound-out": (
        "internal/repository/postgres/store.go",
        "` >= @`",
        "` > @`",
        "ranges",
    ),
    "searches-for-patterns": (
        "internal/repository/postgres/store.go",
        ".Replace(text)",
        '.Replace("") + text',
        "search",
    ),
    "counts-one-page": (
        "internal/services/shipment.go",
        "return s.repo.Count(ctx, query)",
        "return int64(query.Page.Limit), nil",
        "totals",
    ),
    "lists-what-refers-to-others": (
        "internal/api/handlers/parcel.go",
        '.With("shipment_id", id.String())',
        "",
        "nested-lists",
    ),
    "believes-any-audience": (
        "internal/auth/tokens.go",
        "jwt.WithAudience(cfg.Audience)",
        "jwt.WithLeeway(leeway)",
        "forged-tokens",
    ),
    "does-not-recover": (
        "internal/api/api.go",
        "middleware.Recover(deps.Log),",
        "",
        "panic",
    ),
    "renames-a-metric": (
        "internal/telemetry/metrics.go",
        '"http_request_timeouts_total"',
        '"http_timeouts_total"',
        "observability",
    ),
    "counts-under-another-label": (
        "internal/telemetry/metrics.go",
        '[]string{"limiter", "decision"}',
        '[]string{"name", "decision"}',
        "observability",
    ),
    "is-deployed-with-an-unknown-environment": (
        "deployments/kubernetes/base/kustomization.yaml",
        "APP_ENV=production",
        "APP_ENV=staging",
        "deployed-start",
    ),
    "is-migrated-by-an-unknown-command": (
        "deployments/kubernetes/components/migration/job.yaml",
        "args: [migrate]",
        "args: [migrations]",
        "deployed-start",
    ),
    "keeps-what-was-changed": (
        "internal/repository/cached/shipment.go",
        "defer r.store.Change(ctx, keyShipment(id))()",
        "",
        "fresh-reads",
    ),
}


@pytest.fixture(scope="module")
def generate(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    def render(**answers: object) -> Path:
        project = tmp_path_factory.mktemp("project") / "shop"
        Template.head().render({"project_name": "shop", "resources": RESOURCES, **answers}, project)
        return project

    return render


@pytest.fixture(scope="module")
def service(generate: Callable[..., Path]) -> Path:
    return generate()


@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_in_the_generated_code_is_found(bug: str, service: Path, tmp_path: Path) -> None:
    file, there, instead, check = BUGS[bug]
    project = shutil.copytree(service, tmp_path / "shop")
    text = (project / file).read_text()
    assert there in text, f"{file} has changed: plant this bug somewhere else"
    (project / file).write_text(text.replace(there, instead))
    (found,) = prepare(project, checks=[check]).results()
    assert found.outcome is Outcome.FAILED
    assert "go build" not in found.detail


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A temporary folder for the runs of a test, so that leftovers can be found."""
    with tempfile.TemporaryDirectory(prefix="services-") as directory:
        # PostgreSQL's user must pass through.
        Path(directory).chmod(0o711)
        yield Path(directory)


def start(temporary: Path, project: Path, *checks: str) -> subprocess.Popen[str]:
    only = [argument for check in checks for argument in ("--check", check)]
    return subprocess.Popen(
        [sys.executable, "-m", "gowright", "verify", str(project), *only],
        env=os.environ | {"PYTHONPATH": str(ROOT / "src"), "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def left_behind(temporary: Path) -> list[str]:
    """Processes and folders that belong to a temporary folder."""
    commands = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,args="], capture_output=True, text=True, check=True
    )
    running = [line for line in commands.stdout.splitlines() if str(temporary) in line]
    return running + [str(path) for path in temporary.glob("gowright-verify-*")]


def test_parallel_runs_do_not_interfere(generate: Callable[..., Path], temporary: Path) -> None:
    checks = ("crud", "rate-limit", "database-stopped", "cache-stopped", "drain")
    both = [start(temporary, generate(http_framework=name), *checks) for name in ("gin", "echo")]
    said = [each.communicate(timeout=600)[0] for each in both]
    assert [each.returncode for each in both] == [0, 0], said
    assert left_behind(temporary) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_run_leaves_nothing(
    number: signal.Signals, service: Path, temporary: Path, request: pytest.FixtureRequest
) -> None:
    run = start(temporary, service, "health", "crud", "tls", "drain")
    request.addfinalizer(run.kill)
    assert run.stdout is not None
    with run.stdout as lines:
        # With this line PostgreSQL, Redis and the service are running.
        assert "passed" in lines.readline()
        assert any("postgres" in line for line in left_behind(temporary))
        run.send_signal(number)
        code = run.wait(60)
    assert code == (-number if number is signal.SIGKILL else 130)
    assert wait_until(lambda: not left_behind(temporary), 10), left_behind(temporary)


def test_the_smallest_service_passes_every_applicable_check(generate: Callable[..., Path]) -> None:
    nothing = dict.fromkeys(("cache", "auth", "tracing", "metrics"), "none")
    project = generate(database="memory", logger="slog", **nothing)
    found = list(prepare(project).results(keep_going=True))
    assert [(each.name, each.detail) for each in found if each.outcome is Outcome.FAILED] == []
