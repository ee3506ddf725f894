"""Other programs, run with their output captured."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from gowright.errors import ToolError


def run(
    command: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    timeout: float | None = None,
) -> str:
    """Run a program and return what it wrote to stdout; without env, in this process's environment.

    Raises:
        ToolError: when it is missing, ends with another code than 0, or takes too long.
    """
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env=None if env is None else dict(env),
            input=stdin,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
    except FileNotFoundError as error:
        raise ToolError(
            "tool-missing", f"{command[0]} is not on PATH", fix=f"install {command[0]}"
        ) from error
    except OSError as error:
        raise ToolError(
            "tool-failed",
            f"{command[0]} cannot be run",
            why=(error.strerror or str(error)).lower(),
            fix=f"install {command[0]} anew",
        ) from error
    except subprocess.TimeoutExpired as error:
        raise ToolError(
            "tool-failed",
            f"{command[0]} did not answer within {timeout:g} s",
            fix=f"try it yourself: {shlex.join(command)}",
        ) from error
    if done.returncode:
        said = (_text(done.stderr).strip() or _text(done.stdout).strip() or "it said nothing").splitlines()
        raise ToolError(
            "tool-failed",
            f"{command[0]} failed with code {done.returncode}",
            why=next((line for line in said if line.startswith(("fatal:", "error:"))), said[-1]),
            fix=f"try it yourself: {shlex.join(command)}",
        )
    return _text(done.stdout)


def _text(output: bytes) -> str:
    return output.decode("utf-8", errors="replace")


def on_path(program: str) -> str | None:
    """Where the program is, or None."""
    return shutil.which(program)
