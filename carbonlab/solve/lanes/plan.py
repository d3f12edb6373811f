"""The plan of many solves on one pattern: order, scaling and steps of elimination, made once from the base values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from carbonlab.solve.choice import prepare
from carbonlab.solve.equilibration import FloatArray, equilibrate
from carbonlab.solve.factorization import BOUND
from carbonlab.solve.failures import beyond_single
from carbonlab.solve.lanes.entries import (
    Entries,
    IntArray,
    LaneDirection,
    equation_of,
    read_base,
    read_columns,
    read_indices,
)
from carbonlab.solve.lanes.incomplete import DROP, Elimination, plan_elimination
from carbonlab.solve.lanes.scale import Comparer, compare_base, least_sizes
from carbonlab.solve.lanes.structure import Structure, find_structure

Int32 = NDArray[np.int32]

WIDTH = 8
LEAST_BASE, MOST_BASE = 2.0**-100, 2.0**100
"""Base values that vary; single precision has all its digits between 2⁻¹²⁶ and 2¹²⁸."""
TINY_BASE = 2.0**-50
"""No spread makes a value above this too small: that would take a factor of 10²²."""
ELSEWHERE = 0.01
"""Weight of an equation outside the feedback set, where only rounding errors occur, relative to one within."""
SAFETY = 0.5
"""Target of the last change, relative to what the certificate of the base matrix would ask for."""


@final
@dataclass(frozen=True, eq=False)
class Equations:
    """The equations that are solved per lane, row by row in the order of elimination.

    Unknowns are numbered by their place: those solved per lane first, then the fixed ones.

    Attributes
    ----------
    equation : integers (m,)
        Row of the right-hand side.
    diagonal : integers (m,)
        Lane value on the diagonal; −1 where it is fixed.
    reciprocal : array (m,)
        One over the base value on the diagonal.
    varying_start, varying_column : integers (m + 1,), (v,)
        Lane values beside the diagonal, in order, behind those on it.
    fixed_start, fixed_column, fixed_value : integers (m + 1,), (f,), array (f,)
        Entries beside the diagonal that all lanes share.
    """

    equation: Int32
    diagonal: Int32
    reciprocal: FloatArray
    varying_start: Int32
    varying_column: Int32
    fixed_start: Int32
    fixed_column: Int32
    fixed_value: FloatArray


@final
@dataclass(frozen=True, eq=False)
class RightHandSide:
    """What the plan knows of one right-hand side: arrays over places, see scale.py; `least` is proved of sizes."""

    start: FloatArray
    size: FloatArray
    least: FloatArray
    weight: FloatArray
    w: FloatArray
    target: float
    error: float


@final
@dataclass(frozen=True, eq=False)
class LanePlan:
    """Everything about a pattern that lanes share; made by `plan_lanes`.

    Attributes
    ----------
    order : integers (r,)
        Lane values are wanted as ``values[k]`` for position ``varying[order[k]]``; those that are not named do not
        matter for what is asked for.
    width : int
        Lanes per block.
    bound : float
        On the relative error of every unknown of every lane.
    direction : LaneDirection
        Aᵀ x = g or A x = f.
    unknowns : int
        n.
    solved : integers (m,)
        Unknowns solved per lane, in their order; all others keep the base solution.
    wanted : integers (o,)
        Unknowns in the order of the result.
    right_rows : integers (m,)
        Rows of right-hand sides that are read.
    tiny : integers
        Lane values of which a draw may be too small for single precision: they are looked at.
    has_comparison : bool
        Whether loops of the base matrix make more than they consume, so that errors can be proved.
    has_proved_base : bool
        Whether the error of the unknowns that keep the base solution is proved; true where there are none. What is
        built on them is proved no better than they are.
    """

    order: IntArray
    width: int
    bound: float
    direction: LaneDirection
    unknowns: int
    solved: IntArray
    wanted: IntArray
    right_rows: IntArray
    tiny: IntArray
    has_comparison: bool
    has_proved_base: bool
    sizes: tuple[int, int, int, int]
    equations: Equations = field(repr=False)
    elimination: Elimination = field(repr=False)
    kept_source: Int32 = field(repr=False)
    kept_factor: FloatArray = field(repr=False)
    common_size: FloatArray = field(repr=False)
    row_equations: IntArray = field(repr=False)
    sides: tuple[RightHandSide, ...] = field(repr=False)
    matrix: sparse.csc_array = field(repr=False)
    varying: IntArray = field(repr=False)
    base_x: FloatArray = field(repr=False)
    base_right: FloatArray = field(repr=False)


def plan_lanes(
    A: Any,
    varying: Any,
    *,
    right: Any = None,
    varying_right: Any = None,
    wanted: Any = None,
    direction: LaneDirection | str = LaneDirection.ADJOINT,
    bound: float = BOUND,
    width: int = WIDTH,
    drop: float = DROP,
) -> LanePlan:
    """Plan the solution of many systems that differ from a base matrix in some values.

    Parameters
    ----------
    A : sparse array (n, n)
        Base values in compressed columns, without duplicates.
    varying : integers (v,)
        Positions in ``A.data`` that differ between lanes.
    right : array (n,) or (n, k), optional
        Base right-hand sides: what the solutions are scaled by, and started from. Without them, ones in units of
        the equilibrated matrix. Lanes may have others, but unknowns that no lane moves keep these.
    varying_right : integers, optional
        Rows of the right-hand sides that differ between lanes; without them, all.
    wanted : integers, optional
        Unknowns that are asked for; without them, all.
    direction : LaneDirection
        Aᵀ x = g or A x = f.
    bound : float
        On the error of every unknown of every lane, relative to the sum of its absolute contributions.
    width : int
        Lanes per block.
    drop : float
        Smallest share that the incomplete elimination keeps.

    Raises
    ------
    SolveError
        If the base matrix is singular, or a base solution misses the bound, or a base value that varies is too small
        or too large for single precision.
    ValueError
        If A has duplicate entries or another format, or an index is out of range.
    """
    direction = LaneDirection(direction)
    matrix, positions = read_base(A, varying)
    n = matrix.shape[0]
    entries = Entries.of(matrix, positions, direction)
    prepared = prepare(matrix, bound=bound)
    b = _default_right(matrix, direction) if right is None else read_columns(right, n)
    solve = prepared.solve_transposed if direction is LaneDirection.ADJOINT else prepared.solve
    solution = solve(b)
    x = solution.x
    moved = np.zeros(n, bool)
    moved[entries.row[entries.lane >= 0]] = True
    moved[entries.unknown_of[slice(None) if varying_right is None else read_indices(varying_right, n)]] = True
    asked = np.arange(n) if wanted is None else read_indices(wanted, n)
    structure = find_structure(entries.graph(n), moved, None if wanted is None else asked, entries.lengths(n))
    base = sparse.csr_array((entries.value, (entries.row, entries.column)), shape=(n, n))
    equation = equation_of(entries.unknown_of)
    comparer, sizes, weights = _measure(base, b[equation], x, structure)
    w = comparer.solve(weights)
    least = sizes if comparer.damping < 1 else least_sizes(base, b[equation], x, sizes, w, solution.error)
    order = np.concatenate([structure.order, structure.fixed])
    equations, lane_order, core = _arrange(entries, order, len(structure.order), n)
    tiny = _check_single(matrix, positions[lane_order])
    common = _one_size(sizes)
    elimination, source, factor = _plan_core(structure, core, equations, common[order], drop)
    sides = tuple(
        _side(
            x[order, c],
            sizes[order, c],
            least[order, c],
            weights[order, c],
            w[order, c],
            bound,
            float(solution.error[c]),
        )
        for c in range(b.shape[1])
    )
    return LanePlan(
        order=lane_order,
        width=width,
        bound=bound,
        direction=direction,
        unknowns=n,
        solved=structure.order.astype(np.int64),
        wanted=asked.astype(np.int64),
        right_rows=equations.equation.astype(np.int64),
        tiny=tiny,
        has_comparison=comparer.damping == 1.0,
        has_proved_base=prepared.has_strict_bound or not len(structure.fixed),
        sizes=(len(structure.first), len(structure.acyclic), len(structure.feedback), len(structure.last)),
        equations=equations,
        elimination=elimination,
        kept_source=source,
        kept_factor=factor,
        common_size=common[order],
        row_equations=equation.astype(np.int64),
        sides=sides,
        matrix=matrix,
        varying=positions,
        base_x=x,
        base_right=b,
    )


def _check_single(matrix: sparse.csc_array, positions: IntArray) -> IntArray:
    """Check that base values can be kept in single precision; return those so small that draws may not be."""
    size = np.abs(matrix.data[positions])
    bad = positions[(size > 0) & ((size < LEAST_BASE) | (size > MOST_BASE))]
    if bad.size:
        column = np.repeat(np.arange(matrix.shape[1]), np.diff(matrix.indptr))
        raise beyond_single(matrix.data[bad], matrix.indices[bad], column[bad])
    return np.flatnonzero((size > 0) & (size < TINY_BASE))


def _default_right(matrix: sparse.csc_array, direction: LaneDirection) -> FloatArray:
    scaling = equilibrate(matrix)
    exponent = scaling.columns if direction is LaneDirection.ADJOINT else scaling.rows
    return np.ldexp(1.0, -exponent)[:, None]


def _measure(
    base: sparse.csr_array, b: FloatArray, x: FloatArray, structure: Structure
) -> tuple[Comparer, FloatArray, FloatArray]:
    """Return the comparison matrix, sizes of the unknowns and weights of their equations."""
    guess = np.abs(x).max(axis=1)
    comparer = compare_base(base, np.where(guess > 0, guess, 1.0))
    sizes = np.maximum(np.abs(x), comparer.solve(np.abs(b)))
    part = np.full(base.shape[0], ELSEWHERE)
    part[structure.feedback] = 1.0
    weights = part[:, None] * np.abs(base.diagonal())[:, None] * sizes
    return comparer, sizes, weights


def _arrange(entries: Entries, order: NDArray[np.intp], m: int, n: int) -> tuple[Equations, IntArray, _Core]:
    """Return the equations in order, the order of lane values, and all entries with their place in either."""
    place = np.empty(n, np.intp)
    place[order] = np.arange(n)
    row, column = place[entries.row], place[entries.column]
    sequence = np.lexsort((column, row))
    sequence = sequence[row[sequence] < m]
    row, column = row[sequence], column[sequence]
    value, lane = entries.value[sequence], entries.lane[sequence]
    on_diagonal, varies = row == column, lane >= 0
    diagonals = np.flatnonzero(on_diagonal & varies)
    others = np.flatnonzero(~on_diagonal & varies)
    fixed = np.flatnonzero(~on_diagonal & ~varies)
    diagonal = np.full(m, -1, np.int32)
    diagonal[row[diagonals]] = np.arange(diagonals.size)
    reciprocal = np.empty(m)
    reciprocal[row[on_diagonal]] = 1.0 / value[on_diagonal]
    index = np.full(row.size, -1, np.int64)
    index[diagonals] = np.arange(diagonals.size)
    index[others] = diagonals.size + np.arange(others.size)
    equations = Equations(
        equation=equation_of(entries.unknown_of)[order[:m]].astype(np.int32),
        diagonal=diagonal,
        reciprocal=reciprocal,
        varying_start=_starts(row[others], m),
        varying_column=column[others].astype(np.int32),
        fixed_start=_starts(row[fixed], m),
        fixed_column=column[fixed].astype(np.int32),
        fixed_value=value[fixed],
    )
    lane_order = np.concatenate([lane[diagonals], lane[others]]).astype(np.int64)
    # what the elimination needs: base value and index of the lane value of every entry
    table = sparse.csr_array((np.arange(row.size) + 1, (row, column)), shape=(n, n))
    table.sort_indices()
    core = _Core(table, value, index)
    return equations, lane_order, core


@dataclass(frozen=True, eq=False)
class _Core:
    table: sparse.csr_array
    value: FloatArray
    index: IntArray


def _starts(row: NDArray[np.intp], m: int) -> Int32:
    return np.concatenate([[0], np.cumsum(np.bincount(row, minlength=m))]).astype(np.int32)


def _plan_core(
    structure: Structure, core: _Core, equations: Equations, sizes: FloatArray, drop: float
) -> tuple[Elimination, Int32, FloatArray]:
    """Return the elimination of the core, and where the start value of every kept entry comes from."""
    begin = len(structure.first)
    end = begin + len(structure.acyclic) + len(structure.feedback)
    table = sparse.csr_array(core.table[begin:end][:, begin:end])
    table.sort_indices()
    which = table.data - 1
    row = np.repeat(np.arange(end - begin), np.diff(table.indptr))
    size = sizes[begin:end]
    ratio = np.divide(size[table.indices], size[row], out=np.zeros(row.size), where=size[row] > 0)
    factor = ratio * equations.reciprocal[begin:end][row]
    shares = sparse.csr_array((core.value[which] * factor, table.indices, table.indptr), shape=table.shape)
    elimination = plan_elimination(shares, len(structure.acyclic), drop=drop)
    kept = elimination.entry
    if not kept.size:
        return elimination, np.empty(0, np.int32), np.empty(0)
    index = core.index[which[kept]]
    start = np.where(index >= 0, factor[kept], shares.data[kept])
    arises = kept < 0
    return (
        elimination,
        np.where(arises, -1, index).astype(np.int32),
        np.where(arises, 0.0, start),
    )


def _one_size(sizes: FloatArray) -> FloatArray:
    """Return one size per unknown for several right-hand sides, each taken relative to its median."""
    total = np.zeros(sizes.shape[0])
    for column in sizes.T:
        used = column > 0
        if used.any():
            total = np.maximum(total, column / np.median(column[used]))
    return total


def _side(
    x: FloatArray,
    size: FloatArray,
    least: FloatArray,
    weight: FloatArray,
    w: FloatArray,
    bound: float,
    error: float,
) -> RightHandSide:
    ratio = np.divide(w, size, out=np.zeros_like(w), where=size > 0)
    amplification = float(ratio.max(initial=1.0))
    return RightHandSide(x, size, least, weight, w, SAFETY * bound / amplification, error)
