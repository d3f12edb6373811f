"""Multifunctionality: how the burdens of a process are shared among its co-products (ISO 14044 4.3.4, recalled).

Shares are per (entry, co-product) and sum to one. A share by a property is ``w_c a_c / Σ w a``: it is
recomputed with the amounts in every draw. Substitution lives in its own module.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from carbonlab.errors import RefusedError, RuleError
from carbonlab.inventory.records import Finding
from carbonlab.rules.entries import FloatArray, IntArray
from carbonlab.rules.options.inherent import keep_inherent
from carbonlab.rules.options.shares import Shares, shares_by
from carbonlab.rules.registry import Parameters, register
from carbonlab.rules.work import Work
from carbonlab.vocabulary import Basis, Severity, Status

DEFAULT_CHAIN = (Basis.STATED, Basis.MASS, Basis.ENERGY, Basis.REFERENCE)
INHERENT = {"inherent": (list,)}


@register("multifunctionality", "default_chain", parameters=INHERENT)
def default_chain(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """The first basis that the data offer: stated factors, mass, energy, else the reference flow carries all."""
    return allocate(work, rows, DEFAULT_CHAIN, parameters)


@register("multifunctionality", "stated", parameters=INHERENT)
def stated(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """The allocation factors that the data supplier states."""
    return allocate(work, rows, (Basis.STATED,), parameters)


@register("multifunctionality", "mass", parameters=INHERENT)
def mass(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Shares by mass [kg]."""
    return allocate(work, rows, (Basis.MASS,), parameters)


@register("multifunctionality", "energy", parameters=INHERENT)
def energy(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Shares by energy content [MJ]."""
    return allocate(work, rows, (Basis.ENERGY,), parameters)


@register("multifunctionality", "price", parameters=INHERENT)
def price(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Shares by revenue (price × amount)."""
    return allocate(work, rows, (Basis.PRICE,), parameters)


@register("multifunctionality", "property", parameters={**INHERENT, "name": (str,)})
def by_property(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Shares by any property of the co-products, named in `name`."""
    if not parameters.get("name"):
        raise RuleError(
            "the option 'property' names no property",
            where="slot multifunctionality, option property",
            why="no process would have a basis",
            remedy='add parameters = { name = "..." }',
        )
    return allocate(work, rows, (parameters["name"],), parameters)


@register("multifunctionality", "equal", parameters=INHERENT)
def equal(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Every co-product carries the same share, whatever its amount."""
    return allocate(work, rows, (Basis.EQUAL,), parameters)


@register("multifunctionality", "reference_flow", parameters=INHERENT)
def reference_flow(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """The reference flow carries all; co-products carry nothing."""
    return allocate(work, rows, (Basis.REFERENCE,), parameters)


@register("multifunctionality", "refuse")
def refuse(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """A process with several products is an error."""
    if len(rows):
        name = work.database.processes["name"][int(rows[0])].as_py()
        raise RefusedError(
            f"{len(rows)} processes have several products, the first being {name!r}",
            why="the rule refuses to share burdens",
            remedy="subdivide the process, or choose another option of the slot multifunctionality",
        )
    return work


def allocate(work: Work, rows: IntArray, chain: tuple[str, ...], parameters: Parameters) -> Work:
    """Share the burdens of processes by the first basis of the chain that the data offer for all their products.

    A process for which the chain ends without a basis gets the status NO_BASIS: its products have no number.
    """
    left = np.asarray(rows, np.int64)
    used: list[tuple[str, IntArray, Shares]] = []
    for basis in chain:
        shares = shares_by(work, basis)
        offered = left[shares.offered[left]]
        used.append((basis, offered, shares))
        left = left[~shares.offered[left]]
    for position, (basis, processes, shares) in enumerate(used):
        work = _share(work, processes, basis, shares)
        if position:
            work = work.with_finding(*_fallbacks(work, processes, chain[:position], basis))
    work = _without_basis(work, left, chain)
    shared = np.setdiff1d(rows, left)
    return keep_inherent(work, shared, parameters.get("inherent", []), _nominal_shares(work, used))


def _nominal_shares(work: Work, used: list[tuple[str, IntArray, Shares]]) -> FloatArray:
    """Return the share (columns,) of each column; NaN for none, or where exchanges have shares of their own."""
    number = np.full(len(work.columns), np.nan)
    process_of = work.database.column("exchanges", "process")
    for _, processes, shares in used:
        differing = np.array([process_of[exchange] for exchange, _ in shares.by_exchange], np.int64)
        own = np.isin(work.columns.process, np.setdiff1d(processes, differing))
        number[own] = shares.number[own]
    return number


def _share(work: Work, processes: IntArray, basis: str, shares: Shares) -> Work:
    inside = np.zeros(work.database.processes.num_rows, bool)
    inside[processes] = True
    own = inside[work.columns.process]
    columns = work.columns
    columns = replace(
        columns,
        basis=np.where(own, basis, columns.basis),
        weight=np.where(own, shares.weight, columns.weight),
    )
    work = replace(work, columns=columns)
    for table in ("technosphere", "intervention"):
        entries = work.technosphere if table == "technosphere" else work.intervention
        rows = np.flatnonzero(entries.alive & inside[entries.process] & (entries.column < 0))
        parent, column = _pairs(entries.process[rows], columns.process, own)
        factor = shares.of(entries.exchange[rows[parent]], column)
        taken = factor != 0
        weighted = ~np.isnan(columns.weight[column])
        work = work.split(
            table,
            rows[parent[taken]],
            factor[taken],
            column=column[taken],
            share_column=np.where(weighted, column, -1)[taken],
        )
    return work


def _pairs(processes: IntArray, of_column: IntArray, own: np.ndarray) -> tuple[IntArray, IntArray]:
    """Return (position, column) pairs: every entry position with every column of its process."""
    columns = np.flatnonzero(own)
    columns = columns[np.argsort(of_column[columns], kind="stable")]
    first = np.searchsorted(of_column[columns], processes, "left")
    count = np.searchsorted(of_column[columns], processes, "right") - first
    parent = np.repeat(np.arange(len(processes)), count)
    step = np.arange(len(parent)) - np.repeat(np.cumsum(count) - count, count)
    return parent, columns[np.repeat(first, count) + step]


def _fallbacks(work: Work, processes: IntArray, missing: tuple[str, ...], basis: str) -> list[Finding]:
    ids = work.database.column("processes", "id")
    return [
        Finding(
            code="allocation_fallback",
            severity=Severity.WARNING if basis == Basis.REFERENCE else Severity.INFO,
            process=ids[row],
            detail=f"no {', no '.join(missing)}: {basis}",
        )
        for row in processes
    ]


def without_column(work: Work, processes: IntArray) -> Work:
    """Give the products of processes without a basis the status NO_BASIS; drop what was to be shared."""
    lost = np.isin(work.columns.process, processes)
    status = np.where(lost, Status.NO_BASIS, work.columns.status)
    work = replace(work, columns=replace(work.columns, status=status))
    for table, entries in (("technosphere", work.technosphere), ("intervention", work.intervention)):
        unshared = entries.alive & (entries.column < 0) & np.isin(entries.process, processes)
        work = work.drop(table, np.flatnonzero(unshared))
    return work


def _without_basis(work: Work, processes: IntArray, chain: tuple[str, ...]) -> Work:
    if len(processes) == 0:
        return work
    work = without_column(work, processes)
    ids = work.database.column("processes", "id")
    return work.with_finding(
        *(Finding(code="no_allocation_basis", process=ids[row], detail=", ".join(chain)) for row in processes)
    )
