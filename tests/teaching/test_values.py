"""Every value of the teaching inventory has its source, and its number is the number of that source."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest

from carbonlab.vocabulary import Confidence, ValueKind
from tests.teaching.tables_as_written import (
    FOLDERS,
    HERE,
    Row,
    arithmetic,
    chapters,
    each_value,
    numbers_in,
    origin_of,
    rows,
    rows_of,
    value_of,
)

Figures = dict[str, list[dict[str, str]]]
"""Rows of a table of figures by name."""

VALUES = list(each_value())
NEEDED = ("value_kind", "year", "geography", "source", "confidence", "comment")
KINDS = {kind.value for kind in ValueKind} - {ValueKind.UNSTATED.value}
SURENESS = {word.value for word in Confidence} - {Confidence.UNSTATED.value}


def faults_of(row: Row, sources: set[str]) -> list[str]:
    """Return what a row lacks of unit, year, geography, source, confidence, kind and reason."""
    faults = [f"no {field}" for field in NEEDED if not row.get(field)]
    if "unit" in row and not row["unit"]:
        faults.append("no unit")
    if row["value_kind"] not in KINDS:
        faults.append(f"value_kind {row['value_kind']!r}")
    if row["confidence"] not in SURENESS:
        faults.append(f"confidence {row['confidence']!r}")
    if row["source"] not in sources:
        faults.append(f"unknown source {row['source']!r}")
    for kind in ("assumption", "proxy"):
        reason = row["comment"].partition(f"{kind}: ")[2]
        if (row["value_kind"] == kind) != (len(reason) >= 15):
            faults.append(f"{kind} and its reason do not go together")
    return faults


def read_figures(path: Path) -> Figures:
    """Return the rows of a table of figures by name."""
    by_name: Figures = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            by_name.setdefault(row["name"], []).append(row)
    return by_name


@pytest.fixture(scope="module")
def figures() -> Figures:
    """Return the figures that the inventory cites: from the common tables, and read for it."""
    return read_figures(HERE / "figures_used.csv") | read_figures(HERE / "figures_read.csv")


@pytest.fixture(scope="module")
def sources() -> dict[str, set[str]]:
    """Return the source ids of each folder."""
    return {folder.name: {row["id"] for row in rows(folder, "sources")} for folder in FOLDERS}


def test_every_value_is_complete(sources: dict[str, set[str]]) -> None:
    faults = {where: faults_of(row, sources[where.partition("/")[0]]) for where, row in VALUES}
    assert not {where: found for where, found in faults.items() if found}
    assert len(VALUES) > 600


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"source": ""}, "no source"),
        ({"source": "hearsay"}, "unknown source 'hearsay'"),
        ({"year": ""}, "no year"),
        ({"geography": ""}, "no geography"),
        ({"unit": ""}, "no unit"),
        ({"confidence": "unstated"}, "confidence 'unstated'"),
        ({"value_kind": "unstated"}, "value_kind 'unstated'"),
        ({"value_kind": "assumption"}, "assumption and its reason do not go together"),
        ({"comment": "proxy: so it is, as everybody knows"}, "proxy and its reason do not go together"),
    ],
)
def test_incomplete_value_is_refused(
    change: dict[str, str], fault: str, sources: dict[str, set[str]]
) -> None:
    where, row = next((where, row) for where, row in VALUES if row["value_kind"] == "measured_or_statistical")
    known = sources[where.partition("/")[0]]
    assert not faults_of(row, known)
    assert fault in faults_of({**row, **change}, known)


def stray_number(row: Row, figures: Figures) -> str:
    """Return why the number of a row is not the one of the figures that its comment cites; empty if it is."""
    origin, value = origin_of(row), value_of(row)
    unknown = [name for name in origin.figures if name not in figures]
    if unknown:
        return f"no figure {unknown[0]!r}"
    if origin.expression:
        numbers = numbers_in(origin.expression)
        for name in origin.figures:
            if not any(_stands_in(float(figure["value"]), numbers) for figure in figures[name]):
                return f"the value of {name!r} is not in the expression"
        expected = [arithmetic(origin.expression)]
    elif origin.figures:
        of_year = [figure for figure in figures[origin.figures[0]] if _same_year(figure, row)]
        expected = [float(figure["value"]) * origin.factor for figure in of_year]
    else:
        stands_alone = row["source"] == "assumption" or row["comment"].startswith("definition: ")
        return "" if stands_alone else "neither figure nor arithmetic nor assumption nor definition"
    if value is None or any(math.isclose(value, number, rel_tol=1e-9) for number in expected):
        return ""  # a formula is compared with its expression in test_inventory
    return f"{value} is not {expected}"


def test_every_number_is_that_of_its_source(figures: Figures) -> None:
    stray = {where: stray_number(row, figures) for where, row in VALUES}
    found = {where: why for where, why in stray.items() if why}
    assert not found, "after new citations run: python -m tests.teaching.collect_figures"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"amount": "0.96"}, "0.96 is not [0.95]"),
        ({"year": "2007"}, "0.95 is not []"),
        ({"comment": "figures: Clinker fraction, somewhere"}, "no figure 'Clinker fraction, somewhere'"),
        ({"comment": "figures: Clinker fraction, Portland cement; x 2"}, "0.95 is not [1.9]"),
        (
            {"comment": "computed: 0.94+0.01; figures: Clinker fraction, Portland cement"},
            "is not in the expression",
        ),
        ({"comment": "as usual"}, "neither figure nor arithmetic nor assumption nor definition"),
    ],
)
def test_stray_number_is_found(change: dict[str, str], why: str, figures: Figures) -> None:
    row = next(row for _, row in VALUES if row["comment"] == "figures: Clinker fraction, Portland cement")
    assert stray_number(row, figures) == ""
    assert why in stray_number({**row, **change}, figures)


def _stands_in(value: float, numbers: set[float]) -> bool:
    """Whether a figure stands in an expression, itself or moved by powers of ten."""
    return any(
        math.isclose(value, number * 10.0**power, rel_tol=1e-9)
        for number in numbers
        for power in range(-9, 10)
    )


def _same_year(figure: Row, row: Row) -> bool:
    return row["year"] == (figure["year"] or "n.d.")


def test_arithmetic_without_figures_is_stoichiometry_or_explained() -> None:
    for where, row in VALUES:
        origin = origin_of(row)
        if origin.expression and not origin.figures:
            assert row["comment"].startswith("stoichiometry: "), where


def test_cited_figures_are_those_of_the_common_tables(shared_reference: Path) -> None:
    common = [
        tuple(row.values())
        for table in ("figures.csv", "figures_2.csv")
        for candidates in read_figures(shared_reference / table).values()
        for row in candidates
    ]
    used = read_figures(HERE / "figures_used.csv")
    strangers = [
        row["name"] for rows_ in used.values() for row in rows_ if tuple(row.values()) not in set(common)
    ]
    assert not strangers
    assert sum(map(len, used.values())) > 250


def test_figures_read_for_the_inventory_repeat_none_of_the_common_tables() -> None:
    read, used = read_figures(HERE / "figures_read.csv"), read_figures(HERE / "figures_used.csv")
    assert not set(read) & set(used)
    assert all(row["source"] and row["url"] and row["unit"] for rows_ in read.values() for row in rows_)


def test_every_figure_kept_is_cited() -> None:
    cited = {name for _, row in VALUES for name in origin_of(row).figures}
    kept = set(read_figures(HERE / "figures_used.csv")) | set(read_figures(HERE / "figures_read.csv"))
    assert kept == cited, "run: python -m tests.teaching.collect_figures"


SHARED_ALIKE = "electronics"
"""The chapter that may cite data under a share-alike licence: apart, with a note on the licence."""


def test_licences_allow_what_is_in_the_package() -> None:
    parts = [chapter for folder in FOLDERS for chapter in chapters(folder)]
    for chapter in parts:
        texts = [" ".join(row.values()).lower() for row in rows_of(chapter / "sources.csv")]
        words = {"odbl", "boavizta", "cpcd", "share-alike", "ecoinvent", "aib", "green-e"}
        if chapter.name == SHARED_ALIKE:
            words -= {"odbl", "boavizta", "share-alike"}
        found = {word for word in words for text in texts if f" {word} " in f" {text} "}
        assert not found, chapter
    alike = [c for c in parts for row in rows_of(c / "sources.csv") if "share-alike" in row["licence"]]
    assert {chapter.name for chapter in alike} == {SHARED_ALIKE}
    assert "Open Database License" in (FOLDERS[0] / SHARED_ALIKE / "LICENSE.txt").read_text(encoding="utf-8")
    assert all(row["licence"] for folder in FOLDERS for row in rows(folder, "sources"))
