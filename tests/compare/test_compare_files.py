"""``carbonlab compare --html, --pdf, --xlsx``: the same numbers as the table, with clauses, marks and residuals."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from carbonlab.cli.main import main
from carbonlab.compare.compared_rules import ComparedRules, compare_in_full
from carbonlab.compare.paired_words import how_to_read
from carbonlab.messages import in_language
from carbonlab.report.comparison_document import build_comparison_document
from carbonlab.report.comparison_workbook import comparison_workbook
from carbonlab.report.document import Grid
from carbonlab.report.html import document_html
from carbonlab.report.pdf import pdf_bytes
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.rules.slots import SLOTS
from carbonlab.system.study_file import read_study
from carbonlab.teaching import study_path

KEYS = ("gbt-24067-2024", "iso-14067-2018", "eu-pef-2021")


@pytest.fixture(scope="module")
def compared() -> ComparedRules:
    study = read_study(study_path("categories")).with_products("battery_nmc_china")
    rule_sets = [load_rule_set(key) for key in KEYS]
    return compare_in_full(study, rule_sets, is_explained=True)


@pytest.fixture(scope="module")
def drawn() -> ComparedRules:
    """Few mixtures, and a difference that the draws do not all agree on the size of."""
    study = read_study(study_path("categories")).with_products("battery_nmc_china")
    rules = load_rule_set("default")
    return compare_in_full(study, [rules, rules.replace(characterization="gwp20_ar6")], draws=32)


def sheets_of(content: bytes) -> dict[str, list[dict[str, object]]]:
    book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    found = {}
    for sheet in book.worksheets[1:]:
        head, *rows = sheet.iter_rows(values_only=True)
        found[sheet.title] = [dict(zip(map(str, head), row, strict=True)) for row in rows]
    return found


def test_the_page_has_footprints_marks_clauses_and_residuals(compared: ComparedRules) -> None:
    texts = build_comparison_document(compared).texts
    page = document_html(build_comparison_document(compared))
    for words in (
        "C ‡", "0 §", "§ equal by assumption, not by finding", "‡ eu-pef-2021: the recycling formula is without effect",
        "GB/T 24067-2024 6.3.4.3, numbering assumed parallel to ISO 14067 (recalled)", "Relative residual",
        "(EU) 2021/2279 Annex I, 4.6.4 (recalled)", compared.rule_sets[2].digest, "[kg CO2e]",
    ):  # fmt: skip
        assert any(words in text for text in texts), words
    assert page.count("<svg") == 1  # nothing moves between GB/T and ISO
    assert "+0.000000" not in page  # what rounding leaves is no step of the figure
    (clauses,) = (
        b for b in build_comparison_document(compared).blocks if isinstance(b, Grid) and len(b.rows) == 11
    )
    assert len(clauses.rows) == len(SLOTS) and len(clauses.head) == 1 + len(KEYS)


def test_the_workbook_has_the_numbers(compared: ComparedRules) -> None:
    sheets = sheets_of(comparison_workbook(compared))
    footprints = {str(row["Rule set"]): row for row in sheets["Footprints"]}
    total = compared.comparison["total"].sel(product="battery_nmc_china")
    for key in KEYS:
        assert footprints[key]["Carbon footprint [kg CO2e]"] == pytest.approx(
            total.sel(rule_set=key).item(), rel=1e-14
        )
    assert [footprints[key]["Marks"] for key in KEYS] == [None, "§", "‡"]
    parts = [row for row in sheets["Which rule makes the difference"] if row["Alternative"] == "eu-pef-2021"]
    assert len(parts) == len(SLOTS)
    summed = sum(float(str(row["Part [kg CO2e]"])) for row in parts)
    assert summed == pytest.approx(
        (total.sel(rule_set=KEYS[2]) - total.sel(rule_set=KEYS[0])).item(), rel=1e-9
    )
    assert len(sheets["Rules and clauses"]) == len(SLOTS) * len(KEYS)


def test_draws_are_told_with_how_they_are_read(drawn: ComparedRules) -> None:
    texts = build_comparison_document(drawn).texts
    assert how_to_read() in texts
    assert any("is above default in every draw" in text for text in texts)
    (pair,) = sheets_of(comparison_workbook(drawn))["How certain the differences are"]
    values = drawn.drawn[0]["difference"].sel(product="battery_nmc_china").values
    assert pair["Mean difference [kg CO2e]"] == pytest.approx(np.mean(values))
    assert pair["Draws above the baseline [1]"] == (values > 0).mean() == 1.0
    assert pair["Draws [1]"] == 32


def test_in_chinese_as_pdf_too(compared: ComparedRules) -> None:
    with in_language("zh_CN"):
        document = build_comparison_document(compared)
        assert document.language == "zh-CN" and "规则集比较" in document.title
        assert any("相同是假定，而非查证" in text for text in document.texts)
        assert any(
            "电池输出1 kWh，中国制造" in text for text in document.texts
        )  # names in the language of the page
        assert any(
            text.startswith("两侧规则相同：") for text in document.texts
        )  # made in English, all the same
        assert pdf_bytes(document).startswith(b"%PDF")
        assert "规则与条款" in sheets_of(comparison_workbook(compared))


def test_the_command_writes_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [tmp_path / f"c.{kind}" for kind in ("html", "pdf", "xlsx", "svg")]
    asked = [word for file in files for word in (f"--{file.suffix[1:]}", str(file))]
    words = ["compare", "teaching", "aluminium_ingot_cn", "--rules", KEYS[0], "--rules", KEYS[2]]
    assert main([*words, *asked]) == 0
    written = capsys.readouterr().err
    for file, start in zip(files, (b"\n<!DOCTYPE html>", b"%PDF", b"PK", b"<svg xmlns"), strict=True):
        assert file.read_bytes().lstrip().startswith(start.lstrip()) and str(file) in written


def test_products_that_no_rule_moves_are_told_together(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["compare", "steel", "--rules", KEYS[0], "--rules", KEYS[1], "--rules", "pas-2050-2011"]
    assert main(words) == 0
    shown = capsys.readouterr().out
    assert shown.count("no rule moves these") == 1
    assert "iso-14067-2018 gives the numbers of gbt-24067-2024, no rule moves these" in shown
    assert shown.count("against gbt-24067-2024: ") == len(read_study(study_path("steel")).units)  # PAS 2050
