"""Derive ``template/go.mod.jinja`` and ``template/go.sum.jinja`` from ``lock/``.

    python scripts/lock.py            derive and write both templates
    python scripts/lock.py --check    derive, and fail if the files differ

``lock/go.mod`` is the only list of versions. The script renders combinations of the choices that affect the
imports, and runs ``go mod tidy`` for each set of imports. Each line of the results gets the shortest
condition, an OR of ANDs of choices, that is true for exactly the combinations with the line. The first
combinations contain every triple of choices. Then random combinations test the conditions. Combinations that
contradict a condition are added, until a round finds none. If a line has no condition, the script fails: pin
the module in ``lock/go.mod``.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from operator import and_, or_
from pathlib import Path
from typing import Any, TypeVar

import jinja2

from gowright.errors import BadAnswer
from gowright.matrix.covering import Partial, Space, Tuples, cover
from gowright.model.features import Feature
from gowright.model.resources.field_types import field_types
from gowright.model.template import Template

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "lock"
MODULE = "example.com/service"

#: The maximum length of an AND. Pairs describe nearly every line; three are for dependencies that two others share.
MAX_LITERALS = 3

Result = TypeVar("Result")

#: The types that need no additional module, and no other key than a name.
PLAIN = [name for name in field_types() if name not in {"decimal", "enum", "ref"}]

Combination = Mapping[str, str]

#: Packages, and whether a test imports them.
Imports = frozenset[tuple[str, bool]]

#: The requirements and the sums after `go mod tidy`.
Tidied = tuple[list[str], list[str]]

#: An OR of parts, each of them an AND of choices as a Jinja expression. Without parts, it's always true.
Condition = tuple[str, ...]

#: The lines of go.mod and go.sum, each with its condition.
Conditions = tuple[dict[str, Condition], dict[str, Condition]]


@dataclass(frozen=True)
class Axis:
    """A choice that can affect the imports, and the expression for it in a template."""

    name: str
    choices: tuple[str, ...]

    def condition(self, choice: str) -> str:
        """The Jinja expression that is true for the choice."""
        if self.choices == ("yes", "no"):
            return self.name if choice == "yes" else f"not {self.name}"
        return f'{self.name} == "{choice}"'


#: The axes of the resources: whether there are any, and whether one has a decimal.
RESOURCE_AXES = (Axis("has_resources", ("yes", "no")), Axis("has_decimals", ("yes", "no")))

#: Choices that can't be combined.
IMPOSSIBLE = ((RESOURCE_AXES[0], "no"), (RESOURCE_AXES[1], "yes"))

#: The number of random combinations in each round, and the number of those among which a round looks for the others.
TESTED = 120
CANDIDATES = 10_000

PREAMBLE = """\
[# Derived by scripts/lock.py from lock/go.mod; edit that. #]
[% set has_resources = resources|length > 0 %]
[% set has_decimals = "decimal" in resources|map(attribute="fields")|sum(start=[])|map(attribute="type") %]
"""


def resources_of(combination: Combination) -> list[dict[str, Any]]:
    """The shortest list of resources for a combination."""
    if combination["has_resources"] == "no":
        return []
    types = PLAIN + (["decimal"] if combination["has_decimals"] == "yes" else [])
    fields: list[dict[str, Any]] = [{"name": f"a_{kind}", "type": kind} for kind in types]
    fields.append({"name": "a_state", "type": "enum", "enum": ["on", "off"]})
    fields.append({"name": "a_ref", "type": "ref", "ref": "thing"})
    return [{"name": "thing", "plural": "things", "fields": fields}]


def answers_of(combination: Combination) -> dict[str, Any]:
    """The answers for a combination."""
    answers: dict[str, Any] = {
        name: choice for name, choice in combination.items() if not name.startswith("has_")
    }
    answers |= {"project_name": "service", "module_path": MODULE, "description": "A service."}
    answers["resources"] = resources_of(combination)
    return answers


def imports(project: Path) -> Imports:
    """The imports of a project: packages, and whether a test imports them."""
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
    """The imports of a combination."""
    with tempfile.TemporaryDirectory(prefix="gowright-lock-") as folder:
        project = Path(folder) / "service"
        Template.head().render(answers_of(combination), project)
        return imports(project)


def scan_if_possible(combination: Combination) -> Imports | None:
    """The imports of a combination, or None if its choices can't be combined."""
    try:
        return scan(combination)
    except BadAnswer:
        return None


def tidy(imported: Imports) -> Tidied:
    """Return the requirements (``path version[ // indirect]``) and the sums after ``go mod tidy``.

    go mod tidy reads only imports. Therefore, a module with the same imports stands for all projects with
    them.
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


class Combinations:
    """The combinations of the axes. Other features have the choice in `rest`."""

    def __init__(self, axes: Iterable[Axis], rest: Mapping[str, str]) -> None:
        self.axes = tuple(axes)
        self._rest = dict(rest)
        names = [axis.name for axis in self.axes]
        # Without resources, none has a decimal.
        impossible = {names.index(axis.name): axis.choices.index(value) for axis, value in IMPOSSIBLE}
        self._space = Space(tuple(len(axis.choices) for axis in self.axes), (impossible,))
        self._random = random.Random(0)

    def covering(self) -> list[dict[str, str]]:
        """Combinations that contain every possible AND of a condition."""
        strength = min(MAX_LITERALS, len(self.axes))
        return [self._named(row) for row in cover(Tuples(self._space, strength), [])]

    def drawn(self, count: int) -> list[dict[str, str]]:
        """Random combinations."""
        return [self._named(self._space.row(self._random)) for _ in range(count)]

    def probing(self, described: Conditions, known: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
        """Combinations that separate the parts of the conditions, as far as no known combination does.

        A part that is too general or superfluous is noticed only where no other part holds. A missing part
        is noticed only where none holds.
        """
        rows = [*known, *self.drawn(CANDIDATES)]
        literals = literal_sets(self.axes, rows)
        everything = (1 << len(rows)) - 1
        chosen = (1 << len(known)) - 1
        for condition in sorted({each for lines in described for each in lines.values()}):
            parts = [
                functools.reduce(and_, (literals[literal] for literal in part.split(" and ")), everything)
                for part in condition
            ]
            alone = [
                part & ~functools.reduce(or_, parts[:i] + parts[i + 1 :], 0) for i, part in enumerate(parts)
            ]
            none = [literal & ~functools.reduce(or_, parts, 0) for literal in literals.values()]
            for wanted in (*alone, *none):
                if not wanted & chosen:
                    chosen |= wanted & -wanted
        return [dict(row) for i, row in enumerate(rows) if i >= len(known) and chosen >> i & 1]

    def _named(self, row: Partial) -> dict[str, str]:
        return self._rest | {
            self.axes[axis].name: self.axes[axis].choices[value] for axis, value in row.items()
        }


def relevant(features: Iterable[Feature], pool: ProcessPoolExecutor) -> tuple[list[Axis], dict[str, str]]:
    """Return the axes that affect the imports, and a fixed choice for every other feature.

    A feature affects the imports if changing only this feature changes them, relative to the variant of all
    first choices or of all last choices.
    """
    axes = [Axis(f.name, tuple(choice.value for choice in f.choices)) for f in features]
    matter = set()
    for end in (0, -1):
        base = {axis.name: axis.choices[end] for axis in axes}
        base |= {"has_resources": "yes", "has_decimals": "no"}
        trials = [(axis.name, base | {axis.name: choice}) for axis in axes for choice in axis.choices]
        seen: dict[str, set[Imports]] = {}
        for (name, _), found in zip(trials, pool.map(scan_if_possible, [t for _, t in trials]), strict=True):
            if found is not None:
                seen.setdefault(name, set()).add(found)
        matter |= {name for name, found in seen.items() if len(found) > 1}
    fixed = {axis.name: axis.choices[0] for axis in axes if axis.name not in matter}
    return [axis for axis in axes if axis.name in matter] + list(RESOURCE_AXES), fixed


def literal_sets(axes: Iterable[Axis], rows: Sequence[Mapping[str, str]]) -> dict[str, int]:
    """The rows of every choice as a bit set, by the expression for the choice."""
    return {
        axis.condition(choice): sum(1 << i for i, row in enumerate(rows) if row[axis.name] == choice)
        for axis in axes
        for choice in axis.choices
    }


def conditions(axes: Sequence[Axis], rows: list[dict[str, str]]) -> Iterator[tuple[int, str]]:
    """Every AND of at most MAX_LITERALS choices, shortest first: its rows as a bit set, and its text."""
    sets = literal_sets(axes, rows)
    literals = [
        (axis, sets[axis.condition(choice)], axis.condition(choice))
        for axis in axes
        for choice in axis.choices
    ]
    for size in range(1, MAX_LITERALS + 1):
        for chosen in itertools.combinations(literals, size):
            if len({axis.name for axis, _, _ in chosen}) == size:
                mask = (1 << len(rows)) - 1
                for _, bits, _ in chosen:
                    mask &= bits
                yield mask, " and ".join(text for _, _, text in chosen)


def condition_of(rows_with_line: int, every_row: int, terms: list[tuple[int, str]]) -> Condition | None:
    """Return the condition for exactly these rows: () if always true, None if there's none.

    The algorithm is a greedy set cover, shortest terms first: at each length, take the term that covers most
    uncovered rows.
    """
    if rows_with_line == every_row:
        return ()
    usable = [(mask, text) for mask, text in terms if mask and not mask & ~rows_with_line]
    chosen: list[str] = []
    left = rows_with_line
    for size in range(1, MAX_LITERALS + 1):
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
    # In the order of the choices, not of what covers most, so that a new choice adds to a line and reorders none.
    return tuple(sorted(chosen, key=[text for _, text in terms].index))


def expression(condition: Condition) -> str:
    """The Jinja expression of a condition."""
    return " or ".join(f"({part})" if " and " in part and len(condition) > 1 else part for part in condition)


def order(line: str) -> tuple[object, ...]:
    """The sort key of Go: the module, the semantic version, and a module before its go.mod."""
    module, version = line.split()[:2]
    version, _, file = version.partition("/")
    numbers, _, before = version.removeprefix("v").partition("+")[0].partition("-")
    # A version without a pre-release is newer than one with; numbers sort before words.
    parts = [(not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in before.split(".")]
    return module, [int(number) for number in numbers.split(".")], not before, parts, file


def conditional(lines: Iterable[tuple[str, Condition]]) -> str:
    """The lines, with one ``if`` around consecutive lines with the same condition."""
    text = ""
    for condition, run in itertools.groupby(lines, key=lambda pair: pair[1]):
        body = "".join(f"{line}\n" for line, _ in run)
        text += f"[% if {expression(condition)} %]\n{body}[% endif %]\n" if condition else body
    return text


def describe(axes: Sequence[Axis], rows: list[dict[str, str]], results: Sequence[Tidied]) -> Conditions:
    """Return the condition of every requirement and every sum.

    Raises:
        SystemExit: if a line has no condition of at most MAX_LITERALS choices.
    """
    terms = list(conditions(axes, rows))
    every_row = (1 << len(rows)) - 1

    def described(index: int) -> dict[str, Condition]:
        lines: dict[str, int] = {}
        for i, result in enumerate(results):
            for line in result[index]:
                lines[line] = lines.get(line, 0) | 1 << i
        found = {line: condition_of(bits, every_row, terms) for line, bits in lines.items()}
        if floating := [line for line, condition in found.items() if condition is None]:
            raise SystemExit("no condition describes:\n  " + "\n  ".join(sorted(floating)))
        return {line: found[line] or () for line in sorted(found, key=order)}

    return described(0), described(1)


def contradicts(described: Conditions, row: Mapping[str, str], result: Tidied) -> bool:
    """Whether the conditions give a row other lines than it has."""
    variables = {name: value == "yes" if name.startswith("has_") else value for name, value in row.items()}

    def given(lines: Mapping[str, Condition]) -> set[str]:
        return {
            line for line, condition in lines.items() if not condition or _compiled(condition)(**variables)
        }

    return any(given(lines) != set(found) for lines, found in zip(described, result, strict=True))


@functools.cache
def _compiled(condition: Condition) -> Callable[..., Any]:
    return jinja2.Environment().compile_expression(expression(condition))


def derive() -> dict[Path, str]:
    """Return the texts of both templates, by path.

    Raises:
        SystemExit: if a line has no condition of at most MAX_LITERALS choices.
    """
    begun = time.monotonic()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        known: dict[Imports, Tidied] = {}

        def tidied(rows: list[dict[str, str]]) -> list[Tidied]:
            imported = list(with_progress(pool.map(scan, rows, chunksize=4), "rendered"))
            fresh = [each for each in dict.fromkeys(imported) if each not in known]
            known.update(zip(fresh, with_progress(pool.map(tidy, fresh, chunksize=4), "tidied"), strict=True))
            return [known[each] for each in imported]

        axes, fixed = relevant([each for each in Template.head().features() if each.choices], pool)
        all_combinations = Combinations(axes, fixed)
        rows = all_combinations.covering()
        log(f"{len(rows)} combinations hold every triple of {', '.join(axis.name for axis in axes)}")
        results = tidied(rows)
        while True:
            described = describe(axes, rows, results)
            tested = all_combinations.probing(described, rows) + all_combinations.drawn(TESTED)
            found = tidied(tested)
            wrong = sum(contradicts(described, row, each) for row, each in zip(tested, found, strict=True))
            log(f"{wrong} of {len(tested)} more combinations contradict the conditions")
            if not wrong:
                break
            rows += tested
            results += found
    requirements, sums = described
    direct = [(f"\t{line}", when) for line, when in requirements.items() if not line.endswith("// indirect")]
    indirect = [(f"\t{line}", when) for line, when in requirements.items() if line.endswith("// indirect")]
    go_version = re.search(r"^go (\S+)$", (LOCK / "go.mod").read_text(), re.M)
    assert go_version is not None
    log(f"{len(requirements)} requirements, {len(sums)} sums, {time.monotonic() - begun:.0f} s")
    return {
        ROOT / "template/go.mod.jinja": PREAMBLE
        + f"module [[ module_path ]]\n\ngo {go_version[1]}\n\n"
        + f"require (\n{conditional(direct)})\n\nrequire (\n{conditional(indirect)})\n",
        ROOT / "template/go.sum.jinja": PREAMBLE + conditional(sums.items()),
    }


def with_progress(results: Iterable[Result], done: str) -> Iterator[Result]:
    """Yield the results, and log the count from time to time."""
    begun = time.monotonic()
    for number, result in enumerate(results, 1):
        yield result
        if number % 100 == 0:
            log(f"{number} {done}, {time.monotonic() - begun:.0f} s")


def log(line: str) -> None:
    """Print a line to stderr."""
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    """Derive the templates, then write or check them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    texts = derive()
    stale = [path for path, text in texts.items() if not path.exists() or path.read_text() != text]
    for path in stale:
        log(f"{'differs' if check else 'written'}: {path.relative_to(ROOT)}")
        if not check:
            path.write_text(texts[path])
    return 1 if check and stale else 0


if __name__ == "__main__":
    raise SystemExit(main())
