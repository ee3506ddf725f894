"""The parts of PromQL expressions that refer to metrics and labels."""

from __future__ import annotations

import re
from dataclasses import dataclass

import promql_parser

from gowright.verify.outcomes import Failed

_LABEL_VALUES = re.compile(r"label_values\((?P<selector>.+),\s*(?P<label>\w+)\)")
_OPERATORS = {"Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~"}
#: Suffixes of the series of a histogram.
_SUFFIXES = ("_bucket", "_count", "_sum")


@dataclass(frozen=True, slots=True)
class Matcher:
    """A condition for the value of a label; `operator` is =, !=, =~ or !~."""

    label: str
    operator: str
    value: str

    def accepts(self, value: str) -> bool:
        """Report whether a value meets the condition; a missing label has an empty value."""
        if self.operator in ("=", "!="):
            return (value == self.value) == (self.operator == "=")
        return (re.fullmatch(self.value, value) is not None) == (self.operator == "=~")


@dataclass(frozen=True, slots=True)
class Selector:
    """The name of a metric, and conditions for its labels."""

    metric: str
    matchers: tuple[Matcher, ...]

    @property
    def text(self) -> str:
        """The selector in PromQL."""
        conditions = (f"{each.label}{each.operator}{_quoted(each.value)}" for each in self.matchers)
        return f"{self.metric}{{{', '.join(conditions)}}}"

    @property
    def labels(self) -> frozenset[str]:
        """The labels that it names."""
        return frozenset(each.label for each in self.matchers)


@dataclass(frozen=True, slots=True)
class Expression:
    """What an expression refers to.

    Attributes:
        selectors: its selectors.
        grouping: the labels that it groups and matches by.
    """

    selectors: tuple[Selector, ...]
    grouping: frozenset[str]

    @property
    def labels(self) -> frozenset[str]:
        """All labels that it names."""
        return self.grouping.union(*(each.labels for each in self.selectors))


def parse(text: str, place: str) -> Expression:
    """Parse an expression.

    Args:
        text: the expression, without variables of Grafana.
        place: where it stands, for messages.

    Raises:
        Failed: if it's not valid.
    """
    selectors: list[Selector] = []
    grouping: set[str] = set()

    def visit(node: promql_parser.Expr) -> None:
        match node:
            case promql_parser.VectorSelector():
                selectors.append(_selector(node))
            case promql_parser.AggregateExpr(modifier=modifier) if modifier:
                grouping.update(modifier.labels)
            case promql_parser.BinaryExpr(modifier=modifier) if modifier:
                grouping.update(
                    modifier.matching.labels if modifier.matching else (), modifier.group_labels or ()
                )

    try:
        promql_parser.walk(promql_parser.parse(text), visit)
    except ValueError as error:
        raise Failed(f"{place}: the expression is not valid: {error}: {text}") from error
    return Expression(tuple(selectors), frozenset(grouping))


def label_values(query: str, place: str) -> tuple[Selector, str]:
    """The selector and the label of the query of a variable of Grafana.

    Raises:
        Failed: if the query has another form.
    """
    found = _LABEL_VALUES.fullmatch(query)
    if not found:
        raise Failed(f"{place}: {query} is not label_values(metric, label)")
    (selector,) = parse(found["selector"], place).selectors
    return selector, found["label"]


def base_name(metric: str) -> str:
    """The name of a histogram or a summary in /metrics, from the name of one of its series."""
    return next((metric.removesuffix(end) for end in _SUFFIXES if metric.endswith(end)), metric)


def _selector(node: promql_parser.VectorSelector) -> Selector:
    matchers = tuple(
        Matcher(each.name, _OPERATORS[str(each.op).rpartition(".")[2]], each.value)
        for each in node.matchers.matchers
    )
    return Selector(str(node.name), matchers)


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
