"""Scenarios: named changes of data, apart from the rules.

A scenario changes amounts, parameters, suppliers, stated shares of co-products, or years. It never changes
a rule, and a rule set never
changes data: the two are combined, and neither contains the other. The scenario without changes is the
study itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from carbonlab.errors import StudyError, TableError
from carbonlab.inventory.database import Database
from carbonlab.provenance import digest_of_json
from carbonlab.system import scenario_edits as edits
from carbonlab.system.scenario_edits import Mistake
from carbonlab.system.study import Study


class Subject(StrEnum):
    """What a change changes."""

    AMOUNT = "amount"
    """Amount of an exchange, in `unit` or the reference unit of its flow; a formula gives way to it."""
    PARAMETER = "parameter"
    """Value of an input parameter; everything that formulas make of it is computed again."""
    PROVIDER = "provider"
    """Supplier of an exchange: id of a process."""
    SHARE = "share"
    """Stated share of a co-product (`id`) in a process."""
    YEAR = "year"
    """Years after the reference year of the study at which a link takes place [a]."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change of one value.

    Attributes
    ----------
    subject : Subject
        What is changed.
    id : str
        Id of the exchange; name of the parameter; id of the co-product flow.
    value : float or str
        The new value; of a provider, the id of a process.
    process : str
        Parameters: scope, empty for the whole database. Shares: id of the process.
    unit : str
        Amounts: unit of the value; empty for the reference unit of the flow.
    reason, source : str
        Why, and where the value comes from. A reason is needed.
    """

    subject: Subject
    id: str
    value: float | str
    process: str = ""
    unit: str = ""
    reason: str = ""
    source: str = ""

    @property
    def target(self) -> tuple[str, str, str]:
        """What may be changed only once in a scenario."""
        return (str(self.subject), self.process, self.id)


def _repeated(targets: Iterable[tuple[str, str, str]]) -> tuple[str, str, str] | None:
    seen: set[tuple[str, str, str]] = set()
    for target in targets:
        if target in seen:
            return target
        seen.add(target)
    return None


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A named set of changes of data; frozen.

    Attributes
    ----------
    key : str
        Name.
    changes : tuple of Change
        In any order: no two change the same value.

    Examples
    --------
    >>> hydro = Change(subject=Subject.PROVIDER, id="plant/in/power", value="hydro", reason="contract")
    >>> Scenario(key="hydro", changes=(hydro,)).is_default, DEFAULT.is_default
    (False, True)
    """

    key: str
    changes: tuple[Change, ...] = ()

    def __post_init__(self) -> None:
        twice = _repeated(change.target for change in self.changes)
        if twice:
            raise StudyError(
                f"scenario {self.key!r} changes the {twice[0]} {twice[2]!r} twice",
                why="the order of its changes would decide",
                remedy="keep one of the two",
            )
        for change in self.changes:
            if not change.reason:
                raise StudyError(
                    f"scenario {self.key!r} gives no reason for changing the {change.subject} {change.id!r}",
                    why="nobody could judge the result",
                    remedy="state a reason",
                )

    @property
    def is_default(self) -> bool:
        """Whether it changes nothing."""
        return not self.changes

    @property
    def digest(self) -> str:
        """Digest of what it changes, not of why; the order of the changes does not matter."""
        values = sorted([*change.target, str(change.value), change.unit] for change in self.changes)
        return digest_of_json("scenario", values)


DEFAULT = Scenario(key="default")
"""The scenario that changes nothing."""


def apply_scenario(study: Study, scenario: Scenario) -> Study:
    """Return the study with the data of a scenario; goal, units and rule sets stay as they are.

    Parameters
    ----------
    study : Study
        What is changed: foreground and databases.
    scenario : Scenario
        The changes. Without any, the study itself is returned.

    Returns
    -------
    Study
        With new databases where something changed.

    Raises
    ------
    TableError
        If changes lead nowhere, with all of them: unknown exchange, parameter, supplier or share; a
        supplier that does not supply the
        flow; shares that do not sum to one.
    FormulaError
        If a formula has no value under the new parameters.
    StudyError
        If an amount does not follow from its own formula as stored, so that a parameter cannot move it.
    """
    if scenario.is_default:
        return study
    mistakes = [mistake for change in scenario.changes for mistake in mistakes_of(study, change)]
    if mistakes:
        raise TableError(
            f"scenario {scenario.key!r} does not fit study {study.key!r}",
            [f"{mistake.what}; {mistake.remedy}" for mistake in mistakes],
            remedy="mend what is listed; nothing was changed",
        )
    parts = _parts(study)
    for subject in Subject:
        own = [change for change in scenario.changes if change.subject == subject]
        parts = [_APPLY[subject](db, parts, [c for c in own if edits.holds(db, c)]) for db in parts]
    _check_shares(parts, scenario)
    if study.foreground is None:
        return replace(study, databases=tuple(parts))
    return replace(study, foreground=parts[0], databases=tuple(parts[1:]))


def mistakes_of(study: Study, change: Change) -> Iterator[Mistake]:
    """Yield what is wrong with a change of a study: column of the scenario table, what, remedy."""
    parts = _parts(study)
    owners = [db for db in parts if edits.holds(db, change)]
    if len(owners) != 1:
        yield edits.not_one(parts, change, len(owners))
        return
    yield from edits.CHECKS[change.subject](owners[0], parts, change)


def _parts(study: Study) -> list[Database]:
    return [*([study.foreground] if study.foreground is not None else []), *study.databases]


def _check_shares(parts: Sequence[Database], scenario: Scenario) -> None:
    touched = {change.process for change in scenario.changes if change.subject == Subject.SHARE}
    wrong = [
        text for db in parts for process in sorted(touched) for text in edits.shares_not_one(db, process)
    ]
    if wrong:
        raise TableError(
            f"stated shares do not sum to one under scenario {scenario.key!r}",
            wrong,
            remedy="change the shares of all co-products of a process together; nothing was changed",
        )


_Apply = Callable[[Database, Sequence[Database], Sequence[Change]], Database]

_APPLY: dict[Subject, _Apply] = {
    Subject.AMOUNT: lambda db, parts, changes: edits.with_amounts(db, changes),
    Subject.PARAMETER: lambda db, parts, changes: edits.with_parameters(db, changes),
    Subject.PROVIDER: lambda db, parts, changes: edits.with_providers(db, changes),
    Subject.SHARE: lambda db, parts, changes: edits.with_shares(db, changes),
    Subject.YEAR: lambda db, parts, changes: edits.with_years(db, changes),
}
