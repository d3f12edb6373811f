"""All slots of two rule sets: each slot a control on either side, and where the two sides differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape

import ipywidgets as ipw

from carbonlab.errors import RuleError
from carbonlab.messages import message, translated
from carbonlab.rules.ruleset import Rule, RuleSet
from carbonlab.rules.slots import SLOTS
from carbonlab.widgets.choice import choice
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
    slots : sequence of str
        Slots that can be turned; by default all.

    Attributes
    ----------
    base_control : ipywidgets.Dropdown
        Where the side begins.
    slots : dict of str to RuleControl
        A control for every slot that can be turned, in the order of stages.
    """

    def __init__(
        self, label: str, known: Mapping[str, RuleSet], chosen: RuleSet, *, slots: Sequence[str] = ()
    ) -> None:
        self.label = label
        self._known = {**known, chosen.key: chosen}
        self._callbacks: list[Callable[[], None]] = []
        self._quiet = False
        self.base_control = choice(
            options=[(f"{key}: {translated(rules.title)}", key) for key, rules in self._known.items()],
            value=chosen.key,
            description=label,
            layout=ipw.Layout(width="98%"),
            style={"description_width": WIDE_LABEL},
        )
        is_single = len(slots) == 1
        self.slots = {
            slot.key: RuleControl(
                chosen.rules[slot.key],
                label=label if is_single else message(f"slot.{slot.key}"),
                compact=not is_single,
            )
            for slot in SLOTS
            if slot.key in slots or not slots
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
            if self._known.get(rules.key) != rules:
                self._known[rules.key] = rules
                self.base_control.options = [
                    (f"{key}: {translated(r.title)}", key) for key, r in self._known.items()
                ]
            self.base_control.value = rules.key
            self._fill(rules)
        finally:
            self._quiet = False
        self._changed()

    def rule(self, slot: str) -> Rule:
        """Return the rule of a slot; errors as of `value`."""
        return self.slots[slot].value if slot in self.slots else self.base.rules[slot]

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

    def turn_like(self, model: SideControl) -> None:
        """Turn the slots as they are on another side; what cannot be read there stays as it begins."""
        for slot, control in self.slots.items():
            try:
                rule = model.rule(slot)
            except RuleError:
                continue
            if rule.value != control.value.value:
                control.value = rule

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
        self._marks = {slot: ipw.HTML(layout=ipw.Layout(min_width="6rem")) for slot in baseline.slots}
        wrap = ipw.Layout(flex_flow="row wrap", width="100%")
        whole = len(self._marks) == len(SLOTS)
        heads: list[ipw.Widget] = [
            side.base_control if whole else _heading(side.label) for side in (baseline, alternative)
        ]
        columns = [ipw.VBox([one], layout=ipw.Layout(flex="1 1 18rem", min_width="18rem")) for one in heads]
        for column in columns:
            column.add_class("cl-slot")
        head = ipw.HBox(
            [*columns, ipw.HTML(layout=ipw.Layout(min_width="6rem"))],
            layout=wrap,
        )
        rows = [
            ipw.HBox([baseline.slots[key].widget, alternative.slots[key].widget, mark], layout=wrap)
            for key, mark in self._marks.items()
        ]
        self._levels = ipw.HTML()
        is_single = len(self._marks) == 1  # then each control says of which side it is
        self.widget = ipw.VBox([*([] if is_single else [head]), *rows, self._levels])
        self.refresh()

    @property
    def differing(self) -> tuple[str, ...]:
        """Slots in which the two sides differ; one that cannot be read counts."""
        return tuple(slot.key for slot in SLOTS if self._differs(slot.key))

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
            first, second = (side.rule(slot) for side in (self.baseline, self.alternative))
        except RuleError:
            return True
        return first.value != second.value


def _heading(text: str) -> ipw.HTML:
    return ipw.HTML(f"<b>{escape(text)}</b>")
