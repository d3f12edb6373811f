"""May two studies be compared? Only if nothing differs but the products (ISO 14067 Annex B, summary)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from carbonlab.conformity.context import Context, listed
from carbonlab.errors import StudyError
from carbonlab.results.calculate import collect, evaluate
from carbonlab.rules.ruleset import RuleSet
from carbonlab.rules.slots import SLOTS
from carbonlab.system.study import Study
from carbonlab.units import conversion_factor, is_convertible

SAME_AMOUNT = 1e-9

TOPIC_OF_SLOT = {
    "boundary": "boundary",
    "cut_off": "boundary",
    "linking": "data",
    "electricity": "data",
    "multifunctionality": "allocation",
    "recycling": "allocation",
}
"""Slots and what they belong to; the others decide how flows are characterized."""


@dataclass(frozen=True)
class Comparability:
    """Whether two studies may be compared, and why not.

    Attributes
    ----------
    first, second : str
        Study and product of either side.
    reasons : tuple of str
        What differs and must not, each beginning with its topic; empty if the two may be compared.
    questions : tuple of str
        What a person has to judge before the two are set side by side.
    """

    first: str
    second: str
    reasons: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()

    @property
    def may_be_compared(self) -> bool:
        """Whether nothing speaks against it that can be computed."""
        return not self.reasons


def comparable(a: Study, b: Study) -> Comparability:
    """Return whether the products of two studies may be compared, under the first rule set of each.

    Identical have to be: type, dimension and amount of the unit; the function; the stages that are
    modelled; every accounting rule;
    what data suppliers decided already. Data may differ: that is what a comparison is about.

    Parameters
    ----------
    a, b : Study
        Studies of one product each (`only` picks one).

    Raises
    ------
    StudyError
        If a study asks for several products.
    RefusedError, RuleError, SolveError
        If a study cannot be calculated.
    """
    for study in (a, b):
        if len(study.units) != 1:
            raise StudyError(
                f"study {study.key!r} asks for {len(study.units)} products",
                why="it is not clear which of them is compared",
                remedy=f"pick one with only(study, key): {', '.join(unit.key for unit in study.units)}",
            )
    left, right = _solved(a), _solved(b)
    reasons = [
        *_units(left, right),
        *_functions(a, b),
        *_stages(left, right),
        *_rules(a.rule_sets[0], b.rule_sets[0]),
        *_upstream(left, right),
        *_numbers(left, right),
    ]
    first, second = (f"{study.key}/{study.units[0].key}" for study in (a, b))
    return Comparability(first, second, tuple(reasons), tuple(_questions(a, b)))


def only(study: Study, product: str) -> Study:
    """Return the study of one of its products.

    Raises
    ------
    StudyError
        If there is no such product.
    """
    units = tuple(unit for unit in study.units if unit.key == product)
    if not units:
        known = ", ".join(unit.key for unit in study.units)
        raise StudyError(
            f"study {study.key!r} has no product {product!r}", remedy=f"its products are {known}"
        )
    return replace(study, units=units)


def _solved(study: Study) -> Context:
    one = study.with_rule_sets(study.rule_sets[0])
    evaluations = evaluate(one)
    return Context(one, evaluations[0], evaluations, collect(one, evaluations))


def _units(a: Context, b: Context) -> Iterator[str]:
    first, second = a.products[0].unit, b.products[0].unit
    if first.unit_type != second.unit_type:
        yield f"unit: {first.key} is a {first.unit_type} unit, {second.key} a {second.unit_type} one"
    units = [str(context.here["product_unit"].values[0]) for context in (a, b)]
    if units[0] != units[1] and not is_convertible(units[0], units[1]):
        yield f"unit: {units[0]} and {units[1]} measure different things"
        return
    factor = 1.0 if units[0] == units[1] else conversion_factor(units[1], units[0])
    if abs(first.amount - second.amount * factor) > SAME_AMOUNT * abs(first.amount):
        yield f"unit: {first.amount:g} {units[0]} against {second.amount:g} {units[1]}"


def _functions(a: Study, b: Study) -> Iterator[str]:
    words = [" ".join(study.scope.get("functions", "").split()).casefold() for study in (a, b)]
    if not all(words):
        silent = [study.key for study, text in zip((a, b), words, strict=True) if not text]
        yield f"function: not stated by {listed(silent)} (scope.functions)"
    elif words[0] != words[1]:
        yield f"function: {a.scope['functions']!r} against {b.scope['functions']!r}"


def _stages(a: Context, b: Context) -> Iterator[str]:
    left, right = (context.stages_of(context.products[0]) for context in (a, b))
    for stages, others, name in ((left, right, a.study.key), (right, left, b.study.key)):
        if stages - others:
            yield f"boundary: only {name} models {', '.join(sorted(stages - others))}"


def _rules(a: RuleSet, b: RuleSet) -> Iterator[str]:
    for change in a.diff(b):
        options = [", ".join(line.option for line in rule.lines) for rule in (change.before, change.after)]
        topic = TOPIC_OF_SLOT.get(change.slot, "characterization")
        difference = (
            " against ".join(options)
            if options[0] != options[1]
            else f"{options[0]} with other selectors or parameters"
        )
        yield f"{topic}: slot {change.slot}: {difference}"


def _upstream(a: Context, b: Context) -> Iterator[str]:
    left, right = (
        {slot: text.partition(" (")[0] for slot, text in context.decided_upstream.items()}
        for context in (a, b)
    )
    for slot in (slot.key for slot in SLOTS):
        if left.get(slot) != right.get(slot):
            sides = [side.get(slot, "not decided") for side in (left, right)]
            yield f"data: slot {slot} was decided upstream otherwise: {sides[0]} against {sides[1]}"


def _numbers(a: Context, b: Context) -> Iterator[str]:
    for context in (a, b):
        product = context.products[0]
        if not product.status.has_number:
            yield f"result: {context.study.key}/{product.unit.key} has no number ({product.status})"


def _questions(a: Study, b: Study) -> Iterator[str]:
    for name, first, second in (
        ("data quality", a.scope.get("data_quality", ""), b.scope.get("data_quality", "")),
        ("time boundary", a.scope.get("time_boundary", ""), b.scope.get("time_boundary", "")),
        ("reference year", a.reference_year, b.reference_year),
        ("geography", a.scope.get("geography", ""), b.scope.get("geography", "")),
    ):
        if not first or not second:
            yield f"{name}: not stated on both sides"
        elif first != second:
            yield f"{name}: {first!r} against {second!r}"
