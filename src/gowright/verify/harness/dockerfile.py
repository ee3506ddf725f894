"""A Dockerfile, in the part of its syntax that the checks read, and the files that a build gets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from gowright.verify.outcomes import Failed

DOCKERFILE = "deployments/Dockerfile"
_INSTRUCTION = re.compile(r"^(\w+)\s+(.*)$", re.S)


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """The instructions, each with its arguments as one line of text."""

    instructions: tuple[tuple[str, str], ...]

    @property
    def arguments(self) -> set[str]:
        """The names of the build arguments."""
        return {
            each.partition("=")[0]
            for name, text in self.instructions
            if name == "ARG"
            for each in text.split()
        }

    @property
    def base_images(self) -> tuple[str, ...]:
        """The images that the stages start from, without the stages of this file."""
        images, stages = [], set[str]()
        for name, text in self.instructions:
            if name == "FROM":
                image, *rest = [word for word in text.split() if not word.startswith("--")]
                if image not in stages and image != "scratch":
                    images.append(image)
                stages.update(rest[1:])
        return tuple(images)

    @property
    def last_stage(self) -> tuple[tuple[str, str], ...]:
        """The instructions of the last stage, which is the image."""
        start = max(
            (number for number, (name, _) in enumerate(self.instructions) if name == "FROM"), default=0
        )
        return self.instructions[start:]

    @property
    def downloads(self) -> tuple[str, ...]:
        """The addresses of the files that the build downloads."""
        words = (word for name, text in self.instructions if name == "ADD" for word in text.split())
        return tuple(word for word in words if word.startswith("https://"))


def read_dockerfile(path: Path) -> Dockerfile:
    """Read a Dockerfile.

    Raises:
        Failed: if it can't be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise Failed(f"{path}: {error.strerror}") from error
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    joined = re.sub(r"\\\n\s*", "", lines).splitlines()
    found = (_INSTRUCTION.match(line.strip()) for line in joined)
    return Dockerfile(tuple((each[1].upper(), each[2]) for each in found if each))


class Ignored:
    """The rules of a .dockerignore: which files a build doesn't get.

    The last matching pattern decides. A pattern that matches a folder matches everything in it.
    """

    def __init__(self, text: str) -> None:
        lines = (line.strip() for line in text.splitlines())
        patterns = [line for line in lines if line and not line.startswith("#")]
        self._rules = [
            (not each.startswith("!"), _expression(each.removeprefix("!").strip("/"))) for each in patterns
        ]

    def __contains__(self, path: str) -> bool:
        ignored = False
        for excludes, expression in self._rules:
            if expression.fullmatch(path):
                ignored = excludes
        return ignored


def _expression(pattern: str) -> re.Pattern[str]:
    """The regular expression of a pattern: `*` and `?` don't match a slash, and `**` matches any folders."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    wild = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(wild.get(part) or re.escape(part) for part in parts) + "(?:/.*)?")
