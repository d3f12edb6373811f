"""Two tiny studies in good order, and the means to break one thing in them.

`life` is cradle to grave (functional unit), `gate` cradle to gate (declared unit). All numbers are invented.
"""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from carbonlab.conformity.context import Context
from carbonlab.inventory.database import Database
from carbonlab.inventory.edits import with_numbers, with_words
from carbonlab.results.calculate import collect, evaluate
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.rules.ruleset import Line, Reference, Rule, RuleSet
from carbonlab.system.scenario import Change, Scenario, Subject
from carbonlab.system.study import GOAL, SCOPE, Study, UnitOfAnalysis
from tests.tiny import tiny_database

BACKGROUND = """
[flows]
power = "kWh"
ore = "kg"
steel = "kg"
slag = "kg"
haul = "t*km"
old_widget = "kg waste"
[roles]
power = "electricity"
[[processes]]
id = "grid"
out = { power = 1, co2 = 0.5, ch4 = 0.002 }
in = { haul = { amount = 0.001, provider = "truck" } }
[[processes]]
id = "truck"
out = { haul = 1, co2 = 0.1 }
[[processes]]
id = "mine"
out = { ore = 1, co2 = 0.05 }
[[processes]]
id = "furnace"
out = { steel = 1, slag = 0.25, co2 = 1.5 }
in = { ore = { amount = 1.5, provider = "mine" } }
[[processes]]
id = "forest"
out = { wood = 1 }
in = { co2_taken = 1.8 }
[[processes]]
id = "landfill"
reference = "old_widget"
in = { old_widget = 1 }
out = { co2 = 0.2, co2_biogenic = 0.9 }
"""

FOREGROUND = """
[flows]
power = "kWh"
steel = "kg"
haul = "t*km"
wood = "kg"
old_widget = "kg waste"
widget = "kg"
service = "item"
[[processes]]
id = "plant"
out = { widget = 1 }
[processes.in]
steel = { amount = 0.5, provider = "furnace", stage = "raw_material_acquisition" }
wood = { amount = 0.5, provider = "forest", stage = "raw_material_acquisition" }
power = { amount = 2, provider = "grid", stage = "production" }
[[processes]]
id = "life"
out = { service = 1, old_widget = { amount = 1, provider = "landfill", stage = "end_of_life" } }
[processes.in]
widget = { amount = 1, provider = "plant" }
haul = { amount = 0.3, provider = "truck", stage = "distribution" }
power = { amount = 4, provider = "grid", stage = "use" }
[[properties]]
flow = "widget"
property = "biogenic_carbon"
value = 0.245
unit = "kg C"
[[properties]]
flow = "service"
property = "mass"
value = 1
"""

Spec = dict[str, Any]
"""The two inventories as data, before they are built: ``background`` and ``foreground``."""


def inventories() -> tuple[Spec, Spec]:
    """Return foreground and background as data that a test may change."""
    foreground, background = tomllib.loads(FOREGROUND), tomllib.loads(BACKGROUND)
    background["flows"]["wood"] = "kg"
    for data in (foreground, background):
        data["properties"] = [
            {"name" if k == "property" else k: v for k, v in p.items()} for p in data.get("properties", [])
        ]
    return foreground, background


def process_of(data: Spec, identity: str) -> Spec:
    return next(process for process in data["processes"] if process["id"] == identity)


def documented(db: Database, *, controlled: tuple[str, ...] = ()) -> Database:
    """Return a database whose every value says when, where, how and from what it was taken."""
    every = np.arange(db.exchanges.num_rows)
    for column, word in (
        ("year", "2023"),
        ("geography", "CN"),
        ("source", "ledger"),
        ("distribution", "lognormal"),
    ):
        db = with_words(db, "exchanges", column, rows=every, words=[word] * len(every))
    db = with_numbers(db, "exchanges", "loc", rows=every, values=np.abs(db.column("exchanges", "amount")))
    db = with_numbers(db, "exchanges", "scale", rows=every, values=np.full(len(every), 1.1))
    every = np.arange(db.processes.num_rows)
    kinds = ["site" if identity in controlled else "secondary" for identity in db.column("processes", "id")]
    for column, words in (
        ("location", ["CN"] * len(every)),
        ("valid_from", ["2023-01"] * len(every)),
        ("valid_until", ["2023-12"] * len(every)),
        ("data_kind", kinds),
    ):
        db = with_words(db, "processes", column, rows=every, words=words)
    db = with_texts(db, "processes", "technology", ["usual"] * len(every))
    return with_control(db, controlled)


def with_texts(db: Database, table: str, column: str, texts: list[str]) -> Database:
    old: pa.Table = getattr(db, table)
    place = old.schema.get_field_index(column)
    return db.with_tables(
        **{table: old.set_column(place, old.schema.field(place), pa.array(texts, pa.string()))}
    )


def with_control(db: Database, controlled: tuple[str, ...]) -> Database:
    values = [identity in controlled for identity in db.column("processes", "id")]
    place = db.processes.schema.get_field_index("under_control")
    return db.with_tables(
        processes=db.processes.set_column(
            place, db.processes.schema.field(place), pa.array(values, pa.bool_())
        )
    )


def rules(**options: str | Rule) -> RuleSet:
    """Return the default rules with other options; each keeps a reference, so that only the option is
    changed.
    """
    base = load_rule_set("default")
    changed = {
        slot: cited(slot, option) if isinstance(option, str) else option for slot, option in options.items()
    }
    return base.replace(**changed) if changed else base


def cited(slot: str, option: str, **parameters: Any) -> Rule:
    note = Reference(source="iso14067", clause="test", note="chosen for the test")
    return Rule(slot, (Line(option, parameters=parameters, reference=note),))


def uncited(slot: str, option: str, **parameters: Any) -> Rule:
    return Rule(slot, (Line(option, parameters=parameters),))


UNITS = {
    "life": UnitOfAnalysis(
        key="life",
        name="one widget, used and thrown away",
        process="life",
        amount=1.0,
        unit="item",
        unit_type="functional",
    ),
    "gate": UnitOfAnalysis(
        key="gate", name="1 kg of widget at the gate", process="plant", amount=1.0, unit="kg"
    ),
}

SCENARIOS = (
    Scenario(
        key="thrifty",
        changes=(Change(subject=Subject.AMOUNT, id="life/in/power/grid", value=2.0, reason="other user"),),
    ),
    Scenario(
        key="lighter",
        changes=(
            Change(subject=Subject.AMOUNT, id="life/out/old_widget/landfill", value=0.9, reason="wear"),
        ),
    ),
)

Edit = Callable[[Spec, Spec], None]


def study(
    *units: str,
    edit: Edit | None = None,
    rule_sets: tuple[RuleSet, ...] = (),
    document: Callable[[Database], Database] | None = None,
    goal_without: str = "",
    scope_without: tuple[str, ...] = (),
    **fields: Any,
) -> Study:
    """Return a study in good order, with one thing broken by the arguments."""
    foreground, background = copy.deepcopy(inventories())
    if edit:
        edit(foreground, background)
    own, back = (
        documented(tiny_database(foreground, "own"), controlled=("plant",)),
        documented(tiny_database(background, "back")),
    )
    if document:
        own, back = document(own), document(back)
    made = Study(
        key="widget",
        title="widget",
        units=tuple(UNITS[unit] for unit in units or ("life",)),
        foreground=own,
        databases=(back,),
        rule_sets=rule_sets or (rules(), rules(multifunctionality="equal")),
        goal={name: "stated" for name in GOAL if name != goal_without},
        scope={name: "stated" for name in SCOPE if name not in scope_without},
        reference_year="2024",
    )
    return replace(made, **fields) if fields else made


def context(made: Study, *, scenarios: tuple[Scenario, ...] = SCENARIOS, **fields: Any) -> Context:
    """Return a study as the checks see it, under its first rule set."""
    evaluations = evaluate(made)
    return Context(made, evaluations[0], evaluations, collect(made, evaluations), scenarios, **fields)
