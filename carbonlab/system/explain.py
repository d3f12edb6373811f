"""Where a matrix number comes from: exchanges, factors, and the lines of the rules that touched them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carbonlab.rules.entries import EntryTable
from carbonlab.rules.ruleset import Line
from carbonlab.system.product_system import Pattern, ProductSystem


@dataclass(frozen=True)
class Touch:
    """One line of one rule that acted on an entry or on the entry that it was split from.

    Attributes
    ----------
    slot, option, verb : str
        What acted and how.
    clause : str
        Source and clause of the line.
    """

    slot: str
    option: str
    verb: str
    clause: str


@dataclass(frozen=True)
class Explanation:
    """One entry of a matrix number: value = sign × amount × Π factor.

    Attributes
    ----------
    exchange : str
        Id of the exchange.
    amount : float
        In the reference unit of its flow.
    sign : float
        +1 or −1.
    factors : dict of str to float
        Factors by name, those of 1 left out.
    value : float
        The number that it adds.
    touches : tuple of Touch
        Rule lines in the order in which they acted.
    """

    exchange: str
    amount: float
    sign: float
    factors: dict[str, float]
    value: float
    touches: tuple[Touch, ...]


def explain(system: ProductSystem, row: int, column: int, *, matrix: str = "A") -> tuple[Explanation, ...]:
    """Return the entries that add up to one number of A or B.

    Parameters
    ----------
    system : ProductSystem
        The system.
    row, column : int
        Position: a column number twice for A, an intervention number and a column number for B.
    matrix : str
        ``A`` or ``B``.

    Returns
    -------
    tuple of Explanation
        Their values sum to the number; empty where the number is zero because nothing stands there.
    """
    technosphere = matrix == "A"
    table: EntryTable = system.work.technosphere if technosphere else system.work.intervention
    pattern: Pattern = system.technosphere_pattern if technosphere else system.intervention_pattern
    here = np.flatnonzero((pattern.row == row) & (pattern.column == column))
    name = "technosphere" if technosphere else "intervention"
    return tuple(_entry(system, table, name, int(entry)) for entry in pattern.entry[here])


def _entry(system: ProductSystem, table: EntryTable, name: str, entry: int) -> Explanation:
    exchange = int(table.exchange[entry])
    amount = float(system.work.amounts[exchange])
    factors = {slot: float(values[entry]) for slot, values in table.factors.items() if values[entry] != 1.0}
    sign = float(table.sign[entry])
    return Explanation(
        exchange=system.database.exchanges["id"][exchange].as_py(),
        amount=amount,
        sign=sign,
        factors=factors,
        value=sign * amount * float(np.prod(list(factors.values()))),
        touches=tuple(_touches(system, table, name, entry)),
    )


def _touches(system: ProductSystem, table: EntryTable, name: str, entry: int) -> list[Touch]:
    family = {entry}
    while (parent := int(table.parent[entry])) >= 0:
        family.add(parent)
        entry = parent
    touches = []
    for log in system.work.log:
        if log.table == name and np.isin(log.rows, list(family)).any():
            line: Line = system.rule_set.rules[log.slot].lines[log.line]
            clause = f"{line.reference.source} {line.reference.clause}".strip()
            touches.append(Touch(log.slot, log.option, log.verb, clause))
    return touches
