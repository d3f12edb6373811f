"""Recycling: identities of the formulas, refusals, what an option touches. Numbers: tests/cases."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from carbonlab.errors import RuleError
from carbonlab.results.calculate import calculate, collect, evaluate
from carbonlab.results.evaluation import Evaluation
from carbonlab.rules.ruleset import Line, Rule, RuleSet
from carbonlab.rules.selectors import Selector
from carbonlab.system.explain import explain
from carbonlab.system.study import Study
from carbonlab.vocabulary import Component
from tests.rules.rule_runs import (
    DEFAULT,
    case_study,
    check_only_logged_entries_differ,
    codes,
    intensity,
    run_case,
    with_option,
)
from tests.tiny import read_case, tiny_database

PROCESSES = {"Erec": "recycler", "Erec_eol": "recovery", "Ed": "landfill"}
ENERGY = {"Eer": "furnace", "Ese_heat": "boiler", "Ese_elec": "grid"}
EV, EREC, EEOL, ED, EER, HEAT, POWER = 10.0, 2.0, 3.0, 0.1, 0.6, 0.07, 0.9 / 3.6
"""Footprints of the processes of the case [kg CO2e per kg, or per MJ]."""
share = st.floats(0, 1, allow_nan=False).map(lambda value: round(value, 6))


def per_kilogram(option: str, **parameters: Any) -> float:
    """Return what one kilogram of metal brings under an option (a can has two, and 0.5 of its own)."""
    evaluation = run_case(
        "recycling", "can_maker", with_option("recycling", option, material="metal", **parameters)
    )
    return (intensity(evaluation, "can_maker") - 0.5) / 2


def close(value: float, expected: float) -> bool:
    return abs(value - expected) <= 1e-9 * max(30.0, abs(expected))


def formula(
    A: float, B: float, R1: float, R2: float, R3: float, Q_in: float, Q_out: float, LHV: float
) -> float:
    """The Circular Footprint Formula as Recommendation (EU) 2021/2279 has it, X_heat 0.4, X_elec 0.2."""
    material = (1 - R1) * EV + R1 * (A * EREC + (1 - A) * EV * Q_in) + (1 - A) * R2 * (EEOL - EV * Q_out)
    energy = (1 - B) * R3 * (EER - LHV * 0.4 * HEAT - LHV * 0.2 * POWER)
    return material + energy + (1 - R2 - R3) * ED


@settings(max_examples=25)
@given(share, share, share, share, share, st.floats(0.1, 1), st.floats(0.1, 1), st.floats(0, 40))
def test_circular_footprint_formula_is_what_it_says(
    A: float, B: float, R1: float, R2: float, rest: float, Q_in: float, Q_out: float, LHV: float
) -> None:
    R3 = round(rest * (1 - R2), 6)
    assume(R2 + R3 <= 1)
    value = per_kilogram(
        "circular_footprint_formula",
        **dict(A=A, B=B, R1=R1, R2=R2, R3=R3, Q_in=Q_in, Q_out=Q_out, LHV=LHV, X_heat=0.4, X_elec=0.2),
        **PROCESSES,
        **ENERGY,
    )
    assert close(value, formula(A, B, R1, R2, R3, Q_in, Q_out, LHV))


@settings(max_examples=10)
@given(
    share, share, st.sampled_from([(1.0, "cutoff_100_0"), (0.0, "end_of_life_0_100"), (0.5, "split_50_50")])
)
def test_limits_of_the_formula_without_energy_recovery(
    R1: float, R2: float, limit: tuple[float, str]
) -> None:
    A, option = limit
    whole = per_kilogram("circular_footprint_formula", A=A, R1=R1, R2=R2, **PROCESSES)
    assert close(whole, per_kilogram(option, R1=R1, R2=R2, **PROCESSES))
    expected = {
        "cutoff_100_0": (1 - R1) * EV + R1 * EREC + (1 - R2) * ED,
        "end_of_life_0_100": EV + R2 * (EEOL - EV) + (1 - R2) * ED,
        "split_50_50": (1 - R1 / 2) * EV + R1 / 2 * EREC + R2 / 2 * (EEOL - EV) + (1 - R2) * ED,
    }
    assert close(whole, expected[option])


def test_with_energy_recovery_the_limit_differs() -> None:
    recovered = dict(R1=0.3, R2=0.4, R3=0.5, LHV=18.0, X_heat=0.4, X_elec=0.2, **PROCESSES, **ENERGY)
    cut_off = per_kilogram("cutoff_100_0", R1=0.3, R2=0.4, **PROCESSES)
    credit = 0.5 * (EER - 18 * 0.4 * HEAT - 18 * 0.2 * POWER) - 0.5 * ED
    assert close(per_kilogram("circular_footprint_formula", A=1.0, **recovered), cut_off + credit)
    # with B = 1 the energy goes to the next user, but what is burned is not landfilled either
    assert close(per_kilogram("circular_footprint_formula", A=1.0, B=1.0, **recovered), cut_off - 0.5 * ED)


def test_without_recycling_it_is_virgin_and_disposal() -> None:
    nothing = dict(R1=0.0, R2=0.0, R3=0.0, Ed="landfill")
    assert close(per_kilogram("circular_footprint_formula", **nothing), EV + ED)


@settings(max_examples=10)
@given(share, share, share)
def test_identities_of_annex_d(R: float, C: float, A: float) -> None:
    ends = {"E_EoL": "landfill"}
    scrap = {**ends, "E_PP": "recycler"}

    def form(k: int, **given: Any) -> float:
        return per_kilogram("iso_annex_d", k=k, **given)

    assert close(form(1, R=R, **ends), EV + ED - R * EV)
    assert close(form(2, R=R, A=1.0, **ends), form(1, R=R, **ends))
    assert close(form(2, R=R, A=A, **ends), EV + ED - R * A * EV)
    assert close(form(3, R=R, A=A, **scrap), form(4, R=R, A=A, **scrap))
    assert close(form(4, R=R, A=A, **scrap), EREC + ED + (1 - R) * A * EV)
    assert close(form(5, R=R, C=C, A=A, **scrap), form(6, R=R, C=C, A=A, **scrap))
    assert close(form(6, R=R, C=C, A=A, **scrap), C * EREC + (1 - C) * EV + ED + (C - R) * A * EV)
    assert close(form(5, R=R, C=0.0, A=A, **scrap), form(2, R=R, A=A, **ends))
    assert close(form(5, R=R, C=1.0, A=A, **scrap), form(3, R=R, A=A, **scrap))
    # at C = R the credit of form 6 vanishes, whatever A is
    assert close(form(6, R=R, C=R, A=A, **scrap), R * EREC + (1 - R) * EV + ED)


@pytest.mark.parametrize(
    ("option", "parameters", "words"),
    [
        ("circular_footprint_formula", {"A": 1.2, "R1": 0.1}, "parameter 'A' of the recycling rule is 1.2"),
        ("circular_footprint_formula", {"A": -0.1, "R1": 0.1}, "give a number between 0 and 1"),
        (
            "circular_footprint_formula",
            {"R2": 0.7, "R3": 0.4, **PROCESSES},
            "parameter 'R2 + R3' of the recycling rule is 1.1",
        ),
        ("circular_footprint_formula", {"R1": 0.3, "Ed": "landfill"}, "names no process for Erec"),
        ("circular_footprint_formula", {"R1": 0.3, "Erec": "recycler"}, "names no process for Ed"),
        ("circular_footprint_formula", {"R2": 0.3, "Ed": "landfill"}, "names no process for Erec_eol"),
        ("circular_footprint_formula", {"R3": 0.3, "Ed": "landfill"}, "names no process for Eer"),
        ("circular_footprint_formula", {"Q_in": 1.2, "Ed": "landfill"}, "parameter 'Q_in'"),
        ("circular_footprint_formula", {"LHV": -1, "Ed": "landfill"}, "a heating value is not negative"),
        ("circular_footprint_formula", {"X_heat": 0.8, "X_elec": 0.3}, "more energy would come out"),
        (
            "circular_footprint_formula",
            {"Ed": "moon"},
            "the process 'moon' of the recycling rule is not in the inventory",
        ),
        (
            "circular_footprint_formula",
            {"Ed": "grid"},
            "the material comes in 'kg', and 'grid' works in 'kWh'",
        ),
        (
            "circular_footprint_formula",
            {"Ed": "landfill", "where": "here"},
            "use 'foreground' or 'everywhere'",
        ),
        ("circular_footprint_formula", {"Ed": "landfill", "terms": "some"}, "use 'all' or 'input'"),
        (
            "circular_footprint_formula",
            {"R1": 0.5, "Erec": "as_modelled", "Ed": "landfill"},
            "only the end of life",
        ),
        (
            "circular_footprint_formula",
            {"Ed": "landfill", "replaces": ["sofa"]},
            "no process takes or hands over 'sofa'",
        ),
        (
            "cutoff_100_0",
            {"R1": 0.5, "Erec": "recycler", "Ed": "landfill", "Q_out": 0.9},
            "set module_d = true",
        ),
        ("cutoff_100_0", {"R2": 0.5, "Ed": "landfill", "module_d": True}, "names no process for Erec_eol"),
        (
            "cutoff_100_0",
            {"R2": 0.5, "terms": "input", "module_d": True},
            "the end of life, which is left out",
        ),
        ("iso_annex_d", {"R": 0.5, "E_EoL": "landfill"}, "has the forms 1 to 6"),
        ("iso_annex_d", {"k": 7, "R": 0.5, "E_EoL": "landfill"}, "parameter 'k' of the recycling rule is 7"),
        ("iso_annex_d", {"k": 1, "R": 0.5, "A": 0.5, "E_EoL": "landfill"}, "it would be ignored"),
        ("iso_annex_d", {"k": 2, "R": 0.5, "E_EoL": "landfill"}, "the result depends on it"),
        ("iso_annex_d", {"k": 1, "R": 0.5}, "names no process for E_EoL"),
        ("iso_annex_d", {"k": 1, "R": 1.5, "E_EoL": "landfill"}, "it is a share"),
    ],
)
def test_bad_parameters_are_refused_by_their_words(
    option: str, parameters: dict[str, Any], words: str
) -> None:
    with pytest.raises(RuleError) as error:
        run_case("recycling", "can_maker", with_option("recycling", option, material="metal", **parameters))
    assert words in str(error.value)


def test_a_line_about_no_material_is_refused() -> None:
    with pytest.raises(RuleError, match="does not say which material"):
        two_inputs("circular_footprint_formula", R1=0.2, Erec="recycler", Ed="landfill")


def test_per_material_by_line_selectors() -> None:
    rule = Rule(
        "recycling",
        (
            Line("cutoff_100_0", Selector(flow="metal"), {"R1": 0.3, "R2": 0.6, **PROCESSES}),
            Line(
                "circular_footprint_formula",
                Selector(flow="he*"),
                {"A": 0.2, "R1": 1.0, "Erec": "warm_pump", "terms": "input"},
            ),
            Line("as_modelled"),
        ),
    )
    evaluation = evaluate_two(DEFAULT.replace(recycling=rule))
    metal = 0.7 * EV + 0.3 * EREC + 0.4 * ED
    assert close(intensity(evaluation, "can_maker"), 0.5 + 2 * metal + 3 * (0.2 * 0.01 + 0.8 * 0.07))
    assert evaluation.system.work.caught["recycling", 0] == 1


def two_inputs(option: str, **parameters: Any) -> Evaluation:
    return evaluate_two(with_option("recycling", option, **parameters))


def evaluate_two(rules: RuleSet) -> Evaluation:
    """The can takes heat besides; a heat pump makes heat too, under another name."""
    case = read_case("recycling")
    case["flows"]["pumped"] = "MJ"
    case["processes"][0]["in"]["heat"] = 3
    case["processes"].append({"id": "warm_pump", "out": {"pumped": 1, "co2": 0.01}})
    study = case_study("recycling", "can_maker", rules)
    halves = [
        {**case, "processes": [p for p in case["processes"] if (p["id"] == "can_maker") == inside]}
        for inside in (True, False)
    ]
    study = replace(
        study,
        foreground=tiny_database(halves[0], "foreground"),
        databases=(tiny_database(halves[1], "background"),),
    )
    return evaluate(study)[0]


def test_gate_to_the_formula_has_no_end_of_life() -> None:
    parameters = {"A": 0.2, "R1": 0.3, "R2": 0.5, "Q_in": 0.75, **PROCESSES}
    evaluation = run_case(
        "recycling",
        "can_maker",
        with_option("recycling", "circular_footprint_formula", material="metal", terms="input", **parameters),
    )
    assert close(intensity(evaluation, "can_maker"), 0.5 + 2 * 8.92)
    assert not evaluation.system.work.at_stage


def test_every_term_is_an_entry_that_explains_itself() -> None:
    rules = with_option(
        "recycling",
        "circular_footprint_formula",
        material="metal",
        A=0.2,
        R1=0.3,
        R2=0.5,
        Q_out=0.9,
        **PROCESSES,
    )
    evaluation = run_case("recycling", "can_maker", rules)
    system = evaluation.system
    can, smelter = system.column_of("can_maker"), system.column_of("smelter")
    parts = explain(system, smelter, can)
    assert sorted(round(part.factors["recycling"], 9) for part in parts) == [0.24, 0.36, 0.7]
    assert {(part.sign, part.amount) for part in parts} == {(-1.0, 2.0), (1.0, 2.0)}
    assert close(sum(part.value for part in parts), -2 * (0.7 + 0.24 - 0.36))
    treated = explain(system, system.column_of("landfill"), can)[0]
    assert (treated.sign, treated.factors) == (1.0, {"recycling": 0.5})
    assert [touch.verb for touch in treated.touches if touch.slot == "recycling"] == ["split", "add"]


def test_only_the_inputs_of_the_material_are_touched() -> None:
    before = run_case("recycling", "can_maker")
    after = run_case(
        "recycling",
        "can_maker",
        with_option("recycling", "split_50_50", material="metal", R1=0.3, R2=0.6, **PROCESSES),
    )
    check_only_logged_entries_differ(before.system.work, after.system.work, "recycling")
    for process in ("smelter", "recycler", "recovery", "landfill", "grid"):
        assert intensity(before, process) == intensity(after, process)


def test_an_end_of_life_that_the_study_models_is_replaced_or_told() -> None:
    case = read_case("recycling")
    can = {
        **case["processes"][0],
        "out": {"can": 1, "co2": 0.5, "old_metal": {"amount": 2, "stage": "end_of_life"}},
    }
    background = tiny_database({**case, "processes": case["processes"][1:]}, "background")
    parameters = {"R2": 0.6, **PROCESSES}

    def run(**more: Any) -> Evaluation:
        rules = with_option("recycling", "end_of_life_0_100", material="metal", **parameters, **more)
        study = case_study("recycling", "can_maker", rules)
        return evaluate(
            replace(
                study,
                foreground=tiny_database({**case, "processes": [can]}, "foreground"),
                databases=(background,),
            )
        )[0]

    per_metal = EV + 0.6 * (EEOL - EV)
    both = run()
    assert "recycling_end_of_life_modelled" in codes(both)
    assert close(intensity(both, "can_maker"), 0.5 + 2 * (per_metal + 0.4 * ED) + 2 * ED)
    replaced = run(replaces=["old_metal"])
    assert "recycling_end_of_life_modelled" not in codes(replaced)
    assert close(intensity(replaced, "can_maker"), 0.5 + 2 * (per_metal + 0.4 * ED))


def module_d(evaluation: Evaluation, process: str) -> float:
    """Return the module D of one unit of a process's reference flow [kg CO2e]."""
    parts = [c.factor * (c.component is Component.MODULE_D) for c in evaluation.channels]
    return float(evaluation.mass_intensity[evaluation.system.column_of(process)] @ np.array(parts))


@settings(max_examples=10)
@given(share, share)
def test_module_d_is_the_net_benefit_and_no_part_of_the_total(R1: float, R2: float) -> None:
    plain = run_case("recycling", "can_maker", cut_off(R1=R1, R2=R2))
    after = run_case("recycling", "can_maker", cut_off(R1=R1, R2=R2, module_d=True, Q_out=0.8))
    assert intensity(after, "can_maker") == intensity(plain, "can_maker")
    assert close(module_d(after, "can_maker"), 2 * (R2 - R1) * (EEOL - 0.8 * EV))
    assert (plain.system.matrices.A != after.system.matrices.A).nnz == 0
    # with primary material only, cut-off and module D together are the closed loop
    whole = run_case("recycling", "can_maker", cut_off(R1=0.0, R2=R2, module_d=True))
    loop = run_case(
        "recycling",
        "can_maker",
        with_option("recycling", "end_of_life_0_100", material="metal", R2=R2, **PROCESSES),
    )
    assert close(intensity(whole, "can_maker") + module_d(whole, "can_maker"), intensity(loop, "can_maker"))


def cut_off(**parameters: Any) -> RuleSet:
    return with_option("recycling", "cutoff_100_0", material="metal", **parameters, **PROCESSES)


def test_module_d_goes_downstream_also_through_a_loop() -> None:
    """A press takes metal and tools that it makes the sheet for: module D follows its runs."""
    case = {
        "flows": {**read_case("recycling")["flows"], "sheet": "kg", "tool": "item"},
        "processes": [
            *read_case("recycling")["processes"][1:],
            {"id": "press", "out": {"sheet": 1}, "in": {"metal": 1.2, "tool": 0.1}},
            {"id": "toolmaker", "out": {"tool": 1}, "in": {"sheet": 2}},
        ],
    }
    rules = cut_off(R2=0.5, module_d=True, where="everywhere")
    study = Study.of(tiny_database(case), "toolmaker", amount=3.0, rule_sets=[rules])
    evaluation = evaluate(study)[0]
    result = collect(study, [evaluation])
    runs_of_press = 2 / (1 - 0.1 * 2)
    expected = 3 * runs_of_press * 1.2 * 0.5 * (EEOL - EV)
    assert close(float(result["footprint"].sel(component="module_d").sum()), expected)
    assert close(3 * module_d(evaluation, "toolmaker"), expected)
    assert not result["in_total"].sel(component="module_d").values.any()
    assert float(result["residual"].max()) < 1e-12


def test_module_d_of_a_foreground_belongs_to_the_end_of_life() -> None:
    study = case_study("recycling", "can_maker", DEFAULT, cut_off(R2=0.5, module_d=True))
    parts = calculate(study)["footprint"].sel(component="module_d").sum(("year", "gas")).squeeze()
    assert parts.isel(rule_set=0).values.tolist() == [0.0] * 5
    assert close(float(parts.isel(rule_set=1).sel(stage="end_of_life")), 2 * 0.5 * (EEOL - EV))
    assert close(float(parts.isel(rule_set=1).sum()), 2 * 0.5 * (EEOL - EV))


def test_everywhere_and_shares_of_co_products() -> None:
    """A background process with two products takes the metal: each carries its share of every term."""
    case = {
        "flows": {**read_case("recycling")["flows"], "lid": "kg", "ring": "kg"},
        "processes": [
            *read_case("recycling")["processes"][1:],
            {"id": "press", "out": {"lid": 3, "ring": 1}, "in": {"metal": 5}},
        ],
        "properties": [
            {"flow": "lid", "name": "mass", "value": 1},
            {"flow": "ring", "name": "mass", "value": 1},
        ],
    }
    rules = with_option(
        "recycling", "split_50_50", material="metal", where="everywhere", R1=0.3, R2=0.6, **PROCESSES
    )
    study = Study.of(tiny_database(case), "press", flow="lid", rule_sets=[rules])
    expected = 5 * 0.75 * (0.85 * EV + 0.15 * EREC + 0.3 * (EEOL - EV) + 0.4 * ED) / 3
    result = collect(study, evaluate(study))
    assert close(float(result["total"].squeeze()), expected)
    with pytest.raises(RuleError, match="acts on the foreground, and there is none"):
        calculate(
            study.with_rule_sets(
                with_option("recycling", "split_50_50", material="metal", R1=0.3, R2=0.6, **PROCESSES)
            )
        )


def test_processes_of_the_formula_keep_their_own_inputs_and_units_convert() -> None:
    """The recycler adds primary metal itself; the landfill counts in tonnes."""
    case = read_case("recycling")
    processes = {process["id"]: dict(process) for process in case["processes"]}
    processes["recycler"] |= {"in": {"metal": 0.05}}
    processes["landfill"] |= {"out": {"co2": 100.0}}
    case |= {"flows": {**case["flows"], "old_metal": "t waste"}, "processes": list(processes.values())}
    rules = cut_off(R1=0.3, R2=0.6, where="everywhere")
    evaluation = evaluate(Study.of(tiny_database(case), "can_maker", rule_sets=[rules]))[0]
    recycled = EREC + 0.05 * EV
    assert close(intensity(evaluation, "recycler"), recycled)
    assert close(intensity(evaluation, "can_maker"), 0.5 + 2 * (0.7 * EV + 0.3 * recycled + 0.4 * ED))
    system = evaluation.system
    (treated,) = explain(system, system.column_of("landfill"), system.column_of("can_maker"))
    assert treated.factors == {"recycling": 0.4, "unit": 0.001}


def test_without_parameters_the_cut_off_acts_by_roles() -> None:
    case = """
        [flows]
        part = "kg"
        scrap = "kg"
        turnings = "kg"
        wheel = "kg"
        ingot = "kg"
        old = "kg waste"
        gas = "MJ"
        [roles]
        scrap = "scrap"
        turnings = "scrap"
        [[processes]]
        id = "yard"
        out = { scrap = 1, co2 = 0.3 }
        [[processes]]
        id = "lathe"
        out = { wheel = 3, turnings = 1, co2 = 8 }
        [[properties]]
        flow = "wheel"
        name = "mass"
        value = 1
        [[properties]]
        flow = "turnings"
        name = "mass"
        value = 1
        [[processes]]
        id = "smelter"
        out = { ingot = 1, co2 = 10 }
        [[processes]]
        id = "gas"
        out = { gas = 1, co2 = 0.1 }
        [[processes]]
        id = "treatment"
        reference = "old"
        in = { old = 1 }
        out = { co2 = 0.5 }
        avoided = { ingot = 0.8 }
        [[processes]]
        id = "maker"
        out = { part = 1, co2 = 1, old = 1 }
        in = { scrap = 1.1, turnings = 0.4 }
        avoided = { gas = 2 }
    """
    options = [
        DEFAULT,
        with_option("recycling", "cutoff_100_0"),
        with_option("recycling", "cutoff_100_0", scrap="all"),
    ]
    before, after, free = evaluate(Study.of(tiny_database(case), "maker", rule_sets=numbered(options)))
    assert close(intensity(before, "maker"), 1 + 1.1 * 0.3 + 0.4 * 2 + 0.5 - 8 - 0.2)
    # turnings are a co-product: free; collected scrap is not; the credit for gas is none of recycling
    assert close(intensity(after, "maker"), 1 + 1.1 * 0.3 + 0.5 - 0.2)
    assert "recycling_scrap_kept" in codes(after)
    assert close(intensity(free, "maker"), 1 + 0.5 - 0.2)
    for evaluation in (after, free):
        check_only_logged_entries_differ(before.system.work, evaluation.system.work, "recycling")
        assert intensity(evaluation, "lathe") == intensity(before, "lathe")


def numbered(rules: list[RuleSet]) -> list[RuleSet]:
    return [replace(one, key=f"{one.key} {number}") for number, one in enumerate(rules)]


@pytest.mark.parametrize(
    "option", ["cutoff_100_0", "end_of_life_0_100", "split_50_50", "circular_footprint_formula"]
)
def test_without_data_nothing_moves_and_a_finding_says_so(option: str) -> None:
    before, after = (
        run_case("recycling", "can_maker"),
        run_case("recycling", "can_maker", with_option("recycling", option)),
    )
    assert intensity(before, "can_maker") == intensity(after, "can_maker")
    assert "recycling_no_material" in codes(after)


def test_a_material_that_nobody_takes_is_a_finding() -> None:
    rules = with_option("recycling", "circular_footprint_formula", material="gold", Ed="landfill")
    assert "recycling_catches_nothing" in codes(run_case("recycling", "can_maker", rules))
