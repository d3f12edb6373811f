"""Electricity: mixes, losses, contracts and their conditions. Numbers: tests/cases/electricity*.toml."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from carbonlab.errors import CarbonlabError, RefusedError, RuleError
from carbonlab.inventory.findings import finding_text
from carbonlab.results.calculate import evaluate
from carbonlab.results.evaluation import Evaluation
from carbonlab.rules.selectors import flow_has_role
from carbonlab.system.explain import explain
from carbonlab.system.study import UnitOfAnalysis
from carbonlab.vocabulary import Role, Severity
from tests.rules.rule_runs import (
    DEFAULT,
    check_only_logged_entries_differ,
    codes,
    intensity,
    run_case,
    teaching,
    with_option,
)

CERTIFICATE: dict[str, Any] = {
    "kind": "supplier_product",
    "consumer": "plant",
    "supplier": "hydro",
    "amount": 5,
    "certificate": "GC-1",
    "attributes": "run-of-river, 2019",
    "unique": True,
    "cancelled": True,
    "period": "2024-07",
    "market": "CN",
}
OWN: dict[str, Any] = {
    "kind": "own_generation",
    "consumer": "plant",
    "supplier": "roof",
    "amount": 3,
    "on_site": True,
    "certificates_sold": False,
}
LINE: dict[str, Any] = {
    **{k: OWN[k] for k in ("consumer", "amount", "certificates_sold")},
    "kind": "direct_line",
    "supplier": "hydro",
    "dedicated": True,
}


def contracts(*instruments: dict[str, Any], **parameters: Any) -> Evaluation:
    stated = {"period": "2024", "rest": {"CN": "residual"}, **parameters}
    return run_case(
        "electricity_contracts",
        "plant",
        with_option("electricity", "contracts", instruments=list(instruments), **stated),
    )


def without(instrument: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in instrument.items() if name != key}


@pytest.mark.parametrize(
    ("instrument", "condition"),
    [
        ({**CERTIFICATE, "unique": False}, "unique claim"),
        (without(CERTIFICATE, "unique"), "unique claim"),
        ({**CERTIFICATE, "unique": "yes"}, "unique claim"),
        ({**CERTIFICATE, "cancelled": False}, "tracked and cancelled for the user"),
        (without(CERTIFICATE, "certificate"), "tracked by a certificate"),
        ({**CERTIFICATE, "attributes": " "}, "tells the attributes of the plant"),
        ({**CERTIFICATE, "period": "2022-11"}, "close in time to consumption"),
        ({**CERTIFICATE, "period": "summer"}, "close in time to consumption"),
        (without(CERTIFICATE, "period"), "close in time to consumption"),
        ({**CERTIFICATE, "market": "NO"}, "same country or connected market"),
        (without(CERTIFICATE, "market"), "same country or connected market"),
        ({**CERTIFICATE, "volume": 4}, "no more than the certificate holds"),
        (without(OWN, "on_site"), "consumed on site"),
        ({**OWN, "certificates_sold": True}, "no certificates sold to others"),
        (without(OWN, "certificates_sold"), "no certificates sold to others"),
        ({**LINE, "dedicated": False}, "dedicated line"),
        ({**LINE, "certificates_sold": True}, "no certificates sold to others"),
    ],
)
def test_a_condition_that_fails_is_refused_by_name(instrument: dict[str, Any], condition: str) -> None:
    with pytest.raises(RefusedError) as error:
        contracts(instrument)
    assert f"does not meet the condition '{condition}'" in str(error.value)
    assert "ISO 14067 6.4.9.4" in str(error.value)


def test_every_instrument_of_these_tests_holds_as_it_is() -> None:
    for instrument in (CERTIFICATE, OWN, LINE):
        assert "electricity_contracted" in codes(contracts(instrument))


def test_a_certificate_is_claimed_once() -> None:
    with pytest.raises(RefusedError, match="'GC-1' is already claimed by instrument 1"):
        contracts(CERTIFICATE, {**CERTIFICATE, "amount": 1})
    assert intensity(
        contracts(CERTIFICATE, {**CERTIFICATE, "certificate": "GC-2"}), "plant"
    ) == pytest.approx(0.2)


@pytest.mark.parametrize("parameters", [{}, {"consumption": {"plant": 7.9}}])
def test_contracted_electricity_does_not_exceed_consumption(parameters: dict[str, Any]) -> None:
    with pytest.raises(RefusedError, match="kWh are contracted for 'plant', which consumes"):
        contracts({**CERTIFICATE, "amount": 5 if parameters else 7.1}, OWN, **parameters)


def test_consumption_may_be_met_exactly() -> None:
    evaluation = contracts({**CERTIFICATE, "amount": 7}, OWN)
    assert intensity(evaluation, "plant") == pytest.approx(7 * 0.02 + 3 * 0.036, rel=1e-12)


def test_connected_markets_and_longer_months_are_parameters() -> None:
    far = {**CERTIFICATE, "market": "VN", "period": "2022-11"}
    evaluation = contracts(far, connected_markets=[["CN", "VN"]], months=14)
    assert intensity(evaluation, "plant") == pytest.approx(0.1 + 5 * 0.8, rel=1e-12)


@pytest.mark.parametrize(
    ("instrument", "words"),
    [
        ({**OWN, "kind": "promise"}, "its kind is 'promise'"),
        ({**OWN, "amount": -1}, "its amount is -1"),
        ({**OWN, "amount": float("nan")}, "holds a number that is not finite"),
        ({**OWN, "amount": True}, "its amount is True"),
        (without(OWN, "amount"), "its amount is None"),
        (without(OWN, "supplier"), "it states no supplier"),
        ({**OWN, "colour": "green"}, "unknown key 'colour'"),
        ({**OWN, "consumer": "nobody"}, "no process 'nobody'"),
        ({**OWN, "supplier": "nobody"}, "supplier 'nobody' is not in the inventory"),
        ({**OWN, "supplier": "plant"}, "supplies 0 flows with the role electricity"),
        ({**OWN, "consumer": "grid"}, "takes no electricity that the rule acts on"),
        ("a promise", "it is no table"),
    ],
)
def test_an_incomplete_instrument_is_refused_by_its_words(instrument: Any, words: str) -> None:
    with pytest.raises(CarbonlabError) as error:
        contracts(instrument)
    assert words in str(error.value)


def test_contracts_are_listed_by_rank_with_what_they_cover() -> None:
    found = [
        f for f in contracts(CERTIFICATE, OWN).system.work.findings if f.code == "electricity_contracted"
    ]
    assert [(f.process, f.amount, f.unit) for f in found] == [("plant", 3.0, "kWh"), ("plant", 5.0, "kWh")]
    assert "rank 1, own_generation, from roof: 0.3 of consumption" in found[0].detail


def test_rest_without_a_mix_is_said_to_stay_as_linked() -> None:
    evaluation = contracts(OWN, rest={})
    assert "electricity_rest_as_linked" in codes(evaluation)
    assert intensity(evaluation, "plant") == pytest.approx(3 * 0.036 + 7 * 0.6, rel=1e-12)


def test_shares_of_contracts_hold_when_amounts_are_drawn() -> None:
    evaluation = contracts(CERTIFICATE, OWN)
    system = evaluation.system
    row, column = system.column_of("hydro"), system.column_of("plant")
    drawn = system.work.amounts.copy()
    power = system.database.column("exchanges", "flow") == system.database.flow_row("power")
    taken = power & system.database.column("exchanges", "is_input")
    drawn[taken] *= 2
    assert system.matrices.A[row, column] == pytest.approx(-5)
    assert system.matrices_for(drawn).A[row, column] == pytest.approx(-10)


@pytest.mark.parametrize(
    ("option", "parameters", "words"),
    [
        ("consumption_mix", {"where": "here"}, "use 'foreground' or 'everywhere'"),
        (
            "consumption_mix",
            {"suppliers": {"CN": "part_maker"}},
            "supplies 0 flows with the role electricity",
        ),
        ("consumption_mix", {"default": "nobody"}, "'nobody' is not in the inventory"),
        ("national_mix", {"direct_lines": ["nobody"]}, "'nobody' is not in the inventory"),
        ("losses", {}, "state the losses"),
        ("losses", {"losses": 5}, "a share between 0 and 1"),
        ("losses", {"losses": {"NO": 0.05}}, "state the losses of this location"),
        ("losses", {"losses": 0.05, "basis": "guessed"}, "use 'added' or 'included'"),
        ("consumption_mix", {"default": "grid", "losses": -0.1}, "a share between 0 and 1"),
    ],
)
def test_bad_parameters_are_refused_by_their_words(
    option: str, parameters: dict[str, Any], words: str
) -> None:
    with pytest.raises(RuleError) as error:
        run_case("electricity", "plant", with_option("electricity", option, **parameters))
    assert words in str(error.value)


def test_a_place_without_a_mix_is_a_finding_and_stays_as_linked() -> None:
    evaluation = run_case(
        "electricity", "smelter", with_option("electricity", "consumption_mix", suppliers={"CN": "residual"})
    )
    found = next(f for f in evaluation.system.work.findings if f.code == "electricity_no_mix")
    assert (found.amount, found.detail) == (1, "NO")
    assert intensity(evaluation, "smelter") == pytest.approx(0.2)
    assert intensity(evaluation, "plant") == pytest.approx(9.2)


def test_no_foreground_is_a_finding() -> None:
    study = teaching("aluminium", with_option("electricity", "consumption_mix", default="grid_cn_south"))
    unit = UnitOfAnalysis(key="a", name="a", process="smelter_cn", amount=1.0)
    evaluation = evaluate(replace(study, foreground=None, units=(unit,)))[0]
    assert "electricity_no_foreground" in codes(evaluation)
    assert not [log for log in evaluation.system.work.log if log.slot == "electricity"]


def test_combustion_only_is_flagged_as_not_life_cycle() -> None:
    evaluation = run_case("electricity", "plant", with_option("electricity", "combustion_only"))
    found = next(f for f in evaluation.system.work.findings if f.code == "electricity_not_life_cycle")
    assert found.severity == Severity.WARNING
    assert "not life-cycle" in finding_text(found.code)


@pytest.mark.parametrize(
    ("option", "parameters"),
    [
        ("consumption_mix", {"default": "grid_cn_south", "where": "everywhere"}),
        ("residual_mix", {"suppliers": {"CN": "footprint_cn"}}),
        ("national_mix", {"suppliers": {"CN": "footprint_cn", "US": "grid_us"}, "where": "everywhere"}),
        ("losses", {"losses": 0.05, "where": "everywhere"}),
        ("combustion_only", {}),
    ],
)
def test_only_logged_entries_change(option: str, parameters: dict[str, Any]) -> None:
    before, after = (
        e.system.work
        for e in evaluate(teaching("aluminium", DEFAULT, with_option("electricity", option, **parameters)))
    )
    check_only_logged_entries_differ(before, after, "electricity")
    power = flow_has_role(before.database, Role.ELECTRICITY)
    touched = np.unique(np.concatenate([log.rows for log in after.log if log.slot == "electricity"]))
    if option != "combustion_only":
        assert power[after.technosphere.flow[touched]].all()


def test_teaching_smelter_on_another_mix() -> None:
    rules = with_option("electricity", "consumption_mix", suppliers={"CN": "footprint_cn"})
    before, after = evaluate(teaching("aluminium", DEFAULT, rules))
    difference = intensity(before, "footprint_cn") - intensity(before, "grid_cn")
    moved = intensity(after, "own_smelter") - intensity(before, "own_smelter")
    assert moved == pytest.approx((13.35 + 0.4) * difference, rel=1e-9)
    # the background keeps its grid
    assert intensity(after, "smelter_cn") == pytest.approx(intensity(before, "smelter_cn"), rel=1e-12)


def test_teaching_smelter_with_contracts_is_the_one_with_a_direct_line() -> None:
    line = {**LINE, "consumer": "own_smelter", "supplier": "direct_hydro_cn", "amount": 13.35}
    before, after = evaluate(
        teaching("aluminium", DEFAULT, with_option("electricity", "contracts", instruments=[line]))
    )
    hydro, grid = intensity(before, "own_smelter_hydro"), intensity(before, "own_smelter")
    # the contract covers 13.35 of 13.75 kWh, whichever of the two inputs they are
    assert intensity(after, "own_smelter") == pytest.approx(hydro, rel=1e-9)
    assert hydro < grid


def test_teaching_regions_differ_as_their_grids_do() -> None:
    regions = ["north", "northeast", "east", "central", "northwest", "south", "southwest"]
    sets = [
        replace(with_option("electricity", "national_mix", suppliers={"CN": f"grid_cn_{region}"}), key=region)
        for region in regions
    ]
    evaluations = evaluate(teaching("aluminium", *sets))
    totals = [intensity(evaluation, "aluminium_delivered") for evaluation in evaluations]
    grids = [
        intensity(evaluation, f"grid_cn_{region}")
        for region, evaluation in zip(regions, evaluations, strict=True)
    ]
    assert np.argsort(totals).tolist() == np.argsort(grids).tolist()
    slope = np.diff(totals) / np.diff(grids)
    np.testing.assert_allclose(slope, 13.75, rtol=1e-6)


def test_teaching_combustion_only_grid_by_hand() -> None:
    evaluation = evaluate(teaching("aluminium", with_option("electricity", "combustion_only")))[0]
    fossil = 0.5306 / 0.8273
    coal = 0.8273 + 8.745243129e-06 * 29.8 + 1.311786469e-05 * 273
    other = (0.0141 + 0.0065 + 0.0324 + 0.0520) / 4
    expected = (fossil * coal + (1 - fossil) * other) / (1 - 0.055)
    assert intensity(evaluation, "grid_cn") == pytest.approx(expected, rel=1e-9)
    assert "electricity_total_kept" in codes(evaluation)


def test_a_ladder_without_instruments_changes_nothing_and_names_where() -> None:
    before, after = evaluate(teaching("aluminium", DEFAULT, with_option("electricity", "contracts")))
    assert not [log for log in after.system.work.log if log.slot == "electricity"]
    assert "electricity_rest_as_linked" in codes(after)
    np.testing.assert_array_equal(before.system.matrices.A.toarray(), after.system.matrices.A.toarray())


def test_losses_and_shares_are_named_in_the_explanation() -> None:
    system = contracts(CERTIFICATE, OWN, losses=0.05).system
    (entry,) = explain(system, system.column_of("hydro"), system.column_of("plant"))
    assert entry.factors == pytest.approx({"losses": 1.05, "electricity": 0.5})
    assert [(touch.slot, touch.verb) for touch in entry.touches if touch.slot == "electricity"] == [
        ("electricity", "factor"),
        ("electricity", "split"),
    ]
