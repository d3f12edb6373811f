"""Checks of time boundary, use stage and end of life."""

from __future__ import annotations

import re

import numpy as np

from carbonlab.conformity.context import Context, Product, listed
from carbonlab.conformity.registry import check
from carbonlab.conformity.verdicts import Outcome, for_a_person, met, not_applicable, not_met
from carbonlab.inventory.years import year_of
from carbonlab.rules.entries import IntArray
from carbonlab.rules.options.shares import property_of_columns
from carbonlab.system.scenario import Scenario, apply_scenario
from carbonlab.units import conversion_factor, is_convertible
from carbonlab.vocabulary import DataKind, FlowKind, LifeCycleStage

MONTHS = 12
MASS_TOLERANCE = 0.01
"""Mass of the product that may be missing from the routes at its end of life [share]: our choice."""

LINK = ("amount", "provider", "year_offset")
"""Columns of an exchange that a scenario may change."""

_DATE = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-\d{2})?$")


@check("T-01")
def period_is_stated(context: Context) -> Outcome:
    """The scope states the period, and the study its year."""
    text = context.study.scope.get("time_boundary", "").strip()
    if not text or year_of(context.study.reference_year) is None:
        return not_met(
            "missing: "
            + ", ".join(
                n
                for n, v in (("scope.time_boundary", text), ("reference_year", context.study.reference_year))
                if not v
            )
        )
    return met(f"reference year {context.study.reference_year}: {text}")


@check("T-02")
def a_year_is_covered(context: Context) -> Outcome:
    """Site and primary data state a period of twelve months or more."""
    own = (
        context.database.is_word("processes", "data_kind", DataKind.SITE, DataKind.PRIMARY)
        & context.runs_for_any
    )
    rows = np.flatnonzero(own & context.work.foreground)
    if not len(rows):
        return not_applicable("no process of the study has site or primary data")
    start, end = (context.database.column("processes", name) for name in ("valid_from", "valid_until"))
    short = [row for row in rows.tolist() if _months(str(start[row]), str(end[row])) < MONTHS]
    if not short:
        return met(
            f"{len(rows)} processes with data of at least {MONTHS} months: {context.process_names(rows)}"
        )
    text = context.study.scope.get("time_boundary", "").strip()
    if text:
        return for_a_person(
            f"less than {MONTHS} months, or no period: {context.process_names(short)}; the scope "
            f"says: {text}",
            short=len(short),
        )
    return not_met(
        f"less than {MONTHS} months, or no period, and no reason: {context.process_names(short)}",
        short=len(short),
    )


def _months(start: str, end: str) -> int:
    """Return the months from the begin of the first date to the end of the last; 0 if one is missing."""
    first, last = _DATE.match(start), _DATE.match(end)
    if not first or not last:
        return 0
    begin = int(first[1]) * 12 + int(first[2] or 1) - 1
    return int(last[1]) * 12 + int(last[2] or 12) - begin


def _with_stage(context: Context, stage: LifeCycleStage) -> list[Product]:
    return [product for product in context.products if str(stage) in context.stages_of(product)]


def _assumptions(context: Context, stage: LifeCycleStage) -> Outcome:
    modelled = _with_stage(context, stage)
    if not modelled:
        return not_applicable(f"nothing is modelled for the stage {stage}")
    text = context.study.scope.get("use_and_end_of_life", "").strip()
    if not text:
        return not_met(
            f"{stage} is modelled for {listed([p.unit.key for p in modelled])}, and "
            "scope.use_and_end_of_life is empty"
        )
    return met(text)


def _alternatives(context: Context, stage: LifeCycleStage) -> Outcome:
    """Return whether a scenario changes a link of a stage: amount (also by a parameter), supplier, year."""
    modelled = _with_stage(context, stage)
    if not modelled:
        return not_applicable(f"nothing is modelled for the stage {stage}")
    database = context.database
    process = database.column("exchanges", "process")
    own = database.column("exchanges", "stage")
    stages = np.where(own == "", database.column("processes", "stage")[process], own)
    inside = np.flatnonzero(context.is_foreground_exchange & (stages == str(stage)))
    testing = [scenario.key for scenario in context.scenarios if _changes_links(context, scenario, inside)]
    if not testing:
        return not_met(
            f"no scenario changes a link of the stage {stage}: {len(context.scenarios)} scenarios were given",
            scenarios=len(context.scenarios),
        )
    return met(f"tested by {listed(testing)}", scenarios=len(testing))


def _changes_links(context: Context, scenario: Scenario, rows: IntArray) -> bool:
    """Return whether exchanges of the foreground, which come first in the combined inventory, differ."""
    before, after = context.study.foreground, apply_scenario(context.study, scenario).foreground
    if before is None or after is None:
        return False
    pairs = ((db.column("exchanges", name)[rows] for db in (before, after)) for name in LINK)
    # NaN (no year is stated) equals itself here
    return any(bool(np.any((a != b) & ~((a != a) & (b != b)))) for a, b in pairs)


@check("U-01")
def use_is_stated(context: Context) -> Outcome:
    """Where use is modelled, the scope describes it."""
    return _assumptions(context, LifeCycleStage.USE)


@check("U-03")
def use_alternatives(context: Context) -> Outcome:
    """Where use is modelled, a scenario changes it."""
    return _alternatives(context, LifeCycleStage.USE)


@check("E-01")
def end_of_life_is_stated(context: Context) -> Outcome:
    """Where the end of life is modelled, the scope describes it."""
    return _assumptions(context, LifeCycleStage.END_OF_LIFE)


@check("E-03")
def end_of_life_alternatives(context: Context) -> Outcome:
    """Where the end of life is modelled, a scenario changes it."""
    return _alternatives(context, LifeCycleStage.END_OF_LIFE)


@check("E-02")
def routes_take_the_whole_mass(context: Context) -> Outcome:
    """Add the waste that enters routes at the end of life, and compare with the mass of the product."""
    modelled = _with_stage(context, LifeCycleStage.END_OF_LIFE)
    if not modelled:
        return not_applicable("nothing is modelled for the end of life")
    unknown, wrong, shares = [], [], []
    for product in modelled:
        mass, routed = _mass_of(context, product), _mass_routed(context, product)
        if not mass or routed is None:
            unknown.append(product.unit.key)
            continue
        shares.append(routed / mass)
        if abs(routed - mass) > MASS_TOLERANCE * mass:
            wrong.append(f"{product.unit.key}: {routed:.4g} of {mass:.4g} kg")
    if wrong:
        return not_met(
            f"the routes do not take the mass of the product: {listed(wrong)}", share_routed=min(shares)
        )
    if unknown:
        return for_a_person(
            f"no mass of the product, or no waste in kilograms at its end of life: {listed(unknown)}"
        )
    return met(
        f"the routes take {min(shares):.1%} to {max(shares):.1%} of the mass of the product",
        share_routed=min(shares),
    )


def _mass_of(context: Context, product: Product) -> float:
    """Return the mass of the reference flow [kg]; 0 if it is not known."""
    per_unit = property_of_columns(context.work, "mass")[product.column]
    return float(np.nan_to_num(per_unit)) * abs(product.demand)


def _mass_routed(context: Context, product: Product) -> float | None:
    """Return the mass of waste that links at the end of life hand over [kg]; None where there is no waste
    in units of mass.
    """
    database, pattern = context.database, context.system.technosphere_pattern
    table = context.work.technosphere
    flow, exchange = table.flow[pattern.entry], table.exchange[pattern.entry]
    own = database.column("exchanges", "stage")[exchange]
    of_process = database.column("processes", "stage")[table.process[pattern.entry]]
    stage = np.where(own == "", of_process, own)
    units = database.column("flows", "unit")
    is_mass = np.array([is_convertible(unit, "kg") for unit in units], bool)
    functional = np.isin(pattern.entry, context.system.columns.entry)
    here = (
        ~functional
        & context.work.foreground[table.process[pattern.entry]]
        & (stage == str(LifeCycleStage.END_OF_LIFE))
    )
    here &= is_mass[flow] & database.is_word("flows", "kind", FlowKind.WASTE)[flow]
    if not here.any():
        return None
    values = context.system.entry_values(context.work.amounts)[0][pattern.entry][here]
    kilograms = np.array([conversion_factor(unit, "kg") for unit in units[flow[here]]])
    return float(np.sum(np.abs(values) * kilograms * np.abs(product.scaling[pattern.column[here]])))
