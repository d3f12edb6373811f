"""How a paired difference is read: two numbers of the same draws, in plain sentences.

In each draw both numbers come from the same data, so that the difference of every draw counts, and not whether the
intervals of the two numbers overlap. How often the difference has one sign says what the data leave open; the interval
of the mean only says how well so many draws determine the mean, and narrows with 1/√n.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from scipy.special import stdtrit

from carbonlab.messages import message

CERTAIN = 0.95
"""Share of draws on one side from which the sign is called certain, by the convention of 95 %."""


@dataclass(frozen=True)
class PairedDifference:
    """The difference between two numbers over draws in which both exist.

    Attributes
    ----------
    mean : float
        Mean difference [kg CO2e].
    standard_error : float or None
        Of the mean [kg CO2e]; None where draws are of a design, whose error is not known.
    draws : int
        Draws in which both have a number.
    higher, equal : float
        Shares of these draws [-].
    """

    mean: float
    standard_error: float | None
    draws: int
    higher: float
    equal: float

    @property
    def lower(self) -> float:
        """Share of the draws in which the difference is below zero [-]."""
        return max(0.0, 1.0 - self.higher - self.equal)

    def interval_of_mean(self, level: float = 0.95) -> tuple[float, float] | None:
        """Return Student's interval of the mean of independent draws [kg CO2e]; None where there is none."""
        error = self.standard_error
        if self.draws < 2 or error is None or not isfinite(error):
            return None
        half = float(stdtrit(self.draws - 1, (1 + level) / 2)) * error
        return self.mean - half, self.mean + half


def shares_in_words(paired: PairedDifference) -> str:
    """Return the shares of draws higher, lower and equal: a tie is none of the two."""
    shares = {"higher": paired.higher, "lower": paired.lower, "equal": paired.equal}
    return message("paired.shares", draws=paired.draws, **{k: share_of_draws(v) for k, v in shares.items()})


def mean_in_words(paired: PairedDifference, level: float = 0.95) -> str:
    """Return the mean difference, with its interval where it has one."""
    if paired.equal == 1.0:  # what is left is rounding
        return message("paired.mean_only", mean="0")
    interval = paired.interval_of_mean(level)
    if interval is None:
        return message("paired.mean_only", mean=_signed(paired.mean))
    low, high = map(_signed, interval)
    return message("paired.mean", mean=_signed(paired.mean), level=f"{100 * level:g} %", low=low, high=high)


def verdict_in_words(paired: PairedDifference, first: str, second: str) -> str:
    """Return what the shares allow to say: `second` higher or lower than `first`, equal, or open."""
    names = {"first": first, "second": second}
    if paired.equal == 1.0:
        return message("paired.equal", **names)
    side, share = max(("higher", paired.higher), ("lower", paired.lower), key=lambda pair: pair[1])
    if share == 1.0:
        return message(f"paired.always_{side}", **names)
    certainty = side if share >= CERTAIN else "open"
    return message(f"paired.{certainty}", share=share_of_draws(share), **names)


def how_to_read() -> str:
    """Return which number to look at, and what share is enough."""
    return message("paired.how_to_read", certain=f"{100 * CERTAIN:g} %")


def share_of_draws(share: float) -> str:
    """Return a share of draws as a percentage: 0 % and 100 % only where they are exact.

    Examples
    --------
    >>> share_of_draws(1.0), share_of_draws(0.9999), share_of_draws(0.0001), share_of_draws(0.547)
    ('100 %', '> 99.9 %', '< 0.1 %', '54.7 %')
    """
    if share in (0.0, 1.0):
        return f"{100 * share:g} %"
    if share > 0.9995:
        return "> 99.9 %"
    return "< 0.1 %" if share < 0.0005 else f"{100 * share:.1f} %"


def _signed(value: float) -> str:
    return f"{value:+.4g}".replace("-", "−") if value else "0"
