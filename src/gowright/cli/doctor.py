"""`gowright doctor`."""

from __future__ import annotations

from pathlib import Path

import typer

from gowright.cli.app import app
from gowright.cli.options import DirectoryOption, Output, OutputOption
from gowright.cli.output import enter, say
from gowright.errors import Exit


@app.command()
def doctor(output: OutputOption = Output.TEXT, directory: DirectoryOption = None) -> None:
    """Look at what this machine has and lacks; each line with its fix."""
    from dataclasses import asdict

    from gowright import console
    from gowright.commands.doctor import diagnose, healthy

    enter(directory)
    found = []
    for diagnosis in diagnose(Path.cwd()):
        found.append(diagnosis)
        if output is Output.TEXT:
            console.diagnosis(diagnosis)
    well = healthy(found)
    document = {"healthy": well, "checks": [asdict(diagnosis) for diagnosis in found]}
    say(output, lambda: document, lambda: None)
    raise typer.Exit(Exit.DONE if well else Exit.NO)
