"""What a view shows of a result under one rule set: plain values per product, read and never calculated."""

from __future__ import annotations

from dataclasses import dataclass, replace

import xarray as xr

from carbonlab.errors import NotFoundError, ResultError
from carbonlab.messages import message, shown_name
from carbonlab.report.figures import format_number
from carbonlab.system.study import Study, UnitOfAnalysis
from carbonlab.vocabulary import Component, Status

TOTAL = "total"
"""The part of a footprint that is the whole of it."""

PARTS = (TOTAL, *(str(component) for component in Component))
"""What a view can show: the total, or one component."""


@dataclass(frozen=True)
class Answer:
    """One product under one rule set.

    Attributes
    ----------
    name : str
        Of the product.
    amount : float
        [unit] of the product that the numbers are for.
    unit : str
        Of the amount.
    unit_type : str
        ``functional`` or ``declared``.
    status : Status
        What the numbers are worth.
    parts : mapping of part to float
        [kg CO2e], for each of `PARTS`; empty where the status says why there is none.
    apart : set of str
        Components that the rule set reports beside the total.
    """

    name: str
    amount: float
    unit: str
    unit_type: str
    status: Status
    parts: dict[str, float]
    apart: frozenset[str] = frozenset()


def answers_of(result: xr.Dataset) -> tuple[Answer, ...]:
    """Return the answers of a result that holds one rule set.

    Raises
    ------
    ResultError
        If the result holds several rule sets.
    """
    if result.sizes["rule_set"] != 1:
        raise ResultError(
            f"the result holds {result.sizes['rule_set']} rule sets, and a side of a view shows one",
            why="numbers of several rule sets would be added",
            remedy="choose one: result.isel(rule_set=[0])",
        )
    here = result.isel(rule_set=0)
    summed = here["footprint"].sum(["stage", "year", "gas"], skipna=False)  # no number stays no number
    values = dict(
        zip(here["component"].values.tolist(), summed.transpose("component", "product").values, strict=True)
    )
    values[TOTAL] = here["total"].values
    apart = frozenset(
        str(word)
        for word, counts in zip(here["component"].values, here["in_total"].values, strict=True)
        if not counts
    )
    names = ("product_name", "product_amount", "product_unit", "unit_type", "status")
    rows = zip(*(here[name].values.tolist() for name in names), strict=True)
    return tuple(
        Answer(
            name=str(name),
            amount=float(amount),
            unit=str(unit),
            unit_type=str(unit_type),
            status=Status(status),
            parts={part: float(values[part][place]) for part in PARTS} if Status(status).has_number else {},
            apart=apart,
        )
        for place, (name, amount, unit, unit_type, status) in enumerate(rows)
    )


def together(answers: tuple[Answer, ...]) -> dict[str, float]:
    """Return the sum of all answers by part; empty if one of them has no number."""
    if any(not answer.parts for answer in answers):
        return {}
    return {part: sum(answer.parts[part] for answer in answers) for part in PARTS}


def named_quantity(amount: float, unit: str, name: str) -> str:
    """Return a name that begins with amount and unit, as those that a study writes often do by themselves."""
    quantity = " ".join(part for part in (format_number(amount), unit) if part)
    shown = shown_name(name)
    return shown if name.startswith(f"{quantity} ") else f"{quantity} {shown}"


def functional_unit(unit: UnitOfAnalysis) -> str:
    """Return what the numbers of a unit of analysis are for: kind, amount, unit and name."""
    kind = message(f"widget.unit_{unit.unit_type}")
    return f"{kind}: {named_quantity(unit.amount, unit.unit, unit.name)}"


def functional_units(study: Study) -> str:
    """Return what the numbers of all units of analysis are for."""
    units = stated_units(study)
    kinds = " / ".join(dict.fromkeys(message(f"widget.unit_{unit.unit_type}") for unit in units))
    names = " · ".join(named_quantity(unit.amount, unit.unit, unit.name) for unit in units)
    return f"{kinds}: {names}"


def stated_units(study: Study) -> tuple[UnitOfAnalysis, ...]:
    """Return the units of analysis of a study, each with a unit: where it states none, that of the flow."""
    return tuple(
        unit if unit.unit else replace(unit, unit=_unit_of_flow(study, unit)) for unit in study.units
    )


def _unit_of_flow(study: Study, unit: UnitOfAnalysis) -> str:
    databases = [*([study.foreground] if study.foreground is not None else []), *study.databases]
    for database in databases:
        if not database.has_process(unit.process):
            continue
        functional = [one for one in database.process(unit.process).exchanges if one.is_reference]
        flow = unit.flow or (functional[0].flow if functional else "")
        for holder in databases:
            if flow in holder.column("flows", "id"):
                return str(holder.flow(flow).unit)
    return ""


def unit_of(study: Study, product: str = "") -> UnitOfAnalysis:
    """Return a unit of analysis of a study by its key, with its unit stated; the first one for no key.

    Raises
    ------
    NotFoundError
        If the study has no such product.
    """
    for unit in stated_units(study):
        if unit.key == product or not product:
            return unit
    raise NotFoundError(
        f"study {study.key!r} has no product {product!r}",
        remedy=f"its products are: {', '.join(unit.key for unit in study.units)}",
    )
