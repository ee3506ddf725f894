"""A scratch clone of a project, to commit to."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from gowright.verify.children.processes import Finished
from gowright.verify.harness.harness import Harness

#: What the hooks read, in addition to their own files.
_PARTS = ("Makefile", "scripts", ".golangci.yml", ".gitleaks.toml")

#: The module of the clone: small, so that compiling and analyzing it takes no time.
_MODULE = {
    "go.mod": "module example.com/clone\n\ngo 1.26\n",
    "internal/sum/sum.go": "// Package sum adds numbers.\npackage sum\n\n"
    "// Of returns the sum of two numbers.\nfunc Of(a, b int) int { return a + b }\n",
    "internal/total/total.go": '// Package total adds many numbers.\npackage total\n\nimport "example.com/clone/internal/sum"\n\n'
    "// Of returns the sum of three numbers.\nfunc Of(a, b, c int) int { return sum.Of(sum.Of(a, b), c) }\n",
}


class Clone:
    """A git repository with the hooks of a project and a small Go module, and a repository to push to."""

    def __init__(self, harness: Harness, *tools: Path) -> None:
        """Create the repositories.

        Args:
            harness: the harness of the project.
            tools: the programs that the hooks run in addition to Go.

        Raises:
            RuntimeError: if git fails.
        """
        self._harness = harness
        self.root = harness.processes.directory / "clone"
        remote = harness.processes.directory / "remote.git"
        self._environment = _environment(harness, tools)
        for folder in (self.root, remote):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        for part in (*_PARTS, *harness.project.facts["hooks"].files):
            _copy(harness.project.root / part, self.root / part)
        self.write(_MODULE)
        for command in (
            ("init", "--quiet"),
            ("init", "--quiet", "--bare", str(remote)),
            ("remote", "add", "origin", str(remote)),
            ("add", "--all"),
            ("commit", "--quiet", "--message", "chore: start"),
        ):
            done = self.git(*command)
            if done.exit_code != 0:
                raise RuntimeError(f"git {command[0]}: {done.output}")

    def git(self, *arguments: str) -> Finished:
        """Run git."""
        return self.run("git", *arguments)

    def run(self, *command: str) -> Finished:
        """Run a program in the clone, with the tools on PATH and without the settings of the user."""
        return self._harness.processes.run(command, env=self._environment, cwd=self.root, seconds=600)

    def write(self, files: Mapping[str, str]) -> None:
        """Write files, by their path in the clone."""
        for path, content in files.items():
            file = self.root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, encoding="utf-8")

    def commit(self, files: Mapping[str, str], message: str, *flags: str) -> Finished:
        """Commit files, with flags for git commit. If a hook refuses them, they are removed again."""
        self.write(files)
        self.git("add", "--all")
        done = self.git("commit", *flags, "--message", message)
        if done.exit_code != 0:
            self.git("reset", "--quiet", "--hard")
        return done


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    elif source.exists():
        shutil.copy(source, target)


def _environment(harness: Harness, tools: tuple[Path, ...]) -> dict[str, str]:
    go = {name: value for name, value in harness.go.environment().items() if name.startswith(("GO", "XDG_"))}
    env = harness.bare_environment() | go | {"PATH": harness.go.environment()["PATH"]}
    # Nothing else from the folders of the tools, which can contain another Go.
    programs = harness.processes.directory / "tools"
    programs.mkdir(exist_ok=True)
    for tool in tools:
        (programs / tool.name).unlink(missing_ok=True)
        (programs / tool.name).symlink_to(tool)
    return env | {
        "PATH": os.pathsep.join((str(programs), env["PATH"])),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        **{f"GIT_{who}_NAME": "verify" for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_EMAIL": "verify@example.com" for who in ("AUTHOR", "COMMITTER")},
        "GOLANGCI_LINT": "golangci-lint",
        "NO_COLOR": "1",
    }
