"""Sensitivity indices as bars with their intervals: Sobol', Morris, delta, and the split of data and rules."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
import xarray as xr
from matplotlib.figure import Figure

from carbonlab.errors import ResultError
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
from carbonlab.report.sensitivity import factor_label, input_labels, sensitivity_notes
from carbonlab.results.sensitivity_schema import DATA_AND_RULES, GLOBAL


@dataclass(frozen=True)
class Index:
    """One index with its interval; low and high equal the value where there is no interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Indices:
    """Indices of factors, from top to bottom.

    Attributes
    ----------
    title, axis, unit, functional_unit : str
        What is shown, what the axis measures, in which unit (``1``: a share), for what.
    measures : tuple of str
        What each bar of a factor is.
    labels : tuple of str
        Factors.
    bars : tuple of tuple of Index
        Of each measure, one per factor.
    notes : tuple of str
        Whether it converged, and what was left out.
    """

    title: str
    axis: str
    unit: str
    functional_unit: str
    measures: tuple[str, ...]
    labels: tuple[str, ...]
    bars: tuple[tuple[Index, ...], ...]
    notes: tuple[str, ...]


def indices_of(result: xr.Dataset, *, product: str | None = None, functional_unit: str = "") -> Indices:
    """Return the indices of a global sensitivity, or the shares of a split of data and rules.

    Parameters
    ----------
    result : xarray.Dataset
        Of `carbonlab.sensitivity.global_sensitivity.global_sensitivity` or
        `carbonlab.sensitivity.data_and_rules.data_and_rules`.
    product : str, optional
        Key of the product, of a split that has several; by default the first.
    functional_unit : str
        What the numbers are for; by default as the dataset says.

    Raises
    ------
    ResultError
        If the dataset is neither, or has no number for the product.
    """
    kind = result.attrs.get("kind")
    if kind == GLOBAL:
        return _of_global(result, functional_unit)
    if kind == DATA_AND_RULES:
        return _of_split(result, product, functional_unit)
    raise ResultError(
        "the dataset has no indices",
        where=f"kind {kind!r}",
        remedy="hand over a global sensitivity, or a split of data and rules",
    )


def _of_global(result: xr.Dataset, functional_unit: str) -> Indices:
    measures = [str(name) for name in result["measure"].values]
    units = [str(unit) for unit in result["measure_unit"].values]
    shown = [place for place, name in enumerate(measures) if name != "mu"]
    index, width = (result[name].transpose("factor", "measure").values for name in ("index", "interval"))
    order = np.argsort(-index[:, 0], kind="stable")
    labels = np.array(input_labels(result, "factor"), object)[order]
    bars = tuple(
        tuple(_index(index[row, place], width[row, place]) for row in order.tolist()) for place in shown
    )
    return Indices(
        title=message("sensitivity.indices", product=shown_name(result.attrs["product_name"])),
        axis=message("sensitivity.effect" if units[0] != "1" else "sensitivity.share"),
        unit=units[0],
        functional_unit=functional_unit or str(result.attrs["unit"]),
        measures=tuple(message(f"sensitivity.{measures[place]}") for place in shown),
        labels=tuple(map(str, labels)),
        bars=bars,
        notes=tuple(sensitivity_notes(result)),
    )


def _of_split(result: xr.Dataset, product: str | None, functional_unit: str) -> Indices:
    one = result.isel(product=0) if product is None else result.sel(product=product)
    if not np.isfinite(one["share"]).all():
        name = str(one["product_name"].values)
        raise ResultError(message("sensitivity.no_shares", product=name), why="there is nothing to draw")
    low, high = one["interval"].transpose("bound", "effect").values
    bars = tuple(
        Index(float(value), min(float(a), float(value)), max(float(b), float(value)))
        for value, a, b in zip(one["share"].values, low, high, strict=True)
    )
    return Indices(
        title=message("sensitivity.split", product=shown_name(str(one["product_name"].values))),
        axis=message("sensitivity.share"),
        unit="1",
        functional_unit=functional_unit,
        measures=(message("sensitivity.share"),),
        labels=tuple(factor_label(str(effect)) for effect in result["effect"].values),
        bars=(bars,),
        notes=tuple(sensitivity_notes(result)),
    )


def _index(value: float, width: float) -> Index:
    half = float(width) if np.isfinite(width) else 0.0
    return Index(float(value), float(value) - half, float(value) + half)


def interactive(record: Indices) -> go.Figure:
    """Return bars with intervals and hover texts."""
    figure = go.Figure()
    for place, (measure, bars) in enumerate(zip(record.measures, record.bars, strict=True)):
        figure.add_bar(
            x=[bar.value for bar in bars],
            y=list(range(len(bars))),
            orientation="h",
            name=measure,
            marker={"color": SERIES[place % len(SERIES)]},
            error_x={
                "type": "data",
                "array": [bar.high - bar.value for bar in bars],
                "arrayminus": [bar.value - bar.low for bar in bars],
                "color": NEUTRAL,
            },
            customdata=[
                [format_number(bar.value), format_number(bar.low), format_number(bar.high)] for bar in bars
            ],
            hovertemplate="%{customdata[0]} (%{customdata[1]} … %{customdata[2]})"
            + f"<extra>{markup(measure)}</extra>",
        )
    notes = "<br>".join(markup(wrapped(note, 110, 3)).replace("\n", "<br>") for note in record.notes)
    title = f"{markup(record.title)}<br><sup>{markup(record.functional_unit)}</sup>"
    height = 190 + (22 + 16 * len(record.measures)) * len(record.labels)
    styled(figure, title=title, unit=record.unit, height=height)
    figure.update_xaxes(
        title_text=f"{label_with_unit(record.axis, record.unit)}<br><sup>{notes}</sup>",
        zeroline=True,
        zerolinecolor=NEUTRAL,
    )
    figure.update_yaxes(
        tickvals=list(range(len(record.labels))),
        ticktext=[markup(wrapped(label)).replace("\n", "<br>") for label in record.labels],
        autorange="reversed",
        showgrid=False,
    )
    return figure


def printed(record: Indices) -> Figure:
    """Return bars with intervals for print."""
    labels = [wrapped(label) for label in record.labels]
    count = len(record.measures)
    texts = [record.title, record.functional_unit, *record.measures, *labels, *record.notes]
    figure, axes = new_print(7.2, 1.9 + (0.2 + 0.17 * count) * len(labels), texts=texts)
    height = 0.8 / count
    for place, (measure, bars) in enumerate(zip(record.measures, record.bars, strict=True)):
        at = np.arange(len(bars)) + (place - (count - 1) / 2) * height
        values = np.array([bar.value for bar in bars])
        ends = np.array([[bar.value - bar.low, bar.high - bar.value] for bar in bars]).T
        axes.barh(
            at, values, height * 0.92, xerr=ends, color=SERIES[place % len(SERIES)], label=measure,
            error_kw={"ecolor": NEUTRAL, "elinewidth": 1.0},
        )  # fmt: skip
    axes.axvline(0, color=NEUTRAL, linewidth=0.8)
    axes.set_yticks(np.arange(len(labels)), labels)
    axes.margins(y=0.01)
    axes.invert_yaxis()
    notes = "\n".join(wrapped(note, 72, 4) for note in (message("sensitivity.whiskers"), *record.notes))
    axes.set_xlabel(f"{label_with_unit(record.axis, record.unit)}\n{notes}")
    if count > 1:
        axes.legend(loc="lower right", frameon=False)
    set_print_title(figure, record.title, record.functional_unit)
    return figure
