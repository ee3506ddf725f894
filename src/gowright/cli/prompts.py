"""Questions in the terminal, for what no wish answers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from gowright.errors import BadAnswer
from gowright.model.answers import read_resources
from gowright.model.resources import grammar
from gowright.model.template import Template
from gowright.system import engine

#: What a prompt says of an answer has one line of the terminal; most have 80 columns.
_LINE = 78


def ask_in_terminal(
    template: Template, given: Mapping[str, Any], suggested: Mapping[str, Any]
) -> dict[str, Any]:
    """Ask for what the given answers leave open: an `Ask`.

    Raises:
        KeyboardInterrupt: when the user breaks off.
    """
    asked = template.ask({"resources": [], **given}, suggested)
    if "resources" not in given and asked.pop("resources", None) is not None:
        lines = engine.ask_lines(_RESOURCES, _problem)
        if lines:  # without any, the template's own sample
            asked["resources"] = [resource.answer() for resource in read_resources(lines)]
    return asked


_RESOURCES = f"""Which resources does it serve? One per line, such as
  {grammar.EXAMPLE}
  An empty line ends the list; at once, it makes a sample resource.
 """


def _problem(lines: Sequence[str]) -> str:
    """What is wrong with resources as they were typed, in one line; empty when nothing is."""
    try:
        read_resources(list(lines))
    except BadAnswer as error:
        # The resource is what stands there.
        what = re.sub(r"^resource \w+[,:] ", "", error.what)
        said = f"{what}: {error.fix}"
        return said if len(said) <= _LINE else error.fix
    return ""
