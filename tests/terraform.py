"""Terraform with the schemas of the real providers, but without the providers and without a registry."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import USER_ENVIRONMENT
from tests.helpers import ROOT

#: Where the program is that serves the schemas; see docs/matrix.md.
VARIABLE = "GOWRIGHT_TERRAFORM_SCHEMAS"


def schemas() -> Path | None:
    """The folder of the program that serves the schemas: beside the checkout, unless the variable names it."""
    if given := USER_ENVIRONMENT.get(VARIABLE):
        return Path(given)
    beside = (folder / "shared" / "tools" / "terraform-schemas" for folder in ROOT.parents)
    return next((folder for folder in beside if folder.exists()), None)


def mirror() -> Path:
    """A configuration file for Terraform that makes it read the schemas. The program is built if it isn't yet.

    Skips the test if the program or Terraform isn't there.
    """
    folder = schemas()
    if folder is None:
        pytest.skip(f"no schemas of Terraform providers: {VARIABLE} is not set")
    if not shutil.which("terraform") and not shutil.which("tofu"):
        pytest.skip("neither terraform nor tofu is on PATH")
    home = Path(USER_ENVIRONMENT.get("XDG_CACHE_HOME") or Path(USER_ENVIRONMENT["HOME"], ".cache"))
    target = Path(USER_ENVIRONMENT.get("TERRAFORM_MIRROR") or home / "terraform-schemas")
    config = target / "cli.tfrc"
    if not config.exists():
        environment = {**os.environ, **USER_ENVIRONMENT}
        subprocess.run([folder / "install", target], env=environment, check=True, capture_output=True)
    return config
