"""Which rule made the difference in every draw: against closed forms, and against mixtures solved one by one."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from carbonlab.compare import drawn_attribution
from carbonlab.compare.attribute_draws import attribute_draws, check_drawn_attribution
from carbonlab.compare.attribution import attribute
from carbonlab.compare.drawn_attribution import hybrids_of
from carbonlab.compare.hybrids import hybrid_of
from carbonlab.errors import CancelledError, RefusedError, RuleError, StudyError
from carbonlab.inventory.assumed_spreads import assume_spread
from carbonlab.inventory.records import Distribution
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.rules.ruleset import RuleSet
from carbonlab.sampling.inputs import inputs_of
from carbonlab.sampling.plan import SamplingPlan
from carbonlab.sensitivity import watched_work
from carbonlab.system.study import Study
from carbonlab.vocabulary import DistributionKind
from tests.compare.systems import TWO_MILLS, baseline, excluding, mill, study_of
from tests.monte_carlo.spread_systems import dense_draws
from tests.sensitivity.test_data_and_rules import uncertain_mill
from tests.tiny import tiny_database

DRAWS = 40


def lognormal(middle: float, deviation: float) -> Distribution:
    return Distribution(kind=DistributionKind.LOGNORMAL, loc=middle, scale=deviation)


def alternative() -> RuleSet:
    return baseline().replace(
        multifunctionality="price", characterization="gwp100_ar4", linking="by_location"
    )


@pytest.fixture(scope="module")
def lumber() -> Study:
    """1 kg of lumber from an uncertain amount of methane, shared by an uncertain price."""
    database = uncertain_mill(lognormal(1.0, 1.5), price=lognormal(3.0, 2.5))
    return study_of(database, ("mill", "lumber", 1.0), ("mill", "chips", 2.0))


def test_two_slots_in_closed_form(lumber: Study) -> None:
    """v = a m g in each draw: a the share of the mill by mass (0.1) or price p (p / (6 p + 2)), m kg of methane,
    g = 29.8 or 25. Each of two factors gets its step times the mean of the other.
    """
    found = attribute_draws(lumber, baseline(), alternative(), draws=DRAWS)
    check_drawn_attribution(found)
    inputs = inputs_of(lumber.databases[0], SamplingPlan())
    drawn = dict(
        zip([label.split(":")[0] for label in inputs.label], inputs.draw(np.arange(DRAWS)), strict=True)
    )
    m, p = drawn["exchanges"].astype(float), drawn["properties"].astype(float)
    a = p / (6 * p + 2)
    one = found.sel(product="lumber")
    expected = {
        "multifunctionality": (a - 0.1) * m * (29.8 + 25) / 2,
        "characterization": (25 - 29.8) * m * (a + 0.1) / 2,
        "linking": np.zeros(DRAWS),
    }
    for slot, values in expected.items():
        np.testing.assert_allclose(
            one["shapley"].sel(player=slot), values, rtol=1e-6, atol=1e-7, err_msg=slot
        )
    part = one.sel(player="multifunctionality")
    values = expected["multifunctionality"]
    assert 0 < (values > 0).mean() < 1  # the sign of this slot depends on the data
    assert part["probability_positive"].item() == (values > 0).mean()
    assert part["probability_negative"].item() == (values < 0).mean()
    assert part["shapley_mean"].item() == pytest.approx(values.mean(), rel=1e-6)
    assert part["shapley_standard_error"].item() == pytest.approx(
        values.std(ddof=1) / np.sqrt(DRAWS), rel=1e-6
    )
    ends = np.sort(values)[[0, DRAWS - 2]]  # the least that 2.5 % and 97.5 % of 40 draws do not exceed
    np.testing.assert_allclose(part["shapley_interval"], ends, rtol=1e-6)
    other = one.sel(player="characterization")
    assert (other["probability_negative"].item(), other["probability_positive"].item()) == (1.0, 0.0)
    largest = np.abs(values) > np.abs(expected["characterization"])
    assert part["probability_largest"].item() == largest.mean()
    idle = one.sel(player="linking")
    assert idle["plays"].item()
    assert idle["probability_positive"].item() == idle["probability_negative"].item() == 0.0
    assert not one["plays"].sel(player="timing").item()
    assert found.attrs["rule_sets"] == hybrids_of(baseline(), alternative()) == 8


def test_every_draw_is_that_of_mixtures_solved_one_by_one(lumber: Study) -> None:
    """The Shapley value as the mean over all orders in which the slots may change, from dense solves."""
    first, second = baseline(), alternative()
    found = attribute_draws(lumber, first, second, draws=DRAWS)
    slots = tuple(change.slot for change in first.diff(second))
    sets = [hybrid_of(first, second, slots, number) for number in range(8)]
    plan = SamplingPlan(draws=DRAWS)
    dense = [dense_draws(lumber.with_rule_sets(rules).with_sampling(plan), DRAWS)[0] for rules in sets]
    parts = {slot: np.zeros((2, DRAWS)) for slot in slots}
    for order in permutations(range(3)):
        before = 0
        for i in order:
            after = before | 1 << i
            parts[slots[i]] += (dense[after] - dense[before]) / 6
            before = after
    for slot, values in parts.items():
        np.testing.assert_allclose(found["shapley"].sel(player=slot), values, rtol=1e-6, atol=1e-7)


def test_stated_amounts_are_those_of_the_attribution_without_draws(lumber: Study) -> None:
    found = attribute_draws(lumber, baseline(), alternative(), draws=8)["shapley_of_stated"]
    static = attribute(lumber, baseline(), alternative())["shapley"]
    np.testing.assert_allclose(found.sel(player=static["player"]), static, rtol=1e-9, atol=1e-12)


def test_equal_rule_sets_and_sides_without_a_number(lumber: Study) -> None:
    same = attribute_draws(lumber, "default", "default", draws=8)
    assert same.attrs["rule_sets"] == 1
    assert (same["difference"] == 0).all() and (same["shapley"] == 0).all() and not same["plays"].any()
    found = attribute_draws(lumber, baseline(), baseline().replace(multifunctionality="energy"), draws=8)
    assert found["shapley"].isnull().all() and (found["draws_with_number"] == 0).all()


def test_slots_that_only_work_together_are_one_player_in_every_draw() -> None:
    """Refusing to link works only where logs are left out: of a board 5 kg CO2 stay, and the 2 logs of 2 kg go."""
    default = load_rule_set("default")
    changed = default.replace(linking="refuse", boundary=excluding("boundary", flow="log"))
    study = study_of(assume_spread(tiny_database(TWO_MILLS), 1.3), ("mill", "board", 1.0))
    found = attribute_draws(study, default, changed, draws=16)
    check_drawn_attribution(found)
    one = found.isel(product=0)
    joined = one.sel(player="boundary + linking")
    np.testing.assert_allclose(joined["shapley"], one["difference"], rtol=1e-9)
    assert (joined["shapley"] < 0).all() and joined["probability_negative"].item() == 1.0
    assert np.ptp(joined["shapley"].values) > 0.1
    assert not one["plays"].sel(player="linking").item()
    assert found.attrs["rule_sets"] == 2
    assert "2 producers" in found.attrs["hybrids_without_number"]


def test_draws_do_not_depend_on_pieces_and_progress_ends_at_the_whole(
    lumber: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = attribute_draws(lumber, baseline(), alternative(), draws=DRAWS)
    monkeypatch.setattr(watched_work, "LANES_AT_A_TIME", 40)
    monkeypatch.setattr(drawn_attribution, "_TOGETHER", 4)
    heard: list[tuple[int, int]] = []
    found = attribute_draws(
        lumber, baseline(), alternative(), draws=DRAWS, progress=lambda done, most: heard.append((done, most))
    )
    np.testing.assert_allclose(found["shapley"], whole["shapley"], rtol=1e-9, atol=1e-9)
    assert heard[-1] == (8 * DRAWS, 8 * DRAWS) and len(heard) == 8


def test_it_can_be_cancelled(lumber: Study) -> None:
    class Stop:
        asked = False

        def is_set(self) -> bool:
            return self.asked

        def hear(self, done: int, most: int) -> None:
            self.asked = True

    stop = Stop()
    with pytest.raises(CancelledError, match="was cancelled"):
        attribute_draws(lumber, baseline(), alternative(), draws=2000, progress=stop.hear, cancel=stop)


def test_what_is_too_large_is_refused_before_anything_is_computed(
    lumber: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RefusedError, match="16,000,000 footprints") as caught:
        monkeypatch.setattr(drawn_attribution, "LARGEST", 2**23)
        attribute_draws(lumber, baseline(), alternative(), draws=1_000_000)
    assert "524,288 draws" in str(caught.value)
    monkeypatch.setattr(drawn_attribution, "MOST_RULE_SETS", 4)
    with pytest.raises(RefusedError, match="differ in 3 slots: 8 rule sets in every draw"):
        attribute_draws(lumber, baseline(), alternative())
    with pytest.raises(StudyError, match="of the level 95"):
        attribute_draws(lumber, baseline(), alternative(), level=95)


def test_data_without_a_spread_are_not_called_certain() -> None:
    study = study_of(mill(), ("mill", "lumber", 1.0))
    with pytest.raises(RefusedError, match="states a spread"):
        attribute_draws(study, baseline(), alternative())


def test_packaged_rule_sets_are_all_within_reach() -> None:
    keys = ("electrolytic-aluminium-gbt-24067", "eu-battery-2023", "cbam-2023", "eu-pef-2021")
    sets = [load_rule_set(key) for key in keys]
    most = max(hybrids_of(one, other) for one in sets for other in sets)
    assert 256 <= most <= drawn_attribution.MOST_RULE_SETS


def test_a_changed_dataset_is_noticed(lumber: Study) -> None:
    found = attribute_draws(lumber, baseline(), alternative(), draws=8, seed=3)
    assert found.attrs["seed"] == "3"
    wrong = found.copy(deep=True)
    wrong["shapley"][0, 0, 0] += 1.0
    with pytest.raises(RuleError, match="do not sum to the difference in every draw"):
        check_drawn_attribution(wrong)


def test_the_difference_is_higher_lower_or_equal(lumber: Study) -> None:
    """A slot that does nothing leaves ties; factors that are smaller lower the footprint in every draw."""
    found = attribute_draws(lumber, baseline(), baseline().replace(linking="by_location"), draws=DRAWS)
    one = found.sel(product="lumber")
    assert (one["probability_higher"].item(), one["probability_equal"].item()) == (0.0, 1.0)
    found = attribute_draws(
        lumber, baseline(), baseline().replace(characterization="gwp100_ar4"), draws=DRAWS
    )
    one = found.sel(product="lumber")
    assert (one["probability_higher"].item(), one["probability_equal"].item()) == (0.0, 0.0)
    found = attribute_draws(lumber, baseline(), alternative(), draws=DRAWS)
    one = found.sel(product="lumber")
    values = one["difference"].values
    assert 0 < one["probability_higher"].item() == (values > 0).mean() < 1
    assert one["difference_standard_deviation"].item() == pytest.approx(values.std(ddof=1))


def test_of_a_design_no_standard_error_is_known(lumber: Study) -> None:
    inputs = tuple(inputs_of(lumber.databases[0], SamplingPlan()).label)
    study = lumber.with_sampling(SamplingPlan(kind="latin_hypercube", inputs=inputs, draws=DRAWS))
    found = attribute_draws(study, baseline(), alternative())
    assert (
        np.isnan(found["difference_standard_error"]).all() and np.isnan(found["shapley_standard_error"]).all()
    )
    assert np.isfinite(found["difference_standard_deviation"]).all()
