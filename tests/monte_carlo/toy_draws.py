"""A stand-in for the lane engine: footprints in closed form, one keyed stream per rule set, product and draw."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from carbonlab.monte_carlo.chunks import PreparedDraws
from carbonlab.monte_carlo.drawn import Axes, Drawn

STATIC = np.array([[1.0, 200.0, -0.5], [1.5, 200.0, 0.25]])
SIGMA = np.array([[0.1, 0.2, 0.4], [0.3, 0.2, 2.0]])


def toy_axes(*, bits: int | None = 8) -> Axes:
    return Axes(
        static_totals=STATIC,
        static_parts=np.stack([0.25 * STATIC, 0.75 * STATIC], axis=2),
        lane_statuses=("within bound", "failed"),
        lane_stages=("lanes", "direct"),
        bits=bits,
        rule_set_pairs=True,
        product_pairs=(0, 1, 2),
        inputs=("exchanges:a", "exchanges:b"),
    )


def toy_totals(lanes: np.ndarray) -> np.ndarray:
    """(rule sets, products, draws); draw 77, 177, ... fails under the first rule set."""
    normal = np.stack([np.random.default_rng([7, int(lane)]).normal(size=3) for lane in lanes], axis=1)
    totals = STATIC[:, :, None] * np.exp(SIGMA[:, :, None] * normal)
    totals[1, 2] = 0.25 + normal[2]  # changes its sign
    totals[0][:, lanes % 100 == 77] = np.nan
    return totals


@dataclass(frozen=True)
class ToyDrawer:
    pause: float = 0.0

    def draw(self, lanes: np.ndarray, *, threads: int | None = None) -> list[Drawn]:
        time.sleep(self.pause)
        return [
            Drawn(
                totals=own,
                parts=np.stack([0.25 * own, 0.75 * own], axis=1),
                lane_status=np.isnan(own[0]).astype(np.int64),
                lane_stage=np.isnan(own[0]).astype(np.int64),
                residual=np.where(np.isnan(own[0]), np.nan, 1e-12 * (1 + lanes % 7)),
                error=np.where(np.isnan(own[0]), np.nan, 1e-10 * (1 + lanes % 5)),
            )
            for own in toy_totals(lanes)
        ]

    def crossings(self, lanes: np.ndarray) -> np.ndarray:
        return np.array([(lanes % 10 == 3).sum(), 0])


@dataclass(frozen=True)
class ToyTask:
    pause: float = 0.0
    bits: int | None = 8

    @property
    def digest(self) -> str:
        return f"toy {self.pause} {self.bits}"

    def prepare(self) -> PreparedDraws:
        return PreparedDraws(ToyDrawer(self.pause), toy_axes(bits=self.bits))


IDENTITY = {"study": "toy", "rule sets": "two"}


def main() -> None:
    """Simulate slowly with a checkpoint, as a program that can be killed: arguments path, draws, pause."""
    import sys

    from carbonlab.monte_carlo.accumulate import accumulate
    from carbonlab.monte_carlo.checkpoint import Checkpoint
    from carbonlab.monte_carlo.statistics import Statistics

    path, draws, pause = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    checkpoint = Checkpoint(path, IDENTITY, every=0.0)
    statistics = Statistics(toy_axes())
    accumulate(
        ToyTask(pause),
        statistics,
        draws=draws,
        chunk=64,
        checkpoint=checkpoint,
        progress=lambda done, total: print(done, flush=True),
    )


if __name__ == "__main__":
    main()
