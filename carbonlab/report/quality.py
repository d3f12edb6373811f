"""Data quality of a result: how much of it rests on values of which kind, confidence, year and place.

The footprint is the sum of emission values times how often their process runs; each such term belongs to
the exchange that states the emission, so that the shares of all kinds sum to one.
"""

from __future__ import annotations

import numpy as np

from carbonlab.results.contributions import impact_weights
from carbonlab.results.evaluation import Evaluation
from carbonlab.rules.entries import FloatArray


def share_by(evaluation: Evaluation, scaling: FloatArray, column: str) -> dict[str, float]:
    """Return the share of absolute contributions by a word column of the exchanges.

    Parameters
    ----------
    evaluation : Evaluation
        The solved system.
    scaling : float array (columns,)
        Scaling vector of the demand.
    column : str
        ``value_kind``, ``confidence``, ``year``, ``geography`` or another word column of the exchange table.

    Returns
    -------
    dict of str to float
        Shares that sum to one, the largest first; "" stands for what is not stated. Empty if nothing
        contributes.
    """
    system = evaluation.system
    pattern, table = system.intervention_pattern, system.work.intervention
    values = table.values(system.work.amounts)[pattern.entry]
    part = np.abs(impact_weights(evaluation)[pattern.row] * values * scaling[pattern.column])
    codes, words = system.database.codes("exchanges", column)
    codes = codes[table.exchange[pattern.entry]]
    sums = np.bincount(codes + 1, weights=part, minlength=len(words) + 1)
    total = float(sums.sum())
    if not total:
        return {}
    shares = dict(zip(["", *words], (sums / total).tolist(), strict=True))
    return {word: share for word, share in sorted(shares.items(), key=lambda item: -item[1]) if share}
