"""Trees of Git as mappings."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple


class Entry(NamedTuple):
    """A file in a tree: its mode, such as 100644, and the ID of its content."""

    mode: str
    id: str

    @property
    def is_file(self) -> bool:
        """Report whether it's a regular file, and neither a link nor a submodule."""
        return self.mode.startswith("100")


#: Files by path. Bytes of a path that aren't UTF-8 are surrogates, as in the functions of os.
Tree = Mapping[str, Entry]


def parse_tree(output: bytes) -> dict[str, Entry]:
    """Parse the output of `git ls-tree -r -z`."""
    tree = {}
    for line in output.split(b"\0")[:-1]:
        meta, _, path = line.partition(b"\t")
        mode, _, id = meta.decode().split()
        tree[os.fsdecode(path)] = Entry(mode, id)
    return tree


def index_info(tree: Tree) -> bytes:
    """Return a tree in the format of `git update-index -z --index-info`."""
    return b"".join(
        f"{entry.mode} {entry.id}\t".encode() + os.fsencode(path) + b"\0" for path, entry in tree.items()
    )


def parse_stages(output: bytes) -> dict[str, dict[int, Entry]]:
    """Parse the output of `git ls-files --stage -z`: entries by stage, by path."""
    found: dict[str, dict[int, Entry]] = {}
    for line in output.split(b"\0")[:-1]:
        meta, _, path = line.partition(b"\t")
        mode, id, stage = meta.decode().split()
        found.setdefault(os.fsdecode(path), {})[int(stage)] = Entry(mode, id)
    return found
