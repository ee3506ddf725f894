"""Where the process begins and ends: signals, errors and exit codes."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType
from typing import Any

import typer

from gowright.errors import ISSUES, BadAnswer, Exit, ToolError, shown
from gowright.options import wants_json

#: Typer brings its own copy of Click, under a private name; this is its ClickException.
_USAGE: type[Exception] = typer.BadParameter.__mro__[2]

#: Set it to see where an unexpected error comes from.
_TRACEBACK = "GOWRIGHT_TRACEBACK"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code; never raises, never shows a traceback."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    # What imports and renders makes hardly any garbage: looking for it took a fifth of the time.
    gc.set_threshold(100_000, 50, 50)
    for name in ("SIGTERM", "SIGHUP"):  # the latter does not exist on Windows
        with suppress(AttributeError, ValueError):
            number = getattr(signal, name)
            # As nohup has it: who began this wants it to go on.
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, _interrupt)
    try:
        from gowright.cli import app

        code = int(app(arguments, prog_name="gowright", standalone_mode=False) or Exit.DONE)
    except ToolError as error:
        return _fail(error, arguments)
    except _USAGE as error:
        return _fail(_usage(error), arguments)
    except (KeyboardInterrupt, typer.Abort):
        code = Exit.INTERRUPTED
    except Exception as error:
        if os.environ.get(_TRACEBACK):
            raise
        return _fail(_unexpected(error), arguments)
    if code == Exit.INTERRUPTED:
        return _fail(_Interrupted("interrupted", "interrupted; nothing is left behind"), arguments)
    return code


class _Interrupted(ToolError):
    exit = Exit.INTERRUPTED


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _fail(error: ToolError, arguments: Sequence[str]) -> int:
    from gowright import console

    if wants_json(arguments):
        console.document(error.document())
    console.error(error)
    return error.exit


def _usage(error: Any) -> BadAnswer:
    """One of Click's own errors in the shape of ours."""
    what = error.format_message().rstrip(".")
    where = error.ctx.command_path if getattr(error, "ctx", None) else "gowright"
    fix = f"{where} --help"
    if "unexpected extra argument" in what and ":" in what:
        fix = 'put a whole resource in quotes: --resource "order customer:string"'
    return BadAnswer("usage", shown(what[:1].lower() + what[1:], 300), fix=fix)


def _unexpected(error: Exception) -> ToolError:
    return ToolError(
        "unexpected",
        "this should not have happened",
        why=shown(f"{type(error).__name__}: {error}", 300),
        fix=f"report it at {ISSUES}, with what {_TRACEBACK}=1 shows",
    )
