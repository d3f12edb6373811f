"""Boundary options: what they leave out, refuse, and do not touch. Numbers: tests/cases/boundary*.toml."""

from __future__ import annotations

import numpy as np
import pytest

from carbonlab.errors import RefusedError, RuleError
from carbonlab.inventory.findings import finding_text
from carbonlab.results.calculate import calculate, evaluate
from carbonlab.rules.options.boundary import TO_GATE, load_modules
from carbonlab.rules.ruleset import Line, Rule
from carbonlab.rules.selectors import Selector
from carbonlab.system.pipeline import build_product_system
from carbonlab.vocabulary import LifeCycleStage
from tests.rules.rule_runs import (
    DEFAULT,
    check_only_logged_entries_differ,
    codes,
    intensity,
    run_case,
    teaching,
    with_option,
)
from tests.tiny import read_case, tiny_database

PRODUCTS = ("cement", "aluminium", "urea", "lumber")


@pytest.mark.parametrize(
    ("option", "parameters", "words"),
    [
        ("stages", {}, "keeps the stages []"),
        ("stages", {"keep": ["usage"]}, "keeps the stages ['usage']"),
        ("modules", {"keep": ["A1"]}, "not single modules"),
        ("modules", {"keep": ["A1-A3", "D"]}, "adds module D to A1-A3"),
        ("cradle_to_grave", {"missing": "maybe"}, "use 'finding' or 'refuse'"),
        ("without", {}, "leaves out no role"),
        ("without", {"roles": ["gold"]}, "there is no role 'gold'"),
        ("capital_goods_if_over", {}, "write share = 0.01 for one per cent"),
        ("capital_goods_if_over", {"share": 5}, "between 0 and 1"),
        ("process_only", {"electricity": "yes"}, "use 'left_out' or 'counted'"),
        ("process_only", {"inside": ["warmth"]}, "no flow has the role or name 'warmth'"),
        ("process_only", {"gases": ["oxygen"]}, "there is no climate gas 'oxygen'"),
    ],
)
def test_bad_parameters_are_refused_by_their_words(
    option: str, parameters: dict[str, object], words: str
) -> None:
    with pytest.raises(RuleError) as error:
        run_case("boundary", "product", with_option("boundary", option, **parameters))
    assert words in str(error.value)


def test_a_stage_without_a_model_is_named_or_refused() -> None:
    study = teaching("aluminium", with_option("boundary", "cradle_to_grave"))
    found = [
        f.detail for f in evaluate(study)[0].system.work.findings if f.code == "boundary_stage_not_modelled"
    ]
    # the foreground of the embedded studies is one: lumber and urea state use and end of life
    assert found == []
    database = tiny_database(read_case("heijungs_suh"))
    system = build_product_system([database], with_option("boundary", "cradle_to_grave"))
    assert [f.detail for f in system.work.findings] == ["distribution", "use", "end_of_life"]
    with pytest.raises(RefusedError, match="models nothing for the stage distribution"):
        build_product_system([database], with_option("boundary", "cradle_to_grave", missing="refuse"))


def test_stages_that_nothing_states_are_a_finding() -> None:
    database = tiny_database(read_case("heijungs_suh"))
    system = build_product_system([database], with_option("boundary", "cradle_to_gate"))
    assert {f.code for f in system.work.findings} == {"boundary_without_stages"}
    assert not [log for log in system.work.log if log.slot == "boundary"]


def test_exchanges_without_a_stage_stay_and_are_counted() -> None:
    evaluation = run_case("boundary", "product", with_option("boundary", "stages", keep=["end_of_life"]))
    kept = next(f for f in evaluation.system.work.findings if f.code == "boundary_unstaged_kept")
    assert (
        kept.amount == 1
    )  # the direct CO2 of the product; its own output is no exchange that the rule acts on
    assert intensity(evaluation, "product") == pytest.approx(0.02 + 0.3 - 0.0305, rel=1e-12)


def test_a_role_that_nothing_has_is_a_finding() -> None:
    database = tiny_database(read_case("heijungs_suh"))
    for option in ("no_packaging", "no_consumer_travel", "no_capital_goods"):
        system = build_product_system([database], with_option("boundary", option))
        assert {f.code for f in system.work.findings} == {"boundary_role_not_given"}, option
        assert not [log for log in system.work.log if log.slot == "boundary"]


def test_module_d_needs_a_foreground() -> None:
    database = tiny_database({**read_case("boundary"), "foreground": []})
    with pytest.raises(RefusedError, match="module D is asked of an inventory without a foreground"):
        build_product_system([database], with_option("boundary", "modules", keep=["D"]))


def test_modules_cover_every_stage_once() -> None:
    stages = [stage for module in load_modules().values() for stage in module["stages"]]
    assert sorted(stages) == sorted(LifeCycleStage)


def test_modules_add_up_to_the_life_cycle() -> None:
    parts = [
        intensity(run_case("boundary", "product", with_option("boundary", "modules", keep=[name])), "product")
        for name in load_modules()
    ]
    # what states no stage stays in each of the four modules: 0.02 is counted three times too often
    assert sum(parts) - 3 * 0.02 == pytest.approx(
        intensity(run_case("boundary", "product"), "product"), rel=1e-12
    )


def test_an_installation_is_said_to_be_no_footprint() -> None:
    evaluation = run_case("boundary_installation", "steel_works", with_option("boundary", "process_only"))
    assert "boundary_installation_only" in codes(evaluation)
    assert "no carbon footprint" in finding_text("boundary_installation_only")


def test_an_installation_without_goods_of_the_regulation_is_a_finding() -> None:
    database = tiny_database(read_case("heijungs_suh"))
    system = build_product_system([database], with_option("boundary", "process_only"))
    missing = [f.detail for f in system.work.findings if f.code == "boundary_role_not_given"]
    assert missing == ["cbam_good", "heat"]


def test_capital_goods_are_billed_with_the_reference() -> None:
    evaluation = run_case("boundary", "product", with_option("boundary", "capital_goods_if_over", share=0.1))
    (bill,) = evaluation.system.work.bills
    database = evaluation.system.database
    process = database.column("processes", "id")[database.column("exchanges", "process")[bill.exchange]]
    assert process.tolist() == ["boiler"]
    assert bill.reference == DEFAULT.digest
    assert bill.impact == pytest.approx([0.001])
    assert bill.lowest_coverage == pytest.approx(0.06 / 0.061)
    assert "capital_goods_left_out" in codes(evaluation)


def test_significance_needs_a_solver_and_says_so() -> None:
    database = tiny_database({**read_case("boundary"), "foreground": []})
    with pytest.raises(RefusedError) as error:
        build_product_system([database], with_option("boundary", "capital_goods_if_over", share=0.1))
    assert "nothing has solved the system without it" in str(error.value)
    assert "carbonlab.calculate" in str(error.value)


def test_a_selector_and_a_default_divide_the_work() -> None:
    lines = (Line("exclude", Selector(role="packaging")), Line("cradle_to_gate"))
    evaluation = run_case("boundary", "product", DEFAULT.replace(boundary=Rule("boundary", lines)))
    assert intensity(evaluation, "product") == pytest.approx(0.08, rel=1e-12)
    assert evaluation.system.work.caught["boundary", 0] == 1


@pytest.mark.parametrize(
    ("option", "parameters"),
    [
        ("cradle_to_gate", {}),
        ("cradle_to_grave", {"without": ["packaging"]}),
        ("stages", {"keep": ["use"]}),
        ("modules", {"keep": ["A1-A3", "C1-C4"]}),
        ("modules", {"keep": ["D"]}),
        ("no_capital_goods", {}),
        ("no_packaging", {}),
        ("no_consumer_travel", {}),
        ("without", {"roles": ["transport", "packaging"]}),
        ("capital_goods_if_over", {"share": 0.01}),
        ("process_only", {}),
    ],
)
def test_only_logged_entries_change(option: str, parameters: dict[str, object]) -> None:
    study = teaching("cement", DEFAULT, with_option("boundary", option, **parameters))
    before, after = (evaluation.system.work for evaluation in evaluate(study))
    check_only_logged_entries_differ(before, after, "boundary")


@pytest.mark.parametrize("product", PRODUCTS)
def test_gate_is_the_first_two_stages_of_the_life_cycle(product: str) -> None:
    default, gate = DEFAULT, with_option("boundary", "cradle_to_gate")
    result = calculate(teaching(product, default, gate))
    whole = result["footprint"].sel(rule_set=default.key)
    first = float(whole.sel(stage=[str(stage) for stage in TO_GATE]).sum())
    assert float(result["total"].sel(rule_set=gate.key)[0]) == pytest.approx(first, rel=1e-9)


def test_teaching_boundaries_move_what_they_should() -> None:
    moved = {}
    options = [
        ("no_capital_goods", {}),
        ("no_packaging", {}),
        ("without", {"roles": ["transport"]}),
        ("process_only", {}),
    ]
    for product in PRODUCTS:
        sets = [with_option("boundary", option, **parameters) for option, parameters in options]
        total = calculate(teaching(product, DEFAULT, *sets))["total"].isel(product=0).values
        moved[product] = dict(zip([option for option, _ in options], total[1:] - total[0], strict=True))
    assert all(moved[product]["no_capital_goods"] < 0 for product in ("cement", "aluminium"))
    assert moved["lumber"]["no_capital_goods"] == 0
    assert all(abs(moved[product]["no_packaging"]) > 0 for product in ("cement", "urea"))
    assert moved["aluminium"]["no_packaging"] == moved["lumber"]["no_packaging"] == 0
    assert all(moved[product]["without"] < 0 for product in PRODUCTS)
    assert all(moved[product]["process_only"] < 0 for product in ("cement", "aluminium", "urea"))


def test_teaching_clinker_as_an_installation() -> None:
    evaluation = evaluate(teaching("cement", with_option("boundary", "process_only", gases=["CO2"])))[0]
    database = evaluation.system.database
    amount = {
        (process, flow): value
        for process, flow, value in zip(
            database.column("processes", "id")[database.column("exchanges", "process")],
            database.column("flows", "id")[database.column("exchanges", "flow")],
            database.column("exchanges", "amount"),
            strict=True,
        )
    }
    heat = amount["coal_furnace_cn", "co2_fossil"] / amount["coal_furnace_cn", "coal_heat"]
    expected = amount["clinker_cn", "co2_fossil"] + amount["clinker_cn", "coal_heat"] * heat
    assert intensity(evaluation, "clinker_cn") == pytest.approx(expected, rel=1e-12)
    assert "boundary_total_kept" in codes(evaluation)
    assert np.isfinite(evaluation.intensity()).any()


def test_lines_with_the_same_option_report_once() -> None:
    lines = (Line("process_only", Selector(process="steel*"), {"gases": ["CO2"]}), Line("process_only"))
    evaluation = run_case(
        "boundary_installation", "steel_works", DEFAULT.replace(boundary=Rule("boundary", lines))
    )
    found = [f for f in evaluation.system.work.findings if f.code == "boundary_installation_only"]
    assert len(found) == 1
    assert intensity(evaluation, "steel_works") == pytest.approx(2.0778, rel=1e-12)
