"""What correct tables are read as: dialects of CSV, units, formulas, workbooks, foregrounds."""

from __future__ import annotations

import math
import os
import re
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest

from carbonlab.errors import FormatError, TableError
from carbonlab.formats.tables import csv_folder, read_tables, workbook, workbook_guard
from carbonlab.inventory.database import Database
from carbonlab.vocabulary import DistributionKind, FlowKind, LifeCycleStage, Role, ValueKind
from tests.formats.tables_base import BASE, mistakes_in, with_cell, write_base, write_book


def amounts(db: Database) -> dict[str, float]:
    return dict(zip(db.column("exchanges", "id"), db.column("exchanges", "amount"), strict=True))


def same_content(one: Database, other: Database) -> bool:
    return one.with_meta(name="").digest == other.with_meta(name="").digest


def read_base(tmp_path: Path, *cells: tuple[str, int, str, str], **more: str) -> Database:
    tables = BASE | more
    for table, row, column, cell in cells:
        tables[table] = with_cell(tables[table], row, column, cell)
    return read_tables(write_base(tmp_path / "tables", tables))


# -- CSV -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.replace(",", ";").encode(),
        lambda text: text.replace(",", ";").encode("utf-8-sig"),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("\n", "\r").encode(),
        lambda text: text.replace("\n", ",,,\n").encode(),
        lambda text: text.replace("\n", "\n,,\n").encode(),
        lambda text: text.rstrip("\n").encode(),
        lambda text: text.replace(",", " , ").encode(),
    ],
    ids=[
        "bom",
        "semicolon",
        "bom and semicolon",
        "crlf",
        "cr",
        "wide",
        "empty rows",
        "no end of line",
        "blanks",
    ],
)
def test_how_spreadsheet_programs_write_csv_does_not_matter(tmp_path: Path, encode: Any) -> None:
    expected = read_tables(write_base(tmp_path / "plain", BASE))
    folder = tmp_path / "other"
    folder.mkdir()
    for name, text in BASE.items():
        (folder / f"{name}.csv").write_bytes(encode(text))
    assert same_content(read_tables(folder), expected)


def test_order_of_columns_and_tables_does_not_matter(tmp_path: Path) -> None:
    expected = read_tables(write_base(tmp_path / "plain", BASE))
    turned = {
        name: "\n".join(",".join(reversed(line.split(","))) for line in text.splitlines())
        for name, text in BASE.items()
    }
    assert same_content(read_tables(write_base(tmp_path / "turned", turned)), expected)


def test_notes_and_other_files_are_left_alone(tmp_path: Path) -> None:
    folder = write_base(tmp_path / "tables", BASE | {"notes": "anything,at,all\n"})
    (folder / "sketch.png").write_bytes(b"\x89PNG")
    (folder / "old").mkdir()
    assert read_tables(folder).exchanges.num_rows == 9


def test_text_that_looks_like_a_formula_is_text(tmp_path: Path) -> None:
    evil = '=HYPERLINK("http://example.org";"click")'
    quoted = evil.replace('"', '""')
    rows = f'evil,"{quoted}",product,kg,\nminus,-2+3,product,kg,\nkept,\'=1+1,product,kg,\n'
    db = read_base(tmp_path, flows=BASE["flows"] + rows)
    assert db.flow("evil").name == evil
    assert db.flow("minus").name == "-2+3"
    assert db.flow("kept").name == "=1+1"


def test_row_numbers_count_rows_not_lines(tmp_path: Path) -> None:
    text = BASE["processes"].replace("Power plant", '"Power\nplant\nof three lines"') + "\nmill,Twice\n"
    problems = mistakes_in(write_base(tmp_path / "tables", BASE | {"processes": text}))
    assert len(problems) == 1
    assert problems[0].startswith("processes.csv, row 6, column id: the id 'mill' stands in row 3 already; ")


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    folder = write_base(tmp_path / "tables", BASE)
    secret = tmp_path / "secret.csv"
    secret.write_text("key,value\nname,secret\n")
    (folder / "database.csv").symlink_to(secret)
    with pytest.raises(FormatError, match=r"database\.csv is not a file of the folder"):
        read_tables(folder)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    folder = write_base(tmp_path / "tables", BASE)
    os.mkfifo(folder / "sources.csv")
    with pytest.raises(FormatError, match=r"sources\.csv is not a file of the folder"):
        read_tables(folder)


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_folder, "MAX_FILE_BYTES", 100)
    with pytest.raises(FormatError, match=r"exchanges\.csv is larger than 0 MiB"):
        read_tables(write_base(tmp_path / "tables", BASE))


def test_a_cell_that_never_ends_is_a_mistake(tmp_path: Path) -> None:
    text = BASE["flows"] + 'long,"' + "x" * 200_000 + '",product,kg,\n'
    problems = mistakes_in(write_base(tmp_path / "tables", BASE | {"flows": text}))
    assert problems[0].startswith("flows.csv, row 8: the row cannot be divided into cells (field larger than")


def test_there_is_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="there is no folder or workbook"):
        read_tables(tmp_path / "missing")


# -- values ----------------------------------------------------------------------------------------


def test_amounts_are_converted_and_kept_as_published(tmp_path: Path) -> None:
    db = read_base(tmp_path)
    steel = db.exchange_at(db.exchange_rows(db.process_row("mill"))[0])
    assert (steel.amount, steel.published_amount, steel.published_unit, steel.unit_factor) == (
        1000,
        1,
        "t",
        1000,
    )
    assert amounts(db)["mill/out/co2"] == 1800


def test_spreads_are_converted_with_the_amount(tmp_path: Path) -> None:
    columns = "distribution,loc,scale,minimum,maximum"
    rows = [
        f"process,flow,direction,amount,unit,reference,{columns}",
        "plant,power,output,1,kWh,yes,,,,,",
        "plant,co2,output,900,g,,lognormal,900,1.1,,",
        "mill,steel,output,1,t,yes,normal,1,0.1,,",
        "mill,co2,output,1.8,t,,triangular,1.8,,1.5,2",
        "dump,scrap,input,1,kg,yes,uniform,,,0.9,1.1",
    ]
    db = read_base(tmp_path, exchanges="\n".join(rows))
    spreads = [db.exchange_at(row).distribution for row in range(5)]
    assert spreads[0] is None
    found = [(s.kind, s.loc, s.scale, s.minimum, s.maximum) for s in spreads if s]
    nan = math.nan
    expected = [
        (DistributionKind.LOGNORMAL, 0.9, 1.1, nan, nan),
        (DistributionKind.NORMAL, 1000.0, 100.0, nan, nan),
        (DistributionKind.TRIANGULAR, 1800.0, nan, 1500.0, 2000.0),
        (DistributionKind.UNIFORM, nan, nan, 0.9, 1.1),
    ]
    for one, other in zip(found, expected, strict=True):
        assert one[0] is other[0]
        np.testing.assert_array_equal(one[1:], other[1:])


def test_properties_are_kept_in_standard_units(tmp_path: Path) -> None:
    rows = [
        "flow,property,value,unit,process",
        "slag,mass,1000,g,",
        "slag,energy,2,kWh,mill",
        "steel,carbon,2,g C,",
        "steel,price,700,EUR 2020,",
        "slag,price,20,EUR 2020,",
        "slag,whiteness,3,m2,",
    ]
    db = read_base(tmp_path, properties="\n".join(rows))
    values, units = db.column("properties", "value").tolist(), db.column("properties", "unit").tolist()
    assert values == [1.0, 7.2, 0.002, 700.0, 20.0, 3.0]
    assert units == ["kg", "MJ", "kg C", "EUR 2020", "EUR 2020", "m2"]
    assert db.column("properties", "process").tolist() == [-1, 1, -1, -1, -1, -1]


def test_factors_per_unit_of_the_flow(tmp_path: Path) -> None:
    rows = "flow,metric,value,unit\nco2,GWP100,1000,g CO2e\nwater,GWP100,2,kg CO2e/l\n"
    db = read_base(tmp_path, factors=rows)
    assert db.column("factors", "value") == pytest.approx([1.0, 2000.0], rel=1e-14)


def test_formulas_use_the_narrowest_parameter(tmp_path: Path) -> None:
    cells = [
        ("exchanges", 6, "amount", ""),
        ("exchanges", 6, "formula", "2 * share"),
        ("exchanges", 7, "amount", "12"),
        ("exchanges", 7, "formula", "share * total"),
        ("exchanges", 7, "id", "smoke"),
    ]
    rows = [
        "name,process,exchange,amount,formula",
        "share,,,100,",
        "share,mill,,3,",
        "share,,smoke,4,",
        "total,mill,,,share",
    ]
    db = read_base(tmp_path, *cells, parameters="\n".join(rows))
    power = db.exchange_at(4)
    assert (power.amount, power.published_amount, power.formula) == (6.0, 6.0, "2 * share")
    assert amounts(db)["smoke"] == 12_000.0


def test_a_stated_amount_stays_beside_a_formula_that_gives_it_nearly(tmp_path: Path) -> None:
    cells = [("exchanges", 6, "amount", "0.3333333"), ("exchanges", 6, "formula", "1 / 3")]
    assert amounts(read_base(tmp_path, *cells))["mill/in/power/plant"] == 0.3333333


def test_words_and_provenance(tmp_path: Path) -> None:
    cells = [
        ("exchanges", 3, "value_kind", "assumption"),
        ("exchanges", 3, "comment", "nobody measured it"),
        ("exchanges", 3, "source", "book"),
        ("exchanges", 3, "year", "2015-2019"),
        ("exchanges", 3, "stage", "production"),
        ("exchanges", 3, "year_offset", "2"),
        ("processes", 3, "control", "no"),
        ("processes", 4, "control", "yes"),
        ("processes", 4, "capital_good", "TRUE"),
        ("flows", 5, "synonyms", 'rolled; "flat; long" ;;'),
    ]
    more = {
        "sources": "id,citation,year\nbook,A book,n.d.\n",
        "roles": "subject,id,role,source,confidence\nprocess,dump,waste_treatment,me,high\n",
        "database": "key,value\nname,Steel\nlicence,CC0\ndecided_upstream.recycling,cut_off\n",
    }
    db = read_base(tmp_path, *cells, **more)
    smoke = db.exchange_at(1)
    assert smoke.provenance.value_kind is ValueKind.ASSUMPTION
    assert (smoke.provenance.source, smoke.provenance.year) == ("book", "2015-2019")
    assert (smoke.stage, smoke.year_offset) == (LifeCycleStage.PRODUCTION, 2.0)
    assert db.exchange_at(0).provenance.value_kind is ValueKind.UNSTATED
    assert [db.process(p).under_control for p in ("plant", "mill", "dump")] == [None, False, True]
    assert [db.process(p).is_capital_good for p in ("plant", "dump")] == [False, True]
    assert db.flow("steel").synonyms == ("rolled", "flat; long")
    assert (db.meta.name, db.meta.licence) == ("Steel", "CC0")
    assert db.meta.decided_upstream == {"recycling": "cut_off"}
    assert db.meta.origin == "carbonlab tables"
    sources = db.column("roles", "source")[db.is_word("roles", "role", Role.WASTE_TREATMENT)]
    assert "me" in sources


def test_the_classification_fills_roles_that_the_table_leaves_open(tmp_path: Path) -> None:
    db = read_base(tmp_path)
    rows = db.is_word("roles", "role", Role.ELECTRICITY)
    assert db.flow_row("power") in db.column("roles", "flow")[rows]
    assert all(source.startswith("classification.toml#") for source in db.column("roles", "source"))


def test_an_aggregated_footprint(tmp_path: Path) -> None:
    flows = with_cell(BASE["flows"] + "epd,Footprint,aggregated_co2e,kg CO2e,\n", 8, "metric", "GWP100 AR5")
    exchanges = BASE["exchanges"] + "plant,epd,output,20,g CO2e,,\n"
    db = read_base(tmp_path, flows=flows, exchanges=exchanges)
    assert db.flow("epd").kind is FlowKind.AGGREGATED_CO2E
    assert amounts(db)["plant/out/epd"] == pytest.approx(0.02, rel=1e-14)


# -- foregrounds -----------------------------------------------------------------------------------

FOREGROUND = {
    "flows": "id,name,kind,unit,direction\nknife,Knife,product,item,\n",
    "processes": "id,name,control\nforge,Forge,yes\n",
    "exchanges": """\
process,flow,direction,amount,unit,reference,provider,stage
forge,knife,output,1,item,yes,,
forge,steel,input,100,g,,mill,raw_material_acquisition
forge,co2,output,1,kg,,,production
forge,scrap,output,10,g,,dump,end_of_life
""",
}


def test_a_foreground_uses_flows_and_processes_of_a_background(tmp_path: Path) -> None:
    background = read_base(tmp_path)
    folder = write_base(tmp_path / "fore", FOREGROUND)
    db = read_tables(folder, attached=[background])
    assert db.column("flows", "id").tolist() == ["knife", "steel", "co2", "scrap"]
    assert db.flow("steel") == background.flow("steel")
    assert db.processes.num_rows == 1
    assert amounts(db)["forge/in/steel/mill"] == 0.1
    assert db.column("exchanges", "provider").tolist() == ["", "mill", "", "dump"]


def test_without_its_background_a_foreground_has_unknown_names(tmp_path: Path) -> None:
    problems = mistakes_in(write_base(tmp_path / "fore", FOREGROUND))
    assert [problem.split(";")[0] for problem in problems] == [
        "exchanges.csv, row 3, column flow: there is no flow with the id 'steel'",
        "exchanges.csv, row 3, column provider: there is no process with the id 'mill'",
        "exchanges.csv, row 4, column flow: there is no flow with the id 'co2'",
        "exchanges.csv, row 5, column flow: there is no flow with the id 'scrap'",
        "exchanges.csv, row 5, column provider: there is no process with the id 'dump'",
    ]
    assert "or attach the database that has it" in problems[0]


def test_a_provider_of_the_background_must_supply_the_flow(tmp_path: Path) -> None:
    tables = FOREGROUND | {"exchanges": FOREGROUND["exchanges"].replace(",mill,", ",plant,")}
    with pytest.raises(TableError) as raised:
        read_tables(write_base(tmp_path / "fore", tables), attached=[read_base(tmp_path)])
    assert len(raised.value.problems) == 1
    assert "the process 'plant' does not produce the flow 'steel'" in raised.value.problems[0]
    assert "this one supplies 'power'" in raised.value.problems[0]


def test_a_flow_of_two_meanings_is_a_mistake(tmp_path: Path) -> None:
    flows = FOREGROUND["flows"] + "steel,Steel pieces,product,item,\nscrap,Scrap,waste,kg,\n"
    exchanges = FOREGROUND["exchanges"].replace("100,g", "1,item")
    tables = FOREGROUND | {"flows": flows, "exchanges": exchanges}
    with pytest.raises(TableError) as raised:
        read_tables(write_base(tmp_path / "fore", tables), attached=[read_base(tmp_path)])
    assert len(raised.value.problems) == 1
    assert raised.value.problems[0].startswith(
        "flows.csv, row 3, column id: the database 'tables' has another flow with the id 'steel': "
        "product in kg, not product in item; give the flow another id"
    )


# -- workbooks -------------------------------------------------------------------------------------


def test_a_workbook_is_read_as_the_folder_is(tmp_path: Path) -> None:
    expected = read_tables(write_base(tmp_path / "plain", BASE))
    assert same_content(read_tables(write_book(tmp_path / "book.xlsx", BASE)), expected)


def edited(path: Path, sheet: str, cells: dict[str, Any]) -> Path:
    book = openpyxl.load_workbook(path)
    for place, value in cells.items():
        book[sheet][place] = value
    book.save(path)
    return path


def test_formulas_of_the_spreadsheet_are_not_calculated(tmp_path: Path) -> None:
    path = edited(write_book(tmp_path / "book.xlsx", BASE), "exchanges", {"D6": "=400+100"})
    problems = mistakes_in(path)
    assert problems == (
        "book.xlsx, sheet exchanges, row 6, column amount: the cell holds a spreadsheet formula without a "
        "stored value; carbonlab calculates none; open the file in a spreadsheet program and save it again, or "
        "type the value",
    )


def test_the_stored_value_of_a_spreadsheet_formula_is_read(tmp_path: Path) -> None:
    path = edited(write_book(tmp_path / "book.xlsx", BASE), "exchanges", {"D6": "=400+100"})
    empty = rb"(?<=<f>400\+100</f>)(<v ?/>|<v></v>)"
    replace_in_part(path, "xl/worksheets/sheet3.xml", empty, b"<v>500</v>")
    assert amounts(read_tables(path))["mill/in/power/plant"] == 500.0


def test_a_spreadsheet_formula_in_the_column_of_formulas_is_a_mistake(tmp_path: Path) -> None:
    tables = BASE | {"parameters": "name,amount,formula\na,1,\nb,,\n"}
    path = edited(write_book(tmp_path / "book.xlsx", tables), "parameters", {"C3": "=B2*2"})
    assert mistakes_in(path) == (
        "book.xlsx, sheet parameters, row 3, column formula: the cell holds a formula of the spreadsheet "
        "program; write the formula of carbonlab as text, without the leading '='",
    )


def test_what_cells_of_a_workbook_hold(tmp_path: Path) -> None:
    path = edited(write_book(tmp_path / "book.xlsx", BASE), "exchanges", {"F4": True, "D6": 5e2, "D7": "1.8"})
    edited(path, "processes", {"C1": "valid_from", "C2": datetime(2019, 1, 31), "C3": 2019})
    db = read_tables(path)
    assert db.process("plant").valid_from == "2019-01-31"
    assert db.process("mill").valid_from == "2019"
    plain = read_tables(write_base(tmp_path / "plain", BASE))
    assert amounts(db) == amounts(plain)
    assert (
        db.column("exchanges", "is_reference").tolist() == plain.column("exchanges", "is_reference").tolist()
    )


def test_errors_and_dates_in_a_workbook_are_mistakes(tmp_path: Path) -> None:
    cells = {"D6": datetime(2024, 5, 1), "D7": "#DIV/0!"}
    problems = mistakes_in(edited(write_book(tmp_path / "book.xlsx", BASE), "exchanges", cells))
    assert [problem.partition(", ")[2] for problem in problems] == [
        "sheet exchanges, row 6, column amount: '2024-05-01' is a date, not a number; the spreadsheet program "
        "may have changed what was typed: format the column as a number first",
        "sheet exchanges, row 7, column amount: the spreadsheet shows the error '#DIV/0!'; mend the cell",
    ]


def test_an_unknown_sheet_is_a_mistake(tmp_path: Path) -> None:
    path = write_book(tmp_path / "book.xlsx", BASE | {"flow": "a,b\n1,2\n", "notes": "x\n"})
    assert mistakes_in(path)[0].startswith(
        "book.xlsx, sheet flow: there is no table of the name 'flow'; did you mean"
    )


def replace_in_part(path: Path, part: str, pattern: bytes, new: bytes) -> None:
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    content[part], count = re.subn(pattern, lambda _: new, content[part])
    assert count
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)


HARM = {
    "entities": (
        "xl/worksheets/sheet3.xml",
        b"<worksheet",
        b'<!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet',
        "declares a document type or entities",
    ),
    "utf16": ("xl/workbook.xml", b"<", b"<\x00", "is not written in UTF-8"),
    "damaged": ("xl/worksheets/sheet3.xml", b"</row>", b"</rwo>", "ParseError"),
    "no sheets": ("xl/workbook.xml", b"<sheets>", b"<shoots>", "book.xlsx is a damaged workbook"),
    "row far away": (
        "xl/worksheets/sheet3.xml",
        b'<row r="9"',
        b'<row r="99999999"',
        "claims more than 10000 rows",
    ),
}


@pytest.mark.parametrize("name", sorted(HARM))
def test_a_hostile_workbook_is_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MAX_ROWS", 10_000)  # of a million, to be quick
    part, old, new, words = HARM[name]
    path = write_book(tmp_path / "book.xlsx", BASE)
    replace_in_part(path, part, old, new)
    with pytest.raises(FormatError) as raised:
        read_tables(path)
    assert words in str(raised.value)
    assert raised.value.remedy


def test_what_only_says_that_it_is_a_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_text("id,name\n")
    with pytest.raises(FormatError, match=r"book\.xlsx cannot be read as a workbook"):
        read_tables(path)


def test_a_workbook_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_book(tmp_path / "book.xlsx", BASE)
    limits = type(workbook_guard.LIMITS)(total_bytes=1000)
    monkeypatch.setattr(workbook_guard, "LIMITS", limits)
    with pytest.raises(FormatError, match=r"holds .* MiB or more"):
        read_tables(path)


def test_more_rows_than_a_spreadsheet_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MAX_ROWS", 5)
    with pytest.raises(FormatError, match="the sheet flows claims more than 5 rows"):
        read_tables(write_book(tmp_path / "book.xlsx", BASE))
