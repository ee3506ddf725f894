"""`gowright matrix`."""

from __future__ import annotations

import os
import re
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gowright.cli.app import app
from gowright.cli.options import DirectoryOption, complete_choice
from gowright.cli.output import change_directory, report_file
from gowright.errors import BadAnswer, Exit, escape
from gowright.model.template import Template

if TYPE_CHECKING:
    from gowright.matrix import Report, Shard

_WHICH = "Variants"
_WHAT = "Checks"
_HOW = "How it runs"


class Form(StrEnum):
    """The format of the command's result."""

    TEXT = "text"
    JSON = "json"
    GITHUB_MATRIX = "github-matrix"


@app.command(
    rich_help_panel="For template authors",
    epilog="Examples:\n\n"
    "  gowright matrix --list --strength 3\n\n"
    "  gowright matrix --where database=memory --jobs 2 --junit reports/matrix.xml\n\n"
    "  gowright matrix --shard 2/8 --keep build/matrix --resume\n\n"
    "  gowright matrix --random 5 --static",
)
def matrix(
    strength: Annotated[
        int,
        typer.Option(
            min=1,
            max=3,
            help="Cover every choice (1), pair (2), or triple (3) of choices.",
            rich_help_panel=_WHICH,
        ),
    ] = 2,
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FEATURE=CHOICE",
            help="Only variants with this choice. Repeatable: choices of one feature are alternatives.",
            autocompletion=complete_choice,
            rich_help_panel=_WHICH,
        ),
    ] = None,
    variant: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID",
            help="Only the variant with this ID from --list. Repeatable.",
            rich_help_panel=_WHICH,
        ),
    ] = None,
    shard: Annotated[
        str | None,
        typer.Option(
            metavar="I/N",
            help="Only part I of N, to split the run across machines.",
            rich_help_panel=_WHICH,
        ),
    ] = None,
    number: Annotated[
        int,
        typer.Option(
            "--random",
            metavar="N",
            min=0,
            help="N random variants that are not in the covering set.",
            rich_help_panel=_WHICH,
        ),
    ] = 0,
    seed: Annotated[
        int | None,
        typer.Option(
            metavar="S",
            min=0,
            help="The seed of --random, to get the same variants again.",
            rich_help_panel=_WHICH,
        ),
    ] = None,
    check: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Only this check of gowright verify. Repeatable.",
            rich_help_panel=_WHAT,
        ),
    ] = None,
    static: Annotated[
        bool,
        typer.Option(
            "--static",
            help="Only the checks that start nothing: format, tidy, build, modules, vet, and lint.",
            rich_help_panel=_WHAT,
        ),
    ] = False,
    list_: Annotated[
        bool,
        typer.Option("--list", help="List the variants and how much they cover.", rich_help_panel=_HOW),
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            "-j",
            metavar="N",
            min=1,
            help="Verify N variants in parallel. [dim]\\[default: one per CPU, up to 8][/]",
            rich_help_panel=_HOW,
        ),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Render into DIR and keep the projects.", rich_help_panel=_HOW),
    ] = None,
    fail_fast: Annotated[
        bool,
        typer.Option(
            "--fail-fast/--keep-going",
            "-x/-k",
            help="Stop at the first failure, or run all checks.",
            rich_help_panel=_HOW,
        ),
    ] = False,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Treat skipped checks as failures.", rich_help_panel=_HOW),
    ] = False,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Skip the variants that passed in an earlier run of the same command.",
            rich_help_panel=_HOW,
        ),
    ] = False,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write a JUnit report.", rich_help_panel=_HOW)
    ] = None,
    output: Annotated[
        Form,
        typer.Option(
            "--output",
            "-o",
            help="Print the result as text or as one JSON object, or print the jobs for strategy.matrix of "
            "a GitHub workflow.",
            rich_help_panel=_HOW,
        ),
    ] = Form.TEXT,
    shards: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            max=256,
            help="With github-matrix: one job per shard instead of per variant.",
            rich_help_panel=_HOW,
        ),
    ] = None,
    directory: DirectoryOption = None,
) -> None:
    """Verify variants of the template: the presets, and a set that covers every pair of choices."""
    from gowright import console, matrix
    from gowright.console import matrix as look

    change_directory(directory)
    if shards and output is not Form.GITHUB_MATRIX:
        raise BadAnswer(
            "usage", "--shards requires --output github-matrix", fix="gowright matrix --shard 1/8"
        )
    if seed is not None and not number:
        raise BadAnswer("usage", "--seed requires --random", fix=f"gowright matrix --random 10 --seed {seed}")
    if static and check:
        raise BadAnswer("usage", "--static and --check cannot be combined", fix="omit --static")
    selection = matrix.Selection(
        strength=strength,
        number=number,
        seed=matrix.random_seed() if seed is None else seed,
        where=tuple(_choice(each) for each in where or ()),
        ids=tuple(variant or ()),
        shard=_shard(shard) if shard else matrix.Shard(),
    )
    found = matrix.matrix(Template.head(), selection)
    if output is Form.GITHUB_MATRIX:
        console.print_json_line(matrix.github_matrix(selection, found, shards or 0))
        return
    if list_:
        listing = matrix.listing(selection, found)
        console.print_json(listing) if output is Form.JSON else look.variants(listing)
        return
    options = matrix.RunOptions(
        checks=matrix.static_checks() if static else tuple(check or ()),
        jobs=jobs or min(os.cpu_count() or 1, 8),
        keep=keep.absolute() if keep else None,
        fail_fast=fail_fast,
        strict=strict,
    )
    run = matrix.Session(Template.head(), selection, found, options, resume=resume)
    # After an interrupt, report the results so far.
    with report_file(junit, lambda file: run.report().write_junit(file)):
        try:
            with (
                look.verifying(found.variants, quiet=output is not Form.TEXT) as show,
                closing(run.events()) as events,
            ):
                for event in events:
                    show(event)
        except KeyboardInterrupt:
            raise matrix.Interrupted(run.report()) from None
        _end(run.report(), output)


def _end(report: Report, output: Form) -> None:
    from gowright import console
    from gowright.console import matrix as look

    if output is Form.JSON:
        console.print_json(report.as_dict())
    else:
        look.verified(report)
    raise typer.Exit(Exit.DONE if report.passed else Exit.NO)


def _choice(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise BadAnswer(
            "usage",
            f"--where: {escape(text)} is not FEATURE=CHOICE",
            fix="gowright matrix --where database=memory, for example",
        )
    return name.replace("-", "_").lstrip("_"), value


def _shard(text: str) -> Shard:
    from gowright.matrix import Shard

    found = re.fullmatch(r"([0-9]{1,4})/([0-9]{1,4})", text)
    index, count = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= index <= count:
        raise BadAnswer(
            "usage",
            f"--shard: {escape(text)} is not a shard",
            why="a shard is I/N, with I from 1 to N",
            fix="gowright matrix --shard 1/8, for example",
        )
    return Shard(index, count)
