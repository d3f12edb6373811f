"""Values of the matrices of a product system in every lane: draws of the inventory, straight into matrix order.

For each draw d the values of A are those of `ProductSystem.matrices_for` at the amounts of that draw, rounded to
single precision, and the right-hand sides are g = Bᵀ wᵀ in double precision, w the weights of the channels.
Places that hold one entry whose amount is drawn itself are filled at once; shares, formulas and sums of several
entries are recomputed for the lanes of a block together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from carbonlab.errors import FormulaError, StudyError
from carbonlab.rules.entries import BoolArray, FloatArray, IntArray
from carbonlab.sampling.inputs import Inputs, inputs_of
from carbonlab.sampling.plan import SamplingPlan
from carbonlab.sampling.row_draws import IS_COMPILED, RowDraws, fixed_plus_products
from carbonlab.system.drawn_amounts import DrawnAmounts
from carbonlab.system.lane_terms import (
    Terms,
    changing_shares,
    drawn_shares,
    matters,
    places_in,
    terms_of,
    values_of,
)
from carbonlab.system.product_system import Matrices, ProductSystem


class LaneValues:
    """The lane source of a product system under a sampling plan.

    Parameters
    ----------
    system : ProductSystem
        What is drawn.
    plan : SamplingPlan
        How.
    weights : sparse array (channels, interventions)
        [kg CO2e per unit of elementary flow] for each right-hand side; flows without a weight are not sampled.
    only : bool array (columns,), optional
        Columns that can matter: upstream of what is asked, and with characterized flows upstream of them
        (`carbonlab.solve.reaches`); all by default. Entries between others keep their stated value.
    inputs : Inputs, optional
        The uncertain numbers of the inventory, if they are at hand: rule sets on one inventory share them.

    compiled : bool, optional
        False draws without compiled code; otherwise it is used wherever it can be. The numbers are the same.

    Raises
    ------
    StudyError
        If the weights do not fit the system.
    InventoryError, RefusedError, StudyError
        As `carbonlab.sampling.inputs.inputs_of`.

    Attributes
    ----------
    varying : int array (v,)
        Positions in ``system.matrices.A.data`` that differ between lanes, ascending.
    varying_right : int array
        Columns whose right-hand sides differ between lanes, ascending.
    compiled : bool
        Whether draws are made by compiled code.
    without_value : dict of int to FormulaError
        Draws that were filled in since it was emptied, and in which a formula that can matter has no value. They are
        filled with what is stated: whoever solves them has to throw their solution away.
    """

    def __init__(
        self,
        system: ProductSystem,
        plan: SamplingPlan,
        weights: sparse.sparray,
        *,
        only: BoolArray | None = None,
        inputs: Inputs | None = None,
        compiled: bool | None = None,
    ) -> None:
        if weights.shape[1] != len(system.interventions):
            raise StudyError(
                f"weights for {weights.shape[1]} flows do not fit a system with {len(system.interventions)}",
                remedy="take them from the evaluation of the same system",
            )
        self.system, self.plan = system, plan
        self.weights = sparse.csr_array(weights)
        self.compiled = IS_COMPILED and compiled is not False
        self.inputs = inputs if inputs is not None else inputs_of(system.database, plan)
        self.drawn = DrawnAmounts.of(system, self.inputs)
        changing = changing_shares(self.drawn)
        self._changing = np.flatnonzero(changing)
        self._share_rows = {int(column): row for row, column in enumerate(self._changing)}
        self._technosphere = _technosphere(self.drawn, changing, only)
        self._intervention = _intervention(self.drawn, changing, sparse.csr_array(weights), only)
        self.varying = self._technosphere.positions
        self.varying_right = self._intervention.columns
        self.without_value: dict[int, FormulaError] = {}
        self.order = np.arange(len(self.varying))

    @property
    def order(self) -> IntArray:
        """Row k of the values is for position ``varying[order[k]]`` (the engine's order); others are not wanted."""
        return self._order

    @order.setter
    def order(self, order: IntArray) -> None:
        order = np.asarray(order, np.int64)
        rank = np.full(len(self.varying), -1, np.int64)
        rank[order] = np.arange(len(order))
        self._order = order
        plain = self._technosphere.plain
        own = np.flatnonzero(rank[plain.place] >= 0)
        self._plain = RowDraws.of(
            self.inputs,
            self.drawn.input_of_exchange[plain.exchange[own]],
            rank[plain.place[own]],
            plain.multiplier[own],
        )
        self._sum_rows = rank[self._technosphere.sum_places]

    def fill(self, lanes: IntArray, values: NDArray[np.float32], right: FloatArray) -> None:
        """Fill in the values and right-hand sides of some draws.

        Parameters
        ----------
        lanes : int array (w,)
            Draw numbers, any and in any order; results of one do not depend on the others.
        values : float32 array (v, w)
            Values of A in the engine's order.
        right : float array (channels, n, w)
            g = Bᵀ wᵀ [kg CO2e per unit of the column's process].

        Notes
        -----
        A draw in which a formula has no value is filled with the stated amounts and noted in `without_value`.
        """
        lanes = np.asarray(lanes, np.int64)
        try:
            self._fill(lanes, values, right)
        except FormulaError as error:
            if len(lanes) > 1:
                self._fill_one_by_one(lanes, values, right)
                return
            self.without_value[int(lanes[0])] = error
            values[...] = self.system.matrices.A.data[self.varying[self._order]][:, None]
            stated = np.asarray((self.weights @ self.system.matrices.B).todense())
            right[...] = stated.reshape(right.shape)

    def _fill_one_by_one(self, lanes: IntArray, values: NDArray[np.float32], right: FloatArray) -> None:
        """Fill in draws of which at least one lacks the value of a formula; the others have their usual numbers."""
        own, sides = np.empty((len(values), 1), np.float32), np.empty((*right.shape[:2], 1))
        for place in range(len(lanes)):
            self.fill(lanes[place : place + 1], own, sides)
            values[:, place], right[:, :, place] = own[:, 0], sides[:, :, 0]

    def _fill(self, lanes: IntArray, values: NDArray[np.float32], right: FloatArray) -> None:
        self._plain.fill(lanes, values, compiled=self.compiled)
        none = np.empty((0, len(lanes)))
        share = drawn_shares(self.drawn, self._changing, lanes) if len(self._changing) else none
        part = self._technosphere
        if len(part.terms):
            sums = part.sums @ values_of(part.terms, self.drawn, self._share_rows, share, lanes)
            wanted = self._sum_rows >= 0
            values[self._sum_rows[wanted]] = sums[wanted]
        self._fill_right(lanes, share, right)

    def _fill_right(self, lanes: IntArray, share: FloatArray, right: FloatArray) -> None:
        part = self._intervention
        amounts = np.empty((len(part.draws.position), len(lanes)), np.float32)
        part.draws.fill(lanes, amounts, compiled=self.compiled)
        total = right.reshape(len(part.static), len(lanes))
        fixed_plus_products(part.static, part.plain, amounts, total, compiled=self.compiled)
        if len(part.terms):
            values = values_of(part.terms, self.drawn, self._share_rows, share, lanes)
            moved = np.flatnonzero(part.factor >= 0)
            if len(moved):
                values[moved] *= self.drawn.ratios(part.factor[moved], lanes)
            total += part.sums @ values
        if not np.shares_memory(total, right):
            right[...] = total.reshape(right.shape)

    @property
    def varies(self) -> bool:
        """Whether any number that can matter differs between draws."""
        return bool(len(self.varying) or len(self.varying_right))

    @property
    def formula_rows(self) -> IntArray:
        """Exchanges (rows) that formulas compute from drawn parameters, as far as they can matter."""
        outputs = self.system.work.technosphere.exchange[self.system.columns.entry[self._changing]]
        used = [self._technosphere.terms.exchange, self._intervention.terms.exchange, outputs]
        return np.intersect1d(np.concatenate(used), self.drawn.formula_rows)

    # -- the reference way ---------------------------------------------------------------------------------

    def amounts(self, lanes: IntArray) -> FloatArray:
        """Return the amounts (exchanges, lanes) of all exchanges in some draws; slow, for explanations and tests."""
        rows = np.arange(self.system.database.exchanges.num_rows)
        return self.drawn.amounts(rows, np.asarray(lanes, np.int64))

    def amounts_that_matter(self, lanes: IntArray) -> FloatArray:
        """Return what `amounts` does, but what formulas that cannot matter compute as stated."""
        idle = np.setdiff1d(self.drawn.formula_rows, self.formula_rows)
        rows = np.setdiff1d(np.arange(self.system.database.exchanges.num_rows), idle)
        values = np.repeat(self.system.work.amounts[:, None], len(lanes), axis=1)
        values[rows] = self.drawn.amounts(rows, np.asarray(lanes, np.int64))
        return values

    def matrices(self, lane: int) -> Matrices:
        """Return A and B of one draw, in double precision; every uncertain entry drawn, whether it matters or not."""
        at = np.array([lane], np.int64)
        return self.system.matrices_for(self.amounts(at)[:, 0], weights=self.drawn.weights(at)[:, 0])

    def summary(self) -> dict[str, int]:
        """Return how much is sampled, for the attributes of results."""
        return {
            **self.inputs.summary(),
            "formulas_beside_a_spread": self.drawn.formulas_beside_a_spread,
            "varying_technosphere_values": len(self.varying),
            "of_these_recomputed": len(self._sum_rows),
            "varying_intervention_terms": self._intervention.plain.nnz + len(self._intervention.terms),
        }


@dataclass(frozen=True, eq=False)
class _Technosphere:
    """Positions of A that vary: plain terms, and terms that are summed to `sum_places`."""

    positions: IntArray
    plain: Terms
    terms: Terms
    sum_places: IntArray
    sums: sparse.csr_array


@dataclass(frozen=True, eq=False)
class _Intervention:
    """Right-hand sides, flattened to (channels × columns,): fixed part, plain part, and summed terms.

    Attributes
    ----------
    static : float array (channels × columns,)
        What does not vary.
    draws : RowDraws
        Inputs (m,) that the plain part is made of.
    plain : sparse array (channels × columns, m)
        What a unit of each of them adds.
    columns : int array
        Columns whose right-hand sides vary.
    terms, sums
        Terms with shares, formulas or drawn factors, and what adds them up.
    factor : int array (terms,)
        Input that the factor of a term's flow is drawn from; −1 for none.
    """

    static: FloatArray
    draws: RowDraws
    plain: sparse.csr_array
    columns: IntArray
    terms: Terms
    sums: sparse.csr_array
    factor: IntArray


def _technosphere(drawn: DrawnAmounts, changing: BoolArray, only: BoolArray | None) -> _Technosphere:
    system = drawn.system
    pattern, table = system.technosphere_pattern, system.work.technosphere
    terms = terms_of(table, pattern, places_in(system.matrices.A, pattern), changing)
    varies = _varies(terms, drawn) & matters(pattern, only)
    positions = np.unique(terms.place[varies])
    place = np.searchsorted(positions, terms.place)
    at_varying = (place < len(positions)) & (
        positions[np.minimum(place, max(len(positions) - 1, 0))] == terms.place if len(positions) else False
    )
    terms = Terms(place, terms.exchange, terms.multiplier, terms.share).take(np.flatnonzero(at_varying))
    alone = np.bincount(terms.place, minlength=len(positions))[terms.place] == 1
    plain = alone & (terms.share < 0) & (drawn.input_of_exchange[terms.exchange] >= 0)
    summed = terms.take(~plain)
    sum_places, row = np.unique(summed.place, return_inverse=True)
    summed = Terms(row.astype(np.int64), summed.exchange, summed.multiplier, summed.share)
    return _Technosphere(positions, terms.take(plain), summed, sum_places, summed.sums(len(sum_places)))


def _intervention(
    drawn: DrawnAmounts, changing: BoolArray, weights: sparse.csr_array, only: BoolArray | None
) -> _Intervention:
    system = drawn.system
    pattern, table = system.intervention_pattern, system.work.intervention
    columns = len(system.columns)
    # one term per entry and channel in which its flow has a weight
    by_flow = sparse.csc_array(weights)
    by_flow.eliminate_zeros()
    count = np.diff(by_flow.indptr)[pattern.row]
    entry = np.repeat(np.arange(len(pattern.entry)), count)
    step = np.arange(len(entry)) - np.repeat(np.cumsum(count) - count, count)
    at = by_flow.indptr[pattern.row[entry]] + step
    place = by_flow.indices[at].astype(np.int64) * columns + pattern.column[entry]
    whole = terms_of(table, pattern, pattern.column, changing)
    terms = Terms(
        place,
        whole.exchange[entry],
        whole.multiplier[entry] * by_flow.data[at],
        whole.share[entry],
    )
    factor = drawn.input_of_flow[pattern.row[entry]]
    varies = _varies(terms, drawn) | (factor >= 0)
    if only is not None:
        varies &= only[pattern.column[entry]]
    size = weights.shape[0] * columns
    static = np.zeros(size)
    fixed = terms.take(~varies)
    stated = fixed.multiplier * system.work.amounts[fixed.exchange]
    shares = system.columns.shares(
        system.work.amounts[system.work.technosphere.exchange[system.columns.entry]]
    )
    stated = np.where(fixed.share >= 0, stated * shares[fixed.share], stated)
    np.add.at(static, fixed.place, stated)
    plain = varies & (terms.share < 0) & (factor < 0) & (drawn.input_of_exchange[terms.exchange] >= 0)
    own = terms.take(plain)
    inputs, position = np.unique(drawn.input_of_exchange[own.exchange], return_inverse=True)
    adds = sparse.coo_array((own.multiplier, (own.place, position)), shape=(size, len(inputs)))
    summed = terms.take(varies & ~plain)
    return _Intervention(
        static,
        RowDraws.of(drawn.inputs, inputs.astype(np.int64), np.arange(len(inputs)), np.ones(len(inputs))),
        sparse.csr_array(adds),
        np.unique(terms.place[varies] % columns),
        summed,
        summed.sums(size),
        factor[varies & ~plain],
    )


def _varies(terms: Terms, drawn: DrawnAmounts) -> BoolArray:
    own = (drawn.input_of_exchange >= 0) | drawn.is_formula
    return own[terms.exchange] | (terms.share >= 0)
