"""How an emission years after the start of the assessment is weighted against the same one at the start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import expm1

from carbonlab.vocabulary import Component

PAS2050_HORIZON = 100.0
"""Assessment period of PAS 2050:2011 [a]."""
PAS2050_SINGLE = (2.0, 25.0)
"""First and last year in which a single release has a factor of its own (PAS 2050:2011 Annex, recalled)."""

CO2_SHARES = (0.2173, 0.2240, 0.2824, 0.2763)
CO2_TIMES = (float("inf"), 394.4, 36.54, 4.304)
"""Impulse response of CO2: shares [-], decay times [a] (Joos et al. 2013, doi:10.5194/acp-13-2793-2013)."""


@dataclass(frozen=True)
class Delay:
    """A weighting of emissions by the year in which they happen.

    Attributes
    ----------
    model : str
        ``pas2050``, ``linear`` or ``dynamic``.
    horizon : float
        Assessment period [a].
    lifetimes : mapping of str to float
        Mean lifetimes of gases other than CO2 [a]; dynamic model only.
    """

    model: str
    horizon: float
    lifetimes: Mapping[str, float] = field(default_factory=dict)

    def weight(self, gas: str, year: float, *, single: bool = False) -> float:
        """Return the weight of an emission relative to the same one at the start [-].

        Parameters
        ----------
        gas : str
            Key of the gas; without influence in the models that weight CO2e.
        year : float
            Years after the start [a]; before the start counts as at the start.
        single : bool
            Whether it is the only delayed release of the product (PAS 2050 alone asks).

        Returns
        -------
        float
            1 at the start, never rising, 0 from the horizon on. A gas without a lifetime is not weighted.
        """
        if year <= 0:
            return 1.0
        if self.model == "dynamic" and gas != "CO2" and gas not in self.lifetimes:
            return 1.0
        if year >= self.horizon:
            return 0.0
        if self.model == "dynamic":
            return self.retained(gas, self.horizon - year) / self.retained(gas, self.horizon)
        if self.model == "pas2050" and single and PAS2050_SINGLE[0] <= year <= PAS2050_SINGLE[1]:
            return (100.0 - 0.76 * year) / 100.0
        return (self.horizon - year) / self.horizon

    def retained(self, gas: str, years: float) -> float:
        """Return ∫ IRF dt over the years after a pulse [a], to which the AGWP of a gas is proportional.

        CO2: a0 t + Σ a_i τ_i (1 − exp(−t/τ_i)) (Joos et al. 2013, with the numbers used in AR5 and AR6);
        other gases decay with their lifetime: τ (1 − exp(−t/τ)).
        """
        if gas != "CO2":
            return _decay(self.lifetimes[gas], years)
        decaying = zip(CO2_SHARES[1:], CO2_TIMES[1:], strict=True)
        return CO2_SHARES[0] * years + sum(share * _decay(time, years) for share, time in decaying)


def _decay(lifetime: float, years: float) -> float:
    return -lifetime * expm1(-years / lifetime)


UNWEIGHTED = frozenset({Component.DELAY_EFFECT, Component.MODULE_D})
"""Components that no delay acts on: what is itself an effect, and what lies beyond the system."""
