"""Contributions as signed bars from zero, with what the cut-off hides as bars of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go
from matplotlib.figure import Figure

from carbonlab.errors import RefusedError
from carbonlab.messages import message, shown_name
from carbonlab.plots.theme import (
    NEUTRAL,
    emission_color,
    label_with_unit,
    markup,
    new_print,
    styled,
    wrapped,
)
from carbonlab.report.figures import format_number
from carbonlab.results.breakdown import Breakdown
from carbonlab.results.schema import IMPACT_UNIT

PERCENT = "%"
ROW_HEIGHT = 38
"""Of the interactive picture [px]."""


@dataclass(frozen=True)
class Bars:
    """What the picture shows.

    Attributes
    ----------
    title : str
        Product with its functional unit, footprint, and what it is taken apart by.
    axis : str
        What the values are, with their unit.
    names : tuple of str
        From top to bottom; the rests last.
    values : tuple of float
        In the unit of the axis.
    rests : tuple of bool
        Whether a bar stands for hidden parts.
    """

    title: str
    axis: str
    names: tuple[str, ...]
    values: tuple[float, ...]
    rests: tuple[bool, ...]


def bars_of(found: Breakdown, *, product: str, relative: bool = False) -> Bars:
    """Return the bars of a breakdown.

    Parameters
    ----------
    found : Breakdown
        After the cut-off.
    product : str
        Amount, unit and name of the product.
    relative : bool
        Whether values are shares of the footprint instead of kilograms; of a negative footprint, of its
        absolute value, so that an emission stays positive.

    Raises
    ------
    RefusedError
        For shares of a footprint of zero.
    """
    if relative and not found.total:
        raise RefusedError(
            "there is no share of a footprint of 0",
            where=product,
            why="its parts cancel",
            remedy="show the contributions in kilograms",
        )
    rows = [(shown_name(part.name) + (f" [{part.place}]" if part.place else ""), part.footprint, False)
            for part in found.parts]  # fmt: skip
    rests = (("rest_positive", found.rest_positive), ("rest_negative", found.rest_negative))
    rows += [(message(f"breakdown.{key}"), value, True) for key, value in rests if value]
    whole = abs(found.total) if relative else 1.0
    values = tuple(100 * value / whole if relative else value for _, value, _ in rows)
    axis = (
        label_with_unit(message("breakdown.share"), PERCENT)
        if relative
        else label_with_unit(message("breakdown.footprint"), IMPACT_UNIT)
    )
    title = message(
        "breakdown.title",
        product=product,
        total=format_number(found.total),
        unit=IMPACT_UNIT,
        by=message(f"by.{found.by}"),
    )
    return Bars(title, axis, tuple(name for name, _, _ in rows), values, tuple(rest for _, _, rest in rows))


def plain_bars(rows: Sequence[tuple[str, float]], *, title: str, unit: str) -> Bars:
    """Return signed bars of any named values in one unit."""
    names, values = tuple(name for name, _ in rows), tuple(value for _, value in rows)
    return Bars(title, f"[{unit}]", names, values, (False,) * len(rows))


def interactive(bars: Bars) -> go.Figure:
    """Return the bars for the screen."""
    figure = go.Figure(
        go.Bar(
            orientation="h",
            x=list(bars.values),
            y=list(range(len(bars.values))),
            marker={
                "color": [emission_color(value) for value in bars.values],
                "pattern": {"shape": ["/" if rest else "" for rest in bars.rests]},
            },
            text=[format_number(value) for value in bars.values],
            textposition="outside",
            cliponaxis=False,
            customdata=[markup(name) for name in bars.names],
            hovertemplate="%{customdata}<br>%{text}<extra></extra>",
        )
    )
    height = 130 + ROW_HEIGHT * max(len(bars.values), 2)
    styled(figure, title=markup(wrapped(bars.title, 90)).replace("\n", "<br>"), height=height)
    figure.update_xaxes(title_text=bars.axis, zeroline=True, zerolinecolor=NEUTRAL, range=room(bars.values))
    figure.update_yaxes(
        autorange="reversed",
        tickmode="array",
        tickvals=list(range(len(bars.names))),
        ticktext=[markup(wrapped(name)).replace("\n", "<br>") for name in bars.names],
    )
    return figure


def printed(bars: Bars) -> Figure:
    """Return the bars for print; draw it with `carbonlab.plots.theme.figure_bytes`."""
    count = max(len(bars.values), 1)
    figure, axes = new_print(7.0, 1.2 + 0.34 * count, texts=[bars.title, bars.axis, *bars.names])
    places = list(range(len(bars.values)))
    drawn = axes.barh(places, bars.values, color=[emission_color(v) for v in bars.values], height=0.68)
    for bar, rest in zip(drawn, bars.rests, strict=True):
        bar.set_hatch("///" if rest else "")
        bar.set_edgecolor("white" if rest else "none")
    for place, value in zip(places, bars.values, strict=True):
        axes.annotate(
            format_number(value),
            (value, place),
            xytext=(3 if value >= 0 else -3, 0),
            textcoords="offset points",
            ha="left" if value >= 0 else "right",
            va="center",
        )
    axes.set_yticks(places, [wrapped(name) for name in bars.names], parse_math=False)
    axes.invert_yaxis()
    axes.axvline(0, color=NEUTRAL, linewidth=0.8)
    axes.set_xlim(*room(bars.values))
    axes.set_xlabel(bars.axis)
    title = "\n".join(wrapped(line, 84) for line in bars.title.split("\n"))
    figure.suptitle(title, fontsize=10, x=0.01, ha="left", parse_math=False)
    return figure


def room(values: Sequence[float]) -> list[float]:
    """Return the ends of the axis: zero, all bars, and room for a number on each side that has bars."""
    low, high = min([0.0, *values]), max([0.0, *values])
    span = (high - low) or 1.0
    return [low - (0.22 * span if low < 0 else 0), high + (0.22 * span if high > 0 or low == high else 0)]
