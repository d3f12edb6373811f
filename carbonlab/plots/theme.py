"""Colors, fonts and labels that every picture shares.

Okabe–Ito colors, told apart by color-blind readers too (Okabe and Ito 2008, Color Universal Design);
emissions are vermilion and removals blue, never green and red. Chinese needs a font that has the glyphs:
the first of `carbonlab.display.fonts` that the machine has.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable
from functools import cache
from textwrap import wrap
from threading import Lock
from typing import Any

import plotly.graph_objects as go
from matplotlib import font_manager, rc_context, rcParams
from matplotlib.figure import Figure

from carbonlab.display import first_chinese_font, is_wide
from carbonlab.display.width import text_width
from carbonlab.errors import RefusedError
from carbonlab.report.figures import EMITTED, TAKEN

NEUTRAL = "#4D4D4D"
"""Totals, axes and whatever is neither emission nor removal."""
SERIES = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#000000")
"""Colors of things side by side, in this order."""
SEQUENTIAL = "cividis"
"""Name of a sequential color map that both libraries know."""
LATIN = "DejaVu Sans"
PRINT_DPI = 200
MIN_WIDTH = "least_width"
"""Key of an interactive figure's meta data: pixels below which it scrolls instead of getting narrower."""
_drawing = Lock()
"""The settings of print belong to the whole process: one figure is written at a time."""


@cache
def chinese_font() -> str:
    """Return the font with Chinese glyphs that Matplotlib finds on this machine; empty if there is none."""
    return first_chinese_font(set(font_manager.get_font_names()))


def check_glyphs(texts: Iterable[str]) -> None:
    """Check that a font can draw all texts.

    Raises
    ------
    RefusedError
        If a text is Chinese and no font with Chinese glyphs is installed: it would show as boxes.
    """
    if not chinese_font() and any(is_wide(text) for text in texts):
        raise RefusedError(
            "no font on this machine has Chinese glyphs",
            where="a figure for print",
            why="its labels would be empty boxes",
            remedy="install one, for instance the package fonts-noto-cjk (Debian, Ubuntu), and start Python anew",
        )


def emission_color(value: float) -> str:
    """Return the color of a signed contribution."""
    return EMITTED if value >= 0 else TAKEN


def wrapped(label: str, width: int = 38, lines: int = 2) -> str:
    r"""Return a label in lines of about `width` Latin letters; what does not fit ends in an ellipsis.

    Examples
    --------
    >>> wrapped("Portland cement, ground, at plant", 20)
    'Portland cement,\nground, at plant'
    >>> wrapped("default+multifunctionality=price+aviation=none", 36)
    'default+multifunctionality=price\n+aviation=none'
    >>> wrapped("higher in 100 % of them", 14)
    'higher in\n100 % of them'
    """
    label = label.replace(" %", "\u00a0%")  # a number stays with its sign
    room = max(1, width * len(label) // text_width(label)) if label else width
    marked = re.sub(r"(?<=\w)\+(?=\w)", " \0", label)  # keys of turned rules are broken before a plus
    lined = wrap(marked, room, break_long_words=True) or [""]
    parts = [line.replace(" \0", "+").replace("\0", "+") for line in lined]
    if len(parts) > lines:
        parts = [*parts[: lines - 1], parts[lines - 1][: room - 1].rstrip() + "…"]
    return "\n".join(parts).replace("\u00a0%", " %")


def markup(text: str) -> str:
    """Return a text that plotly shows as it is: it would read tags and character references of names as markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def label_with_unit(name: str, unit: str) -> str:
    """Return the label of an axis or column: name and unit in brackets."""
    return f"{name} [{unit}]"


def new_print(width: float, height: float, *, texts: Iterable[str] = ()) -> tuple[Figure, Any]:
    """Return an empty figure for print and its axes.

    No state of pyplot is touched: several threads may draw at once.

    Parameters
    ----------
    width, height : float
        [inch].
    texts : iterable of str
        What will be written: checked for glyphs.

    Raises
    ------
    RefusedError
        As `check_glyphs`.
    """
    check_glyphs(texts)
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return figure, axes


def set_print_title(figure: Figure, title: str, functional_unit: str = "") -> None:
    """Write title and functional unit over a figure for print, from its left edge, as wide as it is."""
    width = int(figure.get_figwidth() * 12)
    check_glyphs([title, functional_unit])
    lines = [wrapped(title, width), wrapped(functional_unit, width)]
    figure.suptitle("\n".join(filter(None, lines)), x=0.01, ha="left", fontsize=10)


def figure_bytes(draw: Callable[[], Figure], format: str) -> bytes:
    """Return a figure for print as the content of a PNG, SVG or PDF file; texts of an SVG stay texts.

    Parameters
    ----------
    draw : callable
        Returns the figure; it is called under the settings of print.
    format : str
        ``png``, ``svg`` or ``pdf``.
    """
    families = [LATIN, *([chinese_font()] if chinese_font() else [])]
    content = io.BytesIO()
    with _drawing, rc_context():
        rcParams["font.family"] = families
        rcParams["font.size"] = 9.0
        rcParams["svg.fonttype"] = "none"
        rcParams["svg.hashsalt"] = "carbonlab"
        draw().savefig(content, format=format, dpi=PRINT_DPI)
    return content.getvalue()


def styled(figure: go.Figure, *, title: str, unit: str = "", height: int = 420) -> go.Figure:
    """Return an interactive figure in the common form: title with the functional unit, unit on the value axis."""
    figure.update_layout(
        title={"text": title, "font": {"size": 15}},
        template="plotly_white",
        height=height,
        margin={"l": 10, "r": 20, "t": 60, "b": 40},
        font={
            "family": "system-ui, 'Noto Sans CJK SC', 'Microsoft YaHei', 'PingFang SC', sans-serif",
            "size": 13,
        },
        colorway=list(SERIES),
    )
    if unit:
        figure.update_xaxes(title_text=f"[{unit}]", automargin=True)
    figure.update_yaxes(automargin=True, ticklabelstandoff=6)
    return figure
