"""The infrastructure as code."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from gowright.verify.check import Reads, check
from gowright.verify.checks.conditions import cloud
from gowright.verify.checks.source.go_tools import repeat_command
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.infrastructure import FOLDER, ROOTS, Infrastructure, unwrapped
from gowright.verify.harness.modules import Configuration, locked, requirements, swapped
from gowright.verify.harness.tools import find_tool
from gowright.verify.outcomes import Failed, Skipped, fail_on

#: The tests that are repeated with the values of each environment, where `make terraform-check` puts them, too.
_ENVIRONMENT_TESTS = Path("tests", "environment.tftest.hcl")
_REPEATED = Path(".terraform", "tests")
_LOCK_FILE = ".terraform.lock.hcl"
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
    "terraform-inputs",
    "each Terraform module gets the values that its inputs are for",
    when=cloud,
    reads=Reads.DEPLOYMENT,
)
def inputs(harness: Harness) -> str:
    """No two inputs of modules are swapped. Terraform accepts that if they have the same type."""
    configurations = [Configuration(harness.project.root / FOLDER / root) for root in ROOTS]
    fail_on(problem for each in configurations for problem in swapped(each.inputs, each.values))
    return ""


@check(
    "terraform-versions",
    "the versions of Terraform providers are limited, and the lock file belongs to the repository",
    when=cloud,
    reads=Reads.DEPLOYMENT,
)
def versions(harness: Harness) -> str:
    """No new major version of a provider is used by itself, and all environments use the same versions."""
    root = harness.project.root
    fail_on(_unlimited(root))
    ignored = root / ".gitignore"
    patterns = ignored.read_text(encoding="utf-8").splitlines() if ignored.is_file() else []
    if found := [each for each in patterns if fnmatchcase(_LOCK_FILE, each.rpartition("/")[2] or "/")]:
        raise Failed(
            f".gitignore: {found[0]} ignores {_LOCK_FILE}, so environments can get different versions"
        )
    locks = [
        root / FOLDER / each / _LOCK_FILE for each in ROOTS if (root / FOLDER / each / _LOCK_FILE).exists()
    ]
    return f"{len(locks)} lock files" if locks else "no lock file yet"


def _unlimited(root: Path) -> Iterator[str]:
    """The providers without a limit, or that a lock file misses."""
    bootstrap, main = (root / FOLDER / each for each in ROOTS)
    for folder in (bootstrap, main):
        # The configuration that creates the place for the state is in a folder of the other one.
        required = [
            each for each in requirements(folder) if folder == bootstrap or bootstrap not in each.path.parents
        ]
        limited = {each.source for each in required if each.bounded}
        lock_file = folder / _LOCK_FILE
        known = locked(lock_file) if lock_file.exists() else {each.source for each in required}
        for each in required:
            place = each.path.relative_to(root).as_posix()
            if not each.version:
                yield f"{place}: {each.source} has no version, so that the next major version can replace resources"
            elif each.source not in limited:
                yield f"{place}: {each.version} allows the next major version of {each.source}"
            if each.source not in known:
                yield f"{place}: {lock_file.relative_to(root).as_posix()} doesn't have {each.source}"


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
