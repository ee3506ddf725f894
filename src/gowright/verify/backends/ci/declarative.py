"""The structure of a Declarative Pipeline of Jenkins.

Source of the rules: the chapter "Pipeline Syntax" of the handbook of Jenkins. The names of options, agents,
parameters, triggers, and steps are not checked, because plugins add to them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from gowright.verify.backends.ci.groovy import Node

_SHARED = frozenset("agent environment options post stages tools".split())
_TOP = _SHARED | frozenset("libraries parameters triggers".split())
_STAGE = _SHARED | frozenset("failFast input matrix parallel steps when".split())
_BODIES = ("steps", "stages", "parallel", "matrix")
_CONDITIONS_OF_POST = frozenset(
    "aborted always changed cleanup failure fixed notBuilt regression success unstable unsuccessful".split()
)
_CONDITIONS_OF_WHEN = frozenset(
    """allOf anyOf beforeAgent beforeInput beforeOptions branch buildingTag changelog changeRequest changeset
    environment equals expression isRestartedRun not tag triggeredBy""".split()
)


def mistakes(file: Sequence[Node]) -> Iterator[str]:
    """Yield what Jenkins would refuse in a file. Scripted Pipelines, which are programs, have no rules."""
    blocks = [node for node in file if node.call == "pipeline"]
    if not blocks:
        if not any(node.call == "node" for node in file):
            yield "there is neither a block `pipeline` nor a block `node`"
        return
    for extra in blocks[1:]:
        yield f"line {extra.line}: there is more than one block `pipeline`"
    yield from _sections(blocks[0], _TOP, ("agent", "stages"))
    names = Counter(_name(node) for node in blocks[0].walk() if node.call == "stage")
    yield from (
        f"there are {count} stages with the name {name}" for name, count in names.items() if count > 1
    )


def _sections(block: Node, allowed: frozenset[str], required: tuple[str, ...]) -> Iterator[str]:
    where = f"line {block.line}: {block.call}{f' {_name(block)}' if block.call == 'stage' else ''}"
    found = Counter(node.call for node in block.block or ())
    for name in required:
        if name not in found:
            yield f"{where} has no {name}"
    for node in block.block or ():
        if node.call not in allowed:
            yield f"line {node.line}: {node.call or 'a statement'} can't be in {block.call}"
        elif found[node.call] > 1:
            yield f"{where} has more than one {node.call}"
        else:
            yield from _section(node)


def _section(node: Node) -> Iterator[str]:
    match node.call:
        case "stages" | "parallel":
            if not node.block:
                yield f"line {node.line}: {node.call} has no stage"
            for stage in node.block or ():
                yield from _stage(stage)
        case "steps":
            yield from _steps(node)
        case "post":
            for condition in node.block or ():
                if condition.call not in _CONDITIONS_OF_POST:
                    yield f"line {condition.line}: post has no condition {condition.call}"
                yield from _steps(condition)
        case "when":
            yield from _conditions(node)
        case "environment":
            for variable in node.block or ():
                if variable.kind != "BinaryExpression":
                    yield f"line {variable.line}: environment contains only assignments of variables"
        case "options" | "parameters" | "triggers" | "tools":
            yield from _calls(node)
        case _:
            pass


def _stage(stage: Node) -> Iterator[str]:
    if stage.call != "stage":
        yield f"line {stage.line}: {stage.call or 'a statement'} is where a stage must be"
        return
    bodies = [node.call for node in stage.block or () if node.call in _BODIES]
    if len(bodies) != 1:
        yield f"line {stage.line}: stage {_name(stage)} must have one of {', '.join(_BODIES)}"
    yield from _sections(stage, _STAGE, ())


def _steps(block: Node) -> Iterator[str]:
    if not block.block:
        yield f"line {block.line}: {block.call} is empty"
    yield from _calls(block)
    for node in block.block or ():
        # A block `script` contains a program, and other blocks contain steps.
        if node.block is not None and node.call != "script":
            yield from _steps(node)


def _calls(block: Node) -> Iterator[str]:
    for node in block.block or ():
        if not node.call:
            yield f"line {node.line}: {block.call} contains a statement that is not a step: use script"


def _conditions(block: Node) -> Iterator[str]:
    if not block.block:
        yield f"line {block.line}: {block.call} has no condition"
    for node in block.block or ():
        if node.call not in _CONDITIONS_OF_WHEN:
            yield f"line {node.line}: when has no condition {node.call or node.kind}"
        elif node.call in ("allOf", "anyOf", "not"):
            yield from _conditions(node)


def _name(stage: Node) -> str:
    return stage.arguments[0].value if stage.arguments else ""
