"""A database of two processes in which every table has a row."""

from __future__ import annotations

from carbonlab.inventory.builder import DatabaseBuilder
from carbonlab.inventory.database import Database
from carbonlab.inventory.records import (
    AllocationShare,
    DatabaseMeta,
    Distribution,
    Exchange,
    Finding,
    Flow,
    FlowProperty,
    Parameter,
    Provenance,
    RoleAssignment,
    Source,
    StatedFactor,
    UnitProcess,
)
from carbonlab.vocabulary import (
    Confidence,
    Direction,
    DistributionKind,
    FlowKind,
    LifeCycleStage,
    Role,
    ValueKind,
)

STATED = Provenance(
    value_kind=ValueKind.MEASURED,
    year="2020",
    geography="CN",
    source="handbook",
    confidence=Confidence.HIGH,
    comment="table 3",
)


def small_builder() -> DatabaseBuilder:
    """Return a builder with a sawmill and a power plant."""
    builder = DatabaseBuilder(
        DatabaseMeta(
            name="small",
            version="1",
            licence="CC0",
            decided_upstream={"recycling": "cut_off"},
            description="锯材",
        )
    )
    builder.flows += [
        Flow(id="lumber", name="Sawn lumber", kind=FlowKind.PRODUCT, unit="m3", synonyms=("锯材", "boards")),
        Flow(id="chips", name="Wood chips", kind=FlowKind.PRODUCT, unit="kg"),
        Flow(
            id="power", name="Electricity, medium voltage", kind=FlowKind.PRODUCT, unit="kWh", location="CN"
        ),
        Flow(
            id="co2",
            name="Carbon dioxide",
            kind=FlowKind.ELEMENTARY,
            unit="kg",
            direction=Direction.EMITTED,
            cas="124-38-9",
        ),
    ]
    builder.processes += [
        UnitProcess(
            id="sawmill",
            name="Sawmill",
            location="CN",
            stage=LifeCycleStage.PRODUCTION,
            under_control=True,
            exchanges=(
                Exchange(flow="lumber", is_input=False, amount=1.0, is_reference=True),
                Exchange(flow="chips", is_input=False, amount=300.0),
                Exchange(
                    flow="power",
                    is_input=True,
                    amount=-0.0,
                    id="sawmill-power",
                    formula="5 * k",
                    provider="plant",
                    distribution=Distribution(kind=DistributionKind.LOGNORMAL, loc=40.0, scale=1.2),
                    provenance=STATED,
                ),
            ),
        ),
        UnitProcess(
            id="plant",
            name="Power plant",
            is_capital_good=True,
            exchanges=(
                Exchange(flow="power", is_input=False, amount=1.0, is_reference=True),
                Exchange(flow="co2", is_input=False, amount=0.9, provenance=STATED),
            ),
        ),
    ]
    builder.parameters.append(Parameter(name="k", amount=8.0, process="sawmill", exchange="sawmill-power"))
    builder.properties.append(FlowProperty(flow="lumber", name="mass", value=500.0, unit="kg"))
    builder.allocation.append(
        AllocationShare(process="sawmill", product="lumber", share=0.7, basis="physical")
    )
    builder.factors.append(StatedFactor(flow="co2", metric="GWP100", value=1.0))
    builder.roles.append(RoleAssignment(subject="flow", id="power", role=Role.ELECTRICITY, source="a person"))
    builder.sources.append(Source(id="handbook", citation="A handbook", year="2020"))
    builder.findings.append(Finding(code="unlinked", process="sawmill", flow="power", amount=2.0, unit="kWh"))
    return builder


def small_database() -> Database:
    """Return the built database."""
    return small_builder().build()
