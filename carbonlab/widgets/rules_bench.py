"""The rules bench: two rule sets side by side with every slot a control, and what makes them differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any

import ipywidgets as ipw
import xarray as xr

from carbonlab.errors import CarbonlabError
from carbonlab.inventory.database import Database
from carbonlab.messages import message
from carbonlab.plots.waterfall import Interaction
from carbonlab.rules.rulefile import find_rule_set, list_rule_sets, load_rule_set
from carbonlab.rules.ruleset import RuleSet
from carbonlab.system.study import Study
from carbonlab.widgets.answers import functional_unit, unit_of
from carbonlab.widgets.bench_code import code_of_bench, side_name
from carbonlab.widgets.job import Job, Watch
from carbonlab.widgets.questions import Products, is_one_run, study_of
from carbonlab.widgets.rule_views import matrix_view, waterfall_view, words_view
from carbonlab.widgets.session import Session
from carbonlab.widgets.slot_controls import SideControl, SlotGrid
from carbonlab.widgets.view import View
from carbonlab.widgets.view_box import ViewBox
from carbonlab.widgets.views import comparison_view, error_view, result_view, stacked

SHOWN = ("waterfall", "matrix", "words")
"""What the bench can show below the numbers of both sides."""
AT_ONCE = 4
"""Rule sets that differ in more slots than this are attributed by a job: 2ᵏ mixtures have to be solved."""


@dataclass(frozen=True)
class BenchChoice:
    """What is chosen on a rules bench.

    Attributes
    ----------
    baseline, alternative : RuleSet
        The two sides.
    product : str
        Key of the product whose difference is taken apart.
    shown : str
        One of `SHOWN`.
    interaction : str
        ``shown`` by itself, or ``shared`` among the rules.
    """

    baseline: RuleSet
    alternative: RuleSet
    product: str
    shown: str = "waterfall"
    interaction: str = "shown"


class RulesBench:
    """Controls, a session and views, put together (made by `rules_bench`).

    Attributes
    ----------
    widget : ipywidgets.VBox
        What is shown.
    baseline_control, alternative_control : SideControl
        The two sides; ``.slots[slot].option`` is the control of a slot.
    product_control, shown_control, interaction_control
        What is taken apart, and how it is shown.
    job : Job
        Long attributions, and rule sets of the matrix.
    """

    def __init__(
        self,
        session: Session,
        baseline: RuleSet,
        alternative: RuleSet,
        *,
        rule_sets: Sequence[RuleSet] = (),
        source: str = "",
    ) -> None:
        self.session = session
        self._rule_sets, self._source = tuple(rule_sets), source
        self._one_run, self._quiet = is_one_run(session.study), True
        known = {rules.key: rules for rules in (*session.study.rule_sets, *rule_sets)}
        self.baseline_control = SideControl(message("widget.baseline"), known, baseline)
        self.alternative_control = SideControl(message("widget.alternative"), known, alternative)
        self.grid = SlotGrid(self.baseline_control, self.alternative_control)
        self.product_control = ipw.Dropdown(
            options=[(unit.name, unit.key) for unit in session.study.units],
            description=message("widget.product"),
            layout=ipw.Layout(width="min(30rem, 98%)"),
        )
        self.shown_control = ipw.ToggleButtons(
            options=[(message(f"bench.show_{word}"), word) for word in SHOWN],
            style={"button_width": "auto"},
        )
        self.interaction_control = ipw.Dropdown(
            options=[(message(f"waterfall.interaction_{word}"), str(word)) for word in Interaction],
            description=message("waterfall.how_interaction"),
            style={"description_width": "auto"},
            layout=ipw.Layout(width="min(36rem, 98%)"),
        )
        self.job: Job[View] = Job(label=message("bench.job"))
        self.job.widget.layout.display = "none"
        self._sides, self.box = ipw.HTML(), ViewBox(name="carbonlab-rules")
        self.widget = self._composed()
        for side in (self.baseline_control, self.alternative_control):
            side.on_change(self._refresh)
        for control in (self.product_control, self.shown_control, self.interaction_control):
            control.observe(lambda change: self._refresh(), "value")
        self._quiet = False
        self._refresh()

    @property
    def value(self) -> BenchChoice:
        """What is chosen; set it to turn all controls at once.

        Raises
        ------
        RuleError
            If a parameter that was typed cannot be read.
        """
        return BenchChoice(
            self.baseline_control.value,
            self.alternative_control.value,
            self.product_control.value,
            self.shown_control.value,
            self.interaction_control.value,
        )

    @value.setter
    def value(self, choice: BenchChoice) -> None:
        self._quiet = True
        try:
            self.baseline_control.value, self.alternative_control.value = choice.baseline, choice.alternative
            self.product_control.value, self.shown_control.value = choice.product, choice.shown
            self.interaction_control.value = choice.interaction
        finally:
            self._quiet = False
        self._refresh()

    @property
    def baseline(self) -> xr.Dataset:
        """The result under the baseline.

        Raises
        ------
        CarbonlabError
            If there is no trustworthy answer.
        """
        return self.session.result(self.baseline_control.value)

    @property
    def alternative(self) -> xr.Dataset:
        """The result under the alternative; raises as the baseline."""
        return self.session.result(self.alternative_control.value)

    @property
    def sides(self) -> View:
        """Baseline and alternative side by side, or the message that says why there is no answer."""
        try:
            baseline = self.baseline
        except CarbonlabError as error:
            return error_view(error, self.session.study, side=message("widget.baseline"))
        try:
            return comparison_view(baseline, self.alternative, one_run=self._one_run)
        except CarbonlabError as error:
            said = error_view(error, self.session.study, side=message("widget.alternative"))
            return stacked(said, result_view(baseline))

    @property
    def view(self) -> View:
        """What is shown below the sides."""
        return self.box.view

    def to_code(self) -> str:
        """Return a cell that shows the same as `view`.

        Raises
        ------
        CarbonlabError
            If there is no such view.
        """
        return self.view.to_code()

    def _composed(self) -> ipw.VBox:
        title = f"<b>{escape(message('bench.title'))}</b>: {escape(self.session.study.title)}"
        row = ipw.Layout(flex_flow="row wrap")
        several = len(self.session.study.units) > 1
        return ipw.VBox(
            [
                ipw.HTML(title),
                self.grid.widget,
                self._sides,
                ipw.HBox([self.shown_control], layout=row),
                ipw.HBox(
                    [*([self.product_control] if several else []), self.interaction_control], layout=row
                ),
                self.job.widget,
                self.box.widget,
            ]
        )

    def _refresh(self) -> None:
        if self._quiet:
            return
        self.job.cancel()
        self.grid.refresh()
        self.interaction_control.layout.display = None if self.shown_control.value == "waterfall" else "none"
        self._sides.value = self.sides.html
        try:
            choice = self.value
            match choice.shown:
                case "waterfall":
                    self._show_waterfall(choice)
                case "matrix":
                    self._start(lambda watch: self._matrix(choice, watch))
                case _:
                    self._show(self._words(choice))
        except CarbonlabError as error:
            self._show(
                error_view(error, self.session.study, side=message(f"bench.show_{self.shown_control.value}"))
            )

    def _show(self, view: View) -> None:
        self.job.widget.layout.display = "none"
        self.box.show(view)

    def _start(self, steps: Any) -> None:
        self.job.widget.layout.display = None
        self.box.show(View("", ""))  # numbers of another choice must not stay in sight
        self.job.start(steps, on_step=self.box.show, on_end=self._job_ended)

    def _job_ended(self) -> None:
        error = self.job.error
        if isinstance(error, CarbonlabError):
            shown = message(f"bench.show_{self.shown_control.value}")
            self.box.show(error_view(error, self.session.study, side=shown))

    def _show_waterfall(self, choice: BenchChoice) -> None:
        known = self.session.known_attribution(choice.baseline, choice.alternative)
        if known is None and len(choice.baseline.diff(choice.alternative)) > AT_ONCE:
            self._start(lambda watch: self._waterfalls(choice, watch))
        else:
            self._show(self._waterfall(choice, None))

    def _waterfalls(self, choice: BenchChoice, watch: Watch) -> Iterator[View]:
        yield self._waterfall(choice, watch)

    def _waterfall(self, choice: BenchChoice, watch: Watch | None) -> View:
        found = self.session.attribution(choice.baseline, choice.alternative, watch=watch)
        view = waterfall_view(
            found, self.session.study, product=choice.product, interaction=choice.interaction
        )
        return replace(view, code=self._code(choice))

    def _matrix(self, choice: BenchChoice, watch: Watch) -> Iterator[View]:
        """Yield the matrix of the two sides first, and then with the other rule sets."""
        asked = {rules.key: rules for rules in (choice.baseline, choice.alternative, *self._rule_sets)}
        found: list[xr.Dataset] = []
        computed: list[RuleSet] = []
        refused: dict[str, str] = {}
        for number, (key, rules) in enumerate(asked.items()):
            watch.report(number, len(asked))
            try:
                found.append(self.session.result(rules)[["total", "status"]])
                computed.append(rules)
            except CarbonlabError as error:
                refused[key] = error.what
            is_last = number == len(asked) - 1
            if found and (is_last or number == 1):
                result = xr.concat(found, "rule_set", combine_attrs="drop_conflicts")
                result.attrs.pop("schema", None)  # a few variables are no whole result
                base = choice.baseline.key if choice.baseline.key not in refused else ""
                view = matrix_view(result, self.session.study, baseline=base, refused=refused)
                yield replace(view, code=self._code(choice, computed))

    def _words(self, choice: BenchChoice) -> View:
        sides = {
            side_name(side, rules): self.session.movements(rules, product=choice.product)
            for side, rules in (("baseline", choice.baseline), ("alternative", choice.alternative))
        }
        view = words_view(sides, self.session.study, product=choice.product, slots=self.grid.differing)
        return replace(view, code=self._code(choice))

    def _code(self, choice: BenchChoice, rule_sets: Sequence[RuleSet] = ()) -> str:
        return code_of_bench(
            self.session.study,
            (choice.baseline, self.baseline_control.base),
            (choice.alternative, self.alternative_control.base),
            shown=choice.shown,
            product=choice.product,
            interaction=choice.interaction,
            slots=self.grid.differing,
            rule_sets=rule_sets,
            source=self._source,
        )

    def __repr__(self) -> str:
        unit = functional_unit(unit_of(self.session.study, self.product_control.value))
        return "\n".join([unit, self.sides.text, self.view.text])

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        """Show the widget where there is a kernel, else the present picture, else its text."""
        bundle = dict(self.widget._repr_mimebundle_(**kwargs) or {})
        return bundle | {"text/plain": repr(self), "text/html": self.sides.html + self.view._repr_html_()}


def rules_bench(
    question: Study | Database,
    *,
    products: Products = (),
    baseline: RuleSet | str = "default",
    alternative: RuleSet | str = "",
    rule_sets: Sequence[RuleSet | str] | None = None,
    source: str = "",
) -> RulesBench:
    """Return a bench on which every rule of two rule sets can be turned.

    Parameters
    ----------
    question : Study or Database
        A study, or an inventory.
    products : str or sequence
        Of an inventory: the id of a process, for everything that one run of it makes, or units of analysis.
        Of a study: keys of its products; none for all.
    baseline, alternative : RuleSet or str
        Where the two sides begin; the alternative by default where the baseline does.
    rule_sets : sequence of RuleSet or str, optional
        To begin with, and columns of the matrix; by default all of the package.
    source : str
        Python expression that gives the question; `RulesBench.to_code` writes it into the cell.

    Raises
    ------
    RuleError, NotFoundError, StudyError
        If there is no such rule set or product.

    Examples
    --------
    >>> from carbonlab.teaching import load_teaching_inventory
    >>> bench = rules_bench(load_teaching_inventory(), products="sawmill")
    >>> bench.alternative_control.slots["multifunctionality"].option.value = "price"
    >>> len(bench.view.tables[0].rows)
    3
    """
    first = find_rule_set(baseline)
    second = find_rule_set(alternative) if alternative else first
    others = list_rule_sets() if rule_sets is None else rule_sets
    known = [load_rule_set(rules) if rules in list_rule_sets() else find_rule_set(rules) for rules in others]
    session = Session(study_of(question, products, first))
    return RulesBench(session, first, second, rule_sets=known, source=source)
