"""The pipelines of Jenkins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from typing_extensions import override

from gowright.verify.backends.ci import base
from gowright.verify.backends.ci.base import Step
from gowright.verify.backends.ci.declarative import mistakes
from gowright.verify.backends.ci.groovy import Node, parse
from gowright.verify.outcomes import Failed

_FILES = "Jenkinsfile*"
_DEPLOYMENT = "Jenkinsfile.deploy"

#: The phase of a stage of the other file.
_PHASES = {"Verify": "verify", "Image": "image", "Scheduled": "scheduled"}


class Pipelines(base.Pipelines):
    """The stages of Jenkinsfile and of Jenkinsfile.deploy."""

    @override
    def mistakes(self) -> Iterator[str]:
        for path, content in self._parsed.items():
            found = [content] if isinstance(content, str) else mistakes(content)
            yield from (f"{path}: {each}" for each in found)

    @override
    def steps(self) -> Iterator[Step]:
        for path, content in self._parsed.items():
            if isinstance(content, str):
                raise Failed(f"{path}: {content}")
            for node in content:
                if node.kind == "Function":
                    phase = "deploy" if path == _DEPLOYMENT else ""
                    yield from _scripts(node, Step(phase, node.text, ""))
                elif node.call == "pipeline":
                    phase = "deploy" if path == _DEPLOYMENT else ""
                    yield from _in_block(node, Step(phase, "", ""))

    @override
    def unlimited(self) -> Iterator[str]:
        for path, content in self._parsed.items():
            for node in () if isinstance(content, str) else content:
                found = _unlimited(node, "") if node.call == "pipeline" else _unlimited_nodes(node)
                yield from (f"{path}: {each}" for each in found)

    @cached_property
    def _parsed(self) -> dict[str, tuple[Node, ...] | str]:
        paths = [str(path) for path in self.matching(_FILES)]
        if not paths:
            raise Failed("there is no Jenkinsfile")
        return dict(parse(self.context, *paths))


def _unlimited(block: Node, name: str) -> Iterator[str]:
    """The stages with steps that have no time limit, and that no block around them limits, either."""
    sections: Sequence[Node] = block.block or ()
    if any(option.call == "timeout" for each in sections if each.call == "options" for option in each.walk()):
        return
    for section in sections:
        if section.call == "steps" and not _limited(section):
            yield f"the stage {name} has no option timeout, so that it can take forever"
        elif section.call == "matrix":
            yield from _unlimited(section, name)
        elif section.call in ("stages", "parallel"):
            for stage in section.block or ():
                yield from _unlimited(stage, stage.arguments[0].value if stage.arguments else "")


def _unlimited_nodes(statement: Node) -> Iterator[str]:
    """The blocks `node` of a Scripted Pipeline that have no time limit."""
    if statement.call == "node" and not _limited(statement):
        yield f"line {statement.line}: the node has no step timeout, so that it can take forever"
    elif statement.call not in ("node", "timeout"):
        for each in (*statement.inside, *statement.arguments):
            yield from _unlimited_nodes(each)


def _limited(steps: Node) -> bool:
    """Report whether all statements of a block are in blocks `timeout`."""
    return all(each.call == "timeout" for each in steps.block or ())


def _in_block(block: Node, around: Step) -> Iterator[Step]:
    """The steps of `pipeline` or a stage, with the variables of the blocks around it."""
    sections: Sequence[Node] = block.block or ()
    names = frozenset(
        variable.inside[0].text
        for section in sections
        if section.call == "environment"
        for variable in section.block or ()
        if variable.inside
    )
    for section in sections:
        here = Step(around.phase, around.job, "", around.variables | names)
        if section.call in ("stages", "parallel"):
            for stage in section.block or ():
                name = stage.arguments[0].value if stage.arguments else ""
                yield from _in_block(
                    stage, Step(here.phase or _PHASES.get(name, ""), name, "", here.variables)
                )
        elif section.call in ("steps", "post"):
            yield from _scripts(section, here)


def _scripts(node: Node, step: Step) -> Iterator[Step]:
    for each in node.walk():
        if each.call == "sh":
            # The last argument is the script, or the map of arguments has it.
            texts = [part.value or part.text for part in each.arguments[-1].walk()] if each.arguments else []
            yield Step(step.phase, step.job, texts[0] if len(texts) == 1 else " ".join(texts), step.variables)
