"""The Terraform files of every cloud, with the schemas of the real providers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from gowright.model.project import Project
from gowright.model.template import Template
from gowright.verify.checks.deployment import terraform
from gowright.verify.children.go_toolchain import Go
from gowright.verify.children.processes import Processes
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.infrastructure import FOLDER
from tests import terraform as real
from tests.conftest import Render
from tests.helpers import ROOT

HEAD = Template.head()
CLOUDS = sorted(path.parent.name for path in (ROOT / "choices" / "cloud").glob("*/terraform.yml"))
PLATFORMS = {"serverless": "none", "Kubernetes": "kubernetes"}

#: Together, they have each engine of a database, each pipeline, and each set of secrets, with and without a cache.
VARIANTS: dict[str, dict[str, Any]] = {
    "everything": {"database": "postgres", "cache": "redis", "auth": "jwt", "ci": "github"},
    "documents and a provider": {"database": "mongodb", "cache": "none", "auth": "oidc", "ci": "gitlab"},
    "a cache in front of memory": {"database": "memory", "cache": "redis", "auth": "none", "ci": "jenkins"},
    "servers without accounts": {"database": "postgres", "cache": "redis", "auth": "none", "ci": "jenkins"},
    "nothing": {"database": "memory", "cache": "none", "auth": "none", "ci": "none", "resources": []},
    "a long name": {"project_name": "yes-" + "-".join(["x9"] * 14) + "-null", "auth": "oidc", "ci": "github"},
}

each_cloud = pytest.mark.parametrize("cloud", CLOUDS)
each_platform = pytest.mark.parametrize("platform", PLATFORMS)
each_variant = pytest.mark.parametrize("variant", VARIANTS)


def project(rendered: Render, cloud: str, platform: str, variant: str) -> Path:
    return rendered(cloud=cloud, deploy=PLATFORMS[platform], **VARIANTS[variant])


def texts(folder: Path, pattern: str = "*.tf") -> dict[str, str]:
    """The files of a folder by their paths in it."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob(pattern))
    }


@pytest.mark.proof
@each_cloud
@each_platform
@each_variant
def test_terraform_accepts_the_files(
    variant: str, platform: str, cloud: str, rendered: Render, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(real.mirror()))
    root = project(rendered, cloud, platform, variant)
    with Processes() as processes:
        harness = Harness(Project(root, {}, ()), Go(Path("go"), (1, 26)), processes)
        for check in (terraform.formatted, terraform.valid, terraform.tested):
            check.run(harness)


@each_cloud
@each_platform
@each_variant
def test_each_environment_sets_every_variable_that_has_no_default(
    variant: str, platform: str, cloud: str, rendered: Render
) -> None:
    folder = project(rendered, cloud, platform, variant) / FOLDER
    blocks = re.findall(r'^variable "(\w+)" \{\n(.*?)^\}', (folder / "variables.tf").read_text(), re.M | re.S)
    known = {name for name, _ in blocks}
    required = {name for name, block in blocks if not re.search(r"^  default ", block, re.M)}
    files = [*(folder / "environments").glob("*.tfvars"), folder / "tests" / "terraform.tfvars"]
    assert len(files) == 4
    for path in files:
        given = set(re.findall(r"^(\w+) *=", path.read_text(encoding="utf-8"), re.M))
        assert given <= known, path
        assert required <= given, path


@each_cloud
@each_platform
@each_variant
def test_no_secret_can_be_in_the_state(variant: str, platform: str, cloud: str, rendered: Render) -> None:
    folder = project(rendered, cloud, platform, variant) / FOLDER
    stored = r'^resource "(random_password|tls_)\w+"|^\s*\w*(password|auth_token|secret_string|secret_data|secret_value)\s*='
    found = {path: re.findall(stored, text, re.M) for path, text in texts(folder).items()}
    assert {path for path, matches in found.items() if matches} == set()


@each_cloud
@each_platform
def test_the_clouds_have_the_same_interface(cloud: str, platform: str, rendered: Render) -> None:
    """What the team writes for one cloud, it can write for another one."""

    def names(other: str, pattern: str, file: str) -> set[str]:
        folder = project(rendered, other, platform, "everything") / FOLDER
        return set(re.findall(pattern, (folder / file).read_text(encoding="utf-8"), re.M))

    for pattern, file in ((r'^variable "(\w+)"', "variables.tf"), (r'^output "(\w+)"', "outputs.tf")):
        assert names(cloud, pattern, file) == names(CLOUDS[0], pattern, file)


def test_the_clouds_have_the_same_facts_for_terraform() -> None:
    facts = {
        cloud: yaml.safe_load(
            (ROOT / "choices" / "cloud" / cloud / "terraform.yml").read_text(encoding="utf-8")
        )
        for cloud in CLOUDS
    }
    for found in facts.values():
        assert found.keys() == facts[CLOUDS[0]].keys()
        for row in found["costs"]:
            assert row["for"] in {"all", "kubernetes", "serverless", "postgres", "mongodb", "cache"}
            assert row["production"] >= row["staging"] >= row["dev"] >= 0


@each_cloud
@each_platform
@each_variant
def test_names_of_resources_are_short(variant: str, platform: str, cloud: str, rendered: Render) -> None:
    text = (project(rendered, cloud, platform, variant) / FOLDER / "locals.tf").read_text(encoding="utf-8")
    start = re.search(r'^  name = "([a-z0-9-]+)-\$\{var.environment\}"$', text, re.M)
    assert start is not None
    assert len(f"{start[1]}-production") <= 32
    assert "--" not in start[1]


@pytest.mark.parametrize(
    ("database", "cache", "expected"),
    [
        ("postgres", "redis", {"externalsecret.yaml", "externalsecret-migration.yaml"}),
        ("postgres", "none", {"externalsecret.yaml", "externalsecret-migration.yaml"}),
        ("mongodb", "redis", {"externalsecret.yaml"}),
        ("mongodb", "none", set()),
    ],
)
def test_the_service_finds_the_authorities_of_its_servers(
    database: str, cache: str, expected: set[str], rendered: Render
) -> None:
    """The servers of Google Cloud have authorities of their own, which Terraform puts beside the secrets."""
    root = rendered(cloud="gcp", deploy="kubernetes", database=database, cache=cache, auth="jwt", ci="none")
    main = (root / FOLDER / "main.tf").read_text(encoding="utf-8")
    manifests = texts(root / "deployments" / "kubernetes", "*.yaml")
    given = {
        path for text in manifests.values() for path in re.findall(r"SSL_CERT_FILE\n +value: (.+)", text)
    }
    # The URL of PostgreSQL names the file, and the one of the cache can't.
    assert given >= set(re.findall(r'certificates_file = "(.+)"', main))
    assert len(given) == min(len(expected), 1)
    assert {Path(path).name for path, text in manifests.items() if "-certificates\n" in text} == expected
