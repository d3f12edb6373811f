"""Solves without a factorization: right numbers, honest bounds, and every further means when the first fails."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse

from benchmarks.generated_system import generate_system
from carbonlab.errors import SolveError
from carbonlab.solve import factorize, prepare, prepare_iteration
from carbonlab.solve import iterative as module
from carbonlab.solve.accuracy import SolveStatus
from carbonlab.solve.certificate import find_certificate
from carbonlab.solve.failures import FailureReason
from carbonlab.solve.self_test import generate_hub_matrix
from tests.solve.exact import solve_exactly


def true_error(A: Any, x: np.ndarray, b: np.ndarray, *, transposed: bool) -> float:
    """Return the largest error relative to the sum of the absolute values that make up each unknown."""
    direct = factorize(A)
    exact = (direct.solve_transposed if transposed else direct.solve)(b).x
    comparison = 2 * sparse.diags_array(np.abs(A.diagonal())) - abs(A)
    side = comparison.T if transposed else comparison
    try:
        sums = factorize(side).solve(np.abs(b)).x
    except SolveError:
        sums = np.abs(exact)
    scale = np.maximum(np.abs(exact), np.maximum(sums, 0.0))
    return float(np.max(np.abs(x - exact) / np.where(scale > 0, scale, 1.0)))


@pytest.mark.parametrize("bad", [False, True])
@pytest.mark.parametrize("size", [150, 2000])
def test_generated_systems_agree_with_a_factorization(size: int, bad: bool) -> None:
    system = generate_system(size, bad=bad)
    iteration = prepare_iteration(system.A)
    demand = np.zeros(size)
    demand[size // 3] = 2.0
    adjoint, forward = iteration.solve_transposed(system.right_side), iteration.solve(demand)
    for found, b, transposed in ((adjoint, system.right_side, True), (forward, demand, False)):
        assert found.status is SolveStatus.WITHIN_BOUND
        assert true_error(system.A, found.x, b, transposed=transposed) <= max(found.error[0], 1e-12) <= 1e-8


def test_mixed_units_cost_nothing() -> None:
    A = generate_hub_matrix(3000)
    g = np.random.default_rng(0).random(3000)
    found, direct = prepare_iteration(A).solve_transposed(g), factorize(A).solve_transposed(g)
    assert np.allclose(found.x, direct.x, rtol=1e-11, atol=0.0)
    assert found.residual[0] < 1e-13


def test_the_bound_holds_against_exact_arithmetic() -> None:
    """Rational arithmetic knows the true error of a small system: it must not exceed what is claimed."""
    system = generate_system(100, couplings=6, seed=3)
    iteration = prepare_iteration(system.A)
    assert iteration.has_strict_bound
    exact = np.array([float(value) for value in solve_exactly(system.A.T.toarray(), system.right_side)])
    found = iteration.solve_transposed(system.right_side)
    assert np.max(np.abs(found.x - exact) / np.abs(exact)) <= found.error[0] < 1e-11


def test_a_certificate_bounds_the_error_of_any_vector() -> None:
    system = generate_system(300, seed=5)
    iteration, b = prepare_iteration(system.A), system.right_side
    side = iteration._transposed
    certificate = find_certificate(side.comparison, side.lengths, b, side.sum_up(b))
    assert certificate is not None
    x = factorize(system.A).solve_transposed(b).x
    random = np.random.default_rng(1)
    for size in (1e-9, 1e-3, 10.0):
        wrong = x * (1 + size * random.standard_normal(300))
        residual = np.abs(b - system.A.T @ wrong) * (1 + 1e-12)
        assert (np.abs(wrong - x) <= certificate.bound(residual)).all()


def test_there_is_no_certificate_for_a_loop_that_consumes_more_than_it_makes() -> None:
    A = sparse.csc_array([[1.0, -1.2], [-1.2, 1.0]])
    side = module._Side.of(A.T, None, 1.0)
    assert find_certificate(side.comparison, side.lengths, np.ones(2), np.ones(2)) is None
    found = prepare_iteration(A).solve([1.0, 1.0])
    assert np.allclose(found.x, [-5.0, -5.0], rtol=1e-12)


def test_several_right_hand_sides_and_zero() -> None:
    system = generate_system(200)
    b = np.stack([system.right_side, np.zeros(200), -3 * system.right_side], axis=1)
    found = prepare_iteration(system.A).solve_transposed(b)
    assert found.x.shape == (200, 3) and found.error.shape == (3,)
    assert not found.x[:, 1].any() and found.error[1] == 0.0
    assert np.allclose(found.x[:, 2], -3 * found.x[:, 0], rtol=1e-12)


def test_what_no_demand_reaches_is_exactly_zero() -> None:
    A = sparse.csc_array([[1.0, 0.0, -0.1], [-0.5, 1.0, 0.0], [0.0, 0.0, 1.0]])
    found = prepare_iteration(A).solve([1.0, 0.0, 0.0])
    assert found.x.tolist() == [1.0, 0.5, 0.0]


def test_zero_diagonals_are_matched_first() -> None:
    A = sparse.csc_array([[0.0, 2.0, 0.1], [3.0, 0.0, 0.0], [0.2, -0.1, 1.0]])
    iteration = prepare_iteration(A)
    for found, matrix in (
        (iteration.solve([1.0, 2.0, 3.0]), A),
        (iteration.solve_transposed([1.0, 2.0, 3.0]), A.T),
    ):
        assert np.allclose(found.x, np.linalg.solve(matrix.toarray(), [1.0, 2.0, 3.0]), rtol=1e-12)


def test_strong_couplings_and_then_a_factorization_come_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """With an iteration that is not allowed to get anywhere every further means is used, in this order."""
    used = []
    system = generate_system(150)

    def weak(*arguments: Any, **words: Any) -> np.ndarray:
        used.append("strong couplings" if words.get("precondition") else "plain")
        return np.zeros(150)

    iteration = prepare_iteration(system.A)
    monkeypatch.setattr(module, "iterate", weak)
    monkeypatch.setattr(module._Side, "_begin", lambda *_: None)
    found = iteration.solve_transposed(system.right_side)
    assert list(dict.fromkeys(used)) == ["plain", "strong couplings"]
    assert np.allclose(found.x, factorize(system.A).solve_transposed(system.right_side).x, rtol=1e-12)
    monkeypatch.setattr(module, "FACTORIZE_MOST", 100)
    with pytest.raises(SolveError, match="the solution may be wrong by") as caught:
        iteration.solve_transposed(system.right_side)
    assert caught.value.reason is FailureReason.BOUND_MISSED
    missed = iteration.solve_transposed(system.right_side, require_bound=False)
    assert missed.status is SolveStatus.BOUND_MISSED


def test_an_iteration_that_gets_nowhere_estimates_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The estimate of an error uses the iteration itself: where that fails, zeros would be an error of zero."""
    A = sparse.csc_array([[1.0, -1.0], [-1.0, 1.0 + 2.0**-20]])
    A = sparse.csc_array(sparse.block_diag([A, np.eye(2) - 0.5 * np.ones((2, 2))]))
    iteration = prepare_iteration(A, may_factorize=False)
    assert not iteration.has_strict_bound
    monkeypatch.setattr(module, "iterate", lambda *_, **__: np.zeros(4))
    monkeypatch.setattr(module._Side, "_begin", lambda *_: None)
    for solve in (iteration.solve, iteration.solve_transposed):
        with pytest.raises(SolveError, match="the solution may be wrong by"):
            solve(np.ones(4))


@pytest.mark.parametrize("damped", [False, True])
def test_a_chain_longer_than_the_sums_are_followed_is_solved_to_its_end(damped: bool) -> None:
    """Its last sums are too small for one over them to be a number when loops are damped."""
    n, back = 400, 0.05 if damped else 0.3
    A = sparse.csc_array(np.eye(n) - 0.9 * (1 - back) * np.eye(n, k=-1) - back * np.eye(n, k=1))
    b = np.zeros(n)
    b[0] = 1.0
    iteration = prepare_iteration(A)
    assert (iteration._forward.comparison.measure(b) > 0).all()
    for found, direct in (
        (iteration.solve(b), factorize(A).solve(b)),
        (iteration.solve_transposed(b), factorize(A).solve_transposed(b)),
    ):
        assert np.allclose(found.x, direct.x, rtol=1e-10, atol=0.0)


def test_a_certificate_does_not_leave_out_what_something_makes_up(monkeypatch: pytest.MonkeyPatch) -> None:
    A = sparse.csc_array(np.eye(4) - 0.5 * np.eye(4, k=-1))
    iteration = prepare_iteration(A, may_factorize=False)
    side = iteration._forward
    monkeypatch.setattr(module._Side, "sum_up", lambda *_: np.array([1.0, 0.5, 0.0, 0.0]))
    assert iteration.has_strict_bound and side is iteration._forward
    with pytest.raises(SolveError, match="the solution may be wrong by"):
        iteration.solve([1.0, 0.0, 0.0, 0.0])


def test_a_singular_loop_is_named() -> None:
    A = sparse.csc_array([[1.0, -1.0, 0.0], [-1.0, 1.0, 0.0], [0.0, -0.3, 1.0]])
    with pytest.raises(SolveError, match="the matrix is singular") as caught:
        prepare_iteration(A).solve([1.0, 0.0, 0.0])
    assert caught.value.reason is FailureReason.NUMERICALLY_SINGULAR and set(caught.value.indices) == {0, 1}


@pytest.mark.parametrize(
    ("A", "reason"),
    [
        (np.ones((2, 3)), FailureReason.NOT_SQUARE),
        (np.array([[1.0, np.nan], [0.0, 1.0]]), FailureReason.NOT_FINITE),
        (np.array([[1.0, 0.0], [1.0, 0.0]]), FailureReason.EMPTY_COLUMN),
        (np.array([[1.0, 1.0, 1.0], [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]]), FailureReason.STRUCTURALLY_SINGULAR),
    ],
)
def test_matrices_without_a_solution_are_refused(A: np.ndarray, reason: FailureReason) -> None:
    with pytest.raises(SolveError) as caught:
        prepare_iteration(A)
    assert caught.value.reason is reason


def test_wrong_right_sides_are_refused() -> None:
    iteration = prepare_iteration(np.eye(3))
    with pytest.raises(SolveError, match="the right-hand side has shape"):
        iteration.solve(np.ones(2))
    with pytest.raises(SolveError, match="not finite"):
        iteration.solve_transposed([1.0, np.inf, 0.0])


def test_large_systems_are_iterated_small_ones_factorized() -> None:
    assert prepare(generate_system(200).A).method.startswith("scipy.sparse SuperLU")
    system = generate_system(5000)
    large = prepare(system.A)
    assert large.method.startswith("BiCGSTAB")
    assert large.solve_transposed(system.right_side).error[0] < 1e-10
