import numpy as np
import pytest
from hypothesis import given
from scipy import sparse

from carbonlab.solve import Direction, reaches
from carbonlab.solve.dependence import _sort_components, strong_components
from tests.solve.matrices import couplings, with_gain

# 0 → 1 ⇄ 2 → 3, unknown 4 alone: column j takes from row i where a_ij ≠ 0
A = np.eye(5)
A[0, 1] = A[1, 2] = A[2, 1] = A[2, 3] = -0.5


def test_reaches_by_hand() -> None:
    assert reaches(A, [1]).tolist() == [False, True, True, True, False]
    assert reaches(A, [0]).tolist() == [True, True, True, True, False]
    assert reaches(A, [3]).tolist() == [False, False, False, True, False]
    assert reaches(A, [3, 4]).tolist() == [False, False, False, True, True]
    assert reaches(A, []).tolist() == [False] * 5


def test_reaches_the_other_way() -> None:
    assert reaches(A, [3], direction="forward").tolist() == [True, True, True, True, False]
    assert reaches(A, [1], direction=Direction.FORWARD).tolist() == [True, True, True, False, False]


def test_unknown_direction_is_refused() -> None:
    with pytest.raises(ValueError, match="sideways"):
        reaches(A, [0], direction="sideways")


def test_stored_zeros_are_no_dependence() -> None:
    stored = sparse.csc_array(([1.0, 1.0, 0.0], ([0, 1, 0], [0, 1, 1])), shape=(2, 2))
    assert reaches(stored, [0]).tolist() == [True, False]


@given(couplings(most=7))
def test_reaches_is_where_the_inverse_is_not_zero(N: np.ndarray) -> None:
    A = with_gain(N, 0.5)
    power = np.linalg.matrix_power(np.eye(len(N)) + (N != 0), len(N))
    for i in range(len(N)):
        assert (reaches(A, [i]) == (power[i] > 0)).all()
        assert (reaches(A, [i], direction="forward") == (power[:, i] > 0)).all()


@given(couplings(most=7))
def test_components_are_numbered_along_the_dependences(N: np.ndarray) -> None:
    labels = strong_components(sparse.csc_array(with_gain(N, 0.5)))
    row, column = np.nonzero(N)
    assert (labels[row] >= labels[column]).all()
    together = np.linalg.matrix_power(np.eye(len(N)) + (N != 0), len(N)) > 0
    assert ((labels[:, None] == labels) == (together & together.T)).all()


@given(couplings(most=7))
def test_any_numbering_of_the_library_can_be_sorted(N: np.ndarray) -> None:
    entries = sparse.coo_array(with_gain(N, 0.5))
    labels = strong_components(sparse.csc_array(entries))
    shuffled = np.random.default_rng(0).permutation(labels.max() + 1).astype(np.intc)[labels]
    sorted_again = _sort_components(entries, shuffled)
    assert (sorted_again[entries.row] >= sorted_again[entries.col]).all()
    assert ((sorted_again[:, None] == sorted_again) == (labels[:, None] == labels)).all()
