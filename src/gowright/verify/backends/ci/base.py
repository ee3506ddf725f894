"""The interface between the checks and the pipelines of one CI system."""

from __future__ import annotations

import shlex
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar

from gowright.verify.backends.base import Context
from gowright.verify.outcomes import Failed

#: Ends a command of a shell.
_OPERATORS = frozenset({";", "&", "&&", "|", "||", "(", ")"})


@dataclass(frozen=True, slots=True)
class Step:
    """A shell script that a pipeline runs.

    Attributes:
        phase: verify, image, deploy or scheduled; empty for what belongs to none of them.
        job: the name of the job.
        script: the script.
        variables: the names of the environment variables that the pipeline sets for it.
    """

    phase: str
    job: str
    script: str
    variables: frozenset[str] = frozenset()

    @property
    def targets(self) -> tuple[str, ...]:
        """The targets of all calls of make, in their order."""
        return tuple(
            word
            for command in _commands(self.script)
            if command[0] == "make"
            for word in command[1:]
            if not word.startswith("-") and "=" not in word
        )


@dataclass(frozen=True, slots=True)
class Linter:
    """A program that reads pipelines.

    Attributes:
        tool: the name of the program.
        arguments: its arguments.
        files: glob patterns of the files that it gets as further arguments; without any, it finds them itself.
    """

    tool: str
    arguments: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


class Pipelines(ABC):
    """The pipelines of a project."""

    #: The programs that check the schema, the content, and the security of the files, by these words.
    linters: ClassVar[Mapping[str, tuple[Linter, ...]]] = MappingProxyType({})

    def __init__(self, context: Context) -> None:
        self.context = context
        self.root = context.project.root

    @abstractmethod
    def mistakes(self) -> Iterator[str]:
        """Yield what the CI system would refuse and no linter of this class finds.

        Raises:
            Skipped: if that can't be found out on this machine.
        """

    @abstractmethod
    def steps(self) -> Iterator[Step]:
        """Yield the scripts of all jobs, in the order of the files.

        Raises:
            Failed: if a file can't be read.
            Skipped: if it can't be read on this machine.
        """

    def read(self, path: str) -> str:
        """The text of a file of the project."""
        try:
            return (self.root / path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Failed(f"{path}: {error}") from error

    def matching(self, *patterns: str) -> list[Path]:
        """The files of the project that match glob patterns, relative to it, in their order."""
        return [path.relative_to(self.root) for each in patterns for path in sorted(self.root.glob(each))]


def _commands(script: str) -> Iterator[list[str]]:
    """The commands of a shell script as words, without assignments of variables before them."""
    for line in _lines(script):
        command: list[str] = []
        for word in [*line, ";"]:
            if word not in _OPERATORS:
                command.append(word)
                continue
            while command and _is_assignment(command[0]):
                command.pop(0)
            if command:
                yield command
            command = []


def _lines(script: str) -> Iterator[list[str]]:
    """The logical lines of a shell script as words: a quoted text or a backslash can join several lines."""
    pending = ""
    for line in script.replace("\\\n", " ").splitlines():
        pending += line
        reader = shlex.shlex(pending, posix=True, punctuation_chars=True)
        reader.whitespace_split = True
        reader.commenters = ""
        try:
            words = list(reader)
        except ValueError:
            pending += "\n"
            continue
        pending = ""
        comment = next((number for number, word in enumerate(words) if word.startswith("#")), None)
        yield words[:comment]


def _is_assignment(word: str) -> bool:
    name, equals, _ = word.partition("=")
    return bool(equals) and name.isidentifier()
