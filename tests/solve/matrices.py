"""Matrices for the tests, by hand and by hypothesis."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from scipy import sparse


@st.composite
def couplings(draw: st.DrawFn, *, most: int = 6, signed: bool = False) -> np.ndarray:
    """A coupling N (n, n) without diagonal, entries over six orders of magnitude, about half of them zero."""
    n = draw(st.integers(1, most))
    N = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            if i != j and draw(st.booleans()):
                size = draw(st.integers(1, 999)) * 10.0 ** draw(st.integers(-6, 0))
                N[i, j] = -size if signed and draw(st.booleans()) else size
    return N


@st.composite
def units(draw: st.DrawFn, n: int) -> np.ndarray:
    """Powers of ten from 1e-12 to 1e12."""
    return 10.0 ** np.array(draw(st.lists(st.integers(-12, 12), min_size=n, max_size=n)), float)


def with_gain(N: np.ndarray, gain: float) -> np.ndarray:
    """I − N, N scaled such that the loops of |N| have at most the given gain."""
    radius = max(abs(np.linalg.eigvals(np.abs(N))).max(), 1e-3) if N.size else 1.0
    return np.eye(len(N)) - N * (gain / radius)


def ring(weights: list[float]) -> sparse.csc_array:
    """I − N where each unknown takes the given amount of the one before it: one loop of gain (∏ weights)^(1/n)."""
    n = len(weights)
    index = np.arange(n)
    coupling = sparse.csc_array((np.array(weights), (index, (index + 1) % n)), shape=(n, n))
    return (sparse.eye_array(n) - coupling).tocsc()
