"""Prove that the tests of a generated service protect it: each mutation of its code must make one fail.

    python -m scripts.mutations                      try all mutations in scripts/mutations.yml
    python -m scripts.mutations 'owner-*' cors       try the ones with matching names
    python -m scripts.mutations --service documents  try the ones in one service
    python -m scripts.mutations --list               list them, and check that each still applies

Each service is rendered and tested once as it is, on real servers. Then one mutation at a time is
applied to it: the tests of the mutated package run first, then the end-to-end tests, and then the tests
of the other packages that depend on it, until one fails. A mutation that no test notices is live.
"""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import yaml

from gowright.model.answers import read_resources
from gowright.model.project import read_project
from gowright.model.template import Template
from gowright.verify.backends.base import Context, Secrets
from gowright.verify.backends.loaded import Backends
from gowright.verify.children import go_toolchain
from gowright.verify.children.processes import Processes

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "scripts" / "mutations.yml"

#: The tests that notice most mutations that the package's own tests don't, in this order.
LIKELY = ("test/e2e", "test/integration")

#: A mutation can make a test hang.
FLAGS = ("-vet=off", "-count=1", "-failfast", "-ldflags=-s -w", "-timeout=120s")


class BadMutation(Exception):
    """A mutation that doesn't apply, doesn't compile, or is needed by no service."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """A defect to plant in a service.

    Attributes:
        name: its name.
        service: the first service that has all choices that it needs.
        file: the file, in the service.
        old: the text to replace. It must occur exactly once.
        new: the text that replaces it.
        why: what a user of the service would suffer.
        by: the folder and the name of the test that notices it, if other tests need not run first.
    """

    name: str
    service: str
    file: str
    old: str
    new: str
    why: str
    by: str = ""

    def mutated(self, text: str) -> str:
        """The text of the file with the defect.

        Raises:
            BadMutation: if the old text doesn't occur exactly once.
        """
        if (count := text.count(self.old)) != 1:
            raise BadMutation(
                f"{self.file} contains its old text {count} times, not once: update {TABLE.name}"
            )
        return text.replace(self.old, self.new)


@dataclass(frozen=True, slots=True)
class Table:
    """The mutations, and the answers of the services that they are tried in."""

    services: Mapping[str, Mapping[str, Any]]
    mutations: tuple[Mutation, ...]

    def select(self, patterns: Sequence[str], service: str | None = None) -> tuple[Mutation, ...]:
        """The mutations whose names match one of the patterns; all if there are none."""
        return tuple(
            each
            for each in self.mutations
            if service in (None, each.service)
            and (not patterns or any(fnmatch(each.name, pattern) for pattern in patterns))
        )


def read_table(template: Template) -> Table:
    """Read the table of mutations.

    Raises:
        BadMutation: if two mutations have the same name, or no service has what one needs.
    """
    content = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    resources = [each.answer() for each in read_resources(content["resources"], template.reserved_names())]
    defaults = {each.name: each.default for each in template.features()}
    services = {
        name: {"project_name": "shop", **defaults, **answers, "resources": resources}
        for name, answers in content["services"].items()
    }
    mutations: dict[str, Mutation] = {}
    for row in content["mutations"]:
        needs = row.pop("needs", {})
        suited = [
            name
            for name, answers in services.items()
            if all(answers[key] in _all(needs[key]) for key in needs)
        ]
        if not suited or row["name"] in mutations:
            raise BadMutation(
                f"{row['name']}: {'another one has this name' if suited else f'no service has {needs}'}"
            )
        mutations[row["name"]] = Mutation(service=suited[0], **{"new": "", **row})
    return Table(services, tuple(mutations.values()))


def _all(choices: str | list[str]) -> list[str]:
    return [choices] if isinstance(choices, str) else choices


class MutableService:
    """A service, its servers, and the means to mutate and test it."""

    def __init__(self, root: Path, processes: Processes, progress: Callable[[str], None]) -> None:
        self.root = root
        self._processes = processes
        go = go_toolchain.find()
        if go is None:
            raise SystemExit("error: no Go toolchain")
        self._go = go.binary
        backends = Backends(Context(read_project(root), processes, Secrets(), progress))
        # The flag makes all folders share the compiled packages.
        self._env = go.environment(GOFLAGS="-buildvcs=false -trimpath")
        for backend in backends.servers:
            self._env |= backend.environment()
        self._flags: tuple[str, ...] = (
            () if backends.unique_can_be_absent else ("-skip", "/^any_number_of_.*_have_no_")
        )
        self._dependencies = self._read_dependencies()

    def _read_dependencies(self) -> dict[str, set[str]]:
        """By the folder of each package with tests, the folders of the packages that the tests depend on."""
        module = self._output("list", "-m")
        line = '{{if .ForTest}}{{.ForTest}}{{else}}{{.ImportPath}}{{end}} {{join .Deps " "}}'
        found: dict[str, set[str]] = {}
        for row in self._output("list", "-test", "-f", line, "./...").splitlines():
            tested, *needed = row.split()
            if tested.endswith(".test"):
                own = {each for each in (tested.removesuffix(".test"), *needed) if each.startswith(module)}
                folders = {each.removeprefix(module).lstrip("/") for each in own}
                found[tested.removesuffix(".test").removeprefix(module).lstrip("/")] = folders
        return found

    def _output(self, *arguments: str) -> str:
        done = subprocess.run(
            [self._go, *arguments], cwd=self.root, env=self._env, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def stages(self, file: str) -> Iterator[list[str]]:
        """The folders of the tests that a file can affect, in the order in which to run them."""
        mutated = Path(file).parent.as_posix()
        affected = {tested for tested, needed in self._dependencies.items() if mutated in needed}
        for folder in (mutated, *LIKELY):
            if folder in affected:
                affected.remove(folder)
                yield [folder]
        if affected:
            yield sorted(affected)

    def try_mutation(self, mutation: Mutation) -> str:
        """Return the test that fails with a mutation; empty if none does.

        Raises:
            BadMutation: if the mutation doesn't apply, doesn't compile, or no test depends on its file.
        """
        path = self.root / mutation.file
        if not path.is_file():
            raise BadMutation(f"there is no {mutation.file}")
        text = path.read_text(encoding="utf-8")
        stages = list(self.stages(mutation.file))
        if not stages:
            raise BadMutation(f"no test depends on {mutation.file}")
        path.write_text(mutation.mutated(text), encoding="utf-8")
        try:
            folder, _, test = mutation.by.partition(" ")
            first = self.test([folder], f"-run=^{test}$") if mutation.by else ""
            return first or next(filter(None, map(self.test, stages)), "")
        finally:
            path.write_text(text, encoding="utf-8")

    def test(self, folders: Sequence[str], *flags: str) -> str:
        """Run the tests of some folders until one fails, and return its name; empty if none does.

        Raises:
            BadMutation: if the tests don't compile.
        """
        flags = (*FLAGS, *self._flags, *flags)
        targets = [f"./{folder}" for folder in folders]
        process = self._processes.start(
            [self._go, "test", *flags, *targets], env=self._env, cwd=self.root, output=subprocess.PIPE
        )
        output = process.popen.stdout
        assert output is not None
        lines: list[str] = []
        try:
            for raw in output:
                line = raw.decode(errors="replace").rstrip()
                lines.append(line)
                if line.endswith(("[build failed]", "[setup failed]")):
                    raise BadMutation("it does not compile:\n" + "\n".join(lines[-20:]))
                if line.startswith("FAIL\t"):
                    return _failed(lines)
            if process.popen.wait() != 0:
                return _failed(lines)
        finally:
            process.kill()
            output.close()
        return ""


def _failed(lines: Sequence[str]) -> str:
    """The name of the failed test in the output of go test; its end if no test is named."""
    named = [line.split()[2] for line in lines if line.lstrip().startswith("--- FAIL: ")]
    if named:
        return max(named, key=lambda name: name.count("/"))
    return next((line for line in lines if line.startswith("panic: ")), "\n".join(lines[-5:]))


@contextlib.contextmanager
def rendered(
    template: Template, answers: Mapping[str, Any], progress: Callable[[str], None]
) -> Iterator[MutableService]:
    """Render a service and start its servers."""
    with Processes() as processes, tempfile.TemporaryDirectory(prefix="gowright-mutations-") as folder:
        root = Path(folder) / "shop"
        template.render(answers, root)
        yield MutableService(root, processes, progress)


def run(
    template: Template, table: Table, mutations: Sequence[Mutation], say: Callable[[str], None] = print
) -> list[str]:
    """Try mutations, and report each.

    Returns:
        What is wrong: tests that fail without a mutation, and mutations that are live or don't apply.
    """
    wrong: list[str] = []
    for service, answers in table.services.items():
        chosen = [each for each in mutations if each.service == service]
        if not chosen:
            continue
        with rendered(template, answers, say) as service_tests:
            begun = time.monotonic()
            if failed := service_tests.test(["..."]):
                wrong.append(f"{service}: a test fails without a mutation: {failed}")
                say(wrong[-1])
                continue
            say(f"{service}: the tests pass in {time.monotonic() - begun:.0f} s")
            for mutation in chosen:
                begun = time.monotonic()
                try:
                    killer = service_tests.try_mutation(mutation)
                except BadMutation as error:
                    found = f"BAD    {mutation.name}: {error}"
                else:
                    found = (
                        f"killed {mutation.name}: {killer}"
                        if killer
                        else f"LIVE   {mutation.name}: {mutation.why}"
                    )
                say(f"{time.monotonic() - begun:5.1f} s  {found}")
                if not found.startswith("killed"):
                    wrong.append(found)
    return wrong


def stale(template: Template, table: Table, mutations: Sequence[Mutation]) -> list[str]:
    """The mutations that don't apply to their service, each with the reason."""
    wrong: list[str] = []
    with tempfile.TemporaryDirectory(prefix="gowright-mutations-") as folder:
        for service in dict.fromkeys(each.service for each in mutations):
            template.render(table.services[service], Path(folder) / service)
        for each in mutations:
            path = Path(folder) / each.service / each.file
            try:
                if each.mutated(path.read_text(encoding="utf-8")) == path.read_text(encoding="utf-8"):
                    wrong.append(f"{each.name}: it changes nothing")
            except (BadMutation, FileNotFoundError) as error:
                wrong.append(f"{each.name}: {error}")
    return wrong


def main() -> int:
    """Try or list the mutations."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="names of mutations, with * as a wildcard")
    parser.add_argument("--service", help="only the mutations of this service")
    parser.add_argument("--list", action="store_true", help="list the mutations, and check that each applies")
    given = parser.parse_args()
    template = Template.head()
    table = read_table(template)
    mutations = table.select(given.names, given.service)
    if given.list:
        for each in mutations:
            print(f"{each.service:10} {each.name:32} {each.why}")
        wrong = stale(template, table, mutations)
    else:
        begun = time.monotonic()
        wrong = run(template, table, mutations, lambda text: print(text, flush=True))
        print(f"{len(mutations)} mutations in {time.monotonic() - begun:.0f} s")
    for problem in wrong:
        print(problem, file=sys.stderr)
    return 1 if wrong or not mutations else 0


if __name__ == "__main__":
    raise SystemExit(main())
