"""Terraform, or OpenTofu, on a copy of the files of a project."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from gowright.verify.children.processes import Finished
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.tools import find_tool
from gowright.verify.outcomes import Failed, Skipped

FOLDER = Path("deployments", "terraform")
#: The configurations that are applied on their own.
ROOTS = (Path("bootstrap"), Path())

_SECONDS = 600.0
#: What commands of Terraform leave in a folder.
_LEFT_BEHIND = (".terraform", "*.tfstate", "*.tfstate.*", "*.tfplan")
#: Variables that change what a command of Terraform does.
_IGNORED = re.compile(r"TF_(VAR_|CLI_ARGS|DATA_DIR|WORKSPACE|LOG)")
#: What Terraform and OpenTofu say if a provider can't be downloaded, as opposed to one that doesn't exist.
_UNREACHABLE = re.compile(
    r"could not connect to|failed to request discovery document|not found in any of the search locations"
    r"|no such host|connection refused|connection reset|i/o timeout|TLS handshake timeout"
)


class Infrastructure:
    """A copy of the Terraform files. Commands that run in it leave the project unchanged."""

    def __init__(self, harness: Harness) -> None:
        self._harness = harness
        self.copy = harness.processes.directory / "terraform"
        if not self.copy.exists():
            source = harness.project.root / FOLDER
            shutil.copytree(source, self.copy, ignore=shutil.ignore_patterns(*_LEFT_BEHIND))

    @property
    def environments(self) -> list[Path]:
        """The files with the values of the environments."""
        return sorted((self.copy / "environments").glob("*.tfvars"))

    def run(self, *command: str | Path, folder: Path | None = None) -> Finished:
        """Run a command in the copy, or in a folder of it."""
        kept = {name: value for name, value in os.environ.items() if not _IGNORED.match(name)}
        env = {**kept, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
        return self._harness.processes.run(
            command, env=env, cwd=self.copy / (folder or Path()), seconds=_SECONDS
        )

    def terraform(self, *arguments: str, folder: Path | None = None) -> str:
        """Run a command of Terraform that must succeed, and return its output.

        Raises:
            Failed: if it fails.
            Skipped: if Terraform isn't available, or can't get the providers.
        """
        program = find_tool("terraform", "tofu")
        done = self.run(program, *arguments, "-no-color", folder=folder)
        if done.exit_code == 0:
            return done.output
        if found := _UNREACHABLE.search(unwrapped(done.output)):
            raise Skipped(f"{program.name} cannot get the providers: {found[0]}")
        where = (FOLDER / (folder or Path())).as_posix()
        raise Failed(f"{program.name} {arguments[0]} in {where}:\n{done.output.strip()[-4000:]}")

    def initialize(self, folder: Path) -> None:
        """Install the providers and the modules of a folder, without its backend.

        Raises:
            Failed: if the configuration is invalid.
            Skipped: if a provider can't be downloaded.
        """
        if not (self.copy / folder / ".terraform").exists():
            self.terraform("init", "-backend=false", "-input=false", folder=folder)


def unwrapped(text: str) -> str:
    """A message of Terraform in one line, without its frame."""
    return " ".join(text.replace("│", " ").split())
