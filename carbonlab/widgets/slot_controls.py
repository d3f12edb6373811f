"""All slots of two rule sets: each slot a control on either side, and where the two sides differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape

import ipywidgets as ipw

from carbonlab.errors import RuleError
from carbonlab.messages import message
from carbonlab.rules.ruleset import RuleSet
from carbonlab.rules.slots import SLOTS
from carbonlab.widgets.controls import WIDE_LABEL, RuleControl, option_summary
from carbonlab.widgets.source_levels import levels_in_words


class SideControl:
    """One side of a comparison: a rule set to begin with, and every slot of it.

    Parameters
    ----------
    label : str
        Name of the side.
    known : mapping of str to RuleSet
        Rule sets to begin with, by key.
    chosen : RuleSet
        The first of them; it need not be among `known`.

    Attributes
    ----------
    base_control : ipywidgets.Dropdown
        Where the side begins.
    slots : dict of str to RuleControl
        A control for every slot, in the order of stages.
    """

    def __init__(self, label: str, known: Mapping[str, RuleSet], chosen: RuleSet) -> None:
        self.label = label
        self._known = {**known, chosen.key: chosen}
        self._callbacks: list[Callable[[], None]] = []
        self._quiet = False
        self.base_control = ipw.Dropdown(
            options=[(f"{key}: {rules.title}", key) for key, rules in self._known.items()],
            value=chosen.key,
            description=label,
            layout=ipw.Layout(width="98%"),
            style={"description_width": WIDE_LABEL},
        )
        self.slots = {
            slot.key: RuleControl(chosen.rules[slot.key], label=message(f"slot.{slot.key}"), compact=True)
            for slot in SLOTS
        }
        self.base_control.observe(lambda change: self._begin(), "value")
        for control in self.slots.values():
            control.on_change(self._changed)

    @property
    def base(self) -> RuleSet:
        """The rule set that the side begins with."""
        return self._known[self.base_control.value]

    @property
    def value(self) -> RuleSet:
        """The rule set that is chosen.

        Raises
        ------
        RuleError
            If a parameter that was typed cannot be read.
        """
        base = self.base
        turned = {}
        for slot, control in self.slots.items():
            rule = control.value
            if rule != base.rules[slot]:
                turned[slot] = rule
        return base.replace(**turned) if turned else base

    @value.setter
    def value(self, rules: RuleSet) -> None:
        self._quiet = True
        try:
            if rules.key not in self._known:
                self._known[rules.key] = rules
                self.base_control.options = [(f"{key}: {r.title}", key) for key, r in self._known.items()]
            self.base_control.value = rules.key
            self._fill(rules)
        finally:
            self._quiet = False
        self._changed()

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call a function without arguments whenever the value may have changed."""
        self._callbacks.append(callback)

    def _begin(self) -> None:
        if self._quiet:
            return
        self._quiet = True
        try:
            self._fill(self.base)
        finally:
            self._quiet = False
        self._changed()

    def _fill(self, rules: RuleSet) -> None:
        for slot, control in self.slots.items():
            control.value = rules.rules[slot]

    def _changed(self) -> None:
        if not self._quiet:
            for callback in self._callbacks:
                callback()


class SlotGrid:
    """Both sides slot by slot; slots in which they differ say so in words, and come with a mark.

    Attributes
    ----------
    widget : ipywidgets.VBox
        What is shown.
    """

    def __init__(self, baseline: SideControl, alternative: SideControl) -> None:
        self.baseline, self.alternative = baseline, alternative
        self._marks = {slot.key: ipw.HTML(layout=ipw.Layout(min_width="6rem")) for slot in SLOTS}
        wrap = ipw.Layout(flex_flow="row wrap", width="100%")
        head = ipw.HBox(
            [
                ipw.VBox([side.base_control], layout=ipw.Layout(flex="1 1 22rem", min_width="18rem"))
                for side in (baseline, alternative)
            ]
            + [ipw.HTML(layout=ipw.Layout(min_width="6rem"))],
            layout=wrap,
        )
        rows = [
            ipw.HBox([baseline.slots[key].widget, alternative.slots[key].widget, mark], layout=wrap)
            for key, mark in self._marks.items()
        ]
        self._levels = ipw.HTML()
        self.widget = ipw.VBox([head, *rows, self._levels])
        self.refresh()

    @property
    def differing(self) -> tuple[str, ...]:
        """Slots in which the two sides differ; one that cannot be read counts."""
        return tuple(slot for slot in self._marks if self._differs(slot))

    def refresh(self) -> None:
        """Mark the slots that differ, and explain the marks of clauses that are in sight."""
        chosen = [
            option_summary(slot, side.slots[slot].option.value)
            for slot in self._marks
            for side in (self.baseline, self.alternative)
        ]
        self._levels.value = "".join(f"<p>{escape(text)}</p>" for text in levels_in_words(chosen))
        differing = set(self.differing)
        for slot, mark in self._marks.items():
            said = f"◆ {message('bench.differs')}" if slot in differing else ""
            if mark.value != said:
                mark.value = escape(said)

    def _differs(self, slot: str) -> bool:
        try:
            first, second = (side.slots[slot].value for side in (self.baseline, self.alternative))
        except RuleError:
            return True
        return first.value != second.value
