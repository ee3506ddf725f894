"""The infrastructure as code."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from gowright.verify.check import Reads, check
from gowright.verify.checks.conditions import cloud
from gowright.verify.checks.source.go_tools import repeat_command
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.infrastructure import FOLDER, ROOTS, Infrastructure, unwrapped
from gowright.verify.harness.tools import find_tool
from gowright.verify.outcomes import Failed, Skipped, fail_on

#: The tests that are repeated with the values of each environment, where `make terraform-check` puts them, too.
_ENVIRONMENT_TESTS = Path("tests", "environment.tftest.hcl")
_REPEATED = Path(".terraform", "tests")
#: Settings that shorten the report of checkov.
_BRIEF = ("compact: true", "quiet: true")
#: What checkov says about a skipped check without a reason.
_NO_REASON = "No comment provided"


@check(
    "terraform-format",
    "the Terraform files are formatted",
    when=cloud,
    reads=Reads.DEPLOYMENT,
    optional=True,
)
def formatted(harness: Harness) -> str:
    """`terraform fmt` changes nothing, not in files with values of variables, either."""
    infrastructure, program = Infrastructure(harness), find_tool("terraform", "tofu")
    done = infrastructure.run(program, "fmt", "-check", "-recursive", "-no-color")
    if done.exit_code != 0:
        raise Failed(
            f"not formatted:\n{done.output.strip()}",
            repeat_command(harness, program.name, "fmt", "-recursive", FOLDER.as_posix()),
        )
    return ""


@check(
    "terraform-validate",
    "the Terraform files are valid",
    when=cloud,
    reads=Reads.DEPLOYMENT,
    optional=True,
)
def valid(harness: Harness) -> str:
    """`terraform validate` accepts each configuration, with the schemas of its providers."""
    infrastructure = Infrastructure(harness)
    for root in ROOTS:
        infrastructure.initialize(root)
        infrastructure.terraform("validate", folder=root)
    return ""


@check(
    "terraform-test",
    "the tests of the Terraform files pass, with the values of each environment, too",
    when=cloud,
    reads=Reads.DEPLOYMENT,
    optional=True,
)
def tested(harness: Harness) -> str:
    """`terraform test` passes, and the tests of the environment pass with the values of each one."""
    infrastructure = Infrastructure(harness)
    infrastructure.initialize(Path())
    infrastructure.terraform("test")
    repeated = infrastructure.copy / _REPEATED
    repeated.mkdir(parents=True, exist_ok=True)
    shutil.copy(infrastructure.copy / _ENVIRONMENT_TESTS, repeated)
    for values in infrastructure.environments:
        shutil.copy(values, repeated / "terraform.tfvars")
        try:
            infrastructure.terraform("test", f"-test-directory={_REPEATED.as_posix()}")
        except Failed as failed:
            raise Failed(f"{values.name}: {failed.detail}") from None
    return f"{len(infrastructure.environments)} environments"


@check("terraform-lint", "tflint finds nothing", when=cloud, reads=Reads.DEPLOYMENT, optional=True)
def linted(harness: Harness) -> str:
    """The linter finds nothing, with the rules for the cloud."""
    infrastructure, program = Infrastructure(harness), find_tool("tflint")
    ready = infrastructure.run(program, "--init")
    if ready.exit_code != 0:
        raise Skipped(f"tflint cannot get its plugins: {unwrapped(ready.output)[-300:]}")
    config = infrastructure.copy / ".tflint.hcl"
    done = infrastructure.run(program, "--recursive", f"--config={config}", "--no-color")
    if done.exit_code != 0:
        raise Failed(done.output.strip()[-4000:])
    return ""


@check(
    "terraform-policy",
    "checkov finds nothing, and each skipped check has a reason",
    when=cloud,
    reads=Reads.DEPLOYMENT,
    optional=True,
)
def secure(harness: Harness) -> str:
    """The production environment follows the policies of checkov, except where a comment says why not."""
    infrastructure, program = Infrastructure(harness), find_tool("checkov")
    config = infrastructure.copy / ".checkov.yaml"
    # The report must contain what a person doesn't want to read.
    shown = [line for line in config.read_text(encoding="utf-8").splitlines() if line not in _BRIEF]
    config.write_text("\n".join(shown) + "\n", encoding="utf-8")
    done = infrastructure.run(program, "--config-file", config.name, "--output", "json")
    report = _report(done.output)
    failed = [f"{_place(each)}: {each['check_id']}: {each['check_name']}" for each in report["failed_checks"]]
    fail_on(failed)
    skipped = report["skipped_checks"]
    if bare := [
        _place(each)
        for each in skipped
        if each["check_result"].get("suppress_comment") in (None, "", _NO_REASON)
    ]:
        raise Failed("skipped without a reason:\n" + "\n".join(bare))
    return f"{len(report['passed_checks'])} passed, {len(skipped)} skipped with a reason"


def _report(output: str) -> dict[str, Any]:
    """The results in the output of checkov.

    Raises:
        Failed: if there are none, or if a check crashed.
    """
    start = output.find("{")
    if start < 0 or "[ERROR]" in output[:start]:
        raise Failed(f"checkov:\n{output.strip()[-4000:]}")
    report: dict[str, Any] = json.JSONDecoder().raw_decode(output[start:])[0]
    results: dict[str, Any] = report["results"]
    if not results["passed_checks"]:
        raise Failed("checkov checked nothing")
    return results


def _place(finding: dict[str, Any]) -> str:
    """Where a finding is."""
    line = finding["file_line_range"][0]
    return f"{FOLDER.as_posix()}{finding['file_path']}:{line}: {finding['resource']}"
