"""Answers are judged kindly, and no message gives the right one away."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import assume, given
from hypothesis import strategies as st

from carbonlab.messages import message
from carbonlab.teaching import check, reveal
from carbonlab.teaching.attempts import forget_attempts
from carbonlab.teaching.exercises import GRADING_VARIABLE, Outcome

HINT = "Look at the loop."


@pytest.fixture(autouse=True)
def new_kernel() -> None:
    forget_attempts()


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


def test_help_grows_with_each_new_wrong_answer() -> None:
    hints = [HINT, "The loop has a gain.", "Divide by one minus the gain."]
    first, again, second, third = (
        check("E", answer, 4.0, hint=hints).message for answer in (5.0, 5.0, 1.0, 30.0)
    )
    assert first == again == f"E: not yet. {HINT}"
    assert second == f"E: not yet. {HINT} {hints[1]} {message('exercise.too_small')}"
    parts = (
        *hints,
        message("exercise.too_large"),
        message("exercise.off_within_ten"),
        message("exercise.ask_to_see"),
    )
    assert third == "E: not yet. " + " ".join(parts)
    assert check("F", 5.0, 4.0, hint=hints).message == f"F: not yet. {HINT}"
    assert check("E", 4.0, 4.0, hint=hints)


@pytest.mark.parametrize(
    ("answer", "size"),
    [(7.9, "two"), (2.1, "two"), (39.0, "ten"), (0.05, "hundred"), (1e9, "beyond_hundred"), (-4.1, "")],
)
def test_third_wrong_number_is_told_how_far_off_it_is(answer: float, size: str) -> None:
    for wrong in (11.0, 13.0, answer):
        verdict = check("E", wrong, 4.0, hint=HINT)
    told = [
        name
        for name in ("two", "ten", "hundred")
        if message(f"exercise.off_within_{name}") in verdict.message
    ]
    beyond = message("exercise.off_beyond_hundred") in verdict.message
    assert [*told, *(["beyond_hundred"] if beyond else [])] == ([size] if size else [])


def test_words_and_lists_get_more_help() -> None:
    assert check("W", ["coal"], ["coal", "power"], hint=HINT).message.endswith(HINT)
    told = message("exercise.words_so_far", right=1, given=2, missing=1)
    assert told in check("W", ["coal", "wind"], ["coal", "power"], hint=HINT).message
    check("L", [9.0, 9.0], [1.0, 2.0], hint=HINT)
    assert message("exercise.farthest", place=2) in check("L", [1.0, 9.0], [1.0, 2.0], hint=HINT).message


def test_a_typical_mistake_is_told_first_and_the_hint_next() -> None:
    mistakes = {"Both gases count.": 3.0}
    check("M", 9.0, 4.0, hint=HINT, mistakes=mistakes)
    told = check("M", 3.0, 4.0, hint=HINT, mistakes=mistakes).message
    assert told.startswith(f"M: not yet. Both gases count. {HINT}")


@pytest.mark.parametrize(
    ("answer", "slip"),
    [(1.2, ""), (-0.3, ""), (-0.25, "slip_sign"), (25.0, "slip_hundred"), (250.0, "slip_thousand")],
)
def test_impossible_values_are_told_so(answer: float, slip: str) -> None:
    bounds = {"low": "0", "high": "1", "given": f"{answer:.4g}"}
    words = message("exercise.out_of_bounds", **bounds)
    end = message(f"exercise.{slip}") if slip else ""
    told = check("P", answer, 0.25, hint=HINT, between=(0, 1)).message
    assert told == f"P: not yet. {words} {end}".strip()
    assert check("P", 0.2, 0.25, hint=HINT, between=(0, 1)).message.startswith(f"P: not yet. {HINT}")
    assert "not below 0" in check("Q", -2.0, 3.0, hint=HINT, between=(0, float("inf"))).message


def test_answer_is_shown_to_who_tried_and_asks() -> None:
    assert "try it first" in reveal("E").message
    check("E", 5.0, lambda: 4.25, hint=HINT)
    shown = reveal("E")
    assert "4.25" in shown.message
    assert not shown
    check("W", "coal", ["power", "coal"], hint=HINT)
    assert "try it first" in reveal("W").message, "an answer that cannot be read is no attempt"
    check("W", ["coal"], ["power", "coal"], hint=HINT)
    assert "coal, power" in reveal("W").message


def test_graders_hear_the_same_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(GRADING_VARIABLE, "1")
    for answer in (5.0, 6.0, 7.0):
        with pytest.raises(AssertionError, match=f"^E: not yet. {HINT}$"):
            check("E", answer, 4.0, hint=HINT)
    assert "try it first" in reveal("E").message
