"""How much of a service's CPU time each layer of its middleware takes, from a profile."""

from __future__ import annotations

import re
from pathlib import Path

from gowright.verify.children.go_toolchain import Go
from gowright.verify.children.processes import Processes

#: A middleware in the source of `api.New`, the outermost first.
IN_SOURCE = re.compile(r"^\t\tmiddleware\.(\w+)\b", re.MULTILINE)

#: The handler of a middleware in a profile. The compiler names it after `New` if it has inlined the middleware there.
IN_PROFILE = re.compile(r"/internal/api(?:\.New|/middleware)\.(\w+)\.func\d+(?:\.1)?$")

#: A line of `go tool pprof -top`: flat, flat%, sum%, cum, cum%, function.
LINE = re.compile(r"^ *\S+ +\S+ +\S+ +\S+ +([\d.]+)% +(\S+)", re.MULTILINE)


def shares(go: Go, processes: Processes, profile: Path, source: Path) -> dict[str, float]:
    """Return the share of each layer in the CPU time of a profile, the outermost layer first.

    The time of a layer is its cumulative time without that of the next layer inside of it. The first entry is what is
    outside of the layers: the HTTP server, the runtime, and the kernel. The last one is the router and the handler.

    Args:
        go: the toolchain that reads the profile.
        processes: runs it.
        profile: a CPU profile as `/debug/pprof/profile` returns it.
        source: the file of the service that chains the layers, internal/api/api.go.
    """
    done = processes.run(
        [go.binary, "tool", "pprof", "-top", "-cum", "-nodecount=100000", "-nodefraction=0", profile],
        env=go.environment(),
        seconds=60,
    )
    if done.exit_code:
        raise SystemExit(f"{profile}: {done.output}")
    return layers(done.output, IN_SOURCE.findall(source.read_text()))


def layers(top: str, chain: list[str]) -> dict[str, float]:
    """Return the share of each layer of a chain from the output of `go tool pprof -top -cum`."""
    within: dict[str, float] = {}
    for percent, function in LINE.findall(top):
        found = IN_PROFILE.search(function)
        if found:
            within.setdefault(found[1], float(percent) / 100)
    known = [name for name in chain if name in within]
    cumulative = [1.0, *(within[name] for name in known), 0.0]
    names = ["HTTP server, runtime, and kernel", *known]
    own = {name: cumulative[i] - cumulative[i + 1] for i, name in enumerate(names[:-1])}
    # The innermost layer and the router cannot be told apart: the router is called by it.
    return own | {f"{names[-1]}, router, and handler": cumulative[-2]}
