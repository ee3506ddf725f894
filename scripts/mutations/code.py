"""The Go tests of a generated service."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from gowright.model.project import read_project
from gowright.verify.backends.base import Context, Secrets
from gowright.verify.backends.loaded import Backends
from gowright.verify.children import go_toolchain
from gowright.verify.children.processes import Processes
from scripts.mutations.table import BadMutation, Mutation

#: The tests that notice most mutations that the package's own tests don't, in this order.
LIKELY = ("test/e2e", "test/integration")

#: A mutation can make a test hang.
FLAGS = ("-vet=off", "-count=1", "-failfast", "-ldflags=-s -w", "-timeout=120s")


class GoTests:
    """The tests of one service, and the servers that they use."""

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

    def before(self) -> str:
        """Run all tests, and return the one that fails; empty if none does."""
        return self.test(["..."])

    def prepare(self, mutation: Mutation) -> None:
        """Refuse a mutation of a file that no test depends on."""
        if not any(self.stages(mutation.file)):
            raise BadMutation(f"no test depends on {mutation.file}")

    def notices(self, mutation: Mutation) -> str:
        """Return the first test that fails: the named one, or one that depends on the file."""
        folder, _, test = mutation.by.partition(" ")
        first = self.test([folder], f"-run=^{test}$") if mutation.by else ""
        return first or next(filter(None, map(self.test, self.stages(mutation.file))), "")

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
