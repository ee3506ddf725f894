"""Compare the generated service with bare Go programs, side by side in one run.

    python -m benchmarks.service [--quick] [--seconds S] [--rounds N] [--write]

The programs serve the same rows from the same PostgreSQL. Each round measures every program for a few
seconds, so that other load on the machine affects all of them; the tables show medians. Besides the
throughput, there is the CPU time of the server per request, which depends less on other load. A profile of the
service shows how much of this time each layer of its middleware takes.
With --write, the tables replace benchmarks/service.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.layers import shares
from gowright.verify.backends.cache.redis_server import ManagedRedis
from gowright.verify.backends.database.postgres_server import ManagedPostgres
from gowright.verify.children import go_toolchain
from gowright.verify.children.ports import LOOPBACK, free_port, wait_until
from gowright.verify.children.processes import Process, Processes

HERE = Path(__file__).resolve().parent
REPORT = HERE / "service.md"
CONNECTIONS = 16
TASKS = 200
#: The share of the maximum throughput at which latencies are measured.
LOAD = 0.7

#: A route that only passes the middleware and the router. It sends what /json of the bare program sends.
ROUTE = (
    '\t\t{http.MethodGet, "/json", Public, gin.WrapF(func(w http.ResponseWriter, _ *http.Request) {\n'
    '\t\t\twriteState(w, http.StatusOK, state{Status: "ok"})\n\t\t})},\n'
)


@dataclass
class Program:
    """A running server, its paths by case, and what was measured."""

    name: str
    process: Process
    port: int
    admin_port: int
    paths: dict[str, list[str]]
    token: str = ""
    rates: dict[str, list[float]] = field(default_factory=dict)
    cpus: dict[str, list[float]] = field(default_factory=dict)
    p99: dict[str, list[float]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The address of the server."""
        return f"http://{LOOPBACK}:{self.port}"

    def cpu(self) -> float:
        """The CPU time of the process so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident(self) -> float:
        """The resident memory in MiB."""
        fields = Path(f"/proc/{self.process.pid}/statm").read_text().split()
        return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


class Bench:
    """The programs of one run."""

    def __init__(self, processes: Processes) -> None:
        go = go_toolchain.find()
        if go is None:
            raise SystemExit("no Go toolchain")
        self.go, self.processes, self.folder = go, processes, processes.directory
        self.load = self.build(HERE / "load", ["main.go"], "load")
        self.postgres, self.redis = ManagedPostgres(processes), ManagedRedis(processes)

    def build(self, folder: Path, what: list[str], name: str) -> Path:
        """Build a program."""
        binary = self.folder / name
        command: list[str | Path] = [self.go.binary, "build", "-o", binary, *what]
        done = self.processes.run(
            command, env=self.go.environment(GOFLAGS="-trimpath"), cwd=folder, seconds=900
        )
        if done.exit_code:
            raise SystemExit(f"{name} does not build:\n{done.output}")
        return binary

    def service(self, name: str, *flags: str) -> Path:
        """Generate a service in a folder."""
        folder = self.folder / f"src-{name}"
        command = [sys.executable, "-m", "gowright", "new", str(folder), "--no-input", "--no-git", *flags]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        routes = folder / "internal/api/routes.go"
        before, line, after = routes.read_text().partition('\t\t{http.MethodGet, "/livez"')
        routes.write_text(before + ROUTE + line + after)
        return folder

    def start(self, name: str, binary: Path, paths: dict[str, list[str]], **env: str) -> Program:
        """Start a server, and wait until it serves."""
        port, admin_port = free_port(), free_port()
        log = self.folder / f"{name}.log"
        with log.open("ab") as output:
            addresses = {"HTTP_ADDR": f"{LOOPBACK}:{port}", "ADMIN_ADDR": f"{LOOPBACK}:{admin_port}"}
            process = self.processes.start([binary], env=os.environ | addresses | env, output=output)
        program = Program(name, process, port, admin_port, paths)
        if not wait_until(lambda: call(f"{program.url}/json")[0] == 200, 20, 0.1):
            raise SystemExit(f"{name} does not serve:\n{log.read_text()[-2000:]}")
        return program

    def start_service(self, name: str, binary: Path, url: str, **env: str) -> Program:
        """Start a generated service with a user and tasks."""
        settings = {
            "DATABASE_URL": url,
            "RATE_LIMIT_REQUESTS": "100000000",
            "JWT_SECRET": "benchmark-secret-benchmark-secret",
        }
        program = self.start(name, binary, {}, **settings | env)
        account = {"email": f"{name.split()[-1].lower()}@example.com", "password": "Correct-Horse-9"}
        call(f"{program.url}/api/v1/auth/register", account)
        program.token = call(f"{program.url}/api/v1/auth/login", account)[1]["access_token"]
        tasks = f"{program.url}/api/v1/tasks"
        ids = []
        for number in range(TASKS):
            status, task = call(
                tasks, {"title": f"Task {number}", "notes": "Some notes about it."}, program.token
            )
            if status != 201:
                raise SystemExit(f"{name}: {task}")
            ids.append(task["id"])
        program.paths = {
            "json": ["/json"],
            "key": [f"/api/v1/tasks/{key}" for key in ids],
            "list": ["/api/v1/tasks?limit=20"],
        }
        return program

    def measure(self, program: Program, case: str, seconds: float, rate: float = 0) -> dict[str, Any]:
        """Send requests to one program."""
        command: list[str | Path] = [
            self.load,
            f"-addr={LOOPBACK}:{program.port}",
            f"-paths={','.join(program.paths[case])}",
        ]
        command += [f"-conns={CONNECTIONS}", f"-duration={seconds}s", f"-rate={rate}"]
        command += [f"-token={program.token}"] if program.token else []
        done = self.processes.run(command, env=dict(os.environ), seconds=seconds + 30)
        if done.exit_code:
            raise SystemExit(f"{program.name}, {case}: {done.output}")
        found: dict[str, Any] = json.loads(done.output)
        return found

    def profile(self, program: Program, case: str, seconds: float) -> Path:
        """Record a CPU profile of a program while it serves requests."""
        target = self.folder / f"{case}.profile"
        url = f"http://{LOOPBACK}:{program.admin_port}/debug/pprof/profile?seconds={seconds:.0f}"
        record = threading.Thread(target=urllib.request.urlretrieve, args=(url, target))
        record.start()
        self.measure(program, case, seconds + 1)
        record.join()
        return target


def call(url: str, body: Any = None, token: str = "") -> tuple[int, Any]:
    """Send one request; the status is 0 if there is no response."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(url, json.dumps(body).encode() if body else None, headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            return response.status, json.loads(response.read() or b"null")
    except urllib.error.HTTPError as failed:
        return failed.code, failed.read().decode()
    except OSError:
        return 0, None


def run(bench: Bench, seconds: float, rounds: int) -> tuple[list[Program], dict[str, dict[str, float]]]:
    """Start all programs and measure them in turn. Also return the shares of the layers of the service by case."""
    pgx = bench.service("pgx", "--database", "postgres")
    gorm = bench.service("gorm", "--database", "postgres-gorm")
    (pgx / "cmd/bare").mkdir()
    (pgx / "cmd/bare/main.go").write_text((HERE / "bare/main.go").read_text())
    bare = bench.build(pgx, ["./cmd/bare"], "bare")
    service = bench.build(pgx, ["./cmd/server"], "service")
    with_gorm = bench.build(gorm, ["./cmd/server"], "service-gorm")

    url = bench.postgres.new_url()
    plain = bench.start_service("service", service, url)
    paths = {"json": ["/json"], "key": [p.replace("/api/v1", "") for p in plain.paths["key"]]}
    programs = [
        bench.start("bare", bare, paths | {"list": ["/tasks"]}, DATABASE_URL=url),
        plain,
        bench.start_service(
            "service with Redis", service, bench.postgres.new_url(), REDIS_URL=bench.redis.new_url()
        ),
        bench.start_service("service with GORM", with_gorm, bench.postgres.new_url()),
    ]
    for number in range(-1, rounds):
        for case in ("json", "key", "list"):
            for program in programs:
                before = program.cpu()
                found = bench.measure(program, case, seconds if number >= 0 else 1)
                if number >= 0:
                    program.rates.setdefault(case, []).append(found["requests"] / found["seconds"])
                    program.cpus.setdefault(case, []).append(
                        (program.cpu() - before) / found["requests"] * 1e6
                    )
    for program in programs:
        for case in ("json", "key", "list"):
            rate = LOAD * statistics.median(program.rates[case])
            program.p99[case] = [bench.measure(program, case, seconds, rate)["p99_ms"] for _ in range(rounds)]
    source = pgx / "internal/api/api.go"
    layers = {
        case: shares(bench.go, bench.processes, bench.profile(plain, case, seconds), source)
        for case in ("json", "key")
    }
    return programs, layers


def report(programs: list[Program], layers: dict[str, dict[str, float]], seconds: float, rounds: int) -> str:
    """The tables, as Markdown."""
    bare = programs[0]
    titles = {"json": "JSON without a database", "key": "one row by key", "list": "a list of 20 rows"}
    cores = os.cpu_count()
    lines = [
        "# The generated service beside bare handlers",
        "",
        f"Measured by `make bench-service` on {time.strftime('%Y-%m-%d')}: {cores} cores"
        f" ({platform.machine()}), shared by the load generator, the servers and PostgreSQL;"
        f" {CONNECTIONS} connections on loopback, median of {rounds} rounds of {seconds:g} s."
        f" A bare program is net/http, encoding/json and pgx, without middleware, authentication,"
        f" limits, logs, metrics and traces. The service verifies an access token in the last two cases."
        f" Latencies are at {LOAD:.0%} of the throughput, counted from when a request was due.",
    ]
    for case, title in titles.items():
        lines += [
            "",
            f"## {title[0].upper()}{title[1:]}",
            "",
            "| program | requests/s | of bare | CPU µs/request | of bare | p99 ms |",
            "| --- | ---: | ---: | ---: | ---: | ---: |",
        ]
        for program in programs:
            rate, cpu = statistics.median(program.rates[case]), statistics.median(program.cpus[case])
            of_rate = rate / statistics.median(bare.rates[case])
            of_cpu = statistics.median(bare.cpus[case]) / cpu
            p99 = statistics.median(program.p99[case])
            lines.append(
                f"| {program.name} | {rate:.0f} | {of_rate:.2f} | {cpu:.0f} | {of_cpu:.2f} | {p99:.1f} |"
            )
    json_rate = statistics.median(bare.rates["json"])
    lines += ["", "## Other ratios", "", "| | |", "| --- | ---: |"]
    plain, cached = (statistics.median(program.rates["key"]) for program in programs[1:3])
    lines += [
        f"| row by key, of bare JSON | {plain / json_rate:.2f} |",
        f"| row by key with Redis, of without | {cached / plain:.2f} |",
    ]
    lines += [f"| resident memory of {each.name} | {each.resident():.0f} MiB |" for each in programs]
    lines += [
        "",
        "## Where the time of the service goes",
        "",
        "CPU µs per request of each layer of the middleware, the outermost first, from a profile. The first row is also",
        "what a bare program spends. The last one includes the database driver.",
        "",
        "| layer | JSON | row by key |",
        "| --- | ---: | ---: |",
    ]
    of_service = {case: statistics.median(programs[1].cpus[case]) for case in layers}
    for name in layers["json"]:
        spent = (f"{layers[case].get(name, 0) * of_service[case]:.1f}" for case in layers)
        lines.append(f"| {name} | {' | '.join(spent)} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one round of 2 s")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="replace benchmarks/service.md")
    options = parser.parse_args()
    seconds, rounds = (2.0, 1) if options.quick else (options.seconds, options.rounds)
    with Processes() as processes:
        programs, layers = run(Bench(processes), seconds, rounds)
        text = report(programs, layers, seconds, rounds)
    print(text)
    if options.write:
        REPORT.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
