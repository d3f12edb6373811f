"""Compiled form of drawing normals and lognormals into rows of eight draws; imported where it is first needed.

It computes what `carbonlab.sampling.streams` and `carbonlab.sampling.inputs` do, in the same order of operations
and without any freedom for the compiler to change it, so that both give the same numbers to the last bit. Four
hashes give the eight draws of a row: cosines for the even draws, sines for the odd ones. Rows go through in
batches that stay in the nearest cache, one short loop per step: each becomes vector instructions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from llvmlite import ir
from numba import njit
from numba.core import types
from numba.extending import intrinsic

from carbonlab.sampling import streams

BATCH = 64
"""Rows that go through all steps together."""
PAIRS, WIDTH = 4, 8
"""Hashes, and numbers, of a row."""

FIRST, SECOND = streams.FIRST, streams.SECOND
S30, S27, S31, S32 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(32)
EIGHTH, QUARTER, EXPONENT = np.uint32(1 << 29), np.uint32(30), np.int32(23)
HALF, ONE, TURN, ROUND = streams.HALF, streams.ONE, streams.TURN, streams.ROUND
ROOT_HALF_BITS, MINUS_TWO_LN2 = streams.ROOT_HALF_BITS, streams.MINUS_TWO_LN2
P0, P1, P2, P3, P4, P5, P6 = streams.POWER
L0, L1, L2, L3 = streams.LOG
SIN0, SIN1, SIN2 = streams.SIN
COS0, COS1, COS2 = streams.COS


def _operation(implementation: Callable[..., Any]) -> Callable[..., Any]:
    """Make an operation of compiled code; the first parameter of its implementation is not one of the operation."""
    return cast(Callable[..., Any], intrinsic(implementation))


@_operation
def _bits_of(typing: Any, value: Any) -> Any:
    """Return the bits of a float32 as an int32."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(32))

    return types.int32(types.float32), generate


@_operation
def _float_of(typing: Any, value: Any) -> Any:
    """Return the float32 that has the bits of an int32."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.FloatType())

    return types.float32(types.int32), generate


@njit(inline="always", error_model="numpy")
def _mix(value: Any) -> Any:  # pragma: no cover - compiled
    value = (value ^ (value >> S30)) * FIRST
    value = (value ^ (value >> S27)) * SECOND
    return value ^ (value >> S31)


@njit(inline="always", error_model="numpy")
def _radius(bits: Any) -> Any:  # pragma: no cover - compiled
    pattern = _bits_of(np.float32(bits) + HALF)
    exponent = np.int32(np.int32(pattern - ROOT_HALF_BITS) >> EXPONENT)
    mantissa = _float_of(np.int32(pattern - np.int32(exponent << EXPONENT)))
    t = (mantissa - ONE) / (mantissa + ONE)
    square = t * t
    value = ((L0 * square + L1) * square + L2) * square + L3
    whole = np.float32(np.int32(exponent - 32))
    return np.sqrt(whole * MINUS_TWO_LN2 + t * value)


@njit(inline="always", error_model="numpy")
def _circle(bits: Any) -> Any:  # pragma: no cover - compiled
    quarter = np.uint32(np.uint32(bits + EIGHTH) >> QUARTER)
    x = np.float32(np.int32(np.uint32(bits - np.uint32(quarter << QUARTER)))) * TURN
    square = x * x
    sine = (((SIN0 * square + SIN1) * square + SIN2) * square) * x + x
    cosine = ((COS0 * square + COS1) * square + COS2) * (square * square) - HALF * square + ONE
    odd = (quarter & np.uint32(1)) == 1
    along = sine if odd else cosine
    across = cosine if odd else sine
    flip_along = np.int32(np.uint32((quarter + np.uint32(1)) & np.uint32(2)) << np.uint32(30))
    flip_across = np.int32(np.uint32(quarter & np.uint32(2)) << np.uint32(30))
    return _float_of(np.int32(_bits_of(along) ^ flip_along)), _float_of(
        np.int32(_bits_of(across) ^ flip_across)
    )


@njit(inline="always", error_model="numpy")
def _power_of_two(x: Any) -> Any:  # pragma: no cover - compiled
    shifted = x + ROUND
    rest = x - (shifted - ROUND)
    value = P0 * rest + P1
    value = value * rest + P2
    value = value * rest + P3
    value = value * rest + P4
    value = value * rest + P5
    value = value * rest + P6
    return _float_of(np.int32(_bits_of(value) + np.int32(_bits_of(shifted) << EXPONENT)))


def _step(function: Callable[..., None]) -> Callable[..., None]:
    """Compile a loop over a batch for itself: what is in it becomes vector instructions."""
    compiled = njit(cache=True, nogil=True, error_model="numpy")(function)
    return cast(Callable[..., None], compiled)


@_step
def _add_counters(keys: Any, counters: Any, bits: Any) -> None:  # pragma: no cover - compiled
    for i in range(len(keys)):
        for j in range(PAIRS):
            bits[PAIRS * i + j] = keys[i] + counters[j]


@_step
def _mix_all(bits: Any) -> None:  # pragma: no cover - compiled
    for i in range(BATCH * PAIRS):
        bits[i] = _mix(bits[i])


@_step
def _all_radii(bits: Any, radius: Any) -> None:  # pragma: no cover - compiled
    for i in range(BATCH * PAIRS):
        radius[i] = _radius(np.uint32(bits[i] >> S32))


@_step
def _all_normals(bits: Any, radius: Any, z: Any) -> None:  # pragma: no cover - compiled
    for i in range(BATCH * PAIRS):
        cosine, sine = _circle(np.uint32(bits[i]))
        z[2 * i] = radius[i] * cosine
        z[2 * i + 1] = radius[i] * sine


@_step
def _stretch(scale: Any, z: Any, x: Any) -> None:  # pragma: no cover - compiled
    for i in range(len(scale)):
        wide = scale[i]
        for lane in range(WIDTH):
            x[WIDTH * i + lane] = wide * z[WIDTH * i + lane]


@_step
def _all_powers(x: Any, z: Any) -> None:  # pragma: no cover - compiled
    for i in range(BATCH * WIDTH):
        z[i] = _power_of_two(x[i])


@_step
def _multiply(loc: Any, z: Any, x: Any) -> None:  # pragma: no cover - compiled
    for i in range(len(loc)):
        middle = loc[i]
        for lane in range(WIDTH):
            x[WIDTH * i + lane] = middle * z[WIDTH * i + lane]


@_step
def _add(loc: Any, x: Any) -> None:  # pragma: no cover - compiled
    for i in range(len(loc)):
        middle = loc[i]
        for lane in range(WIDTH):
            x[WIDTH * i + lane] = middle + x[WIDTH * i + lane]


@_step
def _write(rows: Any, x: Any, values: Any) -> None:  # pragma: no cover - compiled
    for i in range(len(rows)):
        row = rows[i]
        for lane in range(WIDTH):
            values[row, lane] = x[WIDTH * i + lane]


@_step
def _write_multiplied(rows: Any, multiplier: Any, x: Any, values: Any) -> None:  # pragma: no cover - compiled
    for i in range(len(rows)):
        row, times = rows[i], multiplier[i]
        for lane in range(WIDTH):
            values[row, lane] = np.float32(times * np.float64(x[WIDTH * i + lane]))


@njit(cache=True, nogil=True, error_model="numpy")
def draw_rows(
    keys: Any,
    counters: Any,
    loc: Any,
    scale: Any,
    multiplier: Any,
    rows: Any,
    values: Any,
    is_lognormal: bool,
    is_plain: bool,
) -> None:  # pragma: no cover - compiled
    """Write multiplier × draw into some rows of the values.

    Parameters
    ----------
    keys : uint64 array (inputs,)
    counters : uint64 array (4,)
        Of the four pairs of draws.
    loc, scale : float32 arrays (inputs,)
        As `carbonlab.sampling.inputs.single_numbers` has them.
    multiplier : float64 array (inputs,)
    rows : int64 array (inputs,)
        Row of the values for each input.
    values : float32 array (rows, 8)
    is_lognormal : bool
        Lognormal or normal.
    is_plain : bool
        Whether every multiplier is 1.
    """
    bits = np.zeros(BATCH * PAIRS, np.uint64)
    radius = np.empty(BATCH * PAIRS, np.float32)
    z = np.empty(BATCH * WIDTH, np.float32)
    x = np.zeros(BATCH * WIDTH, np.float32)
    for start in range(0, len(keys), BATCH):
        count = min(
            BATCH, len(keys) - start
        )  # of the last batch the rest is computed from what was there before
        _add_counters(keys[start : start + count], counters, bits)
        _mix_all(bits)
        _all_radii(bits, radius)
        _all_normals(bits, radius, z)
        _stretch(scale[start : start + count], z, x)
        if is_lognormal:
            _all_powers(x, z)
            _multiply(loc[start : start + count], z, x)
        else:
            _add(loc[start : start + count], x)
        if is_plain:
            _write(rows[start : start + count], x, values)
        else:
            _write_multiplied(rows[start : start + count], multiplier[start : start + count], x, values)


@njit(cache=True, nogil=True, error_model="numpy")
def add_products(
    fixed: Any, indptr: Any, indices: Any, data: Any, amounts: Any, total: Any
) -> None:  # pragma: no cover - compiled
    """Write fixed + M x (rows, 8) for M in compressed rows and amounts x (inputs, 8) of single precision."""
    summed = np.empty(WIDTH)
    for row in range(len(fixed)):
        if indptr[row] == indptr[row + 1]:
            for lane in range(WIDTH):
                total[row, lane] = fixed[row]
            continue
        for lane in range(WIDTH):
            summed[lane] = 0.0
        for place in range(indptr[row], indptr[row + 1]):
            times, at = data[place], indices[place]
            for lane in range(WIDTH):
                summed[lane] += times * np.float64(amounts[at, lane])
        for lane in range(WIDTH):
            total[row, lane] = fixed[row] + summed[lane]
