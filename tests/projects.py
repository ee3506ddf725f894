"""Projects of a small Copier template, whose releases are the tags of a Git repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

COPIER_YML = """\
_subdirectory: template
_templates_suffix: .jinja
project_name: {type: str, default: shop}
worker: {type: bool, default: true}
_exclude:
  - |
    {% if not worker %}
    /worker
    {% endif %}
"""
ANSWERS = "{{ _copier_answers|to_nice_yaml -}}\n"

#: Files of a template by path; None removes one.
Files = Mapping[str, str | bytes | None]

#: A release of the template, which tests change.
FILES: dict[str, str | bytes | None] = {
    "copier.yml": COPIER_YML,
    "template/{{ _copier_conf.answers_file }}.jinja": ANSWERS,
    "template/README.md": "".join(f"line {number}\n" for number in range(20)),
    "template/main.go": "package main\n\nfunc main() {\n\tprintln(1)\n}\n",
    "template/worker/worker.go": "package worker\n\n// Run runs.\nfunc Run() {}\n",
    "template/run.sh": "#!/bin/sh\n",
}


def git(folder: Path, *arguments: str, ok: bool = True) -> str:
    """Run git in a folder, and return its stdout."""
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=False)
    assert not ok or done.returncode == 0, done.stderr.decode()
    return os.fsdecode(done.stdout)


def write(folder: Path, files: Files) -> None:
    """Write files, and remove those that are None."""
    for name, content in files.items():
        path = folder / name
        if content is None:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


@dataclass(frozen=True)
class Template:
    """A template in a Git repository."""

    root: Path

    @classmethod
    def create(cls, root: Path, *releases: Files) -> Template:
        """Create a template; each release changes FILES or the release before it."""
        root.mkdir(parents=True)
        git(root, "init", "--quiet", "--initial-branch=main")
        identify(root)
        write(root, FILES)
        (root / "template" / "run.sh").chmod(0o755)
        template = cls(root)
        for number, files in enumerate(releases, start=1):
            template.release(f"v{number}.0.0", files)
        return template

    def release(self, tag: str, files: Files) -> None:
        """Add a release."""
        write(self.root, files)
        git(self.root, "add", "--all", "--force")
        git(self.root, "commit", "--quiet", "--allow-empty", "--message", tag)
        git(self.root, "tag", tag)

    def project(self, folder: Path, tag: str = "v1.0.0", *, commit: bool = True) -> Path:
        """Generate a project with Copier and commit it."""
        import copier

        folder.parent.mkdir(parents=True, exist_ok=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            copier.run_copy(str(self.root), folder, vcs_ref=tag, defaults=True, quiet=True)
        if commit:
            git(folder, "init", "--quiet", "--initial-branch=main")
            identify(folder)
            save(folder)
        return folder


def identify(folder: Path) -> None:
    """Set the author of a repository's commits."""
    git(folder, "config", "user.name", "Ann")
    git(folder, "config", "user.email", "ann@example.com")


def save(folder: Path, files: Files | None = None) -> None:
    """Change files of a project, and commit everything that isn't ignored."""
    write(folder, files or {})
    git(folder, "add", "--all", ".")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "change")


def stock_update(project: Path, answers: Mapping[str, object] | None = None) -> None:
    """Update a project with Copier itself."""
    import copier

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        copier.run_update(project, data=dict(answers or {}), defaults=True, overwrite=True, quiet=True)


def copy(project: Path, into: Path) -> Path:
    """Copy a project with its repository."""
    return Path(shutil.copytree(project, into, symlinks=True))
