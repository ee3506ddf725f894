"""Derive ``template/go.mod.jinja`` and ``template/go.sum.jinja`` from ``lock/``.

    python scripts/lock.py            derive, and write both templates
    python scripts/lock.py --check    derive, and fail when they differ from the files

``lock/go.mod`` is the one list of versions. Every combination of the choices that shape the
imports is rendered, and its imports are tidied from it; each line of the results gets the shortest condition, an
OR of ANDs of choices, that holds in exactly the combinations that have the line. A line that no
such condition describes is an error: pin what makes it float in ``lock/go.mod``.
"""

from __future__ import annotations

import argparse
import itertools
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from gowright.model.features import Feature
from gowright.model.resources.kinds import kinds
from gowright.model.template import Template

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "lock"
MODULE = "example.com/service"

#: The longest AND that a condition may hold. Pairs describe nearly every line; three leaves room
#: for a dependency that two others share.
MOST_LITERALS = 3

Result = TypeVar("Result")

#: The types that need no module of their own, and no other key than a name.
PLAIN = [name for name in kinds() if name not in {"decimal", "enum"}]

Combination = Mapping[str, str]

#: Packages, and whether a test is what imports them.
Imports = frozenset[tuple[str, bool]]


@dataclass(frozen=True)
class Axis:
    """One thing that may change the imports: its choices, and what a template asks to tell them apart."""

    name: str
    choices: tuple[str, ...]

    def condition(self, choice: str) -> str:
        """The Jinja expression that is true when the choice is made."""
        if self.choices == ("yes", "no"):
            return self.name if choice == "yes" else f"not {self.name}"
        return f'{self.name} == "{choice}"'


#: What the list of resources can change: whether there are any, and whether one has a decimal.
RESOURCE_AXES = (Axis("has_resources", ("yes", "no")), Axis("has_decimals", ("yes", "no")))

PREAMBLE = """\
[# Derived by scripts/lock.py from lock/go.mod; edit that. #]
[% set has_resources = resources|length > 0 %]
[% set has_decimals = "decimal" in resources|map(attribute="fields")|sum(start=[])|map(attribute="type") %]
"""


def resources_of(combination: Combination) -> list[dict[str, Any]]:
    """The shortest list of resources that shows what the combination says of them."""
    if combination["has_resources"] == "no":
        return []
    types = PLAIN + (["decimal"] if combination["has_decimals"] == "yes" else [])
    fields: list[dict[str, Any]] = [{"name": f"a_{kind}", "type": kind} for kind in types]
    fields.append({"name": "a_state", "type": "enum", "enum": ["on", "off"]})
    return [{"name": "thing", "plural": "things", "revision": 1, "fields": fields}]


def answers_of(combination: Combination) -> dict[str, Any]:
    """The answers that a combination stands for."""
    answers: dict[str, Any] = {
        name: choice for name, choice in combination.items() if not name.startswith("has_")
    }
    answers |= {"project_name": "service", "module_path": MODULE, "description": "A service."}
    answers["resources"] = resources_of(combination)
    return answers


def imports(project: Path) -> Imports:
    """What the project's Go files import: (package, whether a test imports it)."""
    found = set()
    for path in project.rglob("*.go"):
        text = path.read_text()
        for block in re.findall(r"^import \((.*?)^\)", text, re.S | re.M) + re.findall(
            r"^import (.+)$", text, re.M
        ):
            for package in re.findall(r'"([^"]+)"', block):
                if "." in package.partition("/")[0] and not package.startswith(MODULE):
                    found.add((package, path.name.endswith("_test.go")))
    return frozenset(found)


def scan(combination: Combination) -> Imports:
    """What a combination imports."""
    with tempfile.TemporaryDirectory(prefix="gowright-lock-") as folder:
        project = Path(folder) / "service"
        Template.head().render(answers_of(combination), project)
        return imports(project)


def tidy(imported: Imports) -> tuple[list[str], list[str]]:
    """The requirements (``path version[ // indirect]``) and the sums that ``go mod tidy`` leaves.

    It looks at nothing but imports, so a module that only imports stands for every project with them.
    """
    with tempfile.TemporaryDirectory(prefix="gowright-lock-") as folder:
        project = Path(folder)
        for file, tests in (("service.go", False), ("service_test.go", True)):
            packages = sorted(package for package, test in imported if test is tests)
            lines = "".join(f'import _ "{package}"\n' for package in packages)
            (project / file).write_text(f"package service\n\n{lines}")
        _, versions = (LOCK / "go.mod").read_text().split("\n", 1)
        (project / "go.mod").write_text(f"module {MODULE}\n{versions}")
        (project / "go.sum").write_bytes((LOCK / "go.sum").read_bytes())
        result = subprocess.run(
            ["go", "mod", "tidy"],
            cwd=project,
            env=os.environ | {"GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local", "GOWORK": "off"},
            check=False,
            capture_output=True,
            text=True,
        )
        if result.returncode != 0:
            raise RuntimeError(f"go mod tidy: {sorted(imported)}\n{result.stderr}")
        return (
            re.findall(r"^(?:require |\t)(\S+ v.+)$", (project / "go.mod").read_text(), re.M),
            (project / "go.sum").read_text().splitlines(),
        )


def combinations(axes: Iterable[Axis], rest: Mapping[str, str]) -> list[dict[str, str]]:
    """Every combination of the axes' choices; what is no axis stays as in rest."""
    axes = tuple(axes)
    rows = [
        dict(rest) | dict(zip((axis.name for axis in axes), choices, strict=True))
        for choices in itertools.product(*(axis.choices for axis in axes))
    ]
    return [row for row in rows if row["has_resources"] == "yes" or row["has_decimals"] == "no"]


def relevant(features: Iterable[Feature], pool: ProcessPoolExecutor) -> tuple[list[Axis], dict[str, str]]:
    """The axes that shape imports, and a fixed choice for each of the others.

    A feature matters when changing it alone changes the imports, starting from the variant of all
    first choices or from that of all last ones.
    """
    axes = [Axis(f.name, tuple(choice.value for choice in f.choices)) for f in features]
    matter = set()
    for end in (0, -1):
        base = {axis.name: axis.choices[end] for axis in axes}
        base |= {"has_resources": "yes", "has_decimals": "no"}
        trials = [(axis.name, base | {axis.name: choice}) for axis in axes for choice in axis.choices]
        seen: dict[str, set[Imports]] = {}
        for (name, _), found in zip(trials, pool.map(scan, [t for _, t in trials]), strict=True):
            seen.setdefault(name, set()).add(found)
        matter |= {name for name, found in seen.items() if len(found) > 1}
    fixed = {axis.name: axis.choices[0] for axis in axes if axis.name not in matter}
    return [axis for axis in axes if axis.name in matter] + list(RESOURCE_AXES), fixed


def conditions(axes: list[Axis], rows: list[dict[str, str]]) -> Iterator[tuple[int, str]]:
    """Every AND of at most MOST_LITERALS choices, shortest first: the rows it holds in, as bits, and its text."""
    literals = [
        (axis, sum(1 << i for i, row in enumerate(rows) if row[axis.name] == choice), axis.condition(choice))
        for axis in axes
        for choice in axis.choices
    ]
    for size in range(1, MOST_LITERALS + 1):
        for chosen in itertools.combinations(literals, size):
            if len({axis.name for axis, _, _ in chosen}) == size:
                mask = (1 << len(rows)) - 1
                for _, bits, _ in chosen:
                    mask &= bits
                yield mask, " and ".join(text for _, _, text in chosen)


def condition_of(rows_with_line: int, every_row: int, terms: list[tuple[int, str]]) -> str | None:
    """The condition that holds in exactly those rows: "" for always, None when there is none.

    Greedy set cover, the shortest terms first: at each length, take the term that covers most of
    what is still uncovered.
    """
    if rows_with_line == every_row:
        return ""
    usable = [(mask, text) for mask, text in terms if mask and not mask & ~rows_with_line]
    chosen: list[str] = []
    left = rows_with_line
    for size in range(1, MOST_LITERALS + 1):
        while left:
            mask, text = max(
                (term for term in usable if term[1].count(" and ") == size - 1),
                key=lambda term: (term[0] & left).bit_count(),
                default=(0, ""),
            )
            if not mask & left:
                break
            chosen.append(text)
            left &= ~mask
    if left:
        return None
    return " or ".join(f"({text})" if " and " in text and len(chosen) > 1 else text for text in chosen)


def order(line: str) -> tuple[object, ...]:
    """Where go puts a line: by module, then by semantic version, a module's sum before its go.mod's."""
    module, version = line.split()[:2]
    version, _, file = version.partition("/")
    numbers, _, before = version.removeprefix("v").partition("+")[0].partition("-")
    # A version without a pre-release is newer than one with; numbers sort before words.
    parts = [(not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in before.split(".")]
    return module, [int(number) for number in numbers.split(".")], not before, parts, file


def conditional(lines: Iterable[tuple[str, str]]) -> str:
    """The lines, each run of equal conditions inside one ``if``."""
    text = ""
    for condition, run in itertools.groupby(lines, key=lambda pair: pair[1]):
        body = "".join(f"{line}\n" for line, _ in run)
        text += f"[% if {condition} %]\n{body}[% endif %]\n" if condition else body
    return text


def derive() -> dict[Path, str]:
    """Both templates' texts, by path.

    Raises:
        SystemExit: when a line has no condition of at most MOST_LITERALS choices.
    """
    begun = time.monotonic()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        features = [feature for feature in Template.head().features() if feature.choices]
        axes, fixed = relevant(features, pool)
        rows = combinations(axes, fixed)
        say(f"{len(rows)} combinations of {', '.join(axis.name for axis in axes)}")
        imported = list(progress(pool.map(scan, rows, chunksize=8), "rendered"))
        different = list(dict.fromkeys(imported))
        say(f"{len(different)} different sets of imports")
        tidied = dict(zip(different, progress(pool.map(tidy, different, chunksize=8), "tidied"), strict=True))
        results = [tidied[each] for each in imported]
    terms = list(conditions(axes, rows))
    every_row = (1 << len(rows)) - 1

    def described(index: int) -> list[tuple[str, str]]:
        lines: dict[str, int] = {}
        for i, result in enumerate(results):
            for line in result[index]:
                lines[line] = lines.get(line, 0) | 1 << i
        found = {line: condition_of(bits, every_row, terms) for line, bits in lines.items()}
        if floating := [line for line, condition in found.items() if condition is None]:
            raise SystemExit("no condition describes:\n  " + "\n  ".join(sorted(floating)))
        return [(line, found[line] or "") for line in sorted(found, key=order)]

    requirements = described(0)
    direct = [(f"\t{line}", when) for line, when in requirements if not line.endswith("// indirect")]
    indirect = [(f"\t{line}", when) for line, when in requirements if line.endswith("// indirect")]
    go_version = re.search(r"^go (\S+)$", (LOCK / "go.mod").read_text(), re.M)
    assert go_version is not None
    say(f"{len(requirements)} requirements, {len(described(1))} sums, {time.monotonic() - begun:.0f} s")
    return {
        ROOT / "template/go.mod.jinja": PREAMBLE
        + f"module [[ module_path ]]\n\ngo {go_version[1]}\n\n"
        + f"require (\n{conditional(direct)})\n\nrequire (\n{conditional(indirect)})\n",
        ROOT / "template/go.sum.jinja": PREAMBLE + conditional(described(1)),
    }


def progress(results: Iterable[Result], done: str) -> Iterator[Result]:
    """The results, telling now and then how many there were."""
    begun = time.monotonic()
    for number, result in enumerate(results, 1):
        yield result
        if number % 100 == 0:
            say(f"{number} {done}, {time.monotonic() - begun:.0f} s")


def say(line: str) -> None:
    """Tell how far it is."""
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    """Derive, then write or check."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    texts = derive()
    stale = [path for path, text in texts.items() if not path.exists() or path.read_text() != text]
    for path in stale:
        say(f"{'differs' if check else 'written'}: {path.relative_to(ROOT)}")
        if not check:
            path.write_text(texts[path])
    return 1 if check and stale else 0


if __name__ == "__main__":
    raise SystemExit(main())
