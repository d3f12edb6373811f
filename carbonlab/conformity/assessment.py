"""Check a study against the requirements of a standard: every verdict with its evidence. Nothing here
certifies.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import carbonlab.conformity.checks  # noqa: F401  (registers the checks)
from carbonlab.conformity.context import Context, listed
from carbonlab.conformity.registry import CHECKS
from carbonlab.conformity.requirements import STANDARDS, Requirement, requirements_of
from carbonlab.conformity.verdicts import Outcome, Result, Verdict, for_a_person, not_met, verdict_of
from carbonlab.display.card import Card, Part
from carbonlab.errors import CarbonlabError, RefusedError, SolveError, StudyError
from carbonlab.messages import message, translated
from carbonlab.results.calculate import collect, evaluate
from carbonlab.rules.rulefile import find_rule_set
from carbonlab.rules.ruleset import RuleSet
from carbonlab.rules.selectors import flow_has_role
from carbonlab.system.scenario import Scenario
from carbonlab.system.study import Study
from carbonlab.vocabulary import Role

NOTHING_TO_COMPUTE = "the study holds nothing from which this could be computed"


@dataclass(frozen=True)
class Row:
    """The verdict on one requirement."""

    requirement: Requirement
    verdict: Verdict
    outcome: Outcome


@dataclass(frozen=True, eq=False, repr=False)
class Assessment:
    """A study against a standard.

    Attributes
    ----------
    study, study_digest : str
        Which study.
    standard : str
        Key of the standard.
    rule_set, rule_set_digest : str
        Under which rules its number was calculated.
    rows : tuple of Row
        One per requirement, in their order.
    """

    study: str
    study_digest: str
    standard: str
    rule_set: str
    rule_set_digest: str
    rows: tuple[Row, ...]

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many requirements have each verdict, every verdict named."""
        found = Counter(row.verdict for row in self.rows)
        return {verdict: found[verdict] for verdict in Verdict}

    @property
    def failures(self) -> tuple[Row, ...]:
        """The rows whose requirement is not met."""
        return tuple(row for row in self.rows if row.verdict.is_failure)

    def row(self, requirement: str) -> Row:
        """Return the row of a requirement by its number."""
        return next(row for row in self.rows if row.requirement.id == requirement)

    def __repr__(self) -> str:
        counts = ", ".join(f"{count} {message(f'verdict.{v}')}" for v, count in self.counts.items() if count)
        words = {"study": self.study, "standard": self.standard, "rule_set": self.rule_set}
        return f"{message('conformity.title', **words)}\n  {counts}"

    def _repr_html_(self) -> str:
        words = {"study": self.study, "standard": self.standard, "rule_set": self.rule_set}
        facts = [(message(f"verdict.{v}"), f"{count}") for v, count in self.counts.items() if count]
        rows = tuple(
            (
                row.requirement.id,
                message(f"verdict.{row.verdict}"),
                f"{translated(row.requirement.text)} [{row.requirement.place_in(self.standard)}]",
                row.outcome.evidence,
            )
            for row in self.rows
        )
        failed = tuple(row for row, one in zip(rows, self.rows, strict=True) if one.verdict.is_failure)
        parts = [
            Part(message("display.not_met"), (), failed, is_open=True),
            Part(message("display.requirements"), (), rows),
        ]
        return Card("", message("conformity.title", **words), facts, parts, self.study_digest).html()


def assess(
    study: Study,
    against: str,
    *,
    rule_set: RuleSet | str | None = None,
    scenarios: Sequence[Scenario] = (),
    earlier: Study | None = None,
    compared: Sequence[str] = (),
) -> Assessment:
    """Check a study against the requirements of a standard.

    Parameters
    ----------
    study : Study
        What is checked; its other rule sets count as sensitivity.
    against : str
        ``gbt-24067-2024`` or ``iso-14067-2018``.
    rule_set : RuleSet or str, optional
        Under which the number is checked; by default the study's own of the key `against`, else its first.
    scenarios : sequence of Scenario
        Changes of data that the study is shown under.
    earlier : Study, optional
        An earlier study of the same product, where performance is tracked.
    compared : sequence of str
        Keys of products that the study sets side by side.

    Returns
    -------
    Assessment
        A row for every requirement. Where the study cannot be calculated, only offsets are judged, and the
        other rows say why.

    Raises
    ------
    NotFoundError
        If no requirements are listed for the standard.
    StudyError
        If a compared product does not exist.
    """
    requirements = requirements_of(against)
    unknown = sorted(set(compared) - {unit.key for unit in study.units})
    if unknown:
        known = ", ".join(unit.key for unit in study.units)
        raise StudyError(
            f"study {study.key!r} has no product {unknown[0]!r} to compare",
            remedy=f"its products are {known}",
        )
    chosen = _chosen(study, against, rule_set)
    if chosen.digest not in {rules.digest for rules in study.rule_sets}:
        study = study.with_rule_sets(chosen, *(rules for rules in study.rule_sets if rules.key != chosen.key))
    try:
        evaluations = evaluate(study)
    except (RefusedError, SolveError) as error:
        outcomes = {r.id: _without_result(study, r, error) for r in requirements}
        return _assessment(study, against, chosen, requirements, outcomes)
    same = [e for e in evaluations if e.system.rule_set.digest == chosen.digest]
    evaluation = next((e for e in same if e.system.rule_set.key == chosen.key), same[0])
    result = collect(study, evaluations)
    return assess_context(
        Context(study, evaluation, evaluations, result, tuple(scenarios), earlier, tuple(compared)), against
    )


def assess_context(context: Context, against: str) -> Assessment:
    """Check a study that is solved already (see `assess`)."""
    requirements = requirements_of(against)
    outcomes = {requirement.id: _outcome(context, requirement) for requirement in requirements}
    return _assessment(context.study, against, context.rules, requirements, outcomes)


def as_data(assessment: Assessment) -> dict[str, Any]:
    """Return an assessment as plain data (texts, numbers, lists), for reports and JSON."""
    return {
        "study": assessment.study,
        "study_digest": assessment.study_digest,
        "standard": assessment.standard,
        "standard_title": STANDARDS[assessment.standard],
        "rule_set": assessment.rule_set,
        "rule_set_digest": assessment.rule_set_digest,
        "counts": {str(verdict): count for verdict, count in assessment.counts.items()},
        "requirements": [
            {
                "id": row.requirement.id,
                "topic": row.requirement.topic,
                "clause": row.requirement.clause,
                "kind": row.requirement.kind,
                "mark": str(row.requirement.mark[assessment.standard]),
                "text": row.requirement.text,
                "verdict": str(row.verdict),
                "found": str(row.outcome.result),
                "evidence": row.outcome.evidence,
                "numbers": {name: float(value) for name, value in row.outcome.numbers.items()},
                "for_a_person": row.requirement.person,
            }
            for row in assessment.rows
        ],
    }


def _assessment(
    study: Study,
    against: str,
    rules: RuleSet,
    requirements: tuple[Requirement, ...],
    outcomes: dict[str, Outcome],
) -> Assessment:
    rows = tuple(Row(r, verdict_of(r, against, outcomes[r.id]), outcomes[r.id]) for r in requirements)
    return Assessment(study.key, study.digest, against, rules.key, rules.digest, rows)


def _chosen(study: Study, against: str, rule_set: RuleSet | str | None) -> RuleSet:
    if rule_set is not None:
        return rule_set if isinstance(rule_set, RuleSet) else find_rule_set(rule_set)
    own = [rules for rules in study.rule_sets if rules.key == against]
    return own[0] if own else study.rule_sets[0]


def _outcome(context: Context, requirement: Requirement) -> Outcome:
    if not requirement.check:
        return for_a_person(NOTHING_TO_COMPUTE)
    return CHECKS[requirement.check](context)


def _without_result(study: Study, requirement: Requirement, error: CarbonlabError) -> Outcome:
    if requirement.id == "B-02":
        parts = [*([study.foreground] if study.foreground is not None else []), *study.databases]
        names = [
            str(db.flows["name"][int(flow)].as_py())
            for db in parts
            for flow in db.column("exchanges", "flow")[
                flow_has_role(db, Role.OFFSET)[db.column("exchanges", "flow")]
            ]
        ]
        if names:
            return not_met(f"offsets: {listed(names)}; the study is not calculated", offsets=len(names))
    if not requirement.check:
        return for_a_person(NOTHING_TO_COMPUTE)
    return Outcome(Result.NO_RESULT, f"the study cannot be calculated: {error.what}")
