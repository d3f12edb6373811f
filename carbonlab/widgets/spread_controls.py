"""Which amounts are uncertain: stated spreads always, pedigree scores and an assumed spread on request."""

from __future__ import annotations

from html import escape
from typing import get_args

import ipywidgets as ipw

from carbonlab.errors import RefusedError
from carbonlab.messages import message
from carbonlab.sampling.plan import Pedigree
from carbonlab.system.study import Study
from carbonlab.widgets.number_field import NumberField, Range
from carbonlab.widgets.simulation_steps import with_assumed_spread, with_plan

WIDE = {"description_width": "12rem"}


class SpreadControls:
    """Published factors for pedigree scores, and a spread for what has none.

    Attributes
    ----------
    widget : ipywidgets.VBox
        What is shown.
    pedigree_control : ipywidgets.Dropdown
        Key of the factors; empty for none.
    spread_control : NumberField
        Geometric standard deviation that is assumed; empty for none.
    """

    def __init__(self, study: Study) -> None:
        self.pedigree_control = ipw.Dropdown(
            options=[(key or message("uncertainty.no_pedigree"), key) for key in get_args(Pedigree)],
            value=study.sampling.pedigree if study.sampling else "",
            description=message("uncertainty.pedigree"),
            style=WIDE,
            layout=ipw.Layout(width="min(44rem, 98%)"),
        )
        self.spread_control = NumberField(
            message("uncertainty.assumed"),
            Range(1.0, 3.0, 0.05),
            placeholder=message("uncertainty.none_assumed"),
        )
        note = ipw.HTML(f"<p>{escape(message('uncertainty.assumed_note'))}</p>")
        self.widget = ipw.VBox([self.pedigree_control, self.spread_control, note])

    @property
    def value(self) -> tuple[str, float | None]:
        """Factors of pedigree scores, and the assumed spread.

        Raises
        ------
        RefusedError
            If what was typed is no number.
        """
        return self.pedigree_control.value, read_deviation(self.spread_control.value)


def spread_study(study: Study, chosen: tuple[str, float | None]) -> Study:
    """Return the study with the spreads that were chosen.

    Raises
    ------
    RefusedError
        If the assumed spread is none.
    """
    pedigree, deviation = chosen
    return with_assumed_spread(with_plan(study, pedigree=pedigree), deviation)


def spread_code(chosen: tuple[str, float | None]) -> tuple[list[str], list[str]]:
    """Return lines that import, and lines that do, what `spread_study` does."""
    pedigree, deviation = chosen
    names, steps = ["with_plan"], [f"study = with_plan(study, pedigree={pedigree!r})"]
    if deviation is not None:
        names.insert(0, "with_assumed_spread")
        steps.append(f"study = with_assumed_spread(study, {deviation!r})")
    return [f"from carbonlab.widgets.simulation_steps import {', '.join(names)}"], steps


def read_deviation(text: str) -> float | None:
    """Return the geometric standard deviation that was typed; None for an empty text.

    Raises
    ------
    RefusedError
        If it is no number.
    """
    if not text.strip():
        return None
    try:
        return float(text)
    except ValueError as error:
        raise RefusedError(
            f"{text!r} is no number", where=message("uncertainty.assumed"), remedy="type a number such as 1.1"
        ) from error
