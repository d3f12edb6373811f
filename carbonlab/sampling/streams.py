"""One random stream per uncertain number, keyed by its identity: order, chunks and neighbors change nothing.

A number of a stream is a hash of its key and of the number of the draw,

    key = mix(hash(table, identity) ⊕ mix(seed)),        bits(key, d) = mix(key + mix(d φ + purpose)),

with mix the finalizer of splitmix64 (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195) and φ the odd
integer nearest to 2⁶⁴ over the golden ratio. The counter is mixed before it is added: streams of two keys are
then no shifted copies of each other. All is integer arithmetic: the bits are the same on every machine.

One hash of 64 bits gives two normals (Box and Muller 1958, doi:10.1214/aoms/1177706645): the cosine belongs
to an even draw, the sine to the odd one after it. Their 24-bit arithmetic is +, −, ×, /, √ and bit operations
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


def powers_of_two(x: SingleArray) -> SingleArray:
    """Return 2 to the power of numbers between −126 and 127.

    A polynomial of least relative error (2·10⁻⁹) on ±½, in the order of operations that the compiled form has.
    """
    shifted = x + ROUND
    rest = x - (shifted - ROUND)
    value = POWER[0] * rest + POWER[1]
    for coefficient in POWER[2:]:
        value = value * rest + coefficient
    bits = value.view(np.int32) + (shifted.view(np.int32) << np.int32(23))
    return np.asarray(bits.view(np.float32))


def _radius(bits: NDArray[np.uint32]) -> SingleArray:
    """Return √(−2 ln u) for u = (bits + ½) 2⁻³².

    With 2³² u = 2ᵉ m, m between √½ and √2, and t = (m − 1) / (m + 1): ln m = 2 artanh t, a polynomial in t².
    """
    pattern = (bits.astype(np.float32) + HALF).view(np.int32)
    exponent = (pattern - ROOT_HALF_BITS) >> np.int32(23)
    mantissa = (pattern - (exponent << np.int32(23))).view(np.float32)
    t = (mantissa - ONE) / (mantissa + ONE)
    square = t * t
    value = ((LOG[0] * square + LOG[1]) * square + LOG[2]) * square + LOG[3]
    whole = (exponent - np.int32(32)).astype(np.float32)
    return np.asarray(np.sqrt(whole * MINUS_TWO_LN2 + t * value), np.float32)


def _circle(bits: NDArray[np.uint32]) -> tuple[SingleArray, SingleArray]:
    """Return cosine and sine of 2π bits / 2³²; Cephes' cosf and sinf on an eighth of the circle."""
    quarter = (bits + np.uint32(1 << 29)) >> np.uint32(30)
    x = (bits - (quarter << np.uint32(30))).view(np.int32).astype(np.float32) * TURN
    square = x * x
    sine = (((SIN[0] * square + SIN[1]) * square + SIN[2]) * square) * x + x
    cosine = ((COS[0] * square + COS[1]) * square + COS[2]) * (square * square) - HALF * square + ONE
    odd = (quarter & np.uint32(1)) == 1
    along, across = np.where(odd, sine, cosine), np.where(odd, cosine, sine)
    flip_along = ((quarter + np.uint32(1)) & np.uint32(2)) << np.uint32(30)
    flip_across = (quarter & np.uint32(2)) << np.uint32(30)
    return (
        (along.view(np.uint32) ^ flip_along).view(np.float32),
        (across.view(np.uint32) ^ flip_across).view(np.float32),
    )


# Single-precision constants, shared with the compiled form.
HALF, ONE = np.float32(0.5), np.float32(1.0)
TURN = np.float32(2.0 * np.pi * 2.0**-32)
MINUS_TWO_LN2 = np.float32(-1.3862943611198906)
LOG2_E = 1.4426950408889634
ROOT_HALF_BITS = np.int32(0x3F3504F3)
"""Bits of √½: taking them off leaves the exponent of a number as if its mantissa began there."""
ROUND = np.float32(12582912.0)
"""1.5 · 2²³: adding and subtracting it rounds to the nearest whole number, which then stands in the last bits."""
POWER = tuple(
    np.float32(c)
    for c in (1.53458120e-4, 1.33999312e-3, 9.61848896e-3, 5.55032878e-2, 2.40226469e-1, 6.93147206e-1, 1.0)
)
LOG = tuple(np.float32(c) for c in (-5.98513010e-1, -7.99495900e-1, -1.33333632, -4.0))
SIN = tuple(np.float32(c) for c in (-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1))
COS = tuple(np.float32(c) for c in (2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2))
