"""Help that grows with the wrong answers to one exercise: kept in the kernel, gone with it, and never graded."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from carbonlab.messages import message

_SIZES = {"off_within_two": 2.0, "off_within_ten": 10.0, "off_within_hundred": 100.0}
"""How far off a number is said to be on the third wrong answer: within these factors, or beyond."""


@dataclass(slots=True)
class Attempts:
    """What was answered wrongly to one exercise so far; an answer that is checked again counts once."""

    wrong: list[Any] = field(default_factory=list)
    right: Callable[[], Any] | None = None
    """Calculates the right answer as it was asked for last, for whoever asks to see it."""

    def count(self, given: Any) -> int:
        """Return which wrong answer this is, from 1."""
        if given not in self.wrong:
            self.wrong.append(given)
        return self.wrong.index(given) + 1


_OF_EXERCISES: dict[str, Attempts] = {}


def attempts_at(exercise: str) -> Attempts:
    """Return what is known of the answers to an exercise in this kernel."""
    return _OF_EXERCISES.setdefault(exercise, Attempts())


def forget_attempts() -> None:
    """Begin again with every exercise, as a new kernel does."""
    _OF_EXERCISES.clear()


def growing_help(hints: Sequence[str], given: Any, wanted: Any, *, number: int, found: str = "") -> str:
    """Return the help for a wrong answer: more with each, never the answer.

    Parameters
    ----------
    hints : sequence of str
        What the exercise says itself, the first hint first; at least one.
    given, wanted : Any
        The answer and the right one: numbers, words, truth values, or several of them.
    number : int
        Which wrong answer it is, from 1.
    found : str
        What the answer itself gives away of the mistake (a sign, a unit); stands in the place of the first hint.
    """
    help_ = [found or hints[0]]
    if number > 1:
        help_ += [hints[0]] if found else []
        help_ += [*hints[1:number], _side(given, wanted)]
    if number > 2:
        help_ += [_size(given, wanted), message("exercise.ask_to_see")]
    return " ".join(part for part in help_ if part)


def _side(given: Any, wanted: Any) -> str:
    """Return in which direction, or at which place, the right answer lies."""
    if isinstance(given, float) and isinstance(wanted, float):
        return message("exercise.too_large" if given > wanted else "exercise.too_small")
    if isinstance(given, frozenset) and isinstance(wanted, frozenset):
        hit, missing = len(given & wanted), len(wanted - given)
        return message("exercise.words_so_far", right=hit, given=len(given), missing=missing)
    if isinstance(given, tuple) and isinstance(wanted, tuple) and len(given) == len(wanted):
        off = max(range(len(wanted)), key=lambda place: _distance(given[place], wanted[place]))
        return message("exercise.farthest", place=off + 1)
    return ""


def _distance(given: float, wanted: float) -> float:
    return abs(given - wanted) / (abs(wanted) or 1.0)


def _size(given: Any, wanted: Any) -> str:
    """Return how far off a number is, in words wide enough to leave the number open."""
    if not isinstance(given, float) or not isinstance(wanted, float) or not wanted or given * wanted <= 0:
        return ""
    factor = math.exp(abs(math.log(given / wanted)))
    within = next((name for name, size in _SIZES.items() if factor < size), "off_beyond_hundred")
    return message(f"exercise.{within}")
