"""An assumed spread touches only amounts that state none, and says that it is an assumption."""

from __future__ import annotations

import numpy as np
import pytest

from carbonlab.errors import RefusedError
from carbonlab.inventory.assumed_spreads import assume_spread
from carbonlab.inventory.findings import count_findings
from carbonlab.teaching import load_teaching_inventory


def test_amounts_keep_their_value_and_references_stay_certain() -> None:
    inventory = load_teaching_inventory()
    assumed = assume_spread(inventory, 1.3)
    stated = inventory.codes("exchanges", "distribution")[0] >= 0
    spread = assumed.is_word("exchanges", "distribution", "lognormal") & ~stated
    amount = assumed.column("exchanges", "amount")
    assert np.array_equal(amount, inventory.column("exchanges", "amount"))
    assert not (spread & assumed.column("exchanges", "is_reference").astype(bool)).any()
    assert spread.sum() > 20
    assert np.array_equal(assumed.column("exchanges", "loc")[spread], amount[spread])
    assert set(assumed.column("exchanges", "scale")[spread]) == {1.3}
    for column in ("loc", "scale"):
        before, after = (db.column("exchanges", column)[stated] for db in (inventory, assumed))
        assert np.array_equal(before, after, equal_nan=True)


def test_the_assumption_is_said() -> None:
    inventory = load_teaching_inventory()
    assumed = assume_spread(inventory, 1.3)
    assert assumed.digest != inventory.digest
    assert "assumed spread: geometric standard deviation 1.3" in assumed.meta.version
    assert "spread_assumed" in {found.code for found in count_findings(assumed)}


def test_a_stated_spread_stays() -> None:
    once = assume_spread(load_teaching_inventory(), 1.3)
    twice = assume_spread(once, 2.0)
    assert twice is once


@pytest.mark.parametrize("deviation", [1.0, 0.5, 11.0, float("nan")])
def test_what_is_no_spread_is_refused(deviation: float) -> None:
    with pytest.raises(RefusedError, match="no geometric standard deviation to assume"):
        assume_spread(load_teaching_inventory(), deviation)
