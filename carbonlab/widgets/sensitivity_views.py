"""Views of sensitivities: what one input does alone, first-order shares, Sobol' indices, and data against rules."""

from __future__ import annotations

from html import escape

import xarray as xr

from carbonlab.messages import message
from carbonlab.plots import sobol, tornado
from carbonlab.report.export import Column, Table
from carbonlab.report.sensitivity import input_labels, sensitivity_notes
from carbonlab.results.schema import IMPACT_UNIT
from carbonlab.results.sensitivity_schema import check_sensitivity
from carbonlab.system.study import Study
from carbonlab.widgets.answers import functional_unit, unit_of
from carbonlab.widgets.table_html import table_text, tables_html
from carbonlab.widgets.view import View

ROUNDING = 1e-12
"""Index [-] below which nothing is told from rounding."""


def tornado_view(result: xr.Dataset, study: Study, *, product: str = "") -> View:
    """Return what each input alone does to the footprint, the largest first, and its share of the variance.

    Parameters
    ----------
    result : xarray.Dataset
        Of `carbonlab.sensitivity.perturbation.perturb` or `carbonlab.sensitivity.first_order.first_order`.
    study : Study
        What was asked.
    product : str
        Key of the product; by default the first.

    Raises
    ------
    ResultError
        If it is no such sensitivity.
    """
    check_sensitivity(result)
    unit = functional_unit(unit_of(study, product))
    record = tornado.tornado_of(result, functional_unit=unit)
    tables = [
        Table(
            record.title,
            (
                Column(message("bench.input"), tuple(row.label for row in record.rows)),
                Column(message("bench.input_down"), tuple(row.down for row in record.rows), record.unit),
                Column(message("bench.input_up"), tuple(row.up for row in record.rows), record.unit),
            ),
        ),
        *_shares(result),
    ]
    notes = [record.note, *sensitivity_notes(result)]
    return View(
        tables_html(tables, functional_unit=unit, after=_paragraphs(notes)),
        "\n".join([record.title, f"  {unit}", *table_text(tables[0])]),
        title=record.title,
        functional_unit=unit,
        tables=tuple(tables),
        dataset=result,
        printed=lambda: tornado.printed(record),
        interactive=lambda: tornado.interactive(record),
    )


def indices_view(result: xr.Dataset, study: Study, *, product: str = "") -> View:
    """Return Sobol' indices with their intervals, or how the variance splits into data and rules.

    Parameters
    ----------
    result : xarray.Dataset
        Of `carbonlab.sensitivity.global_sensitivity.global_sensitivity` or
        `carbonlab.sensitivity.data_and_rules.data_and_rules`.
    study, product
        As in `tornado_view`.

    Raises
    ------
    ResultError
        If it is no such sensitivity, or has no number for the product.
    """
    check_sensitivity(result)
    asked = unit_of(study, product)
    unit = functional_unit(asked)
    record = sobol.indices_of(result, product=asked.key, functional_unit=unit)
    columns = [Column(message("bench.factor"), record.labels)]
    for measure, bars in zip(record.measures, record.bars, strict=True):
        columns += [
            Column(name, tuple(_without_rounding(value) for value in values), record.unit)
            for name, values in (
                (measure, [bar.value for bar in bars]),
                (message("bench.interval_low", measure=measure), [bar.low for bar in bars]),
                (message("bench.interval_high", measure=measure), [bar.high for bar in bars]),
            )
        ]
    table = Table(record.title, tuple(columns))
    return View(
        tables_html((table,), functional_unit=unit, after=_paragraphs(record.notes)),
        "\n".join([record.title, f"  {unit}", *table_text(table), *record.notes]),
        title=record.title,
        functional_unit=unit,
        tables=(table,),
        dataset=result,
        printed=lambda: sobol.printed(record),
        interactive=lambda: sobol.interactive(record),
    )


def _without_rounding(index: float) -> float:
    """Return an index [-] that is nothing but the rounding of sums of order 1 as the zero that it stands for."""
    return 0.0 if abs(index) < ROUNDING else index


def _shares(result: xr.Dataset) -> list[Table]:
    """Return the shares of the first-order variance, where there are any."""
    if "share" not in result or not float(result["share"].sum()):
        return []
    order = (-result["share"].values).argsort(kind="stable")
    labels = input_labels(result)
    rows = [int(place) for place in order if result["share"].values[place] > 0]
    return [
        Table(
            message("bench.shares"),
            (
                Column(message("bench.input"), tuple(labels[row] for row in rows)),
                Column(message("bench.share"), tuple(100 * float(result["share"][row]) for row in rows), "%"),
                Column(
                    message("bench.derivative"),
                    tuple(float(result["derivative"][row]) for row in rows),
                    message("bench.per_input", unit=IMPACT_UNIT),
                ),
            ),
        )
    ]


def _paragraphs(lines: list[str] | tuple[str, ...]) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in lines if line)
