"""Cases as data: tiny systems with the number that a hand calculation or a textbook gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from carbonlab.inventory.database import Database
from carbonlab.results.calculate import collect, evaluate
from carbonlab.results.contributions import first_tier
from carbonlab.results.evaluation import Evaluation
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.rules.ruleset import Line, Rule, RuleSet
from carbonlab.system.study import Study
from tests.tiny import CASES, read_case, split_foreground

QUESTIONS = [
    pytest.param(case, question, id=f"{path.stem}-{number}-{question['process']}")
    for path in sorted(CASES.glob("*.toml"))
    for case in [read_case(path.stem)]
    for number, question in enumerate(case["questions"])
]
TOLERANCE = 1e-12


def rules_of(question: dict[str, Any]) -> RuleSet:
    rules = load_rule_set("default").replace(**question.get("rules", {}))
    for slot, given in question.get("parameters", {}).items():
        option = given["option"]
        parameters = {name: value for name, value in given.items() if name != "option"}
        rules = rules.replace(**{slot: Rule(slot, (Line(option, parameters=parameters),))})
    return rules


def ask(case: dict[str, Any], question: dict[str, Any]) -> tuple[Study, Evaluation]:
    foreground, background = split_foreground(case)
    rules = rules_of(question)
    study = Study.of(
        foreground or background,
        question["process"],
        flow=question.get("flow", ""),
        amount=question["amount"],
        rule_sets=[rules],
    )
    if foreground:
        study = Study(
            key=study.key,
            title=study.title,
            units=study.units,
            databases=(background,),
            foreground=foreground,
            rule_sets=study.rule_sets,
        )
    return study, evaluate(study)[0]


@pytest.mark.parametrize(("case", "question"), QUESTIONS)
def test_case(case: dict[str, Any], question: dict[str, Any]) -> None:
    assert case["citation"] and question["calculation"], "a case says where its number is from"
    study, evaluation = ask(case, question)
    result = collect(study, [evaluation]).isel(rule_set=0, product=0)
    column = evaluation.system.column_of(question["process"], question.get("flow", ""))
    assert str(result["status"].values) == question.get("status", "complete")
    if "basis" in question:
        assert evaluation.system.columns.basis[column] == question["basis"]
    if "substitute" in question:
        stand_in = evaluation.system.columns.substitute[column]
        row = evaluation.system.columns.process[stand_in]
        assert evaluation.system.database.column("processes", "id")[row] == question["substitute"]
    if "total" not in question and question.get("status", "complete") in ("absent", "no_basis"):
        assert np.isnan(float(result["total"]))
        return
    checks = {
        "components": lambda key: result["footprint"].sel(component=key).sum(),
        "stages": lambda key: result["footprint"].sel(stage=key).sum(),
        "years": lambda key: result["footprint"].sel(year=float(key)).sum(),
        "processes": lambda key: result["process_contribution"].sel(process=key),
        "flows": lambda key: result["flow_contribution"].sel(elementary_flow=key),
    }
    if "total" in question:
        close(result["total"], question["total"])
        close(evaluation.intensity()[column] * question["amount"], question["total"])
        close(result["process_contribution"].sum(), question["total"])
        close(result["flow_contribution"].sum(), question["total"])
    for name, value in checks.items():
        for key, expected in question.get(name, {}).items():
            close(value(key), expected)
    _check_scaling(question, evaluation, column)
    _check_first_tier(question, evaluation, column)


def _check_scaling(question: dict[str, Any], evaluation: Evaluation, column: int) -> None:
    solution = evaluation.run(column, question["amount"])
    ids = _process_of_columns(evaluation.system.database, evaluation)
    for process, expected in question.get("scaling", {}).items():
        close(solution.x[ids.index(process)], expected)
    inventory = evaluation.system.matrices.B @ solution.x
    flows = evaluation.system.database.column("flows", "id")[evaluation.system.interventions].tolist()
    for flow, expected in question.get("inventory", {}).items():
        close(inventory[flows.index(flow)], expected)


def _check_first_tier(question: dict[str, Any], evaluation: Evaluation, column: int) -> None:
    if "first_tier" not in question:
        return
    tier = first_tier(evaluation, column, question["amount"])
    ids = _process_of_columns(evaluation.system.database, evaluation)
    assert {ids[node.column] for node in tier.inputs} == set(question["first_tier"])
    for node in tier.inputs:
        close(node.footprint, question["first_tier"][ids[node.column]])
    close(tier.direct, question["direct"])
    close(tier.footprint, question["total"])


def _process_of_columns(database: Database, evaluation: Evaluation) -> list[str]:
    return list(database.column("processes", "id")[evaluation.system.columns.process])


def close(value: object, expected: float) -> None:
    number = float(value)  # type: ignore[arg-type]
    assert abs(number - expected) <= TOLERANCE * max(1.0, abs(expected)), f"{number} instead of {expected}"
