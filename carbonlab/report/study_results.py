"""The numbers of the study report: impact assessment and interpretation (ISO 14067 6.5, 6.6 and 7.2, summary)."""

from __future__ import annotations

from typing import Any

from carbonlab.compare.assumed_rules import AssumedRules, assumed_in_words
from carbonlab.messages import message
from carbonlab.report.contribution_figures import contribution_bars, gap_waterfall, stage_bars
from carbonlab.report.document import Block, Figure, Heading, Number, Text, facts, grid, stated, to_fill_in
from carbonlab.report.figures import format_number, format_share
from carbonlab.report.uncertainty_blocks import sensitivity_blocks, uncertainty_blocks
from carbonlab.report.wording import rule_set_title, slot_words, status_word, unit_of, word

SEPARATE = ("fossil", "biogenic_emission", "biogenic_uptake", "land_use_change", "aircraft")
"""Components that are shown by themselves even where they are zero (ISO 14067 7.2, summary)."""


def impact_blocks(rules: dict[str, Any]) -> list[Block]:
    """Return the chapter on impact assessment: factors, then the footprint of every product."""
    blocks: list[Block] = [
        Heading(message("study_report.impact")),
        Heading(message("report.gases_considered"), 2),
        Text(rules["gases_text"]),
        Text(message("study_report.formula")),
    ]
    for product in rules["products"]:
        heading = message("study_report.result_of", product=product["name"])
        blocks += [Heading(heading, 2), *_product(rules, product)]
    return blocks


def _product(rules: dict[str, Any], product: dict[str, Any]) -> list[Block]:
    if product["total"] is None:
        return [Text(product["status_text"], "missing")]
    unit = unit_of(product)
    blocks: list[Block] = [
        Number(format_number(product["total"]), unit),
        Text(product["status_text"]),
        Figure(stage_bars(product), message("report.stages")),
        grid(
            ["", *(message(f"stage.{key}") for key in product["stages"])],
            [
                ["kg CO2e", *(format_number(value) for value in product["stages"].values())],
                [message("report.share"), *(_share(value, product) for value in product["stages"].values())],
            ],
            numbers=range(1, 1 + len(product["stages"])),
        ),
        _components(rules, product),
        Figure(contribution_bars(product, "gases"), message("report.gases")),
    ]
    years = {year: value for year, value in product["years"].items() if value}
    if len(years) > 1:
        rows = [[year, format_number(value)] for year, value in years.items()]
        head = [message("report.year"), "kg CO2e"]
        blocks.append(grid(head, rows, numbers=[0, 1], caption=message("report.timing")))
    blocks.append(
        Text(
            message(
                "report.solution",
                residual=f"{product['residual']:.1e}",
                error=f"{product['error_estimate']:.1e}",
            ),
            "note",
        )
    )
    return blocks


def _components(rules: dict[str, Any], product: dict[str, Any]) -> Block:
    shown = [
        key
        for key, value in product["components"].items()
        if value or key in SEPARATE or key in rules["components"]
    ]
    rows = [
        [
            message(f"component.{key}"),
            format_number(product["components"][key]),
            _share(product["components"][key], product),
            message("report.apart") if key in rules["apart"] else "",
        ]
        for key in shown
    ]
    head = [message("study_report.component"), unit_of(product), message("report.share"), ""]
    return grid(head, rows, numbers=[1, 2], caption=message("study_report.components"))


def _share(value: float, product: dict[str, Any]) -> str:
    return format_share(value / product["total"] if product["total"] else None)


def interpretation_blocks(summary: dict[str, Any]) -> list[Block]:
    """Return the chapter on interpretation: significant issues, sensitivity, value choices, conclusions."""
    study, rules = summary["study"], summary["rule_sets"][0]
    blocks: list[Block] = [
        Heading(message("study_report.interpretation")),
        Heading(message("study_report.issues"), 2),
    ]
    for product in rules["products"]:
        if product["total"] is not None:
            blocks += [
                Figure(
                    contribution_bars(product, "processes"),
                    f"{product['name']}: {message('report.processes')}",
                ),
                _first_tier(product),
            ]
    blocks += [
        Heading(message("report.sensitivity"), 2),
        *_comparison(summary.get("comparison")),
        *_to_data(summary),
        Heading(message("report.value_choices"), 2),
        _value_choices(rules),
        Heading(message("study_report.conclusions"), 2),
        facts(
            (message("scope.limitations"), stated(study["scope"]["limitations"])),
            (message("report.conclusions"), to_fill_in()),
            (message("study_report.improvements"), to_fill_in()),
        ),
    ]
    return blocks


def _to_data(summary: dict[str, Any]) -> list[Block]:
    """Return the sensitivity to data and the uncertainty; where nothing was drawn, that they are missing."""
    known, drawn = sensitivity_blocks(summary), uncertainty_blocks(summary)
    scenarios = (message("report.alternative_scenarios"), to_fill_in())
    if not drawn:
        to_data, uncertain = message("study_report.to_data"), message("report.uncertainty")
        return [facts((to_data, to_fill_in()), scenarios, (uncertain, to_fill_in()))]
    return [
        Heading(message("study_report.to_data"), 2),
        *known,
        facts(scenarios),
        Heading(message("report.uncertainty"), 2),
        *drawn,
    ]


def _first_tier(product: dict[str, Any]) -> Block:
    tier = product["first_tier"]
    rows = [
        [message("report.direct"), "", format_number(tier["direct"]), _share(tier["direct"], product)],
        *(
            [
                row["process"],
                f"{format_number(row['amount'])} {row['unit']}",
                format_number(row["footprint"]),
                _share(row["footprint"], product),
            ]
            for row in tier["inputs"]
        ),
    ]
    if tier["rest"]:
        rows.append([message("report.rest"), "", format_number(tier["rest"]), _share(tier["rest"], product)])
    head = [message("report.input"), message("report.amount"), "kg CO2e", message("report.share")]
    return grid(head, rows, numbers=[1, 2, 3], caption=message("report.first_tier"))


def _comparison(comparison: dict[str, Any] | None) -> list[Block]:
    if not comparison:
        return []
    sets = comparison["rule_sets"]
    rows = [
        [
            product["name"],
            f"{product['amount']:g} {product['unit']}",
            *(_compared(product, rules["key"]) for rules in sets),
            format_share(product["spread"]),
        ]
        for product in comparison["products"]
    ]
    letters = [chr(ord("A") + i) for i in range(len(sets))]
    head = [message("report.product"), message("report.per"), *letters, message("report.spread")]
    blocks: list[Block] = [
        grid(head, rows, numbers=range(1, len(head)), caption=f"{message('report.comparison')} [kg CO2e]"),
        *(
            Text(
                f"{letter}: {rule_set_title(rules)} ({rules['key']}){' †' if rules['partial'] else ''}",
                "note",
            )
            for letter, rules in zip(letters, sets, strict=True)
        ),
        Text(message("study_report.comparison_note"), "note"),
        *(
            Text(assumed_in_words(AssumedRules(**pair), mark=""), "note")
            for pair in comparison.get("assumed", ())
        ),
    ]
    widest = comparison["widest"]
    if widest:
        terms = [[slot_words(t["slot"]), format_number(t["moved"]), t["reason"]] for t in widest["terms"]]
        head = [message("report.slot"), "kg CO2e", message("report.reason")]
        blocks += [
            Figure(gap_waterfall(widest), message("report.widest", name=widest["name"])),
            grid(head, terms, numbers=[1], weights=(2, 1, 3)),
        ]
    return blocks


def _compared(product: dict[str, Any], key: str) -> str:
    total, status = product["totals"][key], product["statuses"][key]
    if total is None:
        return "n/a" if status == "not_applicable" else status_word(status)
    return format_number(total) + ("" if status == "complete" else "*")


def _value_choices(rules: dict[str, Any]) -> Block:
    own = [
        [slot_words(rule["slot"]), word("source_level", line["source_level"])]
        for rule in rules["rules"]
        for line in rule["lines"]
        if line["source_level"] == "own"
    ]
    if not own:
        return Text(message("study_report.no_own_choice"))
    return grid([message("report.slot"), message("report.reference")], own)
