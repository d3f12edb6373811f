"""What has to stand beside the numbers of ``carbonlab compare``: rules without effect, and what was cut off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from carbonlab.compare.lanes import StudyLanes
from carbonlab.messages import message, translated
from carbonlab.rules.comparison_table import citation_of
from carbonlab.rules.ruleset import RuleSet
from carbonlab.system.product_system import ProductSystem
from carbonlab.system.study import Study, UnitOfAnalysis

WITHOUT_EFFECT = "‡"
"""Mark of a rule set whose recycling formula computes nothing in this study."""
NO_MATERIAL = "recycling_no_material"


@dataclass(frozen=True)
class CutShare:
    """What a cut-off takes of a product: at most `share` of the absolute contributions; `limit` is the rule's."""

    rule_set: str
    product: str
    share: float
    limit: float


def has_idle_formula(lanes: StudyLanes, rules: RuleSet) -> bool:
    """Whether a recycling formula finds no material: its parameters are missing, and it moves nothing."""
    return any(finding.code == NO_MATERIAL for finding in lanes.evaluate(rules).system.work.findings)


def clauses_of(rules: RuleSet, player: str) -> str:
    """Return where the rules of a player (slots joined by ` + `) are written: standard, clause, source level."""
    places = []
    for slot in filter(rules.rules.__contains__, player.split(" + ")):
        for line in rules.rules[slot].lines:
            cited = citation_of(rules, line.reference)
            if line.reference.source_level == "own":
                places.append(message("source_level.own"))
                continue
            level = translated(line.reference.source_level)
            places.append(message("rule_table.with_level", text=translated(cited), level=level))
    return "; ".join(dict.fromkeys(places))


def notes_beyond(study: Study, system: ProductSystem, rule_sets: Iterable[RuleSet]) -> list[str]:
    """Return why rule sets say n/a: which word of which products goes beyond what they are written for."""
    lines = []
    for rules in rule_sets:
        if rules.what_if:
            continue
        found = {unit.key: rules.beyond(*_names(unit, system)) for unit in study.units}
        products = [key for key, words in found.items() if words]
        words = sorted({word for own in found.values() for word in own})
        if products:
            named = {"words": ", ".join(words), "products": ", ".join(products)}
            lines.append(message("cli.beyond", rule_set=rules.key, **named))
    return lines


def _names(unit: UnitOfAnalysis, system: ProductSystem) -> tuple[str, ...]:
    """Return what a product is called: its unit of analysis, name and category of its process, its flow."""
    column, database = system.column_of(unit.process, unit.flow), system.database
    process, flow = int(system.columns.process[column]), int(system.columns.flow[column])
    of_process = (database.column("processes", name)[process] for name in ("name", "category"))
    return tuple(str(name or "") for name in (unit.name, *of_process, database.column("flows", "name")[flow]))


def shares_cut(lanes: StudyLanes, rules: RuleSet) -> list[CutShare]:
    """Return what the cut-off of a rule set takes of every product that has a number; empty without a cut-off."""
    rule = rules.rules["cut_off"]
    if not rule.needs_reference:
        return []
    system = lanes.evaluate(rules).system
    has_number = [status.has_number for status in lanes.answer(rules).status]
    found: list[CutShare] = []
    for bill in system.work.bills:
        if bill.slot != "cut_off" or bill.lost is None:
            continue
        limit = float(rule.lines[bill.line].parameters["total"])
        found += [
            CutShare(rules.key, unit.key, float(bill.lost[column]), limit)
            for unit, column, asked in zip(lanes.study.units, lanes.columns, has_number, strict=True)
            if asked
        ]
    return found


def notes(lanes: StudyLanes, rule_sets: Sequence[RuleSet]) -> list[str]:
    """Return the sentences that belong under a comparison."""
    lines = [
        f"{WITHOUT_EFFECT} {message('cli.without_effect', rule_set=rules.key)}"
        for rules in rule_sets
        if has_idle_formula(lanes, rules)
    ]
    lines += notes_beyond(lanes.study, lanes.evaluate(rule_sets[0]).system, rule_sets)
    for rules in rule_sets:
        for cut in shares_cut(lanes, rules):
            key = "cli.cut_above" if cut.share > cut.limit * (1 + 1e-6) else "cli.cut_within"
            words = {"share": f"{100 * cut.share:.2g}", "limit": f"{100 * cut.limit:g}"}
            lines.append(message(key, rule_set=cut.rule_set, product=cut.product, **words))
    return lines
