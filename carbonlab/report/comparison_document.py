"""A comparison of rule sets as a document: footprints side by side, the parts of each difference with their clauses.

The same blocks make the web page and the PDF. Every rule stands with the place where it is written and how well that
is known, on both sides of a difference; marks, residuals, units and digests stand in the document itself.
"""

from __future__ import annotations

from collections.abc import Iterator

import xarray as xr

from carbonlab.compare.attribution_terms import AttributionTerms, split_unmoved, unmoved_in_words
from carbonlab.compare.compared_rules import ComparedRules, letter_of, without_number_in_words
from carbonlab.compare.comparison_notes import clauses_of
from carbonlab.compare.movement import describe_rule
from carbonlab.compare.movement_words import exchange_in_words, rule_in_words
from carbonlab.messages import message, shown_name, translated
from carbonlab.report.document import Block, Cell, Document, Figure, Heading, Text, facts, grid
from carbonlab.report.drawn_comparison import drawn_blocks
from carbonlab.report.figures import format_number
from carbonlab.report.waterfall import waterfall_of
from carbonlab.results.schema import IMPACT_UNIT
from carbonlab.rules.ruleset import RuleSet
from carbonlab.rules.slots import SLOTS

MOST_EXCHANGES, MOST_REVERSALS = 10, 20
"""Lines that are listed before the others are summed, or counted."""


def build_comparison_document(compared: ComparedRules) -> Document:
    """Return a comparison as a document, in the chosen language."""
    blocks: list[Block] = [
        Text(message("report.disclaimer"), "note"),
        Text(message("comparison.how_to_read"), "strong"),
        *_rule_sets(compared),
        *_footprints(compared),
        *_differences(compared),
        *_order(compared),
        *drawn_blocks(compared),
        *_clauses(compared),
        *_movements(compared),
        *_accuracy(compared),
    ]
    return Document(
        title=message("comparison.title"),
        subtitle=shown_name(compared.study.title),
        blocks=tuple(blocks),
        language=message("report.language"),
        running=message("report.disclaimer"),
    )


def _rule_sets(compared: ComparedRules) -> Iterator[Block]:
    yield Heading(message("comparison.rule_sets"))
    rows: list[list[Cell]] = [
        [
            letter_of(i),
            rules.key,
            translated(rules.title) + ("" if i else message("cli.is_baseline")),
            rules.edition,
        ]
        for i, rules in enumerate(compared.rule_sets)
    ]
    head = ["", *(message(f"comparison.{key}") for key in ("key", "rule_set", "edition"))]
    yield grid(head, rows, weights=(1, 4, 8, 2))


def _footprints(compared: ComparedRules) -> Iterator[Block]:
    yield Heading(message("comparison.footprints"))
    keys = [rules.key for rules in compared.rule_sets]
    head = [message("report.product"), message("report.per")]
    head += [f"{letter_of(i)} {compared.mark_of(key)}".rstrip() for i, key in enumerate(keys)]
    head += [f"{letter_of(i)} − A" for i in range(1, len(keys))]
    rows: list[list[Cell]] = []
    for product in compared.comparison["product"].values:
        one = compared.comparison.sel(product=product)
        totals, changes = one["total"].values.tolist(), one["relative_difference"].values.tolist()
        row = [
            shown_name(str(one["product_name"].values)),
            f"{float(one['product_amount']):g} {one['product_unit'].item()}",
        ]
        row += [_number(total) for total in totals]
        row += [
            f"{change_in_words(change)} {compared.mark_of_difference(key)}".rstrip()
            for key, change in zip(keys[1:], changes[1:], strict=True)
        ]
        rows.append([*row])
    yield grid(head, rows, numbers=range(1, len(head)), caption=f"[{IMPACT_UNIT}]", weights=(6,))
    for remark in compared.remarks:
        yield Text(remark, "note")
    for missing in compared.without_number:
        yield Text(without_number_in_words(*missing), "missing")


def _differences(compared: ComparedRules) -> Iterator[Block]:
    """Yield each difference to the baseline, with the slots that make it."""
    yield Heading(message("comparison.differences"))
    yield Text(message("comparison.differences_text"))
    for attribution, rules in zip(compared.attributions, compared.alternatives, strict=True):
        moved, unmoved = split_unmoved(attribution)
        for found in moved:
            yield from _difference(attribution, found, compared.rule_sets[0], rules)
        if unmoved:
            yield Heading(f"{unmoved[0].baseline} → {unmoved[0].alternative}", 2)
            yield Text(unmoved_in_words(unmoved))


def _difference(
    attribution: xr.Dataset, found: AttributionTerms, baseline: RuleSet, rules: RuleSet
) -> Iterator[Block]:
    yield Heading(f"{found.product_name}: {found.baseline} → {found.alternative}", 2)
    if any(term.shapley for term in found.terms):
        yield Figure(
            waterfall_of(attribution, found.product), message("waterfall.title", product=found.product_name)
        )
    else:
        yield Text(
            message("comparison.no_difference", baseline=found.baseline, alternative=found.alternative)
        )
    rows: list[list[Cell]] = [
        [
            term.name,
            *(format_number(value) for value in (term.shapley, term.alone, term.last)),
            clauses_of(baseline, term.player),
            clauses_of(rules, term.player),
            term.note,
        ]
        for term in found.terms
    ]
    words = ("part", "alone", "last", "written_in_baseline", "written_in_alternative", "note")
    head = [message("report.slot"), *(message(f"comparison.{word}") for word in words)]
    if rows:
        caption = message("cli.against", baseline=found.baseline, moved=format_number(found.difference))
        yield grid(head, rows, numbers=(1, 2, 3), caption=caption, weights=(3, 1, 1, 1, 4, 4, 4))
    for players, value in found.together:
        yield Text(message("cli.together", players=players, moved=format_number(value)), "note")
    if found.same:
        yield Text(message("comparison.same_rule", slots=", ".join(found.same)), "note")


def _order(compared: ComparedRules) -> Iterator[Block]:
    if len(compared.study.units) < 2:
        return
    found = compared.reversals
    yield Heading(message("comparison.order"))
    yield Text(message("cli.order_changes", count=len(found)) if found else message("cli.order_kept"))
    for reversal in found[:MOST_REVERSALS]:
        pair = {"first": reversal.first, "second": reversal.second}
        yield Text(message("cli.reversal", **pair, rule_set=reversal.rule_set, other=reversal.other))


def _clauses(compared: ComparedRules) -> Iterator[Block]:
    """Yield every rule of every rule set, and where it is written."""
    yield Heading(message("comparison.clauses"))
    head = [message("report.slot"), *(f"{letter_of(i)}: {r.key}" for i, r in enumerate(compared.rule_sets))]
    rows: list[list[Cell]] = [
        [message(f"slot.{slot.key}"), *(_rule(rules, slot.key) for rules in compared.rule_sets)]
        for slot in SLOTS
    ]
    yield grid(head, rows, weights=(2, *(4 for _ in compared.rule_sets)))


def _rule(rules: RuleSet, slot: str) -> str:
    return f"{describe_rule(rules.rules[slot])} [{clauses_of(rules, slot)}]"


def _movements(compared: ComparedRules) -> Iterator[Block]:
    if not compared.explained:
        return
    yield Heading(message("comparison.movements"))
    yield Text(message("cli.what_rules_did"), "note")
    for rules, movements in compared.explained:
        yield Heading(f"{rules.key}: {translated(rules.title)}", 2)
        for movement in movements:
            if movement.is_neutral:
                continue
            yield Text(
                f"{movement.product}: {rule_in_words(movement)}", "strong" if movement.moved else "plain"
            )
            listed = movement.exchanges[:MOST_EXCHANGES]
            for exchange in listed:
                yield Text(exchange_in_words(exchange))
            if len(movement.exchanges) > len(listed):
                others = movement.moved - sum(exchange.moved for exchange in listed)
                yield Text(message("movement.others", moved=format_number(others)))
        for movement in {m.slot: m for m in movements if m.is_neutral}.values():
            yield Text(rule_in_words(movement))


def _accuracy(compared: ComparedRules) -> Iterator[Block]:
    """Yield residuals and bounds on the error of every number, and the digests of what it was made from."""
    yield Heading(message("comparison.made_from"))
    comparison = compared.comparison
    rows: list[list[Cell]] = []
    for product in comparison["product"].values:
        for rules in compared.rule_sets:
            one = comparison.sel(product=product, rule_set=rules.key)
            values = (float(one[name]) for name in ("residual", "error_estimate"))
            rows.append([shown_name(str(one["product_name"].values)), rules.key, *map(_power, values)])
    words = ("rule_set", "residual", "error")
    head = [message("report.product"), *(message(f"comparison.{word}") for word in words)]
    yield grid(head, rows, numbers=(2, 3), weights=(5, 4, 1, 1))
    digests = [
        (f"{message('report.rule_set')} {rules.key}", Text(rules.digest, "digest"))
        for rules in compared.rule_sets
    ]
    made = (message("study_report.made"), Text(str(comparison.attrs.get("created", ""))))
    study = (message("comparison.study_digest"), Text(str(comparison.attrs["study_digest"]), "digest"))
    yield facts(study, *digests, made)


def change_in_words(value: float) -> str:
    """Return a relative difference, with a true minus sign."""
    if value != value:
        return "–"
    return f"{100 * value:+.3g} %".replace("-", "−") if value else "0"


def _number(value: float) -> str:
    return format_number(None if value != value else value)


def _power(value: float) -> str:
    return "–" if value != value else f"{value:.1e}".replace("-", "−")
