"""The tests of the project."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from gowright.verify.check import Reads, check
from gowright.verify.checks.conditions import any_server, stand_in_database
from gowright.verify.checks.source.go_tools import last_lines, repeat_command
from gowright.verify.harness.gotest import Summary, summary
from gowright.verify.harness.harness import Harness
from gowright.verify.outcomes import Failed, Skipped

#: The names of the repository tests for absent unique values.
_UNIQUE_IS_ABSENT = "/^any_number_of_.*_have_no_"


@check("unit-tests", "the project's tests pass", reads=Reads.TESTS)
def unit_tests(harness: Harness) -> str:
    """The tests pass without any servers."""
    return _described(_test(harness))


@check("race", "the project's tests pass under the race detector", reads=Reads.TESTS)
def race(harness: Harness) -> str:
    """The tests pass under the race detector."""
    _require_c_compiler(harness)
    return _described(_test(harness, "-race"))


@check("integration-tests", "the project's tests pass on real servers", when=any_server, reads=Reads.TESTS)
def integration_tests(harness: Harness) -> str:
    """The tests pass on real servers, and none is skipped because a server is missing."""
    env: dict[str, str] = {}
    without = ""
    for backend in harness.backends.servers:
        try:
            env |= backend.environment()
        except Skipped:
            # The tests that need other servers still run.
            without += f", without {backend.name}"
    if not env:
        raise Skipped(f"no server is available for the tests{without}")
    # For external servers, whose addresses don't change, disable the test cache.
    flags = ["-count=1"] if any(name in os.environ for name in env) else []
    if not harness.backends.unique_can_be_absent:
        flags += ["-skip", _UNIQUE_IS_ABSENT]
        without += ", without the tests of absent unique values, which the stand-in database does not support"
    counted = _test(harness, *flags, **env)
    missing = [test for test, why in counted.skipped.items() if any(name in why for name in env)]
    if missing:
        raise Failed(f"skipped although {' and '.join(env)} are set:\n" + "\n".join(missing))
    return _described(counted) + without


@check(
    "real-database",
    "the repository tests pass on the database itself, not on a stand-in",
    when=stand_in_database,
    reads=Reads.TESTS,
    optional=True,
)
def real_database(harness: Harness) -> str:
    """No repository test is skipped because the stand-in database doesn't support it."""
    database = harness.database
    if missing := database.server.missing_capabilities:
        raise Skipped(
            f"the server is a stand-in for {database.name} without {missing}:"
            f" set {database.variable} to the URL of a real server"
        )
    env = database.environment()
    counted = _test(harness, "-count=1", packages="./internal/repository/...", **env)
    if counted.skipped:
        raise Failed(f"skipped although {database.variable} is set:\n" + "\n".join(counted.skipped))
    return _described(counted)


def _test(harness: Harness, *flags: str, packages: str = "./...", **servers: str) -> Summary:
    # External servers must not affect the tests.
    named = {each.name for facts in harness.project.facts.values() for each in facts.variables}
    env = {name: value for name, value in harness.go.environment().items() if name not in named}
    command = ("go", "test", *flags, packages)
    # The check vet covers the same code.
    done = harness.command(
        harness.go.binary, "test", "-vet=off", "-json", *flags, packages, env=env | servers
    )
    counted = summary(done.output)
    if done.exit_code != 0:
        repeat = repeat_command(harness, *(f"{name}=..." for name in servers), *command)
        raise Failed(last_lines(counted.failures or done.output), repeat)
    return counted


def _described(counted: Summary) -> str:
    skipped = f", {len(counted.skipped)} skipped" if counted.skipped else ""
    return f"{counted.passed} tests{skipped}"


def _require_c_compiler(harness: Harness) -> None:
    compiler = harness.command(harness.go.binary, "env", "CC").output.strip()
    if shutil.which(compiler) is None and not Path(compiler).exists():
        raise Skipped(f"the race detector needs a C compiler, and {compiler} is not on PATH")
