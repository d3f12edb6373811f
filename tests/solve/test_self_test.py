import numpy as np
import pytest

from carbonlab.solve import find_loops
from carbonlab.solve.self_test import generate_hub_matrix, self_test


def test_every_back_end_reports() -> None:
    reports = self_test(500, seed=3)
    assert [report.name for report in reports] == ["SuperLU of SciPy"]
    for report in reports:
        assert report.unknowns == 500
        assert report.fill >= report.entries > 500
        assert report.error < 1e-8
        assert report.duality < 1e-9
        assert report.factorization_time > 0
        assert report.solve_time > 0


@pytest.mark.parametrize("seed", [0, 1])
def test_generated_matrix_has_the_structure_it_claims(seed: int) -> None:
    A = generate_hub_matrix(2000, seed=seed, gain=0.8)
    assert (A.data > 0).sum() == 2000  # the diagonal
    rows = np.bincount(A.indices, minlength=2000)
    columns = np.diff(A.indptr)
    assert rows.max() > 20 * columns.max()
    assert (rows == 1).sum() > 0.3 * 2000  # used by no other
    assert find_loops(A)[0].gain == pytest.approx(0.8, rel=1e-6)
    again = generate_hub_matrix(2000, seed=seed, gain=0.8)
    assert (again != A).nnz == 0
