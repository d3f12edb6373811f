"""Small generated systems of several kinds for lanes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import sparse

from carbonlab.solve.equilibration import equilibrate
from carbonlab.solve.self_test import generate_hub_matrix


class System(NamedTuple):
    """Matrix, positions that vary, their deviations, right-hand side."""

    A: sparse.csc_array
    varying: np.ndarray
    deviations: np.ndarray
    right: np.ndarray


def hub_system(
    n: int, *, seed: int = 0, gain: float = 0.65, credits: float = 0.0, loops: tuple[float, ...] = ()
) -> System:
    """Hubs in mixed units; `credits`: part of couplings that change sign; `loops`: gains of added 2-cycles."""
    rng = np.random.default_rng([seed, n])
    A = generate_hub_matrix(n, seed=seed, gain=gain)
    scaling = equilibrate(A)
    B = scaling.scale_matrix(A).tolil()
    pairs = rng.choice(n, (len(loops), 2), replace=False)
    for (i, j), strength in zip(pairs, loops, strict=True):
        B[i, j], B[j, i] = -strength * B[j, j], -strength * B[i, i]
    back = sparse.csc_array(B.tocsc())
    back.sort_indices()
    column = np.repeat(np.arange(n), np.diff(back.indptr))
    data = np.ldexp(back.data, -scaling.rows[back.indices] - scaling.columns[column])
    A = sparse.csc_array((data, back.indices, back.indptr), shape=(n, n))
    beside = np.flatnonzero(A.indices != column)
    A.data[rng.choice(beside, int(credits * beside.size), replace=False)] *= -1
    varying = np.sort(rng.choice(beside, int(0.69 * beside.size), replace=False))
    right = np.ldexp(rng.lognormal(0.0, 1.0, n) * (rng.random(n) < 0.6) + 1e-3, -scaling.columns)
    return System(A, varying, rng.uniform(0.05, 0.4, varying.size), right)
