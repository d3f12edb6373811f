"""Supplies as a Sankey diagram: loops and credits as they are, and hidden inputs as bands of their own.

A Sankey diagram can only draw widths. Credits (negative supplies) are drawn with their absolute value, in
another color and with a minus sign in their label; their sum is stated below the picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import plotly.graph_objects as go

from carbonlab.messages import message
from carbonlab.plots.theme import NEUTRAL, emission_color, markup, styled, wrapped
from carbonlab.report.figures import format_number
from carbonlab.results.schema import IMPACT_UNIT
from carbonlab.results.supply_network import DIRECT, REST_NEGATIVE, REST_POSITIVE, SupplyNetwork

SOURCES = {
    DIRECT: "supply_network.direct",
    REST_POSITIVE: "breakdown.rest_positive",
    REST_NEGATIVE: "breakdown.rest_negative",
}
"""Sources that are no column, and the keys of their names."""

FEW_COLUMNS = 2
"""Processes beside which there is room for a longer name."""
LONG, SHORT = 34, 26
"""Latin letters of a name in the diagram."""


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
    processes = [f"{node.name} [{node.place}]" if node.place else node.name for node in network.nodes]
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
    room = (
        SHORT if sankey.columns > FEW_COLUMNS else LONG
    )  # names in full are in the table, and under the mouse
    labels = [
        f"{markup(wrapped(name, room, 1))} {format_number(value)}"
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
                "pad": 18,
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
    styled(figure, title=title, height=max(380, 60 + 42 * len(sankey.names)))
    figure.add_annotation(
        text=markup(wrapped(sankey.note, 110, 3)).replace("\n", "<br>"), x=0, y=0, yshift=-24, yanchor="top",
        xref="paper", yref="paper", showarrow=False, xanchor="left", align="left",
    )  # fmt: skip
    figure.update_layout(margin={"b": 80})
    return figure


def translucent(color: str, opacity: float = 0.45) -> str:
    """Return a color ``#RRGGBB`` that lets others through."""
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"
