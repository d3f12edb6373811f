"""Options: functions registered under slot, key and version; a rule set holds the key only."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from carbonlab.errors import RuleError
from carbonlab.rules.entries import IntArray
from carbonlab.rules.slots import slot_of
from carbonlab.rules.work import Work

Parameters = Mapping[str, Any]
Action = Callable[[Work, IntArray, Parameters], Work]
"""Takes the work, the rows of the subjects that the line caught, and the line's parameters; returns new work."""


Check = Callable[[Parameters, str], None]
"""Raises where parameters are impossible."""


@dataclass(frozen=True)
class Option:
    """One way of deciding a slot.

    Attributes
    ----------
    slot, key : str
        Where it is registered.
    version : int
        Raised whenever its numbers change: rule-set digests cover it.
    action : callable
        What it does (see `Action`).
    parameters : mapping of str to type
        Names and types of the parameters that a line may give.
    summary : str
        One sentence for lists and help.
    needs_reference : bool
        Whether it asks for the same rule set with its slot neutral, solved (`Work.reference`).
    check : callable, optional
        Raises a `RuleError` where the parameters of a line are impossible, whatever inventory they meet; is
        given them and the place of the line.
    """

    slot: str
    key: str
    version: int
    action: Action
    parameters: Mapping[str, tuple[type, ...]]
    summary: str
    needs_reference: bool = False
    check: Check | None = None


_OPTIONS: dict[tuple[str, str], Option] = {}


def register(
    slot: str,
    key: str,
    *,
    version: int = 1,
    parameters: Mapping[str, tuple[type, ...]] | None = None,
    needs_reference: bool = False,
    check: Check | None = None,
) -> Callable[[Action], Action]:
    """Register a function as an option of a slot; its docstring's first line is the summary.

    Raises
    ------
    RuleError
        If the slot does not exist or the key is taken.

    Examples
    --------
    A researcher's own option in the cut-off slot, which keeps everything::

        @register("cut_off", "mine", parameters={"share": (float,)})
        def keep_all(work, rows, parameters):
            "Keep every entry."
            return work
    """
    slot_of(slot)

    def decorate(action: Action) -> Action:
        if (slot, key) in _OPTIONS and _OPTIONS[slot, key].action.__module__ != action.__module__:
            raise RuleError(
                f"the option {key!r} of slot {slot!r} is registered already",
                why="two functions under one key would make equal digests with different numbers",
                remedy="register yours under another key",
            )
        summary = (action.__doc__ or "").strip().split("\n")[0]
        given = parameters or {}
        _OPTIONS[slot, key] = Option(slot, key, version, action, given, summary, needs_reference, check)
        return action

    return decorate


def option_of(slot: str, key: str, where: str = "") -> Option:
    """Return a registered option.

    Raises
    ------
    RuleError
        If the slot has no option of that key.
    """
    slot_of(slot, where)
    if (slot, key) not in _OPTIONS:
        known = list_options(slot)
        near = difflib.get_close_matches(key, known, 1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise RuleError(
            f"slot {slot!r} has no option {key!r}",
            where=where,
            why="the rule could not run",
            remedy=f"{hint}use one of {', '.join(known)}, or register your own",
        )
    return _OPTIONS[slot, key]


def list_options(slot: str) -> list[str]:
    """Return the keys of the options of a slot, in the order of registration."""
    return [key for (name, key) in _OPTIONS if name == slot]
