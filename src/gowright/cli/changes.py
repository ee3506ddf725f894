"""What the commands that change a project share."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, Protocol

import typer

from gowright.cli.options import (
    BranchOption,
    CommitOption,
    DiffOption,
    DirectoryOption,
    DryRunOption,
    Output,
    OutputOption,
)
from gowright.cli.output import change_directory, print_result
from gowright.commands.change_options import Options
from gowright.errors import Exit
from gowright.model.ledger import Ledger


class Change(Protocol):
    """Changes the project in a folder."""

    def __call__(self, folder: Path, *, options: Options) -> Ledger:
        """Change the project, and return what happened."""


def changes_project(command: Callable[..., Change]) -> Callable[..., None]:
    """Make a command of a function that returns a change of the project in the current folder.

    The command has the options of the function, and those that all changes share. It prints the ledger, and exits.
    """

    @wraps(command)
    def run(
        *arguments: Any,
        dry_run: bool,
        diff: bool,
        commit: bool,
        branch: str,
        output: Output,
        directory: Path | None,
        **options: Any,
    ) -> None:
        from gowright import console
        from gowright.console import changes

        change = command(*arguments, **options)
        change_directory(directory)
        ledger = change(
            Path(),
            options=Options(
                dry_run=dry_run,
                patch=diff,
                commit=commit,
                branch=branch,
                shell_path=directory or Path(),
                working=console.working,
            ),
        )
        print_result(output, ledger.as_dict, lambda: changes.ledger(ledger, diff=diff))
        raise typer.Exit(_exit(ledger, wants_commit=commit or bool(branch)))

    own = inspect.signature(command, eval_str=True).parameters.values()
    run.__signature__ = inspect.Signature([*own, *_SHARED])  # type: ignore[attr-defined]
    return run


def _shared(name: str, default: object, annotation: object) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


_SHARED = (
    _shared("dry_run", False, DryRunOption),
    _shared("diff", False, DiffOption),
    _shared("commit", False, CommitOption),
    _shared("branch", "", BranchOption),
    _shared("output", Output.TEXT, OutputOption),
    _shared("directory", None, DirectoryOption),
)


def _exit(ledger: Ledger, *, wants_commit: bool) -> Exit:
    if ledger.conflicts:
        return Exit.CONFLICTS
    failed = wants_commit and ledger.written and not ledger.committed
    return Exit.PRECONDITION if failed else Exit.DONE
