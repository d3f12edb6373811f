"""How the mean of drawn footprints settles: mean and its interval after ever more draws of the same simulation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
import xarray as xr
from matplotlib.figure import Figure

from carbonlab.errors import ResultError
from carbonlab.messages import message, shown_name
from carbonlab.plots.theme import SERIES, label_with_unit, markup, new_print, set_print_title, styled
from carbonlab.results.schema import IMPACT_UNIT

Z95 = 1.959964
"""Standard errors on either side of a mean that hold it in 95 of 100 simulations."""


@dataclass(frozen=True)
class Path:
    """A mean after ever more draws; all tuples (looks,).

    Attributes
    ----------
    label : str
        Rule set.
    draws : tuple of int
        Draws so far.
    mean, low, high : tuple of float
        Mean and the ends of its 95 % interval [unit of the picture].
    """

    label: str
    draws: tuple[int, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    @property
    def off(self) -> tuple[list[float], list[float], list[float]]:
        """Mean and ends of the interval, less the last mean: paths of any size fit one picture."""
        last = self.mean[-1]
        mean, low, high = ([value - last for value in values] for values in (self.mean, self.low, self.high))
        return mean, low, high

    @property
    def width(self) -> float:
        """Width of the last interval relative to the absolute mean; NaN for a mean of zero."""
        return (self.high[-1] - self.low[-1]) / abs(self.mean[-1]) if self.mean[-1] else float("nan")


@dataclass(frozen=True)
class Convergence:
    """Means after ever more draws.

    Attributes
    ----------
    title, unit, functional_unit : str
        What is shown, in which unit, for what.
    paths : tuple of Path
        One per rule set.
    """

    title: str
    unit: str
    functional_unit: str
    paths: tuple[Path, ...]


def convergence_of(
    simulations: Sequence[xr.Dataset], product: str, *, functional_unit: str = ""
) -> Convergence:
    """Return how the means of one product settled.

    Parameters
    ----------
    simulations : sequence of xarray.Dataset
        The same simulation after ever more draws (`carbonlab.monte_carlo.simulate` with a checkpoint).
    product : str
        Key of the product.
    functional_unit : str
        What the numbers are for.

    Raises
    ------
    ResultError
        If there is nothing to show, or the simulations are not the same one.
    """
    if not simulations or len({(one.attrs["study"], one.attrs["seed"]) for one in simulations}) > 1:
        raise ResultError(
            "these are no stages of one simulation",
            why="a path through different simulations would mean nothing",
            remedy="simulate one study with ever more draws and the same seed",
        )
    ordered = sorted(simulations, key=lambda one: int(one.attrs["draws"]))
    last = ordered[-1].sel(product=product)
    paths = []
    for key in ordered[-1]["rule_set"].values:
        looks = [one.sel(rule_set=key, product=product) for one in ordered]
        looks = [look for look in looks if int(look["draws_with_number"]) > 1]
        if not looks:
            continue
        mean = np.array([float(look["mean"]) for look in looks])
        half = Z95 * np.array([float(look["standard_error"]) for look in looks])
        draws = tuple(int(look["draws_with_number"]) for look in looks)
        paths.append(Path(str(key), draws, tuple(mean), tuple(mean - half), tuple(mean + half)))
    title = message("uncertainty.convergence", product=shown_name(str(last["product_name"].values)))
    return Convergence(title, IMPACT_UNIT, functional_unit, tuple(paths))


def interactive(record: Convergence) -> go.Figure:
    """Return paths with hover texts."""
    figure = go.Figure()
    for place, path in enumerate(record.paths):
        color, (mean, low, high) = SERIES[place % len(SERIES)], path.off
        figure.add_scatter(
            x=[*path.draws, *path.draws[::-1]], y=[*high, *low[::-1]], fill="toself", mode="lines",
            line={"width": 0, "color": color}, opacity=0.3, hoverinfo="skip", showlegend=False,
        )  # fmt: skip
        figure.add_scatter(
            x=list(path.draws), y=mean, customdata=list(path.mean), mode="lines+markers", name=markup(path.label),
            line={"color": color, "dash": DASHES[place % len(DASHES)]},
            hovertemplate=f"%{{customdata:.5g}} {record.unit}<extra>{markup(path.label)}, %{{x}}</extra>",
            showlegend=True,
        )  # fmt: skip
    styled(figure, title=f"{markup(record.title)}<br><sup>{markup(record.functional_unit)}</sup>")
    ticks = _ticks(record)
    figure.update_xaxes(
        title_text=message("uncertainty.draws"), type="log", tickvals=ticks, ticktext=list(map(str, ticks))
    )
    # above the picture: names of rule sets are long, and would take its room at the side
    figure.update_layout(
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0.0},
        margin={"t": 80 + 22 * len(record.paths)},
        height=420 + 22 * len(record.paths),
    )
    figure.update_yaxes(title_text=label_with_unit(message("uncertainty.mean_off"), record.unit))
    return figure


def _ticks(record: Convergence) -> list[int]:
    """Return after how many draws it was looked."""
    return sorted({int(draws) for path in record.paths for draws in path.draws})


DASHES = ("solid", "dash", "dot", "dashdot")
"""Lines are told apart by more than their color."""
_STYLES = {"solid": "-", "dash": "--", "dot": ":", "dashdot": "-."}


def printed(record: Convergence) -> Figure:
    """Return paths for print."""
    figure, axes = new_print(7.2, 3.6, texts=[record.title, record.functional_unit])
    for place, path in enumerate(record.paths):
        color, (mean, low, high) = SERIES[place % len(SERIES)], path.off
        axes.fill_between(path.draws, low, high, color=color, alpha=0.25, linewidth=0)
        style = _STYLES[DASHES[place % len(DASHES)]]
        axes.plot(path.draws, mean, style, marker="o", markersize=3, color=color, label=path.label)
    axes.set_xscale("log")
    ticks = _ticks(record)
    axes.set_xticks(ticks, [str(tick) for tick in ticks])
    axes.minorticks_off()
    axes.set_xlabel(message("uncertainty.draws"))
    axes.set_ylabel(label_with_unit(message("uncertainty.mean_off"), record.unit))
    axes.legend(frameon=False, fontsize=8)
    set_print_title(figure, record.title, record.functional_unit)
    return figure
