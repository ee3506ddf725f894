"""The checks of the pipelines pass as generated, and find each fault."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gowright.model.project import read_project
from gowright.verify.backends.ci import pipelines_of, system_of
from gowright.verify.backends.ci.base import Step
from gowright.verify.check import Check
from gowright.verify.checks.deployment import pipelines
from gowright.verify.children import java
from gowright.verify.children.go_toolchain import Go
from gowright.verify.children.processes import Processes
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.makefile import read_rules, recipe_of
from gowright.verify.outcomes import Failed
from tests.conftest import Render
from tests.helpers import build_tree

pytestmark = pytest.mark.slow

#: The files in it are the user's.
MAVEN = os.environ.get("M2_REPO", str(Path.home() / ".m2" / "repository"))
WORKFLOWS = ".github/workflows"
CHECKS = [value for value in vars(pipelines).values() if isinstance(value, Check)]


@pytest.fixture
def harness_of(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], Harness]]:
    monkeypatch.setenv("M2_REPO", MAVEN)
    with Processes() as processes:
        yield lambda project: Harness(read_project(project), Go(Path("go"), (1, 26)), processes)


@pytest.fixture
def shop(rendered: Render, tmp_path: Path) -> Callable[..., Path]:
    """Make a project with pipelines of a system, which a test may change."""
    return lambda ci, deploy="none": shutil.copytree(rendered(ci=ci, deploy=deploy), tmp_path / "shop")


def change(file: Path, there: str, instead: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert re.search(there, text, re.M), there
    file.write_text(re.sub(there, instead, text, count=1, flags=re.M), encoding="utf-8")


def require(ci: str, *tools: str) -> None:
    """Skip a test whose tools are missing."""
    if missing := [tool for tool in tools if shutil.which(tool) is None]:
        pytest.skip(f"not on PATH: {', '.join(missing)}")
    if ci == "jenkins" and (reason := java.missing()):
        pytest.skip(reason)


def applying(harness: Harness) -> list[Check]:
    return [each for each in CHECKS if each.when(harness.project)]


@pytest.mark.parametrize("ci", ["github", "gitlab", "jenkins"])
def test_generated_pipelines_pass(
    ci: str, shop: Callable[[str], Path], harness_of: Callable[[Path], Harness]
) -> None:
    require(ci, *(["actionlint"] if ci == "github" else []))
    harness = harness_of(shop(ci))
    checks = applying(harness)
    assert {"pipeline-syntax", "pipeline-commands"} <= {each.name for each in checks}
    for each in checks:
        each.run(harness)


def test_a_project_without_pipelines_has_no_checks_of_them(
    rendered: Render, harness_of: Callable[[Path], Harness]
) -> None:
    harness = harness_of(rendered(ci="none"))
    assert applying(harness) == []
    with pytest.raises(TypeError):
        pipelines_of(harness.backends.context)


@pytest.mark.parametrize(
    ("check", "path", "there", "instead", "message"),
    [
        (pipelines.schema, f"{WORKFLOWS}/ci.yml", "runs-on", "runs_on", "runs_on"),
        (pipelines.schema, ".github/actions/setup-go/action.yml", "using: composite", "using: x", "action.yml"),
        (pipelines.syntax, f"{WORKFLOWS}/release.yml", "needs: verify", "needs: verifi", "image needs verifi"),
        (pipelines.syntax, f"{WORKFLOWS}/verify.yml", "actions/setup-go", "actions/go", "uses ./.github/actions/go"),
        (pipelines.syntax, f"{WORKFLOWS}/verify.yml", "^jobs:", "job:", "verify.yml is not a workflow"),
        (pipelines.syntax, f"{WORKFLOWS}/verify.yml", "^jobs:", "{", "verify.yml is not a workflow"),
        (pipelines.lint, f"{WORKFLOWS}/release.yml", r"steps\.image", "steps.img", "img"),
        (pipelines.lint, f"{WORKFLOWS}/release.yml", "timeout-minutes: 30", "timeout-minutes: x", "timeout"),
        (pipelines.security, f"{WORKFLOWS}/verify.yml", "persist-credentials: false", "fetch-tags: true", "artipacked"),
        (pipelines.syntax, f"{WORKFLOWS}/deploy.yml", r"workflows/release\.yml@", "workflows/build.yml@", "names .github/workflows/build.yml"),
        (pipelines.security, f"{WORKFLOWS}/release.yml", "persist-credentials: false", "persist-credentials: true", "artipacked"),
        (pipelines.security, f"{WORKFLOWS}/verify.yml", "checkout@[0-9a-f]{40}", "checkout@v7", "unpinned-uses"),
        (pipelines.security, f"{WORKFLOWS}/verify.yml", "image: postgres:.*", "image: postgres:18", "unpinned-images"),
        (pipelines.security, f"{WORKFLOWS}/ci.yml", "permissions: {}", "permissions: write-all", "permissions"),
        (pipelines.security, f"{WORKFLOWS}/ci.yml", "pull_request:", "pull_request_target:", "dangerous-triggers"),
        (pipelines.commands, f"{WORKFLOWS}/verify.yml", "make race", "make races", "race: make races"),
        (pipelines.commands, f"{WORKFLOWS}/verify.yml", "^ +REDIS_URL:.*$", "", "does not set REDIS_URL"),
        (pipelines.commands, f"{WORKFLOWS}/verify.yml", "^ +- run: make secrets$", "", "no job of the phase verify runs make secrets"),
        (pipelines.commands, f"{WORKFLOWS}/release.yml", "^ +- run: make sign$", "", "no job of the phase image runs make sign"),
        (pipelines.commands, f"{WORKFLOWS}/release.yml", "make sbom", "make sign sbom", "the phase image runs image, sign, sbom, scan, not"),
        (pipelines.timeouts, f"{WORKFLOWS}/release.yml", "^ +timeout-minutes: 30$", "", "image has no timeout-minutes"),
        (pipelines.secrets, f"{WORKFLOWS}/release.yml", "make sbom", "echo ${{ github.token }}", "image: prints token"),
    ],
)  # fmt: skip
def test_faults_in_workflows_are_found(
    check: Check,
    path: str,
    there: str,
    instead: str,
    message: str,
    shop: Callable[..., Path],
    harness_of: Callable[[Path], Harness],
) -> None:
    require("github", *(["actionlint"] if check is pipelines.lint else []))
    project = shop("github", "kubernetes" if path.endswith("deploy.yml") else "none")
    change(project / path, there, instead)
    assert message in finding(check, harness_of(project))


@pytest.mark.parametrize(
    ("check", "there", "instead", "message"),
    [
        (pipelines.schema, "interruptible: true", "interruptible: maybe", "interruptible"),
        (pipelines.syntax, "extends: .tests", "extends: .test", "test extends .test, which doesn't exist"),
        (pipelines.syntax, "extends: .go$", "extends: [.go, .tests]", ".tests extends itself"),
        (pipelines.syntax, r"needs: \[publish\]", "needs: [publishing]", "sign needs publishing"),
        (pipelines.syntax, r"needs: \[publish\]", "needs: [{job: publishing}]", "sign needs publishing"),
        (pipelines.syntax, "^stages: .*", "stages: [verify]", "publish is in the stage image"),
        (pipelines.syntax, "script:\n    - make test", "tags: []", "test has no script"),
        (pipelines.syntax, "^test:", "test: [", "while parsing"),
        (pipelines.syntax, r"\A", "- a\n---\n", "single document"),
        (pipelines.commands, "make race", "make races", "race: make races"),
        (pipelines.commands, "^ +REDIS_URL:.*$", "", "does not set REDIS_URL"),
        (pipelines.commands, "^ +- make scan$", "", "no job of the phase image runs make scan"),
        (pipelines.timeouts, "^  timeout: 30 minutes$", "", "publish has no timeout"),
        (pipelines.secrets, "- make image$", '- printf %s "$CI_JOB_TOKEN"', "container: prints CI_JOB_TOKEN"),
    ],
)
def test_faults_in_a_pipeline_of_gitlab_are_found(
    check: Check,
    there: str,
    instead: str,
    message: str,
    shop: Callable[[str], Path],
    harness_of: Callable[[Path], Harness],
) -> None:
    project = shop("gitlab")
    change(project / ".gitlab-ci.yml", there, instead)
    assert message in finding(check, harness_of(project))


def test_gitlab_resolves_references_and_templates(
    shop: Callable[[str], Path], harness_of: Callable[[Path], Harness]
) -> None:
    project = shop("gitlab")
    build_tree(
        project,
        {
            ".gitlab-ci.yml": """\
variables: {A: a}
.base: &base [x]
.first: {stage: test, variables: {B: b}, before_script: [make one]}
.second: {extends: .first, variables: {C: c}, script: [make two]}
job: {extends: [.second], script: [!reference [.base, script], "make three && make four"]}
nightly: {script: make five, rules: [{if: '$CI_PIPELINE_SOURCE == "schedule"'}]}
""",
        },
    )
    system = pipelines_of(harness_of(project).backends.context)
    assert list(system.mistakes()) == []
    found = [(step.phase, step.job, step.targets, step.variables) for step in system.steps()]
    assert found == [
        ("", "job", ("one",), frozenset("ABC")),
        ("", "job", ("three", "four"), frozenset("ABC")),
        ("scheduled", "nightly", ("five",), frozenset("A")),
    ]


#: What is wrong in a Jenkinsfile, and the message.
JENKINSFILES = {
    "pipeline {": "line 1: unexpected token",
    "pipelines { }": "neither a block `pipeline` nor a block `node`",
    "pipeline { agent any }": "pipeline has no stages",
    "pipeline { stages { stage('A') { steps { sh 'x' } } } }": "pipeline has no agent",
    "pipeline { agent any\nagent none\nstages { stage('A') { steps { sh 'x' } } } }": "more than one agent",
    "pipeline { agent any\nstages { } }": "stages has no stage",
    "pipeline { agent any\nstages { stage('A') { } } }": "stage A must have one of steps",
    "pipeline { agent any\nstages { stage('A') { steps { sh 'x' }\nstages { stage('B') { steps { sh 'x' } } } } } }": "stage A must have one",
    "pipeline { agent any\nstages { steps { sh 'x' } } }": "steps is where a stage must be",
    "pipeline { agent any\nstages { stage('A') { steps { } } } }": "steps is empty",
    "pipeline { agent any\nstages { stage('A') { step { sh 'x' } } } }": "step can't be in stage",
    "pipeline { agent any\nstages { stage('A') { steps { def x = 1 } } } }": "not a step: use script",
    "pipeline { agent any\nstages { stage('A') { steps { dir('x') { if (y) { sh 'x' } } } } } }": "not a step: use script",
    "pipeline { agent any\nstages { stage('A') { steps { sh 'x' } }\nstage('A') { steps { sh 'x' } } } }": "2 stages with the name A",
    "pipeline { agent any\nstages { stage('A') { parallel { stage('A') { steps { sh 'x' } } } } } }": "2 stages with the name A",
    "pipeline { agent any\nstages { stage('A') { when { branches 'x' }\nsteps { sh 'x' } } } }": "when has no condition branches",
    "pipeline { agent any\nstages { stage('A') { when { not { x 'y' } }\nsteps { sh 'x' } } } }": "when has no condition x",
    "pipeline { agent any\nstages { stage('A') { when { }\nsteps { sh 'x' } } } }": "when has no condition",
    "pipeline { agent any\nstages { stage('A') { steps { sh 'x' } } }\npost { allways { sh 'x' } } }": "post has no condition allways",
    "pipeline { agent any\nenvironment { a 'b' }\nstages { stage('A') { steps { sh 'x' } } } }": "only assignments",
    "pipeline { agent any\noptions { def x = 1 }\nstages { stage('A') { steps { sh 'x' } } } }": "options contains a statement",
    "pipeline { agent any\nstages { stage('A') { steps { sh 'x' } } } }\npipeline { }": "more than one block",
}  # fmt: skip


def test_faults_in_a_jenkinsfile_are_found(
    shop: Callable[[str], Path], harness_of: Callable[[Path], Harness]
) -> None:
    require("jenkins")
    project = shop("jenkins")
    files = {f"Jenkinsfile.{number:02}": text for number, text in enumerate(JENKINSFILES)}
    system = pipelines_of(harness_of(build_tree(project, files)).backends.context)
    mistakes = list(system.mistakes())
    for file, message in zip(files, JENKINSFILES.values(), strict=True):
        found = [each for each in mistakes if each.startswith(f"{file}: ")]
        assert any(message in each for each in found), (files[file], found)
    assert not [each for each in mistakes if each.startswith("Jenkinsfile: ")]


def test_valid_jenkinsfiles_have_no_mistakes(
    shop: Callable[[str], Path], harness_of: Callable[[Path], Harness]
) -> None:
    require("jenkins")
    texts = [
        "node { stage('A') { sh 'x' } }",
        "pipeline { agent { label 'x' }\nstages { stage('A') { when { allOf { branch 'x'\nnot { tag 'y' } } }\nsteps { script { if (x) { sh 'x' } } } } } }",
        "pipeline { agent any\nstages { stage('A') { matrix { axes { axis { name 'x'\nvalues 'y' } }\nstages { stage('B') { steps { sh 'x' } } } } } } }",
    ]  # fmt: skip
    files = {f"Jenkinsfile.{number}": text for number, text in enumerate(texts)}
    project = build_tree(shop("jenkins"), files)
    assert list(pipelines_of(harness_of(project).backends.context).mistakes()) == []


def test_missing_targets_of_jenkins_are_found(
    shop: Callable[[str], Path], harness_of: Callable[[Path], Harness]
) -> None:
    require("jenkins")
    project = shop("jenkins")
    change(project / "Jenkinsfile", "make race", "make races")
    change(project / "Jenkinsfile", "^ +REDIS_URL = .*$", "")
    found = finding(pipelines.commands, harness_of(project))
    assert "Race detector: make races" in found
    assert "Integration tests: make integration: the job does not set REDIS_URL" in found


@pytest.mark.parametrize(
    ("check", "path", "there", "instead", "message"),
    [
        (pipelines.timeouts, "Jenkinsfile.deploy", r"timeout\(time: 7, unit: 'DAYS'\)", "timestamps()", "stage Approve staging has no"),
        (pipelines.timeouts, "Jenkinsfile", r"^    timeout\(time: 2, unit: 'HOURS'\)\n", "", ""),
        (pipelines.secrets, "Jenkinsfile", r'printf %s "\$PASSWORD" \| docker', 'echo "$PASSWORD"; docker', "Image: prints PASSWORD"),
        (pipelines.commands, "Jenkinsfile", "sh 'make scan'", "", "no job of the phase image runs make scan"),
    ],
)  # fmt: skip
def test_faults_of_stages_are_found(
    check: Check,
    path: str,
    there: str,
    instead: str,
    message: str,
    rendered: Render,
    tmp_path: Path,
    harness_of: Callable[[Path], Harness],
) -> None:
    require("jenkins")
    project = shutil.copytree(rendered(ci="jenkins"), tmp_path / "shop")
    change(project / path, there, instead)
    if message:
        assert message in finding(check, harness_of(project))
    else:
        check.run(harness_of(project))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("pipeline { agent any\nstages { stage('A') { steps { sh 'x' } } } }", ["the stage A has no option timeout"]),
        ("pipeline { agent any\noptions { timestamps() }\nstages { stage('A') { parallel { stage('B') { steps { sh 'x' } }\nstage('C') { options { timeout(time: 1) }\nsteps { sh 'x' } } } } } }", ["the stage B has no option timeout"]),
        ("pipeline { agent any\nstages { stage('A') { matrix { axes { axis { name 'x'\nvalues 'y' } }\nstages { stage('B') { steps { sh 'x' } } } } } } }", ["the stage B has no option timeout"]),
        ("pipeline { agent any\nstages { stage('A') { steps { timeout(time: 1) { sh 'x' }\nsh 'y' } } } }", ["the stage A has no option timeout"]),
        ("pipeline { agent any\nstages { stage('A') { steps { timeout(time: 1) { sh 'x' } } } } }", []),
        ("pipeline { agent any\noptions { timeout(time: 1) }\nstages { stage('A') { steps { sh 'x' } } } }", []),
        ("node { stage('A') { sh 'x' } }", ["line 1: the node has no step timeout"]),
        ("if (x) { node { sh 'x' } }", ["line 1: the node has no step timeout"]),
        ("timeout(time: 1) { node { sh 'x' } }", []),
        ("node { timeout(time: 1) { sh 'x' } }", []),
    ],
)  # fmt: skip
def test_jenkinsfiles_without_time_limits_are_found(
    text: str, found: list[str], shop: Callable[[str], Path], harness_of: Callable[[Path], Harness]
) -> None:
    require("jenkins")
    project = build_tree(shop("jenkins"), {"Jenkinsfile": text})
    messages = list(pipelines_of(harness_of(project).backends.context).unlimited())
    assert messages == [f"Jenkinsfile: {each}, so that it can take forever" for each in found]


def test_jenkinsfiles_need_time_limits(
    shop: Callable[[str], Path], harness_of: Callable[[Path], Harness]
) -> None:
    require("jenkins")
    project = shop("jenkins")
    text = (project / "Jenkinsfile").read_text(encoding="utf-8")
    build_tree(project, {"Jenkinsfile": re.sub(r"timeout\(.*\)", "timestamps()", text)})
    message = finding(pipelines.timeouts, harness_of(project))
    for stage in ("Lint", "Race detector", "Image", "Scheduled"):
        assert f"the stage {stage} has no option timeout" in message


@pytest.mark.parametrize(
    ("ci", "path", "there", "instead"),
    [
        ("github", f"{WORKFLOWS}/release.yml", r"needs: \[image, staging\]", "needs: [image, dev]"),
        ("gitlab", ".gitlab-ci.yml", r"needs: \[publish, sign, staging\]", "needs: [publish, sign, dev]"),
    ],
)
def test_production_waits_for_staging(
    ci: str,
    path: str,
    there: str,
    instead: str,
    rendered: Render,
    tmp_path: Path,
    harness_of: Callable[[Path], Harness],
) -> None:
    project = shutil.copytree(rendered(ci=ci), tmp_path / "shop")
    pipelines.commands.run(harness_of(project))
    change(project / path, there, instead)
    message = "the deployment to production doesn't wait for the one to staging"
    assert finding(pipelines.commands, harness_of(project)) == message


@pytest.mark.parametrize(
    ("script", "names"),
    [
        ('echo "$PASSWORD"', ("PASSWORD",)),
        ("printf '%s' ${API_TOKEN:-none} && make", ("API_TOKEN",)),
        ("echo ${{ secrets.DEPLOY_SECRET }}", ("DEPLOY_SECRET",)),
        ('printf %s "$PASSWORD" | docker login --password-stdin', ()),
        ('printf %s "$TOKEN" >/tmp/token', ()),
        ('echo "$USER" "$DIGEST"', ()),
        ('docker login --password "$PASSWORD"', ()),
        ("# echo $PASSWORD", ()),
    ],
)
def test_what_a_script_prints(script: str, names: tuple[str, ...]) -> None:
    assert Step("", "", script).printed == names


@pytest.mark.parametrize("ci", ["github", "gitlab", "jenkins"])
def test_pipelines_must_exist(
    ci: str, shop: Callable[[str], Path], harness_of: Callable[[Path], Harness]
) -> None:
    require(ci)
    project = shop(ci)
    for path in (*project.glob("Jenkinsfile*"), project / ".gitlab-ci.yml"):
        path.unlink(missing_ok=True)
    shutil.rmtree(project / ".github", ignore_errors=True)
    harness = harness_of(project)
    for check in (pipelines.syntax, pipelines.commands):
        assert finding(check, harness)


@pytest.mark.parametrize(
    ("there", "instead", "message"),
    [
        ("^e2e:", "e2e-tests:", "make e2e: the Makefile has no such target"),
        ("scripts/bench-compare", "scripts/compare", "scripts/compare does not exist"),
        ("scripts/openapi-breaking", "sh scripts/breaking", "scripts/breaking does not exist"),
    ],
)
def test_faults_in_the_makefile_are_found(
    there: str,
    instead: str,
    message: str,
    shop: Callable[[str], Path],
    harness_of: Callable[[Path], Harness],
) -> None:
    project = shop("github")
    change(project / "Makefile", there, instead)
    assert message in finding(pipelines.commands, harness_of(project))


def test_scripts_must_be_executable_unless_a_shell_runs_them(
    shop: Callable[[str], Path], harness_of: Callable[[Path], Harness]
) -> None:
    project = shop("github")
    (project / "scripts" / "bench-compare").chmod(0o644)
    harness = harness_of(project)
    assert finding(pipelines.commands, harness) == "benchmarks: scripts/bench-compare is not executable"
    change(project / "Makefile", "scripts/bench-compare", "bash scripts/bench-compare")
    pipelines.commands.run(harness)


@pytest.mark.parametrize(
    ("script", "targets"),
    [
        ("make", ()),
        ("make a b", ("a", "b")),
        ("make --keep-going a X=1 b", ("a", "b")),
        ("FOO=1 BAR=2 make a", ("a",)),
        ("cd x && make a; make b | tee log", ("a", "b")),
        ("(make a)", ("a",)),
        ("echo make a", ()),
        ("# make a\nmake b # make c", ("b",)),
        ("make a \\\n  b", ("a", "b")),
        ('make a X="1\n2"\nmake b', ("a", "b")),
        ('make a IMAGE="$(git rev-parse HEAD):x" b', ("a", "b")),
        ("query='\nmake a\n'\nmake b", ("b",)),
        ("cmake a", ()),
    ],
)
def test_the_targets_of_a_script(script: str, targets: tuple[str, ...]) -> None:
    assert Step("", "", script).targets == targets


def test_the_rules_of_a_makefile() -> None:
    rules = read_rules(
        "A := 1\nB ?= x:y\n.PHONY: all\nall: one two ## Help: all\n\techo all\n\none two:\n\techo $@\n\n\techo more\n"
        "all: three\nC = d\n\tignored\nloop: loop\n\techo loop\n"
    )
    assert rules.keys() == {".PHONY", "all", "one", "two", "loop"}
    assert rules["all"].prerequisites == ("one", "two", "three")
    assert list(recipe_of(rules, "all")) == ["echo $@", "echo more", "echo $@", "echo more", "echo all"]
    assert list(recipe_of(rules, "loop")) == ["echo loop"]
    assert list(recipe_of(rules, "missing")) == []


def test_every_ci_system_can_be_read(rendered: Render) -> None:
    systems = {ci: system_of(read_project(rendered(ci=ci, deploy="none"))) for ci in ("github", "gitlab", "jenkins")}  # fmt: skip
    assert len(set(systems.values())) == 3


def finding(check: Any, harness: Harness) -> str:
    with pytest.raises(Failed) as failed:
        check.run(harness)
    return failed.value.detail


def test_a_project_in_a_folder_of_another_repository_passes(
    shop: Callable[[str], Path], tmp_path: Path, harness_of: Callable[[Path], Harness]
) -> None:
    require("github", "actionlint", "zizmor")
    (tmp_path / ".git").mkdir()
    harness = harness_of(shop("github"))
    pipelines.lint.run(harness)
    pipelines.security.run(harness)
