"""Small tables without a mistake, and how tests write and change them."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import openpyxl
import pytest

from carbonlab.errors import TableError
from carbonlab.formats.tables import read_tables

BASE = {
    "flows": """\
id,name,kind,unit,direction
co2,Carbon dioxide,elementary,kg,emitted
water,Water,elementary,m3,taken
power,Electricity,product,kWh,
steel,Steel,product,kg,
slag,Slag,product,kg,
scrap,Scrap,waste,kg,
""",
    "processes": """\
id,name
plant,Power plant
mill,Steel mill
dump,Landfill
""",
    "exchanges": """\
process,flow,direction,amount,unit,reference,provider
plant,power,output,1,kWh,yes,
plant,co2,output,0.9,kg,,
mill,steel,output,1,t,yes,
mill,slag,output,300,kg,,
mill,power,input,500,kWh,,plant
mill,co2,output,1.8,t,,
mill,scrap,output,50,kg,,dump
dump,scrap,input,1,kg,yes,
dump,co2,output,0.1,kg,,
""",
}


def write_base(folder: Path, tables: dict[str, str]) -> Path:
    folder.mkdir()
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8", newline="")
    return folder


def with_cell(text: str, row: int, column: str, cell: str) -> str:
    """Return the text of a table with one cell changed; a column that is missing is added."""
    rows = list(csv.reader(io.StringIO(text)))
    if column not in rows[0]:
        rows = [[*cells, column if number == 0 else ""] for number, cells in enumerate(rows)]
    rows[row - 1][rows[0].index(column)] = cell
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue()


def mistakes_in(folder: Path) -> tuple[str, ...]:
    with pytest.raises(TableError) as raised:
        read_tables(folder)
    assert re.fullmatch(r"there (is 1 mistake|are \d+ mistakes) in the tables", raised.value.what)
    assert all(problem in str(raised.value) for problem in raised.value.problems)
    return raised.value.problems


def write_book(path: Path, tables: dict[str, str]) -> Path:
    """Write tables as a workbook: numbers as numbers, as a person types them."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, text in tables.items():
        sheet = book.create_sheet(name)
        for cells in csv.reader(io.StringIO(text)):
            sheet.append([_typed(cell) for cell in cells])
    book.save(path)
    return path


def _typed(cell: str) -> str | float | None:
    try:
        return float(cell)
    except ValueError:
        return cell or None
