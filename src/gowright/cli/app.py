"""The Typer app, with the options --version and --help."""

from __future__ import annotations

from typing import Annotated

import typer

from gowright import __version__
from gowright.errors import Exit

app = typer.Typer(
    name="gowright",
    help="Generate Go backend services, verify that they work, and keep them up to date.",
    epilog="Exit codes: 0 success · 1 a check failed or a newer release exists · 2 invalid argument or answer · "
    "3 unmet precondition, such as a missing tool · 4 conflicts remain · 130 interrupted",
    invoke_without_command=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(requested: bool) -> None:
    if requested:
        typer.echo(f"gowright {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    _version_requested: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(Exit.USAGE)
