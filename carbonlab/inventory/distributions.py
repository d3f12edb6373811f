"""Which stated spreads describe a spread at all, and findings for those that do not.

Real inventories state lognormals with a geometric standard deviation of 0 or 1, triangles whose mode lies
outside, normals without a deviation. They are kept as published, and named: no number can be drawn from them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from carbonlab.errors import InventoryError
from carbonlab.inventory.points import LISTS, points_of
from carbonlab.inventory.records import Distribution, Finding
from carbonlab.vocabulary import DistributionKind, Severity

if TYPE_CHECKING:
    from carbonlab.inventory.database import Database

PROBLEMS = (
    "spread_missing",
    "gsd_below_one",
    "gsd_one",
    "lognormal_at_zero",
    "sd_negative",
    "sd_zero",
    "reversed_triangle",
    "reversed_uniform",
    "no_width",
    "points_unreadable",
    "mean_below_minimum",
)
"""Codes of findings, in the order of the numbers that `spread_problems` returns."""

HARMLESS = ("gsd_one", "sd_zero", "no_width")
"""Problems that say no more than: this number has no spread."""

FIELDS_OF = {
    DistributionKind.LOGNORMAL: ("loc", "scale"),
    DistributionKind.NORMAL: ("loc", "scale"),
    DistributionKind.TRIANGULAR: ("minimum", "loc", "maximum"),
    DistributionKind.UNIFORM: ("minimum", "maximum"),
    DistributionKind.BETA_PERT: ("minimum", "loc", "maximum"),
    DistributionKind.GAMMA: ("loc", "scale", "minimum"),
    DistributionKind.DISCRETE: (),
    DistributionKind.EMPIRICAL: (),
}
"""Numbers that each shape needs."""

SPREAD_TABLES = ("exchanges", "parameters", "properties", "factors")
"""Tables whose numbers may have a spread."""

Columns = dict[str, NDArray[np.float64]]


def spread_problems(db: Database, table: str = "exchanges") -> NDArray[np.int8]:
    """Return what is wrong with the spread of each row of a table.

    Parameters
    ----------
    db : Database
    table : str
        One of `SPREAD_TABLES`.

    Returns
    -------
    array (rows,)
        Position in `PROBLEMS`; −1 where there is no distribution or nothing is wrong with it.
    """
    codes, words = db.codes(table, "distribution")
    found = np.full(len(codes), -1, dtype=np.int8)
    stated = np.flatnonzero(codes >= 0)
    if not stated.size:
        return found
    numbers = {name: db.column(table, name)[stated] for name in ("loc", "scale", "minimum", "maximum")}
    for code, word in enumerate(words):
        rows = np.flatnonzero(codes[stated] == code)
        if DistributionKind(word) in LISTS:
            found[stated[rows]] = _problems_of_lists(db, table, DistributionKind(word), stated[rows])
            continue
        columns = {name: values[rows] for name, values in numbers.items()}
        found[stated[rows]] = _problems_of(DistributionKind(word), columns)
    return found


def usable(db: Database, table: str = "exchanges") -> NDArray[np.bool_]:
    """Return which rows (rows,) of a table have a distribution that numbers can be drawn from."""
    codes, _ = db.codes(table, "distribution")
    return np.asarray((codes >= 0) & (spread_problems(db, table) < 0), dtype=bool)


def problem_of(distribution: Distribution) -> str:
    """Return the code of what is wrong with a distribution; "" for nothing.

    Examples
    --------
    >>> problem_of(Distribution(kind=DistributionKind.LOGNORMAL, loc=2.0, scale=0.7))
    'gsd_below_one'
    >>> problem_of(Distribution(kind=DistributionKind.UNIFORM, minimum=1.0, maximum=2.0))
    ''
    """
    if distribution.kind in LISTS:
        number = _problem_of_list(distribution.kind, distribution.points)
        return PROBLEMS[number] if number >= 0 else ""
    columns = {
        name: np.array([getattr(distribution, name)]) for name in ("loc", "scale", "minimum", "maximum")
    }
    number = int(_problems_of(distribution.kind, columns)[0])
    return PROBLEMS[number] if number >= 0 else ""


def spread_findings(db: Database) -> list[Finding]:
    """Return a finding for every stated spread, of exchanges and parameters, that describes none.

    Each stands for the stored amount of its exchange or parameter.
    """
    return [*_exchange_findings(db), *_parameter_findings(db)]


def _problems_of(kind: DistributionKind, columns: Columns) -> NDArray[np.int8]:
    """Return the problem (rows,) of distributions of one kind; of several the first in `PROBLEMS`."""
    loc, scale, minimum, maximum = (columns[name] for name in ("loc", "scale", "minimum", "maximum"))
    missing = ~np.all([np.isfinite(columns[name]) for name in FIELDS_OF[kind]], axis=0)
    checks: dict[str, NDArray[np.bool_]] = {"spread_missing": missing}
    if kind is DistributionKind.LOGNORMAL:
        # a negative geometric mean is the mirror image: draws keep the sign of the amount
        checks |= {"gsd_below_one": scale < 1.0, "gsd_one": scale == 1.0, "lognormal_at_zero": loc == 0.0}
    elif kind is DistributionKind.NORMAL:
        checks |= {"sd_negative": scale < 0.0, "sd_zero": scale == 0.0}
    elif kind is DistributionKind.GAMMA:
        checks |= {"sd_negative": scale < 0.0, "sd_zero": scale == 0.0, "mean_below_minimum": loc <= minimum}
    elif kind in (DistributionKind.TRIANGULAR, DistributionKind.BETA_PERT):
        outside = (loc < minimum) | (loc > maximum) | (minimum > maximum)
        checks |= {"reversed_triangle": outside, "no_width": minimum == maximum}
    else:
        checks |= {"reversed_uniform": minimum > maximum, "no_width": minimum == maximum}
    found = np.full(len(loc), -1, dtype=np.int8)
    for code in reversed(PROBLEMS):
        if code in checks:
            found[checks[code]] = PROBLEMS.index(code)
    return found


def _problems_of_lists(
    db: Database, table: str, kind: DistributionKind, rows: NDArray[np.intp]
) -> NDArray[np.int8]:
    texts = db.column(table, "points")[rows]
    known = {text: _problem_of_list(kind, text) for text in set(texts)}
    return np.array([known[text] for text in texts], dtype=np.int8)


def _problem_of_list(kind: DistributionKind, text: str) -> int:
    if not text:
        return PROBLEMS.index("spread_missing")
    try:
        values, weights = points_of(kind, text)
    except InventoryError:
        return PROBLEMS.index("points_unreadable")
    return PROBLEMS.index("no_width") if np.ptp(values[weights > 0]) == 0 else -1


def _exchange_findings(db: Database) -> list[Finding]:
    problems = spread_problems(db)
    rows = np.flatnonzero(problems >= 0)
    processes, flows = db.column("processes", "id"), db.column("flows", "id")
    units = db.column("flows", "unit")
    identities = db.exchanges["id"].take(rows).to_pylist()
    columns = {name: db.column("exchanges", name)[rows] for name in ("process", "flow", "amount")}
    details = _details(db, "exchanges", rows)
    return [
        Finding(
            code=PROBLEMS[problem],
            severity=_severity(PROBLEMS[problem]),
            process=processes[process],
            flow=flows[flow],
            exchange=identity,
            amount=float(amount),
            unit=units[flow],
            detail=detail,
        )
        for problem, process, flow, amount, identity, detail in zip(
            problems[rows],
            columns["process"],
            columns["flow"],
            columns["amount"],
            identities,
            details,
            strict=True,
        )
    ]


def _parameter_findings(db: Database) -> list[Finding]:
    problems = spread_problems(db, "parameters")
    rows = np.flatnonzero(problems >= 0)
    details = _details(db, "parameters", rows)
    findings = []
    for row, detail in zip(rows.tolist(), details, strict=True):
        process = db.parameters["process"][row].as_py()
        exchange = db.parameters["exchange"][row].as_py()
        code = PROBLEMS[problems[row]]
        findings.append(
            Finding(
                code=code,
                severity=_severity(code),
                process=db.processes["id"][process].as_py() if process >= 0 else "",
                exchange=db.exchanges["id"][exchange].as_py() if exchange >= 0 else "",
                amount=db.parameters["amount"][row].as_py(),
                unit=db.parameters["unit"][row].as_py() or "",
                detail=f"parameter {db.parameters['name'][row].as_py()!r}: {detail}",
            )
        )
    return findings


def _severity(code: str) -> Severity:
    return Severity.INFO if code in HARMLESS else Severity.WARNING


def _details(db: Database, table: str, rows: NDArray[np.intp]) -> list[str]:
    """Return the numbers of each spread as text, for example ``lognormal: loc 2, scale 0``."""
    kinds = db.column(table, "distribution")[rows]
    points = db.column(table, "points")[rows]
    numbers = {name: db.column(table, name)[rows] for name in ("loc", "scale", "minimum", "maximum")}
    return [
        f"{kind}: "
        + (
            points[i]
            or ", ".join(f"{name} {numbers[name][i]:.9g}" for name in FIELDS_OF[DistributionKind(kind)])
        )
        for i, kind in enumerate(kinds)
    ]
