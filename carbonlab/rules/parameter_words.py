"""Options and their parameters in words of the field: what a rule is given, as a reader would say it."""

from __future__ import annotations

from typing import Any

from carbonlab.messages import has_message, message

SHARES = ("item", "total", "share")
"""Parameters that are shares of one."""


def parameter_in_words(name: str, value: Any) -> str:
    """Return a parameter of an option in words of the field; symbols of formulas stay what they are.

    Examples
    --------
    >>> parameter_in_words("item", 0.01)
    'each at most 1 %'
    >>> parameter_in_words("bases", ["mass", "price"])
    'in the order mass, revenue'
    >>> parameter_in_words("R1", 0.2)
    'R1 = 0.2'
    """
    words = (
        f"{100 * value:g} %" if name in SHARES and isinstance(value, int | float) else _value_in_words(value)
    )
    key = f"parameter.{name}"
    return (
        message(key, value=words) if has_message(key) else message("parameter.other", name=name, value=words)
    )


def option_in_words(slot: str, option: str) -> str:
    """Return an option in words of the field; an option of the user's own keeps its key.

    Examples
    --------
    >>> option_in_words("cut_off", "none")
    'nothing is cut off'
    >>> option_in_words("characterization", "gwp20_ar6")
    'Factors gwp20_ar6'
    """
    key = f"option.{slot}.{option}"
    if slot == "characterization" and not has_message(key):
        return message("option.characterization_of", key=option)
    return message(key) if has_message(key) else option


def _value_in_words(value: Any) -> str:
    if isinstance(value, bool):
        return message(f"parameter_value.{'yes' if value else 'no'}")
    if isinstance(value, list | tuple):
        return ", ".join(_value_in_words(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_value_in_words(one)}" for key, one in value.items())
    for group in ("parameter_value", "stage"):
        if has_message(f"{group}.{value}"):
            return message(f"{group}.{value}")
    return f"{value:g}" if isinstance(value, float) else str(value)
