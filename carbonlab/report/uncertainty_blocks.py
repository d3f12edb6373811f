"""The chapter on uncertainty of a study, the same for the web page and for print."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from carbonlab.compare.paired_words import share_of_draws
from carbonlab.messages import message
from carbonlab.report.document import Block, Figure, Grid, Heading, Text, grid
from carbonlab.report.figures import format_number, format_share
from carbonlab.report.uncertainty import interval_chart, uncertainty_notes
from carbonlab.report.wording import slot_words, status_word
from carbonlab.vocabulary import Status


def uncertainty_blocks(summary: dict[str, Any]) -> list[Block]:
    """Return what a summary says about uncertainty (`carbonlab.report.study_uncertainty`), if it does."""
    uncertainty = summary.get("uncertainty")
    if not uncertainty:
        return []
    blocks: list[Block] = [Text(message("uncertainty.legend_of_bars", **_ends(uncertainty)), "note")]
    for product in dict.fromkeys(row["product"] for row in uncertainty["rows"]):
        rows = [row for row in uncertainty["rows"] if row["product"] == product]
        blocks += _intervals(rows, uncertainty)
    blocks += [Text(line, "note") for line in uncertainty_notes(uncertainty)]
    return blocks + _split(uncertainty["split"]) + _attribution(uncertainty["attribution"])


def sensitivity_blocks(summary: dict[str, Any]) -> list[Block]:
    """Return the inputs that make up most of the variance of each footprint; nothing if none were asked for."""
    uncertainty = summary.get("uncertainty")
    if not uncertainty:
        return []
    names = ("input", "stated", "deviation", "elasticity", "share")
    head = [message(f"sensitivity.{name}") for name in names]
    blocks: list[Block] = [Text(message("uncertainty.first_order_text"))]
    for product in uncertainty["first_order"]:
        rows = [
            [
                one["input"],
                f"{format_number(one['stated'])} {one['unit']}",
                f"{format_number(one['standard_deviation'])} {one['unit']}",
                format_number(one["elasticity"]),
                format_share(one["share"]),
            ]
            for one in product["inputs"]
        ]
        deviation = f"{format_number(product['standard_deviation'])} {product['unit']}"
        caption = message("uncertainty.first_order_of", product=product["name"], deviation=deviation)
        if rows:
            blocks.append(grid(head, rows, numbers=(1, 2, 3, 4), caption=caption, weights=(4, 2, 2, 1, 1)))
        else:
            blocks.append(Text(message("uncertainty.no_inputs", product=product["name"])))
    return blocks


def _ends(uncertainty: dict[str, Any]) -> dict[str, str]:
    low, high = (
        f"{100 * share:g} %" for share in (uncertainty["quantiles"][0], uncertainty["quantiles"][-1])
    )
    return {"low": low, "high": high}


def _intervals(rows: Sequence[dict[str, Any]], uncertainty: dict[str, Any]) -> list[Block]:
    """Return figure and table of one product, a row for each rule set that it has a number under."""
    known = [row for row in rows if row["mean"] is not None]
    heading = Heading(rows[0]["name"], 3, is_numbered=False)
    missing: list[Block] = [
        Text(f"{row['rule_set']}: {status_word(row['status'])}", "note")
        for row in rows
        if row["mean"] is None and row["status"] != Status.NOT_APPLICABLE
    ]
    if not known:
        return [heading, *missing] if missing else []
    caption = message("uncertainty.figure", product=rows[0]["name"])
    return [
        heading,
        Figure(interval_chart(known, uncertainty["quantiles"]), caption),
        _table(known, uncertainty),
        *missing,
    ]


def _table(rows: Sequence[dict[str, Any]], uncertainty: dict[str, Any]) -> Grid:
    shares = uncertainty["quantiles"]
    several = any("difference" in row for row in rows)
    names = [
        "rule_set",
        "static",
        "mean",
        "median",
        "deviation",
        "interval",
        *(["higher", "lower"] if several else []),
    ]
    head = [message(f"uncertainty.{name}", **_ends(uncertainty)) for name in names]
    cells = [
        [
            row["rule_set"],
            *map(
                format_number,
                (row["static"], row["mean"], row["quantiles"][shares.index(0.5)], row["standard_deviation"]),
            ),
            f"{format_number(row['quantiles'][0])} … {format_number(row['quantiles'][-1])}",
            *(_certainty(row) if several else []),
        ]
        for row in rows
    ]
    return grid(head, cells, numbers=range(1, len(head)), caption=f"[{rows[0]['unit']}]", weights=(3,))


def _certainty(row: dict[str, Any]) -> list[str]:
    """Return in how many draws a rule set is above the baseline, and below it; the baseline itself in none."""
    difference = row.get("difference", {})
    higher, equal = difference.get("probability_higher"), difference.get("probability_equal")
    if higher is None or equal is None:
        return ["–", "–"]
    return [share_of_draws(higher), share_of_draws(max(1.0 - higher - equal, 0.0))]


def _split(split: dict[str, Any] | None) -> list[Block]:
    if not split or not split["rows"]:
        return []
    columns = ("data", "rule_sets", "together")
    head = [message("report.product"), message("uncertainty.rule_sets_compared")]
    head += [message(f"uncertainty.share_{name}") for name in columns]
    rows = [
        [row["name"], str(row["compared"]), *(_with_interval(row[name]) for name in columns)]
        for row in split["rows"]
    ]
    level = f"{100 * split['level']:g} %"
    return [
        Heading(message("uncertainty.data_or_rule"), 3, is_numbered=False),
        Text(message("uncertainty.data_or_rule_text", draws=split["draws"], level=level)),
        grid(head, rows, numbers=range(1, len(head)), weights=(3,)),
    ]


def _with_interval(values: Sequence[float]) -> str:
    share, low, high = (f"{100 * value:.1f}" for value in values)
    return f"{share} % ({low} … {high})".replace("-", "−")


def _attribution(attribution: dict[str, Any] | None) -> list[Block]:
    """Return which rule makes the widest gap, in every draw."""
    if not attribution:
        return []
    words = {key: attribution[key] for key in ("name", "from", "to")}
    heading = Heading(message("uncertainty.widest_gap", **_as_words(words)), 3, is_numbered=False)
    if not attribution["terms"]:
        return [heading, Text(attribution["note"], "note")]
    level = f"{100 * attribution['level']:g} %"
    head = [
        message("report.slot"),
        message("uncertainty.static"),
        message("uncertainty.mean"),
        message("uncertainty.part_interval", level=level),
        message("uncertainty.raises"),
        message("uncertainty.lowers"),
    ]
    rows = [
        [
            slot_words(term["slot"]),
            format_number(term["stated"]),
            format_number(term["mean"]),
            f"{format_number(term['low'])} … {format_number(term['high'])}",
            format_share(term["raises"]),
            format_share(term["lowers"]),
        ]
        for term in attribution["terms"]
    ]
    mean, low, high = map(format_number, attribution["difference"])
    text = message(
        "uncertainty.widest_gap_text", mean=mean, low=low, high=high, level=level, count=attribution["mixtures"],
        draws=attribution["draws"],
    )  # fmt: skip
    return [heading, Text(text), grid(head, rows, numbers=range(1, 6), caption="[kg CO2e]", weights=(3,))]


def _as_words(words: dict[str, str]) -> dict[str, str]:
    return {"product": words["name"], "first": words["from"], "second": words["to"]}
