"""The entry point: handles signals, errors, and exit codes."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType
from typing import Any, TextIO

from gowright.errors import ISSUES, BadAnswer, Exit, ToolError, escape

#: The environment variable that shows the traceback of an unexpected error.
_TRACEBACK = "GOWRIGHT_TRACEBACK"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code. Never raises, and hides tracebacks."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    # Imports and rendering create hardly any garbage, and looking for it took a fifth of the time.
    gc.set_threshold(100_000, 50, 50)
    for name in ("SIGTERM", "SIGHUP"):  # SIGHUP doesn't exist on Windows
        with suppress(AttributeError, ValueError):
            number = getattr(signal, name)
            # If it's ignored, for example under nohup, the caller wants the command to continue.
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, _interrupt)
    for stream in (sys.stdout, sys.stderr):  # None if it was closed at startup
        with suppress(AttributeError, OSError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    code = _exit_code(arguments)
    if (error := _flush(sys.stdout)) and code == Exit.DONE:
        code = Exit.NO if isinstance(error, BrokenPipeError) else _fail(_unwritable(error), arguments)
    _flush(sys.stderr)
    return code


def _exit_code(arguments: Sequence[str]) -> int:
    """Run a command line, and report its errors."""
    try:
        code = _run(arguments)
    except ToolError as error:
        return _fail(error, arguments)
    except KeyboardInterrupt:
        code = Exit.INTERRUPTED
    except Exception as error:
        if isinstance(error, OSError) and (unwritten := _flush(sys.stdout)):
            return _fail(_unwritable(unwritten), arguments)
        if os.environ.get(_TRACEBACK):
            raise
        return _fail(_unexpected(error), arguments)
    if code == Exit.INTERRUPTED:
        return _fail(_Interrupted("interrupted", "interrupted; all temporary files were removed"), arguments)
    return code


def _flush(stream: TextIO | None) -> OSError | None:
    """Flush a stream; one that cannot be written leads to /dev/null from then on.

    Otherwise the interpreter would flush it again at exit, fail, and replace the exit code with 120.
    """
    if stream is None:
        return None
    try:
        stream.flush()
    except OSError as error:
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return error
    return None


def _unwritable(error: OSError) -> ToolError:
    from gowright.console.stdout import unwritable

    return unwritable(error)


def _run(arguments: Sequence[str]) -> int:
    # Imported late, so that an interrupt during the import is handled, too.
    import typer

    from gowright.cli.registry import app

    # Typer contains a copy of Click under a private name.
    click_exception: type[Exception] = typer.BadParameter.__mro__[2]
    try:
        return int(app(arguments, prog_name="gowright", standalone_mode=False) or Exit.DONE)
    except typer.Abort as error:
        raise KeyboardInterrupt from error
    except click_exception as error:
        raise _usage(error, arguments) from error


class _Interrupted(ToolError):
    exit = Exit.INTERRUPTED


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _fail(error: ToolError, arguments: Sequence[str]) -> int:
    from gowright import console
    from gowright.cli.options import wants_json

    with suppress(ToolError, OSError):  # if nothing can be printed, only the exit code remains
        if wants_json(arguments):
            console.print_json(error.as_dict())
    with suppress(OSError):
        console.error(error)
    return error.exit


def _usage(error: Any, arguments: Sequence[str]) -> BadAnswer:
    """Convert an error of Click into a ToolError."""
    what = " ".join(error.format_message().split()).replace("Value error, ", "").rstrip(".")
    context = getattr(error, "ctx", None)
    command = next((name for name in arguments if not name.startswith("-")), "")
    fix = f"{context.command_path if context else f'gowright {command}'.strip()} --help"
    if "unexpected extra argument" in what and ":" in what:
        fix = 'quote the whole resource: --resource "order customer:string"'
    return BadAnswer("usage", escape(what[:1].lower() + what[1:], 300), fix=fix)


def _unexpected(error: Exception) -> ToolError:
    return ToolError(
        "unexpected",
        "unexpected error",
        why=escape(f"{type(error).__name__}: {error}", 300),
        fix=f"report it at {ISSUES}, with the output of a run with {_TRACEBACK}=1",
    )
