"""Every option on the teaching inventory and on the US LCI database: numbers or statuses, and both solutions agree."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from carbonlab.errors import RefusedError, RuleError
from carbonlab.inventory.database import Database
from carbonlab.results.calculate import evaluate
from carbonlab.results.evaluation import Evaluation, evaluate_system
from carbonlab.results.reference import solver
from carbonlab.rules.apply import apply_rule
from carbonlab.rules.registry import list_options, option_of
from carbonlab.rules.ruleset import Line, Rule, RuleSet
from carbonlab.rules.selectors import Selector
from carbonlab.rules.slots import SLOTS
from carbonlab.system.pipeline import build_product_system
from carbonlab.system.study import Study
from carbonlab.system.study_file import read_study
from carbonlab.teaching import study_path
from carbonlab.vocabulary import Component, Status
from tests.validation.agreement import CANCELLATION, disagreement, forward
from tests.validation.option_trials import INCOMPLETE, NEUTRAL, TEACHING, USLCI, Trial, Trials
from tests.validation.random_systems import DEFAULT

OPTIONS = {
    (slot.key, option)
    for slot in SLOTS
    if slot.key != "characterization"
    for option in list_options(slot.key)
}
TABLES = {"teaching": TEACHING, "uslci": USLCI}
JUDGING = sorted(key for key in OPTIONS if option_of(*key).needs_reference)


def asked_of(table: Trials) -> list[Any]:
    return [
        pytest.param(slot, option, trial, id=f"{slot}-{option}-{number}")
        for slot, option in [key for part in (NEUTRAL, table) for key in part]
        for number, trial in enumerate(
            [
                *NEUTRAL.get((slot, option), []),
                *table.get((slot, option), []),
                *INCOMPLETE.get((slot, option), []),
            ]
        )
    ]


def rules(slot: str, trial: Trial, option: str, db: Database) -> RuleSet:
    line = Line(option, Selector(**trial.select), trial.parameters or parameters_for(slot, option, db))
    default = [DEFAULT.rules[slot].lines[-1]] if trial.select else []
    return DEFAULT.replace(**{slot: Rule(slot, (line, *default))})


def parameters_for(slot: str, option: str, db: Database) -> dict[str, Any]:
    """Return what the option needs, from the inventory itself where it is about its processes."""
    if (slot, option) == ("linking", "stated"):
        return {"providers": {flow: makers[0] for flow, makers in _makers(db).items() if len(makers) > 1}}
    if (slot, option) == ("linking", "by_share"):
        # a share belongs to a process, whatever it makes: only with one flow each could they differ
        makers = [found for found in _makers(db).values() if len(found) > 1]
        first = {found[0]: 1.0 for found in makers}
        later = {process: 0.0 for found in makers for process in found[1:] if process not in first}
        return {"shares": first | later}
    return {}


def _makers(db: Database) -> dict[str, list[str]]:
    flows, processes = db.column("flows", "id"), db.column("processes", "id")
    is_made = ~db.column("exchanges", "is_input") & ~db.column("exchanges", "is_avoided")
    is_made &= db.is_word("flows", "kind", "product")[db.column("exchanges", "flow")]
    found: dict[str, list[str]] = {}
    for row in np.flatnonzero(is_made):
        flow = flows[db.column("exchanges", "flow")[row]]
        found.setdefault(flow, []).append(processes[db.column("exchanges", "process")[row]])
    return found


def check(evaluation: Evaluation) -> None:
    intensity = evaluation.intensity()
    has_number = np.array([Status(status).has_number for status in evaluation.status])
    np.testing.assert_array_equal(np.isfinite(intensity), has_number)
    columns = np.flatnonzero(has_number)[::101]
    footprint, contributions = forward(evaluation, columns)
    assert disagreement(footprint, intensity[columns], contributions) <= CANCELLATION


def new_findings(before: Evaluation, after: Evaluation) -> set[str]:
    return set(Counter(codes(after)) - Counter(codes(before)))


def codes(evaluation: Evaluation) -> list[str]:
    return [finding.code for finding in evaluation.system.work.findings]


def check_trial(trial: Trial, slot: str, option: str, before: Evaluation, **inventory: Any) -> None:
    chosen = rules(slot, trial, option, inventory["databases"][0])
    if trial.refuses:
        with pytest.raises((RuleError, RefusedError), match=re.escape(trial.refuses)):
            build_product_system(rule_set=chosen, solve=solver(), **inventory)
        return
    after = evaluate_system(build_product_system(rule_set=chosen, solve=solver(), **inventory))
    check(after)
    assert len(after.system.columns) == len(before.system.columns)
    assert {name for name in DEFAULT.rules if DEFAULT.rules[name] != chosen.rules[name]} <= {slot}
    one, other = before.intensity(), after.intensity()
    same = np.array_equal(one, other, equal_nan=True) and list(before.status) == list(after.status)
    assert same == (not trial.changes)
    assert new_findings(before, after) == trial.findings
    if slot == "timing":
        assert (after.system.work.delay is not None) == (option != "none")
    if (slot, option) == ("aviation", "separate"):
        shown = after.system.work.shown_as.get(Component.AIRCRAFT, ())
        assert bool(len(shown)) == (not trial.findings), (
            "emissions of aircraft are shown, or a finding says none"
        )


@pytest.fixture(scope="module")
def study() -> Study:
    return read_study(study_path())


@pytest.fixture(scope="module")
def teaching_default(study: Study) -> Evaluation:
    return evaluate_system(build_product_system(study.databases, DEFAULT, foreground=study.foreground))


@pytest.mark.parametrize("name", TABLES)
def test_every_option_is_tried(name: str) -> None:
    assert NEUTRAL.keys() | TABLES[name].keys() == OPTIONS
    assert not NEUTRAL.keys() & TABLES[name].keys()
    assert INCOMPLETE.keys() <= TABLES[name].keys()
    assert NEUTRAL.keys() == {(slot.key, slot.neutral) for slot in SLOTS if slot.key != "characterization"}


@pytest.mark.parametrize(("slot", "option", "trial"), asked_of(TEACHING))
def test_teaching_inventory(
    slot: str, option: str, trial: Trial, study: Study, teaching_default: Evaluation
) -> None:
    check_trial(trial, slot, option, teaching_default, databases=study.databases, foreground=study.foreground)


@pytest.mark.parametrize(("slot", "option"), JUDGING)
def test_judging_by_significance_needs_a_solved_reference(slot: str, option: str, study: Study) -> None:
    chosen = rules(slot, TEACHING[slot, option][0], option, study.databases[0])
    with pytest.raises(RefusedError, match="reference"):
        build_product_system(study.databases, chosen, foreground=study.foreground)


def test_cut_off_of_one_product_system(study: Study) -> None:
    """What is refused for all products at once is done for the one that a study asks for."""
    limits = Trial({"total": 0.05, "per": "product_system"})
    asked = replace(
        study,
        units=study.units[:1],
        rule_sets=(DEFAULT, rules("cut_off", limits, "by_impact", study.databases[0])),
    )
    before, after = evaluate(asked)
    (bill,) = after.system.work.bills
    column = after.system.column_of(asked.units[0].process, asked.units[0].flow)
    assert (
        bill.product == after.system.database.column("processes", "id")[after.system.columns.process[column]]
    )
    assert len(bill.exchange) > 0
    assert 0.95 <= bill.lowest_coverage < 1.0
    assert after.intensity()[column] != before.intensity()[column]
    check(after)


@pytest.mark.parametrize("option", list_options("characterization"))
def test_teaching_inventory_under_every_metric(option: str, study: Study) -> None:
    chosen = DEFAULT.replace(characterization=option)
    evaluation = evaluate_system(build_product_system(study.databases, chosen, foreground=study.foreground))
    check(evaluation)
    assert set(evaluation.status) == {Status.COMPLETE}


@pytest.mark.parametrize(("slot", "option", "trial"), asked_of(USLCI))
def test_uslci(slot: str, option: str, trial: Trial, uslci: Database, uslci_default: Evaluation) -> None:
    check_trial(trial, slot, option, uslci_default, databases=[uslci])


@pytest.mark.parametrize("option", list_options("characterization"))
def test_uslci_under_every_metric(option: str, uslci_default: Evaluation) -> None:
    """The last stage alone, on the system that stands: matrices stay, gases get the factors of another table."""
    work = uslci_default.system.work
    again = apply_rule(work, DEFAULT.replace(characterization=option).rules["characterization"])
    assert again.technosphere is work.technosphere
    assert again.intervention is work.intervention
    given = again.characterization
    assert np.isfinite(given.factor).all()
    counts = given.factor != 0
    assert counts.sum() > 20
    assert (given.gas[counts] != "").all()
    assert (given.component[counts] != "").all()
    assert (given.mass[counts] > 0).all()
