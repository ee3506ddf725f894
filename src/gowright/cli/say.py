"""What commands share: where they run, and how they say their result."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gowright.errors import BadAnswer, shown
from gowright.options import Output


def enter(directory: Path | None) -> None:
    """Go to the folder that -C names."""
    try:
        os.chdir(directory or Path.cwd())
    except OSError as error:
        raise BadAnswer(
            "bad-directory",
            f"-C {shown(directory)}: cannot go there" if directory else "the current folder is gone",
            why=(error.strerror or "").lower(),
            fix="give a folder that exists" if directory else "go to another folder",
        ) from error


def say(output: Output, document: Callable[[], Any], text: Callable[[], None]) -> None:
    """Give a command's result in the form that was asked for."""
    if output is Output.JSON:
        from gowright import console

        console.document(document())
    else:
        text()
