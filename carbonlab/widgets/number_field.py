"""A number with a slider beside it; empty where no number is given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import anywidget
import traitlets

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Range:
    """Where a slider begins and ends; typed numbers may lie beyond it.

    Attributes
    ----------
    low, high, step : float
        In the unit of the parameter.
    """

    low: float
    high: float
    step: float


SHARE = Range(0.0, 1.0, 0.01)
SMALL_SHARE = Range(0.0, 0.2, 0.005)
YEARS = Range(1.0, 100.0, 1.0)

RANGES: dict[str, Range] = {
    **dict.fromkeys(("R1", "R2", "R3", "A", "B", "R", "C", "Q_in", "Q_out", "X_heat", "X_elec"), SHARE),
    **dict.fromkeys(("item", "total", "share", "losses"), SMALL_SHARE),
    **dict.fromkeys(("years", "published_years", "years_since"), YEARS),
    "k": Range(1.0, 6.0, 1.0),
    "horizon": Range(20.0, 500.0, 5.0),
    "factor": Range(1.0, 4.0, 0.1),
}
"""Ranges of the sliders by the name of a rule's parameter: a convenience, no limit of the rule."""


class NumberField(anywidget.AnyWidget):
    """A slider and a number field that say the same.

    Parameters
    ----------
    label : str
        What the number is, for both.
    range : Range
        Of the slider.
    value : str
        The number as text, as it is typed; empty for none.
    placeholder : str
        Shown where nothing is typed.
    """

    _esm = _HERE / "number_field.js"
    _css = _HERE / "number_field.css"
    value = traitlets.Unicode("").tag(sync=True)
    label = traitlets.Unicode("").tag(sync=True)
    placeholder = traitlets.Unicode("").tag(sync=True)
    low = traitlets.Float(0.0).tag(sync=True)
    high = traitlets.Float(1.0).tag(sync=True)
    step = traitlets.Float(0.01).tag(sync=True)

    def __init__(self, label: str, range: Range, *, value: str = "", placeholder: str = "") -> None:
        super().__init__(
            label=label, value=value, placeholder=placeholder, low=range.low, high=range.high, step=range.step
        )
