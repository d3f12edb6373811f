"""Small inventories with spreads, and every draw of them solved densely."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from carbonlab.inventory.builder import DatabaseBuilder
from carbonlab.inventory.database import Database
from carbonlab.inventory.records import DatabaseMeta, Distribution, Exchange, Flow, UnitProcess
from carbonlab.monte_carlo.study_draws import StudyDrawer
from carbonlab.rules.ruleset import RuleSet
from carbonlab.sampling.plan import SamplingPlan
from carbonlab.system.study import Study, UnitOfAnalysis
from carbonlab.vocabulary import DistributionKind, FlowKind, LifeCycleStage
from tests.tiny import GASES

Spread = Distribution | None


def lognormal(middle: float, deviation: float) -> Distribution:
    return Distribution(kind=DistributionKind.LOGNORMAL, loc=middle, scale=deviation)


def normal(middle: float, deviation: float) -> Distribution:
    return Distribution(kind=DistributionKind.NORMAL, loc=middle, scale=deviation)


def made(flow: str, amount: float = 1.0, spread: Spread = None) -> Exchange:
    return Exchange(
        flow=flow, is_input=False, amount=amount, is_reference=True, distribution=spread, id="made"
    )


def used(flow: str, amount: float, spread: Spread = None, stage: LifeCycleStage | None = None) -> Exchange:
    return Exchange(
        flow=flow, is_input=True, amount=amount, distribution=spread, id=f"uses {flow}", stage=stage
    )


def emitted(gas: str, amount: float, spread: Spread = None) -> Exchange:
    return Exchange(flow=gas, is_input=False, amount=amount, distribution=spread, id=f"emits {gas}")


def inventory(name: str, processes: dict[str, tuple[Exchange, ...]]) -> Database:
    builder = DatabaseBuilder(DatabaseMeta(name=name))
    flows = sorted({exchange.flow for exchanges in processes.values() for exchange in exchanges})
    builder.flows += [
        GASES[f] if f in GASES else Flow(id=f, name=f, kind=FlowKind.PRODUCT, unit="kg") for f in flows
    ]
    builder.processes += [
        UnitProcess(id=key, name=key, exchanges=tuple(replace(e, id=f"{key} {e.id}") for e in exchanges))
        for key, exchanges in processes.items()
    ]
    return builder.build()


def loop_inventory(*, deviation: float = 1.2, more: bool = False) -> Database:
    """Steel and electricity feed each other; a widget is made of both; scenery stands beside."""
    processes = {
        "steel": (
            made("steel"),
            used("electricity", 0.5, lognormal(0.5, deviation)),
            emitted("co2", 2.0, normal(2.0, 0.2)),
        ),
        "electricity": (
            made("electricity"),
            used("steel", 0.4, lognormal(0.4, deviation)),
            emitted("co2", 0.8, lognormal(0.8, 1.1)),
            emitted("ch4", 0.01, lognormal(0.01, 2.0)),
        ),
        "widget": (made("widget"), used("steel", 3.0, lognormal(3.0, 1.05)), emitted("co2_biogenic", 0.5)),
        "scenery": (made("scenery"), used("widget", 1.0), emitted("co2", 1.0, lognormal(1.0, 3.0))),
    }  # fmt: skip
    if more:
        processes = {"another": (made("another"), used("steel", 1.0, lognormal(1.0, 1.5))), **processes}
    return inventory("loops", processes)


def loop_study(database: Database | None = None, *rule_sets: str | RuleSet, seed: int = 0) -> Study:
    units = (
        UnitOfAnalysis(key="widget", name="widgets", process="widget", amount=2.0),
        UnitOfAnalysis(key="steel", name="steel", process="steel", amount=1.0),
    )
    study = Study.of(database or loop_inventory(), "widget", rule_sets=rule_sets or ("default",))
    return replace(study, units=units, sampling=SamplingPlan(seed=seed, draws=192))


def dense_draws(study: Study, draws: int) -> np.ndarray:
    """Footprints (rule sets, products, draws), each from a dense solve of the matrices of the draw."""
    drawer = StudyDrawer(study, None, ())
    found = np.empty((len(study.rule_sets), len(drawer.products), draws))
    for number, evaluation in enumerate(drawer.evaluations):
        source = next(
            group.source
            for group, members in zip(drawer.groups, drawer._members, strict=True)
            if number in members
        )
        c = evaluation.factors @ evaluation.weights
        for draw in range(draws):
            matrices = source.system.matrices_for(
                source.amounts(np.array([draw]))[:, 0], weights=source.drawn.weights(np.array([draw]))[:, 0]
            )
            x = np.linalg.solve(matrices.A.toarray().T, matrices.B.T @ c)
            found[number, :, draw] = x[drawer.products.column] * drawer.products.demand
    return found
