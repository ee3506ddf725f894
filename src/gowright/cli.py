"""The command line: it translates words to calls, and results to looks. Nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from gowright import __version__
from gowright.errors import BadAnswer, Exit, cannot_write, shown
from gowright.options import (
    FEATURES,
    PROJECT,
    DirectoryOption,
    DryRunOption,
    NoInputOption,
    Output,
    OutputOption,
    complete_preset,
    project_option,
    with_features,
)
from gowright.template import Template

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


@app.command(
    epilog="Examples:\n\n"
    '  gowright new shop --resource "order customer:string:required paid:bool"\n\n'
    "  gowright new shop --preset minimal --http-framework echo --no-input"
)
@with_features(Template.head().features())
def new(
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="The folder to create; its name names the project.")
    ],
    resource: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TEXT",
            help="A resource to serve, in quotes: name field:type:modifier ... [dim]Types: string "
            "text int float decimal bool time date uuid enum=a|b. Modifiers: required unique "
            "index min= max=. May be given again.[/]",
            rich_help_panel=PROJECT,
        ),
    ] = None,
    project_name: Annotated[
        str | None,
        project_option("--project-name", "What the service is called.", "the folder's name"),
    ] = None,
    module_path: Annotated[
        str | None,
        project_option("--module-path", "Its Go module path.", "example.com/<project name>"),
    ] = None,
    description: Annotated[
        str | None,
        project_option("--description", "What it does, in one line.", "A Go backend service."),
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Start from a preset: gowright list presets.",
            autocompletion=complete_preset,
            rich_help_panel=FEATURES,
        ),
    ] = None,
    answers: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Take answers from a YAML file, such as another project's .copier-answers.yml.",
            rich_help_panel=FEATURES,
        ),
    ] = None,
    no_input: NoInputOption = False,
    dry_run: DryRunOption = False,
    no_git: Annotated[
        bool,
        typer.Option("--no-git", help="Make no repository.", rich_help_panel="How it runs"),
    ] = False,
    output: OutputOption = Output.TEXT,
    directory: DirectoryOption = None,
    **features: str | None,
) -> None:
    """Create a service: asks for what no flag gives, and never leaves half a project."""
    from gowright import console, create

    _enter(directory)
    texts = {"project_name": project_name, "module_path": module_path, "description": description}
    wishes = create.Wishes(
        path=path,
        flags={name: value for name, value in (texts | features).items() if value is not None},
        resources=resource or (),
        answers_file=answers,
        preset=preset,
        commit=not no_git,
    )
    asking = not no_input and output is Output.TEXT and console.interactive()
    result = create.create(
        wishes,
        Template.head(),
        ask=create.ask_in_terminal if asking else None,
        dry_run=dry_run,
        working=console.working,
    )
    _say(output, result.document, lambda: console.created(result, dry_run=dry_run))


class Listed(StrEnum):
    """What can be listed."""

    FEATURES = "features"
    PRESETS = "presets"
    RELEASES = "releases"


@app.command(name="list")
def list_(what: Listed, output: OutputOption = Output.TEXT) -> None:
    """List the features, presets or releases there are."""
    from gowright import console, listing

    rows = getattr(listing, f"list_{what.value}")(Template.head())
    _say(output, lambda: {what.value: rows}, lambda: getattr(console, what.value)(rows))


@app.command()
def doctor(output: OutputOption = Output.TEXT, directory: DirectoryOption = None) -> None:
    """Look at what this machine has and lacks; each line with its fix."""
    from dataclasses import asdict

    from gowright import console
    from gowright.doctor import diagnose, healthy

    _enter(directory)
    found = []
    for diagnosis in diagnose(Path.cwd()):
        found.append(diagnosis)
        if output is Output.TEXT:
            console.diagnosis(diagnosis)
    well = healthy(found)
    document = {"healthy": well, "checks": [asdict(diagnosis) for diagnosis in found]}
    _say(output, lambda: document, lambda: None)
    raise typer.Exit(Exit.DONE if well else Exit.NO)


@app.command(
    epilog="Examples:\n\n  gowright verify shop\n\n  gowright verify shop --only race --only shutdown"
)
def verify(
    project: Annotated[Path, typer.Argument(metavar="PROJECT", help="A generated project.")] = Path(),
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="CHECK", help="Run this check alone. May be given again."),
    ] = None,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", "-k", help="Go on after a check that fails.")
    ] = False,
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
    from gowright.verify.report import document, passed, write_junit

    _enter(directory)
    proof = verify.prepare(project, only=only or ())
    if list_checks:
        rows = [{"name": check.name, "title": check.title} for check in proof.checks]
        _say(output, lambda: {"checks": rows}, lambda: console.checks(rows))
        return
    results = []
    with (
        console.proving(proof.checks, quiet=output is Output.JSON) as (show, tell),
        closing(proof.results(keep_going=keep_going, tell=tell)) as running,
    ):
        for result in running:
            results.append(result)
            show(result)
    if junit:
        try:
            write_junit(junit, proof.subject.name, results)
        except OSError as error:
            raise cannot_write(junit, error) from error
    _say(
        output,
        lambda: document(proof.subject.name, results),
        lambda: console.proved(results, len(proof.checks)),
    )
    raise typer.Exit(Exit.DONE if passed(results) else Exit.NO)


def _enter(directory: Path | None) -> None:
    try:
        os.chdir(directory or Path.cwd())
    except OSError as error:
        raise BadAnswer(
            "bad-directory",
            f"-C {shown(directory)}: cannot go there" if directory else "the current folder is gone",
            why=(error.strerror or "").lower(),
            fix="give a folder that exists" if directory else "go to another folder",
        ) from error


def _say(output: Output, document: Callable[[], Any], text: Callable[[], None]) -> None:
    if output is Output.JSON:
        from gowright import console

        console.document(document())
    else:
        text()
