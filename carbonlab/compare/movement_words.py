"""Movements in words: what a rule did to an exchange, where it is written, and what that moved."""

from __future__ import annotations

from carbonlab.compare.movement import ExchangeMovement, RuleMovement
from carbonlab.messages import has_message, message, shown_name
from carbonlab.rules.parameter_words import option_in_words

NAMED = 3
"""Suppliers named before the others are counted."""


def rule_in_words(movement: RuleMovement) -> str:
    """Return one sentence on what a rule moved."""
    values = {
        "slot": message(f"slot.{movement.slot}"),
        "rule": movement.rule,
        "neutral": option_in_words(movement.slot, movement.neutral),
    }
    if movement.without_number:
        text = message("movement.without_number", why=_why(movement.without_number), **values)
    elif not movement.moved and not movement.delayed and not movement.exchanges:
        text = message("movement.neutral" if movement.is_neutral else "movement.nothing", **values)
    else:
        text = message("movement.rule", moved=_signed(movement.moved), **values)
    if movement.apart:
        text = message("movement.apart", apart=_signed(movement.apart), **(values | {"text": text}))
    if movement.delayed:
        text = message("movement.delayed", text=text, delayed=_signed(movement.delayed))
    return message("movement.with_clause", text=text, clause=movement.clause) if movement.clause else text


def exchange_in_words(movement: ExchangeMovement) -> str:
    """Return one sentence on what a rule did to an exchange."""
    values = {
        "process": shown_name(movement.process_name),
        "flow": shown_name(movement.flow_name),
        "unit": movement.unit,
        "before": _plain(movement.before),
        "after": _plain(movement.after),
        "factor_before": _plain(movement.factor_before),
        "factor_after": _plain(movement.factor_after),
        "old": _names(movement.suppliers_before),
        "new": _names(movement.suppliers_after),
        "moved": _signed(movement.moved),
    }
    text = message(f"movement.{_what(movement)}", **values)
    clauses = "; ".join(movement.clauses)
    return message("movement.with_clause", text=text, clause=clauses) if clauses else text


def _why(status: str) -> str:
    """Return the text of a status; an error's own words stay."""
    return message(f"status.{status}") if has_message(f"status.{status}") else status


def _what(movement: ExchangeMovement) -> str:
    if movement.after == 0:
        return "left_out"
    if movement.before == 0:
        return "added"
    if movement.suppliers_before != movement.suppliers_after:
        return "relinked"
    if movement.factor_before != movement.factor_after and movement.factor_after == movement.factor_after:
        return "characterized"
    return "changed"


def _names(suppliers: tuple[str, ...]) -> str:
    named = ", ".join(map(shown_name, suppliers[:NAMED]))
    more = len(suppliers) - NAMED
    return message("movement.and_more", names=named, count=more) if more > 0 else named


def _signed(value: float) -> str:
    return f"{value:+.4g}".replace("-", "−")


def _plain(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")
