"""Controls: they hold choices, expose one ``value``, and know nothing of inventories or results."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as ipw

from carbonlab.display.width import text_width
from carbonlab.messages import has_message, message, translated
from carbonlab.messages.catalogue import current_language
from carbonlab.rules.registry import list_options, option_of
from carbonlab.rules.ruleset import Line, Rule
from carbonlab.widgets.choice import choice
from carbonlab.widgets.number_field import RANGES, NumberField
from carbonlab.widgets.parameter_text import hint_of_types, parameter_of_text, text_of_parameter

Callback = Callable[[], None]

LABEL_WIDTH = "6.5rem"
WIDE_LABEL = "12.5rem"
FITS = 12
"""Latin letters of a closed box that are surely in sight, also on a narrow page; a longer sentence stands below it."""
EXPLANATION = "font-size: .9em; line-height: 1.35; margin: .2em 0 .4em;"
"""Explanations stand under the field that they explain: a closed box cuts its line off."""


class RuleControl:
    """Choose the option of one slot, and its parameters.

    The control decides the last line of the rule, which catches everything that no line before it does; lines
    before it are kept as they are, and shown.

    Parameters
    ----------
    rule : Rule
        What is chosen at first.
    label : str
        What the choice is for, e.g. "Baseline"; also the name that a screen reader says.
    compact : bool
        Whether parameters are shown on request only.

    Attributes
    ----------
    widget : ipywidgets.VBox
        What is shown.
    """

    def __init__(self, rule: Rule, *, label: str, compact: bool = False) -> None:
        self._slot = rule.slot
        self._compact = compact
        self._start = rule
        self._callbacks: list[Callback] = []
        self._quiet = False
        options = [(f"{key}: {option_summary(rule.slot, key)}", key) for key in list_options(rule.slot)]
        wide = ipw.Layout(width="98%")
        self.option = choice(
            options=options,
            description=label,
            layout=wide,
            style={"description_width": WIDE_LABEL if compact else LABEL_WIDTH},
        )
        self.explanation = ipw.HTML()
        self.fields: dict[str, ipw.Text | NumberField] = {}
        self._typed: dict[str, str] = {}
        self.field_box = ipw.VBox(layout=ipw.Layout(width="98%"))
        beside = ipw.Layout(width="auto", margin=f"0 0 0 {WIDE_LABEL}", align_self="flex-start")
        self.more_control = ipw.ToggleButton(layout=beside)
        self.widget = ipw.VBox(
            [self.option, self.explanation, *([self.more_control] if compact else []), self.field_box],
            layout=ipw.Layout(flex="1 1 18rem", min_width="18rem"),
        )
        self.widget.add_class("cl-slot")  # labels stand above their boxes where it is narrow
        self.more_control.add_class("cl-more")
        self.option.observe(lambda change: self._option_turned(), "value")
        self.more_control.observe(lambda change: self._fold(), "value")
        self.value = rule

    @property
    def value(self) -> Rule:
        """The rule that is chosen.

        Raises
        ------
        RuleError
            If a parameter cannot be read, or the option does not take it.
        """
        key = self.option.value
        known = option_of(self._slot, key).parameters
        parameters = {}
        for name, field in self.fields.items():
            where = f"slot {self._slot}, option {key}, parameter {name}"
            parameter = parameter_of_text(field.value, known[name], where=where)
            if parameter is not None:
                parameters[name] = parameter
        first = self._start.lines[-1]
        if key == first.option and parameters == dict(first.parameters):
            return self._start  # with the reference that it came with
        return Rule(self._slot, (*self._start.lines[:-1], Line(key, parameters=parameters)))

    @value.setter
    def value(self, rule: Rule) -> None:
        self._start = rule
        self._quiet = True
        try:
            self.option.value = rule.lines[-1].option
            given = rule.lines[-1].parameters
            self._typed = {name: text_of_parameter(value) for name, value in given.items()}
            self._show_fields()
        finally:
            self._quiet = False
        self._changed()

    def on_change(self, callback: Callback) -> None:
        """Call a function without arguments whenever the value may have changed."""
        self._callbacks.append(callback)

    def _option_turned(self) -> None:
        if not self._quiet:
            self._show_fields()
            self._changed()

    def _show_fields(self) -> None:
        """Make a text field for each parameter of the option.

        What was typed once is remembered, also over options that have no such parameter: a number must not change
        because somebody looked at another option in between.
        """
        option = option_of(self._slot, self.option.value)
        self.fields = {name: self._field(name, types) for name, types in option.parameters.items()}
        self.field_box.children = tuple(self.fields.values())
        kept = "".join(
            f"<li>{escape(str(line.selector))}: {escape(line.option)}</li>" for line in self._start.lines[:-1]
        )
        before = f"<br>{escape(message('widget.lines_kept'))}<ul>{kept}</ul>" if kept else ""
        sentence = option_summary(self._slot, option.key)
        is_whole = self._compact and text_width(f"{option.key}: {sentence}") <= FITS
        said = "" if is_whole else escape(sentence)
        left = WIDE_LABEL if self._compact else LABEL_WIDTH
        below = f"<div class='cl-explained' style='{EXPLANATION} padding-left: {left};'>{said}{before}</div>"
        self.explanation.value = below if said or before else ""
        self._fold()

    def _fold(self) -> None:
        """Show the parameters, or only that there are some."""
        if not self._compact:
            return
        given = sum(bool(field.value) for field in self.fields.values())
        self.more_control.description = message("bench.parameters", given=given, most=len(self.fields))
        self.more_control.layout.display = None if self.fields else "none"
        self.field_box.layout.display = None if self.more_control.value else "none"

    def _field(self, name: str, types: tuple[type, ...]) -> ipw.Text | NumberField:
        field: ipw.Text | NumberField
        if name in RANGES and set(types) <= {int, float}:
            hint = hint_of_types(types)
            field = NumberField(name, RANGES[name], value=self._typed.get(name, ""), placeholder=hint)
        else:
            field = ipw.Text(
                value=self._typed.get(name, ""),
                description=name,
                placeholder=hint_of_types(types),
                continuous_update=False,
                layout=ipw.Layout(width="98%"),
                style={"description_width": LABEL_WIDTH},
            )
        field.observe(lambda change: self._parameter_typed(name, field.value), "value")
        return field

    def _parameter_typed(self, name: str, text: str) -> None:
        self._typed[name] = text
        self._fold()
        self._changed()

    def _changed(self) -> None:
        if not self._quiet:
            for callback in self._callbacks:
                callback()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return self.widget._repr_mimebundle_(**kwargs)


def option_summary(slot: str, key: str) -> str:
    """Return what an option does, in the reader's language where the catalogue says it."""
    said = f"option.{slot}.{key}"
    if current_language() == "en" or not has_message(said):
        return translated(option_of(slot, key).summary)
    return message(said)
