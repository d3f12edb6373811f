"""Which matrix entries differ between two solved systems on the same axes, and what each exchange's share of
a change is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from carbonlab.results.contributions import impact_weights
from carbonlab.results.evaluation import Evaluation
from carbonlab.rules.entries import EntryTable, FloatArray, IntArray
from carbonlab.system.product_system import Pattern, ProductSystem


@dataclass(frozen=True, eq=False)
class EntryChanges:
    """Entries of A and B that two systems do not share; arrays (changes,).

    An entry is known by its exchange, its row and its column; entries that stand in the same place for the
    same exchange are summed.

    Attributes
    ----------
    before, after : Evaluation
        The two systems.
    is_intervention : bool
        Whether the entry is one of B.
    exchange : int
        Row of the exchange; beyond the last one for identity columns, numbered by column.
    row, column : int
        Place in A or B.
    old, new : float
        Values before and after.
    coefficient : float
        [kg CO2e per run of the column]: c'b' − cb for interventions, −λ'_i (a' − a) for technosphere entries.
    """

    before: Evaluation
    after: Evaluation
    is_intervention: np.ndarray
    exchange: IntArray
    row: IntArray
    column: IntArray
    old: FloatArray
    new: FloatArray
    coefficient: FloatArray

    @cached_property
    def weights(self) -> tuple[FloatArray, FloatArray]:
        """[kg CO2e per unit of each intervention] before and after."""
        return impact_weights(self.before), impact_weights(self.after)

    @cached_property
    def subject(self) -> IntArray:
        """Number (changes,) of what is told apart: an exchange in A, or in B (a rule may add emissions to a
        product's exchange).
        """
        return np.asarray(2 * self.exchange + self.is_intervention)

    def moved_by_subject(self, scaling: FloatArray) -> tuple[dict[int, float], float]:
        """Return what each subject moved [kg CO2e] and the sum of the absolute values of all terms.

        Parameters
        ----------
        scaling : float array (columns,)
            Scaling vector of the demand before.
        """
        terms = self.coefficient * scaling[self.column]
        subjects, place = np.unique(self.subject, return_inverse=True)
        sums = np.bincount(place, weights=terms, minlength=len(subjects))
        return dict(zip(subjects.tolist(), sums.tolist(), strict=True)), float(np.abs(terms).sum())


def changes_between(before: Evaluation, after: Evaluation) -> EntryChanges:
    """Return the entries that differ between two systems of one inventory under two rule sets.

    Both sides have the same axes: a column that a rule set removes is an identity column there, and counts as
    an entry.
    """
    weights = impact_weights(before), impact_weights(after)
    exchange, row, column, old, new = _joined(_technosphere(before.system), _technosphere(after.system))
    intensity = np.asarray(after.adjoint.x @ after.factors)
    coefficient = -intensity[row] * (new - old)
    kept = new != old
    parts = [[np.zeros(len(old), bool), exchange, row, column, old, new, coefficient, kept]]
    exchange, row, column, old, new = _joined(_intervention(before.system), _intervention(after.system))
    coefficient = weights[1][row] * new - weights[0][row] * old
    parts.append(
        [
            np.ones(len(old), bool),
            exchange,
            row,
            column,
            old,
            new,
            coefficient,
            (new != old) | (coefficient != 0),
        ]
    )
    arrays = [np.concatenate([part[i] for part in parts]) for i in range(8)]
    return EntryChanges(before, after, *(values[arrays[7]] for values in arrays[:7]))


Entries = tuple[IntArray, IntArray, IntArray, FloatArray]


def _technosphere(system: ProductSystem) -> Entries:
    values, _ = system.entry_values(system.work.amounts)
    exchange, row, column, value = _entries(system.work.technosphere, system.technosphere_pattern, values)
    absent = np.flatnonzero(~system.has_column)
    number = system.database.exchanges.num_rows + absent
    return (
        np.concatenate([exchange, number]),
        np.concatenate([row, absent]),
        np.concatenate([column, absent]),
        np.concatenate([value, np.ones(len(absent))]),
    )


def _intervention(system: ProductSystem) -> Entries:
    _, values = system.entry_values(system.work.amounts)
    return _entries(system.work.intervention, system.intervention_pattern, values)


def _entries(table: EntryTable, pattern: Pattern, values: FloatArray) -> Entries:
    return table.exchange[pattern.entry], pattern.row, pattern.column, values[pattern.entry]


def _joined(first: Entries, second: Entries) -> tuple[IntArray, IntArray, IntArray, FloatArray, FloatArray]:
    """Return each place once, with the sums of its values on either side."""
    keys = np.stack([np.concatenate([a, b]) for a, b in zip(first[:3], second[:3], strict=True)])
    places, inverse = np.unique(keys, axis=1, return_inverse=True)
    inverse, count = inverse.ravel(), len(first[3])
    old = np.bincount(inverse[:count], weights=first[3], minlength=places.shape[1])
    new = np.bincount(inverse[count:], weights=second[3], minlength=places.shape[1])
    return places[0], places[1], places[2], old.astype(float), new.astype(float)
