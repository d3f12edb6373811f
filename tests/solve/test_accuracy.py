from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonlab.errors import SolveError
from carbonlab.solve import Factorization, FailureReason, SolveStatus, factorize
from carbonlab.solve.accuracy import Equations, Refined, bound_error, estimate_norm, refine
from carbonlab.solve.comparison import compare
from carbonlab.solve.equilibration import read_matrix
from carbonlab.solve.factor import eliminate_in_order
from carbonlab.solve.products import build_product
from carbonlab.solve.self_test import generate_hub_matrix
from tests.solve.exact import path_sums, relative_error, solve_exactly
from tests.solve.matrices import couplings, ring, units, with_gain


@given(st.data())
def test_bound_holds_for_loops_that_make_more_than_they_consume(data: st.DataObject) -> None:
    """Whatever the units, the signs of couplings and of right-hand sides: the strict bound, entry by entry."""
    N = data.draw(couplings(signed=data.draw(st.booleans())))
    rows, columns = data.draw(units(len(N))), data.draw(units(len(N)))
    A = rows[:, None] * with_gain(N, data.draw(st.sampled_from([0.5, 0.99, 1 - 1e-6]))) * columns
    A *= np.where(np.random.default_rng(len(N)).random(len(N)) < 0.3, -1.0, 1.0)[:, None]
    b = rows * np.random.default_rng(data.draw(st.integers(0, 99))).standard_normal(len(N))
    factorization = factorize(A)
    assert factorization.has_strict_bound
    for solution, matrix in (
        (factorization.solve(b, require_bound=False), A),
        (factorization.solve_transposed(b, require_bound=False), A.T),
    ):
        exact = solve_exactly(matrix, b)
        assert exact is not None
        assert relative_error(solution.x, exact, path_sums(matrix, b)) <= solution.error[0]


def damped_path_sums(
    factorization: Factorization, A: np.ndarray, b: np.ndarray, transposed: bool
) -> list[Fraction]:
    """The scale of errors, from the rows that were matched to the columns and the damping of a single component."""
    ordering = factorization._ordering
    aligned = A[ordering.rows][:, ordering.columns]
    rows, columns = ordering.rows, ordering.columns
    if transposed:
        aligned, rows, columns = aligned.T, columns, rows
    sums = path_sums(aligned, b[rows], factorization.damping)
    return [sums[np.flatnonzero(columns == unknown)[0]] for unknown in range(len(A))]


@given(st.data())
def test_estimate_holds_for_loops_that_consume_more_than_they_make(data: st.DataObject) -> None:
    n = data.draw(st.integers(3, 6))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    N = rng.lognormal(0.0, 0.5, (n, n))
    np.fill_diagonal(N, 0.0)
    A = with_gain(N, data.draw(st.sampled_from([1.3, 1.64, 3.0])))
    b = rng.standard_normal(n)
    factorization = factorize(A)
    for solution, matrix, transposed in (
        (factorization.solve(b, require_bound=False), A, False),
        (factorization.solve_transposed(b, require_bound=False), A.T, True),
    ):
        exact = solve_exactly(matrix, b)
        assert exact is not None
        scale = damped_path_sums(factorization, A, b, transposed)
        assert relative_error(solution.x, exact, scale) <= solution.error[0]


def test_a_hub_system_that_consumes_too_much_has_no_strict_bound() -> None:
    A = generate_hub_matrix(500, gain=1.6)
    factorization = factorize(A)
    assert not factorization.has_strict_bound
    assert 0.1 < factorization.damping * 1.6 < 0.75  # weak loops: they do not inflate the scale
    assert factorization.solve(np.eye(500)[:, :5]).status is SolveStatus.WITHIN_BOUND


def test_one_strong_loop_keeps_the_strict_bound() -> None:
    # gain 1.64: equations change places, and the loop is as good as one of 1/1.64
    A = np.eye(6) - 0.3 * np.eye(6, k=1) - 0.1 * np.eye(6, k=-1)
    A[2, 3], A[3, 2] = -9.07, -0.2967
    factorization = factorize(A)
    assert factorization.has_strict_bound
    assert factorization.solve(np.ones(6)).error[0] < 1e-13


def test_a_weak_diagonal_does_not_flatter_the_error() -> None:
    # |b_i / a_ii| is a hundred thousand times any unknown: no measure of what makes it up
    A = np.random.default_rng(0).standard_normal((20, 20))
    np.fill_diagonal(A, 1e-5)
    b = np.ones(20)
    solution = factorize(A).solve(b)
    exact = solve_exactly(A, b)
    assert exact is not None
    assert relative_error(solution.x, exact, [max(abs(one) for one in exact)] * 20) <= solution.error[0]


@given(st.data())
def test_residual_is_recomputed_and_needs_no_trust(data: st.DataObject) -> None:
    A = with_gain(data.draw(couplings(signed=True)), 0.9)
    b = np.random.default_rng(data.draw(st.integers(0, 99))).standard_normal(len(A))
    solution = factorize(A).solve(b)
    remainder = [
        Fraction(b[i]) - sum(Fraction(A[i, j]) * Fraction(solution.x[j]) for j in range(len(A)))
        for i in range(len(A))
    ]
    sums = np.abs(A) @ np.abs(solution.x) + np.abs(b)
    exact = max(
        (abs(float(one)) / size for one, size in zip(remainder, sums, strict=True) if size), default=0.0
    )
    assert solution.residual[0] == pytest.approx(exact, abs=1e-15)


def test_bound_is_of_the_size_of_the_error() -> None:
    # gain 1 − 1e-6: rounding is amplified a million times, and the bound says so without crying wolf
    A = ring([1.0, 1.0, 1.0 - 3e-6])
    solution = factorize(A).solve([1.0, 0.3, 0.1])
    exact = solve_exactly(A.toarray(), [1.0, 0.3, 0.1])
    assert exact is not None
    error = relative_error(solution.x, exact, [0] * 3)
    assert error <= solution.error[0]
    assert 1e-10 < solution.error[0] < 1e-8


def test_missed_bound_is_an_error_that_names_the_worst_unknown() -> None:
    A = np.eye(5)
    A[1:4, 1:4] = ring([1.0, 1.0, 1.0 - 1e-9]).toarray()
    A[0, 4] = -0.5  # away from the loop
    factorization = factorize(A)
    with pytest.raises(
        SolveError, match=r"may be wrong by .*e-0\d of its size, the bound is 1.0e-08"
    ) as caught:
        factorization.solve(np.ones(5))
    assert caught.value.reason == FailureReason.BOUND_MISSED
    assert caught.value.indices[0] in (1, 2, 3)
    assert f"unknown {caught.value.indices[0]}, right-hand side 0" in str(caught.value)
    assert "gain close to one" in str(caught.value)


def test_missed_bound_can_be_returned() -> None:
    A = np.eye(5)
    A[1:4, 1:4] = ring([1.0, 1.0, 1.0 - 1e-9]).toarray()
    b = np.zeros((5, 2))
    b[0, 0] = b[1, 1] = 1.0  # only the second reaches the loop
    solution = factorize(A).solve(b, require_bound=False)
    assert solution.status is SolveStatus.BOUND_MISSED
    assert "further from the exact solution" in solution.status.value
    assert solution.error[0] < 1e-14
    assert solution.error[1] > 1e-8
    assert solution.worst[1] in (1, 2, 3)
    with pytest.raises(SolveError, match="right-hand side"):
        factorize(A).solve(b)


def test_the_bound_can_be_chosen() -> None:
    A = ring([1.0, 1.0, 1.0 - 1e-9])
    assert factorize(A, bound=1e-4).solve(np.ones(3)).status is SolveStatus.WITHIN_BOUND
    with pytest.raises(SolveError, match=r"the bound is 1\.0e-17"):
        factorize(np.array([[3.0, -1.0], [-1.0, 7.0]]), bound=1e-17).solve([1.0, 1.0])


def test_what_cancels_is_judged_by_what_cancelled() -> None:
    # x₂ = x₁ − 0.1 − 0.2 with x₁ = 0.3: nothing is left but rounding, which is no failure
    A = np.array([[1.0, 0.0], [-1.0, 1.0]])
    solution = factorize(A).solve([0.1 + 0.2, -0.3])
    assert 0 < abs(solution.x[1]) < 1e-15
    assert solution.error[0] < 1e-14
    # and so for all that depends on it, however far down
    n = 40
    chain = np.eye(n) - 0.5 * np.eye(n, k=-1)
    chain[0, 1] = -0.25
    chain[1, 0] = -1.0
    b = np.zeros(n)
    b[0], b[1] = 0.3, -0.3
    deep = factorize(chain).solve(b)
    exact = solve_exactly(chain, b)
    assert exact is not None
    assert relative_error(deep.x, exact, path_sums(chain, b)) <= deep.error[0] < 1e-13


def test_what_cancels_beside_a_loop_that_consumes_too_much() -> None:
    # three unknowns that each take 2 of the others, and a long chain behind them in which everything cancels
    n = 60
    A = np.eye(n) - 0.5 * np.eye(n, k=-1)
    A[:3, :3] = 3 * np.eye(3) - 2.0
    A[3, 2], A[3, 1], A[3, 0] = 0.0, 0.3, 0.3
    b = np.zeros(n)
    b[0], b[1] = 1.0, -1.0  # x₁ = −x₀
    solution = factorize(A).solve(b)
    assert factorize(A).damping < 1
    assert np.abs(solution.x[3:]).max() < 1e-15
    assert solution.error[0] < 1e-11


@pytest.mark.parametrize(
    ("matrix", "is_bound"),
    [
        ([[1.0, -0.5], [-0.5, 1.0]], True),
        ([[1.0, 0.5], [-0.5, -1.0]], True),
        ([[1.0, -2.0], [-2.0, 1.0]], False),
        ([[1.0, 2.0], [-2.0, 1.0]], False),
        ([[4.0, -8.6], [-4.5, 9.675]], False),  # gain one; the last pivot is a positive rounding error
        ([[1.0, -1.0 + 1e-9], [-1.0, 1.0]], True),
        ([[1.0, 0.0], [-1e9, 1.0]], True),  # however large, if there is no loop
    ],
)
def test_comparison_bounds_the_inverse_when_it_can(matrix: list[list[float]], is_bound: bool) -> None:
    A = read_matrix(np.array(matrix))
    factors = eliminate_in_order(A, transposed=False, pivot_threshold=0.0)
    assert factors is not None
    comparison = compare(A, factors)
    assert comparison.is_bound == is_bound
    if is_bound:
        g = np.array([[1.0, 0.0], [0.0, 1.0]])
        inverse = np.abs(np.linalg.inv(A.toarray()))
        assert (comparison.solve(g) >= inverse * (1 - 1e-6) - 1e-20).all()
        assert (comparison.solve_transposed(g) >= inverse.T * (1 - 1e-6) - 1e-20).all()


def test_a_long_growing_chain_keeps_its_strict_bound() -> None:
    A = np.eye(100) - 3.0 * np.eye(100, k=-1)  # grows to 3^99
    solution = factorize(A).solve(np.ones(100))
    assert factorize(A).has_strict_bound
    assert solution.error[0] < 1e-12
    assert solution.x[-1] == pytest.approx((3.0**100 - 1) / 2, rel=1e-12)


def diagonal_solver(factors: np.ndarray) -> Equations:
    """2 x = b and 4 x = b, with a solver that is wrong by the given factors."""
    A = read_matrix(np.diag([2.0, 4.0])).tocsr()
    inverse = factors / np.array([2.0, 4.0])

    def solve(b: np.ndarray) -> np.ndarray:
        return inverse[:, None] * b

    def compare(b: np.ndarray) -> np.ndarray:
        return np.array([[0.5], [0.25]]) * b

    return Equations(build_product(A), solve, solve, compare, np.array([[2.0], [4.0]]), True, None)


def test_refinement_mends_a_poor_solver() -> None:
    equations = diagonal_solver(np.array([1.01, 0.99]))
    b = np.array([[1.0], [3.0]])
    refined = refine(equations, b)
    assert refined.x[:, 0] == pytest.approx([0.5, 0.75], rel=1e-15)
    assert refined.residual[0] < 1e-15
    assert 6 <= refined.steps <= 9  # each gains two digits
    error, _ = bound_error(equations, b, refined)
    assert error[0] < 1e-14


def test_refinement_stops_when_it_does_not_help_and_the_bound_tells() -> None:
    equations = diagonal_solver(np.array([2.5, 1.0]))  # overshoots: the residual grows
    b = np.array([[1.0], [3.0]])
    refined = refine(equations, b)
    assert refined.steps == 0
    error, worst = bound_error(equations, b, refined)
    assert worst[0] == 0
    assert error[0] >= abs(refined.x[0, 0] - 0.5) / abs(refined.x[0, 0])


def test_columns_are_refined_each_for_itself() -> None:
    equations = diagonal_solver(np.array([1.01, 1.0]))
    b = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1e12]])
    together = refine(equations, b)
    for column in range(3):
        alone = refine(equations, b[:, [column]])
        assert (alone.x[:, 0] == together.x[:, column]).all()
        assert alone.residual[0] == together.residual[column]


@pytest.mark.parametrize("seed", range(20))
def test_norm_is_estimated_from_below_and_nearly_always_exactly(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, k = 30, 4
    A = rng.standard_normal((n, n)) * (rng.random((n, n)) < 0.3) + np.eye(n)
    g, weight = rng.lognormal(0, 2, (n, k)), rng.lognormal(0, 2, (n, k))
    weight[rng.random((n, k)) < 0.2] = 0.0
    inverse = np.linalg.inv(A)
    estimate, row = estimate_norm(lambda b: inverse @ b, lambda b: inverse.T @ b, g, weight)
    sums = weight * (np.abs(inverse) @ g)
    exact = sums.max(axis=0)
    assert (estimate <= exact * (1 + 1e-12)).all()
    assert (estimate >= exact / 3).all()
    assert (sums[row, np.arange(k)] >= estimate * (1 - 1e-12)).all()


def test_norm_of_a_matrix_that_deceives_the_iteration() -> None:
    # rows and columns of the large part sum to nothing, and another row is the largest that an even start shows
    inverse = np.array([[1e6, -1e6, 0.0], [-1e6, 1e6, 0.0], [0.0, 0.0, 1.0]])
    one = np.ones((3, 1))
    estimate, _ = estimate_norm(lambda b: inverse @ b, lambda b: inverse.T @ b, one, one)
    assert estimate[0] > 2e6 / 3


def test_errors_of_many_right_hand_sides_cost_a_few_solves() -> None:
    A = generate_hub_matrix(1000, gain=1.6)
    calls = []
    factorization = factorize(A)
    equations = factorization._transposed
    counted = Equations(
        equations.product,
        lambda b: calls.append(b.shape[1]) or equations.solve(b),
        lambda b: calls.append(b.shape[1]) or equations.solve_transposed(b),
        lambda b: calls.append(b.shape[1]) or equations.compare(b),
        equations.diagonal,
        equations.is_bound,
        equations.same_signs,
    )
    b = np.random.default_rng(0).standard_normal((1000, 45))
    refined = refine(counted, b)
    bound_error(counted, b, refined)
    assert sum(calls) <= 16 * 45


def test_strict_bound_costs_one_solve_per_right_hand_side() -> None:
    factorization = factorize(generate_hub_matrix(1000))
    equations = factorization._transposed
    calls = []
    counted = Equations(
        equations.product,
        equations.solve,
        equations.solve_transposed,
        lambda b: calls.append(b.shape[1]) or equations.compare(b),
        equations.diagonal,
        equations.is_bound,
        equations.same_signs,
    )
    b = np.random.default_rng(0).random((1000, 45))
    bound_error(counted, b, refine(counted, b))
    assert calls == [45]


@pytest.mark.parametrize("part", [0.5, 0.999, 1.0])
def test_a_solver_of_the_comparison_matrix_that_is_too_small_does_not_make_the_bound_too_small(
    part: float,
) -> None:
    """The factors of M, or its scale for b of both signs, may be as wrong as those of A: the product tells."""
    A = np.array([[1.0, -0.6, 0.0], [-0.5, 1.0, -0.4], [0.0, -0.3, 1.0]])
    inverse = np.linalg.inv(A)  # A is its own comparison matrix

    def solve(b: np.ndarray) -> np.ndarray:
        return inverse @ b * (1 + 1e-9)

    def compare(b: np.ndarray) -> np.ndarray:
        return part * (inverse @ b)

    rows = read_matrix(A).tocsr()
    equations = Equations(build_product(rows), solve, solve, compare, np.ones((3, 1)), True, None)
    b = np.array([[1.0, 1.0], [0.0, -2.0], [0.0, 0.5]])
    x = inverse @ b * (1 + 1e-6 * np.array([[1.0], [-1.0], [1.0]]))
    scale = np.maximum(np.abs(x), inverse @ np.abs(b))
    sums = np.abs(A) @ np.abs(x) + np.abs(b)
    refined = Refined(x, b - A @ x, sums, np.abs((b - A @ x) / sums).max(axis=0), 0)
    error, _ = bound_error(equations, b, refined)
    least = (inverse @ np.abs(refined.remainder) / scale).max(axis=0)
    assert (error >= least).all()
    assert (error <= (2 / part) * least).all()


def test_a_bound_that_cannot_be_proved_is_infinite() -> None:
    equations = replace(diagonal_solver(np.array([1.0, 1.0])), compare=lambda b: 0.0 * b)
    b = np.array([[1.0], [3.0]])
    error, _ = bound_error(equations, b, refine(equations, b))
    assert error[0] == np.inf
