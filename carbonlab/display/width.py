"""How wide text is: a Chinese character takes two columns of a terminal, and a font of its own."""

from __future__ import annotations

import unicodedata


def text_width(text: str) -> int:
    """Return the number of terminal columns that a text takes.

    Examples
    --------
    >>> text_width("kg"), text_width("水泥")
    (2, 4)
    """
    if text.isascii():
        return len(text)
    return sum(_columns(letter) for letter in text)


def is_wide(text: str) -> bool:
    """Whether a text has letters that Latin fonts lack (Chinese, Japanese, Korean).

    Examples
    --------
    >>> is_wide("kg CO2e"), is_wide("水泥")
    (False, True)
    """
    return not text.isascii() and any(_columns(letter) == 2 for letter in text)


def fill(text: str, width: int, *, right: bool = False) -> str:
    """Return a text with blanks up to a width, at its right or at its left.

    Examples
    --------
    >>> fill("水泥", 6) + "|", fill("1", 3, right=True)
    ('水泥  |', '  1')
    """
    space = " " * (width - text_width(text))
    return space + text if right else text + space


def wrap_text(text: str, width: int) -> list[str]:
    """Return the lines of a text in a column of that width: broken at blanks, Chinese between any two letters.

    Examples
    --------
    >>> wrap_text("one two three", 8)
    ['one two', 'three']
    >>> wrap_text("系统边界之外", 6)
    ['系统边', '界之外']
    """
    lines: list[str] = []
    line = ""
    for piece in _pieces(text):
        if line and text_width(line + piece.rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        while text_width(piece.rstrip()) > width:
            head = _head(piece, width)
            lines.append(head)
            piece = piece[len(head) :]
        line += piece
    return [*lines, line.rstrip()] if line.rstrip() or not lines else lines


def _pieces(text: str) -> list[str]:
    """Return what must not be broken: words with the blank behind them, wide letters one by one."""
    pieces: list[str] = []
    word = ""
    for letter in " ".join(text.split()):
        takes_two = _columns(letter) == 2
        if word and takes_two:
            pieces.append(word)
            word = ""
        word += letter
        if takes_two or letter == " ":
            pieces.append(word)
            word = ""
    return [*pieces, word] if word else pieces


def _head(piece: str, width: int) -> str:
    end = 1
    while end < len(piece) and text_width(piece[: end + 1]) <= width:
        end += 1
    return piece[:end]


def _columns(letter: str) -> int:
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
