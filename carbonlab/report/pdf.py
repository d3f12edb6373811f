"""Documents as PDF by Typst: one wheel, no system library, text stays text.

The texts of a document go to the template as data, so that a name from somebody's database cannot become markup.
Chinese is set in the first font of `carbonlab.display.fonts` that the machine has; without one nothing is written,
since the page would show boxes.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

from carbonlab.display import first_chinese_font
from carbonlab.errors import RefusedError
from carbonlab.report.document import Document, Figure

LATIN_FONT = "Libertinus Serif"
"""Comes with the wheel: the same on every machine."""
FONT_SIZE = 12.5
"""Of the labels in figures [px], as in the style sheet of the web page."""


def pdf_bytes(document: Document) -> bytes:
    """Return a document as PDF.

    Raises
    ------
    RefusedError
        If Typst is not installed, no font of this machine has the letters, or a page that has to be one is not.
    """
    pages = _compile(document, "pdf")
    assert isinstance(pages, bytes)
    return pages


def png_pages(document: Document, *, ppi: float = 100.0) -> list[bytes]:
    """Return the pages of a document as PNG pictures, to be looked at.

    Raises
    ------
    RefusedError
        As `pdf_bytes`.
    """
    pages = _compile(document, "png", ppi=ppi)
    return [pages] if isinstance(pages, bytes) else pages


@cache
def chinese_font() -> str:
    """Return the font with Chinese glyphs that Typst finds on this machine; empty if there is none."""
    return first_chinese_font(set(_typst().Fonts(include_embedded_fonts=False).families()))


def _compile(document: Document, format: str, **settings: Any) -> Any:
    fonts = _fonts(document)
    data = document.as_data()
    for block, shown in zip(document.blocks, data["blocks"], strict=True):
        if isinstance(block, Figure):
            shown["svg"] = _standalone(block.svg, fonts)
    inputs = {"document": json.dumps(data, ensure_ascii=False), "fonts": json.dumps(fonts)}
    template = resources.files("carbonlab.report").joinpath("templates/document.typ").read_bytes()
    if document.is_paged:
        pages = _typst().Compiler(template, sys_inputs=inputs).query("<pages>", field="value", one=True)
        _check_pages(document, json.loads(pages))
    return _typst().Compiler(template, sys_inputs=inputs).compile(format=format, **settings)


def _check_pages(document: Document, pages: int) -> None:
    wanted = 1 + sum(block.kind == "page_break" for block in document.blocks)
    if pages != wanted:
        raise RefusedError(
            f"the document takes {pages} pages, and may take {wanted}",
            where=document.title,
            why="it would be cut, or be no page of its own",
            remedy="shorten the longest texts of the study, such as its boundary and limitations",
        )


def _fonts(document: Document) -> list[str]:
    if not (document.has_wide_letters or document.language.startswith("zh")):
        return [LATIN_FONT]
    check_can_print("zh")
    return [chinese_font()] if document.language.startswith("zh") else [LATIN_FONT, chinese_font()]


def check_can_print(language: str) -> None:
    """Check that documents in a language can be printed here: before anything long is calculated.

    Raises
    ------
    RefusedError
        If Typst is not installed, or there is no font with Chinese letters and the language needs one.
    """
    _typst()
    if language.startswith("zh") and not chinese_font():
        raise RefusedError(
            "no font on this machine has Chinese letters",
            why="they would be printed as empty boxes",
            remedy="install one, then try again: apt-get install fonts-noto-cjk (Debian, Ubuntu), dnf install "
            "google-noto-sans-cjk-fonts (Fedora), brew install --cask font-noto-sans-cjk-sc (macOS)",
        )


def _standalone(svg: str, fonts: list[str]) -> str:
    """Return an inline figure as a file of its own: with name space and fonts, which a page gives to it."""
    families = ", ".join(f"'{name}'" for name in fonts)
    own = f'xmlns="http://www.w3.org/2000/svg" font-family="{families}" font-size="{FONT_SIZE}" color="#1c2024" '
    return svg.replace("<svg ", f"<svg {own}", 1)


def _typst() -> Any:
    try:
        import typst
    except ImportError as error:
        raise RefusedError(
            "PDF needs the package typst, which is not installed",
            why="the report can be written as a web page without it",
            remedy='pip install typst; or everything that is extra, in a checkout: pip install -e ".[lab]"',
        ) from error
    return typst
