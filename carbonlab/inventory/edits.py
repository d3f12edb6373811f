"""Edits of single cells: each returns a new database, the old one stays as it is.

A number that moves takes its spread along: the relative spread is kept, so that draws center on the new
value.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from carbonlab.inventory.columns import codes_of
from carbonlab.inventory.database import Database
from carbonlab.inventory.points import scaled_points
from carbonlab.vocabulary import DistributionKind

SPREAD = ("loc", "scale", "minimum", "maximum")
"""Columns that describe a spread beside its kind."""


def with_numbers(
    db: Database, table: str, column: str, *, rows: NDArray[np.intp], values: NDArray[np.float64]
) -> Database:
    """Return a database with other numbers in some rows (rows,) of a column."""
    old: pa.Table = getattr(db, table)
    place = old.schema.get_field_index(column)
    numbers = old[column].to_numpy().copy()
    numbers[rows] = values
    return db.with_tables(**{table: old.set_column(place, old.schema.field(place), pa.array(numbers))})


def with_words(
    db: Database, table: str, column: str, *, rows: NDArray[np.intp], words: Sequence[str]
) -> Database:
    """Return a database with other words in some rows (rows,) of a word column; an empty word is none."""
    old: pa.Table = getattr(db, table)
    place = old.schema.get_field_index(column)
    codes, known = codes_of(old, column)
    codes = codes.copy()
    number = {word: code for code, word in enumerate(known)}
    for row, word in zip(rows.tolist(), words, strict=True):
        codes[row] = number.setdefault(word, len(number)) if word else -1
    new = pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), pa.array(list(number), pa.string()))
    return db.with_tables(**{table: old.set_column(place, old.schema.field(place), new)})


def with_moved_amounts(
    db: Database, table: str, *, rows: NDArray[np.intp], values: NDArray[np.float64]
) -> Database:
    """Return a database with other amounts of exchanges or parameters; spreads move with them.

    A lognormal keeps its geometric standard deviation, the other shapes their width relative to the value.
    A spread around 0, or one
    whose value changes sign, has no relative width to keep: it is taken away.

    Parameters
    ----------
    db : Database
    table : str
        ``exchanges`` or ``parameters``.
    rows : int array (rows,)
        Rows of the table.
    values : float array (rows,)
        New amounts; of exchanges in the reference unit of the flow.
    """
    old = db.column(table, "amount")[rows]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = values / old
    keeps = np.isfinite(ratio) & (ratio > 0)
    is_lognormal = db.is_word(table, "distribution", DistributionKind.LOGNORMAL)[rows]
    moved = with_numbers(db, table, "amount", rows=rows, values=values)
    if table == "exchanges":
        published = values / db.column(table, "unit_factor")[rows]
        moved = with_numbers(moved, table, "published_amount", rows=rows, values=published)
    for name in SPREAD:
        number = db.column(table, name)[rows]
        scaled = number if name == "scale" else number * ratio
        scaled = np.where(is_lognormal, scaled, number * ratio)
        moved = with_numbers(moved, table, name, rows=rows, values=np.where(keeps, scaled, np.nan))
    points = db.column(table, "points")[rows]
    listed = np.flatnonzero((points != "") & keeps)
    if len(listed):
        words = [scaled_points(points[i], float(ratio[i])) for i in listed]
        moved = with_words(moved, table, "points", rows=rows[listed], words=words)
    for name in ("distribution", "points"):
        moved = with_words(moved, table, name, rows=rows[~keeps], words=[""] * int((~keeps).sum()))
    return moved
