"""What a public function was given: is it of the kind that it needs? Said in words, before anything is computed."""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Integral, Real
from pathlib import Path
from typing import Any

from carbonlab.errors import ArgumentError, StudyError

_LONGEST = 60


def check_kind(value: object, kind: type, *, name: str, where: str, remedy: str) -> None:
    """Check that an argument is of a kind.

    Parameters
    ----------
    value : object
        What was given.
    kind : type
        What is needed.
    name : str
        Of the argument.
    where : str
        The function, as it is called.
    remedy : str
        How to get what is needed.

    Raises
    ------
    ArgumentError
        If it is of another kind.
    """
    if not isinstance(value, kind):
        article = "an" if kind.__name__[0] in "AEIOU" else "a"
        raise ArgumentError(
            f"{name} has to be {article} {kind.__name__}; {describe(value)} was given",
            where=where,
            remedy=remedy,
        )


def check_kinds(values: Iterable[object], kind: type, *, name: str, where: str, remedy: str) -> None:
    """Check that every one of several arguments is of a kind; parameters and errors as in `check_kind`."""
    for value in values:
        check_kind(value, kind, name=name, where=where, remedy=remedy)


def checked_path(value: Any, *, where: str) -> Path:
    """Return the path that was given.

    Raises
    ------
    ArgumentError
        If it is neither text nor a path.
    """
    try:
        return Path(value)
    except TypeError as error:
        raise ArgumentError(
            f"a path is needed; {describe(value)} was given",
            where=where,
            remedy="give the path of a file or folder as text",
        ) from error


def checked_number(value: Any, *, name: str, where: str = "") -> float:
    """Return a number that was given: any real number, but no text and no truth value.

    Parameters
    ----------
    value : float
        What was given.
    name : str
        What it is, in words.
    where : str
        The function, as it is called.

    Raises
    ------
    ArgumentError
        If it is no number.
    """
    if isinstance(value, Real) and not isinstance(value, bool):
        return float(value)
    number = _number_in(value)
    raise ArgumentError(
        f"{name} has to be a number; {describe(value)} was given",
        where=where,
        why="a text may hold another number than it seems to, such as 1.000" if number else "",
        remedy=f"write {number}, without quotation marks" if number else "give a number, such as 1000 or 2.5",
    )


def checked_whole(value: Any, *, name: str, where: str = "", least: int | None = None) -> int:
    """Return a whole number that was given: no fraction, no text and no truth value.

    Parameters
    ----------
    value : int
        What was given.
    name : str
        What it is, as the argument is called.
    where : str
        The function, as it is called.
    least : int, optional
        The smallest one that makes sense.

    Raises
    ------
    ArgumentError
        If it is no whole number.
    StudyError
        If it is below the least one.
    """
    if isinstance(value, bool) or not isinstance(value, Integral):
        is_whole = isinstance(value, Real) and not isinstance(value, bool) and float(value).is_integer()
        raise ArgumentError(
            f"{name} has to be a whole number; {describe(value)} was given",
            where=where,
            why="a truth value would be read as 0 or 1" if isinstance(value, bool) else "",
            remedy=f"write {int(value)}" if is_whole else "give a number such as 1000",
        )
    if least is not None and value < least:
        raise StudyError(
            f"{name} has to be a whole number from {least} on; {describe(value)} was given", where=where
        )
    return int(value)


def checked_share(value: Any, *, name: str, where: str = "", whole: bool = False) -> float:
    """Return a share that was given: a number between 0 and 1, without its ends; 1 itself where `whole` allows it.

    Parameters
    ----------
    value : float
        What was given.
    name, where : str
        As in `checked_whole`.
    whole : bool
        Whether 1 is a share that makes sense.

    Raises
    ------
    ArgumentError
        If it is no number.
    StudyError
        If it is no such share.
    """
    number = checked_number(value, name=name, where=where)
    if 0 < number < 1 or (whole and number == 1):
        return number
    raise StudyError(
        f"{name} has to be a share between 0 and 1; {describe(value)} was given",
        where=where,
        remedy=f"write {number / 100:g}" if 1 < number < 100 else "give a share such as 0.95",
    )


def describe(value: object) -> str:
    """Return what something is, in few words.

    Examples
    --------
    >>> describe("cement"), describe(None), describe(5)
    ("the text 'cement'", 'None', 'the number 5')
    """
    if value is None or isinstance(value, bool):
        return str(value)
    if isinstance(value, str):
        return f"the text {value if len(value) <= _LONGEST else value[:_LONGEST] + '…'!r}"
    if isinstance(value, Real):
        return f"the number {value}"
    kind = type(value).__name__
    return f"{'an' if kind[0] in 'AEIOUaeiou' else 'a'} {kind}"


def _number_in(value: object) -> str:
    """Return the plain number that a text holds, "" for none."""
    try:
        return value.strip() if isinstance(value, str) and math.isfinite(float(value)) else ""
    except ValueError:
        return ""
