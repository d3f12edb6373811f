"""All that is said when rule sets are compared: footprints, who makes the differences, what stands beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr

from carbonlab.compare.assumed_rules import ASSUMED, AssumedRules, assumed_in_words, find_assumed
from carbonlab.compare.attribute_draws import attribute_draws, check_drawn_attribution
from carbonlab.compare.attribution import attribute, check_attribution
from carbonlab.compare.comparison import compare, rank_reversals
from carbonlab.compare.comparison_notes import WITHOUT_EFFECT, has_idle_formula, notes
from carbonlab.compare.lanes import StudyLanes
from carbonlab.compare.movement import RuleMovement, explain
from carbonlab.compare.ranks import Reversal
from carbonlab.messages import message
from carbonlab.rules.ruleset import RuleSet
from carbonlab.system.study import Study
from carbonlab.vocabulary import Status


@dataclass(frozen=True, eq=False)
class ComparedRules:
    """Rule sets compared on the products of a study; the first is the baseline.

    Attributes
    ----------
    study : Study
    rule_sets : tuple of RuleSet
    comparison : xarray.Dataset
        Of `carbonlab.compare.comparison.compare`.
    attributions : tuple of xarray.Dataset
        Of `carbonlab.compare.attribution.attribute`, one per alternative.
    explained : tuple of (RuleSet, movements)
        What each rule did, for every rule set; empty if it was not asked for.
    drawn : tuple of xarray.Dataset
        Of `carbonlab.attribute_draws`, one per alternative; empty if nothing was drawn.
    idle : frozenset of str
        Keys of rule sets whose recycling formula is without effect.
    notes : tuple of str
        Sentences that belong under the table of footprints.
    """

    study: Study
    rule_sets: tuple[RuleSet, ...]
    comparison: xr.Dataset
    attributions: tuple[xr.Dataset, ...]
    explained: tuple[tuple[RuleSet, tuple[RuleMovement, ...]], ...]
    drawn: tuple[xr.Dataset, ...]
    idle: frozenset[str]
    notes: tuple[str, ...]

    @property
    def alternatives(self) -> tuple[RuleSet, ...]:
        """Every rule set but the baseline."""
        return self.rule_sets[1:]

    @cached_property
    def assumed(self) -> dict[str, AssumedRules]:
        """Rules that an alternative shares with the baseline by assumption, by its key."""
        found = {rules.key: find_assumed(self.rule_sets[0], rules) for rules in self.alternatives}
        return {key: pair for key, pair in found.items() if pair}

    def mark_of(self, key: str) -> str:
        """Return the mark at the number of a rule set."""
        return WITHOUT_EFFECT if key in self.idle else ""

    def mark_of_difference(self, key: str) -> str:
        """Return the mark at the difference of a rule set to the baseline."""
        return ASSUMED if key in self.assumed else ""

    @property
    def remarks(self) -> tuple[str, ...]:
        """What belongs under the table of footprints: marks, rule sets that say n/a, what was cut off."""
        return (*dict.fromkeys(map(assumed_in_words, self.assumed.values())), *self.notes)

    @property
    def without_number(self) -> tuple[tuple[str, str, Status], ...]:
        """Rule set, product and status of what has no number."""
        statuses = self.comparison["status"].transpose("rule_set", "product").values
        keys = [rules.key for rules in self.rule_sets]
        products = [unit.key for unit in self.study.units]
        return tuple(
            (key, product, Status(str(statuses[i, j])))
            for i, key in enumerate(keys)
            for j, product in enumerate(products)
            if np.isnan(self.comparison["total"].sel(rule_set=key, product=product).item())
        )

    @property
    def reversals(self) -> tuple[Reversal, ...]:
        """Pairs of products that change places; empty for one product."""
        return rank_reversals(self.comparison) if len(self.study.units) > 1 else ()


def compare_in_full(
    study: Study,
    rule_sets: Sequence[RuleSet],
    *,
    is_explained: bool = False,
    draws: int = 0,
    progress: Callable[[str], None] | None = None,
    drawn_progress: Any = None,
) -> ComparedRules:
    """Return rule sets compared, each difference to the first taken apart, and what is to be said beside it.

    Parameters
    ----------
    study : Study
    rule_sets : sequence of RuleSet
        At least two; the first is the baseline.
    is_explained : bool
        Whether to say what each rule did to which exchange.
    draws : int
        Draws of the data in which the differences are taken apart too; 0 for none.
    progress : callable, optional
        Is told what begins.
    drawn_progress : callable, optional
        Is told how many lanes are done, and how many there are.

    Raises
    ------
    StudyError, RefusedError, RuleError, SolveError
        As `compare`, `attribute` and `attribute_draws`.
    """
    comparison = compare(study, rule_sets, progress=progress)
    lanes = StudyLanes(study)
    baseline, *alternatives = rule_sets
    attributions = tuple(attribute(study, baseline, other, lanes=lanes) for other in alternatives)
    for attribution in attributions:
        check_attribution(attribution)
    drawn = tuple(
        attribute_draws(study, baseline, other, draws=draws, lanes=lanes, progress=drawn_progress)
        for other in (alternatives if draws else ())
    )
    for own in drawn:
        check_drawn_attribution(own)
    explained = tuple(
        (rules, explain(study, rules, lanes=lanes)) for rules in (rule_sets if is_explained else ())
    )
    return ComparedRules(
        study=study,
        rule_sets=tuple(rule_sets),
        comparison=comparison,
        attributions=attributions,
        explained=explained,
        drawn=drawn,
        idle=frozenset(rules.key for rules in rule_sets if has_idle_formula(lanes, rules)),
        notes=tuple(notes(lanes, rule_sets)),
    )


def without_number_in_words(rule_set: str, product: str, status: Status) -> str:
    """Return why a product has no number under a rule set."""
    words = {"product": product, "rule_set": rule_set, "status": message(f"status.{status}")}
    return message("uncertainty.without", **words)


def letter_of(position: int) -> str:
    """Return the letter of a rule set in tables.

    Examples
    --------
    >>> letter_of(0), letter_of(26)
    ('A', '#27')
    """
    return chr(ord("A") + position) if position < 26 else f"#{position + 1}"
