"""``carbonlab compare STUDY|DB [PROCESS] --rules A --rules B``: rule sets side by side, and which rule makes
the difference.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np
import xarray as xr

from carbonlab.atomic import new_file
from carbonlab.cli.asked_study import add_study_arguments, asked_study
from carbonlab.cli.compare_json import comparison_json
from carbonlab.cli.databases import with_changes
from carbonlab.cli.drawn_attributions import as_json, check_draws, draw_attributions, show_drawn
from carbonlab.cli.output import name_width, number, say, say_json, say_table, shorten, tell
from carbonlab.compare.assumed_rules import ASSUMED, assumed_in_words, find_assumed
from carbonlab.compare.attribution import attribute, check_attribution
from carbonlab.compare.comparison import compare, rank_reversals
from carbonlab.compare.comparison_notes import WITHOUT_EFFECT, clauses_of, has_idle_formula, notes
from carbonlab.compare.lanes import StudyLanes
from carbonlab.compare.movement import RuleMovement, explain
from carbonlab.compare.movement_words import exchange_in_words, rule_in_words
from carbonlab.compare.paired_words import how_to_read
from carbonlab.messages import has_message, message, translated
from carbonlab.report.waterfall import waterfall_of
from carbonlab.results.schema import CANCELLATION
from carbonlab.rules.rulefile import find_rule_set
from carbonlab.rules.ruleset import RuleSet
from carbonlab.vocabulary import Status

WITHOUT_NUMBER = 3
TERMS = ("shapley", "from_baseline", "from_alternative")

EPILOG = """\
The first rule set is the baseline. A SET is a key or the path of a rule file, if need be with changes:
KEY+SLOT=OPTION+SLOT=OPTION. Without --rules the rule sets of the study are compared.

The difference is split over the slots that differ by exact Shapley values: every mixture of the two rule sets
is computed, and the terms sum to the difference. "alone" is what a slot moves by itself from the baseline,
"last" what it moves as the last one.

With --draws the same is done in every draw of the uncertain data, all mixtures on the same draws: the table says what
each slot makes on average, between which ends in 95 % of the draws, and in how many it raises or lowers the footprint.

examples:
  carbonlab compare teaching aluminium_ingot_cn --rules iso-14067-2018 --rules eu-pef-2021
  carbonlab compare teaching aluminium_ingot_cn --rules default --rules default+multifunctionality=price
  carbonlab compare categories battery_nmc_china --rules iso-14067-2018 --rules eu-pef-2021
  carbonlab compare my_study.toml --rules default --rules my_rules.toml
  carbonlab compare my_study.toml --rules default --rules my_rules.toml --draws 256
  carbonlab compare my_study.toml --rules default --rules my_rules.toml --explain --svg waterfall.svg
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_study_arguments(parser)
    parser.add_argument(
        "--rules",
        action="append",
        default=[],
        metavar="SET",
        help="rule set, at least twice; the first is the baseline",
    )
    parser.add_argument(
        "--what-if", action="store_true", help="also ask rule sets of products that they are not written for"
    )
    parser.add_argument(
        "--explain", action="store_true", help="what each rule of the alternatives did to which exchange"
    )
    parser.add_argument(
        "--draws",
        type=int,
        default=0,
        metavar="N",
        help="also take the difference apart in N draws of the data: how certain is what each slot makes?",
    )
    parser.add_argument(
        "--svg",
        default="",
        metavar="FILE",
        help="write the waterfall of the first product and the first alternative",
    )


def run(given: argparse.Namespace) -> int:
    """Compare rule sets and show who makes the difference."""
    study = asked_study(given, "compare")
    rule_sets = tuple(parse_rules(text) for text in given.rules) or study.rule_sets
    if given.what_if:
        rule_sets = tuple(rules.as_what_if() for rules in rule_sets)
    if given.draws:
        check_draws(study, rule_sets[0], rule_sets[1:], given.draws)
    comparison = compare(study, rule_sets, progress=None if given.json else tell)
    lanes = StudyLanes(study)
    baseline, alternatives = rule_sets[0], rule_sets[1:]
    attributions = [attribute(study, baseline, other, lanes=lanes) for other in alternatives]
    for attribution in attributions:
        check_attribution(attribution)
    if given.svg:
        with new_file(given.svg) as draft:
            draft.write_text(_svg(attributions[0], study.units[0].key), encoding="utf-8")
    movements = [(rules, explain(study, rules, lanes=lanes)) for rules in rule_sets] if given.explain else []
    drawn = []
    if given.draws:
        drawn = draw_attributions(
            study, baseline, alternatives, draws=given.draws, lanes=lanes, silent=given.json
        )
    if given.json:
        more = {"drawn_attributions": [as_json(own) for own in drawn]} if drawn else {}
        say_json(comparison_json(comparison, attributions) | more)
    else:
        idle = {rules.key for rules in rule_sets if has_idle_formula(lanes, rules)}
        _show(comparison, attributions, notes(lanes, rule_sets), idle, rule_sets)
        for own in drawn:
            show_drawn(own)
        if drawn:
            say()
            say(how_to_read())
        if movements:
            _show_movements(movements)
    missing = np.isnan(comparison["total"].values).any()
    return WITHOUT_NUMBER if missing else 0


def parse_rules(text: str) -> RuleSet:
    """Return the rule set that ``KEY+SLOT=OPTION+...`` asks for.

    Raises
    ------
    RuleError, NotFoundError
        If the set, a slot or an option does not exist.

    Examples
    --------
    >>> parse_rules("default+multifunctionality=price").key
    'default+multifunctionality=price'
    """
    parts = text.split("+")
    first = next((i for i, part in enumerate(parts) if i and "=" in part), len(parts))
    changes = dict(part.split("=", 1) for part in parts[first:] if "=" in part)
    return with_changes(find_rule_set("+".join(parts[:first])), changes, "--rules")


def _show(
    comparison: xr.Dataset,
    attributions: list[xr.Dataset],
    below: list[str],
    idle: set[str],
    rule_sets: Sequence[RuleSet],
) -> None:
    baseline, *alternatives = rule_sets
    found = {rules.key: find_assumed(baseline, rules) for rules in alternatives}
    assumed = {key: pair for key, pair in found.items() if pair}
    keys = comparison["rule_set"].values.tolist()
    say(message("cli.rule_sets"))
    for i, key in enumerate(keys):
        title = translated(str(comparison["rule_set_title"].values[i]))
        is_baseline = key == comparison.attrs["baseline"]
        say(f"  {_letter(i)}  {key}: {title}{message('cli.is_baseline') if is_baseline else ''}")
    say()
    head = [
        message("cli.product"),
        message("cli.per"),
        *(
            f"{_letter(i)} [kg CO2e]{f' {WITHOUT_EFFECT}' if key in idle else ''}"
            for i, key in enumerate(keys)
        ),
        *(f"{_letter(i)} − A" for i in range(1, len(keys))),
    ]
    rows = []
    for product in comparison["product"].values:
        one = comparison.sel(product=product)
        amount = f"{float(one['product_amount']):g} {one['product_unit'].item()}"
        totals, changes = one["total"].values.tolist(), one["relative_difference"].values.tolist()
        rows.append(
            [
                shorten(str(one["product_name"].values), name_width()),
                amount,
                *totals,
                *(
                    _percent(value) + (f" {ASSUMED}" if key in assumed else "")
                    for key, value in zip(keys[1:], changes[1:], strict=True)
                ),
            ]
        )
    say_table(head, rows)
    for line in (*dict.fromkeys(map(assumed_in_words, assumed.values())), *below):
        say(line)
    for key in keys:
        for product in comparison["product"].values:
            one = comparison.sel(rule_set=key, product=product)
            if np.isnan(one["total"].item()):
                status = str(one["status"].values)
                hint = " (--what-if)" if status == Status.NOT_APPLICABLE else ""
                words = {"product": product, "rule_set": key, "status": message(f"status.{status}")}
                say(f"{message('uncertainty.without', **words)}{hint}")
    for attribution, rules in zip(attributions, alternatives, strict=True):
        for product in attribution["product"].values:
            _show_attribution(attribution, str(product), rules)
    _show_ranks(comparison)


def _show_attribution(attribution: xr.Dataset, product: str, rules: RuleSet) -> None:
    one = attribution.sel(product=product)
    if np.isnan(one["difference"].item()):
        return
    say()
    say(f"{one['product_name'].item()}: {attribution.attrs['alternative']}")
    moved = number(one["difference"].item())
    say(message("cli.against", baseline=attribution.attrs["baseline"], moved=moved))
    order = np.argsort(-np.abs(one["shapley"].values), kind="stable")
    rounding = CANCELLATION * max(abs(one["baseline_total"].item()), float(np.abs(one["shapley"]).max()))
    rows, same = [], []
    for place in order:
        row = one.isel(player=int(place))
        reason, name = row["reason"].item(), _player(row["player"].item())
        if reason == message("reason.same_rule"):
            same.append(name)
            continue
        note = reason or (_beyond(row["unreachable"].item()))
        rows.append(
            [
                *(_without_rounding(float(row[term]), rounding) for term in TERMS),
                name,
                clauses_of(rules, row["player"].item()),
                note,
            ]
        )
    say_table(
        ["kg CO2e", *(message(f"cli.{key}") for key in ("alone", "last", "slot", "written_in", "note"))],
        rows or [[0.0, 0.0, 0.0, "-", "", ""]],
    )
    together = [
        (g, v)
        for g, v in zip(one["group"].values, one["interaction"].values, strict=True)
        if abs(v) > 1e-9 * abs(one["baseline_total"].item())
    ]
    for group, value in sorted(together, key=lambda pair: -abs(pair[1]))[:5]:
        players = " × ".join(_player(p) for p in str(group).split(" × "))
        say(f"  {message('cli.together', players=players, moved=number(float(value)))}")
    if same:
        say(f"  {message('cli.other_slots', count=len(same))}")


def _without_rounding(moved: float, rounding: float) -> float:
    """Return what a rule moved, or 0 where it is only what cancellation leaves."""
    return 0.0 if abs(moved) <= rounding else moved


def _show_ranks(comparison: xr.Dataset) -> None:
    if comparison.sizes["product"] < 2:
        return
    reversals = rank_reversals(comparison)
    say()
    say(message("cli.order_changes", count=len(reversals)) if reversals else message("cli.order_kept"))
    for reversal in reversals[:10]:
        pair = {"first": reversal.first, "second": reversal.second}
        say(f"  {message('cli.reversal', **pair, rule_set=reversal.rule_set, other=reversal.other)}")


def _show_movements(explained: Sequence[tuple[RuleSet, Sequence[RuleMovement]]]) -> None:
    """Print for every rule set, the baseline too, what its rules did, and where those are written that did nothing."""
    say()
    say(message("cli.what_rules_did"))
    for rules, movements in explained:
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
    for exchange in movement.exchanges[:5]:
        say(f"      {exchange_in_words(exchange)}")
    others = movement.moved - sum(exchange.moved for exchange in movement.exchanges[:5])
    if len(movement.exchanges) > 5:
        say(f"      {message('movement.others', moved=number(others))}")


def _svg(attribution: xr.Dataset, product: str) -> str:
    figure = waterfall_of(attribution, product)
    return figure.replace(
        "<svg ", '<svg xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" font-size="13" ', 1
    )


def _player(player: str) -> str:
    return " + ".join(
        message(f"slot.{slot}") if has_message(f"slot.{slot}") else slot for slot in player.split(" + ")
    )


def _beyond(share: float) -> str:
    return message("reason.unreachable", share=f"{100 * share:.1f}") if share >= 5e-4 else ""


def _percent(value: float) -> str:
    return "-" if value != value else f"{100 * value:+.3g} %" if value else "0"


def _letter(position: int) -> str:
    return chr(ord("A") + position) if position < 26 else f"#{position + 1}"
