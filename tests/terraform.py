"""Terraform with the schemas of the real providers, but without the providers and without a registry."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.conftest import USER_ENVIRONMENT
from tests.helpers import ROOT

#: Where the program is that serves the schemas; see docs/matrix.md.
VARIABLE = "GOWRIGHT_TERRAFORM_SCHEMAS"
#: The schemas of providers that the program doesn't have, in its format.
MORE = ROOT / "tests" / "terraform_schemas"


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
    return _with_more(target)


def _with_more(target: Path) -> Path:
    """A configuration file for a mirror that has the schemas in `MORE`, too. The mirror itself stays as it is."""
    platform = next(target.glob("registry.terraform.io/*/*/*/*")).name
    more = target.with_name(f"{target.name}-gowright")
    for schema in MORE.glob("*.json.gz"):
        facts = json.loads(gzip.decompress(schema.read_bytes()))
        for host in ("registry.terraform.io", "registry.opentofu.org"):
            folder = more / host / facts["source"] / facts["version"] / platform
            program = folder / f"terraform-provider-{facts['name']}_v{facts['version']}"
            folder.mkdir(parents=True, exist_ok=True)
            _replace(program, target / "fromschema")
            _replace(folder / "provider.json.gz", schema)
    config = more / "cli.tfrc"
    places = "".join(
        f"  filesystem_mirror {{\n    path = {json.dumps(str(each))}\n  }}\n" for each in (target, more)
    )
    _write(config, f"disable_checkpoint = true\nprovider_installation {{\n{places}}}\n".encode())
    return config


def _replace(path: Path, source: Path) -> None:
    """Copy a file, unless it is there already. Other tests can be using it."""
    if not path.exists() or path.stat().st_size != source.stat().st_size:
        _write(path, source.read_bytes())
        path.chmod(source.stat().st_mode)


def _write(path: Path, content: bytes) -> None:
    """Write a file in one step."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    os.replace(file.name, path)
