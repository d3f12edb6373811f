"""The uncertainty of footprints in words, as a table, and as a figure: from a simulation to what a reader sees."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import xarray as xr

from carbonlab.compare.paired_words import share_of_draws
from carbonlab.messages import message, translated
from carbonlab.report.figures import LABEL, NUMBER, ROW, WIDTH, fit_label, format_number
from carbonlab.results.schema import IMPACT_UNIT
from carbonlab.results.simulation_schema import check_simulation
from carbonlab.vocabulary import Status

WIDE = "#56B4E9"
"""Sky blue of the Okabe–Ito palette: the outer interval."""
NARROW = "#0072B2"
"""Blue of the same palette: the inner interval."""
STATIC = "#D55E00"
"""Vermilion of the same palette: the static footprint."""


def summarize_uncertainty(result: xr.Dataset) -> dict[str, Any]:
    """Return a simulation as plain data: one row for each rule set and product, and what was done.

    Parameters
    ----------
    result : xarray.Dataset
        Of `carbonlab.monte_carlo.simulate`.

    Raises
    ------
    ResultError
        If it is no valid simulation.
    """
    check_simulation(result)
    shares = result["quantile"].values
    rows = [
        _row(result.sel(rule_set=rule_set, product=product), str(rule_set), str(product), result)
        for product in result["product"].values
        for rule_set in result["rule_set"].values
    ]
    statuses = result["lanes_by_status"].sum("rule_set")
    stages = result["lanes_by_stage"].sum("rule_set")
    crossed = result["input_sign_changes"]
    return {
        "study": result.attrs["study"],
        "study_digest": result.attrs["study_digest"],
        "draws": int(result.attrs["draws"]),
        "seed": result.attrs["seed"],
        "ended": result.attrs["ended"],
        "lognormal_keeps": result.attrs["lognormal_keeps"],
        "baseline": result.attrs["baseline"],
        "quantiles": [float(share) for share in shares],
        "lanes": {
            str(word): int(n) for word, n in zip(statuses["lane_status"].values, statuses.values, strict=True)
        },
        "stages": {
            str(word): int(n) for word, n in zip(stages["lane_stage"].values, stages.values, strict=True)
        },
        "input_sign_changes": {
            str(name): int(n)
            for name, n in zip(crossed["uncertain_input"].values, crossed.values, strict=True)
            if n
        },
        "residual_max": float(result.attrs["residual_max"]),
        "error_max": float(result.attrs["error_max"]),
        "odd_spreads": _odd_spreads(result),
        "without_uncertainty": result.attrs.get("without_uncertainty", ""),
        "formulas_without_value": result.attrs.get("formulas_without_value", ""),
        "not_compared": result.attrs.get("not_compared", ""),
        "rows": rows,
    }


_COUNTS = {
    "recentered": "lognormals_recentered",
    "off_center": "spreads_around_another_value",
    "apart": "spreads_without_the_stated_value",
}
"""Spreads that do not lie where their stated values do: what the attribute ``sampled`` calls their numbers."""


def _odd_spreads(result: xr.Dataset) -> dict[str, int]:
    counts = json.loads(result.attrs["sampled"])
    return {key: int(counts.get(name, 0)) for key, name in _COUNTS.items()}


def _row(one: xr.Dataset, rule_set: str, product: str, result: xr.Dataset) -> dict[str, Any]:
    found: dict[str, Any] = {
        "rule_set": rule_set,
        "product": product,
        "name": str(one["product_name"].values),
        "unit": f"{IMPACT_UNIT} {message('report.per')} {one['product_amount'].item():g} {one['product_unit'].item()}",
        "status": str(one["status"].values),
        "draws_with_number": int(one["draws_with_number"]),
        "sign_changes": int(one["sign_changes"]),
        "quantiles": [_plain(value) for value in one["quantiles"].values.tolist()],
        "quantile_errors": [_plain(value) for value in one["quantile_error"].values.tolist()],
    }
    for name in ("static", "mean", "standard_deviation", "standard_error", "minimum", "maximum"):
        found[name] = _plain(one[name].item())
    if "difference_mean" in result and rule_set != result.attrs["baseline"]:
        found["difference"] = {
            "mean": _plain(one["difference_mean"].item()),
            "quantiles": [_plain(value) for value in one["difference_quantiles"].values.tolist()],
            "standard_error": _plain(one["difference_standard_error"].item()),
            "draws": int(one["difference_draws"]),
        }
        if "probability_higher" in result:
            base = {"other_rule_set": result.attrs["baseline"]}
            found["difference"]["probability_higher"] = _plain(one["probability_higher"].sel(base).item())
            found["difference"]["probability_equal"] = _plain(one["probability_equal"].sel(base).item())
    return found


def uncertainty_section(result: xr.Dataset) -> str:
    """Return a simulation as a piece of HTML: for each product a figure and a table, then what was done."""
    summary = summarize_uncertainty(result)
    parts = [f"<section class='uncertainty'><h2>{escape(message('uncertainty.title'))}</h2>"]
    for product in dict.fromkeys(row["product"] for row in summary["rows"]):
        own = [row for row in summary["rows"] if row["product"] == product]
        parts.append(f"<h3>{escape(own[0]['name'])}</h3>")
        parts.append(interval_chart(own, summary["quantiles"]))
        parts.append(_table(own, summary["quantiles"]))
    parts += [f"<p>{escape(line)}</p>" for line in uncertainty_notes(summary)]
    return "".join([*parts, "</section>"])


def uncertainty_notes(summary: dict[str, Any]) -> list[str]:
    """Return in words what was drawn, and what was left out."""
    lines = [
        message(
            "uncertainty.drawn",
            draws=summary["draws"],
            seed=summary["seed"],
            kept=message(f"uncertainty.keeps_{summary['lognormal_keeps']}"),
            ended=translated(summary["ended"]),
        )
    ]
    for group in ("lanes", "stages"):
        lines += [
            message(f"uncertainty.{group}", count=count, words=translated(words))
            for words, count in summary[group].items()
            if count
        ]
    for kind in ("rule sets", "products"):
        if f"pairs of {kind}" in summary["not_compared"]:
            lines.append(message(f"uncertainty.{kind.replace(' ', '_')[:-1]}_pairs"))
    lines += [message(f"uncertainty.{key}", count=n) for key, n in summary["odd_spreads"].items() if n]
    if summary["without_uncertainty"]:
        lines.append(message("uncertainty.certain", products=summary["without_uncertainty"]))
    if summary["formulas_without_value"]:
        lines.append(message("uncertainty.without_value", formulas=summary["formulas_without_value"]))
    crossed = summary["input_sign_changes"]
    if crossed:
        lines.append(message("uncertainty.crossed", inputs=len(crossed), draws=sum(crossed.values())))
    lines.append(
        message(
            "uncertainty.accuracy",
            residual=f"{summary['residual_max']:.1e}",
            error=f"{summary['error_max']:.1e}",
        )
    )
    return lines


def interval_chart(rows: Sequence[dict[str, Any]], shares: Sequence[float]) -> str:
    """Return intervals of the rows of one product as an SVG element, readable without color.

    The thin bar is the outermost pair of quantiles, the thick one the pair around the middle half, the upright line
    the median, the diamond the static footprint. Rows without a number are left out; the table says why.
    """
    known = [row for row in rows if row["mean"] is not None]
    pairs = _pairs(shares)
    if not known or not pairs:
        return ""
    values = [value for row in known for value in (*row["quantiles"], row["static"]) if value is not None]
    low, high = min(0.0, *values), max(0.0, *values)
    scale = (WIDTH - LABEL - NUMBER) / ((high - low) or 1.0)

    def at(value: float) -> float:
        return float(LABEL + 8 + (value - low) * scale)

    height = ROW * len(known) + 26
    title = message("uncertainty.figure", product=known[0]["name"])
    parts = [
        f'<svg class="bars" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" role="img" aria-label="{escape(title)}">',
        f'<line x1="{at(0):.1f}" y1="0" x2="{at(0):.1f}" y2="{ROW * len(known)}" stroke="currentColor"/>',
    ]
    for i, row in enumerate(known):
        middle = i * ROW + ROW / 2
        parts.append(
            f'<text x="{LABEL - 6}" y="{middle + 4}" text-anchor="end"><title>{escape(row["rule_set"])}</title>'
            f"{escape(fit_label(row['rule_set']))}</text>"
        )
        for (first, last), thickness, color in zip(pairs, (4, 12), (WIDE, NARROW), strict=False):
            x0, x1 = at(row["quantiles"][first]), at(row["quantiles"][last])
            parts.append(
                f'<rect x="{x0:.1f}" y="{middle - thickness / 2}" width="{max(x1 - x0, 0.5):.1f}" '
                f'height="{thickness}" fill="{color}"/>'
            )
        parts += _marks(row, shares, middle, at)
    parts.append(
        f'<text x="{at(0):.1f}" y="{height - 8}" class="axis">[{escape(known[0]["unit"])}]</text></svg>'
    )
    return "".join(parts)


def _marks(row: dict[str, Any], shares: Sequence[float], middle: float, at: Any) -> list[str]:
    parts = []
    if 0.5 in shares:
        x = at(row["quantiles"][list(shares).index(0.5)])
        parts.append(
            f'<line x1="{x:.1f}" y1="{middle - 9}" x2="{x:.1f}" y2="{middle + 9}" stroke="currentColor" '
            'stroke-width="2"/>'
        )
    if row["static"] is not None:
        x = at(row["static"])
        parts.append(
            f'<path d="M{x:.1f} {middle - 5} l5 5 l-5 5 l-5 -5 z" fill="white" stroke="{STATIC}" stroke-width="2"/>'
        )
    last = at(max(value for value in row["quantiles"] if value is not None))
    parts.append(
        f'<text x="{last + 10:.1f}" y="{middle + 4}" class="number">{format_number(row["mean"])}</text>'
    )
    return parts


def _pairs(shares: Sequence[float]) -> list[tuple[int, int]]:
    """Return the positions of the outermost pair of quantiles, and of the one around the middle half."""
    found = []
    given = list(shares)
    for share in (given[:1], [0.25]):
        if share and share[0] < 0.5 and share[0] in given:
            opposite = [i for i, other in enumerate(given) if np.isclose(other, 1 - share[0])]
            if opposite:
                found.append((given.index(share[0]), opposite[0]))
    return found


def _table(rows: Sequence[dict[str, Any]], shares: Sequence[float]) -> str:
    outer = [shares[0], shares[-1]] if len(shares) > 1 else []
    head = [
        "rule_set",
        "static",
        "mean",
        "median",
        "deviation",
        "interval",
        "difference",
        "higher",
        "lower",
        "equal",
    ]
    cells = "".join(f"<th>{escape(message(f'uncertainty.{word}', **_shares(outer)))}</th>" for word in head)
    body = []
    for row in rows:
        texts = [row["rule_set"], *map(format_number, (row["static"], row["mean"]))]
        if row["mean"] is None:
            texts += (
                ["–"] * 7
                if Status(row["status"]) is Status.COMPLETE
                else [message(f"status.{row['status']}")]
            )
        else:
            texts += _numbers(row, shares)
        body.append("<tr>" + "".join(f"<td>{escape(text)}</td>" for text in texts) + "</tr>")
    return f"<table><caption>{escape(rows[0]['unit'])}</caption><tr>{cells}</tr>{''.join(body)}</table>"


def _numbers(row: dict[str, Any], shares: Sequence[float]) -> list[str]:
    quantiles = row["quantiles"]
    median = quantiles[list(shares).index(0.5)] if 0.5 in shares else None
    ends = f"{format_number(quantiles[0])} … {format_number(quantiles[-1])}" if len(shares) > 1 else "–"
    difference = row.get("difference", {})
    return [
        format_number(median),
        format_number(row["standard_deviation"]),
        ends,
        format_number(difference.get("mean")),
        *_shares_of_pair(difference),
    ]


def _shares_of_pair(difference: dict[str, Any]) -> list[str]:
    """Return the shares of draws above, below and equal to the baseline: a tie is none of the first two."""
    higher, equal = difference.get("probability_higher"), difference.get("probability_equal")
    if higher is None or equal is None:
        return ["–"] * 3
    return [share_of_draws(share) for share in (higher, max(0.0, 1.0 - higher - equal), equal)]


def _shares(outer: Sequence[float]) -> dict[str, str]:
    low, high = (f"{100 * share:g} %" for share in outer) if outer else ("", "")
    return {"low": low, "high": high}


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
