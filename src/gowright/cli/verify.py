"""`gowright verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gowright.cli.app import app
from gowright.cli.options import DirectoryOption, Output, OutputOption
from gowright.cli.output import enter, reported, say
from gowright.errors import Exit


@app.command(
    epilog="Examples:\n\n  gowright verify shop\n\n  gowright verify shop --check race --check drain"
)
def verify(
    project: Annotated[Path, typer.Argument(metavar="PROJECT", help="A generated project.")] = Path(),
    check: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Run only this check. Repeatable."),
    ] = None,
    fail_fast: Annotated[
        bool,
        typer.Option(
            "--fail-fast/--keep-going", "-x/-k", help="Stop at the first failure, or run all checks."
        ),
    ] = True,
    list_checks: Annotated[
        bool, typer.Option("--list", help="List the checks that apply; run none.")
    ] = False,
    junit: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a JUnit report too.")] = None,
    output: OutputOption = Output.TEXT,
    directory: DirectoryOption = None,
) -> None:
    """Prove a service: its own tools and tests, then calls over HTTP on real servers."""
    from contextlib import closing

    from gowright import console, verify
    from gowright.verify.junit import write_junit
    from gowright.verify.result import Result, document, passed

    enter(directory)
    proof = verify.prepare(project, checks=check or ())
    if list_checks:
        rows = [{"name": check.name, "title": check.title} for check in proof.checks]
        say(output, lambda: {"checks": rows}, lambda: console.checks(rows))
        return
    results: list[Result] = []
    with reported(junit, lambda file: write_junit(file, proof.project.name, results)):
        with (
            console.proving(proof.checks, quiet=output is Output.JSON) as (show, tell),
            closing(proof.results(keep_going=not fail_fast, tell=tell)) as running,
        ):
            for result in running:
                results.append(result)
                show(result)
        say(
            output,
            lambda: document(proof.project.name, results),
            lambda: console.proved(results, len(proof.checks)),
        )
    raise typer.Exit(Exit.DONE if passed(results) else Exit.NO)
