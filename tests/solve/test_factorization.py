from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from carbonlab.errors import SolveError
from carbonlab.solve import FailureReason, SolveStatus, factorize
from carbonlab.solve.factor import TriangularFactors, eliminate_in_order
from carbonlab.solve.self_test import generate_hub_matrix
from tests.solve.exact import relative_error, solve_exactly
from tests.solve.matrices import couplings, units, with_gain


def test_two_by_two_by_hand() -> None:
    # 100 s₁ = 1000 gives s₁ = 10; 10 s₀ − 2 s₁ = 0 gives s₀ = 2
    forward = factorize(np.array([[10.0, -2.0], [0.0, 100.0]])).solve([0.0, 1000.0])
    assert forward.x.tolist() == [2.0, 10.0]
    # the power plant of R. Heijungs, S. Suh, The Computational Structure of Life Cycle Assessment, 2002:
    # 10 s₀ = 1000 gives s₀ = 100, and 100 s₁ = 2 s₀ gives s₁ = 2
    book = factorize(np.array([[10.0, 0.0], [-2.0, 100.0]]))
    assert book.solve([1000.0, 0.0]).x.tolist() == [100.0, 2.0]
    # transposed with g = (1, 10): 100 λ₁ = 10, 10 λ₀ = 1 + 2 λ₁, so λ = (0.12, 0.1) and 1000 λ₀ = 120
    adjoint = book.solve_transposed([1.0, 10.0])
    assert adjoint.x == pytest.approx([0.12, 0.1], rel=1e-15)
    assert adjoint.status is SolveStatus.WITHIN_BOUND
    assert adjoint.status.value == "every unknown is within the bound on its error"


def test_a_loop_by_hand() -> None:
    # each takes half of the other: x₀ = 1 + x₁/2 and x₁ = x₀/2, so x = (4/3, 2/3)
    solution = factorize(np.array([[1.0, -0.5], [-0.5, 1.0]])).solve([1.0, 0.0])
    assert solution.x == pytest.approx([4 / 3, 2 / 3], rel=1e-15)


def test_negative_diagonal_and_positive_coupling_by_hand() -> None:
    # unknown 1 consumes what unknown 0 gives off: 1·s₀ = 5, 0.2 s₀ − 1·s₁ = 0
    factorization = factorize(np.array([[1.0, -0.1], [0.2, -1.0]]))
    # s₀ − 0.1 s₁ = 5, s₁ = 0.2 s₀, so s₀ = 5/0.98
    assert factorization.solve([5.0, 0.0]).x == pytest.approx([5 / 0.98, 1 / 0.98], rel=1e-15)


@given(st.data())
def test_random_systems_against_a_dense_solver(data: st.DataObject) -> None:
    N = data.draw(couplings(most=8, signed=True))
    A = np.eye(len(N)) - 0.9 * N / max(np.abs(N).sum(axis=1).max(), 1.0)  # no inverse larger than 10
    b = np.random.default_rng(data.draw(st.integers(0, 99))).standard_normal((len(N), 3))
    factorization = factorize(A)
    np.testing.assert_allclose(factorization.solve(b).x, np.linalg.solve(A, b), rtol=0, atol=1e-12)
    np.testing.assert_allclose(
        factorization.solve_transposed(b).x, np.linalg.solve(A.T, b), rtol=0, atol=1e-12
    )


@pytest.mark.parametrize("gain", [0.5, 0.95, 1.3, 4.0])
def test_larger_systems_against_a_dense_solver(gain: float) -> None:
    A = generate_hub_matrix(400, gain=gain)
    b = np.random.default_rng(0).standard_normal((400, 5))
    units_of_columns = 1 / np.abs(A.diagonal())  # the dense solver judges all unknowns by the largest
    dense = np.linalg.solve(A.toarray() * units_of_columns, b) * units_of_columns[:, None]
    x = factorize(A).solve(b).x
    np.testing.assert_allclose(
        x / np.abs(dense).max(axis=1)[:, None], dense / np.abs(dense).max(axis=1)[:, None], atol=1e-7
    )


@given(st.data())
def test_general_matrices_that_need_pivoting(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 6))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    A = rng.standard_normal((n, n))
    np.fill_diagonal(A, data.draw(st.sampled_from([0.0, 1e-14, 1.0])) * rng.standard_normal(n))
    b = rng.standard_normal(n)
    exact = solve_exactly(A, b)
    if exact is None:
        with pytest.raises(SolveError):
            factorize(A)
        return
    solution = factorize(A).solve(b)
    assert relative_error(solution.x, exact, [max(abs(one) for one in exact)] * n) < 1e-6
    assert solution.residual[0] < 1e-14


def test_tiny_diagonal_is_not_a_pivot() -> None:
    # without row exchanges the elimination of [[1e-20, 1], [1, 1]] loses the second equation altogether
    factorization = factorize(np.array([[1e-20, 1.0], [1.0, 1.0]]))
    assert factorization.solve([1.0, 2.0]).x == pytest.approx([1.0, 1.0], rel=1e-14)


def test_refinement_mends_what_small_pivots_spoil() -> None:
    # all products of entries are alike, and behind each first pivot only 2e-6 is left of the second
    B = np.array([[1.0, 1.0, -1.0], [1.0, 1.0, 1.0], [-1.0, 1.0, 1.0]]) + 2e-6 * np.eye(3)
    A = np.kron(np.kron(B, B), B)
    x = np.random.default_rng(0).standard_normal(27)
    solution = factorize(A).solve(A @ x)
    assert solution.refinements > 0
    assert solution.residual[0] < 1e-15
    np.testing.assert_allclose(solution.x, x, rtol=0, atol=1e-12)


@pytest.mark.parametrize("failure", ["no pivot", "unstable"])
def test_elimination_that_fails_is_repeated_with_pivoting(
    failure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(matrix: sparse.csc_array, **how: Any) -> TriangularFactors | None:
        return None if failure == "no pivot" else eliminate_in_order((matrix + matrix.T).tocsc(), **how)

    monkeypatch.setattr("carbonlab.solve.factorization.eliminate_in_order", fail)
    A = np.array([[4.0, 1.0, -1.0], [1.0, 5.0, 1.0], [-2.0, 1.0, 6.0]])
    for matrix in (A, A.T):
        solution = factorize(matrix).solve(matrix @ np.array([1.0, 2.0, 3.0]))
        np.testing.assert_allclose(solution.x, [1.0, 2.0, 3.0], rtol=1e-14)
        assert solution.status is SolveStatus.WITHIN_BOUND


@given(st.data())
def test_badly_scaled_systems_are_solved_entry_by_entry(data: st.DataObject) -> None:
    N = data.draw(couplings())
    rows, columns = data.draw(units(len(N))), data.draw(units(len(N)))
    A = rows[:, None] * with_gain(N, 0.9) * columns
    b = rows * np.random.default_rng(0).random(len(N))
    exact = solve_exactly(A, b)
    assert exact is not None
    solution = factorize(A).solve(b)
    assert relative_error(solution.x, exact, [0] * len(N)) < 1e-11  # of every entry, however small


@given(st.data())
def test_transposed_equals_forward(data: st.DataObject) -> None:
    A = with_gain(data.draw(couplings(signed=True)), data.draw(st.sampled_from([0.3, 0.9, 2.5])))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    f, g = rng.standard_normal(len(A)), rng.standard_normal(len(A))
    try:
        factorization = factorize(A)
        forward, transposed = factorization.solve(f), factorization.solve_transposed(g)
    except SolveError as error:  # a gain above one may hit a singular matrix
        assert error.reason in {FailureReason.NUMERICALLY_SINGULAR, FailureReason.BOUND_MISSED}
        return
    assert abs(g @ forward.x - f @ transposed.x) <= 1e-9 * (np.abs(g) @ np.abs(forward.x))


def test_a_matrix_and_its_transpose_give_the_same() -> None:
    A = generate_hub_matrix(300)
    b = np.random.default_rng(1).random(300)
    one, other = factorize(A).solve_transposed(b).x, factorize(A.T).solve(b).x
    np.testing.assert_allclose(one, other, rtol=1e-12)


def test_permutation_changes_nothing() -> None:
    A = generate_hub_matrix(300)
    b = np.random.default_rng(2).random(300)
    place = np.random.default_rng(3).permutation(300)
    moved = factorize(A.tocsr()[place][:, place]).solve(b[place])
    np.testing.assert_allclose(moved.x, factorize(A).solve(b).x[place], rtol=1e-12)


def test_units_that_are_powers_of_two_change_nothing_but_the_units() -> None:
    A = generate_hub_matrix(200)
    b = np.random.default_rng(4).random(200)
    r, c = (2.0 ** np.random.default_rng(seed).integers(-30, 31, 200) for seed in (5, 6))
    scaled = factorize(sparse.diags_array(r) @ A @ sparse.diags_array(c)).solve(r * b)
    np.testing.assert_allclose(scaled.x * c, factorize(A).solve(b).x, rtol=1e-12)


def test_many_right_hand_sides_at_once_or_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    A = generate_hub_matrix(200)
    b = np.random.default_rng(7).standard_normal((200, 7))
    factorization = factorize(A)
    together = factorization.solve_transposed(b)
    assert together.x.shape == (200, 7)
    assert together.residual.shape == together.error.shape == together.worst.shape == (7,)
    for column in range(7):
        alone = factorization.solve_transposed(b[:, column])
        assert alone.x.shape == (200,)
        assert alone.error.shape == (1,)
        np.testing.assert_allclose(alone.x, together.x[:, column], rtol=1e-11)
    monkeypatch.setattr("carbonlab.solve.factorization.ENTRIES_AT_ONCE", 400)  # groups of two
    in_groups = factorization.solve_transposed(b)
    np.testing.assert_allclose(in_groups.x, together.x, rtol=1e-11)
    np.testing.assert_allclose(in_groups.error, together.error, rtol=1e-3)


def test_zero_and_no_right_hand_side() -> None:
    factorization = factorize(generate_hub_matrix(100))
    nothing = factorization.solve(np.zeros(100))
    assert not nothing.x.any()
    assert nothing.residual[0] == nothing.error[0] == 0.0
    none = factorization.solve(np.zeros((100, 0)))
    assert none.x.shape == (100, 0)
    assert none.status is SolveStatus.WITHIN_BOUND


def test_what_cannot_be_reached_is_exactly_zero() -> None:
    A = generate_hub_matrix(500)
    e = np.zeros(500)
    e[17] = 1.0
    x = factorize(A).solve_transposed(e).x
    dense = (
        np.linalg.matrix_power(np.eye(500) + (A.toarray() != 0).astype(float).clip(0, 1) / 500, 60)[17] > 0
    )
    assert (x[~dense] == 0.0).all()
    assert (x[dense] != 0.0).all()


@pytest.mark.parametrize(
    "form", ["csc_array", "csr_array", "coo_array", "csc_matrix", "csr_matrix", "lil_array"]
)
def test_any_format_is_read_and_none_is_changed(form: str) -> None:
    A = generate_hub_matrix(100)
    given_matrix = getattr(sparse, form)(A)
    before = given_matrix.copy()
    factorization = factorize(given_matrix)
    factorization.solve(np.ones(100))
    assert (given_matrix != before).nnz == 0
    np.testing.assert_allclose(factorization.solve(np.ones(100)).x, factorize(A).solve(np.ones(100)).x)


def test_a_later_change_of_the_matrix_does_not_reach_the_factorization() -> None:
    A = generate_hub_matrix(100)
    b = A @ np.ones(100)
    factorization = factorize(A)
    expected = factorization.solve(b).x
    A.data[:] = 7.0
    assert (factorization.solve(b).x == expected).all()


def test_duplicates_are_added_and_stored_zeros_ignored() -> None:
    A = sparse.coo_array(([1.0, 1.0, 0.0, 4.0], ([0, 0, 0, 1], [0, 0, 1, 1])), shape=(2, 2))
    factorization = factorize(A)
    assert factorization.solve([2.0, 4.0]).x.tolist() == [1.0, 1.0]
    assert factorization.core == 0


def test_the_result_is_frozen() -> None:
    factorization = factorize(np.eye(2))
    with pytest.raises(AttributeError):
        factorization.bound = 1.0  # type: ignore[misc]
    with pytest.raises(AttributeError):
        factorization.solve([1.0, 1.0]).x = np.zeros(2)  # type: ignore[misc]


def test_23_000_unknowns_fill_little() -> None:
    A = generate_hub_matrix(23_000)
    factorization = factorize(A)
    e = np.zeros(23_000)
    e[5] = 1.0
    solution = factorization.solve(e)
    assert factorization.is_transposed
    assert factorization.fill < 4_000_000
    assert solution.error[0] < 1e-10


@pytest.mark.parametrize(
    ("shape", "words"), [((2, 3), "2 rows and 3 columns"), ((3, 2), "3 rows and 2 columns")]
)
def test_not_square(shape: tuple[int, int], words: str) -> None:
    with pytest.raises(SolveError, match=words) as caught:
        factorize(sparse.csc_array(np.ones(shape)))
    assert caught.value.reason == FailureReason.NOT_SQUARE
    assert "one equation per unknown" in str(caught.value)


def test_nothing_to_solve() -> None:
    with pytest.raises(SolveError, match="no rows and no columns") as caught:
        factorize(sparse.csc_array((0, 0)))
    assert caught.value.reason == FailureReason.NO_UNKNOWNS


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_entries_that_are_not_finite(bad: float) -> None:
    A = np.eye(3)
    A[2, 1] = bad
    with pytest.raises(SolveError, match="1 entries of the matrix are not finite") as caught:
        factorize(A)
    assert "(2, 1)" in str(caught.value)
    assert caught.value.reason == FailureReason.NOT_FINITE
    assert caught.value.indices == (1,)
    assert caught.value.equations == (2,)
    with pytest.raises(SolveError, match="right-hand side are not finite"):
        factorize(np.eye(3)).solve([1.0, bad, 1.0])


@pytest.mark.parametrize("shape", [(2,), (4,), (3, 1, 1), (2, 3), ()])
def test_right_hand_side_of_another_shape(shape: tuple[int, ...]) -> None:
    with pytest.raises(SolveError, match="right-hand side has shape") as caught:
        factorize(np.eye(3)).solve(np.zeros(shape))
    assert caught.value.reason == FailureReason.WRONG_SHAPE
    assert "(3,) or (3, k)" in str(caught.value)


def test_an_overflow_is_not_a_solution() -> None:
    factorization = factorize(np.diag([1e-300, 1.0]))
    with pytest.raises(SolveError, match="may be wrong by inf"):
        factorization.solve([1e300, 1.0])
    solution = factorization.solve(np.array([[1e300, 1.0], [1.0, 1.0]]), require_bound=False)
    assert np.isinf(solution.error[0])
    assert solution.error[1] < 1e-14  # its neighbor is as good as ever
    assert solution.x[:, 1] == pytest.approx([1e300, 1.0])


def test_huge_and_tiny_right_hand_sides_keep_their_digits() -> None:
    A = np.array([[1e-100, -3e99], [0.0, 1e100]])
    b = np.array([[1e-300, 1e200, 0.0], [1e-160, 1e200, 0.0]])
    solution = factorize(A).solve(b)
    for column in range(3):
        exact = solve_exactly(A, b[:, column])
        assert exact is not None
        assert relative_error(solution.x[:, column], exact, [0, 0]) < 1e-15
