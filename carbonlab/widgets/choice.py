"""A list to choose from whose chosen words are told whole under the mouse: boxes are narrower than some words."""

from __future__ import annotations

from typing import Any

import ipywidgets as ipw

TOLD_WHOLE = "cl-told-whole"
"""Class of such a box; ipywidgets has a tooltip for its label only, so ``take_along.js`` tells the words of the box."""


def choice(**options: Any) -> ipw.Dropdown:
    """Return a dropdown whose chosen words are its tooltip; keywords are those of ``ipywidgets.Dropdown``.

    Examples
    --------
    >>> made = choice(options=[("equal shares of everybody", "equal"), ("by mass", "mass")])
    >>> made.value
    'equal'
    """
    made = ipw.Dropdown(**options)
    made.add_class(TOLD_WHOLE)
    return made
