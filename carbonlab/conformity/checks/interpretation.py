"""Checks of the interpretation: contributions, sensitivity, uncertainty, limitations."""

from __future__ import annotations

import numpy as np

from carbonlab.conformity.context import Context, listed
from carbonlab.conformity.registry import check
from carbonlab.conformity.verdicts import Outcome, met, not_met
from carbonlab.results.schema import CANCELLATION


@check("N-01")
def contributions_are_found(context: Context) -> Outcome:
    """Stages, processes and elementary flows each explain the whole footprint; the largest of each is
    named.
    """
    texts = []
    for product in context.products:
        own = context.here.isel(product=product.position)
        if not product.status.has_number:
            return not_met(f"{product.unit.key} has no number: {product.status}")
        counted = own["footprint"].where(own["in_total"], 0.0)
        views = {
            "stage": (counted.sum([d for d in counted.dims if d != "stage"]), "stage"),
            "process": (own["process_contribution"], "process_name"),
            "flow": (own["flow_contribution"], "elementary_flow_name"),
        }
        total = float(own["total"])
        names = []
        for view, (values, label) in views.items():
            gap = abs(float(values.sum()) - total) / max(abs(total), float(np.abs(values).sum()), 1e-300)
            if not gap <= CANCELLATION:
                return not_met(
                    f"{product.unit.key}: the contributions by {view} miss the footprint by {gap:.2g} of it",
                    relative_gap=gap,
                )
            names.append(str(values[label].values[int(np.argmax(np.abs(values.values)))]))
        texts.append(f"{product.unit.key}: largest {', '.join(names)}")
    return met(listed(texts))


@check("N-02")
def sensitivity_is_checked(context: Context) -> Outcome:
    """The study is shown under a scenario that changes something, or under a second rule set that decides
    otherwise.
    """
    changed = [scenario.key for scenario in context.scenarios if not scenario.is_default]
    digests = {e.system.rule_set.digest for e in context.evaluations}
    if not changed and len(digests) < 2:
        return not_met("one rule set and no scenario: nothing shows what the result is sensitive to")
    return met(
        f"{len(digests)} rule sets; scenarios: {listed(changed) or 'none'}",
        rule_sets=len(digests),
        scenarios=len(changed),
    )


@check("N-03")
def uncertainty_is_assessed(context: Context) -> Outcome:
    """The result has draws."""
    draws = context.result.sizes.get("draw", 0)
    if draws < 2:
        return not_met("the result is one number per product: static values, no draws", draws=draws)
    spread = context.result["total"].std("draw")
    return met(f"{draws} draws; standard deviation up to {float(spread.max()):.3g} kg CO2e", draws=draws)


@check("N-04")
def limitations_are_written(context: Context) -> Outcome:
    """The scope states limitations."""
    text = context.study.scope.get("limitations", "").strip()
    return met(text) if text else not_met("no limitations are written (scope.limitations)")
