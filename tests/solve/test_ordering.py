import numpy as np
import pytest
from hypothesis import given
from scipy import sparse
from scipy.sparse.linalg import splu

from carbonlab.errors import SolveError
from carbonlab.solve import factorize
from carbonlab.solve.factor import eliminate_in_order
from carbonlab.solve.ordering import is_better_transposed, order_elimination, permute
from carbonlab.solve.self_test import generate_hub_matrix
from tests.solve.matrices import couplings, with_gain


def test_hubs_choose_the_transposed_orientation() -> None:
    A = generate_hub_matrix(2000)  # hubs are long rows
    assert is_better_transposed(A)
    assert factorize(A).is_transposed
    assert not factorize(A.T).is_transposed


def test_hubs_are_put_last() -> None:
    A = generate_hub_matrix(2000)
    ordering = order_elimination(A)
    core = ordering.rows[-ordering.core :]
    block = A[core][:, core].toarray() != 0
    neighbors = (block | block.T).sum(axis=0)
    ordinary, hubs = np.split(neighbors, [ordering.core - ordering.hubs])
    assert ordering.hubs >= 10
    assert ordinary.max() < hubs.min()
    assert hubs.max() > 400
    assert (np.diff(hubs) >= 0).all()


def test_a_hub_system_fills_little_whichever_way() -> None:
    A = generate_hub_matrix(3000)
    for matrix in (A, A.T):
        factorization = factorize(matrix)
        assert factorization.has_diagonal_pivots
        assert factorization.fill < 3 * A.nnz
    own = splu(A, permc_spec="COLAMD")  # what the library does on its own
    assert own.nnz > 20 * factorization.fill


def entries_of_factors(A: sparse.csc_array) -> int:
    ordering = order_elimination(A)
    permuted = permute(A, ordering.rows, ordering.columns)
    factors = eliminate_in_order(permuted, transposed=ordering.transposed, pivot_threshold=0.0)
    assert factors is not None
    assert factors.has_diagonal_pivots
    return int(factors.superlu.L.count_nonzero() + factors.superlu.U.count_nonzero())


@given(couplings(most=7))
def test_without_loops_nothing_fills(N: np.ndarray) -> None:
    place = np.random.default_rng(1).permutation(len(N))
    A = sparse.csc_array(with_gain(np.triu(N, 1), 1.0)[place][:, place])
    ordering = order_elimination(A)
    assert ordering.core == ordering.hubs == 0
    assert entries_of_factors(A) == A.nnz + len(N)  # L and U have a diagonal each


def test_long_chain_and_its_reverse_fill_nothing() -> None:
    n = 500
    chain = sparse.csc_array(sparse.eye_array(n) - 0.5 * sparse.eye_array(n, k=1))
    for matrix in (chain, chain.T.tocsc(), chain[::-1][:, ::-1].tocsc()):
        assert entries_of_factors(matrix) == matrix.nnz + n


def test_around_a_loop_nothing_but_the_loop_is_core() -> None:
    # 0 → (1 ⇄ 2) → 3 → (4 ⇄ 5) → 6, and 7 alone: 3 lies between two loops
    A = np.eye(8)
    for i, j in ((0, 1), (1, 2), (2, 1), (2, 3), (3, 4), (4, 5), (5, 4), (5, 6)):
        A[i, j] = -0.5
    ordering = order_elimination(sparse.csc_array(A))
    assert ordering.core == 5
    assert sorted(ordering.rows[-5:].tolist()) == [1, 2, 3, 4, 5]


@given(couplings())
def test_orders_are_permutations(N: np.ndarray) -> None:
    ordering = order_elimination(sparse.csc_array(with_gain(N, 0.5)))
    assert sorted(ordering.rows.tolist()) == sorted(ordering.columns.tolist()) == list(range(len(N)))


def test_zero_on_the_diagonal_is_matched_away_and_the_rest_is_kept() -> None:
    A = np.diag([0.0, 2.0, 3.0, 0.0, 5.0])
    A[0, 3], A[3, 0], A[1, 0] = 7.0, 8.0, 9.0
    ordering = order_elimination(sparse.csc_array(A))
    assert permute(sparse.csc_array(A), ordering.rows, ordering.columns).diagonal().all()
    row_of = dict(zip(ordering.columns.tolist(), ordering.rows.tolist(), strict=True))
    assert row_of == {0: 3, 1: 1, 2: 2, 3: 0, 4: 4}


def test_permute_is_indexing() -> None:
    rng = np.random.default_rng(4)
    A = sparse.csc_array(rng.standard_normal((30, 30)) * (rng.random((30, 30)) < 0.2))
    rows, columns = (rng.permutation(30).astype(np.intc) for _ in range(2))
    assert (permute(A, rows, columns).toarray() == A.toarray()[rows][:, columns]).all()


def test_order_does_not_depend_on_values() -> None:
    A = generate_hub_matrix(1000)
    other = A.copy()
    other.data *= np.random.default_rng(5).lognormal(0.0, 1.0, A.nnz)
    assert (order_elimination(A).rows == order_elimination(other).rows).all()


def test_structurally_singular_is_refused() -> None:
    with pytest.raises(SolveError, match="2 unknowns occur in 1 equations only"):
        order_elimination(sparse.csc_array([[1.0, 1.0, 1.0], [0.0, 0.0, 1.0], [0.0, 0.0, 1.0]]))
