"""The uncertainty of a study as sheets of a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from carbonlab.messages import message
from carbonlab.report.export import Cell, Column, Table
from carbonlab.report.wording import slot_words, status_word
from carbonlab.results.schema import IMPACT_UNIT


def uncertainty_tables(summary: dict[str, Any]) -> list[Table]:
    """Return the sheets: draws, inputs, data against rule, widest gap; none if nothing was drawn."""
    uncertainty = summary.get("uncertainty")
    if not uncertainty:
        return []
    found = [_drawn(uncertainty), _inputs(uncertainty["first_order"])]
    if uncertainty["split"]:
        found.append(_split(uncertainty["split"]))
    if uncertainty["attribution"] and uncertainty["attribution"]["terms"]:
        found.append(_gap(uncertainty["attribution"]))
    return found


def _drawn(uncertainty: dict[str, Any]) -> Table:
    heads = [(message("report.rule_set"), ""), *_product_heads()]
    heads += [(message("study_report.unit_of_amount"), ""), (message("report.status"), "")]
    names = ("static", "mean", "standard_deviation", "standard_error")
    heads += [
        (message(f"uncertainty.{name}"), IMPACT_UNIT) for name in ("static", "mean", "deviation", "error")
    ]
    heads += [
        (message("uncertainty.low", share=f"{100 * share:g} %"), IMPACT_UNIT)
        for share in uncertainty["quantiles"]
    ]
    heads += [(message("uncertainty.difference"), IMPACT_UNIT)]
    heads += [(message(f"uncertainty.{name}"), "1") for name in ("higher", "equal")]
    heads += [(message("uncertainty.draws"), "1")]
    rows: list[list[Cell]] = []
    for row in uncertainty["rows"]:
        difference = row.get("difference", {})
        rows.append(
            [
                *(row[name] for name in ("rule_set", "product", "name", "unit")),
                status_word(row["status"]),
                *(row[name] for name in names),
                *row["quantiles"],
                difference.get("mean"),
                difference.get("probability_higher"),
                difference.get("probability_equal"),
                row["draws_with_number"],
            ]
        )
    return _table(message("uncertainty.sheet"), heads, rows)


def _inputs(products: Sequence[dict[str, Any]]) -> Table:
    heads = [
        *_product_heads(),
        (message("sensitivity.input"), ""),
        (message("study_report.unit_of_amount"), ""),
    ]
    heads += [(message(f"sensitivity.{name}"), "") for name in ("stated", "deviation")]
    heads += [(message(f"sensitivity.{name}"), "1") for name in ("elasticity", "share")]
    names = ("input", "unit", "stated", "standard_deviation", "elasticity", "share")
    rows = [
        [product["product"], product["name"], *(one[name] for name in names)]
        for product in products
        for one in product["inputs"]
    ]
    return _table(message("uncertainty.sheet_inputs"), heads, rows)


def _split(split: dict[str, Any]) -> Table:
    heads = [*_product_heads(), (message("uncertainty.rule_sets_compared"), "1")]
    columns = ("data", "rule_sets", "together")
    for column in columns:
        name = message(f"uncertainty.share_{column}")
        heads += [
            (message(f"uncertainty.{key}", name=name), "1")
            for key in ("share_of", "interval_low", "interval_high")
        ]
    rows = [
        [row["product"], row["name"], row["compared"], *(value for name in columns for value in row[name])]
        for row in split["rows"]
    ]
    return _table(message("uncertainty.sheet_split"), heads, rows)


def _gap(gap: dict[str, Any]) -> Table:
    level = f"{100 * gap['level']:g} %"
    interval = message("uncertainty.part_interval", level=level)
    heads = [(message("report.product"), ""), (message("report.slot"), "")]
    heads += [(message(f"uncertainty.{name}"), IMPACT_UNIT) for name in ("static", "mean")]
    heads += [(message(f"uncertainty.interval_{end}", name=interval), IMPACT_UNIT) for end in ("low", "high")]
    heads += [(message(f"uncertainty.{name}"), "1") for name in ("raises", "lowers")]
    names = ("stated", "mean", "low", "high", "raises", "lowers")
    rows = [[gap["name"], slot_words(term["slot"]), *(term[name] for name in names)] for term in gap["terms"]]
    return _table(message("uncertainty.sheet_gap"), heads, rows)


def _product_heads() -> list[tuple[str, str]]:
    return [(message("study_report.key"), ""), (message("report.product"), "")]


def _table(name: str, heads: Sequence[tuple[str, str]], rows: Sequence[Sequence[Cell]]) -> Table:
    columns = [Column(head, tuple(row[i] for row in rows), unit) for i, (head, unit) in enumerate(heads)]
    return Table(name, tuple(columns))
