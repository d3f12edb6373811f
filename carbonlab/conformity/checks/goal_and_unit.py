"""Checks of goal, scope, unit, reference flow and comparisons."""

from __future__ import annotations

import math
from itertools import combinations

from carbonlab.conformity.comparability import comparable, only
from carbonlab.conformity.context import Context, listed
from carbonlab.conformity.registry import check
from carbonlab.conformity.verdicts import Outcome, met, not_applicable, not_met
from carbonlab.results.schema import CANCELLATION
from carbonlab.system.study import GOAL, SCOPE
from carbonlab.vocabulary import LifeCycleStage


def _missing(given: object, names: tuple[str, ...]) -> list[str]:
    return [name for name in names if not str(dict(given).get(name, "")).strip()]  # type: ignore[call-overload]


@check("G-01")
def goal_is_stated(context: Context) -> Outcome:
    """The four fields of the goal."""
    missing = _missing(context.study.goal, GOAL)
    return (
        not_met(f"the goal does not state: {', '.join(missing)}")
        if missing
        else met("application, reasons, audience, communication")
    )


@check("G-02")
def scope_is_stated(context: Context) -> Outcome:
    """The twelve fields of the scope."""
    missing = _missing(context.study.scope, SCOPE)
    return (
        not_met(f"the scope does not state: {', '.join(missing)}", missing=len(missing))
        if missing
        else met("all twelve topics are stated")
    )


@check("G-03")
def unit_fits_the_boundary(context: Context) -> Outcome:
    """A declared unit reaches neither use nor end of life; a functional unit says what is delivered, and
    in which unit.
    """
    late = {str(LifeCycleStage.USE), str(LifeCycleStage.END_OF_LIFE)}
    whole = [
        p.unit.key
        for p in context.products
        if p.unit.unit_type == "declared" and late <= context.stages_of(p)
    ]
    if whole:
        return not_met(
            "declared units with use and end of life modelled, which asks for a functional unit: "
            f"{listed(whole)}"
        )
    vague = [
        p.unit.key
        for p in context.products
        if p.unit.unit_type == "functional" and not (p.unit.unit and p.unit.name.strip())
    ]
    if vague or not all(math.isfinite(p.unit.amount) and p.unit.amount for p in context.products):
        return not_met(f"units that cannot be measured, for want of a unit or of words: {listed(vague)}")
    if (
        any(p.unit.unit_type == "functional" for p in context.products)
        and not context.study.scope.get("functions", "").strip()
    ):
        return not_met(
            "a functional unit, and the scope does not say what the product does (scope.functions)"
        )
    return met(
        listed(
            [f"{p.unit.key}: {p.unit.unit_type}, {p.unit.amount:g} {p.unit.unit}" for p in context.products]
        )
    )


@check("G-04")
def reference_flow_is_linked(context: Context) -> Outcome:
    """The dataset asks for the same amount as the study, in a stated unit, and its total is intensity
    times that amount.
    """
    units = context.here["product_unit"].values.astype(str)
    amounts = context.here["product_amount"].values
    intensity = context.evaluation.intensity()
    for product in context.products:
        unit = product.unit
        if not unit.unit:
            return not_met(
                f"{unit.key} states no unit: {unit.amount:g} of the reference flow could be anything"
            )
        if units[product.position] != unit.unit or amounts[product.position] != unit.amount:
            return not_met(
                f"{unit.key}: the result is per {amounts[product.position]:g} "
                f"{units[product.position]}, the study asks for {unit.amount:g} {unit.unit}"
            )
        total, expected = (
            float(context.here["total"][product.position]),
            float(intensity[product.column]) * product.demand,
        )
        if not abs(total - expected) <= CANCELLATION * max(
            abs(expected), float(context.contributions(product).sum())
        ):
            return not_met(
                f"{unit.key}: the total is {total:.6g}, {unit.amount:g} {unit.unit} of the reference "
                f"flow give {expected:.6g} kg CO2e"
            )
    return met(
        listed(
            [
                f"{p.unit.key}: {p.unit.amount:g} {p.unit.unit} = {p.demand:g} of the reference flow"
                for p in context.products
            ]
        )
    )


@check("G-05")
def unit_of_the_category_rule(context: Context) -> Outcome:
    """The unit converts to the one that a product category rule fixes."""
    category = getattr(context.rules, "category", None)
    if category is None:
        return not_applicable(f"rule set {context.rules.key} is no product category rule")
    wrong = [
        f"{p.unit.key} ({p.unit.unit or 'no unit'})"
        for p in context.products
        if not category.fits_unit(p.unit.unit)
    ]
    if wrong:
        return not_met(f"the category rule asks for {category.unit}; not so: {listed(wrong)}")
    return met(f"all units convert to {category.unit}, as the category rule asks")


@check("G-07")
def compared_like_with_like(context: Context) -> Outcome:
    """Of products that the study compares, each pair has to be comparable."""
    if len(context.compared) < 2:
        return not_applicable("the study is not said to compare products")
    for first, second in combinations(context.compared, 2):
        found = comparable(only(context.study, first), only(context.study, second))
        if not found.may_be_compared:
            return not_met(f"{first} and {second}: {'; '.join(found.reasons)}", reasons=len(found.reasons))
    return met(f"{listed(context.compared)} have the same unit, boundary, data rules and allocation")


@check("X-10")
def tracked_alike(context: Context) -> Outcome:
    """Against an earlier study: same unit, boundary and rules."""
    if context.earlier is None:
        return not_applicable("no earlier study is tracked")
    found = comparable(context.study, context.earlier)
    if not found.may_be_compared:
        return not_met(
            f"not comparable with {context.earlier.key}: {'; '.join(found.reasons)}",
            reasons=len(found.reasons),
        )
    return met(
        f"comparable with {context.earlier.key} ({context.earlier.reference_year or 'no reference year'})"
    )
