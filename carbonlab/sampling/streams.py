"""One random stream per uncertain number, keyed by its identity: order, chunks and neighbors change nothing.

A number of a stream is a hash of its key and of the number of the draw,

    key = mix(hash(table, identity) ⊕ mix(seed)),        bits(key, d) = mix(key + mix(d φ + purpose)),

with mix the finalizer of splitmix64 (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195) and φ the odd
integer nearest to 2⁶⁴ over the golden ratio. The counter is mixed before it is added: streams of two keys are
then no shifted copies of each other. All is integer arithmetic: the bits are the same on every machine.

One hash of 64 bits gives two normals (Box and Muller 1958, doi:10.1214/aoms/1177706645): the cosine belongs
to an even draw, the sine to the odd one after it. Their 24-bit arithmetic is +, −, ×, √ and bit operations
only, in a written order, so that this form, the compiled one and every machine give the same numbers to the
last bit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

KeyArray = NDArray[np.uint64]
DrawArray = NDArray[np.int64]
SingleArray = NDArray[np.float32]

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST, SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
FOR_UNIFORMS, FOR_NORMALS = np.uint64(0x5851F42D4C957F2D), np.uint64(0xDA942042E4DD58B5)
"""What is added to a counter before it is mixed: a stream's uniforms and normals are independent."""


def identity_hashes(table: str, identities: Iterable[str]) -> KeyArray:
    """Return a hash of 64 bits (identities,) of each identity in a table of the inventory.

    The same identity in two tables has two hashes.
    """
    person = table.encode()[:16]
    return np.array(
        [
            int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8, person=person).digest(), "little")
            for text in identities
        ],
        np.uint64,
    )


def keys_of(hashes: KeyArray, *, seed: int) -> KeyArray:
    """Return the keys (identities,) of the streams of some identities under a seed, any integer from 0 on."""
    with np.errstate(over="ignore"):
        salt = mix(np.array([seed % 2**64], np.uint64) * GOLDEN + SECOND)
    return mix(hashes ^ salt)


def mix(value: KeyArray) -> KeyArray:
    """Return the finalizer of splitmix64: every bit of a value moves about half of the bits of the answer."""
    value = (value ^ (value >> np.uint64(30))) * FIRST
    value = (value ^ (value >> np.uint64(27))) * SECOND
    return value ^ (value >> np.uint64(31))


def counters(draws: DrawArray, purpose: np.uint64) -> KeyArray:
    """Return what is added to a key for the numbers of some draws (draws,)."""
    return mix(draws.astype(np.uint64) * GOLDEN + purpose)


def uniforms(keys: KeyArray, draws: DrawArray) -> NDArray[np.float64]:
    """Return numbers between 0 and 1 (keys, draws), neither of them included: 53 bits each."""
    bits = mix(keys[:, None] + counters(draws, FOR_UNIFORMS)[None, :])
    return ((bits >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53


def normals(keys: KeyArray, draws: DrawArray) -> SingleArray:
    """Return standard normal numbers (keys, draws)."""
    bits = mix(keys[:, None] + counters(draws >> 1, FOR_NORMALS)[None, :])
    radius = _radius((bits >> np.uint64(32)).astype(np.uint32))
    cosine, sine = _circle(bits.astype(np.uint32))
    return radius * np.where(draws & 1, sine, cosine)


def exponentials(x: SingleArray) -> SingleArray:
    """Return e to the power of numbers between −87 and 88, what lies outside is taken as the nearer end.

    Cephes' expf (Moshier 1992), in the order of operations that the compiled form has.
    """
    x = np.minimum(np.maximum(x, EXP_LOW), EXP_HIGH)
    whole = (x * LOG2_E + ROUND) - ROUND
    rest = (x - whole * LN2_HIGH) - whole * LN2_LOW
    value = EXP[0] * rest + EXP[1]
    for coefficient in EXP[2:]:
        value = value * rest + coefficient
    value = (value * (rest * rest) + rest) + ONE
    power = (whole.astype(np.int32) + np.int32(127)) << np.int32(23)
    return np.asarray(value * power.view(np.float32), np.float32)


def _radius(bits: NDArray[np.uint32]) -> SingleArray:
    """Return √(−2 ln u) for u = (bits + ½) 2⁻³²; Cephes' logf."""
    u = (bits.astype(np.float32) + HALF) * UNIT
    pattern = u.view(np.int32)
    exponent = (pattern >> np.int32(23)) - np.int32(126)
    mantissa = ((pattern & np.int32(0x7FFFFF)) | np.int32(0x3F000000)).view(np.float32)
    small = mantissa < ROOT_HALF
    exponent = (exponent - small.astype(np.int32)).astype(np.float32)
    x = np.where(small, mantissa + mantissa, mantissa) - ONE
    square = x * x
    value = LOG[0] * x + LOG[1]
    for coefficient in LOG[2:]:
        value = value * x + coefficient
    value = (value * x) * square + exponent * LN2_LOW
    logarithm = ((value - HALF * square) + x) + exponent * LN2_HIGH
    return np.asarray(np.sqrt(np.maximum(logarithm * MINUS_TWO, ZERO)), np.float32)


def _circle(bits: NDArray[np.uint32]) -> tuple[SingleArray, SingleArray]:
    """Return cosine and sine of 2π bits / 2³²; Cephes' cosf and sinf on an eighth of the circle."""
    quarter = (bits + np.uint32(1 << 29)) >> np.uint32(30)
    x = (bits - (quarter << np.uint32(30))).view(np.int32).astype(np.float32) * TURN
    square = x * x
    sine = (((SIN[0] * square + SIN[1]) * square + SIN[2]) * square) * x + x
    cosine = ((COS[0] * square + COS[1]) * square + COS[2]) * (square * square) - HALF * square + ONE
    odd = (quarter & np.uint32(1)) == 1
    along, across = np.where(odd, sine, cosine), np.where(odd, cosine, sine)
    along = np.where((quarter == 1) | (quarter == 2), -along, along)
    across = np.where((quarter == 2) | (quarter == 3), -across, across)
    return along, across


# Single-precision constants of the polynomials, shared with the compiled form.
ZERO, HALF, ONE, MINUS_TWO = (np.float32(number) for number in (0.0, 0.5, 1.0, -2.0))
UNIT = np.float32(2.0**-32)
TURN = np.float32(2.0 * np.pi * 2.0**-32)
ROUND = np.float32(12582912.0)
"""1.5 · 2²³: adding and subtracting it rounds to the nearest whole number."""
LOG2_E, LN2_HIGH, LN2_LOW = (
    np.float32(1.4426950408889634),
    np.float32(0.693359375),
    np.float32(-2.12194440e-4),
)
EXP_LOW, EXP_HIGH = np.float32(-87.0), np.float32(88.0)
ROOT_HALF = np.float32(0.70710678118654752)
EXP = tuple(
    np.float32(c)
    for c in (1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 0.5)
)
LOG = tuple(
    np.float32(c)
    for c in (
        7.0376836292e-2,
        -1.1514610310e-1,
        1.1676998740e-1,
        -1.2420140846e-1,
        1.4249322787e-1,
        -1.6668057665e-1,
        2.0000714765e-1,
        -2.4999993993e-1,
        3.3333331174e-1,
    )
)
SIN = tuple(np.float32(c) for c in (-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1))
COS = tuple(np.float32(c) for c in (2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2))
