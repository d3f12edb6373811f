"""Checks of special greenhouse-gas flows: fossil, biogenic, land-use change, aircraft, delayed emissions."""

from __future__ import annotations

import numpy as np

from carbonlab.conformity.context import SIGNIFICANT, Context, Product, listed
from carbonlab.conformity.registry import check
from carbonlab.conformity.verdicts import Outcome, met, not_applicable, not_met, upstream
from carbonlab.vocabulary import Component

LATE = 10.0
"""Years after first use from which timing has to be declared [a] (ISO 14067 6.4.8, summary)."""

CARBON = ("biogenic_carbon", "carbon")
"""Properties of a product that state its carbon content."""


def _in_total_and_apart(context: Context, *components: Component) -> Outcome:
    """Return whether components are in the total, each as a component of its own with finite numbers."""
    known = set(context.here["component"].values.astype(str))
    missing = [str(component) for component in components if str(component) not in known]
    if missing:
        return not_met(f"the result does not show: {', '.join(missing)}")
    outside = [str(c) for c in components if not bool(context.here["in_total"].sel(component=str(c)))]
    values = {
        str(c): context.here["footprint"].sel(component=str(c)).sum(["stage", "year", "gas"])
        for c in components
    }
    if outside:
        return not_met(f"left out of the total: {', '.join(outside)}")
    texts = [
        f"{name} {float(v[p.position]):.4g} kg CO2e of {p.unit.key}"
        for name, v in values.items()
        for p in context.products
    ]
    if context.aggregated_share > SIGNIFICANT:
        return upstream(
            f"{context.aggregated_share:.1%} of a footprint arrived characterized and is not split; "
            f"the rest: {listed(texts)}",
            share=context.aggregated_share,
        )
    return met(listed(texts))


@check("X-01")
def fossil_is_shown(context: Context) -> Outcome:
    """Fossil emissions are a component of their own, in the total."""
    return _in_total_and_apart(context, Component.FOSSIL)


@check("X-02")
def biogenic_is_shown(context: Context) -> Outcome:
    """Biogenic emissions and uptake are components of their own, in the total, and no rule sets them to
    zero.
    """
    rule = context.rules.rules["biogenic_carbon"]
    zeroed = [line.option for line in rule.lines if line.option == "zero_zero"]
    if zeroed:
        return not_met(
            "biogenic carbon dioxide counts neither when taken up nor when released (slot "
            "biogenic_carbon: zero_zero)"
        )
    return _in_total_and_apart(context, Component.BIOGENIC_EMISSION, Component.BIOGENIC_UPTAKE)


@check("X-03")
def carbon_content_is_given(context: Context) -> Outcome:
    """A product at the gate that holds carbon (more was taken up than released) states how much."""
    declared = [product for product in context.products if product.unit.unit_type == "declared"]
    holding = [product for product in declared if _carbon_held(context, product) > SIGNIFICANT]
    if not holding:
        return not_applicable("no product at the gate holds biogenic carbon")
    stated = set(
        context.database.column("properties", "flow")[
            context.database.is_word("properties", "name", *CARBON)
        ].tolist()
    )
    bare = [p.unit.key for p in holding if int(context.system.columns.flow[p.column]) not in stated]
    if bare:
        return not_met(f"carbon content is not stated: {listed(bare)}", without_content=len(bare))
    return met(
        "carbon content is stated as a property, outside the footprint: "
        f"{listed([p.unit.key for p in holding])}"
    )


def _carbon_held(context: Context, product: Product) -> float:
    """Return the carbon dioxide taken up and not released, as a share of the absolute components [-]."""
    own = context.here.isel(product=product.position)
    if "CO2" not in own["gas"].values:
        return 0.0
    mass = own["inventory"].sel(gas="CO2").sum(["stage", "year"])
    released = mass.sel(component=[str(Component.BIOGENIC_EMISSION), str(Component.BIOGENIC_CO2)]).sum()
    held = float(mass.sel(component=str(Component.BIOGENIC_UPTAKE))) - float(released)
    total = float(abs(own["footprint"].sum(["stage", "year", "gas"])).sum())
    return held / total if total else 0.0


@check("X-04")
def land_use_change_is_shown(context: Context) -> Outcome:
    """Direct land-use change is a component of its own, in the total."""
    return _in_total_and_apart(context, Component.LAND_USE_CHANGE)


@check("X-07")
def no_aircraft_multiplier(context: Context) -> Outcome:
    """No entry carries a factor of the aviation slot other than 1."""
    factors = context.work.intervention.factors.get("aviation")
    if factors is None:
        return met(
            "no multiplier (slot aviation: "
            f"{listed([line.option for line in context.rules.rules['aviation'].lines])})"
        )
    rows = np.flatnonzero((factors != 1.0) & context.runs_for_any[context.work.intervention.process])
    if len(rows):
        exchanges = context.work.intervention.exchange[rows]
        return not_met(
            f"multiplied by up to {factors[rows].max():.3g}: {context.exchange_names(exchanges)}",
            largest_factor=float(factors[rows].max()),
        )
    return met("the aviation rule multiplies nothing that runs")


@check("X-08")
def delay_changes_nothing(context: Context) -> Outcome:
    """No factor of the timing slot in the total; emissions more than ten years late are declared in the
    scope.
    """
    factors = context.work.intervention.factors.get("timing")
    weighted = factors is not None and bool(
        ((factors != 1.0) & context.runs_for_any[context.work.intervention.process]).any()
    )
    delay = str(Component.DELAY_EFFECT)
    in_total = delay in set(context.here["component"].values.astype(str)) and bool(
        context.here["in_total"].sel(component=delay)
    )
    effect = float(np.abs(context.here["footprint"].sel(component=delay)).sum()) if in_total else 0.0
    if weighted or effect:
        return not_met("the delay of emissions changes the total (slot timing)", delay_effect_kg_co2e=effect)
    footprint = abs(context.here["footprint"])
    parts = footprint.sum([str(dim) for dim in footprint.dims if dim != "year"])
    late = [
        float(year) for year in context.here["year"].values if year > LATE and float(parts.sel(year=year)) > 0
    ]
    if late and not context.study.scope.get("use_and_end_of_life", "").strip():
        return not_met(
            f"emissions {max(late):g} years late, and the scope does not say so (scope.use_and_end_of_life)",
            latest_years=max(late),
        )
    words = (
        f"emissions up to {max(late):g} years late, given by year and described in the scope"
        if late
        else "no emission is more than ten years late"
    )
    return met(words)
