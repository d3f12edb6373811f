"""Refinement of solutions, and how wrong they can be: residual and bound on the error, recomputed for each
of them.

For a computed solution x̂ of A x = b with residual r = b − A x̂ (absolute values and ≤ entry by entry):

    residual   ω = max_i |r_i| / (|A||x̂| + |b|)_i

is the smallest relative change of entries of A and b for which x̂ is exact (W. Oettli, W. Prager, 1964,
doi:10.1007/BF01386090); neither scaling nor units change it.

    error      max_i e_i / d_i,    e ≥ |x̂ − x|,    d = max(|x̂|, M⁻¹|b|)

relates the error of each unknown to the sum of the absolute values of what makes it up; where nothing
cancels, that is the unknown itself. M is the comparison matrix (see comparison.py). With ε = 2⁻⁵², twice
the unit roundoff, and p_i roundings in row i of a product with A (see products.py)

    |x̂ − x| ≤ |A⁻¹| g,    g_i = |r_i| + (p_i + 2) ε (|A||x̂| + |b|)_i

in which the second part covers rounding in r itself (M. Arioli, J. W. Demmel, I. S. Duff, Solving sparse
linear systems with sparse backward error, 1989, doi:10.1137/0610013). |A⁻¹| g is

- bounded by M⁻¹ g when M⁻¹ bounds |A⁻¹|: one solve for all right-hand sides, a strict bound. What the solve returns
  is not taken at its word: M⁻¹ ≥ 0, thus any v ≥ 0 with M v ≥ g, rounding of the product included, is ≥ M⁻¹ g;
- otherwise estimated: max_i (|A⁻¹| g)_i / d_i = ‖diag(d)⁻¹ A⁻¹ diag(g)‖_∞ by some solves with A and Aᵀ (W.
  W. Hager, 1984, doi:10.1137/0905023; N. J. Higham, 1988, doi:10.1145/50063.214386), for all right-hand
  sides at once, which the estimator in SciPy cannot. It is a lower estimate, rarely below a third of the
  norm; g is well above the real errors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from carbonlab.solve.comparison import EPS
from carbonlab.solve.equilibration import FloatArray
from carbonlab.solve.products import Product

Solver = Callable[[FloatArray], FloatArray]

MOST_REFINEMENTS = 10
ROUNDING = 4 * EPS
"""A residual below this is rounding of the residual itself: nothing is left to refine."""
NEGLIGIBLE = 1e-290
"""Sums below this (in equilibrated unknowns) are taken as zero: arithmetic loses digits there."""
SLACK = 2.0**-10
"""A solution with M is made larger by this part, so that its product is mostly large enough at once."""
MOST_CORRECTIONS = 3
"""Solves for what a product with M lacks, before a bound is given up."""


class SolveStatus(Enum):
    """What is known of a solution; the value is the message."""

    WITHIN_BOUND = "every unknown is within the bound on its error"
    BOUND_MISSED = "at least one unknown may be further from the exact solution than the bound allows"


@final
@dataclass(frozen=True, eq=False)
class Solution:
    """The solution of one or several right-hand sides, with what was found out about it.

    Attributes
    ----------
    x : array (n,) or (n, k)
        Unknowns, in the shape of the right-hand sides.
    residual : array (k,)
        Componentwise relative backward error ω.
    error : array (k,)
        Bound on the error of the worst unknown, relative to the sum of the absolute values that make it up.
    worst : integers (k,)
        The unknown that this bound belongs to.
    bound : float
        What was asked for.
    refinements : int
        Steps of iterative refinement that improved a residual.
    status : SolveStatus
        Whether `error` is within `bound` for all right-hand sides.
    """

    x: FloatArray
    residual: FloatArray
    error: FloatArray
    worst: NDArray[np.int64]
    bound: float
    refinements: int
    status: SolveStatus


@final
@dataclass(frozen=True, eq=False)
class Equations:
    """A (or Aᵀ) with approximate solvers, as refinement and error bounds need it.

    Attributes
    ----------
    product : Product
        Multiplication by A and |A|.
    solve, solve_transposed : functions (n, k) → (n, k)
        About A⁻¹ and A⁻ᵀ.
    compare : function (n, k) → (n, k)
        M⁻¹ for arguments that are not negative.
    diagonal : array (n, 1)
        Absolute values of the diagonal of A, which is that of M.
    is_bound : bool
        Whether M⁻¹ ≥ |A⁻¹|.
    same_signs : array (n,), optional
        Given when A is M up to signs: for any b for which ``same_signs * b`` has one sign, M⁻¹|b| is |x|.
    """

    product: Product
    solve: Solver
    solve_transposed: Solver
    compare: Solver
    diagonal: FloatArray
    is_bound: bool
    same_signs: FloatArray | None


class Refined(NamedTuple):
    """A refined solution (n, k), its residual vector, the sums |A||x̂| + |b|, and ω (k,)."""

    x: FloatArray
    remainder: FloatArray
    sums: FloatArray
    residual: FloatArray
    steps: int


def refine(equations: Equations, b: FloatArray) -> Refined:
    """Solve for b (n, k), then for the residual while ω falls by half at least, each column for itself."""
    x = equations.solve(b)
    remainder, sums, residual = _measure(equations, x, b)
    active = np.flatnonzero(residual > ROUNDING)
    steps = 0
    while active.size and steps < MOST_REFINEMENTS:
        trial = x[:, active] + equations.solve(remainder[:, active])
        remainder_2, sums_2, residual_2 = _measure(equations, trial, b[:, active])
        better = residual_2 < residual[active]
        enough = better & (residual_2 <= residual[active] / 2) & (residual_2 > ROUNDING)
        kept = active[better]
        x[:, kept], remainder[:, kept], sums[:, kept] = (
            trial[:, better],
            remainder_2[:, better],
            sums_2[:, better],
        )
        residual[kept] = residual_2[better]
        steps += int(better.any())
        active = active[enough]
    return Refined(x, remainder, sums, residual, steps)


def _measure(equations: Equations, x: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    with np.errstate(invalid="ignore", over="ignore"):
        remainder = b - equations.product.apply(x)
        sums = equations.product.apply_magnitude(np.abs(x)) + np.abs(b)
        ratio = np.divide(np.abs(remainder), sums, out=np.zeros_like(sums), where=~(sums <= NEGLIGIBLE))
    residual = ratio.max(axis=0, initial=0.0)
    return remainder, sums, np.where(np.isfinite(residual), residual, np.inf)


def bound_error(
    equations: Equations, b: FloatArray, refined: Refined
) -> tuple[FloatArray, NDArray[np.int64]]:
    """Return the bound on the relative error (k,) and the unknown it belongs to (k,)."""
    usable = np.isfinite(refined.residual)
    error, worst = np.full(b.shape[1], np.inf), np.zeros(b.shape[1], np.int64)
    if not usable.any():
        return error, worst
    b, x = b[:, usable], refined.x[:, usable]
    g = np.abs(refined.remainder[:, usable]) + (equations.product.terms + 2) * EPS * refined.sums[:, usable]
    scale = _scale(equations, b, x)
    weight = np.divide(1.0, scale, out=np.zeros_like(scale), where=scale > NEGLIGIBLE)
    with np.errstate(invalid="ignore", over="ignore"):
        if equations.is_bound:
            ratio = _at_least_inverse(equations, g) * weight
            found, place = ratio.max(axis=0), ratio.argmax(axis=0)
        else:
            found, place = estimate_norm(equations.solve, equations.solve_transposed, g, weight)
    error[usable] = np.where(np.isfinite(found), found, np.inf)
    worst[usable] = place
    return error, worst


def _scale(equations: Equations, b: FloatArray, x: FloatArray) -> FloatArray:
    size = np.abs(x)
    if equations.same_signs is not None:
        signed = equations.same_signs[:, None] * b
        mixed = np.flatnonzero((signed > 0).any(axis=0) & (signed < 0).any(axis=0))
    else:
        mixed = np.arange(b.shape[1])
    if mixed.size:
        size[:, mixed] = np.maximum(size[:, mixed], _at_most_inverse(equations, np.abs(b[:, mixed])))
    return size


def _at_least_inverse(equations: Equations, g: FloatArray) -> FloatArray:
    """Return v (n, k) ≥ M⁻¹ g for g ≥ 0; infinite in columns for which no v is proved. M⁻¹ must bound |A⁻¹|."""
    v = (1 + SLACK) * equations.compare(g)
    for _ in range(MOST_CORRECTIONS):
        product, rounding = _compare_product(equations, v)
        lacking = g - product + rounding
        short = np.flatnonzero(~(lacking <= 0).all(axis=0) & np.isfinite(v).all(axis=0))
        if not short.size:
            return v
        v[:, short] += 2 * equations.compare(np.maximum(lacking[:, short], 0.0))
    product, rounding = _compare_product(equations, v)
    v[:, ~(product - rounding >= g).all(axis=0)] = np.inf
    return v


def _at_most_inverse(equations: Equations, b: FloatArray) -> FloatArray:
    """Return u (n, k) ≤ M⁻¹ b for b ≥ 0, near it; where nothing is proved, what a solve returns."""
    u = equations.compare(b)
    if not equations.is_bound:  # then M is damped, and a scale only
        return u
    product, rounding = _compare_product(equations, u)
    beyond = _at_least_inverse(equations, np.maximum(product + rounding - b, 0.0))
    return np.asarray(np.maximum(u - beyond, 0.0))


def _compare_product(equations: Equations, v: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return M v (n, k) for v ≥ 0 and M = |D| − |E|, and how much rounding may have changed it."""
    sums = equations.product.apply_magnitude(v)
    return 2 * equations.diagonal * v - sums, (equations.product.terms + 4) * EPS * sums


def estimate_norm(
    solve: Solver, solve_transposed: Solver, g: FloatArray, weight: FloatArray
) -> tuple[FloatArray, NDArray[np.int64]]:
    """Estimate ‖diag(weight) A⁻¹ diag(g)‖_∞ for every column of g and weight (n, k).

    Returns
    -------
    array (k,), integers (k,)
        The largest lower bounds found, and the row in which each was found.
    """
    n, k = g.shape
    each = np.arange(k)
    best, row = np.zeros(k), np.zeros(k, np.int64)
    used = weight > 0
    z = used / np.maximum(used.sum(axis=0), 1)
    for _ in range(5):
        y = g * solve_transposed(weight * z)
        v = weight * solve(g * np.where(y < 0, -1.0, 1.0))
        place = np.abs(v).argmax(axis=0)
        found = np.abs(v[place, each])
        better = found > best * (1 + 1e-12)
        if not better.any():
            break
        best, row = np.where(better, found, best), np.where(better, place, row)
        z = np.zeros((n, k))
        z[place, each] = 1.0
    # signs that alternate, of growing size: a guard against matrices that deceive the iteration
    alternating = (np.where(np.arange(n) % 2, -1.0, 1.0) * (1 + np.arange(n) / max(n - 1, 1)))[:, None]
    v = weight * solve(g * alternating) / 2
    place = np.abs(v).argmax(axis=0)
    found = np.abs(v[place, each])
    return np.maximum(best, found), np.where(found > best, place, row)
