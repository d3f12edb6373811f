"""The sensitivity bench: which input matters, alone and together, and how much is data and how much is rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import Any

import ipywidgets as ipw

from carbonlab.errors import CarbonlabError, StudyError
from carbonlab.inventory.database import Database
from carbonlab.messages import message, shown_name
from carbonlab.rules.ruleset import Rule, RuleSet
from carbonlab.sensitivity.data_and_rules import data_and_rules
from carbonlab.sensitivity.first_order import first_order
from carbonlab.sensitivity.global_sensitivity import global_sensitivity
from carbonlab.sensitivity.perturbation import perturb
from carbonlab.system.study import Study
from carbonlab.widgets.choice import choice
from carbonlab.widgets.code import code_of_view
from carbonlab.widgets.followed_draws import FollowedDraws
from carbonlab.widgets.job import Watch
from carbonlab.widgets.questions import Products, RuleSets, question_under, source_of
from carbonlab.widgets.sensitivity_views import indices_view, tornado_view
from carbonlab.widgets.spread_controls import SpreadControls, spread_code, spread_study
from carbonlab.widgets.view import View
from carbonlab.widgets.working_widget import (
    WorkingWidget,
    product_control,
    row_of,
    rules_button,
    start_button,
)

WIDE = {"description_width": "12rem"}
LARGEST = 20
"""Inputs that are shown or varied."""
SAMPLES = (64, 256, 1024)
"""Base samples after which Sobol' indices are shown; the work can be cancelled between them."""
DRAWS = (16, 64, 256)
"""The same for the draws of data and rules."""

_CALLS: Mapping[str, tuple[str, str, str]] = {
    "first_order": (
        "from carbonlab.sensitivity.first_order import first_order", "tornado_view",
        "first_order(study, product={product!r}, rule_set=baseline, largest=20)",
    ),
    "perturbation": (
        "from carbonlab.sensitivity.perturbation import perturb", "tornado_view",
        "perturb(study, product={product!r}, rule_set=baseline)",
    ),
    "sobol": (
        "from carbonlab.sensitivity.global_sensitivity import global_sensitivity", "indices_view",
        "global_sensitivity(study, product={product!r}, rule_set=baseline, samples={size})",
    ),
    "rules": (
        "from carbonlab.sensitivity.data_and_rules import data_and_rules", "indices_view",
        "data_and_rules(study, slots, base=baseline, draws={size})",
    ),
}  # fmt: skip
"""Question → what the code of its view imports, shows and calls."""


class SensitivityBench(WorkingWidget[View]):
    """Controls, a job and views, put together (made by `sensitivity_bench`).

    Attributes
    ----------
    widget : ipywidgets.VBox
        What is shown.
    question_control : ipywidgets.Dropdown
        ``first_order``, ``perturbation``, ``sobol`` or ``rules``.
    spreads, product_control, start_control
        What is asked, and the button that begins.
    rules_button : ipywidgets.Button
        Where the two sides have the same rules: brings a reader to where they are turned.
    samples, draws : tuple of int
        Sizes of the samples after which Sobol' indices, and data and rules, are shown.
    job : Job
        The work; between two steps it can be cancelled.
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
        title = message("bench.sensitivity")
        super().__init__(study, label=title, title=title, name="carbonlab-sensitivity", threads=threads)
        self.study: Study = study
        self._rule_sets, self._source = rule_sets, source
        self.samples, self.draws = SAMPLES, DRAWS
        self.question_control = choice(
            options=[(message(f"bench.ask_{word}"), word) for word in _CALLS],
            description=message("bench.question"),
            style=WIDE,
            layout=ipw.Layout(width="min(44rem, 98%)"),
        )
        self.spreads = SpreadControls(study, again=self.start)
        self.spread_control = self.spreads.spread_control
        self.product_control = product_control(study)
        self.start_control = start_button(message("bench.find_out"))
        self._turn_rules = turn_rules
        self.rules_button = rules_button(turn_rules)
        asked = ipw.VBox([self.question_control])
        asked.add_class("cl-slot")
        several = len(study.units) > 1
        self.widget = ipw.VBox(
            [
                ipw.HTML(f"<b>{escape(title)}</b>: {escape(shown_name(study.title))}"),
                asked,
                *([self.product_control] if several else []),
                self.spreads.widget,
                row_of(self.start_control, self.job.widget),
                self.spreads.offer,
                self.rules_button,
                self.boundary,
                self.box.widget,
            ]
        )
        self.say_boundary(self.product_control.value)
        self.start_control.on_click(lambda button: self.start())

    def _show_error(self, error: CarbonlabError) -> None:
        super()._show_error(error)
        self.spreads.offer_spreads(error)

    def start(self) -> None:
        """Begin; work under way is cancelled first."""
        self.box.show(View("", ""))
        self.spreads.withdraw_offer()
        try:
            rules = tuple(self._rule_sets() if callable(self._rule_sets) else self._rule_sets)
            chosen = self.spreads.value
            asked = spread_study(self.study, chosen)
        except CarbonlabError as error:
            self._show_error(error)
            return
        question, product = self.question_control.value, self.product_control.value
        self.say_boundary(product)
        has_none = question == "rules" and not rules[0].diff(rules[-1]) and self._turn_rules is not None
        self.rules_button.layout.display = None if has_none else "none"

        def steps(watch: Watch) -> Iterator[View]:
            for view, size in self._views(question, asked, product, rules, watch):
                state = self._state(question, size)
                yield replace(view, code=self._code(question, product, rules, chosen, size), state=state)

        self.job.start(steps, on_step=self.box.show, on_end=self._job_ended)

    def _views(
        self, question: str, study: Study, product: str, rules: Sequence[RuleSet], watch: Watch
    ) -> Iterator[tuple[View, int]]:
        """Yield ever better answers, and the size of the sample that they were made with."""
        first: dict[str, Any] = {"product": product, "rule_set": rules[0]}
        followed = FollowedDraws(watch)
        watched: dict[str, Any] = {"progress": followed.progress, "cancel": followed}
        watch.tell(message("job.building"), is_deaf=True)
        match question:
            case "first_order":
                yield tornado_view(first_order(study, largest=LARGEST, **first), study, product=product), 0
            case "perturbation":
                yield tornado_view(perturb(study, **first), study, product=product), 0
            case "sobol":
                for samples in self.samples:
                    result = global_sensitivity(study, samples=samples, **first, **watched)
                    yield indices_view(result, study, product=product), samples
            case _:
                slots = differing_slots(rules)
                for draws in self.draws:
                    result = data_and_rules(study, slots, base=rules[0], draws=draws, **watched)
                    yield indices_view(result, study, product=product), draws

    def _state(self, question: str, size: int) -> str:
        """Return how large the sample is so far; empty for the largest, and where there is none."""
        sizes = {"sobol": self.samples, "rules": self.draws}.get(question, (size,))
        if size >= sizes[-1]:
            return ""
        return message("take.partial", made=size, asked=sizes[-1], what=message("bench.sample_size"))

    def _code(
        self,
        question: str,
        product: str,
        rules: Sequence[RuleSet],
        chosen: tuple[str, float | None],
        size: int,
    ) -> str:
        imported, shown, call = _CALLS[question]
        variables = {"baseline": (rules[0], rules[0])}
        imports, steps = spread_code(chosen)
        imports += [imported, f"from carbonlab.widgets import {shown}"]
        if question == "rules":
            variables["alternative"] = (rules[-1], rules[-1])
            imports.append("from carbonlab.widgets.sensitivity_bench import differing_slots")
            steps.append("slots = differing_slots((baseline, alternative))")
        said = call.format(product=product, size=size)
        return code_of_view(
            self.study,
            variables,
            imports=imports,
            steps=steps,
            show=f"{shown}({said}, study, product={product!r})",
            source=self._source,
        )


def differing_slots(rule_sets: Sequence[RuleSet]) -> dict[str, dict[str, str | Rule]]:
    """Return the slots in which the first and the last of some rule sets differ, with the rules of both.

    Raises
    ------
    StudyError
        If they do not differ: there is no rule to set against the data.
    """
    first, last = rule_sets[0], rule_sets[-1]
    found: dict[str, dict[str, str | Rule]] = {
        change.slot: {
            message("widget.baseline"): change.before,
            message("widget.alternative"): change.after,
        }
        for change in first.diff(last)
    }
    if not found:
        raise StudyError(
            "the rule sets do not differ",
            where=f"{first.key}, {last.key}",
            why="there is no rule to set against the data",
            remedy="turn a rule of the alternative, or give two different rule sets",
        )
    return found


def sensitivity_bench(
    question: Study | Database,
    *,
    products: Products = (),
    rule_sets: Sequence[RuleSet | str] | RuleSets = (),
    source: str = "",
    threads: bool = True,
    turn_rules: Callable[[], None] | None = None,
) -> SensitivityBench:
    """Return a bench that finds out what a footprint is sensitive to.

    Parameters
    ----------
    question, products, rule_sets, source, threads
        As for `carbonlab.widgets.uncertainty_bench`; inputs are judged under the first rule set, and data are
        set against the rules in which the first and the last differ.
    turn_rules : callable, optional
        Brings a reader to where rules are turned; a button does where there is no rule to set against the data.

    Raises
    ------
    RuleError, NotFoundError, StudyError
        If there is no such rule set or product.
    """
    study, compared = question_under(question, products, rule_sets)
    return SensitivityBench(
        study, compared, source=source_of(question, products, source), threads=threads, turn_rules=turn_rules
    )
