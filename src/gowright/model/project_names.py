"""What a project is called: its name, its Go module path, its description."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType

from gowright.errors import BadAnswer, escape

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST_NAME = 50

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_ELEMENT = re.compile(r"[A-Za-z0-9_~-]+(\.[A-Za-z0-9_~-]+)*")
_LONGEST_PATH = 200
#: File names that Windows keeps for devices; Go refuses them in module paths.
_DEVICES = re.compile(r"(con|prn|aux|nul|com[1-9]|lpt[1-9])(\..*)?", re.I)

#: What a refusal of a project name says.
NAME_RULE = (
    "a name starts with a letter and holds lower-case letters, digits and single dashes, at most "
    f"{_LONGEST_NAME}"
)

#: What would end a line, hide text, or is no character: in YAML, Go source or a terminal.
_UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
_LONGEST_DESCRIPTION = 200


def suggest_project_name(folder: str) -> str:
    """The project name that a folder's name suggests; empty when it suggests none."""
    letters = unicodedata.normalize("NFKD", folder.lower()).encode("ascii", "ignore").decode()
    name = "-".join(re.findall(r"[a-z0-9]+", letters)).lstrip("0123456789-")
    return name if _NAME.fullmatch(name) and len(name) <= _LONGEST_NAME else ""


def check_project_name(name: str, label: str) -> None:
    """Refuse what is no project name.

    Raises:
        BadAnswer: saying what a name is like.
    """
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        suggestion = suggest_project_name(name)
        raise BadAnswer(
            "bad-project-name",
            f"{label}: {escape(name) or 'nothing'} is not a project name",
            why=NAME_RULE,
            fix=f"write {suggestion}" if suggestion else "write shop-api, for example",
        )


def default_module_path(name: str) -> str:
    """The module path of a project of which only the name is known; copier.yml has the same."""
    path = f"example.com/{name}"
    return f"{path}-service" if _unfit(path) else path


def check_module_path(path: str, label: str) -> None:
    """Refuse what Go would not take for a module path.

    Raises:
        BadAnswer: saying what is wrong with it.
    """
    if why := _unfit(path):
        known = re.match(r"(?:https?://|ssh://git@|git@)([^/:]+)[:/](.+?)(?:\.git)?/?\Z", path)
        meant = f"{known[1]}/{known[2]}" if known else ""
        raise BadAnswer(
            "bad-module-path",
            f"{label}: {escape(path) or 'nothing'} is not a module path",
            why=why,
            fix=f"write {meant}"
            if meant and not _unfit(meant)
            else "write github.com/acme/shop-api, for example",
        )


def _unfit(path: str) -> str:
    """Why Go would not take a module path; empty when it does."""
    host, *elements = path.split("/")
    why = ""
    if not _HOST.fullmatch(host) or "." not in host or ".." in host:
        why = "it starts with a host name in lower case, such as github.com or example.com"
    elif not elements:
        why = "something follows the host name"
    elif len(path) > _LONGEST_PATH:
        why = f"it has at most {_LONGEST_PATH} letters"
    elif wrong := [element for element in elements if not _ELEMENT.fullmatch(element)]:
        why = f"{escape(wrong[0], 30) or 'nothing'} may not stand between slashes"
    elif wrong := [element for element in elements if _DEVICES.fullmatch(element)]:
        why = f"Windows keeps the name {wrong[0]} for a device"
    elif wrong := [e for e in elements if re.search(r"~[0-9]+(\.|\Z)", e) or e == "vendor"]:
        why = f"Go refuses {escape(wrong[0], 30)} in a module path"
    elif re.fullmatch(r"v(?!([2-9]|[1-9][0-9]+)\Z)[0-9.]+", elements[-1]):
        why = f"Go keeps {elements[-1]} at the end for versions, which start at v2 there"
    elif host == "gopkg.in":
        why = "Go has rules of its own for gopkg.in"
    return why


def check_description(text: str, label: str) -> None:
    """Refuse a description that is not one line.

    Raises:
        BadAnswer: saying what one is like.
    """
    good = text == text.strip() and 1 <= len(text) <= _LONGEST_DESCRIPTION
    if not good or _UNPRINTABLE.search(text):
        raise BadAnswer(
            "bad-description",
            f"{label}: {escape(text, 30) or 'nothing'} is not a description",
            why=f"it is one line of 1 to {_LONGEST_DESCRIPTION} printable characters, without "
            "spaces at its ends",
            fix='write "Keeps the orders of our shop.", for example',
        )


#: The check of each question about the project's identity.
CHECKS: Mapping[str, Callable[[str, str], None]] = MappingProxyType(
    {
        "project_name": check_project_name,
        "module_path": check_module_path,
        "description": check_description,
    }
)
