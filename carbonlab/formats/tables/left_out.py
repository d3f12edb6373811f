"""What a database may hold but tables refuse: left out when they are written, and told."""

from __future__ import annotations

import math

from carbonlab.formats.tables.attributes import is_whole
from carbonlab.formats.tables.layout import LAYOUTS, Holds
from carbonlab.formats.tables.rows import is_date, is_year
from carbonlab.inventory.records import Finding
from carbonlab.vocabulary import Severity

Cells = dict[str, list[str]]
"""Column → a text per row."""

_TESTS = {Holds.YEAR: is_year, Holds.DATE: is_date}


def leave_out_years(tables: dict[str, Cells]) -> list[Finding]:
    """Empty the cells of years and dates that are none, such as 9999, and return a finding for each."""
    findings = []
    for name, cells in tables.items():
        for column in LAYOUTS[name].columns:
            test = _TESTS.get(column.holds)
            for row, text in enumerate(cells.get(column.name, ()) if test else ()):
                if text and test and not test(text):
                    cells[column.name][row] = ""
                    findings.append(
                        _finding("tables_without_year", name, cells, row, f"{column.name} {text!r}")
                    )
    return findings


def leave_out_shares(cells: Cells) -> list[Finding]:
    """Drop stated shares that do not sum to one, which no rule can use, and return a finding for each."""
    groups: dict[tuple[str, str, str], list[int]] = {}
    for row, key in enumerate(zip(cells["process"], cells["basis"], cells["exchange"], strict=True)):
        groups.setdefault(key, []).append(row)
    findings = []
    dropped = set()
    for (_, basis, _), rows in groups.items():
        total = math.fsum(float(cells["share"][row] or "nan") for row in rows)
        if not is_whole(total):
            dropped.update(rows)
            detail = f"{len(rows)} shares on the basis {basis} sum to {total:g}"
            findings.append(_finding("tables_without_share", "allocation", cells, rows[0], detail))
    for column, texts in cells.items():
        cells[column] = [text for row, text in enumerate(texts) if row not in dropped]
    return findings


def _finding(code: str, table: str, cells: Cells, row: int, detail: str) -> Finding:
    """Return a finding of a row, with the ids of what it is about."""
    names = {"processes": "process", "flows": "flow", "exchanges": "exchange"}
    about: dict[str, str] = {
        field: cells[field][row] for field in ("process", "flow", "exchange") if field in cells
    }
    if table in names:
        about[names[table]] = cells["id"][row]
    return Finding(
        code=code,
        severity=Severity.INFO,
        process=about.get("process", ""),
        flow=about.get("flow", ""),
        exchange=about.get("exchange", ""),
        detail=f"{table}: {detail}",
    )
