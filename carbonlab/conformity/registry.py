"""Checks: small functions registered under the number of a requirement."""

from __future__ import annotations

from collections.abc import Callable

from carbonlab.conformity.context import Context
from carbonlab.conformity.verdicts import Outcome

Check = Callable[[Context], Outcome]
"""Takes the study with its solved results, and says what it found."""

CHECKS: dict[str, Check] = {}
"""Number of the requirement → check."""


def check(requirement: str) -> Callable[[Check], Check]:
    """Register a function as the check of a requirement."""

    def decorate(function: Check) -> Check:
        CHECKS[requirement] = function
        return function

    return decorate
