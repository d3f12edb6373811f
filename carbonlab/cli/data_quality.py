"""The data quality of the products of a study, as one table."""

from __future__ import annotations

from typing import Any

from carbonlab.cli.output import say, say_table, shorten
from carbonlab.messages import message
from carbonlab.vocabulary import Confidence, ValueKind

COLUMNS = (
    ("measured", "value_kind", (ValueKind.MEASURED,)),
    ("totals", "value_kind", (ValueKind.PUBLISHED_TOTAL,)),
    ("proxy", "value_kind", (ValueKind.PROXY,)),
    ("assumed", "value_kind", (ValueKind.ASSUMPTION,)),
    ("recent", "age", ("to_5", "to_10")),
    ("older", "age", ("to_20", "over_20")),
    ("of_the_place", "place", ("same", "wider", "narrower")),
    ("global", "place", ("everywhere",)),
    ("elsewhere", "place", ("other",)),
    ("checked_well", "confidence", (Confidence.HIGH,)),
    ("partly", "confidence", (Confidence.MEDIUM,)),
    ("little", "confidence", (Confidence.LOW,)),
)
"""Key of a column, the part of the quality it shows, and the classes that are summed in it."""


def show_quality(rules: dict[str, Any]) -> None:
    """Print how much of each footprint of a rule set rests on values of which kind, age, place and confidence."""
    products = [product for product in rules["products"] if product["total"] is not None]
    if not products:
        return
    say(message("quality_column.heading"))
    say()
    rows = [[shorten(product["key"], 28), *_cells(product["quality"])] for product in products]
    say_table([message("cli.product"), *(message(f"quality_column.{key}") for key, _, _ in COLUMNS)], rows)
    say()


def _cells(quality: dict[str, dict[str, float]]) -> list[str]:
    sums = [sum(quality[part].get(word, 0.0) for word in words) for _, part, words in COLUMNS]
    return [f"{100 * share:.0f} %" for share in sums]
