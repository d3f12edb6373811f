"""The study report in the order of GB/T 24067-2024: general, goal, scope, inventory, impact, interpretation.

The topics are those of ISO 14067 7.3 (summary), which GB/T 24067 follows; the order of the chapters is that of its
report template (recalled: the final layout was not seen). What a study does not state is printed as missing, and what
only a person can write is printed as to be filled in: nothing is made up and no heading is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from carbonlab.messages import message, translated
from carbonlab.report.document import (
    Block,
    Document,
    Facts,
    Grid,
    Heading,
    Text,
    facts,
    grid,
    stated,
    to_fill_in,
)
from carbonlab.report.figures import format_number, format_share
from carbonlab.report.shown_names import with_shown_names
from carbonlab.report.study_results import impact_blocks, interpretation_blocks
from carbonlab.report.wording import (
    option_words,
    rule_set_title,
    selector_words,
    slot_words,
    status_word,
    unit_of,
    word,
)
from carbonlab.system.study import SERVICE_LIFE

QUALITY = (
    ("value_kinds", "value_kind"),
    ("confidence", "confidence"),
    ("value_years", "year"),
    ("geography", "geography"),
)
"""Shares of the summary by the quality of values, and the group of words that each is said in."""


def build_study_report(summary: dict[str, Any]) -> Document:
    """Return the study report of a summary (`carbonlab.report.summary.summarize`), in the chosen language.

    The first rule set is the one of the report; where there are more, they are compared in the interpretation.
    """
    summary = with_shown_names(summary)
    study, rules = summary["study"], summary["rule_sets"][0]
    blocks: list[Block] = [
        *_general(summary, rules),
        *_goal(study),
        *_scope(study, rules),
        *_inventory(summary, rules),
        *impact_blocks(rules),
        *interpretation_blocks(summary),
        *_review(study),
        *_annexes(summary, rules),
    ]
    return Document(
        title=message("study_report.title"),
        subtitle=study["title"],
        blocks=tuple(blocks),
        language=message("report.language"),
        running=message("report.disclaimer"),
    )


def _general(summary: dict[str, Any], rules: dict[str, Any]) -> list[Block]:
    study = summary["study"]
    products = [
        [
            product["name"],
            word("unit_type", product["unit_type"]),
            _total(product),
            status_word(product["status"]),
        ]
        for product in rules["products"]
    ]
    head = [message("report.product"), message("report.unit_type"), message("study_report.total")]
    return [
        Text(message("report.disclaimer"), "note"),
        Heading(message("study_report.general")),
        facts(
            (message("study_report.producer"), to_fill_in()),
            (message("study_report.commissioner"), to_fill_in()),
            (message("study_report.method"), f"{rule_set_title(rules)} ({rules['key']})"),
            (message("report.reference_year"), stated(str(study["reference_year"]))),
            (message("study_report.made"), str(summary["attributes"].get("created", ""))),
        ),
        grid(
            [*head, message("report.status")], products, numbers=[2], caption=message("study_report.products")
        ),
    ]


def _total(product: dict[str, Any]) -> str:
    return "–" if product["total"] is None else f"{format_number(product['total'])} {unit_of(product)}"


def _goal(study: dict[str, Any]) -> list[Block]:
    return [Heading(message("study_report.goal")), _stated_fields("goal", study["goal"], study["goal"])]


def _stated_fields(group: str, texts: dict[str, str], keys: Sequence[str]) -> Facts:
    return facts(*((message(f"{group}.{key}"), stated(texts[key])) for key in keys))


def _scope(study: dict[str, Any], rules: dict[str, Any]) -> list[Block]:
    scope = study["scope"]
    units = [
        [product["name"], word("unit_type", product["unit_type"]), f"{product['amount']:g} {product['unit']}"]
        for product in rules["products"]
    ]
    unit_head = [
        message("report.product"),
        message("report.unit_type"),
        message("study_report.reference_flow"),
    ]
    return [
        Heading(message("study_report.scope")),
        _stated_fields("scope", scope, ["system", "functions"]),
        Heading(message("study_report.unit"), 2),
        grid(unit_head, units),
        *(
            [facts((message("scope.service_life"), stated(scope.get(SERVICE_LIFE, ""))))]
            if any(product["unit_type"] == "functional" for product in rules["products"])
            else []
        ),
        Heading(message("scope.boundary"), 2),
        stated(scope["boundary"]),
        _stages(rules),
        Heading(message("report.cut_offs"), 2),
        Text(rules["cut_offs_text"]),
        facts(
            (message("slot.cut_off"), _rule_in_words(rules, "cut_off")),
            (message("report.cut_offs_effect"), _effect_of_cut_offs(rules)),
        ),
        Heading(message("study_report.time_and_place"), 2),
        _stated_fields("scope", scope, ["time_boundary", "geography"]),
        facts((message("report.reference_year"), stated(str(study["reference_year"])))),
        Heading(message("study_report.assumptions"), 2),
        _stated_fields("scope", scope, ["use_and_end_of_life", "special_flows", "category_issues"]),
        facts(
            (message("report.pcr"), to_fill_in()),
            (message("report.scope_changes"), to_fill_in()),
            (message("report.tracking"), to_fill_in()),
        ),
    ]


def _effect_of_cut_offs(rules: dict[str, Any]) -> Text:
    """Return that there is none where nothing is left out; else a person has to judge it."""
    return to_fill_in() if any(rules["cut_offs"].values()) else Text(message("report.nothing_left_out"))


def _stages(rules: dict[str, Any]) -> Grid:
    """Return which stages have something modelled in them, product by product."""
    products = [product for product in rules["products"] if product["total"] is not None]
    keys = list(products[0]["stages"]) if products else []
    rows = [
        [
            product["name"],
            *(message("study_report.covered") if product["stages"][key] else "–" for key in keys),
        ]
        for product in products
    ]
    return grid(
        [message("report.product"), *(message(f"stage.{key}") for key in keys)],
        rows,
        numbers=range(1, 1 + len(keys)),
        caption=message("study_report.stages_covered"),
    )


def _inventory(summary: dict[str, Any], rules: dict[str, Any]) -> list[Block]:
    study = summary["study"]
    blocks: list[Block] = [
        Heading(message("study_report.inventory")),
        Heading(message("report.data_collection"), 2),
        Text(message("study_report.data_text")),
    ]
    for db in _databases(summary):
        blocks.append(_database(db))
    blocks += [
        Heading(message("scope.allocation"), 2),
        Text(study["scope"]["allocation"] or message("study_report.by_the_rules")),
        facts(
            *(
                (message(f"slot.{slot}"), _rule_in_words(rules, slot))
                for slot in ("multifunctionality", "recycling")
            )
        ),
        Heading(message("study_report.electricity"), 2),
        facts((message("slot.electricity"), _rule_in_words(rules, "electricity"))),
        *(_electricity(product) for product in rules["products"] if product["total"] is not None),
        Text(message("report.electricity_note")),
        Heading(message("report.quality"), 2),
        _stated_fields("scope", study["scope"], ["data_quality"]),
        *_quality(rules),
        Heading(message("report.findings"), 2),
        _findings(rules),
    ]
    return blocks


def _databases(summary: dict[str, Any]) -> list[dict[str, Any]]:
    return [*summary["databases"], *([summary["foreground"]] if summary["foreground"] else [])]


def _database(db: dict[str, Any]) -> Facts:
    decided = "; ".join(
        f"{word('slot', slot)}: {option_words(slot, option)}"
        for slot, option in db["decided_upstream"].items()
    )
    size = message("report.size_text", **{key: db[key] for key in ("processes", "flows", "exchanges")})
    return facts(
        (message("study_report.database"), Text(f"{db['name']} {db['version']}".strip(), "strong")),
        (message("study_report.description"), stated(db["description"])),
        (message("report.licence"), stated(db["licence"])),
        (message("report.size"), size),
        (message("report.decided_upstream"), decided or message("report.nothing")),
        (message("report.digest"), Text(db["digest"], "digest")),
    )


def _electricity(product: dict[str, Any]) -> Block:
    if not product["electricity"]:
        return Text(f"{product['name']}: {message('report.no_electricity')}")
    rows = [
        [
            row["process"],
            f"{format_number(row['amount'])} {row['unit']}",
            f"{format_number(row['intensity'])} kg CO2e/{row['unit']}",
        ]
        for row in product["electricity"]
    ]
    head = [message("report.supplier"), message("report.amount"), message("report.intensity")]
    return grid(head, rows, numbers=[1, 2], caption=product["name"])


def _quality(rules: dict[str, Any]) -> list[Block]:
    """Return how much of each footprint rests on which kind of value: products side by side, in one table."""
    products = [product for product in rules["products"] if product["total"] is not None]
    letters = _letters(products)
    rows = []
    for key, group in QUALITY:
        names = dict.fromkeys(name for product in products for name in product[key])
        rows += [
            [
                message(f"report.{key}") if number == 0 else "",
                word(group, name),
                *(format_share(product[key].get(name, 0.0)) for product in products),
            ]
            for number, name in enumerate(names)
        ]
    head = [message("study_report.quality_of"), message("study_report.quality_is"), *letters]
    return [
        Text(message("report.quality_text")),
        grid(head, rows, numbers=range(2, len(head))),
        *(
            Text(f"{letter}: {product['name']}", "note")
            for letter, product in zip(letters, products, strict=True)
        ),
    ]


def _letters(products: Sequence[dict[str, Any]]) -> list[str]:
    return [chr(ord("A") + i) if i < 26 else str(i + 1) for i in range(len(products))]


def _findings(rules: dict[str, Any]) -> Block:
    if not rules["findings"]:
        return Text(message("report.no_findings"))
    rows = [[row["text"], str(row["count"]), "; ".join(row["examples"])] for row in rules["findings"]]
    head = [message("report.finding"), message("report.count"), message("report.examples")]
    return grid(head, rows, numbers=[1], weights=(2, 1, 3))


def _review(study: dict[str, Any]) -> list[Block]:
    return [
        Heading(message("scope.review")),
        facts(
            (message("scope.review"), stated(study["scope"]["review"])),
            (message("study_report.reviewer"), to_fill_in()),
            (message("study_report.statement"), to_fill_in()),
        ),
    ]


def _annexes(summary: dict[str, Any], rules: dict[str, Any]) -> list[Block]:
    blocks: list[Block] = [
        Heading(message("study_report.annex_rules"), is_numbered=False),
        grid(
            [message(f"report.{key}") for key in ("slot", "option", "reference")],
            [row for rule in rules["rules"] for row in _rule_rows(rule)],
            weights=(2, 3, 5),
        ),
    ]
    sources = [source for db in _databases(summary) for source in db["sources"]]
    if sources:
        head = [message(f"report.{key}") for key in ("source", "year", "licence")]
        rows = [
            [f"{row['citation']} {row['url']}".strip(), str(row["year"]), row["licence"]] for row in sources
        ]
        blocks += [
            Heading(message("study_report.annex_sources"), is_numbered=False),
            grid(head, rows, weights=(6, 1, 2)),
        ]
    digests = [(key, Text(str(value), "digest")) for key, value in summary["attributes"].items()]
    digests += [(r["key"], Text(r["digest"], "digest")) for r in summary["rule_sets"]]
    return [
        *blocks,
        Heading(message("report.recompute"), is_numbered=False),
        Text(message("report.recompute_text")),
        facts(*digests),
    ]


def _rule_rows(rule: dict[str, Any]) -> list[list[str]]:
    rows = []
    for number, line in enumerate(rule["lines"]):
        text = option_words(rule["slot"], line["option"])
        parameters = " · ".join(f"{key} = {value}" for key, value in line["parameters"].items())
        chosen = "" if line["select"] == "everything" else f"{selector_words(line['select'])} → "
        level = word("source_level", line["source_level"])
        note = translated(line["note"])
        cited = f"{line['source']} {line['clause']}".strip()
        rows.append(
            [
                slot_words(rule["slot"]) if number == 0 else "",
                chosen + " · ".join(part for part in (text, parameters) if part),
                " · ".join(part for part in (cited, level, note) if part),
            ]
        )
    return rows


def _rule_in_words(rules: dict[str, Any], slot: str) -> str:
    rule = next(rule for rule in rules["rules"] if rule["slot"] == slot)
    return "; ".join(f"{row[1]} [{row[2]}]" for row in _rule_rows(rule))
