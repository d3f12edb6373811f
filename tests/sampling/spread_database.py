"""A process whose inputs have every shape of spread."""

from __future__ import annotations

from carbonlab.inventory.builder import DatabaseBuilder
from carbonlab.inventory.database import Database
from carbonlab.inventory.records import DatabaseMeta, Distribution, Exchange, Flow, UnitProcess
from carbonlab.vocabulary import DistributionKind, FlowKind

KINDS = DistributionKind
SPREADS = {
    "lognormal": Distribution(kind=KINDS.LOGNORMAL, loc=2.0, scale=1.3),
    "negative": Distribution(kind=KINDS.LOGNORMAL, loc=-2.0, scale=1.3),
    "normal": Distribution(kind=KINDS.NORMAL, loc=5.0, scale=0.5),
    "triangular": Distribution(kind=KINDS.TRIANGULAR, minimum=1.0, loc=2.0, maximum=4.0),
    "uniform": Distribution(kind=KINDS.UNIFORM, minimum=-1.0, maximum=3.0),
    "beta_pert": Distribution(kind=KINDS.BETA_PERT, minimum=1.0, loc=2.0, maximum=6.0),
    "gamma": Distribution(kind=KINDS.GAMMA, loc=3.0, scale=0.6, minimum=1.0),
    "discrete": Distribution(kind=KINDS.DISCRETE, points="1:0.2; 2:0.5; 4:0.3"),
    "empirical": Distribution(kind=KINDS.EMPIRICAL, points="1; 1.5; 4; 5"),
    "broken": Distribution(kind=KINDS.LOGNORMAL, loc=2.0, scale=0.5),
}


def spread_database(*names: str, more: int = 0) -> Database:
    """Return a database with an input for each name, and some further processes with inputs of the same ids' flow."""
    builder = DatabaseBuilder(DatabaseMeta(name="spreads"))
    builder.flows.append(Flow(id="p", name="p", kind=FlowKind.PRODUCT, unit="kg"))
    for number in range(more):
        own = f"other_{number}"
        builder.flows.append(Flow(id=own, name=own, kind=FlowKind.PRODUCT, unit="kg"))
        made = Exchange(flow=own, is_input=False, amount=1.0, is_reference=True)
        used = Exchange(flow="p", is_input=True, amount=2.0, distribution=SPREADS["normal"])
        builder.processes.append(UnitProcess(id=own, name=own, exchanges=(made, used)))
    exchanges = [Exchange(flow="p", is_input=False, amount=1.0, is_reference=True, id="product")]
    exchanges += [
        Exchange(
            flow="p",
            is_input=True,
            amount=-2.0 if name == "negative" else 2.0,
            distribution=SPREADS[name],
            id=name,
        )
        for name in names
    ]
    builder.processes.append(UnitProcess(id="a", name="a", exchanges=tuple(exchanges)))
    return builder.build()
