"""Views of rule sets side by side: the difference rule by rule, the matrix product × rule set, and rules in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
import xarray as xr

from carbonlab.compare.attribution import check_attribution
from carbonlab.compare.movement import RuleMovement
from carbonlab.compare.movement_words import exchange_in_words, rule_in_words
from carbonlab.messages import message, shown_name
from carbonlab.plots import contributions, rule_matrix, waterfall
from carbonlab.plots.waterfall import Interaction, group_name, player_name
from carbonlab.report.export import Column, Table
from carbonlab.results.schema import CANCELLATION, IMPACT_UNIT
from carbonlab.rules.ruleset import RuleSet
from carbonlab.system.study import Study
from carbonlab.widgets.answers import functional_unit, functional_units, named_quantity, stated_units, unit_of
from carbonlab.widgets.rules_of_sides import differing_rules, sides_of, titles_of_sides
from carbonlab.widgets.table_html import table_text, tables_html
from carbonlab.widgets.view import View

NAMED_EXCHANGES = 3
"""Exchanges that are named for each rule; the others are added up."""


def waterfall_view(
    attribution: xr.Dataset,
    study: Study,
    *,
    product: str = "",
    interaction: Interaction | str = Interaction.SHOWN,
    rule_sets: Sequence[RuleSet] = (),
) -> View:
    """Return the difference between two rule sets, rule by rule.

    Parameters
    ----------
    attribution : xarray.Dataset
        Of `carbonlab.compare.attribute`.
    study : Study
        The study that was attributed.
    product : str
        Key of the product; by default the first.
    interaction : Interaction or str
        Whether what rules move only together is ``shown`` by itself, or ``shared`` among them (Shapley values).
    rule_sets : sequence of RuleSet
        Baseline and alternative, for a table of what they say in each slot that differs, and where it is written.

    Raises
    ------
    ResultError, RuleError
        If one side has no number, the terms do not sum to the difference, or the rule sets are others.
    """
    check_attribution(attribution)
    unit = unit_of(study, product)
    record = waterfall.waterfall_of(
        attribution, unit.key, functional_unit=functional_unit(unit), interaction=interaction
    )
    tables = (_steps_table(record), *_term_tables(attribution.sel(product=unit.key)))
    about = {}
    if rule_sets:
        baseline, alternative = sides_of(attribution, rule_sets)
        tables = (*tables, *differing_rules(baseline, alternative))
        about = titles_of_sides(baseline, alternative)
    notes = _notes(int(attribution["plays"].sel(product=unit.key).sum()))
    after = "".join(f"<p>{escape(note)}</p>" for note in notes)
    return View(
        tables_html(tables, functional_unit=record.functional_unit, after=after),
        "\n".join([record.title, f"  {record.functional_unit}", *table_text(tables[0]), *notes]),
        title=record.title,
        functional_unit=record.functional_unit,
        tables=tables,
        dataset=attribution,
        about=about,
        printed=lambda: waterfall.printed(record),
        interactive=lambda: waterfall.interactive(record),
    )


def _notes(players: int) -> list[str]:
    """Return how the terms of so many rules are read."""
    match players:
        case 0:
            return []
        case 1:
            return [message("bench.one_rule")]
        case _:
            return [message("bench.shapley_note")]


def _steps_table(record: waterfall.Waterfall) -> Table:
    steps = record.steps
    return Table(
        message("bench.steps"),
        (
            Column(message("bench.step"), tuple(step.label for step in steps)),
            Column(message("bench.moves"), tuple(step.change for step in steps), record.unit),
            Column(message("bench.reaches"), tuple(step.end for step in steps), record.unit),
        ),
    )


def _term_tables(one: xr.Dataset) -> tuple[Table, ...]:
    """Return the terms of every rule, and of every group that moves something."""
    players = [str(player) for player in one["player"].values]
    moved = np.asarray(one["interaction"].values, float)
    scale = CANCELLATION * max(np.abs(moved).max(initial=0.0), abs(float(one["difference"])))
    values = [
        (player, *(_plain(one[name].values[i], scale) for name in ("shapley", "from_baseline", "from_alternative")),
         str(one["reason"].values[i]))
        for i, player in enumerate(players)
        if bool(one["plays"].values[i])
    ]  # fmt: skip
    tables = []
    if values:
        names, shared, first, last, reasons = zip(*values, strict=True)
        tables.append(
            Table(
                message("bench.terms"),
                (
                    Column(message("bench.rule"), tuple(player_name(name) for name in names)),
                    Column(message("bench.shapley"), shared, IMPACT_UNIT),
                    Column(message("bench.alone"), first, IMPACT_UNIT),
                    Column(message("bench.last"), last, IMPACT_UNIT),
                    *([Column(message("bench.reason"), reasons)] if any(reasons) else []),
                ),
            )
        )
    groups = [
        (group_name(str(g)), float(v))
        for g, v in zip(one["group"].values, moved, strict=True)
        if abs(v) > scale
    ]
    if groups:
        names, numbers = zip(*sorted(groups, key=lambda pair: -abs(pair[1])), strict=True)
        columns = (
            Column(message("bench.group"), names),
            Column(message("bench.moves"), numbers, IMPACT_UNIT),
        )
        tables.append(Table(message("bench.interactions"), columns))
    return tuple(tables)


def matrix_view(
    result: xr.Dataset, study: Study, *, baseline: str = "", refused: Mapping[str, str] | None = None
) -> View:
    """Return products by rule sets, with differences to the baseline.

    Parameters
    ----------
    result : xarray.Dataset
        Of `carbonlab.calculate` under several rule sets.
    study : Study
        What was asked.
    baseline : str
        Key of the rule set that differences are to; by default the first.
    refused : mapping of str to str
        Rule sets that cannot be computed for this study, and why.
    """
    products = [named_quantity(unit.amount, unit.unit, unit.name) for unit in stated_units(study)]
    record = rule_matrix.matrix_of(result, products=products, baseline=baseline)
    first = Column(message("uncertainty.rule_set"), record.rule_sets)
    numbers, relative, missing = [first], [first], []
    for product, cells in zip(record.products, record.cells, strict=True):
        numbers.append(Column(product, tuple(_or_words(cell) for cell in cells), record.unit))
        shares = tuple(None if cell.relative is None else 100 * cell.relative for cell in cells)
        relative.append(Column(product, shares, "%"))
        missing += [
            (key, product, message(f"status.{cell.status}"))
            for key, cell in zip(record.rule_sets, cells, strict=True)
            if cell.value is None
        ]
    tables = [
        Table(message("bench.matrix"), tuple(numbers)),
        Table(message("bench.matrix_relative", baseline=record.baseline), tuple(relative)),
    ]
    if missing:
        heads = ("uncertainty.rule_set", "widget.product", "widget.why")
        columns = zip(heads, zip(*missing, strict=True), strict=True)
        tables.append(
            Table(message("bench.missing"), tuple(Column(message(head), tuple(v)) for head, v in columns))
        )
    if refused:
        tables.append(
            Table(
                message("bench.refused"),
                (
                    Column(message("uncertainty.rule_set"), tuple(refused)),
                    Column(message("widget.why"), tuple(refused.values())),
                ),
            )
        )
    units = functional_units(study)
    return View(
        tables_html(tables, functional_unit=units),
        "\n".join([record.title, *(line for one in tables for line in table_text(one))]),
        title=record.title,
        functional_unit=units,
        tables=tuple(tables),
        dataset=result,
        printed=lambda: rule_matrix.printed(record),
        interactive=lambda: rule_matrix.interactive(record),
    )


def _or_words(cell: rule_matrix.Cell) -> float | str:
    return message("matrix.no_number") if cell.value is None else cell.value


def words_view(
    movements: Mapping[str, Sequence[RuleMovement]],
    study: Study,
    *,
    product: str = "",
    slots: Sequence[str] = (),
) -> View:
    """Return what each rule did, in words, with the clause that it is written in.

    Parameters
    ----------
    movements : mapping of str to sequence of RuleMovement
        Name of a side → what `carbonlab.compare.explain` found under its rule set.
    study : Study
        What was asked.
    product : str
        Key of the product; by default the first.
    slots : sequence of str
        Slots that are told; by default all.
    """
    unit = unit_of(study, product)
    title = message("bench.words", product=shown_name(unit.name))
    parts, lines, rows = [], [title], []
    for side, found in movements.items():
        told = [one for one in found if one.product == unit.key and (not slots or one.slot in slots)]
        items = []
        for movement in told:
            said = rule_in_words(movement)
            exchanges = _exchanges(movement)
            inside = "".join(f"<li>{escape(text)}</li>" for text in exchanges)
            items.append(f"<li>{escape(said)}{f'<ul>{inside}</ul>' if inside else ''}</li>")
            lines += [f"  {side}: {said}", *(f"    {text}" for text in exchanges)]
            rows.append(
                (side, message(f"slot.{movement.slot}"), _plain(movement.moved), movement.clause, said)
            )
        parts.append(f"<h4>{escape(side)}</h4><ul>{''.join(items)}</ul>")
    heads = ("bench.side", "bench.rule", "bench.moved_against_neutral", "bench.clause", "bench.in_words")
    columns = list(zip(*rows, strict=True)) or [()] * len(heads)
    table = Table(
        title,
        tuple(
            Column(message(head), tuple(values), IMPACT_UNIT if head == "bench.moved_against_neutral" else "")
            for head, values in zip(heads, columns, strict=True)
        ),
    )
    note = f"<p>{escape(message('bench.words_note'))}</p>"
    bars = [(f"{rule} · {side}", moved) for side, rule, moved, *_ in rows if moved is not None]
    record = contributions.plain_bars(
        bars,
        title=f"{title}\n{functional_unit(unit)}\n{message('bench.moved_against_neutral')}",
        unit=IMPACT_UNIT,
    )
    return View(
        tables_html(
            (),
            functional_unit=functional_unit(unit),
            before=f"<h3>{escape(title)}</h3>{note}{''.join(parts)}",
        ),
        "\n".join(lines),
        title=title,
        functional_unit=functional_unit(unit),
        tables=(table,),
        printed=lambda: contributions.printed(record),
        is_pictured=False,
    )


def _exchanges(movement: RuleMovement) -> list[str]:
    named, others = movement.exchanges[:NAMED_EXCHANGES], movement.exchanges[NAMED_EXCHANGES:]
    texts = [exchange_in_words(one) for one in named]
    rest = movement.rest + sum(one.moved for one in others)
    if rest:
        texts.append(message("movement.others", moved=f"{rest:+.4g}".replace("-", "−")))
    return texts


def _plain(value: float, scale: float = 0.0) -> float | None:
    """Return a number; none where there is none, and zero below the rounding of the terms that made it."""
    if not np.isfinite(value):
        return None
    return float(value) if abs(value) > scale else 0.0
