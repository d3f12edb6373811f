"""What a rules bench answers: both sides first, then what makes them differ; whoever asks may stop in between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import xarray as xr

from carbonlab.errors import CarbonlabError
from carbonlab.messages import message
from carbonlab.rules.ruleset import RuleSet
from carbonlab.widgets.answers import TOTAL
from carbonlab.widgets.bench_code import Side, code_of_bench, side_name
from carbonlab.widgets.job import Watch
from carbonlab.widgets.questions import is_one_run
from carbonlab.widgets.rule_views import matrix_view, waterfall_view, words_view
from carbonlab.widgets.session import Session
from carbonlab.widgets.view import View
from carbonlab.widgets.views import comparison_view, error_view, result_view, stacked

SHOWN = ("waterfall", "matrix", "words", "sides")
"""What the bench can show below the numbers of both sides; ``sides`` is nothing more than these."""
NOTHING = View("", "")


@dataclass(frozen=True)
class BenchChoice:
    """What is chosen on a rules bench.

    Attributes
    ----------
    baseline, alternative : RuleSet
        The two sides.
    product : str
        Key of the product whose difference is taken apart.
    shown : str
        One of `SHOWN`.
    interaction : str
        ``shown`` by itself, or ``shared`` among the rules.
    part : str
        Part of the footprint that the sides show: ``total`` or a component.
    """

    baseline: RuleSet
    alternative: RuleSet
    product: str
    shown: str = "waterfall"
    interaction: str = "shown"
    part: str = TOTAL


@dataclass(frozen=True)
class Asked:
    """A choice with everything else that an answer is made of, so that no control is read while it is made.

    Attributes
    ----------
    choice : BenchChoice
        What is chosen.
    bases : pair of RuleSet
        What the two sides were made of by replacing rules.
    slots : tuple of str
        Slots in which they differ.
    columns : tuple of RuleSet
        Further rule sets of the matrix.
    source : str
        Python expression that gives the question.
    """

    choice: BenchChoice
    bases: tuple[RuleSet, RuleSet]
    slots: tuple[str, ...]
    columns: tuple[RuleSet, ...] = ()
    source: str = ""

    @property
    def sides(self) -> tuple[RuleSet, RuleSet]:
        """The two sides."""
        return self.choice.baseline, self.choice.alternative

    @property
    def rule_sets(self) -> dict[str, RuleSet]:
        """Key → rule set of the matrix: the two sides, and the others."""
        return {rules.key: rules for rules in (*self.sides, *self.columns)}

    def code(self, study_of: Session, *, shown: str = "", rule_sets: Sequence[RuleSet] = ()) -> str:
        """Return a cell that shows the same."""
        choice = self.choice
        made: list[Side] = list(zip(self.sides, self.bases, strict=True))
        return code_of_bench(
            study_of.study,
            *made,
            shown=shown or choice.shown,
            product=choice.product,
            interaction=choice.interaction,
            slots=self.slots,
            part=choice.part,
            one_run=is_one_run(study_of.study),
            rule_sets=rule_sets,
            source=self.source,
        )


@dataclass(frozen=True)
class Sight:
    """What is in sight: the sides, and what is shown below them."""

    sides: View = NOTHING
    below: View = NOTHING


def is_quick(session: Session, asked: Asked) -> bool:
    """Whether the answer is held, or can be expected while a reader waits for it."""
    choice = asked.choice
    sides = sum(
        not session.is_known(rules) for rules in {rules.digest: rules for rules in asked.sides}.values()
    )
    match choice.shown:
        case "waterfall" if session.known_attribution(*asked.sides) is None:
            return session.is_quick(max(sides, 2 ** len(choice.baseline.diff(choice.alternative))))
        case "matrix":
            return session.is_quick(sum(not session.is_known(rules) for rules in asked.rule_sets.values()))
        case "words":
            unknown = [
                session.known_movements(rules, product=choice.product) is None for rules in asked.sides
            ]
            return session.is_quick(sides + 2 * sum(unknown) * max(1, len(asked.slots)))
        case _:
            return session.is_quick(sides)


def sights(session: Session, asked: Asked, watch: Watch | None) -> Iterator[Sight]:
    """Yield what there is to see, ever more of it; why there is no answer takes the place of the answer.

    Parameters
    ----------
    session : Session
        Answers.
    asked : Asked
        What is chosen.
    watch : Watch, optional
        Of a job; without one, only the last sight is yielded.

    Raises
    ------
    Stopped
        If the watch says so.
    """
    if watch is not None:
        watch.tell(message("job.building"), is_deaf=True)
        if not session.is_known(asked.choice.alternative):
            yield Sight(_baseline(session, asked, watch))
    sides = _sides(session, asked, watch)
    if watch is not None and asked.choice.shown != "sides":
        yield Sight(sides)
    last = NOTHING
    for last in _below(session, asked, watch):
        if watch is not None:
            yield Sight(sides, last)
    if watch is None or last is NOTHING:
        yield Sight(sides, last)


def _baseline(session: Session, asked: Asked, watch: Watch | None) -> View:
    """Return the side that there is already while the other one is calculated."""
    try:
        return result_view(session.result(asked.choice.baseline, watch=watch))
    except CarbonlabError as error:
        return error_view(error, session.study, side=message("widget.baseline"))


def _sides(session: Session, asked: Asked, watch: Watch | None) -> View:
    """Return baseline and alternative side by side, or the message that says why there is no answer."""
    choice = asked.choice
    try:
        baseline = session.result(choice.baseline, watch=watch)
    except CarbonlabError as error:
        return error_view(error, session.study, side=message("widget.baseline"))
    try:
        alternative = session.result(choice.alternative, watch=watch)
    except CarbonlabError as error:
        said = error_view(error, session.study, side=message("widget.alternative"))
        return stacked(said, result_view(baseline))
    view = comparison_view(baseline, alternative, part=choice.part, one_run=is_one_run(session.study))
    return replace(view, code=asked.code(session, shown="sides"))


def _below(session: Session, asked: Asked, watch: Watch | None) -> Iterator[View]:
    try:
        match asked.choice.shown:
            case "waterfall":
                yield _waterfall(session, asked, watch)
            case "matrix":
                yield from _matrix(session, asked, watch)
            case "words":
                yield _words(session, asked, watch)
    except CarbonlabError as error:
        yield error_view(error, session.study, side=message(f"bench.show_{asked.choice.shown}"))


def _waterfall(session: Session, asked: Asked, watch: Watch | None) -> View:
    choice = asked.choice
    found = session.attribution(choice.baseline, choice.alternative, watch=watch)
    view = waterfall_view(
        found, session.study, product=choice.product, interaction=choice.interaction, rule_sets=asked.sides
    )
    return replace(view, code=asked.code(session))


def _matrix(session: Session, asked: Asked, watch: Watch | None) -> Iterator[View]:
    """Yield the matrix of the two sides first, and then with the other rule sets."""
    found: list[xr.Dataset] = []
    computed: list[RuleSet] = []
    refused: dict[str, str] = {}
    rule_sets = asked.rule_sets
    for number, (key, rules) in enumerate(rule_sets.items()):
        if watch is not None:
            watch.report(number, len(rule_sets))
        try:
            found.append(session.result(rules, watch=watch)[["total", "status"]])
            computed.append(rules)
        except CarbonlabError as error:
            refused[key] = error.what
        is_last = number == len(rule_sets) - 1
        if found and (is_last or (number == 1 and watch is not None)):
            result = xr.concat(found, "rule_set", combine_attrs="drop_conflicts")
            result.attrs.pop("schema", None)  # a few variables are no whole result
            baseline = asked.choice.baseline.key
            base = baseline if baseline not in refused else ""
            view = matrix_view(result, session.study, baseline=base, refused=refused)
            state = "" if is_last else _state_of_matrix(number + 1, len(rule_sets))
            yield replace(view, code=asked.code(session, rule_sets=computed), state=state)


def _state_of_matrix(made: int, asked: int) -> str:
    return message("take.partial", made=made, asked=asked, what=message("bench.rule_sets"))


def _words(session: Session, asked: Asked, watch: Watch | None) -> View:
    choice = asked.choice
    found = {
        side_name(side, rules): session.movements(rules, product=choice.product, watch=watch)
        for side, rules in zip(("baseline", "alternative"), asked.sides, strict=True)
    }
    view = words_view(found, session.study, product=choice.product, slots=asked.slots)
    return replace(view, code=asked.code(session))
