"""Tables as HTML: the same columns and units that are exported."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from carbonlab.report.export import Cell, Column, Table
from carbonlab.report.figures import format_number
from carbonlab.widgets.cells import STYLE, table, text_cell


def tables_html(tables: Sequence[Table], *, functional_unit: str, before: str = "", after: str = "") -> str:
    """Return tables under the functional unit that they are for, as a piece of HTML.

    Parameters
    ----------
    tables : sequence of Table
        From top to bottom.
    functional_unit : str
        What the numbers are for; always in sight.
    before, after : str
        HTML around them.
    """
    unit = f"<p class='cl-unit'><b>{escape(functional_unit)}</b></p>" if functional_unit else ""
    body = "".join(table_html(one) for one in tables)
    return f"<div class='carbonlab cl-view'>{STYLE}{unit}{before}{body}{after}</div>"


def table_html(one: Table) -> str:
    """Return a table as HTML; its first column names the rows."""
    right = [place > 0 and _holds_numbers(column) for place, column in enumerate(one.columns)]
    rows = [
        [text_cell(_shown(cell), header=place == 0, number=right[place]) for place, cell in enumerate(row)]
        for row in one.rows
    ]
    return table(one.name, one.head, rows, number_columns=right)


def table_text(one: Table) -> list[str]:
    """Return a table as lines of text, for a terminal."""
    lines = ["; ".join(one.head)]
    return [*lines, *("  " + "; ".join(_shown(cell) for cell in row) for row in one.rows)]


def _shown(cell: Cell) -> str:
    if cell is None:
        return "–"
    return cell if isinstance(cell, str) else format_number(float(cell))


def _holds_numbers(column: Column) -> bool:
    """Whether a column is one of numbers: words in it say why there is none, and stand where numbers do."""
    numbers = [cell is not None and not isinstance(cell, str) for cell in column.values]
    return any(numbers) or bool(column.unit)
