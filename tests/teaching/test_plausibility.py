"""Results beside published totals: each gap of more than 30 % is explained, and the page says what is."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from carbonlab.errors import StudyError
from carbonlab.report.plausibility import Comparison, PublishedTotal, read_published_totals
from tests.teaching.plausibility_page import PAGE, comparisons, page
from tests.teaching.tables_as_written import FOLDERS, chapters


def test_every_chapter_has_published_totals() -> None:
    assert {found.total.chapter for found in comparisons()} == {path.name for path in chapters(FOLDERS[0])}


def test_every_large_gap_is_explained() -> None:
    bare = [
        f"{found.total.chapter}, {found.total.name}: {found.ours:.4g} against {found.total.published:.4g}"
        for found in comparisons()
        if not found.is_settled
    ]
    assert not bare
    assert all(math.isfinite(found.ours) for found in comparisons())


def test_results_lie_where_they_were_expected() -> None:
    strays = [(found.total.name, found.ours) for found in comparisons() if not found.is_expected]
    assert not strays, "explain anew, and set low and high in published_totals.toml"


def test_results_and_published_totals_are_of_one_order() -> None:
    far = [found for found in comparisons() if not 0.1 < found.ours / found.total.published < 10]
    assert not [(found.total.name, found.ours, found.total.published) for found in far]


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.teaching.plausibility_page"


TOTAL = """[[totals]]
name = "a"
process = "p"
flow = "f"
published = 2.0
unit = "kg CO2e per kg"
year = 2020
geography = "GLO"
source = "s"
"""


def test_a_gap_is_settled_if_small_or_explained(tmp_path: Path) -> None:
    (tmp_path / "totals.toml").write_text(TOTAL + 'amount = 3\nexplanation = "because"\n', encoding="utf-8")
    (total,) = read_published_totals(tmp_path / "totals.toml")
    assert total == PublishedTotal(
        name="a", process="p", flow="f", published=2.0, unit="kg CO2e per kg", year="2020", geography="GLO",
        source="s", amount=3.0, explanation="because", chapter=tmp_path.name,
    )  # fmt: skip
    assert Comparison(total=total, ours=3.0).gap == pytest.approx(0.5)
    assert Comparison(total=total, ours=3.0).is_settled
    (tmp_path / "totals.toml").write_text(TOTAL, encoding="utf-8")
    (bare,) = read_published_totals(tmp_path / "totals.toml")
    assert not Comparison(total=bare, ours=3.0).is_settled
    assert Comparison(total=bare, ours=2.5).is_settled


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("published = 2.0\n", ""), "has no 'published'"),
        (('name = "a"', 'name = "a"\nyeer = 1'), "unknown key 'yeer'"),
        (('"a"', "a"), "cannot be read"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, change: tuple[str, str], words: str) -> None:
    (tmp_path / "totals.toml").write_text(TOTAL.replace(*change), encoding="utf-8")
    with pytest.raises(StudyError, match=words):
        read_published_totals(tmp_path / "totals.toml")
