"""Formats are recognized by what a file or folder holds, and what is none is told with what was found."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from carbonlab.errors import FormatError, StoreError, TableError
from carbonlab.formats import read
from carbonlab.formats.tables import write_example
from carbonlab.inventory.store import save_database
from tests.formats.openlca_packages import steel_package
from tests.formats.tables_base import BASE, write_base, write_book


def test_a_folder_of_tables(tmp_path: Path) -> None:
    write_example(tmp_path / "cup")
    assert read(tmp_path / "cup").processes.num_rows == 5
    assert read(str(tmp_path / "cup")).processes.num_rows == 5


def test_mistakes_in_tables_are_those_of_tables(tmp_path: Path) -> None:
    folder = write_base(tmp_path / "tables", {"flows": BASE["flows"]})
    with pytest.raises(TableError, match="the table processes is missing"):
        read(folder)


@pytest.mark.parametrize("name", ["book.xlsx", "book.XLSX", "book", "book.zip"])
def test_a_workbook_whatever_its_name(name: str, tmp_path: Path) -> None:
    path = write_book(tmp_path / "book.xlsx", BASE).rename(tmp_path / name)
    assert read(path).exchanges.num_rows == 9


def test_a_stored_database(tmp_path: Path) -> None:
    db = read(write_base(tmp_path / "tables", BASE))
    save_database(db, tmp_path / "store")
    assert read(tmp_path / "store").digest == db.digest


def test_a_stored_database_that_was_tampered_with(tmp_path: Path) -> None:
    save_database(read(write_base(tmp_path / "tables", BASE)), tmp_path / "store")
    (tmp_path / "store" / "flows.parquet").write_bytes(b"no parquet")
    with pytest.raises(StoreError, match=r"flows\.parquet"):
        read(tmp_path / "store")


@pytest.mark.parametrize("inside", ["", "package/"])
def test_an_openlca_zip_file(inside: str, tmp_path: Path) -> None:
    path = steel_package().write_zip(tmp_path / "package.bin", inside=inside)
    assert read(path).processes.num_rows > 0


def test_an_openlca_folder(tmp_path: Path) -> None:
    assert read(steel_package(2).write_folder(tmp_path / "package")).processes.num_rows > 0


def packed(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "content")
    return path


def made(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("content")
    return folder


def refused(path: Path) -> FormatError:
    with pytest.raises(FormatError) as raised:
        read(path)
    assert raised.value.remedy
    return raised.value


def test_nothing_at_the_path(tmp_path: Path) -> None:
    assert "there is no file or folder" in refused(tmp_path / "missing").what


@pytest.mark.parametrize(
    ("names", "found", "remedy"),
    [
        (["a.spold", "b.spold", "c.txt"], "found: 3 files (2 .spold, 1 .txt)", "EcoSpold is not read"),
        (
            ["exchange.csv", "flow.csv"],
            "found: 2 files (2 .csv)",
            "tables lie unpacked in a folder, as flows.csv",
        ),
        (["down/release.zip"], "found: 1 file (1 .zip)", "give the path of the file inside"),
        (["book.ods"], "found: 1 file (1 .ods)", "save the workbook as .xlsx"),
        (["picture.png"], "found: 1 file (1 .png)", "what is understood is an openLCA package"),
    ],
)
def test_a_folder_of_something_else(names: list[str], found: str, remedy: str, tmp_path: Path) -> None:
    error = refused(made(tmp_path / "folder", *names))
    assert error.what == "folder is no inventory that carbonlab can read"
    assert found in error.why
    assert remedy in error.remedy


def test_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    assert refused(tmp_path / "folder").why == "found: no files"


@pytest.mark.parametrize(
    ("names", "remedy"),
    [
        (["flows.csv", "processes.csv", "exchanges.csv"], "tables lie unpacked in a folder"),
        (["data/one.spold"], "EcoSpold is not read"),
        (["readme.md"], "what is understood is an openLCA package"),
    ],
)
def test_a_zip_file_of_something_else(names: list[str], remedy: str, tmp_path: Path) -> None:
    error = refused(packed(tmp_path / "some.zip", *names))
    assert error.why.startswith(f"found: a zip file with {len(names)} file")
    assert remedy in error.remedy


def test_a_file_of_something_else(tmp_path: Path) -> None:
    error = refused(made(tmp_path, "flows.csv") / "flows.csv")
    assert error.why == "found: a file of 7 bytes, not packed"
    assert "tables lie unpacked in a folder" in error.remedy


def test_a_damaged_zip_file(tmp_path: Path) -> None:
    path = packed(tmp_path / "some.zip", "processes/a.json")
    data = bytearray(path.read_bytes())
    data[data.rindex(b"PK\x01\x02") + 4 : data.rindex(b"PK\x01\x02") + 30] = b"\xff" * 26
    path.write_bytes(data)
    assert refused(path)
