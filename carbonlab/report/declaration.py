"""A draft of a carbon footprint declaration: one page per product, marked as a draft on every page.

What a label record needs and a calculation can say is filled in; who declares, who verified and until when it is valid
is left to be filled in by those who may say it. The program quantifies: it never declares, verifies or certifies.
"""

from __future__ import annotations

from typing import Any

from carbonlab.errors import StudyError
from carbonlab.messages import message, translated
from carbonlab.report.contribution_figures import stage_bars
from carbonlab.report.document import (
    Block,
    Document,
    Figure,
    Number,
    PageBreak,
    Text,
    facts,
    grid,
    stated,
    to_fill_in,
)
from carbonlab.report.figures import format_number, format_share
from carbonlab.report.shown_names import with_shown_names
from carbonlab.report.wording import rule_set_title, unit_of, word
from carbonlab.system.study import SERVICE_LIFE

LONGEST = 300
"""Letters of the description of one inventory; what is longer is cut, visibly, so that the page holds."""

ALWAYS_SHOWN = ("fossil", "biogenic_emission", "biogenic_uptake", "land_use_change", "aircraft")
"""Components that a declaration shows even where they are zero (ISO 14067 7.2, summary)."""


def build_declaration(summary: dict[str, Any], product: str = "") -> Document:
    """Return the draft of a declaration of a summary (`carbonlab.report.summary.summarize`), in the chosen language.

    Parameters
    ----------
    summary : dict
        Of the study; its first rule set is the one that is declared under.
    product : str, optional
        Key of one product; without it, one page for every product that has a number.

    Raises
    ------
    StudyError
        If there is no such product, or none that has a number.
    """
    summary = with_shown_names(summary)
    rules = summary["rule_sets"][0]
    chosen = [one for one in rules["products"] if product in ("", one["key"])]
    with_number = [one for one in chosen if one["total"] is not None]
    if not with_number:
        raise StudyError(
            f"there is no footprint of {product!r} to declare" if product else "no product has a footprint",
            where=summary["study"]["key"],
            remedy=f"products with a number: {', '.join(_with_number(rules)) or 'none'}",
        )
    blocks: list[Block] = []
    for one in with_number:
        blocks += [*([PageBreak()] if blocks else []), *_page(summary, rules, one)]
    return Document(
        title=message("declaration.title"),
        subtitle=message("declaration.subtitle"),
        blocks=tuple(blocks),
        language=message("report.language"),
        running=message("declaration.running"),
        watermark=message("declaration.watermark"),
        is_paged=True,
    )


def _with_number(rules: dict[str, Any]) -> list[str]:
    return [product["key"] for product in rules["products"] if product["total"] is not None]


def _page(summary: dict[str, Any], rules: dict[str, Any], product: dict[str, Any]) -> list[Block]:
    scope = summary["study"]["scope"]
    return [
        facts(
            (message("report.product"), Text(product["name"], "strong")),
            (message("study_report.producer"), to_fill_in()),
            (
                message(f"declaration.unit_{product['unit_type']}"),
                f"{product['amount']:g} {product['unit']}",
            ),
            (message("scope.functions"), stated(translated(scope["functions"]))),
            *_service_life(scope, product),
        ),
        Number(format_number(product["total"]), unit_of(product)),
        Text(message(f"declaration.kind_{product['unit_type']}")),
        Text(product["status_text"], "note"),
        Figure(stage_bars(product), message("report.stages")),
        _stages(product),
        _components(rules, product),
        facts(
            (message("scope.boundary"), stated(scope["boundary"])),
            (
                message("study_report.method"),
                f"{rule_set_title(rules)} ({rules['key']}, {rules['characterization']})",
            ),
            (message("report.reference_year"), stated(str(summary["study"]["reference_year"]))),
            (message("scope.geography"), stated(scope["geography"])),
            (message("study_report.database"), _sources(summary)),
            (message("declaration.purpose"), _purpose(summary)),
            (message("report.value_kinds"), _value_kinds(product)),
            (message("report.uncertainty"), _interval(summary, rules, product)),
            (message("scope.limitations"), stated(scope["limitations"])),
            (message("declaration.period"), to_fill_in()),
            (message("declaration.verifier"), to_fill_in()),
            (message("declaration.valid"), to_fill_in()),
            (message("declaration.study_digest"), Text(summary["study"]["digest"], "digest")),
            (message("declaration.rules_digest"), Text(rules["digest"], "digest")),
        ),
        Text(message("declaration.comparability"), "note"),
    ]


def _sources(summary: dict[str, Any]) -> str:
    databases = summary["databases"] + ([summary["foreground"]] if summary["foreground"] else [])
    return "; ".join(f"{db['name']} {db['version']}".strip() for db in databases)


def _service_life(scope: dict[str, str], product: dict[str, Any]) -> list[tuple[str, Text]]:
    """Return how long the product serves: part of a functional unit, also where the study leaves it open."""
    if product["unit_type"] != "functional":
        return []
    life = scope.get(SERVICE_LIFE, "")
    missing = Text(message("declaration.no_service_life"), "missing")
    return [(message("scope.service_life"), Text(life) if life else missing)]


def _purpose(summary: dict[str, Any]) -> Text:
    """Return what the inventories say that they are for: a teaching inventory says so on the declaration, too."""
    databases = summary["databases"] + ([summary["foreground"]] if summary["foreground"] else [])
    said = [(db["name"], translated(" ".join(db["description"].split()))) for db in databases]
    return stated("; ".join(f"{name}: {_cut(text)}" for name, text in said if text))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _value_kinds(product: dict[str, Any]) -> Text:
    """Return of which kind the values are that the number rests on, by share of absolute contributions."""
    kinds = product["value_kinds"].items()
    return stated(
        "; ".join(f"{word('value_kind', kind or 'unstated')} {format_share(part)}" for kind, part in kinds)
    )


def _interval(summary: dict[str, Any], rules: dict[str, Any], product: dict[str, Any]) -> Text:
    """Return the interval of the footprint where the data were drawn, or that they were not."""
    drawn = summary.get("uncertainty")
    if not drawn:
        return Text(message("declaration.not_drawn"), "missing")
    for row in drawn["rows"]:
        if (row["rule_set"], row["product"]) == (rules["key"], product["key"]) and row["mean"] is not None:
            ends = {"low": format_number(row["quantiles"][0]), "high": format_number(row["quantiles"][-1])}
            share = f"{100 * (drawn['quantiles'][-1] - drawn['quantiles'][0]):g} %"
            words = {"share": share, "draws": row["draws_with_number"], "unit": row["unit"], **ends}
            return Text(message("declaration.interval", **words))
    return Text(message("declaration.no_interval"), "missing")


def _stages(product: dict[str, Any]) -> Block:
    stages, total = product["stages"], product["total"]
    rows = [
        ["kg CO2e", *(format_number(value) for value in stages.values())],
        [
            message("report.share"),
            *(format_share(value / total if total else None) for value in stages.values()),
        ],
    ]
    head = ["", *(message(f"stage.{key}") for key in stages)]
    return grid(head, rows, numbers=range(1, len(head)))


def _components(rules: dict[str, Any], product: dict[str, Any]) -> Block:
    parts = {key: value for key, value in product["components"].items() if value or key in ALWAYS_SHOWN}
    rows = [
        [
            word("component", key),
            format_number(value),
            message("report.apart") if key in rules["apart"] else "",
        ]
        for key, value in parts.items()
    ]
    return grid([message("study_report.component"), unit_of(product), ""], rows, numbers=[1])
