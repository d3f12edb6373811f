"""Uncertainty in the report of a study: numbers of the simulation, both languages, page, print and workbook."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from openpyxl import load_workbook

from carbonlab.compare.side_by_side import summarize_side_by_side
from carbonlab.messages import in_language
from carbonlab.monte_carlo import simulate
from carbonlab.report import pdf, study_uncertainty
from carbonlab.report.document import Grid
from carbonlab.report.html import build_report
from carbonlab.report.package import write_package
from carbonlab.report.shown_names import with_shown_names
from carbonlab.report.study_report import build_study_report
from carbonlab.report.study_uncertainty import assess_uncertainty
from carbonlab.report.summary import summarize
from carbonlab.report.uncertainty_blocks import uncertainty_blocks
from carbonlab.report.workbook import workbook_bytes
from carbonlab.results.calculate import collect, evaluate
from carbonlab.results.store import load_result
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.sensitivity.data_and_rules import data_and_rule_sets
from tests.monte_carlo.spread_systems import loop_study

DRAWS = 64
OTHER = replace(load_rule_set("default").replace(characterization="gwp20_ar6"), key="gwp20")


def summary_in(language: str) -> tuple[dict[str, Any], xr.Dataset]:
    study = loop_study(None, "default", OTHER)
    with in_language(language):
        evaluations = evaluate(study)
        result = collect(study, evaluations)
        summary = summarize(study, evaluations, result)
        summary["comparison"] = summarize_side_by_side(study, result)
        widest = summary["comparison"]["widest"]
        summary["uncertainty"], simulation = assess_uncertainty(
            study, evaluations, draws=DRAWS, widest=widest
        )
    return summary, simulation


@pytest.fixture(scope="module")
def english() -> tuple[dict[str, Any], xr.Dataset]:
    return summary_in("en")


def test_numbers_are_those_of_the_simulation(english: tuple[dict[str, Any], xr.Dataset]) -> None:
    summary, simulation = english
    own = simulate(loop_study(None, "default", OTHER), draws=DRAWS)
    np.testing.assert_array_equal(simulation["mean"], own["mean"])
    found = summary["uncertainty"]
    row = next(row for row in found["rows"] if (row["rule_set"], row["product"]) == ("gwp20", "widget"))
    assert row["mean"] == own["mean"].sel(rule_set="gwp20", product="widget").item()
    gap = found["attribution"]
    assert (gap["from"], gap["to"], gap["mixtures"]) == ("default", "gwp20", 2)
    one = own.sel(rule_set="gwp20", product=summary["comparison"]["widest"]["product"])
    assert gap["difference"][0] == pytest.approx(one["difference_mean"].item(), rel=1e-6)
    assert [(term["slot"], term["raises"]) for term in gap["terms"]] == [("characterization", 1.0)]
    shares = found["split"]["rows"][0]
    assert sum(shares[name][0] for name in ("data", "rule_sets", "together")) == pytest.approx(1.0)
    assert sum(one["share"] for one in found["first_order"][0]["inputs"]) <= 1 + 1e-12
    assert found["first_order"][0]["inputs"][0]["input"]


def test_shares_of_data_and_rule_sets_are_those_of_the_table_of_footprints() -> None:
    """With mean over rule sets ȳ_d and over draws ȳ_r: data Σ (ȳ_d − ȳ)² / (n − 1) of the whole."""
    study = loop_study(None, "default", OTHER)
    found = data_and_rule_sets(study, draws=DRAWS).isel(product=0)
    table = found["total"].transpose("draw", "rule_set").values
    data = table.mean(axis=1).var(ddof=1)
    rest = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0) + table.mean()
    both = (rest**2).sum() / (DRAWS - 1) / 2
    rules = table.mean(axis=0).var() - both / DRAWS
    expected = np.array([data, rules, 0.0, both]) / (data + rules + both)
    np.testing.assert_allclose(found["share"], expected, rtol=1e-9, atol=1e-12)
    assert found["rule_sets_with_number"].item() == 2


def test_one_rule_set_is_no_choice() -> None:
    found = data_and_rule_sets(loop_study(None, "default"), draws=8)
    assert found["share"].isnull().all() and (found["rule_sets_with_number"] == 1).all()


@pytest.mark.parametrize(("language", "words"), [("en", "Data against rule"), ("zh_CN", "数据与规则")])
def test_page_print_and_workbook_say_the_same(language: str, words: str) -> None:
    if language == "zh_CN" and not pdf.chinese_font():
        pytest.skip("FONT ABSENT: no font with Chinese letters on this machine")
    summary, _ = summary_in(language)
    with in_language(language):
        page, document = build_report(summary), build_study_report(summary)
        assert len(pdf.png_pages(document, ppi=20)) > 3
        book = load_workbook(io.BytesIO(workbook_bytes(summary)))
        tables = [block for block in uncertainty_blocks(with_shown_names(summary)) if isinstance(block, Grid)]
    assert words in page and words in document.texts and words in book.sheetnames
    for cell in (cell.text for table in tables for row in table.rows for cell in row):
        assert cell in page and cell in document.texts
    assert "<script" not in page and "nan" not in page


def test_without_draws_it_is_said_to_be_missing(english: tuple[dict[str, Any], xr.Dataset]) -> None:
    summary = {key: value for key, value in english[0].items() if key != "uncertainty"}
    assert not uncertainty_blocks(summary)
    assert "Data against rule" not in build_report(summary)
    assert "Uncertainty" in {
        name for b in build_study_report(summary).blocks if b.kind == "facts" for name, _ in b.rows
    }


def test_a_gap_of_too_many_mixtures_is_left_to_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study_uncertainty, "MOST_MIXTURES", 1)
    summary, _ = summary_in("en")
    assert summary["uncertainty"]["attribution"]["terms"] == []
    assert "needs 2 rule sets, more than a report waits for" in build_report(summary)


def test_the_folder_holds_the_simulation(english: tuple[dict[str, Any], xr.Dataset], tmp_path: Path) -> None:
    summary, simulation = english
    study = loop_study(None, "default", OTHER)
    result = collect(study, evaluate(study))
    folder = write_package(study, result, summary, tmp_path / "out", simulation=simulation)
    np.testing.assert_array_equal(load_result(folder / "draws.nc")["mean"], simulation["mean"])
