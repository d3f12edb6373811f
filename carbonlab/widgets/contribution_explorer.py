"""Explore what a footprint comes from: controls hold a choice, and the picture, tree and table follow."""

from __future__ import annotations

from typing import Any

import ipywidgets as ipw

from carbonlab.errors import CarbonlabError
from carbonlab.inventory.database import Database
from carbonlab.messages import message
from carbonlab.results.breakdown import By, CutOff, CutOffMode
from carbonlab.rules.rulefile import find_rule_set
from carbonlab.rules.ruleset import RuleSet
from carbonlab.system.study import Study
from carbonlab.widgets.answered import Answered
from carbonlab.widgets.contribution_tree import ContributionTree
from carbonlab.widgets.contribution_views import PICTURES, ContributionChoice, drawn
from carbonlab.widgets.number_field import NumberField, Range
from carbonlab.widgets.questions import Products, study_of
from carbonlab.widgets.view import View
from carbonlab.widgets.view_box import ViewBox
from carbonlab.widgets.views import error_view

LEVELS = {
    CutOffMode.MINIMUM: Range(0.0, 20.0, 0.5),
    CutOffMode.CUMULATIVE: Range(10.0, 100.0, 1.0),
    CutOffMode.TOP: Range(1.0, 30.0, 1.0),
}
"""Sliders of the cut-off; typed numbers may lie beyond."""
FIRST_LEVEL = {CutOffMode.MINIMUM: 1.0, CutOffMode.CUMULATIVE: 90.0, CutOffMode.TOP: 10.0}


class ContributionExplorer:
    """Controls and views of contributions, put together (made by `contributions`).

    Attributes
    ----------
    answered : Answered
        The study with its answers.
    widget : ipywidgets.VBox
        What is shown.
    product_control, rule_set_control, picture_control, by_control, mode_control, scale_control
        Choices.
    level_fields : dict of CutOffMode to NumberField
        The level of each kind of cut-off.
    """

    def __init__(self, answered: Answered, *, source: str = "") -> None:
        self.answered, self._source, self._quiet = answered, source, False
        study = answered.study
        wide, narrow = ipw.Layout(width="min(32rem, 98%)"), ipw.Layout(width="min(20rem, 98%)")
        style = {"description_width": "auto"}

        def dropdown(key: str, options: list[tuple[str, Any]], layout: ipw.Layout) -> ipw.Dropdown:
            label = message(f"explore.{key}")
            return ipw.Dropdown(options=options, description=label, layout=layout, style=style)

        self.product_control = dropdown("product", [(unit.name, unit.key) for unit in study.units], wide)
        self.rule_set_control = dropdown(
            "rule_set", [(f"{rules.key}: {rules.title}", rules.key) for rules in study.rule_sets], wide
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
        self.tree, self.box = ContributionTree(), ViewBox(name="carbonlab-contributions")
        self.widget = self._composed()
        for control in (
            self.product_control, self.rule_set_control, self.picture_control, self.by_control,
            self.mode_control, self.scale_control, *self.level_fields.values(),
        ):  # fmt: skip
            control.observe(lambda change: self._refresh(), "value")
        self._refresh()

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
            self.rule_set_control.value = choice.rule_set or self.answered.study.rule_sets[0].key
            self.mode_control.value = choice.cut_off.mode
            self.level_fields[choice.cut_off.mode].value = f"{choice.cut_off.level:g}"
        finally:
            self._quiet = False
        self._refresh()

    @property
    def view(self) -> View:
        """What is shown: the parts, or the message that says why there are none."""
        try:
            return drawn(self.answered, self.value, source=self._source)
        except CarbonlabError as error:
            return error_view(error, self.answered.study, side=message("explore.contributions"))

    def to_code(self) -> str:
        """Return a cell that shows the same.

        Raises
        ------
        RefusedError
            If there is nothing to show.
        """
        return drawn(self.answered, self.value, source=self._source).to_code()

    def _composed(self) -> ipw.VBox:
        row = ipw.Layout(flex_flow="row wrap", align_items="center")
        first = [self.product_control]
        if len(self.answered.study.rule_sets) > 1:
            first.append(self.rule_set_control)
        self._levels = ipw.HBox([])
        return ipw.VBox(
            [
                ipw.HBox(first, layout=row),
                ipw.HBox([self.picture_control, self.by_control, self.scale_control], layout=row),
                ipw.HBox([self.mode_control, self._levels], layout=row),
                self.tree,
                self.box.widget,
            ]
        )

    def _refresh(self) -> None:
        if self._quiet:
            return
        picture, mode = self.picture_control.value, self.mode_control.value
        self.by_control.disabled = picture in ("tree", "sankey")
        self.scale_control.disabled = picture != "bars"
        self._levels.children = (self.level_fields[mode],)
        view = self.view
        is_tree = picture == "tree" and bool(view.tables)
        self.tree.layout.display = "" if is_tree else "none"
        self.box.body.layout.display = "none" if is_tree else ""
        if is_tree:
            choice = self.value
            tree = self.answered.tree(choice.product, rule_set=choice.rule_set)
            self.tree.show(tree, choice.cut_off, caption=f"{view.title} · {view.functional_unit}")
        self.box.show(view)

    def __repr__(self) -> str:
        return self.view.text

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        """Show the widget where there is a kernel, else the present view."""
        bundle = dict(self.widget._repr_mimebundle_(**kwargs) or {})
        view = self.view
        return bundle | {"text/plain": view.text, "text/html": view.html}


def contributions(
    question: Study | Database,
    *,
    products: Products = (),
    rule_set: RuleSet | str | None = None,
    source: str = "",
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

    Raises
    ------
    CarbonlabError
        If there is no trustworthy answer.

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
    return ContributionExplorer(Answered.of(study), source=source)


def _number(text: str) -> float:
    """Return a typed number; what is none is refused by the cut-off."""
    try:
        return float(text)
    except ValueError:
        return float("nan")
