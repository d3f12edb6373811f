import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from carbonlab.errors import SolveError
from carbonlab.solve import FailureReason, factorize, find_loops
from carbonlab.solve.self_test import generate_hub_matrix
from tests.solve.exact import solve_exactly
from tests.solve.matrices import ring


def failure(matrix: object) -> SolveError:
    with pytest.raises(SolveError) as caught:
        factorize(matrix)
    return caught.value


def embed(loop: np.ndarray, size: int, at: list[int]) -> sparse.csc_array:
    """Place a small block in a regular system, coupled with it both ways without further loops."""
    A = np.eye(size)
    A[np.ix_(at, at)] = loop
    others = [i for i in range(size) if i not in at]
    A[others[0], at[0]] = -0.3  # the block takes from the first
    A[at[-1], others[-1]] = -0.2  # and the last takes from the block
    return sparse.csc_array(A)


def test_empty_rows_are_all_named() -> None:
    A = np.eye(5)
    A[1] = A[3] = 0.0
    A[0, 1] = A[0, 3] = 1.0
    error = failure(A)
    assert error.reason == FailureReason.EMPTY_ROW
    assert error.equations == (1, 3)
    assert "2 rows of the matrix are empty" in str(error)
    assert "rows 1, 3" in str(error)


def test_empty_columns_are_all_named() -> None:
    A = np.eye(30)
    A[:, 3:20] = 0.0
    error = failure(A)
    assert error.reason == FailureReason.EMPTY_COLUMN
    assert error.indices == tuple(range(3, 20))
    assert "columns 3, 4, 5, 6, 7, 8, 9, 10 and 9 more" in str(error)


def test_more_unknowns_than_equations() -> None:
    # unknowns 1, 3 and 4 occur in equations 0 and 2 only
    A = np.zeros((5, 5))
    A[0, [1, 3]] = A[2, [3, 4]] = 1.0
    A[[1, 3, 4], [0, 0, 2]] = A[1, 2] = 1.0
    error = failure(A)
    assert error.reason == FailureReason.STRUCTURALLY_SINGULAR
    assert set(error.indices) == {1, 3, 4}
    assert set(error.equations) == {0, 2}
    assert "3 unknowns occur in 2 equations only" in str(error)
    assert "for every choice of its values" in str(error)


@given(st.integers(2, 7), st.integers(0, 2**32))
def test_structural_failures_name_too_many_unknowns_for_their_equations(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((n, n)) * (rng.random((n, n)) < 0.3)
    if solve_exactly(A, np.ones(n)) is not None:
        return
    error = failure(A)
    if error.reason == FailureReason.STRUCTURALLY_SINGULAR:
        unknowns = list(error.indices)
        assert len(unknowns) > len(error.equations)
        assert set(np.flatnonzero(A[:, unknowns].any(axis=1))) == set(error.equations)


@pytest.mark.parametrize(
    "loop",
    [
        [[1.0, -0.5], [-2.0, 1.0]],  # gain exactly one, also in floating point
        [[3.0, -0.1], [-0.3, 0.01]],  # one but for rounding
        [[0.1, -0.3], [-0.7, 2.1]],
        [[1.0, -1 / 3], [-3.0, 1.0]],
        [[1.0, 0.5], [2.0, 1.0]],  # and with the other signs
        [[1e-9, -1e9], [-1e-9, 1e9]],  # in odd units
    ],
)
def test_loop_of_gain_one_is_named(loop: list[list[float]]) -> None:
    error = failure(embed(np.array(loop), 8, [5, 2]))
    assert error.reason == FailureReason.NUMERICALLY_SINGULAR
    assert set(error.indices) == {2, 5}
    assert set(error.equations) == {2, 5}
    assert "the matrix is singular: 2 unknowns depend on each other" in str(error)
    assert "gain is exactly one" in str(error)


@pytest.mark.parametrize("n", [3, 10, 299, 1000])
def test_ring_of_gain_one_is_named_completely(n: int) -> None:
    weights = [2.0 ** ((7 * i) % 41 - 20) for i in range(n)]
    weights[-1] = 2.0 ** -(sum((7 * i) % 41 - 20 for i in range(n - 1)))
    error = failure(ring(weights))
    assert error.reason == FailureReason.NUMERICALLY_SINGULAR
    assert set(error.indices) == set(range(n))


def test_only_what_takes_part_is_named() -> None:
    # two equal columns in the middle of one strong component of six unknowns
    rng = np.random.default_rng(0)
    A = np.eye(6) - 0.1 * rng.random((6, 6))
    A[:, 4] = 2 * A[:, 1]
    error = failure(A)
    assert error.reason == FailureReason.NUMERICALLY_SINGULAR
    assert set(error.indices) == {1, 4}
    assert len(error.equations) == 6


def test_sum_of_two_equations_is_named() -> None:
    A = np.random.default_rng(1).standard_normal((40, 40))
    A[7] = A[3] + A[4]
    error = failure(A)
    assert error.reason == FailureReason.NUMERICALLY_SINGULAR
    assert set(error.equations) == {3, 4, 7}


def test_small_loop_beside_a_large_regular_one() -> None:
    large = generate_hub_matrix(2000)
    A = sparse.block_diag([large, ring([2.0, 0.5]), ring([0.5, 0.5])], format="csc")
    error = failure(A)
    assert error.reason == FailureReason.NUMERICALLY_SINGULAR
    assert set(error.indices) == {2000, 2001}


def test_large_loop_of_gain_one() -> None:
    A = generate_hub_matrix(2000, gain=1.0)
    (loop,) = find_loops(A)
    error = failure(A)
    assert error.reason == FailureReason.NUMERICALLY_SINGULAR
    assert set(error.indices) <= set(loop.indices.tolist())
    assert len(error.indices) > len(loop.indices) / 2


@given(st.integers(1, 6), st.integers(0, 2**32))
def test_small_integer_matrices_are_singular_when_they_are(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    A = rng.integers(-2, 3, (n, n)).astype(float)
    if solve_exactly(A, np.ones(n)) is None:
        assert failure(A).reason in {
            FailureReason.EMPTY_ROW,
            FailureReason.EMPTY_COLUMN,
            FailureReason.STRUCTURALLY_SINGULAR,
            FailureReason.NUMERICALLY_SINGULAR,
        }
    else:
        assert factorize(A).solve(np.ones(n)).error[0] < 1e-10


def test_nearly_singular_is_not_called_singular() -> None:
    # gain 1 − 1e-12: the solution exists; whether it is exact enough is for the bound to say
    factorization = factorize(ring([1.0, 1.0 - 1e-12]))
    with pytest.raises(SolveError) as caught:
        factorization.solve([1.0, 1.0])
    assert caught.value.reason == FailureReason.BOUND_MISSED
