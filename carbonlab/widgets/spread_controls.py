"""Which amounts are uncertain: stated spreads always, pedigree scores and an assumed spread on request."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import get_args

import ipywidgets as ipw

from carbonlab.errors import CarbonlabError, NothingUncertainError, RefusedError
from carbonlab.messages import message
from carbonlab.sampling.plan import Pedigree, SamplingPlan
from carbonlab.system.study import Study
from carbonlab.widgets.choice import choice
from carbonlab.widgets.number_field import NumberField, Range
from carbonlab.widgets.simulation_steps import plan_of, with_assumed_spread, with_plan

WIDE = {"description_width": "12rem"}
ASSUMED = 1.1
"""Geometric standard deviation that is offered where nothing is uncertain; whoever takes it sees it typed above."""


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
    offer : ipywidgets.VBox
        Where nothing is uncertain: what can be done, each with a button that does it and begins again.
    scores_button, assume_button : ipywidgets.Button
        Of the offer.

    Parameters
    ----------
    study : Study
        Its sampling plan says what is chosen at first; without one, the plan that everything else draws by does.
    again : callable
        Begins the work again.
    """

    def __init__(self, study: Study, *, again: Callable[[], None] = lambda: None) -> None:
        self._again, self._factors = again, plan_of(study).pedigree or SamplingPlan().pedigree
        self.pedigree_control = choice(
            options=[(pedigree_name(key), key) for key in get_args(Pedigree)],
            value=plan_of(study).pedigree,
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
        self.widget.add_class("cl-slot")  # labels stand above their boxes where it is narrow
        wide = ipw.Layout(width="auto")
        self.scores_button = ipw.Button(
            description=message("uncertainty.offer_scores", factors=pedigree_name(self._factors)), layout=wide
        )
        self.assume_button = ipw.Button(
            description=message("uncertainty.offer_assumed", deviation=f"{ASSUMED:g}"), layout=wide
        )
        self.offer = ipw.VBox([ipw.HTML(f"<p role='status'>{escape(message('uncertainty.offer'))}</p>")])
        self.withdraw_offer()
        self.scores_button.on_click(lambda button: self._take(pedigree=self._factors))
        self.assume_button.on_click(lambda button: self._take(spread=f"{ASSUMED:g}"))

    def offer_spreads(self, error: CarbonlabError) -> None:
        """Where an error says that nothing is uncertain, offer what can be done that was not done yet."""
        buttons = []
        if isinstance(error, NothingUncertainError):
            buttons += [self.scores_button] if not self.pedigree_control.value else []
            buttons += [self.assume_button] if not self.spread_control.value.strip() else []
        self.offer.children = (self.offer.children[0], *buttons)
        self.offer.layout.display = None if buttons else "none"

    def withdraw_offer(self) -> None:
        """Offer nothing."""
        self.offer.layout.display = "none"

    def _take(self, *, pedigree: str = "", spread: str = "") -> None:
        self.pedigree_control.value = pedigree or self.pedigree_control.value
        self.spread_control.value = spread or self.spread_control.value
        self._again()

    @property
    def value(self) -> tuple[str, float | None]:
        """Factors of pedigree scores, and the assumed spread.

        Raises
        ------
        RefusedError
            If what was typed is no number.
        """
        return self.pedigree_control.value, read_deviation(self.spread_control.value)


def pedigree_name(key: str) -> str:
    """Return what the control calls a set of factors."""
    return message(f"uncertainty.pedigree_{key}") if key else message("uncertainty.no_pedigree")


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
