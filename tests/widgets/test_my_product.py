"""Tables of one's own: every mistake with row and column, mended in the file, read again, and the footprint."""

from __future__ import annotations

import threading
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from carbonlab.errors import FormatError
from carbonlab.formats.tables import read_tables, write_example
from carbonlab.formats.tables.correcting import correct_cell, value_of_cell
from carbonlab.inventory.product_list import build_product_list
from carbonlab.results.calculate import calculate, each_evaluation
from carbonlab.system.study import Study
from carbonlab.teaching import load_teaching_inventory
from carbonlab.widgets import MyProduct, my_product
from carbonlab.widgets.job import State
from carbonlab.widgets.own_controls import example_link
from carbonlab.widgets.own_tables import Mistake, own_places
from tests.widgets.copied_code import run_cell

WAIT = 60.0


@pytest.fixture(params=["cup", "cup.xlsx"])
def tables(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    path = tmp_path / str(request.param)
    write_example(path)
    return path


@pytest.fixture
def widgets() -> Iterator[list[MyProduct]]:
    made: list[MyProduct] = []
    yield made
    for one in made:
        one.widget.close_all()


def file_of(tables: Path, table: str) -> str:
    return f"{table}.csv" if tables.is_dir() else f"{tables.name}, sheet {table}"


def test_the_example_can_be_saved_and_read(tmp_path: Path) -> None:
    link = example_link()
    content = b64decode(link.split("base64,")[1].split("'")[0])
    (tmp_path / "saved.xlsx").write_bytes(content)
    write_example(tmp_path / "example.xlsx")
    saved, own = (read_tables(tmp_path / f"{name}.xlsx") for name in ("saved", "example"))
    assert saved.digest == own.digest
    assert "download='carbonlab-example.xlsx'" in link


def test_mistakes_are_shown_mended_and_gone(tables: Path, widgets: list[MyProduct]) -> None:
    good = read_tables(tables)
    was = {
        (table, row, column): value_of_cell(tables, file_of(tables, table), row, column)
        for table, row, column in (("exchanges", 3, "amount"), ("flows", 2, "unit"))
    }
    correct_cell(tables, file_of(tables, "exchanges"), 3, "amount", "two")
    correct_cell(tables, file_of(tables, "flows"), 2, "unit", "furlongs per egg")
    mine = my_product(tables)
    widgets.append(mine)
    assert mine.reading is not None and mine.reading.database is None
    places = {(one.file, one.row, one.column) for one in mine.reading.mistakes}
    assert {(file_of(tables, "exchanges"), 3, "amount"), (file_of(tables, "flows"), 2, "unit")} <= places
    assert "is not a number" in mine.problems.value and "role='alert'" in mine.said.value
    assert mine.view.tables[0].head == ["File", "Row", "Column", "What", "What to do"]
    for (table, row, column), text in was.items():
        number = next(
            i for i, one in enumerate(mine.reading.mistakes)
            if (one.file, one.row, one.column) == (file_of(tables, table), row, column)
        )  # fmt: skip
        mine.mistake_control.value = number
        mine.text_control.value = text
        mine.correct_button.click()
    assert mine.reading.mistakes == ()
    assert mine.reading.database is not None and mine.reading.database.digest == good.digest
    assert "without mistakes" in mine.said.value


def test_the_footprint_is_that_of_the_study(tables: Path, widgets: list[MyProduct]) -> None:
    mine = my_product(tables)
    widgets.append(mine)
    mine.amount_control.value = 3.0
    study = mine.value
    assert study is not None
    processes = read_tables(tables).each_process()
    used = {exchange.flow for process in processes for exchange in process.exchanges if exchange.is_input}
    assert study.units[0].flow not in used, "the first choice is what the tables were made for"
    assert "cup" in study.units[0].name.lower(), "and no co-product that happens to stand first"
    expected = float(calculate(study)["total"].squeeze())
    assert mine.view.tables[0].rows[-1][2] == pytest.approx(expected)
    assert mine.view.functional_unit in mine.box.body.value
    assert run_cell(mine.to_code()).tables[0].rows[-1][2] == pytest.approx(expected)


def test_what_is_no_table_is_said(tmp_path: Path, widgets: list[MyProduct]) -> None:
    mine = my_product(tmp_path)
    widgets.append(mine)
    assert mine.reading is not None
    assert "holds no tables of carbonlab" in mine.said.value
    mine.read(tmp_path / "nowhere")
    assert "there is no folder or workbook" in mine.said.value
    assert mine.value is None
    with pytest.raises(FormatError, match="not in one cell"):
        mine.correct(Mistake("flows.csv", 0, "", "missing", "add it"), "x")


def test_tables_nearby_are_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, widgets: list[MyProduct]
) -> None:
    write_example(tmp_path / "cup")
    write_example(tmp_path / "more" / "cup.xlsx")
    (tmp_path / "~$cup.xlsx").write_bytes(b"")
    assert [place.name for place in own_places(tmp_path)] == ["cup", "cup.xlsx"]
    monkeypatch.chdir(tmp_path)
    mine = my_product()
    widgets.append(mine)
    assert repr(mine) == "No tables were read yet."
    mine.place_control.value = str(tmp_path / "cup")
    assert mine.value is not None


def test_an_uploaded_workbook_stays_in_its_folder(tmp_path: Path, widgets: list[MyProduct]) -> None:
    write_example(tmp_path / "cup.xlsx")
    content = (tmp_path / "cup.xlsx").read_bytes()
    mine = my_product()
    widgets.append(mine)
    file = {
        "name": "../../cup.xlsx",
        "type": "",
        "size": len(content),
        "content": content,
        "last_modified": None,
    }
    mine._uploaded_files([file])
    assert mine.reading is not None and mine.reading.database is not None
    assert mine.reading.path.parent == mine._uploads
    assert "read_tables('cup.xlsx')" in mine.to_code()
    mine._uploaded_files([{**file, "size": 10**12}])
    assert mine.job.wait(WAIT)
    assert "larger than 50 MiB" in mine.said.value


def test_a_corrected_file_keeps_everything_else(tmp_path: Path) -> None:
    write_example(tmp_path / "cup")
    target = tmp_path / "cup" / "flows.csv"
    before = target.read_text(encoding="utf-8-sig").splitlines()
    target.write_bytes(b"\xef\xbb\xbf" + target.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    name = value_of_cell(tmp_path / "cup", "flows.csv", 3, "name")
    correct_cell(tmp_path / "cup", "flows.csv", 3, "name", "=HYPERLINK(0)")
    assert value_of_cell(tmp_path / "cup", "flows.csv", 3, "name") == "=HYPERLINK(0)"
    assert b"'=HYPERLINK" in target.read_bytes() and target.read_bytes().startswith(b"\xef\xbb\xbf")
    correct_cell(tmp_path / "cup", "flows.csv", 3, "name", name)
    assert target.read_text(encoding="utf-8-sig").splitlines() == before
    for row, column in ((1, "name"), (99, "name"), (3, "color")):
        with pytest.raises(FormatError, match="there is no row"):
            correct_cell(tmp_path / "cup", "flows.csv", row, column, "x")
    with pytest.raises(FormatError, match="there is no table"):
        correct_cell(tmp_path / "cup", "../flows.csv", 3, "name", "x")


def test_a_corrected_workbook_keeps_formulas_and_numbers(tmp_path: Path) -> None:
    path = tmp_path / "cup.xlsx"
    write_example(path)
    book = openpyxl.load_workbook(path)
    book.create_sheet("notes")["A1"] = "=1+1"
    book.save(path)
    correct_cell(path, "cup.xlsx, sheet exchanges", 3, "amount", "600")
    correct_cell(path, "cup.xlsx, sheet exchanges", 3, "comment", "=1+1")
    again = openpyxl.load_workbook(path)
    titles = [cell.value for cell in again["exchanges"][1]]
    assert again["exchanges"].cell(3, titles.index("amount") + 1).value == 600
    assert again["exchanges"].cell(3, titles.index("comment") + 1).data_type == "s"
    assert again["notes"]["A1"].value == "=1+1"
    with pytest.raises(FormatError, match="no sheet 'gold'"):
        correct_cell(path, "cup.xlsx, sheet gold", 3, "amount", "1")


def test_tables_stand_beside_a_background(tmp_path: Path, widgets: list[MyProduct]) -> None:
    background = load_teaching_inventory()
    power = build_product_list(background).find("Electricity, grid mix, China")[0]
    line = build_product_list(background).line(int(power))
    (tmp_path / "flows.csv").write_text("id,name,kind,unit\nmug,Mug,product,kg\n", encoding="utf-8")
    (tmp_path / "processes.csv").write_text("id,name\nmugs,Making of mugs\n", encoding="utf-8")
    (tmp_path / "exchanges.csv").write_text(
        "process,flow,direction,amount,unit,provider,reference\nmugs,mug,output,1,kg,,yes\n"
        f"mugs,{line['flow_id']},input,2,{line['unit']},{line['process_id']},\n",
        encoding="utf-8",
    )
    mine = my_product(tmp_path, background=background)
    widgets.append(mine)
    assert mine.reading is not None and mine.reading.mistakes == ()
    total = mine.view.tables[0].rows[-1][2]
    alone = calculate(Study.of(background, line["process_id"], flow=line["flow_id"], amount=2))
    assert total == pytest.approx(float(alone["total"].squeeze()))
    assert run_cell(mine.to_code()).tables[0].rows[-1][2] == pytest.approx(total)


def test_without_tables_nearby_their_path_can_still_be_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, widgets: list[MyProduct]
) -> None:
    monkeypatch.chdir(tmp_path)
    widgets.append(my_product())
    assert widgets[0].place_control.layout.display == "none"
    assert widgets[0].path_control.layout.display != "none"


def test_reading_and_answering_are_a_job(
    tables: Path, monkeypatch: pytest.MonkeyPatch, widgets: list[MyProduct]
) -> None:
    begun, go = threading.Event(), threading.Event()

    def slowly(study: Study) -> Iterator[Any]:
        begun.set()
        assert go.wait(WAIT)
        yield from each_evaluation(study)

    monkeypatch.setattr("carbonlab.widgets.answered.each_evaluation", slowly)
    mine = my_product(tables)
    widgets.append(mine)
    assert begun.wait(WAIT)
    assert mine.job.state is State.RUNNING, "nobody had to wait"
    assert "without mistakes" in mine.said.value, "what was read is in sight before the footprint"
    mine.job.cancel_control.click()
    go.set()
    assert mine.job.wait(WAIT)
    assert (mine.job.state, mine.box.view.text) == (State.CANCELLED, "")
    mine.job.again_control.click()
    first = mine.view.tables[0].rows[-1][2]
    mine.amount_control.value = 2.0
    assert mine.view.tables[0].rows[-1][2] == pytest.approx(2 * first)


def test_without_threads_the_footprint_comes_all_the_same(tables: Path, widgets: list[MyProduct]) -> None:
    widgets += [my_product(tables, threads=False), my_product(tables)]
    assert widgets[0].box.view.tables == widgets[1].view.tables
