"""The checks of documents and scripts pass as generated, and fail for a file that is wrong."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gowright.model.project import read_project
from gowright.verify.checks import CHECKS
from gowright.verify.children.go_toolchain import Go
from gowright.verify.children.processes import Processes
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.markdown import read_document
from gowright.verify.outcomes import Failed
from tests.conftest import Render

RUN = {check.name: check.run for check in CHECKS}
NAMES = ("links", "document-commands", "community-files", "owners", "scripts")

VARIANTS: dict[str, dict[str, Any]] = {
    "everything": {"cloud": "aws", "license": "apache"},
    "GitLab and MongoDB": {"ci": "gitlab", "database": "mongodb", "auth": "oidc", "hooks": "pre-commit"},
    "Jenkins and a chart": {"ci": "jenkins", "deploy": "helm", "cloud": "gcp", "hooks": "none"},
    "hostile answers": {
        "project_name": "null",
        "description": 'It\'s "100 %" & <b>[x](y.md)</b>: `make nothing` {{ x }} ${HOME} # \\n',
        "resources": [
            {
                "name": "select",
                "plural": "yes",
                "fields": [{"name": "no", "type": "enum", "enum": ["null", "true"], "index": True}],
            }
        ],
    },
    "pipelines alone": {"resources": [], "metrics": "none", "deploy": "none", "database": "memory"},
}

#: What breaks a check: the check, the file, what stands there, what stands there instead, and a word of the finding.
BUGS = (
    ("links", "README.md", "(docs/configuration.md)", "(docs/settings.md)", "there is no docs/settings.md"),
    ("links", "SECURITY.md", "configuration.md#http", "configuration.md#https", "no heading #https"),
    ("links", "CONTRIBUTING.md", "](#add-a-migration)", "](#add-one)", "no heading #add-one"),
    ("links", "CONTRIBUTING.md", "(CHANGELOG.md)", "(../CHANGELOG.md)", "there is no ../CHANGELOG.md"),
    ("document-commands", "README.md", "`make image`", "`make picture`", "no make picture"),
    ("document-commands", "README.md", "make hooks\n", "make hook\n", "no make hook"),
    ("document-commands", "README.md", "make check ", "make IMAGE=x test checks ", "no make checks"),
    ("document-commands", "README.md", "`make image`", "`./scripts/image.sh x`", "no scripts/image.sh"),
    ("document-commands", "README.md", "make hooks\n", "make hooks'\n", "unexpected EOF"),
    ("community-files", "renovate.json", '"matchUpdateTypes": ["digest"]', '"matchUpdateTypes": 1', "1 is not"),
    ("community-files", "renovate.json", '"extends"', '"extend"', "unknown key extend"),
    ("community-files", "renovate.json", "go (?:run|install)", "go (?:get)", "nothing matches go (?:get)"),
    ("community-files", "renovate.json", '["Makefile"]', '["Taskfile.yml"]', "no file matches Taskfile.yml"),
    ("community-files", "renovate.json", "^deployments/kubernetes/", "^manifests/", "no file matches /^manifests/"),
    ("community-files", ".github/ISSUE_TEMPLATE/bug.yml", "type: input", "type: inputs", "inputs"),
    ("scripts", "scripts/large-files", '":./$file"', ":./$file", "SC2086"),
    ("scripts", "scripts/conflict-markers", "exit 1", "exit 1 )", "SC1"),
    ("owners", ".github/CODEOWNERS", "#/migrations/", "#/schema/", "no schema/"),
)  # fmt: skip


@pytest.fixture
def processes() -> Iterator[Processes]:
    with Processes() as started:
        yield started


def run(check: str, project: Path, processes: Processes) -> str:
    return RUN[check](Harness(read_project(project), Go(Path("go"), (1, 26)), processes))


@pytest.mark.parametrize("check", NAMES)
@pytest.mark.parametrize("variant", VARIANTS)
def test_the_files_of_a_service_pass(
    check: str, variant: str, rendered: Render, processes: Processes
) -> None:
    run(check, rendered(**VARIANTS[variant]), processes)


@pytest.mark.parametrize(("check", "file", "there", "instead", "told"), BUGS)
def test_a_wrong_file_is_found(
    check: str,
    file: str,
    there: str,
    instead: str,
    told: str,
    rendered: Render,
    processes: Processes,
    tmp_path: Path,
) -> None:
    project = shutil.copytree(rendered(**VARIANTS["everything"]), tmp_path / "shop")
    text = (project / file).read_text(encoding="utf-8")
    assert there in text, f"{file} has changed: plant this bug somewhere else"
    (project / file).write_text(text.replace(there, instead), encoding="utf-8")
    with pytest.raises(Failed) as failed:
        run(check, project, processes)
    assert told in failed.value.detail


def test_a_document_without_owners_is_found(rendered: Render, processes: Processes, tmp_path: Path) -> None:
    project = shutil.copytree(rendered(**VARIANTS["everything"]), tmp_path / "shop")
    (project / ".github" / "CODEOWNERS").unlink()
    with pytest.raises(Failed, match="CODEOWNERS"):
        run("owners", project, processes)


def test_anchors_are_those_of_forges() -> None:
    document = read_document(Path("x.md"), "# It's `go test`: 1.0!\n\n## Two words\n\n## Two words\n")
    assert document.anchors == {"its-go-test-10", "two-words", "two-words-1"}


def test_links_and_commands_in_code_are_none() -> None:
    text = "[a](b.md) `[c](d.md)` <https://e.example> ![f](g.png)\n\n```sh\n[h](i.md)\n```\n\n    [j](k.md)\n"
    document = read_document(Path("x.md"), text)
    assert document.links == ("b.md", "https://e.example", "g.png")
    assert document.scripts == ("[h](i.md)\n",)
