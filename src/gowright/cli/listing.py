"""`gowright list`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from gowright.cli.app import app
from gowright.cli.options import Output, OutputOption
from gowright.cli.output import print_result
from gowright.model.template import Template


class Listed(StrEnum):
    """The things that can be listed."""

    FEATURES = "features"
    PRESETS = "presets"
    RELEASES = "releases"


@app.command(name="list")
def list_(
    what: Annotated[Listed, typer.Argument(help="What to list.")], output: OutputOption = Output.TEXT
) -> None:
    """List features, presets, or releases."""
    from gowright import console
    from gowright.commands import listing

    rows = getattr(listing, f"list_{what.value}")(Template.head())
    print_result(output, lambda: {what.value: rows}, lambda: getattr(console, what.value)(rows))
