"""The report of a study as one HTML file: no script, no network, figures inline (topics of ISO 14067 7.3, summary)."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from carbonlab.messages import has_message, message
from carbonlab.report.figures import bar_chart, format_number, format_share
from carbonlab.report.waterfall import waterfall


def build_report(summary: dict[str, Any]) -> str:
    """Return the report of a summary (`carbonlab.report.summary.summarize`) as HTML.

    Names and texts of databases and studies are escaped: they come from others.
    """
    environment = Environment(
        loader=PackageLoader("carbonlab.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": format_number, "share": format_share}
    environment.globals |= {
        "waterfall_of_gap": _waterfall_of_gap,
        "t": message,
        "word": _word,
        "bars": _bars,
        "stage_bars": _stage_bars,
    }
    return environment.get_template("report.html").render(
        summary=summary, study=summary["study"], comparison=summary.get("comparison")
    )


def _word(group: str, key: str) -> str:
    """Return the text of a word of the vocabulary, or the word itself where the catalogue has none."""
    return message(f"{group}.{key}") if has_message(f"{group}.{key}") else key or message("report.not_stated")


def _stage_bars(product: dict[str, Any]) -> str:
    rows = [(message(f"stage.{key}"), value) for key, value in product["stages"].items()]
    return bar_chart(rows, unit=_unit(product), title=message("report.stages"))


def _waterfall_of_gap(gap: dict[str, Any]) -> str:
    steps = [(_slot_names(term["slot"]), term["moved"]) for term in gap["terms"] if term["moved"]]
    ends = ((gap["from"], gap["from_total"]), (gap["to"], gap["to_total"]))
    return waterfall(
        ends[0], steps, ends[1], unit=gap["unit"], title=message("waterfall.title", product=gap["name"])
    )


def _slot_names(player: str) -> str:
    return " + ".join(message(f"slot.{slot}") for slot in player.split(" + "))


def _bars(product: dict[str, Any], contributions: dict[str, Any], title: str) -> str:
    rows = [(row["name"], row["footprint"]) for row in contributions["largest"]]
    for key in ("rest_positive", "rest_negative"):
        if contributions[key]:
            rows.append((message(f"report.{key}"), contributions[key]))
    return bar_chart(rows, unit=_unit(product), title=title)


def _unit(product: dict[str, Any]) -> str:
    return f"kg CO2e {message('report.per')} {product['amount']:g} {product['unit']}"
