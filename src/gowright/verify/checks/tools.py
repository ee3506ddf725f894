"""What Go's own tools say about the project."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from shlex import join

from gowright.verify.harness.gotest import Summary, summary
from gowright.verify.harness.harness import Harness
from gowright.verify.outcomes import Failed, Skipped

# A developer's own settings must not decide how the tests run.
_SERVERS = (
    "DATABASE_URL",
    "MONGO_URL",
    "REDIS_URL",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_ZIPKIN_ENDPOINT",
)
_SHOWN_LINES = 60

#: The tests, in every repository, that unique values can be absent.
_UNIQUE_IS_ABSENT = "/^any_number_of_.*_have_no_"


def formatted(harness: Harness) -> str:
    """The files are as gofmt writes them."""
    done = harness.command(harness.go.gofmt, "-l", ".")
    files = [line for line in done.output.splitlines() if not line.startswith("vendor/")]
    if files:
        raise Failed("not formatted:\n" + "\n".join(files), _again(harness, "gofmt", "-w", "."))
    return ""


def tidy(harness: Harness) -> str:
    """The module files are what `go mod tidy` would write."""
    return _clean(harness, ("go", "mod", "tidy", "-diff"), fix=("go", "mod", "tidy"))


def modules(harness: Harness) -> str:
    """The modules are the ones that go.sum names."""
    return _clean(harness, ("go", "mod", "verify"))


def vet(harness: Harness) -> str:
    """Nothing is suspicious to go vet."""
    return _clean(harness, ("go", "vet", "./..."))


def lint(harness: Harness) -> str:
    """golangci-lint finds nothing, by the project's own rules."""
    linter = shutil.which("golangci-lint")
    if linter is None:
        raise Skipped("golangci-lint is not on PATH")
    # Several proofs may run at once; by default the linter refuses to.
    done = harness.command(linter, "run", "--allow-parallel-runners", "./...")
    if done.exit_code != 0:
        raise Failed(_last(done.output), _again(harness, "golangci-lint", "run", "./..."))
    return ""


def build(harness: Harness) -> str:
    """The program builds."""
    size = harness.program.stat().st_size
    return f"{size / 1_000_000:.0f} MB"


def unit_tests(harness: Harness) -> str:
    """The project's tests pass with nothing installed."""
    return _described(_test(harness))


def race(harness: Harness) -> str:
    """The project's tests pass under the race detector."""
    _require_c_compiler(harness)
    return _described(_test(harness, "-race"))


def integration_tests(harness: Harness) -> str:
    """The project's tests pass against real servers, and none is skipped for want of one."""
    env, without = {}, ""
    if harness.database_kind:
        env[harness.database_kind.variable] = harness.database.new_url()
    if harness.project.has("cache", "redis"):
        try:
            env["REDIS_URL"] = harness.cache.new_url()
        except Skipped:
            if not env:
                raise
            # What needs the database is proved all the same.
            without = ", without Redis"
    # Our own servers have new addresses each time, so Go runs again what depends on them.
    given = any(name in os.environ for name in env)
    flags = ["-count=1"] if given else []
    if not harness.unique_can_be_absent:
        flags += ["-skip", _UNIQUE_IS_ABSENT]
        without += ", without those of absent unique values, which the server here cannot have"
    counted = _test(harness, *flags, **env)
    wanting = [test for test, why in counted.skipped.items() if any(name in why for name in env)]
    if wanting:
        raise Failed(f"skipped although {' and '.join(env)} are set:\n" + "\n".join(wanting))
    return _described(counted) + without


def real_database(harness: Harness) -> str:
    """No test of a repository is left out for what the database lacks."""
    kind = harness.database_kind
    if kind is None:
        raise Skipped("the service keeps its data in memory")
    if harness.database.lacks:
        raise Skipped(
            f"the server here stands in for {kind.name} and has no {harness.database.lacks}:"
            f" name a real one in {kind.variable}"
        )
    env = {kind.variable: harness.database.new_url()}
    counted = _test(harness, "-count=1", packages="./internal/repository/...", **env)
    if counted.skipped:
        raise Failed(f"skipped although {kind.variable} is set:\n" + "\n".join(counted.skipped))
    return _described(counted)


def _test(harness: Harness, *flags: str, packages: str = "./...", **servers: str) -> Summary:
    env = {name: value for name, value in harness.go.environment().items() if name not in _SERVERS}
    command = ("go", "test", *flags, packages)
    # A check of its own vets the same code.
    done = harness.command(harness.go.binary, "test", "-vet=off", "-json", *flags, packages, env=env | servers)
    counted = summary(done.output)
    if done.exit_code != 0:
        again = _again(harness, *(f"{name}=..." for name in servers), *command)
        raise Failed(_last(counted.failures or done.output), again)
    return counted


def _described(counted: Summary) -> str:
    skipped = f", {len(counted.skipped)} skipped" if counted.skipped else ""
    return f"{counted.passed} tests{skipped}"


def _clean(harness: Harness, command: tuple[str, ...], fix: tuple[str, ...] = ()) -> str:
    done = harness.command(harness.go.binary, *command[1:])
    if done.exit_code != 0:
        raise Failed(_last(done.output), _again(harness, *(fix or command)))
    return ""


def _require_c_compiler(harness: Harness) -> None:
    compiler = harness.command(harness.go.binary, "env", "CC").output.strip()
    if shutil.which(compiler) is None and not Path(compiler).exists():
        raise Skipped(f"the race detector needs a C compiler, and {compiler} is not on PATH")


def _again(harness: Harness, *command: str) -> str:
    return f"cd {join([str(harness.project.root)])} && {' '.join(command)}"


def _last(output: str) -> str:
    return "\n".join(output.strip().splitlines()[-_SHOWN_LINES:])
