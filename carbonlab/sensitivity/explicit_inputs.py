"""Inputs whose values are handed over, one column per lane, instead of being drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from carbonlab.inventory.distributions import SPREAD_TABLES
from carbonlab.sampling.inputs import FloatArray, Inputs, IntArray
from carbonlab.sampling.plan import SamplingPlan

SingleArray = NDArray[np.float32]

NEAREST = 2.0**-33
"""No point is nearer to 0 or 1: quantiles there may be infinite."""


@dataclass(frozen=True, eq=False)
class ExplicitInputs(Inputs):
    """Inputs with stated values in every lane.

    Attributes
    ----------
    values : float32 array (inputs, lanes)
        Value of each input in lanes 0, 1, ...
    """

    values: SingleArray

    def _draw(self, lanes: IntArray, inputs: IntArray | None) -> tuple[SingleArray, NDArray[np.bool_]]:
        at = np.arange(len(self)) if inputs is None else inputs
        values = self.values[np.ix_(at, np.asarray(lanes, np.int64))]
        return values, values * np.sign(self.stated[at])[:, None].astype(np.float32) < 0


def with_values(inputs: Inputs, values: FloatArray | SingleArray) -> ExplicitInputs:
    """Return inputs that have these values (inputs, lanes), rounded to single precision as all samples are."""
    plan = inputs.plan.replace(kind="latin_hypercube", inputs=tuple(map(str, inputs.label)))
    own = {f.name: getattr(inputs, f.name) for f in fields(Inputs)} | {"plan": plan}
    return ExplicitInputs(**own, values=np.ascontiguousarray(values, np.float32))


def at_quantiles(inputs: Inputs, points: FloatArray) -> SingleArray:
    """Return the values (inputs, lanes) of inputs at points (lanes, inputs) between 0 and 1 of their distributions."""
    values = np.empty((len(inputs), len(points)), np.float32)
    points = np.clip(points, NEAREST, 1.0 - NEAREST)
    for own, shapes in inputs.shapes(np.arange(len(inputs))).values():
        values[own] = shapes.quantiles(np.ascontiguousarray(points[:, own].T))
    if inputs.plan.sign_changes == "clip":
        values[values * np.sign(inputs.stated)[:, None] < 0] = 0.0
    return values


def plain_inputs(
    plan: SamplingPlan,
    tables: Sequence[str],
    rows: IntArray,
    labels: Sequence[str],
    stated: FloatArray,
    *,
    own_spread: IntArray | None = None,
) -> Inputs:
    """Return any numbers of the inventory as inputs, whether they have a spread or not: for values handed over.

    `own_spread` are the exchanges that the parameters among them do not move (`carbonlab.sampling.inputs`).
    """
    count = len(rows)
    blank = np.full(count, np.nan)
    return Inputs(
        plan=plan,
        table=np.array([SPREAD_TABLES.index(name) for name in tables], np.int8),
        row=np.asarray(rows, np.int64),
        label=np.array(labels, object),
        key=np.zeros(count, np.uint64),
        kind=np.zeros(count, np.int8),
        stated=stated,
        loc=stated,
        scale=np.ones(count),
        minimum=blank,
        maximum=blank,
        points={},
        left_out={},
        recentered=0,
        own_spread=np.empty(0, np.int64) if own_spread is None else own_spread,
    )
