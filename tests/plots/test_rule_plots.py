"""Pictures of rule sets and draws: the numbers first, which sum exactly and drop nothing; then both drawings."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import xarray as xr

from carbonlab.compare import attribute
from carbonlab.errors import ResultError
from carbonlab.inventory.assumed_spreads import assume_spread
from carbonlab.monte_carlo import simulate
from carbonlab.plots import convergence, distributions, rule_matrix, waterfall
from carbonlab.plots.theme import figure_bytes
from carbonlab.plots.waterfall import Kind
from carbonlab.report.figures import EMITTED, TAKEN
from carbonlab.results.calculate import calculate
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.system.study import Study
from carbonlab.teaching import load_teaching_inventory

UNIT = "Declared unit: 1 kg lumber"
SIDES = ("default", "eu-pef-2021")


@cache
def study() -> Study:
    return Study.of(load_teaching_inventory(), "sawmill", flow="lumber_green", rule_sets=["default"])


@cache
def attribution() -> xr.Dataset:
    return attribute(study(), *SIDES)


@cache
def simulation(draws: int, *rule_sets: str) -> xr.Dataset:
    assumed = Study.of(assume_spread(load_teaching_inventory(), 1.2), "sawmill", flow="lumber_green")
    return simulate(assumed, rule_sets=rule_sets or SIDES, draws=draws, quantiles=distributions.GRID)


def key_of(result: xr.Dataset) -> str:
    return str(result["product"].values[0])


@pytest.mark.slow
@pytest.mark.parametrize("interaction", ["shown", "shared"])
def test_a_waterfall_begins_where_the_one_before_ends_and_sums_exactly(interaction: str) -> None:
    record = waterfall.waterfall_of(attribution(), key_of(attribution()), interaction=interaction)
    first, *changes, last = record.steps
    assert (first.kind, last.kind) == (Kind.TOTAL, Kind.TOTAL)
    for before, after in zip([first, *changes], changes, strict=False):
        assert after.begin == before.end
    assert changes[-1].end == pytest.approx(last.end, rel=1e-12)
    assert sum(step.change for step in changes) == pytest.approx(
        float(attribution()["difference"][0]), rel=1e-12
    )
    assert min(step.change for step in changes) < 0 < max(step.change for step in changes)
    assert any(step.kind is Kind.INTERACTION for step in changes) == (interaction == "shown")


def test_interactions_are_what_rules_alone_leave_over() -> None:
    record = waterfall.waterfall_of(attribution(), key_of(attribution()))
    alone = sum(step.change for step in record.changes if step.kind is Kind.RULE)
    assert alone == pytest.approx(float(attribution()["from_baseline"].sum()), rel=1e-12)
    together = sum(step.change for step in record.changes if step.kind is Kind.INTERACTION)
    assert together == pytest.approx(float(attribution()["interaction"].sum()), rel=1e-9)


def test_a_sum_that_does_not_fit_is_refused() -> None:
    wrong = attribution().copy(deep=True)
    wrong["from_baseline"][:] = wrong["from_baseline"] * 1.01
    with pytest.raises(ResultError, match="the bars sum to"):
        waterfall.waterfall_of(wrong, key_of(wrong))


def test_a_side_without_a_number_has_no_waterfall() -> None:
    missing = attribution().copy(deep=True)
    missing["alternative_total"][:] = np.nan
    with pytest.raises(ResultError, match="one of the two rule sets gives no number"):
        waterfall.waterfall_of(missing, key_of(missing))


def test_a_waterfall_is_drawn_with_its_unit_and_functional_unit() -> None:
    record = waterfall.waterfall_of(attribution(), key_of(attribution()), functional_unit=UNIT)
    figure = waterfall.interactive(record)
    assert UNIT in figure.layout.title.text
    assert "[kg CO2e]" in figure.layout.xaxis.title.text
    ends = [base + length for base, length in zip(figure.data[0].base, figure.data[0].x, strict=True)]
    assert ends == pytest.approx([step.end for step in record.steps])
    colors = dict(zip(figure.data[0].marker.color, [step.change > 0 for step in record.steps], strict=False))
    assert colors[EMITTED] and not colors[TAKEN]
    svg = figure_bytes(lambda: waterfall.printed(record), "svg").decode()
    assert UNIT in svg and "[kg CO2e]" in svg and "Cut-off × Biogenic carbon" in svg


def test_an_axis_that_does_not_reach_zero_says_so() -> None:
    small = attribute(study(), "default", load_rule_set("default").replace(multifunctionality="price"))
    record = waterfall.waterfall_of(small, key_of(small))
    assert record.is_cut
    assert "the axis is cut" in waterfall.interactive(record).layout.xaxis.title.text
    assert b"the axis is cut" in figure_bytes(lambda: waterfall.printed(record), "svg")


def test_names_are_no_markup() -> None:
    named = attribution().assign_coords(product_name=("product", ["<b>x</b> & y"]))
    record = waterfall.waterfall_of(named, key_of(named))
    assert "&lt;b&gt;x&lt;/b&gt; &amp; y" in waterfall.interactive(record).layout.title.text


def test_a_matrix_holds_every_number_and_says_where_there_is_none() -> None:
    keys = ("default", "eu-pef-2021", "cbam-2023")
    result = calculate(study().with_rule_sets(*keys))
    record = rule_matrix.matrix_of(result, products=["1 kg lumber"], baseline="eu-pef-2021")
    (row,) = record.cells
    total = result["total"].values[:, 0]
    assert row[0].value == total[0] < 0 < row[1].value
    assert row[0].relative == pytest.approx((total[0] - total[1]) / abs(total[1]))
    assert (row[1].relative, row[2].value, row[2].status) == (0.0, None, "not_applicable")
    figure = rule_matrix.interactive(record)
    assert [len(row) for row in figure.data[0].z] == [1, 1, 1], "below each other, where names have room"
    assert figure.data[0].z[2][0] is None and "cbam-2023" in figure.data[0].customdata[2][0]
    assert figure.layout.yaxis.ticktext == keys
    assert [note.text for note in figure.layout.annotations] == ["n/a"]
    assert b"n/a" in figure_bytes(lambda: rule_matrix.printed(record), "svg")


def test_blocks_hold_the_draws_between_the_outermost_quantiles() -> None:
    record = distributions.distributions_of(simulation(256), key_of(simulation(256)), functional_unit=UNIT)
    first, second = record.rows
    assert (first.label, second.label) == SIDES
    for row in record.rows:
        assert sum(block.share for block in row.blocks) == pytest.approx(0.95)
        assert row.wide[0] < row.narrow[0] < row.median < row.narrow[1] < row.wide[1]
        assert row.minimum <= row.wide[0] and row.wide[1] <= row.maximum
        x, y = distributions.outline(row)
        assert (x[0], x[-1]) == row.wide and max(y) == 1.0 and y[0] == y[-1] == 0.0
    assert first.static is not None and first.static < 0, "negative footprints are drawn"
    figure = distributions.interactive(record)
    assert UNIT in figure.layout.title.text
    assert min(min(trace.x) for trace in figure.data) == pytest.approx(first.wide[0])
    assert UNIT.encode() in figure_bytes(lambda: distributions.printed(record), "svg")


def test_differences_come_with_their_probability() -> None:
    result = simulation(256)
    (row,) = distributions.differences_of(result, key_of(result)).rows
    assert row.label == "eu-pef-2021 less default"
    assert row.paired is not None and (row.paired.higher, row.paired.lower, row.paired.equal) == (
        1.0,
        0.0,
        0.0,
    )
    assert row.note == "of 256 draws: 100 % higher, 0 % lower, 0 % equal"
    assert row.mean == pytest.approx(float(result["mean"][1, 0] - result["mean"][0, 0]), rel=1e-6)


def test_what_a_simulation_cannot_show_is_refused() -> None:
    with pytest.raises(ResultError, match="one rule set only"):
        distributions.differences_of(simulation(64, "default"), key_of(simulation(64, "default")))
    coarse = simulation(256).sel(quantile=[0.25, 0.5, 0.75])
    with pytest.raises(ResultError, match=r"no quantile 0\.025"):
        distributions.distributions_of(coarse, key_of(coarse))


def test_the_mean_settles() -> None:
    stages = [simulation(draws) for draws in (256, 64)]
    record = convergence.convergence_of(stages, key_of(stages[0]))
    path = record.paths[0]
    assert path.draws == (64, 256)
    assert path.high[1] - path.low[1] < path.high[0] - path.low[0]
    assert path.low[1] < path.mean[1] < path.high[1]
    assert path.width == pytest.approx((path.high[1] - path.low[1]) / abs(path.mean[1]))
    assert len(convergence.interactive(record).data) == 2 * len(SIDES)
    assert figure_bytes(lambda: convergence.printed(record), "png").startswith(b"\x89PNG")
    with pytest.raises(ResultError, match="no stages of one simulation"):
        convergence.convergence_of([], "x")
