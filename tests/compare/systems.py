"""Tiny systems and rule sets that several tests of comparisons share."""

from __future__ import annotations

from carbonlab.inventory.database import Database
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.rules.ruleset import Line, Rule, RuleSet
from carbonlab.rules.selectors import Selector
from carbonlab.system.study import Study, UnitOfAnalysis
from tests.tiny import tiny_database

MILL = """
[flows]
lumber = "kg"
chips = "kg"
machine = "unit"
nail = "kg"

[[processes]]
id = "mill"
out = { lumber = 6, chips = 4, ch4 = 1 }
in = { machine = 0.5 }

[[processes]]
id = "machine_works"
out = { machine = 1, co2 = 4 }
capital_good = true

[[processes]]
id = "nail_works"
out = { nail = 1, co2 = 3 }

[[properties]]
flow = "lumber"
name = "price"
value = 3
unit = "USD"
[[properties]]
flow = "chips"
name = "price"
value = 0.5
unit = "USD"
"""
"""Lumber carries 0.6 of the mill by mass and 18/20 by price; the machine brings 0.5 · 4 = 2 kg CO2 into the
mill."""

TWO_MILLS = """
[flows]
log = "kg"
board = "kg"

[[processes]]
id = "north"
out = { log = 1, co2 = 1 }

[[processes]]
id = "south"
out = { log = 1, co2 = 3 }

[[processes]]
id = "mill"
out = { board = 1, co2 = 5 }
in = { log = 2 }
"""
"""Two producers of logs: linking decides between 1 and 3 kg CO2, or refuses."""


def mill() -> Database:
    return tiny_database(MILL)


def study_of(database: Database, *asked: tuple[str, str, float]) -> Study:
    """Return the study that asks for (process, flow, amount) products, keyed by their flows."""
    units = tuple(
        UnitOfAnalysis(key=flow, name=f"{amount:g} of {flow}", process=process, flow=flow, amount=amount)
        for process, flow, amount in asked
    )
    return Study(
        key="test", title="test", units=units, databases=(database,), rule_sets=(load_rule_set("default"),)
    )


def baseline() -> RuleSet:
    return load_rule_set("default").replace(multifunctionality="mass")


def excluding(slot: str, **select: str) -> Rule:
    """Return the boundary rule that leaves out what a selector catches."""
    return Rule(slot, (Line("exclude", Selector(**select)), Line("as_modelled")))
