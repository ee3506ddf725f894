"""Functions that commands share: change the directory, print the result, and write a report."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gowright.cli.options import Output
from gowright.errors import BadAnswer, cannot_write, escape


def change_directory(directory: Path | None) -> None:
    """Change to the directory that -C names.

    Raises:
        BadAnswer: if that isn't possible.
    """
    try:
        os.chdir(directory or Path.cwd())
    except OSError as error:
        raise BadAnswer(
            "bad-directory",
            f"-C: cannot change to {escape(directory)}" if directory else "the current folder does not exist",
            why=(error.strerror or "").lower(),
            fix="name an existing folder" if directory else "change to another folder",
        ) from error


@contextmanager
def report_file(file: Path | None, write: Callable[[Path], None]) -> Iterator[None]:
    """Write a report to a file after the block, even if the block fails.

    Before the block, check that the file can be written.

    Args:
        file: the report; without it, nothing is written.
        write: writes the report.

    Raises:
        ToolError: if the file cannot be written.
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


def print_result(output: Output, as_dict: Callable[[], Any], print_text: Callable[[], None]) -> None:
    """Print the result of a command in the format that --output selects."""
    if output is Output.JSON:
        from gowright import console

        console.print_json(as_dict())
    else:
        print_text()
