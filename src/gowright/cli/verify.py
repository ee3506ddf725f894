"""`gowright verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gowright.cli.app import app
from gowright.cli.options import DirectoryOption, Output, OutputOption
from gowright.cli.output import change_directory, print_result, report_file
from gowright.errors import Exit


@app.command(
    epilog="Examples:\n\n  gowright verify shop\n\n  gowright verify shop --check race --check drain"
)
def verify(
    project: Annotated[
        Path, typer.Argument(metavar="PROJECT", help="The folder of a generated project.")
    ] = Path(),
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
        bool, typer.Option("--list", help="List the checks that apply, without running them.")
    ] = False,
    junit: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write a JUnit report.")] = None,
    output: OutputOption = Output.TEXT,
    directory: DirectoryOption = None,
) -> None:
    """Verify a service: run its tools and tests, then send requests to it, with real servers."""
    from contextlib import closing

    from gowright import console, verify
    from gowright.verify.junit import write_junit
    from gowright.verify.result import Result, as_dict, passed

    change_directory(directory)
    verification = verify.prepare(project, checks=check or ())
    if list_checks:
        rows = [{"name": check.name, "title": check.title} for check in verification.checks]
        print_result(output, lambda: {"checks": rows}, lambda: console.checks(rows))
        return
    results: list[Result] = []
    with report_file(junit, lambda file: write_junit(file, verification.project.name, results)):
        with (
            console.verifying(verification.checks, quiet=output is Output.JSON) as (show, progress),
            closing(verification.results(keep_going=not fail_fast, progress=progress)) as running,
        ):
            for result in running:
                results.append(result)
                show(result)
        print_result(
            output,
            lambda: as_dict(verification.project.name, results),
            lambda: console.verified(results, len(verification.checks)),
        )
    raise typer.Exit(Exit.DONE if passed(results) else Exit.NO)
