"""Draw a dashboard from the results of its queries, in the arrangement that Grafana has."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from gowright.verify.harness.prometheus import Series

#: Pixels of a dashboard, of one of its 24 columns' 38 px high rows, and of the space between panels.
WIDTH, ROW, GAP, HEADER, FOOTER, DPI = 1500, 38, 6, 54, 30, 100
_COLUMNS = 24
_MAX_LEGEND = 8
_BACKGROUND, _PANEL, _BORDER, _TEXT, _DIM, _GRID = (
    "#111217", "#181b1f", "#25282e", "#d8d9da", "#8e9098", "#2a2d33",
)  # fmt: skip
#: The classic palette and the named colors of Grafana.
_PALETTE = (
    "#73bf69", "#f2cc0c", "#8ab8ff", "#ff780a", "#f2495c", "#5794f2", "#b877d9", "#96d98d", "#fade2a", "#ffa6b0",
    "#c0d8ff", "#fce2de",
)  # fmt: skip
_NAMED = {
    "green": "#73bf69", "yellow": "#f2cc0c", "orange": "#ff9830", "red": "#f2495c", "text": "#d8d9da",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Drawn:
    """A panel of a dashboard, and the series that its queries returned, each with its legend."""

    panel: Mapping[str, Any]
    series: Sequence[tuple[str, Series]]


def draw(title: str, note: str, rows: Sequence[Mapping[str, Any]], panels: Sequence[Drawn]) -> Figure:
    """Draw a dashboard.

    Args:
        title: its title.
        note: what the picture is, for the lower edge.
        rows: the headings of its rows.
        panels: its panels.
    """
    height = max(_bottom(each.panel) for each in panels) * ROW
    total = HEADER + height + FOOTER
    figure = Figure(figsize=(WIDTH / DPI, total / DPI), dpi=DPI, facecolor=_BACKGROUND)
    FigureCanvasAgg(figure)
    page = figure.add_axes((0, 0, 1, 1))
    page.set_xlim(0, WIDTH)
    page.set_ylim(total, 0)
    page.axis("off")
    page.text(GAP * 2, HEADER / 2, title, color=_TEXT, fontsize=15, fontweight="bold", va="center")
    page.text(GAP * 2, total - FOOTER / 2, note, color=_DIM, fontsize=9, va="center")
    for row in rows:
        page.text(
            GAP * 2, HEADER + (row["gridPos"]["y"] + 0.55) * ROW, f"▾  {row['title']}",
            color=_TEXT, fontsize=11, fontweight="bold", va="center",
        )  # fmt: skip
    for each in panels:
        _panel(figure, page, each, total)
    return figure


def _bottom(panel: Mapping[str, Any]) -> int:
    return int(panel["gridPos"]["y"] + panel["gridPos"]["h"])


def _panel(figure: Figure, page: Axes, drawn: Drawn, total: float) -> None:
    place = drawn.panel["gridPos"]
    column = WIDTH / _COLUMNS
    x, y = place["x"] * column + GAP, HEADER + place["y"] * ROW + GAP / 2
    width, height = place["w"] * column - 2 * GAP, place["h"] * ROW - GAP
    page.add_patch(
        FancyBboxPatch(
            (x, y), width, height, boxstyle="round,pad=0,rounding_size=4", facecolor=_PANEL, edgecolor=_BORDER
        )
    )
    page.text(x + 12, y + 18, drawn.panel["title"], color=_TEXT, fontsize=10, fontweight="bold", va="center")
    if drawn.panel["type"] == "stat":
        _stat(page, drawn, (x, y + 30, width, height - 36))
        return
    legends = _legends(drawn.series)
    lines = math.ceil(len(legends) / _per_line(legends, width))
    bottom = 18 + 17 * lines
    box = (x + 70, y + 34, width - 92, height - 34 - bottom - 18)
    axes = figure.add_axes((box[0] / WIDTH, 1 - (box[1] + box[3]) / total, box[2] / WIDTH, box[3] / total))
    _curves(axes, drawn)
    _legend(page, legends, (x + 14, y + height - 17 * lines - 4, width - 20))


def _curves(axes: Axes, drawn: Drawn) -> None:
    defaults = drawn.panel["fieldConfig"]["defaults"]
    axes.set_facecolor(_PANEL)
    stacked = defaults["custom"]["stacking"]["mode"] == "normal"
    begin = min((each.points[0][0] for _, each in drawn.series if each.points), default=0.0)
    base: dict[float, float] = {}
    for number, (_, series) in enumerate(drawn.series):
        points = [(time, value) for time, value in series.points if not math.isnan(value)]
        times = [(time - begin) / 60 for time, _ in points]
        lower = [base.get(time, 0.0) if stacked else 0.0 for time, _ in points]
        values = [value + low for (_, value), low in zip(points, lower, strict=True)]
        base.update((time, value) for (time, _), value in zip(points, values, strict=True))
        color = _PALETTE[number % len(_PALETTE)]
        axes.plot(times, values, color=color, linewidth=1.3)
        axes.fill_between(times, lower, values, color=color, alpha=0.3 if stacked else 0.08, linewidth=0)
    top = max((value for _, each in drawn.series for _, value in each.points if value == value), default=0.0)
    top = max(top, *base.values()) if base else top
    axes.set_ylim(defaults.get("min", None), defaults.get("max", top * 1.12 or 1))
    if defaults["custom"]["thresholdsStyle"]["mode"] != "off":
        for step in defaults["thresholds"]["steps"][1:]:
            if step["value"] <= axes.get_ylim()[1]:
                axes.axhline(
                    step["value"], color=_NAMED.get(step["color"], _DIM), linestyle="--", linewidth=1
                )
    unit = UNITS[defaults["unit"]]
    axes.yaxis.set_major_locator(FixedLocator(unit.ticks(axes.get_ylim()[1])))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: unit.text(value)))
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f} min"))
    axes.margins(x=0)
    axes.grid(color=_GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=_DIM, labelsize=8, length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _stat(page: Axes, drawn: Drawn, box: tuple[float, float, float, float]) -> None:
    defaults = drawn.panel["fieldConfig"]["defaults"]
    x, y, width, height = box
    across = width > height * 3
    size = (width if across else height) / max(len(drawn.series), 1)
    filled = drawn.panel["options"]["colorMode"] == "background"
    for number, (legend, series) in enumerate(drawn.series):
        value = series.points[-1][1]
        text = _mapped(value, defaults["mappings"]) or UNITS[defaults["unit"]].text(
            value, defaults.get("decimals")
        )
        color = _NAMED[_threshold(value, defaults["thresholds"]["steps"])]
        left, top = (x + number * size, y) if across else (x, y + number * size)
        cell_width, cell_height = (size, height) if across else (width, size)
        if filled:
            page.add_patch(
                FancyBboxPatch(
                    (left + 6, top + 2), cell_width - 12, cell_height - 4,
                    boxstyle="round,pad=0,rounding_size=4", facecolor=color, edgecolor="none", alpha=0.85,
                )
            )  # fmt: skip
        center, middle = left + cell_width / 2, top + cell_height / 2
        ink = "#111217" if filled else color
        page.text(
            center,
            middle + (8 if legend else 0),
            text,
            color=ink,
            fontsize=20,
            ha="center",
            va="center",
            fontweight="bold",
        )
        if legend:
            page.text(
                center,
                middle - 22,
                legend,
                color=ink if filled else _TEXT,
                fontsize=9,
                ha="center",
                va="center",
            )


def _mapped(value: float, mappings: Sequence[Mapping[str, Any]]) -> str:
    for mapping in mappings:
        if found := mapping["options"].get(f"{value:g}"):
            return str(found["text"])
    return ""


def _threshold(value: float, steps: Sequence[Mapping[str, Any]]) -> str:
    return str([step["color"] for step in steps if step["value"] is None or value >= step["value"]][-1])


def _legends(series: Sequence[tuple[str, Series]]) -> list[tuple[str, str]]:
    names = [(name, _PALETTE[number % len(_PALETTE)]) for number, (name, _) in enumerate(series)]
    more = len(names) - _MAX_LEGEND
    return [*names[:_MAX_LEGEND], (f"and {more} more", _PANEL)] if more > 0 else names


def _per_line(legends: Sequence[tuple[str, str]], width: float) -> int:
    longest = max((len(name) for name, _ in legends), default=1)
    return max(1, int((width - 20) // (longest * 6.2 + 34)))


def _legend(page: Axes, legends: Sequence[tuple[str, str]], box: tuple[float, float, float]) -> None:
    x, y, width = box
    columns = _per_line(legends, width + 20)
    cell = width / columns if len(legends) > 2 else 180
    for number, (name, color) in enumerate(legends):
        left, top = x + (number % columns) * cell, y + (number // columns) * 17
        page.plot([left, left + 14], [top, top], color=color, linewidth=2.5, solid_capstyle="round")
        page.text(left + 20, top, name, color=_DIM, fontsize=8.5, va="center")


@dataclass(frozen=True, slots=True)
class Unit:
    """How a unit of Grafana looks: sizes with their names, from the largest, and what follows the name."""

    sizes: tuple[tuple[float, str], ...]
    suffix: str = ""

    def text(self, value: float, decimals: int | None = None) -> str:
        """A value with its unit. Zero has the same one at every size."""
        if value == 0:
            return "0"
        size, name = self._size(value)
        number = value / size
        shown = f"{number:.3g}" if decimals is None else f"{number:.{decimals}f}"
        return f"{shown}{name}{self.suffix}"

    def ticks(self, top: float) -> list[float]:
        """Round values between zero and the upper end of an axis."""
        size, _ = self._size(top)
        return [tick * size for tick in MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]).tick_values(0, top / size)]

    def _size(self, value: float) -> tuple[float, str]:
        return next((each for each in self.sizes if abs(value) >= each[0]), self.sizes[-1])


_COUNT = ((1e9, " G"), (1e6, " M"), (1e4, " k"), (1, ""))
_BYTES = ((2**30, " GiB"), (2**20, " MiB"), (2**10, " KiB"), (1, " B"))
UNITS = {
    "short": Unit(_COUNT),
    "reqps": Unit(_COUNT, " req/s"),
    "ops": Unit(_COUNT, " ops/s"),
    "cps": Unit(_COUNT, " c/s"),
    "bytes": Unit(_BYTES),
    "Bps": Unit(_BYTES, "/s"),
    "percentunit": Unit(((0.01, "%"),)),
    "s": Unit(((86400, " d"), (3600, " h"), (60, " min"), (1, " s"), (1e-3, " ms"), (1e-6, " µs"))),
}
