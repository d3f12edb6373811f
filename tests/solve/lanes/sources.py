"""Lanes for the tests: lognormal values around a base, the same for a lane whatever it is asked with."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from carbonlab.solve.lanes import LanePlan


class LognormalLanes:
    """Each varying value is the base value × exp(sd × normal), right-hand sides vary by a fifth."""

    def __init__(
        self,
        matrix: sparse.csc_array,
        varying: np.ndarray,
        plan: LanePlan,
        deviations: np.ndarray,
        *,
        seed: int = 0,
        right_deviation: float = 0.2,
    ) -> None:
        self.base = matrix.data[varying][plan.order]
        self.deviations = deviations[plan.order]
        self.right = plan.base_right
        self.seed, self.right_deviation = seed, right_deviation
        self.rows = plan.right_rows

    def one(self, lane: int) -> tuple[np.ndarray, np.ndarray]:
        """Values in float32 and right-hand sides (n, k) of one lane."""
        rng = np.random.default_rng([self.seed, lane])
        values = self.base * np.exp(self.deviations * rng.standard_normal(self.base.size, np.float32))
        right = self.right.copy()
        if self.right_deviation:
            right *= np.exp(self.right_deviation * rng.standard_normal((len(right), 1)))
        return values.astype(np.float32), right

    def fill(self, lanes: np.ndarray, values: np.ndarray, right: np.ndarray) -> None:
        for place, lane in enumerate(lanes):
            values[:, place], one = self.one(int(lane))
            right[:, :, place] = one.T


def lane_matrix(
    matrix: sparse.csc_array, varying: np.ndarray, plan: LanePlan, values: np.ndarray
) -> sparse.csc_array:
    data = matrix.data.copy()
    data[varying[plan.order]] = values
    return sparse.csc_array((data, matrix.indices.copy(), matrix.indptr.copy()), shape=matrix.shape)
