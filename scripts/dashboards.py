"""Draw the dashboards of a service that runs with real servers and a real Prometheus; used by ``make dashboards``.

    python -m scripts.dashboards PROJECT FOLDER [--seconds N]

The pictures show what the queries of the dashboards return. Grafana is not involved: the arrangement and the
units are those in the files of the dashboards, and the rest of the look is that of this script.
"""

from __future__ import annotations

import argparse
import math
import random
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gowright.model.project import read_project
from gowright.model.resources.resource import Resource
from gowright.verify.children import go_toolchain
from gowright.verify.children.processes import Processes
from gowright.verify.harness import monitoring
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.prometheus import NAMESPACE, Prometheus, Series
from gowright.verify.harness.running import RunningService
from gowright.verify.harness.tools import find_tool
from gowright.verify.harness.traffic import ENVIRONMENT, Traffic
from gowright.verify.outcomes import Failed
from scripts.panels import DPI, Drawn, draw

NOTE = "Drawn by gowright from the results of the queries against a real Prometheus, not by Grafana."
#: Seconds between two points of a curve, and of a rate.
STEP, RATE = 2, "20s"
CLIENTS = 3
#: One request in so many seconds fails because of a bug, and one burst in so many is rejected.
PANIC_EVERY, BURST_EVERY = 45, 70


def main() -> int:
    """Run the service, and write a picture of each dashboard."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("project", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=240.0, help="how long the service is observed")
    arguments = parser.parse_args()
    go = go_toolchain.find()
    if go is None:
        raise SystemExit("error: Go is not available")
    with Processes() as processes:
        harness = Harness(read_project(arguments.project.resolve()), go, processes, print)
        env = harness.environment_of_new_clients() | ENVIRONMENT
        env |= {"GOMEMLIMIT": "230MiB", "LOG_LEVEL": "info"}
        with harness.run_service(env=env, program=harness.poisoned) as running:
            address = urlsplit(running.process.admin_url).netloc
            with Prometheus(processes, find_tool("prometheus"), harness.project.root, address) as prometheus:
                begin = time.time()
                _use(harness, running, arguments.seconds)
                # Without the first seconds, in which rates are not known yet.
                _draw_all(harness, prometheus, arguments.folder, begin + 25, time.time())
    return 0


def _use(harness: Harness, running: RunningService, seconds: float) -> None:
    """Use the service like a few clients whose number rises and falls."""
    end = time.monotonic() + seconds
    threads = [
        threading.Thread(
            target=_client, args=(Traffic(harness, running), running.resources, number, seconds, end)
        )
        for number in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _client(traffic: Traffic, resources: Sequence[Resource], number: int, seconds: float, end: float) -> None:
    noise = random.Random(number)
    begin = time.monotonic()
    events = iter(sorted(_events(number, seconds, begin), key=lambda event: event[0]))
    due = next(events, None)
    while time.monotonic() < end:
        traffic.round(noise.sample(resources, noise.randint(0, len(resources))))
        if due and time.monotonic() > due[0]:
            (traffic.panic if due[1] == "panic" else traffic.exceed_limit)()
            due = next(events, None)
        wave = 1 + math.sin(2 * math.pi * (time.monotonic() - begin) / seconds * 2)
        time.sleep(0.05 + 0.4 * wave * noise.uniform(0.5, 1.5))


def _events(number: int, seconds: float, begin: float) -> Iterator[tuple[float, str]]:
    """What happens now and then: only to the first client."""
    for what, every in (("panic", PANIC_EVERY), ("burst", BURST_EVERY)) if number == 0 else ():
        yield from ((begin + at, what) for at in range(every, int(seconds), every))


def _draw_all(harness: Harness, prometheus: Prometheus, folder: Path, begin: float, end: float) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    values = {
        "job": harness.project.name,
        "namespace": NAMESPACE,
        "instance": ".*",
        "route": ".*",
        "__rate_interval": RATE,
        "__range": f"{end - begin:.0f}s",
    }
    for dashboard in monitoring.dashboards(harness.project.root):
        drawn = []
        for panel in dashboard.panels:
            series = [
                pair
                for target in panel["targets"]
                for pair in _series(prometheus, target, values, begin, end)
            ]
            if not series:
                raise Failed(f"{dashboard.path.name}, panel {panel['title']!r}: no data")
            drawn.append(Drawn(panel, series))
        rows = [panel for panel in dashboard.content["panels"] if panel["type"] == "row"]
        picture = folder / f"{dashboard.path.stem}.png"
        draw(dashboard.content["title"], NOTE, rows, drawn).savefig(picture, dpi=DPI)
        print(f"wrote {picture}")


def _series(
    prometheus: Prometheus, target: Mapping[str, Any], values: Mapping[str, str], begin: float, end: float
) -> list[tuple[str, Series]]:
    """The series of a query with their legends, in the order of the legends."""
    expression = monitoring.interpolated(target["expr"], values)
    found = (
        prometheus.query(expression)
        if target["instant"]
        else prometheus.query_range(expression, begin, end, STEP)
    )
    named = [(_legend(target["legendFormat"], each.labels), each) for each in found]
    return sorted(named, key=lambda pair: pair[0])


def _legend(legend: str, labels: Mapping[str, str]) -> str:
    for name, value in labels.items():
        legend = legend.replace(f"{{{{{name}}}}}", value)
    # The port differs from run to run.
    return legend.replace(labels.get("instance", "\0"), "instance")


if __name__ == "__main__":
    raise SystemExit(main())
