"""A session turns a choice into a frozen study, and looks its result up by digest or calculates it."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

import xarray as xr

from carbonlab.results.calculate import calculate
from carbonlab.rules.ruleset import RuleSet
from carbonlab.system.study import Study


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

    def study_under(self, rule_set: RuleSet) -> Study:
        """Return the frozen study that asks the question under one rule set."""
        return replace(self.study, rule_sets=(rule_set,))

    def result(self, rule_set: RuleSet) -> xr.Dataset:
        """Return the result under one rule set, calculated at most once while it is kept.

        Raises
        ------
        CarbonlabError
            If there is no trustworthy answer, as `carbonlab.results.calculate.calculate` does.
        """
        study = self.study_under(rule_set)
        digest = f"{study.digest} {rule_set.key}"  # equal rules under another name are labelled differently
        if digest not in self._results:
            self._results[digest] = calculate(study)
            self.calculations += 1
        self._results.move_to_end(digest)
        while len(self._results) > self._size:
            self._results.popitem(last=False)
        return self._results[digest]
