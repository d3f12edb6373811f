"""A session turns a choice into a frozen study, and looks its result up by digest or calculates it."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar

import xarray as xr

from carbonlab.compare.attribution import attribute
from carbonlab.compare.lanes import Answers, StudyLanes
from carbonlab.compare.movement import RuleMovement, explain
from carbonlab.errors import CarbonlabError
from carbonlab.messages.catalogue import current_language
from carbonlab.results.calculate import collect
from carbonlab.results.evaluation import Evaluation
from carbonlab.rules.ruleset import RuleSet
from carbonlab.rules.slots import SLOTS
from carbonlab.system.study import Study
from carbonlab.widgets.job import Stopped, Watch

T = TypeVar("T")

EVALUATIONS = 8
"""Solved systems that are kept: the sides of a comparison, and their neighbors."""
SECONDS_PER_EXCHANGE = 2e-5
"""[s] What a first answer takes, combining and solving together: 1.2e-5 to 2.1e-5 were measured on inventories of
2,000 and 33,000 exchanges."""
QUICK = 0.3
"""[s] Work that is expected to take no longer may be done while a reader waits for it."""
LOOKED_BACK = 3
"""Evaluations that say how long the next one takes."""


class Session:
    """Results of one question under any number of rule sets.

    Answers that are held already can be had at any time; work is done by one thread after the other.

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
        self._results: _Held[xr.Dataset | CarbonlabError] = _Held(size)
        self._attributions: _Held[xr.Dataset] = _Held(size)
        self._movements: _Held[Sequence[RuleMovement]] = _Held(size)
        self._work = Lock()

    def study_under(self, *rule_sets: RuleSet) -> Study:
        """Return the frozen study that asks the question under some rule sets."""
        return replace(self.study, rule_sets=rule_sets)

    def is_known(self, *rule_sets: RuleSet) -> bool:
        """Whether the results under all of some rule sets are held, or that there are none."""
        return all(self._results.get(_spoken_name_of(rules)) is not None for rules in rule_sets)

    def is_quick(self, evaluations: int) -> bool:
        """Whether so many evaluations can be expected to be done while a reader waits.

        The last ones say how long they take; before the first one, the size of the inventory does.
        """
        if not evaluations:
            return True
        if self._work.locked():
            return False
        databases = (*self.study.databases, *([self.study.foreground] if self.study.foreground else []))
        exchanges = sum(database.exchanges.num_rows for database in databases)
        longest = max(self._last_seconds, default=SECONDS_PER_EXCHANGE * exchanges)
        return evaluations * longest <= QUICK

    def result(self, rule_set: RuleSet, *, watch: Watch | None = None) -> xr.Dataset:
        """Return the result under one rule set, calculated at most once while it is kept.

        Parameters
        ----------
        rule_set : RuleSet
            The rules.
        watch : Watch, optional
            Of a job: is asked whether to stop, before the work begins.

        Raises
        ------
        CarbonlabError
            If there is no trustworthy answer, as `carbonlab.results.calculate.calculate` does.
        Stopped
            If the watch says so.
        """
        name = _spoken_name_of(rule_set)
        found = self._results.get(name)
        if found is None:
            with self._work:
                _go_on(watch)
                found = self._results.get(name)  # whoever worked before may have found it
                if found is None:
                    found = self._calculated(rule_set)
                    self._results.put(name, found)
        if isinstance(found, CarbonlabError):
            raise found.with_traceback(None)
        return found

    def known_attribution(self, baseline: RuleSet, alternative: RuleSet) -> xr.Dataset | None:
        """Return the attribution of a difference if it was made already."""
        return self._attributions.get(f"{_spoken_name_of(baseline)} {_spoken_name_of(alternative)}")

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
        name = f"{_spoken_name_of(baseline)} {_spoken_name_of(alternative)}"
        found = self._attributions.get(name)
        if found is None:
            most = 2 ** len(baseline.diff(alternative)) + 2
            with self._watched(watch, most) as lanes:
                found = attribute(self.study, baseline, alternative, lanes=lanes)
                self._attributions.put(name, found)
        return found

    def known_movements(self, rule_set: RuleSet, *, product: str = "") -> Sequence[RuleMovement] | None:
        """Return what each rule of a rule set moved if it was found already."""
        return self._movements.get(f"{_spoken_name_of(rule_set)} {product}")

    def movements(
        self, rule_set: RuleSet, *, product: str = "", watch: Watch | None = None
    ) -> Sequence[RuleMovement]:
        """Return what each rule of a rule set moved; errors as in `carbonlab.compare.explain`, stopped as above."""
        name = f"{_spoken_name_of(rule_set)} {product}"
        found = self._movements.get(name)
        if found is None:
            with self._watched(watch, len(SLOTS)) as lanes:
                found = explain(self.study, rule_set, product=product, lanes=lanes)
                self._movements.put(name, found)
        return found

    def _calculated(self, rule_set: RuleSet) -> xr.Dataset | CarbonlabError:
        self.calculations += 1
        try:
            return collect(self.study_under(rule_set), (self._lanes.evaluate(rule_set),))
        except CarbonlabError as error:
            return error

    @contextmanager
    def _watched(self, watch: Watch | None, most: int) -> Iterator[StudyLanes]:
        """Give the shared work to one at a time, which is told how far it is and may be stopped."""
        with self._work:
            _go_on(watch)
            self._lanes.begin(watch, most)
            try:
                yield self._lanes
            finally:
                self._lanes.begin(None, 0)

    @property
    def _last_seconds(self) -> Sequence[float]:
        return tuple(self._lanes.seconds) if "_lanes" in self.__dict__ else ()

    @cached_property
    def _lanes(self) -> _WatchedLanes:
        return _WatchedLanes(self.study)


class _WatchedLanes(StudyLanes):
    """Shared work that tells how far it is, and stops when it is asked to."""

    def __init__(self, study: Study) -> None:
        super().__init__(study)
        self._watch: Watch | None = None
        self._done = self._most = 0
        self._evaluations: _Held[Evaluation] = _Held(EVALUATIONS)
        self.seconds: deque[float] = deque(maxlen=LOOKED_BACK)

    def begin(self, watch: Watch | None, most: int) -> None:
        self._watch, self._done, self._most = watch, 0, most

    def evaluate(self, rule_set: RuleSet) -> Evaluation:
        name = _name_of(rule_set)
        found = self._evaluations.get(name)
        if found is None:
            _go_on(self._watch)
            start = monotonic()
            found = super().evaluate(rule_set)
            self.seconds.append(monotonic() - start)
            self._evaluations.put(name, found)
        return found

    def answer(self, rule_set: RuleSet) -> Answers:
        if self._watch is not None:
            _go_on(self._watch)
            self._watch.report(self._done, self._most)
            self._done += 1
        return super().answer(rule_set)


class _Held(Generic[T]):
    """The last values that were used, for any thread."""

    def __init__(self, size: int) -> None:
        self._size, self._lock = size, Lock()
        self._values: OrderedDict[str, T] = OrderedDict()

    def get(self, key: str) -> T | None:
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: str, value: T) -> None:
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._size:
                self._values.popitem(last=False)


def _go_on(watch: Watch | None) -> None:
    if watch is not None and watch.is_set():
        raise Stopped


def _name_of(rule_set: RuleSet) -> str:
    """Return what tells results apart: equal rules under another name are labelled differently."""
    return f"{rule_set.digest} {rule_set.key} {rule_set.what_if}"


def _spoken_name_of(rule_set: RuleSet) -> str:
    """Return the same for answers that hold words in the reader's language."""
    return f"{current_language()} {_name_of(rule_set)}"
