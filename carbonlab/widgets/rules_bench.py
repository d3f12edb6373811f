"""The rules bench: two rule sets side by side with every slot a control, and what makes them differ."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import ipywidgets as ipw
import xarray as xr

from carbonlab.errors import CarbonlabError
from carbonlab.inventory.database import Database
from carbonlab.messages import message, shown_name
from carbonlab.plots.waterfall import Interaction
from carbonlab.rules.rulefile import find_rule_set, list_rule_sets, load_rule_set
from carbonlab.rules.ruleset import RuleSet
from carbonlab.rules.slots import slot_of
from carbonlab.system.study import Study
from carbonlab.widgets.answers import PARTS, functional_unit, unit_of
from carbonlab.widgets.bench_answers import SHOWN, Asked, BenchChoice, Sight, is_quick, sights
from carbonlab.widgets.choice import choice
from carbonlab.widgets.controls import LABEL_WIDTH
from carbonlab.widgets.job import State
from carbonlab.widgets.questions import Products, source_of, study_of
from carbonlab.widgets.session import Session
from carbonlab.widgets.slot_controls import SideControl, SlotGrid
from carbonlab.widgets.view import View
from carbonlab.widgets.view_box import ViewBox
from carbonlab.widgets.views import part_name
from carbonlab.widgets.working_widget import WorkingWidget


class RulesBench(WorkingWidget[Sight]):
    """Controls, a session and views, put together (made by `rules_bench`).

    What the session holds, or is known to be quick, is answered at once; else a job answers. The last turn of a
    control wins: of an earlier one nothing is shown any more.

    Attributes
    ----------
    widget : ipywidgets.VBox
        What is shown.
    baseline_control, alternative_control : SideControl
        The two sides; ``.slots[slot].option`` is the control of a slot.
    part_control
        What part of the footprint the sides show.
    product_control, shown_control, interaction_control
        What is taken apart, and how it is shown.
    sides_box : ViewBox
        The two sides; `box` is what is shown below them.
    job : Job
        Answers that take their time.
    """

    def __init__(
        self,
        session: Session,
        baseline: RuleSet,
        alternative: RuleSet,
        *,
        rule_sets: Sequence[RuleSet] = (),
        slots: Sequence[str] = (),
        shown: str = SHOWN[0],
        source: str = "",
        threads: bool = True,
    ) -> None:
        super().__init__(
            session.study, label=message("bench.job"), title=message("bench.title"), name="carbonlab-rules",
            threads=threads, again=True,
        )  # fmt: skip
        self.study: Study = session.study
        self.session = session
        self._rule_sets, self._source, self._quiet = tuple(rule_sets), source, True
        known = {rules.key: rules for rules in (*session.study.rule_sets, *rule_sets)}
        self.baseline_control = SideControl(message("widget.baseline"), known, baseline, slots=slots)
        self.alternative_control = SideControl(message("widget.alternative"), known, alternative, slots=slots)
        self.grid = SlotGrid(self.baseline_control, self.alternative_control)
        self.part_control = choice(
            options=[(part_name(part), part) for part in PARTS],
            description=message("widget.shown"),
            style={"description_width": LABEL_WIDTH},
        )
        self.product_control = choice(
            options=[(shown_name(unit.name), unit.key) for unit in session.study.units],
            description=message("widget.product"),
            layout=ipw.Layout(width="min(30rem, 98%)"),
        )
        self.shown_control = ipw.ToggleButtons(
            options=[(message(f"bench.show_{word}"), word) for word in SHOWN],
            value=shown,
            style={"button_width": "auto"},
        )
        self.interaction_control = choice(
            options=[(message(f"waterfall.interaction_{word}"), str(word)) for word in Interaction],
            description=message("waterfall.how_interaction"),
            style={"description_width": "auto"},
            layout=ipw.Layout(width="min(36rem, 98%)"),
        )
        self.sides_box = ViewBox(name="carbonlab-sides")
        self.widget = self._composed()
        for side in (self.baseline_control, self.alternative_control):
            side.on_change(self._refresh)
        for control in (
            self.part_control, self.product_control, self.shown_control, self.interaction_control,
        ):  # fmt: skip
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
            self.part_control.value,
        )

    @value.setter
    def value(self, choice: BenchChoice) -> None:
        self._quiet = True
        try:
            self.baseline_control.value, self.alternative_control.value = choice.baseline, choice.alternative
            self.product_control.value, self.shown_control.value = choice.product, choice.shown
            self.interaction_control.value, self.part_control.value = choice.interaction, choice.part
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
        """Baseline and alternative side by side, or why there is no answer; waits for it, so not in a callback."""
        self.job.wait()
        return self.sides_box.view

    @property
    def view(self) -> View:
        """What is shown below the sides, or the sides where there is nothing below; waits as `sides`."""
        self.job.wait()
        return self._in_sight

    @property
    def _in_sight(self) -> View:
        return self.sides_box.view if self.shown_control.value == "sides" else self.box.view

    def turn_like(self, other: RulesBench) -> None:
        """Turn all controls as they are on another bench; what cannot be read there stays as it is."""
        self._quiet = True
        try:
            self.baseline_control.turn_like(other.baseline_control)
            self.alternative_control.turn_like(other.alternative_control)
            for name in ("shown_control", "interaction_control", "part_control"):
                getattr(self, name).value = getattr(other, name).value
        finally:
            self._quiet = False
        self._refresh()

    def _composed(self) -> ipw.VBox:
        title = f"<b>{escape(message('bench.title'))}</b>: {escape(shown_name(self.session.study.title))}"
        row = ipw.Layout(flex_flow="row wrap")
        several = len(self.session.study.units) > 1
        return ipw.VBox(
            [
                ipw.HTML(title),
                self.grid.widget,
                self.part_control,
                self.boundary,
                self.sides_box.widget,
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
        self.job.forget()
        self.job.widget.layout.display = "none"
        self.grid.refresh()
        is_waterfall, is_below = (self.shown_control.value == word for word in ("waterfall", "sides"))
        self.interaction_control.layout.display = None if is_waterfall else "none"
        self.product_control.layout.display = "none" if is_below else None
        try:
            asked = self._asked()
        except CarbonlabError as error:
            self._show(self._refusal(error))
            return
        if is_quick(self.session, asked):
            for sight in sights(self.session, asked, None):
                self._show(sight)
            return
        self._show(Sight())  # numbers of another choice must not stay in sight
        self.job.widget.layout.display = None
        self.job.start(
            lambda watch: sights(self.session, asked, watch), on_step=self._show, on_end=self._job_ended
        )

    def _asked(self) -> Asked:
        bases = (self.baseline_control.base, self.alternative_control.base)
        return Asked(self.value, bases, self.grid.differing, self._rule_sets, self._source)

    def _show(self, sight: Sight) -> None:
        self.sides_box.show(sight.sides)
        self.box.show(sight.below)

    def _job_ended(self) -> None:
        if self.job.state is State.DONE:
            self.job.widget.layout.display = "none"
        super()._job_ended()

    def _refusal(self, error: CarbonlabError) -> Sight:
        """Return what is seen where a control cannot be read."""
        try:
            _ = self.baseline_control.value
        except CarbonlabError:
            side = message("widget.baseline")
        else:
            side = message("widget.alternative")
        shown = message(f"bench.show_{self.shown_control.value}")
        below = Sight().below if self.shown_control.value == "sides" else self._view_of(error, side=shown)
        return Sight(self._view_of(error, side=side), below)

    def __repr__(self) -> str:
        unit = functional_unit(unit_of(self.session.study, self.product_control.value))
        below = self.box.view.text
        return "\n".join(filter(None, [unit if below else "", self.sides_box.view.text, below]))

    def _static_html(self) -> str:
        return self.sides_box.view.html + self.box.view._repr_html_()


def rules_bench(
    question: Study | Database,
    *,
    products: Products = (),
    baseline: RuleSet | str = "default",
    alternative: RuleSet | str = "",
    rule_sets: Sequence[RuleSet | str] | None = None,
    slots: Sequence[str] = (),
    shown: str = SHOWN[0],
    source: str = "",
    threads: bool = True,
) -> RulesBench:
    """Return a bench on which the rules of two rule sets can be turned.

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
    slots : sequence of str
        Slots whose rules can be turned; by default all.
    shown : str
        What is shown below the two sides at first: ``waterfall``, ``matrix``, ``words``, or ``sides`` for no more.
    source : str
        Python expression that gives the question; `RulesBench.to_code` writes it into the cell.
    threads : bool
        Whether answers that take their time are found in a thread; else in turns with everything else.

    Raises
    ------
    RuleError, NotFoundError, StudyError
        If there is no such rule set, slot or product.

    Examples
    --------
    >>> from carbonlab.teaching import load_teaching_inventory
    >>> bench = rules_bench(load_teaching_inventory(), products="sawmill")
    >>> bench.alternative_control.slots["multifunctionality"].option.value = "price"
    >>> len(bench.view.tables[0].rows)
    3
    >>> bench = rules_bench(load_teaching_inventory(), products="sawmill", slots=["aviation"], shown="sides")
    >>> list(bench.baseline_control.slots)
    ['aviation']
    """
    first = find_rule_set(baseline)
    second = find_rule_set(alternative) if alternative else first
    others = list_rule_sets() if rule_sets is None else rule_sets
    known = [load_rule_set(rules) if rules in list_rule_sets() else find_rule_set(rules) for rules in others]
    for slot in slots:
        slot_of(slot, "rules_bench")
    session = Session(study_of(question, products, first))
    return RulesBench(
        session, first, second, rule_sets=known, slots=slots, shown=shown,
        source=source_of(question, products, source), threads=threads,
    )  # fmt: skip
