"""Views: draw results as HTML tables with bars, and say the same as text; they compute only differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape

import xarray as xr

from carbonlab.errors import CarbonlabError, ResultError
from carbonlab.messages import message
from carbonlab.plots import contributions
from carbonlab.report.export import Column, Table
from carbonlab.report.figures import bar_chart, format_number, format_share
from carbonlab.results.schema import IMPACT_UNIT
from carbonlab.system.study import Study
from carbonlab.vocabulary import Component
from carbonlab.widgets.answers import TOTAL, Answer, answers_of, named_quantity, stated_units, together
from carbonlab.widgets.cells import STYLE, Scale, bar_cell, number_cell, table, text_cell
from carbonlab.widgets.view import View

SMALLEST_SHARE = 0.0005
"""A smaller share would be printed as zero, which it is not."""


@dataclass(frozen=True)
class _Row:
    """One line of a comparison."""

    name: str
    before: float | None
    after: float | None
    before_status: str = ""
    after_status: str = ""

    @property
    def difference(self) -> float | None:
        return None if self.before is None or self.after is None else self.after - self.before

    @property
    def share(self) -> float | None:
        return None if self.difference is None or not self.before else self.difference / abs(self.before)


def result_view(result: xr.Dataset) -> View:
    """Return what a result says of each product under one rule set: total, components, bars.

    Parameters
    ----------
    result : xarray.Dataset
        Under the written schema, with one rule set.

    Raises
    ------
    ResultError
        If the result holds several rule sets.
    """
    answers = answers_of(result)
    shown = _components_with_numbers(answers)
    head = [message("widget.product"), *(_label(part, answers) for part in (TOTAL, *shown))]
    rows = []
    for answer in answers:
        if answer.parts:
            numbers = [number_cell(answer.parts[part]) for part in (TOTAL, *shown)]
        else:
            numbers = [text_cell(message(f"status.{answer.status}"), columns=1 + len(shown))]
        rows.append([text_cell(name_of(answer), header=True), *numbers])
    totals = [(name_of(answer), answer.parts[TOTAL]) for answer in answers if answer.parts]
    title = message("widget.footprints", rules=_rule_set_of(result))
    body = [
        _units_of(answers),
        table(f"{title} [{IMPACT_UNIT}]", head, rows, numbers=True),
        bar_chart(totals, unit=IMPACT_UNIT, title=title),
    ]
    lines = [f"{title} [{IMPACT_UNIT}]"]
    for answer in answers:
        said = format_number(answer.parts[TOTAL]) if answer.parts else message(f"status.{answer.status}")
        named = [
            f"{_label(part, answers)} {format_number(answer.parts[part])}" for part in shown if answer.parts
        ]
        parts = "; ".join(named)
        lines.append(f"  {name_of(answer)}: {said}" + (f" ({parts})" if parts else ""))
    columns = [Column(message("widget.product"), tuple(name_of(answer) for answer in answers))]
    columns += [
        Column(_label(part, answers), tuple(answer.parts.get(part) for answer in answers), IMPACT_UNIT)
        for part in (TOTAL, *shown)
    ]
    return _view(body, lines, title, answers, Table(title, tuple(columns)), totals, result)


def comparison_view(
    baseline: xr.Dataset, alternative: xr.Dataset, *, part: str = TOTAL, one_run: bool = False
) -> View:
    """Return baseline and alternative side by side, with the difference.

    Parameters
    ----------
    baseline, alternative : xarray.Dataset
        Results of the same products, each under one rule set.
    part : str
        ``total``, or the component that is shown.
    one_run : bool
        Whether the products are all that one run of a process makes: their sum is shown too.

    Raises
    ------
    ResultError
        If the two sides do not hold the same products, or one holds several rule sets.
    """
    before, after = answers_of(baseline), answers_of(alternative)
    if [name_of(answer) for answer in before] != [name_of(answer) for answer in after]:
        raise ResultError(
            "baseline and alternative do not hold the same products in the same amounts",
            why="their difference would mean nothing",
            remedy="calculate the same study under both rule sets",
        )
    rows = [_row(old, new, part) for old, new in zip(before, after, strict=True)]
    if one_run and len(rows) > 1:
        old, new = together(before), together(after)
        rows.append(_Row(message("widget.together"), old.get(part), new.get(part)))
    names = _names_of_sides(baseline, alternative)
    title = f"{_label(part, (*before, *after))} [{IMPACT_UNIT}]"
    body = [_units_of(before), _comparison_table(title, names, rows), _components(before, after)]
    lines = [
        title,
        f"  {message('widget.baseline')}: {names[0]}",
        f"  {message('widget.alternative')}: {names[1]}",
    ]
    sides = [
        f"{message('widget.baseline')}: {names[0]}",
        f"{message('widget.alternative')}: {names[1]}",
        message("widget.difference"),
    ]
    values = [[getattr(row, key) for row in rows] for key in ("before", "after", "difference")]
    columns = [Column(message("widget.product"), tuple(row.name for row in rows))]
    columns += [Column(side, tuple(found), IMPACT_UNIT) for side, found in zip(sides, values, strict=True)]
    bars = [
        (f"{message(f'widget.{side}')} · {row.name}", value)
        for row in rows
        for side, value in (("baseline", row.before), ("alternative", row.after))
        if value is not None
    ]
    said = [*lines, *(f"  {_sentence(row)}" for row in rows)]
    head = f"{_label(part, (*before, *after))} · {sides[0]} · {sides[1]}"
    return _view(body, said, head, before, Table(title, tuple(columns)), bars)


def bars_view(rows: Sequence[tuple[str, float]], *, unit: str, title: str) -> View:
    """Return signed bars from zero, each with its number.

    Parameters
    ----------
    rows : sequence of (label, value)
        From top to bottom.
    unit : str
        Of the values.
    title : str
        What the values are.
    """
    head = f"{title} [{unit}]"
    body = [f"<b>{escape(head)}</b><br>", bar_chart(rows, unit=unit, title=head)]
    labels, values = tuple(label for label, _ in rows), tuple(value for _, value in rows)
    table_of_rows = Table(title, (Column(message("breakdown.part"), labels), Column(title, values, unit)))
    said = [head, *(f"  {label}: {format_number(value)}" for label, value in rows)]
    record = contributions.plain_bars(rows, title=title, unit=unit)
    return replace(
        _plain(body, said),
        title=title,
        tables=(table_of_rows,),
        printed=lambda: contributions.printed(record),
        is_pictured=False,
    )


def error_view(error: CarbonlabError, study: Study | None, *, side: str) -> View:
    """Return the message of an error, instead of numbers.

    Parameters
    ----------
    error : CarbonlabError
        What stood in the way.
    study : Study, optional
        What was asked: its units stay in sight.
    side : str
        Which side of the comparison it is about.
    """
    head = message("widget.no_answer", side=side)
    lines = [error.what, *(f"{name}: {text}" for name, text in _reasons(error) if text)]
    body = "".join(f"<p>{escape(line)}</p>" for line in lines)
    units = stated_units(study) if study is not None else ()
    asked = [(unit.unit_type, named_quantity(unit.amount, unit.unit, unit.name)) for unit in units]
    box = f"<div class='cl-error' role='alert'><b>{escape(head)}</b>{body}</div>"
    return _plain([_unit_line(asked) if asked else "", box], [head, *(f"  {line}" for line in lines)])


def _reasons(error: CarbonlabError) -> tuple[tuple[str, str], ...]:
    return (
        (message("widget.where"), error.where),
        (message("widget.why"), error.why),
        (message("widget.remedy"), error.remedy),
    )


def stacked(*views: View) -> View:
    """Return views one below the other."""
    return View("".join(view.html for view in views), "\n".join(view.text for view in views))


def part_name(part: str) -> str:
    """Return the words for a part of the footprint."""
    return message("widget.total") if part == TOTAL else message(f"component.{part}")


def _label(part: str, answers: tuple[Answer, ...]) -> str:
    """Return the words for a part, and whether one of the rule sets reports it beside the total."""
    is_apart = any(part in answer.apart for answer in answers)
    return f"{part_name(part)} ({message('widget.apart')})" if is_apart else part_name(part)


def name_of(answer: Answer) -> str:
    """Return the amount, unit and name of a product."""
    return named_quantity(answer.amount, answer.unit, answer.name)


def _unit_line(asked: list[tuple[str, str]]) -> str:
    """Return the functional or declared units that every number is for, as HTML."""
    kinds = " / ".join(dict.fromkeys(message(f"widget.unit_{unit_type}") for unit_type, _ in asked))
    names = " · ".join(name for _, name in asked)
    return f"<p class='cl-unit'><b>{escape(kinds)}:</b> {escape(names)}</p>"


def _units_of(answers: tuple[Answer, ...]) -> str:
    return _unit_line([(answer.unit_type, name_of(answer)) for answer in answers])


def _view(
    body: list[str],
    lines: list[str],
    title: str,
    answers: tuple[Answer, ...],
    numbers: Table,
    bars: Sequence[tuple[str, float]],
    dataset: xr.Dataset | None = None,
) -> View:
    """Return a view of footprints with its table, and with bars to take along."""
    unit_types = dict.fromkeys(message(f"widget.unit_{answer.unit_type}") for answer in answers)
    unit = f"{' / '.join(unit_types)}: {' · '.join(name_of(answer) for answer in answers)}"
    record = contributions.plain_bars(bars, title=f"{title}\n{unit}", unit=IMPACT_UNIT)
    return replace(
        _plain(body, lines),
        title=title,
        functional_unit=unit,
        tables=(numbers,),
        dataset=dataset,
        printed=lambda: contributions.printed(record),
        is_pictured=False,
    )


def _plain(body: list[str], lines: list[str]) -> View:
    return View(f"<div class='carbonlab cl-view'>{STYLE}{''.join(body)}</div>", "\n".join(lines))


def _rule_set_of(result: xr.Dataset) -> str:
    return str(result["rule_set"].values[0])


def _names_of_sides(baseline: xr.Dataset, alternative: xr.Dataset) -> tuple[str, str]:
    """Return the names of both rule sets, with the end of their digests if the names are the same."""
    sides = [(_rule_set_of(side), str(side["rule_set_digest"].values[0])) for side in (baseline, alternative)]
    (first, one), (second, other) = sides
    if first == second and one != other:
        return f"{first} ({one[-6:]})", f"{second} ({other[-6:]})"
    return first, second


def _components_with_numbers(answers: tuple[Answer, ...]) -> list[str]:
    return [str(c) for c in Component if any(answer.parts.get(str(c)) for answer in answers)]


def _row(old: Answer, new: Answer, part: str) -> _Row:
    statuses = ["" if answer.parts else message(f"status.{answer.status}") for answer in (old, new)]
    return _Row(name_of(old), old.parts.get(part), new.parts.get(part), *statuses)


def _comparison_table(title: str, rule_sets: tuple[str, str], rows: list[_Row]) -> str:
    scale = Scale.of([value for row in rows for value in (row.before, row.after) if value is not None])
    head = [
        message("widget.product"),
        f"{message('widget.baseline')}: {rule_sets[0]}",
        f"{message('widget.alternative')}: {rule_sets[1]}",
        message("widget.difference"),
    ]
    cells = [
        [
            text_cell(row.name, header=True),
            bar_cell(row.before, scale, pale=True)
            if row.before is not None
            else text_cell(row.before_status),
            bar_cell(row.after, scale, pale=False) if row.after is not None else text_cell(row.after_status),
            text_cell(_difference(row), number=True),
        ]
        for row in rows
    ]
    return table(title, head, cells)


def _components(before: tuple[Answer, ...], after: tuple[Answer, ...]) -> str:
    """Return all components of both sides, folded away."""
    shown = [TOTAL, *_components_with_numbers((*before, *after))]
    rows = [
        [text_cell(name_of(old), header=True)]
        + [
            text_cell(f"{format_number(old.parts.get(p))} → {format_number(new.parts.get(p))}", number=True)
            for p in shown
        ]
        for old, new in zip(before, after, strict=True)
    ]
    title = message("widget.components")
    head = [message("widget.product"), *(_label(part, (*before, *after)) for part in shown)]
    inside = table(f"{title} [{IMPACT_UNIT}]", head, rows, numbers=True)
    return f"<details><summary>{escape(title)}</summary>{inside}</details>"


def _difference(row: _Row) -> str:
    if row.difference is None:
        return "–"
    scale = max(abs(row.before or 0.0), abs(row.after or 0.0))
    if abs(row.difference) <= 1e-9 * scale:  # below what two ways of computing agree to
        return message("widget.none")
    sign = "+" if row.difference > 0 else ""
    share = ""
    if row.share is not None:
        is_tiny = abs(row.share) < SMALLEST_SHARE
        share = f" ({message('widget.tiny')})" if is_tiny else f" ({sign}{format_share(row.share)})"
    return f"{sign}{format_number(row.difference)}{share}"


def _sentence(row: _Row) -> str:
    before = format_number(row.before) if row.before is not None else row.before_status or "–"
    after = format_number(row.after) if row.after is not None else row.after_status or "–"
    return f"{row.name}: {before} → {after}; {message('widget.difference')}: {_difference(row)}"
