"""Cut-off: selection, bill, reference, monotonic coverage. Numbers: tests/cases/cut_off.toml."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonlab.compare.lanes import StudyLanes
from carbonlab.errors import InventoryError, RefusedError, RuleError
from carbonlab.results.calculate import calculate, evaluate
from carbonlab.results.evaluation import Evaluation
from carbonlab.results.reference import reference_of, solver
from carbonlab.rules.options.cut_off import LISTED, select
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.rules.ruleset import Line, Rule, RuleSet
from carbonlab.system.pipeline import SharedStages, build_inventory, build_product_system
from carbonlab.system.study_file import read_study
from carbonlab.teaching import load_teaching_inventory, study_path
from carbonlab.vocabulary import Severity
from tests.rules.rule_runs import (
    DEFAULT,
    case_study,
    check_only_logged_entries_differ,
    codes,
    intensity,
    run_case,
    teaching,
    with_option,
)
from tests.tiny import read_case, tiny_database

PAS = with_option("cut_off", "by_impact", item=0.01, total=0.05)
PAS_ONE = with_option("cut_off", "by_impact", item=0.01, total=0.05, per="product_system")
EN = with_option("cut_off", "by_criteria", criteria=["mass", "energy"], item=0.01, total=0.05)
PEF = with_option("cut_off", "by_criteria", criteria=["mass", "energy", "impact"], total=0.03)

shares = st.lists(st.one_of(st.floats(0, 0.2), st.sampled_from([0.0, 0.01, 0.02])), min_size=1, max_size=12)


@given(shares, st.floats(0, 0.2), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_tighter_threshold_cuts_a_subset(
    values: list[float], item: float, total: float, by: float, by_total: float
) -> None:
    table, group = np.array([values]), np.zeros(len(values), np.int64)
    loose, tight = select(table, group, item, total), select(table, group, item * by, total * by_total)
    assert not (tight & ~loose).any()
    assert table[0, loose].sum() <= total * (1 + 1e-6) + 1e-9  # shares count to twelve decimals
    assert (table[0, loose] <= item * (1 + 1e-6) + 1e-9).all()


@given(shares, st.randoms(use_true_random=False))
def test_the_order_of_definition_does_not_matter(values: list[float], random: Any) -> None:
    order = list(range(len(values)))
    random.shuffle(order)
    table, group = np.array([values]), np.zeros(len(values), np.int64)
    np.testing.assert_array_equal(
        select(table, group, 0.05, 0.1)[order], select(table[:, order], group, 0.05, 0.1)
    )


def test_groups_do_not_share_a_cap_and_equals_share_a_fate() -> None:
    table = np.array([[0.02, 0.02, 0.02, 0.02, 0.9, 0.01]])
    group = np.array([0, 0, 0, 1, 1, 0])
    assert select(table, group, 0.05, 0.05).tolist() == [False, False, False, True, False, True]


def test_what_no_criterion_judges_stays() -> None:
    table = np.array([[np.nan, 0.001, 0.001], [np.nan, np.nan, 0.5]])
    assert select(table, np.zeros(3, np.int64), 0.01, 0.05).tolist() == [False, True, False]
    assert not select(np.full((1, 2), np.nan), np.zeros(2, np.int64), 1.0, 1.0).any()


@pytest.mark.parametrize(
    ("option", "parameters", "words"),
    [
        ("by_impact", {}, "write total = 0.01 for one per cent"),
        ("by_impact", {"total": 5}, "between 0 and 1"),
        ("by_mass", {"total": 0.05, "item": -0.01}, "parameter 'item' is -0.01"),
        (
            "by_mass",
            {"total": 0.05, "per": "plant"},
            "use one of unit_process, every_product, product_system",
        ),
        ("by_criteria", {"total": 0.05}, "name some of mass, energy, impact"),
        ("by_criteria", {"total": 0.05, "criteria": ["money"]}, "name some of mass, energy, impact"),
    ],
)
def test_bad_parameters_are_refused_by_their_words(
    option: str, parameters: dict[str, Any], words: str
) -> None:
    with pytest.raises(RuleError) as error:
        run_case("cut_off", "shop", with_option("cut_off", option, **parameters))
    assert words in str(error.value)


def test_per_product_system_is_refused_for_several_products() -> None:
    study = read_study(study_path()).with_rule_sets(PAS_ONE)
    with pytest.raises(RefusedError) as error:
        calculate(study)
    assert "asked for all products at once" in str(error.value)
    assert "one product at a time" in str(error.value)


def test_per_product_system_says_that_it_is_for_one_product() -> None:
    evaluation = run_case("cut_off", "shop", PAS_ONE)
    found = [f.process for f in evaluation.system.work.findings if f.code == "cut_off_for_one_product"]
    assert found == ["shop"]


@pytest.mark.parametrize("option", ["by_mass", "by_energy"])
def test_a_share_of_nothing_is_refused(option: str) -> None:
    with pytest.raises(RefusedError, match="enters the product system of 'shop'"):
        run_case("cut_off", "shop", with_option("cut_off", option, total=0.05, per="product_system"))


def test_mass_of_the_product_system_is_what_nature_gives() -> None:
    case = {
        "flows": {"ore": "kg", "salt": "kg", "metal": "kg"},
        "processes": [
            {"id": "mine", "out": {"ore": 1, "co2": 1}, "in": {"co2_taken": 2}},
            {"id": "salt_mine", "out": {"salt": 1, "co2": 1}, "in": {"co2_taken": 1}},
            {"id": "smelter", "out": {"metal": 1}, "in": {"ore": 2, "salt": 0.05}},
        ],
    }
    database = tiny_database(case)
    rules = with_option("cut_off", "by_mass", total=0.0124, per="product_system")
    solve = solver(("smelter", ""))
    system = build_product_system([database], rules, solve=solve)
    # 2 · 2 kg + 0.05 kg come from nature; 0.05 kg of salt are 1.23 % of them
    (bill,) = system.work.bills
    assert bill.share == pytest.approx([0.05 / 4.05])
    assert bill.mass == pytest.approx([0.05])
    kept = build_product_system(
        [database], with_option("cut_off", "by_mass", total=0.0123, per="product_system"), solve=solve
    )
    assert not len(kept.work.bills[0].exchange)


def test_it_needs_a_solver_and_says_so() -> None:
    database = tiny_database(read_case("cut_off"))
    with pytest.raises(RefusedError, match="nothing has solved the system without it"):
        build_product_system([database], PAS)
    assert build_product_system([database], PAS, solve=solver()).work.bills


def test_the_bill_says_what_was_cut() -> None:
    evaluation = run_case("cut_off", "shop", PAS)
    (bill,) = evaluation.system.work.bills
    database = evaluation.system.database
    flows = database.column("flows", "id")[database.column("exchanges", "flow")[bill.exchange]]
    listed = {flow: n for n, flow in enumerate(flows)}
    assert set(listed) == {"label", "wire", "bag", "heat"} - {"heat"}
    assert bill.mass[listed["wire"]] == pytest.approx(0.003)
    assert bill.impact[listed["label"]] == pytest.approx(0.005)
    assert bill.share[listed["bag"]] == pytest.approx(0.004 / 0.629)
    assert bill.reference == DEFAULT.digest
    rows = {process: database.process_row(process) for process in ("assembly", "shop")}
    assert bill.coverage == pytest.approx({rows["assembly"]: 1.042 / 1.05, rows["shop"]: 0.625 / 0.629})
    findings = evaluation.system.work.findings
    summary = next(f for f in findings if f.code == "cut_off_bill")
    assert summary.amount == 3
    assert "coverage at least 0.992381 at 'assembly'" in summary.detail
    assert DEFAULT.digest in summary.detail
    entries = {f.flow: f for f in findings if f.code == "cut_off_entry"}
    assert entries["label"].process == "assembly"
    assert (entries["label"].amount, entries["label"].unit) == (pytest.approx(0.005), "kg CO2e")
    assert "0.005 kg" in entries["label"].detail


def test_the_bill_of_a_product_is_per_unit_of_it() -> None:
    evaluation = run_case("cut_off", "shop", PAS_ONE)
    (bill,) = evaluation.system.work.bills
    lost = intensity(run_case("cut_off", "shop"), "shop") - intensity(evaluation, "shop")
    assert bill.product == "shop"
    assert bill.impact.sum() == pytest.approx(lost, rel=1e-9)
    assert bill.lowest_coverage == pytest.approx(0.615 / 0.629)


def test_mass_from_a_property_counts() -> None:
    case = read_case("cut_off")
    case["flows"]["dye"] = "item"
    heavy = {"flow": "dye", "name": "mass", "value": 10.0, "unit": "g"}
    rules = with_option("cut_off", "by_mass", item=0.01, total=0.05)
    system = build_product_system([tiny_database({**case, "properties": [heavy]})], rules, solve=solver())
    (bill,) = system.work.bills
    dye = system.database.flow_row("dye")
    position = np.flatnonzero(system.database.column("exchanges", "flow")[bill.exchange] == dye)
    assert bill.mass[position] == pytest.approx([0.001 * 0.01])
    with pytest.raises(InventoryError, match="the property 'mass' is stated in 'l'"):
        build_product_system(
            [tiny_database({**case, "properties": [{**heavy, "unit": "l"}]})],
            rules.replace(multifunctionality="equal"),
            solve=solver(),
        )


def test_the_selection_is_fixed_over_draws() -> None:
    system = run_case("cut_off", "assembly", PAS).system
    drawn = system.work.amounts * np.linspace(0.2, 5.0, len(system.work.amounts))
    a, b = system.matrices.A, system.matrices_for(drawn).A
    np.testing.assert_array_equal(a.indices, b.indices)
    np.testing.assert_array_equal(a.indptr, b.indptr)


@pytest.mark.parametrize("rules", [PAS, PAS_ONE, EN, PEF], ids=["pas", "pas_one", "en", "pef"])
def test_only_logged_entries_change(rules: RuleSet) -> None:
    before, after = evaluate(teaching("cement", DEFAULT, rules))
    check_only_logged_entries_differ(before.system.work, after.system.work, "cut_off")
    dropped = np.concatenate([log.rows for log in after.system.work.log if log.slot == "cut_off"])
    (bill,) = after.system.work.bills
    assert set(after.system.work.technosphere.exchange[dropped]) == set(bill.exchange)


@pytest.mark.parametrize("product", ["cement", "aluminium", "urea"])
def test_teaching_coverage_holds_and_never_rises_with_the_threshold(product: str) -> None:
    limits = (0.0, 0.001, 0.005, 0.01, 0.03, 0.05, 0.1)
    sets = [
        replace(with_option("cut_off", "by_impact", total=limit, per="product_system"), key=f"{limit}")
        for limit in limits
    ]
    plain, *cut = evaluate(teaching(product, DEFAULT, *sets))
    whole = intensity(plain, teaching(product).units[0].process)
    coverages, totals = [], []
    for evaluation in cut:
        (bill,) = evaluation.system.work.bills
        coverages.append(bill.lowest_coverage)
        totals.append(intensity(evaluation, bill.product))
    assert coverages == sorted(coverages, reverse=True)
    for limit, coverage, total in zip(limits, coverages, totals, strict=True):
        assert coverage >= 1 - limit - 1e-9
        # contributions of these products are all positive: what is kept is at least the coverage of the bill
        assert whole * coverage * (1 - 1e-9) <= total <= whole * (1 + 1e-9)
    assert totals[0] == pytest.approx(whole, rel=1e-12)
    assert totals[-1] < whole


def test_teaching_unit_process_coverage_holds_for_all_products() -> None:
    inventory = load_teaching_inventory()
    lowest = []
    for limit in (0.001, 0.01, 0.05):
        system = build_product_system(
            [inventory], with_option("cut_off", "by_impact", total=limit), solve=solver()
        )
        (bill,) = system.work.bills
        lowest.append(bill.lowest_coverage)
        assert bill.lowest_coverage >= 1 - limit - 1e-9
    assert lowest == sorted(lowest, reverse=True)


def test_a_long_bill_lists_the_largest_and_says_so() -> None:
    system = build_product_system(
        [load_teaching_inventory()], with_option("cut_off", "by_impact", total=0.2), solve=solver()
    )
    (bill,) = system.work.bills
    assert len(bill.exchange) > LISTED
    entries = [f for f in system.work.findings if f.code == "cut_off_entry"]
    assert len(entries) == LISTED
    summary = next(f for f in system.work.findings if f.code == "cut_off_bill")
    assert f"the largest {LISTED} are listed" in summary.detail


def test_two_rules_that_judge_have_references_of_their_own() -> None:
    rules = with_option("boundary", "capital_goods_if_over", share=0.1).replace(cut_off=PAS.rules["cut_off"])
    evaluation = run_case("boundary", "product", rules)
    references = {bill.slot: bill.reference for bill in evaluation.system.work.bills}
    assert references["boundary"] == DEFAULT.replace(cut_off=PAS.rules["cut_off"]).digest
    assert references["cut_off"] == DEFAULT.replace(boundary=rules.rules["boundary"]).digest


def test_shared_stages_give_what_each_rule_set_gives_alone() -> None:
    inventory = build_inventory([load_teaching_inventory()])
    shared = SharedStages(inventory, solve=solver())
    sets = [
        DEFAULT,
        PAS,
        EN,
        PAS.replace(multifunctionality="price"),
        DEFAULT.replace(multifunctionality="price"),
        PAS,
    ]
    for rules in sets:
        together = shared.build(rules)
        alone = SharedStages(inventory, solve=solver()).build(rules)
        np.testing.assert_array_equal(together.matrices.A.toarray(), alone.matrices.A.toarray())
        assert [bill.reference for bill in together.work.bills] == [
            bill.reference for bill in alone.work.bills
        ]
        assert together.work.reference is None


def test_comparison_gets_references_too() -> None:
    lanes = StudyLanes(case_study("cut_off", "shop"))
    assert intensity(lanes.evaluate(PAS_ONE), "shop") == pytest.approx(0.615)


def test_uptake_and_emissions_that_cancel_are_not_small() -> None:
    case = {
        "flows": {"wood": "kg", "nail": "kg", "house": "item"},
        "processes": [
            {"id": "forest", "out": {"wood": 1, "co2": 1.0}, "in": {"co2_taken": 1.0}},
            {"id": "smithy", "out": {"nail": 1, "co2": 1.0}},
            {"id": "carpenter", "out": {"house": 1, "co2": 1.0}, "in": {"wood": 10, "nail": 0.1}},
        ],
    }
    system = build_product_system(
        [tiny_database(case)], with_option("cut_off", "by_impact", total=0.05), solve=solver()
    )
    (bill,) = system.work.bills
    flows = system.database.column("flows", "id")[system.database.column("exchanges", "flow")[bill.exchange]]
    assert flows.tolist() == ["nail"]
    # emission and uptake of the wood are 20 kg, own emissions 1 kg, nails 0.1 kg
    assert bill.share == pytest.approx([0.1 / 21.1])


def test_impacts_of_the_reference_balance_every_process() -> None:
    evaluation = evaluate(teaching("lumber"))[0]
    reference = reference_of(evaluation, ("lumber_in_building", ""))
    system = evaluation.system
    process = system.database.column("exchanges", "process")
    sums = np.zeros(system.database.processes.num_rows)
    np.add.at(sums, process, np.nan_to_num(reference.impact))
    outputs = np.zeros(len(sums))
    value = system.work.technosphere.values(system.work.amounts)[system.columns.entry]
    intensities = evaluation.adjoint.x @ evaluation.factors
    np.add.at(outputs, system.columns.process, value * intensities)
    np.testing.assert_allclose(sums, outputs, rtol=1e-9, atol=1e-9)
    # for one product the direct contributions of all processes are its footprint
    assert reference.product_impact is not None
    direct = np.unique(system.work.intervention.exchange)
    total = np.nansum(reference.product_impact[direct])
    assert total == pytest.approx(intensity(evaluation, "lumber_in_building"), rel=1e-9)


def test_nothing_is_cut_without_a_threshold_and_said_so() -> None:
    evaluation = run_case("cut_off", "shop", with_option("cut_off", "by_impact", total=0.0))
    summary = next(f for f in evaluation.system.work.findings if f.code == "cut_off_bill")
    assert summary.amount == 0
    assert "coverage at least 1;" in summary.detail
    assert "cut_off_entry" not in codes(evaluation)


def _largest_loss(rules: RuleSet) -> tuple[float, float, Evaluation]:
    """Return the largest true loss of a product of the teaching inventory, what the bill says of it, and the rest."""
    study = teaching("cement").with_rule_sets(rules.replace(cut_off="none"), rules)
    whole, cut = evaluate(study)
    before, after = whole.intensity(), cut.intensity()
    with np.errstate(invalid="ignore", divide="ignore"):
        lost = np.where(before != 0, (before - after) / np.abs(before), 0.0)
    most = int(np.nanargmax(lost))
    (bill,) = cut.system.work.bills
    assert bill.lost is not None
    return float(lost[most]), float(bill.lost[most]), cut


def test_three_per_cent_of_every_process_are_more_of_a_product_and_said_so() -> None:
    limits = {"criteria": ["mass", "energy", "impact"], "item": 0.03, "total": 0.03}
    each = load_rule_set("eu-pef-2021").replace(
        cut_off=Rule("cut_off", (Line("by_criteria", parameters={**limits, "per": "unit_process"}),))
    )
    lost, billed, cut = _largest_loss(each)
    assert lost > 0.06, "what the cascade of limits per process comes to"
    assert billed >= lost - 1e-9
    (bill,) = cut.system.work.bills
    asked = cut.system.database.column("processes", "id")[cut.system.columns.process]
    product = teaching("cement").units[0].process
    loss = float(bill.lost[asked == product].max())  # type: ignore[index]
    found = [f for f in cut.system.work.findings if f.code == "cut_off_above_limit"]
    assert bool(found) == (loss > 0.03), "the finding is about the product that is asked for"
    for row in np.unique(cut.system.database.column("exchanges", "process")[bill.exchange]):
        assert bill.coverage[int(row)] >= 0.97 - 1e-9


@pytest.mark.parametrize(
    ("key", "limit", "credited"),
    [("eu-pef-2021", 0.03, {"floor_in_use"}), ("pas-2050-2011", 0.05, set[str]())],
)
def test_the_limit_of_a_standard_holds_for_every_product(key: str, limit: float, credited: set[str]) -> None:
    """`credited`: what its credits leave of a product is so small that cuts upstream are a larger share of it."""
    _, _, cut = _largest_loss(load_rule_set(key))
    (bill,) = cut.system.work.bills
    assert len(bill.exchange) > 100, "the limit is used, not avoided"
    processes = cut.system.columns.process
    ids = cut.system.database.column("processes", "id")[processes]
    assert bill.lost is not None
    above = bill.lost > limit * (1 + 1e-9)
    assert set(ids[above]) == credited
    assert limit / 2 < bill.lost[~above].max() <= limit * (1 + 1e-9)
    own = cut.system.database.column("exchanges", "process")[bill.exchange]
    assert not set(processes[above]) & set(own), "it cuts nothing itself"
    assert "cut_off_above_limit" not in {f.code for f in cut.system.work.findings}


def test_a_product_that_credits_leave_little_of_says_what_it_loses() -> None:
    rules = load_rule_set("eu-pef-2021")
    study = read_study(study_path("categories"))
    asked = tuple(unit for unit in study.units if unit.process == "floor_in_use")
    study = replace(study, units=asked, rule_sets=(rules,))
    (found,) = [f for f in evaluate(study)[0].findings if f.code == "cut_off_above_limit"]
    assert found.process == "floor_in_use" and "the limit is 3 %" in found.detail


def test_a_limit_by_mass_says_what_it_takes_of_the_footprint() -> None:
    evaluation = run_case("cut_off", "assembly", with_option("cut_off", "by_mass", total=0.01))
    (bill,) = evaluation.system.work.bills
    column = evaluation.system.column_of("assembly", "")
    # dye 0.001 · 50, wire 0.003 and label 0.005 of 1.05
    assert bill.lost is not None and bill.lost[column] == pytest.approx(0.058 / 1.05)
    (found,) = [f for f in evaluation.system.work.findings if f.code == "cut_off_above_limit"]
    assert (found.process, found.severity) == ("assembly", Severity.WARNING)
    assert found.detail == "up to 5.52 % of absolute contributions; the limit is 1 %"


def test_a_product_keeps_its_number_whatever_else_is_asked() -> None:
    alone, together = teaching("cement"), read_study(study_path())
    rules = load_rule_set("eu-pef-2021")
    first = evaluate(alone.with_rule_sets(rules))[0].intensity()
    second = evaluate(together.with_rule_sets(rules))[0].intensity()
    np.testing.assert_array_equal(first, second)
