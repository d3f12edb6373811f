"""Pictures of contributions show every number, signs included, with units and the functional unit."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from matplotlib.figure import Figure

from carbonlab.errors import RefusedError
from carbonlab.plots import contributions, sankey, sankey_print
from carbonlab.plots.theme import figure_bytes
from carbonlab.report.figures import EMITTED, TAKEN
from carbonlab.results.breakdown import Breakdown, By, CutOff, CutOffMode, Part
from carbonlab.results.calculate import evaluate
from carbonlab.results.supply_network import SupplyNetwork, supply_network
from carbonlab.system.study import Study
from tests.results.test_breakdown import LOOP_WITH_CREDIT
from tests.tiny import tiny_database

NASTY = "<b>铝锭</b> $x$ & sons"
FOUND = Breakdown(
    By.PROCESS,
    2.0,
    (
        Part("a", NASTY, 3.0, "CN"),
        Part("b", "credit", -1.5),
        Part("c", "small", 0.7),
        Part("d", "less", -0.2),
    ),
).cut(CutOff(CutOffMode.TOP, 2))


def text_of(draw: Callable[[], Figure]) -> str:
    return figure_bytes(draw, "svg").decode("utf-8")


@pytest.fixture(scope="module")
def network() -> SupplyNetwork:
    (evaluation,) = evaluate(Study.of(tiny_database(LOOP_WITH_CREDIT), "plant"))
    return supply_network(evaluation, evaluation.system.column_of("plant", "power"), 0.9, minimum=0.0)


def test_bars_hold_rests_and_signs() -> None:
    bars = contributions.bars_of(FOUND, product="1 kg ingot")
    assert bars.names == (f"{NASTY} [CN]", "credit", "Rest (+)", "Rest (−)")
    assert bars.values == (3.0, -1.5, 0.7, -0.2)
    assert bars.rests == (False, False, True, True)
    assert bars.title == "1 kg ingot: 2 kg CO2e, by process"
    assert bars.axis == "Contribution [kg CO2e]"


def test_shares_of_a_negative_footprint_keep_the_sign_of_their_part() -> None:
    sink = Breakdown(By.PROCESS, -2.0, (Part("a", "taken", -3.0), Part("b", "emitted", 1.0)))
    bars = contributions.bars_of(sink, product="1 kg wood", relative=True)
    assert bars.values == (-150.0, 50.0)
    assert bars.axis == "Share of the footprint [%]"


def test_shares_of_nothing_are_refused() -> None:
    nothing = Breakdown(By.PROCESS, 0.0, (Part("a", "up", 1.0), Part("b", "down", -1.0)))
    with pytest.raises(RefusedError, match="no share of a footprint of 0"):
        contributions.bars_of(nothing, product="1 kg", relative=True)


def test_interactive_bars() -> None:
    drawn = contributions.interactive(contributions.bars_of(FOUND, product="1 kg ingot"))
    (trace,) = drawn.data
    assert list(trace.x) == [3.0, -1.5, 0.7, -0.2]
    assert list(trace.marker.color) == [EMITTED, TAKEN, EMITTED, TAKEN]
    assert trace.text[1] == "−1.5"
    labels = "".join(drawn.layout.yaxis.ticktext)
    assert "&lt;b&gt;铝锭" in labels and "<b>" not in labels
    assert drawn.layout.xaxis.title.text == "Contribution [kg CO2e]"


def test_printed_bars() -> None:
    content = text_of(lambda: contributions.printed(contributions.bars_of(FOUND, product="1 kg ingot")))
    for text in ("−1.5", "Rest (−)", "[kg CO2e]", "1 kg ingot: 2 kg CO2e", "$x$"):
        assert text in content, text


def test_a_sankey_keeps_credits_loops_and_sums(network: SupplyNetwork) -> None:
    picture = sankey.sankey_of(network, product="0.9 kWh power")
    assert picture.title == "0.9 kWh power: 0.85 kg CO2e, along the supplies"
    assert "(blue): −1.2 kg CO2e" in picture.note
    drawn = sankey.interactive(picture)
    (trace,) = drawn.data
    assert sorted(trace.link.value) == pytest.approx(sorted(abs(band.value) for band in picture.bands))
    credit = [i for i, band in enumerate(picture.bands) if band.value < 0 and band.source < picture.columns]
    assert [trace.link.color[i] for i in credit] == [sankey.translucent(TAKEN)]
    assert "−1.2 kg CO2e" in trace.link.customdata[credit[0]]
    names = [(picture.names[band.source], picture.names[band.target]) for band in picture.bands]
    assert {("mine", "plant"), ("plant", "mine")} <= set(names)
    assert picture.note in "".join(a.text for a in drawn.layout.annotations)


def test_a_printed_sankey(network: SupplyNetwork) -> None:
    content = text_of(lambda: sankey_print.printed(sankey.sankey_of(network, product="0.9 kWh power")))
    for text in ("boiler", "mine", "Negative supply (credit", "Direct emissions", "along the supplies"):
        assert text in content, text


def test_a_printed_sankey_of_one_process() -> None:
    (evaluation,) = evaluate(Study.of(tiny_database(LOOP_WITH_CREDIT), "boiler"))
    network = supply_network(evaluation, evaluation.system.column_of("boiler", "heat"), 1.0)
    assert "boiler" in text_of(lambda: sankey_print.printed(sankey.sankey_of(network, product="1 MJ")))


def test_a_diagram_is_as_wide_as_its_longest_way_needs() -> None:
    chain = [sankey.Band(0, 1, 1.0), sankey.Band(1, 2, 1.0), sankey.Band(3, 2, 1.0), sankey.Band(2, 4, 2.0)]
    assert sankey.tiers_of(chain) == 4
    assert sankey.tiers_of([*chain, sankey.Band(4, 1, 0.1)]) == 4, "a band that closes a loop is no way on"
    assert sankey.tiers_of([sankey.Band(0, 0, 1.0)]) == 1
    assert sankey.tiers_of([]) == 1
