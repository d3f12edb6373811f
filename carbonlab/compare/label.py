"""A number on a label against its study: does it come out again, and if not, which rules would give it?

A label states few digits. It agrees with a footprint that rounds to it: the difference is at most half a unit of its
last digit. Tried are the rule sets at hand, and every single change of a rule of the set that the label names
(`carbonlab.compare.slot_matrix.alternatives`). A rule that gives the number explains it; it does not prove that it was
used, as another may give it too, and so may other data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from carbonlab.compare.lanes import StudyLanes
from carbonlab.compare.slot_matrix import alternatives
from carbonlab.errors import CarbonlabError, StudyError
from carbonlab.rules.ruleset import RuleSet
from carbonlab.system.study import Study
from carbonlab.vocabulary import Status

SAME = 1e-9
"""Two footprints whose relative difference is below this are one: a change without effect explains nothing."""
NEAREST = 3
"""Rules that are named where none gives the number."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A rule set, or a single change of a rule, and what it gives.

    Attributes
    ----------
    rule_set : str
        Key of the rule set; of a single change, of the one that was changed.
    slot, rule : str
        What was changed, the new rule in words; empty for a rule set as it is.
    total : float
        [kg CO2e per unit of analysis].
    """

    rule_set: str
    slot: str
    rule: str
    total: float


@dataclass(frozen=True, slots=True)
class LabelCheck:
    """What was found about a number on a label.

    Attributes
    ----------
    product, name, amount, unit
        The unit of analysis.
    rule_set : str
        Rule set under which it was calculated again.
    stated, rounding : float
        The number, and half a unit of its last digit [kg CO2e per unit of analysis].
    recalculated : float
        NaN if there is no number, which `status` explains.
    giving : tuple of Tried
        What would give the number, rule sets first; empty where the label agrees.
    nearest : tuple of Tried
        What comes nearest where nothing gives it.
    tried, without_number : int
        How many rule sets and single changes gave another number, and how many gave none.
    """

    product: str
    name: str
    amount: float
    unit: str
    rule_set: str
    stated: float
    rounding: float
    recalculated: float
    status: Status
    giving: tuple[Tried, ...]
    nearest: tuple[Tried, ...]
    tried: int
    without_number: int

    @property
    def difference(self) -> float:
        """Stated less recalculated [kg CO2e per unit of analysis]."""
        return self.stated - self.recalculated

    @property
    def agrees(self) -> bool:
        """Whether the recalculated footprint rounds to the stated number."""
        return _rounds_to(self.recalculated, self.stated, self.rounding)

    def as_data(self) -> dict[str, Any]:
        """Return it as numbers and texts, for JSON."""
        known = self.status.has_number
        return {
            **asdict(self),
            "status": str(self.status),
            "recalculated": self.recalculated if known else None,
            "difference": self.difference if known else None,
            "agrees": self.agrees,
        }


def check_label(
    study: Study, stated: str, *, product: str = "", rule_set: RuleSet, others: Iterable[RuleSet] = ()
) -> LabelCheck:
    """Calculate a product again and set the number of its label beside it.

    Parameters
    ----------
    study : Study
        What the label is about.
    stated : str
        The number as it is printed [kg CO2e per unit of analysis]: its last digit says how it was rounded.
    product : str, optional
        Key, name or words of it, where the study has several.
    rule_set : RuleSet
        That the label names.
    others : iterable of RuleSet
        That are tried where it does not agree, and whose rules are tried one by one.

    Raises
    ------
    StudyError
        If the number cannot be read, or no product or several are meant.
    """
    number, rounding = _read(stated)
    asked = study.with_products(product) if product else study
    if len(asked.units) != 1:
        raise StudyError(
            f"study {study.key!r} has {len(study.units)} products",
            why="a label belongs to one of them",
            remedy=f"name one (--product): {', '.join(unit.key for unit in study.units)}",
        )
    unit, lanes = asked.units[0], StudyLanes(asked)
    answer = lanes.answer(rule_set)
    recalculated = float(answer.total[0])
    found: list[Tried] = []
    without = 0
    if not _rounds_to(recalculated, number, rounding):
        for one in _candidates(lanes, rule_set, list(others)):
            if one is None:
                without += 1
            elif not abs(one.total - recalculated) <= SAME * abs(recalculated):
                found.append(one)
    giving = tuple(one for one in found if _rounds_to(one.total, number, rounding))
    nearest = () if giving else tuple(sorted(found, key=lambda one: abs(one.total - number))[:NEAREST])
    return LabelCheck(
        product=unit.key,
        name=unit.name,
        amount=float(unit.amount),
        unit=unit.unit,
        rule_set=rule_set.key,
        stated=number,
        rounding=rounding,
        recalculated=recalculated,
        status=answer.status[0],
        giving=giving,
        nearest=nearest,
        tried=len(found),
        without_number=without,
    )


def _read(stated: str) -> tuple[float, float]:
    """Return a printed number, and half a unit of its last digit."""
    try:
        value = Decimal(stated.strip().replace("−", "-"))
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise StudyError(
            f"{stated!r} is no number of a label",
            remedy="write it with a point and without separators, in kg CO2e per unit of the product: 1234.5",
        )
    return float(value), 0.5 * 10.0 ** int(value.as_tuple().exponent)


def _rounds_to(total: float, stated: float, rounding: float) -> bool:
    return abs(total - stated) <= rounding + SAME * abs(stated)


def _candidates(lanes: StudyLanes, base: RuleSet, others: Sequence[RuleSet]) -> Iterator[Tried | None]:
    """Yield what rule sets and single changes give; None for one that gives no number."""
    for rules in others:
        if rules.key != base.key:
            yield _tried(lanes, rules, Tried(rules.key, "", "", float("nan")))
    for one in alternatives(others, base):
        changed = base.replace(**{one.slot: one.rule})
        yield _tried(lanes, changed, Tried(base.key, one.slot, one.label, float("nan")))


def _tried(lanes: StudyLanes, rules: RuleSet, what: Tried) -> Tried | None:
    try:
        answer = lanes.answer(rules)
    except CarbonlabError:  # a rule for other data: it names what this study has not, or refuses to decide
        return None
    if not answer.status[0].has_number:
        return None
    return Tried(what.rule_set, what.slot, what.rule, float(answer.total[0]))
