"""Amounts that a slip of the unit makes are told with row and columns, ordinary ones are not."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from carbonlab.errors import TableError
from carbonlab.formats.tables import read_tables
from carbonlab.formats.tables.example_files import write_example
from carbonlab.inventory.database import Database
from carbonlab.inventory.findings import findings_of
from carbonlab.teaching import load_teaching_inventory
from carbonlab.vocabulary import Severity

CODES = ("unlikely_energy", "unlikely_mass")


def cup_with(folder: Path, table: str, row: int, **cells: str) -> Path:
    """Write the example with other cells in a row (as a spreadsheet counts); row 1 renames columns."""
    write_example(folder)
    path = folder / f"{table}.csv"
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
    for column, text in cells.items():
        rows[row - 1][rows[0].index(column)] = text
    stream = io.StringIO()
    csv.writer(stream).writerows(rows)
    path.write_text(stream.getvalue(), encoding="utf-8")
    return folder


def told(db: Database) -> list[str]:
    return [f"{code} {found.detail}" for code in CODES for found in findings_of(db, code)]


def test_kilowatt_hours_written_as_megawatt_hours_are_told_with_row_and_columns(tmp_path: Path) -> None:
    db = read_tables(cup_with(tmp_path / "cup", "exchanges", 16, unit="MWh"))
    (found,) = findings_of(db, "unlikely_energy")
    assert (found.severity, found.process, found.flow) == (Severity.WARNING, "cup_factory", "electricity")
    assert (found.amount, found.unit) == (15.0, "MWh")
    # 15 MWh are 54 000 MJ; a thousand cups of 12 g take 12 kg / (1 - 0.15) = 14.1 kg of board
    expected = f"{54000 / (12 / 0.85):.3g} MJ/kg"
    assert found.detail.startswith(
        "exchanges.csv, row 16, columns amount and unit: Electricity, from the grid, 15 MWh"
    )
    assert expected in found.detail


@pytest.mark.parametrize(("row", "cells"), [(10, {"amount": "1900000"}), (8, {"unit": "kg"})])
def test_a_thousand_times_the_mass_is_told(row: int, cells: dict[str, str], tmp_path: Path) -> None:
    # a mass that is a thousand times too large, or a product that is a thousand times too small
    cells = cells | ({"amount": "1"} if row == 8 else {})
    folder = cup_with(tmp_path / "cup", "exchanges", row, **cells)
    (found,) = findings_of(read_tables(folder), "unlikely_mass") or [None]
    if row == 8:  # bark and gases of a whole ton still come out: nothing is out of proportion yet
        assert found is None
    else:
        assert found is not None
        assert found.detail.startswith("exchanges.csv, row 10, columns amount and unit: Wood, dry, 1.9e+06 t")


def test_ordinary_amounts_are_not_told(tmp_path: Path) -> None:
    write_example(tmp_path / "cup")
    assert told(read_tables(tmp_path / "cup")) == []
    assert told(load_teaching_inventory()) == []


@pytest.mark.parametrize(
    ("table", "row", "cells", "waiting"),
    [
        ("exchanges", 1, {"process": "Process"}, "2 cells depend"),
        ("parameters", 3, {"amount": "15%"}, "2 cells depend"),
        ("exchanges", 9, {"flow": "wod"}, "1 cell depends"),
    ],
)
def test_what_follows_from_a_mistake_is_held_back_and_counted(
    table: str, row: int, cells: dict[str, str], waiting: str, tmp_path: Path
) -> None:
    with pytest.raises(TableError) as error:
        read_tables(cup_with(tmp_path / "cup", table, row, **cells))
    assert len(error.value.problems) == 1
    assert f"nothing was read. {waiting} on what is listed and will be judged then" in str(error.value)


def test_shares_are_not_summed_while_one_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(TableError) as error:
        read_tables(cup_with(tmp_path / "cup", "flows", 8, id="bord"))
    assert all("there is no flow with the id 'board'" in line for line in error.value.problems)
    assert "1 cell depends" in str(error.value)


def test_nothing_waits_where_nothing_depends(tmp_path: Path) -> None:
    with pytest.raises(TableError) as error:
        read_tables(cup_with(tmp_path / "cup", "exchanges", 2, amount="1,000"))
    assert "depend" not in str(error.value)
