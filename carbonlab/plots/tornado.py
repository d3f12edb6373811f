"""Tornado: what one input alone does to a footprint, down and up, the largest first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
import xarray as xr
from matplotlib.figure import Figure

from carbonlab.errors import NothingUncertainError, ResultError
from carbonlab.messages import message, shown_name
from carbonlab.plots.theme import (
    NEUTRAL,
    SERIES,
    label_with_unit,
    markup,
    new_print,
    set_print_title,
    styled,
    wrapped,
)
from carbonlab.report.figures import format_number
from carbonlab.report.sensitivity import input_labels
from carbonlab.results.schema import IMPACT_UNIT
from carbonlab.results.sensitivity_schema import FIRST_ORDER, PERTURBATION

DOWN, UP = SERIES[0], SERIES[1]
"""Colors of the two sides: which way the *input* went; what it did is where the bar lies."""


@dataclass(frozen=True)
class TornadoRow:
    """One input.

    Attributes
    ----------
    label : str
    down, up : float
        Change of the footprint when the input goes down, and up [unit of the picture].
    """

    label: str
    down: float
    up: float


@dataclass(frozen=True)
class Tornado:
    """Inputs by what they do, from top to bottom.

    Attributes
    ----------
    title, note, unit, functional_unit : str
        What is shown, how inputs were changed, in which unit, for what.
    rows : tuple of TornadoRow
        The largest first.
    """

    title: str
    note: str
    unit: str
    functional_unit: str
    rows: tuple[TornadoRow, ...]


def tornado_of(result: xr.Dataset, *, rows: int = 12, functional_unit: str = "") -> Tornado:
    """Return the tornado of a perturbation, or of first order: each input one standard deviation down and up.

    Parameters
    ----------
    result : xarray.Dataset
        Of `carbonlab.sensitivity.perturbation.perturb` or `carbonlab.sensitivity.first_order.first_order`.
    rows : int
        Inputs that are shown at most.
    functional_unit : str
        What the numbers are for; by default as the dataset says.

    Raises
    ------
    ResultError
        If the dataset is neither.
    NothingUncertainError
        If no input has an effect.
    """
    kind = result.attrs.get("kind")
    if kind == PERTURBATION:
        change = result["change"].transpose("input", "side").values
        by = result.attrs["perturbed_by"]
        note = (
            message("sensitivity.tornado_spread")
            if by == "spread"
            else message("sensitivity.tornado_percent", percent=f"{100 * float(by):g} %")
        )
    elif kind == FIRST_ORDER:
        swing = (result["derivative"] * result["standard_deviation"]).values
        change, note = np.column_stack([-swing, swing]), message("sensitivity.tornado_first")
    else:
        raise ResultError(
            "the dataset changes no input by itself",
            where=f"kind {kind!r}",
            why="a tornado shows one input at a time",
            remedy="hand over a perturbation or a first-order sensitivity",
        )
    known = np.flatnonzero(np.isfinite(change).all(axis=1) & (change != 0).any(axis=1))
    order = known[np.argsort(-np.abs(change[known]).max(axis=1), kind="stable")][:rows]
    if not len(order):
        raise NothingUncertainError(
            "no input has an effect",
            why="no varied amount is uncertain, or none moves the footprint",
            remedy="state or assume a spread, or choose factors for pedigree scores",
        )
    labels = input_labels(result.isel(input=order))
    shown = tuple(
        TornadoRow(label, float(down), float(up))
        for label, (down, up) in zip(labels, change[order], strict=True)
    )
    title = message("sensitivity.tornado", product=shown_name(result.attrs["product_name"]))
    unit = functional_unit or str(result.attrs["unit"])
    return Tornado(title, note, IMPACT_UNIT, unit, shown)


def interactive(record: Tornado) -> go.Figure:
    """Return bars with hover texts."""
    figure = go.Figure()
    places = list(range(len(record.rows)))
    for side, color in (("down", DOWN), ("up", UP)):
        values = [getattr(row, side) for row in record.rows]
        name = message(f"sensitivity.{side}")
        figure.add_bar(
            x=values, y=places, orientation="h", name=name, marker={"color": color}, width=0.7,
            customdata=[[format_number(getattr(row, side)), markup(row.label)] for row in record.rows],
            hovertemplate="%{customdata[1]}: %{customdata[0]} " + f"{markup(record.unit)}<extra>{markup(name)}</extra>",
        )  # fmt: skip
    title = f"{markup(record.title)}<br><sup>{markup(record.note)}; {markup(record.functional_unit)}</sup>"
    styled(figure, title=title, unit=record.unit, height=170 + 32 * len(record.rows))
    figure.update_layout(barmode="overlay")
    figure.update_xaxes(
        title_text=label_with_unit(message("sensitivity.change"), record.unit),
        zeroline=True,
        zerolinecolor=NEUTRAL,
    )
    figure.update_yaxes(
        tickvals=places,
        ticktext=[markup(wrapped(row.label)).replace("\n", "<br>") for row in record.rows],
        autorange="reversed",
        showgrid=False,
    )
    return figure


def printed(record: Tornado) -> Figure:
    """Return the tornado for print."""
    labels = [wrapped(row.label) for row in record.rows]
    figure, axes = new_print(
        7.2, 1.6 + 0.36 * len(labels), texts=[record.title, record.note, record.functional_unit, *labels]
    )
    places = np.arange(len(labels))
    for side, color in (("down", DOWN), ("up", UP)):
        values = [getattr(row, side) for row in record.rows]
        axes.barh(places, values, 0.7, color=color, label=message(f"sensitivity.{side}"))
    axes.axvline(0, color=NEUTRAL, linewidth=0.8)
    axes.set_yticks(places, labels)
    axes.invert_yaxis()
    axes.set_xlabel(label_with_unit(message("sensitivity.change"), record.unit))
    axes.legend(loc="lower right", frameon=False)
    set_print_title(figure, f"{record.title}, {record.note}", record.functional_unit)
    return figure
