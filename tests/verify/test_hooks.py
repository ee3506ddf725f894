"""The check of git hooks passes as generated, and fails if a hook doesn't do its job."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from gowright.model.template import Template
from gowright.verify.result import Outcome, Result
from gowright.verify.runner import prepare
from tests.conftest import Render

RUNNERS = [each.value for each in next(f for f in Template.head().features() if f.name == "hooks").choices]
RUNNERS.remove("none")

#: What breaks the hooks: the file, what stands there, what stands there instead, and a word of the finding.
BUGS = {
    "invalid configuration": ("{config}", "name:", "nome:", "make hooks"),
    "any message": ("scripts/commit-message", 'exit "$failed"', "exit 0", "the message"),
    "no format": ("{config}", "make fmt-staged", "echo", "the format"),
    "no vet": ("{config}", "make vet", "echo", "go vet"),
    "no linters": ("Makefile", "scripts/lint-staged $(GOLANGCI_LINT)", "true", "the linters"),
    "no secrets": ("Makefile", "git --staged --pre-commit", "version", "secrets"),
    "no conflicts": ("scripts/conflict-markers", "{7}", "{8}", "conflict markers"),
    "any size": ("scripts/large-files", "1048576", "10485760", "large files"),
    "never satisfied": ("scripts/commit-message", "feat|", "", "a good commit is refused"),
    "no tests": ("{config}", "make test", "echo", "a push passes"),
}


def config(project: Path) -> Path:
    """The configuration of the runner."""
    return next(p for name in ("lefthook.yml", ".pre-commit-config.yaml") if (p := project / name).exists())


def verify(project: Path) -> Result:
    (result,) = prepare(project, checks=["hooks"]).results()
    if result.outcome is Outcome.SKIPPED:
        pytest.skip(result.detail)
    return result


@pytest.mark.go
@pytest.mark.usefixtures("go_caches")
@pytest.mark.parametrize("runner", RUNNERS)
def test_the_hooks_of_a_service_pass(runner: str, rendered: Render) -> None:
    assert verify(rendered(hooks=runner)).outcome is Outcome.PASSED


@pytest.mark.go
@pytest.mark.usefixtures("go_caches")
@pytest.mark.parametrize("runner", RUNNERS)
@pytest.mark.parametrize("bug", BUGS)
def test_a_hook_that_misses_something_is_found(
    bug: str, runner: str, rendered: Render, tmp_path: Path
) -> None:
    project = shutil.copytree(rendered(hooks=runner), tmp_path / "shop")
    path, there, instead, told = BUGS[bug]
    file = config(project) if path == "{config}" else project / path
    text = file.read_text(encoding="utf-8")
    assert there in text, f"{path} has changed: plant this bug somewhere else"
    file.write_text(text.replace(there, instead), encoding="utf-8")
    result = verify(project)
    assert result.outcome is Outcome.FAILED
    assert told in result.detail.partition("\n")[0]


def commands(project: Path) -> dict[str, set[str]]:
    """The commands of the hooks by stage, without the files that the runner passes to them."""
    content = yaml.safe_load(config(project).read_text(encoding="utf-8"))
    if "repos" in content:
        hooks = [hook for repo in content["repos"] for hook in repo["hooks"]]
        stages = content["default_install_hook_types"]
        assert {repo["repo"] for repo in content["repos"]} == {"local"}
        default = content["default_stages"]
        return {s: {h["entry"] for h in hooks if s in h.get("stages", default)} for s in stages}
    stages = [name for name, value in content.items() if isinstance(value, dict)]
    return {s: {job["run"].partition(" {")[0] for job in content[s]["jobs"]} for s in stages}


def test_all_runners_run_the_same_commands(rendered: Render) -> None:
    one, *others = (commands(rendered(hooks=runner)) for runner in RUNNERS)
    assert all(other == one for other in others)
    assert sum(map(len, one.values())) > 5
