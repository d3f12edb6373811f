"""A card: what a notebook shows of an object. HTML and CSS without script, in the colors of the page around it.

Lines and remarks are drawn in the color of the text, so that a light and a dark theme both fit; parts fold by
``details``, which every browser knows. Whatever stands in a card is escaped: names come from others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

# the class stands three times: style sheets of notebooks set every table to the right, by two classes
STYLE = (
    "<style>"
    ".carbonlab-card{font:inherit;line-height:1.45;max-width:70rem}"
    ".carbonlab-card>b{font-size:1.08em}"
    ".carbonlab-card small,.carbonlab-card .remark{opacity:.72}"
    ".carbonlab-card table{border-collapse:collapse;margin:.2em 0 .5em;font-size:.94em}"
    ".carbonlab-card.carbonlab-card.carbonlab-card :is(th,td){text-align:left;vertical-align:top;"
    "padding:.12em .7em .12em 0;"
    "border-bottom:1px solid color-mix(in srgb,currentColor 22%,transparent);background:none;white-space:normal;"
    "word-break:keep-all;overflow-wrap:break-word}"
    ".carbonlab-card.carbonlab-card.carbonlab-card :is(th,td).n{text-align:right;font-variant-numeric:tabular-nums}"
    ".carbonlab-card summary{cursor:pointer}"
    ".carbonlab-card code{font-size:.86em;background:none;overflow-wrap:anywhere}"
    "</style>"
)


@dataclass(frozen=True)
class Part:
    """A table that can be folded away.

    Attributes
    ----------
    title : str
        What it shows; it stays when the part is folded.
    head : tuple of str
        Heads of the columns; empty for a list of names and values.
    rows : tuple of tuple of str
        Cells.
    numbers : tuple of int
        Columns that are set to the right.
    is_open : bool
        Whether it is shown unfolded at first.
    """

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()
    is_open: bool = False


@dataclass(frozen=True)
class Card:
    """What an object shows of itself.

    Attributes
    ----------
    kind, title : str
        What it is, and its name.
    facts : tuple of (str, str)
        Names and values.
    parts : tuple of Part
        Tables; empty ones are left out.
    digest : str
        Its fingerprint.
    """

    kind: str
    title: str
    facts: Sequence[tuple[str, str]] = ()
    parts: Sequence[Part] = ()
    digest: str = ""

    def html(self) -> str:
        """Return the card as a piece of HTML."""
        facts = "".join(
            f"<tr><th scope='row'>{escape(name)}</th><td>{escape(value)}</td></tr>"
            for name, value in self.facts
        )
        digest = f"<small><code>{escape(self.digest)}</code></small>" if self.digest else ""
        return (
            f"<div class='carbonlab carbonlab-card'>{STYLE}<b>{escape(self.kind)} {escape(self.title)}</b> {digest}"
            + (f"<table>{facts}</table>" if facts else "")
            + "".join(_part(part) for part in self.parts if part.rows)
            + "</div>"
        )


def _part(part: Part) -> str:
    head = "".join(f"<th scope='col'{_kind(i, part)}>{escape(name)}</th>" for i, name in enumerate(part.head))
    body = "".join(
        "<tr>" + "".join(f"<td{_kind(i, part)}>{escape(cell)}</td>" for i, cell in enumerate(row)) + "</tr>"
        for row in part.rows
    )
    return (
        f"<details{' open' if part.is_open else ''}><summary>{escape(part.title)}</summary><table>"
        + (f"<thead><tr>{head}</tr></thead>" if head else "")
        + f"<tbody>{body}</tbody></table></details>"
    )


def _kind(column: int, part: Part) -> str:
    return " class='n'" if column in part.numbers else ""
