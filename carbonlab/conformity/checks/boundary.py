"""Checks of boundary and cut-off: stated, without offsets, and with a bill of what was left out."""

from __future__ import annotations

import numpy as np

from carbonlab.conformity.context import Context, listed
from carbonlab.conformity.registry import check
from carbonlab.conformity.verdicts import Outcome, met, not_applicable, not_met
from carbonlab.rules.registry import option_of
from carbonlab.rules.ruleset import Line
from carbonlab.rules.selectors import flow_has_role
from carbonlab.units import is_convertible
from carbonlab.vocabulary import Role

LEAVING_OUT = ("boundary", "cut_off")
"""Slots whose rules leave things out on purpose."""


@check("B-01")
def boundary_is_stated(context: Context) -> Outcome:
    """The scope describes boundary and system, and the study models or names the processes inside."""
    missing = [name for name in ("boundary", "system") if not context.study.scope.get(name, "").strip()]
    if missing:
        return not_met(f"the scope does not state: {', '.join(missing)}")
    inside = np.flatnonzero(context.work.foreground & context.runs_for_any)
    names = context.process_names(inside) if len(inside) else "no process of its own"
    return met(
        f"stated; {int(context.runs_for_any.sum())} processes run, modelled by the study: {names}",
        processes=int(context.runs_for_any.sum()),
    )


@check("B-02")
def no_offsets(context: Context) -> Outcome:
    """No exchange of a flow whose role is offset; a study that has one is refused before it is solved."""
    used = flow_has_role(context.database, Role.OFFSET)[context.database.column("exchanges", "flow")]
    rows = np.flatnonzero(used)
    if len(rows):
        return not_met(f"offsets: {context.exchange_names(rows)}", offsets=len(rows))
    return met("no flow of the inventory is an offset")


@check("B-03")
def left_out_with_reason(context: Context) -> Outcome:
    """Whatever a rule leaves out is left out by a cited line; what has no producer is a stated limitation."""
    uncited = [
        f"{slot} {line.option}"
        for slot in LEAVING_OUT
        for line in _acting(context, slot)
        if not (line.reference.source or line.reference.note)
    ]
    if uncited:
        return not_met(f"rules leave exchanges out and do not say where that is written: {listed(uncited)}")
    loose = np.concatenate([context.left_out("linking"), context.left_out("linking", declared=True)])
    if len(loose) and not context.study.scope.get("limitations", "").strip():
        return not_met(
            f"inputs have no producer and the scope states no limitations: {context.exchange_names(loose)}",
            inputs_left_out=len(loose),
        )
    by_rule = sum(len(context.left_out(slot)) for slot in LEAVING_OUT)
    return met(
        f"{by_rule} exchanges left out by cited rules, {len(loose)} inputs without a producer under "
        "stated limitations",
        left_out=by_rule,
    )


@check("B-05")
def effect_of_cut_off(context: Context) -> Outcome:
    """Everything cut off, by a rule or for want of a producer, has an estimate of what it stands for."""
    lost = context.left_out("linking")
    if len(lost):
        return not_met(
            f"inputs without a producer, whose effect nobody can estimate: {context.exchange_names(lost)}",
            inputs_left_out=len(lost),
        )
    cut = context.left_out("cut_off")
    billed = {
        int(row): float(value)
        for bill in context.work.bills
        for row, value in zip(bill.exchange, bill.impact, strict=True)
    }
    unknown = [row for row in cut.tolist() if not np.isfinite(billed.get(row, np.nan))]
    if unknown:
        return not_met(
            f"cut off without an estimate: {context.exchange_names(unknown)}", without_estimate=len(unknown)
        )
    if not len(cut):
        return met("nothing is cut off, and every input has a producer")
    coverage = min(bill.lowest_coverage for bill in context.work.bills)
    return met(
        f"{len(cut)} exchanges cut off, all estimated; at least {coverage:.1%} of contributions kept",
        coverage=coverage,
    )


@check("B-06")
def excluded_after_a_first_pass(context: Context) -> Outcome:
    """Rules that leave out by significance ask for the system solved without them; others leave out
    unseen.
    """
    acting = [(slot, line) for slot in LEAVING_OUT for line in _acting(context, slot)]
    if not acting:
        return not_applicable("no rule leaves anything out")
    unseen = [
        f"{slot} {line.option}" for slot, line in acting if not option_of(slot, line.option).needs_reference
    ]
    if unseen:
        return not_met(f"left out without looking at significance: {listed(unseen)}", rules=len(unseen))
    return met(
        f"judged in a system solved without the exclusion: {listed([line.option for _, line in acting])}"
    )


@check("B-07")
def ledger_of_cut_off(context: Context) -> Outcome:
    """Every exchange that the cut-off rule dropped stands in a bill with its greenhouse gases; with mass
    or energy if measured in them.
    """
    cut = context.left_out("cut_off")
    if not len(cut):
        return not_applicable("the cut-off rule leaves nothing out")
    units = context.database.column("flows", "unit")[context.database.column("exchanges", "flow")]
    described = {
        int(row)
        for bill in context.work.bills
        for row, mass, energy, impact in zip(bill.exchange, bill.mass, bill.energy, bill.impact, strict=True)
        if np.isfinite(impact)
        and (np.isfinite(mass) or np.isfinite(energy) or not _has_mass_or_energy(units[row]))
    }
    missing = [row for row in cut.tolist() if row not in described]
    if missing:
        return not_met(
            f"not in the bill with greenhouse gases and mass or energy: {context.exchange_names(missing)}",
            missing=len(missing),
        )
    return met(f"{len(cut)} exchanges in the bill: {context.exchange_names(cut)}", cut_off=len(cut))


def _has_mass_or_energy(unit: str) -> bool:
    return is_convertible(unit, "kg") or is_convertible(unit, "MJ")


def _acting(context: Context, slot: str) -> list[Line]:
    """Return the lines of a slot's rule that dropped something of a running process."""
    rule = context.rules.rules[slot]
    found = []
    for entry in context.work.log:
        if entry.slot == slot and entry.verb == "drop":
            processes = getattr(context.work, entry.table).process[entry.rows]
            if context.runs_for_any[processes].any() and rule.lines[entry.line] not in found:
                found.append(rule.lines[entry.line])
    return found
