"""How a report says what the summary holds as keys: words of the vocabulary, rules, units."""

from __future__ import annotations

from typing import Any

from carbonlab.messages import has_message, message, translated
from carbonlab.results.schema import IMPACT_UNIT


def word(group: str, key: str) -> str:
    """Return the text of a word of the vocabulary, or the word itself where the catalogue has none."""
    return message(f"{group}.{key}") if has_message(f"{group}.{key}") else key or message("report.not_stated")


def slot_words(player: str) -> str:
    """Return the name of a slot, or of slots that are one player of an attribution.

    Examples
    --------
    >>> slot_words("electricity + aviation")
    'Electricity + Aviation multiplier'
    """
    return " + ".join(word("slot", slot) for slot in player.split(" + "))


def option_words(slot: str, option: str) -> str:
    """Return an option in words, with its key; the key alone for an option of the user's own.

    Examples
    --------
    >>> option_words("multifunctionality", "price")
    'shares by revenue (price)'
    """
    key = f"option.{slot}.{option}"
    if slot == "characterization" and not has_message(key):
        return message("option.characterization_of", key=option)
    return f"{message(key)} ({option})" if has_message(key) else option


def selector_words(text: str) -> str:
    """Return what a line of a rule selects; everything is said in the reader's language."""
    return message("report.everything") if text == "everything" else text


def status_word(status: str) -> str:
    """Return the first words of a status, for tables."""
    return message(f"status.{status}").split(":")[0]


def rule_set_title(rules: dict[str, Any]) -> str:
    """Return the title of a rule set of the summary in the reader's language, where there is one."""
    return translated(rules["title"])


def unit_of(product: dict[str, Any]) -> str:
    """Return the unit of a footprint, e.g. kg CO2e per 1 t."""
    return f"{IMPACT_UNIT} {message('report.per')} {product['amount']:g} {product['unit']}"
