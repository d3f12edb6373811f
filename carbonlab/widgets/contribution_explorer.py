"""Explore what a footprint comes from: controls hold a choice, and the picture, tree and table follow."""

from __future__ import annotations

from threading import RLock
from typing import Any

import ipywidgets as ipw

from carbonlab.errors import CarbonlabError
from carbonlab.inventory.database import Database
from carbonlab.messages import message, shown_name, translated
from carbonlab.results.breakdown import By, CutOff, CutOffMode
from carbonlab.rules.rulefile import find_rule_set
from carbonlab.rules.ruleset import RuleSet
from carbonlab.system.study import Study
from carbonlab.widgets.answered import Answered, answering
from carbonlab.widgets.choice import choice
from carbonlab.widgets.contribution_tree import ContributionTree
from carbonlab.widgets.contribution_views import PICTURES, ContributionChoice, drawn
from carbonlab.widgets.job import State
from carbonlab.widgets.number_field import NumberField, Range
from carbonlab.widgets.questions import Products, source_of, study_of
from carbonlab.widgets.view import View
from carbonlab.widgets.working_widget import WorkingWidget

LEVELS = {
    CutOffMode.MINIMUM: Range(0.0, 20.0, 0.5),
    CutOffMode.CUMULATIVE: Range(10.0, 100.0, 1.0),
    CutOffMode.TOP: Range(1.0, 30.0, 1.0),
}
"""Sliders of the cut-off; typed numbers may lie beyond."""
FIRST_LEVEL = {CutOffMode.MINIMUM: 1.0, CutOffMode.CUMULATIVE: 90.0, CutOffMode.TOP: 10.0}


class ContributionExplorer(WorkingWidget[Answered]):
    """Controls and views of contributions, put together (made by `contributions`).

    Attributes
    ----------
    widget : ipywidgets.VBox
        What is shown.
    product_control, rule_set_control, picture_control, by_control, mode_control, scale_control
        Choices.
    level_fields : dict of CutOffMode to NumberField
        The level of each kind of cut-off.
    job : Job
        Answers the study, one rule set after the other.
    """

    def __init__(self, study: Study, *, source: str = "", threads: bool = True) -> None:
        super().__init__(
            study, label=message("explore.job"), title=message("explore.contributions"),
            name="carbonlab-contributions", threads=threads, again=True,
        )  # fmt: skip
        self.study: Study = study
        self._source, self._quiet, self._drawing = source, False, RLock()
        self._known: Answered | None = None
        wide, narrow = ipw.Layout(width="min(32rem, 98%)"), ipw.Layout(width="min(20rem, 98%)")
        style = {"description_width": "auto"}

        def dropdown(key: str, options: list[tuple[str, Any]], layout: ipw.Layout) -> ipw.Dropdown:
            label = message(f"explore.{key}")
            return choice(options=options, description=label, layout=layout, style=style)

        self.product_control = dropdown(
            "product", [(shown_name(unit.name), unit.key) for unit in study.units], wide
        )
        self.rule_set_control = dropdown(
            "rule_set",
            [(f"{rules.key}: {translated(rules.title)}", rules.key) for rules in study.rule_sets],
            wide,
        )
        self.picture_control = ipw.ToggleButtons(
            options=[(message(f"explore.{picture}"), picture) for picture in PICTURES],
            style={"button_width": "auto"},
        )
        self.by_control = dropdown("by", [(message(f"by.{by}"), by) for by in By], narrow)
        self.mode_control = dropdown(
            "cut_off", [(message(f"cut_off.{mode}"), mode) for mode in CutOffMode], narrow
        )
        self.scale_control = dropdown(
            "scale", [(message("explore.absolute"), False), (message("explore.relative"), True)], narrow
        )
        self.level_fields = {
            mode: NumberField(message(f"cut_off.level_{mode}"), LEVELS[mode], value=f"{FIRST_LEVEL[mode]:g}")
            for mode in CutOffMode
        }
        self.tree = ContributionTree()
        self.widget = self._composed()
        for control in (
            self.product_control, self.rule_set_control, self.picture_control, self.by_control,
            self.mode_control, self.scale_control, *self.level_fields.values(),
        ):  # fmt: skip
            control.observe(lambda change: self._refresh(), "value")
        self._refresh()
        self.job.start(
            lambda watch: answering(study, watch), on_step=self._take_answer, on_end=self._job_ended
        )

    @property
    def answered(self) -> Answered:
        """The study with its answers; waits for them, so never ask for it in a callback.

        Raises
        ------
        CarbonlabError
            If there is no trustworthy answer, or the work was cancelled before there was one.
        """
        self.job.wait()
        return self.job.result()

    @property
    def value(self) -> ContributionChoice:
        """What is chosen; set it to turn all controls at once.

        Raises
        ------
        RefusedError
            If the level of the cut-off means nothing.
        """
        mode = self.mode_control.value
        return ContributionChoice(
            product=self.product_control.value,
            by=self.by_control.value,
            picture=self.picture_control.value,
            cut_off=CutOff(mode, _number(self.level_fields[mode].value)),
            is_relative=self.scale_control.value,
            rule_set=self.rule_set_control.value,
        )

    @value.setter
    def value(self, choice: ContributionChoice) -> None:
        self._quiet = True
        try:
            self.product_control.value, self.by_control.value = choice.product, choice.by
            self.picture_control.value, self.scale_control.value = choice.picture, choice.is_relative
            self.rule_set_control.value = choice.rule_set or self.study.rule_sets[0].key
            self.mode_control.value = choice.cut_off.mode
            self.level_fields[choice.cut_off.mode].value = f"{choice.cut_off.level:g}"
        finally:
            self._quiet = False
        self._refresh()

    @property
    def view(self) -> View:
        """What is shown: the parts, or the message that says why there are none; waits for the answer."""
        self.job.wait()
        return self.box.view

    def _composed(self) -> ipw.VBox:
        row = ipw.Layout(flex_flow="row wrap", align_items="center")
        first = [self.product_control]
        if len(self.study.rule_sets) > 1:
            first.append(self.rule_set_control)
        self._levels = ipw.HBox([])
        return ipw.VBox(
            [
                ipw.HBox(first, layout=row),
                ipw.HBox([self.picture_control, self.by_control, self.scale_control], layout=row),
                ipw.HBox([self.mode_control, self._levels], layout=row),
                self.job.widget,
                self.boundary,
                self.tree,
                self.box.widget,
            ]
        )

    def _take_answer(self, answered: Answered) -> None:
        if answered is not self._known:
            self._known = answered
            self._refresh()

    def _refresh(self) -> None:
        """Show what is chosen, as far as there is an answer; controls and job may ask for it at the same time."""
        if self._quiet:
            return
        self.say_boundary(self.product_control.value)
        with self._drawing:
            picture, mode = self.picture_control.value, self.mode_control.value
            self.by_control.disabled = picture in ("tree", "sankey")
            self.scale_control.disabled = picture != "bars"
            self._levels.children = (self.level_fields[mode],)
            if self._known is not None:
                self._draw(self._known)

    def _draw(self, answered: Answered) -> None:
        is_answered = self.rule_set_control.value in {rules.key for rules in answered.study.rule_sets}
        if not is_answered and self.job.state is State.RUNNING:
            self.box.show(View("", ""))  # it comes; numbers of another rule set must not stay in sight
            return
        try:
            choice = self.value
            view = drawn(answered, choice, source=self._source)
        except CarbonlabError as error:
            view = self._view_of(error)
        is_tree = self.picture_control.value == "tree" and bool(view.tables)
        self.tree.layout.display = "" if is_tree else "none"
        self.box.body.layout.display = self.box.figure.widget.layout.display = "none" if is_tree else ""
        if is_tree:
            tree = answered.tree(choice.product, rule_set=choice.rule_set)
            self.tree.show(tree, choice.cut_off, caption=f"{view.title} · {view.functional_unit}")
        self.box.show(view)

    def _static_html(self) -> str:
        return self.box.view.html


def contributions(
    question: Study | Database,
    *,
    products: Products = (),
    rule_set: RuleSet | str | None = None,
    source: str = "",
    threads: bool = True,
) -> ContributionExplorer:
    """Return a widget that shows what footprints come from.

    Parameters
    ----------
    question : Study or Database
        A study, answered under its rule sets, or an inventory.
    products : str or sequence
        Of an inventory: the id of a process, for everything that one run of it makes, or units of analysis.
        Of a study: keys of its products; none for all.
    rule_set : RuleSet or str, optional
        Answer under this rule set only.
    source : str
        Python expression that gives the question; `ContributionExplorer.to_code` writes it into the cell.
    threads : bool
        Whether to work in a thread; else in turns with everything else.

    Raises
    ------
    RuleError, NotFoundError, StudyError
        If there is no such rule set or product.

    Examples
    --------
    >>> from carbonlab.teaching import load_teaching_inventory
    >>> explorer = contributions(load_teaching_inventory(), products="sawmill")
    >>> explorer.by_control.value = "gas"
    >>> explorer.view.tables[0].rows[-1][0]
    'Carbon footprint'
    """
    study = study_of(question, products, find_rule_set(rule_set or "default"))
    if rule_set is not None:
        study = study.with_rule_sets(rule_set)
    return ContributionExplorer(study, source=source_of(question, products, source), threads=threads)


def _number(text: str) -> float:
    """Return a typed number; what is none is refused by the cut-off."""
    try:
        return float(text)
    except ValueError:
        return float("nan")
