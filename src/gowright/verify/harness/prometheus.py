"""A Prometheus server that reads the metrics of one service with the rules of its project."""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

from gowright.system.yaml_files import read_yaml
from gowright.verify.backends.managed import ManagedServer
from gowright.verify.children.ports import LOOPBACK
from gowright.verify.children.processes import Process, Processes
from gowright.verify.harness.monitoring import folder
from gowright.verify.outcomes import Failed

#: The namespace of the service, which Kubernetes adds to its metrics.
NAMESPACE = "verify"
_NUMBERS = itertools.count()
_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Series:
    """The labels of a series, and its values by time in seconds; a query for one moment has one."""

    labels: Mapping[str, str]
    points: tuple[tuple[float, float], ...]


class Prometheus(ManagedServer):
    """A server with the configuration of a project, except for intervals and addresses."""

    name = "Prometheus"
    seconds = _SECONDS

    def __init__(self, processes: Processes, program: Path, root: Path, target: str) -> None:
        """Start the server.

        Args:
            processes: the processes of the run.
            program: the program.
            root: the folder of the project.
            target: the address that serves the metrics, as host:port.
        """
        super().__init__(processes)
        self._program = program
        self._folder = processes.directory / f"prometheus-{next(_NUMBERS)}"
        self._folder.mkdir()
        self._config = self._folder / "prometheus.yaml"
        self._config.write_text(yaml.safe_dump(_config(folder(root) / "prometheus.yaml", target)))
        self._http = httpx.Client(timeout=_SECONDS, trust_env=False)
        self.start()

    def __enter__(self) -> Prometheus:
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the server for good."""
        self._http.close()
        if self._process is not None:
            self._process.end(self.stop_signal)

    def query(self, expression: str) -> list[Series]:
        """Evaluate an expression for this moment.

        Raises:
            Failed: if the server rejects it.
        """
        found = self._get("query", query=expression)
        if found["resultType"] == "scalar":
            return [Series({}, (_point(found["result"]),))]
        return [Series(each["metric"], (_point(each["value"]),)) for each in found["result"]]

    def query_range(self, expression: str, begin: float, end: float, step: float) -> list[Series]:
        """Evaluate an expression for the moments of a period, all in seconds.

        Raises:
            Failed: if the server rejects it.
        """
        found = self._get("query_range", query=expression, start=begin, end=end, step=step)
        return [Series(each["metric"], tuple(map(_point, each["values"]))) for each in found["result"]]

    def labels(self, selector: str) -> list[dict[str, str]]:
        """The labels of all series of a selector."""
        found: list[dict[str, str]] = self._get("series", **{"match[]": selector})
        return found

    def rules(self) -> list[dict[str, Any]]:
        """The loaded rules with their state."""
        return [rule for group in self._get("rules")["groups"] for rule in group["rules"]]

    def exemplars(self, selector: str) -> list[dict[str, str]]:
        """The labels of the exemplars of a selector."""
        # All that there are: the server was started a moment ago.
        found = self._get("query_exemplars", query=selector, start=0, end=4102444800)
        return [each["labels"] for series in found for each in series["exemplars"]]

    def _get(self, path: str, **parameters: Any) -> Any:
        response = self._http.get(f"http://{LOOPBACK}:{self.port}/api/v1/{path}", params=parameters)
        body = response.json()
        if body["status"] != "success":
            raise Failed(f"{body['error']}: {parameters.get('query', path)}")
        return body["data"]

    def _launch(self, port: int) -> Process:
        command: list[str | Path] = [
            self._program,
            f"--config.file={self._config}",
            f"--storage.tsdb.path={self._folder / 'data'}",
            f"--web.listen-address={LOOPBACK}:{port}",
            "--enable-feature=exemplar-storage",
            "--log.level=warn",
        ]
        with self._log.open("ab") as log:
            return self._processes.start(command, env=dict(os.environ), output=log)

    def _serves(self) -> bool:
        try:
            return self._http.get(f"http://{LOOPBACK}:{self.port}/-/ready").status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False


def _config(file: Path, target: str) -> dict[str, Any]:
    config: dict[str, Any] = read_yaml(file)
    config["global"] |= {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = [str(file.parent / pattern) for pattern in config["rule_files"]]
    for scrape in config["scrape_configs"]:
        scrape["static_configs"] = [{"targets": [target], "labels": {"namespace": NAMESPACE}}]
    return config


def _point(pair: tuple[float, str]) -> tuple[float, float]:
    return float(pair[0]), float(pair[1])
