"""Markdown documents: their headings, links, and commands."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

#: Folders without documents of the project.
_SKIPPED = {".git", "bin", "node_modules", "vendor", ".venv"}

#: The languages of code blocks that contain commands.
_SHELL = {"sh", "bash", "shell"}


@dataclass(frozen=True, slots=True)
class Document:
    """A Markdown document.

    Attributes:
        path: its path in the project.
        anchors: the fragments of URLs that lead to its headings.
        links: the targets of its links and images.
        code: the texts that are marked as code in its sentences.
        scripts: its code blocks with commands.
    """

    path: Path
    anchors: frozenset[str]
    links: tuple[str, ...]
    code: tuple[str, ...]
    scripts: tuple[str, ...]


def read_documents(project: Path) -> Iterator[Document]:
    """Yield the documents of a project, in the order of their paths."""
    for file in sorted(project.rglob("*.md")):
        path = file.relative_to(project)
        if _SKIPPED.isdisjoint(path.parts):
            yield read_document(path, file.read_text(encoding="utf-8"))


def read_document(path: Path, text: str) -> Document:
    """Parse a document.

    Args:
        path: its path in the project.
        text: its content.
    """
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    inline = [child for token in tokens for child in token.children or ()]
    return Document(
        path=path,
        anchors=frozenset(_anchors(tokens)),
        links=tuple(
            str(token.attrs[name]) for token in inline for name in ("href", "src") if name in token.attrs
        ),
        code=tuple(token.content for token in inline if token.type == "code_inline"),
        scripts=tuple(
            token.content
            for token in tokens
            if token.type == "fence" and token.info.partition(" ")[0] in _SHELL
        ),
    )


def _anchors(tokens: list[Token]) -> Iterator[str]:
    """The anchors of the headings, as forges make them: the second of the same name ends with -1."""
    seen = Counter[str]()
    for before, token in pairwise(tokens):
        if before.type == "heading_open":
            text = "".join(child.content for child in token.children or ())
            anchor = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
            yield f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor
            seen[anchor] += 1
