"""What stands beside compared numbers: a formula without effect, what a cut-off takes and of which limit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from carbonlab.cli.main import main
from carbonlab.compare.comparison_notes import WITHOUT_EFFECT, has_idle_formula, notes, shares_cut
from carbonlab.compare.lanes import StudyLanes
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.rules.ruleset import Line, Rule
from carbonlab.system.study_file import read_study
from carbonlab.teaching import study_path

PEF, GBT = load_rule_set("eu-pef-2021"), load_rule_set("gbt-24067-2024")


def lanes_of(study: str, product: str) -> StudyLanes:
    whole = read_study(study_path(study))
    return StudyLanes(replace(whole, units=tuple(unit for unit in whole.units if unit.key == product)))


def test_the_realized_cut_stands_beside_the_number_with_its_limit() -> None:
    lanes = lanes_of("categories", "battery_nmc_china")
    (cut,) = shares_cut(lanes, PEF)
    whole = lanes.answer(PEF.replace(cut_off="none")).total[0]
    taken = (whole - lanes.answer(PEF).total[0]) / whole
    assert 0.005 < taken <= cut.share <= cut.limit == 0.03
    assert shares_cut(lanes, GBT) == []
    assert any("takes at most" in line and "limit 3 %" in line for line in notes(lanes, [GBT, PEF]))


def test_a_cut_above_its_limit_is_said() -> None:
    lanes = lanes_of("categories", "battery_nmc_china")
    rule = PEF.rules["cut_off"].lines[0]
    parameters = {**rule.parameters, "per": "unit_process"}
    each = PEF.replace(cut_off=Rule("cut_off", (Line(rule.option, parameters=parameters),)))
    (cut,) = shares_cut(lanes, each)
    assert cut.share > 0.03
    assert any("above the 3 % of its limit" in line for line in notes(lanes, [each]))


def test_a_formula_without_parameters_is_marked() -> None:
    lanes = lanes_of("categories", "battery_nmc_china")
    assert has_idle_formula(lanes, PEF) and not has_idle_formula(lanes, GBT)


def test_compare_prints_mark_and_reason(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--rules", "gbt-24067-2024", "--rules", "eu-pef-2021"]
    assert main(["compare", str(study_path("categories")), "battery_nmc_china", *words]) == 0
    shown = capsys.readouterr().out
    assert f"B [kg CO2e] {WITHOUT_EFFECT}" in shown and f"A [kg CO2e] {WITHOUT_EFFECT}" not in shown
    assert f"{WITHOUT_EFFECT} eu-pef-2021: the recycling formula is without effect" in shown
    assert "formula without effect: its parameters are missing" in shown


def test_the_clause_stands_beside_each_term(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--rules", "gbt-24067-2024", "--rules", "pas-2050-2011"]
    for language, clause in (("en", "PAS 2050:2011 6.3 (summary)"), ("zh_CN", "PAS 2050:2011 6.3（")):
        assert main(["compare", "categories", "battery_nmc_china", *words, "--language", language]) == 0
        assert clause in capsys.readouterr().out


def test_why_a_rule_set_says_na_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--rules", "default", "--rules", "cbam-2023"]
    main(["compare", "categories", "cement_china", *words])
    assert "n/a: cbam-2023 is not written for" in capsys.readouterr().out
