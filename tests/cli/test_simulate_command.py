"""``carbonlab simulate``: what it prints, writes and returns."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from carbonlab.cli.main import main
from carbonlab.inventory.store import save_database
from carbonlab.monte_carlo import simulate
from carbonlab.report.uncertainty import interval_chart, summarize_uncertainty, uncertainty_section
from carbonlab.results.store import load_result
from tests.monte_carlo.spread_systems import loop_inventory, loop_study

GWP20 = "default+characterization=gwp20_ar6"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("stored") / "loops"
    save_database(loop_inventory(), path)
    return str(path)


def test_it_shows_and_writes_what_it_found(
    database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [str(tmp_path / name) for name in ("draws.nc", "draws.html")]
    words = ["simulate", database, "widget", "--draws", "128", "--rules", "default", "--rules", GWP20]
    assert main([*words, "--by", "gas", "--out", files[0], "--html", files[1]]) == 0
    shown = capsys.readouterr().out
    for word in (
        "kg CO2e per 1 kg",
        "mean difference",
        "equal",
        "is above default in every draw. (mean difference +",
        "How to read this",
        "128 draws with seed 0",
        "baseline: default",
    ):
        assert word in shown
    result = load_result(files[0])
    assert result.attrs["draws"] == 128
    assert result["part_mean"].dims == ("rule_set", "product", "gas")
    HTMLParser().feed(Path(files[1]).read_text(encoding="utf-8"))
    page = Path(files[1]).read_text(encoding="utf-8")
    assert "2.5 % … 97.5 % of the draws" in page and "Draws equal to the baseline" in page
    assert "is above default in every draw" in page and "How to read this" in page


def test_json_has_the_same_numbers(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", database, "widget", "--draws", "64", "--seed", "5", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["draws"], shown["seed"]) == (64, "5")
    assert shown["rows"][0]["mean"] > shown["rows"][0]["quantiles"][0]


def test_all_products_and_a_checkpoint(
    database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "draws.npz"
    words = ["simulate", database, "--all", "--checkpoint", str(path), "--json", "--draws"]
    assert main([*words, "100"]) == 0
    assert path.exists()
    first = json.loads(capsys.readouterr().out)
    assert main([*words, "200"]) == 0
    assert [len(found["rows"]) for found in (first, json.loads(capsys.readouterr().out))] == [4, 4]
    assert main(["simulate", database, "--all", "--checkpoint", str(path), "--seed", "1"]) == 1
    assert "the checkpoint belongs to another simulation" in capsys.readouterr().err


def test_it_stops_early(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", database, "widget", "--draws", "100000", "--until", "0.1"]) == 0
    assert "the intervals are as narrow as asked" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["simulate", database, "widget", "--until", "soon"])
    assert "'soon' is no width: write 0.01, or q95=0.05" in capsys.readouterr().err


def test_names_of_others_are_escaped_in_the_page() -> None:
    result = simulate(loop_study(), draws=64)
    result["product_name"] = ("product", ["<script>alert(1)</script>", "steel"])
    assert "<script>" not in uncertainty_section(result)


def test_the_figure_puts_numbers_where_they_belong() -> None:
    summary = summarize_uncertainty(
        simulate(loop_study(), draws=256, quantiles=(0.05, 0.25, 0.5, 0.75, 0.95))
    )
    own = [row for row in summary["rows"] if row["product"] == "steel"]
    chart = interval_chart(own, summary["quantiles"])
    assert chart.count("<rect") == 2
    assert "kg CO2e per 1 kg" in chart
    assert interval_chart([{**own[0], "mean": None}], summary["quantiles"]) == ""
