"""Products by rule sets as a matrix: the number in every cell, its distance from the baseline as color."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
import xarray as xr
from matplotlib import colormaps
from matplotlib.figure import Figure

from carbonlab.messages import message
from carbonlab.plots.theme import NEUTRAL, SEQUENTIAL, markup, new_print, set_print_title, styled, wrapped
from carbonlab.report.figures import format_number, format_share
from carbonlab.results.schema import IMPACT_UNIT
from carbonlab.vocabulary import Status

MOST_UPRIGHT = 3
"""Names of products that have room beside each other."""


@dataclass(frozen=True)
class Cell:
    """One product under one rule set.

    Attributes
    ----------
    value : float or None
        Footprint [unit of the matrix]; None where the status says why.
    relative : float or None
        Difference to the baseline as a share of the baseline's absolute value.
    status : str
        What the number is worth, or why there is none.
    """

    value: float | None
    relative: float | None
    status: str


@dataclass(frozen=True)
class RuleMatrix:
    """The numbers of a matrix.

    Attributes
    ----------
    title, unit, baseline : str
        What is shown, the unit of all values, and the rule set that colors are measured against.
    products : tuple of str
        Rows: amount, unit and name.
    rule_sets : tuple of str
        Columns.
    cells : tuple of tuple of Cell
        Row by row.
    """

    title: str
    unit: str
    baseline: str
    products: tuple[str, ...]
    rule_sets: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]

    @property
    def relative(self) -> np.ndarray:
        """Differences to the baseline (products, rule sets) as shares; NaN where there is none."""
        return np.array(
            [[np.nan if cell.relative is None else cell.relative for cell in row] for row in self.cells]
        )


def matrix_of(result: xr.Dataset, *, products: Sequence[str], baseline: str = "") -> RuleMatrix:
    """Return the numbers of a matrix from a result under several rule sets.

    Parameters
    ----------
    result : xarray.Dataset
        Of `carbonlab.results.calculate.calculate`.
    products : sequence of str
        What each product of the result is called: amount, unit and name.
    baseline : str
        Key of the rule set that colors are measured against; by default the first.
    """
    keys = [str(key) for key in result["rule_set"].values]
    base = keys.index(baseline) if baseline else 0
    total = result["total"].transpose("product", "rule_set").values
    statuses = result["status"].transpose("product", "rule_set").values
    rows = []
    for numbers, words in zip(total, statuses, strict=True):
        known = [
            Status(str(word)).has_number and np.isfinite(n) for n, word in zip(numbers, words, strict=True)
        ]
        first = float(numbers[base]) if known[base] else 0.0
        rows.append(
            tuple(
                Cell(
                    float(number) if has else None,
                    (float(number) - first) / abs(first) if has and first else None,
                    str(word),
                )
                for number, word, has in zip(numbers, words, known, strict=True)
            )
        )
    title = message("matrix.title", baseline=keys[base])
    return RuleMatrix(title, IMPACT_UNIT, keys[base], tuple(products), tuple(keys), tuple(rows))


def cell_text(cell: Cell) -> tuple[str, str]:
    """Return the number of a cell and its distance from the baseline, in words where there is no number."""
    if cell.value is None:
        return message("matrix.no_number"), ""
    if not cell.relative:
        return format_number(cell.value), ""
    sign = "+" if cell.relative > 0 else ""
    return format_number(cell.value), f"{sign}{format_share(cell.relative)}"


def interactive(record: RuleMatrix) -> go.Figure:
    """Return a matrix with hover texts; what there is more of stands below each other, so that it can be read."""
    products = [markup(wrapped(name)).replace("\n", "<br>") for name in record.products]
    keys = [markup(wrapped(key, 38, 3)).replace("\n", "<br>") for key in record.rule_sets]
    is_tall = len(keys) > len(products)
    rows = tuple(zip(*record.cells, strict=True)) if is_tall else record.cells
    across, down = (products, keys) if is_tall else (keys, products)
    texts = [["<br>".join(filter(None, cell_text(cell))) for cell in row] for row in rows]
    said = [
        [f"{down[row]}<br>{across[column]}{_why(cell)}" for column, cell in enumerate(cells)]
        for row, cells in enumerate(rows)
    ]
    figure = go.Figure(
        go.Heatmap(
            z=[[None if cell.relative is None else 100 * cell.relative for cell in row] for row in rows],
            x=list(range(len(across))),
            y=list(range(len(down))),
            text=texts,
            customdata=said,
            texttemplate="%{text}",
            colorscale=SEQUENTIAL,
            colorbar={
                "title": {
                    "text": wrapped(message("matrix.color"), 16, 4).replace("\n", "<br>"),
                    "side": "top",
                }
            },
            hovertemplate=f"%{{customdata}}<br>%{{text}} [{record.unit}]<extra></extra>",
            xgap=2,
            ygap=2,
            hoverongaps=True,
        )
    )
    room = 160 if is_tall else 300
    styled(figure, title=markup(f"{record.title} [{record.unit}]"), height=room + 46 * len(down))
    places = {"tickmode": "array", "showgrid": False}
    figure.update_yaxes(autorange="reversed", tickvals=list(range(len(down))), ticktext=down, **places)
    angle = 0 if is_tall and len(across) <= MOST_UPRIGHT else -90  # slanted ones are cut on the left
    figure.update_xaxes(
        tickangle=angle, automargin=True, tickvals=list(range(len(across))), ticktext=across, **places
    )
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            if cell.relative is None:  # no color, and so no text of the heat map either
                figure.add_annotation(
                    x=column, y=row, text=texts[row][column], showarrow=False, font={"color": NEUTRAL}
                )
    return figure


def _why(cell: Cell) -> str:
    """Return why a cell has no number, as a line of its own."""
    return f"<br>{message(f'status.{cell.status}')}" if cell.value is None else ""


def printed(record: RuleMatrix) -> Figure:
    """Return a matrix for print."""
    names = [wrapped(name) for name in record.products]
    keys = [wrapped(key, 26, 4) for key in record.rule_sets]
    width = max(6.5, 3.6 + 0.85 * len(record.rule_sets))
    figure, axes = new_print(width, 2.6 + 0.5 * len(names), texts=[record.title, *names])
    relative = record.relative * 100
    finite = relative[np.isfinite(relative)]
    low, high = (finite.min(), finite.max()) if len(finite) else (0.0, 0.0)
    colors = colormaps[SEQUENTIAL]
    shown = axes.imshow(
        np.ma.masked_invalid(relative),
        cmap=colors,
        aspect="auto",
        vmin=low,
        vmax=high if high > low else low + 1,
    )
    for row, cells in enumerate(record.cells):
        for column, cell in enumerate(cells):
            place = (
                0.0 if cell.relative is None or high == low else (100 * cell.relative - low) / (high - low)
            )
            ink = "black" if cell.relative is None or place > 0.55 else "white"
            axes.text(
                column,
                row,
                "\n".join(filter(None, cell_text(cell))),
                ha="center",
                va="center",
                color=ink,
                fontsize=7,
            )
    axes.set_yticks(range(len(names)), names)
    axes.set_xticks(range(len(record.rule_sets)), keys, rotation=30, ha="right")
    bar = figure.colorbar(shown, ax=axes, shrink=0.8)
    bar.set_label(wrapped(message("matrix.color"), 16, 4), fontsize=8)
    set_print_title(figure, f"{record.title} [{record.unit}]")
    return figure
