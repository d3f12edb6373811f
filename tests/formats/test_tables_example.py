"""The shipped example and the documentation page: they say what the reader does."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from carbonlab.errors import StoreError
from carbonlab.formats.tables import read_tables, write_example
from carbonlab.formats.tables.layout import LAYOUTS, Holds, layout_markdown
from carbonlab.inventory.database import Database
from carbonlab.inventory.schema import TABLES
from carbonlab.vocabulary import ValueKind
from tests.formats.tables_base import mistakes_in, with_cell

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tables.md"
INVENTED = "invented for illustration"


@pytest.fixture
def example(tmp_path: Path) -> Database:
    write_example(tmp_path / "cup")
    return read_tables(tmp_path / "cup")


def test_the_example_uses_what_there_is_to_learn(example: Database, tmp_path: Path) -> None:
    assert example.processes.num_rows == 5
    # every optional table but two: factors of one's own and open balances are nothing to begin with
    assert {path.stem for path in (tmp_path / "cup").iterdir()} == set(LAYOUTS) - {"factors", "balances"}
    assert example.column("exchanges", "formula").any()
    assert example.column("exchanges", "is_avoided").any()
    assert example.column("exchanges", "provider").any()
    assert example.column("exchanges", "distribution").any()
    assert (example.column("exchanges", "unit_factor") != 1).any()


def test_every_figure_of_the_example_says_that_it_is_invented(example: Database) -> None:
    for table in ("exchanges", "parameters", "properties", "allocation"):
        reference = example.column(table, "is_reference") if table == "exchanges" else None
        formula = example.column(table, "formula") if "formula" in TABLES[table].names else None
        for row in range(getattr(example, table).num_rows):
            if (reference is not None and reference[row]) or (formula is not None and formula[row]):
                continue
            assert example.column(table, "value_kind")[row] == ValueKind.ASSUMPTION
            assert example.column(table, "comment")[row].startswith(INVENTED)
    assert "invented for illustration" in example.meta.description
    assert "No source" in example.column("sources", "citation")[0]


def test_formulas_of_the_example(example: Database) -> None:
    """Board for 1000 cups of 12 g with 15 % of scrap: 12 / 0.85 kg, of which 15 % is waste."""
    amounts = dict(zip(example.column("exchanges", "id"), example.column("exchanges", "amount"), strict=True))
    board = 1000 * 0.012 / (1 - 0.15)
    assert math.isclose(amounts["cup_factory/in/board/board_mill"], board, rel_tol=1e-14)
    assert math.isclose(amounts["cup_factory/out/waste_paper/waste_burning"], board * 0.15, rel_tol=1e-14)
    assert math.isclose(amounts["board_mill/in/electricity/power_grid"], 1000.0, rel_tol=1e-14)  # 3.6 GJ


def test_the_example_is_a_workbook_as_well(example: Database, tmp_path: Path) -> None:
    write_example(tmp_path / "cup.xlsx")
    assert (
        read_tables(tmp_path / "cup.xlsx").with_meta(origin="").digest == example.with_meta(origin="").digest
    )


def test_the_example_replaces_nothing(example: Database, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="exists already as a folder"):
        write_example(tmp_path / "cup")


def test_the_page_shows_the_layout() -> None:
    assert layout_markdown().strip() in PAGE.read_text(encoding="utf-8")


def test_the_page_shows_rows_of_the_example(example: Database, tmp_path: Path) -> None:
    rows = (tmp_path / "cup" / "exchanges.csv").read_text(encoding="utf-8").splitlines()
    shown = [
        line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| cup_factory")
    ]
    written = [row for row in rows if row.startswith("cup_factory")]
    assert len(shown) == len(written) == 4
    for line, row in zip(shown, written, strict=True):
        assert [cell.strip() for cell in line.strip("|").split("|")] == row.split(",")[:8]


def test_the_page_shows_messages_as_they_are(example: Database, tmp_path: Path) -> None:
    path = tmp_path / "cup" / "exchanges.csv"
    text = path.read_text(encoding="utf-8")
    text = with_cell(with_cell(text, 4, "amount", "1,9"), 9, "flow", "bord")
    path.write_text(text, encoding="utf-8")
    page = re.sub(r"\s+", " ", PAGE.read_text(encoding="utf-8"))
    for problem in mistakes_in(tmp_path / "cup"):
        assert f"- {problem} " in page, problem


def test_every_column_of_the_database_has_one_in_the_tables() -> None:
    other_names = {
        "processes": {"is_capital_good": "capital_good", "under_control": "control"},
        "properties": {"name": "property"},
        "exchanges": {
            "is_input": "direction",
            "is_reference": "reference",
            "is_avoided": "avoided",
            "published_amount": "amount",
            "published_unit": "unit",
            "unit_factor": "unit",
        },
        "roles": {"flow": "id", "process": "id"},
    }
    for name, schema in TABLES.items():
        if name == "findings":
            continue
        for field in schema.names:
            column = other_names.get(name, {}).get(field, field)
            assert column in LAYOUTS[name].names, f"{name}.{field} would be lost"


def test_words_of_the_layout_are_told_for_columns_of_words_only() -> None:
    for layout in LAYOUTS.values():
        for column in layout.columns:
            assert bool(column.words) == (column.holds is Holds.WORD)
            assert column.meaning
