"""Command-line options: one per feature of the template, and the options that several commands share."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from gowright.model.features import Feature
from gowright.model.template import Template


class Output(StrEnum):
    """The format of a command's result."""

    TEXT = "text"
    JSON = "json"


_HOW = "How it runs"

OutputOption = Annotated[
    Output,
    typer.Option(
        "--output",
        "-o",
        help="Print the result as text, or as one JSON object.",
        rich_help_panel=_HOW,
    ),
]
DirectoryOption = Annotated[
    Path | None,
    typer.Option("-C", metavar="DIR", help="Run as if started in DIR.", rich_help_panel=_HOW),
]
DryRunOption = Annotated[
    bool,
    typer.Option(
        "--dry-run", "-n", help="Show what would be written, without writing it.", rich_help_panel=_HOW
    ),
]
NoInputOption = Annotated[
    bool,
    typer.Option(
        "--no-input",
        help="Ask no questions; use the defaults. [dim]Implied if there is no terminal.[/]",
        rich_help_panel=_HOW,
    ),
]

DiffOption = Annotated[
    bool, typer.Option("--diff", help="Also show the changes as a patch.", rich_help_panel=_HOW)
]
CommitOption = Annotated[
    bool,
    typer.Option("--commit", help="Commit the changes, unless there are conflicts.", rich_help_panel=_HOW),
]
BranchOption = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="Create this branch, and commit the changes there, unless there are conflicts.",
        rich_help_panel=_HOW,
        show_default=False,
    ),
]

DropDataOption = Annotated[
    bool,
    typer.Option(
        "--drop-data",
        help="Add a migration that deletes the tables and columns that the service stops using.",
    ),
]

PROJECT = "Project"
FEATURES = "Features"


def project_option(flag: str, help: str, default: str) -> Any:
    """Return the option for a text question about the project."""
    return typer.Option(flag, metavar="TEXT", help=_with_default(help, default), rich_help_panel=PROJECT)


def with_features(features: Iterable[Feature]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator that adds one option per feature to a command.

    The command must accept `**flags`. Its own options come first in the help.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(function, eval_str=True)
        own = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
        parameters = [*own, *(_parameter(feature) for feature in features)]
        function.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        return function

    return decorate


def _parameter(feature: Feature) -> inspect.Parameter:
    # The value is checked later, together with all other answers.
    option = typer.Option(
        feature.flag,
        metavar="CHOICE",
        help=_with_default(f"{feature.help} {', '.join(feature.values)}", feature.default),
        autocompletion=_starting_with(feature.values),
        rich_help_panel=FEATURES,
    )
    return inspect.Parameter(
        feature.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[str | None, option],
    )


def _with_default(help: str, default: str) -> str:
    # Typer would print the text of a default in parentheses.
    return f"{help} [dim]\\[default: {default}][/]"


def complete_preset(incomplete: str) -> list[str]:
    """Complete the name of a preset."""
    return _starting_with(preset.name for preset in Template.head().presets())(incomplete)


def complete_choice(incomplete: str) -> list[str]:
    """Complete FEATURE=CHOICE."""
    features = Template.head().features()
    return _starting_with(f"{each.name}={value}" for each in features for value in each.values)(incomplete)


def _starting_with(values: Iterable[str]) -> Callable[[str], list[str]]:
    known = tuple(values)

    def complete(incomplete: str) -> list[str]:
        return [value for value in known if value.startswith(incomplete)]

    return complete


def wants_json(arguments: Iterable[str]) -> bool:
    """Report whether the arguments request JSON output, even if they're otherwise invalid."""
    return bool(re.search(r"(?:^|\0)(?:--output|-[a-zA-Z]*o)[=\0]?json(?:\0|$)", "\0".join(arguments)))
