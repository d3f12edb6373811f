"""A document as data: headings, facts, tables and figures in reading order, the same for a web page and for PDF.

Whoever writes a document says what stands in it and in what order; how it looks is the matter of
`carbonlab.report.document_html` and `carbonlab.report.pdf`. Texts are plain: names from other people's databases
never become markup.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

from carbonlab.display import is_wide
from carbonlab.messages import message

Style: TypeAlias = Literal["plain", "note", "missing", "strong", "digest"]
"""How a text is set: as it is, as a remark, as a gap that somebody has to fill, strong, or as a fingerprint."""


@dataclass(frozen=True)
class Text:
    """A paragraph, or the content of a cell."""

    text: str
    style: Style = "plain"
    kind: Literal["text"] = "text"


Cell: TypeAlias = Text | str


def stated(text: str) -> Text:
    """Return what a study states, or the remark that it states nothing."""
    return Text(text) if text else Text(message("report.missing"), "missing")


def to_fill_in() -> Text:
    """Return the remark that nothing in a study can say this: a person writes it."""
    return Text(message("document.fill_in"), "missing")


@dataclass(frozen=True)
class Heading:
    """A heading of level 1, 2 or 3; the numbers are given where it is set."""

    text: str
    level: int = 1
    is_numbered: bool = True
    kind: Literal["heading"] = "heading"


@dataclass(frozen=True)
class Number:
    """One number that is to be seen first, with its unit."""

    value: str
    unit: str
    kind: Literal["number"] = "number"


@dataclass(frozen=True)
class Facts:
    """Names and what is to be said under them."""

    rows: tuple[tuple[str, Text], ...]
    kind: Literal["facts"] = "facts"


@dataclass(frozen=True)
class Grid:
    """A table.

    Attributes
    ----------
    head : tuple of str
        Heads of the columns, with units.
    rows : tuple of tuple of Text
        Cells.
    numbers : tuple of int
        Columns that hold numbers: set to the right and never broken.
    caption : str
        What the table shows.
    weights : tuple of int
        Relative widths of the columns of words, in print; empty for equal ones.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[Text, ...], ...]
    numbers: tuple[int, ...] = ()
    caption: str = ""
    weights: tuple[int, ...] = ()
    kind: Literal["grid"] = "grid"

    def __post_init__(self) -> None:
        if any(len(row) != len(self.head) for row in self.rows):
            raise ValueError(f"a row of the table {self.caption!r} has another length than its head")


@dataclass(frozen=True)
class Figure:
    """A figure as SVG, the same one that the web page shows inline."""

    svg: str
    caption: str
    kind: Literal["figure"] = "figure"


@dataclass(frozen=True)
class PageBreak:
    """What follows begins on a new page."""

    kind: Literal["page_break"] = "page_break"


Block: TypeAlias = Heading | Text | Number | Facts | Grid | Figure | PageBreak


@dataclass(frozen=True)
class Document:
    """Blocks in reading order.

    Attributes
    ----------
    title, subtitle : str
        What stands at its head.
    blocks : tuple
        Headings, texts, numbers, facts, tables, figures.
    language : str
        As in HTML, e.g. ``zh-CN``: decides fonts and hyphenation.
    running : str
        Line at the foot of every page.
    watermark : str
        Word across every page, for drafts.
    is_paged : bool
        Whether each part between two page breaks is one page: a part that is too long is set smaller, and an
        error if it does not fit all the same.
    """

    title: str
    subtitle: str
    blocks: tuple[Block, ...]
    language: str
    running: str = ""
    watermark: str = ""
    is_paged: bool = False

    def as_data(self) -> dict[str, Any]:
        """Return the document as mappings, lists and texts."""
        return asdict(self)

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text of the document, figures apart."""
        return tuple(_texts(self))

    @property
    def has_wide_letters(self) -> bool:
        """Whether it needs a font with Chinese glyphs."""
        figures = (block.svg for block in self.blocks if isinstance(block, Figure))
        return any(is_wide(text) for text in (*self.texts, *figures))


def facts(*rows: tuple[str, Cell]) -> Facts:
    """Return facts whose contents are texts or plain strings."""
    return Facts(tuple((name, _cell(cell)) for name, cell in rows))


def grid(
    head: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    *,
    numbers: Sequence[int] = (),
    caption: str = "",
    weights: Sequence[int] = (),
) -> Grid:
    """Return a table whose cells are texts or plain strings."""
    cells = tuple(tuple(_cell(cell) for cell in row) for row in rows)
    return Grid(tuple(head), cells, tuple(numbers), caption, tuple(weights))


def _cell(cell: Cell) -> Text:
    return cell if isinstance(cell, Text) else Text(cell)


def _texts(document: Document) -> Iterator[str]:
    yield from (document.title, document.subtitle, document.running, document.watermark)
    for block in document.blocks:
        match block:
            case Heading() | Text():
                yield block.text
            case Number():
                yield from (block.value, block.unit)
            case Facts():
                for name, content in block.rows:
                    yield from (name, content.text)
            case Grid():
                yield from (block.caption, *block.head)
                yield from (cell.text for row in block.rows for cell in row)
            case Figure():
                yield block.caption
