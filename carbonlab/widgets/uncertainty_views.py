"""Views of a simulation: distributions, paired differences with their probability, and how the mean settles."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import xarray as xr

from carbonlab.compare.paired_words import PairedDifference, how_to_read, mean_in_words, verdict_in_words
from carbonlab.messages import message, translated
from carbonlab.plots import convergence, distributions
from carbonlab.plots.convergence import Convergence
from carbonlab.plots.distributions import Distributions
from carbonlab.report.export import Column, Table
from carbonlab.results.simulation_schema import check_simulation
from carbonlab.system.study import Study
from carbonlab.widgets.answers import functional_unit, unit_of
from carbonlab.widgets.table_html import table_text, tables_html
from carbonlab.widgets.view import View

SIGNS = ("higher", "lower", "equal")
"""What a draw of one rule set can be to the same draw of the baseline."""


def distribution_view(simulation: xr.Dataset, study: Study, *, product: str = "") -> View:
    """Return the drawn footprints of a product under every rule set.

    Parameters
    ----------
    simulation : xarray.Dataset
        Of `carbonlab.simulate` with the quantiles of `carbonlab.plots.distributions.GRID`.
    study : Study
        What was asked.
    product : str
        Key of the product; by default the first.

    Raises
    ------
    ResultError
        If it is no valid simulation, or quantiles that are drawn are missing.
    """
    check_simulation(simulation)
    unit = unit_of(study, product)
    record = distributions.distributions_of(simulation, unit.key, functional_unit=functional_unit(unit))
    return _view_of(record, simulation)


def difference_view(simulation: xr.Dataset, study: Study, *, product: str = "") -> View:
    """Return the differences to the baseline in the same draw, how often they have which sign, and how that is read.

    Parameters and errors as in `distribution_view`; a simulation of one rule set is refused.
    """
    check_simulation(simulation)
    unit = unit_of(study, product)
    record = distributions.differences_of(simulation, unit.key, functional_unit=functional_unit(unit))
    base, keys = str(simulation.attrs["baseline"]), [row.key for row in record.rows]
    pairs = [row.paired for row in record.rows]
    notes = [
        f"{verdict_in_words(pair, base, key)} ({mean_in_words(pair)})"
        for key, pair in zip(keys, pairs, strict=True)
        if pair is not None
    ]
    if notes:
        notes.append(how_to_read())
    return _view_of(record, simulation, *_paired_columns(pairs, record.unit), notes=notes)


def _paired_columns(pairs: Sequence[PairedDifference | None], unit: str) -> list[Column]:
    """Return the interval of the mean, and the shares of draws with each sign: a tie is none of the two."""
    intervals = [(pair and pair.interval_of_mean()) or (None, None) for pair in pairs]
    shares = {word: [100 * float(getattr(pair, word)) if pair else None for pair in pairs] for word in SIGNS}
    return [
        Column(message("uncertainty.mean_low"), tuple(low for low, _ in intervals), unit),
        Column(message("uncertainty.mean_high"), tuple(high for _, high in intervals), unit),
        *(Column(message(f"uncertainty.{word}"), tuple(values), "%") for word, values in shares.items()),
    ]


def convergence_view(simulations: Sequence[xr.Dataset], study: Study, *, product: str = "") -> View:
    """Return how the mean settles with the number of draws.

    Parameters
    ----------
    simulations : sequence of xarray.Dataset
        The same simulation after ever more draws.
    study, product
        As in `distribution_view`.

    Raises
    ------
    ResultError
        If they are no stages of one simulation.
    """
    for one in simulations:
        check_simulation(one)
    unit = unit_of(study, product)
    record = convergence.convergence_of(simulations, unit.key, functional_unit=functional_unit(unit))
    table = _convergence_table(record)
    last = max(simulations, key=lambda one: int(one.attrs["draws"]))
    return View(
        tables_html((table,), functional_unit=record.functional_unit, after=_done(last)),
        "\n".join([record.title, f"  {record.functional_unit}", *table_text(table)]),
        title=record.title,
        functional_unit=record.functional_unit,
        tables=(table,),
        dataset=last,
        printed=lambda: convergence.printed(record),
        interactive=lambda: convergence.interactive(record),
    )


def _view_of(record: Distributions, simulation: xr.Dataset, *more: Column, notes: Sequence[str] = ()) -> View:
    table = _distribution_table(record, more)
    said = "".join(f"<p>{escape(line)}</p>" for line in notes)
    return View(
        tables_html((table,), functional_unit=record.functional_unit, after=said + _done(simulation)),
        "\n".join([record.title, f"  {record.functional_unit}", *table_text(table), *notes]),
        title=record.title,
        functional_unit=record.functional_unit,
        tables=(table,),
        dataset=simulation,
        printed=lambda: distributions.printed(record),
        interactive=lambda: distributions.interactive(record),
    )


def _distribution_table(record: Distributions, more: Sequence[Column]) -> Table:
    rows, unit = record.rows, record.unit
    columns = [Column(message("uncertainty.rule_set"), tuple(row.label for row in rows))]
    if any(row.static is not None for row in rows):
        columns.append(Column(message("uncertainty.static"), tuple(row.static for row in rows), unit))
    columns += [
        Column(message("uncertainty.mean"), tuple(row.mean for row in rows), unit),
        Column(message("uncertainty.median"), tuple(row.median for row in rows), unit),
        *(
            Column(message("uncertainty.quantile", share=f"{100 * share:g} %"), tuple(values), unit)
            for share, values in (
                (distributions.WIDE[0], [row.wide[0] for row in rows]),
                (distributions.NARROW[0], [row.narrow[0] for row in rows]),
                (distributions.NARROW[1], [row.narrow[1] for row in rows]),
                (distributions.WIDE[1], [row.wide[1] for row in rows]),
            )
        ),
    ]
    return Table(record.title, (*columns, *more))


def _convergence_table(record: Convergence) -> Table:
    rows = [
        (path.label, path.draws[i], path.mean[i], path.low[i], path.high[i])
        for path in record.paths
        for i in range(len(path.draws))
    ]
    names, draws, mean, low, high = zip(*rows, strict=True) if rows else ((),) * 5
    return Table(
        record.title,
        (
            Column(message("uncertainty.rule_set"), names),
            Column(message("uncertainty.draws"), draws),
            Column(message("uncertainty.mean"), mean, record.unit),
            Column(message("uncertainty.mean_low"), low, record.unit),
            Column(message("uncertainty.mean_high"), high, record.unit),
        ),
    )


def _done(simulation: xr.Dataset) -> str:
    """Return what was done, as HTML: draws, seed, what a lognormal keeps, and draws without an answer."""
    attributes = simulation.attrs
    said = message(
        "uncertainty.drawn",
        draws=int(attributes["draws"]),
        seed=attributes["seed"],
        kept=message(f"uncertainty.keeps_{attributes['lognormal_keeps']}"),
        ended=translated(str(attributes["ended"])),
    )
    lines = [said]
    if int(attributes["failed_lanes"]):
        lines.append(message("uncertainty.failed", count=int(attributes["failed_lanes"])))
    if attributes.get("without_uncertainty"):
        lines.append(message("uncertainty.certain", products=attributes["without_uncertainty"]))
    return "".join(f"<p>{escape(line)}</p>" for line in lines)
