"""What each elementary flow of an inventory stands for under a characterization rule."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Characterization:
    """Gas, component, mass and factor of every flow; arrays are (flows,).

    Attributes
    ----------
    gas : str
        Key of the gas; empty for flows without influence on the climate.
    component : str
        Part of the footprint (`carbonlab.vocabulary.Component`); empty likewise.
    mass : float
        [kg of gas per reference unit of the flow].
    factor : float
        [kg CO2e per kg of gas], negative for uptake; 0 where there is none.
    label : str
        Metric and vintage of the sets that were used, for people.
    """

    gas: NDArray[np.object_]
    component: NDArray[np.object_]
    mass: NDArray[np.float64]
    factor: NDArray[np.float64]
    label: str = ""
    metrics: tuple[str, ...] = ()
    """Metrics of the sets that were used, such as ``GWP100``."""

    @staticmethod
    def empty(flows: int) -> Characterization:
        """Return a characterization in which no flow counts yet."""
        blank = np.full(flows, "", object)
        return Characterization(blank, blank.copy(), np.zeros(flows), np.zeros(flows))
