"""Inventories and rules that invite a wrong number without a word: each is refused, reported, or right."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from carbonlab.errors import InventoryError, NotFoundError, RuleError
from carbonlab.inventory.builder import DatabaseBuilder
from carbonlab.inventory.combine import combine
from carbonlab.inventory.database import Database
from carbonlab.inventory.records import DatabaseMeta, Exchange, Flow, UnitProcess
from carbonlab.rules.ruleset import Line, Rule, RuleSet
from carbonlab.rules.selectors import Selector
from carbonlab.vocabulary import FlowKind, Status
from tests import tiny
from tests.tiny import GASES, tiny_database
from tests.validation.random_systems import DEFAULT, by_name, rules_with, solved, system_of

SAWMILL = """
[flows]
log = "kg"
lumber = "kg"
chips = "kg"
[[processes]]
id = "forest"
out = { log = 1 }
in = { co2_taken = 1.76 }
[[processes]]
id = "sawmill"
out = { lumber = 0.6, chips = 0.4, co2 = 1 }
in = { log = 1 }
[[properties]]
flow = "lumber"
name = "price"
value = 3
unit = "USD"
[[properties]]
flow = "chips"
name = "price"
value = 1
unit = "USD"
"""
CARBON = """
[[properties]]
flow = "lumber"
name = "biogenic_carbon"
value = {value}
unit = "{unit}"
[[properties]]
flow = "chips"
name = "biogenic_carbon"
value = {value}
unit = "{unit}"
"""
BY_PRICE = {"lumber": 1.8 / 2.2 / 0.6 - 1.76, "chips": 0.4 / 2.2 / 0.4 - 1.76}
"""Per kg: CO2 of the mill by price; carbon with the wood, 0.48 · 44/12 = 1.76."""


def sawmill_by_price(db: Database) -> dict[str, float]:
    found = by_name(system_of(db), solved(db, rules_with("price", inherent=True)).intensity())
    return {flow: found["sawmill", flow] for flow in ("lumber", "chips")}


# -- units ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("value", "unit"), [(0.48, "kg C"), (0.48, "kg"), (480, "g")])
def test_carbon_content_counts_in_whatever_unit_it_is_stated(value: float, unit: str) -> None:
    db = tiny_database(SAWMILL + CARBON.format(value=value, unit=unit))
    assert sawmill_by_price(db) == pytest.approx(BY_PRICE, rel=1e-12)


def test_carbon_content_in_a_unit_that_measures_something_else_is_refused() -> None:
    db = tiny_database(SAWMILL + CARBON.format(value=1, unit="MJ"))
    with pytest.raises(InventoryError) as caught:
        sawmill_by_price(db)
    assert "the property 'biogenic_carbon' is stated in 'MJ'" in str(caught.value)
    assert "flow 'lumber'" in str(caught.value)


def test_uptake_may_be_measured_in_tonnes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(tiny.GASES, "co2_taken", replace(GASES["co2_taken"], unit="t"))
    text = SAWMILL.replace("co2_taken = 1.76", "co2_taken = 0.00176") + CARBON.format(value=0.48, unit="kg C")
    assert sawmill_by_price(tiny_database(text)) == pytest.approx(BY_PRICE, rel=1e-12)


def test_mass_stated_in_grams_beside_a_product_in_kilograms() -> None:
    mass = '[[properties]]\nflow = "lumber"\nname = "mass"\nvalue = 1000\nunit = "g"\n'
    found = by_name(system_of(tiny_database(SAWMILL)), solved(tiny_database(SAWMILL + mass)).intensity())
    assert found["sawmill", "lumber"] == pytest.approx(found["sawmill", "chips"], rel=1e-12)


def test_prices_in_two_currencies_cannot_be_added() -> None:
    db = tiny_database(SAWMILL.replace('value = 1\nunit = "USD"', 'value = 1\nunit = "EUR"'))
    evaluation = solved(db, rules_with("price"))
    assert by_name(evaluation.system, evaluation.status)["sawmill", "lumber"] is Status.NO_BASIS


# -- shares ---------------------------------------------------------------------------------------------------


def test_inherent_carbon_where_nothing_else_is_shared() -> None:
    """The reference flow carries nothing but itself: the carbon of the other is still taken from it."""
    text = SAWMILL.replace(", co2 = 1", "").replace("in = { log = 1 }\n", "")
    db = tiny_database(text + CARBON.format(value=0.48, unit="kg C"))
    evaluation = solved(db, rules_with("reference_flow", inherent=True))
    found = by_name(evaluation.system, evaluation.intensity())
    assert 0.6 * found["sawmill", "lumber"] + 0.4 * found["sawmill", "chips"] == pytest.approx(0.0, abs=1e-15)
    assert found["sawmill", "chips"] == pytest.approx(-1.76, rel=1e-12)


def test_inherent_carbon_under_shares_that_differ_by_exchange_is_left_alone_with_a_finding() -> None:
    shares = "".join(
        f'[[allocation]]\nprocess = "sawmill"\nproduct = "{product}"\nshare = {share}\nexchange = "{exchange}"\n'
        for exchange, share_of in (("sawmill/in/log", (0.2, 0.8)), ("sawmill/out/co2", (1.0, 0.0)))
        for product, share in zip(("lumber", "chips"), share_of, strict=True)
    )
    db = tiny_database(SAWMILL + CARBON.format(value=0.48, unit="kg C") + shares)
    evaluation = solved(db, rules_with("stated", inherent=True))
    found = by_name(evaluation.system, evaluation.intensity())
    assert found["sawmill", "lumber"] == pytest.approx((1.0 - 0.2 * 1.76) / 0.6, rel=1e-12)
    assert found["sawmill", "chips"] == pytest.approx(-0.8 * 1.76 / 0.4, rel=1e-12)
    assert [f.code for f in evaluation.findings] == ["inherent_shares_differ"]


def test_a_treated_waste_brings_its_carbon_in() -> None:
    """Burning 1 kg of waste wood for heat: the heat carries none of its biogenic carbon, the treatment all of it."""
    db = tiny_database(
        """
        [flows]
        waste = "kg waste"
        heat = "MJ"
        wood = "kg"
        [[processes]]
        id = "forest"
        out = { wood = 1, waste = 1 }
        in = { co2_taken = 3.52 }
        [[processes]]
        id = "incinerator"
        out = { heat = 10, co2_biogenic = 1.76, co2 = 0.2 }
        in = { waste = 1 }
        reference = "waste"
        [[properties]]
        flow = "waste"
        name = "biogenic_carbon"
        value = 0.48
        [[properties]]
        flow = "heat"
        name = "biogenic_carbon"
        value = 0
        """
    )
    evaluation = solved(db, rules_with("equal", inherent=True))
    found = by_name(evaluation.system, evaluation.intensity())
    assert found["incinerator", "heat"] == pytest.approx(0.1 / 10, rel=1e-12)
    assert found["incinerator", "waste"] == pytest.approx(1.76 + 0.1, rel=1e-12)
    assert found["forest", "wood"] == pytest.approx(-1.76 + 0.1, rel=1e-12)


# -- products and producers -----------------------------------------------------------------------------------


def test_a_product_listed_twice_is_refused() -> None:
    builder = DatabaseBuilder(DatabaseMeta(name="twice"))
    builder.flows += [Flow(id="f", name="Flour", kind=FlowKind.PRODUCT, unit="kg"), GASES["co2"]]
    flour = Exchange(flow="f", is_input=False, amount=1.0)
    co2 = Exchange(flow="co2", is_input=False, amount=4.0)
    builder.processes.append(UnitProcess(id="m", name="Mill", exchanges=(flour, flour, co2)))
    with pytest.raises(InventoryError) as caught:
        system_of(builder.build())
    assert "a process lists 'Flour' 2 times as its product" in str(caught.value)
    assert "process 'Mill'" in str(caught.value)


@pytest.mark.parametrize("provider", ["buyer", "nobody"])
def test_a_stated_provider_that_does_not_supply_is_reported(provider: str) -> None:
    """It is passed over, as if none were stated."""
    db = tiny_database(
        f"""
        [flows]
        a = "kg"
        b = "kg"
        [[processes]]
        id = "one"
        out = {{ a = 1, co2 = 1 }}
        [[processes]]
        id = "two"
        out = {{ a = 1, co2 = 3 }}
        [[processes]]
        id = "buyer"
        out = {{ b = 1 }}
        in = {{ a = {{ amount = 1, provider = "{provider}" }} }}
        """
    )
    evaluation = solved(db)
    assert by_name(evaluation.system, evaluation.intensity())["buyer", "b"] == pytest.approx(2.0)
    (finding,) = evaluation.findings
    assert (finding.code, finding.amount, finding.detail) == ("provider_does_not_supply", 1, "'a'")


def test_a_process_that_eats_more_than_it_makes_is_no_treatment() -> None:
    """1 kg made from 1.5 kg of itself: the equations give −2, which is what they give, and the status says so."""
    db = tiny_database(
        """
        [flows]
        a = "kg"
        b = "kg"
        [[processes]]
        id = "p"
        out = { a = 1, co2 = 1 }
        in = { a = 1.5 }
        [[processes]]
        id = "q"
        out = { b = 1 }
        in = { a = 1 }
        """
    )
    evaluation = solved(db)
    assert evaluation.intensity() == pytest.approx([-2.0, -2.0])
    assert list(evaluation.status) == [Status.NON_PRODUCTIVE] * 2
    (finding,) = evaluation.findings
    assert (finding.code, finding.amount, finding.detail) == ("non_productive_loop", 1.5, "p")


def test_a_process_may_eat_a_part_of_what_it_makes() -> None:
    db = tiny_database(
        '[flows]\na = "kg"\n[[processes]]\nid = "p"\nout = { a = 1, co2 = 1 }\nin = { a = 0.5 }'
    )
    evaluation = solved(db)
    assert evaluation.intensity() == pytest.approx([2.0])
    assert list(evaluation.status) == [Status.COMPLETE]


def test_different_decisions_upstream_are_both_kept() -> None:
    one = tiny_database('[flows]\na = "kg"\n[[processes]]\nid = "p"\nout = { a = 1, co2 = 1 }', "one")
    other = tiny_database('[flows]\nb = "kg"\n[[processes]]\nid = "q"\nout = { b = 1, co2 = 1 }', "other")
    decided = {"multifunctionality": "price", "cut_off": "none"}
    together = combine(
        [
            one.with_meta(decided_upstream=decided),
            other.with_meta(decided_upstream={**decided, "multifunctionality": "mass"}),
        ]
    )
    assert together.meta.decided_upstream == {
        "multifunctionality": "price (one); mass (other)",
        "cut_off": "none",
    }
    details = [f.detail for f in solved(together).findings if f.code == "decided_upstream"]
    assert details == ["multifunctionality: price (one); mass (other)", "cut_off: none"]


# -- rules that fit the inventory badly -----------------------------------------------------------------------

PAIR = tiny_database(
    """
    [flows]
    a = "kg"
    b = "kg"
    [[processes]]
    id = "p"
    out = { a = 1, b = 1, co2 = 4 }
    [[processes]]
    id = "maker"
    out = { b = 1, co2 = 1 }
    [[processes]]
    id = "buyer"
    name = "Buyer [of b]"
    out = { c = 1 }
    in = { b = 1 }
    """.replace('b = "kg"', 'b = "kg"\nc = "kg"', 1)
)


def with_line(slot: str, option: str, **parameters: Any) -> RuleSet:
    return DEFAULT.replace(**{slot: Rule(slot, (Line(option, parameters=parameters),))})


BAD_RULES: dict[str, tuple[RuleSet, type[Exception], str]] = {
    "a substitute that is the co-product itself": (
        with_line("multifunctionality", "substitution", substitutes={"b": {"process": "p", "flow": "b"}}),
        RuleError,
        "'b' of process 'p' cannot be displaced",
    ),
    "a substitute that is the credited product": (
        with_line("multifunctionality", "substitution", substitutes={"b": {"process": "p", "flow": "a"}}),
        RuleError,
        "'a' of process 'p' cannot be displaced",
    ),
    "a substitute that its process does not make": (
        with_line("multifunctionality", "substitution", substitutes={"b": {"process": "maker", "flow": "a"}}),
        RuleError,
        "'a' of process 'maker' cannot be displaced",
    ),
    "a substitute of an unknown process": (
        with_line("multifunctionality", "substitution", substitutes={"b": {"process": "x", "flow": "b"}}),
        NotFoundError,
        "no process with the id 'x'",
    ),
    "a substitute without its flow": (
        with_line("multifunctionality", "substitution", substitutes={"b": {"process": "maker"}}),
        RuleError,
        "a substitute is stated as {'process': 'maker'}",
    ),
    "a substitute that is a word": (
        with_line("multifunctionality", "substitution", substitutes={"b": "maker"}),
        RuleError,
        "a substitute is stated as 'maker'",
    ),
    "a ratio of nothing": (
        with_line(
            "multifunctionality",
            "substitution",
            substitutes={"b": {"process": "maker", "flow": "b", "ratio": 0}},
        ),
        RuleError,
        "the ratio of a substitute is 0",
    ),
    "a ratio that is a word": (
        with_line(
            "multifunctionality",
            "substitution",
            substitutes={"b": {"process": "maker", "flow": "b", "ratio": "half"}},
        ),
        RuleError,
        "the ratio of a substitute is 'half'",
    ),
    "a property without a name": (
        with_line("multifunctionality", "property"),
        RuleError,
        "the option 'property' names no property",
    ),
    "an inherent property that is no flow": (
        with_line("multifunctionality", "mass", inherent=["water"]),
        RuleError,
        "the inherent property 'water' cannot follow the flow",
    ),
    "shares that do not sum to one": (
        with_line("linking", "by_share", shares={"p": 0.5}),
        RuleError,
        "the shares of the producers of 'b' sum to 0.5",
    ),
    "a negative share": (
        with_line("linking", "by_share", shares={"p": 1.5, "maker": -0.5}),
        RuleError,
        "the shares of the producers of 'b'",
    ),
    "a share that is a word": (
        with_line("linking", "by_share", shares={"p": "half"}),
        RuleError,
        "a share of the producers of 'b' is no number",
    ),
    "a word for what is unlinked": (
        with_line("linking", "equal_split", unlinked="drop"),
        RuleError,
        "parameter 'unlinked' of slot linking is 'drop'",
    ),
    "a boundary of no stages": (
        with_line("boundary", "stages", keep=[]),
        RuleError,
        "the boundary keeps the stages []",
    ),
    "a boundary of an unknown stage": (
        with_line("boundary", "stages", keep=["usage"]),
        RuleError,
        "the boundary keeps the stages ['usage']",
    ),
    "a way of splitting methane that is none": (
        with_line("characterization", "gwp100_ar6", methane_split="half"),
        RuleError,
        "'half' is no way of splitting methane",
    ),
}


@pytest.mark.parametrize("name", BAD_RULES)
def test_a_rule_that_does_not_fit_is_refused(name: str) -> None:
    rules, error, word = BAD_RULES[name]
    with pytest.raises(error) as caught:
        solved(PAIR, rules)
    assert word in str(caught.value)


def test_a_name_with_the_signs_of_a_pattern_is_found() -> None:
    lines = (Line("exclude", Selector(process="Buyer [of b]")), Line("as_modelled"))
    evaluation = solved(PAIR, DEFAULT.replace(boundary=Rule("boundary", lines)))
    assert by_name(evaluation.system, evaluation.intensity())["buyer", "c"] == 0.0


def test_what_has_no_basis_is_dropped_by_the_log() -> None:
    system = system_of(PAIR, with_line("multifunctionality", "property", name="beauty"))
    dropped = [line for line in system.work.log if line.slot == "multifunctionality" and line.verb == "drop"]
    assert [line.table for line in dropped] == ["intervention"]
    exchanges = system.database.column("exchanges", "id")
    assert exchanges[system.work.intervention.exchange[dropped[0].rows]].tolist() == ["p/out/co2"]
    lost = np.flatnonzero(~system.has_column)
    np.testing.assert_array_equal(system.matrices.A[:, lost].toarray(), np.eye(len(system.columns))[:, lost])
