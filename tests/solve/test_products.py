from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from carbonlab.solve.products import SEGMENT, build_product


@given(st.integers(1, 6), st.integers(1, 3000), st.integers(0, 2**32))
def test_products_are_those_of_the_matrix(rows: int, columns: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    dense = np.zeros((rows, columns))
    for row, length in enumerate(rng.integers(1, columns + 1, rows)):
        dense[row, rng.choice(columns, length, replace=False)] = rng.standard_normal(length)
    product = build_product(sparse.csr_array(dense))
    x = rng.standard_normal((columns, 2))
    np.testing.assert_allclose(product.apply(x), dense @ x, rtol=0, atol=1e-12 * np.sqrt(columns))
    np.testing.assert_allclose(product.apply_magnitude(np.abs(x)), np.abs(dense) @ np.abs(x), rtol=1e-12)
    assert product.terms.shape == (rows, 1)
    assert (product.terms <= 3 * SEGMENT).all()


def test_terms_by_hand() -> None:
    # 5 terms in one sum; 32 in one; 33 = 32 + 1 in two; 1024 in 32 sums of 32 and one of 32; 1025 in three levels
    lengths = [5, 32, 33, 1024, 1025]
    dense = np.zeros((5, 1025))
    for row, length in enumerate(lengths):
        dense[row, :length] = 1.0
    product = build_product(sparse.csr_array(dense))
    assert product.terms[:, 0].tolist() == [5, 32, 32 + 1, 32 + 31, 32 + 31 + 1]
    assert len(product.sums) == 2
    assert product.apply(np.ones((1025, 1)))[:, 0].tolist() == lengths


def test_short_rows_are_not_cut() -> None:
    product = build_product(sparse.csr_array(np.ones((3, SEGMENT))))
    assert product.sums == ()
    assert product.terms[:, 0].tolist() == [SEGMENT] * 3


@pytest.mark.parametrize("seed", range(3))
def test_long_rows_lose_no_more_than_stated(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.lognormal(0.0, 3.0, 20_000) * rng.choice([-1.0, 1.0], 20_000)
    product = build_product(sparse.csr_array(values[None, :]))
    assert product.terms[0, 0] < 100
    x = rng.lognormal(0.0, 3.0, (20_000, 1))
    exact = sum(Fraction(one) * Fraction(other) for one, other in zip(values, x[:, 0], strict=True))
    error = abs(Fraction(product.apply(x)[0, 0]) - exact)
    assert 0 < error <= product.terms[0, 0] * 2.0**-53 * (np.abs(values) @ x[:, 0])
