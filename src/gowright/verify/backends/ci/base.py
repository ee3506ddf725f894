"""The interface between the checks and the pipelines of one CI system."""

from __future__ import annotations

import re
import shlex
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar

from gowright.verify.backends.base import Context
from gowright.verify.outcomes import Failed

#: Commands that print their arguments. The brackets keep the name of a framework out of this file.
_PRINTING = re.compile(r"[e]cho|printf")
#: The name of a variable in a word of a shell, or of a value in an expression, such as secrets.NAME.
_NAME = re.compile(r"(?:\$\{?|(?:^|\s)[a-z]+\.)(\w+)")
#: A variable whose value is a secret.
_SECRET = re.compile(r"(?i)password|secret|token|credential|private_key")
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

    @property
    def printed(self) -> tuple[str, ...]:
        """The variables with secrets whose values the script prints into the log."""
        return tuple(
            dict.fromkeys(
                name
                for command, follower in _commands_with_operators(self.script)
                if _PRINTING.fullmatch(command[0]) and follower != "|" and ">" not in "".join(command)
                for word in command[1:]
                for name in _NAME.findall(word)
                if _SECRET.search(name)
            )
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

    @abstractmethod
    def unlimited(self) -> Iterator[str]:
        """Yield the jobs that nothing ends, or that the CI system ends after a time that the file doesn't state.

        Raises:
            Failed: if a file can't be read.
            Skipped: if it can't be read on this machine.
        """

    def deployments(self) -> Mapping[str, frozenset[str]]:
        """For each environment, those that must have the image before; empty if the file itself is the order."""
        return {}

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
    return (command for command, _ in _commands_with_operators(script))


def _commands_with_operators(script: str) -> Iterator[tuple[list[str], str]]:
    """The commands, each with the operator that ends it."""
    for line in _lines(script):
        command: list[str] = []
        for word in [*line, ";"]:
            if word not in _OPERATORS:
                command.append(word)
                continue
            while command and _is_assignment(command[0]):
                command.pop(0)
            if command:
                yield command, word
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
