"""Compare ``gowright update`` and ``gowright set`` with ``copier update`` on the same project, interleaved.

    python -m benchmarks.change [--rounds N] [--most RATIO]

The project is the default one of this checkout's template, in a Git repository with two releases of it. With --most,
the exit code is 1 if the time of gowright divided by the time of Copier exceeds RATIO for one of the changes.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.new import Runner, real

_IDENTITY = {
    f"GIT_{role}_{part}": value
    for role in ("AUTHOR", "COMMITTER")
    for part, value in (("NAME", "gowright"), ("EMAIL", "gowright@localhost"))
}


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder, and return its stdout."""
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=os.environ | _IDENTITY, check=True, stdout=subprocess.PIPE
    )
    return os.fsdecode(done.stdout)


def releases(root: Path) -> Path:
    """Create a repository with two releases of the template: the second changes, adds, and removes files."""
    template = real(root)
    readme = template / "template" / "README.md.jinja"
    newest = readme.read_text()
    readme.write_text("An older first line.\n" + newest)
    (template / "template" / "old.txt").write_text("old\n")
    git(template, "init", "--quiet")
    for tag in ("v0.0.1", "v0.0.2"):
        git(template, "add", "--all", "--force")
        git(template, "commit", "--quiet", "--message", tag)
        git(template, "tag", tag)
        readme.write_text(newest)
        (template / "template" / "old.txt").unlink(missing_ok=True)
        (template / "template" / "new.txt").write_text("new\n")
    return template


def project(template: Path, folder: Path) -> Path:
    """Generate a project with the first release, and edit it as a team would."""
    copy = ["copy", "--quiet", "--defaults", "--vcs-ref", "v0.0.1", "--data", "project_name=shop"]
    subprocess.run([sys.executable, "-m", "copier", *copy, str(template), str(folder)], check=True)
    for path in sorted(folder.rglob("*.go"))[::20]:
        path.write_text(path.read_text() + "\n// An edit of the team.\n")
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "project")
    return folder


def compare(
    title: str, project: Path, ours: list[str], stock: list[str], rounds: int, scratch: Path
) -> float:
    """Run both programs on copies of the project, print a table, and return the ratio of their times."""
    runners = [
        Runner(title, [sys.executable, "-m", "gowright", *ours]),
        Runner("copier update", [sys.executable, "-m", "copier", "update", "--quiet", "--defaults", *stock]),
    ]
    for number in range(-1, rounds):
        for runner in runners:
            folder = Path(shutil.copytree(project, scratch / "copy", symlinks=True))
            git(folder, "update-index", "-q", "--refresh")
            runner.run(folder, keep=number >= 0)  # the first round warms up caches
            shutil.rmtree(folder)
    print(f"\n  {'':24}{'wall s':>8}{'cpu s':>8}")
    for runner in runners:
        print(
            f"  {runner.name:24}{statistics.median(runner.walls):8.2f}{statistics.median(runner.cpus):8.2f}"
        )
    ratio = statistics.median(runners[0].walls) / statistics.median(runners[1].walls)
    print(f"  {'ratio':24}{ratio:8.2f}")
    return ratio


def main() -> int:
    """Run the comparisons."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--most", type=float)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gowright-bench-") as folder:
        scratch = Path(folder)
        made = project(releases(scratch / "template"), scratch / "project")
        current = ["--vcs-ref", ":current:", "--data", "cache=none"]
        ratios = [
            compare("gowright update", made, ["update"], [], options.rounds, scratch),
            compare("gowright set cache=none", made, ["set", "cache=none"], current, options.rounds, scratch),
        ]
    return 1 if options.most and max(ratios) > options.most else 0


if __name__ == "__main__":
    sys.exit(main())
