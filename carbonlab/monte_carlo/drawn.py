"""What one rule set gives in a grain of draws, and who draws it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from carbonlab.monte_carlo.moments import GRAIN, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Drawn:
    """Footprints in some draws under one rule set.

    Attributes
    ----------
    totals : float array (products, draws)
        Footprint [kg CO2e]; NaN where a product has no number or a lane has no trustworthy solution.
    parts : float array (products, parts, draws)
        Parts of the footprint [kg CO2e]; no parts unless asked for.
    lane_status, lane_stage : int array (draws,)
        Numbers in the lists of names of the run.
    residual, error : float array (draws,)
        Largest relative residual, and largest bound of the relative error.
    """

    totals: FloatArray
    parts: FloatArray
    lane_status: IntArray
    lane_stage: IntArray
    residual: FloatArray
    error: FloatArray

    def grains(self) -> list[Drawn]:
        """Return the grains of these draws, whose first one begins a grain; the last one may be short."""
        starts = range(0, self.totals.shape[1], GRAIN)
        return [
            Drawn(**{f.name: getattr(self, f.name)[..., start : start + GRAIN] for f in fields(self)})
            for start in starts
        ]


class Drawer(Protocol):
    """Evaluates draws under one or several rule sets; what it returns depends on the numbers of the draws only."""

    def draw(self, lanes: NDArray[np.int64], *, threads: int | None) -> list[Drawn]:
        """Return what each rule set gives in some draws."""
        ...

    def crossings(self, lanes: NDArray[np.int64]) -> IntArray:
        """Return in how many of some draws each input of `Axes.inputs` has not the sign of its stated value."""
        ...


@dataclass(frozen=True, eq=False)
class Axes:
    """What is drawn: the axes of all statistics, and their static values.

    Attributes
    ----------
    static_totals : float array (rule_sets, products)
        Static footprints; NaN where a product has no number.
    static_parts : float array (rule_sets, products, parts)
        Static parts.
    lane_statuses, lane_stages : tuple of str
        Names of what can become of a lane, and of the stages of the solver.
    bits : int or None
        Of the quantile sketches.
    rule_set_pairs : bool
        Whether pairs of rule sets are counted.
    product_pairs : tuple of int
        Positions of the products whose pairs are counted.
    inputs : tuple of str
        Uncertain numbers whose draws may have another sign than they.
    """

    static_totals: FloatArray
    static_parts: FloatArray
    lane_statuses: tuple[str, ...]
    lane_stages: tuple[str, ...]
    bits: int | None
    rule_set_pairs: bool
    product_pairs: tuple[int, ...]
    inputs: tuple[str, ...] = ()
