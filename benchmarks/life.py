"""Carry an edited service through all releases and a dozen switches, with gowright and with Copier.

    python -m benchmarks.life [--write] [--template REPOSITORY]

A service of the oldest release gets the edits of benchmarks/team.yml. Then both programs update their copy of it to
each release, and change its answers. After each step, the script counts

- the files with conflicts. They are resolved in favor of the team, and the result is committed.
- the edits that are gone: lines that the team wrote, and that are neither in a file nor in a conflict. Lines of a
  file that is deleted because a switch removes what it belongs to count for gowright only if it doesn't name the file.

With --write, the table goes to benchmarks/life.md.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from benchmarks.change import git
from gowright.commands.export import export
from gowright.commands.set import set_answers
from gowright.commands.update import update
from gowright.model.answers import read_resources
from gowright.model.ledger import Fate, Ledger
from gowright.model.template import Template

ROOT = Path(__file__).resolve().parent.parent
TEAM = ROOT / "benchmarks" / "team.yml"

#: Lines that say nothing about who wrote them.
_SHORT = 8

#: A conflict in a file: the side of the team comes first, with both programs.
_CONFLICT = re.compile(
    rb"^<{7} [^\n]*\n(.*?)(?:^\|{7} [^\n]*\n.*?)?^={7}\n.*?^>{7} [^\n]*\n", re.DOTALL | re.MULTILINE
)


class BadEdit(ValueError):
    """An edit that doesn't fit the service any more."""


@dataclass
class Score:
    """What happened to one program's copy of the service.

    Attributes:
        conflicts: files with conflicts by step.
        gone: lines of the team by step that weren't found any more, with their file.
    """

    conflicts: dict[str, list[str]] = field(default_factory=dict)
    gone: dict[str, list[tuple[str, str]]] = field(default_factory=dict)


def read_team() -> dict[str, Any]:
    """Return the answers, edits, and switches of the team."""
    team: dict[str, Any] = yaml.safe_load(TEAM.read_text())
    template = Template.head()
    found = read_resources(team["answers"]["resources"], template.reserved_names())
    team["answers"]["resources"] = [resource.answer() for resource in found]
    return team


def apply(edits: Sequence[Mapping[str, Any]], project: Path) -> None:
    """Make the edits of the team.

    Raises:
        BadEdit: if the text of an edit doesn't occur exactly once.
    """
    for edit in edits:
        if "folder" in edit:
            _move_package(project, edit["folder"], edit["move"])
            continue
        path = project / edit["file"]
        if edit.get("delete"):
            path.unlink()
        elif "content" in edit:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(edit["content"])
        else:
            path.write_text(_edited(path.read_text(), edit))


def _edited(text: str, edit: Mapping[str, Any]) -> str:
    where = edit.get("old") or edit.get("below") or edit["above"]
    if text.count(where) != 1 and not (edit.get("first") and where in text):
        raise BadEdit(f"{edit['file']} contains {where!r} {text.count(where)} times")
    new = edit.get("new") or ("below" in edit and where + edit["add"]) or edit["add"] + where
    return text.replace(where, new, 1)


def _move_package(project: Path, old: str, new: str) -> None:
    """Move a package, and change the files that use it."""
    before, after = Path(old).name, Path(new).name
    git(project, "mv", old, new)
    for path in project.rglob("*.go"):
        text = path.read_text()
        inside = path.is_relative_to(project / new)
        if inside or f'/{old}"' in text:
            text = text.replace(f'/{old}"', f'/{new}"').replace(f"package {before}", f"package {after}")
            text = re.sub(rf"(?<![\w./\"]){before}\.(?=[A-Z])", f"{after}.", text)
            path.write_text(text.replace(f"Package {before} ", f"Package {after} "))
    subprocess.run(["gofmt", "-w", "."], cwd=project, check=True)  # sorts the imports


def team_lines(project: Path, base: str) -> dict[str, set[str]]:
    """Return the lines that the team wrote, by file.

    Args:
        project: the service, in which the edits of the team are committed.
        base: the commit before the edits.
    """
    diff = git(project, "diff", "--unified=0", "--no-color", "--find-renames=40%", base, "HEAD")
    found: dict[str, set[str]] = {}
    path = ""
    for line in diff.splitlines():
        if line.startswith("+++ "):
            path = line[4:].removeprefix("b/")
        elif line.startswith("+") and len(line[1:].strip()) >= _SHORT:
            found.setdefault(path, set()).add(line[1:].strip())
    return found


def gone(wanted: Mapping[str, set[str]], project: Path) -> Iterator[tuple[str, str]]:
    """Yield the lines of the team that are in no file, with the file where they were."""
    listed = git(project, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    there: set[str] = set()
    for name in set(listed.split("\0")) - {""}:
        if (project / name).is_file():
            there |= {line.strip() for line in (project / name).read_text(errors="replace").splitlines()}
    for path, lines in sorted(wanted.items()):
        yield from ((path, line) for line in sorted(lines) if line not in there)


def with_conflicts(project: Path) -> list[str]:
    """Return the files with conflicts, in the index or as markers."""
    status = git(project, "status", "--porcelain", "-z")
    names = {line[3:]: line[:2] for line in status.split("\0") if len(line) > 3}
    unmerged = {name for name, state in names.items() if "U" in state or state in ("AA", "DD")}
    marked = {
        name
        for name in names
        if (project / name).is_file() and _CONFLICT.search((project / name).read_bytes())
    }
    rejected = {name for name in names if name.endswith(".rej")}
    return sorted(unmerged | marked | rejected)


def resolve(project: Path, conflicts: Sequence[str], step: str) -> None:
    """Resolve conflicts in favor of the team, and commit."""
    for name in conflicts:
        path = project / name
        if name.endswith(".rej"):
            path.unlink()
        elif path.is_file():
            path.write_bytes(_CONFLICT.sub(lambda match: match[1], path.read_bytes()))
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--allow-empty", "--no-verify", "--message", step)


def created(template: Path, tag: str, team: Mapping[str, Any], folder: Path) -> Path:
    """Generate the service with a release, and commit the edits of the team."""
    answers = folder.with_suffix(".yml")
    answers.write_text(yaml.safe_dump(team["answers"]))
    command = ["copy", "--quiet", "--defaults", "--vcs-ref", tag, "--data-file", str(answers)]
    subprocess.run([sys.executable, "-m", "copier", *command, str(template), str(folder)], check=True)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "service")
    git(folder, "tag", "generated")
    apply(team["edits"], folder)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "edits of the team")
    return folder


def with_gowright(project: Path, release: str, data: Mapping[str, Any]) -> Ledger:
    """Take one step with gowright."""
    if data:
        return set_answers(project, [f"{name}={value}" for name, value in data.items()])
    return update(project, release=release)


def with_copier(project: Path, release: str, data: Mapping[str, Any]) -> None:
    """Take one step with Copier."""
    flags = [flag for name, value in data.items() for flag in ("--data", f"{name}={value}")]
    command = ["update", "--quiet", "--defaults", "--trust", "--vcs-ref", ":current:" if data else release]
    subprocess.run([sys.executable, "-m", "copier", *command, *flags], cwd=project, check=True)


def steps(
    tags: Sequence[str], switches: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield the name of each step, the release to update to, and the answers to change."""
    for tag in tags[1:]:
        yield f"update to {tag.removeprefix('v')}", tag, {}
    for data in switches:
        yield " ".join(f"{name}={value}" for name, value in data.items()), "", data


def carry(
    project: Path,
    take: Callable[[Path, str, Mapping[str, Any]], Ledger | None],
    tags: Sequence[str],
    switches: Sequence[Mapping[str, Any]],
) -> Score:
    """Take all steps with one program.

    Args:
        project: the edited service.
        take: takes one step.
        tags: the releases, oldest first.
        switches: the answers that change, step by step.
    """
    score, wanted = Score(), team_lines(project, "generated")
    for step, release, data in steps(tags, switches):
        ledger = take(project, release, data)
        conflicts = with_conflicts(project)
        lost = list(gone(wanted, project))
        named = set(ledger.paths(Fate.REMOVED_EDITED)) if ledger else set()
        score.conflicts[step] = conflicts
        score.gone[step] = [(path, line) for path, line in lost if path not in named]
        for path, line in lost:  # counted once
            wanted[path].discard(line)
        resolve(project, conflicts, step)
    return score


def tags_of(template: Path) -> list[str]:
    """Return the releases of an exported template, oldest first."""
    return git(template, "tag", "--list", "--sort=version:refname").split()


def table(ours: Score, stock: Score) -> str:
    """Return the result as a table in Markdown."""
    rows = [
        "| Step | Conflicts, gowright | Conflicts, Copier | Lines gone, gowright | Lines gone, Copier |",
        "|---|--:|--:|--:|--:|",
    ]
    for step in ours.conflicts:
        rows.append(
            f"| {step} | {len(ours.conflicts[step])} | {len(stock.conflicts[step])} "
            f"| {len(ours.gone[step])} | {len(stock.gone[step])} |"
        )
    sums = [sum(map(len, part.values())) for part in (ours.conflicts, stock.conflicts, ours.gone, stock.gone)]
    rows.append(f"| **Total** | {' | '.join(f'**{number}**' for number in sums)} |")
    return "\n".join(rows) + "\n"


def main() -> int:
    """Carry both copies through all steps, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--write", action="store_true")
    parser.add_argument(
        "--template", type=Path, help="a repository with releases; by default, those of this package"
    )
    options = parser.parse_args()
    team = read_team()
    with tempfile.TemporaryDirectory(prefix="gowright-life-") as folder:
        scratch = Path(folder)
        template = options.template or scratch / "template"
        if not options.template:
            export(template, Template.head())
        tags = tags_of(template)
        made = created(template, tags[0], team, scratch / "shop")
        scores = []
        for name, take in (("gowright", with_gowright), ("copier", with_copier)):
            print(f"carrying the service with {name} ...", file=sys.stderr)
            project = Path(shutil.copytree(made, scratch / name, symlinks=True))
            scores.append(carry(project, take, tags, team["switches"]))
            for step, names in scores[-1].conflicts.items():
                print(f"  {step}: {names}\n    {scores[-1].gone[step]}", file=sys.stderr)
    found = table(*scores)
    print(found)
    if options.write:
        (ROOT / "benchmarks" / "life.md").write_text(found)
    return 1 if any(scores[0].gone.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
