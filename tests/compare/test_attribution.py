"""Which rule made the difference: hand-computed terms, laws, players that only work together, reasons."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from carbonlab.compare.attribution import attribute, check_attribution
from carbonlab.compare.comparison import compare
from carbonlab.compare.lanes import StudyLanes
from carbonlab.compare.players import find_players, union
from carbonlab.compare.shapley import dividends, largest_step, marginals, shapley_values
from carbonlab.errors import RefusedError, RuleError
from carbonlab.inventory.database import Database
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.rules.ruleset import RuleSet
from carbonlab.system.study import Study
from carbonlab.teaching import load_teaching_inventory
from tests.compare.systems import TWO_MILLS, baseline, excluding, mill, study_of
from tests.tiny import tiny_database


@pytest.fixture(scope="module")
def lumber() -> Study:
    return study_of(mill(), ("mill", "lumber", 1.0), ("nail_works", "nail", 2.0))


def alternative() -> RuleSet:
    return baseline().replace(
        multifunctionality="price", characterization="gwp100_ar4", boundary="no_capital_goods"
    )


def test_three_slots_by_hand(lumber: Study) -> None:
    """1 kg of lumber: v = a (g + k), a = 0.6/6 or 0.9/6 by key, g = 29.8 or 25 kg CO2e per kg CH4, k = 0.5 ·
    4 or 0 with the machine.

    v(∅) = 0.1 · 31.8 = 3.18, v(N) = 0.15 · 25 = 3.75. In a product of two factors each gets its step times
    the mean of the other: multifunctionality 0.05 · (27.4 + 1) = 1.42, characterization −4.8 · 0.125 = −0.6,
    boundary −2 · 0.125 = −0.25.
    """
    found = attribute(lumber, baseline(), alternative())
    check_attribution(found)
    one = found.sel(product="lumber")
    assert one["baseline_total"].item() == pytest.approx(3.18, abs=1e-12)
    assert one["alternative_total"].item() == pytest.approx(3.75, abs=1e-12)
    expected = {
        "shapley": {"multifunctionality": 1.42, "characterization": -0.6, "boundary": -0.25},
        "from_baseline": {"multifunctionality": 0.05 * 31.8, "characterization": -0.48, "boundary": -0.2},
        "from_alternative": {"multifunctionality": 1.25, "characterization": -0.72, "boundary": -0.3},
    }
    for term, values in expected.items():
        for slot, value in values.items():
            assert one[term].sel(player=slot).item() == pytest.approx(value, abs=1e-12), (term, slot)
        assert float(abs(one[term]).sum()) == pytest.approx(sum(map(abs, values.values())), abs=1e-12)
    together = {
        "multifunctionality × characterization": 0.05 * -4.8,
        "boundary × multifunctionality": 0.05 * -2,
        "boundary × characterization": 0.0,
        "boundary × multifunctionality × characterization": 0.0,
    }
    for group, value in together.items():
        assert one["interaction"].sel(group=group).item() == pytest.approx(value, abs=1e-12)
    assert set(found["group"].values) == set(together)


def test_a_slot_that_moves_nothing_is_zero_with_its_reason(lumber: Study) -> None:
    found = attribute(lumber, baseline(), alternative().replace(linking="by_location"))
    reason = found["reason"]
    for product in ("lumber", "nail"):
        assert found["shapley"].sel(product=product, player="linking").item() == 0.0
        assert "same numbers" in reason.sel(product=product, player="linking").item()
        assert reason.sel(product=product, player="timing").item() == "the same rule on both sides"
    nail = found.sel(product="nail")
    assert (nail["shapley"] == 0).all() and nail["difference"].item() == 0.0
    assert (
        "no process with several products lies upstream"
        in nail["reason"].sel(player="multifunctionality").item()
    )
    assert "none of them upstream" in nail["reason"].sel(player="boundary").item()
    assert "factors of every gas" in nail["reason"].sel(player="characterization").item()


def test_no_process_with_several_products_at_all() -> None:
    study = study_of(tiny_database(TWO_MILLS), ("mill", "board", 1.0))
    default = load_rule_set("default")
    found = attribute(study, default, default.replace(multifunctionality="price"))
    assert (
        "no process of the inventory has several products"
        in found["reason"].sel(player="multifunctionality").item()
    )


def test_what_the_data_supplier_decided_is_out_of_reach(lumber: Study) -> None:
    database = lumber.databases[0]
    decided = replace(database, meta=replace(database.meta, decided_upstream={"multifunctionality": "mass"}))
    own = tiny_database(
        """
[flows]
house = "kg"
lumber = "kg"
[[processes]]
id = "builder"
out = { house = 1, co2 = 1 }
in = { lumber = { amount = 1, provider = "mill" } }
""",
        "own",
    )
    study = replace(study_of(decided, ("builder", "house", 1.0)), foreground=own)
    found = attribute(
        study, baseline(), baseline().replace(multifunctionality="energy", characterization="gwp100_ar4")
    )
    assert np.isnan(found["difference"].item())  # no energy content: no basis
    found = attribute(study, baseline(), baseline().replace(multifunctionality="stated"))
    assert "no number" in found["reason"].sel(player="multifunctionality").item()
    found = attribute(study, baseline(), baseline().replace(multifunctionality="default_chain"))
    # the mill and its machine bring 3.18 of 4.18 kg CO2e
    assert found["unreachable"].sel(player="multifunctionality").item() == pytest.approx(
        3.18 / 4.18, rel=1e-12
    )
    assert found["unreachable"].sel(player="boundary").item() == 0.0
    assert (
        found["reason"].sel(player="multifunctionality").item()
        == "the data supplier decided this already: mass"
    )


def test_slots_that_only_work_together_are_one_player() -> None:
    """Refusing to link works only where what would be refused is left out: boards without logs are 5, with
    them 5 + 2 · 2 = 9."""
    default = load_rule_set("default")
    changed = default.replace(
        linking="refuse", boundary=excluding("boundary", flow="log"), characterization="gwp100_ar4"
    )
    study = study_of(tiny_database(TWO_MILLS), ("mill", "board", 1.0))
    found = attribute(study, default, changed)
    check_attribution(found)
    assert found["difference"].item() == pytest.approx(-4.0, abs=1e-12)
    one = found.isel(product=0)
    assert one["shapley"].sel(player="boundary + linking").item() == pytest.approx(-4.0, abs=1e-12)
    assert bool(one["plays"].sel(player="boundary + linking")) and not bool(
        one["plays"].sel(player="linking")
    )
    assert "cannot be told apart" in one["reason"].sel(player="linking").item()
    assert (
        "linking" in found.attrs["hybrids_without_number"]
        and "2 producers" in found.attrs["hybrids_without_number"]
    )


def test_a_side_that_cannot_be_computed_is_an_error() -> None:
    study = study_of(tiny_database(TWO_MILLS), ("mill", "board", 1.0))
    default = load_rule_set("default")
    with pytest.raises(RefusedError, match="log"):
        attribute(study, default, default.replace(linking="refuse"))


def test_no_attribution_where_a_rule_set_is_not_written_for_the_product(lumber: Study) -> None:
    other = replace(alternative(), applies_to=("nail",))
    found = attribute(lumber, baseline(), other)
    assert (
        np.isnan(found["difference"].sel(product="lumber")) and found["difference"].sel(product="nail") == 0.0
    )
    assert "no number on one side" in found["reason"].sel(product="lumber", player="boundary").item()
    asked = attribute(lumber, baseline(), other.as_what_if())
    assert asked["difference"].sel(product="lumber").item() == pytest.approx(0.57, abs=1e-12)


def test_without_any_difference_to_split_only_the_ends_are_computed() -> None:
    lanes = StudyLanes(study_of(mill(), ("mill", "lumber", 1.0)))
    found = attribute(
        lanes.study, baseline(), alternative().replace(multifunctionality="energy"), lanes=lanes
    )
    assert np.isnan(found["shapley"]).all() and len(lanes._answers) == 2


def test_a_changed_attribution_is_found_out(lumber: Study) -> None:
    found = attribute(lumber, baseline(), alternative())
    found["shapley"] = found["shapley"] + 1.0
    with pytest.raises(RuleError, match="Shapley values do not sum"):
        check_attribution(found)


@pytest.mark.parametrize("product", [0, 1])
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("shapley", "the Shapley values do not sum"),
        ("from_baseline", "the single terms and interactions do not sum"),
        ("shapley_by_component", "the Shapley values by component do not sum"),
    ],
)
def test_one_wrong_term_of_one_product_is_found_out(
    lumber: Study, product: int, name: str, words: str
) -> None:
    found = attribute(lumber, baseline(), alternative()).copy(deep=True)
    found[name][product, 0] += 1e-6
    with pytest.raises(RuleError, match=words):
        check_attribution(found)


# -- laws ------------------------------------------------------------------------------------

OPTIONS = {
    "boundary": ("as_modelled", "no_capital_goods"),
    "linking": ("equal_split", "by_location"),
    "multifunctionality": ("mass", "price", "equal", "reference_flow", "default_chain", "energy"),
    "characterization": ("gwp100_ar6", "gwp100_ar4", "gwp20_ar6", "gtp100_ar6"),
}
CHOICES = st.fixed_dictionaries({slot: st.sampled_from(options) for slot, options in OPTIONS.items()})
AMOUNTS = st.lists(st.floats(0.01, 100.0), min_size=4, max_size=4)


def random_mill(amounts: list[float]) -> Database:
    lumber, chips, methane, machine = amounts
    return tiny_database(
        f"""
[flows]
lumber = "kg"
chips = "kg"
machine = "unit"
[[processes]]
id = "mill"
out = {{ lumber = {lumber!r}, chips = {chips!r}, ch4 = {methane!r}, co2 = 1 }}
in = {{ machine = {machine!r}, lumber = {0.3 * lumber!r} }}
[[processes]]
id = "machine_works"
out = {{ machine = 1, co2 = 4 }}
in = {{ chips = 0.1 }}
capital_good = true
[[properties]]
flow = "lumber"
name = "price"
value = 3
[[properties]]
flow = "chips"
name = "price"
value = 0.5
"""
    )


@settings(max_examples=12)
@given(amounts=AMOUNTS, first=CHOICES, second=CHOICES)
def test_terms_sum_and_sides_can_be_swapped(
    amounts: list[float], first: dict[str, str], second: dict[str, str]
) -> None:
    default = load_rule_set("default")
    a, b = default.replace(**first), replace(default.replace(**second), key="b")
    study = study_of(random_mill(amounts), ("mill", "lumber", 1.0), ("machine_works", "machine", 2.0))
    lanes = StudyLanes(study)
    there, back = attribute(study, a, b, lanes=lanes), attribute(study, b, a, lanes=lanes)
    check_attribution(there)
    scale = float(abs(there["baseline_total"]).max() + abs(there["alternative_total"]).max())
    np.testing.assert_allclose(back["shapley"], -there["shapley"], atol=1e-12 * scale, rtol=1e-12)
    np.testing.assert_allclose(
        back["from_alternative"], -there["from_baseline"], atol=1e-12 * scale, rtol=1e-12
    )
    compared = compare(study, [a, b])
    np.testing.assert_allclose(compared["difference"][1], there["difference"], atol=1e-11 * scale)
    same = {slot for slot in OPTIONS if first[slot] == second[slot]}
    assert all(
        (there["shapley"].sel(player=slot) == 0).all() or np.isnan(there["difference"]).any() for slot in same
    )


@settings(max_examples=6)
@given(choices=CHOICES)
def test_a_rule_set_differs_from_itself_by_exactly_zero(choices: dict[str, str]) -> None:
    rules = load_rule_set("default").replace(**choices)
    reordered = replace(rules, rules=dict(reversed(rules.rules.items())), key="reordered")
    study = study_of(mill(), ("mill", "lumber", 1.0), ("mill", "chips", 3.0))
    compared = compare(study, [rules, reordered])
    known = np.isfinite(compared["total"].values)
    assert (compared["difference"].values[known] == 0).all()
    assert (compared["total"].values[0][known[0]] == compared["total"].values[1][known[1]]).all()
    itself = attribute(study, rules, reordered)
    known = np.isfinite(itself["difference"].values)
    assert (itself["difference"].values[known] == 0).all() and (itself["shapley"].values[known] == 0).all()
    assert itself.attrs["hybrids"] == 1


def test_the_order_of_definition_changes_no_bit() -> None:
    inventory = load_teaching_inventory()
    study = Study.of(inventory, "aluminium_ingot_cn")
    default = load_rule_set("default")
    changes = {"characterization": "gwp20_ar6", "multifunctionality": "price", "boundary": "no_capital_goods"}
    one = default.replace(**changes)
    other = default
    for slot, option in reversed(changes.items()):
        other = other.replace(**{slot: option})
    other = replace(other, rules=dict(sorted(other.rules.items())))
    assert one.digest == other.digest
    first, second = attribute(study, default, one), attribute(study, default, other)
    for name in ("shapley", "from_baseline", "from_alternative", "interaction", "shapley_by_component"):
        np.testing.assert_array_equal(first[name].values, second[name].values)


def test_gwp_linearity(lumber: Study) -> None:
    """Result under one set less that under another is Σ g (GWP_a − GWP_b): 1 kg of lumber by mass emits 0.1
    kg CH4 (standards §2.10, 6)."""
    found = attribute(lumber, baseline(), baseline().replace(characterization="gwp100_ar4"))
    assert found["difference"].sel(product="lumber").item() == pytest.approx(0.1 * (25.0 - 29.8), abs=1e-12)


@given(arrays(float, 16, elements=st.floats(-1e3, 1e3)))
def test_shapley_is_efficient_and_dividends_agree(values: np.ndarray) -> None:
    shares, together = shapley_values(values), dividends(values)
    assert shares.sum() == pytest.approx(values[-1] - values[0], abs=1e-9)
    assert together[1:].sum() == pytest.approx(values[-1] - values[0], abs=1e-8)
    for i in range(4):  # Harsanyi: a player gets an equal part of the dividend of every group that it is in
        by_dividend = sum(together[s] / s.bit_count() for s in range(1, 16) if s >> i & 1)
        assert shares[i] == pytest.approx(by_dividend, abs=1e-8)
    first, last = marginals(values)
    assert first[2] == values[4] - values[0] and last[2] == values[15] - values[11]


@given(arrays(float, 8, elements=st.floats(-1e6, 1e6)))
def test_who_changes_nothing_gets_exactly_nothing(values: np.ndarray) -> None:
    idle = np.concatenate([values, values])  # the last player moves nothing
    assert shapley_values(idle)[-1] == 0.0 and largest_step(idle)[-1] == 0.0
    assert (dividends(idle)[8:] == 0.0).all()


@given(st.integers(2, 5), st.data())
def test_players_cut_through_no_hybrid_without_a_number(slots: int, data: st.DataObject) -> None:
    missing = data.draw(st.lists(st.integers(1, 2**slots - 2), max_size=4))
    players = find_players(slots, missing)
    assert sum(players) == 2**slots - 1 == union(players)
    unions = {union([p for i, p in enumerate(players) if s >> i & 1]) for s in range(1 << len(players))}
    assert not unions & set(missing)
    if not missing:
        assert players == tuple(1 << i for i in range(slots))
