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
from gowright.cli.output import enter, reported
from gowright.errors import BadAnswer, Exit, escape
from gowright.model.template import Template

if TYPE_CHECKING:
    from gowright.matrix import Report, Shard

_WHICH = "Which variants"
_WHAT = "What is proved"
_HOW = "How it runs"


class Form(StrEnum):
    """How the command says its result."""

    TEXT = "text"
    JSON = "json"
    GITHUB_MATRIX = "github-matrix"


@app.command(
    epilog="Examples:\n\n"
    "  gowright matrix --list --strength 3\n\n"
    "  gowright matrix --where database=memory --jobs 2 --junit reports/matrix.xml\n\n"
    "  gowright matrix --shard 2/8 --keep build/matrix --resume\n\n"
    "  gowright matrix --random 5 --static"
)
def matrix(
    strength: Annotated[
        int,
        typer.Option(
            min=1, max=3, help="Hold every pair (2) or triple (3) of choices.", rich_help_panel=_WHICH
        ),
    ] = 2,
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FEATURE=CHOICE",
            help="Select the variants with this choice. Repeatable: any choice of one feature, all of several features.",
            autocompletion=complete_choice,
            rich_help_panel=_WHICH,
        ),
    ] = None,
    variant: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID",
            help="Only this variant, as --list calls it. May be given again.",
            rich_help_panel=_WHICH,
        ),
    ] = None,
    shard: Annotated[
        str | None,
        typer.Option(
            metavar="I/N",
            help="Only the I-th of N equal parts, for several machines.",
            rich_help_panel=_WHICH,
        ),
    ] = None,
    number: Annotated[
        int,
        typer.Option(
            "--random",
            metavar="N",
            min=0,
            help="N variants drawn by chance instead, none of them of the array.",
            rich_help_panel=_WHICH,
        ),
    ] = 0,
    seed: Annotated[
        int | None,
        typer.Option(metavar="S", min=0, help="Draw the same as before.", rich_help_panel=_WHICH),
    ] = None,
    check: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Only this check of gowright verify. May be given again.",
            rich_help_panel=_WHAT,
        ),
    ] = None,
    static: Annotated[
        bool,
        typer.Option(
            "--static",
            help="Only format, tidy, build, vet and lint: nothing is started.",
            rich_help_panel=_WHAT,
        ),
    ] = False,
    list_: Annotated[
        bool,
        typer.Option(
            "--list", help="List the variants and what they cover; prove none.", rich_help_panel=_HOW
        ),
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            "-j",
            metavar="N",
            min=1,
            help="Prove N variants at a time. [dim]\\[default: one per processor][/]",
            rich_help_panel=_HOW,
        ),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Render into DIR, and keep the projects.", rich_help_panel=_HOW),
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
        typer.Option("--strict", help="A check that is skipped is a failure, too.", rich_help_panel=_HOW),
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where the same command ended.", rich_help_panel=_HOW)
    ] = False,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a JUnit report too.", rich_help_panel=_HOW)
    ] = None,
    output: Annotated[
        Form,
        typer.Option(
            "--output",
            "-o",
            help="Say the result as text, as exactly one JSON document, or list the jobs for strategy.matrix of "
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
            help="With github-matrix: a job per shard, not per variant.",
            rich_help_panel=_HOW,
        ),
    ] = None,
    directory: DirectoryOption = None,
) -> None:
    """Prove variants of the template: the presets, and an array that holds every pair of choices."""
    from gowright import console, matrix
    from gowright.console import matrix as look

    enter(directory)
    if shards and output is not Form.GITHUB_MATRIX:
        raise BadAnswer(
            "usage", "--shards goes with --output github-matrix", fix="gowright matrix --shard 1/8"
        )
    if seed is not None and not number:
        raise BadAnswer(
            "usage", "--seed goes with --random", fix=f"gowright matrix --random 10 --seed {seed}"
        )
    if static and check:
        raise BadAnswer("usage", "--static and --check exclude each other", fix="name the checks")
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
        console.line(matrix.github_matrix(selection, found, shards or 0))
        return
    if list_:
        document = matrix.listing(selection, found)
        console.document(document) if output is Form.JSON else look.variants(document)
        return
    options = matrix.RunOptions(
        checks=matrix.static_checks() if static else tuple(check or ()),
        jobs=jobs or min(os.cpu_count() or 1, 8),
        keep=keep.absolute() if keep else None,
        fail_fast=fail_fast,
        strict=strict,
    )
    run = matrix.Session(Template.head(), selection, found, options, resume=resume)
    # What was found before an interrupt is a report, too.
    with reported(junit, lambda file: run.report().write_junit(file)):
        try:
            with (
                look.proving(found.variants, quiet=output is not Form.TEXT) as show,
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
        console.document(report.document())
    else:
        look.proved(report)
    raise typer.Exit(Exit.DONE if report.passed else Exit.NO)


def _choice(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise BadAnswer(
            "usage",
            f"--where: {escape(text)} is no feature=choice",
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
            f"--shard: {escape(text)} is no part",
            why="it is i/n, with i from 1 to n",
            fix="gowright matrix --shard 1/8, for example",
        )
    return Shard(index, count)
