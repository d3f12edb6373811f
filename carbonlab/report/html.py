"""The report of a study as one HTML file: no script, no network, figures inline (topics of ISO 14067 7.3, summary)."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from carbonlab.compare.assumed_rules import AssumedRules, assumed_in_words
from carbonlab.messages import message, translated
from carbonlab.report.contribution_figures import contribution_bars, gap_waterfall, stage_bars
from carbonlab.report.document import Document
from carbonlab.report.figures import format_number, format_share
from carbonlab.report.shown_names import with_shown_names
from carbonlab.report.uncertainty_blocks import sensitivity_blocks, uncertainty_blocks
from carbonlab.report.wording import option_words, selector_words, word


def build_report(summary: dict[str, Any]) -> str:
    """Return the report of a summary (`carbonlab.report.summary.summarize`) as HTML, in the chosen language.

    Names and texts of databases and studies are escaped: they come from others.
    """
    summary = with_shown_names(summary)
    environment = _environment()
    environment.globals |= {
        "waterfall_of_gap": gap_waterfall,
        "t": message,
        "word": word,
        "option_words": option_words,
        "selector_words": selector_words,
        "bars": contribution_bars,
        "uncertainty_blocks": uncertainty_blocks,
        "sensitivity_blocks": sensitivity_blocks,
        "stage_bars": stage_bars,
        "assumed_in_words": lambda pair: assumed_in_words(AssumedRules(**pair), mark=""),
    }
    return environment.get_template("report.html").render(
        summary=summary, study=summary["study"], comparison=summary.get("comparison")
    )


def document_html(document: Document) -> str:
    """Return a document as one HTML file, with the same figures inline as in its PDF."""
    return _environment().get_template("document.html").render(document=document)


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("carbonlab.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": format_number, "share": format_share, "translated": translated}
    return environment
