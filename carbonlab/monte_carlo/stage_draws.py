"""Life-cycle stages of drawn footprints: each draw is split as the static footprint is
(`carbonlab.results.life_cycle`).
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from carbonlab.monte_carlo.lane_group import LaneGroup
from carbonlab.monte_carlo.moments import FloatArray, IntArray
from carbonlab.monte_carlo.parts import Parts, Sides
from carbonlab.monte_carlo.products import Products
from carbonlab.results.evaluation import Evaluation
from carbonlab.results.life_cycle import split_by_state

TOGETHER = 16
"""Draws whose amounts of all exchanges are in memory at a time."""


def stage_parts(
    evaluation: Evaluation,
    sides: Sides,
    products: Products,
    parts: Parts,
    x: FloatArray,
    totals: FloatArray,
    group: LaneGroup | None,
    lanes: IntArray | None,
    out: FloatArray,
) -> None:
    """Add the parts by stage of every product and draw to `out` (products, parts, draws).

    Parameters
    ----------
    x : float array (sides, columns, draws)
        Footprint of one unit of every column's row.
    totals : float array (products, draws)
        Footprints; where there is none (NaN), there is nothing to split.
    group, lanes : optional
        Where the draws come from, and their numbers; without them there is one, the stated amounts.
    """
    system = evaluation.system
    with_number = np.flatnonzero(~np.isnan(totals).all(axis=0))  # in the others a formula may have no value
    for start in range(0, len(with_number), TOGETHER):
        own = with_number[start : start + TOGETHER]
        amounts = ratios = shares = None
        if group is not None and lanes is not None:
            amounts = group.source.amounts_that_matter(lanes[own])
            ratios = group.source.drawn.factor_ratios(lanes[own])
            shares = group.source.drawn.weights(lanes[own])
        for place, draw in enumerate(own.tolist()):
            known = np.flatnonzero(~np.isnan(totals[:, draw]))
            values, weights = None, sides.weights
            if amounts is not None and ratios is not None and shares is not None:
                values = system.entry_values(amounts[:, place], weights=shares[:, place])
                weights = sparse.csr_array(weights @ sparse.diags_array(ratios[:, place]))
            intensity = x[:, :, draw].T
            for number in known.tolist():
                column, demand = products.column[number], products.demand[number]
                states = split_by_state(system, int(column), float(demand), intensity, weights, values=values)
                for (stage, _), footprint in states.items():
                    for label, share in zip(sides.labels, footprint, strict=True):
                        out[number, parts.position(str(stage), *label), draw] += share
