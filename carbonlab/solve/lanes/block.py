"""One block of eight lanes, compiled: sweeps until each lane's own estimate is small, then the certificate.

One, two or four right-hand sides at once: each has its own estimate, certificate and end in every lane.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from carbonlab.solve.lanes.kernels import (
    ACTIVE,
    BEFORE,
    ESTIMATE,
    KAPPA,
    MARGIN,
    RATE,
    RESIDUAL,
    RHO,
    SINGLE,
    STARTED,
    SWEEPS,
    TARGET,
    certify,
    eliminate,
    invert_diagonals,
    measure_step,
    pass_x,
    pass_xw,
    precondition,
    residual_x,
    residual_xw,
    take_step,
    take_step_w,
)
from carbonlab.solve.lanes.vectors import (
    larger,
    load,
    magnitude,
    multiply,
    splat,
    spread,
    store,
    store_side,
    where_positive,
    zeros,
)

SWEEPS_OF_W = 2
"""Sweeps in which w is improved, for lanes and rounds alike."""
ROUNDS = 5
"""Certificates asked for, each with a smaller change of the last sweep."""
MOST_SWEEPS = 60
SLOWEST = 0.7
"""An iteration whose changes shrink less than this per sweep is not trusted without a certificate."""
LIKELY = 1e4
"""What the last change is multiplied by in an estimate. With 30 the error of rare lanes was up to five times the
estimate, with 1,000 it was 1.3 times: a loop of gain near one hides most of its error from the preconditioner."""
LEAST = 0.3
"""In an estimate every unknown of the feedback set is as wrong as this part of the worst one, at least."""
ROUNDING = 1e-12
"""Changes below this are rounding and need not shrink."""
UNKNOWN, CERTIFIED, ESTIMATED, GIVEN_UP = 0, 1, 2, 3


@njit(cache=True, nogil=True)
def prepare_block(rows: Any, steps: Any, values: Any, s: Any) -> None:
    """Do what the right-hand sides share: reciprocals and the incomplete elimination."""
    invert_diagonals(rows, values, s)
    eliminate(rows, steps, values, s)


@njit(cache=True, nogil=True)
def solve_block(
    rows: Any,
    steps: Any,
    values: Any,
    right: Any,
    base: Any,
    scale: Any,
    floor: Any,
    start: Any,
    start_w: Any,
    weight: Any,
    nothing: Any,
    bound: Any,
    target: Any,
    comparable: bool,
    s: Any,
    outcome: Any,
    error: Any,
    residual: Any,
    sweeps: Any,
) -> None:
    """Solve some right-hand sides for the lanes of a block.

    Parameters
    ----------
    right : tuple of arrays (n, 8)
        One for each side.
    base, scale : arrays (m,), (feedback,)
        Size of every unknown in the incomplete elimination; one over it, of the feedback set.
    floor : array (feedback, sides)
        An unknown below this is judged as if it were this large, while iterating. As all arrays of sides: (rows,)
        for one of them, (rows, 2) for two, (rows, 2, 2) for four.
    start, start_w : arrays (m, sides)
        Base solution, and w of the base matrix.
    weight, nothing : arrays (m, sides)
        What M w is to be; zeros.
    bound, target : arrays (8 × sides,)
        On the error; change of a sweep that should suffice for it.
    comparable : bool
        Whether the base matrix has a w; without one only lanes' estimates are asked for.
    outcome, error, residual, sweeps : arrays (8 × sides,)
        Results.
    """
    begin = rows.first + rows.acyclic
    end = begin + rows.feedback
    for r in range(begin, end):
        store(s.x, r, spread(start, r))
        store(s.wa, 2 * r, spread(start_w, r))
    for i in range(
        rows.feedback
    ):  # what lanes before these left may be no number, and no number times zero is none
        store(s.last_change, i, zeros(s.x))
        store(s.last_x, i, zeros(s.x))
    for lane in range(s.lane_numbers.shape[1]):
        for row in range(s.lane_numbers.shape[0]):
            s.lane_numbers[row, lane] = 0.0
        s.lane_numbers[ACTIVE, lane], s.lane_numbers[TARGET, lane] = 1.0, target[lane]
        outcome[lane], error[lane], residual[lane] = UNKNOWN, np.inf, np.inf
    for round_number in range(ROUNDS):
        # in every round, as an estimate that some other lane needed overwrites w
        pass_xw(rows, values, right, weight, s, 0, rows.first)
        _iterate(rows, steps, values, right, weight, base, scale, floor, s, comparable or round_number > 0)
        _certify_all(rows, values, right, weight, s)
        waiting, unproved = False, False
        for lane in range(s.lane_numbers.shape[1]):
            if outcome[lane] != UNKNOWN:
                continue
            sweeps[lane] = s.lane_numbers[SWEEPS, lane]
            found = s.lane_numbers[RHO, lane] * s.lane_numbers[KAPPA, lane] * (1.0 + 4.0 * SINGLE)
            if s.lane_numbers[ACTIVE, lane] < 0.0:
                outcome[lane] = GIVEN_UP
            elif s.lane_numbers[MARGIN, lane] > 0.0 and found <= bound[lane]:
                outcome[lane], error[lane], residual[lane] = CERTIFIED, found, s.lane_numbers[RESIDUAL, lane]
            elif s.lane_numbers[MARGIN, lane] > 0.0 and np.isfinite(found):
                s.lane_numbers[TARGET, lane] *= min(0.1, 0.3 * bound[lane] / found)
                waiting = True
            else:  # also a w with negative parts: then M is no M-matrix, however well M w meets its aim
                s.lane_numbers[MARGIN, lane] = -1.0
                unproved, waiting = True, True
        if unproved and (round_number > 0 or not comparable):
            _estimate_all(rows, values, right, nothing, base, s)
            for lane in range(s.lane_numbers.shape[1]):
                if outcome[lane] != UNKNOWN or s.lane_numbers[MARGIN, lane] > 0.0:
                    continue
                found = s.lane_numbers[KAPPA, lane]
                if found <= bound[lane]:
                    outcome[lane], error[lane], residual[lane] = (
                        ESTIMATED,
                        found,
                        s.lane_numbers[RESIDUAL, lane],
                    )
                elif np.isfinite(found):
                    s.lane_numbers[TARGET, lane] *= min(0.1, 0.3 * bound[lane] / found)
                else:
                    outcome[lane] = GIVEN_UP
        if not waiting:
            break
        for lane in range(s.lane_numbers.shape[1]):
            go_on = outcome[lane] == UNKNOWN
            s.lane_numbers[ACTIVE, lane] = 1.0 if go_on else 0.0
            if go_on:
                s.lane_numbers[STARTED, lane] = 0.0
    for lane in range(s.lane_numbers.shape[1]):
        if outcome[lane] == UNKNOWN:
            outcome[lane] = GIVEN_UP


@njit(cache=True, nogil=True)
def _iterate(
    rows: Any,
    steps: Any,
    values: Any,
    right: Any,
    weight: Any,
    base: Any,
    scale: Any,
    floor: Any,
    s: Any,
    with_w: bool,
) -> None:
    """Sweep until no lane is active; lanes that will not converge get a negative mark."""
    begin = rows.first + rows.acyclic
    w_active = load(s.lanes, ACTIVE)
    left = SWEEPS_OF_W if with_w else 0
    going = True
    while going or left > 0:
        if left > 0:
            pass_xw(rows, values, right, weight, s, rows.first, begin)
            residual_xw(rows, values, right, weight, scale, s)
            precondition(rows, steps, s, s.change_w)
            take_step_w(rows, base, s, w_active)
            left -= 1
        else:
            pass_x(rows, values, right, s, rows.first, begin)
            residual_x(rows, values, right, scale, s)
        precondition(rows, steps, s, s.change)
        measure_step(rows, base, floor, s)
        take_step(rows, base, s)
        going = False
        for lane in range(s.lane_numbers.shape[1]):
            if not s.lane_numbers[ACTIVE, lane] > 0.0:
                continue
            estimate = s.lane_numbers[ESTIMATE, lane]
            s.lane_numbers[SWEEPS, lane] += 1.0
            before = s.lane_numbers[
                BEFORE, lane
            ]  # of this lane when it was active last: others may have gone on
            s.lane_numbers[RATE, lane] = estimate / before if before > 0.0 and estimate > ROUNDING else 0.0
            s.lane_numbers[BEFORE, lane] = estimate
            s.lane_numbers[STARTED, lane] = 1.0
            if estimate <= s.lane_numbers[TARGET, lane]:
                s.lane_numbers[ACTIVE, lane] = 0.0
            elif not estimate < 1e30 or s.lane_numbers[SWEEPS, lane] >= MOST_SWEEPS:
                s.lane_numbers[ACTIVE, lane] = -1.0
            else:
                going = True


@njit(cache=True, nogil=True)
def _certify_all(rows: Any, values: Any, right: Any, weight: Any, s: Any) -> None:
    begin = rows.first + rows.acyclic
    end = begin + rows.feedback
    for lane in range(s.lane_numbers.shape[1]):
        s.lane_numbers[RHO, lane], s.lane_numbers[KAPPA, lane], s.lane_numbers[RESIDUAL, lane] = 0.0, 0.0, 0.0
        s.lane_numbers[MARGIN, lane] = 1.0
    for r in range(begin, end):
        store(s.wa, 2 * r + 1, magnitude(load(s.x, r)))
    certify(rows, values, right, weight, s, 0, end + rows.last, begin, end)


@njit(cache=True, nogil=True)
def _estimate_all(rows: Any, values: Any, right: Any, nothing: Any, base: Any, s: Any) -> None:
    """Follow the last change of the feedback set, as if all of it were error, to every unknown.

    It overwrites w in lanes without a margin.
    """
    begin = rows.first + rows.acyclic
    end = begin + rows.feedback
    largest, margins = zeros(s.x), load(s.lanes, MARGIN)
    for i in range(rows.feedback):
        largest = larger(magnitude(load(s.last_change, i)), largest)
    floor = larger(multiply(largest, splat(LEAST)), splat(0.001 * ROUNDING))
    for i in range(rows.feedback):
        size = multiply(larger(magnitude(load(s.last_change, i)), floor), splat(LIKELY * base[begin + i]))
        store(s.wa, 2 * (begin + i), where_positive(margins, load(s.wa, 2 * (begin + i)), size))
        store(s.wa, 2 * (begin + i) + 1, magnitude(load(s.x, begin + i)))
    for lane in range(s.lane_numbers.shape[1]):
        s.lane_numbers[KAPPA, lane] = 0.0
    certify(rows, values, right, nothing, s, 0, end + rows.last, begin, end)
    store(s.lanes, MARGIN, margins)
    for lane in range(s.lane_numbers.shape[1]):
        rate = s.lane_numbers[RATE, lane]
        s.lane_numbers[KAPPA, lane] = s.lane_numbers[KAPPA, lane] / (1.0 - rate) if rate < SLOWEST else np.inf


@njit(cache=True, nogil=True)
def write_block(x: Any, side: int, place: Any, row: Any, out: Any) -> None:
    """Copy unknowns of one side from their place in the order of elimination to their row of the result."""
    for k in range(place.shape[0]):
        store_side(out, row[k], x, side, place[k])
