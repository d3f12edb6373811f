"""Parameters of an option as one line of text: any option can be given its parameters in a text field."""

from __future__ import annotations

import json
from typing import Any

from carbonlab.errors import RuleError
from carbonlab.messages import message


def text_of_parameter(value: Any) -> str:
    """Return what a text field shows of a parameter; nothing for a parameter that is not given.

    Examples
    --------
    >>> text_of_parameter(["biogenic_carbon", "energy"])
    'biogenic_carbon, energy'
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False)


def parameter_of_text(text: str, types: tuple[type, ...], *, where: str) -> Any:
    """Return the parameter that a text stands for; None for an empty text.

    Parameters
    ----------
    text : str
        What was typed: plain words for text, words with commas for a list, JSON for the rest.
    types : tuple of type
        What the option allows.
    where : str
        Option and parameter, for the message.

    Raises
    ------
    RuleError
        If the text cannot be read as one of the types.
    """
    text = text.strip()
    if not text:
        return None
    if str in types:
        return text
    if list in types and not text.startswith("["):
        return [part.strip() for part in text.split(",") if part.strip()]
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise RuleError(
            f"the text {text!r} cannot be read", where=where, why=str(error), remedy=hint_of_types(types)
        ) from error
    if isinstance(value, int) and not isinstance(value, bool) and float in types and int not in types:
        return float(value)
    return value


def hint_of_types(types: tuple[type, ...]) -> str:
    """Return how a parameter of some types is typed."""
    for kind, key in ((str, "text"), (list, "list"), (dict, "table")):
        if kind in types:
            return message(f"widget.type_{key}")
    return message("widget.type_number")
