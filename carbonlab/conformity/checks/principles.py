"""Checks of the principles and steps: proportional, complete, consistent, coherent, recomputable, nothing
twice.
"""

from __future__ import annotations

import numpy as np

from carbonlab.conformity.checks.allocation import like_processes_differ, share_sums
from carbonlab.conformity.context import SIGNIFICANT, Context, listed
from carbonlab.conformity.registry import check
from carbonlab.conformity.verdicts import Outcome, met, not_applicable, not_met, upstream
from carbonlab.provenance import canonical_json
from carbonlab.results.calculate import calculate
from carbonlab.results.schema import CANCELLATION
from carbonlab.vocabulary import Status

SUM_TOLERANCE = 1e-6


@check("P-02")
def is_proportional(context: Context) -> Outcome:
    """Solve for twice the demand: every total has to double, and to equal intensity times reference flow."""
    worst = 0.0
    intensity = context.evaluation.intensity()
    for product in context.products:
        if not product.status.has_number:
            return not_met(f"{product.unit.key} has no number: {product.status}")
        total = float(context.here["total"].isel(product=product.position))
        double = context.evaluation.run(product.column, 2 * product.demand).x
        scale = max(abs(total), float(context.contributions(product).sum()))
        forward = float(
            np.abs(double - 2 * product.scaling).max() / max(np.abs(product.scaling).max(), 1e-300)
        )
        adjoint = abs(float(intensity[product.column]) * product.demand - total) / scale if scale else 0.0
        worst = max(worst, forward, adjoint)
        if adjoint > CANCELLATION or forward > CANCELLATION:
            return not_met(
                f"{product.unit.key}: the total {total:.6g} kg CO2e is not intensity times reference flow",
                relative_difference=worst,
            )
    return met(
        f"{len(context.products)} products: twice the demand gives twice the footprint",
        relative_difference=worst,
    )


@check("P-04")
def is_complete(context: Context) -> Outcome:
    """No product may lack inputs, here or upstream; what is cut off by a rule has its bill (B-05, B-07)."""
    broken = [f"{p.unit.key} ({p.status})" for p in context.products if p.status != Status.COMPLETE]
    lost = context.left_out("linking")
    if broken:
        return not_met(
            f"incomplete: {listed(broken)}; inputs without a producer: "
            f"{context.exchange_names(lost) or 'none'}",
            inputs_left_out=len(lost),
        )
    declared = context.left_out("linking", declared=True)
    return met(
        f"every input is linked; {len(declared)} were cut off by the data supplier",
        inputs_declared_cut_off=len(declared),
    )


@check("P-05")
def is_consistent(context: Context) -> Outcome:
    """Like processes share by like bases, and nothing that arrived characterized is in another metric or
    vintage.
    """
    unlike = like_processes_differ(context)
    if unlike:
        return not_met(f"processes with the same co-products share by different bases: {unlike}")
    mixed = sorted({f.flow for f in context.evaluation.findings if f.code == "aggregated_metric_differs"})
    used = set(
        context.database.column("flows", "id")[
            context.database.column("exchanges", "flow")[context.significant]
        ]
    )
    strange = sorted(set(mixed) & used)
    if strange:
        return not_met(f"characterized elsewhere in another metric or vintage: {context.flow_names(strange)}")
    return met(f"one rule set ({context.rules.key}); like processes share by the same basis")


@check("P-06")
def names_its_standard(context: Context) -> Outcome:
    """The rule set cites ISO 14067 or GB/T 24067, and every reference of a line is in its list."""
    rules = context.rules
    citations = [str(dict(entry).get("citation", "")) for entry in rules.references.values()]
    parents = [text for text in citations if "14067" in text or "24067" in text]
    dangling = sorted(
        {
            line.reference.source
            for rule in rules.rules.values()
            for line in rule.lines
            if line.reference.source not in {*rules.references, "", "own"}
        }
    )
    if dangling:
        return not_met(f"rules refer to sources that the rule set does not list: {listed(dangling)}")
    if not parents:
        return not_met(
            f"rule set {rules.key} cites neither ISO 14067 nor GB/T 24067; it cites: "
            f"{listed(citations) or 'nothing'}"
        )
    return met(f"rule set {rules.key} cites {listed(parents)}")


@check("P-07")
def uncertainty_is_stated(context: Context) -> Outcome:
    """Every significant emission value states a spread or pedigree scores."""
    rows = context.significant
    has = (context.database.codes("exchanges", "distribution")[0] >= 0) | (
        context.database.codes("exchanges", "pedigree")[0] >= 0
    )
    bare = rows[~has[rows]]
    if len(bare):
        return not_met(
            f"{len(bare)} of {len(rows)} values that make {SIGNIFICANT:.0%} or more state no spread: "
            f"{context.exchange_names(bare)}",
            without_spread=len(bare),
        )
    return met(
        f"all {len(rows)} values that make {SIGNIFICANT:.0%} or more state a spread", with_spread=len(rows)
    )


@check("P-08")
def recomputes(context: Context) -> Outcome:
    """Calculate the study again and compare totals and digests."""
    attrs = context.result.attrs
    if attrs.get("study_digest") != context.study.digest:
        return not_met(
            f"the result belongs to study {attrs.get('study_digest')}, this one is {context.study.digest}"
        )
    if attrs.get("database_digests") != canonical_json(
        {db.meta.name: db.digest for db in context.study.databases}
    ):
        return not_met("the result was made with other databases")
    again = calculate(context.study, context.rules)["total"].isel(rule_set=0).transpose("product").values
    before = context.here["total"].transpose("product").values
    scale = np.array(
        [
            max(abs(t), float(context.contributions(p).sum()))
            for t, p in zip(before, context.products, strict=True)
        ]
    )
    difference = float(np.nanmax(np.abs(again - before) / np.where(scale > 0, scale, 1.0), initial=0.0))
    if not (np.isnan(again) == np.isnan(before)).all() or difference > CANCELLATION:
        return not_met(
            f"calculated again, a total differs by {difference:.2g} of its contributions",
            relative_difference=difference,
        )
    return met(
        f"calculated again: the same within {difference:.1g}; study {context.study.digest}",
        relative_difference=difference,
    )


@check("P-09")
def nothing_twice(context: Context) -> Outcome:
    """Shares of co-products sum to one, and no certificate of electricity is claimed twice."""
    wrong = {name: total for name, total in share_sums(context).items() if abs(total - 1) > SUM_TOLERANCE}
    if wrong:
        name, total = next(iter(wrong.items()))
        return not_met(f"the shares of {name} sum to {total:.6g}", sum_of_shares=total)
    lines = context.rules.rules["electricity"].lines
    claims = [
        str(one.get("certificate", "")) for line in lines for one in line.parameters.get("instruments", [])
    ]
    twice = sorted({claim for claim in claims if claim and claims.count(claim) > 1})
    if twice:
        return not_met(f"certificates claimed twice: {listed(twice)}")
    return met(
        f"{len(share_sums(context))} allocated exchanges sum to one; {len(claims)} electricity "
        "instruments, each claimed once"
    )


@check("S-01")
def has_four_steps(context: Context) -> Outcome:
    """Goal, scope, inventory, result and limitations are there."""
    study = context.study
    missing = [
        name
        for name, there in (
            ("goal", bool(study.goal)),
            ("scope", bool(study.scope)),
            ("inventory", context.database.exchanges.num_rows > 0),
            ("impact assessment", bool(np.isfinite(context.here["total"].values).any())),
            ("interpretation (scope.limitations)", bool(study.scope.get("limitations"))),
        )
        if not there
    ]
    return (
        not_met(f"missing: {', '.join(missing)}")
        if missing
        else met("goal, scope, inventory, impact assessment and limitations are there")
    )


@check("S-02")
def partial_has_all_gases(context: Context) -> Outcome:
    """Of declared units: no emission of a running process is dropped by the boundary or lacks a factor."""
    if all(product.unit.unit_type != "declared" for product in context.products):
        return not_applicable("all units are functional")
    gone = [line.rows for line in context.work.log if line.table == "intervention" and line.verb == "drop"]
    rows = np.concatenate(gone) if gone else np.empty(0, np.int64)
    rows = rows[context.runs_for_any[context.work.intervention.process[rows]]]
    exchanges = context.work.intervention.exchange[rows]
    if len(rows):
        return not_met(
            f"emissions left out by a rule: {context.exchange_names(exchanges)}", emissions_left_out=len(rows)
        )
    bare = gases_without_factor(context)
    if bare:
        return not_met(f"gases without a factor: {context.flow_names(bare)}", gases_without_factor=len(bare))
    if context.aggregated_share > SIGNIFICANT:
        return upstream(
            f"{context.aggregated_share:.1%} of a footprint arrived characterized: its gases cannot be seen",
            share=context.aggregated_share,
        )
    return met("no emission of the processes is left out")


@check("S-03")
def parts_add_up(context: Context) -> Outcome:
    """Contributions of processes and of elementary flows each sum to the total."""
    worst = 0.0
    for product in context.products:
        own = context.here.isel(product=product.position)
        total, scale = (
            float(own["total"]),
            max(abs(float(own["total"])), float(context.contributions(product).sum()), 1e-300),
        )
        for view in ("process_contribution", "flow_contribution"):
            gap = abs(float(own[view].sum()) - total) / scale
            worst = max(worst, gap)
            if not gap <= CANCELLATION:
                return not_met(
                    f"{product.unit.key}: {view.replace('_', ' ')}s miss the total by {gap:.2g}",
                    relative_gap=gap,
                )
    return met(f"processes and flows each sum to the total, within {worst:.1g}", relative_gap=worst)


def gases_without_factor(context: Context) -> list[str]:
    """Return ids of climate-relevant flows without a factor that running processes exchange."""
    codes = {"climate_flow_without_factor", "climate_flow_unit", "climate_flow_excluded"}
    found = {f.flow for f in context.evaluation.findings if f.code in codes and f.flow}
    process = context.database.column("exchanges", "process")
    used = context.database.column("flows", "id")[
        context.database.column("exchanges", "flow")[context.runs_for_any[process]]
    ]
    return sorted(found & set(used))
