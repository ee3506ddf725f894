"""Run other programs and capture their output."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
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
    """Run a program and return its stdout as text; see run_bytes."""
    return _text(run_bytes(command, cwd=cwd, env=env, stdin=stdin, timeout=timeout))


def run_bytes(
    command: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    timeout: float | None = None,
    accepted: Callable[[int], bool] = lambda code: code == 0,
) -> bytes:
    """Run a program and return its stdout.

    Args:
        command: the program and its arguments.
        cwd: the working directory.
        env: the environment; by default, the one of this process.
        stdin: the standard input.
        timeout: in seconds.
        accepted: reports whether an exit code is a success.

    Raises:
        ToolError: if the program is missing, fails, or times out.
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
            fix=f"reinstall {command[0]}",
        ) from error
    except subprocess.TimeoutExpired as error:
        raise ToolError(
            "tool-failed",
            f"{command[0]} timed out after {timeout:g} s",
            fix=f"run it manually: {shlex.join(command)}",
        ) from error
    if not accepted(done.returncode):
        lines = (_text(done.stderr).strip() or _text(done.stdout).strip() or "no output").splitlines()
        raise ToolError(
            "tool-failed",
            f"{command[0]} failed with code {done.returncode}",
            why=next((line for line in lines if line.startswith(("fatal:", "error:"))), lines[-1]),
            fix=f"run it manually: {shlex.join(command)}",
        )
    return done.stdout


def _text(output: bytes) -> str:
    return output.decode("utf-8", errors="replace")


def on_path(program: str) -> str | None:
    """The path of a program, or None."""
    return shutil.which(program)
