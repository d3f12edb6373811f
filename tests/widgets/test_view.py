"""A view gives its numbers away: as tables, files and code, and says so where it cannot."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest
from matplotlib.figure import Figure

from carbonlab.errors import RefusedError
from carbonlab.plots.theme import chinese_font, new_print, wrapped
from carbonlab.report.export import Column, Table, csv_bytes, xlsx_bytes
from carbonlab.widgets.view import View

TABLE = Table(
    "Totals", (Column("Product", ("铝锭", '=HYPERLINK("http://x")')), Column("Total", (1.5, -2.0), "kg CO2e"))
)


def picture() -> Figure:
    figure, axes = new_print(3, 2)
    axes.barh(["a"], [1.0])
    axes.set_xlabel("[kg CO2e]")
    return figure


VIEW = View(
    "<b>1.5</b>",
    "1.5",
    title="Totals",
    functional_unit="1 kg ingot",
    tables=(TABLE,),
    code="1",
    printed=picture,
)


def test_csv_keeps_chinese_and_runs_nothing() -> None:
    lines = csv_bytes(TABLE).decode("utf-8-sig").splitlines()
    assert csv_bytes(TABLE).startswith(b"\xef\xbb\xbf")
    assert lines[0] == "Product,Total [kg CO2e]"
    assert lines[1] == "铝锭,1.5"
    assert lines[2].startswith("\"'=HYPERLINK(") and lines[2].endswith(",-2.0")


def test_workbook_says_what_its_numbers_are() -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes([TABLE, TABLE], {"Functional unit": "1 kg ingot"})))
    assert book.sheetnames == ["README", "Totals", "Totals 2"]
    facts = {row[0]: row[1] for row in book["README"].iter_rows(values_only=True)}
    assert facts["Functional unit"] == "1 kg ingot"
    assert facts["Sheet Totals"] == "units: kg CO2e"
    assert book["Totals"]["A3"].data_type == "s"
    assert [cell.value for cell in book["Totals"][2]] == ["铝锭", 1.5]


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        Table("t", (Column("a", (1,)), Column("b", (1, 2))))


@pytest.mark.parametrize(
    ("format", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("html", b"<!doctype"), ("xlsx", b"PK")]
)
def test_exports(tmp_path: Path, format: str, start: bytes) -> None:
    path = VIEW.export(tmp_path / f"view.{format}")
    assert path.read_bytes().startswith(start)


def test_text_of_a_vector_picture_stays_text() -> None:
    assert b"[kg CO2e]" in VIEW.export_bytes("svg")


def test_what_is_lacking_is_said() -> None:
    bare = View("x", "x", title="Bare")
    assert bare.formats == ("html",)
    with pytest.raises(RefusedError) as caught:
        bare.export_bytes("nc")
    assert "it can be given as: html" in str(caught.value)
    with pytest.raises(RefusedError, match="cannot be given as 'code'"):
        bare.to_code()


def test_labels_are_wrapped_and_cut() -> None:
    assert wrapped("a" * 100, 10) == "a" * 10 + "\n" + "a" * 9 + "…"
    assert wrapped("铝" * 12, 20).count("\n") == 1


def test_chinese_needs_a_font(monkeypatch: pytest.MonkeyPatch) -> None:
    from carbonlab.plots import theme

    monkeypatch.setattr(theme, "chinese_font", lambda: "")
    with pytest.raises(RefusedError) as caught:
        theme.new_print(2, 2, texts=["铝锭"])
    assert "fonts-noto-cjk" in str(caught.value)
    assert isinstance(chinese_font(), str)
