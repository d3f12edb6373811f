"""The uncertainty bench: draw the data of a study many times under some rule sets, watch it settle, cancel it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from html import escape

import ipywidgets as ipw
import xarray as xr

from carbonlab.errors import CarbonlabError
from carbonlab.inventory.database import Database
from carbonlab.messages import message, shown_name
from carbonlab.rules.ruleset import RuleSet
from carbonlab.system.study import Study
from carbonlab.widgets.answers import functional_unit, unit_of
from carbonlab.widgets.code import code_of_view
from carbonlab.widgets.job import Watch
from carbonlab.widgets.questions import Products, RuleSets, question_under, source_of
from carbonlab.widgets.simulation_steps import simulation_steps, with_plan
from carbonlab.widgets.spread_controls import SpreadControls, spread_code, spread_study
from carbonlab.widgets.uncertainty_views import convergence_view, difference_view, distribution_view
from carbonlab.widgets.view import View
from carbonlab.widgets.working_widget import (
    WorkingWidget,
    product_control,
    row_of,
    rules_button,
    start_button,
)

SHOWN = ("distribution", "difference", "convergence")
WIDE = {"description_width": "12rem"}
MOST_DRAWS = 1_000_000


class UncertaintyBench(WorkingWidget[xr.Dataset]):
    """Controls, a job and views, put together (made by `uncertainty_bench`).

    Attributes
    ----------
    widget : ipywidgets.VBox
        What is shown.
    draws_control, seed_control, spreads, product_control, shown_control
        What is asked, and how it is shown.
    start_control : ipywidgets.Button
        Begins; `job` has the button that cancels.
    simulations : tuple of xarray.Dataset
        The simulation after ever more draws; empty before the first ones.
    """

    def __init__(
        self,
        study: Study,
        rule_sets: RuleSets,
        *,
        source: str = "",
        threads: bool = True,
        turn_rules: Callable[[], None] | None = None,
    ) -> None:
        title, label = message("uncertainty.title"), message("uncertainty.job")
        super().__init__(study, label=label, title=title, name="carbonlab-uncertainty", threads=threads)
        self.study: Study = study
        self._rule_sets, self._source = rule_sets, source
        self.simulations: tuple[xr.Dataset, ...] = ()
        self._asked: tuple[Study, tuple[RuleSet, ...], tuple[str, float | None]] | None = None
        self._draws = 0
        self.draws_control = ipw.BoundedIntText(
            value=1024, min=2, max=MOST_DRAWS, step=64, description=message("uncertainty.draws"), style=WIDE
        )
        self.seed_control = ipw.BoundedIntText(
            value=study.sampling.seed if study.sampling else 0, min=0, max=2**31 - 1,
            description=message("uncertainty.seed"), style=WIDE,
        )  # fmt: skip
        self.spreads = SpreadControls(study, again=self.start)
        self.spread_control = self.spreads.spread_control
        self.product_control = product_control(study)
        self.shown_control = ipw.ToggleButtons(
            options=[(message(f"uncertainty.show_{word}"), word) for word in SHOWN],
            style={"button_width": "auto"},
        )
        self.start_control = start_button(message("uncertainty.start"))
        self._turn_rules, self.rules_button = turn_rules, rules_button(turn_rules)
        self.widget = self._composed()
        self.start_control.on_click(lambda button: self.start())
        self.say_boundary(self.product_control.value)
        for control in (self.product_control, self.shown_control):
            control.observe(lambda change: self.refresh(), "value")

    @property
    def simulation(self) -> xr.Dataset:
        """The simulation so far.

        Raises
        ------
        CarbonlabError
            If there is none, or it failed.
        """
        return self.job.result()

    def _show_error(self, error: CarbonlabError) -> None:
        super()._show_error(error)
        self.spreads.offer_spreads(error)

    def start(self) -> None:
        """Begin to draw; a simulation under way is cancelled first."""
        self.simulations = ()
        self.box.show(View("", ""))
        self.spreads.withdraw_offer()
        try:
            given = self._rule_sets() if callable(self._rule_sets) else self._rule_sets
            rules = tuple({one.digest: one for one in given}.values())  # equal sides are one
            chosen = self.spreads.value
            asked, draws = spread_study(self.study, chosen), int(self.draws_control.value)
            planned = with_plan(asked, pedigree=chosen[0], draws=draws, seed=int(self.seed_control.value))
        except CarbonlabError as error:
            self._show_error(error)
            return
        self._asked, self._draws = (planned, rules, chosen), draws
        self.job.start(
            lambda watch: self._steps(planned, rules, draws, watch),
            on_step=self._step,
            on_end=self._job_ended,
        )

    def refresh(self) -> None:
        """Show what is there in the way that is chosen."""
        self.say_boundary(self.product_control.value)
        if not self.simulations or self._asked is None:
            return
        study, product = self._asked[0], self.product_control.value
        is_alone = self.shown_control.value == "difference" and len(self._asked[1]) == 1
        is_offered = is_alone and self._turn_rules is not None
        self.rules_button.layout.display = None if is_offered else "none"
        try:
            match self.shown_control.value:
                case "distribution":
                    view = distribution_view(self.simulations[-1], study, product=product)
                case "difference":
                    view = difference_view(self.simulations[-1], study, product=product)
                case _:
                    view = convergence_view(self.simulations, study, product=product)
        except CarbonlabError as error:
            self._show_error(error)
        else:
            self.box.show(replace(view, code=self._code(), state=self._state()))

    def _steps(
        self, study: Study, rules: tuple[RuleSet, ...], draws: int, watch: Watch
    ) -> Iterator[xr.Dataset]:
        yield from simulation_steps(study, rules, watch, draws=draws)

    def _step(self, simulation: xr.Dataset) -> None:
        before = [one for one in self.simulations if one.attrs["draws"] != simulation.attrs["draws"]]
        self.simulations = (*before, simulation)
        self.refresh()

    def _state(self) -> str:
        """Return how many of the draws are made while others still are; empty when no more will be."""
        made, asked = int(self.simulations[-1].attrs["draws"]), self._draws
        if made >= asked:
            return ""
        return message("take.partial", made=made, asked=asked, what=message("uncertainty.draws"))

    def _code(self) -> str:
        """Return a cell that shows the same: with the draws that were made, also when it was cancelled."""
        assert self._asked is not None
        _, rules, chosen = self._asked
        made, seed = int(self.simulations[-1].attrs["draws"]), self.simulations[-1].attrs["seed"]
        variables = {f"rule_set_{number}": (one, one) for number, one in enumerate(rules)}
        shown, product = self.shown_control.value, self.product_control.value
        imports, steps = spread_code(chosen)
        steps = [f"rule_sets = [{', '.join(variables)}]", *steps]
        steps.append(f"study = with_plan(study, pedigree={chosen[0]!r}, draws={made}, seed={seed})")
        simulate = "cl.simulate(study, rule_sets=rule_sets, draws={}, quantiles=GRID)"
        if shown == "convergence":
            counts = ", ".join(str(int(one.attrs["draws"])) for one in self.simulations)
            asked = f"[{simulate.format('draws')} for draws in ({counts},)]"
        else:
            asked = simulate.format(made)
        return code_of_view(
            self.study,
            variables,
            imports=[
                "from carbonlab.plots.distributions import GRID",
                f"from carbonlab.widgets import {shown}_view",
                *imports,
            ],
            steps=steps,
            show=f"{shown}_view({asked}, study, product={product!r})",
            source=self._source,
        )

    def _composed(self) -> ipw.VBox:
        title = f"<b>{escape(message('uncertainty.title'))}</b>: {escape(shown_name(self.study.title))}"
        several = len(self.study.units) > 1
        return ipw.VBox(
            [
                ipw.HTML(title),
                self.draws_control,
                self.seed_control,
                self.spreads.widget,
                *([self.product_control] if several else []),
                row_of(self.start_control, self.job.widget),
                self.spreads.offer,
                self.rules_button,
                self.shown_control,
                self.boundary,
                self.box.widget,
            ]
        )

    def __repr__(self) -> str:
        unit = functional_unit(unit_of(self.study, self.product_control.value))
        return self.view.text or f"{message('uncertainty.title')}: {unit}"


def uncertainty_bench(
    question: Study | Database,
    *,
    products: Products = (),
    rule_sets: Sequence[RuleSet | str] | RuleSets = (),
    source: str = "",
    threads: bool = True,
    turn_rules: Callable[[], None] | None = None,
) -> UncertaintyBench:
    """Return a bench on which a study is drawn many times.

    Parameters
    ----------
    question : Study or Database
        A study, or an inventory.
    products : str or sequence
        As for `carbonlab.widgets.rules_bench`.
    rule_sets : sequence of RuleSet or str, or callable
        The first is the baseline of differences; by default those of the study. A callable is asked at each
        start: ``lambda: (bench.value.baseline, bench.value.alternative)`` follows a rules bench.
    source : str
        Python expression that gives the question; `UncertaintyBench.to_code` writes it into the cell.
    threads : bool
        Whether to draw in a thread; without, in turns of the event loop.
    turn_rules : callable, optional
        Brings a reader to where rules are turned; a button does where one rule set has no other to differ from.

    Raises
    ------
    RuleError, NotFoundError, StudyError
        If there is no such rule set or product.
    """
    study, compared = question_under(question, products, rule_sets)
    return UncertaintyBench(
        study, compared, source=source_of(question, products, source), threads=threads, turn_rules=turn_rules
    )
