"""A list to choose from whose chosen words are told whole under the mouse: boxes are narrower than some words."""

from __future__ import annotations

from typing import Any

import ipywidgets as ipw


def choice(**options: Any) -> ipw.Dropdown:
    """Return a dropdown with the words that are chosen as its tooltip; keywords are those of ``ipywidgets.Dropdown``.

    Examples
    --------
    >>> made = choice(options=[("equal shares of everybody", "equal"), ("by mass", "mass")])
    >>> made.tooltip
    'equal shares of everybody'
    >>> made.value = "mass"
    >>> made.tooltip
    'by mass'
    """
    made = ipw.Dropdown(**options)

    def tell(change: object = None) -> None:
        made.tooltip = made.label or ""

    made.observe(tell, ["label", "options"])
    tell()
    return made
