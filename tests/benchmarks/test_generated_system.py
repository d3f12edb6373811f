"""The generator: the same numbers every time, sizes as asked, facts as published, and a database of the same."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.generated_database import build_generated_database
from benchmarks.generated_system import BAD_GAINS, generate_system
from benchmarks.system_shape import (
    CLOSE,
    facts_text,
    largest_deviation,
    neumann_of,
    real_shape_text,
    shape_of,
)
from carbonlab.results.evaluation import evaluate_system
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.solve import factorize, find_loops
from carbonlab.system.pipeline import build_product_system


@pytest.mark.parametrize("products", [100, 2_000, 23_523])
def test_public_facts_are_met_within_a_tenth(products: int) -> None:
    assert largest_deviation(generate_system(products)) < CLOSE


def test_the_same_arguments_give_the_same_numbers_and_another_seed_others() -> None:
    one, again, other = generate_system(300), generate_system(300), generate_system(300, seed=2)
    for name in ("A", "B"):
        assert np.array_equal(getattr(one, name).data, getattr(again, name).data)
        assert np.array_equal(getattr(one, name).indices, getattr(again, name).indices)
    assert np.array_equal(one.technosphere_sigma, again.technosphere_sigma)
    assert not np.array_equal(one.A.data, other.A.data)


def test_spreads_stand_at_entries_beside_the_diagonal() -> None:
    system = generate_system(300)
    column = np.repeat(np.arange(300), np.diff(system.A.indptr))
    assert (system.A.indices[system.varying] != column[system.varying]).all()
    sigma = system.technosphere_sigma[system.varying]
    assert sigma.min() >= 0.05 and sigma.max() <= 0.4


def test_the_shape_of_a_large_economy() -> None:
    system = generate_system(5_000)
    shape = shape_of(system.A)
    assert 0.5 < shape.largest_loop / 5_000 < 0.8, "most products hang together, some are bought by nobody"
    assert shape.longest_row > 1_000, "hubs"
    assert 0 < shape.negative_diagonal == int(system.is_treatment.sum())
    assert shape.credits == 0 and system.is_market.sum() > 500
    assert max(loop.gain for loop in find_loops(system.A)) < 1
    footprints = factorize(system.A).solve_transposed(system.right_side).x
    assert (footprints * np.where(system.is_treatment, -1, 1) > 0).all()


def test_bad_loops_and_credits() -> None:
    system = generate_system(5_000, bad=True)
    assert shape_of(system.A).credits > 0.03 * system.A.nnz
    assert max(loop.gain for loop in find_loops(system.A)) == pytest.approx(max(BAD_GAINS), rel=1e-3)


def test_the_length_of_the_series_is_chosen() -> None:
    assert neumann_of(generate_system(2_000, neumann=40)) == pytest.approx(40, rel=0.1)


def test_a_dense_regional_system() -> None:
    system = generate_system(1_000, couplings=59)
    assert system.A.nnz == 60_000 and neumann_of(system) == pytest.approx(70, rel=0.1)


@pytest.mark.parametrize("bad", [False, True])
def test_the_database_has_the_same_matrices_and_footprints(bad: bool) -> None:
    generated = generate_system(300, bad=bad)
    system = build_product_system([build_generated_database(generated)], load_rule_set("default"))
    for found, wanted in ((system.matrices.A, generated.A), (system.matrices.B, generated.B)):
        assert np.array_equal(found.indptr, wanted.indptr) and np.array_equal(found.indices, wanted.indices)
        assert np.array_equal(found.data, wanted.data)
    wanted = factorize(generated.A).solve_transposed(generated.right_side).x
    wanted *= np.where(generated.is_treatment, -1.0, 1.0)
    assert np.allclose(evaluate_system(system).intensity(), wanted, rtol=1e-9, atol=0.0)


def test_the_database_states_the_spreads() -> None:
    generated = generate_system(300)
    database = build_generated_database(generated)
    scale = database.column("exchanges", "scale")
    count = len(generated.varying) + int((generated.intervention_sigma > 0).sum())
    assert np.isfinite(scale).sum() == count
    assert np.log(np.nanmax(scale)) <= 0.4 + 1e-6
    assert not database.findings.num_rows


def test_what_is_printed_says_generated_and_public() -> None:
    text = facts_text(generate_system(200))
    assert (
        text.startswith("generated, 200 products") and "Neumann products" in text and "public: 293000" in text
    )


def test_a_missing_real_database_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("CARBONLAB_SHARED_DATA", str(tmp_path))
    assert "NOT MEASURED" in real_shape_text()
