"""Long sensitivities tell how far they are, stop when asked to, and give the same numbers in pieces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import xarray as xr

from carbonlab.errors import CancelledError
from carbonlab.sensitivity import watched_work
from carbonlab.sensitivity.data_and_rules import data_and_rules
from carbonlab.sensitivity.global_sensitivity import global_sensitivity
from carbonlab.sensitivity.screening import screen
from tests.sensitivity.systems import chain_study

CHOICES = {"characterization": ["gwp100_ar6", "gwp100_ar4"]}
CALLS: dict[str, Callable[..., xr.Dataset]] = {
    "sobol": lambda **watch: global_sensitivity(chain_study(), samples=64, slots=CHOICES, **watch),
    "morris": lambda **watch: global_sensitivity(chain_study(), method="morris", samples=8, **watch),
    "delta": lambda **watch: global_sensitivity(chain_study(), method="delta", inputs=2, samples=64, **watch),
    "screening": lambda **watch: screen(chain_study(), **watch),
    "data_and_rules": lambda **watch: data_and_rules(chain_study(), CHOICES, draws=70, **watch),
}


class Stop:
    """Like an event; is set once it has been told of so much work."""

    def __init__(self, after: int) -> None:
        self.after, self.heard = after, list[tuple[int, int]]()

    def is_set(self) -> bool:
        return bool(self.heard) and self.heard[-1][0] >= self.after

    def report(self, done: int, total: int) -> None:
        self.heard.append((done, total))


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched_work, "LANES_AT_A_TIME", 16)


def numbers(found: xr.Dataset) -> dict[str, Any]:
    return {name: variable.values for name, variable in found.data_vars.items()}


@pytest.mark.parametrize("name", sorted(CALLS))
def test_pieces_change_no_bit_and_progress_ends_at_the_whole(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = CALLS[name]()
    monkeypatch.setattr(watched_work, "LANES_AT_A_TIME", 16)
    watch = Stop(after=10**9)
    found = CALLS[name](progress=watch.report, cancel=watch)
    for variable, values in numbers(found).items():
        np.testing.assert_array_equal(values, numbers(whole)[variable])
    done, total = np.array(watch.heard).T
    assert len(done) > 3
    assert (np.diff(done) > 0).all()
    assert (total == done[-1]).all()
    assert total[0] == found.attrs["evaluations" if "evaluations" in found.attrs else "draws"]


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("name", sorted(CALLS))
def test_a_cancelled_sensitivity_stops_at_the_next_piece(name: str) -> None:
    watch = Stop(after=16)
    with pytest.raises(CancelledError, match="the work was cancelled"):
        CALLS[name](progress=watch.report, cancel=watch)
    assert watch.heard[-1][0] < watch.heard[-1][1]
    assert len(watch.heard) <= 2


class Always:
    def is_set(self) -> bool:
        return True


@pytest.mark.parametrize("name", sorted(CALLS))
def test_nothing_is_solved_for_who_cancelled_before(name: str) -> None:
    heard: list[int] = []
    with pytest.raises(CancelledError):
        CALLS[name](progress=lambda done, total: heard.append(done), cancel=Always())
    assert not heard


def test_rules_alone_can_be_cancelled() -> None:
    with pytest.raises(CancelledError):
        global_sensitivity(chain_study(), inputs=0, slots=CHOICES, cancel=Always())
