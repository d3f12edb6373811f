"""Quality of the values behind a footprint: shares that sum to one, by kind, age, place and confidence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from carbonlab.cli.data_quality import show_quality
from carbonlab.inventory.edits import with_words
from carbonlab.report.quality import age_class, place_class, quality_of
from carbonlab.results.evaluation import evaluate_system
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.system.pipeline import build_product_system
from tests.tiny import tiny_database

PLANT = """
[flows]
thing = "kg"
power = "kWh"
[[processes]]
id = "plant"
out = { thing = 1, co2 = 3 }
in = { power = 1 }
[[processes]]
id = "grid"
out = { power = 1, co2 = 1 }
"""


def quality(year: str = "2024", location: str = "CN-SW") -> dict[str, dict[str, float]]:
    """Return the quality of a product whose own emission (3 kg) and power (1 kg) are of different values."""
    db = tiny_database(PLANT)
    emissions = np.flatnonzero(db.column("flows", "id")[db.column("exchanges", "flow")] == "co2")
    owner = db.column("processes", "id")[db.column("exchanges", "process")[emissions]]
    words = {
        "plant": {
            "value_kind": "measured_or_statistical",
            "year": "2021",
            "geography": "CN",
            "confidence": "high",
        },
        "grid": {"value_kind": "proxy", "year": "1999", "geography": "RNA", "confidence": "low"},
    }
    for column in ("value_kind", "year", "geography", "confidence"):
        db = with_words(
            db, "exchanges", column, rows=emissions, words=[words[process][column] for process in owner]
        )
    evaluation = evaluate_system(build_product_system([db], load_rule_set("default")))
    column_of = evaluation.system.column_of("plant", "thing")
    scaling = evaluation.run(column_of, 1.0).x
    return quality_of(evaluation, scaling, reference_year=year, location=location)


def test_shares_follow_the_contributions() -> None:
    found = quality()
    assert found == {
        "value_kind": pytest.approx({"measured_or_statistical": 0.75, "proxy": 0.25}),
        "confidence": pytest.approx({"high": 0.75, "low": 0.25}),
        "age": pytest.approx({"to_5": 0.75, "over_20": 0.25}),
        "place": pytest.approx({"wider": 0.75, "other": 0.25}),
    }


def test_without_a_reference_year_or_a_place_nothing_is_claimed() -> None:
    assert quality(year="")["age"] == pytest.approx({"undated": 1.0})
    assert quality(location="")["place"] == pytest.approx({"not_stated": 1.0})


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        ("2019", "to_5"), ("2018", "to_10"), ("2004-2005", "to_20"), ("2003", "over_20"), ("n.d.", "undated"),
        ("2026", "to_5"),
    ],
)  # fmt: skip
def test_age_counts_from_the_reference_year(year: str, expected: str) -> None:
    assert age_class(year, 2024) == expected


@pytest.mark.parametrize(
    ("place", "location", "expected"),
    [
        ("CN", "CN", "same"), ("CN", "CN-E", "wider"), ("CN-E", "CN", "narrower"), ("GLO", "CN", "everywhere"),
        ("C", "CN", "other"),
    ],
)  # fmt: skip
def test_places_are_compared_by_name(place: str, location: str, expected: str) -> None:
    assert place_class(place, location) == expected


def test_the_table_sums_classes(capsys: pytest.CaptureFixture[str]) -> None:
    rules: dict[str, Any] = {
        "products": [
            {"key": "thing", "total": 4.0, "quality": quality()},
            {"key": "nothing", "total": None},
        ]
    }
    show_quality(rules)
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("thing"))
    cells = line.split("%")
    assert [cell.split()[-1] for cell in cells if cell.split()] == [
        "75", "0", "25", "0", "75", "25", "75", "0", "25", "75", "0", "25",
    ]  # fmt: skip
