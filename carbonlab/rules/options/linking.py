"""Linking: which process supplies an input when the data name none, and what happens to inputs without any supplier.

A provider that the data state is always respected, and so is a single producer. The options decide the
rest: several producers of one flow.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from carbonlab.errors import RefusedError, RuleError
from carbonlab.inventory.records import Finding
from carbonlab.rules.entries import BoolArray, FloatArray, IntArray
from carbonlab.rules.registry import Parameters, register
from carbonlab.rules.selectors import flow_has_role
from carbonlab.rules.work import Work
from carbonlab.vocabulary import Role, Severity

Weigh = Callable[[Work, int, IntArray], FloatArray]
"""Takes the work, the entry and its candidate columns; returns their shares (candidates,), which sum to one."""

UNLINKED = {"unlinked": (str,), "declared_cut_off": (str,)}
"""Parameters of every option: ``unlinked`` (``leave_out``, ``refuse``) for inputs that nobody produces, and
``declared_cut_off`` (``link``, ``leave_out``) for flows cut off by name although a process puts them out."""

GLOBAL = ("GLO", "RoW", "")
"""Locations that stand for everywhere."""


@register("linking", "equal_split", parameters=UNLINKED)
def equal_split(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Several producers of one flow supply equal shares."""
    return link(work, rows, parameters, lambda work, row, found: np.full(len(found), 1 / len(found)))


@register("linking", "by_location", parameters=UNLINKED)
def by_location(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Producers at the consumer's location supply, else global ones, else all; equal shares within the group."""
    return link(work, rows, parameters, _nearest)


@register("linking", "by_share", parameters={**UNLINKED, "shares": (dict,)})
def by_share(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Producers supply the shares stated per process id; they have to sum to one for every flow that they meet."""
    shares = parameters.get("shares", {})
    ids = work.database.column("processes", "id")

    def stated(work: Work, row: int, found: IntArray) -> FloatArray:
        try:
            parts = np.array([float(shares.get(ids[p], 0.0)) for p in work.columns.process[found]])
        except (TypeError, ValueError) as error:
            raise RuleError(
                f"a share of the producers of {_flow(work, row)} is no number",
                where="slot linking, option by_share",
                why="it cannot be multiplied with",
                remedy="state shares as numbers between 0 and 1",
            ) from error
        if abs(parts.sum() - 1) > 1e-9 or (parts < 0).any():
            raise RuleError(
                f"the shares of the producers of {_flow(work, row)} sum to {parts.sum():g}",
                where="slot linking, option by_share",
                why="supply would be lost or made up",
                remedy=f"state shares that sum to one for {', '.join(ids[work.columns.process[found]])}",
            )
        return parts

    return link(work, rows, parameters, stated)


@register("linking", "stated", parameters={**UNLINKED, "providers": (dict,)})
def stated(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Flows come from the process stated for them (flow id → process id); other ambiguous flows are refused."""
    providers = parameters.get("providers", {})
    processes, flows = work.database.column("processes", "id"), work.database.column("flows", "id")

    def choose(work: Work, row: int, found: IntArray) -> FloatArray:
        wanted = providers.get(flows[work.technosphere.flow[row]])
        parts = np.array([processes[p] == wanted for p in work.columns.process[found]], float)
        if parts.sum() != 1:
            _refuse(work, row, found)
        return parts

    return link(work, rows, parameters, choose)


@register("linking", "refuse", parameters=UNLINKED)
def refuse(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """A flow with several producers and no stated provider is an error."""

    def choose(work: Work, row: int, found: IntArray) -> FloatArray:
        _refuse(work, row, found)
        raise AssertionError  # pragma: no cover

    return link(work, rows, parameters, choose)


def link(work: Work, rows: IntArray, parameters: Parameters, weigh: Weigh) -> Work:
    """Link technosphere entries to the processes that supply their flow.

    Raises
    ------
    RefusedError
        If an input has no producer and the rule says ``unlinked = "refuse"``.
    """
    unlinked = _choice(parameters, "unlinked", ("leave_out", "refuse"))
    stated_row, passed_over = _stated_providers(work, rows)
    if passed_over.any():
        work = work.with_finding(_passed_over(work, rows[passed_over]))
    flow = work.technosphere.flow[rows]
    order = np.argsort(work.columns.flow, kind="stable")
    sorted_flow = work.columns.flow[order]
    first, last = np.searchsorted(sorted_flow, flow, "left"), np.searchsorted(sorted_flow, flow, "right")
    is_stated = stated_row >= 0
    count = last - first
    if _choice(parameters, "declared_cut_off", ("link", "leave_out")) == "leave_out":
        # cut off by name stays cut off, even where some process puts out a flow of that name
        count[flow_has_role(work.database, Role.DECLARED_CUT_OFF)[flow] & ~is_stated] = 0
    single = ~is_stated & (count == 1)
    provider = np.where(is_stated, stated_row, -1)
    provider[single] = work.columns.process[order[first[single]]]
    known = provider >= 0
    work = work.relink(rows[known], provider[known])
    several = np.flatnonzero(~known & (count > 1))
    work = _link_several(work, [(int(rows[i]), order[first[i] : last[i]]) for i in several], weigh)
    return _leave_out(work, rows[~known & (count == 0)], unlinked)


def _choice(parameters: Parameters, name: str, words: tuple[str, ...]) -> str:
    """Return the value of a parameter; the first word is the default."""
    chosen = parameters.get(name, words[0])
    if chosen not in words:
        raise RuleError(
            f"parameter {name!r} of slot linking is {chosen!r}",
            where="slot linking",
            why="inputs would be left out or linked against what was meant",
            remedy=f"use {' or '.join(map(repr, words))}",
        )
    return str(chosen)


def _stated_providers(work: Work, rows: IntArray) -> tuple[IntArray, BoolArray]:
    """Return the process rows (rows,) that the data state and that do supply the flow, −1 for none.

    The second array (rows,) says where one is stated that does not supply it or is not there.
    """
    codes, words = work.database.codes("exchanges", "provider")
    if not words:
        return np.full(len(rows), -1, np.int64), np.zeros(len(rows), bool)
    process_rows = [
        work.database.process_row(word) if work.database.has_process(word) else -1 for word in words
    ]
    code = codes[work.technosphere.exchange[rows]]
    provider = np.array([*process_rows, -1], np.int64)[code]
    flows = work.database.flows.num_rows  # a process and a flow as one number: process × flows + flow
    supplied = np.sort(work.columns.process * flows + work.columns.flow)
    wanted = provider * flows + work.technosphere.flow[rows]
    first, last = np.searchsorted(supplied, wanted, "left"), np.searchsorted(supplied, wanted, "right")
    provider[first == last] = -1  # a provider of −1 makes a number below zero, which nobody supplies
    return provider, (code >= 0) & (provider < 0)


def _passed_over(work: Work, rows: IntArray) -> Finding:
    flows = list(dict.fromkeys(_flow(work, int(row)) for row in rows))
    detail = ", ".join(flows[:4]) + (f" and {len(flows) - 4} more" if len(flows) > 4 else "")
    return Finding(code="provider_does_not_supply", amount=len(rows), unit="inputs", detail=detail)


def _link_several(work: Work, ambiguous: list[tuple[int, IntArray]], weigh: Weigh) -> Work:
    parts_of, providers, factors = [], [], []
    for row, found in ambiguous:
        shares = weigh(work, row, found)
        for column, share in zip(found, shares, strict=True):
            if share:
                parts_of.append(row)
                providers.append(work.columns.process[column])
                factors.append(share)
    if not parts_of:
        return work
    rows = np.array(parts_of, np.int64)
    return work.split("technosphere", rows, np.array(factors), provider=np.array(providers, np.int64))


def _leave_out(work: Work, rows: IntArray, unlinked: str) -> Work:
    if len(rows) == 0:
        return work
    declared = flow_has_role(work.database, Role.DECLARED_CUT_OFF)[work.technosphere.flow[rows]]
    if unlinked == "refuse" and (~declared).any():
        row = int(rows[~declared][0])
        raise RefusedError(
            f"{int((~declared).sum())} inputs have no producer, the first being {_flow(work, row)}",
            where=f"process {_process(work, row)}",
            why="their upstream would be missing from the footprint",
            remedy="attach a database that produces them, or set unlinked = 'leave_out' in the linking rule",
        )
    work = work.drop("technosphere", rows)
    for code, severity, some in (
        ("input_left_out", Severity.WARNING, rows[~declared]),
        ("declared_cut_off", Severity.INFO, rows[declared]),
    ):
        if len(some):
            flows = np.unique(work.technosphere.flow[some])
            work = work.with_finding(
                Finding(
                    code=code,
                    severity=severity,
                    amount=len(some),
                    unit="inputs",
                    detail=f"{len(flows)} flows",
                )
            )
    return work


def _nearest(work: Work, row: int, found: IntArray) -> FloatArray:
    location = work.database.column("processes", "location")
    here = location[work.technosphere.process[row]]
    places = location[work.columns.process[found]]
    for group in (places == here, np.isin(places, GLOBAL)):
        if group.any():
            return np.asarray(group / group.sum())
    return np.full(len(found), 1 / len(found))


def _refuse(work: Work, row: int, found: IntArray) -> None:
    names = work.database.column("processes", "name")[work.columns.process[found]]
    raise RefusedError(
        f"{_flow(work, row)} has {len(found)} producers and none is stated",
        where=f"process {_process(work, row)}",
        why="the footprint depends on which one supplies",
        remedy=f"state a provider ({', '.join(names[:4])}) or choose linking = equal_split, by_location or by_share",
    )


def _flow(work: Work, row: int) -> str:
    return repr(work.database.flows["name"][int(work.technosphere.flow[row])].as_py())


def _process(work: Work, row: int) -> str:
    return repr(work.database.processes["name"][int(work.technosphere.process[row])].as_py())
