"""All terminal output: the only package that imports Rich."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gowright.commands.check import Freshness
from gowright.commands.create import Created
from gowright.commands.doctor import Diagnosis, State
from gowright.console.stdout import Out, write_json
from gowright.errors import ToolError
from gowright.model.plan import Action

if TYPE_CHECKING:
    from gowright.verify.check import Check
    from gowright.verify.result import Result

#: The color of each outcome.
OUTCOMES = {"passed": "green", "failed": "bold red", "skipped": "yellow"}
_STATES = {State.OK: "green", State.WARN: "yellow", State.FAIL: "red"}


# Names and paths aren't markup, and numbers in them aren't highlighted.
_PLAIN: dict[str, Any] = {"markup": False, "highlight": False, "emoji": False, "soft_wrap": True}

out = Out(**_PLAIN)
err = Console(stderr=True, **_PLAIN)


def print_json(data: Mapping[str, Any]) -> None:
    """Print the result of a command as one indented JSON object."""
    write_json(data, indent=2)


def print_json_line(data: Mapping[str, Any]) -> None:
    """Print a JSON object on one line, for example for $GITHUB_OUTPUT."""
    write_json(data)


def interactive() -> bool:
    """Report whether questions can be asked. Prompts go to stderr, because stdout is for the result."""
    # A stream that was closed at startup is None.
    terminal = all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))
    return terminal and not os.environ.get("CI")


@contextmanager
def working(what: str) -> Iterator[None]:
    """Show a spinner on a terminal while the block runs."""
    if not err.is_terminal:
        yield
        return
    with err.status(Text(what), spinner="line"):
        yield


def error(problem: ToolError) -> None:
    """Print the problem, the reason, and the fix."""
    err.print(Text.assemble(("error: ", "bold red"), problem.what))
    if problem.why:
        err.print(Text.assemble(("  why: ", "dim"), problem.why))
    if problem.fix:
        err.print(Text.assemble(("  fix: ", "green"), problem.fix))


def created(result: Created) -> None:
    """Print what `new` created, or would create."""
    paths = result.plan.paths(Action.CREATE)
    if not result.written:
        for path in paths:
            out.print(Text.assemble(("would create  ", "dim"), path))
        _hints(result)
        err.print(f"{_files(len(paths))}; dry run, nothing was written")
        return
    for place, number in _places(paths).items():
        count = f"  {_files(number)}" if place.endswith("/") else ""
        err.print(Text.assemble(("  create  ", "green"), place, (count, "dim")))
    _hints(result)
    commit = "committed" if result.committed else "not committed"
    name = result.answers.get("project_name", result.path.name)
    out.print(f"\n{name} is ready: {_files(len(paths))}, {commit}. Next:\n")
    for command in result.next:
        out.print(Text.assemble("  ", (command, "bold")))
    out.print()


def _hints(result: Created) -> None:
    for hint in result.hints:
        err.print(Text.assemble(("  hint    ", "yellow"), hint))


def _places(paths: Iterable[str]) -> dict[str, int]:
    """Return the files at the top level, and the top-level folders with the number of files in each."""
    tops = (PurePosixPath(path).parts for path in paths)
    return dict(Counter(f"{parts[0]}/" if len(parts) > 1 else parts[0] for parts in tops))


def _files(number: int) -> str:
    return f"{number} file" if number == 1 else f"{number} files"


def features(rows: Iterable[Mapping[str, Any]]) -> None:
    """Print the features as a table."""
    rendered = table("feature", "choices (default first)", "question")
    for row in rows:
        rendered.add_row(Text(row["name"], "bold"), " ".join(c["value"] for c in row["choices"]), row["help"])
    out.print(rendered)


def presets(rows: Iterable[Mapping[str, Any]]) -> None:
    """Print the presets as a table."""
    rendered = table("preset", "description", "choices")
    for row in rows:
        choices = [v for k, v in row["answers"].items() if isinstance(v, str) and v != "none"]
        rendered.add_row(Text(row["name"], "bold"), row["help"], " ".join(choices))
    out.print(rendered)


def releases(rows: Iterable[Mapping[str, Any]]) -> None:
    """Print the releases as a table."""
    rendered = table("release", "")
    for row in rows:
        notes = ["used by gowright new"] if row["current"] else []
        notes += [] if row["recorded"] else ["not released"]
        rendered.add_row(Text(row["release"], "bold"), ", ".join(notes))
    out.print(rendered)


def freshness(found: Freshness) -> None:
    """Print the release of a project, and the newest one if it's another."""
    if found.current:
        out.print(f"{found.project} has the newest release, {found.release}")
    else:
        out.print(f"{found.project} has release {found.release}; the newest is {found.newest}")


def diagnosis(found: Diagnosis) -> None:
    """Print one diagnosis, with its fix on the next line."""
    state = Text(f"{found.state:5}", _STATES[found.state])
    out.print(Text.assemble("  ", state, f" {found.name:15}", found.found))
    if found.fix:
        out.print(Text.assemble(" " * 23, ("fix: ", "green"), found.fix))


def checks(rows: Iterable[Mapping[str, str]]) -> None:
    """Print the checks as a table."""
    rendered = table("check", "property")
    for row in rows:
        rendered.add_row(Text(row["name"], "bold"), row["title"])
    out.print(rendered)


@contextmanager
def verifying(
    checks: Sequence[Check], *, quiet: bool
) -> Iterator[tuple[Callable[[Result], None], Callable[[str], None]]]:
    """Yield two callbacks: one prints a result, the other updates the status line.

    On a terminal, the status line shows the check that is running.
    """
    if quiet:
        yield lambda _result: None, lambda _what: None
        return
    width = max((len(check.name) for check in checks), default=0)
    waiting = iter(enumerate(checks, start=1))
    with out.status("", spinner="line") if out.is_terminal else nullcontext() as status:

        def show_next() -> None:
            number, check = next(waiting, (0, None))
            if status and check:
                status.update(Text(f"{number}/{len(checks)} {check.name}: {check.title}"))

        def show(result: Result) -> None:
            _result(result, width)
            show_next()

        def progress(what: str) -> None:
            if status:
                status.update(Text(what))

        show_next()
        yield show, progress


def _result(result: Result, width: int) -> None:
    outcome = result.outcome.value
    state = Text(f"  {outcome:8}", OUTCOMES[outcome])
    line = Text.assemble(state, f"{result.seconds:6.1f} s  {result.name:{width}}  {result.title}")
    if outcome != "failed":
        out.print(Text.assemble(line, (f" ({result.detail})" if result.detail else "", "dim")))
        return
    out.print(line)
    for detail in result.detail.splitlines():
        out.print(Text(f"{'':20}{detail}"))
    out.print(Text.assemble(" " * 20, ("fix: ", "green"), result.fix))


def verified(results: Sequence[Result], expected: int) -> None:
    """Print the summary of a verification."""
    counts = Counter(result.outcome.value for result in results)
    parts = [Text(f"{counts[name]} {name}", style) for name, style in OUTCOMES.items() if counts[name]]
    seconds = sum(result.seconds for result in results)
    out.print(Text.assemble("\n  ", Text(", ").join(parts), f" in {seconds:.0f} s"))
    if remaining := expected - len(results):
        err.print(f"  {remaining} not run; to run all checks, use --keep-going")


def table(*columns: str) -> Table:
    """Return an empty table in the style of all tables."""
    made = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    for number, column in enumerate(columns):
        made.add_column(column, overflow="fold", no_wrap=not number)
    return made
