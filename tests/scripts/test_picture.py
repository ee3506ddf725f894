"""The picture in the README shows the current checks."""

from __future__ import annotations

import re
from collections import defaultdict
from xml.etree import ElementTree as ET

from gowright.model.project import read_project
from gowright.verify.checks import CHECKS
from tests.conftest import Render
from tests.helpers import ROOT

ROW = re.compile(r"  (\w+) +[\d.]+ s  ([a-z-]+) +(.+)")


def lines() -> list[str]:
    """What the picture says: words in one colour are an element each."""
    found: dict[str, str] = defaultdict(str)
    for text in ET.parse(ROOT / "docs" / "verify.svg").iter("{http://www.w3.org/2000/svg}text"):
        found[text.get("y", "")] += (text.text or "").replace("\xa0", " ")
    return list(found.values())


def test_the_picture_shows_every_check_by_its_title(rendered: Render) -> None:
    rows = [match.groups() for line in lines() if (match := ROW.match(line))]
    optional = {check.name for check in CHECKS if check.optional}
    assert {outcome for outcome, name, _ in rows if name not in optional} == {"passed"}
    project = read_project(rendered())
    drawn = {name: title for _, name, title in rows}
    # The service of the demo has unique fields and filters, which the one here may not.
    wanted = [check for check in CHECKS if check.when(project) or check.name in drawn]
    stale = "run make picture"
    assert list(drawn) == [check.name for check in wanted], stale
    assert [check.name for check in wanted if not shows(drawn[check.name], check.title)] == [], stale


def shows(drawn: str, title: str) -> bool:
    """Report whether a row has a title. Long rows end in an ellipsis."""
    return drawn.startswith(title) or (drawn.endswith("…") and title.startswith(drawn[:-1]))
