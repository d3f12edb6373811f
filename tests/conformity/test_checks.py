"""Every check has one study that passes it and one that fails it, and the failing one differs in one
thing, which is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pytest
import xarray as xr

from carbonlab.conformity.assessment import assess, assess_context
from carbonlab.conformity.context import Context
from carbonlab.conformity.registry import CHECKS
from carbonlab.conformity.requirements import load_requirements
from carbonlab.conformity.verdicts import Outcome, Result
from carbonlab.inventory.database import Database
from carbonlab.inventory.edits import with_words
from carbonlab.rules.product_category import ProductCategory
from carbonlab.rules.ruleset import Line, Reference, Rule
from carbonlab.rules.selectors import Selector
from tests.conformity.studies import (
    SCENARIOS,
    UNITS,
    Spec,
    cited,
    context,
    process_of,
    rules,
    study,
    uncited,
    with_texts,
)

Make = Callable[[], Context | Outcome]


@cache
def at_the_gate() -> Context:
    return context(study("gate"))


@dataclass(frozen=True)
class Pair:
    """What passes, what fails, and what was broken."""

    broken: str
    fails: Make
    words: str
    """What the evidence of the failing one has to say."""
    passes: Make = lambda: in_good_order()


@cache
def in_good_order() -> Context:
    return context(study("life"))


# -- what is broken in the inventory --------------------------------------------------------------------


def no_use(foreground: Spec, background: Spec) -> None:
    del process_of(foreground, "life")["in"]["power"]


def without_producer(foreground: Spec, background: Spec) -> None:
    foreground["flows"]["gold"] = "kg"
    process_of(foreground, "plant")["in"]["gold"] = 0.01


def no_stage(foreground: Spec, background: Spec) -> None:
    del process_of(foreground, "plant")["in"]["steel"]["stage"]


def two_furnaces(foreground: Spec, background: Spec) -> None:
    second = {"id": "furnace2", "out": {"steel": 1, "slag": 0.25, "co2": 1.6}}
    background["processes"].append(second)
    background["allocation"] = [
        {"process": "furnace2", "product": "steel", "share": 0.95},
        {"process": "furnace2", "product": "slag", "share": 0.05},
    ]
    plant = process_of(foreground, "plant")["in"]
    plant["steel"]["amount"] = 0.25
    background["processes"].append(
        {"id": "trader", "out": {"steel_bought": 1}, "in": {"steel": {"amount": 1, "provider": "furnace2"}}}
    )
    background["flows"]["steel_bought"] = foreground["flows"]["steel_bought"] = "kg"
    plant["steel_bought"] = {"amount": 0.25, "provider": "trader", "stage": "raw_material_acquisition"}


def heavier_product(foreground: Spec, background: Spec) -> None:
    process_of(foreground, "plant")["out"]["widget"] = 2


def half_the_waste(foreground: Spec, background: Spec) -> None:
    process_of(foreground, "life")["out"]["old_widget"]["amount"] = 0.5


def slag_is_scrap(foreground: Spec, background: Spec) -> None:
    background["roles"]["slag"] = "scrap"


def late_waste(foreground: Spec, background: Spec) -> None:
    process_of(foreground, "life")["out"]["old_widget"]["year"] = 35


def no_carbon_content(foreground: Spec, background: Spec) -> None:
    foreground["properties"] = [p for p in foreground["properties"] if p["name"] != "biogenic_carbon"]


def truck_flies(foreground: Spec, background: Spec) -> None:
    background["roles"]["haul"] = "air_transport"


def buys_offset(foreground: Spec, background: Spec) -> None:
    for data in (foreground, background):
        data["flows"]["credit"] = "kg"
    background["processes"].append({"id": "seller", "out": {"credit": 1}})
    background.setdefault("roles", {})["credit"] = "offset"
    process_of(foreground, "plant")["in"]["credit"] = {"amount": 1, "provider": "seller"}


def emits_unknown_gas(foreground: Spec, background: Spec) -> None:
    process_of(background, "furnace")["out"]["so2"] = 0.01


def named_hfc(db: Database) -> Database:
    names = ["HFC-9999 mixture" if name == "Sulfur dioxide" else name for name in db.column("flows", "name")]
    return with_texts(db, "flows", "name", names)


def vague_methane(db: Database) -> Database:
    rows = np.flatnonzero(db.column("flows", "id") == "ch4")
    names = [
        "Methane" if identity == "ch4" else name
        for identity, name in zip(db.column("flows", "id"), db.column("flows", "name"), strict=True)
    ]
    return with_texts(
        with_words(db, "flows", "origin", rows=rows, words=["unspecified"] * len(rows)),
        "flows",
        "name",
        names,
    )


def without(table: str, *columns: str) -> Callable[[Database], Database]:
    def removed(db: Database) -> Database:
        rows = np.arange(getattr(db, table).num_rows)
        for column in columns:
            db = with_words(db, table, column, rows=rows, words=[""] * len(rows))
        return db

    return removed


def no_technology(db: Database) -> Database:
    return with_texts(db, "processes", "technology", [""] * db.processes.num_rows)


def secondary_plant(db: Database) -> Database:
    rows = np.arange(db.processes.num_rows)
    return with_words(db, "processes", "data_kind", rows=rows, words=["secondary"] * len(rows))


def half_a_year(db: Database) -> Database:
    rows = np.arange(db.processes.num_rows)
    return with_words(db, "processes", "valid_until", rows=rows, words=["2023-06"] * len(rows))


# -- what is broken in the result: a file that was changed, or an engine with a defect ------------------


def tampered(name: str, change: Callable[[xr.DataArray], xr.DataArray]) -> Context:
    whole = in_good_order()
    result = whole.result.copy(deep=True)
    result[name] = change(result[name])
    return replace(whole, result=result)


def outside_the_total(component: str) -> Context:
    whole = in_good_order()
    inside = whole.result["in_total"] & (whole.result["component"] != component)
    return replace(whole, result=whole.result.assign_coords(in_total=inside))


@cache
def shares_too_large() -> Context:
    whole = context(study("life", rule_sets=(rules(multifunctionality="equal"), rules())))
    work = whole.work
    factors = work.intervention.factors
    larger = {**factors, "multifunctionality": factors["multifunctionality"] * 1.1}
    system = replace(
        whole.system, work=replace(work, intervention=replace(work.intervention, factors=larger))
    )
    return replace(whole, evaluation=replace(whole.evaluation, system=system))


def bill_without_numbers() -> Context:
    whole = with_cut_off()
    bills = tuple(replace(b, impact=b.impact * np.nan) for b in whole.work.bills)
    return with_work(whole, bills=bills)


def too_much_contracted() -> Context:
    whole = contracted()
    findings = tuple(
        replace(f, detail=f.detail.rpartition(": ")[0] + ": 1.4 of consumption")
        if f.code == "electricity_contracted"
        else f
        for f in whole.work.findings
    )
    return with_work(whole, findings=findings)


def with_work(whole: Context, **fields: Any) -> Context:
    system = replace(whole.system, work=replace(whole.work, **fields))
    return replace(whole, evaluation=replace(whole.evaluation, system=system))


# -- rules ----------------------------------------------------------------------------------------------


def under(*changed: dict[str, str | Rule], unit: str = "life", **more: Any) -> Context:
    return context(study(unit, rule_sets=tuple(rules(**one) for one in changed), **more))


def excluding(flow: str, *, is_cited: bool = True) -> Rule:
    reference = Reference(source="iso14067", note="for the test") if is_cited else Reference()
    return Rule(
        "boundary",
        (Line("exclude", Selector(flow=flow), reference=reference), Line("as_modelled", reference=reference)),
    )


def two_factor_sets() -> Rule:
    reference = Reference(source="ar6", note="for the test")
    return Rule(
        "characterization",
        (
            Line("gwp100_ar5", Selector(flow="ch4"), reference=reference),
            Line("gwp100_ar6", reference=reference),
        ),
    )


@cache
def with_cut_off() -> Context:
    return under({"cut_off": cited("cut_off", "by_impact", item=0.1, total=0.1)})


def contracts() -> Rule:
    roof = {
        "kind": "own_generation",
        "consumer": "plant",
        "supplier": "grid",
        "amount": 1.0,
        "on_site": True,
        "certificates_sold": False,
    }
    return cited("electricity", "contracts", instruments=[roof])


@cache
def contracted() -> Context:
    return under({"electricity": contracts()}, {})


def of_category(unit: str) -> Context:
    ruled = replace(rules(), category=ProductCategory(scope="widgets", unit=unit))
    return context(study("gate", rule_sets=(ruled,)))


def comparing(*units: Any) -> Context:
    return context(replace(in_good_order().study, units=units), compared=tuple(unit.key for unit in units))


def refused() -> Outcome:
    return assess(study("life", edit=buys_offset), "iso-14067-2018").row("B-02").outcome


def said(name: str) -> Callable[[], Context]:
    return lambda: context(study("life", scope_without=(name,)))


PAIRS: dict[str, Pair] = {
    "P-01": Pair(
        "use is not modelled, nor a word on it",
        lambda: context(study("life", edit=no_use, scope_without=("use_and_end_of_life",))),
        "use of life",
    ),
    "P-02": Pair(
        "the total is one per cent too large",
        lambda: tampered("total", lambda v: v * 1.01),
        "is not intensity times reference flow",
    ),
    "P-04": Pair(
        "an input has no producer", lambda: context(study("life", edit=without_producer)), "gold of plant"
    ),
    "P-05": Pair(
        "one furnace states shares, its twin does not",
        lambda: context(study("life", edit=two_furnaces)),
        "by stated",
    ),
    "P-06": Pair(
        "the list of sources is empty",
        lambda: context(study("life", rule_sets=(replace(rules(), references={}),))),
        "does not list",
    ),
    "P-07": Pair(
        "no value states a spread",
        lambda: context(study("life", document=without("exchanges", "distribution"))),
        "state no spread",
    ),
    "P-08": Pair(
        "the total was changed in the file",
        lambda: tampered("total", lambda v: v + 0.1),
        "calculated again, a total differs",
    ),
    "P-09": Pair("shares are ten per cent too large", shares_too_large, "sum to 1.1"),
    "S-01": Pair("no limitations", said("limitations"), "interpretation"),
    "S-02": Pair(
        "a rule leaves the CO2 out",
        lambda: under({"boundary": excluding("co2")}, unit="gate"),
        "Carbon dioxide, fossil",
        at_the_gate,
    ),
    "S-03": Pair(
        "a process contribution is too large",
        lambda: tampered("process_contribution", lambda v: v * 1.01),
        "miss the total",
    ),
    "L-01": Pair("a link states no stage", lambda: context(study("life", edit=no_stage)), "steel of plant"),
    "L-02": Pair(
        "the stages are too large", lambda: tampered("footprint", lambda v: v * 1.01), "the stages sum to"
    ),
    "G-01": Pair("no audience", lambda: context(study("life", goal_without="audience")), "audience"),
    "G-02": Pair("no review", said("review"), "review"),
    "G-03": Pair(
        "a declared unit over the whole life",
        lambda: comparing(replace(UNITS["life"], unit_type="declared")),
        "asks for a functional unit",
    ),
    "G-04": Pair("no unit is stated", lambda: comparing(replace(UNITS["life"], unit="")), "states no unit"),
    "G-05": Pair(
        "the category rule asks for cubic meters",
        lambda: of_category("m3"),
        "asks for m3",
        lambda: of_category("t"),
    ),
    "G-07": Pair(
        "a product at the gate beside one over its life",
        lambda: comparing(UNITS["life"], UNITS["gate"]),
        "a functional unit",
        lambda: comparing(UNITS["life"], replace(UNITS["life"], key="twin")),
    ),
    "B-01": Pair("no boundary in the scope", said("boundary"), "boundary"),
    "B-02": Pair("the plant buys an offset", refused, "offsets: credit"),
    "B-03": Pair(
        "transport is left out by a rule without a source",
        lambda: under({"boundary": excluding("haul", is_cited=False)}),
        "do not say where",
    ),
    "B-05": Pair(
        "an input has no producer",
        lambda: context(study("life", edit=without_producer)),
        "whose effect nobody can estimate",
    ),
    "B-06": Pair(
        "transport is left out unseen",
        lambda: under({"boundary": excluding("haul")}),
        "boundary exclude",
        with_cut_off,
    ),
    "B-07": Pair("the bill gives no greenhouse gases", bill_without_numbers, "not in the bill", with_cut_off),
    "Q-01": Pair(
        "the controlled plant has secondary data",
        lambda: context(study("life", document=secondary_plant)),
        "plant",
    ),
    "Q-03": Pair(
        "values name no source",
        lambda: context(study("life", document=without("exchanges", "source"))),
        "name no source",
    ),
    "Q-04": Pair("no technology", lambda: context(study("life", document=no_technology)), "technology of"),
    "Q-05": Pair("no reference year", lambda: context(study("life", reference_year="")), "no reference year"),
    "Q-08": Pair(
        "no region",
        lambda: context(
            study(
                "life",
                document=lambda db: without("processes", "location")(without("exchanges", "geography")(db)),
            )
        ),
        "name no region",
    ),
    "Q-09": Pair(
        "twice the mass comes out",
        lambda: context(study("life", edit=heavier_product)),
        "plant (1 kg in, 2 kg out)",
    ),
    "T-01": Pair("no time boundary", said("time_boundary"), "time_boundary"),
    "T-02": Pair(
        "data of half a year, and no reason",
        lambda: context(study("life", document=half_a_year, scope_without=("time_boundary",))),
        "less than 12 months",
    ),
    "U-01": Pair("no word on use", said("use_and_end_of_life"), "use is modelled"),
    "U-03": Pair(
        "no scenario of use",
        lambda: context(study("life"), scenarios=SCENARIOS[1:]),
        "no scenario changes a link of the stage use",
    ),
    "E-01": Pair("no word on the end of life", said("use_and_end_of_life"), "end_of_life is modelled"),
    "E-02": Pair(
        "half of the product vanishes", lambda: context(study("life", edit=half_the_waste)), "0.5 of 1 kg"
    ),
    "E-03": Pair(
        "no scenario of the end of life",
        lambda: context(study("life"), scenarios=SCENARIOS[:1]),
        "stage end_of_life",
    ),
    "A-01": Pair("shares are ten per cent too large", shares_too_large, "sum to 1.1"),
    "A-02": Pair(
        "co-products share equally",
        lambda: under({"multifunctionality": "equal"}, {}),
        "by no relation at all",
    ),
    "A-03": Pair(
        "two rule sets, one allocation", lambda: under({}, {"cut_off": "none"}), "share by the same bases"
    ),
    "A-04": Pair(
        "one furnace states shares, its twin does not",
        lambda: context(study("life", edit=two_furnaces)),
        "furnace2 by stated",
    ),
    "A-05": Pair("slag is scrap", lambda: context(study("life", edit=slag_is_scrap)), "slag"),
    "X-01": Pair(
        "fossil emissions are outside the total",
        lambda: outside_the_total("fossil"),
        "left out of the total: fossil",
    ),
    "X-02": Pair(
        "biogenic carbon dioxide counts zero", lambda: under({"biogenic_carbon": "zero_zero"}), "zero_zero"
    ),
    "X-03": Pair(
        "no carbon content",
        lambda: context(study("gate", edit=no_carbon_content)),
        "not stated: gate",
        at_the_gate,
    ),
    "X-04": Pair(
        "land-use change is outside the total",
        lambda: outside_the_total("land_use_change"),
        "left out of the total",
    ),
    "X-07": Pair(
        "aircraft count 1.7 times",
        lambda: under({"aviation": cited("aviation", "multiplier", factor=1.7)}, edit=truck_flies),
        "multiplied by up to 1.7",
    ),
    "X-08": Pair(
        "waste after 35 years, and no word on it",
        lambda: context(study("life", edit=late_waste, scope_without=("use_and_end_of_life",))),
        "35 years late",
    ),
    "X-09": Pair(
        "the electricity rule has no source",
        lambda: under({"electricity": uncited("electricity", "as_linked")}),
        "neither where it is written",
    ),
    "X-10": Pair(
        "the earlier study counts over 20 years",
        lambda: context(
            study("life"), earlier=study("life", rule_sets=(rules(characterization="gwp20_ar6"),))
        ),
        "gwp100_ar6 against gwp20_ar6",
        lambda: context(study("life"), earlier=study("life")),
    ),
    "E-L1": Pair(
        "only combustion counts",
        lambda: under({"electricity": cited("electricity", "combustion_only")}),
        "direct emissions of generation only",
    ),
    "E-L2": Pair("more is contracted than consumed", too_much_contracted, "140.0%", contracted),
    "E-L3": Pair(
        "no result without the contracts",
        lambda: under({"electricity": contracts()}),
        "no result without",
        contracted,
    ),
    "I-01": Pair(
        "an older report without a reason",
        lambda: under({"characterization": uncited("characterization", "gwp100_ar5")}),
        "AR5 GWP100",
    ),
    "I-02": Pair(
        "methane by another report", lambda: under({"characterization": two_factor_sets()}), "2 factor sets"
    ),
    "I-03": Pair("20 years in place of 100", lambda: under({"characterization": "gwp20_ar6"}), "AR6 GWP20"),
    "I-04": Pair(
        "a gas without a factor",
        lambda: context(study("life", edit=emits_unknown_gas, document=named_hfc)),
        "HFC-9999 mixture",
    ),
    "I-05": Pair(
        "methane of unstated origin", lambda: context(study("life", document=vague_methane)), "Methane"
    ),
    "N-01": Pair(
        "a flow contribution is too large",
        lambda: tampered("flow_contribution", lambda v: v * 1.01),
        "contributions by flow",
    ),
    "N-02": Pair(
        "one rule set and no scenario",
        lambda: context(study("life", rule_sets=(rules(),)), scenarios=()),
        "nothing shows",
    ),
    "N-03": Pair("no draws", in_good_order, "no draws", lambda: with_draws()),
    "N-04": Pair("no limitations", said("limitations"), "no limitations"),
    "N-05": Pair("no word on allocation", said("allocation"), "nothing on allocation"),
} | {
    requirement: Pair(
        f"the {slot} rule has no source",
        lambda s=slot, o=option: under({s: uncited(s, o)}),
        f"slot {slot} says neither",
    )
    for requirement, slot, option in (
        ("L-03", "boundary", "as_modelled"),
        ("B-04", "cut_off", "none"),
        ("A-06", "recycling", "as_modelled"),
        ("A-07", "recycling", "as_modelled"),
        ("X-05", "land_use_change", "as_published"),
        ("X-06", "land_use_change", "as_published"),
        ("I-06", "characterization", "gwp100_ar6"),
    )
}


def with_draws() -> Context:
    whole = in_good_order()
    drawn = whole.result["total"] * xr.DataArray([0.9, 1.0, 1.1], dims="draw")
    return replace(whole, result=whole.result.assign(total_of_draws=drawn, total=drawn))


def found(make: Make, requirement: str) -> Outcome:
    made = make()
    return made if isinstance(made, Outcome) else CHECKS[requirement](made)


@pytest.mark.parametrize("requirement", sorted(PAIRS))
def test_a_study_in_good_order_passes(requirement: str) -> None:
    outcome = found(PAIRS[requirement].passes, requirement)
    assert outcome.result is Result.MET, outcome.evidence
    assert outcome.evidence


@pytest.mark.parametrize("requirement", sorted(PAIRS))
def test_with_one_thing_broken_it_fails(requirement: str) -> None:
    pair = PAIRS[requirement]
    outcome = found(pair.fails, requirement)
    assert outcome.result is Result.NOT_MET, f"{pair.broken}: {outcome.evidence}"
    assert pair.words in outcome.evidence


def priced(*, steel: float, slag: float) -> Callable[[Spec, Spec], None]:
    def edit(foreground: Spec, background: Spec) -> None:
        background["properties"] += [
            {"flow": flow, "name": "price", "value": value, "unit": "EUR"}
            for flow, value in (("steel", steel), ("slag", slag))
        ]

    return edit


@pytest.mark.parametrize(("price", "result"), [(0.0, Result.NOT_MET), (0.1, Result.MET)])
def test_a_product_that_is_sold_for_nothing_carries_no_share(price: float, result: Result) -> None:
    by_mass = rules(multifunctionality="mass")
    made = context(study("life", edit=priced(steel=0.5, slag=price), rule_sets=(by_mass,)))
    outcome = CHECKS["A-05"](made)
    assert outcome.result is result, outcome.evidence
    assert ("slag" in outcome.evidence) == (result is Result.NOT_MET)


@pytest.mark.parametrize(
    ("notes", "result"), [("ab", Result.MET), ("a", Result.NOT_MET), ("", Result.NOT_MET)]
)
def test_every_line_that_passes_over_mass_gives_its_reason(notes: str, result: Result) -> None:
    lines = tuple(
        Line(
            "price",
            Selector(process="furnace") if letter == "a" else Selector(),
            reference=Reference(source="iso14067", note="prices hold" if letter in notes else ""),
        )
        for letter in "ab"
    )
    ruled = rules(multifunctionality=Rule("multifunctionality", lines))
    made = context(study("life", edit=priced(steel=0.5, slag=0.1), rule_sets=(ruled,)))
    outcome = CHECKS["A-02"](made)
    assert outcome.result is result, outcome.evidence
    assert ("prices hold" in outcome.evidence) == (result is Result.MET)


def test_no_check_lacks_its_pair() -> None:
    assert set(PAIRS) == set(CHECKS)


def test_every_requirement_that_names_a_check_has_it() -> None:
    assert {r.check for r in load_requirements() if r.check} == set(CHECKS)


def test_breaking_one_thing_leaves_most_verdicts_alone() -> None:
    good = assess_context(in_good_order(), "gbt-24067-2024")
    bad = assess_context(context(study("life", goal_without="audience")), "gbt-24067-2024")
    changed = [a.requirement.id for a, b in zip(good.rows, bad.rows, strict=True) if a.verdict != b.verdict]
    assert changed == ["G-01"]
