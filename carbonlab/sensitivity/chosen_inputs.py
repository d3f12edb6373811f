"""Which uncertain inputs a sample covers: named, or those with the largest shares of the first-order variance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from carbonlab.errors import NothingUncertainError, StudyError
from carbonlab.sampling.inputs import Inputs, inputs_of, taken
from carbonlab.sensitivity.asked import AskedFootprint
from carbonlab.sensitivity.first_order import FirstOrder, first_order_of
from carbonlab.sensitivity.input_list import TextArray, words_of


@dataclass(frozen=True, eq=False)
class ChosenInputs:
    """Some uncertain inputs; arrays are (inputs,).

    Attributes
    ----------
    inputs : Inputs
        Those that were chosen.
    share : float array
        Share of each in the first-order variance of all.
    words : dict of str to array
        What each is called: table, process, flow, name, unit.
    first : FirstOrder
        Of all inputs.
    """

    inputs: Inputs
    share: np.ndarray
    words: dict[str, TextArray]
    first: FirstOrder

    @property
    def covered(self) -> float:
        """Share of the first-order variance that these inputs make up together [-]."""
        return float(self.share.sum())


def choose_inputs(
    asked: AskedFootprint, wanted: int | Sequence[str] | None = None, *, share: float = 1.0
) -> ChosenInputs:
    """Return some uncertain inputs, the largest share of the first-order variance first unless they are named.

    Parameters
    ----------
    asked : AskedFootprint
    wanted : int or sequence of str, optional
        How many, or their labels (``table:identity``, see `carbonlab.sampling.inputs`).
    share : float
        No more than are needed to make up this share.

    Raises
    ------
    NothingUncertainError
        If nothing that is uncertain moves the footprint.
    StudyError
        If a label is not that of an uncertain input.
    """
    inputs = inputs_of(asked.evaluation.system.database, asked.plan)
    first = first_order_of(asked, inputs=inputs)
    variances = first.variances
    total = float(variances.sum())
    if not total > 0:
        raise NothingUncertainError(
            f"nothing that is uncertain moves the footprint of {asked.name!r}",
            why="data would seem to be without uncertainty",
            remedy="state distributions in the inventory, or name a set of pedigree factors in the sampling plan",
        )
    place_of = np.full(len(inputs), -1, np.int64)
    own = np.flatnonzero(first.listed.spread >= 0)
    place_of[first.listed.spread[own]] = own
    if wanted is None or isinstance(wanted, int):
        count = int((variances > 0).sum()) if wanted is None else wanted
        order = first.largest(count, variances)
        before = np.cumsum(variances[order]) - variances[order]
        at = order[before < share * total]
        positions = first.listed.spread[at]
    else:
        positions = _named(inputs, wanted)
        at = place_of[positions]
    known = at >= 0
    words = words_of(first.derivatives, first.listed, np.where(known, at, 0))
    for place in np.flatnonzero(~known):  # it has no part in this footprint, and no place in the list
        for texts in words.values():
            texts[place] = ""
        words["table"][place], _, words["name"][place] = inputs.label[positions[place]].partition(":")
    return ChosenInputs(taken(inputs, positions), np.where(known, variances[at], 0.0) / total, words, first)


def _named(inputs: Inputs, wanted: Sequence[str]) -> np.ndarray:
    position = {label: i for i, label in enumerate(inputs.label)}
    missing = [label for label in wanted if label not in position]
    if missing or len(set(wanted)) < len(wanted) or not wanted:
        raise StudyError(
            f"there is no uncertain input {missing[0]!r}"
            if missing
            else "inputs are named twice, or none is",
            why="the sample would move nothing by it",
            remedy="take labels from carbonlab.sampling.inputs.inputs_of(...).label",
        )
    return np.array([position[label] for label in wanted], np.int64)
