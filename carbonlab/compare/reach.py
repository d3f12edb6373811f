"""How much of a footprint a rule can reach: what a data supplier decided before is out of its hands."""

from __future__ import annotations

import numpy as np

from carbonlab.compare.lanes import COMPONENTS, StudyLanes
from carbonlab.results.contributions import by_process
from carbonlab.results.evaluation import Evaluation
from carbonlab.rules.entries import FloatArray
from carbonlab.rules.slots import SLOTS
from carbonlab.vocabulary import Component, Status


def unreachable_shares(lanes: StudyLanes, evaluation: Evaluation) -> dict[str, FloatArray]:
    """Return for every slot the share (products,) of each footprint that the slot cannot reach [-].

    Direct emissions of processes from a database whose supplier decided the slot count as out of reach, and
    under characterization everything that arrived as CO2e already. Shares are of absolute contributions, so
    that credits hide nothing; NaN without a number.
    """
    products = range(len(lanes.columns))
    shares = {slot.key: np.zeros(len(lanes.columns)) for slot in SLOTS}
    part = lanes.inventory.part_of_process()
    answers = lanes.answers_of(evaluation)
    for position in products:
        column = int(lanes.columns[position])
        if not Status(evaluation.status[column]).has_number:
            for values in shares.values():
                values[position] = np.nan
            continue
        solution = evaluation.run(column, float(lanes.demands[position]))
        share = np.abs(by_process(evaluation, solution.x))
        whole = float(share.sum())
        for number, database in enumerate(lanes.inventory.parts):
            of_part = float(share[part == number].sum()) / whole if whole else 0.0
            for slot in set(database.meta.decided_upstream) & set(shares):
                shares[slot][position] += of_part
        parts = np.abs(answers.counted[position])
        aggregated = float(parts[COMPONENTS.index(Component.AGGREGATED)])
        reached = aggregated / float(parts.sum()) if parts.sum() else 0.0
        shares["characterization"][position] = max(shares["characterization"][position], reached)
    return shares
