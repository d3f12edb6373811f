"""Parts of a footprint that are simulated beside the total: by gas, component and life-cycle stage."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from carbonlab.errors import RefusedError, StudyError
from carbonlab.monte_carlo.moments import FloatArray, IntArray
from carbonlab.results.evaluation import Evaluation
from carbonlab.vocabulary import Component, LifeCycleStage

KINDS = ("stage", "gas", "component")
"""What a footprint can be split by, in the order of the dimensions of the result."""

UNSAMPLED = (Component.MODULE_D, Component.DELAY_EFFECT)
"""Components that lie beyond the matrices of a draw."""

Part = tuple[str, ...]
"""One word for each kind of part that was asked for."""


@dataclass(frozen=True)
class Parts:
    """The parts that are kept: the same for all rule sets.

    Attributes
    ----------
    by : tuple of str
        Kinds, in the order of `KINDS`.
    names : tuple of Part
        The parts; empty where nothing but the total is asked for.
    """

    by: tuple[str, ...]
    names: tuple[Part, ...]

    @property
    def has_stages(self) -> bool:
        """Whether footprints are split by life-cycle stage."""
        return "stage" in self.by

    def position(self, stage: str, gas: str, component: str) -> int:
        """Return the number of a part."""
        words = dict(zip(KINDS, (stage, gas, component), strict=True))
        return self.names.index(tuple(words[kind] for kind in self.by))


@dataclass(frozen=True, eq=False)
class Sides:
    """Right-hand sides of one rule set.

    Attributes
    ----------
    weights : sparse array (sides, interventions)
        [kg CO2e per unit of elementary flow]
    in_total : float array (sides,)
        1 for what is in the total, else 0.
    labels : tuple of (gas, component)
        Of each side; empty if the total is the only one.
    """

    weights: sparse.csr_array
    in_total: FloatArray
    labels: tuple[tuple[str, str], ...]


def kinds_of(by: Collection[str]) -> tuple[str, ...]:
    """Return the kinds of parts that are asked for, in order.

    Raises
    ------
    StudyError
        If one is not known.
    """
    given = {by} if isinstance(by, str) else set(by)
    unknown = sorted(given - set(KINDS))
    if unknown:
        raise StudyError(
            f"footprints cannot be split by {unknown[0]!r}", remedy=f"use some of {', '.join(KINDS)}"
        )
    return tuple(kind for kind in KINDS if kind in given)


def parts_of(by: tuple[str, ...], sides: Sequence[Sides]) -> Parts:
    """Return the parts that occur under some rule set."""
    if not by:
        return Parts((), ())
    stages = [str(stage) for stage in LifeCycleStage] if "stage" in by else [""]
    labels = {label for own in sides for label in own.labels}
    found = set()
    for stage in stages:
        for gas, component in labels:
            words = dict(zip(KINDS, (stage, gas, component), strict=True))
            found.add(tuple(words[kind] for kind in by))
    return Parts(by, tuple(sorted(found)))


def sides_of(evaluation: Evaluation, by: tuple[str, ...]) -> Sides:
    """Return what has to be solved for under a rule set: the total alone, or every gas and component.

    Raises
    ------
    RefusedError
        If the total holds a component that draws leave out.
    """
    system = evaluation.system
    apart = system.work.apart
    channels = evaluation.channels
    present = {channel.component for channel in channels}
    if system.work.delay is not None:
        present |= {Component.DELAY_EFFECT}
    for component in UNSAMPLED:
        if component in present and component not in apart:
            raise RefusedError(
                f"rule set {system.rule_set.key!r} has {component} in the total",
                why="draws are made without it: the total would be another one",
                remedy="use a rule set that reports it apart, or calculate without draws",
            )
    kept = [number for number, channel in enumerate(channels) if channel.component not in UNSAMPLED]
    factors = np.array([channel.factor for channel in channels])
    weights = sparse.csr_array(sparse.diags_array(factors) @ evaluation.weights)
    if not by:
        total = sparse.csr_array(sparse.csr_array((evaluation.factors != 0).astype(float)[None, :]) @ weights)
        return Sides(total, np.ones(1), ())
    labels = sorted({(channels[n].gas, str(channels[n].component)) for n in kept})
    row = [labels.index((channels[n].gas, str(channels[n].component))) for n in kept]
    collect = sparse.csr_array((np.ones(len(kept)), (row, kept)), shape=(len(labels), len(channels)))
    in_total = [float(Component(component) not in apart) for _, component in labels]
    return Sides(sparse.csr_array(collect @ weights), np.array(in_total), tuple(labels))


def collect_sides(parts: Parts, labels: Sequence[tuple[str, str]]) -> IntArray:
    """Return the part (sides,) that each side belongs to; with stages, that of the first one."""
    stage = str(next(iter(LifeCycleStage)))
    return np.array([parts.position(stage, gas, component) for gas, component in labels], np.int64)
