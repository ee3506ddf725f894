"""go.mod and go.sum, merged by their meaning.

See https://go.dev/ref/mod#go-mod-file for the format.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_INDIRECT = "// indirect"


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a go.mod: its directive, such as require, its arguments, and its comment."""

    directive: str
    words: tuple[str, ...]
    comment: str
    in_block: bool

    @property
    def key(self) -> tuple[str, ...]:
        """What makes two lines the same: their directive and arguments, without the version of a requirement."""
        if self.directive == "require":
            return (self.directive, self.words[0])
        if self.directive in ("module", "go", "toolchain"):
            return (self.directive,)
        return (self.directive, *self.words)

    @property
    def version(self) -> str:
        return self.words[-1]

    @property
    def indirect(self) -> bool:
        return self.comment.startswith(_INDIRECT)

    def __str__(self) -> str:
        text = " ".join([*([] if self.in_block else [self.directive]), *self.words])
        return ("\t" if self.in_block else "") + text + (f" {self.comment}" if self.comment else "")


def merge_go_mod(base: bytes, ours: bytes, theirs: bytes) -> bytes | None:
    """Merge two changes of a go.mod.

    The result is the team's file with the template's changes: a requirement of both has the higher version, and one
    that the template no longer has stays, because the team's code could need it. `go mod tidy` removes it otherwise.

    Args:
        base: the file before both changes.
        ours: the team's file.
        theirs: the template's file.

    Returns:
        The merged file; None if a file can't be read, or both sides changed the module path.
    """
    try:
        texts = [text.decode() for text in (base, ours, theirs)]
        old, new = ({line.key: line for line in _parsed(text) if line} for text in (texts[0], texts[2]))
        mine = _parsed(texts[1])
    except ValueError:
        return None
    have = {line.key for line in mine if line}
    result: list[str] = []
    for line, text in zip(mine, texts[1].splitlines(), strict=True):
        if line is None:
            result.append(text)
            continue
        merged = _merged(old.get(line.key), line, new.get(line.key))
        if merged is None:
            return None
        if merged != line:
            result.append(str(merged))
        elif line.key in old and line.key not in new and line.directive not in ("require", "module"):
            continue  # the template has removed it, and the team hasn't changed it
        else:
            result.append(text)
    added = [line for key, line in new.items() if key not in have and key not in old]
    return _with_added(result, added).encode()


def merge_go_sum(_base: bytes, ours: bytes, theirs: bytes) -> bytes | None:
    """Merge two go.sum files: the lines of both, in Go's order. Surplus lines do no harm."""
    try:
        lines = {line for text in (ours, theirs) for line in text.decode().splitlines() if line.strip()}
        return "".join(f"{line}\n" for line in sorted(lines, key=_sum_order)).encode()
    except ValueError:
        return None


def _parsed(text: str) -> list[_Line | None]:
    """Return a line for each line of the text; None for comments, parentheses, and empty lines.

    Raises:
        ValueError: for anything that isn't a go.mod.
    """
    lines: list[_Line | None] = []
    block = ""
    for raw in text.splitlines():
        code, slashes, comment = raw.partition("//")
        words = code.split()
        if not words:
            lines.append(None)
        elif words[-1] == "(":
            block = words[0]
            lines.append(None)
        elif words == [")"]:
            block = ""
            lines.append(None)
        else:
            directive, *arguments = [block, *words] if block else words
            if not directive.isalpha() or not arguments or (directive == "require" and len(arguments) != 2):
                raise ValueError(raw)
            lines.append(_Line(directive, tuple(arguments), f"{slashes}{comment}".strip(), bool(block)))
    return lines


def _merged(old: _Line | None, mine: _Line, new: _Line | None) -> _Line | None:
    """Merge one line. None is a conflict."""
    if new is None or new == old:
        return mine
    if mine.directive == "module":
        mine_changed = old is None or mine.words != old.words
        if mine_changed and new.words != mine.words:
            return None
        return _Line(mine.directive, new.words, mine.comment, mine.in_block)
    if mine.directive not in ("require", "go", "toolchain"):
        return mine
    newer = version_order(new.version.removeprefix("go")) > version_order(mine.version.removeprefix("go"))
    comment = mine.comment
    if mine.directive == "require" and (old is None or mine.indirect == old.indirect):
        # The team hasn't said whether its code imports the package.
        direct = not new.indirect or (old is None and not mine.indirect)
        comment = ("" if mine.indirect else comment) if direct else (comment if mine.indirect else _INDIRECT)
    return _Line(mine.directive, new.words if newer else mine.words, comment, mine.in_block)


def _with_added(lines: list[str], added: Iterable[_Line]) -> str:
    """Add lines of the template: requirements in the block of their kind, in order; all others at the end."""
    for line in added:
        place = _place(lines, line) if line.directive == "require" else None
        if place is None:
            lines += ["", str(_Line(line.directive, line.words, line.comment, False))]
        else:
            lines.insert(place, str(_Line(line.directive, line.words, line.comment, True)))
    return "".join(f"{line}\n" for line in lines)


def _place(lines: list[str], new: _Line) -> int | None:
    """Return where a requirement belongs: in the block with most requirements of its kind; None without a block."""
    best, place = -1, None
    begin = None
    for number, text in enumerate(lines):
        if re.match(r"\s*require\s*\(", text):
            begin = number + 1
        elif begin is not None and text.strip() == ")":
            block = lines[begin:number]
            alike = sum((_INDIRECT in line) == new.indirect for line in block)
            if alike > best:
                later = (i for i, line in enumerate(block) if line.split()[:1] > [new.words[0]])
                best, place = alike, begin + next(later, len(block))
            begin = None
    return place


def version_order(version: str) -> tuple[object, ...]:
    """Return a key that sorts versions as semantic versioning does: v1.2.3-rc.1 before v1.2.3."""
    core, _, pre = version.removeprefix("v").partition("+")[0].partition("-")
    numbers = tuple(int(part) if part.isdigit() else 0 for part in core.split("."))
    parts = tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in pre.split(".") if part)
    return numbers, not pre, parts


def _sum_order(line: str) -> tuple[object, ...]:
    """Return a key that sorts lines as Go does: by module, version, and whether it's the hash of a go.mod.

    Raises:
        ValueError: if it isn't a line of a go.sum.
    """
    path, version, _hash = line.split()
    number, _, file = version.partition("/")
    return path, version_order(number), file, line
