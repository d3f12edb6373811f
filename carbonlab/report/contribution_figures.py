"""Figures of one product of the summary: stages, contributions, and the waterfall between two rule sets."""

from __future__ import annotations

from typing import Any

from carbonlab.messages import message
from carbonlab.report.figures import bar_chart
from carbonlab.report.waterfall import waterfall
from carbonlab.report.wording import slot_words, unit_of


def stage_bars(product: dict[str, Any]) -> str:
    """Return the footprint by life-cycle stage as signed bars (SVG)."""
    rows = [(message(f"stage.{key}"), value) for key, value in product["stages"].items()]
    return bar_chart(rows, unit=unit_of(product), title=message("report.stages"))


def contribution_bars(product: dict[str, Any], by: str) -> str:
    """Return the largest contributions by `by` as signed bars, and what remains of each sign (SVG).

    Parameters
    ----------
    product : dict
        Of the summary.
    by : str
        ``processes``, ``gases`` or ``elementary_flows``.
    """
    contributions = product[by]
    rows = [(row["name"], row["footprint"]) for row in contributions["largest"]]
    for key in ("rest_positive", "rest_negative"):
        if contributions[key]:
            rows.append((message(f"report.{key}"), contributions[key]))
    return bar_chart(rows, unit=unit_of(product), title=message(f"report.{by}"))


def gap_waterfall(gap: dict[str, Any]) -> str:
    """Return the waterfall of the widest gap of a comparison (SVG)."""
    steps = [(slot_words(term["slot"]), term["moved"]) for term in gap["terms"] if term["moved"]]
    return waterfall(
        (gap["from"], gap["from_total"]),
        steps,
        (gap["to"], gap["to_total"]),
        unit=gap["unit"],
        title=message("waterfall.title", product=gap["name"]),
    )
