"""Questions in the terminal, for everything that no flag, file, or preset answers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from gowright.errors import BadAnswer
from gowright.model.answers import read_resources
from gowright.model.resources import grammar
from gowright.model.resources.reserved import ReservedNames
from gowright.model.template import Template
from gowright.system import engine

#: The maximum length of an error below a prompt, so that it fits on one line of 80 columns.
_MAX_COLUMNS = 78


def ask_in_terminal(
    template: Template, given: Mapping[str, Any], suggested: Mapping[str, Any]
) -> dict[str, Any]:
    """Ask for the answers that are missing; implements `Ask`.

    Raises:
        KeyboardInterrupt: if the user cancels.
    """
    answers = template.ask({"resources": [], **given}, suggested)
    if "resources" not in given and answers.pop("resources", None) is not None:
        reserved = template.reserved_names()
        lines = engine.ask_lines(_RESOURCES, lambda lines: _problem(lines, reserved))
        if lines:  # without resources, the sample of the template is used
            answers["resources"] = [resource.answer() for resource in read_resources(lines, reserved)]
    return answers


_RESOURCES = f"""Resources, one per line, for example:
  {grammar.EXAMPLE}
  An empty line ends the list. If the list is empty, a sample resource is used.
 """


def _problem(lines: Sequence[str], reserved: ReservedNames) -> str:
    """Return an error in the resources, in one line, or an empty string."""
    try:
        read_resources(list(lines), reserved)
    except BadAnswer as error:
        # The resource name is already on the screen.
        what = re.sub(r"^resource \w+[,:] ", "", error.what)
        message = f"{what}: {error.fix}"
        return message if len(message) <= _MAX_COLUMNS else error.fix
    return ""
