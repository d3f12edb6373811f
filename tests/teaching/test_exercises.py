"""Answers are judged kindly, and no message gives the right one away."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import assume, given
from hypothesis import strategies as st

from carbonlab.messages import message
from carbonlab.teaching import check
from carbonlab.teaching.exercises import GRADING_VARIABLE, Outcome

HINT = "Look at the loop."


@pytest.mark.parametrize(
    "answer", [4.0, 4, 4.03, np.float64(4.0), np.array([4.0]), xr.DataArray([[4.0]])], ids=repr
)
def test_number_within_tolerance_is_right(answer: object) -> None:
    verdict = check("Exercise 1", answer, 4.0, hint=HINT)
    assert verdict
    assert repr(verdict) == "Exercise 1: right."


@pytest.mark.parametrize("answer", [None, ...])
def test_nothing_is_not_answered(answer: object) -> None:
    verdict = check("Exercise 1", answer, lambda: 1 / 0, hint=HINT)
    assert verdict.outcome is Outcome.NOT_ANSWERED
    assert "not answered yet" in repr(verdict)
    assert not verdict


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (5.0, HINT),
        (-4.0, message("exercise.slip_sign")),
        (0.004, message("exercise.slip_thousand")),
        (400.0, message("exercise.slip_hundred")),
        (3.0, "Both gases count."),
        (float("nan"), message("exercise.no_number")),
        (float("inf"), message("exercise.no_number")),
        ("four", message("exercise.wanted_number")),
        ([4.0, 4.0], message("exercise.wanted_number")),
        ({"a": 4.0}, message("exercise.wanted_number")),
        (True, message("exercise.wanted_number")),
    ],
)
def test_wrong_answer_is_told_what_to_look_at(answer: object, words: str) -> None:
    verdict = check("Exercise 1", answer, 4.0, hint=HINT, mistakes={"Both gases count.": lambda: 3.0})
    assert repr(verdict) == f"Exercise 1: not yet. {words}"
    assert not verdict


@pytest.mark.parametrize(
    ("right", "answer", "wrong", "unreadable"),
    [
        ("grid_cn", " Grid CN", "grid_us", 1.0),
        (["coal", "power"], ("Power", "coal"), ["coal"], "coal"),
        (True, np.True_, False, "yes"),
        ([1.0, 2.0], (1.0, 2.005), [2.0, 1.0], [1.0, 2.0, 3.0]),
    ],
    ids=["word", "words", "yes or no", "numbers"],
)
def test_other_kinds_of_answer(right: object, answer: object, wrong: object, unreadable: object) -> None:
    assert check("Exercise 2", answer, right, hint=HINT)
    assert check("Exercise 2", wrong, right, hint=HINT).outcome is Outcome.NOT_YET
    verdict = check("Exercise 2", unreadable, right, hint=HINT)
    assert verdict.outcome is Outcome.NOT_READABLE
    assert "asked for" in verdict.message or "True or False" in verdict.message


def test_zero_needs_an_absolute_margin() -> None:
    assert not check("Exercise 3", 0.001, 0.0, hint=HINT)
    assert check("Exercise 3", 0.001, 0.0, hint=HINT, absolute=0.01)


@given(right=st.floats(0.01, 1e9), factor=st.sampled_from([-1.0, 0.001, 0.1, 0.5, 100.0, 1000.0, 3.7]))
def test_no_message_shows_the_right_number(right: float, factor: float) -> None:
    assume(f"{right:.3g}" not in ("1", "2", "3"))  # these are in "Exercise 1" and the like
    for answer in (right, right * factor, None, "word", float("nan")):
        verdict = check("Exercise", answer, right, hint=HINT)
        for shown in (verdict.message, repr(verdict), str(verdict)):
            assert not any(digit in shown for digit in "0123456789")


def test_plain_assert_works_for_a_grader() -> None:
    assert check("Exercise 1", 4.0, 4.0, hint=HINT)
    with pytest.raises(AssertionError):
        assert check("Exercise 1", 5.0, 4.0, hint=HINT)
    with pytest.raises(AssertionError, match="Look at the loop"):
        check("Exercise 1", 5.0, 4.0, hint=HINT).assert_right()


@pytest.mark.parametrize(
    ("variable", "value"),
    [("NBGRADER_EXECUTION", "autograde"), ("NBGRADER_EXECUTION", "validate"), (GRADING_VARIABLE, "1")],
)
def test_raises_while_grading(variable: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(AssertionError, match="not answered yet"):
        check("Exercise 1", None, 4.0, hint=HINT)
    assert check("Exercise 1", 4.0, 4.0, hint=HINT)


def test_html_is_escaped_and_states_the_message() -> None:
    shown = check("Exercise <1>", 5.0, 4.0, hint="a < b")._repr_html_()
    assert "Exercise &lt;1&gt;" in shown
    assert "a &lt; b" in shown
    assert 'role="status"' in shown
