"""What the commands that change a project share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import typer

from gowright.cli.options import Output
from gowright.cli.output import change_directory, print_result
from gowright.errors import Exit
from gowright.model.ledger import Ledger


def run_change(
    command: Callable[..., Ledger],
    *,
    dry_run: bool,
    diff: bool,
    commit: bool,
    branch: str,
    output: Output,
    directory: Path | None,
) -> None:
    """Run a command that changes the project in the current folder, print its ledger, and exit.

    Args:
        command: gets the folder and the options.
        dry_run: see Options; like the others.
        diff: whether the ledger has a patch.
        commit: whether to commit.
        branch: a new branch, or an empty string.
        output: the format of the result.
        directory: the value of -C.
    """
    from gowright import console
    from gowright.commands.change_options import Options
    from gowright.console import changes

    change_directory(directory)
    options = Options(
        dry_run=dry_run,
        patch=diff,
        commit=commit,
        branch=branch,
        shell_path=directory or Path(),
        working=console.working,
    )
    ledger = command(Path(), options=options)
    print_result(output, ledger.as_dict, lambda: changes.ledger(ledger, diff=diff))
    raise typer.Exit(_exit(ledger, wants_commit=commit or bool(branch)))


def _exit(ledger: Ledger, *, wants_commit: bool) -> Exit:
    if ledger.conflicts:
        return Exit.CONFLICTS
    failed = wants_commit and ledger.written and not ledger.committed
    return Exit.PRECONDITION if failed else Exit.DONE
