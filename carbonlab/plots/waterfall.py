"""The difference between two rule sets as a waterfall: every bar begins where the one before it ends.

Interactions can be shown, as bars of their own behind what each slot moves alone, or shared among the slots that
make them (Shapley values). Either way the bars between the two totals sum to the difference exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import plotly.graph_objects as go
import xarray as xr
from matplotlib.figure import Figure

from carbonlab.errors import ResultError
from carbonlab.messages import message, shown_name
from carbonlab.plots.theme import (
    NEUTRAL,
    emission_color,
    label_with_unit,
    markup,
    new_print,
    set_print_title,
    styled,
    wrapped,
)
from carbonlab.report.figures import format_number
from carbonlab.results.schema import CANCELLATION, IMPACT_UNIT

FROM_ZERO = 0.2
"""The axis begins at zero if the steps span at least this part of the larger total; else it is cut, and says so."""
NAMED_INTERACTIONS = 3
"""Interactions that have bars of their own; the others are one bar."""


class Kind(StrEnum):
    """What a bar is."""

    TOTAL = "total"
    RULE = "rule"
    INTERACTION = "interaction"


class Interaction(StrEnum):
    """What becomes of what slots move only together."""

    SHOWN = "shown"
    SHARED = "shared"


@dataclass(frozen=True)
class Step:
    """One bar.

    Attributes
    ----------
    label : str
        What moved, or whose total it is.
    begin, end : float
        Footprint before and after [unit of the waterfall]; a total begins at zero.
    kind : Kind
        What it is.
    """

    label: str
    begin: float
    end: float
    kind: Kind

    @property
    def change(self) -> float:
        """What it moves; of a total, the footprint itself."""
        return self.end - self.begin


@dataclass(frozen=True)
class Waterfall:
    """The numbers of a waterfall, from top to bottom.

    Attributes
    ----------
    title, unit, functional_unit : str
        What is shown, in which unit, for what.
    steps : tuple of Step
        Both totals, and what lies between them.
    """

    title: str
    unit: str
    functional_unit: str
    steps: tuple[Step, ...]

    @property
    def changes(self) -> tuple[Step, ...]:
        """The bars between the totals."""
        return self.steps[1:-1]

    @property
    def axis(self) -> tuple[float, float]:
        """Ends of the axis: from zero, or cut where steps would be too small to be seen."""
        ends = [step.end for step in self.steps]
        low, high = min(ends), max(ends)
        if low <= 0 <= high or high - low >= FROM_ZERO * max(abs(low), abs(high)) or high == low:
            room = 0.12 * (max(high, 0.0) - min(low, 0.0))
            return (min(low, 0.0) - (room if low < 0 else 0.0)), max(high, 0.0) + (room if high > 0 else 0.0)
        room = 0.25 * (high - low)
        return low - room, high + room

    @property
    def is_cut(self) -> bool:
        """Whether the axis does not reach zero."""
        low, high = self.axis
        return not low <= 0 <= high


def waterfall_of(
    attribution: xr.Dataset,
    product: str,
    *,
    functional_unit: str = "",
    interaction: Interaction | str = Interaction.SHOWN,
) -> Waterfall:
    """Return the numbers of a waterfall for one product of an attribution.

    Parameters
    ----------
    attribution : xarray.Dataset
        Of `carbonlab.compare.attribution.attribute`.
    product : str
        Key of the product.
    functional_unit : str
        What the numbers are for.
    interaction : Interaction or str
        Whether what slots move only together is shown by itself, or shared among them.

    Raises
    ------
    ResultError
        If one of the two sides has no number, or the bars do not sum to the difference.
    """
    one = attribution.sel(product=product)
    first, last = float(one["baseline_total"]), float(one["alternative_total"])
    if not (abs(first) < float("inf") and abs(last) < float("inf")):
        raise ResultError(
            "there is no difference to show: one of the two rule sets gives no number",
            where=str(one["product_name"].values),
            why=_first_reason(one),
            remedy="choose other rules for that side",
        )
    moved = _shared(one) if Interaction(interaction) is Interaction.SHARED else _shown(one)
    steps = [Step(_side("baseline", attribution), 0.0, first, Kind.TOTAL)]
    at = first
    for label, value, kind in moved:
        steps.append(Step(label, at, at + value, kind))
        at += value
    scale = max(abs(first), abs(last), sum(abs(value) for _, value, _ in moved))
    if abs(at - last) > CANCELLATION * scale:
        raise ResultError(
            f"the bars sum to {at - first:g} and the difference is {last - first:g} {IMPACT_UNIT}",
            why="a part of it would be shown for no rule",
            remedy="attribute the difference again",
        )
    steps.append(Step(_side("alternative", attribution), 0.0, last, Kind.TOTAL))
    title = message("waterfall.title", product=shown_name(str(one["product_name"].values)))
    return Waterfall(title, IMPACT_UNIT, functional_unit, tuple(steps))


def _shared(one: xr.Dataset) -> list[tuple[str, float, Kind]]:
    return [
        (player_name(str(player)), float(value), Kind.RULE)
        for player, value in zip(one["player"].values, one["shapley"].values, strict=True)
        if value
    ]


def _shown(one: xr.Dataset) -> list[tuple[str, float, Kind]]:
    alone = [
        (player_name(str(player)), float(value), Kind.RULE)
        for player, value in zip(one["player"].values, one["from_baseline"].values, strict=True)
        if value
    ]
    scale = max((abs(value) for _, value, _ in alone), default=0.0)
    groups = [
        (str(group), float(value))
        for group, value in zip(one["group"].values, one["interaction"].values, strict=True)
        if abs(value) > CANCELLATION * scale
    ]
    # what is below rounding still belongs to the sum: it is carried by the bar of the others
    rest = float(one["interaction"].sum()) - sum(value for _, value in groups)
    groups.sort(key=lambda pair: -abs(pair[1]))
    named, others = groups[:NAMED_INTERACTIONS], groups[NAMED_INTERACTIONS:]
    bars = [
        (message("waterfall.interaction", slots=group_name(group)), value, Kind.INTERACTION)
        for group, value in named
    ]
    rest += sum(value for _, value in others)
    if others:
        bars.append((message("waterfall.other_interactions", count=len(others)), rest, Kind.INTERACTION))
    return alone + bars


def player_name(player: str) -> str:
    """Return a player of an attribution in words: its slots."""
    return " + ".join(message(f"slot.{slot}") for slot in player.split(" + "))


def group_name(group: str) -> str:
    """Return players that move something together in words."""
    return " × ".join(player_name(player) for player in group.split(" × "))


def _side(side: str, attribution: xr.Dataset) -> str:
    return f"{message(f'widget.{side}')}: {attribution.attrs[side]}"


def _first_reason(one: xr.Dataset) -> str:
    return next((str(word) for word in one["reason"].values if word), "")


def interactive(record: Waterfall) -> go.Figure:
    """Return a waterfall with hover texts."""
    lines = [wrapped(step.label, 38, 3) for step in record.steps]
    labels = [markup(label).replace("\n", "<br>") for label in lines]
    tallest = max(label.count("\n") for label in lines)
    low = record.axis[0]
    begins = [
        low if step.kind is Kind.TOTAL and record.is_cut and low > 0 else step.begin for step in record.steps
    ]
    figure = go.Figure(
        go.Bar(
            orientation="h",
            y=list(range(len(labels))),
            base=begins,
            x=[step.end - begin for step, begin in zip(record.steps, begins, strict=True)],
            marker={
                "color": [_color(step) for step in record.steps],
                "pattern": {"shape": [_pattern(step) for step in record.steps]},
            },
            text=[_number(step) for step in record.steps],
            textposition="outside",
            cliponaxis=False,
            customdata=[[markup(step.label), _number(step)] for step in record.steps],
            hovertemplate=f"%{{customdata[0]}}<br>%{{customdata[1]}} {record.unit}<extra></extra>",
            showlegend=False,
        )
    )
    connectors = [
        {
            "type": "line",
            "x0": step.end,
            "x1": step.end,
            "y0": row + 0.4,
            "y1": row + 0.6,
            "line": {"width": 1, "color": NEUTRAL},
        }
        for row, step in enumerate(record.steps[:-1])
    ]
    figure.update_layout(shapes=connectors)
    title = f"{markup(record.title)}<br><sup>{markup(record.functional_unit)}</sup>"
    styled(figure, title=title, unit=record.unit, height=130 + (34 if tallest < 2 else 46) * len(labels))
    figure.update_yaxes(tickvals=list(range(len(labels))), ticktext=labels, autorange="reversed")
    figure.update_xaxes(
        range=_roomy(record), title_text=_axis_label(record), zeroline=True, zerolinecolor=NEUTRAL
    )
    return figure


def printed(record: Waterfall) -> Figure:
    """Return a waterfall for print."""
    labels = [wrapped(step.label, 38, 3) for step in record.steps]
    figure, axes = new_print(7.2, 1.1 + 0.36 * len(labels), texts=[record.title, *labels])
    low, high = record.axis
    for row, step in enumerate(record.steps):
        begin = low if step.kind is Kind.TOTAL and record.is_cut and low > 0 else step.begin
        axes.barh(row, step.end - begin, left=begin, height=0.62, color=_color(step), hatch=_hatch(step))
        right = max(begin, step.end)
        axes.annotate(
            _number(step), (right, row), (4, 0), textcoords="offset points", va="center", fontsize=8
        )
        if row:
            axes.plot([record.steps[row - 1].end] * 2, [row - 0.69, row - 0.31], color=NEUTRAL, linewidth=0.8)
    axes.set_yticks(range(len(labels)), labels)
    axes.invert_yaxis()
    axes.set_xlim(*_roomy(record))
    if low <= 0 <= high:
        axes.axvline(0, color=NEUTRAL, linewidth=0.8)
    axes.set_xlabel(_axis_label(record))
    set_print_title(figure, record.title, record.functional_unit)
    return figure


def _roomy(record: Waterfall) -> list[float]:
    """Return the ends of the axis with room for the numbers at the right."""
    low, high = record.axis
    return [low, high + 0.1 * (high - low)]


def _axis_label(record: Waterfall) -> str:
    name = label_with_unit(message("widget.total"), record.unit)
    return message("waterfall.cut_axis", unit=name) if record.is_cut else name


def _number(step: Step) -> str:
    sign = "+" if step.kind is not Kind.TOTAL and step.change > 0 else ""
    return sign + format_number(step.change)


def _color(step: Step) -> str:
    return NEUTRAL if step.kind is Kind.TOTAL else emission_color(step.change)


def _pattern(step: Step) -> str:
    return "/" if step.kind is Kind.INTERACTION else ""


def _hatch(step: Step) -> str:
    return "///" if step.kind is Kind.INTERACTION else ""
