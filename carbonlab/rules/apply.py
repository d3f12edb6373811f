"""Run one slot: find what each line of its rule catches (first match wins) and let the line's option act on it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from carbonlab.rules.entries import IntArray
from carbonlab.rules.registry import option_of
from carbonlab.rules.ruleset import Rule
from carbonlab.rules.selectors import Selector
from carbonlab.rules.slots import Subject, slot_of
from carbonlab.rules.work import Work
from carbonlab.vocabulary import FlowKind


def apply_rule(work: Work, rule: Rule) -> Work:
    """Return the work after a rule: every line acts once on what it caught, even on nothing; the catch is counted."""
    subject = slot_of(rule.slot).subject
    subjects = subjects_of(work, subject)
    left = np.ones(len(subjects), bool)
    for number, line in enumerate(rule.lines):
        caught = left & _catches(line.selector, work, subject, subjects)
        left &= ~caught
        option = option_of(rule.slot, line.option)
        counted = {**work.caught, (rule.slot, number): int(caught.sum())}
        work = replace(work, at=(rule.slot, number, line.option), caught=counted)
        work = option.action(work, subjects[caught], line.parameters)
    return work


def subjects_of(work: Work, subject: Subject) -> IntArray:
    """Return the rows that the lines of a slot select from.

    ENTRY numbers technosphere entries first, then interventions from ``len(technosphere)`` on; LINK
    numbers technosphere entries, INTERVENTION intervention entries, PROCESS processes, FLOW elementary and
    aggregated flows.
    """
    if subject is Subject.PROCESS:
        processes, counts = np.unique(work.columns.process, return_counts=True)
        return processes[counts > 1]
    technosphere = work.technosphere.alive.copy()
    technosphere[work.columns.entry] = False
    if subject is Subject.LINK:
        return np.flatnonzero(technosphere)
    if subject is Subject.INTERVENTION:
        return np.flatnonzero(work.intervention.alive)
    if subject is Subject.ENTRY:
        return np.flatnonzero(np.concatenate([technosphere, work.intervention.alive]))
    return np.flatnonzero(
        work.database.is_word("flows", "kind", FlowKind.ELEMENTARY, FlowKind.AGGREGATED_CO2E)
    )


def _catches(selector: Selector, work: Work, subject: Subject, subjects: IntArray) -> np.ndarray:
    if selector.is_everything:
        return np.ones(len(subjects), bool)
    if subject is Subject.PROCESS:
        return selector.catches_processes(work.database, subjects)
    if subject is Subject.LINK:
        return selector.catches_entries(work.database, work.technosphere, subjects)
    if subject is Subject.INTERVENTION:
        return selector.catches_entries(work.database, work.intervention, subjects)
    if subject is Subject.FLOW:
        return selector.catches_flows(work.database, subjects)
    count = len(work.technosphere)
    first = subjects < count
    technosphere = selector.catches_entries(work.database, work.technosphere, subjects[first])
    intervention = selector.catches_entries(work.database, work.intervention, subjects[~first] - count)
    return np.concatenate([technosphere, intervention])
