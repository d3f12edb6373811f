"""System boundary: what belongs to the product system (ISO 14067 6.3.4, recalled)."""

from __future__ import annotations

import numpy as np

from carbonlab.errors import RuleError
from carbonlab.rules.entries import IntArray
from carbonlab.rules.registry import Parameters, register
from carbonlab.rules.selectors import Selector
from carbonlab.rules.work import Work
from carbonlab.vocabulary import LifeCycleStage, Role


@register("boundary", "as_modelled")
def as_modelled(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Everything that the inventory and the study model is inside the boundary."""
    return work


@register("boundary", "exclude")
def exclude(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """What the line's selector catches is outside the boundary: its entries are dropped."""
    count = len(work.technosphere)
    return work.drop("technosphere", rows[rows < count]).drop("intervention", rows[rows >= count] - count)


@register("boundary", "no_capital_goods")
def no_capital_goods(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Inputs of capital goods (role `capital_good`) are outside the boundary (PAS 2050:2011 6.4.4, recalled)."""
    inputs = rows[rows < len(work.technosphere)]
    caught = Selector(role=Role.CAPITAL_GOOD).catches_entries(work.database, work.technosphere, inputs)
    return work.drop("technosphere", inputs[caught])


@register("boundary", "stages", parameters={"keep": (list,)})
def stages(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Only the named life-cycle stages of the foreground are inside; what carries no stage stays."""
    keep = parameters.get("keep", [])
    unknown = sorted(set(keep) - set(LifeCycleStage))
    if not keep or unknown:
        raise RuleError(
            f"the boundary keeps the stages {keep!r}",
            where="slot boundary, option stages",
            why="a stage of another name would silently be left out",
            remedy=f"set keep to some of {', '.join(LifeCycleStage)}",
        )
    outside = np.zeros(len(rows), bool)
    count = len(work.technosphere)
    first = rows < count
    for stage in set(LifeCycleStage) - set(keep):
        selector = Selector(stage=stage)
        outside[first] |= selector.catches_entries(work.database, work.technosphere, rows[first])
        outside[~first] |= selector.catches_entries(work.database, work.intervention, rows[~first] - count)
    return exclude(work, rows[outside], {})
