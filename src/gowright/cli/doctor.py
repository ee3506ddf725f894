"""`gowright doctor`."""

from __future__ import annotations

from pathlib import Path

import typer

from gowright.cli.app import app
from gowright.cli.options import DirectoryOption, Output, OutputOption
from gowright.cli.output import change_directory, print_result
from gowright.errors import Exit


@app.command()
def doctor(output: OutputOption = Output.TEXT, directory: DirectoryOption = None) -> None:
    """Check the tools and servers on this machine, and show how to fix what is missing."""
    from dataclasses import asdict

    from gowright import console
    from gowright.commands.doctor import diagnose, healthy

    change_directory(directory)
    found = []
    for diagnosis in diagnose(Path.cwd()):
        found.append(diagnosis)
        if output is Output.TEXT:
            console.diagnosis(diagnosis)
    all_healthy = healthy(found)
    report = {"healthy": all_healthy, "checks": [asdict(diagnosis) for diagnosis in found]}
    print_result(output, lambda: report, lambda: None)
    raise typer.Exit(Exit.DONE if all_healthy else Exit.NO)
