"""The text format of /metrics."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_SAMPLE = re.compile(r"^(?P<name>[a-zA-Z_:][\w:]*)(?:\{(?P<labels>.*)\})? (?P<value>\S+)")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class Sample:
    """The value of one series."""

    name: str
    labels: dict[str, str]
    value: float


def samples(text: str) -> Iterator[Sample]:
    """The samples in the response of /metrics."""
    for line in text.splitlines():
        if found := _SAMPLE.match(line):
            yield Sample(found["name"], dict(_LABEL.findall(found["labels"] or "")), float(found["value"]))
