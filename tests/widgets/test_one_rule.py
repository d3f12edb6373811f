"""A rules bench on which one rule is turned: set values, and see the numbers that `calculate` gives."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any

import ipywidgets as ipw
import pytest
import xarray as xr

from carbonlab.errors import NotFoundError, RuleError, StudyError
from carbonlab.inventory.database import Database
from carbonlab.report.figures import format_number
from carbonlab.results.calculate import calculate
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.rules.ruleset import Line, Rule, RuleSet
from carbonlab.system.study import Study, UnitOfAnalysis
from carbonlab.system.study_file import read_study
from carbonlab.teaching import load_teaching_inventory, study_path
from carbonlab.widgets import BenchChoice, RuleControl, RulesBench, Session, rules_bench
from tests.widgets.copied_code import run_cell
from tests.widgets.html_outline import outline_of

DEFAULT = load_rule_set("default")
SAWMILL = {"lumber_green": 1.0, "chips": 0.635, "bark": 0.261, "sawdust": 0.119}


@pytest.fixture(scope="module")
def inventory() -> Database:
    return load_teaching_inventory()


def bench_of(question: Study | Database, *, slot: str = "multifunctionality", **said: Any) -> RulesBench:
    return rules_bench(question, slots=[slot], shown="sides", **said)


@pytest.fixture
def bench(inventory: Database) -> RulesBench:
    return bench_of(inventory, products="sawmill")


def turned(bench: RulesBench, side: str = "alternative") -> RuleControl:
    """Return the only control of a side."""
    [control] = getattr(bench, f"{side}_control").slots.values()
    assert isinstance(control, RuleControl)
    return control


def choice(baseline: Rule, alternative: Rule, **said: Any) -> BenchChoice:
    sides = [DEFAULT.replace(**{rule.slot: rule}) for rule in (baseline, alternative)]
    return BenchChoice(sides[0], sides[1], "lumber_green", "sides", **said)


@cache
def under(rules: RuleSet) -> dict[str, float]:
    """Return the footprints of the sawmill's products, each asked for by a study of its own."""
    inventory = load_teaching_inventory()
    return {
        flow: float(
            calculate(Study.of(inventory, "sawmill", flow=flow, amount=amount), rules)["total"].values[0, 0]
        )
        for flow, amount in SAWMILL.items()
    }


def totals(result: xr.Dataset) -> dict[str, float]:
    return dict(zip(result["product"].values.tolist(), result["total"].values[0].tolist(), strict=True))


@pytest.mark.parametrize("option", ["mass", "energy", "price", "equal", "reference_flow"])
def test_turning_the_rule_gives_what_calculate_gives(bench: RulesBench, option: str) -> None:
    turned(bench).option.value = option
    rules = DEFAULT.replace(multifunctionality=option)
    assert totals(bench.alternative) == pytest.approx(under(rules), rel=1e-12)
    assert totals(bench.baseline) == pytest.approx(under(DEFAULT), rel=1e-12)
    for number in (*under(rules).values(), *under(DEFAULT).values()):
        assert format_number(number) in bench.view.html
        assert format_number(number) in bench.view.text


def test_the_rule_moves_the_footprint_from_product_to_product(bench: RulesBench) -> None:
    bench.value = choice(DEFAULT.rules["multifunctionality"], rule("reference_flow"), part="fossil")
    fossil = [side["footprint"].sel(component="fossil").sum(["stage", "year", "gas"]) for side in
              (bench.baseline, bench.alternative)]  # fmt: skip
    before, after = (dict(zip(f["product"].values.tolist(), f.values[0], strict=True)) for f in fossil)
    assert after["lumber_green"] > 2 * before["lumber_green"] > 0
    assert all(after[flow] == pytest.approx(0.0, abs=1e-12) for flow in ("chips", "bark", "sawdust"))


def rule(option: str, **parameters: Any) -> Rule:
    return Rule("multifunctionality", (Line(option, parameters=parameters),))


def test_value_is_what_was_set(bench: RulesBench) -> None:
    asked = choice(rule("mass"), rule("price", inherent=["biogenic_carbon"]), part="biogenic_uptake")
    bench.value = asked
    assert bench.value.baseline.digest == asked.baseline.digest
    assert bench.value.part == "biogenic_uptake"
    assert bench.value.alternative.digest == asked.alternative.digest
    assert turned(bench).value.lines[0].option == "price"


def test_part_that_is_shown(bench: RulesBench) -> None:
    turned(bench).option.value = "price"
    bench.part_control.value = "fossil"
    shown = bench.alternative["footprint"].sel(component="fossil").sum(["stage", "year", "gas"]).values[0]
    assert bench.view.text.startswith("Fossil emissions [kg CO2e]")
    for number in (*shown, shown.sum()):
        assert f"→ {format_number(float(number))};" in bench.view.text


def test_each_result_is_calculated_once(bench: RulesBench) -> None:
    assert bench.session.calculations == 1, "baseline and alternative are the same at first"
    for option in ("price", "mass", "price", "default_chain"):
        turned(bench).option.value = option
    assert bench.session.calculations == 3


def test_session_forgets_the_oldest(inventory: Database) -> None:
    session = Session(Study.of(inventory, "sawmill"), size=1)
    first = session.result(DEFAULT)
    assert session.result(DEFAULT) is first
    session.result(DEFAULT.replace(multifunctionality="price"))
    assert session.result(DEFAULT) is not first
    assert session.calculations == 3


def test_session_makes_a_frozen_study_with_the_rules(inventory: Database) -> None:
    asked = Study.of(inventory, "sawmill")
    rules = DEFAULT.replace(multifunctionality="price")
    study = Session(asked).study_under(rules)
    assert study.rule_sets == (rules,)
    assert study.digest == asked.with_rule_sets(rules).digest


@pytest.mark.parametrize("option", ["stated", "substitution"])
def test_no_basis_is_said_in_words(bench: RulesBench, option: str) -> None:
    turned(bench).option.value = option
    assert set(bench.alternative["status"].values[0]) == {"no_basis"}
    assert "no number: the co-products of a process upstream have no common basis" in bench.view.text
    assert format_number(float(bench.baseline["total"].values[0, 0])) in bench.view.html
    assert "nan" not in bench.view.html.lower()


@pytest.mark.parametrize("side", ["baseline", "alternative"])
def test_a_refusal_is_a_message_and_no_trace(bench: RulesBench, side: str) -> None:
    turned(bench, side).option.value = "refuse"
    shown = shown_html(bench)
    assert f"{side.capitalize()}: no answer" in shown
    assert "processes have several products" in shown
    assert "What to do: subdivide the process" in shown
    assert "Traceback" not in shown
    assert "1 kg Lumber, rough, green" in shown, "the unit stays in sight"
    assert ("Carbon footprints under default" in shown) == (side == "alternative"), (
        "what has a number shows it"
    )
    turned(bench, side).option.value = "mass"
    assert "no answer" not in shown_html(bench)


def test_an_option_without_its_parameter_says_what_it_needs(bench: RulesBench) -> None:
    turned(bench).option.value = "property"
    assert "names no property" in shown_html(bench)
    turned(bench).fields["name"].value = "energy"
    assert "no answer" not in shown_html(bench)
    energy = bench.alternative["total"].values[0]
    turned(bench).option.value = "energy"
    assert bench.alternative["total"].values[0].tolist() == pytest.approx(energy.tolist(), rel=1e-12)


def test_a_slip_of_the_keyboard_is_a_message(bench: RulesBench) -> None:
    turned(bench).option.value = "substitution"
    turned(bench).fields["substitutes"].value = "{not json"
    assert "cannot be read" in shown_html(bench)


def shown_html(bench: RulesBench) -> str:
    return bench.sides_box.body.value + bench.box.body.value


def test_the_unit_is_always_in_sight(bench: RulesBench) -> None:
    for option in ("mass", "refuse", "stated"):
        turned(bench).option.value = option
        assert "Declared unit (partial footprint):" in shown_html(bench)
        assert "0.119 kg Sawdust" in shown_html(bench)


def test_no_difference_is_said(bench: RulesBench) -> None:
    assert re.findall(r"Difference: (.*)", bench.view.text) == ["none"] * 5


def test_all_products_of_the_run_are_added(bench: RulesBench) -> None:
    total = sum(totals(bench.baseline).values())
    assert f"All products of the run: {format_number(total)} →" in bench.view.text


def test_sides_of_one_name_are_told_apart(bench: RulesBench) -> None:
    bench.value = choice(rule("price", inherent=["biogenic_carbon"]), rule("price"))
    names = re.findall(r"(?:Baseline|Alternative): (.*)", bench.view.text)
    assert names[0] != names[1]
    assert all(name.startswith("default+multifunctionality=price (") for name in names)


@pytest.mark.parametrize("part", ["total", "fossil"])
@pytest.mark.parametrize("slot", ["multifunctionality", "characterization"])
def test_the_code_shows_the_same_view(inventory: Database, slot: str, part: str) -> None:
    bench = bench_of(inventory, products="sawmill", slot=slot)
    turned(bench).option.value = {"multifunctionality": "price"}.get(slot, "gwp20_ar6")
    bench.part_control.value = part
    shown = run_cell(bench.to_code())
    assert shown.html == bench.view.html
    assert shown.text == bench.view.text


def test_the_code_keeps_parameters_and_special_lines(inventory: Database) -> None:
    special = replace(DEFAULT, key="mine")
    bench = bench_of(inventory, products="sawmill", baseline=special, rule_sets=[special])
    turned(bench).value = rule("price")
    code = bench.to_code()
    with pytest.raises(NameError):
        run_cell(code)
    assert run_cell(code, baseline_base=special, alternative_base=special).text == bench.view.text
    with pytest.raises(ValueError, match="this baseline_base is not the one that was shown"):
        run_cell(code, baseline_base=DEFAULT.replace(multifunctionality="mass"))


def test_the_code_refuses_another_inventory(inventory: Database) -> None:
    changed = inventory.with_meta(name="mine")
    bench = bench_of(changed, products="sawmill")
    assert run_cell(bench.to_code(), database=changed).text == bench.view.text
    with pytest.raises(ValueError, match="this database is not the one that was shown"):
        run_cell(bench.to_code(), database=inventory)


def test_a_bench_on_a_study() -> None:
    study = read_study(study_path("lumber"))
    bench = bench_of(study, products=["life"], slot="characterization")
    turned(bench).option.value = "gwp20_ar6"
    assert bench.alternative["product"].values.tolist() == ["life"]
    expected = calculate(study, DEFAULT.replace(characterization="gwp20_ar6")).sel(product="life")
    assert float(bench.alternative["total"].values[0, 0]) == pytest.approx(
        float(expected["total"].values[0]), rel=1e-12
    )
    assert "Functional unit: 1 m3" in re.sub("<[^>]*>", "", bench.view.html)
    assert "All products of the run" not in bench.view.text
    shown = run_cell(bench.to_code(), study=bench.session.study)
    assert shown.text == bench.view.text
    source = bench_of(study, source="cl.read_study(cl.study_path('lumber'))")
    assert run_cell(source.to_code()).text == source.view.text


def test_questions_that_ask_nothing(inventory: Database) -> None:
    with pytest.raises(NotFoundError, match="no process"):
        bench_of(inventory, products="no_such_process")
    with pytest.raises(StudyError, match="not said what is asked"):
        bench_of(inventory)
    with pytest.raises(StudyError, match="makes no product"):
        bench_of(inventory, products="wood_waste_burning")
    with pytest.raises(StudyError, match="has no product 'gone'"):
        bench_of(read_study(study_path("lumber")), products=["gone"])
    with pytest.raises(RuleError, match="no rule slot"):
        bench_of(inventory, products="sawmill", slot="weather")


def test_units_of_analysis_may_be_given(inventory: Database) -> None:
    unit = UnitOfAnalysis(key="t", name="chips", process="sawmill", flow="chips", amount=1, unit="t")
    bench = bench_of(inventory, products=[unit])
    chips = under(DEFAULT)["chips"]
    assert totals(bench.baseline) == pytest.approx({"t": chips / 0.635 * 1000}, rel=1e-9)


def test_notebook_bundle_has_a_picture_and_a_text(bench: RulesBench) -> None:
    turned(bench).option.value = "price"
    bundle = bench._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["text/html"] == bench.view.html == bench.sides_box.body.value
    assert bundle["text/plain"] == bench.view.text == repr(bench)


def test_nothing_is_fetched_and_no_script_is_in_it(bench: RulesBench) -> None:
    turned(bench).option.value = "price"
    outline = outline_of(shown_html(bench))
    assert not outline.tags & {"script", "iframe", "link", "img", "object"}
    assert outline.unclosed == []
    assert not [name for name in outline.attributes if name.startswith("on") or name in {"src", "href"}]
    assert "http" not in shown_html(bench)


def test_tables_are_for_screen_readers_too(bench: RulesBench) -> None:
    outline = outline_of(bench.view.html)
    assert outline.tags >= {"caption", "thead", "tbody"}
    assert outline.counts["th[scope=col]"] >= 4
    assert outline.counts["th[scope=row]"] == 5 + 4
    assert outline.counts["svg"] == outline.counts["svg[aria-hidden=true]"] == 10


def test_names_of_others_are_text_not_html(inventory: Database) -> None:
    unit = UnitOfAnalysis(
        key="x", name="<script>alert(1)</script>", process="sawmill", flow="chips", amount=1
    )
    bench = bench_of(inventory, products=[unit])
    assert "<script" not in shown_html(bench)
    assert "&lt;script&gt;" in shown_html(bench)
    turned(bench).option.value = "refuse"
    assert "<script" not in shown_html(bench)


def test_every_control_has_a_name_and_no_icon(bench: RulesBench) -> None:
    widgets = [bench.widget]
    for each in widgets:
        widgets += getattr(each, "children", ())
    inputs = [each for each in widgets if hasattr(each, "description") and hasattr(each, "disabled")]
    named = [
        each for each in inputs if not isinstance(each, ipw.ToggleButtons)
    ]  # its buttons say what they do
    assert len(named) >= 5 and all(each.description for each in named if each.layout.display != "none")
    assert not any(getattr(each, "icon", "") for each in inputs)
