"""Compiled kernels: one block of eight lanes and one, two or four right-hand sides, from values to certified solutions.

Arrays of lanes have a vector per row (vectors.py): eight numbers where all sides share them, eight for each side
elsewhere. A value and its column are read once for all sides. Everything is done lane by lane and side by side, so
none sees its neighbors. The kernels hold no state, release the interpreter's lock and allocate nothing.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from carbonlab.solve.lanes.vectors import (
    add,
    divide,
    exceeds,
    larger,
    load,
    load_all,
    load_from,
    magnitude,
    multiply,
    multiply_add,
    multiply_subtract,
    number,
    smaller,
    splat,
    spread,
    store,
    store_from,
    subtract,
    where_exceeds,
    where_positive,
    zeros,
)

EPS = 2.0**-52
SINGLE = 2.0**-21
"""More than what is lost where w and a are kept in single precision: w is made larger, a smaller by it."""


LEAST_SINGLE, LEAST_DOUBLE = 2.0**-125, 2.0**-1000
"""Numbers below this lose digits where they are kept."""


class Rows(NamedTuple):
    """The equations in their order: those before the core, acyclic core, feedback set, those after it.

    Columns are given as the first number of their row in arrays of vectors, 8 × sides times their index.
    """

    first: int
    acyclic: int
    feedback: int
    last: int
    equation: Any
    diagonal: Any
    reciprocal: Any
    varying_start: Any
    varying_column: Any
    fixed_start: Any
    fixed_column: Any
    fixed_value: Any
    offset: int


class Steps(NamedTuple):
    """The incomplete elimination, see incomplete.py; shared by all sides.

    Columns, targets and sources are given as the first of their eight numbers; those in the feedback set a second
    time, counted from its first one, as in `Rows`.
    """

    start: Any
    middle: Any
    split: Any
    column: Any
    feedback_column: Any
    source: Any
    factor: Any
    step_start: Any
    target: Any
    step_source: Any


class Scratch(NamedTuple):
    """Working memory of one thread; w and a of an unknown in neighboring rows of `wa`.

    `lane_numbers` (rows, 8 × sides) are those of `lanes`, one by one.
    """

    x: Any
    wa: Any
    pivots: Any
    kept: Any
    inverse: Any
    change: Any
    change_w: Any
    last_change: Any
    last_x: Any
    lanes: Any
    lane_numbers: Any


# rows of Scratch.lanes: one number per side and lane
ACTIVE, TARGET, ESTIMATE, BEFORE, THETA, RHO, KAPPA, RESIDUAL, SWEEPS, STARTED, MARGIN, RATE = range(12)
LANE_ROWS = 12


@njit(cache=True, nogil=True)
def invert_diagonals(rows: Any, values: Any, s: Any) -> None:
    """Store one over every diagonal entry that varies; they come first among the values."""
    for d in range(rows.offset):
        store(s.pivots, d, divide(splat(1.0), load(values, d)))


@njit(cache=True, nogil=True)
def eliminate(rows: Any, steps: Any, values: Any, s: Any) -> None:
    """Repeat the incomplete elimination with the values of these lanes."""
    core = steps.middle.shape[0]
    for r in range(core):
        row = rows.first + r
        pivot = splat(1.0)
        if number(rows.diagonal, row) >= 0:
            pivot = multiply(load(values, number(rows.diagonal, row)), splat(number(rows.reciprocal, row)))
        for e in range(number(steps.start, r), number(steps.start, r + 1)):
            if number(steps.source, e) >= 0:
                store(
                    s.kept, e, multiply(load(values, number(steps.source, e)), splat(number(steps.factor, e)))
                )
            else:
                store(s.kept, e, splat(number(steps.factor, e)))
        for e in range(number(steps.start, r), number(steps.middle, r)):
            factor = multiply(load(s.kept, e), load_from(s.inverse, number(steps.column, e)))
            store(s.kept, e, factor)
            for t in range(number(steps.step_start, e), number(steps.step_start, e + 1)):
                target = number(steps.target, t)
                above = load_from(s.kept, number(steps.step_source, t))
                if target < 0:
                    pivot = multiply_subtract(factor, above, pivot)
                else:
                    store_from(s.kept, target, multiply_subtract(factor, above, load_from(s.kept, target)))
        store(s.inverse, r, divide(splat(1.0), pivot))


@njit(cache=True, nogil=True)
def _inverse_diagonal(rows: Any, s: Any, r: int) -> Any:
    if number(rows.diagonal, r) >= 0:
        return load(s.pivots, number(rows.diagonal, r))
    return splat(number(rows.reciprocal, r))


@njit(cache=True, nogil=True)
def _row_of_x(rows: Any, values: Any, right: Any, s: Any, r: int) -> Any:
    """Return right-hand side minus everything beside the diagonal."""
    total = load_all(right, number(rows.equation, r))
    for e in range(number(rows.varying_start, r), number(rows.varying_start, r + 1)):
        total = multiply_subtract(
            load(values, rows.offset + e), load_from(s.x, number(rows.varying_column, e)), total
        )
    for e in range(number(rows.fixed_start, r), number(rows.fixed_start, r + 1)):
        total = multiply_subtract(
            splat(number(rows.fixed_value, e)), load_from(s.x, number(rows.fixed_column, e)), total
        )
    return total


@njit(cache=True, nogil=True)
def pass_x(rows: Any, values: Any, right: Any, s: Any, begin: int, end: int) -> None:
    """Compute the unknowns of acyclic rows, each from those before it."""
    for r in range(begin, end):
        store(s.x, r, multiply(_row_of_x(rows, values, right, s, r), _inverse_diagonal(rows, s, r)))


@njit(cache=True, nogil=True)
def pass_xw(rows: Any, values: Any, right: Any, weight: Any, s: Any, begin: int, end: int) -> None:
    """As `pass_x`, and the unknowns of M w = weight too, in the same reading of the values."""
    for r in range(begin, end):
        total, sum_w = load_all(right, number(rows.equation, r)), spread(weight, r)
        for e in range(number(rows.varying_start, r), number(rows.varying_start, r + 1)):
            value, column = load(values, rows.offset + e), number(rows.varying_column, e)
            total = multiply_subtract(value, load_from(s.x, column), total)
            sum_w = multiply_add(magnitude(value), load_from(s.wa, 2 * column), sum_w)
        for e in range(number(rows.fixed_start, r), number(rows.fixed_start, r + 1)):
            value, column = splat(number(rows.fixed_value, e)), number(rows.fixed_column, e)
            total = multiply_subtract(value, load_from(s.x, column), total)
            sum_w = multiply_add(magnitude(value), load_from(s.wa, 2 * column), sum_w)
        inverse = _inverse_diagonal(rows, s, r)
        store(s.x, r, multiply(total, inverse))
        store(s.wa, 2 * r, multiply(sum_w, magnitude(inverse)))


@njit(cache=True, nogil=True)
def residual_x(rows: Any, values: Any, right: Any, scale: Any, s: Any) -> None:
    """Compute what is missing in the equations of the feedback set, in shares."""
    begin = rows.first + rows.acyclic
    for i in range(rows.feedback):
        r = begin + i
        total = _row_of_x(rows, values, right, s, r)
        if number(rows.diagonal, r) >= 0:
            total = multiply_subtract(load(values, number(rows.diagonal, r)), load(s.x, r), total)
            total = multiply(total, splat(number(rows.reciprocal, r)))
        else:
            total = subtract(multiply(total, splat(number(rows.reciprocal, r))), load(s.x, r))
        store(s.change, i, multiply(total, splat(number(scale, i))))


@njit(cache=True, nogil=True)
def residual_xw(rows: Any, values: Any, right: Any, weight: Any, scale: Any, s: Any) -> None:
    """As `residual_x`, and what is missing in M w = weight too."""
    begin = rows.first + rows.acyclic
    for i in range(rows.feedback):
        r = begin + i
        total, sum_w = load_all(right, number(rows.equation, r)), spread(weight, r)
        for e in range(number(rows.varying_start, r), number(rows.varying_start, r + 1)):
            value, column = load(values, rows.offset + e), number(rows.varying_column, e)
            total = multiply_subtract(value, load_from(s.x, column), total)
            sum_w = multiply_add(magnitude(value), load_from(s.wa, 2 * column), sum_w)
        for e in range(number(rows.fixed_start, r), number(rows.fixed_start, r + 1)):
            value, column = splat(number(rows.fixed_value, e)), number(rows.fixed_column, e)
            total = multiply_subtract(value, load_from(s.x, column), total)
            sum_w = multiply_add(magnitude(value), load_from(s.wa, 2 * column), sum_w)
        size = splat(abs(number(rows.reciprocal, r)))
        if number(rows.diagonal, r) >= 0:
            diagonal = load(values, number(rows.diagonal, r))
            total = multiply_subtract(diagonal, load(s.x, r), total)
            total = multiply(total, splat(number(rows.reciprocal, r)))
            sum_w = multiply(multiply_subtract(magnitude(diagonal), load(s.wa, 2 * r), sum_w), size)
        else:
            total = subtract(multiply(total, splat(number(rows.reciprocal, r))), load(s.x, r))
            sum_w = subtract(multiply(sum_w, size), load(s.wa, 2 * r))
        store(s.change, i, multiply(total, splat(number(scale, i))))
        store(s.change_w, i, multiply(sum_w, splat(number(scale, i))))


@njit(cache=True, nogil=True)
def precondition(rows: Any, steps: Any, s: Any, b: Any) -> None:
    """Solve L U z = b on the feedback set, in place."""
    n, before = rows.feedback, rows.acyclic
    for i in range(n):
        total = load(b, i)
        for e in range(number(steps.split, before + i), number(steps.middle, before + i)):
            total = multiply_subtract(load(s.kept, e), load_from(b, number(steps.feedback_column, e)), total)
        store(b, i, total)
    for k in range(n):
        i = n - 1 - k
        total = load(b, i)
        for e in range(number(steps.middle, before + i), number(steps.start, before + i + 1)):
            total = multiply_subtract(load(s.kept, e), load_from(b, number(steps.feedback_column, e)), total)
        store(b, i, multiply(total, load(s.inverse, before + i)))


@njit(cache=True, nogil=True)
def measure_step(rows: Any, base: Any, floor: Any, s: Any) -> None:
    """Find the largest change of an unknown, and how much of the last step to take back (Anderson, depth 1)."""
    begin = rows.first + rows.acyclic
    largest, above, below = zeros(s.x), zeros(s.x), zeros(s.x)
    for i in range(rows.feedback):
        z = load(s.change, i)
        difference = subtract(z, load(s.last_change, i))
        above = multiply_add(z, difference, above)
        below = multiply_add(difference, difference, below)
        size = larger(magnitude(load(s.x, begin + i)), spread(floor, i))
        z = magnitude(multiply(z, splat(number(base, begin + i))))
        largest = larger(where_positive(size, divide(z, size), multiply(z, splat(1e300))), largest)
    store(s.lanes, ESTIMATE, largest)
    started = load(s.lanes, STARTED)
    store(s.lanes, THETA, where_positive(multiply(started, below), divide(above, below), splat(0.0)))


@njit(cache=True, nogil=True)
def take_step(rows: Any, base: Any, s: Any) -> None:
    """Change the feedback set of lanes that are active; the others keep every bit."""
    begin = rows.first + rows.acyclic
    active, theta = load(s.lanes, ACTIVE), load(s.lanes, THETA)
    for i in range(rows.feedback):
        x, z, size = load(s.x, begin + i), load(s.change, i), splat(number(base, begin + i))
        back_x = subtract(x, load(s.last_x, i))
        back_z = subtract(z, load(s.last_change, i))
        step = multiply_subtract(theta, back_z, z)
        new = multiply_add(step, size, x)
        new = where_positive(magnitude(theta), multiply_subtract(theta, back_x, new), new)
        store(s.x, begin + i, where_positive(active, new, x))
        store(s.last_x, i, where_positive(active, x, load(s.last_x, i)))
        store(s.last_change, i, where_positive(active, z, load(s.last_change, i)))


@njit(cache=True, nogil=True)
def take_step_w(rows: Any, base: Any, s: Any, active: Any) -> None:
    """Improve w on the feedback set of lanes that are active."""
    begin = rows.first + rows.acyclic
    for i in range(rows.feedback):
        w = load(s.wa, 2 * (begin + i))
        new = multiply_add(load(s.change_w, i), splat(number(base, begin + i)), w)
        store(s.wa, 2 * (begin + i), where_positive(active, new, w))


@njit(cache=True, nogil=True)
def certify(
    rows: Any, values: Any, right: Any, weight: Any, s: Any, begin: int, end: int, middle: int, stop: int
) -> None:
    """Compute x, w and a of the rows from `begin` to `end`, and what bounds the error.

    Rows from `middle` to `stop` are those of the feedback set: their x and w are given, and checked.
    a is the sum of absolute contributions. RHO: the largest |residual| / M w with rounding included; KAPPA: the
    largest w / a, no number if some a is infinite, or some w or a is too small to be kept; RESIDUAL: the largest
    |residual| / terms; MARGIN: above zero where M w > 0 in all rows.
    """
    rho, kappa, worst = load(s.lanes, RHO), load(s.lanes, KAPPA), load(s.lanes, RESIDUAL)
    margin, zero, infinite = load(s.lanes, MARGIN), zeros(s.x), splat(np.inf)
    no_number, least = zero, splat(LEAST_SINGLE if s.wa.itemsize == 4 else LEAST_DOUBLE)
    up, down = splat(1.0 + SINGLE), splat(1.0 - SINGLE)
    width = s.lane_numbers.shape[1]
    for r in range(begin, end):
        given = load_all(right, number(rows.equation, r))
        total, sum_w, sum_a = given, zero, magnitude(given)
        for e in range(number(rows.varying_start, r), number(rows.varying_start, r + 1)):
            value, column = load(values, rows.offset + e), number(rows.varying_column, e)
            size = magnitude(value)
            total = multiply_subtract(value, load_from(s.x, column), total)
            sum_w = multiply_add(size, load_from(s.wa, 2 * column), sum_w)
            sum_a = multiply_add(size, load_from(s.wa, 2 * column + width), sum_a)
        for e in range(number(rows.fixed_start, r), number(rows.fixed_start, r + 1)):
            value, column = splat(number(rows.fixed_value, e)), number(rows.fixed_column, e)
            size = magnitude(value)
            total = multiply_subtract(value, load_from(s.x, column), total)
            sum_w = multiply_add(size, load_from(s.wa, 2 * column), sum_w)
            sum_a = multiply_add(size, load_from(s.wa, 2 * column + width), sum_a)
        inverse = _inverse_diagonal(rows, s, r)
        size = magnitude(inverse)
        sum_a = multiply(sum_a, size)
        terms = (
            number(rows.varying_start, r + 1)
            - number(rows.varying_start, r)
            + number(rows.fixed_start, r + 1)
            - number(rows.fixed_start, r)
        )
        rounding = splat((terms + 4.0) * EPS)
        x = multiply(total, inverse)
        wanted = spread(weight, r)
        if r >= middle and r < stop:
            found = load(s.x, r)
            missing = magnitude(subtract(x, found))
            w = load(s.wa, 2 * r)
            covered = multiply_subtract(size, sum_w, w)
            x = found
            reserve = multiply(rounding, multiply_add(size, sum_w, magnitude(w)))
            sum_a = larger(sum_a, magnitude(x))
            worst = larger(where_positive(sum_a, divide(missing, add(sum_a, sum_a)), missing), worst)
        else:
            missing = zero
            w = multiply(multiply(add(sum_w, wanted), size), up)
            covered = multiply(wanted, size)
            reserve = multiply(rounding, add(w, w))
            store(s.x, r, x)
            store(s.wa, 2 * r, w)
            sum_a = larger(sum_a, magnitude(x))
        store(s.wa, 2 * r + 1, multiply(sum_a, down))
        no_number = multiply_add(sum_a, zero, no_number)  # zero as long as all are finite
        kept_w = where_positive(wanted, w, infinite)
        if exceeds(least, smaller(kept_w, sum_a)):  # too small to be kept with its digits, unless it is zero
            lost = larger(
                where_exceeds(least, sum_a, sum_a, zero), where_exceeds(least, kept_w, kept_w, zero)
            )
            lost = where_positive(lost, infinite, zero)
            no_number = add(no_number, subtract(lost, lost))
        missing = multiply_add(rounding, add(sum_a, sum_a), missing)
        covered = subtract(covered, reserve)
        margin = where_positive(wanted, smaller(margin, covered), margin)
        # divisions are expensive, and few rows have a larger ratio than those before
        if exceeds(missing, multiply(rho, covered)) or exceeds(zero, w):
            share = where_positive(covered, divide(missing, covered), infinite)
            share = larger(where_positive(missing, share, multiply(missing, zero)), rho)
            share = where_exceeds(missing, multiply(rho, covered), share, rho)
            rho = where_exceeds(zero, w, infinite, share)
        if exceeds(magnitude(w), multiply(kappa, sum_a)):
            ratio = where_positive(sum_a, divide(w, sum_a), infinite)
            ratio = larger(where_positive(magnitude(w), ratio, multiply(w, zero)), kappa)
            kappa = where_exceeds(magnitude(w), multiply(kappa, sum_a), ratio, kappa)
    store(s.lanes, RHO, rho)
    store(s.lanes, KAPPA, add(kappa, no_number))
    store(s.lanes, RESIDUAL, worst)
    store(s.lanes, MARGIN, margin)
