"""Uncertainty and sensitivity benches without a browser: draw, cancel, show, and code that shows the same."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from carbonlab.errors import NothingUncertainError, RefusedError
from carbonlab.inventory.database import Database
from carbonlab.messages import in_language
from carbonlab.monte_carlo.simulate import simulate
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.sampling.plan import SamplingPlan
from carbonlab.system.study_file import read_study
from carbonlab.teaching import load_teaching_inventory, study_path
from carbonlab.widgets import (
    SensitivityBench,
    UncertaintyBench,
    View,
    sensitivity_bench,
    uncertainty_bench,
)
from carbonlab.widgets.job import State
from carbonlab.widgets.sensitivity_bench import differing_slots
from carbonlab.widgets.simulation_steps import looks, with_plan
from carbonlab.widgets.spread_controls import read_deviation
from tests.widgets.copied_code import run_cell

DEFAULT = load_rule_set("default")
PRICE = DEFAULT.replace(multifunctionality="price")
WAIT = 120.0


@pytest.fixture(scope="module")
def inventory() -> Database:
    return load_teaching_inventory()


@pytest.fixture
def bench(inventory: Database) -> Iterator[UncertaintyBench]:
    made = uncertainty_bench(inventory, products="sawmill", rule_sets=["default", "eu-pef-2021"])
    made.spread_control.value, made.draws_control.value = "1.2", 256
    yield made
    made.job.cancel()


def drawn(bench: UncertaintyBench | SensitivityBench) -> View:
    bench.start_control.click()
    assert bench.job.wait(WAIT)
    assert bench.job.error is None
    return bench.view


def test_draws_are_shown_under_both_rule_sets(bench: UncertaintyBench) -> None:
    view = drawn(bench)
    assert bench.job.state is State.DONE
    assert [int(one.attrs["draws"]) for one in bench.simulations] == [64, 128, 256]
    assert view.tables[0].columns[0].values == ("default", "eu-pef-2021")
    assert "Declared unit (partial footprint): 1 kg Lumber" in view.html
    assert "256 draws with seed 0" in view.html
    assert {"csv", "xlsx", "nc", "png", "svg", "html"} == set(view.formats)


@pytest.mark.parametrize("shown", ["distribution", "difference", "convergence"])
def test_the_code_shows_the_same(bench: UncertaintyBench, shown: str) -> None:
    bench.shown_control.value = shown
    bench.draws_control.value = 100
    bench.spreads.pedigree_control.value = "ecoinvent_2"
    view = drawn(bench)
    again = run_cell(bench.to_code())
    assert again.text == view.text
    assert again.tables == view.tables


def test_a_cancelled_simulation_shows_what_was_there(bench: UncertaintyBench) -> None:
    bench.draws_control.value = 1_000_000
    bench.start()
    until = time.monotonic() + WAIT
    while not bench.simulations and time.monotonic() < until:
        time.sleep(0.01)
    bench.job.cancel_control.click()
    assert bench.job.wait(WAIT)
    assert bench.job.state is State.CANCELLED
    made = int(bench.simulations[-1].attrs["draws"])
    assert 0 < made < 1_000_000
    assert f"{made:,} draws with seed 0" in bench.view.html
    assert f"draws={made}," in bench.to_code()


def test_equal_sides_are_one(inventory: Database) -> None:
    bench = uncertainty_bench(inventory, products="sawmill", rule_sets=lambda: (PRICE, PRICE))
    bench.draws_control.value, bench.spread_control.value = 64, "1.1"
    assert drawn(bench).tables[0].columns[0].values == (PRICE.key,)
    bench.shown_control.value = "difference"
    assert "one rule set only" in bench.view.text


def test_rules_of_the_notebook_are_taken_from_it(inventory: Database) -> None:
    own = replace(PRICE, key="mine")
    bench = uncertainty_bench(inventory, products="sawmill", rule_sets=[DEFAULT, own])
    bench.draws_control.value, bench.spread_control.value = 64, "1.1"
    view = drawn(bench)
    with pytest.raises(NameError, match="rule_set_1_base"):
        run_cell(bench.to_code())
    assert run_cell(bench.to_code(), rule_set_1_base=own).tables == view.tables


def test_what_cannot_be_drawn_is_said(bench: UncertaintyBench) -> None:
    for typed in ("0.9", "much"):
        bench.spread_control.value = typed
        bench.start()
        assert "no answer" in bench.view.html
        assert "Declared unit" in bench.view.html
    assert not bench.simulations


def test_looks_end_with_all_draws() -> None:
    assert looks(10) == (10,)
    assert looks(64) == (64,)
    assert looks(65) == (64, 65)
    assert looks(200, in_turns=True) == (64, 128, 192, 200)


def test_a_spread_is_read() -> None:
    assert read_deviation("  ") is None
    assert read_deviation("1.25") == 1.25
    with pytest.raises(RefusedError, match="is no number"):
        read_deviation("1,25")


@pytest.fixture
def questions(inventory: Database) -> SensitivityBench:
    made = sensitivity_bench(inventory, products="sawmill", rule_sets=[DEFAULT, PRICE])
    made.spread_control.value = "1.2"
    return made


def test_shares_of_the_variance_and_tornado(questions: SensitivityBench) -> None:
    view = drawn(questions)
    bars, shares = view.tables
    width = [abs(down) + abs(up) for _, down, up in bars.rows]  # type: ignore[arg-type]
    assert width == sorted(width, reverse=True)
    numbers = [float(value) for value in shares.columns[1].values]  # type: ignore[arg-type]
    assert sum(numbers) <= 100.0 + 1e-9 and numbers == sorted(numbers, reverse=True)
    assert "Declared unit (partial footprint): 1 kg Lumber" in view.html


def test_data_and_rules_share_the_variance(questions: SensitivityBench) -> None:
    questions.draws = (16, 32)
    questions.question_control.value = "rules"
    view = drawn(questions)
    shares = [float(value) for value in view.tables[0].columns[1].values]  # type: ignore[arg-type]
    assert sum(shares) == pytest.approx(1.0)
    assert 0.0 < max(shares) < 1.0
    assert "Multifunctionality" in view.tables[0].columns[0].values


@pytest.mark.parametrize("question", ["first_order", "perturbation", "sobol", "rules"])
def test_the_code_finds_the_same(questions: SensitivityBench, question: str) -> None:
    questions.samples = questions.draws = (16,)
    questions.question_control.value = question
    view = drawn(questions)
    assert run_cell(questions.to_code()).tables == view.tables


def test_equal_rule_sets_have_no_rule_to_judge(inventory: Database) -> None:
    bench = sensitivity_bench(inventory, products="sawmill")
    bench.spread_control.value, bench.question_control.value = "1.2", "rules"
    bench.start()
    assert bench.job.wait(WAIT)
    assert "the rule sets do not differ" in bench.view.text
    assert list(differing_slots((DEFAULT, PRICE))) == ["multifunctionality"]


def said_by(bench: UncertaintyBench | SensitivityBench) -> list[str]:
    said: list[str] = []
    bench.job.bar.observe(lambda change: said.append(change["new"]), "value")
    return said


def test_a_simulation_says_what_comes_before_its_first_draw(bench: UncertaintyBench) -> None:
    said = said_by(bench)
    drawn(bench)
    order = [
        next(i for i, text in enumerate(said) if words in text)
        for words in ("building", "first draws", "64 of")
    ]
    assert order == sorted(order)


def test_cancel_does_not_wait_for_code_to_be_compiled(
    bench: UncertaintyBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiling, compiled = threading.Event(), threading.Event()

    def simulate(*given: Any, progress: Any, cancel: Any, **more: Any) -> None:
        assert not cancel.is_set()
        compiling.set()
        assert compiled.wait(WAIT)  # code that hears nothing
        progress(64, 64)
        assert cancel.is_set()

    monkeypatch.setattr("carbonlab.widgets.simulation_steps.simulate", simulate)
    bench.start()
    assert compiling.wait(WAIT)
    assert "once on a computer" in bench.job.bar.value
    worker = bench.job._worker
    bench.job.cancel_control.click()
    assert bench.job.state is State.CANCELLED and "cancelled" in bench.job.bar.value
    compiled.set()
    assert isinstance(worker, threading.Thread)
    worker.join(WAIT)
    assert bench.job.state is State.CANCELLED and not bench.simulations


def test_a_sensitivity_says_that_code_may_be_compiled(inventory: Database) -> None:
    questions = sensitivity_bench(inventory, products="sawmill", rule_sets=[DEFAULT, PRICE])
    questions.question_control.value, questions.spread_control.value = "sobol", "1.2"
    questions.samples = (8,)
    said = said_by(questions)
    with in_language("zh_CN"):
        questions.start()
        assert questions.job.wait(WAIT)
    assert any("编译" in text for text in said), said
    notes = questions.view.html[questions.view.html.rindex("</table>") :]
    assert "尚未收敛" in notes and "doubling" not in notes and "interval" not in notes


def test_a_sensitivity_is_cancelled_within_a_sample(inventory: Database) -> None:
    questions = sensitivity_bench(inventory, products="sawmill", rule_sets=[DEFAULT, PRICE])
    questions.question_control.value, questions.spread_control.value = "sobol", "1.2"
    questions.samples = (8, 4096)
    said = said_by(questions)
    begun = threading.Event()
    questions.job.bar.observe(
        lambda change: begun.set() if len(questions.view.tables) and "of" in change["new"] else None, "value"
    )
    questions.start_control.click()
    assert begun.wait(WAIT), said
    questions.job.cancel_control.click()
    assert questions.job.wait(WAIT)
    assert (questions.job.state, questions.job.error) == (State.CANCELLED, None)
    assert questions.view.tables, "what the first sample gave stays in sight"


def test_the_bench_draws_by_default_what_python_draws(inventory: Database) -> None:
    bench = uncertainty_bench(inventory, products="sawmill", rule_sets=[DEFAULT])
    bench.draws_control.value = 64
    drawn(bench)
    alone = simulate(bench.study, rule_sets=[DEFAULT], draws=64)
    mean = bench.simulations[-1]["mean"].values
    np.testing.assert_array_equal(mean, alone["mean"].values)
    assert np.ptp(alone["quantiles"].values, axis=alone["quantiles"].dims.index("quantile")).max() > 0
    assert bench.spreads.value == (SamplingPlan().pedigree, None)
    assert with_plan(bench.study).sampling == SamplingPlan()


def test_a_difference_says_how_it_is_read_and_a_tie_is_not_always_lower(inventory: Database) -> None:
    tie = DEFAULT.replace(aviation="separate")
    bench = uncertainty_bench(inventory, products="sawmill", rule_sets=["default", "eu-pef-2021", tie])
    bench.draws_control.value, bench.shown_control.value = 128, "difference"
    view = drawn(bench)
    columns = {column.name: column.values for column in view.tables[0].columns}
    above, equal = (
        [columns[f"Draws {word} the baseline"][row] for word in ("above", "below", "equal to")]
        for row in (0, 1)
    )
    assert (above, equal) == ([100.0, 0.0, 0.0], [0.0, 0.0, 100.0])
    low, high = columns["95 % interval of the mean, from"][0], columns["to"][0]
    mean = columns["Mean"][0]
    assert isinstance(low, float) and isinstance(mean, float) and isinstance(high, float)
    error = float(bench.simulations[-1]["difference_standard_error"].values[1].flat[0])
    assert low < mean < high and high - low == pytest.approx(2 * 1.97882 * error, rel=1e-4)
    assert "eu-pef-2021 is above default in every draw." in view.html
    assert "equals default in every draw: the data decide nothing between them." in view.html
    assert "How to read this" in view.html and "How to read this" in view.text


@pytest.mark.parametrize("made", [uncertainty_bench, sensitivity_bench])
@pytest.mark.parametrize("button", ["scores_button", "assume_button"])
def test_where_nothing_is_uncertain_a_button_goes_on(inventory: Database, made: Any, button: str) -> None:
    bench = made(inventory, products="sawmill", rule_sets=[DEFAULT])
    assert bench.spreads.offer.layout.display == "none"
    bench.spreads.pedigree_control.value = ""
    bench.start()
    assert bench.job.wait(WAIT)
    assert isinstance(bench.job.error, NothingUncertainError) and "no answer" in bench.view.html
    assert bench.spreads.offer.layout.display is None
    assert bench.spreads.offer.children[1:] == (bench.spreads.scores_button, bench.spreads.assume_button)
    getattr(bench.spreads, button).click()
    assert bench.job.wait(WAIT)
    assert bench.job.error is None and bench.view.tables
    assert bench.spreads.offer.layout.display == "none"
    assert bench.spreads.value == (("ecoinvent_2", None) if button == "scores_button" else ("", 1.1))


def test_what_a_button_did_not_help_is_not_offered_again(inventory: Database) -> None:
    spreads = uncertainty_bench(inventory, products="sawmill", rule_sets=[DEFAULT]).spreads
    spreads.spread_control.value = "1.1"
    spreads.offer_spreads(NothingUncertainError("nothing"))
    assert spreads.offer.layout.display == "none"
    spreads.pedigree_control.value, spreads.spread_control.value = "", ""
    spreads.offer_spreads(RefusedError("something else"))
    assert spreads.offer.layout.display == "none"


def test_inputs_that_would_be_called_alike_are_told_apart() -> None:
    study = read_study(study_path("battery")).with_products("nmc")
    view = drawn(sensitivity_bench(study, rule_sets=[DEFAULT]))
    for table in view.tables:
        names = [str(row[0]) for row in table.rows]
        assert len(set(names)) == len(names), names
    shares = [str(row[0]) for row in view.tables[1].rows]
    assert "Electricity, at consumer · battery_in_car/in/electricity/grid_de/2" in shares
    assert "Natural gas, burned in industrial boiler · Steam from natural gas" in shares
