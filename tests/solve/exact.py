"""Exact arithmetic on small dense matrices: the oracle for solutions and for bounds on their errors."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

Exact = list[Fraction]


def solve_exactly(matrix: ArrayLike | list[Exact], b: ArrayLike | Exact) -> Exact | None:
    """Solve by Gauss–Jordan elimination on fractions; None if the matrix is singular."""
    rows = [
        [Fraction(v) for v in row] + [Fraction(v)] for row, v in zip(_plain(matrix), _plain(b), strict=True)
    ]
    n = len(rows)
    for column in range(n):
        pivot = next((row for row in range(column, n) if rows[row][column] != 0), None)
        if pivot is None:
            return None
        rows[column], rows[pivot] = rows[pivot], rows[column]
        for row in range(n):
            if row != column and rows[row][column] != 0:
                factor = rows[row][column] / rows[column][column]
                rows[row] = [one - factor * other for one, other in zip(rows[row], rows[column], strict=True)]
    return [rows[i][n] / rows[i][i] for i in range(n)]


def path_sums(matrix: np.ndarray, b: np.ndarray, damping: float = 1.0) -> Exact:
    """M⁻¹|b| for M = |D| − damping |E|, exactly."""
    n = len(matrix)
    theta = Fraction(damping)
    comparison = [
        [abs(Fraction(matrix[i, j])) * (1 if i == j else -theta) for j in range(n)] for i in range(n)
    ]
    result = solve_exactly(comparison, np.abs(b))
    assert result is not None
    return result


def relative_error(x: np.ndarray, exact: Exact, scale: Sequence[Fraction | int]) -> float:
    """max |x − exact| / max(|exact|, scale); infinite if something differs where the scale is zero."""
    worst = Fraction(0)
    for one, other, size in zip(x, exact, scale, strict=True):
        difference, reference = abs(Fraction(float(one)) - other), max(abs(other), Fraction(size))
        if difference and not reference:
            return float("inf")
        if difference:
            worst = max(worst, difference / reference)
    return float(worst)


def _plain(values: ArrayLike | list[Exact] | Exact) -> list:
    return values if isinstance(values, list) else np.asarray(values, float).tolist()
