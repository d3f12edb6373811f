"""Streams: numbers of a key and a draw, whatever else is drawn; uniform, normal, independent."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from carbonlab.sampling.streams import identity_hashes, keys_of, mix, normals, powers_of_two, uniforms

KEYS = keys_of(identity_hashes("exchanges", [f"process|{i}" for i in range(400)]), seed=0)
DRAWS = np.arange(2000)


def test_the_finalizer_of_splitmix64() -> None:
    """Published: state 0 gives 0xE220A8397B1DCDAF, that is the finalizer of the golden gamma."""
    first = mix(np.array([0x9E3779B97F4A7C15], np.uint64))
    assert int(first[0]) == 0xE220A8397B1DCDAF


def test_numbers_stay_what_they_are() -> None:
    """They are part of every result that was made from them: a change of one bit is a change of the method."""
    keys = keys_of(identity_hashes("exchanges", ["mill|out"]), seed=7)
    assert [hex(key) for key in keys] == PINNED_KEY
    assert normals(keys, np.arange(4)).ravel().tolist() == PINNED_NORMALS
    assert uniforms(keys, np.arange(2)).ravel().tolist() == PINNED_UNIFORMS


def test_normals_are_normal() -> None:
    z = normals(KEYS, DRAWS).astype(float)
    assert abs(z.mean()) < 4 / np.sqrt(z.size) and abs(z.var() - 1) < 4 * np.sqrt(2 / z.size)
    assert abs(stats.skew(z.ravel())) < 4 * np.sqrt(6 / z.size)
    assert abs(stats.kurtosis(z.ravel())) < 4 * np.sqrt(24 / z.size)
    assert stats.kstest(z.ravel(), "norm").pvalue > 1e-3
    assert stats.kstest(z[:, 0], "norm").pvalue > 1e-3 and stats.kstest(z[0], "norm").pvalue > 1e-3


def test_uniforms_are_uniform_and_never_at_the_ends() -> None:
    u = uniforms(KEYS, DRAWS)
    assert u.min() > 0.0 and u.max() < 1.0
    assert stats.kstest(u.ravel(), "uniform").pvalue > 1e-3
    counts, _ = np.histogram(u, 1000, (0, 1))
    assert stats.chisquare(counts).pvalue > 1e-3


@pytest.mark.parametrize("numbers", [normals, uniforms])
def test_neither_draws_nor_keys_are_correlated(numbers: object) -> None:
    values = numbers(KEYS, DRAWS).astype(float)  # type: ignore[operator]
    for table in (values[:40], values.T[:40]):  # between keys, between draws (cosine and sine among them)
        found = np.corrcoef(table)[np.triu_indices(40, 1)] * np.sqrt(table.shape[1])
        assert abs(found).max() < 4.5 and stats.kstest(found, "norm").pvalue > 1e-3
    lagged = [np.corrcoef(values[:, :-lag].ravel(), values[:, lag:].ravel())[0, 1] for lag in (1, 2, 8, 16)]
    assert np.abs(lagged).max() * np.sqrt(values.size) < 4.5


def test_squares_of_a_pair_are_not_correlated() -> None:
    """Cosine and sine of one hash share their radius: their squares would tell if they were not independent."""
    z = normals(KEYS, DRAWS).astype(float) ** 2
    found = np.corrcoef(z[:, 0::2].ravel(), z[:, 1::2].ravel())[0, 1]
    assert abs(found) * np.sqrt(z.size / 2) < 4.5


def test_one_id_in_two_tables_has_two_streams() -> None:
    keys = [
        keys_of(identity_hashes(name, ["a|b"]), seed=0) for name in ("exchanges", "parameters", "factors")
    ]
    assert len({int(key[0]) for key in keys}) == 3
    first, second, third = (normals(key, np.arange(20_000))[0].astype(float) for key in keys)
    for one, other in ((first, second), (first, third), (second, third)):
        assert abs(np.corrcoef(one, other)[0, 1]) < 4.5 / np.sqrt(20_000)


def test_streams_are_no_shifted_copies() -> None:
    """With a plain sum of key and counter, keys that differ by a multiple of the step would be."""
    step = np.array([0x9E3779B97F4A7C15], np.uint64)
    near = np.concatenate([KEYS[:1], KEYS[:1] + step, KEYS[:1] + step + step])
    u = uniforms(near, np.arange(300))
    assert len(np.unique(u)) == u.size


def test_a_number_depends_on_key_and_draw_alone() -> None:
    lanes = np.array([17, 3, 4, 1999, 0])
    for numbers in (normals, uniforms):
        whole = numbers(KEYS, DRAWS)
        np.testing.assert_array_equal(numbers(KEYS[::3], lanes), whole[::3][:, lanes])


def test_powers_of_two() -> None:
    x = np.linspace(-126, 127, 200_001, dtype=np.float32)
    assert np.abs(powers_of_two(x) / 2.0 ** x.astype(float) - 1).max() < 1.2e-7
    whole = np.arange(-126, 128, dtype=np.float32)
    assert powers_of_two(whole).tolist() == (2.0 ** whole.astype(float)).tolist()


PINNED_KEY = ["0x4453d646207b36b5"]
PINNED_NORMALS = [0.3795160949230194, 0.14230197668075562, 0.3893066942691803, 0.3718915283679962]
PINNED_UNIFORMS = [0.3115782520671074, 0.5886472846921518]
