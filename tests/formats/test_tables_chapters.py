"""Chapters: sub-folders whose tables count as if they stood in the tables of the folder above."""

from __future__ import annotations

from pathlib import Path

import pytest

from carbonlab.errors import FormatError, TableError
from carbonlab.formats import read
from carbonlab.formats.tables import csv_folder, read_tables, write_tables
from carbonlab.inventory.database import Database
from carbonlab.inventory.open_balances import open_balances
from carbonlab.vocabulary import BalanceKind

ENERGY = {
    "flows": "id,name,kind,unit\npower,Power,product,kWh\n",
    "processes": "id,name\nplant,Power plant\n",
    "exchanges": "process,flow,direction,amount,unit,reference,source\nplant,power,output,1,kWh,yes,book\n",
    "sources": "id,citation\nbook,A book\n",
}
STEEL = {
    "flows": "id,name,kind,unit\niron,Iron,product,kg\n",
    "processes": "id,name\nworks,Works\n",
    "exchanges": "process,flow,direction,amount,unit,provider,reference,source\n"
    "works,iron,output,1,kg,,yes,book\nworks,power,input,2,MJ,plant,,book\n",
    "sources": "id,citation\nbook,A book\n",
}
DATABASE = "key,value\nname,two chapters\n"


def write_chapters(folder: Path, **chapters: dict[str, str]) -> Path:
    """Write a folder with database.csv and a sub-folder for each chapter."""
    for chapter, tables in chapters.items():
        (folder / chapter).mkdir(parents=True)
        for name, text in tables.items():
            (folder / chapter / f"{name}.csv").write_text(text, encoding="utf-8")
    (folder / "database.csv").write_text(DATABASE, encoding="utf-8")
    return folder


def mistakes(folder: Path) -> list[str]:
    """Return the lines of the mistakes in a folder."""
    with pytest.raises(TableError) as caught:
        read_tables(folder)
    return list(caught.value.problems)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_chapters(tmp_path / "both", energy=ENERGY, steel=STEEL)


def in_one_folder(tmp_path: Path) -> Database:
    """Return the same rows in tables without chapters."""
    one = tmp_path / "one"
    one.mkdir()
    joined = {
        "flows": ENERGY["flows"] + "iron,Iron,product,kg\n",
        "processes": ENERGY["processes"] + "works,Works\n",
        "exchanges": "process,flow,direction,amount,unit,provider,reference,source\n"
        "plant,power,output,1,kWh,,yes,book\nworks,iron,output,1,kg,,yes,book\n"
        "works,power,input,2,MJ,plant,,book\n",
        "sources": ENERGY["sources"],
        "database": DATABASE,
    }
    for name, text in joined.items():
        (one / f"{name}.csv").write_text(text, encoding="utf-8")
    return read_tables(one)


def test_chapters_are_one_database(folder: Path, tmp_path: Path) -> None:
    db = read_tables(folder)
    assert db.digest == in_one_folder(tmp_path).digest == read(folder).digest
    assert db.process("works").exchanges[1].provider == "plant"
    assert db.sources.num_rows == 1


def test_tables_of_the_folder_itself_come_first(folder: Path) -> None:
    (folder / "processes.csv").write_text("id,name\nzoo,Zoo\n", encoding="utf-8")
    (folder / "exchanges.csv").write_text(
        "process,flow,direction,amount,unit,reference\nzoo,power,output,1,kWh,yes\n", encoding="utf-8"
    )
    assert read_tables(folder).column("processes", "id").tolist() == ["zoo", "plant", "works"]


def test_what_is_written_again_reads_as_the_same(folder: Path, tmp_path: Path) -> None:
    db = read_tables(folder)
    assert write_tables(db, tmp_path / "again") == ()
    assert read_tables(tmp_path / "again").digest == db.digest


@pytest.mark.parametrize(
    ("chapter", "table", "text", "expected"),
    [
        ("steel", "exchanges", "works,power,input,2,ell,plant,,book\n", "steel/exchanges.csv, row 4, column unit: "),
        ("steel", "processes", "plant,Again\n",
         "steel/processes.csv, row 3, column id: the id 'plant' stands in row 2 of energy/processes.csv already"),
        ("steel", "flows", "power,Power,product,kWh\n",
         "steel/flows.csv, row 3, column id: the id 'power' stands in row 2 of energy/flows.csv already"),
        ("steel", "sources", "book,Another book\n",
         "steel/sources.csv, row 3, column id: the id 'book' stands in row 2 of energy/sources.csv already"),
        ("energy", "sources", "book,A book\n",
         "energy/sources.csv, row 3, column id: the id 'book' stands in row 2 already"),
        ("steel", "exchanges", "plant,power,output,1,kWh,,yes,book\n",
         "two reference flows: row 2 of energy/exchanges.csv is one already"),
    ],
)  # fmt: skip
def test_mistakes_name_the_chapter(folder: Path, chapter: str, table: str, text: str, expected: str) -> None:
    with (folder / chapter / f"{table}.csv").open("a", encoding="utf-8") as file:
        file.write(text)
    found = mistakes(folder)
    assert len(found) == 1
    assert expected in found[0]


def test_shares_of_two_chapters_are_summed(folder: Path) -> None:
    with (folder / "steel" / "exchanges.csv").open("a", encoding="utf-8") as file:
        file.write("works,slag,output,1,kg,,,book\n")
    (folder / "steel" / "flows.csv").write_text(STEEL["flows"] + "slag,Slag,product,kg\n", encoding="utf-8")
    head = "process,product,share,basis\n"
    (folder / "steel" / "allocation.csv").write_text(head + "works,iron,0.5,economic\n", encoding="utf-8")
    (folder / "energy" / "allocation.csv").write_text(head + "works,slag,0.4,economic\n", encoding="utf-8")
    assert mistakes(folder) == [
        "steel/allocation.csv, row 2, column share: the shares of the process 'works' and the basis economic "
        "sum to 0.9; make the shares of row 2 of energy/allocation.csv, row 2 sum to 1"
    ]


def test_a_reference_that_is_missing_names_the_row_to_mark(folder: Path) -> None:
    text = STEEL["exchanges"].replace("works,iron,output,1,kg,,yes", "works,iron,output,1,kg,,")
    (folder / "steel" / "exchanges.csv").write_text(text, encoding="utf-8")
    assert mistakes(folder)[0].endswith(
        "write yes in the column reference of steel/exchanges.csv, row 2 (iron)"
    )


def test_a_chapter_does_not_say_what_the_database_is(folder: Path) -> None:
    (folder / "steel" / "database.csv").write_text(DATABASE, encoding="utf-8")
    assert mistakes(folder)[0].startswith(
        "steel/database.csv: a chapter cannot say what the database is; move"
    )


def test_databases_side_by_side_are_not_taken_for_chapters(folder: Path) -> None:
    (folder / "database.csv").unlink()
    found = mistakes(folder)
    assert found[0].startswith("both: all tables lie in sub-folders (energy, steel); add database.csv")
    with pytest.raises(FormatError, match="found: "):
        read(folder)


def test_tables_two_levels_below_are_not_dropped_in_silence(folder: Path) -> None:
    (folder / "steel" / "old").mkdir()
    (folder / "steel" / "old" / "flows.csv").write_text(STEEL["flows"], encoding="utf-8")
    assert mistakes(folder)[0].startswith("steel/old: the tables lie two levels below the folder")


def test_an_unknown_table_in_a_chapter_is_a_mistake(folder: Path) -> None:
    (folder / "steel" / "exchange.csv").write_text("a,b\n", encoding="utf-8")
    assert mistakes(folder)[0].startswith("steel/exchange.csv: there is no table of the name 'exchange'")


def test_notes_hidden_and_empty_folders_are_left_alone(folder: Path) -> None:
    digest = read_tables(folder).digest
    for name in ("notes", ".git", "pictures"):
        (folder / name).mkdir()
    (folder / "notes" / "flows.csv").write_text("anything\n", encoding="utf-8")
    (folder / ".git" / "flows.csv").write_text("anything\n", encoding="utf-8")
    (folder / "pictures" / "works.png").write_bytes(b"\x89PNG")
    assert read_tables(folder).digest == digest


@pytest.mark.parametrize("what", ["folder", "file"])
def test_a_link_out_of_the_folder_is_refused(folder: Path, tmp_path: Path, what: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "flows.csv").write_text("id,name,kind,unit\n", encoding="utf-8")
    if what == "folder":
        (folder / "more").symlink_to(outside, target_is_directory=True)
    else:
        (folder / "more").mkdir()
        (folder / "more" / "flows.csv").symlink_to(outside / "flows.csv")
    with pytest.raises(FormatError, match="not meant to be read"):
        read_tables(folder)


def test_a_table_that_is_too_large_over_all_chapters_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    largest = max(path.stat().st_size for path in folder.glob("*/*.csv"))
    monkeypatch.setattr(csv_folder, "MAX_FILE_BYTES", largest + 10)
    with pytest.raises(FormatError, match="with the same table of other chapters"):
        read_tables(folder)


def test_too_many_chapters_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_folder, "MAX_CHAPTERS", 1)
    with pytest.raises(FormatError, match="there are 2 sub-folders with CSV files"):
        read_tables(folder)


def test_explanations_of_open_balances_are_kept_and_written(folder: Path, tmp_path: Path) -> None:
    text = 'process,balance,explanation\nworks,mass,"ore is not an input, on purpose"\n'
    (folder / "steel" / "balances.csv").write_text(text, encoding="utf-8")
    db = read_tables(folder)
    assert open_balances(db) == {("works", BalanceKind.MASS): "ore is not an input, on purpose"}
    assert write_tables(db, tmp_path / "again") == ()
    assert read_tables(tmp_path / "again").digest == db.digest


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("nobody,mass,why\n", "column process: there is no process with the id 'nobody'"),
        ("works,money,why\n", "column balance: 'money' is no balance"),
        ("works,mass,\n", "column explanation: the cell is empty"),
        ("works,mass,why\nworks,mass,how\n", "the mass balance is stated in row 2 already"),
    ],
)
def test_mistakes_in_explanations_of_balances(folder: Path, row: str, expected: str) -> None:
    (folder / "steel" / "balances.csv").write_text("process,balance,explanation\n" + row, encoding="utf-8")
    assert expected in mistakes(folder)[0]
