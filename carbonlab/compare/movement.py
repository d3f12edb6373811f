"""What each rule of a rule set moved, exchange by exchange, against the neutral rule of its slot.
 With the other rules unchanged, let A, B, c, s be the system and the scaling vector under the slot's neutral
rule, and A', B', c', λ' the system and the intensities under the rule. On the same padded axes, and with
every change of the matrices included,

    Δh = Σ_j [ (c'B' − cB)_j − Σ_i λ'_i (A' − A)_ij ] s_j          (from λ'ᵀA' = c'B' and A s = f),
 so that the change splits over exchanges exactly: each entry of the matrices knows the exchange that it came
from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from carbonlab.compare.entry_changes import EntryChanges, changes_between
from carbonlab.compare.lanes import COMPONENTS, StudyLanes
from carbonlab.errors import RefusedError, ResultError, RuleError, SolveError
from carbonlab.messages import message
from carbonlab.results.evaluation import Evaluation
from carbonlab.results.schema import CANCELLATION
from carbonlab.rules.comparison_table import citation_of
from carbonlab.rules.entries import FloatArray, IntArray
from carbonlab.rules.parameter_words import option_in_words, parameter_in_words
from carbonlab.rules.rulefile import find_rule_set
from carbonlab.rules.ruleset import Line, Rule, RuleSet
from carbonlab.rules.slots import SLOTS, Slot
from carbonlab.system.study import Study
from carbonlab.vocabulary import Component


@dataclass(frozen=True)
class ExchangeMovement:
    """What a rule did to one exchange of one process, and how much that moved.

    Attributes
    ----------
    exchange, process, flow : str
        Ids; `exchange` is empty for a product that has a column of its own on one side only.
    process_name, flow_name, unit : str
        For people; the unit is the flow's.
    verbs : tuple of str
        What the rule did to it, in order: drop, relink, split, add, factor; empty where other entries follow
        from it (a characterization factor, a share).
    clauses : tuple of str
        Where the lines that acted are written.
    before, after : float
        Amount of it that counts for the product, under the neutral rule and under the rule, with the
        processes running as under the neutral rule.
    factor_before, factor_after : float
        [kg CO2e per unit of the flow] for elementary flows; NaN for others.
    suppliers_before, suppliers_after : tuple of str
        Names of the processes that supply it.
    moved : float
        [kg CO2e per unit of analysis].
    """

    exchange: str
    process: str
    flow: str
    process_name: str
    flow_name: str
    unit: str
    verbs: tuple[str, ...]
    clauses: tuple[str, ...]
    before: float
    after: float
    factor_before: float
    factor_after: float
    suppliers_before: tuple[str, ...]
    suppliers_after: tuple[str, ...]
    moved: float


@dataclass(frozen=True)
class RuleMovement:
    """What one rule moved for one product.

    Attributes
    ----------
    product, slot : str
        Keys.
    rule, neutral : str
        The rule, and the neutral option that it is measured against.
    clause : str
        Where the rule is written (its default line).
    moved : float
        Footprint under the rule less footprint under the neutral rule [kg CO2e per unit of analysis]; NaN
        where one of them has no number.
    is_neutral : bool
        Whether the rule is the neutral one itself.
    without_number : str
        Why there is no number.
    exchanges : tuple of ExchangeMovement
        The largest first; with `rest` and `delayed` they sum to `moved`.
    rest : float
        What the exchanges that are not listed moved.
    apart : float
        What it moved in components that are reported apart from the total.
    delayed : float
        What weighting by year moved: it belongs to the years of emissions, not to exchanges.
    """

    product: str
    slot: str
    rule: str
    neutral: str
    clause: str
    moved: float
    is_neutral: bool = False
    without_number: str = ""
    exchanges: tuple[ExchangeMovement, ...] = ()
    rest: float = 0.0
    apart: float = 0.0
    delayed: float = 0.0


def explain(
    study: Study,
    rule_set: RuleSet | str,
    *,
    product: str = "",
    most: int = 20,
    lanes: StudyLanes | None = None,
) -> tuple[RuleMovement, ...]:
    """Return what each rule of a rule set moved, slot by slot.

    Parameters
    ----------
    study : Study
        The products.
    rule_set : RuleSet or str
        The rules; the study's own play no part.
    product : str
        Key of one product of the study; by default all.
    most : int
        Exchanges listed per rule; what the others moved is in ``rest``.
    lanes : StudyLanes, optional
        Evaluations of the same study to share work with.

    Returns
    -------
    tuple of RuleMovement
        One per product and slot, in the order of stages. Each is measured with all other rules unchanged, so
        they need not sum to anything: for that, see `carbonlab.compare.attribution.attribute`.

    Raises
    ------
    RefusedError, RuleError, SolveError
        If the rule set itself cannot be computed.

    Examples
    --------
    >>> from carbonlab.teaching import load_teaching_inventory
    >>> inventory = load_teaching_inventory()
    >>> study = Study.of(inventory, inventory.column("processes", "id")[0])
    >>> len(explain(study, "default")) == len(SLOTS)
    True
    """
    rules = rule_set if isinstance(rule_set, RuleSet) else find_rule_set(rule_set)
    lanes = lanes or StudyLanes(study)
    after = lanes.evaluate(rules)
    keys = [unit.key for unit in study.units]
    if product and product not in keys:
        raise RuleError(
            f"study {study.key!r} has no product {product!r}", remedy=f"its products are {', '.join(keys)}"
        )
    positions = [keys.index(product)] if product else list(range(len(keys)))
    found: dict[tuple[int, str], RuleMovement] = {}
    for slot in SLOTS:
        for position, movement in _movements_of(lanes, rules, slot, after, positions, most):
            found[position, slot.key] = movement
    return tuple(found[position, slot.key] for position in positions for slot in SLOTS)


def _movements_of(
    lanes: StudyLanes, rules: RuleSet, slot: Slot, after: Evaluation, positions: Sequence[int], most: int
) -> list[tuple[int, RuleMovement]]:
    rule = rules.rules[slot.key]
    neutral = rules.replace(**{slot.key: slot.neutral})
    blanks = {
        position: RuleMovement(
            product=lanes.study.units[position].key,
            slot=slot.key,
            rule=describe_rule(rule),
            neutral=slot.neutral,
            clause=clause_of(rules, rule.lines[-1]),
            moved=float("nan"),
        )
        for position in positions
    }
    if neutral.digest == rules.digest:
        return [(position, replace(blank, moved=0.0, is_neutral=True)) for position, blank in blanks.items()]
    try:
        before = lanes.evaluate(neutral)
    except (RefusedError, RuleError, SolveError) as error:
        return [(position, replace(blank, without_number=error.what)) for position, blank in blanks.items()]
    changes = changes_between(before, after)
    answers = lanes.answers_of(before), lanes.answers_of(after)
    found = []
    for position, blank in blanks.items():
        column = int(lanes.columns[position])
        lacking = [str(side.status[position]) for side in answers if not side.status[position].has_number]
        if lacking:
            movement = replace(blank, without_number=lacking[0])
        else:
            scaling = before.run(column, float(lanes.demands[position])).x
            first, second = (side.counted[position] for side in answers)
            moved, sizes = (
                float(second.sum() - first.sum()),
                float(np.abs(first).sum() + np.abs(second).sum()),
            )
            late = float(
                (second - first)[COMPONENTS.index(Component.DELAY_EFFECT)]
            )  # of years, not of exchanges
            apart = float(answers[1].apart[position].sum() - answers[0].apart[position].sum())
            known = replace(blank, moved=moved, delayed=late, apart=apart)
            movement = _split(known, changes, scaling, sizes, most)
        found.append((position, movement))
    return found


def _split(
    blank: RuleMovement, changes: EntryChanges, scaling: FloatArray, sizes: float, most: int
) -> RuleMovement:
    """Split what a rule moved over exchanges; `sizes` are the absolute parts of both sides together."""
    moved = blank.moved - blank.delayed
    by_subject, scale = changes.moved_by_subject(scaling)
    if abs(sum(by_subject.values()) - moved) > CANCELLATION * (scale + sizes):
        raise ResultError(
            f"what the rule of slot {blank.slot!r} moved does not sum to {moved:g} kg CO2e",
            why="a part of the change would be explained by nothing",
            remedy="report this as a defect, with the study and the rule set",
        )
    order = sorted(by_subject, key=lambda subject: (-abs(by_subject[subject]), subject))
    listed = tuple(
        _describe(changes, subject, by_subject[subject], scaling, blank.slot)
        for subject in order[:most]
        if by_subject[subject]
    )
    rest = sum(by_subject[subject] for subject in order[most:])
    return replace(blank, exchanges=listed, rest=rest)


def _describe(
    changes: EntryChanges, subject: int, moved: float, scaling: FloatArray, slot: str
) -> ExchangeMovement:
    rows = np.flatnonzero(changes.subject == subject)
    exchange, is_intervention = subject // 2, bool(subject % 2)
    system = changes.after.system
    database, count = system.database, system.database.exchanges.num_rows
    if exchange < count:
        identity = database.exchanges["id"][exchange].as_py()
        process, flow = (int(database.column("exchanges", name)[exchange]) for name in ("process", "flow"))
    else:
        identity, column = "", exchange - count
        process, flow = int(system.columns.process[column]), int(system.columns.flow[column])
    if is_intervention:
        flow = int(system.interventions[changes.row[rows[0]]])
    runs = scaling[changes.column[rows]]
    weights = [side[changes.row[rows[0]]] if is_intervention else np.nan for side in changes.weights]
    verbs, clauses = _acts(changes.after, exchange, is_intervention, slot)
    return ExchangeMovement(
        exchange=identity,
        process=database.processes["id"][process].as_py(),
        flow=database.flows["id"][flow].as_py(),
        process_name=database.processes["name"][process].as_py(),
        flow_name=database.flows["name"][flow].as_py(),
        unit=database.flows["unit"][flow].as_py(),
        verbs=verbs,
        clauses=clauses,
        before=float(abs(changes.old[rows] @ runs)),
        after=float(abs(changes.new[rows] @ runs)),
        factor_before=float(weights[0]),
        factor_after=float(weights[1]),
        suppliers_before=_suppliers(changes, rows, changes.old),
        suppliers_after=_suppliers(changes, rows, changes.new),
        moved=moved,
    )


def _acts(
    after: Evaluation, exchange: int, is_intervention: bool, slot: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the verbs with which the rule of a slot acted on an exchange, and where its lines are
    written.
    """
    work, rule = after.system.work, after.system.rule_set.rules[slot]
    verbs: dict[str, None] = {}
    clauses: dict[str, None] = {}
    name, table = (
        ("intervention", work.intervention) if is_intervention else ("technosphere", work.technosphere)
    )
    for log in work.log:
        if log.slot == slot and log.table == name and (table.exchange[log.rows] == exchange).any():
            verbs[log.verb] = None
            clauses[clause_of(after.system.rule_set, rule.lines[log.line])] = None
    return tuple(verbs), tuple(filter(None, clauses))


def _suppliers(changes: EntryChanges, rows: IntArray, values: FloatArray) -> tuple[str, ...]:
    """Return who supplies an exchange on one side, the largest first; nobody for elementary flows."""
    supplied = rows[~changes.is_intervention[rows] & (values[rows] != 0)]
    supplied = supplied[np.argsort(-np.abs(values[supplied]), kind="stable")]
    system = changes.after.system
    names = system.database.column("processes", "name")[system.columns.process[changes.row[supplied]]]
    return tuple(dict.fromkeys(names.tolist()))


def describe_rule(rule: Rule) -> str:
    """Return a rule in one line of words: what its lines select and which option they use, with parameters."""
    parts = []
    for line in rule.lines:
        given = ", ".join(parameter_in_words(name, value) for name, value in line.parameters.items())
        option = option_in_words(rule.slot, line.option)
        text = f"{option} ({given})" if given else option
        parts.append(text if line.selector.is_everything else f"{line.selector}: {text}")
    return "; ".join(parts)


def clause_of(rules: RuleSet, line: Line) -> str:
    """Return where a line is written, with the level of evidence; empty if nowhere."""
    reference = line.reference
    if not f"{reference.source} {reference.clause}".strip():
        return ""
    level = message(f"source_level.{reference.source_level}")
    return level if reference.source_level == "own" else f"{citation_of(rules, reference)} ({level})"
