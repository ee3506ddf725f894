"""What commands share: where they run, and how they say their result."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gowright.cli.options import Output
from gowright.errors import BadAnswer, cannot_write, escape


def enter(directory: Path | None) -> None:
    """Go to the folder that -C names."""
    try:
        os.chdir(directory or Path.cwd())
    except OSError as error:
        raise BadAnswer(
            "bad-directory",
            f"-C {escape(directory)}: cannot go there" if directory else "the current folder is gone",
            why=(error.strerror or "").lower(),
            fix="give a folder that exists" if directory else "go to another folder",
        ) from error


@contextmanager
def reported(file: Path | None, write: Callable[[Path], None]) -> Iterator[None]:
    """Write a report of what the block has found, however it ends; before it, find out whether that can be done.

    Raises:
        ToolError: when the file cannot be written.
    """
    if file is None:
        yield
        return
    with _written(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    try:
        yield
    finally:
        with _written(file):
            write(file)


@contextmanager
def _written(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise cannot_write(file, error) from error


def say(output: Output, document: Callable[[], Any], text: Callable[[], None]) -> None:
    """Give a command's result in the form that was asked for."""
    if output is Output.JSON:
        from gowright import console

        console.document(document())
    else:
        text()
