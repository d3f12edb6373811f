"""A study whose names and texts are all Chinese, so that whatever is English in its report comes from the package."""

from __future__ import annotations

from functools import cache
from typing import Any

from carbonlab.compare.side_by_side import summarize_side_by_side
from carbonlab.inventory.builder import DatabaseBuilder
from carbonlab.inventory.database import Database
from carbonlab.inventory.records import DatabaseMeta, Exchange, Flow, RoleAssignment, Source, UnitProcess
from carbonlab.messages import in_language
from carbonlab.report.summary import summarize
from carbonlab.results.calculate import collect, evaluate
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.system.study import Study, UnitOfAnalysis
from carbonlab.vocabulary import CarbonOrigin, Direction, FlowKind, LifeCycleStage, Role

TOTAL = 850.0
"""700 kg of calcination, and 100 kWh of electricity at 1.5 kg each [kg CO2e per 1 t of cement]."""


def chinese_database() -> Database:
    """Return a plant for cement and a power station."""
    builder = DatabaseBuilder(
        DatabaseMeta(name="水泥示例清单", version="1", licence="示例", description="说明")
    )
    builder.flows = [
        Flow(id="cement", name="水泥", kind=FlowKind.PRODUCT, unit="kg"),
        Flow(id="power", name="电力", kind=FlowKind.PRODUCT, unit="kWh"),
        Flow(
            id="co2",
            name="二氧化碳",
            kind=FlowKind.ELEMENTARY,
            unit="kg",
            direction=Direction.EMITTED,
            compartment="air",
            cas="124-38-9",
            origin=CarbonOrigin.FOSSIL,
        ),
    ]
    builder.processes = [
        UnitProcess(
            id="kiln",
            name="水泥窑",
            location="CN",
            stage=LifeCycleStage.PRODUCTION,
            exchanges=(
                Exchange(id="kiln1", flow="cement", is_input=False, amount=1.0, is_reference=True),
                Exchange(id="kiln2", flow="power", is_input=True, amount=0.1),
                Exchange(id="kiln3", flow="co2", is_input=False, amount=0.7),
            ),
        ),
        UnitProcess(
            id="station",
            name="燃煤电厂",
            location="CN",
            exchanges=(
                Exchange(id="station1", flow="power", is_input=False, amount=1.0, is_reference=True),
                Exchange(id="station2", flow="co2", is_input=False, amount=1.5),
            ),
        ),
    ]
    builder.roles = [RoleAssignment(subject="flow", id="power", role=Role.ELECTRICITY)]
    builder.sources = [Source(id="s", citation="某年鉴", year="2024")]
    return builder.build()


def chinese_study() -> Study:
    """Return the question of the footprint of 1 t of cement, under two rule sets."""
    return Study(
        key="shuini",
        title="普通硅酸盐水泥",
        units=(
            UnitOfAnalysis(key="cement", name="一吨普通水泥", process="kiln", amount=1.0, unit="t"),
            UnitOfAnalysis(key="power", name="一千瓦时电力", process="station", amount=1.0, unit="kWh"),
        ),
        databases=(chinese_database(),),
        rule_sets=(load_rule_set("gbt-24067-2024"), load_rule_set("ghgp-product-2011")),
        goal={"application": "测试"},
        scope={"boundary": "从摇篮到大门", "limitations": "数值为虚构"},
        reference_year="2024",
    )


@cache
def summary_in(language: str) -> dict[str, Any]:
    """Return the summary of the study in a language."""
    study = chinese_study()
    with in_language(language):
        evaluations = evaluate(study)
        result = collect(study, evaluations)
        summary = summarize(study, evaluations, result)
        summary["comparison"] = summarize_side_by_side(study, result)
    return summary
