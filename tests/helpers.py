"""Helpers for files, rendered trees, and processes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from gowright.model import answers
from gowright.model.resources.resource import Resource
from gowright.model.template import PARTS, Template

ROOT = Path(__file__).resolve().parent.parent

#: Hostile answers.
HOSTILE = [
    "", " ", "\n", "a\nb", "'", '"', "`id`", "$(id)", "..", "../x", "/etc", ".git", "con", "a b", "a;b", "*", "%s",
    "{{ 7*7 }}", "[[ 7*7 ]]", "[% raise %]", "func", "package", "yes", "no", "null", "~", "1.0", "0x1", "- a", "a: b",
    "#a", "&a", "*a", "!a", "|", ">", "@a", "x" * 10_000, "\u2028", "\u202e", "\ufeff", "é", "注文", "🛒", "\\", "*/", "-->",
    "</script>", '"; import "os', "\x1b[31m", "--", "-x",
]  # fmt: skip

#: Signals that stop a run. Only the first is in the fast tests.
SIGNALS = [signal.SIGTERM, *(pytest.param(n, marks=pytest.mark.slow) for n in (signal.SIGINT, signal.SIGHUP))]

TOY = {
    "copier.yml": """\
_min_copier_version: "9.19.0"
_subdirectory: template
_answers_file: .copier-answers.yml
_envops:
  block_start_string: "[%"
  block_end_string: "%]"
  variable_start_string: "[["
  variable_end_string: "]]"
  comment_start_string: "[#"
  comment_end_string: "#]"
  trim_blocks: true
  lstrip_blocks: true
  undefined: jinja2.StrictUndefined
---
project_name: {type: str, help: "Its name?"}
module_path: {type: str, default: "example.com/[[ project_name ]]"}
description: {type: str, default: A toy.}
---
color:
  type: str
  help: Which color is it?
  choices: {Red: red, Green: green}
  default: red
---
lid:
  type: str
  help: Has it a lid?
  choices: {with a lid: lid, none: none}
  default: lid
_exclude:
  - |
    [% if lid|default("lid") != "lid" %]
    /lid
    [% endif %]
---
resources:
  type: yaml
  default: "[{name: task, plural: tasks, fields: [{name: title, type: string}]}]"
""",
    "presets.yml": """\
bare: {help: Less of it, answers: {lid: none}}
usual: {help: The defaults}
""",
    "macros/names.jinja": "[% macro shout(name) %][[ name|upper ]][% endmacro %]\n",
    "template/[[ _copier_conf.answers_file ]].jinja": "# Recorded.\n[[ _copier_answers|to_nice_yaml -]]\n",
    "template/README.md.jinja": "[[ project_name ]] is [[ color ]]: [[ description ]]\n",
    "template/lid/lid.txt": "verbatim {{ x }}\n",
    "template/things/[% yield r from resources %][[ r.name ]][% endyield %].txt.jinja": """\
[% import "macros/names.jinja" as names %]
[[ names.shout(r.plural) ]]
""",
    "template/things/[% yield r from resources %][[ r.name ]][% endyield %]_more.txt.jinja": "[[ r.plural ]]\n",
    "template/run.sh": "#!/bin/sh\n",
}


def build_tree(root: Path, files: Mapping[str, str]) -> Path:
    """Write files, by relative path, and return where."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8", newline="\n")
    return root


def contents(root: Path) -> dict[str, tuple[bytes, bool]]:
    """The content and the executable bit of every file by relative path, without .git."""
    return {
        path.relative_to(root).as_posix(): (path.read_bytes(), bool(path.stat().st_mode & 0o100))
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.relative_to(root).parts[0] != ".git"
    }


def read_yaml(path: Path) -> Any:
    """Read a YAML file, with the C parser if available."""
    return yaml.load(path.read_bytes(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def snapshot(template: Template, into: Path) -> Template:
    """Copy a template, so that edits during the tests have no effect."""
    for part in PARTS:
        source = template.root / part
        if source.is_dir():
            shutil.copytree(source, into / part, symlinks=True)
        elif source.exists():
            into.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, into)
    return Template(into)


def read_resources(raw: Any) -> list[Resource]:
    """Check resources for the built-in template."""
    return answers.read_resources(raw, Template.head().reserved_names())


def gowright(
    *arguments: str, cwd: Path, env: Mapping[str, str] | None = None, timeout: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run the command line in a separate process."""
    return subprocess.run(
        [sys.executable, "-m", "gowright", *arguments],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")} | dict(env or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=timeout,
        check=False,
    )
