"""Rows of `database`: what the database says of itself."""

from __future__ import annotations

from collections.abc import Sequence

from carbonlab.formats.tables.layout import DATABASE_KEYS, DECIDED_UPSTREAM
from carbonlab.formats.tables.problems import Problems, quoted
from carbonlab.formats.tables.rows import Row, each_row
from carbonlab.formats.tables.sheets import Sheet
from carbonlab.inventory.records import DatabaseMeta

ORIGIN = "carbonlab tables"
"""No file name: the same tables in another folder are the same database, with the same digest."""


def meta_of(sheets: Sequence[Sheet], name: str, problems: Problems) -> DatabaseMeta:
    """Return what the database says of itself; `name` is used if it states none."""
    stated: dict[str, str] = {}
    rows: dict[str, Row] = {}
    for row in each_row(sheets, problems):
        key, value = row.text("key"), row.text("value")
        decides = key.startswith(DECIDED_UPSTREAM) and key != DECIDED_UPSTREAM
        if key and key not in DATABASE_KEYS and not decides:
            known = (*DATABASE_KEYS, f"{DECIDED_UPSTREAM}<slot>")
            row.report(
                "key", f"{quoted(key)} is unknown", problems.near(key, known, f"use {', '.join(known)}")
            )
        if key in rows:
            row.report(
                "key",
                f"{quoted(key)} stands in {rows[key].seen_from(row)} already",
                "delete one of the two rows",
            )
        if decides and not value:
            row.report(
                "value", "no option is named", "write which option was already applied, or delete the row"
            )
        rows.setdefault(key, row)
        stated.setdefault(key, value)
    return DatabaseMeta(
        name=stated.get("name") or name,
        version=stated.get("version", ""),
        licence=stated.get("licence", ""),
        description=stated.get("description", ""),
        origin=ORIGIN,
        decided_upstream={
            key.removeprefix(DECIDED_UPSTREAM): value
            for key, value in stated.items()
            if key.startswith(DECIDED_UPSTREAM)
        },
    )
