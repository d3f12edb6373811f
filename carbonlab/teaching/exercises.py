"""Say kindly whether the answer to an exercise is right; what the right answer is, only who asks is told.

A notebook ends its check cell with ``check(...)`` and shows the verdict. Graders use the same cell:
``assert check(...)`` is a plain assertion (otter), and where nbgrader grades or validates a notebook an
answer that is not right raises by itself. Each further wrong answer to an exercise gets more help, as long as the
kernel lives; graders get the same verdict every time. Nothing but the standard library and numpy is needed.
"""

from __future__ import annotations

import html
import math
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from carbonlab.messages import message
from carbonlab.teaching.attempts import attempts_at, growing_help

GRADING_VARIABLE = "CARBONLAB_GRADING"
"""Set to 1, this environment variable makes `check` raise on every answer that is not right."""

_NBGRADER_VARIABLE = "NBGRADER_EXECUTION"
_FACTORS = {"thousand": 1000.0, "hundred": 100.0}
_FEWEST_DIGITS = 1e-12


class Outcome(StrEnum):
    """What can be said of an answer."""

    RIGHT = "right"
    NOT_YET = "not_yet"
    NOT_ANSWERED = "not_answered"
    NOT_READABLE = "not_readable"
    SHOWN = "shown"


@dataclass(frozen=True)
class Verdict:
    """What was found of one answer; true if it is right, and shown as its message.

    Attributes
    ----------
    exercise : str
        Name of the exercise.
    outcome : Outcome
        Right, not yet, not answered, not readable, or shown because it was asked for.
    message : str
        The sentence for the student. It holds the right answer only if `reveal` was asked for it.
    """

    exercise: str
    outcome: Outcome
    message: str

    def __bool__(self) -> bool:
        return self.outcome is Outcome.RIGHT

    def __repr__(self) -> str:
        return self.message

    def _repr_html_(self) -> str:
        border = {Outcome.RIGHT: "#0072B2", Outcome.NOT_ANSWERED: "#888888"}.get(self.outcome, "#E69F00")
        return (
            f'<p role="status" style="margin:0;padding:.4em .8em;border-left:.4em solid {border}">'
            f"{html.escape(self.message)}</p>"
        )

    def assert_right(self) -> None:
        """Raise for graders.

        Raises
        ------
        AssertionError
            If the answer is not right; its text is the message for the student.
        """
        if not self:
            raise AssertionError(self.message)


def check(
    exercise: str,
    answer: Any,
    right: Any,
    *,
    hint: str | Sequence[str],
    tolerance: float = 0.01,
    absolute: float = 0.0,
    mistakes: Mapping[str, Any] | None = None,
    between: tuple[float, float] | None = None,
) -> Verdict:
    """Compare an answer with the right one, and say what to look at if it is not right.

    Parameters
    ----------
    exercise : str
        Name that the message begins with, such as ``"Exercise 1"``.
    answer : Any
        What the student wrote: a number (also of numpy or xarray), a word, yes or no (True, False), several
        words in any order, or several numbers in order. None and ``...`` count as not answered.
    right : Any
        The right answer, of the same kind, or a function without arguments that calculates it (it is
        called only when there is an answer).
    hint : str or sequence of str
        What to look at; a hint, not the solution. Of several, each further wrong answer gets one more. After the
        first, a wrong number is also told on which side the right one lies, and then how far off it is.
    tolerance : float
        Largest relative difference of a number [1].
    absolute : float
        Largest absolute difference of a number, for right answers near zero [unit of the answer].
    mistakes : mapping from str to Any
        Hints for answers that are typically given instead: hint -> that answer, or a function that
        calculates it.
    between : tuple of two floats, optional
        Smallest and largest value that is possible at all, such as ``(0, 1)`` for a share or a probability; an
        answer outside is told so [unit of the answer].

    Returns
    -------
    Verdict
        Shown as its message by a notebook. The right answer is in no message; see `reveal`.

    Raises
    ------
    AssertionError
        If the answer is not right while nbgrader runs the notebook, or `GRADING_VARIABLE` is 1.

    Examples
    --------
    >>> check("Exercise 1", 2.0, 4.0, hint="Both gases count.")
    Exercise 1: not yet. Both gases count.
    >>> check("Exercise 1", None, 4.0, hint="Both gases count.")
    Exercise 1: not answered yet. Put your answer in the place of None, and run this cell again.
    >>> bool(check("Exercise 1", 4.001, lambda: 4.0, hint="Both gases count."))
    True
    """
    task = _Task(
        exercise=exercise,
        right=lambda: _plain(_value(right)),
        hints=(hint,) if isinstance(hint, str) else tuple(hint),
        margins=(tolerance, absolute),
        mistakes=mistakes or {},
        between=between,
    )
    verdict = task.judge(answer)
    if _is_graded():
        verdict.assert_right()
    return verdict


def reveal(exercise: str) -> Verdict:
    """Show the right answer to an exercise that was answered in this kernel, to whoever asks for it.

    Parameters
    ----------
    exercise : str
        Name as its check cell has it, such as ``"Exercise 1"``.

    Returns
    -------
    Verdict
        The answer in words; false, since it was not found. Without a wrong answer so far, it says to try first.

    Examples
    --------
    >>> check("Exercise 1", 2.0, 4.0, hint="Both gases count.")
    Exercise 1: not yet. Both gases count.
    >>> reveal("Exercise 1")
    Exercise 1: the answer is 4. The code of the check cell shows how it is found.
    """
    attempts = attempts_at(exercise)
    if attempts.right is None or not attempts.wrong:
        return _verdict(exercise, Outcome.NOT_ANSWERED, key="try_first")
    return _verdict(exercise, Outcome.SHOWN, answer=_written(attempts.right()))


def _written(wanted: Any) -> str:
    if isinstance(wanted, frozenset):
        return ", ".join(sorted(wanted))
    if isinstance(wanted, tuple):
        return ", ".join(f"{number:.4g}" for number in wanted)
    return f"{wanted:.4g}" if isinstance(wanted, float) else str(wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """What `check` was given to judge answers by."""

    exercise: str
    right: Callable[[], Any]
    hints: tuple[str, ...]
    margins: tuple[float, float]
    mistakes: Mapping[str, Any]
    between: tuple[float, float] | None

    def judge(self, answer: Any) -> Verdict:
        if answer is None or answer is ...:
            return _verdict(self.exercise, Outcome.NOT_ANSWERED)
        given, wanted = _plain(answer), self.right()
        if (unreadable := _why_unreadable(given, wanted)) is not None:
            return _verdict(self.exercise, Outcome.NOT_READABLE, reason=unreadable)
        if _agrees(given, wanted, self.margins):
            return _verdict(self.exercise, Outcome.RIGHT)
        number = 1
        if not _is_graded():
            attempts = attempts_at(self.exercise)
            attempts.right = self.right
            number = attempts.count(given)
        found = self._known_mistake(given) or self._impossible(given, wanted)
        help_ = growing_help(self.hints, given, wanted, number=number, found=found)
        return _verdict(self.exercise, Outcome.NOT_YET, hint=help_)

    def _known_mistake(self, given: Any) -> str:
        for explanation, wrong in self.mistakes.items():
            if _agrees(given, _plain(_value(wrong)), self.margins):
                return explanation
        return ""

    def _impossible(self, given: Any, wanted: Any) -> str:
        """Return that no such value can be, and the slip that explains it; nothing if there is none."""
        said = [_slip(given, wanted, self.margins)]
        numbers = given if isinstance(given, tuple) else (given,) if isinstance(given, float) else ()
        if self.between is not None:
            low, high = self.between
            outside = [number for number in numbers if not low <= number <= high]
            if outside:
                bounds = {"low": f"{low:g}", "high": f"{high:g}", "given": f"{outside[0]:.4g}"}
                key = "out_of_bounds" if math.isfinite(high) else "below_bound"
                said.insert(0, message(f"exercise.{key}", **bounds))
        return " ".join(part for part in said if part)


def _verdict(exercise: str, outcome: Outcome, *, key: str = "", **values: str) -> Verdict:
    return Verdict(
        exercise, outcome, message(f"exercise.{key or outcome.value}", exercise=exercise, **values)
    )


def _is_graded() -> bool:
    grading = os.environ.get(_NBGRADER_VARIABLE, "") in ("autograde", "validate")
    return grading or os.environ.get(GRADING_VARIABLE, "") == "1"


def _value(right: Any) -> Any:
    calculate: Callable[[], Any] | Any = right
    return calculate() if callable(calculate) else right


def _plain(answer: Any) -> Any:
    """Return a float, bool, str, frozenset of words or tuple of floats; anything else as it is."""
    if isinstance(answer, bool | np.bool_):
        return bool(answer)
    if isinstance(answer, str):
        return _word(answer)
    if isinstance(answer, Mapping):
        return answer
    if isinstance(answer, Collection) and not hasattr(answer, "shape"):
        items = list(answer)
        if items and all(isinstance(item, str) for item in items):
            return frozenset(_word(item) for item in items)
    try:
        numbers = np.asarray(answer, dtype=float).squeeze()
    except (TypeError, ValueError):
        return answer
    return float(numbers) if numbers.ndim == 0 else tuple(numbers.ravel().tolist())


def _word(text: str) -> str:
    return " ".join(text.casefold().replace("_", " ").split())


def _why_unreadable(given: Any, wanted: Any) -> str | None:
    if isinstance(given, float) and not math.isfinite(given):
        return message("exercise.no_number")
    if type(given) is type(wanted):
        same_length = not isinstance(given, tuple) or len(given) == len(wanted)
        return None if same_length else message("exercise.wanted_count", count=len(wanted))
    if isinstance(wanted, frozenset) and isinstance(given, str):
        return message("exercise.wanted_words")
    kinds = {float: "number", bool: "yes_or_no", str: "word", frozenset: "words", tuple: "numbers"}
    return message(f"exercise.wanted_{kinds[type(wanted)]}")


def _agrees(given: Any, wanted: Any, margins: tuple[float, float]) -> bool:
    if isinstance(given, tuple) and isinstance(wanted, tuple):
        return len(given) == len(wanted) and all(map(lambda a, b: _agrees(a, b, margins), given, wanted))
    if isinstance(given, float) and isinstance(wanted, float):
        relative, absolute = margins
        return abs(given - wanted) <= max(relative * abs(wanted), absolute, _FEWEST_DIGITS)
    return type(given) is type(wanted) and bool(given == wanted)


def _slip(given: Any, wanted: Any, margins: tuple[float, float]) -> str:
    """Return the hint for a lost sign or unit, or nothing."""
    if not isinstance(given, float) or not wanted:
        return ""
    if _agrees(-given, wanted, margins):
        return message("exercise.slip_sign")
    for name, factor in _FACTORS.items():
        if _agrees(given * factor, wanted, margins) or _agrees(given / factor, wanted, margins):
            return message(f"exercise.slip_{name}")
    return ""
