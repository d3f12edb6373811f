import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from carbonlab.solve.equilibration import equilibrate, read_matrix
from tests.solve.matrices import couplings, units, with_gain


def line_maxima(matrix: sparse.csc_array) -> np.ndarray:
    size = abs(matrix).toarray()
    return np.concatenate([size.max(axis=0), size.max(axis=1)])


@given(st.data())
def test_largest_entry_of_every_line_comes_to_about_one(data: st.DataObject) -> None:
    N = data.draw(couplings())
    A = data.draw(units(len(N)))[:, None] * with_gain(N, 0.9) * data.draw(units(len(N)))
    scaled = equilibrate(read_matrix(A)).scale_matrix(read_matrix(A))
    maxima = line_maxima(scaled)
    assert (maxima >= 0.25).all()
    assert (maxima < 2.0).all()


@given(st.data())
def test_scaling_is_exact_and_keeps_signs_and_zeros(data: st.DataObject) -> None:
    N = data.draw(couplings(signed=True))
    A = data.draw(units(len(N)))[:, None] * with_gain(N, 0.9) * data.draw(units(len(N)))
    matrix = read_matrix(A)
    scaling = equilibrate(matrix)
    scaled = scaling.scale_matrix(matrix)
    assert (scaled.indices == matrix.indices).all()
    assert (np.sign(scaled.data) == np.sign(matrix.data)).all()
    back = np.ldexp(np.ldexp(scaled.toarray(), -scaling.rows[:, None]), -scaling.columns)
    assert (back == A).all()


def test_empty_lines_keep_their_scale() -> None:
    scaling = equilibrate(read_matrix(np.array([[0.0, 0.0], [0.0, 1024.0]])))
    assert scaling.rows[0] == scaling.columns[0] == 0


def test_the_given_matrix_is_left_alone() -> None:
    given_matrix = sparse.csc_array(([1e9, 5.0, 0.0, 2.0], ([0, 1, 0, 1], [0, 1, 1, 1])), shape=(2, 2))
    kept = given_matrix.copy()
    copy = read_matrix(given_matrix)
    equilibrate(copy).scale_matrix(copy).data[:] = -1.0
    copy.data[:] = -1.0
    copy.indices[:] = 0
    assert (given_matrix.data == kept.data).all()
    assert (given_matrix.indices == kept.indices).all()
    assert given_matrix.nnz == kept.nnz
