"""The Sankey diagram for print: layers from the product on the right to its suppliers on the left.

A node lies one layer left of the nearest node that it supplies. Supplies within a layer, or back to the left
(loops), bend around. Own emissions and hidden inputs are short bands of the node that they belong to.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, PathPatch, Polygon, Rectangle
from matplotlib.path import Path

from carbonlab.messages import message
from carbonlab.plots.sankey import Band, Sankey
from carbonlab.plots.theme import NEUTRAL, emission_color, new_print, wrapped
from carbonlab.report.figures import EMITTED, TAKEN, format_number
from carbonlab.rules.entries import FloatArray

LAYER = 2.2
"""Distance between layers, and unit of all lengths below [inch]."""
NODE, STUB, REACH = 0.035, 0.16, 0.22
"""Width of a node, length of a short band, and how far a loop bends out beyond its own width."""
TALLEST, GAP = 0.8, 0.27
"""Height of the largest node, and space between nodes, for the labels."""


@dataclass
class _Box:
    """A node with its place."""

    layer: int
    height: float
    top: float = 0.0
    entered: float = 0.0
    """Height of the left side that bands have taken so far."""
    left: float = 0.0
    """Height of the right side that bands have taken so far."""


@dataclass
class _Layout:
    unit: float
    """Height of a kilogram of CO2e."""
    boxes: list[_Box] = field(default_factory=list)
    lane: float = 0.0
    """Where the next loop runs, below all nodes."""

    @property
    def layers(self) -> int:
        return 1 + max(box.layer for box in self.boxes)

    def x(self, box: _Box) -> float:
        """Return the left side of a node; the product stands on the right."""
        return float(self.layers - 1 - box.layer)


def printed(sankey: Sankey) -> Figure:
    """Return the diagram for print; draw it with `carbonlab.plots.theme.figure_bytes`."""
    layout = _placed(sankey)
    loops = sum(
        abs(band.value) * layout.unit + 0.05 for band in sankey.bands if _is_loop(sankey, layout, band)
    )
    bottom = layout.lane + loops
    right = layout.layers - 0.45 + (REACH + max(0.3, loops) if loops else 0.0)
    width, height = right + 0.5, bottom + 0.35
    figure, axes = new_print(
        max(6.0, LAYER * width), max(2.6, LAYER * height + 1.1), texts=[sankey.title, *sankey.names]
    )
    axes.set_axis_off()
    axes.set_aspect("equal")
    for band in sorted(sankey.bands, key=lambda band: _order(sankey, layout, band.source)):
        _draw_band(axes, sankey, layout, band)
    for i, box in enumerate(layout.boxes):
        _draw_node(axes, layout, box, sankey.names[i], sankey.values[i])
    axes.set_xlim(-0.5, right)
    axes.set_ylim(bottom + 0.05, -0.3)
    figure.suptitle(wrapped(sankey.title, 90), fontsize=10, x=0.01, ha="left", parse_math=False)
    figure.legend(handles=_legend(sankey), loc="outside lower left", ncols=2, frameon=False, fontsize=8,
                  title=wrapped(sankey.note, 110), title_fontsize=8, alignment="left")  # fmt: skip
    return figure


def _placed(sankey: Sankey) -> _Layout:
    layers, every = _layers(sankey), range(sankey.columns)
    heights = [max(_entering(sankey, i), _leaving(sankey, i), abs(sankey.values[i])) for i in every]
    unit = TALLEST / (max(heights) or 1.0)
    layout = _Layout(unit, [_Box(layers[i], heights[i] * unit) for i in every])
    for layer in range(layout.layers):
        members = [i for i in every if layers[i] == layer]
        members.sort(key=lambda i: (_height_of_users(sankey, layout, i), i))
        top = 0.0
        for i in members:
            layout.boxes[i].top = top
            top += layout.boxes[i].height + GAP
        layout.lane = max(layout.lane, top - GAP + 0.12)
    return layout


def _layers(sankey: Sankey) -> dict[int, int]:
    layers, front = {0: 0}, [0]
    while front:
        following = []
        for band in sankey.bands:
            if band.target in front and band.source < sankey.columns and band.source not in layers:
                layers[band.source] = layers[band.target] + 1
                following.append(band.source)
        front = following
    return layers


def _entering(sankey: Sankey, node: int) -> float:
    return sum(abs(band.value) for band in sankey.bands if band.target == node)


def _leaving(sankey: Sankey, node: int) -> float:
    return sum(abs(band.value) for band in sankey.bands if band.source == node)


def _height_of_users(sankey: Sankey, layout: _Layout, node: int) -> float:
    """Return where the nodes that a node supplies lie on average, so that bands cross seldom."""
    users = [
        (layout.boxes[band.target].top, abs(band.value))
        for band in sankey.bands
        if band.source == node and layout.boxes[band.target].layer < layout.boxes[node].layer
    ]
    weight = sum(size for _, size in users)
    return sum(top * size for top, size in users) / weight if weight else 0.0


def _order(sankey: Sankey, layout: _Layout, source: int) -> tuple[int, float]:
    """Return the order in which bands enter a node: by the height of their source, short bands last."""
    return (0, layout.boxes[source].top) if source < sankey.columns else (1, float(source))


def _is_loop(sankey: Sankey, layout: _Layout, band: Band) -> bool:
    """Whether a supply does not go to the right."""
    return band.source < sankey.columns and layout.boxes[band.source].layer <= layout.boxes[band.target].layer


def _draw_band(axes: Axes, sankey: Sankey, layout: _Layout, band: Band) -> None:
    size, to = abs(band.value) * layout.unit, layout.boxes[band.target]
    end = (layout.x(to), to.top + to.entered)
    to.entered += size
    color = emission_color(band.value)
    if band.source >= sankey.columns:
        hatch = "" if sankey.names[band.source] == message("supply_network.direct") else "////"
        stub = (end[0] - STUB, end[1])
        axes.add_patch(
            Rectangle(
                stub, STUB, size, facecolor=color, alpha=0.55, hatch=hatch, edgecolor="white", linewidth=0
            )
        )
        return
    box = layout.boxes[band.source]
    start = (layout.x(box) + NODE, box.top + box.left)
    box.left += size
    if _is_loop(sankey, layout, band):
        outline = _around(start, end, layout.lane, size)
        layout.lane += size + 0.05
        axes.add_patch(Polygon(outline, facecolor=color, alpha=0.4, linewidth=0))
    else:
        axes.add_patch(PathPatch(_across(start, end, size), facecolor=color, alpha=0.4, linewidth=0))


def _across(start: tuple[float, float], end: tuple[float, float], size: float) -> Path:
    """Return the outline of a band to the right; `start` and `end` are its upper corners."""
    (x0, y0), (x1, y1), middle = start, end, (start[0] + end[0]) / 2
    corners = [
        (x0, y0), (middle, y0), (middle, y1), (x1, y1), (x1, y1 + size),
        (middle, y1 + size), (middle, y0 + size), (x0, y0 + size), (x0, y0),
    ]  # fmt: skip
    return Path(corners, [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY])


def _around(start: tuple[float, float], end: tuple[float, float], lane: float, size: float) -> FloatArray:
    """Return the outline (points, 2) of a band that bends out, runs back below all nodes, and comes in again."""
    reach, half = REACH + size, size / 2
    (x0, y0), (x1, y1), low = (start[0], start[1] + half), (end[0], end[1] + half), lane + half
    t = np.linspace(0.0, 1.0, 40)[:, None]

    def bend(a: tuple[float, float], b: tuple[float, float], side: float) -> FloatArray:
        out, back = np.array([a[0] + side, a[1]]), np.array([b[0] + side, b[1]])
        return np.asarray(
            (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * out + 3 * (1 - t) * t**2 * back + t**3 * np.array(b)
        )

    line = np.vstack([bend((x0, y0), (x0, low), reach), bend((x1, low), (x1, y1), -reach)])
    along = np.gradient(line, axis=0)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    across *= half / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-12)
    return np.vstack([line + across, (line - across)[::-1]])


def _draw_node(axes: Axes, layout: _Layout, box: _Box, name: str, value: float) -> None:
    x = layout.x(box)
    axes.add_patch(Rectangle((x, box.top), NODE, max(box.height, 1e-12), facecolor=NEUTRAL, linewidth=0))
    text = f"{wrapped(name, 26)}\n{format_number(value)}"
    axes.annotate(
        text, (x + NODE / 2, box.top), xytext=(0, 2), textcoords="offset points", ha="center", va="bottom",
        fontsize=8, linespacing=1.05, parse_math=False,
    )  # fmt: skip


def _legend(sankey: Sankey) -> list[Patch]:
    """Return a line for each kind of band that is drawn; words and hatching say what color says."""
    shown = [Patch(facecolor=EMITTED, alpha=0.4, label=message("supply_network.supply"))]
    if any(band.value < 0 for band in sankey.bands if band.source < sankey.columns):
        shown.append(Patch(facecolor=TAKEN, alpha=0.4, label=message("supply_network.credit")))
    for place in range(sankey.columns, len(sankey.names)):
        name = sankey.names[place]
        is_rest = name != message("supply_network.direct")
        shown.append(
            Patch(facecolor=emission_color(sankey.values[place]), alpha=0.55, hatch="////" if is_rest else "",
                  edgecolor="white", label=name)
        )  # fmt: skip
    return shown
