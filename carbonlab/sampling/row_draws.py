"""Draws of many inputs written straight into rows of a table of lanes: compiled where it can be, else by NumPy.

Both ways give the same numbers to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from carbonlab.sampling.inputs import BY_NORMALS, KINDS, FloatArray, Inputs, IntArray, single_numbers
from carbonlab.sampling.streams import FOR_NORMALS, KeyArray, SingleArray, counters
from carbonlab.vocabulary import DistributionKind

try:
    from numba import config

    from carbonlab.sampling.kernels import PAIRS, WIDTH, add_products, draw_rows

    IS_COMPILED = not bool(vars(config)["DISABLE_JIT"])
except (ImportError, RuntimeError):  # no compiler, or no place where it may keep what it made
    IS_COMPILED = False


@dataclass(frozen=True, eq=False)
class _Group:
    """Inputs of one kind; arrays are (inputs,), rows ascending."""

    is_lognormal: bool
    is_plain: bool
    keys: KeyArray
    loc: SingleArray
    scale: SingleArray
    multiplier: FloatArray
    rows: IntArray


@dataclass(frozen=True, eq=False)
class RowDraws:
    """What is drawn into which row.

    Attributes
    ----------
    inputs : Inputs
    position : int array (m,)
        Inputs that are drawn; one may be drawn into several rows.
    rows : int array (m,)
        Row of each.
    multiplier : float array (m,)
        What the drawn value is multiplied with, in double precision, before it is rounded again.
    groups : tuple
        Those that the compiled form can draw.
    rest : int array
        Positions in `position` of the others.
    """

    inputs: Inputs
    position: IntArray
    rows: IntArray
    multiplier: FloatArray
    groups: tuple[_Group, ...]
    rest: IntArray

    @staticmethod
    def of(inputs: Inputs, position: IntArray, rows: IntArray, multiplier: FloatArray) -> RowDraws:
        """Return the draws of some inputs into some rows."""
        order = np.argsort(rows, kind="stable")
        position, rows, multiplier = position[order], rows[order], multiplier[order]
        groups, fast = [], np.zeros(len(position), bool)
        for kind, (own, shapes) in inputs.shapes(position).items():
            clips = inputs.plan.sign_changes == "clip" and kind is not DistributionKind.LOGNORMAL
            if kind not in BY_NORMALS or inputs.plan.is_design or clips:
                continue
            fast[own] = True
            loc, scale = single_numbers(kind, shapes)
            is_unit = np.abs(multiplier[own]) == 1.0
            sign = np.where(is_unit, multiplier[own], 1.0).astype(np.float32)  # a sign moves without rounding
            loc, scale = loc * sign, scale if kind is DistributionKind.LOGNORMAL else scale * sign
            for is_plain in (True, False):
                at = np.flatnonzero(is_unit == is_plain)
                if len(at):
                    chosen = own[at]
                    groups.append(
                        _Group(
                            kind is DistributionKind.LOGNORMAL,
                            is_plain,
                            inputs.key[position[chosen]],
                            loc[at],
                            scale[at],
                            multiplier[chosen],
                            rows[chosen],
                        )
                    )
        return RowDraws(inputs, position, rows, multiplier, tuple(groups), np.flatnonzero(~fast))

    def fill(self, lanes: IntArray, values: SingleArray, *, compiled: bool = IS_COMPILED) -> None:
        """Write the draws of some lanes into the rows of a table (rows, lanes)."""
        by_numpy = self.rest if compiled else np.arange(len(self.position))
        if len(by_numpy):
            drawn = self.inputs.draw(lanes, self.position[by_numpy])
            values[self.rows[by_numpy]] = drawn * self.multiplier[by_numpy, None]
        if not compiled or not self.groups:
            return
        is_block = len(lanes) == WIDTH and values.flags.c_contiguous
        if is_block and not (lanes[::2] & 1).any() and (lanes[1::2] == lanes[::2] + 1).all():
            self._fill_block(lanes[::2] >> 1, values)
            return
        pairs = np.unique(lanes >> 1)
        for start in range(0, len(pairs), PAIRS):
            some = pairs[start : start + PAIRS]
            block = np.empty((len(values), WIDTH), np.float32)
            self._fill_block(np.resize(some, PAIRS), block)
            wanted = np.flatnonzero(np.isin(lanes >> 1, some))
            place = 2 * np.searchsorted(some, lanes[wanted] >> 1) + (lanes[wanted] & 1)
            for group in self.groups:
                values[np.ix_(group.rows, wanted)] = block[np.ix_(group.rows, place)]

    def _fill_block(self, pairs: IntArray, values: SingleArray) -> None:
        count = counters(pairs, FOR_NORMALS)
        for group in self.groups:
            draw_rows(
                group.keys,
                count,
                group.loc,
                group.scale,
                group.multiplier,
                group.rows,
                values,
                group.is_lognormal,
                group.is_plain,
            )

    def kinds(self) -> dict[str, int]:
        """Return how many rows are drawn from each kind of distribution."""
        code, counts = np.unique(self.inputs.kind[self.position], return_counts=True)
        return {str(KINDS[c]): int(n) for c, n in zip(code, counts, strict=True)}


def fixed_plus_products(
    fixed: FloatArray,
    matrix: sparse.csr_array,
    amounts: SingleArray,
    total: NDArray[np.float64],
    *,
    compiled: bool = IS_COMPILED,
) -> None:
    """Write fixed + M x (rows, lanes) for amounts x (inputs, lanes)."""
    if compiled and amounts.shape[1] == WIDTH:
        add_products(fixed, matrix.indptr, matrix.indices, matrix.data, amounts, total)
    else:
        total[...] = fixed[:, None] + matrix @ amounts.astype(np.float64)
