"""What ``carbonlab compare`` prints: footprints side by side, who makes each difference, what each rule did."""

from __future__ import annotations

from carbonlab.cli.drawn_attributions import show_drawn
from carbonlab.cli.output import name_width, number, say, say_table, shorten
from carbonlab.compare.attribution_terms import AttributionTerms, split_unmoved, unmoved_in_words
from carbonlab.compare.compared_rules import ComparedRules, letter_of, without_number_in_words
from carbonlab.compare.comparison_notes import clauses_of
from carbonlab.compare.movement import RuleMovement
from carbonlab.compare.movement_words import exchange_in_words, rule_in_words
from carbonlab.compare.paired_words import how_to_read
from carbonlab.messages import message, shown_name, translated
from carbonlab.rules.ruleset import RuleSet
from carbonlab.vocabulary import Status

MOST_EXCHANGES, MOST_REVERSALS = 5, 10
"""Rows that are listed before the others are summed, or counted."""


def show_compared(compared: ComparedRules) -> None:
    """Print a comparison."""
    _show_rule_sets(compared)
    say()
    _show_footprints(compared)
    for attribution, rules in zip(compared.attributions, compared.alternatives, strict=True):
        moved, unmoved = split_unmoved(attribution)
        for found in moved:
            _show_attribution(found, rules)
        if unmoved:
            say()
            say(unmoved_in_words(unmoved))
    _show_order(compared)
    for own in compared.drawn:
        show_drawn(own)
    if compared.drawn:
        say()
        say(how_to_read())
    if compared.explained:
        _show_movements(compared)


def _show_rule_sets(compared: ComparedRules) -> None:
    say(message("cli.rule_sets"))
    for i, rules in enumerate(compared.rule_sets):
        baseline = "" if i else message("cli.is_baseline")
        say(f"  {letter_of(i)}  {rules.key}: {translated(rules.title)}{baseline}")


def _show_footprints(compared: ComparedRules) -> None:
    keys = [rules.key for rules in compared.rule_sets]
    head = [message("cli.product"), message("cli.per")]
    head += [f"{letter_of(i)} [kg CO2e] {compared.mark_of(key)}".rstrip() for i, key in enumerate(keys)]
    head += [f"{letter_of(i)} − A" for i in range(1, len(keys))]
    rows = []
    for product in compared.comparison["product"].values:
        one = compared.comparison.sel(product=product)
        changes = zip(keys, one["relative_difference"].values.tolist(), strict=True)
        rows.append(
            [
                shorten(shown_name(str(one["product_name"].values)), name_width()),
                f"{float(one['product_amount']):g} {one['product_unit'].item()}",
                *one["total"].values.tolist(),
                *(f"{percent(v)} {compared.mark_of_difference(key)}".rstrip() for key, v in [*changes][1:]),
            ]
        )
    say_table(head, rows)
    for line in compared.remarks:
        say(line)
    for rule_set, product, status in compared.without_number:
        hint = " (--what-if)" if status is Status.NOT_APPLICABLE else ""
        say(f"{without_number_in_words(rule_set, product, status)}{hint}")


def _show_attribution(found: AttributionTerms, rules: RuleSet) -> None:
    say()
    say(f"{shown_name(found.product_name)}: {found.alternative}")
    say(message("cli.against", baseline=found.baseline, moved=number(found.difference)))
    rows = [
        [term.shapley, term.alone, term.last, term.name, clauses_of(rules, term.player), term.note]
        for term in found.terms
    ]
    say_table(
        ["kg CO2e", *(message(f"cli.{key}") for key in ("alone", "last", "slot", "written_in", "note"))],
        rows or [[0.0, 0.0, 0.0, "-", "", ""]],
    )
    for players, value in found.together:
        say(f"  {message('cli.together', players=players, moved=number(value))}")
    if found.same:
        say(f"  {message('cli.other_slots', count=len(found.same))}")


def _show_order(compared: ComparedRules) -> None:
    if len(compared.study.units) < 2:
        return
    found = compared.reversals
    say()
    say(message("cli.order_changes", count=len(found)) if found else message("cli.order_kept"))
    for reversal in found[:MOST_REVERSALS]:
        pair = {"first": reversal.first, "second": reversal.second}
        say(f"  {message('cli.reversal', **pair, rule_set=reversal.rule_set, other=reversal.other)}")


def _show_movements(compared: ComparedRules) -> None:
    """Print for every rule set, the baseline too, what its rules did, and where those are written that did nothing."""
    say()
    say(message("cli.what_rules_did"))
    for rules, movements in compared.explained:
        say()
        say(f"{rules.key}: {translated(rules.title)}")
        for movement in movements:
            if not movement.is_neutral:
                _show_movement(movement)
        neutral = {movement.slot: movement for movement in movements if movement.is_neutral}
        for movement in neutral.values():
            say(f"  {rule_in_words(movement)}")


def _show_movement(movement: RuleMovement) -> None:
    say(f"  {movement.product}: {rule_in_words(movement)}")
    listed = movement.exchanges[:MOST_EXCHANGES]
    for exchange in listed:
        say(f"      {exchange_in_words(exchange)}")
    if len(movement.exchanges) > len(listed):
        others = movement.moved - sum(exchange.moved for exchange in listed)
        say(f"      {message('movement.others', moved=number(others))}")


def percent(value: float) -> str:
    """Return a relative difference.

    Examples
    --------
    >>> percent(0.1), percent(0.0), percent(float("nan"))
    ('+10 %', '0', '-')
    """
    return "-" if value != value else f"{100 * value:+.3g} %" if value else "0"
