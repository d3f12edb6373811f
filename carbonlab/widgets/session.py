"""A session turns a choice into a frozen study, and looks its result up by digest or calculates it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from threading import Lock
from typing import TypeVar

import xarray as xr

from carbonlab.compare.attribution import attribute
from carbonlab.compare.lanes import Answers, StudyLanes
from carbonlab.compare.movement import RuleMovement, explain
from carbonlab.results.calculate import collect
from carbonlab.results.evaluation import Evaluation
from carbonlab.rules.ruleset import RuleSet
from carbonlab.system.study import Study
from carbonlab.widgets.job import Stopped, Watch

T = TypeVar("T")

EVALUATIONS = 8
"""Solved systems that are kept: the sides of a comparison, and their neighbors."""


class Session:
    """Results of one question under any number of rule sets.

    Parameters
    ----------
    study : Study
        The question; its own rule sets do not matter here.
    size : int
        How many results are kept, the last ones used.

    Attributes
    ----------
    calculations : int
        How many results had to be calculated so far.
    """

    def __init__(self, study: Study, *, size: int = 64) -> None:
        self.study = study
        self.calculations = 0
        self._size = size
        self._results: OrderedDict[str, xr.Dataset] = OrderedDict()
        self._attributions: OrderedDict[str, xr.Dataset] = OrderedDict()
        self._lock = Lock()

    def study_under(self, *rule_sets: RuleSet) -> Study:
        """Return the frozen study that asks the question under some rule sets."""
        return replace(self.study, rule_sets=rule_sets)

    def result(self, rule_set: RuleSet) -> xr.Dataset:
        """Return the result under one rule set, calculated at most once while it is kept.

        Raises
        ------
        CarbonlabError
            If there is no trustworthy answer, as `carbonlab.results.calculate.calculate` does.
        """
        digest = _name_of(rule_set)
        with self._lock:  # the shared work is for one at a time
            if digest not in self._results:
                evaluation = self._lanes.evaluate(rule_set)
                self._results[digest] = collect(self.study_under(rule_set), (evaluation,))
                self.calculations += 1
            return _kept(self._results, digest, self._size)

    def known_attribution(self, baseline: RuleSet, alternative: RuleSet) -> xr.Dataset | None:
        """Return the attribution of a difference if it was made already."""
        key = f"{_name_of(baseline)} {_name_of(alternative)}"
        return _kept(self._attributions, key, self._size) if key in self._attributions else None

    def attribution(
        self, baseline: RuleSet, alternative: RuleSet, *, watch: Watch | None = None
    ) -> xr.Dataset:
        """Return the difference between two rule sets by rule, made at most once while it is kept.

        Parameters
        ----------
        baseline, alternative : RuleSet
            The two sides.
        watch : Watch, optional
            Of a job: is told how many mixtures of the two are done, and asked whether to stop.

        Raises
        ------
        CarbonlabError
            As `carbonlab.compare.attribute`.
        Stopped
            If the watch says so.
        """
        key = f"{_name_of(baseline)} {_name_of(alternative)}"
        with self._lock:
            if key not in self._attributions:
                most = 2 ** len(baseline.diff(alternative)) + 2
                self._lanes.begin(watch, most)
                try:
                    found = attribute(self.study, baseline, alternative, lanes=self._lanes)
                finally:
                    self._lanes.begin(None, 0)
                self._attributions[key] = found
            return _kept(self._attributions, key, self._size)

    def movements(self, rule_set: RuleSet, *, product: str = "") -> Sequence[RuleMovement]:
        """Return what each rule of a rule set moved; errors as in `carbonlab.compare.explain`."""
        with self._lock:
            return explain(self.study, rule_set, product=product, lanes=self._lanes)

    @cached_property
    def _lanes(self) -> _WatchedLanes:
        return _WatchedLanes(self.study)


class _WatchedLanes(StudyLanes):
    """Shared work that tells how far it is, and stops when it is asked to."""

    def __init__(self, study: Study) -> None:
        super().__init__(study)
        self._watch: Watch | None = None
        self._done = self._most = 0
        self._evaluations: OrderedDict[str, Evaluation] = OrderedDict()

    def begin(self, watch: Watch | None, most: int) -> None:
        self._watch, self._done, self._most = watch, 0, most

    def evaluate(self, rule_set: RuleSet) -> Evaluation:
        name = _name_of(rule_set)
        if name not in self._evaluations:
            self._evaluations[name] = super().evaluate(rule_set)
        return _kept(self._evaluations, name, EVALUATIONS)

    def answer(self, rule_set: RuleSet) -> Answers:
        if self._watch is not None:
            if self._watch.is_set():
                raise Stopped
            self._watch.report(self._done, self._most)
            self._done += 1
        return super().answer(rule_set)


def _name_of(rule_set: RuleSet) -> str:
    """Return what tells results apart: equal rules under another name are labelled differently."""
    return f"{rule_set.digest} {rule_set.key} {rule_set.what_if}"


def _kept(store: OrderedDict[str, T], key: str, size: int) -> T:
    store.move_to_end(key)
    while len(store) > size:
        store.popitem(last=False)
    return store[key]
