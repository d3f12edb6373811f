"""What rules that judge by significance look at: the same rule set with their slot neutral, solved.

A cut-off can only be decided when the footprint is known, and the footprint depends on the cut-off. The way
out is a reference: the same rule set in which the slot changes nothing. The layer that solves
makes it; the rule only reads it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from carbonlab.rules.entries import BoolArray, FloatArray


@dataclass(frozen=True, eq=False)
class Reference:
    """What each exchange stands for in the reference; every array is (exchanges,).

    Attributes
    ----------
    digest : str
        Digest of the rule set that was solved.
    impact : float
        [kg CO2e per run of the process, as inventoried] that the exchange brings with everything upstream,
        over all co-products; with its sign. NaN where a supplier has no number or the exchange was left out.
    gross : float
        The same without canceling: emissions and uptakes upstream both count as positive, so that what brings
        much of both is not taken for small.
    product : str
        Id of the process whose product is asked for; empty if all products are.
    use : float, optional
        Runs of the process that the product needs, times the factors of the exchange; None if all products
        are asked for.
    product_impact, product_gross : float, optional
        `impact` and `gross` per unit of the product [kg CO2e].
    lost : callable, optional
        From exchanges left out (exchanges,) to the share of the gross footprint of every column (columns,) that
        they take through the whole system, at most: an exchange upstream of another one is counted with both.
    """

    digest: str
    impact: FloatArray
    gross: FloatArray
    product: str = ""
    use: FloatArray | None = None
    product_impact: FloatArray | None = None
    product_gross: FloatArray | None = None
    lost: Callable[[BoolArray], FloatArray] | None = None
