"""`gowright add`, `remove`, `rename` and `apply`."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from gowright.cli.app import app
from gowright.cli.changes import Change, changes_project
from gowright.cli.options import DropDataOption
from gowright.model.resources.grammar import syntax

Resource = Annotated[str, typer.Argument(metavar="RESOURCE", help="The name of the resource.")]
FieldName = Annotated[str, typer.Argument(metavar="FIELD", help="The name of the field.")]

add = typer.Typer(help="Add a resource or a field.", no_args_is_help=True)
remove = typer.Typer(help="Remove a resource or a field.", no_args_is_help=True)
rename = typer.Typer(help="Rename a resource or a field. The data is kept.", no_args_is_help=True)
for group, name in ((add, "add"), (remove, "remove"), (rename, "rename")):
    app.add_typer(group, name=name)


@add.command(
    "resource", epilog="Example:\n\n  gowright add resource order customer:ref=customer total:decimal:min=0"
)
@changes_project
def add_resource(
    text: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME FIELD:TYPE...",
            help=f"The resource and its fields. [dim]{syntax()} To set the plural, write name/plural.[/]",
        ),
    ],
) -> Change:
    """Add a resource to the project in the current folder: its code, its API, and a migration."""
    from gowright.commands.resources import edit_resources

    return partial(edit_resources, make=lambda editor: editor.add_resource(" ".join(text)))


@add.command("field", epilog="Example:\n\n  gowright add field order note:text")
@changes_project
def add_field(
    resource: Resource,
    field: Annotated[str, typer.Argument(metavar="FIELD:TYPE", help=f"The field. [dim]{syntax()}[/]")],
    fill: Annotated[
        str | None,
        typer.Option(
            metavar="VALUE", help="The value that existing objects get. A required field needs one."
        ),
    ] = None,
) -> Change:
    """Add a field to a resource of the project in the current folder: its code, its API, and a migration."""
    from gowright.commands.resources import edit_resources

    return partial(edit_resources, make=lambda editor: editor.add_field(resource, field, fill))


@remove.command("resource")
@changes_project
def remove_resource(resource: Resource, drop_data: DropDataOption = False) -> Change:
    """Remove a resource from the project in the current folder.

    The table stays in the database. --drop-data deletes it, also for a resource that you removed earlier.
    """
    from gowright.commands.resources import edit_resources

    return partial(
        edit_resources, make=lambda editor: editor.remove_resource(resource, drop=drop_data), drop=drop_data
    )


@remove.command("field")
@changes_project
def remove_field(resource: Resource, field: FieldName, drop_data: DropDataOption = False) -> Change:
    """Remove a field of a resource of the project in the current folder.

    The column stays in the database. --drop-data deletes it, also for a field that you removed earlier.
    """
    from gowright.commands.resources import edit_resources

    return partial(
        edit_resources,
        make=lambda editor: editor.remove_field(resource, field, drop=drop_data),
        drop=drop_data,
    )


@rename.command("resource")
@changes_project
def rename_resource(
    resource: Resource,
    new: Annotated[str, typer.Argument(metavar="NEW", help="The new name, or name/plural.")],
) -> Change:
    """Rename a resource of the project in the current folder, with its table and its files."""
    from gowright.commands.resources import edit_resources

    return partial(edit_resources, make=lambda editor: editor.rename_resource(resource, new))


@rename.command("field")
@changes_project
def rename_field(
    resource: Resource,
    field: FieldName,
    new: Annotated[str, typer.Argument(metavar="NEW", help="The new name.")],
) -> Change:
    """Rename a field of a resource of the project in the current folder, with its column."""
    from gowright.commands.resources import edit_resources

    return partial(edit_resources, make=lambda editor: editor.rename_field(resource, field, new))


@app.command()
@changes_project
def apply(
    fill: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RESOURCE.FIELD=VALUE",
            help="The value that existing objects get in a new field. A required field needs one. Repeatable.",
        ),
    ] = None,
    drop_data: DropDataOption = False,
) -> Change:
    """Apply your edits of .copier-answers.yml to the project in the current folder.

    You can edit choices, resources, and fields. Nothing else can have uncommitted changes.
    """
    from gowright.commands.apply import apply as apply_answers

    return partial(apply_answers, fill=fill or (), drop=drop_data)
