"""Sensitivities shown: tables, notes, figures, a web page, the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from carbonlab.cli.main import main
from carbonlab.errors import ResultError
from carbonlab.inventory.store import save_database
from carbonlab.messages import in_language
from carbonlab.plots import sobol, tornado
from carbonlab.plots.theme import figure_bytes
from carbonlab.report.sensitivity import sensitivity_section, summarize_sensitivity
from carbonlab.results.store import load_result
from carbonlab.sensitivity.data_and_rules import data_and_rules
from carbonlab.sensitivity.first_order import first_order
from carbonlab.sensitivity.global_sensitivity import global_sensitivity
from carbonlab.sensitivity.perturbation import perturb
from carbonlab.sensitivity.screening import screen
from tests.sensitivity.systems import chain_database, chain_study

SLOTS = {"characterization": ["gwp100_ar6", "gwp20_ar6"]}


def test_tornado_has_the_numbers_of_the_dataset_largest_first() -> None:
    found = perturb(chain_study(), change=0.2, inputs=6)
    record = tornado.tornado_of(found, rows=4)
    assert record.rows[0].up == found["change"].isel(input=0).sel(side="up").item()
    assert len(record.rows) == 4 and record.rows[0].label.startswith(("lumber", "factor", "power", "rate"))
    assert "20 %" in record.note and record.unit == "kg CO2e" and record.functional_unit.endswith("per 2 kg")
    sizes = [max(abs(row.down), abs(row.up)) for row in record.rows]
    assert sizes == sorted(sizes, reverse=True)
    figure = tornado.interactive(record)
    down, up = ([getattr(row, side) for row in record.rows] for side in ("down", "up"))
    assert [list(trace.x) for trace in figure.data] == [down, up]
    axes = tornado.printed(record).axes[0]
    assert sorted(bar.get_width() for bar in axes.patches) == sorted(
        v for r in record.rows for v in (r.down, r.up)
    )
    assert "[kg CO2e]" in axes.get_xlabel()
    assert figure_bytes(lambda: tornado.printed(record), "png")[:4] == b"\x89PNG"


def test_tornado_of_first_order_is_one_deviation() -> None:
    found = first_order(chain_study())
    row = tornado.tornado_of(found).rows[0]
    swing = np.abs(found["derivative"] * found["standard_deviation"]).max().item()
    assert max(abs(row.down), abs(row.up)) == pytest.approx(swing) and row.down == -row.up
    with pytest.raises(ResultError, match="changes no input by itself"):
        tornado.tornado_of(screen(chain_study(), most=2, trajectories=4))


def test_indices_with_their_intervals() -> None:
    found = global_sensitivity(chain_study(), inputs=3, slots=SLOTS, samples=32)
    record = sobol.indices_of(found)
    assert len(record.labels) == 4 and record.measures == ("with all interactions", "alone")
    best = found["index"].sel(measure="total")
    assert record.bars[0][0].value == best.max().item()
    width = found["interval"].sel(measure="total").values[int(np.argmax(best.values))]
    assert record.bars[0][0].high - record.bars[0][0].value == pytest.approx(width)
    assert any("Not converged" in note for note in record.notes)
    assert len(sobol.interactive(record).data) == 2
    assert len(sobol.printed(record).axes[0].patches) == 8
    with pytest.raises(ResultError, match="has no indices"):
        sobol.indices_of(first_order(chain_study()))


def test_split_as_bars_and_in_chinese() -> None:
    found = data_and_rules(chain_study(), SLOTS, draws=16)
    record = sobol.indices_of(found)
    assert record.labels[0] == "Data" and len(record.bars[0]) == 4
    assert sum(bar.value for bar in record.bars[0]) == pytest.approx(1.0)
    assert all(bar.low <= bar.value <= bar.high for bar in record.bars[0])
    with in_language("zh_CN"):
        assert sobol.indices_of(found).labels[0] == "数据"


@pytest.mark.parametrize(
    "result",
    [
        lambda study: first_order(study),
        lambda study: perturb(study, inputs=3),
        lambda study: screen(study, most=3, trajectories=4),
        lambda study: global_sensitivity(study, inputs=2, method="morris", samples=4),
        lambda study: data_and_rules(study, SLOTS, draws=4),
    ],
)
def test_tables_say_what_numbers_are(result) -> None:
    summary = summarize_sensitivity(result(chain_study()))
    assert all(len(row) == len(summary["head"]) for row in summary["rows"])
    json.dumps(summary, allow_nan=False)
    assert "<table>" in sensitivity_section(result(chain_study()))


def test_names_are_no_markup() -> None:
    found = perturb(chain_study(), inputs=2)
    found["flow"][:] = "<script>alert(1)</script>"
    assert "<script>" not in sensitivity_section(found)
    figure = tornado.interactive(tornado.tornado_of(found))
    assert "<script>" not in str(figure.layout.yaxis.ticktext)


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    path = tmp_path / "chain"
    save_database(chain_database(), path)
    monkeypatch.chdir(tmp_path)
    return str(path)


@pytest.mark.parametrize("method", ["first-order", "perturbation", "screening", "morris", "data-and-rules"])
def test_command(method: str, stored: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = [
        "sensitivity",
        stored,
        "joiner",
        "--rules",
        "default+multifunctionality=price",
        "--method",
        method,
    ]
    words += ["--inputs", "4", "--samples", "4", "--draws", "8", "--out", "out.nc", "--html", "out.html"]
    if method == "data-and-rules":
        words += ["--slot", "characterization=gwp100_ar6,gwp20_ar6"]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert ("Data" if method == "data-and-rules" else "rate") in said
    assert load_result("out.nc").attrs["kind"]
    page = Path("out.html").read_text(encoding="utf-8")
    assert ("<svg" in page) == (method != "screening")


def test_command_in_json_and_what_it_refuses(stored: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["sensitivity", stored, "joiner", "--rules", "default+multifunctionality=price"]
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "first_order"
    assert main([*words, "--slot", "characterization=gwp100_ar6,gwp20_ar6"]) == 1
    assert "first-order varies no rules" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([*words, "--method", "sobol", "--slot", "characterization"])
    assert "is no slot with options" in capsys.readouterr().err
