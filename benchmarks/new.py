"""Compare ``gowright new`` with Copier and cookiecutter as whole processes, interleaved.

    python -m benchmarks.new [--rounds N] [--most RATIO]

Each round runs every program once, so that other load on the machine affects all of them equally.
On a busy machine, use the CPU columns. With --most, the exit code is 1 if the CPU time of gowright
divided by the CPU time of Copier on the same template exceeds RATIO.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from gowright.model.template import PARTS, TEMPLATE_ENV, Template

#: A tree of a typical size: 100 files, 30 of which contain tags.
FILES, RENDERED = 100, 30

COPIER_YML = """\
_min_copier_version: "9.18.0"
_subdirectory: template
_answers_file: .copier-answers.yml
_envops: {block_start_string: "[%", block_end_string: "%]", variable_start_string: "[[",
  variable_end_string: "]]", comment_start_string: "[#", comment_end_string: "#]", trim_blocks: true}
project_name: {type: str}
module_path: {type: str, default: "example.com/[[ project_name ]]"}
description: {type: str, default: A service.}
cache: {type: str, choices: {redis: redis, none: none}, default: redis}
"""
BLOCK = """\
// {open}project_name{close} number %d
func F%d() string {{ return "{open}module_path{close}" }}
{tag} if cache == "redis" {end}
var cached%d = true
{tag} endif {end}
"""
VERBATIM = "package verbatim\n\n// no tags\nvar x = 1\n" * 20


@dataclass
class Runner:
    """One program and the durations of its runs."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    walls: list[float] = field(default_factory=list)
    cpus: list[float] = field(default_factory=list)

    def run(self, folder: Path, *, keep: bool = True) -> None:
        """Run the program once in an empty folder; if keep is false, discard the duration."""
        begun = time.perf_counter()
        process = subprocess.Popen(
            self.command,
            cwd=folder,
            env=os.environ | self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{self.name} failed: {' '.join(self.command)}")
        if keep:
            self.walls.append(wall)
            self.cpus.append(usage.ru_utime + usage.ru_stime)


def neutral(root: Path) -> tuple[Path, Path]:
    """Write the same tree as a Copier template and as a cookiecutter template, and return both."""
    copier, cookie = root / "copier", root / "cookie"
    slug = cookie / "{{cookiecutter.project_name}}"
    for number in range(FILES):
        place = f"internal/p{number % 10}/f{number}.go"
        for base in (copier / "template", slug):
            (base / place).parent.mkdir(parents=True, exist_ok=True)
        if number < RENDERED:
            text = "".join(BLOCK.replace("%d", str(n)) for n in range(8))
            ours = text.format(open="[[ ", close=" ]]", tag="[%", end="%]")
            theirs = text.format(open="{{ cookiecutter.", close=" }}", tag="{%", end="%}")
            (copier / "template" / f"{place}.jinja").write_text(ours)
            (slug / place).write_text(theirs.replace("if cache", "if cookiecutter.cache"))
        else:
            (copier / "template" / place).write_text(VERBATIM)
            (slug / place).write_text(VERBATIM)
    (copier / "copier.yml").write_text(COPIER_YML)
    answers = "[[ _copier_answers|to_nice_yaml -]]\n"
    (copier / "template" / "[[ _copier_conf.answers_file ]].jinja").write_text(answers)
    (cookie / "cookiecutter.json").write_text(
        '{"project_name": "shop", "module_path": "example.com/shop", "cache": "redis",'
        f' "_copy_without_render": {[f"internal/p{n % 10}/f{n}.go" for n in range(RENDERED, FILES)]}}}'.replace(
            "'", '"'
        )
    )
    return copier, cookie


def real(root: Path) -> Path:
    """Copy the template of this checkout to root, without a repository, as in the wheel."""
    head = Template.head().root
    root.mkdir()
    for part in PARTS:
        if (head / part).is_dir():
            shutil.copytree(head / part, root / part, symlinks=True)
        elif (head / part).exists():
            shutil.copy(head / part, root)
    return root


def gowright(template: Path, *flags: str) -> Runner:
    """`gowright new` for a template. With --no-git, it creates no commit, like the other programs."""
    command = [sys.executable, "-m", "gowright", "new", "shop", "--no-input", *flags]
    return Runner(
        "gowright new" + "".join(f" {flag}" for flag in flags), command, {TEMPLATE_ENV: str(template)}
    )


def copier(template: Path) -> Runner:
    """`copier copy` for a template."""
    arguments = ["copy", "--quiet", "--defaults", "--data", "project_name=shop", str(template), "shop"]
    return Runner("copier copy", [sys.executable, "-m", "copier", *arguments])


def cookiecutter(template: Path) -> Runner:
    """`cookiecutter` for a template."""
    return Runner("cookiecutter", [sys.executable, "-m", "cookiecutter", "--no-input", str(template)])


def compare(title: str, runners: list[Runner], rounds: int, scratch: Path) -> float:
    """Run all programs in turn, print a table, and return gowright's CPU time divided by Copier's."""
    for number in range(-1, rounds):
        for runner in runners:
            folder = Path(tempfile.mkdtemp(dir=scratch))
            runner.run(folder, keep=number >= 0)  # the first round warms up caches
            shutil.rmtree(folder)
    stock = next(runner for runner in runners if runner.name == "copier copy")
    print(f"\n{title}, median of {rounds}\n")
    print(f"  {'':24}{'wall s':>8}{'ratio':>7}{'cpu s':>8}{'ratio':>7}")
    for runner in runners:
        wall, cpu = statistics.median(runner.walls), statistics.median(runner.cpus)
        print(
            f"  {runner.name:24}{wall:8.2f}{wall / statistics.median(stock.walls):7.2f}"
            f"{cpu:8.2f}{cpu / statistics.median(stock.cpus):7.2f}"
        )
    return statistics.median(runners[0].cpus) / statistics.median(stock.cpus)


def starts(scratch: Path, rounds: int) -> None:
    """Print the startup time of each program."""
    for runner in (
        Runner("python -c pass", [sys.executable, "-c", "pass"]),
        Runner("gowright --version", [sys.executable, "-m", "gowright", "--version"]),
        Runner("gowright new --help", [sys.executable, "-m", "gowright", "new", "--help"]),
        Runner("copier --version", [sys.executable, "-m", "copier", "--version"]),
    ):
        for number in range(-1, rounds):
            runner.run(scratch, keep=number >= 0)
        print(
            f"  {runner.name:24}{statistics.median(runner.walls):8.2f}{'':7}{statistics.median(runner.cpus):8.2f}"
        )


def main() -> int:
    """Run the comparisons."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--most", type=float)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gowright-bench-") as folder:
        scratch = Path(folder)
        plain, cookie = neutral(scratch / "neutral")
        title = f"{FILES} files, {RENDERED} rendered"
        runners = [gowright(plain, "--no-git"), gowright(plain), copier(plain), cookiecutter(cookie)]
        compare(title, runners, options.rounds, scratch)
        ours = real(scratch / "template")
        runners = [gowright(ours, "--no-git"), gowright(ours), copier(ours)]
        share = compare("the template of this checkout, with its defaults", runners, options.rounds, scratch)
        print("\nstartup\n")
        starts(scratch, options.rounds)
    return 1 if options.most and share > options.most else 0


if __name__ == "__main__":
    sys.exit(main())
