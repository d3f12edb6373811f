"""The bill of a rule that leaves out what is small: which exchanges, and what they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from carbonlab.rules.entries import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Bill:
    """What one line of a rule left out; arrays are (exchanges left out,).

    Attributes
    ----------
    slot, line, option
        The rule's slot, the number of the line, and its option.
    reference : str
        Digest of the rule set that it was judged by: the same one with this slot neutral.
    product : str
        Id of the process whose product the amounts are for; empty: amounts are per run of each process, as
        inventoried.
    exchange : int
        Rows of the exchanges.
    mass, energy, impact : float
        [kg], [MJ] and estimated [kg CO2e] with everything upstream; NaN where not known.
    share : float
        The largest of the shares that it was judged by.
    coverage : mapping of int to float
        Row of each process that something was left out of → share of the absolute contributions that is kept;
        row −1: of the product system, at least (an exchange upstream of another one is counted with both).
    lost : float, optional
        Share of the absolute contributions to the product of every column (columns,) that goes with all exchanges
        left out in its whole system, at most.
    """

    slot: str
    line: int
    option: str
    reference: str
    product: str
    exchange: IntArray
    mass: FloatArray
    energy: FloatArray
    impact: FloatArray
    share: FloatArray
    coverage: Mapping[int, float]
    lost: FloatArray | None = None

    @property
    def lowest_coverage(self) -> float:
        """Lowest share of absolute contributions that is kept; 1 if nothing was left out."""
        return min(self.coverage.values(), default=1.0)
