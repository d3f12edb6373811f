"""How certain a difference between rule sets is: what the draws of the data say about it, as blocks of a document."""

from __future__ import annotations

from collections.abc import Iterator

import xarray as xr

from carbonlab.compare.compared_rules import ComparedRules
from carbonlab.compare.drawn_terms import drawn_terms_of, paired_of
from carbonlab.compare.paired_words import (
    how_to_read,
    mean_in_words,
    share_of_draws,
    shares_in_words,
    verdict_in_words,
)
from carbonlab.messages import message, shown_name
from carbonlab.report.document import Block, Cell, Heading, Text, grid
from carbonlab.report.figures import format_number

COLUMNS = ("mean", "part_interval", "raises", "lowers")


def drawn_blocks(compared: ComparedRules) -> Iterator[Block]:
    """Yield what each slot makes over the draws, and how certain the sign of the difference is; nothing undrawn."""
    if not compared.drawn:
        return
    yield Heading(message("comparison.drawn"))
    yield Text(how_to_read(), "note")
    for attribution in compared.drawn:
        for product in attribution["product"].values.tolist():
            yield from _product(attribution, attribution.sel(product=product))


def _product(attribution: xr.Dataset, one: xr.Dataset) -> Iterator[Block]:
    attrs, drawn = attribution.attrs, int(one["draws_with_number"])
    level = f"{100 * attrs['level']:g} %"
    ends = {"first": str(attrs["baseline"]), "second": str(attrs["alternative"])}
    yield Heading(f"{shown_name(str(one['product_name'].item()))}: {ends['first']} → {ends['second']}", 2)
    if not drawn:
        yield Text(message("uncertainty.no_drawn_gap"))
        return
    paired = paired_of(one)
    yield Text(verdict_in_words(paired, **ends), "strong")
    yield Text(shares_in_words(paired))
    yield Text(mean_in_words(paired))
    low, high = map(format_number, one["difference_interval"].values.tolist())
    words = {"mean": format_number(float(one["difference_mean"])), "low": low, "high": high}
    yield Text(
        message("uncertainty.widest_gap_text", level=level, count=attrs["rule_sets"], draws=drawn, **words)
    )
    lost = int(attrs["draws"]) - drawn
    if lost:
        yield Text(message("cli.drawn_gap_lost", count=lost), "missing")
    head = [message("report.slot"), message("uncertainty.static")]
    head += [message(f"uncertainty.{column}", level=level) for column in COLUMNS]
    rows: list[list[Cell]] = [
        [
            term.name,
            format_number(term.stated),
            format_number(term.mean),
            f"{format_number(term.low)} … {format_number(term.high)}",
            share_of_draws(term.raises),
            share_of_draws(term.lowers),
        ]
        for term in drawn_terms_of(one)
    ]
    yield grid(head, rows, numbers=range(1, len(head)), caption="[kg CO2e]", weights=(3,))
