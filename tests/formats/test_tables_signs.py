"""Negative amounts in tables are read as they stand, and told."""

from __future__ import annotations

import math
from pathlib import Path

from carbonlab.formats.tables import read_tables
from carbonlab.inventory.findings import count_findings, findings_of
from carbonlab.teaching import load_teaching_inventory
from carbonlab.vocabulary import Severity
from tests.formats.tables_base import BASE, with_cell, write_base

CALCULATED = """process,flow,direction,amount,formula,unit,reference,provider
plant,power,output,1,,kWh,yes,
plant,co2,output,,0 - 2,kg,,
"""


def test_a_slip_of_the_sign_is_a_warning_with_its_row(tmp_path: Path) -> None:
    exchanges = BASE["exchanges"].replace("mill,power,input,500,kWh", "mill,power,input,-500,kWh")
    db = read_tables(write_base(tmp_path / "tables", BASE | {"exchanges": exchanges}))
    (found,) = findings_of(db, "negative_input")
    assert (found.severity, found.process, found.flow) == (Severity.WARNING, "mill", "power")
    assert (found.amount, found.unit) == (-500.0, "kWh")
    assert found.detail == "exchanges.csv, row 6: Electricity"
    assert db.column("exchanges", "amount").min() == -500.0, "the number is taken as it stands"
    (counted,) = count_findings(db)
    assert counted.text.startswith("an input is negative")


def test_a_negative_emission_is_told_too_also_where_a_formula_gives_it(tmp_path: Path) -> None:
    exchanges = BASE["exchanges"].replace("mill,co2,output,1.8,t", "mill,co2,output,-1.8,t")
    db = read_tables(write_base(tmp_path / "stated", BASE | {"exchanges": exchanges}))
    (found,) = findings_of(db, "negative_amount")
    assert (found.severity, found.amount, found.unit) == (Severity.INFO, -1.8, "t")
    assert findings_of(db, "negative_input") == []
    tables = BASE | {"processes": "id,name\nplant,Power plant\n", "exchanges": CALCULATED}
    (found,) = findings_of(read_tables(write_base(tmp_path / "calculated", tables)), "negative_amount")
    assert math.isclose(found.amount, -2.0)


def test_nothing_is_told_where_nothing_is_negative(tmp_path: Path) -> None:
    zero = with_cell(BASE["exchanges"], 6, "amount", "0")
    for db in (
        read_tables(write_base(tmp_path / "tables", BASE | {"exchanges": zero})),
        load_teaching_inventory(),
    ):
        assert findings_of(db, "negative_input") == findings_of(db, "negative_amount") == []
