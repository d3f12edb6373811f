"""Factor sets: values by hand from the printed tables, the split of methane, digests, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import FrozenInstanceError

import pytest

from carbonlab.errors import NotFoundError, RuleError
from carbonlab.rules.factors import (
    AGGREGATED_GAS,
    HORIZONS,
    VINTAGES,
    MethaneSplit,
    list_factor_sets,
    load_factor_set,
)
from carbonlab.vocabulary import CarbonOrigin, Confidence

FOSSIL, BIOGENIC = CarbonOrigin.FOSSIL, CarbonOrigin.BIOGENIC
LAND_USE, UNSPECIFIED = CarbonOrigin.LAND_USE, CarbonOrigin.UNSPECIFIED

PRINTED = [
    # TAR Table 6.7, AR4 Table 2.14, AR5 Tables 8.7 and 8.A.1, AR6 Tables 7.15 and 7.SM.7
    ("SAR", "GWP100", "CH4", FOSSIL, 21),
    ("TAR", "GWP20", "N2O", UNSPECIFIED, 275),
    ("AR4", "GWP100", "CH4", BIOGENIC, 25),
    ("AR4", "GWP500", "SF6", UNSPECIFIED, 32600),
    ("AR4", "GWP20", "HFC134a", UNSPECIFIED, 3830),
    ("AR5", "GWP100", "CH4", BIOGENIC, 28),
    ("AR5", "GWP100", "CH4", FOSSIL, 30),
    ("AR5", "GWP20", "HFC134a", UNSPECIFIED, 3710),
    ("AR5", "GTP100", "N2O", UNSPECIFIED, 234),
    ("AR5-CCF", "GWP100", "CH4", FOSSIL, 34),
    ("AR5-CCF", "GWP100", "N2O", UNSPECIFIED, 298),
    ("AR6", "GWP100", "CH4", FOSSIL, 29.8),
    ("AR6", "GWP100", "CH4", BIOGENIC, 27.0),
    ("AR6", "GWP20", "CH4", FOSSIL, 82.5),
    ("AR6", "GWP100", "N2O", UNSPECIFIED, 273),
    ("AR6", "GWP100", "CF4", UNSPECIFIED, 7380),
    ("AR6", "GTP100", "SF6", UNSPECIFIED, 30600),
    ("AR6", "GWP100", "CO2", FOSSIL, 1),
    ("AR6", "GWP100", "CO2", BIOGENIC, 1),
    ("SAR", "GWP100", AGGREGATED_GAS, UNSPECIFIED, 1),
]


@pytest.mark.parametrize(("vintage", "metric", "gas", "origin", "value"), PRINTED)
def test_printed_values(vintage: str, metric: str, gas: str, origin: CarbonOrigin, value: float) -> None:
    assert load_factor_set(vintage, metric=metric).value(gas, origin) == value


@pytest.mark.parametrize("origin", [UNSPECIFIED, LAND_USE])
def test_methane_whose_carbon_was_not_taken_up_before_is_fossil(origin: CarbonOrigin) -> None:
    for vintage in ("AR5", "AR6"):
        factors = load_factor_set(vintage)
        assert factors.value("CH4", origin) == factors.value("CH4", FOSSIL) > factors.value("CH4", BIOGENIC)


def test_the_default_is_the_latest_report_over_100_years() -> None:
    factors = load_factor_set()
    assert (factors.vintage, factors.metric, factors.horizon) == ("AR6", "GWP100", 100)
    assert factors.methane_split is MethaneSplit.FOSSIL_BIOGENIC
    assert str(factors) == "AR6 GWP100"


def test_methane_can_be_left_unsplit() -> None:
    factors = load_factor_set("AR6", methane_split="unsplit")
    assert {factors.value("CH4", origin) for origin in CarbonOrigin} == {27.9}
    assert "7.15" not in factors.citation
    assert load_factor_set("AR5", methane_split="unsplit").value("CH4", FOSSIL) == 28


def test_a_report_without_a_split_uses_its_one_value_and_refuses_to_split() -> None:
    assert load_factor_set("AR4").methane_split is MethaneSplit.UNSPLIT
    with pytest.raises(NotFoundError) as refused:
        load_factor_set("AR4", methane_split="fossil_biogenic")
    text = str(refused.value)
    assert "AR4 GWP100 has one factor for all methane" in text
    assert "methane_split='unsplit'" in text
    assert "AR6 GWP100" in text


def test_no_other_word_splits_methane() -> None:
    with pytest.raises(RuleError, match="'halved' is no way of splitting methane"):
        load_factor_set("AR6", methane_split="halved")


@pytest.mark.parametrize(("vintage", "metric"), [("AR7", "GWP100"), ("SAR", "GWP20"), ("AR5", "GWP500")])
def test_a_set_that_does_not_exist_lists_those_that_do(vintage: str, metric: str) -> None:
    with pytest.raises(NotFoundError) as missing:
        load_factor_set(vintage, metric=metric)
    text = str(missing.value)
    assert f"there is no factor set '{vintage}' '{metric}'" in text
    for known in ("SAR GWP100", "AR5-CCF GWP100", "AR6 GTP100"):
        assert known in text


def test_a_gas_without_factor_says_where_there_is_one() -> None:
    with pytest.raises(NotFoundError) as missing:
        load_factor_set("AR4").value("HCFC21")
    text = str(missing.value)
    assert "AR4 GWP100 has no factor for 'HCFC21'" in text
    assert "count as zero" in text
    assert "AR5 GWP100" in text and "AR6 GWP100" in text
    assert not load_factor_set("AR4").has_factor("HCFC21")


def test_sets_cover_what_the_reports_cover() -> None:
    sets = list_factor_sets()
    assert list(sets) == [
        ("SAR", "GWP100"),
        ("TAR", "GWP20"),
        ("TAR", "GWP100"),
        ("TAR", "GWP500"),
        ("AR4", "GWP20"),
        ("AR4", "GWP100"),
        ("AR4", "GWP500"),
        ("AR5", "GWP20"),
        ("AR5", "GWP100"),
        ("AR5", "GTP100"),
        ("AR5-CCF", "GWP20"),
        ("AR5-CCF", "GWP100"),
        ("AR5-CCF", "GTP100"),
        ("AR6", "GWP20"),
        ("AR6", "GWP100"),
        ("AR6", "GWP500"),
        ("AR6", "GTP100"),
    ]
    few = {("AR5", "GTP100"): 3, ("AR5-CCF", "GWP20"): 3, ("AR5-CCF", "GTP100"): 3}
    for key, count in sets.items():
        assert count == few[key] if key in few else count >= 36, key
    for vintage, metric in sets:
        factors = load_factor_set(vintage, metric=metric)
        assert len(factors.gases) == sets[vintage, metric]
        assert factors.horizon == HORIZONS[metric]
        assert factors.citation.startswith(VINTAGES[vintage])
        assert metric in factors.citation


def test_a_citation_names_year_and_tables() -> None:
    assert load_factor_set("AR6").citation == (
        "IPCC Sixth Assessment Report (2021), GWP100: Table 7.15; Table 7.SM.7"
    )
    assert "table not named by the source" in load_factor_set("SAR").citation


def test_every_value_knows_its_table() -> None:
    assert load_factor_set("AR6").factor("CH4", FOSSIL).table == "7.15"
    assert load_factor_set("AR6").factor("N2O").table == "7.SM.7"
    assert load_factor_set("AR5-CCF").factor("SF6").table == "8.7 and 8.SM.16"


def test_the_least_checked_value_is_told() -> None:
    assert load_factor_set("AR6").lowest_confidence is Confidence.HIGH
    assert load_factor_set("AR6", metric="GWP500").lowest_confidence is Confidence.LOW
    assert (
        load_factor_set("AR6", metric="GWP500", methane_split="unsplit").lowest_confidence is Confidence.HIGH
    )
    assert load_factor_set("AR5").lowest_confidence is Confidence.MEDIUM


def test_digests_tell_sets_apart_and_nothing_else() -> None:
    sets = [load_factor_set(vintage, metric=metric) for vintage, metric in list_factor_sets()]
    sets += [load_factor_set("AR6", methane_split="unsplit"), load_factor_set("AR5", methane_split="unsplit")]
    assert len({factors.digest for factors in sets}) == len(sets)
    assert load_factor_set("AR6", methane_split="fossil_biogenic").digest == load_factor_set("AR6").digest


def test_the_digest_covers_values_not_prose() -> None:
    factors = load_factor_set("AR6")
    first, *rest = factors.factors
    reworded = type(first)(**{**_fields(first), "source": "elsewhere"})
    changed = type(first)(**{**_fields(first), "value": first.value * 2})
    for other, is_equal in ((reworded, True), (changed, False)):
        edited = type(factors)(
            vintage="AR6", metric="GWP100", methane_split=factors.methane_split, factors=(other, *rest)
        )
        assert (edited.digest == factors.digest) is is_equal


def _fields(factor: object) -> dict[str, object]:
    return {name: getattr(factor, name) for name in factor.__dataclass_fields__}  # type: ignore[attr-defined]


def test_sets_are_frozen() -> None:
    factors = load_factor_set()
    with pytest.raises(FrozenInstanceError):
        factors.vintage = "AR5"  # type: ignore[misc]


def test_loading_needs_no_data_frames() -> None:
    script = (
        "import sys, carbonlab.rules.factors as f; f.load_factor_set(); assert 'pandas' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
