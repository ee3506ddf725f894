"""Programs and modules in Go that checks need. Go downloads and compiles them."""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path

from platformdirs import user_cache_path

from gowright.verify.children.go_toolchain import Go
from gowright.verify.children.processes import Processes
from gowright.verify.outcomes import Skipped

_PROGRAMS = Path(__file__).parents[1] / "programs"
_SECONDS = 900.0


def build_program(name: str, go: Go, processes: Processes) -> Path:
    """Build the program in `verify/programs/NAME`, and return its path. It's kept in the cache of the user.

    Raises:
        Skipped: if its modules can't be downloaded.
    """
    source = _PROGRAMS / name
    digest = hashlib.sha256(repr(go.version).encode())
    for path in sorted(source.iterdir()):
        digest.update(path.read_bytes())
    target = user_cache_path("gowright") / "programs" / f"{name}-{digest.hexdigest()[:16]}"
    if target.is_file():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        built = Path(folder) / name
        command: list[str | Path] = [go.binary, "build", "-o", built, "."]
        done = processes.run(command, env=go.environment(), cwd=source, seconds=_SECONDS)
        if done.exit_code != 0:
            raise Skipped(f"the program {name} can't be built: {done.output.strip().splitlines()[-1]}")
        # Atomic: another process can build it at the same time.
        built.replace(target)
    return target


def module_folder(module: str, go: Go, processes: Processes) -> Path:
    """Download a module, and return its folder.

    Args:
        module: the path of the module with its version, such as `example.com/module@v1.2.3`.
        go: the toolchain.
        processes: runs it.

    Raises:
        Skipped: if it can't be downloaded.
    """
    done = processes.run(
        [go.binary, "mod", "download", "-json", module], env=go.environment(), seconds=_SECONDS
    )
    found = done.output[done.output.find("{") : done.output.rfind("}") + 1]
    if done.exit_code != 0 or not found:
        raise Skipped(f"the module {module} can't be downloaded")
    return Path(json.loads(found)["Dir"])
