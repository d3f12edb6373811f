"""One mistake per case, tested by its words; and all mistakes of several tables in one error."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from carbonlab.formats.tables import read_tables
from tests.formats.tables_base import BASE, mistakes_in, with_cell, write_base

CASES: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("tables_mistakes.toml").read_text(encoding="utf-8")
)


def tables_of(case: dict[str, Any]) -> dict[str, str]:
    tables = dict(BASE)
    for name, text in case.get("write", {}).items():
        tables[name] = text.lstrip("\n") if text.strip() else ""
    for name, rows in case.get("append", {}).items():
        tables[name] += rows
    for name, row, column, cell in case.get("set", []):
        tables[name] = with_cell(tables[name], row, column, cell)
    for name in case.get("remove", []):
        del tables[name]
    return tables


def test_the_base_has_no_mistake(tmp_path: Path) -> None:
    db = read_tables(write_base(tmp_path / "tables", BASE))
    assert db.exchanges.num_rows == 9


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_mistake_is_told_by_its_words(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    folder = write_base(tmp_path / "tables", tables_of(case))
    for table, content in case.get("bytes", {}).items():
        with (folder / f"{table}.csv").open("ab") as stream:
            stream.write(bytes.fromhex(content))
    problems = mistakes_in(folder)
    if "expect" in case:
        assert len(problems) == len(case["expect"]), "\n".join(problems)
        for problem, words in zip(problems, case["expect"], strict=True):
            assert words in problem
    for words in case.get("expect_some", ()):
        assert any(words in problem for problem in problems), "\n".join(problems)
    for problem in problems:
        assert "; " in problem, "a mistake without a remedy"


TOGETHER = (
    "unit_of_a_flow_unknown_is_one_mistake",
    "unknown_kind",
    "no_date",
    "reference_of_zero",
    "unit_missing",
    "emitted_flow_as_an_input",
    "provider_does_not_treat",
    "unknown_role",
    "circular_parameters",
    "shares_do_not_sum_to_one",
    "factor_in_no_co2e",
    "property_misspelt",
    "key_twice",
)


def test_mistakes_of_every_table_are_told_at_once(tmp_path: Path) -> None:
    tables = dict(BASE)
    for name in TOGETHER:
        tables |= CASES[name].get("write", {})
        for table, row, column, cell in CASES[name].get("set", ())[:1]:
            tables[table] = with_cell(tables[table], row, column, cell)
    problems = mistakes_in(write_base(tmp_path / "tables", tables))
    # The waste whose kind is misspelt may be a product, so that nothing that follows from its kind is told.
    told = [
        words for name in TOGETHER if name != "provider_does_not_treat" for words in CASES[name]["expect"]
    ]
    for words in told:
        assert any(words in problem for problem in problems), words
    assert len(problems) == len(told), "\n".join(problems)


def test_many_of_a_kind_end_in_a_line_that_names_the_rows(tmp_path: Path) -> None:
    rows = "".join(f"mill,power,input,1,{number},kWh,,\n" for number in range(40))
    header = "process,flow,direction,amount,formula,unit,reference,provider\n"
    tables = BASE | {"exchanges": header + rows.replace(",1,", ',"1,5",')}
    problems = mistakes_in(write_base(tmp_path / "tables", tables))
    commas = [problem for problem in problems if "has a comma" in problem]
    assert len(commas) == 21
    assert commas[-1].startswith(
        "exchanges.csv, rows 22–41, column amount: 20 more of the kind: '1,5' has a comma"
    )


def test_texts_of_others_cannot_forge_lines_of_the_report(tmp_path: Path) -> None:
    tables = BASE | {"exchanges": BASE["exchanges"] + '"mill\n  - all is well",co2,output,1,kg,,\n'}
    problems = mistakes_in(write_base(tmp_path / "tables", tables))
    assert len(problems) == 1
    assert "\n" not in problems[0]
    assert r"'mill\n  - all is well'" in problems[0]
