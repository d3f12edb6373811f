"""The ways in which a system of equations can fail, and the words for each."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonlab.errors import SolveError

LISTED = 8
"""How many indices a message names; the error's attributes hold all of them."""


class FailureReason(StrEnum):
    """Why there is no trustworthy solution: the value of ``SolveError.reason``."""

    NOT_SQUARE = "not_square"
    NO_UNKNOWNS = "no_unknowns"
    NOT_FINITE = "not_finite"
    WRONG_SHAPE = "wrong_shape"
    EMPTY_ROW = "empty_row"
    EMPTY_COLUMN = "empty_column"
    STRUCTURALLY_SINGULAR = "structurally_singular"
    NUMERICALLY_SINGULAR = "numerically_singular"
    BOUND_MISSED = "bound_missed"
    NO_EIGENVALUE = "no_eigenvalue"
    BEYOND_SINGLE = "beyond_single"


def as_indices(values: NDArray[Any] | Sequence[int]) -> tuple[int, ...]:
    """Return plain integers, as errors and messages hold them."""
    return tuple(int(value) for value in values)


def list_indices(indices: Sequence[int]) -> str:
    """Return the first indices as text, and how many more there are."""
    shown = ", ".join(str(int(index)) for index in indices[:LISTED])
    more = len(indices) - LISTED
    return f"{shown} and {more} more" if more > 0 else shown


def not_square(shape: tuple[int, ...]) -> SolveError:
    """Equations and unknowns differ in number."""
    rows, columns = shape
    return SolveError(
        f"the matrix has {rows} rows and {columns} columns",
        why="a unique solution needs one equation per unknown",
        remedy="give every unknown its own equation, or drop what is superfluous",
        reason=FailureReason.NOT_SQUARE,
    )


def no_unknowns() -> SolveError:
    """There is nothing to solve for."""
    return SolveError(
        "the matrix has no rows and no columns",
        why="there is nothing to solve for",
        remedy="check what was selected",
        reason=FailureReason.NO_UNKNOWNS,
    )


def not_finite(rows: NDArray[Any], columns: NDArray[Any], *, subject: str) -> SolveError:
    """Some entries are NaN or infinite."""
    places = [f"({row}, {column})" for row, column in zip(rows[:LISTED], columns[:LISTED], strict=True)]
    return SolveError(
        f"{len(rows)} entries of the {subject} are not finite",
        where="(row, column): " + ", ".join(places),
        why="one of them would spoil every unknown that depends on it",
        remedy="find out where NaN or infinity came from",
        reason=FailureReason.NOT_FINITE,
        indices=as_indices(np.unique(columns)),
        equations=as_indices(np.unique(rows)),
    )


def wrong_shape(shape: tuple[int, ...], unknowns: int) -> SolveError:
    """A right-hand side does not fit the matrix."""
    return SolveError(
        f"the right-hand side has shape {shape}",
        why=f"the matrix has {unknowns} rows",
        remedy=f"give an array of shape ({unknowns},) or ({unknowns}, k)",
        reason=FailureReason.WRONG_SHAPE,
    )


def empty_rows(equations: NDArray[Any]) -> SolveError:
    """Some equations have no coefficient at all."""
    return SolveError(
        f"{len(equations)} rows of the matrix are empty",
        where=f"rows {list_indices(as_indices(equations))}",
        why="an equation without coefficients determines nothing: the matrix is singular",
        remedy="drop these rows together with as many columns, or fill them",
        reason=FailureReason.EMPTY_ROW,
        indices=as_indices(equations),
        equations=as_indices(equations),
    )


def empty_columns(unknowns: NDArray[Any]) -> SolveError:
    """Some unknowns occur in no equation."""
    return SolveError(
        f"{len(unknowns)} columns of the matrix are empty",
        where=f"columns {list_indices(as_indices(unknowns))}",
        why="an unknown that is in no equation can have any value: the matrix is singular",
        remedy="drop these columns together with as many rows, or fill them",
        reason=FailureReason.EMPTY_COLUMN,
        indices=as_indices(unknowns),
        equations=(),
    )


def structurally_singular(unknowns: NDArray[Any], equations: NDArray[Any]) -> SolveError:
    """Too many unknowns share too few equations, whatever the values."""
    return SolveError(
        f"{len(unknowns)} unknowns occur in {len(equations)} equations only",
        where=f"unknowns {list_indices(as_indices(unknowns))}",
        why="the matrix is singular for every choice of its values",
        remedy="give each of these unknowns an equation of its own",
        reason=FailureReason.STRUCTURALLY_SINGULAR,
        indices=as_indices(unknowns),
        equations=as_indices(equations),
    )


def numerically_singular(unknowns: NDArray[Any], equations: NDArray[Any]) -> SolveError:
    """Some combination of the unknowns is determined by no digit of the matrix."""
    return SolveError(
        f"the matrix is singular: {len(unknowns)} unknowns depend on each other without a way out",
        where=f"unknowns {list_indices(as_indices(unknowns))}",
        why="a multiple of one vector can be added to every solution without being seen in the equations",
        remedy="look for a loop among these unknowns whose gain is exactly one, or for two equal equations",
        reason=FailureReason.NUMERICALLY_SINGULAR,
        indices=as_indices(unknowns),
        equations=as_indices(equations),
    )


def bound_missed(
    unknown: int, right_hand_side: int, *, error: float, residual: float, bound: float
) -> SolveError:
    """A solution may be further from the exact one than was asked for."""
    return SolveError(
        f"the solution may be wrong by {error:.1e} of its size, the bound is {bound:.1e}",
        where=f"unknown {unknown}, right-hand side {right_hand_side} (relative residual {residual:.1e})",
        why="the matrix amplifies rounding errors: it is close to a singular one",
        remedy="look for a loop with a gain close to one that this unknown depends on, "
        "or for amounts in a wrong unit",
        reason=FailureReason.BOUND_MISSED,
        indices=(unknown,),
    )


def beyond_single(values: NDArray[Any], rows: NDArray[Any], columns: NDArray[Any]) -> SolveError:
    """Some values that vary are too small or too large for single precision."""
    places = [f"{v:.3g} at ({r}, {c})" for v, r, c in zip(values, rows, columns, strict=True)]
    return SolveError(
        f"{len(values)} entries that vary are too small or too large for single precision",
        where="(row, column): " + ", ".join(places[:LISTED]),
        why="draws of them are kept in single precision, from 1e-38 to 3e38, and reach far beyond what is stated",
        remedy="state these amounts in another unit, or without a spread",
        reason=FailureReason.BEYOND_SINGLE,
        indices=as_indices(np.unique(columns)),
        equations=as_indices(np.unique(rows)),
    )
