"""`gowright new`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gowright.cli.app import app
from gowright.cli.options import (
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
from gowright.cli.output import change_directory, print_result
from gowright.model.resources.grammar import syntax
from gowright.model.template import Template


@app.command(
    epilog="Examples:\n\n"
    '  gowright new shop --resource "order customer:string:required paid:bool"\n\n'
    "  gowright new shop --preset minimal --http-framework echo --no-input"
)
@with_features(Template.head().features())
def new(
    path: Annotated[
        Path,
        typer.Argument(metavar="PATH", help="The folder to create. Its name is the default project name."),
    ],
    resource: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TEXT",
            help=f"A resource, in quotes: name field:type:modifier ... Repeatable. [dim]{syntax()} To set "
            "the plural, write name/plural: person/people. The default is a sample resource.[/]",
            rich_help_panel=PROJECT,
        ),
    ] = None,
    project_name: Annotated[
        str | None,
        project_option("--project-name", "The name of the service.", "the folder name"),
    ] = None,
    module_path: Annotated[
        str | None,
        project_option("--module-path", "The Go module path.", "example.com/<project name>"),
    ] = None,
    description: Annotated[
        str | None,
        project_option("--description", "A description in one line.", "A Go backend service."),
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Start from a preset. To list the presets, run gowright list presets.",
            autocompletion=complete_preset,
            rich_help_panel=FEATURES,
        ),
    ] = None,
    answers: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Read answers from a YAML file, such as the .copier-answers.yml of another project; - is "
            "stdin. Flags override the file, and the file overrides the preset.",
            rich_help_panel=FEATURES,
        ),
    ] = None,
    data: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="The answer to a question that has no flag, such as one that your fork of the template adds. "
            "Repeatable.",
            rich_help_panel=FEATURES,
        ),
    ] = None,
    template: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="The repository of another template, such as a fork: a URL or a path. Uses the newest tag.",
            rich_help_panel=FEATURES,
        ),
    ] = None,
    no_input: NoInputOption = False,
    dry_run: DryRunOption = False,
    no_git: Annotated[
        bool,
        typer.Option("--no-git", help="Do not create a Git repository.", rich_help_panel="How it runs"),
    ] = False,
    output: OutputOption = Output.TEXT,
    directory: DirectoryOption = None,
    **features: str | None,
) -> None:
    """Create a service. Ask for everything that no flag sets."""
    from gowright import console
    from gowright.cli.prompts import ask_in_terminal
    from gowright.commands.create import create
    from gowright.commands.spec import ProjectSpec
    from gowright.model.source import template_from

    change_directory(directory)
    texts = {"project_name": project_name, "module_path": module_path, "description": description}
    spec = ProjectSpec(
        path=path,
        flags={name: value for name, value in (texts | features).items() if value is not None},
        data=data or (),
        resources=resource or (),
        answers_file=answers,
        preset=preset,
        commit=not no_git,
        directory=directory or Path(),
    )
    asking = not no_input and output is Output.TEXT and console.interactive()
    with template_from(template) as chosen:
        result = create(
            spec,
            chosen,
            ask=ask_in_terminal if asking else None,
            dry_run=dry_run,
            working=console.working,
        )
    print_result(output, result.as_dict, lambda: console.created(result))
