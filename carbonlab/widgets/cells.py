"""Table cells with numbers and bars, as HTML: every bar stands beside its number; nothing hangs on color."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from carbonlab.display.width import text_width
from carbonlab.report.figures import EMITTED, TAKEN, format_number

WIDTH, HEIGHT = 150, 14
"""Measures of a bar cell's picture [px]."""
CLASS_OF_NUMBERS = " class='cl-right'"
SHORT = 8
"""Latin letters of a cell that stays in one line; a Chinese letter counts as two."""

STYLE = """<style>
.carbonlab.cl-view { font-size: .95em; max-width: 70rem; line-height: 1.35; }
.carbonlab.cl-view .cl-unit { margin: .2em 0 .6em; }
.carbonlab.cl-view table { border-collapse: collapse; width: 100%; margin: 0 0 .6em; }
.carbonlab.cl-view caption { text-align: left; font-weight: 600; padding: .2em 0; color: inherit; }
.carbonlab.cl-view th, .carbonlab.cl-view td { text-align: left; vertical-align: middle; padding: .25em .6em; }
.carbonlab.cl-view th, .carbonlab.cl-view td { white-space: normal; }
.carbonlab.cl-view th, .carbonlab.cl-view td { border-bottom: 1px solid rgba(127, 127, 127, .35); font-weight: normal; }
.carbonlab.cl-view thead th { font-weight: 600; }
.carbonlab.cl-view .cl-short { white-space: nowrap; }
.carbonlab.cl-view .cl-wide { overflow-x: auto; }
.carbonlab.cl-view .cl-number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.carbonlab.cl-view .cl-numbers thead th:not(:first-child) { text-align: right; }
.carbonlab.cl-view tbody th { min-width: 9em; }
.carbonlab.cl-view thead th.cl-right { text-align: right; }
.carbonlab.cl-view .cl-bar { display: inline-flex; align-items: center; gap: .5em; }
.carbonlab.cl-view .cl-bar span { min-width: 6.2em; text-align: right; font-variant-numeric: tabular-nums; }
.carbonlab.cl-view .cl-error { border-left: 4px solid #D55E00; padding: .2em .8em; margin: .4em 0; }
.carbonlab.cl-view .cl-error p { margin: .3em 0; }
.carbonlab.cl-view summary { cursor: pointer; }
.carbonlab.cl-view svg.bars { max-width: 100%; height: auto; font-size: 12px; font-family: system-ui, sans-serif; }
.carbonlab.cl-view svg text { fill: currentColor; }
</style>"""


@dataclass(frozen=True)
class Scale:
    """From values to widths, the same for every bar of a table.

    Attributes
    ----------
    low, high : float
        Smallest and largest value, zero included.
    """

    low: float
    high: float

    @staticmethod
    def of(values: Sequence[float]) -> Scale:
        """Return the scale on which all values and zero fit."""
        return Scale(min([0.0, *values]), max([0.0, *values]))

    def at(self, value: float) -> float:
        """Return the place of a value [px from the left]."""
        span = (self.high - self.low) or 1.0
        return 1 + (WIDTH - 2) * (value - self.low) / span


def breakable(text: str) -> str:
    """Return a text as HTML that may be broken before each rule that was turned: keys are long words."""
    return re.sub(r"(?<=\w)\+(?=\w)", "<wbr>+", escape(text))


def _short(text: str) -> str:
    """Return the attribute of a cell that stays in one line: Chinese words could be broken after every letter."""
    return " class='cl-short'" if text_width(text) <= SHORT else ""


def text_cell(text: str, *, header: bool = False, number: bool = False, columns: int = 1) -> str:
    """Return a cell of text; a header names its row."""
    span = f" colspan='{columns}'" if columns > 1 else ""
    kind = " class='cl-number'" if number else _short(text)
    shown = breakable(text)
    return f"<th scope='row'>{shown}</th>" if header else f"<td{kind}{span}>{shown}</td>"


def number_cell(value: float) -> str:
    """Return a cell with a number."""
    return text_cell(format_number(value), number=True)


def bar_cell(value: float, scale: Scale, *, pale: bool) -> str:
    """Return a cell with a number and its bar from zero, filled or pale with an outline."""
    start, end = sorted((scale.at(0.0), scale.at(value)))
    color = EMITTED if value >= 0 else TAKEN
    look = f"fill='{color}' fill-opacity='{0.25 if pale else 1}' stroke='{color}'"
    bar = f"<rect x='{start:.1f}' y='2' width='{max(end - start, 0.5):.1f}' height='{HEIGHT - 4}' {look}/>"
    origin = f"{scale.at(0.0):.1f}"
    zero = f"<line x1='{origin}' x2='{origin}' y1='0' y2='{HEIGHT}' stroke='currentColor'/>"
    picture = f"<svg width='{WIDTH}' height='{HEIGHT}' aria-hidden='true' focusable='false'>{bar}{zero}</svg>"
    return f"<td><div class='cl-bar'><span>{escape(format_number(value))}</span>{picture}</div></td>"


def amount_cell(value: float) -> str:
    """Return a cell with a number in line with those of bar cells, without a bar."""
    gap = f"<i style='width:{WIDTH}px'></i>"
    return f"<td><div class='cl-bar'><span>{escape(format_number(value))}</span>{gap}</div></td>"


def table(
    caption: str,
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    numbers: bool = False,
    number_columns: Sequence[bool] = (),
) -> str:
    """Return a table of cells that are HTML already.

    Parameters
    ----------
    caption, head, rows
        Texts, and cells of HTML.
    numbers : bool
        Whether all columns but the first hold numbers: their heads stand on the right.
    number_columns : sequence of bool
        The same column by column.
    """
    right = list(number_columns) or [False] * len(head)
    top = "".join(
        f"<th scope='col'{CLASS_OF_NUMBERS if is_right else _short(text)}>{breakable(text)}</th>"
        for text, is_right in zip(head, right, strict=True)
    )
    body = "".join(f"<tr>{''.join(cells)}</tr>" for cells in rows)
    kind = " class='cl-numbers'" if numbers else ""
    inside = f"<caption>{escape(caption)}</caption><thead><tr>{top}</tr></thead><tbody>{body}</tbody>"
    return f"<div class='cl-wide' tabindex='0'><table{kind}>{inside}</table></div>"
