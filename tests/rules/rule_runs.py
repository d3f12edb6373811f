"""Run one option on a tiny system or an embedded study, and look at what it did."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from carbonlab.results.calculate import evaluate
from carbonlab.results.evaluation import Evaluation
from carbonlab.rules.entries import EntryTable
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.rules.ruleset import Line, Rule, RuleSet
from carbonlab.rules.selectors import Selector
from carbonlab.rules.work import Work
from carbonlab.system.study import Study, UnitOfAnalysis
from carbonlab.system.study_file import read_study
from carbonlab.teaching import study_path
from tests.tiny import read_case, split_foreground

DEFAULT = load_rule_set("default")


def with_option(slot: str, option: str, *, select: Selector | None = None, **parameters: Any) -> RuleSet:
    """Return the default rules with one option in one slot, for everything or for what a selector catches."""
    line = Line(option, parameters=parameters)
    neutral = DEFAULT.rules[slot].lines
    lines = (line,) if select is None else (replace(line, selector=select), *neutral)
    return DEFAULT.replace(**{slot: Rule(slot, lines)})


def case_study(name: str, process: str, *rules: RuleSet) -> Study:
    """Return the study that asks for one product of a case file."""
    foreground, background = split_foreground(read_case(name))
    return Study(
        key=process,
        title=process,
        units=(UnitOfAnalysis(key="product", name=process, process=process, amount=1.0),),
        databases=(background,),
        foreground=foreground,
        rule_sets=rules or (DEFAULT,),
    )


def run_case(name: str, process: str, rules: RuleSet = DEFAULT) -> Evaluation:
    """Return the solved system of one product of a case file."""
    return evaluate(case_study(name, process, rules))[0]


def teaching(product: str, *rules: RuleSet) -> Study:
    """Return the embedded study cut down to one product."""
    study = read_study(study_path())
    return replace(
        study, units=tuple(unit for unit in study.units if unit.key == product), rule_sets=rules or (DEFAULT,)
    )


def intensity(evaluation: Evaluation, process: str) -> float:
    """Return the footprint of one unit of a process's reference flow [kg CO2e]."""
    return float(evaluation.intensity()[evaluation.system.column_of(process)])


def codes(evaluation: Evaluation) -> set[str]:
    """Return the codes of the findings that the rules made."""
    return {finding.code for finding in evaluation.system.work.findings}


def check_only_logged_entries_differ(before: Work, after: Work, slot: str) -> None:
    """Check that a rule changed just the entries that its log names (later slots being neutral)."""
    logged = {"technosphere": [np.empty(0, int)], "intervention": [np.empty(0, int)]}
    for log in after.log:
        if log.slot == slot:
            logged[log.table].append(log.rows)
    for name in logged:
        old, new = getattr(before, name), getattr(after, name)
        untouched = np.setdiff1d(np.arange(len(old)), np.concatenate(logged[name]))
        # where other stages append theirs depends on the rule too
        added = [
            log.rows for log in before.log if log.table == name and log.verb == "add" and log.slot != slot
        ]
        untouched = np.setdiff1d(untouched, np.concatenate([np.empty(0, int), *added]))
        same_entries(old, new, _unsplit(old, untouched))


def _unsplit(table: EntryTable, rows: np.ndarray) -> np.ndarray:
    """Rows that existed before any split: where later stages append theirs depends on earlier ones."""
    return rows[table.parent[rows] < 0]


def same_entries(old: EntryTable, new: EntryTable, rows: np.ndarray) -> None:
    """Check that entries are the same in two tables."""
    for field in ("exchange", "process", "flow", "provider", "sign", "alive"):
        np.testing.assert_array_equal(getattr(old, field)[rows], getattr(new, field)[rows], err_msg=field)
    np.testing.assert_array_equal(old.multiplier()[rows], new.multiplier()[rows])
