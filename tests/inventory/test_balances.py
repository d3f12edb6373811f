"""Balances of unit processes: mass with air, carbon by property and formula, energy that only goes down."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from carbonlab.inventory.balances import Balance, Verdict, balances_of, unsettled
from carbonlab.inventory.builder import DatabaseBuilder
from carbonlab.inventory.chemical_formula import mass_shares
from carbonlab.inventory.database import Database
from carbonlab.inventory.edits import with_words
from carbonlab.inventory.findings import with_findings
from carbonlab.inventory.open_balances import open_balance
from carbonlab.inventory.records import (
    DatabaseMeta,
    Exchange,
    Flow,
    FlowProperty,
    RoleAssignment,
    UnitProcess,
)
from carbonlab.vocabulary import BalanceKind, Direction, FlowKind, LifeCycleStage, ProcessKind, Role

FLOWS = {
    "coal": dict(unit="kg"),
    "heat": dict(unit="MJ"),
    "burned": dict(unit="kg"),
    "power": dict(unit="kWh"),
    "haul": dict(unit="t*km"),
    "meal": dict(unit="kg", formula="CaCO3"),
    "lime": dict(unit="kg", formula="CaO"),
    "box": dict(unit="item"),
    "stuff": dict(unit="kg"),
    "rest": dict(unit="kg", kind=FlowKind.WASTE),
    "co2": dict(unit="kg", kind=FlowKind.ELEMENTARY, direction=Direction.EMITTED, formula="CO2"),
    "smoke": dict(unit="kg", kind=FlowKind.ELEMENTARY, direction=Direction.EMITTED),
    "total": dict(unit="kg", kind=FlowKind.AGGREGATED_CO2E, metric="GWP100 AR6"),
}
PROPERTIES = [
    ("coal", "carbon", 0.7, "kg C"),
    ("coal", "energy", 25.0, "MJ"),
    ("rest", "carbon", 0.0, "kg C"),
]


def database(*exchanges: tuple[str, float], extra: Any = (), **process: Any) -> Database:
    """Return one process; a negative amount is an input, and the first exchange is the reference flow."""
    builder = DatabaseBuilder(DatabaseMeta(name="one process"))
    builder.flows += [
        Flow(**({"id": key, "name": key, "kind": FlowKind.PRODUCT} | row)) for key, row in FLOWS.items()
    ]
    rows = [
        Exchange(flow=flow, amount=abs(amount), is_input=amount < 0, is_reference=number == 0)
        for number, (flow, amount) in enumerate(exchanges)
    ]
    builder.processes.append(UnitProcess(id="p", name="p", exchanges=tuple(rows), **process))
    builder.properties += [
        FlowProperty(flow=flow, name=name, value=value, unit=unit)
        for flow, name, value, unit in [*PROPERTIES, *extra]
    ]
    builder.roles.append(RoleAssignment(subject="flow", id="burned", role=Role.HEAT))
    return builder.build()


def balance(kind: BalanceKind, db: Database) -> Balance:
    return next(found for found in balances_of(db) if found.kind is kind)


def test_oxygen_of_a_fire_comes_from_air() -> None:
    db = database(("heat", 25.0), ("coal", -1.0), ("co2", 0.7 * 44.009 / 12.011))
    mass = balance(BalanceKind.MASS, db)
    assert mass.verdict is Verdict.CLOSES
    assert mass.leaving == pytest.approx(2.5648, abs=1e-4)
    assert mass.from_air == pytest.approx(0.7 * 31.998 / 12.011)
    carbon = balance(BalanceKind.CARBON, db)
    assert (carbon.verdict, carbon.gap) == (Verdict.CLOSES, pytest.approx(0.0, abs=1e-12))
    assert balance(BalanceKind.ENERGY, db).verdict is Verdict.CLOSES


def test_oxygen_that_came_in_with_the_stone_is_not_taken_from_air_again() -> None:
    closed = database(("lime", 0.56), ("meal", -1.0), ("co2", 0.44))
    assert balance(BalanceKind.MASS, closed).from_air == pytest.approx(0.0, abs=1e-3)
    assert balance(BalanceKind.MASS, closed).verdict is Verdict.CLOSES
    assert balance(BalanceKind.CARBON, closed).verdict is Verdict.CLOSES
    too_much = database(("lime", 0.76), ("meal", -1.0), ("co2", 0.44))
    assert balance(BalanceKind.MASS, too_much).verdict is Verdict.OPEN


@pytest.mark.parametrize(
    ("made", "verdict"), [(1.04, Verdict.CLOSES), (1.06, Verdict.OPEN), (0.94, Verdict.OPEN)]
)
def test_mass_is_neither_made_nor_lost(made: float, verdict: Verdict) -> None:
    found = balance(BalanceKind.MASS, database(("stuff", made), ("rest", -1.0)))
    assert found.verdict is verdict
    assert found.gap == pytest.approx(abs(made - 1) / max(made, 1))


def test_services_have_no_mass() -> None:
    db = database(("haul", 5.0), ("power", -3.0), ("burned", -2.0))
    assert balance(BalanceKind.MASS, db).verdict is Verdict.NONE
    assert balance(BalanceKind.CARBON, db).verdict is Verdict.NONE


def test_a_stated_property_goes_before_unit_role_and_formula() -> None:
    extra = [("burned", "mass", 1.0, "kg"), ("meal", "carbon", 0.1, "kg C")]
    db = database(("burned", 1.0), ("meal", -1.0), ("co2", 0.1 * 44.009 / 12.011), extra=extra)
    assert balance(BalanceKind.MASS, db).leaving == pytest.approx(1 + 0.1 * 44.009 / 12.011)
    carbon = balance(BalanceKind.CARBON, db)
    assert carbon.entering == pytest.approx(0.1)
    assert (carbon.verdict, carbon.unknown) == (Verdict.UNKNOWN, ("burned",))


def test_content_that_nobody_states_is_unknown_unless_it_cannot_matter() -> None:
    unknown = balance(BalanceKind.MASS, database(("box", 1.0), ("stuff", -1.0)))
    assert (unknown.verdict, unknown.unknown) == (Verdict.UNKNOWN, ("box",))
    burned = 0.7 * 44.009 / 12.011
    for amount, verdict in ((0.03, Verdict.CLOSES), (0.04, Verdict.UNKNOWN)):
        db = database(("heat", 25.0), ("coal", -1.0), ("stuff", -amount), ("co2", burned))
        assert balance(BalanceKind.CARBON, db).verdict is verdict


def test_an_emission_without_formula_may_be_air() -> None:
    assert (
        balance(BalanceKind.MASS, database(("stuff", 1.0), ("rest", -1.0), ("smoke", 1.0))).verdict
        is Verdict.CLOSES
    )


def test_what_has_an_end_of_life_leaves_as_waste() -> None:
    db = database(("box", 1.0), ("stuff", -1.0), ("rest", 1.0))
    assert balance(BalanceKind.MASS, db).verdict is Verdict.UNKNOWN
    ended = with_words(db, "exchanges", "stage", rows=np.array([2]), words=[LifeCycleStage.END_OF_LIFE])
    assert balance(BalanceKind.MASS, ended).verdict is Verdict.CLOSES


def test_energy_is_not_made() -> None:
    assert balance(BalanceKind.ENERGY, database(("power", 5.0), ("coal", -1.0))).verdict is Verdict.CLOSES
    made = balance(BalanceKind.ENERGY, database(("power", 8.0), ("coal", -1.0)))
    assert (made.verdict, made.gap) == (Verdict.OPEN, pytest.approx((28.8 - 25) / 28.8))
    assert balance(BalanceKind.ENERGY, database(("stuff", 5.0), ("coal", -1.0))).verdict is Verdict.NONE


def test_traces_of_carbon_are_no_balance() -> None:
    found = balance(BalanceKind.CARBON, database(("rest", 1.0), ("rest", -1.0), ("co2", 1e-3)))
    assert found.verdict is Verdict.NONE


@pytest.mark.parametrize("process", [{"kind": ProcessKind.AGGREGATED}, {"is_capital_good": True}])
def test_what_is_no_unit_process_has_no_balance(process: dict[str, Any]) -> None:
    db = database(("stuff", 1.0), ("rest", -2.0), **process)
    assert {found.verdict for found in balances_of(db) if found.kind is not BalanceKind.ENERGY} == {
        Verdict.NONE
    }


def test_a_total_of_co2e_hides_the_carbon() -> None:
    db = database(("heat", 25.0), ("coal", -1.0), ("total", 2.5))
    assert balance(BalanceKind.CARBON, db).verdict is Verdict.NONE


def test_an_explanation_settles_what_is_open_and_nothing_else() -> None:
    builder_rows = [("stuff", 1.0), ("rest", -2.0)]
    for explained in ((), (BalanceKind.MASS,), (BalanceKind.MASS, BalanceKind.ENERGY)):
        db = database(*builder_rows)
        db = with_findings(db, [open_balance("p", kind, "half of it stays in the pit") for kind in explained])
        wrong = [found.kind for found in unsettled(balances_of(db))]
        assert wrong == {0: [BalanceKind.MASS], 1: [], 2: [BalanceKind.ENERGY]}[len(explained)]


@pytest.mark.parametrize(
    ("formula", "element", "share"),
    [
        ("CO2", "C", 12.011 / 44.009),
        ("(NH4)2HPO4", "P", 30.974 / 132.056),
        ("CaSO4·2H2O", "S", 32.06 / 172.164),
        ("Ca(H2PO4)2.H2O", "P", 61.948 / 252.065),
        ("C2F6", "F", 113.988 / 138.010),
    ],
)  # fmt: skip
def test_formulas(formula: str, element: str, share: float) -> None:
    shares = mass_shares(formula)
    assert shares is not None
    assert shares[element] == pytest.approx(share, rel=1e-5)
    assert sum(shares.values()) == pytest.approx(1.0)


@pytest.mark.parametrize(
    "text", ["", "wood", "(CO2", "CO2)", "Xx2", "C2H4n", "C" * 101, "CO2 + H2O", "2(NH4)3(x)"]
)
def test_what_is_no_formula(text: str) -> None:
    assert mass_shares(text) is None
