"""Land-use change: shares of amortization and refusals. Numbers: tests/cases/land_use_change.toml."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonlab.errors import RuleError
from carbonlab.rules.options.land_use_change import declining_share
from tests.rules.rule_runs import check_only_logged_entries_differ, codes, intensity, run_case, with_option


@given(st.integers(1, 200))
def test_declining_shares_fall_and_sum_to_one(years: int) -> None:
    shares = [declining_share(years, since) for since in range(1, years + 10)]
    assert sum(shares) == pytest.approx(1.0)
    assert all(a > b or a == b == 0 for a, b in pairwise(shares))


@given(st.integers(1, 60), st.integers(1, 60))
def test_over_all_years_either_shape_writes_off_the_whole_conversion(years: int, published: int) -> None:
    """One plantation in every year after the conversion: the sum is the emission of the conversion."""
    stated = 3.0
    for option in ("equal", "declining"):
        factors = [
            published * (declining_share(years, since) if option == "declining" else 1 / years)
            for since in range(1, years + 1)
        ]
        assert stated * sum(factors) == pytest.approx(stated * published)


def test_only_land_use_change_is_touched() -> None:
    before = run_case("land_use_change", "plantation")
    after = run_case("land_use_change", "plantation", with_option("land_use_change", "equal", years=30))
    check_only_logged_entries_differ(before.system.work, after.system.work, "land_use_change")
    assert intensity(before, "plantation") - intensity(after, "plantation") == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("option", "parameters", "words"),
    [
        ("equal", {"years": 0}, "parameter 'years' of the land-use change rule is 0"),
        ("equal", {"published_years": -20}, "parameter 'published_years'"),
        ("equal", {"years_since": 0}, "the first year after the conversion is 1"),
        ("declining", {}, "does not say how many years ago the land was converted"),
        ("equal", {"years": 20.5}, "it has to be of type int"),
    ],
)
def test_bad_parameters_are_refused_by_their_words(
    option: str, parameters: dict[str, Any], words: str
) -> None:
    with pytest.raises(RuleError) as error:
        run_case("land_use_change", "plantation", with_option("land_use_change", option, **parameters))
    assert words in str(error.value)


def test_an_inventory_without_land_use_change_is_told() -> None:
    after = run_case("biogenic_carbon", "rotting", with_option("land_use_change", "equal", years=30))
    assert "land_use_change_none" in codes(after)
