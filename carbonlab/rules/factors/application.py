"""The factor of every flow of a database under one factor set.

    factor of a flow [kg CO2e per unit] = sign × mass of one unit [kg] × factor of its gas [kg CO2e/kg]

A factor that the database states for one of its flows goes before the set's, if it is for the same metric.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carbonlab.errors import InventoryError
from carbonlab.inventory.database import Database
from carbonlab.rules.factors.factor_sets import FactorSet
from carbonlab.rules.factors.matching import COMPONENTS, GASES, ORIGINS, FlowMatch
from carbonlab.rules.factors.placing import component_of
from carbonlab.vocabulary import CarbonOrigin, Component, Direction

STATED = "stated by the database"
"""How a flow got its factor if the database states it."""


@dataclass(frozen=True, eq=False, kw_only=True)
class FlowFactors:
    """Factors of the flows of a database; arrays (flows,).

    Attributes
    ----------
    values : float
        [kg CO2e per reference unit], sign included; 0 where no factor applies.
    component : int
        Index in `carbonlab.rules.factors.COMPONENTS`; −1 where no factor applies.
    gas : int
        Index in `carbonlab.rules.factors.GASES`; −1 for none, and for flows of no known gas with a stated
        factor.
    is_stated : bool
        Whether the factor is stated by the database.
    """

    values: NDArray[np.float64]
    component: NDArray[np.int16]
    gas: NDArray[np.int16]
    is_stated: NDArray[np.bool_]

    def values_of(self, component: Component) -> NDArray[np.float64]:
        """Return the factors (flows,) of one component, 0 elsewhere."""
        return np.where(self.component == COMPONENTS.index(component), self.values, 0.0)

    def how(self, row: int, match: FlowMatch) -> str:
        """Return where the factor of a flow comes from: a statement, or how its gas was recognized."""
        if self.is_stated[row]:
            return STATED
        return match.how(row) if self.component[row] >= 0 else ""


def flow_factors(db: Database, match: FlowMatch, factor_set: FactorSet) -> FlowFactors:
    """Return the factor of every flow of a database under a factor set.

    Flows without a factor get 0; `coverage` says which of them matter.

    Raises
    ------
    InventoryError
        If the database states two different factors for one flow, or one that is not a number.
    """
    per_gas = np.full((len(GASES), len(ORIGINS)), np.nan)
    for row, gas in enumerate(GASES):
        if factor_set.has_factor(gas):
            per_gas[row] = [factor_set.value(gas, origin) for origin in ORIGINS]
    found = per_gas[match.gas, match.origin]
    has_factor = match.is_matched & np.isfinite(found)
    values = np.where(has_factor, match.sign * match.kg_per_unit * found, 0.0)
    component = np.where(has_factor, match.component, -1).astype(np.int16)
    gas_code = np.where(has_factor, match.gas, -1).astype(np.int16)
    is_stated = np.zeros(len(values), bool)
    direction, origin = db.column("flows", "direction"), db.column("flows", "origin")
    for row, value in stated_factors(db, factor_set).items():
        values[row], is_stated[row] = value, True
        if match.component[row] >= 0:
            component[row], gas_code[row] = match.component[row], match.gas[row]
        else:
            stated_direction = Direction(direction[row]) if direction[row] else None
            stated_origin = CarbonOrigin(origin[row] or CarbonOrigin.UNSPECIFIED)
            component[row] = COMPONENTS.index(component_of(stated_direction, stated_origin))
    return FlowFactors(values=values, component=component, gas=gas_code, is_stated=is_stated)


def stated_factors(db: Database, factor_set: FactorSet) -> dict[int, float]:
    """Return the factors that a database states for a metric, by flow row [kg CO2e per reference unit].

    A factor stated for ``GWP100 AR6`` goes before one stated for ``GWP100``; factors for other metrics or
    vintages are left alone.

    Raises
    ------
    InventoryError
        If two different factors are stated for one flow, or one is not a number.
    """
    flow, metric, value = (db.column("factors", name) for name in ("flow", "metric", "value"))
    chosen: dict[int, float] = {}
    for wanted in (f"{factor_set.metric} {factor_set.vintage}", factor_set.metric):
        stated: dict[int, float] = {}
        for row in [i for i, word in enumerate(metric) if word.casefold() == wanted.casefold()]:
            subject, number = int(flow[row]), float(value[row])
            if not np.isfinite(number) or stated.setdefault(subject, number) != number:
                raise InventoryError(
                    f"the factor {wanted} of a flow is stated with two values, or is not a number",
                    where=f"flow {db.column('flows', 'name')[subject]!r} of database {db.meta.name!r}",
                    why="its contribution would be arbitrary",
                    remedy="state one number per flow and metric",
                )
        chosen = {**stated, **chosen}
    return chosen
