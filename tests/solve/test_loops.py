from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from scipy.sparse import linalg as sparse_linalg

from carbonlab.errors import SolveError
from carbonlab.solve import FailureReason, Prepared, factorize, find_loops, prepare_iteration
from carbonlab.solve.self_test import generate_hub_matrix
from tests.solve.matrices import couplings, ring, units, with_gain


def test_two_loops_by_hand() -> None:
    # 1 ⇄ 3: 0.5 · 0.32 = 0.16, gain √0.16 = 0.4;  0 → 2 → 4 → 0: 2 · 2 · 2 = 8, gain 2;  5 takes from 1
    A = np.eye(6)
    A[1, 3], A[3, 1] = -0.5, -0.32
    A[0, 2] = A[2, 4] = A[4, 0] = -2.0
    A[1, 5] = -9.0
    worse, better = find_loops(A)
    assert worse.indices.tolist() == [0, 2, 4]
    assert worse.gain == pytest.approx(2.0, rel=1e-12)
    assert better.indices.tolist() == [1, 3]
    assert better.gain == pytest.approx(0.4, rel=1e-12)
    assert {(edge.row, edge.column) for edge in better.edges} == {(1, 3), (3, 1)}
    assert [edge.share for edge in worse.edges] == pytest.approx([1 / 3] * 3)
    assert {edge.weight for edge in better.edges} == {0.5, 0.32}


def test_strongest_edge_by_hand() -> None:
    # 0 ⇄ 1 with 0.9 each way, and a weak detour 0 → 2 → 0 of 0.1 each way: the gain is √(0.81 + 0.01)
    A = np.eye(3)
    A[0, 1] = A[1, 0] = -0.9
    A[0, 2] = A[2, 0] = -0.1
    (loop,) = find_loops(A)
    assert loop.gain == pytest.approx(0.82**0.5, rel=1e-12)
    shares = {(edge.row, edge.column): edge.share for edge in loop.edges}
    assert shares[0, 1] == pytest.approx(0.81 / 0.82 / 2)
    assert shares[2, 0] == pytest.approx(0.01 / 0.82 / 2)
    assert (loop.edges[0].row, loop.edges[0].column) in {(0, 1), (1, 0)}
    assert len(find_loops(A, edges=2)[0].edges) == 2


def test_diagonal_counts() -> None:
    # one unit of unknown 0 takes 3 of 1; one unit of 1 takes 2/10 of 0: 0.6, gain √0.6
    (loop,) = find_loops(np.array([[1.0, -2.0], [-3.0, 10.0]]))
    assert loop.gain == pytest.approx(0.6**0.5, rel=1e-12)
    assert {(edge.row, edge.column): edge.weight for edge in loop.edges} == {(0, 1): 0.2, (1, 0): 3.0}


def test_credits_keep_their_sign() -> None:
    # 0 takes 1.5 of 1 and 1 is credited with 0.6 of 0: eigenvalues ±i√0.9
    (loop,) = find_loops(np.array([[1.0, 0.6], [-1.5, 1.0]]))
    assert loop.gain == pytest.approx(0.9**0.5, rel=1e-12)
    assert {edge.weight for edge in loop.edges} == {-0.6, 1.5}


def test_no_loop() -> None:
    assert find_loops(np.triu(-np.ones((5, 5)), 1) + np.eye(5)) == ()
    assert find_loops(sparse.csc_array((0, 0))) == ()


def test_zero_on_the_diagonal_is_an_infinite_gain() -> None:
    A = np.eye(4)
    A[2, 2] = 0.0
    A[0, 1], A[1, 0], A[1, 2] = -0.5, -0.5, -1.0
    unbounded, bounded = find_loops(A)
    assert unbounded.indices.tolist() == [2]
    assert unbounded.gain == np.inf
    assert unbounded.edges == ()
    assert bounded.gain == pytest.approx(0.5)
    A[2, 1] = -0.25  # now within the loop
    (all_of_it,) = find_loops(A)
    assert all_of_it.indices.tolist() == [0, 1, 2]
    assert all_of_it.gain == np.inf
    weights = {(edge.row, edge.column): edge.weight for edge in all_of_it.edges}
    assert np.isnan(weights[1, 2])
    assert weights[0, 1] == 0.5
    assert all(np.isnan(edge.share) for edge in all_of_it.edges)


@given(st.data())
def test_gain_and_shares_do_not_depend_on_units(data: st.DataObject) -> None:
    N = data.draw(couplings())
    rows, columns = data.draw(units(len(N))), data.draw(units(len(N)))
    A = with_gain(N, 0.9)
    plain, mixed = find_loops(A), find_loops(rows[:, None] * A * columns)
    by_place = {loop.indices[0]: loop for loop in mixed}
    assert by_place.keys() == {loop.indices[0] for loop in plain}
    for loop in plain:
        other = by_place[loop.indices[0]]
        assert loop.indices.tolist() == other.indices.tolist()
        assert other.gain == pytest.approx(loop.gain, rel=1e-6)
    if plain:
        dense = np.abs(np.linalg.eigvals(np.eye(len(A)) - A / np.diag(A))).max()
        assert plain[0].gain == pytest.approx(dense, rel=1e-6)


@given(couplings(most=5))
def test_shares_of_a_loop_without_credits_sum_to_one(N: np.ndarray) -> None:
    for loop in find_loops(with_gain(N, 0.9), edges=25):
        assert sum(edge.share for edge in loop.edges) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("gain", [0.65, 1.0, 1.64])
def test_large_loop_iteratively(gain: float) -> None:
    (loop,) = find_loops(generate_hub_matrix(3000, gain=gain), edges=100_000)
    assert len(loop.indices) > 500
    assert loop.gain == pytest.approx(gain, rel=1e-9)
    assert sum(edge.share for edge in loop.edges) == pytest.approx(1.0)
    assert find_loops(generate_hub_matrix(3000, gain=gain))[0].gain == loop.gain


def test_large_loop_of_period_two() -> None:
    # two groups that take from each other only: eigenvalues come in pairs of equal size, ±g
    rng = np.random.default_rng(0)
    size = 150
    N = np.zeros((2 * size, 2 * size))
    N[:size, size:], N[size:, :size] = rng.random((2, size, size)) * (rng.random((2, size, size)) < 0.05)
    N *= 0.7 / np.abs(np.linalg.eigvals(N)).max()
    loop = find_loops(np.eye(2 * size) - N, edges=100_000)[0]
    assert loop.gain == pytest.approx(0.7, rel=1e-9)
    assert sum(edge.share for edge in loop.edges) == pytest.approx(1.0)


def test_large_loop_with_credits() -> None:
    A = generate_hub_matrix(1500)
    beside = A.tocoo()
    flip = (beside.row != beside.col) & (np.random.default_rng(0).random(A.nnz) < 0.3)
    A.data[flip] *= -1.0
    (loop,) = find_loops(A)
    block = A[loop.indices][:, loop.indices].toarray()
    scale = np.abs(np.diag(block))
    dense = np.linalg.eigvals(np.eye(len(block)) - block / np.diag(block))
    assert scale.all()
    assert loop.gain == pytest.approx(np.abs(dense).max(), rel=1e-4)


def test_many_small_loops_are_quick() -> None:
    pair = sparse.csc_array([[1.0, -0.5], [-0.5, 1.0]])
    loops = find_loops(sparse.block_diag([pair] * 300, format="csc"))
    assert len(loops) == 300
    assert all(loop.gain == pytest.approx(0.5) for loop in loops)


def test_no_convergence_falls_back_or_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise sparse_linalg.ArpackError(-9999)

    monkeypatch.setattr("carbonlab.solve.loops.sparse_linalg.eigs", fail)
    A = ring([0.5] * 120)
    assert find_loops(A)[0].gain == pytest.approx(0.5)
    monkeypatch.setattr("carbonlab.solve.loops.DENSE_FALLBACK", 100)
    with pytest.raises(SolveError, match="gain of a loop of 120 unknowns did not converge") as caught:
        find_loops(A)
    assert caught.value.reason == FailureReason.NO_EIGENVALUE


def test_not_square() -> None:
    with pytest.raises(SolveError, match="2 rows and 3 columns"):
        find_loops(np.ones((2, 3)))


@pytest.mark.parametrize("prepare", [factorize, prepare_iteration])
@pytest.mark.parametrize("gain", [0.2, 0.999, 1.001, 3.0])
def test_a_proof_of_gains_below_one_agrees_with_the_gains(
    prepare: Callable[[sparse.csc_array], Prepared], gain: float
) -> None:
    A = np.eye(4)
    A[0, 1], A[1, 0], A[2, 0], A[3, 3] = -gain, -gain, -0.5, -1.0
    matrix = sparse.csc_array(A)
    assert prepare(matrix).has_productive_loops == (find_loops(matrix)[0].gain < 1) == (gain < 1)
