"""Each check of the infrastructure passes for the rendered files, and fails for files with a fault."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gowright.model.project import Project
from gowright.verify.checks.deployment import terraform
from gowright.verify.children.go_toolchain import Go
from gowright.verify.children.processes import Processes
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.infrastructure import FOLDER
from gowright.verify.outcomes import Failed, Skipped
from tests import terraform as real
from tests.conftest import Render
from tests.helpers import build_tree

pytestmark = pytest.mark.proof

CHECKS = {
    each.name: each
    for each in (
        terraform.formatted,
        terraform.valid,
        terraform.tested,
        terraform.linted,
        terraform.secure,
    )
}

#: What breaks each check: a file, what is replaced in it, and what the finding says.
FAULTS = (
    ("terraform-format", "main.tf", "  name = local.name", "  name   = local.name", "main.tf"),
    ("terraform-format", "environments/dev.tfvars", 'region      = "', 'region = "', "environments/dev.tfvars"),
    ("terraform-validate", "modules/network/main.tf", "enable_dns_support ", "enable_dns_suport ", "Unsupported argument"),
    ("terraform-validate", "modules/cache/main.tf", "var.key_arn", "var.key", "undeclared input variable"),
    ("terraform-validate", "main.tf", "module.network.data_subnet_ids", "module.network.data_subnets", "Unsupported attribute"),
    ("terraform-validate", "main.tf", "  key_arn           = module.encryption.key_arn\n", "", "Missing required argument"),
    ("terraform-validate", "bootstrap/main.tf", "aws_kms_key.state.arn", "aws_kms_key.other.arn", "terraform/bootstrap"),
    ("terraform-test", "modules/service/load_balancer.tf", "!var.public_access", "var.public_access", "public address"),
    ("terraform-test", "modules/service/main.tf", "containerPort = 8080", "containerPort = 9090", "other than the public one"),
    ("terraform-test", "modules/service/migrate.tf", '["MIGRATION_DATABASE_URL"]', '["JWT_SECRET"]', "Migrations get other"),
    ("terraform-test", "modules/secrets/outputs.tf", "variable => secret.name", "secret.name => variable", "secrets are not"),
    ("terraform-test", "environments/production.tfvars", "high_availability   = true", "high_availability   = false", "production.tfvars"),
    ("terraform-test", "environments/staging.tfvars", "log_days            = 30", "log_days            = 31", "staging.tfvars"),
    ("terraform-lint", "modules/cache/variables.tf", 'variable "size"', 'variable "unused" {\n  type = string\n}\n\nvariable "size"', "unused"),
    ("terraform-policy", "modules/database/main.tf", "storage_encrypted     = true", "storage_encrypted     = false", "CKV_AWS_16"),
    ("terraform-policy", "modules/service/roles.tf", "[var.registry_arn]", '["*"]', "CKV_AWS_356"),
    ("terraform-policy", "modules/service/access_logs.tf", "CKV_AWS_21:Logs don't change.", "CKV_AWS_21", "without a reason"),
)  # fmt: skip


@pytest.fixture(scope="module")
def shop(rendered: Render) -> Path:
    """A project on AWS without Kubernetes."""
    return rendered(cloud="aws", deploy="none")


MakeHarness = Callable[[Path], Harness]


@pytest.fixture
def harness_of() -> Iterator[MakeHarness]:
    with Processes() as processes:
        yield lambda root: Harness(
            Project(root, {"project_name": "shop", "cloud": "aws", "deploy": "none"}, ()),
            Go(Path("go"), (1, 26)),
            processes,
        )


@pytest.fixture
def copied(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the Terraform files in a project of their own, without the rules of the linter that must be downloaded."""
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(real.mirror()))
    folder = Path(shutil.copytree(shop / FOLDER, tmp_path / "shop" / FOLDER))
    config = folder / ".tflint.hcl"
    before, _, after = config.read_text(encoding="utf-8").partition('plugin "aws" {')
    config.write_text(before + after.partition("\n}\n\n")[2], encoding="utf-8")
    return tmp_path / "shop"


def run(name: str, harness: Harness) -> str:
    """The details of a check. Skips the test if the check can't run here."""
    try:
        return CHECKS[name].run(harness)
    except Skipped as skipped:
        pytest.skip(str(skipped))


@pytest.mark.parametrize("name", CHECKS)
def test_the_rendered_files_pass(name: str, copied: Path, harness_of: MakeHarness) -> None:
    before = {path: path.read_bytes() for path in copied.rglob("*") if path.is_file()}
    run(name, harness_of(copied))
    assert {path: path.read_bytes() for path in copied.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(("name", "file", "old", "new", "told"), FAULTS)
def test_a_fault_is_found(
    name: str, file: str, old: str, new: str, told: str, copied: Path, harness_of: MakeHarness
) -> None:
    path = copied / FOLDER / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(Failed) as failed:
        run(name, harness_of(copied))
    assert told in failed.value.detail


@pytest.mark.parametrize("name", ["terraform-validate", "terraform-test"])
def test_without_providers_a_check_is_skipped(
    name: str, copied: Path, harness_of: MakeHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = build_tree(tmp_path / "mirror", {"x": ""})
    config = f'provider_installation {{\n  filesystem_mirror {{\n    path = "{empty}"\n  }}\n}}\n'
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(build_tree(tmp_path, {"cli.tfrc": config}) / "cli.tfrc"))
    with pytest.raises(Skipped, match="cannot get the providers"):
        CHECKS[name].run(harness_of(copied))


@pytest.mark.parametrize("name", CHECKS)
def test_without_the_tool_a_check_is_skipped(
    name: str, shop: Path, harness_of: MakeHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    with pytest.raises(Skipped, match="not on PATH"):
        CHECKS[name].run(harness_of(shop))
