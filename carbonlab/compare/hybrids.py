"""Hybrids of two rule sets: every subset of the slots that differ taken from the alternative, the rest from
the baseline.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from carbonlab.compare.lanes import COMPONENTS, StudyLanes
from carbonlab.errors import RefusedError, RuleError, SolveError
from carbonlab.rules.entries import FloatArray
from carbonlab.rules.ruleset import RuleSet


@dataclass(frozen=True, eq=False)
class Hybrids:
    """The footprints of all hybrids of a baseline and an alternative.

    A hybrid is a number whose bit i says that slot i is the alternative's: 0 is the baseline, 2ᵏ − 1 the
    alternative.

    Attributes
    ----------
    slots : tuple of str
        Slots that differ, in the order of stages.
    counted : float array (hybrids, products, components)
        Parts of the footprint in the total [kg CO2e per unit of analysis]; NaN where a hybrid gives no
        number.
    reasons : dict of (hybrid, product) to str
        Why there is no number.
    """

    slots: tuple[str, ...]
    counted: FloatArray
    reasons: dict[tuple[int, int], str]

    @property
    def total(self) -> FloatArray:
        """Footprints (hybrids, products) [kg CO2e per unit of analysis]."""
        return np.asarray(self.counted.sum(axis=2))


def hybrid_of(baseline: RuleSet, alternative: RuleSet, slots: tuple[str, ...], number: int) -> RuleSet:
    """Return the baseline with the slots whose bits are set taken from the alternative."""
    chosen = {slot: alternative.rules[slot] for i, slot in enumerate(slots) if number >> i & 1}
    return baseline.replace(**chosen)


def evaluate_hybrids(lanes: StudyLanes, baseline: RuleSet, alternative: RuleSet) -> Hybrids:
    """Return the footprints of all 2ᵏ hybrids of two rule sets that differ in k slots.

    Raises
    ------
    RuleError, RefusedError, SolveError
        If the baseline or the alternative itself cannot be computed. A hybrid that cannot be is noted with
        its reason.
    """
    slots = tuple(change.slot for change in baseline.diff(alternative))
    count, products = 1 << len(slots), len(lanes.study.units)
    counted = np.full((count, products, len(COMPONENTS)), np.nan)
    reasons: dict[tuple[int, int], str] = {}
    ends = [lanes.answer(baseline), lanes.answer(alternative)]
    in_both = np.isfinite(ends[0].total) & np.isfinite(ends[1].total)
    # without a product that has a number on both sides there is no difference to attribute
    asked = _first_slots_slowest(len(slots)) if in_both.any() else iter(sorted({0, count - 1}))
    for number in asked:
        try:
            mixed = hybrid_of(baseline, alternative, slots, number)
            answers = lanes.answer(alternative if number == count - 1 else mixed)
        except (RuleError, RefusedError, SolveError) as error:
            reasons |= {(number, position): error.what for position in range(products)}
            continue
        counted[number] = answers.counted
        reasons |= {
            (number, position): str(status)
            for position, status in enumerate(answers.status)
            if not status.has_number
        }
    return Hybrids(slots, counted, reasons)


def _first_slots_slowest(slots: int) -> Iterator[int]:
    """Yield all hybrids so that the first stages change as rarely as possible: neighbors share most work."""
    for bits in product((0, 1), repeat=slots):
        yield sum(bit << i for i, bit in enumerate(bits))
