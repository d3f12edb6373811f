"""The summary of a study as a workbook: one sheet per table, and a README sheet that says what the numbers are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from carbonlab.messages import message, translated
from carbonlab.report.export import Cell, Column, Table, xlsx_bytes
from carbonlab.report.shown_names import with_shown_names
from carbonlab.report.uncertainty_tables import uncertainty_tables
from carbonlab.report.wording import option_words, rule_set_title, selector_words, slot_words, word
from carbonlab.results.schema import IMPACT_UNIT

PARTS = ("processes", "gases", "elementary_flows")
"""Lists of largest contributions in the summary, each with what remains of either sign."""


def workbook_bytes(summary: dict[str, Any]) -> bytes:
    """Return the summary of a study (`carbonlab.report.summary.summarize`) as xlsx, in the chosen language.

    Numbers are numbers, per the amount and unit that stand in the first columns of their row.
    """
    shown = with_shown_names(summary)
    return xlsx_bytes(workbook_tables(shown), _about(shown))


def workbook_tables(summary: dict[str, Any]) -> list[Table]:
    """Return the sheets: totals, components, stages, contributions, uncertainty, rules, findings, sources."""
    every = [(rules, product) for rules in summary["rule_sets"] for product in rules["products"]]
    known = [(rules, product) for rules, product in every if product["total"] is not None]
    tables = [_totals(every), _parts(known, "components", "component"), _parts(known, "stages", "stage")]
    tables += [_contributions(known, by) for by in PARTS]
    return [
        *tables,
        _first_tier(known),
        *uncertainty_tables(summary),
        _rules(summary),
        _findings(summary),
        _sources(summary),
    ]


def _about(summary: dict[str, Any]) -> dict[str, str]:
    units = "; ".join(
        f"{product['name']}: {product['amount']:g} {product['unit']} ({word('unit_type', product['unit_type'])})"
        for product in summary["rule_sets"][0]["products"]
    )
    rules = {
        f"{message('report.rule_set')} {rules['key']}": f"{rule_set_title(rules)}, {rules['digest']}"
        for rules in summary["rule_sets"]
    }
    return {
        message("export.title"): summary["study"]["title"],
        message("export.functional_unit"): units,
        message("study_report.note"): message("report.disclaimer"),
        **rules,
        **{key: str(value) for key, value in summary["attributes"].items()},
    }


def _totals(every: Sequence[tuple[dict[str, Any], dict[str, Any]]]) -> Table:
    rows = [
        [*_who(rules, product), product["total"], product["status_text"], product.get("error_estimate")]
        for rules, product in every
    ]
    names = [message("study_report.total"), message("report.status"), message("study_report.error")]
    return _table(message("report.results"), names, rows, units={0: IMPACT_UNIT})


def _parts(known: Sequence[tuple[dict[str, Any], dict[str, Any]]], key: str, group: str) -> Table:
    words = list(known[0][1][key]) if known else []
    rows = [[*_who(rules, product), *product[key].values()] for rules, product in known]
    names = [message(f"{group}.{name}") for name in words]
    return _table(
        message(f"study_report.{key}"), names, rows, units=dict.fromkeys(range(len(names)), IMPACT_UNIT)
    )


def _contributions(known: Sequence[tuple[dict[str, Any], dict[str, Any]]], by: str) -> Table:
    rows: list[list[Cell]] = []
    for rules, product in known:
        listed = [(row["name"], row["id"], row["footprint"]) for row in product[by]["largest"]]
        listed += [
            (message(f"report.{rest}"), "", product[by][rest])
            for rest in ("rest_positive", "rest_negative")
            if product[by][rest]
        ]
        rows += [[*_who(rules, product), name, identity, value] for name, identity, value in listed]
    title = message(f"report.{by}")
    return _table(title, [title, "id", message("study_report.contribution")], rows, units={2: IMPACT_UNIT})


def _first_tier(known: Sequence[tuple[dict[str, Any], dict[str, Any]]]) -> Table:
    rows: list[list[Cell]] = []
    for rules, product in known:
        who, tier = _who(rules, product), product["first_tier"]
        rows.append([*who, message("report.direct"), None, "", tier["direct"]])
        rows += [
            [*who, row["process"], row["amount"], row["unit"], row["footprint"]] for row in tier["inputs"]
        ]
        if tier["rest"]:
            rows.append([*who, message("report.rest"), None, "", tier["rest"]])
    names = [message("report.input"), message("report.amount"), message("study_report.unit_of_amount")]
    return _table(
        message("study_report.first_tier"),
        [*names, message("study_report.contribution")],
        rows,
        units={3: IMPACT_UNIT},
    )


def _who(rules: dict[str, Any], product: dict[str, Any]) -> list[Cell]:
    return [rules["key"], product["key"], product["name"], product["amount"], product["unit"]]


def _table(
    name: str, names: Sequence[str], rows: Sequence[Sequence[Cell]], *, units: dict[int, str]
) -> Table:
    """Return a table whose rows begin with rule set, product, amount and unit."""
    who = [
        message("report.rule_set"),
        message("study_report.key"),
        message("report.product"),
        message("report.per"),
        message("study_report.unit_of_amount"),
    ]
    heads = [(head, "") for head in who] + [(head, units.get(i, "")) for i, head in enumerate(names)]
    return _columns(name, heads, rows)


def _columns(name: str, heads: Sequence[tuple[str, str]], rows: Sequence[Sequence[Cell]]) -> Table:
    columns = [tuple(row[i] for row in rows) for i in range(len(heads))]
    return Table(
        name, tuple(Column(head, column, unit) for (head, unit), column in zip(heads, columns, strict=True))
    )


def _rules(summary: dict[str, Any]) -> Table:
    rows: list[list[Cell]] = []
    for rules in summary["rule_sets"]:
        for rule in rules["rules"]:
            for line in rule["lines"]:
                parameters = "; ".join(f"{key} = {value}" for key, value in line["parameters"].items())
                cited = f"{line['source']} {line['clause']}".strip()
                rows.append(
                    [
                        rules["key"],
                        slot_words(rule["slot"]),
                        selector_words(line["select"]),
                        option_words(rule["slot"], line["option"]),
                        parameters,
                        line["caught"],
                        cited,
                        word("source_level", line["source_level"]),
                        translated(line["note"]),
                    ]
                )
    keys = ("rule_set", "slot", "selector", "option", "parameters", "caught", "reference", "level", "note")
    heads = [(message(f"{'study_report' if key in OWN else 'report'}.{key}"), "") for key in keys]
    return _columns(message("report.rules"), heads, rows)


OWN = {"parameters", "level", "note"}
"""Heads that only documents have, not the web page."""


def _findings(summary: dict[str, Any]) -> Table:
    rows: list[list[Cell]] = []
    for rules in summary["rule_sets"]:
        rows += [
            [rules["key"], row["code"], row["count"], row["text"], "; ".join(row["examples"])]
            for row in rules["findings"]
        ]
    keys = ("rule_set", "count", "finding", "examples")
    names = [message(f"report.{key}") for key in keys]
    heads = [(name, "") for name in (names[0], message("study_report.code"), *names[1:])]
    return _columns(message("report.findings"), heads, rows)


def _sources(summary: dict[str, Any]) -> Table:
    databases = summary["databases"] + ([summary["foreground"]] if summary["foreground"] else [])
    rows: list[list[Cell]] = [
        [db["name"], row["citation"], str(row["year"]), row["url"], row["licence"]]
        for db in databases
        for row in db["sources"]
    ]
    keys = ("report.databases", "report.source", "report.year", "study_report.address", "report.licence")
    return _columns(message("study_report.sources"), [(message(key), "") for key in keys], rows)
