"""Count the files and conditionals that name a choice outside its own folder, backend and files.

    python -m scripts.mentions            count, and compare with the ceilings in scripts/mentions.yml
    python -m scripts.mentions --lower    count, and lower the ceilings to what was counted
    python -m scripts.mentions --files CHOICE   list the files that mention a choice

A ceiling may only fall. The files of a choice are its folder in choices/, its backend in
verify/backends/, and what its feature leaves out of a project with any other choice.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment
from pathspec import GitIgnoreSpec

from gowright.model.facts import read_facts
from gowright.model.features import Feature, read_documents, read_features

ROOT = Path(__file__).resolve().parent.parent
CEILINGS = ROOT / "scripts" / "mentions.yml"
BACKENDS = "src/gowright/verify/backends"

#: The files of the product, and files that describe, test, or are derived from it.
PRODUCTION = ("copier.yml", "presets.yml", "choices", "types", "macros", "template", "src", "scripts")
ELSEWHERE = (
    "matrix.yml",
    "tests",
    "lock",
    "docs",
    "examples",
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
)
DERIVED = {
    *("template/go.mod.jinja", "template/go.sum.jinja", "scripts/mentions.yml"),
    # The services that are mutated are variants.
    *("scripts/mutations.yml", "scripts/operations.yml"),
    "src/gowright/releases.bundle",
    # Common passwords are words of all kinds.
    "template/internal/auth/passwords.txt",
}

#: Not a product, but the choice that disables a feature.
NOTHING = "none"


@dataclass(frozen=True)
class Count:
    """The number of mentions of a choice outside its own files."""

    files: int
    python: int
    conditionals: int


@dataclass(frozen=True)
class Choice:
    """A choice, and its own files."""

    root: Path
    feature: Feature
    name: str
    patterns: GitIgnoreSpec

    def owns(self, path: str) -> bool:
        """Report whether a file belongs to the choice."""
        if path.startswith(f"choices/{self.feature.name}/{self.name}/"):
            return True
        if path.startswith(f"{BACKENDS}/{self.feature.name}/"):
            stem = Path(path).stem
            names = [each.replace("-", "_") for each in self.feature.values]
            fitting = [each for each in names if stem == each or stem.startswith(f"{each}_")]
            return max(fitting, key=len, default="") == self.name.replace("-", "_")
        return path.startswith("template/") and self.patterns.match_file(
            path.removeprefix("template/").removesuffix(".jinja")
        )

    def mentioned(self, path: str) -> bool:
        """Report whether the path or the text of a file contains the name as a word."""
        word = "[-_ ]".join(map(re.escape, self.name.split("-")))
        found = re.compile(rf"(?<![A-Za-z0-9]){word}(?![A-Za-z0-9]|\.com)", re.I)
        text = _text(self.root / path)
        # Most files contain no part of the name, which is found out much faster than the meaning of a word.
        likely = [each for each in (path, text) if all(part in each.lower() for part in self.name.split("-"))]
        return any(found.search(self._without_other_meanings(each)) for each in likely)

    def _without_other_meanings(self, text: str) -> str:
        """Remove where the name is that of a trait, of a folder in a project, or of a package of Go."""
        others = rf'"{self.name}" (not )?in traits|deployments/{self.name}\b|"log/{self.name}"|\b{self.name}\.[A-Z]'
        return re.sub(others, "", text)

    def conditionals(self, path: str) -> int:
        """The number of template tags, or of string literals in Python, that contain the name."""
        text = _text(self.root / path)
        if path.endswith(".py"):
            literals = (node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant))
            return sum(literal == self.name for literal in literals)
        tags = re.findall(r"\[%.*?%\]|\[\[.*?\]\]", text, re.S)
        return sum(f'"{self.name}"' in self._without_other_meanings(tag) for tag in tags)


@cache
def _text(file: Path) -> str:
    # Pictures and archives have no words.
    return file.read_text(encoding="utf-8", errors="replace")


def files(root: Path, parts: Iterable[str]) -> Iterator[str]:
    """The text files in parts of a checkout, by path."""
    for part in parts:
        for path in sorted([root / part, *(root / part).rglob("*")]):
            name = path.relative_to(root).as_posix()
            if path.is_file() and name not in DERIVED and "__pycache__" not in path.parts:
                yield name


def choices(root: Path) -> Iterator[Choice]:
    """The choices of a template."""
    features = read_features(root / "copier.yml")
    traits = {
        (feature.name, value): read_facts(root, feature.name, value).traits
        for feature in features
        for value in feature.values
    }
    for feature in features:
        others = {trait for (name, _), each in traits.items() if name != feature.name for trait in each}
        left_out = {
            value: _excluded(root, feature.name, value, others | {"stored"} | traits[feature.name, value])
            for value in feature.values
        }
        for value in feature.values:
            if value != NOTHING:
                rest = [left_out[other] for other in feature.values if other != value]
                own = set.intersection(*rest) - left_out[value] if rest else set[str]()
                yield Choice(root, feature, value, GitIgnoreSpec.from_lines(sorted(own)))


def _excluded(root: Path, feature: str, value: str, traits: Iterable[str]) -> set[str]:
    """The paths that a feature excludes from a project with the choice."""
    syntax = Environment(
        block_start_string="[%", block_end_string="%]", variable_start_string="[[", variable_end_string="]]"
    )
    lines: set[str] = set()
    for document in read_documents(root / "copier.yml"):
        if feature in document:
            for pattern in document.get("_exclude", ()):
                text = syntax.from_string(pattern).render({feature: value, "traits": sorted(traits)})
                lines |= {line.strip() for line in text.splitlines() if line.strip()}
    return lines


def mentions(choice: Choice, parts: Iterable[str]) -> list[str]:
    """The files that mention a choice and don't belong to it."""
    return [path for path in files(choice.root, parts) if not choice.owns(path) and choice.mentioned(path)]


def count(choice: Choice) -> Count:
    """The mentions of a choice in the product."""
    paths = mentions(choice, PRODUCTION)
    return Count(
        files=len(paths),
        python=sum(path.endswith(".py") for path in paths),
        conditionals=sum(choice.conditionals(path) for path in paths),
    )


def problems(counted: Mapping[str, Count], ceilings: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """The counts above their ceilings, and the ceilings that can be lowered."""
    for name, found in counted.items():
        for what, number in vars(found).items():
            ceiling = ceilings.get(name, {}).get(what, 0)
            if number > ceiling:
                yield f"{name}: {number} {what}, and the ceiling is {ceiling}"
            elif number < ceiling:
                yield f"{name}: {number} {what}; lower the ceiling of {ceiling}: --lower"


def lowered(counted: Mapping[str, Count], ceilings: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """The ceilings, lowered to the counts. A new choice gets its count."""
    return {
        name: {
            what: min(number, ceilings.get(name, {}).get(what, number))
            for what, number in vars(found).items()
        }
        for name, found in counted.items()
    }


def main() -> int:
    """Count, print a table, and compare with the ceilings."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--lower", action="store_true")
    parser.add_argument("--files", metavar="CHOICE")
    arguments = parser.parse_args()
    every = list(choices(ROOT))
    if arguments.files:
        for choice in every:
            if choice.name == arguments.files:
                print("\n".join(mentions(choice, PRODUCTION)))
        return 0
    counted = {choice.name: count(choice) for choice in every}
    print(f"{'choice':16}{'files':>8}{'python':>8}{'ifs':>8}{'tests, docs, derived':>24}")
    for choice in every:
        found = counted[choice.name]
        elsewhere = len(mentions(choice, ELSEWHERE))
        print(f"{choice.name:16}{found.files:8}{found.python:8}{found.conditionals:8}{elsewhere:24}")
    ceilings = yaml.safe_load(CEILINGS.read_text(encoding="utf-8")) if CEILINGS.exists() else {}
    if arguments.lower:
        text = yaml.safe_dump(lowered(counted, ceilings), sort_keys=False, default_flow_style=None)
        CEILINGS.write_text(
            f"# Derived by scripts/mentions.py. A number may only fall.\n{text}", encoding="utf-8"
        )
        return 0
    wrong = list(problems(counted, ceilings))
    print("".join(f"error: {problem}\n" for problem in wrong), end="", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
