"""A footprint taken apart in one way, and what a cut-off leaves visible of it.

Parts are signed and sum to the footprint. A cut-off hides small parts and never drops them: they add up to a
rest with positive sign and a rest with negative sign.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import xarray as xr

from carbonlab.errors import RefusedError, ResultError
from carbonlab.messages import message
from carbonlab.results.contributions import Tier, first_tier
from carbonlab.results.evaluation import Evaluation
from carbonlab.results.schema import CANCELLATION
from carbonlab.rules.factors import AGGREGATED_GAS
from carbonlab.vocabulary import Component, Status

ROUNDING = 1e-6
"""Parts that miss the footprint by more than this share of their absolute sum are refused: the forward and the
adjoint solution, each within its own bound, agree far better."""


class By(StrEnum):
    """What a footprint is taken apart by."""

    PROCESS = "process"
    FIRST_TIER = "first_tier"
    ELEMENTARY_FLOW = "elementary_flow"
    GAS = "gas"
    STAGE = "stage"
    LOCATION = "location"
    COMPONENT = "component"


class CutOffMode(StrEnum):
    """How many parts stay visible."""

    MINIMUM = "minimum"
    """Those of at least so many percent of the sum of absolute parts."""
    CUMULATIVE = "cumulative"
    """The largest, until they are so many percent of the sum of absolute parts."""
    TOP = "top"
    """The so many largest."""


@dataclass(frozen=True)
class CutOff:
    """Which parts stay visible.

    Attributes
    ----------
    mode : CutOffMode
        How they are chosen; always by absolute value.
    level : float
        [%] of the sum of absolute parts, or a number of parts.

    Raises
    ------
    RefusedError
        For a level that is no share or no count.
    """

    mode: CutOffMode = CutOffMode.MINIMUM
    level: float = 1.0

    def __post_init__(self) -> None:
        highest = float("inf") if self.mode is CutOffMode.TOP else 100.0
        lowest = 1.0 if self.mode is CutOffMode.TOP else 0.0
        if not lowest <= self.level <= highest:
            raise RefusedError(
                f"a cut-off by {self.mode} cannot be {self.level:g}",
                why="it would hide everything, or mean nothing",
                remedy="give a percentage from 0 to 100, or for 'top' a number of parts from 1 on",
            )

    @property
    def is_minimum(self) -> bool:
        """Whether every part is compared with one sum."""
        return self.mode is CutOffMode.MINIMUM

    def kept(self, values: Sequence[float], *, gross: float | None = None) -> list[int]:
        """Return the positions of the parts that stay visible, the largest first.

        Parameters
        ----------
        values : sequence of float
            Parts.
        gross : float, optional
            Sum of absolute values that a percentage refers to; by default that of the parts.
        """
        sizes = np.abs(np.asarray(values, float))
        order = [int(i) for i in np.argsort(-sizes, kind="stable") if sizes[i] > 0]
        whole = float(sizes.sum()) if gross is None else gross
        if self.mode is CutOffMode.TOP:
            return order[: int(self.level)]
        if self.mode is CutOffMode.MINIMUM:
            return [i for i in order if sizes[i] >= self.level / 100 * whole]
        reached = np.cumsum(sizes[order])
        enough = int(np.searchsorted(reached, self.level / 100 * whole * (1 - CANCELLATION))) + 1
        return order[:enough]


@dataclass(frozen=True)
class Part:
    """One part of a footprint.

    Attributes
    ----------
    key : str
        Id of the process, flow, gas, stage, place or component.
    name : str
        What a reader sees.
    footprint : float
        [kg CO2e], signed.
    place : str
        Location of a process; empty where there is none.
    """

    key: str
    name: str
    footprint: float
    place: str = ""


@dataclass(frozen=True)
class Breakdown:
    """The parts of one product's footprint.

    Attributes
    ----------
    by : By
        What it is taken apart by.
    total : float
        The footprint [kg CO2e].
    parts : tuple of Part
        Visible parts, the largest absolute value first.
    rest_positive, rest_negative : float
        Sums of the hidden parts by sign [kg CO2e].
    hidden : int
        How many parts they stand for.
    """

    by: By
    total: float
    parts: tuple[Part, ...]
    rest_positive: float = 0.0
    rest_negative: float = 0.0
    hidden: int = 0

    @property
    def gross(self) -> float:
        """Sum of the absolute parts, hidden ones included [kg CO2e]."""
        return sum(abs(part.footprint) for part in self.parts) + self.rest_positive - self.rest_negative

    def cut(self, cut_off: CutOff) -> Breakdown:
        """Return the breakdown with small parts hidden in the rests."""
        values = [part.footprint for part in self.parts]
        kept = cut_off.kept(values, gross=self.gross)
        left = [value for i, value in enumerate(values) if i not in set(kept) and value]
        return replace(
            self,
            parts=tuple(self.parts[i] for i in kept),
            rest_positive=self.rest_positive + sum(value for value in left if value > 0),
            rest_negative=self.rest_negative + sum(value for value in left if value < 0),
            hidden=self.hidden + len(left),
        )


def break_down(result: xr.Dataset, product: str, by: By | str) -> Breakdown:
    """Return one product's footprint by process, elementary flow, gas, stage, location or component.

    Parameters
    ----------
    result : xarray.Dataset
        Under the written schema, with one rule set.
    product : str
        Key of the product.
    by : By
        Everything but the first tier, which a dataset does not hold (see `break_down_first_tier`).

    Raises
    ------
    ResultError
        If the result holds several rule sets or no such product, if the product has no number, or if the
        parts do not sum to its footprint.
    """
    by, own = By(by), _own(result, product)
    total = float(own["total"])
    counted = own["footprint"].where(own["in_total"], 0.0)
    if by in (By.GAS, By.STAGE, By.COMPONENT):
        dimension = str(by)
        sums = counted.sum([str(dim) for dim in counted.dims if dim != dimension])
        keys = [str(key) for key in sums[dimension].values]
        parts = [Part(key, _name(by, key), float(v)) for key, v in zip(keys, sums.values, strict=True)]
    else:
        parts = [*_emitting(own, by), *_without_process(counted)]
    return _checked(by, total, parts)


def break_down_first_tier(evaluation: Evaluation, column: int, demand: float) -> Breakdown:
    """Return a product's own direct emissions and each of its inputs with everything upstream of it.

    Parameters
    ----------
    evaluation : Evaluation
        The solved system.
    column : int
        Column of the product.
    demand : float
        Amount of its flow.
    """
    tier = first_tier(evaluation, column, demand)
    return _checked(By.FIRST_TIER, tier.footprint, parts_of_tier(evaluation, tier))


def parts_of_tier(evaluation: Evaluation, tier: Tier) -> list[Part]:
    """Return the direct emissions, the inputs, and what else belongs to one node of the upstream tree."""
    database, columns = evaluation.system.database, evaluation.system.columns
    names, places = database.column("processes", "name"), database.column("processes", "location")
    ids, flows = database.column("processes", "id"), database.column("flows", "id")
    parts = [Part("direct", message("breakdown.direct"), tier.direct)]
    for node in tier.inputs:
        process = int(columns.process[node.column])
        key = f"{ids[process]}/{flows[int(columns.flow[node.column])]}"
        parts.append(Part(key, str(names[process]), node.footprint, str(places[process])))
    scale = sum(abs(part.footprint) for part in parts)
    if abs(tier.rest) > CANCELLATION * max(scale, abs(tier.footprint)):
        parts.append(Part("beyond", message("breakdown.beyond"), tier.rest))
    return parts


def _own(result: xr.Dataset, product: str) -> xr.Dataset:
    if result.sizes["rule_set"] != 1:
        raise ResultError(
            f"the result holds {result.sizes['rule_set']} rule sets, and a breakdown shows one",
            why="numbers of several rule sets would be added",
            remedy="choose one: result.isel(rule_set=[0])",
        )
    known = [str(key) for key in result["product"].values]
    if product not in known:
        raise ResultError(
            f"the result has no product {product!r}", remedy=f"its products are: {', '.join(known)}"
        )
    own = result.isel(rule_set=0).sel(product=product)
    status = Status(str(own["status"].values))
    if not status.has_number:
        raise ResultError(
            f"product {product!r} has no footprint: {status}",
            why=message(f"status.{status}"),
            remedy="look at the findings, or choose another option of the slot that decided it",
        )
    return own


def _emitting(own: xr.Dataset, by: By) -> Iterable[Part]:
    if by is By.ELEMENTARY_FLOW:
        flows = own["flow_contribution"]
        keys, names = flows["elementary_flow"].values, flows["elementary_flow_name"].values
        return [
            Part(str(key), str(name), float(value))
            for key, name, value in zip(keys, names, flows.values, strict=True)
            if value
        ]
    values = own["process_contribution"].values
    places = own["process_location"].values.astype(str)
    if by is By.LOCATION:
        sums = [(str(place), float(values[places == place].sum())) for place in np.unique(places)]
        return [Part(place, _name(by, place), value) for place, value in sums if value]
    keys, names = own["process"].values, own["process_name"].values
    return [
        Part(str(keys[i]), str(names[i]), float(values[i]), str(places[i])) for i in np.flatnonzero(values)
    ]


def _without_process(counted: xr.DataArray) -> Iterable[Part]:
    """Return what is in the total and stems from no process upstream: weighting of years, and module D."""
    for component in (Component.DELAY_EFFECT, Component.MODULE_D):
        value = float(counted.sel(component=str(component)).sum())
        if value:
            yield Part(str(component), message(f"component.{component}"), value)


def _name(by: By, key: str) -> str:
    if by is By.GAS:
        return message("component.aggregated_co2e") if key == AGGREGATED_GAS else key
    if by is By.LOCATION:
        return key or message("breakdown.no_location")
    return message(f"{by}.{key}")


def _checked(by: By, total: float, parts: Sequence[Part]) -> Breakdown:
    shown = sorted((part for part in parts if part.footprint), key=lambda part: -abs(part.footprint))
    found = Breakdown(by, total, tuple(shown))
    summed = sum(part.footprint for part in shown)
    if abs(summed - total) > ROUNDING * max(found.gross, abs(total)):
        raise ResultError(
            f"the parts by {by} sum to {summed:.9g} kg CO2e, and the footprint is {total:.9g}",
            why="one of them is wrong",
            remedy="report this with the study: it is a defect",
        )
    return found
