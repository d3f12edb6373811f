"""System boundary by life-cycle stages, modules and roles (ISO 14067 6.3.4, summary).

A rule without a selector acts on everything. "These stages, but no capital goods" is one line with
``without = ["capital_good"]``, or two lines of which the first selects the role.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from carbonlab.errors import RefusedError, RuleError
from carbonlab.inventory.records import Finding
from carbonlab.rules.entries import BoolArray, IntArray
from carbonlab.rules.registry import Parameters, register
from carbonlab.rules.selectors import Selector, flow_has_role
from carbonlab.rules.work import Work
from carbonlab.vocabulary import LifeCycleStage, Role, Severity

TO_GATE = (LifeCycleStage.RAW_MATERIAL, LifeCycleStage.PRODUCTION)
ROLES_OUT = {"without": (list,)}


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
    """Capital goods (role `capital_good`) are outside the boundary (PAS 2050:2011 6.4.4, recalled)."""
    return _without_roles(work, rows, [Role.CAPITAL_GOOD])


@register("boundary", "no_consumer_travel")
def no_consumer_travel(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Travel of consumers to the shop (role `consumer_travel`) is outside (PAS 2050:2011 6.5, summary)."""
    return _without_roles(work, rows, [Role.CONSUMER_TRAVEL])


@register("boundary", "no_packaging")
def no_packaging(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Packaging (role `packaging`) is outside the boundary (a choice of product category rules, own)."""
    return _without_roles(work, rows, [Role.PACKAGING])


@register("boundary", "without", parameters={"roles": (list,)})
def without(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Flows with one of the named roles are outside the boundary (ISO 14067 6.3.4, summary)."""
    roles = parameters.get("roles", [])
    if not roles:
        raise RuleError(
            "the boundary leaves out no role",
            where="slot boundary, option without",
            why="the rule would change nothing",
            remedy='set roles = ["capital_good", "consumer_travel"], or choose as_modelled',
        )
    return _without_roles(work, rows, roles)


@register("boundary", "stages", parameters={"keep": (list,), **ROLES_OUT})
def stages(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Only the named life-cycle stages are inside (ISO 14067 6.3.4, summary).

    It acts on what the study models: the foreground where there is one. What carries no stage stays.
    """
    keep = parameters.get("keep", [])
    unknown = sorted(set(keep) - set(LifeCycleStage))
    if not keep or unknown:
        raise RuleError(
            f"the boundary keeps the stages {keep!r}",
            where="slot boundary, option stages",
            why="a stage of another name would silently be left out",
            remedy=f"set keep to some of {', '.join(LifeCycleStage)}",
        )
    return _keep_stages(work, rows, keep, parameters)


@register("boundary", "cradle_to_gate", parameters=ROLES_OUT)
def cradle_to_gate(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Raw-material acquisition and production only: a partial footprint (ISO 14067 6.3.3, summary)."""
    return _keep_stages(work, rows, list(TO_GATE), parameters)


@register("boundary", "cradle_to_grave", parameters={"missing": (str,), **ROLES_OUT})
def cradle_to_grave(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """All five stages; one without a model is a finding, or refused on request (ISO 14067 6.3.4, summary).

    `missing = "refuse"` refuses it.
    """
    missing = parameters.get("missing", "finding")
    if missing not in ("finding", "refuse"):
        raise RuleError(
            f"parameter 'missing' is {missing!r}",
            where="slot boundary, option cradle_to_grave",
            remedy="use 'finding' or 'refuse'",
        )
    lacking = [
        stage for stage in LifeCycleStage if stage not in TO_GATE and not _at_stage(work, rows, stage).any()
    ]
    if lacking and missing == "refuse":
        raise RefusedError(
            f"the study models nothing for the stage {lacking[0]!s}",
            where="slot boundary, option cradle_to_grave",
            why="a stage left out has to be named, with its reason (ISO 14067 6.3.4)",
            remedy="model the stage in the foreground, or choose cradle_to_gate and a declared unit",
        )
    work = work.with_finding(
        *(Finding(code="boundary_stage_not_modelled", detail=str(stage)) for stage in lacking)
    )
    return _without_roles(work, rows, parameters.get("without", []))


@register("boundary", "modules", parameters={"keep": (list,), **ROLES_OUT})
def modules(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """The named modules of EN 15804+A2 (6.2, summary); module D is never added to A to C."""
    table = load_modules()
    keep = parameters.get("keep", [])
    unknown = sorted(set(keep) - set(table))
    if not keep or unknown:
        raise RuleError(
            f"the boundary keeps the modules {keep!r}",
            where="slot boundary, option modules",
            why="the inventory tells stages apart, not single modules",
            remedy=f"set keep to some of {', '.join(table)}",
        )
    beyond = [name for name in keep if table[name].get("credits")]
    if beyond and len(keep) > len(beyond):
        raise RuleError(
            f"the boundary adds module {beyond[0]} to {', '.join(n for n in keep if n not in beyond)}",
            where="slot boundary, option modules",
            why="benefits beyond the system boundary are reported apart (EN 15804+A2, summary)",
            remedy=f'keep the modules of the life cycle in one rule set, ["{beyond[0]}"] in another',
        )
    avoided = np.zeros(len(rows), bool)
    first = rows < len(work.technosphere)
    avoided[first] = work.database.column("exchanges", "is_avoided")[work.technosphere.exchange[rows[first]]]
    credit = avoided & _at_stage(work, rows, LifeCycleStage.END_OF_LIFE)
    if beyond and not work.foreground.any():
        raise RefusedError(
            "module D is asked of an inventory without a foreground",
            where="slot boundary, option modules",
            why="credits of the study could not be told from those of the background",
            remedy="model the end of life in a foreground",
        )
    if beyond:
        return exclude(work, rows[_modelled(work, rows) & ~credit & ~_leads_inward(work, rows)], {})
    work = exclude(work, rows[credit], {})
    kept = sorted({stage for name in keep for stage in table[name]["stages"]})
    return _keep_stages(work, rows[~credit], kept, parameters)


@cache
def load_modules() -> dict[str, dict[str, Any]]:
    """Return the packaged map of EN 15804+A2 modules to life-cycle stages.

    Examples
    --------
    >>> load_modules()["C1-C4"]["stages"]
    ['end_of_life']
    """
    text = (
        resources.files("carbonlab.rules.options")
        .joinpath("en15804_modules.toml")
        .read_text(encoding="utf-8")
    )
    return {str(name): dict(entry) for name, entry in tomllib.loads(text)["modules"].items()}


def _keep_stages(work: Work, rows: IntArray, keep: list[str], parameters: Parameters) -> Work:
    outside = np.zeros(len(rows), bool)
    staged = np.zeros(len(rows), bool)
    for stage in LifeCycleStage:
        here = _at_stage(work, rows, stage)
        staged |= here
        outside |= here & (stage not in keep)
    if len(rows) and not staged.any():
        work = work.with_finding(Finding(code="boundary_without_stages", detail=", ".join(keep)))
    elif not set(TO_GATE) <= set(keep):
        count = int((_modelled(work, rows) & ~staged).sum())
        if count:
            work = work.with_finding(
                Finding(code="boundary_unstaged_kept", amount=count, unit="exchanges", detail=", ".join(keep))
            )
    work = exclude(work, rows[outside], {})
    return _without_roles(work, rows[~outside], parameters.get("without", []))


def _modelled(work: Work, rows: IntArray) -> BoolArray:
    """Which rows belong to what the study models: its foreground, or everything where it has none."""
    inside = work.foreground if work.foreground.any() else np.ones_like(work.foreground, bool)
    return np.asarray(inside[process_of(work, rows)])


def _at_stage(work: Work, rows: IntArray, stage: str) -> BoolArray:
    """Which rows (rows,) of the foreground stand at a stage: their own, else that of their process."""
    count = len(work.technosphere)
    first = rows < count
    found = np.zeros(len(rows), bool)
    selector = Selector(stage=stage)
    found[first] = selector.catches_entries(work.database, work.technosphere, rows[first])
    found[~first] = selector.catches_entries(work.database, work.intervention, rows[~first] - count)
    return found & _modelled(work, rows)


def _leads_inward(work: Work, rows: IntArray) -> BoolArray:
    """Which rows (rows,) lead to a process of the foreground: credits further in are reached through them."""
    own = np.zeros(work.database.flows.num_rows, bool)
    columns = work.columns
    modelled = work.foreground if work.foreground.any() else np.ones_like(work.foreground, bool)
    own[columns.flow[modelled[columns.process]]] = True
    found = np.zeros(len(rows), bool)
    first = np.flatnonzero(rows < len(work.technosphere))
    found[first] = own[work.technosphere.flow[rows[first]]] & (work.technosphere.sign[rows[first]] < 0)
    return found


def process_of(work: Work, rows: IntArray) -> IntArray:
    """Return the process (rows,) of subjects that number technosphere entries first, then interventions."""
    count = len(work.technosphere)
    process = np.empty(len(rows), np.int64)
    first = rows < count
    process[first] = work.technosphere.process[rows[first]]
    process[~first] = work.intervention.process[rows[~first] - count]
    return process


def once(work: Work, *findings: Finding) -> Work:
    """Add findings that no earlier line of the rule added already."""
    known = {repr(finding) for finding in work.findings}  # NaN does not equal itself
    return work.with_finding(*(one for one in findings if repr(one) not in known))


def _without_roles(work: Work, rows: IntArray, roles: list[str]) -> Work:
    outside = np.zeros(len(rows), bool)
    first = np.flatnonzero(rows < len(work.technosphere))
    for role in roles:
        has = flow_has_role(work.database, Selector(role=str(role)).role)
        outside[first] |= has[work.technosphere.flow[rows[first]]]
        if not has.any():
            work = once(
                work, Finding(code="boundary_role_not_given", severity=Severity.INFO, detail=str(role))
            )
    return work.drop("technosphere", rows[outside])
