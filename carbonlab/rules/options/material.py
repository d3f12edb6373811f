"""A material in the technosphere, its inputs replaced by the terms of a recycling formula.

A formula says what one unit of a material brings: Σ coefficient × process. Each input of the material (an
entry that is linked to a supplier) becomes one entry per term: its amount times the coefficient, as the named
factor *recycling*. Terms on the input side replace the entry; terms of the end of life are added beside it
and belong to that stage; a negative coefficient is a credit: an avoided input, with sign +.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from carbonlab.errors import NotFoundError, RuleError, UnitError
from carbonlab.inventory.records import Finding
from carbonlab.rules.entries import EntryTable, FloatArray, IntArray
from carbonlab.rules.registry import Parameters
from carbonlab.rules.selectors import named_rows
from carbonlab.rules.work import Work
from carbonlab.units import conversion_factor
from carbonlab.vocabulary import FlowKind, LifeCycleStage

SLOT = "slot recycling"
FOREGROUND, EVERYWHERE = "foreground", "everywhere"
AS_LINKED, AS_MODELLED = "", "as_modelled"
MATERIAL = {"material": (str,), "where": (str,), "replaces": (list,), "terms": (str,)}


@dataclass(frozen=True)
class Term:
    """One term of a formula, per unit of the material.

    Attributes
    ----------
    symbol : str
        As the formula writes it.
    coefficient : float
        [-]; negative: a credit.
    process : str
        Id of the process that supplies or treats; empty: the supplier that the input is linked to.
    at_end : bool
        Whether it belongs to the end of life.
    energy : float
        [MJ per unit of the material] where the process supplies energy; 0 for a process that handles the
        material itself.
    """

    symbol: str
    coefficient: float
    process: str
    at_end: bool = False
    energy: float = 0.0


def inputs_of_material(work: Work, rows: IntArray, parameters: Parameters, named: Sequence[str]) -> IntArray:
    """Return the inputs of the material among the entries that the line caught.

    Parameters
    ----------
    rows : int array
        Entries that the line caught.
    parameters : mapping
        `material` (id, name or pattern of a flow; else the line's selector says it) and `where`.
    named : sequence of str
        Ids of the processes of the formula: what they take in themselves is not replaced.

    Raises
    ------
    RuleError
        If nothing says which material is meant, or the rule acts on a foreground that is not there.
    """
    table = work.technosphere
    links = links_of(work)
    if "material" in parameters:
        rows = rows[named_rows(work.database, "flows", parameters["material"])[table.flow[rows]]]
    elif len(rows) == len(links) and len(np.unique(table.flow[rows])) > 1:
        raise RuleError(
            "the recycling rule does not say which material its numbers are for",
            where=SLOT,
            why="it would replace every input of every process",
            remedy='give the line a selector such as flow = "...", or the parameter material',
        )
    own = [_process(work, identity) for identity in named if identity not in (AS_LINKED, AS_MODELLED)]
    taken = (
        (table.sign[rows] < 0)
        & _inside(work, parameters)[table.process[rows]]
        & ~np.isin(table.process[rows], own)
    )
    return np.asarray(rows[taken])


def links_of(work: Work) -> IntArray:
    """Return the technosphere entries that are no functional flow: what the lines of the slot select from."""
    alive = work.technosphere.alive.copy()
    alive[work.columns.entry] = False
    return np.flatnonzero(alive)


def without_replaced(work: Work, parameters: Parameters) -> Work:
    """Drop the links that the formula stands for: flows that `replaces` names, as far as `where` goes.

    Raises
    ------
    RuleError
        If one of them names no link.
    """
    table, links = work.technosphere, links_of(work)
    inside = links[_inside(work, parameters)[table.process[links]]]
    for pattern in parameters.get("replaces", []):
        found = inside[named_rows(work.database, "flows", str(pattern))[table.flow[inside]]]
        if not len(found):
            raise RuleError(
                f"no process takes or hands over {pattern!r}",
                where=f"{SLOT}, parameter replaces",
                why="what the formula stands for would be counted beside it",
                remedy="name the id, name or pattern of a flow that the study links",
            )
        work = work.drop("technosphere", found[work.technosphere.alive[found]])
    return work


def apply_terms(work: Work, rows: IntArray, terms: Sequence[Term]) -> Work:
    """Replace inputs of a material by the terms of a formula; terms of coefficient 0 add nothing.

    Raises
    ------
    RuleError
        If a process of a term is not in the inventory, supplies nothing definite, or in a unit that does not
        convert.
    """
    used = [term for term in terms if term.coefficient and term.process != AS_MODELLED]
    inputs = [term for term in used if not term.at_end and term.coefficient > 0]
    others = [term for term in used if term not in inputs]
    added = _parts(work, rows, others)
    before = len(work.technosphere)
    if not inputs:
        work = work.drop("technosphere", rows)
    elif [(term.process, term.coefficient) for term in inputs] != [(AS_LINKED, 1.0)]:
        work = _split(work, rows, inputs)
    if added is None:
        return work
    first = len(work.technosphere)
    work = work.add("technosphere", added)
    at_end = np.repeat([term.at_end for term in others], len(rows))
    assert before <= first  # rows are only ever appended
    return work.put_at(LifeCycleStage.END_OF_LIFE, first + np.flatnonzero(at_end))


def apply_beyond(work: Work, rows: IntArray, terms: Sequence[Term]) -> Work:
    """Add the terms of a formula beyond the system boundary; the inputs may be dropped already."""
    added = _parts(work, rows, [term for term in terms if term.coefficient])
    if added is None:
        return work
    first = len(work.technosphere)
    own = first + np.arange(len(added))
    return work.add("technosphere", added).put_beyond(own).put_at(LifeCycleStage.END_OF_LIFE, own)


def _split(work: Work, rows: IntArray, terms: Sequence[Term]) -> Work:
    parts = _parts(work, rows, terms)
    if parts is None:
        return work
    first = len(work.technosphere)
    unit = parts.factors.get("unit", np.ones(len(parts)))
    work = work.split(
        "technosphere",
        parts.parent,
        np.repeat([t.coefficient for t in terms], len(rows)),
        provider=parts.provider,
        flow=parts.flow,
    )
    turned = np.flatnonzero(unit != 1.0)
    return work.factor("technosphere", first + turned, unit[turned], name="unit")


def _parts(work: Work, rows: IntArray, terms: Sequence[Term]) -> EntryTable | None:
    """Return one entry per term and input, in this order; None for nothing."""
    if not len(rows) or not terms:
        return None
    table = work.technosphere
    parts = [_part(work, rows, term) for term in terms]
    parents = np.tile(rows, len(terms))
    grown = table.split(
        parents,
        work.at[0],
        np.repeat([abs(term.coefficient) for term in terms], len(rows)),
        provider=np.concatenate([part[0] for part in parts]),
        flow=np.concatenate([part[1] for part in parts]),
    )
    fresh = _last(grown, len(parents))
    factors = dict(fresh.factors)
    for name, values in (("unit", [part[3] for part in parts]), ("energy", [part[4] for part in parts])):
        product = np.concatenate(values) * factors.get(name, np.ones(len(parents)))
        if (product != 1.0).any():
            factors[name] = product
    return replace(fresh, sign=np.concatenate([part[2] for part in parts]), factors=factors)


def _part(
    work: Work, rows: IntArray, term: Term
) -> tuple[IntArray, IntArray, FloatArray, FloatArray, FloatArray]:
    """Return provider, flow, sign, unit factor and energy content (rows,) of the entries of one term."""
    table, count = work.technosphere, len(rows)
    ones = np.ones(count)
    if term.process == AS_LINKED:
        process, flow = table.provider[rows], table.flow[rows]
        waste, unit, energy = False, ones, ones
    else:
        column = _column(work, term.process, term.symbol)
        wanted = int(work.columns.flow[column])
        process = np.full(count, work.columns.process[column], np.int64)
        flow = np.full(count, wanted, np.int64)
        waste = bool(work.database.is_word("flows", "kind", FlowKind.WASTE)[wanted])
        units = work.database.column("flows", "unit")
        given = ["MJ"] * count if term.energy else [str(units[f]) for f in table.flow[rows]]
        unit = np.array([_conversion(one, str(units[wanted]), term) for one in given])
        energy = ones * term.energy if term.energy else ones
    # a product is an input (−), a waste handed over for treatment an output (+); a credit is the opposite
    demand = 1.0 if waste else -1.0
    return process, flow, ones * (demand if term.coefficient > 0 else -demand), unit, energy


def _last(table: EntryTable, count: int) -> EntryTable:
    kept = {f.name: getattr(table, f.name)[-count:] for f in fields(table) if f.name != "factors"}
    return EntryTable(**kept, factors={name: values[-count:] for name, values in table.factors.items()})


def _inside(work: Work, parameters: Parameters) -> np.ndarray:
    where = parameters.get("where", FOREGROUND)
    if where not in (FOREGROUND, EVERYWHERE):
        raise RuleError(
            f"parameter 'where' of the recycling rule is {where!r}",
            where=SLOT,
            remedy=f"use {FOREGROUND!r} or {EVERYWHERE!r}",
        )
    if where == FOREGROUND and not work.foreground.any():
        raise RuleError(
            "the rule acts on the foreground, and there is none",
            where=f"{SLOT}, parameter where",
            why="the rule would change nothing",
            remedy=f"model a foreground, or set where = {EVERYWHERE!r}",
        )
    return work.foreground if where == FOREGROUND else np.ones_like(work.foreground)


def _process(work: Work, identity: str) -> int:
    try:
        return work.database.process_row(identity)
    except NotFoundError as error:
        raise RuleError(
            f"the process {identity!r} of the recycling rule is not in the inventory",
            where=SLOT,
            why="a term of the formula would be missing",
            remedy="name the id of a process; " + (error.remedy or "see carbonlab inspect"),
        ) from error


def _column(work: Work, identity: str, symbol: str) -> int:
    process = _process(work, identity)
    found = np.flatnonzero(work.columns.process == process)
    if len(found) > 1:
        exchanges = work.technosphere.exchange[work.columns.entry[found]]
        found = found[work.database.column("exchanges", "is_reference")[exchanges]]
    if len(found) != 1:
        raise RuleError(
            f"the process {identity!r} supplies nothing definite",
            where=f"{SLOT}, parameter {symbol}",
            why="it is not clear what the formula takes from it",
            remedy="name a process with one product or one waste that it treats",
        )
    return int(found[0])


def _conversion(unit: str, wanted: str, term: Term) -> float:
    if unit == wanted:
        return 1.0
    try:
        return conversion_factor(unit, wanted)
    except UnitError as error:
        raise RuleError(
            f"the material comes in {unit!r}, and {term.process!r} works in {wanted!r}",
            where=f"{SLOT}, parameter {term.symbol}",
            why="the amount would be wrong",
            remedy="name a process per unit of mass of the material (energy: per unit of energy)",
        ) from error


def unused(work: Work, code: str, detail: str = "") -> Work:
    """Return the work with the finding that the rule changed nothing."""
    return work.with_finding(Finding(code=code, detail=detail))
