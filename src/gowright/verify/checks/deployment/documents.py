"""The documents for people."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from gowright.verify.check import Reads, check
from gowright.verify.checks.conditions import pipelines
from gowright.verify.checks.source.go_tools import last_lines, repeat_command
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.makefile import SCRIPT, read_rules
from gowright.verify.harness.markdown import Document, read_documents
from gowright.verify.harness.tools import find_tool
from gowright.verify.outcomes import Failed, fail_on

#: Files for systems that people use, and the schemas that check-jsonschema has for them.
_RENOVATE = "renovate.json"
_SCHEMAS = {
    _RENOVATE: "vendor.renovate",
    ".github/ISSUE_TEMPLATE/[!c]*.yml": "vendor.github-issue-forms",
}

#: Where the systems read the owners of the code.
_OWNERS = (".github/CODEOWNERS", ".gitlab/CODEOWNERS", "CODEOWNERS")


@check("links", "the links in the documents lead to files and headings that exist", reads=Reads.DEPLOYMENT)
def links(harness: Harness) -> str:
    """Every link within the project leads somewhere. Links to other sites aren't followed."""
    documents = {document.path: document for document in read_documents(harness.project.root)}
    fail_on([
        f"{document.path}: {mistake}"
        for document in documents.values()
        for link in document.links
        for mistake in _mistakes_of_link(harness.project.root, document, link, documents)
    ])  # fmt: skip
    return f"{sum(len(document.links) for document in documents.values())} links"


@check("document-commands", "the commands in the documents exist", reads=Reads.DEPLOYMENT)
def document_commands(harness: Harness) -> str:
    """Every make target and every script that a document names exists, and code blocks are valid shell."""
    root = harness.project.root
    targets = read_rules((root / "Makefile").read_text(encoding="utf-8"))
    named = {
        (document.path, word)
        for document in read_documents(root)
        for text in (*document.code, *document.scripts)
        for word in _programs(text)
    }
    mistakes = [
        f"{path}: there is no {word}"
        for path, word in sorted(named)
        if not (
            word.removeprefix("make ") in targets if word.startswith("make ") else (root / word).is_file()
        )
    ]
    shell = find_tool("bash")
    for document in read_documents(root):
        for script in document.scripts:
            done = harness.command(shell, "-n", "-c", script)
            if done.exit_code != 0:
                mistakes.append(f"{document.path}: {last_lines(done.output)}")
    fail_on(mistakes)
    return f"{len(named)} commands"


@check(
    "community-files",
    "the configuration of Renovate and the forms for issues match their schemas",
    when=pipelines,
    reads=Reads.DEPLOYMENT,
)
def community_files(harness: Harness) -> str:
    """The files match the schemas of the systems that read them, and the patterns of Renovate match something."""
    tool = find_tool("check-jsonschema")
    for pattern, schema in _SCHEMAS.items():
        files = [str(file) for file in sorted(harness.project.root.glob(pattern))]
        if files:
            done = harness.command(tool, "--builtin-schema", schema, *files)
            if done.exit_code != 0:
                command = ("check-jsonschema", "--builtin-schema", schema, pattern)
                raise Failed(last_lines(done.output), repeat_command(harness, *command))
    fail_on(_mistakes_of_renovate(harness.project.root))
    return ""


@check("owners", "the paths in CODEOWNERS exist", when=pipelines, reads=Reads.DEPLOYMENT)
def owners(harness: Harness) -> str:
    """Every path exists, also in lines that are commented out."""
    root = harness.project.root
    found = [root / place for place in _OWNERS if (root / place).is_file()]
    if not found:
        raise Failed(f"none of {', '.join(_OWNERS)} exists")
    paths = re.findall(r"^#?/(\S+)", found[0].read_text(encoding="utf-8"), re.M)
    fail_on([f"there is no {path}" for path in paths if not any(root.glob(path.rstrip("/")))])
    return f"{len(paths)} paths"


def _mistakes_of_renovate(root: Path) -> Iterator[str]:
    """Patterns of files that match none, and of dependencies that find none."""
    path = root / _RENOVATE
    settings = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    # The schema allows other keys, which Renovate refuses.
    known = json.loads(_schema().read_text(encoding="utf-8"))["properties"].keys() | {"$schema"}
    yield from (f"{_RENOVATE}: unknown key {key}" for key in settings if key not in known)
    files = [each.relative_to(root).as_posix() for each in sorted(root.rglob("*")) if each.is_file()]
    managers = [each for each in settings.values() if isinstance(each, dict)]
    for manager in (*managers, *settings.get("customManagers", ())):
        patterns = manager.get("managerFilePatterns", ())
        found = [file for file in files if any(_matches(pattern, file) for pattern in patterns)]
        if patterns and not found:
            yield f"{_RENOVATE}: no file matches {' or '.join(patterns)}"
        text = "\n".join((root / file).read_text(encoding="utf-8") for file in found)
        for expression in manager.get("matchStrings", ()) if found else ():
            # JavaScript and Python spell the names of groups differently.
            if not re.search(re.sub(r"\(\?<(?=\w)", "(?P<", expression), text):
                yield f"{_RENOVATE}: {manager.get('description', expression)}: nothing matches {expression}"


def _schema() -> Traversable:
    """The schema of Renovate that check-jsonschema has."""
    return resources.files("check_jsonschema").joinpath("builtin_schemas", "vendor", "renovate.json")


def _matches(pattern: str, file: str) -> bool:
    """Report whether a pattern of Renovate matches a file: a regular expression in slashes, or a glob."""
    if pattern.startswith("/") and pattern.endswith("/"):
        return re.search(pattern[1:-1], file) is not None
    return fnmatch(file, pattern)


def _mistakes_of_link(
    root: Path, document: Document, link: str, documents: dict[Path, Document]
) -> Iterator[str]:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return
    target = document.path
    if parts.path:
        target = (
            Path(unquote(parts.path).lstrip("/"))
            if parts.path.startswith("/")
            else target.parent / unquote(parts.path)
        )
        file = (root / target).resolve()
        if not file.exists() or not file.is_relative_to(root):
            yield f"there is no {link}"
            return
        target = file.relative_to(root)
    if parts.fragment and target in documents and parts.fragment not in documents[target].anchors:
        yield f"{target} has no heading #{parts.fragment}"


def _programs(text: str) -> Iterator[str]:
    """Yield "make TARGET" and the paths of scripts in commands."""
    for line in text.splitlines():
        command = line.partition(" #")[0]
        yield from re.findall(SCRIPT, command)
        for arguments in re.findall(r"(?<![\w/.-])make((?: +[\w./=:@$-]+)+)", command):
            # The others are flags and variables.
            yield from (f"make {word}" for word in arguments.split() if re.fullmatch(r"[a-z][\w.-]*", word))
