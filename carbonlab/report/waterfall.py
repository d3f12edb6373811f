"""Waterfall from one rule set to another as inline SVG: every bar begins where the one above it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import floor, log10

import xarray as xr

from carbonlab.compare.attribution_terms import terms_of
from carbonlab.messages import message, shown_name
from carbonlab.report.figures import EMITTED, LABEL, NUMBER, ROW, TAKEN, WIDTH, fit_label

TOTAL = "#767676"
"""Gray of the two totals: they are no change."""
FROM_ZERO = 0.2
"""The axis begins at zero if the steps span at least this part of the larger total; else it is cut, and says
so."""
DIGITS = 3
"""Significant digits of the largest step; all numbers of a figure have the same decimals."""
SMALLEST_SPAN = 1e-290
"""Below it nothing is wider than a line."""
MOST_DECIMALS = 6
"""Smaller numbers are written as powers of ten."""


@dataclass(frozen=True)
class Step:
    """One bar.

    Attributes
    ----------
    label : str
        What moved.
    begin, end : float
        Footprint before and after [unit of the figure]; a total begins where the axis does.
    is_total : bool
        Whether it is a footprint and no change.
    """

    label: str
    begin: float
    end: float
    is_total: bool = False


def waterfall_of(attribution: xr.Dataset, product: str) -> str:
    """Return the waterfall of one product of an attribution (`carbonlab.compare.attribution.attribute`).

    Slots that move nothing are left out: their reasons stand in the table beside it.
    """
    one = attribution.sel(product=product)
    found = terms_of(attribution, product)
    order = one["player"].values.tolist()  # of the stages, not of size
    terms = sorted(found.terms, key=lambda term: order.index(term.player)) if found else []
    moved = [(term.name, term.shapley) for term in terms if term.shapley]
    return waterfall(
        (str(attribution.attrs["baseline"]), float(one["baseline_total"])),
        moved,
        (str(attribution.attrs["alternative"]), float(one["alternative_total"])),
        unit=str(attribution["difference"].attrs["units"]),
        title=message("waterfall.title", product=shown_name(str(one["product_name"].values))),
    )


def waterfall(
    baseline: tuple[str, float],
    steps: Sequence[tuple[str, float]],
    alternative: tuple[str, float],
    *,
    unit: str,
    title: str,
) -> str:
    """Return a waterfall as an SVG element; empty where one of the totals is not a number.

    Parameters
    ----------
    baseline, alternative : (label, value)
        The footprints at the two ends.
    steps : sequence of (label, value)
        What lies between them, from top to bottom; they sum to the difference.
    unit : str
        Of all values.
    title : str
        Text alternative.
    """
    if baseline[1] != baseline[1] or alternative[1] != alternative[1]:
        return ""
    bars = _bars(baseline, steps, alternative)
    low, high = _axis(bars)
    left, right = LABEL + 8, WIDTH - NUMBER
    scale = (right - left) / max(high - low, SMALLEST_SPAN)
    decimals = _decimals([bar.end - bar.begin for bar in bars if not bar.is_total] or [baseline[1]])
    rows = ROW * len(bars)
    parts = [
        f'<svg class="bars" viewBox="0 0 {WIDTH} {rows + 26}" width="{WIDTH}" role="img" '
        f'aria-label="{escape(title)}">'
    ]
    for i, bar in enumerate(bars):
        x0 = left + ((max(low, min(0.0, high)) if bar.is_total else bar.begin) - low) * scale
        x1 = left + (bar.end - low) * scale
        parts += _draw(i, bar, x0, x1, decimals, is_last=i == len(bars) - 1)
    zero = left - low * scale
    if low <= 0 <= high:
        parts.append(f'<line x1="{zero:.1f}" y1="0" x2="{zero:.1f}" y2="{rows}" stroke="currentColor"/>')
        parts.append(_text(zero, rows + 18, f"[{unit}]", "middle", "axis"))
    else:
        parts += _cut(left, rows, bars)
        parts.append(_text(left, rows + 18, message("waterfall.cut_axis", unit=unit), "start", "axis"))
    return "".join([*parts, "</svg>"])


def _bars(
    baseline: tuple[str, float], steps: Sequence[tuple[str, float]], alternative: tuple[str, float]
) -> list[Step]:
    bars = [Step(baseline[0], 0.0, baseline[1], True)]
    for label, value in steps:
        bars.append(Step(label, bars[-1].end, bars[-1].end + value))
    return [*bars, Step(alternative[0], 0.0, alternative[1], True)]


def _axis(bars: Sequence[Step]) -> tuple[float, float]:
    """Return the ends of the axis: from zero, or cut where steps would be too small to be seen."""
    ends = [bar.end for bar in bars]
    low, high = min(ends), max(ends)
    largest = max(abs(low), abs(high))
    if low <= 0 <= high or high - low >= FROM_ZERO * largest or high == low:
        return min(0.0, low), max(0.0, high)
    room = 0.25 * (high - low)
    return (low - room, high) if low > 0 else (low, high + room)


def _draw(i: int, bar: Step, x0: float, x1: float, decimals: int, *, is_last: bool) -> list[str]:
    top, change = i * ROW + 4, bar.end - bar.begin
    color = TOTAL if bar.is_total else EMITTED if change >= 0 else TAKEN
    # differences of rounded ends: the numbers of a figure add up as they are printed
    shown = (
        round(bar.end, decimals) if bar.is_total else round(bar.end, decimals) - round(bar.begin, decimals)
    )
    number = _number(shown, decimals, signed=not bar.is_total)
    if change and not round(shown, decimals) and not bar.is_total:
        number = f"{'−' if change < 0 else '+'}< {_number(10.0**-decimals, decimals)}"
    parts = [
        f'<text x="{LABEL - 6}" y="{top + 12}" text-anchor="end"><title>{escape(bar.label)}</title>'
        f"{escape(fit_label(bar.label))}</text>",
        f'<rect x="{min(x0, x1):.1f}" y="{top}" width="{max(abs(x1 - x0), 0.5):.1f}" '
        f'height="{ROW - 8}" fill="{color}"/>',
        _text(max(x0, x1) + 5, top + 12, number, "start", "number"),
    ]
    if not is_last:
        line = f'x1="{x1:.1f}" y1="{top + ROW - 8}" x2="{x1:.1f}" y2="{top + ROW}"'
        parts.append(f'<line {line} stroke="currentColor" stroke-width="0.7"/>')
    return parts


def _cut(left: float, rows: int, bars: Sequence[Step]) -> list[str]:
    """Draw the sign of a cut axis through the two totals."""
    places = [i for i, bar in enumerate(bars) if bar.is_total]
    at = left + 10 if bars[0].end > 0 else WIDTH - NUMBER - 16
    return [
        f'<path d="M{at:.1f} {i * ROW + 2} l4 7 l-4 6 l4 7" fill="none" stroke="white" stroke-width="3"/>'
        for i in places
    ]


def _text(x: float, y: float, text: str, anchor: str, kind: str) -> str:
    return f'<text x="{x:.1f}" y="{y}" text-anchor="{anchor}" class="{kind}">{escape(text)}</text>'


def _decimals(steps: Sequence[float]) -> int:
    """Return decimals for all numbers: enough for the largest step, and for the smallest unless it is far
    below.
    """
    sizes = [abs(step) for step in steps if step]
    if not sizes:
        return DIGITS
    needed, smallest = DIGITS - 1 - floor(log10(max(sizes))), -floor(log10(min(sizes)))
    return max(0, needed, min(smallest, needed + 3))


def _number(value: float, decimals: int, *, signed: bool = False) -> str:
    form = f",.{decimals}f" if decimals <= MOST_DECIMALS else f".{DIGITS - 1}e"
    text = format(value, f"+{form}" if signed else form)
    return text.replace("-", "−")
