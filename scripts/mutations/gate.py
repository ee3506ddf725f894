"""Plants mutations in rendered services, and reports which of them are noticed."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from gowright.model.template import Template
from gowright.verify.children.processes import Processes
from scripts.mutations.checks import FileChecks
from scripts.mutations.code import GoTests
from scripts.mutations.live import LiveChecks
from scripts.mutations.table import BadMutation, Kind, Mutation, Table, Untried

Say = Callable[[str], None]


class Guard(Protocol):
    """What must notice the mutations of a service."""

    def before(self) -> str:
        """Return what fails without a mutation; empty if nothing does."""
        ...

    def prepare(self, mutation: Mutation) -> None:
        """Refuse a mutation that can't be noticed. It isn't planted yet.

        Raises:
            BadMutation: if nothing reads its file.
        """
        ...

    def notices(self, mutation: Mutation) -> str:
        """Return what fails with a mutation, which is planted; empty if nothing does.

        Raises:
            BadMutation: if the service doesn't compile with it, or the table is wrong about what notices it.
            Untried: if what must notice it can't run here.
        """
        ...


def run(
    template: Template, table: Table, mutations: Sequence[Mutation], say: Say = print, *, verify: bool = False
) -> list[str]:
    """Try mutations, and report each.

    Args:
        template: the template of the services.
        table: the services.
        mutations: what to try.
        say: receives each line of the report.
        verify: whether `gowright verify` must notice the mutations of code, instead of the tests of the service.

    Returns:
        What is wrong: what fails without a mutation, and mutations that are live, untried, or don't apply.
    """
    wrong: list[str] = []
    for name, service in table.services.items():
        chosen = [each for each in mutations if each.service == name]
        if not chosen:
            continue
        with Processes() as processes, _rendered(template, service.answers) as root:
            guard: Guard
            if service.kind is Kind.OPERATIONS:
                guard = FileChecks(root, chosen)
            elif verify:
                guard = LiveChecks(root, chosen)
            else:
                guard = GoTests(root, processes, say)
            begun = time.monotonic()
            if failed := guard.before():
                wrong.append(f"{name}: fails without a mutation: {failed}")
                say(wrong[-1])
                continue
            say(f"{name}: nothing fails without a mutation, {time.monotonic() - begun:.0f} s")
            for mutation in chosen:
                begun = time.monotonic()
                found = _try(guard, root, mutation)
                say(f"{time.monotonic() - begun:5.1f} s  {found}")
                if not found.startswith("killed"):
                    wrong.append(found)
    return wrong


def _try(guard: Guard, root: Path, mutation: Mutation) -> str:
    """Plant a mutation, and return a line for the report, which starts with how it ended."""
    try:
        guard.prepare(mutation)
        with _planted(root, mutation):
            notice = guard.notices(mutation)
    except BadMutation as error:
        return f"BAD     {mutation.name}: {error}"
    except Untried as error:
        return f"UNTRIED {mutation.name}: {error}"
    return f"killed  {mutation.name}: {notice}" if notice else f"LIVE    {mutation.name}: {mutation.why}"


@contextlib.contextmanager
def _planted(root: Path, mutation: Mutation) -> Iterator[None]:
    """Change the file of a mutation, and restore it after the block.

    Raises:
        BadMutation: if the mutation doesn't apply.
    """
    path = root / mutation.file
    if not path.is_file():
        raise BadMutation(f"there is no {mutation.file}")
    text = path.read_text(encoding="utf-8")
    path.write_text(mutation.mutated(text), encoding="utf-8")
    try:
        yield
    finally:
        path.write_text(text, encoding="utf-8")


@contextlib.contextmanager
def _rendered(template: Template, answers: Mapping[str, Any]) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="gowright-mutations-") as folder:
        root = Path(folder) / "shop"
        template.render(answers, root)
        yield root


def stale(template: Template, table: Table, mutations: Sequence[Mutation]) -> list[str]:
    """The mutations that don't apply to their service, each with the reason."""
    wrong: list[str] = []
    for name in dict.fromkeys(each.service for each in mutations):
        with _rendered(template, table.services[name].answers) as root:
            for each in (each for each in mutations if each.service == name):
                path = root / each.file
                try:
                    text = path.read_text(encoding="utf-8")
                    if each.mutated(text) == text:
                        wrong.append(f"{each.name}: it changes nothing")
                except (BadMutation, FileNotFoundError) as error:
                    wrong.append(f"{each.name}: {error}")
    return wrong
