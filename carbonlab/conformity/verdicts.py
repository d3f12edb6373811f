"""What a check found, and the verdict that follows: never more than the evidence and the knowledge of the
text allow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from carbonlab.conformity.requirements import Mark, Requirement


class Result(StrEnum):
    """What a check found."""

    MET = "met"
    NOT_MET = "not_met"
    NOT_APPLICABLE = "not_applicable"
    UPSTREAM = "upstream"
    """Decided in data that arrived decided: nothing here can tell."""
    PERSON = "person"
    """What is there has to be judged by a person."""
    NO_RESULT = "no_result"
    """The study has no result that could be checked."""


class Verdict(StrEnum):
    """What is said of a requirement; the words are in the catalogue under ``verdict.<value>``."""

    PASS = "pass"
    FAIL = "fail"
    PASS_AS_INTERPRETED = "pass_as_interpreted"
    FAIL_AS_INTERPRETED = "fail_as_interpreted"
    UNVERIFIED = "unverified_requirement"
    NOT_APPLICABLE = "not_applicable"
    NOT_VERIFIABLE_UPSTREAM = "not_verifiable_upstream"
    FOR_A_PERSON = "for_a_person"
    NO_RESULT = "no_result"

    @property
    def is_failure(self) -> bool:
        """Whether the requirement is not met."""
        return self in (Verdict.FAIL, Verdict.FAIL_AS_INTERPRETED)


@dataclass(frozen=True)
class Outcome:
    """What a check found, with its evidence.

    Attributes
    ----------
    result : Result
        What was found.
    evidence : str
        Names and numbers that a reader can look up.
    numbers : mapping of str to float
        The numbers by name, with their unit in the name.
    """

    result: Result
    evidence: str
    numbers: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_met(self) -> bool:
        """Whether the requirement is met."""
        return self.result == Result.MET


def met(evidence: str, **numbers: float) -> Outcome:
    """Return that a requirement is met."""
    return Outcome(Result.MET, evidence, numbers)


def not_met(evidence: str, **numbers: float) -> Outcome:
    """Return that a requirement is not met."""
    return Outcome(Result.NOT_MET, evidence, numbers)


def not_applicable(evidence: str, **numbers: float) -> Outcome:
    """Return that a requirement does not apply to the study."""
    return Outcome(Result.NOT_APPLICABLE, evidence, numbers)


def upstream(evidence: str, **numbers: float) -> Outcome:
    """Return that data which arrived decided hide the answer."""
    return Outcome(Result.UPSTREAM, evidence, numbers)


def for_a_person(evidence: str, **numbers: float) -> Outcome:
    """Return that a person has to judge."""
    return Outcome(Result.PERSON, evidence, numbers)


_PLAIN = {
    Result.NOT_APPLICABLE: Verdict.NOT_APPLICABLE,
    Result.UPSTREAM: Verdict.NOT_VERIFIABLE_UPSTREAM,
    Result.PERSON: Verdict.FOR_A_PERSON,
    Result.NO_RESULT: Verdict.NO_RESULT,
}


def verdict_of(requirement: Requirement, standard: str, outcome: Outcome) -> Verdict:
    """Return the verdict on a requirement of a standard.

    What was recalled gives verdicts *as interpreted*; what is open gives none, whatever the check found.
    """
    if outcome.result in _PLAIN:
        return _PLAIN[outcome.result]
    mark = requirement.mark[standard]
    if mark == Mark.OPEN:
        return Verdict.UNVERIFIED
    if mark == Mark.READ:
        return Verdict.PASS if outcome.is_met else Verdict.FAIL
    return Verdict.PASS_AS_INTERPRETED if outcome.is_met else Verdict.FAIL_AS_INTERPRETED
