"""Drawn footprints as distributions: equal shares of the draws as blocks, with intervals, mean and static number.

A simulation keeps quantiles and no draws. Between two neighboring quantiles lies a known share of the draws, so a
block over them has the height share ÷ width: nothing is smoothed, and nothing is guessed between them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
import xarray as xr
from matplotlib.figure import Figure

from carbonlab.compare.paired_words import PairedDifference, shares_in_words
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
from carbonlab.report.figures import EMITTED, format_number
from carbonlab.results.schema import IMPACT_UNIT

GRID = tuple(
    float(share) for share in np.round(np.concatenate([[0.025], np.arange(0.05, 1, 0.05), [0.975]]), 3)
)
"""Shares of the quantiles that a picture asks a simulation for: those of the report are among them."""
WIDE, NARROW = (0.025, 0.975), (0.25, 0.75)
"""Shares at the ends of the two intervals that are drawn."""
ROOM = 0.62
"""Height of a distribution above its line, as a part of the distance of lines."""


@dataclass(frozen=True)
class Block:
    """A share of the draws between two values.

    Attributes
    ----------
    low, high : float
        The values.
    share : float
        Of the draws.
    """

    low: float
    high: float
    share: float

    @property
    def density(self) -> float:
        """Share per unit of the value; 0 where the values do not differ."""
        return self.share / (self.high - self.low) if self.high > self.low else 0.0


@dataclass(frozen=True)
class Distribution:
    """One distribution.

    Attributes
    ----------
    key, label, note : str
        Rule set, what was drawn, and what is said beside it.
    static : float or None
        The number of the stated data.
    mean, median, minimum, maximum : float
        Of the draws.
    wide, narrow : (float, float)
        Intervals that hold 95 % and 50 % of the draws.
    blocks : tuple of Block
        From low to high; together they hold the draws between the outermost quantiles.
    paired : PairedDifference or None
        How often the difference has which sign, and how well its mean is known; of differences only.
    """

    key: str
    label: str
    note: str
    static: float | None
    mean: float
    median: float
    minimum: float
    maximum: float
    wide: tuple[float, float]
    narrow: tuple[float, float]
    blocks: tuple[Block, ...]
    paired: PairedDifference | None = None


@dataclass(frozen=True)
class Distributions:
    """Distributions on one axis, from top to bottom.

    Attributes
    ----------
    title, axis, unit, functional_unit : str
        What is shown, what the axis measures, in which unit, for what.
    rows : tuple of Distribution
        From top to bottom.
    """

    title: str
    axis: str
    unit: str
    functional_unit: str
    rows: tuple[Distribution, ...]


def distributions_of(simulation: xr.Dataset, product: str, *, functional_unit: str = "") -> Distributions:
    """Return the distributions of one product under every rule set of a simulation.

    Parameters
    ----------
    simulation : xarray.Dataset
        Of `carbonlab.monte_carlo.simulate`, with the quantiles of `GRID` or finer ones.
    product : str
        Key of the product.
    functional_unit : str
        What the numbers are for.

    Raises
    ------
    ResultError
        If quantiles that are drawn are missing.
    """
    one = simulation.sel(product=product)
    rows = [
        _row(one.sel(rule_set=key), str(key), "", key, static=True)
        for key in simulation["rule_set"].values
        if int(one["draws_with_number"].sel(rule_set=key))
    ]
    title = message("uncertainty.distributions", product=shown_name(str(one["product_name"].values)))
    return Distributions(title, message("widget.total"), IMPACT_UNIT, functional_unit, tuple(rows))


def differences_of(simulation: xr.Dataset, product: str, *, functional_unit: str = "") -> Distributions:
    """Return the distributions of the differences to the baseline, draw by draw; parameters as above.

    Raises
    ------
    ResultError
        If the simulation has one rule set only, or quantiles that are drawn are missing.
    """
    if "difference_mean" not in simulation:
        raise ResultError(
            "the simulation has one rule set only",
            why="a difference needs two sides",
            remedy="simulate the study under several rule sets",
        )
    base = str(simulation.attrs["baseline"])
    one = simulation.sel(product=product)
    rows = [
        _row(
            one.sel(rule_set=key),
            message("uncertainty.less", rule_set=key, baseline=base),
            "difference_",
            key,
        )
        for key in simulation["rule_set"].values
        if str(key) != base and int(one["difference_draws"].sel(rule_set=key))
    ]
    title = message("uncertainty.differences", product=shown_name(str(one["product_name"].values)))
    return Distributions(title, message("widget.difference"), IMPACT_UNIT, functional_unit, tuple(rows))


def _row(own: xr.Dataset, label: str, prefix: str, key: str, *, static: bool = False) -> Distribution:
    quantiles = own[f"{prefix}quantiles"]
    shares = quantiles["quantile"].values

    def at(share: float) -> float:
        place = np.flatnonzero(np.isclose(shares, share))
        if not len(place):
            raise ResultError(
                f"the simulation has no quantile {share:g}",
                why="the interval could not be drawn",
                remedy="simulate with quantiles=carbonlab.plots.distributions.GRID",
            )
        return float(quantiles.values[place[0]])

    values = quantiles.values.tolist()
    blocks = tuple(
        Block(low, high, float(upper - lower))
        for low, high, lower, upper in zip(values, values[1:], shares, shares[1:], strict=False)
    )
    ends = (float(own["minimum"]), float(own["maximum"])) if not prefix else (values[0], values[-1])
    stated = float(own["static"]) if static and np.isfinite(own["static"]) else None
    paired = None if static else _paired(own)
    return Distribution(
        key=str(key),
        label=label,
        note="" if paired is None else shares_in_words(paired),
        static=stated,
        mean=float(own[f"{prefix}mean"]),
        median=at(0.5),
        minimum=ends[0],
        maximum=ends[1],
        wide=(at(WIDE[0]), at(WIDE[1])),
        narrow=(at(NARROW[0]), at(NARROW[1])),
        blocks=blocks,
        paired=paired,
    )


def _paired(own: xr.Dataset) -> PairedDifference | None:
    """Return how the number lies to the baseline's in the same draw."""
    if "probability_higher" not in own:
        return None
    base = {"other_rule_set": own.attrs["baseline"]}
    error = float(own["difference_standard_error"]) if "difference_standard_error" in own else float("nan")
    return PairedDifference(
        mean=float(own["difference_mean"]),
        standard_error=error if np.isfinite(error) else None,
        draws=int(own["difference_draws"]),
        higher=float(own["probability_higher"].sel(base)),
        equal=float(own["probability_equal"].sel(base)),
    )


def outline(row: Distribution) -> tuple[list[float], list[float]]:
    """Return the corners of a distribution as steps: values, and densities relative to the largest."""
    top = max((block.density for block in row.blocks), default=0.0) or 1.0
    x, y = [row.blocks[0].low], [0.0]
    for block in row.blocks:
        x += [block.low, block.high]
        y += [block.density / top] * 2
    return [*x, row.blocks[-1].high], [*y, 0.0]


def interactive(record: Distributions) -> go.Figure:
    """Return distributions with hover texts."""
    figure = go.Figure()
    count = len(record.rows)
    for place, row in enumerate(record.rows):
        line, color = count - 1 - place, SERIES[place % len(SERIES)]
        x, y = outline(row)
        figure.add_scatter(
            x=x, y=[line + ROOM * height for height in y], mode="lines", line={"color": color, "width": 1},
            fill="toself", opacity=0.6, hoverinfo="skip", showlegend=False,
        )  # fmt: skip
        for (low, high), width in ((row.wide, 3), (row.narrow, 9)):
            figure.add_scatter(
                x=[low, high], y=[line - 0.12] * 2, mode="lines", line={"color": color, "width": width},
                hoverinfo="skip", showlegend=False,
            )  # fmt: skip
        figure.add_scatter(
            x=[row.median], y=[line - 0.12], mode="markers", showlegend=False,
            marker={"symbol": "line-ns", "size": 16, "line": {"width": 2, "color": NEUTRAL}},
            hovertemplate=f"{_said(row, record.unit)}<extra></extra>",
        )  # fmt: skip
        if row.static is not None:
            figure.add_scatter(
                x=[row.static], y=[line - 0.12], mode="markers", showlegend=False,
                marker={"symbol": "diamond", "size": 10, "color": "white", "line": {"width": 2, "color": EMITTED}},
                hovertemplate=f"{message('uncertainty.static')}: {format_number(row.static)}<extra></extra>",
            )  # fmt: skip
    title = f"{markup(record.title)}<br><sup>{markup(record.functional_unit)}</sup>"
    styled(figure, title=title, unit=record.unit, height=170 + 90 * count)
    figure.update_xaxes(
        title_text=label_with_unit(record.axis, record.unit), zeroline=True, zerolinecolor=NEUTRAL
    )
    figure.update_yaxes(
        tickvals=[count - 1 - place for place in range(count)],
        ticktext=[markup(_label(row)).replace("\n", "<br>") for row in record.rows],
        range=[-0.4, count - 0.2],
        showgrid=False,
    )
    return figure


def printed(record: Distributions) -> Figure:
    """Return distributions for print."""
    labels = [_label(row) for row in record.rows]
    figure, axes = new_print(
        7.2, 1.5 + 0.8 * len(labels), texts=[record.title, record.functional_unit, *labels]
    )
    count = len(labels)
    for place, row in enumerate(record.rows):
        line, color = count - 1 - place, SERIES[place % len(SERIES)]
        x, y = outline(row)
        axes.fill(x, [line + ROOM * height for height in y], color=color, alpha=0.45, linewidth=0)
        for (low, high), width in ((row.wide, 2), (row.narrow, 6)):
            axes.plot([low, high], [line - 0.12] * 2, color=color, linewidth=width, solid_capstyle="butt")
        axes.plot([row.median] * 2, [line - 0.24, line], color=NEUTRAL, linewidth=1.5)
        if row.static is not None:
            axes.plot(row.static, line - 0.12, "D", markersize=5, color="white", markeredgecolor=EMITTED)
    axes.set_yticks([count - 1 - place for place in range(count)], labels)
    axes.set_ylim(-0.4, count - 0.2)
    low, high = axes.get_xlim()
    if low < 0 < high:
        axes.axvline(0, color=NEUTRAL, linewidth=0.8)
    axes.set_xlabel(
        f"{label_with_unit(record.axis, record.unit)}\n{wrapped(message('uncertainty.legend'), 60, 4)}"
    )
    set_print_title(figure, record.title, record.functional_unit)
    return figure


def _label(row: Distribution) -> str:
    return "\n".join(filter(None, (wrapped(row.label, 38, 3), wrapped(row.note, 38, 3))))


def _said(row: Distribution, unit: str) -> str:
    low, high = (format_number(value) for value in row.wide)
    return (
        f"{message('uncertainty.median')}: {format_number(row.median)} {unit}<br>"
        f"{message('uncertainty.mean')}: {format_number(row.mean)} {unit}<br>"
        f"{message('uncertainty.interval', low='2.5 %', high='97.5 %')}: {low} … {high} {unit}"
    )
