"""Rows of `parameters`: named numbers that formulas use."""

from __future__ import annotations

from collections.abc import Sequence

from carbonlab.errors import FormulaError
from carbonlab.formats.tables.attributes import Seen
from carbonlab.formats.tables.problems import Problems, quoted
from carbonlab.formats.tables.provenance import provenance_of
from carbonlab.formats.tables.references import References
from carbonlab.formats.tables.rows import Row, check_amount_or_formula, each_row
from carbonlab.formats.tables.sheets import Sheet
from carbonlab.formats.tables.spreads import distribution_of
from carbonlab.inventory.formulas import parse_formula
from carbonlab.inventory.records import Parameter


def parameters_of(
    sheets: Sequence[Sheet], references: References, problems: Problems
) -> list[tuple[Row, Parameter]]:
    """Return the parameters of a table with their rows."""
    seen = Seen()
    found = []
    for row in each_row(sheets, problems):
        parameter = _parameter_of(row, references)
        _check_name(row, parameter.name)
        scope = (parameter.process, parameter.exchange)
        if parameter.name and seen.is_new(
            row, "name", "a parameter of this name and scope", *scope, parameter.name.lower()
        ):
            found.append((row, parameter))
    return found


def _parameter_of(row: Row, references: References) -> Parameter:
    amount = row.number_in("amount")
    formula = row.text("formula")
    check_amount_or_formula(row, amount, formula)
    return Parameter(
        name=row.identity("name"),
        amount=amount,
        process=references.process(row, "process"),
        exchange=references.exchange(row, "exchange"),
        formula=formula,
        unit=row.text("unit"),
        distribution=distribution_of(row),
        description=row.text("description"),
        provenance=provenance_of(row, references),
    )


def _check_name(row: Row, name: str) -> None:
    """Note a name that no formula could use."""
    if not name or row.is_spoiled("name"):
        return
    try:
        is_name = parse_formula(name).names == (name,)
    except FormulaError:
        is_name = False
    if not is_name:
        row.report(
            "name",
            f"{quoted(name)} cannot be the name of a parameter",
            "begin with a letter, use letters, digits and underscores, and no word of formulas such as if",
        )
