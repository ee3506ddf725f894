"""The wheel works in an empty environment."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from gowright import __version__
from gowright.model.template import Template
from tests.helpers import ROOT, contents

pytestmark = pytest.mark.slow


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, installed from the wheel into an empty environment."""
    folder = tmp_path_factory.mktemp("venv")
    run(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    run(folder / "venv" / "bin" / "python", "-m", "pip", "install", "--quiet", wheel, cwd=folder)
    return folder / "venv" / "bin" / "gowright"


def test_the_wheel_contains_only_package_and_template(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    template = {
        name.removeprefix("gowright/_template/") for name in names if name.startswith("gowright/_template/")
    }
    ours = {
        path.relative_to(ROOT).as_posix()
        for part in ("template", "choices", "macros", "types")
        for path in (ROOT / part).rglob("*")
    }
    files = {name for name in ours if (ROOT / name).is_file()}
    assert template == files | {"copier.yml", "presets.yml", "matrix.yml", "names.yml", "versions.yml"}
    assert "gowright/verify/__init__.py" in names
    assert not [name for name in names if "__pycache__" in name or not name.startswith("gowright/")]


def test_the_installed_program_makes_the_same_project(installed: Path, tmp_path: Path) -> None:
    assert run(installed, "--version", cwd=tmp_path) == f"gowright {__version__}\n"
    flags = ["--preset", "full", "--no-input", "--no-git", "--output", "json"]
    answers = json.loads(run(installed, "new", "shop", *flags, cwd=tmp_path))["answers"]
    Template.head().render(answers, tmp_path / "ours")
    assert contents(tmp_path / "shop") == contents(tmp_path / "ours")


def test_the_installed_program_reports_missing_packages(installed: Path, tmp_path: Path) -> None:
    run(installed, "new", "shop", "--no-input", "--no-git", cwd=tmp_path)
    done = subprocess.run(
        [installed, "verify", "shop", "--output", "json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["code"]) == (3, "tool-missing"), error
    assert "gowright[verify]" in error["fix"]
