"""What a unit measures, found without the library that a script would otherwise load at its start."""

from __future__ import annotations

from carbonlab import units


def test_what_a_unit_measures_is_the_same_without_the_registry() -> None:
    short = 0
    for unit in units._list().definitions:
        found = units._base_dimension({unit: 1})
        assert found in ("", units._dimension_by_pint({unit: 1}))
        short += bool(found)
    assert short > 50 and units._base_dimension({"m": 3}) == ""
