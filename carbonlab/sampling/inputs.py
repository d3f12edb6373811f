"""What of an inventory is uncertain, and the drawn values of it.

An input is a number with a spread: the amount of an exchange, a parameter, a property of a flow, a stated
characterization factor. A drawn value is rounded to single precision, and that *is* the sample: every way of
computing with it starts from the same number.

An exchange may state a spread and a formula. **The spread goes before the formula**: the exchange is an input of its
own, and no uncertain parameter moves it, whether the exchange itself is varied or kept at its stated amount. Draws,
designs, derivatives, shares, perturbations and global sensitivities all keep to it; how many exchanges there are, the
results say. A parameter without a spread is not uncertain: nothing draws it, and who changes it on purpose moves every
exchange that its formulas compute. Pedigree scores are no stated spread: see `SamplingPlan.pedigree`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from carbonlab.errors import InventoryError, RefusedError, StudyError
from carbonlab.inventory.database import Database
from carbonlab.inventory.distributions import SPREAD_TABLES, usable
from carbonlab.inventory.parameters import ParameterTable
from carbonlab.inventory.points import LISTS
from carbonlab.sampling.designs import design_rows
from carbonlab.sampling.distributions import Shapes
from carbonlab.sampling.identities import identities_of
from carbonlab.sampling.pedigree import scored_rows
from carbonlab.sampling.plan import SamplingPlan
from carbonlab.sampling.streams import (
    LOG2_E,
    KeyArray,
    SingleArray,
    identity_hashes,
    keys_of,
    normals,
    powers_of_two,
    uniforms,
)
from carbonlab.vocabulary import DistributionKind

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

KINDS = tuple(DistributionKind)
BY_NORMALS = (DistributionKind.LOGNORMAL, DistributionKind.NORMAL)
"""Shapes whose streams are made of normals; the others are quantiles of uniforms."""
CENTERED = (
    DistributionKind.NORMAL,
    DistributionKind.GAMMA,
    DistributionKind.TRIANGULAR,
    DistributionKind.BETA_PERT,
)
"""Shapes that say around what they lie."""
SAME = 1e-6
"""How near two values have to be to be the same one, relative [-]."""
LARGEST = 1e30
"""Largest amount that may be drawn: single precision ends not far above."""
FARTHEST = 6.8
"""No normal of a stream is farther from 0."""
STATED = {"exchanges": "amount", "parameters": "amount", "properties": "value", "factors": "value"}
"""Column of each table whose numbers have the spread."""
NOT_PER_INPUT = ("plan", "points", "left_out", "recentered", "own_spread")
"""Fields of `Inputs` that are no array of one value for each input."""


@dataclass(frozen=True, eq=False)
class Inputs:
    """The uncertain numbers of an inventory under a plan; every array is (inputs,).

    Attributes
    ----------
    plan : SamplingPlan
    table : int
        Position in `carbonlab.inventory.distributions.SPREAD_TABLES`.
    row : int
        Row of that table.
    label : str
        ``table:identity``: what a design lists, and what streams are keyed by.
    key : uint64
        Of the stream.
    kind : int
        Position in `KINDS`.
    stated : float
        The amount or value as stated.
    loc, scale, minimum, maximum : float
        Of the distribution; of a lognormal `loc` is the median with its sign, as the plan keeps it.
    points : mapping of int to str
        Input → text of its list, for the shapes that are lists.
    left_out : mapping of str to int
        How many stated spreads are not drawn, by reason.
    recentered : int
        How many lognormals state a geometric mean other than their amount, which is what the draws keep.
    own_spread : int array (exchanges with a spread,)
        Rows of all exchanges with a spread of their own, ascending, those included that a design or a choice of inputs
        leaves out: no uncertain parameter moves them.
    """

    plan: SamplingPlan
    table: NDArray[np.int8]
    row: IntArray
    label: NDArray[np.object_]
    key: KeyArray
    kind: NDArray[np.int8]
    stated: FloatArray
    loc: FloatArray
    scale: FloatArray
    minimum: FloatArray
    maximum: FloatArray
    points: Mapping[int, str]
    left_out: Mapping[str, int]
    recentered: int
    own_spread: IntArray

    def __len__(self) -> int:
        return len(self.row)

    @cached_property
    def off_center(self) -> IntArray:
        """Inputs (positions) whose spread is not around the stated value: a normal or gamma with another mean, a
        triangle or beta-PERT with another mode. They are drawn as stated; lognormals keep their amount instead.
        """
        far = np.abs(self.loc - self.stated) > SAME * np.abs(self.stated)
        return np.flatnonzero(far & np.isin(self.kind, [KINDS.index(kind) for kind in CENTERED]))

    @cached_property
    def apart(self) -> IntArray:
        """Inputs (positions) whose stated value lies outside of the range that is drawn from."""
        found = np.zeros(len(self), bool)
        for own, shapes in self.shapes(np.arange(len(self))).values():
            stated = self.stated[own]
            slack = SAME * np.abs(stated)
            found[own] = (shapes.lowest() > stated + slack) | (shapes.highest() < stated - slack)
        return np.flatnonzero(found)

    def summary(self) -> dict[str, int]:
        """Return how many inputs there are, which of them are odd, and what is not drawn, for attributes of results."""
        return {
            "uncertain_inputs": len(self),
            "lognormals_recentered": self.recentered,
            "spreads_around_another_value": len(self.off_center),
            "spreads_without_the_stated_value": len(self.apart),
            **{f"not drawn: {reason}": count for reason, count in self.left_out.items()},
        }

    def of_table(self, name: str) -> IntArray:
        """Return the inputs (positions) that are numbers of a table."""
        return np.flatnonzero(self.table == SPREAD_TABLES.index(name))

    def shapes(self, inputs: IntArray) -> dict[DistributionKind, tuple[IntArray, Shapes]]:
        """Return positions within `inputs` and the distributions of some inputs, by kind."""
        found = {}
        for code in np.unique(self.kind[inputs]):
            own = np.flatnonzero(self.kind[inputs] == code)
            at = inputs[own]
            points = tuple(self.points[i] for i in at.tolist()) if KINDS[code] in LISTS else ()
            columns = (self.loc[at], self.scale[at], self.minimum[at], self.maximum[at])
            found[KINDS[code]] = (own.astype(np.int64), Shapes(KINDS[code], *columns, points))
        return found

    def draw(self, lanes: IntArray, inputs: IntArray | None = None) -> SingleArray:
        """Return the drawn values (inputs, lanes) of some draws; of all inputs if none are named."""
        return self._draw(lanes, inputs)[0]

    def crossings(self, lanes: IntArray) -> IntArray:
        """Return how often the draw of each input (inputs,) has not the sign of the stated value."""
        counts = np.zeros(len(self), np.int64)
        at = self.may_cross
        counts[at] = self._draw(lanes, at)[1].sum(axis=1)
        return counts

    @cached_property
    def may_cross(self) -> IntArray:
        """Inputs (positions) whose draws may have another sign than the stated value."""
        may = np.zeros(len(self), bool)
        for own, shapes in self.shapes(np.arange(len(self))).values():
            stated = self.stated[own]
            may[own] = np.where(stated < 0, shapes.highest() > 0, shapes.lowest() < 0) & (stated != 0)
        return np.flatnonzero(may)

    def _draw(self, lanes: IntArray, inputs: IntArray | None) -> tuple[SingleArray, NDArray[np.bool_]]:
        at = np.arange(len(self)) if inputs is None else inputs
        lanes = np.asarray(lanes, np.int64)
        values = np.empty((len(at), len(lanes)), np.float32)
        design = design_rows(self.plan, lanes) if self.plan.is_design else None
        for kind, (own, shapes) in self.shapes(at).items():
            if design is not None:
                values[own] = shapes.quantiles(design[at[own]])
            elif kind in BY_NORMALS:
                values[own] = _by_normals(kind, shapes, normals(self.key[at[own]], lanes))
            else:
                values[own] = shapes.quantiles(uniforms(self.key[at[own]], lanes))
        crossed = values * np.sign(self.stated[at])[:, None].astype(np.float32) < 0
        if self.plan.sign_changes == "clip":
            values[crossed] = 0.0
        return values, crossed


def single_numbers(kind: DistributionKind, shapes: Shapes) -> tuple[SingleArray, SingleArray]:
    """Return what a draw is made of from a normal z (inputs,): loc · 2^(scale · z), or loc + scale · z."""
    is_lognormal = kind is DistributionKind.LOGNORMAL
    scale = LOG2_E * np.log(shapes.scale) if is_lognormal else shapes.scale
    return shapes.loc.astype(np.float32), scale.astype(np.float32)


def _by_normals(kind: DistributionKind, shapes: Shapes, z: SingleArray) -> SingleArray:
    """Return draws of lognormals and normals from normals, in the single arithmetic of the compiled form."""
    loc, scale = (numbers[:, None] for numbers in single_numbers(kind, shapes))
    return loc * powers_of_two(scale * z) if kind is DistributionKind.LOGNORMAL else loc + scale * z


def inputs_of(database: Database, plan: SamplingPlan, *, identified: bool = True) -> Inputs:
    """Return what of an inventory is uncertain under a plan.

    Parameters
    ----------
    database : Database
    plan : SamplingPlan
    identified : bool
        False leaves labels and keys empty, which take most of the time: enough for the shapes of streams, and
        nothing can be drawn.

    Raises
    ------
    InventoryError
        If two numbers of a table cannot be told apart: they would share a stream.
    RefusedError
        If an amount is too large for single precision.
    StudyError
        If the plan lists an input that the inventory does not have.
    """
    identified = identified or plan.is_design
    parts = [_of_table(database, plan, name, identified) for name in SPREAD_TABLES]
    joined = {
        f.name: np.concatenate([getattr(part, f.name) for part in parts])
        for f in fields(Inputs)
        if f.name not in NOT_PER_INPUT
    }
    starts = np.cumsum([0, *(len(part) for part in parts)])
    points = {
        int(start) + i: text
        for start, part in zip(starts, parts, strict=False)
        for i, text in part.points.items()
    }
    left_out: dict[str, int] = {}
    for part in parts:
        for reason, count in part.left_out.items():
            left_out[reason] = left_out.get(reason, 0) + count
    found = Inputs(
        plan=plan,
        points=points,
        left_out=left_out,
        recentered=sum(part.recentered for part in parts),
        own_spread=parts[SPREAD_TABLES.index("exchanges")].row,
        **joined,
    )
    if identified:
        _check(found)
    return _chosen(found, plan) if plan.is_design else found


def _of_table(database: Database, plan: SamplingPlan, name: str, identified: bool) -> Inputs:
    drawable = usable(database, name)
    kinds, words = database.codes(name, "distribution")
    number = np.array([KINDS.index(DistributionKind(word)) for word in words] + [-1], np.int8)
    stated = database.column(name, STATED[name])
    columns = {f: database.column(name, f).copy() for f in ("loc", "scale", "minimum", "maximum")}
    kind = number[kinds]
    left_out = {"no usable spread": int(((kinds >= 0) & ~drawable).sum())}
    if plan.pedigree and name == "exchanges":
        without = np.flatnonzero(kinds < 0)
        moved = _moved_by_parameters(database, plan)
        scored, deviation, unreadable = scored_rows(database, plan, np.setdiff1d(without, moved))
        replaced = scored_rows(database, plan, np.intersect1d(without, moved))[0]
        left_out["pedigree scores of a formula whose parameters are drawn"] = len(replaced)
        kind[scored], columns["scale"][scored], columns["loc"][scored] = (
            KINDS.index(DistributionKind.LOGNORMAL),
            deviation,
            stated[scored],
        )
        drawable[scored] = True
        left_out["pedigree scores that cannot be read"] = unreadable
    lognormal = kind == KINDS.index(DistributionKind.LOGNORMAL)
    blank = drawable & lognormal & ~(np.abs(stated) > 0)
    left_out["lognormal at an amount of 0"] = int(blank.sum())
    drawable &= ~blank
    if name in ("properties", "factors"):  # they act as a multiple of what is stated
        nothing = drawable & (stated == 0)
        left_out["property or factor with a value of 0"] = int(nothing.sum())
        drawable &= ~nothing
    if name == "parameters":
        computed = drawable & (database.column(name, "formula") != "")
        left_out["parameter that a formula gives"] = int(computed.sum())
        drawable &= ~computed
    rows = np.flatnonzero(drawable)
    own = lognormal[rows]
    loc, scale = columns["loc"][rows], columns["scale"][rows]
    recentered = int((own & (np.abs(loc - stated[rows]) > SAME * np.abs(stated[rows]))).sum())
    kept = stated[rows]
    if plan.lognormal_keeps == "mean":
        kept = kept * np.exp(-(np.log(np.where(own, scale, 1.0)) ** 2) / 2)
    identities = identities_of(database, name, rows) if identified else []
    lists = [KINDS.index(kind) for kind in LISTS]
    listed = np.flatnonzero(np.isin(kind[rows], lists))
    texts = database.column(name, "points") if len(listed) else ()
    return Inputs(
        plan=plan,
        table=np.full(len(rows), SPREAD_TABLES.index(name), np.int8),
        row=rows.astype(np.int64),
        label=np.array([f"{name}:{text}" for text in identities], object),
        key=keys_of(identity_hashes(name, identities), seed=plan.seed),
        kind=kind[rows],
        stated=stated[rows],
        loc=np.where(own, kept, loc),
        scale=scale,
        minimum=columns["minimum"][rows],
        maximum=columns["maximum"][rows],
        points={int(i): str(texts[rows[i]]) for i in listed},
        left_out={reason: count for reason, count in left_out.items() if count},
        recentered=recentered,
        own_spread=np.empty(0, np.int64),
    )


def _moved_by_parameters(database: Database, plan: SamplingPlan) -> IntArray:
    """Return the exchanges (rows) whose formula uses a parameter that is drawn: a stated spread goes before scores."""
    drawn = _of_table(database, plan, "parameters", False).row
    return ParameterTable.of(database).rows_that_use(drawn) if len(drawn) else np.empty(0, np.int64)


def _check(inputs: Inputs) -> None:
    _, first, counts = np.unique(inputs.key, return_index=True, return_counts=True)
    if (counts > 1).any():
        label = inputs.label[first[counts > 1][0]]
        raise InventoryError(
            f"two uncertain numbers have the same identity: {label}",
            why="they would be drawn as one",
            remedy="give exchanges ids of their own, and state a parameter, property or factor once",
        )
    largest = np.fmax.reduce([np.abs(inputs.loc), np.abs(inputs.minimum), np.abs(inputs.maximum)])
    lognormal = inputs.kind == KINDS.index(DistributionKind.LOGNORMAL)
    wide = np.exp(FARTHEST * np.log(np.where(lognormal, inputs.scale, 1.0)))
    with np.errstate(over="ignore"):
        largest = np.where(wide < LARGEST, largest * wide, np.inf)
    far = np.flatnonzero(largest > LARGEST)
    if len(far):
        raise RefusedError(
            f"the spread of {inputs.label[far[0]]} reaches {largest[far[0]]:.3g}",
            why="draws are kept in single precision, which ends there",
            remedy="state the amount in a larger unit, or a smaller spread",
        )


def _chosen(inputs: Inputs, plan: SamplingPlan) -> Inputs:
    """Return the inputs that the plan lists, in its order: the columns of the design."""
    position = {label: i for i, label in enumerate(inputs.label)}
    missing = [label for label in plan.inputs if label not in position]
    if missing:
        raise StudyError(
            f"the sampling plan lists an input that is not there, or has no spread: {missing[0]}",
            why="the design would have a column that moves nothing",
            remedy="take it out of the list, or attach the database that it belongs to",
        )
    return taken(inputs, np.array([position[label] for label in plan.inputs], np.int64))


def taken(inputs: Inputs, at: IntArray) -> Inputs:
    """Return some of the inputs (positions), in that order."""
    arrays = {f.name: getattr(inputs, f.name)[at] for f in fields(Inputs) if f.name not in NOT_PER_INPUT}
    points = {new: inputs.points[old] for new, old in enumerate(at.tolist()) if old in inputs.points}
    return Inputs(
        plan=inputs.plan,
        points=points,
        left_out=inputs.left_out,
        recentered=inputs.recentered,
        own_spread=inputs.own_spread,
        **arrays,
    )
