"""The OpenTelemetry Collector, with the configuration of a project."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from gowright.verify.backends.managed import ManagedServer
from gowright.verify.children.ports import LOOPBACK, free_port
from gowright.verify.children.processes import Process, Processes

#: The configuration in a project. With a Helm chart, it's in the chart, which reads only its own files.
_PLACES = ("deployments/collector/otel-collector.yaml", "deployments/helm/collector/otel-collector.yaml")
INSTALL = "install otelcol: https://opentelemetry.io/docs/collector/install"

_NAMES = ("otelcol", "otelcol-contrib")
_READY = "Everything is ready."


def configuration(root: Path) -> Path:
    """The configuration of the collector in a project."""
    return next((root / place for place in _PLACES if (root / place).is_file()), root / _PLACES[0])


def find() -> Path | None:
    """The collector on PATH, or None."""
    return next((Path(found) for name in _NAMES if (found := shutil.which(name))), None)


class Collector(ManagedServer):
    """A collector that listens on free ports instead of those in its configuration.

    Args:
        processes: the processes of the run.
        program: the collector.
        configuration: its configuration, with an OTLP/HTTP receiver and a health check.
        env: additional variables that the configuration refers to.
    """

    name = "OpenTelemetry Collector"
    seconds = 30.0

    def __init__(
        self, processes: Processes, program: Path, configuration: Path, env: Mapping[str, str]
    ) -> None:
        super().__init__(processes)
        self._program = program
        self._configuration = configuration
        self._env = {**os.environ, **env}
        self.start()

    @property
    def endpoint(self) -> str:
        """The base URL of the OTLP/HTTP receiver."""
        return f"http://{LOOPBACK}:{self.port}"

    def _launch(self, port: int) -> Process:
        changes = {
            "receivers.otlp.protocols.http.endpoint": f"{LOOPBACK}:{port}",
            "extensions.health_check.endpoint": f"{LOOPBACK}:{free_port()}",
            # Its own metrics would need one more port.
            "service.telemetry.metrics.level": "none",
        }
        with self._log.open("wb") as log:
            return self._processes.start(
                [
                    self._program,
                    f"--config={self._configuration}",
                    *(f"--set={name}={value}" for name, value in changes.items()),
                ],
                env=self._env,
                output=log,
            )

    def _serves(self) -> bool:
        # The log is the only sign that this process got the ports.
        return _READY in self._log_tail()
