"""A what-if: one relative spread for every amount that states none.

Inventories without spreads cannot be drawn. Whoever wants to see what data uncertainty would do may assume one
spread for all; it is an assumption, so the database says so in its name, its version and its findings.
"""

from __future__ import annotations

import numpy as np

from carbonlab.errors import RefusedError
from carbonlab.inventory.database import Database
from carbonlab.inventory.edits import with_numbers, with_words
from carbonlab.inventory.findings import with_findings
from carbonlab.inventory.records import Finding
from carbonlab.vocabulary import DistributionKind, Severity

LARGEST = 10.0
"""A larger geometric standard deviation is a slip of the keyboard."""


def assume_spread(db: Database, deviation: float, *, scored: bool = False) -> Database:
    """Return a database in which amounts without a stated spread are lognormal around their stated value.

    The stated amount is the median. Left as they are: amounts with a spread, with a formula (their parameters vary,
    or nothing does), of zero, and what a process is normalized to (its reference).

    Parameters
    ----------
    db : Database
        An inventory.
    deviation : float
        Geometric standard deviation [-]: about 95 % of the draws lie between amount ÷ deviation² and
        amount × deviation².
    scored : bool
        Whether amounts with pedigree scores get it too; without, the scores stand for their spread.

    Raises
    ------
    RefusedError
        If the deviation is no geometric standard deviation of a spread.

    Examples
    --------
    >>> from carbonlab.teaching import load_teaching_inventory
    >>> assumed = assume_spread(load_teaching_inventory(), 1.1)
    >>> bool(assumed.is_word("exchanges", "distribution", "lognormal").any())
    True
    """
    if not 1.0 < deviation <= LARGEST:
        raise RefusedError(
            f"{deviation:g} is no geometric standard deviation to assume",
            why=f"it has to be above 1 (no spread) and at most {LARGEST:g}",
            remedy="give a number such as 1.1",
        )
    amount = db.column("exchanges", "amount")
    free = (amount != 0) & ~db.column("exchanges", "is_reference").astype(bool)
    for column in ("distribution", "formula", *(() if scored else ("pedigree",))):
        codes, _ = db.codes("exchanges", column)
        free &= codes < 0
    rows = np.flatnonzero(free)
    if not len(rows):
        return db
    made = with_words(
        db, "exchanges", "distribution", rows=rows, words=[str(DistributionKind.LOGNORMAL)] * len(rows)
    )
    made = with_numbers(made, "exchanges", "loc", rows=rows, values=amount[rows])
    made = with_numbers(made, "exchanges", "scale", rows=rows, values=np.full(len(rows), deviation))
    finding = Finding(
        code="spread_assumed",
        severity=Severity.INFO,
        amount=deviation,
        unit="geometric standard deviation",
        detail=f"{len(rows)} exchanges",
    )
    note = f"assumed spread: geometric standard deviation {deviation:g} for {len(rows)} exchanges"
    return with_findings(made, [finding]).with_meta(version=f"{db.meta.version} ({note})".strip())
