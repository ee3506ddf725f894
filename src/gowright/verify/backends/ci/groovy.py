"""Groovy, parsed by the version of Groovy that Jenkins contains."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gowright.verify.backends.base import Context
from gowright.verify.children import java
from gowright.verify.outcomes import Failed

#: The version in Jenkins.
_JAR = "org.codehaus.groovy:groovy-all:2.4.21"
_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Node:
    """A statement or an expression.

    Attributes:
        kind: the class of Groovy, such as IfStatement, or Function.
        line: the number of its first line.
        call: the name of the method, if it's a call.
        arguments: the arguments of the call.
        value: the value of a constant.
        text: the source of a name, a property, or a string with variables; the name of a function.
        inside: the other statements and expressions in it.
    """

    kind: str
    line: int
    call: str
    arguments: tuple[Node, ...]
    value: str
    text: str
    inside: tuple[Node, ...]

    @property
    def block(self) -> tuple[Node, ...] | None:
        """The statements of the closure that is the last argument of a call, or None without one."""
        last = self.arguments[-1] if self.arguments else None
        if last is None or last.kind != "ClosureExpression":
            return None
        return tuple(each for statement in last.inside for each in statement.statements)

    @property
    def statements(self) -> tuple[Node, ...]:
        """The statements of a block, or this statement itself."""
        return self.inside if self.kind == "BlockStatement" else (self,)

    def walk(self) -> Iterator[Node]:
        """Yield this node and all in it, in their order."""
        yield self
        for each in (*self.inside, *self.arguments):
            yield from each.walk()


def parse(context: Context, *paths: str) -> Mapping[str, tuple[Node, ...] | str]:
    """Parse files of a project.

    Returns:
        For each path, the functions and statements of the file, or the message of a syntax error.

    Raises:
        Skipped: if no Java program can run on this machine.
    """
    jar = java.with_dependencies(_JAR, context.progress)[0]
    program = Path(__file__).with_name("groovy_process.py")
    # Without this folder on the path: its modules have the names of other packages.
    command: list[str | Path] = [
        sys.executable,
        "-P",
        program,
        jar,
        *(context.project.root / path for path in paths),
    ]
    done = context.processes.run(command, env=dict(os.environ), seconds=_SECONDS)
    try:
        # The JVM can print warnings before it.
        parsed = json.loads(done.output.strip().splitlines()[-1])
    except (ValueError, IndexError):
        raise Failed(f"the parser of Groovy failed:\n{done.output}") from None
    return {
        path: _message(content, file) if isinstance(content, str) else tuple(map(_node, content))
        for path, (file, content) in zip(paths, parsed.items(), strict=True)
    }


def _message(text: str, file: str) -> str:
    return text.removeprefix("startup failed:\n").replace(f"{file}: ", "line ").strip()


def _node(given: Mapping[str, Any]) -> Node:
    return Node(
        kind=given["kind"],
        line=given["line"],
        call=given.get("call", ""),
        arguments=tuple(map(_node, given.get("arguments", ()))),
        value=given.get("value", ""),
        text=given.get("text", ""),
        inside=tuple(map(_node, given["inside"])),
    )
