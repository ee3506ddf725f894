"""go.mod and go.sum of a merged project."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from gowright.errors import ToolError
from gowright.model.go_modules import merge_go_mod, merge_go_sum
from gowright.system.merge.store import Store
from gowright.system.merge.threeway import Merge, Resolver
from gowright.system.merge.trees import Entry
from gowright.system.process import on_path, run

#: How the files of a module are merged if both sides have changed them.
RESOLVERS: Mapping[str, Resolver] = {"go.mod": merge_go_mod, "go.sum": merge_go_sum}

#: Seconds for `go mod tidy`, which can wait for a network that drops packets.
_TIMEOUT = 120

_LATER = "go.mod and go.sum have the requirements of both sides; run go mod tidy"


def tidy(store: Store, merged: Merge) -> tuple[Merge, tuple[str, ...]]:
    """Run `go mod tidy` on a merge whose go.mod or go.sum was merged.

    Args:
        store: the store of the merge.
        merged: the merge.

    Returns:
        The merge with the tidied files, and notes. A failure is a note: the requirements of both sides are there.
    """
    if not merged.resolved:
        return merged, ()
    if "go.mod" in merged.conflicts or any(path.endswith(".go") for path in merged.conflicts):
        return merged, (f"{_LATER} when the conflicts are resolved",)
    if not on_path("go"):
        return merged, (f"{_LATER}: Go is not on PATH",)
    folder = store.root / "tidy"
    store.check_out(merged.tree, folder)
    settings = {"GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    try:
        run(["go", "mod", "tidy"], cwd=folder, env=os.environ | settings, timeout=_TIMEOUT)
    except ToolError as error:
        return merged, (f"{_LATER}, which failed here: {error.why or error.what}",)
    return replace(merged, tree=merged.tree | _files(store, merged, folder)), ()


def _files(store: Store, merged: Merge, folder: Path) -> dict[str, Entry]:
    names = [name for name in RESOLVERS if (folder / name).is_file()]
    modes = {name: merged.tree[name].mode if name in merged.tree else "100644" for name in names}
    return {name: Entry(modes[name], store.write((folder / name).read_bytes())) for name in names}
