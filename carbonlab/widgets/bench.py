"""The rule bench: turn the rule of one slot, and see baseline, alternative and difference side by side."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

import ipywidgets as ipw
import xarray as xr

from carbonlab.errors import CarbonlabError
from carbonlab.inventory.database import Database
from carbonlab.messages import message
from carbonlab.rules.rulefile import find_rule_set
from carbonlab.rules.ruleset import Rule, RuleSet
from carbonlab.rules.slots import slot_of
from carbonlab.system.study import Study
from carbonlab.widgets.answers import PARTS, TOTAL
from carbonlab.widgets.code import code_of_comparison
from carbonlab.widgets.controls import LABEL_WIDTH, RuleControl
from carbonlab.widgets.questions import Products, is_one_run, study_of
from carbonlab.widgets.session import Session
from carbonlab.widgets.view import View
from carbonlab.widgets.views import comparison_view, error_view, part_name, result_view, stacked


@dataclass(frozen=True)
class Choice:
    """What is chosen on a bench.

    Attributes
    ----------
    baseline, alternative : Rule
        The two rules of the slot.
    part : str
        Part of the footprint that is shown: ``total`` or a component.
    """

    baseline: Rule
    alternative: Rule
    part: str = TOTAL


class RuleBench:
    """Controls, a session and a view, put together (made by `rule_bench`).

    Parameters
    ----------
    session : Session
        Answers.
    base : RuleSet
        Decides every other slot, and where both sides begin.
    slot : str
        The slot that is turned.
    source : str
        Python expression that gives the inventory or study, for `to_code`.

    Attributes
    ----------
    widget : ipywidgets.VBox
        What is shown.
    """

    def __init__(self, session: Session, base: RuleSet, slot: str, *, source: str = "") -> None:
        self.session = session
        self._base = base
        self._slot = slot
        self._source = source
        self._one_run = is_one_run(session.study)
        rule = base.rules[slot]
        self.baseline_control = RuleControl(rule, label=message("widget.baseline"))
        self.alternative_control = RuleControl(rule, label=message("widget.alternative"))
        self.part_control = ipw.Dropdown(
            options=[(part_name(part), part) for part in PARTS],
            description=message("widget.shown"),
            style={"description_width": LABEL_WIDTH},
        )
        self.code_control = ipw.ToggleButton(
            description=message("widget.show_code"), layout=ipw.Layout(width="auto")
        )
        self._picture, self._code = ipw.HTML(), ipw.HTML()
        self.widget = self._composed()
        self._quiet = False
        for control in (self.baseline_control, self.alternative_control):
            control.on_change(self._refresh)
        self.part_control.observe(lambda change: self._refresh(), "value")
        self.code_control.observe(lambda change: self._refresh(), "value")
        self._refresh()

    @property
    def value(self) -> Choice:
        """What is chosen; set it to turn all controls at once.

        Raises
        ------
        RuleError
            If a parameter that was typed cannot be read.
        """
        return Choice(self.baseline_control.value, self.alternative_control.value, self.part_control.value)

    @value.setter
    def value(self, choice: Choice) -> None:
        self._quiet = True
        try:
            self.baseline_control.value = choice.baseline
            self.alternative_control.value = choice.alternative
            self.part_control.value = choice.part
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
        return self.session.result(self._under(self.baseline_control.value))

    @property
    def alternative(self) -> xr.Dataset:
        """The result under the alternative.

        Raises
        ------
        CarbonlabError
            If there is no trustworthy answer.
        """
        return self.session.result(self._under(self.alternative_control.value))

    @property
    def view(self) -> View:
        """What is shown: the comparison, or the message that says why there is none."""
        try:
            baseline = self.baseline
        except CarbonlabError as error:
            return error_view(error, self.session.study, side=message("widget.baseline"))
        try:
            alternative = self.alternative
        except CarbonlabError as error:
            message_of_error = error_view(error, self.session.study, side=message("widget.alternative"))
            return stacked(message_of_error, result_view(baseline))
        return comparison_view(baseline, alternative, part=self.part_control.value, one_run=self._one_run)

    def to_code(self) -> str:
        """Return a cell that shows the same comparison.

        Raises
        ------
        RuleError
            If a parameter that was typed cannot be read.
        """
        choice = self.value
        return code_of_comparison(
            self.session.study,
            self._base,
            choice.baseline,
            choice.alternative,
            part=choice.part,
            one_run=self._one_run,
            source=self._source,
        )

    def _under(self, rule: Rule) -> RuleSet:
        """Return the rule set with a rule in the slot that is turned."""
        return (
            self._base if rule == self._base.rules[self._slot] else self._base.replace(**{self._slot: rule})
        )

    def _composed(self) -> ipw.VBox:
        title = f"<b>{escape(message(f'slot.{self._slot}'))}</b>: {escape(self.session.study.title)}"
        sides = [self.baseline_control.widget, self.alternative_control.widget]
        return ipw.VBox(
            [
                ipw.HTML(title),
                ipw.HBox(sides, layout=ipw.Layout(flex_flow="row wrap")),
                ipw.HBox([self.part_control, self.code_control], layout=ipw.Layout(flex_flow="row wrap")),
                self._picture,
                self._code,
            ]
        )

    def _refresh(self) -> None:
        if self._quiet:
            return
        self._picture.value = self.view.html
        code = f"<pre tabindex='0'>{escape(self._shown_code())}</pre>"
        self._code.value = code if self.code_control.value else ""

    def _shown_code(self) -> str:
        try:
            return self.to_code()
        except CarbonlabError as error:
            return str(error)

    def __repr__(self) -> str:
        return self.view.text

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        """Show the widget where there is a kernel, else the present picture, else its text."""
        bundle = dict(self.widget._repr_mimebundle_(**kwargs) or {})
        view = self.view
        return bundle | {"text/plain": view.text, "text/html": view.html}


def rule_bench(
    question: Study | Database,
    *,
    slot: str = "multifunctionality",
    products: Products = (),
    rule_set: RuleSet | str = "default",
    source: str = "",
) -> RuleBench:
    """Return a bench on which the rule of one slot is turned.

    Parameters
    ----------
    question : Study or Database
        A study, or an inventory.
    slot : str
        The slot that is turned.
    products : str or sequence
        Of an inventory: the id of a process, for everything that one run of it makes, or units of analysis.
        Of a study: keys of its products; none for all.
    rule_set : RuleSet or str
        Decides every other slot, and where both sides begin.
    source : str
        Python expression that gives the question; `RuleBench.to_code` writes it into the cell.

    Raises
    ------
    RuleError, NotFoundError, StudyError
        If there is no such slot, rule set or product.

    Examples
    --------
    >>> from carbonlab.teaching import load_teaching_inventory
    >>> bench = rule_bench(load_teaching_inventory(), products="sawmill")
    >>> bench.alternative_control.option.value = "price"
    >>> [float(side["total"].sum().round(3)) for side in (bench.baseline, bench.alternative)]
    [-3.55, -3.55]
    """
    base = rule_set if isinstance(rule_set, RuleSet) else find_rule_set(rule_set)
    slot_of(slot, "rule_bench")
    return RuleBench(Session(study_of(question, products, base)), base, slot, source=source)
