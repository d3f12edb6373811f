"""Cut the text of a formula into numbers, names and signs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from carbonlab.inventory.formulas.tree import formula_error

LONGEST_FORMULA = 20_000
"""Characters; formulas come from other people's files."""


class TokenKind(Enum):
    """What a token is."""

    NUMBER = "a number"
    NAME = "a name"
    SIGN = "a sign"
    END = "the end of the formula"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a formula and where it begins."""

    kind: TokenKind
    text: str
    position: int


_NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NAME = re.compile(r"[^\W\d]\w*")
_SIGN = re.compile(r"\*\*|//|<=|>=|==|<>|!=|&&|\|\||[-+*/^<>=&|%(),;]")
_BLANK = re.compile(r"\s+")

_MEANT = {
    "−": "-", "–": "-", "—": "-", "×": "*", "·": "*", "∙": "*", "⋅": "*", "÷": "/", "∕": "/",
    "²": "^2", "³": "^3", "≤": "<=", "≥": ">=", "≠": "<>", "，": ",", "；": ";", "（": "(", "）": ")",
    "［": "(", "］": ")", "＋": "+", "－": "-", "＊": "*", "／": "/", "＝": "=", "＜": "<", "＞": ">",
    "[": "(", "]": ")", "{": "(", "}": ")",
}  # fmt: skip
"""Signs that a word processor, a Chinese keyboard or a textbook puts in, and what a formula has instead."""


def tokens_of(text: str) -> list[Token]:
    """Return the tokens of a formula, the last one being its end.

    Raises
    ------
    FormulaError
        If the formula is too long or holds a character that no formula has.
    """
    if len(text) > LONGEST_FORMULA:
        raise formula_error(
            text[:LONGEST_FORMULA],
            0,
            f"a formula of {len(text)} characters is too long to be read; the limit is {LONGEST_FORMULA}",
            remedy="split it into several parameters",
        )
    found: list[Token] = []
    position = 0
    while position < len(text):
        if blank := _BLANK.match(text, position):
            position = blank.end()
            continue
        token = _token_at(text, position)
        position += len(token.text)
        found.append(token)
    found.append(Token(TokenKind.END, "", len(text)))
    return found


def _token_at(text: str, position: int) -> Token:
    if number := _NUMBER.match(text, position):
        _check_number_ends(text, number)
        return Token(TokenKind.NUMBER, number.group(), position)
    if name := _NAME.match(text, position):
        return Token(TokenKind.NAME, name.group(), position)
    if sign := _SIGN.match(text, position):
        return Token(TokenKind.SIGN, sign.group(), position)
    character = text[position]
    shown = repr(character)
    if character in _MEANT:
        remedy = f"write {_MEANT[character]!r} instead of {shown}"
    else:
        remedy = "a formula holds numbers, names, brackets and the signs + - * / ^ < > = & | ; ,"
    raise formula_error(text, position, f"the character {shown} has no meaning in a formula", remedy=remedy)


def _check_number_ends(text: str, number: re.Match[str]) -> None:
    """Refuse 12e, 2kg, 1_000 and 1.2.3: what follows a number at once cannot belong to it."""
    end = number.end()
    following = text[end : end + 1]
    if following in ("e", "E") and not _NAME.match(text, end + 1) and "e" not in number.group().lower():
        raise formula_error(
            text,
            end,
            f"the exponent of {number.group()}{following} has no digits",
            remedy=f"write a power of ten as {number.group()}e-3, or an operator before the name {following}",
        )
    if following == "." or following.isdigit():
        raise formula_error(
            text,
            end,
            f"the number {number.group()!r} runs into {following!r}",
            remedy="write plain digits, one decimal point and no signs between thousands",
        )
    if _NAME.match(text, end):
        raise formula_error(
            text,
            end,
            f"the number {number.group()!r} runs into a name",
            why="a product, a unit and a misspelled number look the same here",
            remedy="write * between a number and a name; units and signs between thousands are not allowed",
        )
