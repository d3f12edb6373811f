"""Small studies for sensitivities: a loop, co-products that share by price, parameters in formulas, a drawn factor."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from carbonlab.inventory.builder import DatabaseBuilder
from carbonlab.inventory.database import Database
from carbonlab.inventory.records import (
    DatabaseMeta,
    Distribution,
    Exchange,
    Flow,
    FlowProperty,
    Parameter,
    UnitProcess,
)
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.sampling.plan import SamplingPlan
from carbonlab.system.study import Study
from carbonlab.vocabulary import DistributionKind, FlowKind
from tests.tiny import GASES

K = DistributionKind


def lognormal(middle: float, deviation: float) -> Distribution:
    return Distribution(kind=K.LOGNORMAL, loc=middle, scale=deviation)


def normal(middle: float, deviation: float) -> Distribution:
    return Distribution(kind=K.NORMAL, loc=middle, scale=deviation)


def uniform(low: float, high: float) -> Distribution:
    return Distribution(kind=K.UNIFORM, minimum=low, maximum=high)


def chain_database(
    *,
    small: float = 1.0,
    formula: str = "4 * rate ^ 2 + waste",
    pedigree: str = "",
    drawn: bool = True,
    own: Distribution | None = None,
) -> Database:
    """A product from a mill with a co-product shared by price, electricity in a loop, a formula, and every kind of
    input uncertain; `small` scales all spreads, `pedigree` are scores of the formula, whose parameters may be `drawn`,
    and `own` a spread that is stated beside it.
    """
    builder = DatabaseBuilder(DatabaseMeta(name="chain"))
    builder.flows += [
        Flow(id=f, name=f, kind=FlowKind.PRODUCT, unit="kg") for f in ("board", "lumber", "chips", "power")
    ]
    builder.flows += [GASES["co2"], GASES["ch4"]]

    def out(flow: str, amount: float, spread: Distribution | None = None, reference: bool = True) -> Exchange:
        return Exchange(flow=flow, is_input=False, amount=amount, is_reference=reference, distribution=spread)

    def used(flow: str, amount: float, spread: Distribution | None = None, formula: str = "") -> Exchange:
        scores = pedigree if formula else ""
        return Exchange(
            flow=flow, is_input=True, amount=amount, distribution=spread, formula=formula, pedigree=scores
        )

    def gas(flow: str, amount: float, spread: Distribution | None = None) -> Exchange:
        return Exchange(flow=flow, is_input=False, amount=amount, distribution=spread)

    processes = {
        "joiner": (
            out("board", 1.0),
            used("lumber", 1.5, normal(1.5, 0.05 * small)),
            used("power", 4.5, own, formula),
        ),
        "mill": (
            out("lumber", 6.0, normal(6.0, 0.3 * small)),
            out("chips", 4.0, None, False),
            used("power", 2.0, lognormal(2.0, 1.2**small)),
            gas("co2", 5.0, lognormal(5.0, 1.1**small)),
        ),
        "plant": (
            out("power", 1.0),
            used("chips", 0.3, uniform(0.3 - 0.05 * small, 0.3 + 0.05 * small)),
            gas("co2", 0.8, normal(0.8, 0.05 * small)),
            gas("ch4", 0.01, lognormal(0.01, 1.5**small)),
        ),
    }  # fmt: skip
    builder.processes += [
        UnitProcess(
            id=key,
            name=key,
            exchanges=tuple(
                replace(e, id=f"{key} {e.flow} {'in' if e.is_input else 'out'}") for e in exchanges
            ),
        )
        for key, exchanges in processes.items()
    ]
    builder.properties += [
        FlowProperty(
            flow="lumber", name="price", value=3.0, unit="USD", distribution=normal(3.0, 0.3 * small)
        ),
        FlowProperty(flow="chips", name="price", value=0.5, unit="USD"),
    ]
    builder.parameters += [
        Parameter(name="rate", amount=1.0, distribution=normal(1.0, 0.05 * small) if drawn else None),
        Parameter(
            name="waste",
            amount=0.5,
            distribution=uniform(0.5 - 0.2 * small, 0.5 + 0.2 * small) if drawn else None,
        ),
    ]
    return builder.build()


def chain_study(*, small: float = 1.0, **more: Any) -> Study:
    rules = load_rule_set("default").replace(multifunctionality="price")
    study = Study.of(chain_database(small=small, **more), "joiner", amount=2.0, rule_sets=(rules,))
    return study.with_sampling(SamplingPlan(draws=4096, seed=0))
