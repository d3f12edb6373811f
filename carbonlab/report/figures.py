"""Figures of the report as inline SVG: signed bars with their numbers, readable without color."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from carbonlab.display import text_width

EMITTED = "#D55E00"
"""Vermilion of the Okabe–Ito palette: adds to the footprint."""
TAKEN = "#0072B2"
"""Blue of the same palette: takes away."""

WIDTH, ROW, LABEL, NUMBER = 760, 24, 270, 96
"""Measures of a bar chart [px]: whole width, height of a row, width of the labels, room for a number."""


def bar_chart(rows: Sequence[tuple[str, float]], *, unit: str, title: str) -> str:
    """Return signed horizontal bars as an SVG element.

    Parameters
    ----------
    rows : sequence of (label, value)
        From top to bottom; negative values go to the left of the zero line.
    unit : str
        Of the values; written under the axis.
    title : str
        Text alternative.
    """
    if not rows:
        return ""
    low = min(0.0, *(value for _, value in rows))
    high = max(0.0, *(value for _, value in rows))
    span = (high - low) or 1.0
    left = LABEL + (NUMBER if low < 0 else 8)
    scale = (WIDTH - left - NUMBER) / span
    zero = left - low * scale
    height = ROW * len(rows) + 26
    parts = [
        f'<svg class="bars" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" role="img" aria-label="{escape(title)}">',
        f'<line x1="{zero:.1f}" y1="0" x2="{zero:.1f}" y2="{ROW * len(rows)}" stroke="currentColor" stroke-width="1"/>',
    ]
    for i, (label, value) in enumerate(rows):
        parts += _bar(i, label, value, zero, scale)
    parts.append(
        f'<text x="{left + span * scale / 2:.1f}" y="{height - 8}" text-anchor="middle" class="axis">'
        f"[{escape(unit)}]</text></svg>"
    )
    return "".join(parts)


def _bar(i: int, label: str, value: float, zero: float, scale: float) -> list[str]:
    top, length = i * ROW + 4, abs(value) * scale
    start = zero if value >= 0 else zero - length
    beside, anchor = (zero + length + 5, "start") if value >= 0 else (zero - length - 5, "end")
    return [
        f'<text x="{LABEL - 6}" y="{top + 12}" text-anchor="end"><title>{escape(label)}</title>'
        f"{escape(fit_label(label))}</text>",
        f'<rect x="{start:.1f}" y="{top}" width="{max(length, 0.5):.1f}" height="{ROW - 8}" '
        f'fill="{EMITTED if value >= 0 else TAKEN}"/>',
        f'<text x="{beside:.1f}" y="{top + 12}" text-anchor="{anchor}" class="number">{format_number(value)}</text>',
    ]


def format_number(value: float | None) -> str:
    """Return a number with four significant digits and a true minus sign; a dash for none."""
    if value is None:
        return "–"
    if value == 0:
        return "0"
    text = f"{value:,.0f}" if 1e4 <= abs(value) < 1e9 else f"{value:,.4g}"
    return text.replace("-", "−")


def format_share(value: float | None) -> str:
    """Return a share as a percentage with one decimal; what is zero in it has no sign."""
    return "–" if value is None else f"{100 * value:z.1f} %".replace("-", "−")


def fit_label(label: str) -> str:
    """Cut a label to the width of its column, counting wide letters twice."""
    room, kept = (LABEL - 12) / 6.6, ""
    for letter in label:
        room -= text_width(letter)
        if room < 1:
            return kept + "…"
        kept += letter
    return kept
