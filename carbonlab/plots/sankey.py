"""Supplies as a Sankey diagram: loops and credits as they are, and hidden inputs as bands of their own.

A Sankey diagram can only draw widths. Credits (negative supplies) are drawn with their absolute value, in
another color and with a minus sign in their label; their sum is stated below the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from carbonlab.messages import message, shown_name
from carbonlab.plots.theme import MIN_WIDTH, NEUTRAL, emission_color, markup, styled, wrapped
from carbonlab.report.figures import format_number
from carbonlab.results.schema import IMPACT_UNIT
from carbonlab.results.supply_network import DIRECT, REST_NEGATIVE, REST_POSITIVE, SupplyNetwork

SOURCES = {
    DIRECT: "supply_network.direct",
    REST_POSITIVE: "breakdown.rest_positive",
    REST_NEGATIVE: "breakdown.rest_negative",
}
"""Sources that are no column, and the keys of their names."""

TIER_WIDTH = 118
"""Least width of a tier of the diagram [px]: a line of a name fits beside its node."""
LINE = 15
"""Latin letters of a line of a name."""


@dataclass(frozen=True)
class Band:
    """One supply.

    Attributes
    ----------
    source, target : int
        Positions in `Sankey.names`.
    value : float
        [kg CO2e], signed.
    """

    source: int
    target: int
    value: float


@dataclass(frozen=True)
class Sankey:
    """What the picture shows.

    Attributes
    ----------
    title : str
        Product with its functional unit, and footprint.
    names : tuple of str
        Nodes, the product first; nodes that are no process last.
    values : tuple of float
        What each node hands on [kg CO2e].
    columns : int
        How many of the nodes are processes.
    bands : tuple of Band
        Supplies.
    note : str
        Sums of credits and of what is hidden.
    """

    title: str
    names: tuple[str, ...]
    values: tuple[float, ...]
    columns: int
    bands: tuple[Band, ...]
    note: str


def sankey_of(network: SupplyNetwork, *, product: str) -> Sankey:
    """Return the nodes and bands of a network.

    Parameters
    ----------
    network : SupplyNetwork
        Supplies.
    product : str
        Amount, unit and name of the product.
    """
    place: dict[int, int] = {node.column: i for i, node in enumerate(network.nodes)}
    others = [source for source in SOURCES if any(link.source == source for link in network.links)]
    place |= {source: len(network.nodes) + i for i, source in enumerate(others)}
    bands = tuple(
        Band(place[link.source], place[link.target], link.footprint)
        for link in sorted(network.links, key=lambda link: -abs(link.footprint))
    )
    sums = [sum(link.footprint for link in network.links if link.source == source) for source in others]
    processes = [shown_name(node.name) + (f" [{node.place}]" if node.place else "") for node in network.nodes]
    positive, negative = network.hidden
    return Sankey(
        title=message(
            "supply_network.title", product=product, total=format_number(network.total), unit=IMPACT_UNIT
        ),
        names=(*processes, *(message(SOURCES[source]) for source in others)),
        values=(*(node.handed_on for node in network.nodes), *sums),
        columns=len(network.nodes),
        bands=bands,
        note=message(
            "supply_network.credits",
            credits=format_number(network.credits),
            positive=format_number(positive),
            negative=format_number(negative),
            unit=IMPACT_UNIT,
        ),
    )


def interactive(sankey: Sankey) -> go.Figure:
    """Return the diagram for the screen."""
    names = [markup(name) for name in sankey.names]
    labels = [  # names in full are in the table, and under the mouse
        f"{markup(wrapped(name, LINE, 2))}\n{format_number(value)}".replace("\n", "<br>")
        for name, value in zip(sankey.names, sankey.values, strict=True)
    ]
    carried = message("supply_network.carried")
    figure = go.Figure(
        go.Sankey(
            arrangement="snap",
            textfont={"size": 12},
            node={
                "label": labels,
                "color": [NEUTRAL if i < sankey.columns else "#999999" for i in range(len(labels))],
                "pad": 34,
                "thickness": 14,
                "customdata": names,
                "hovertemplate": "%{customdata}<extra></extra>",
            },
            link={
                "source": [band.source for band in sankey.bands],
                "target": [band.target for band in sankey.bands],
                "value": [abs(band.value) for band in sankey.bands],
                "color": [translucent(emission_color(band.value)) for band in sankey.bands],
                "customdata": [
                    f"{names[band.source]} → {names[band.target]}<br>{markup(carried)} "
                    f"{format_number(band.value)} {IMPACT_UNIT}"
                    for band in sankey.bands
                ],
                "hovertemplate": "%{customdata}<extra></extra>",
            },
        )
    )
    title = markup(wrapped(sankey.title, 90)).replace("\n", "<br>")
    styled(figure, title=title, height=max(380, 60 + 46 * len(sankey.names)))
    figure.add_annotation(
        text=markup(wrapped(sankey.note, 110, 3)).replace("\n", "<br>"), x=0, y=0, yshift=-24, yanchor="top",
        xref="paper", yref="paper", showarrow=False, xanchor="left", align="left",
    )  # fmt: skip
    width = TIER_WIDTH * tiers_of(sankey.bands)
    figure.update_layout(margin={"b": 80}, meta={MIN_WIDTH: width})
    return figure


def tiers_of(bands: Sequence[Band]) -> int:
    """Return how many nodes the longest way along the bands passes; a band that closes a loop is no part of a way."""
    onward: dict[int, list[int]] = {}
    for band in bands:
        onward.setdefault(band.source, []).append(band.target)
    length: dict[int, int] = {}
    for first in onward:
        way, open_now = [(first, iter(onward[first]))], {first}
        while way:
            node, following = way[-1]
            step = next((one for one in following if one not in open_now), None)
            if step is None:
                known = [length.get(one, 1) for one in onward.get(node, ()) if one not in open_now]
                length[node] = 1 + max(known, default=0)
                open_now.discard(node)
                way.pop()
            elif step not in length:
                way.append((step, iter(onward.get(step, ()))))
                open_now.add(step)
    return max(length.values(), default=1)


def translucent(color: str, opacity: float = 0.45) -> str:
    """Return a color ``#RRGGBB`` that lets others through."""
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"
