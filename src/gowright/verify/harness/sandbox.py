"""Ways to run a program without rights, as far as this machine allows."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gowright.verify.children.processes import Processes

#: The user of the distroless image.
_USER = 65532


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A command that runs a program without rights.

    Attributes:
        description: the rights of the program, in prose.
        program: the first word of the command.
        arguments: the other words; the arguments of the program follow.
    """

    description: str
    program: Path
    arguments: tuple[str, ...]
    processes: Processes

    def works(self) -> bool:
        """Report whether this machine allows it."""
        done = self.processes.run([self.program, *self.arguments, "version"], env={}, seconds=20)
        return done.exit_code == 0


def sandboxes(processes: Processes, program: Path) -> Iterator[Sandbox]:
    """The sandboxes for a static program, from the most restricted to the least.

    The first ones have a root folder that contains only the program, and that the user can't write to. It
    needs the root user or user namespaces. In the last one, the user can read the files of the machine.
    """
    root = processes.directory / "root"
    root.mkdir(exist_ok=True)
    shutil.copy2(program, root / program.name)
    root.chmod(0o555)
    inside = f"/{program.name}"
    flags: tuple[str, ...]
    if os.geteuid() == 0 and (chroot := shutil.which("chroot")):
        flags = (f"--userspec={_USER}:{_USER}", str(root), inside)
        yield Sandbox(f"as user {_USER}, with no other files", Path(chroot), flags, processes)
    if unshare := shutil.which("unshare"):
        flags = ("--user", f"--map-user={_USER}", f"--map-group={_USER}", f"--root={root}", inside)
        yield Sandbox("in a user namespace, with no other files", Path(unshare), flags, processes)
    in_root = ("-c", 'cd "$1" && shift && exec "$@"', "sh", str(root), f"./{program.name}")
    yield Sandbox("as the current user, in a read-only folder", Path("/bin/sh"), in_root, processes)
