"""The project name, the Go module path, and the description of a project."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType

from gowright.errors import BadAnswer, escape

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_MAX_NAME = 50

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_ELEMENT = re.compile(r"[A-Za-z0-9_~-]+(\.[A-Za-z0-9_~-]+)*")
_MAX_PATH = 200
#: Device names that Windows reserves; Go refuses them in module paths.
_DEVICES = re.compile(r"(con|prn|aux|nul|com[1-9]|lpt[1-9])(\..*)?", re.I)

#: The rule for project names, for error messages.
NAME_RULE = (
    "a name has lowercase letters, digits, and single dashes, starts with a letter, and has at most "
    f"{_MAX_NAME} characters"
)

#: Line ends, control characters, direction marks, and noncharacters.
_UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
_MAX_DESCRIPTION = 200


def suggest_project_name(folder: str) -> str:
    """Derive a project name from a folder name; empty if that isn't possible."""
    letters = unicodedata.normalize("NFKD", folder.lower()).encode("ascii", "ignore").decode()
    name = "-".join(re.findall(r"[a-z0-9]+", letters)).lstrip("0123456789-")
    return name if _NAME.fullmatch(name) and len(name) <= _MAX_NAME else ""


def check_project_name(name: str, label: str) -> None:
    """Check a project name.

    Raises:
        BadAnswer: if it's invalid.
    """
    if not _NAME.fullmatch(name) or len(name) > _MAX_NAME:
        suggestion = suggest_project_name(name)
        raise BadAnswer(
            "bad-project-name",
            f"{label}: {escape(name) or 'an empty value'} is not a project name",
            why=NAME_RULE,
            fix=f"write {suggestion}" if suggestion else "for example, write shop-api",
        )


def default_module_path(name: str) -> str:
    """The default module path of a project; copier.yml has the same rule."""
    path = f"example.com/{name}"
    return f"{path}-service" if _invalid_path(path) else path


def check_module_path(path: str, label: str) -> None:
    """Check a Go module path.

    Raises:
        BadAnswer: if Go doesn't accept it.
    """
    if why := _invalid_path(path):
        known = re.match(r"(?:https?://|ssh://git@|git@)([^/:]+)[:/](.+?)(?:\.git)?/?\Z", path)
        meant = f"{known[1]}/{known[2]}" if known else ""
        raise BadAnswer(
            "bad-module-path",
            f"{label}: {escape(path) or 'an empty value'} is not a module path",
            why=why,
            fix=f"write {meant}"
            if meant and not _invalid_path(meant)
            else "for example, write github.com/acme/shop-api",
        )


def _invalid_path(path: str) -> str:
    """Return why Go doesn't accept a module path, or an empty string."""
    host, *elements = path.split("/")
    why = ""
    if not _HOST.fullmatch(host) or "." not in host or ".." in host:
        why = "a module path starts with a lowercase host name, such as github.com or example.com"
    elif not elements:
        why = "a module path has elements after the host name"
    elif len(path) > _MAX_PATH:
        why = f"a module path has at most {_MAX_PATH} characters"
    elif wrong := [element for element in elements if not _ELEMENT.fullmatch(element)]:
        why = f"{escape(wrong[0], 30) or 'an empty string'} is not a valid path element"
    elif wrong := [element for element in elements if _DEVICES.fullmatch(element)]:
        why = f"{wrong[0]} is a reserved name on Windows"
    elif wrong := [e for e in elements if re.search(r"~[0-9]+(\.|\Z)", e) or e == "vendor"]:
        why = f"Go doesn't accept {escape(wrong[0], 30)} in a module path"
    elif re.fullmatch(r"v(?!([2-9]|[1-9][0-9]+)\Z)[0-9.]+", elements[-1]):
        why = f"Go reads {elements[-1]} at the end as a version, and versions in paths start at v2"
    elif host == "gopkg.in":
        why = "Go has special rules for gopkg.in"
    return why


def check_description(text: str, label: str) -> None:
    """Check that a description is one line.

    Raises:
        BadAnswer: if it isn't.
    """
    valid = text == text.strip() and 1 <= len(text) <= _MAX_DESCRIPTION
    if not valid or _UNPRINTABLE.search(text):
        raise BadAnswer(
            "bad-description",
            f"{label}: {escape(text, 30) or 'an empty value'} is not a description",
            why=f"a description is one line of 1 to {_MAX_DESCRIPTION} printable characters, without "
            "leading or trailing spaces",
            fix='for example, write "Stores the orders of a shop."',
        )


#: The check of each text question.
CHECKS: Mapping[str, Callable[[str, str], None]] = MappingProxyType(
    {
        "project_name": check_project_name,
        "module_path": check_module_path,
        "description": check_description,
    }
)
