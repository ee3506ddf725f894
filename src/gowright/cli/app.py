"""The program itself: what it is called, its version and its help."""

from __future__ import annotations

from typing import Annotated

import typer

from gowright import __version__
from gowright.errors import Exit

app = typer.Typer(
    name="gowright",
    help="Generates Go backend services, and proves that they work.",
    epilog="Exit codes: 0 done · 1 the answer is no · 2 usage or a bad answer · "
    "3 something is missing or in the way · 130 interrupted",
    invoke_without_command=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"gowright {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    _version_asked: Annotated[
        bool, typer.Option("--version", help="Say the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(Exit.USAGE)
