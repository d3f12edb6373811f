"""A dataset that is not what the written schema says is refused, whatever is wrong with it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import xarray as xr

from carbonlab.errors import ResultError
from carbonlab.results.calculate import calculate
from carbonlab.results.schema import ATTRIBUTES, CANCELLATION, check_result
from tests.rules.rule_runs import DEFAULT, case_study


@pytest.fixture(scope="module")
def result() -> xr.Dataset:
    """Return a result under two rule sets, so that one wrong number stands beside a right one."""
    other = DEFAULT.replace(characterization="gwp100_ar4")
    return calculate(case_study("recycling", "can_maker", DEFAULT, other))


def test_what_was_calculated_is_accepted_in_any_order_of_dimensions(result: xr.Dataset) -> None:
    assert (result["total"] > 0).all()
    check_result(result)
    check_result(result.transpose(*reversed(list(result.dims))))


def without_unit(result: xr.Dataset) -> xr.Dataset:
    changed = result.copy(deep=True)
    del changed["footprint"].attrs["units"]
    return changed


def without_attribute(result: xr.Dataset) -> xr.Dataset:
    changed = result.copy(deep=True)
    del changed.attrs[ATTRIBUTES[-1]]
    return changed


def with_status(result: xr.Dataset) -> xr.Dataset:
    return result.assign(status=xr.full_like(result["status"], "fine", dtype=object))


def with_stage(result: xr.Dataset) -> xr.Dataset:
    return result.assign_coords(stage=["heaven", *result["stage"].values[1:].tolist()])


CHANGES: dict[str, tuple[Callable[[xr.Dataset], xr.Dataset], str]] = {
    "no total": (lambda r: r.drop_vars("total"), "the result has no variable 'total'"),
    "another shape": (
        lambda r: r.assign(total=r["total"].isel(product=0)),
        "variable 'total' has the dimensions",
    ),
    "no unit": (without_unit, "variable 'footprint' has no units"),
    "no attribute": (without_attribute, f"the result has no attribute '{ATTRIBUTES[-1]}'"),
    "unknown stage": (with_stage, r"dimension 'stage' has \['heaven'\]"),
    "unknown status": (with_status, r"status \['fine'\] is not known"),
    "not said what is in the total": (
        lambda r: r.drop_vars("in_total"),
        "components do not say whether they are in the total",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_dataset_is_refused(result: xr.Dataset, change: str) -> None:
    changed, words = CHANGES[change]
    with pytest.raises(ResultError, match=words):
        check_result(changed(result))


@pytest.mark.parametrize("factor", [1 + 3 * CANCELLATION, 1 - 3 * CANCELLATION, -1.0])
@pytest.mark.parametrize("rule_set", [0, 1])
def test_a_single_total_that_is_not_the_sum_of_its_parts_is_refused(
    result: xr.Dataset, factor: float, rule_set: int
) -> None:
    changed = result.copy(deep=True)
    changed["total"][{"rule_set": rule_set}] *= factor
    with pytest.raises(ResultError, match="the total is not the sum of the components in it"):
        check_result(changed)


def test_rounding_of_a_sum_is_no_reason_to_refuse(result: xr.Dataset) -> None:
    changed = result.copy(deep=True)
    changed["total"] *= 1 + CANCELLATION / 10
    check_result(changed)
