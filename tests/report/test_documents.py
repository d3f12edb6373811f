"""Documents as PDF and workbook: what is printed, in both languages, and what is refused."""

from __future__ import annotations

import copy
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from openpyxl import load_workbook

from carbonlab.errors import RefusedError, StudyError
from carbonlab.messages import in_language, message
from carbonlab.report import pdf
from carbonlab.report.declaration import build_declaration
from carbonlab.report.document import Document, Facts, Heading, PageBreak, Text, facts, grid
from carbonlab.report.pdf import check_can_print, pdf_bytes, png_pages
from carbonlab.report.study_report import build_study_report
from carbonlab.report.workbook import workbook_bytes
from tests.report.chinese_study import TOTAL, summary_in

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def chinese() -> Iterator[None]:
    if not pdf.chinese_font():
        pytest.skip("FONT ABSENT: no font with Chinese letters on this machine")
    with in_language("zh_CN"):
        yield


def streams(content: bytes) -> Iterator[bytes]:
    """Return the parts of a PDF, unpacked."""
    for part in re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL):
        try:
            yield zlib.decompress(part)
        except zlib.error:
            yield part


def text_of(content: bytes) -> str:
    """Return the letters that the pages of a PDF can show, from the tables that map glyphs to letters."""
    letters: set[str] = set()
    for part in streams(content):
        if b"beginbfchar" in part or b"beginbfrange" in part:
            for code in re.findall(rb"<[0-9A-Fa-f]+>\s*<([0-9A-Fa-f]+)>", part):
                letters.add(bytes.fromhex(code.decode()).decode("utf-16-be", errors="replace"))
    return "".join(sorted("".join(letters)))


def test_pdf_has_the_total_its_unit_and_the_terms(chinese: None) -> None:
    document = build_study_report(summary_in("zh_CN"))
    content = pdf_bytes(document)
    assert content.startswith(b"%PDF-")
    letters = text_of(content)
    for wanted in (
        "850",
        "kg CO2e",
        "产品碳足迹研究报告",
        "声明单位",
        "系统边界",
        "生命末期",
        "一吨普通水泥",
    ):
        assert set(wanted) - {" "} <= set(letters), f"{wanted} is printed with glyphs of its own"
    assert f"{TOTAL:g}" in document.texts and "kg CO2e 每 1 t" in document.texts


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_declaration_has_one_page_per_product_and_says_draft(language: str) -> None:
    if language == "zh_CN" and not pdf.chinese_font():
        pytest.skip("FONT ABSENT: no font with Chinese letters on this machine")
    summary = summary_in(language)
    with in_language(language):
        document = build_declaration(summary)
        pages = png_pages(document, ppi=30)
        assert document.watermark == message("declaration.watermark")
    assert len(pages) == len(summary["rule_sets"][0]["products"]) == 2
    assert all(page.startswith(PNG) for page in pages)


def said_in(summary: dict[str, Any], product: str, language: str) -> dict[str, Text]:
    """Return what a declaration says under each heading."""
    with in_language(language):
        blocks = build_declaration(summary, product).blocks
    return {name: content for block in blocks if isinstance(block, Facts) for name, content in block.rows}


def with_unit_of(summary: dict[str, Any], unit_type: str, **scope: str) -> dict[str, Any]:
    changed = copy.deepcopy(summary)
    changed["rule_sets"][0]["products"][0]["unit_type"] = unit_type
    changed["study"]["scope"] |= scope
    return changed


def test_a_functional_unit_states_function_and_service_life_or_that_they_are_missing() -> None:
    bare = with_unit_of(summary_in("en"), "functional", functions="")
    said = said_in(bare, "cement", "en")
    assert said["Functions"].style == "missing"
    assert said["Service life"].style == "missing"
    assert "not stated" in said["Service life"].text
    whole = with_unit_of(bare, "functional", functions="Binder of a bridge", service_life="100 years")
    said = said_in(whole, "cement", "en")
    assert (said["Functions"].text, said["Service life"].text) == ("Binder of a bridge", "100 years")
    assert "Service life" not in said_in(with_unit_of(bare, "declared"), "cement", "en")
    assert said_in(whole, "cement", "zh_CN")["使用寿命"].text == "100 years"


def test_a_declaration_says_kinds_of_data_and_what_the_inventory_is_for() -> None:
    summary = copy.deepcopy(summary_in("en"))
    summary["rule_sets"][0]["products"][0]["value_kinds"] = {"proxy": 0.65, "": 0.35}
    summary["databases"][0]["description"] = "For teaching,\nnot for declarations. " + "more " * 100
    said = said_in(summary, "cement", "en")
    assert said["Kind of value"].text == "Proxy 65.0 %; Not stated 35.0 %"
    purpose = said["What the inventory is for"].text
    assert purpose.startswith("水泥示例清单: For teaching, not for declarations. more")
    assert purpose.endswith("…"), "a long description is cut where one can see it"
    assert len(pdf_bytes(build_declaration(summary, "cement"))) > 1000, "and holds on its page"
    summary["databases"][0]["description"] = ""
    assert said_in(summary, "cement", "en")["What the inventory is for"].style == "missing"


def test_a_declaration_says_the_interval_only_where_data_were_drawn() -> None:
    summary = copy.deepcopy(summary_in("en"))
    assert said_in(summary, "cement", "en")["Uncertainty"].text == "not stated: the data were not drawn"
    rules = summary["rule_sets"][0]["key"]
    row = {"rule_set": rules, "product": "cement", "mean": 850.0, "quantiles": [800.0, 850.0, 900.0]}
    drawn = {**row, "draws_with_number": 1000, "unit": "kg CO2e per 1 t"}
    summary["uncertainty"] = {"quantiles": [0.025, 0.5, 0.975], "rows": [drawn]}
    told = said_in(summary, "cement", "en")["Uncertainty"].text
    assert told.startswith("800 to 900 kg CO2e per 1 t: the middle 95 % of 1,000 draws")
    assert said_in(summary, "power", "en")["Uncertainty"].style == "missing"


def test_a_digest_keeps_to_its_line() -> None:
    said = said_in(summary_in("zh_CN"), "cement", "zh_CN")
    digests = [text.text for text in said.values() if text.style == "digest"]
    assert len(digests) == 2
    assert all(digest.count("blake2b") == 1 for digest in digests)


def test_declaration_of_one_product_and_of_none() -> None:
    summary = summary_in("en")
    assert "一吨普通水泥" in build_declaration(summary, "cement").texts
    assert "一吨普通水泥" not in build_declaration(summary, "power").texts
    with pytest.raises(StudyError, match="no footprint of 'steel' to declare"):
        build_declaration(summary, "steel")


def test_a_page_that_does_not_fit_is_refused() -> None:
    long = Document("t", "", tuple(Text("word " * 400) for _ in range(12)), "en", is_paged=True)
    with pytest.raises(RefusedError, match=r"takes [0-9]+ pages, and may take 1"):
        pdf_bytes(long)
    assert len(png_pages(replace(long, is_paged=False), ppi=20)) > 1, "without the rule it goes on"


def test_a_page_break_begins_a_page_that_is_fitted_by_itself() -> None:
    document = Document("t", "", (Text("one"), PageBreak(), *(Text("word " * 80),) * 9), "en", is_paged=True)
    assert len(png_pages(document, ppi=20)) == 2


def test_names_are_no_markup() -> None:
    evil = '#panic("x") $a_b$ *bold* <label> @ref \\ [ ] // /* "'
    row = (Text(evil), Text(evil, "missing"), Text(evil, "digest"))
    blocks = (Heading(evil), Text(evil), facts((evil, evil)), grid([evil] * 3, [row], caption=evil))
    document = Document(evil, evil, blocks, "en", running=evil, watermark=evil)
    assert png_pages(document, ppi=30)[0].startswith(PNG)


def test_without_a_chinese_font_the_package_to_install_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "chinese_font", lambda: "")
    with pytest.raises(RefusedError, match="no font on this machine has Chinese letters") as refused:
        check_can_print("zh_CN")
    assert "fonts-noto-cjk" in refused.value.remedy
    with pytest.raises(RefusedError, match="no font"):
        pdf_bytes(Document("水泥", "", (), "en"))
    assert pdf_bytes(Document("cement", "", (), "en")).startswith(b"%PDF-"), "English needs none"


def test_without_typst_the_package_to_install_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "typst", None)
    with pytest.raises(RefusedError, match="PDF needs the package typst") as refused:
        pdf_bytes(Document("cement", "", (), "en"))
    assert "pip install" in refused.value.remedy


def test_a_row_of_another_length_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="another length"):
        grid(["a", "b"], [["1"]])


def rows_of(sheet: Any) -> list[tuple[Any, ...]]:
    return list(sheet.iter_rows(values_only=True))


def test_workbook_has_numbers_units_and_a_readme() -> None:
    summary = summary_in("en")
    book = load_workbook(io.BytesIO(workbook_bytes(summary)))
    assert book.sheetnames[:4] == ["README", "Results", "Components", "Life-cycle stages"]
    readme = {row[0]: row[1] for row in rows_of(book["README"])}
    assert readme["Title"] == "普通硅酸盐水泥"
    assert "一吨普通水泥: 1 t" in readme["Functional or declared unit"]
    assert any(name.startswith("Rule set gbt-24067-2024") for name in readme)
    assert readme["study_digest"] == summary["study"]["digest"]
    head, *rows = rows_of(book["Results"])
    assert head[5] == "Carbon footprint [kg CO2e]"
    assert rows[0][:5] == ("gbt-24067-2024", "cement", "一吨普通水泥", 1, "t")
    assert rows[0][5] == pytest.approx(TOTAL) and not isinstance(rows[0][5], str)
    stages = rows_of(book["Life-cycle stages"])
    assert sum(stages[1][5:]) == pytest.approx(TOTAL), "stages sum to the footprint"
    parts = [row for row in rows_of(book["Emitting processes"])[1:] if row[:2] == rows[0][:2]]
    assert sum(row[7] for row in parts) == pytest.approx(TOTAL), "so do the processes with their rests"


def test_workbook_in_chinese() -> None:
    with in_language("zh_CN"):
        book = load_workbook(io.BytesIO(workbook_bytes(summary_in("zh_CN"))))
    assert book.sheetnames[1:4] == ["结果", "碳足迹的组成", "生命周期阶段"]
    assert rows_of(book["结果"])[0][5] == "碳足迹 [kg CO2e]"
