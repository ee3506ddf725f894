"""The checks that read Terraform files without Terraform."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest

from gowright.model.project import Project
from gowright.verify.checks.deployment import terraform
from gowright.verify.children.go_toolchain import Go
from gowright.verify.children.processes import Processes
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.infrastructure import FOLDER
from gowright.verify.harness.modules import Configuration, swapped
from gowright.verify.outcomes import Failed
from tests.conftest import Render
from tests.helpers import build_tree
from tests.template.test_terraform import CLOUDS, PLATFORMS, VARIANTS

LOCK = f"{FOLDER}/.terraform.lock.hcl"
#: The value of the first one has another name than the input, or Terraform refuses the cycle.
MISSED = {
    ("module.project.project", "module.identity.secret_store"),
    ("module.network.cidr", "module.service.network_cidr"),
}

MakeHarness = Callable[[Path], Harness]


@pytest.fixture
def harness_of() -> Iterator[MakeHarness]:
    with Processes() as processes:
        yield lambda root: Harness(Project(root, {}, ()), Go(Path("go"), (1, 26)), processes)


@pytest.mark.parametrize("cloud", CLOUDS)
@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_the_rendered_files_pass(
    variant: str, platform: str, cloud: str, rendered: Render, harness_of: MakeHarness
) -> None:
    harness = harness_of(rendered(cloud=cloud, deploy=PLATFORMS[platform], **VARIANTS[variant]))
    terraform.inputs.run(harness)
    assert terraform.versions.run(harness) == "no lock file yet"


def types(folder: Path, module: str) -> dict[str, str]:
    """The types of the variables of a module."""
    text = (folder / "modules" / module / "variables.tf").read_text(encoding="utf-8")
    return dict(re.findall(r'^variable "(\w+)" \{.*?^  type +=(.*?)$', text, re.M | re.S))


@pytest.mark.parametrize("cloud", CLOUDS)
@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_two_swapped_inputs_of_one_type_are_found(platform: str, cloud: str, rendered: Render) -> None:
    folder = rendered(cloud=cloud, deploy=PLATFORMS[platform], **VARIANTS["everything"]) / FOLDER
    configuration = Configuration(folder)
    known = {each: types(folder, each.module)[each.whole or each.name] for each in configuration.inputs}
    pairs = [
        (replace(one, value=other.value), replace(other, value=one.value))
        for one, other in combinations(configuration.inputs, 2)
        if known[one] == known[other] and one.value != other.value
    ]
    assert len(pairs) > 300
    missed = {
        (str(one), str(other)) for one, other in pairs if not any(swapped((one, other), configuration.values))
    }
    assert missed <= MISSED


@pytest.mark.parametrize(
    ("path", "old", "new", "told"),
    [
        ("versions.tf", '      version = "~> 6.69"\n', "", "versions.tf: hashicorp/aws has no version"),
        ("modules/cache/versions.tf", '      version = "~> 6.69"\n', "", "modules/cache/versions.tf: hashicorp/aws has no"),
        ("bootstrap/versions.tf", '"~> 6.69"', '">= 6.69"', "bootstrap/versions.tf: >= 6.69 allows the next major"),
        ("../../.gitignore", ".terraform/", "*.hcl", ".gitignore: *.hcl ignores"),
        ("../../.gitignore", ".terraform/", ".terraform*", ".gitignore: .terraform* ignores"),
    ],
)  # fmt: skip
def test_faults_of_versions_are_found(
    path: str, old: str, new: str, told: str, rendered: Render, tmp_path: Path, harness_of: MakeHarness
) -> None:
    project = Path(shutil.copytree(rendered(cloud="aws", deploy="none"), tmp_path / "shop"))
    file = project / FOLDER / path
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(Failed) as failed:
        terraform.versions.run(harness_of(project))
    assert told in failed.value.detail


def test_a_lock_file_has_every_provider(rendered: Render, tmp_path: Path, harness_of: MakeHarness) -> None:
    project = Path(shutil.copytree(rendered(cloud="aws", deploy="none"), tmp_path / "shop"))
    files = project.rglob("versions.tf")
    sources = sorted({each for path in files for each in re.findall(r'source += "(.+)"', path.read_text())})
    assert len(sources) > 1
    blocks = [
        f'provider "registry.terraform.io/{source}" {{\n  version = "1.0.0"\n}}\n' for source in sources
    ]
    build_tree(project, {LOCK: "\n".join(blocks)})
    assert terraform.versions.run(harness_of(project)) == "1 lock files"
    build_tree(project, {LOCK: "\n".join(blocks[1:])})
    with pytest.raises(Failed, match=rf"\.terraform\.lock\.hcl doesn't have {sources[0]}"):
        terraform.versions.run(harness_of(project))
