"""The upstream tree for print: a line for each branch, indented by its tier, with a signed bar from zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from carbonlab.errors import RefusedError
from carbonlab.messages import shown_name
from carbonlab.plots.contributions import room
from carbonlab.plots.theme import NEUTRAL, check_glyphs, emission_color, set_print_title, wrapped
from carbonlab.report.figures import format_number
from carbonlab.results.upstream_tree import Branch

MOST_LINES = 400
"""A longer picture is none."""
LINE, WIDTH, LETTERS, INDENT = 0.24, 8.0, 46, 3
"""Height of a line and width of the picture [inch]; letters of a name, and letters that a tier takes of them."""


@dataclass(frozen=True)
class TreeLines:
    """What the picture shows.

    Attributes
    ----------
    title : str
        Product with its functional unit, and footprint.
    axis : str
        What the values are, with their unit.
    functional_unit : str
        What the values are for.
    tiers : tuple of int
        Of each branch; 0 for the product.
    names : tuple of str
        With their place, from top to bottom.
    values : tuple of float
        In the unit of the axis.
    """

    title: str
    axis: str
    functional_unit: str
    tiers: tuple[int, ...]
    names: tuple[str, ...]
    values: tuple[float, ...]


def tree_lines_of(
    branches: Sequence[tuple[int, Branch]], *, title: str, axis: str, functional_unit: str
) -> TreeLines:
    """Return the lines of branches with their tiers."""
    names = [shown_name(one.name) + (f" [{one.place}]" if one.place else "") for _, one in branches]
    return TreeLines(
        title,
        axis,
        functional_unit,
        tuple(tier for tier, _ in branches),
        tuple(names),
        tuple(one.footprint for _, one in branches),
    )


def printed(tree: TreeLines) -> Figure:
    """Return the tree for print; draw it with `carbonlab.plots.theme.figure_bytes`.

    Raises
    ------
    RefusedError
        If there are more than `MOST_LINES` branches, or no font for a name.
    """
    count = len(tree.values)
    if count > MOST_LINES:
        raise RefusedError(
            f"a picture of {count:,} branches cannot be read",
            where=tree.title,
            why=f"it has room for {MOST_LINES}",
            remedy="raise the cut-off, or export the tree as a table",
        )
    check_glyphs([tree.title, tree.axis, tree.functional_unit, *tree.names])
    figure = Figure(figsize=(WIDTH, 1.3 + LINE * count), layout="constrained")
    text, bars = figure.subplots(1, 2, sharey=True, width_ratios=(1.15, 1.0))
    text.set_axis_off()
    text.set_xlim(0, LETTERS)
    for place, (tier, name) in enumerate(zip(tree.tiers, tree.names, strict=True)):
        indent = INDENT * tier
        said = wrapped(name, max(LETTERS - indent, 12), 1)
        text.text(indent, place, said, va="center", parse_math=False)
    places = list(range(count))
    bars.barh(places, tree.values, color=[emission_color(value) for value in tree.values], height=0.62)
    for place, value in zip(places, tree.values, strict=True):
        bars.annotate(
            format_number(value),
            (value, place),
            xytext=(3 if value >= 0 else -3, 0),
            textcoords="offset points",
            ha="left" if value >= 0 else "right",
            va="center",
        )
    for side in ("top", "right", "left"):
        bars.spines[side].set_visible(False)
    bars.tick_params(axis="y", left=False, labelleft=False)
    bars.set_ylim(count - 0.4, -0.6)
    bars.set_xlim(*room(tree.values))
    bars.axvline(0, color=NEUTRAL, linewidth=0.8)
    bars.set_xlabel(tree.axis)
    set_print_title(figure, tree.title, tree.functional_unit)
    return figure
