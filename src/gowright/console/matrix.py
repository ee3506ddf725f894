"""Terminal output of `gowright matrix`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from gowright.console import OUTCOMES, err, out, table

if TYPE_CHECKING:
    from gowright.matrix import Event, Report, Variant, Verified

_WORDS = {1: "choices", 2: "pairs", 3: "triples"}


def variants(listing: Mapping[str, Any]) -> None:
    """Print the variants as a table, with the number of tuples that each one is the first to contain."""
    rows = listing["variants"]
    words = _WORDS[listing["selection"]["strength"]]
    listed = table("variant", f"new {words}", "choices and resources")
    for row in rows:
        choices = [f"{name}={value}" for name, value in row["choices"].items()]
        resources = " ".join(row["resources"])
        listed.add_row(
            Text(row["id"], "bold"),
            str(len(row["covers"])),
            Text.assemble(" ".join(choices), (f" ({resources})" if resources else "", "dim")),
        )
    out.print(listed)
    tuples = listing["tuples"]
    out.print(f"\n{_many(len(rows), 'variant')}: {_part(tuples['covered'], tuples['total'], words)}")


@dataclass
class _Running:
    variant: Variant
    checks: int
    begin: float = field(default_factory=time.monotonic)
    done: int = 0
    last: str = ""


class _Board:
    """The variants that are running; Rich draws it repeatedly."""

    def __init__(self, expected: int) -> None:
        self.expected = expected
        self.running: dict[str, _Running] = {}
        self.ended = 0

    def __rich__(self) -> Group:
        rows = Table.grid(padding=(0, 2))
        for row in self.running.values():
            rows.add_row(
                Text(f"  {time.monotonic() - row.begin:6.0f} s", "dim"),
                Text(row.variant.id, "bold"),
                Text(f"{row.done}/{row.checks}"),
                Text(row.last, no_wrap=True),
            )
        state = f"  {self.ended} of {self.expected}"
        if not self.running and self.ended < self.expected:
            state += ": rendering"
        return Group(rows, Text(state, "dim"))


@contextmanager
def verifying(variants: Sequence[Variant], *, quiet: bool) -> Iterator[Callable[[Event], None]]:
    """Yield a callback that prints a line for each variant that ends.

    On a terminal, a live display shows the running variants. Otherwise, a line is printed for each start.
    """
    from gowright.matrix import Checked, Started

    board = _Board(len(variants))
    width = max((len(variant.id) for variant in variants), default=0)

    def show(event: Event) -> None:
        if isinstance(event, Started):
            board.running[event.variant.id] = _Running(event.variant, event.checks)
            if not quiet and not out.is_terminal:
                out.print(f"  started             {event.variant.id:{width}}  {_choices(event.variant)}")
        elif isinstance(event, Checked):
            board.running[event.variant.id].done += 1
            board.running[event.variant.id].last = event.result.name
        else:
            board.running.pop(event.variant.id, None)
            board.ended += 1
            if not quiet:
                _verified(event, width)

    if quiet or not out.is_terminal:
        yield show
        return
    with Live(board, console=out, transient=True, refresh_per_second=4):
        yield show


def _verified(verified: Verified, width: int) -> None:
    outcome = "passed" if verified.passed else "failed" if verified.failed else "skipped"
    state = Text(f"  {outcome:8}", OUTCOMES[outcome])
    line = Text.assemble(
        state, f"{verified.seconds:7.1f} s  {verified.variant.id:{width}}  ", _choices(verified.variant)
    )
    if verified.resumed:
        line.append(" (from an earlier run)", "dim")
    elif verified.same_as:
        line.append(f" (same as {verified.same_as})", "dim")
    elif not verified.results:
        line.append(" (no check applies)", "dim")
    out.print(line)
    for result in verified.results:
        if result.outcome.value == "failed":
            out.print(Text(f"{'':20}{result.name}: {result.detail.partition(chr(10))[0]}"))


def verified(report: Report) -> None:
    """Print the failures, each with the command that repeats it, and a summary of the run."""
    for each, result, command in report.failures():
        out.print(
            Text.assemble(
                "\n", ("failed", OUTCOMES["failed"]), f"  {each.variant.id}  {result.name}: ", result.title
            )
        )
        for line in result.detail.splitlines():
            out.print(Text(f"        {line}"))
        out.print(Text.assemble("        ", ("repeat: ", "green"), command))
    summary = report.as_dict()
    counts, checks, tuples = summary["counts"], summary["checks"], summary["tuples"]
    states = [Text(f"{counts[name]} {name}", OUTCOMES[name]) for name in ("passed", "failed") if counts[name]]
    states += [
        Text(f"{counts[name]} {label}", OUTCOMES["skipped"])
        for name, label in _UNVERIFIED.items()
        if counts[name]
    ]
    notes = [f"{counts[name]} {label}" for name, label in _NOTES.items() if counts[name]]
    words = _WORDS[report.matrix.strength]
    out.print(
        Text.assemble(
            f"\n  {_many(len(report.matrix.variants), 'variant')}: ",
            Text(", ").join(states or [Text("no variants")]),
            (f" ({', '.join(notes)})" if notes else ""),
            f" in {_time(report.seconds)}",
        )
    )
    out.print(f"  checks: {', '.join(f'{number} {name}' for name, number in checks.items())}")
    for skip in summary["skipped"]:
        what = f"{_many(skip['checks'], 'check')} of {_many(skip['variants'], 'variant')}"
        out.print(Text.assemble(("  skipped", OUTCOMES["skipped"]), f" {what}: {skip['reason']}"))
    for name, variants in summary["retried"].items():
        many = _many(variants, "variant")
        out.print(
            Text.assemble(("  retried", OUTCOMES["skipped"]), f" {name} of {many}: it depends on timing")
        )
    out.print(f"  {_part(tuples['covered'], tuples['total'], words)}{_not_counted(summary)}")
    if report.selection.number:
        err.print(f"  to repeat: --random {report.selection.number} --seed {report.selection.seed}")


_UNVERIFIED = {"unverified": "not verified (all checks skipped)", "not_run": "not run"}
_NOTES = {"same": "with the Go sources of another variant", "resumed": "from an earlier run"}


def _not_counted(summary: Mapping[str, Any]) -> str:
    """Return the reason why tuples of variants that passed don't count."""
    if summary["checks_left_out"]:
        return "; they count only if all checks run"
    partly = summary["counts"]["passed"] - summary["counts"]["complete"]
    return f"; {_many(partly, 'variant')} with skipped checks not counted" if partly else ""


def _choices(variant: Variant) -> str:
    return " ".join(variant.choices.values())


def _part(covered: int, total: int, words: str) -> str:
    return f"{covered} of {total} {words} ({100 * covered // (total or 1)} %)"


def _many(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds // 60:.0f} min {seconds % 60:.0f} s"
