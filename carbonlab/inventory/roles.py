"""Give roles to flows and processes, line by line from a classification file.

A role says what something is for a rule: electricity, packaging, scrap, capital good. Readers keep the
roles that their format states; everything else comes from ``classification.toml`` beside this module,
before which users put files of their own in the same form. What no line catches has no role, which is not
an error: a rule that needs one says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carbonlab.inventory.classification import ClassificationLine, load_classification, read_classification
from carbonlab.inventory.columns import with_rows
from carbonlab.inventory.database import Database
from carbonlab.vocabulary import Role

BoolArray = NDArray[np.bool_]


def classify(db: Database, extra_files: Iterable[Path | str] = ()) -> Database:
    """Return a database in which flows and processes have the roles that the classification gives them.

    Parameters
    ----------
    db : Database
        Roles that it has already are kept.
    extra_files : iterable of Path or str
        Classification files of a user. They stand before the packaged one: their lines win.

    Returns
    -------
    Database
        The same with further rows in ``roles``, each with its line as source. The same input always gives
        the same rows.

    Raises
    ------
    FormatError
        If a classification file is not in its form.

    Examples
    --------
    >>> from carbonlab.inventory.builder import DatabaseBuilder
    >>> from carbonlab.inventory.records import DatabaseMeta, Flow
    >>> from carbonlab.vocabulary import FlowKind
    >>> builder = DatabaseBuilder(DatabaseMeta(name="one"))
    >>> builder.flows.append(Flow(id="e", name="Electricity, at grid", kind=FlowKind.PRODUCT, unit="kWh"))
    >>> db = classify(builder.build())
    >>> for role, source in zip(db.column("roles", "role"), db.column("roles", "source")):
    ...     print(role, source)
    cbam_good classification.toml#cbam-electricity
    electricity classification.toml#electricity-flow
    """
    lines = [line for file in extra_files for line in read_classification(file)]
    lines += load_classification()
    columns: dict[str, list[Any]] = {name: [] for name in ("flow", "process", "role", "source", "confidence")}
    for subject, table in (("flow", "flows"), ("process", "processes")):
        content = _Content(db, table)
        for role in sorted({line.role for line in lines if line.subject == subject}):
            open_ = ~_has_role(db, subject, role, content.count)
            for line in (line for line in lines if (line.subject, line.role) == (subject, role)):
                caught = open_ & content.caught_by(line)
                open_ &= ~caught
                if line.assign:
                    _append(columns, subject, np.flatnonzero(caught), line)
    return db.with_tables(roles=with_rows(db.roles, columns))


class _Content:
    """The columns of one table that lines are compared with, each prepared once."""

    def __init__(self, db: Database, table: str) -> None:
        self.db = db
        self.table = table
        self.rows: pa.Table = getattr(db, table)
        self.count = self.rows.num_rows
        self.categories = self.rows["category"].cast(pa.string())

    def caught_by(self, line: ClassificationLine) -> BoolArray:
        caught = np.ones(self.count, bool)
        if self.table == "flows":
            caught &= self.db.is_word("flows", "kind", *line.kind)
            if line.unit:
                caught &= self.db.is_word("flows", "unit", *line.unit)
            if line.origin:
                caught &= self.db.is_word("flows", "origin", *line.origin)
        elif line.capital_good is not None:
            caught &= self.db.column("processes", "is_capital_good") == line.capital_good
        if line.name:
            caught &= _matches(self.rows["name"], line.name)
        if line.not_name:
            caught &= ~_matches(self.rows["name"], line.not_name)
        if line.category:
            caught &= _matches(self.categories, line.category)
        return caught


def _matches(texts: pa.ChunkedArray, pattern: str) -> BoolArray:
    """RE2 takes linear time whatever the pattern, so that a file from others cannot stop the clock."""
    found = pc.match_substring_regex(texts, pattern, ignore_case=True)
    return np.asarray(pc.fill_null(found, False).to_numpy(), dtype=bool)


def _has_role(db: Database, subject: str, role: Role, count: int) -> BoolArray:
    rows = db.column("roles", subject)[db.is_word("roles", "role", role)]
    has = np.zeros(count, bool)
    has[rows[rows >= 0]] = True
    return has


def _append(
    columns: Mapping[str, list[Any]], subject: str, rows: NDArray[np.intp], line: ClassificationLine
) -> None:
    other = {"flow": "process", "process": "flow"}[subject]
    columns[subject].extend(int(row) for row in rows)
    columns[other].extend([-1] * len(rows))
    for name, value in (("role", line.role), ("source", line.source), ("confidence", line.confidence)):
        columns[name].extend([str(value)] * len(rows))
