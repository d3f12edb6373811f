"""A strict bound on the error of any approximate solution, from one vector and one product.

For T = D + E (diagonal and the rest) let M = |D| − |E| be the comparison matrix (see comparison.py). If some w > 0
with M w > 0 exists, M is a non-singular M-matrix, T is regular, and for the residual r = b − T x̂ of any x̂

    M v ≥ |r|,  v ≥ 0   ⟹   |x̂ − x| ≤ M⁻¹|r| ≤ v     (entry by entry).

With s = M w > 0 and τ = max_i |r_i|/s_i the vector v = τ w will do. However w was found, one product with |E| proves
it; rounding in this product and in r is allowed for. The same w bounds how far an approximate u is from M⁻¹|b|, the
sum of the absolute values of everything that makes up an unknown: M⁻¹|b| ≥ u − τ w with τ = max_i |q_i|/s_i for
q = |b| − M u.

Unknowns that nothing makes up (zero exactly, and dependent on their like only) are left out: there v = 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from carbonlab.solve.comparison import EPS
from carbonlab.solve.equilibration import FloatArray
from carbonlab.solve.krylov import Operator, Shares, iterate

OWN_PART = 0.1
"""w asks for this part of what passes through every unknown, so that no residual is compared with nothing."""
KEPT = 0.2
"""A vector w is good enough when M w is at least this part of what was asked for."""
TOLERANCES = (1e-2, 1e-4, 1e-7, 1e-10)
"""Of the iteration for w, tried one after the other: the first mostly does."""


@final
@dataclass(frozen=True, eq=False)
class Certificate:
    """A vector w with M w ≥ s > 0 on the unknowns that are made up of something.

    Attributes
    ----------
    vector, product : arrays (n,)
        w, and s, from which rounding is taken off.
    is_part : bool (n,)
        The unknowns that count; elsewhere w is zero.
    """

    vector: FloatArray
    product: FloatArray
    is_part: NDArray[np.bool_]

    def bound(self, residual: FloatArray) -> FloatArray:
        """Return v (n,) ≥ M⁻¹ |residual| entry by entry, for a residual with its rounding already added."""
        ratio = np.divide(residual, self.product, out=np.zeros_like(residual), where=self.is_part)
        return np.asarray(float(ratio.max(initial=0.0)) * (1 + 4 * EPS) * self.vector)


def compare_product(comparison: Operator, terms: FloatArray, v: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return M v (n,) for v ≥ 0, and how much rounding may have changed it."""
    own, others = comparison.diagonal * v, comparison.beside @ v
    return own - others, (terms + 2) * EPS * (own + others)


def find_certificate(
    comparison: Operator, terms: FloatArray, b: FloatArray, size: FloatArray
) -> Certificate | None:
    """Return a certificate that fits a right-hand side; None if none was found: M may be no M-matrix.

    Parameters
    ----------
    comparison : Operator
        M.
    terms : array (n,)
        How many terms each row of a product adds up.
    b : array (n,)
        Right-hand side.
    size : array (n,)
        About M⁻¹|b|; zero exactly for unknowns that nothing makes up.
    """
    is_part = size > 0
    passing = comparison.diagonal * size + comparison.beside @ size
    wanted = np.where(is_part, np.abs(b) + OWN_PART * passing, 0.0)
    shares = Shares(comparison, size)
    for tolerance in TOLERANCES:
        w = iterate(shares, wanted, tolerance=tolerance)
        if not (w[is_part] > 0).all():
            continue
        product, rounding = compare_product(comparison, terms, w)
        least = product - rounding
        if (least[is_part] >= KEPT * wanted[is_part]).all():
            return Certificate(np.where(is_part, w, 0.0), least, is_part)
    return None
