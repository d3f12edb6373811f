"""A comparison of rule sets as a workbook: numbers as numbers, each with unit, clauses and notes in its row."""

from __future__ import annotations

from carbonlab.compare.attribution_terms import terms_of
from carbonlab.compare.compared_rules import ComparedRules
from carbonlab.compare.comparison_notes import clauses_of
from carbonlab.compare.drawn_terms import drawn_terms_of, paired_of
from carbonlab.compare.movement import describe_rule
from carbonlab.messages import message, shown_name, translated
from carbonlab.report.export import Cell, Column, Table, xlsx_bytes
from carbonlab.report.wording import status_word, word
from carbonlab.results.schema import IMPACT_UNIT
from carbonlab.rules.slots import SLOTS

Head = tuple[str, str]


def comparison_workbook(compared: ComparedRules) -> bytes:
    """Return a comparison as xlsx, in the chosen language."""
    return xlsx_bytes(comparison_tables(compared), _about(compared))


def comparison_tables(compared: ComparedRules) -> list[Table]:
    """Return the sheets: footprints, parts of the differences, draws, rules with their clauses."""
    tables = [_footprints(compared), _differences(compared)]
    if compared.drawn:
        tables += [_pairs(compared), _drawn_terms(compared)]
    return [*tables, _clauses(compared)]


def _about(compared: ComparedRules) -> dict[str, str]:
    remarks = {f"{message('comparison.note')} {i}": text for i, text in enumerate(compared.remarks, 1)}
    digests = {
        f"{message('report.rule_set')} {rules.key}": f"{translated(rules.title)}, {rules.digest}"
        for rules in compared.rule_sets
    }
    units = "; ".join(
        f"{shown_name(unit.name)}: {unit.amount:g} {unit.unit}" for unit in compared.study.units
    )
    return {
        message("export.title"): f"{message('comparison.title')}: {compared.study.title}",
        message("export.functional_unit"): units,
        message("comparison.baseline"): compared.rule_sets[0].key,
        message("study_report.note"): message("report.disclaimer"),
        message("comparison.reading"): message("comparison.how_to_read"),
        **remarks,
        **digests,
        message("comparison.study_digest"): str(compared.comparison.attrs["study_digest"]),
        message("study_report.made"): str(compared.comparison.attrs.get("created", "")),
    }


def _footprints(compared: ComparedRules) -> Table:
    rows: list[list[Cell]] = []
    for product in compared.comparison["product"].values:
        for rules in compared.rule_sets:
            one = compared.comparison.sel(product=product, rule_set=rules.key)
            marks = f"{compared.mark_of(rules.key)} {compared.mark_of_difference(rules.key)}".strip()
            rows.append(
                [
                    str(product),
                    shown_name(str(one["product_name"].values)),
                    float(one["product_amount"]),
                    str(one["product_unit"].values),
                    rules.key,
                    *(_plain(one[name].item()) for name in ("total", "difference", "relative_difference")),
                    status_word(str(one["status"].values)),
                    marks,
                    *(_plain(one[name].item()) for name in ("residual", "error_estimate")),
                ]
            )
    heads = [*_product_heads(), (message("report.per"), ""), (message("study_report.unit_of_amount"), "")]
    heads += [(message("report.rule_set"), ""), (message("study_report.total"), IMPACT_UNIT)]
    heads += [(message("comparison.difference"), IMPACT_UNIT), (message("comparison.relative"), "1")]
    heads += [(message("report.status"), ""), (message("comparison.marks"), "")]
    heads += [(message("comparison.residual"), "1"), (message("comparison.error"), "1")]
    return _table(message("comparison.footprints"), heads, rows)


def _differences(compared: ComparedRules) -> Table:
    baseline = compared.rule_sets[0]
    rows: list[list[Cell]] = []
    for attribution, rules in zip(compared.attributions, compared.alternatives, strict=True):
        for product in attribution["product"].values.tolist():
            found = terms_of(attribution, product)
            if found is None:
                continue
            who: list[Cell] = [product, found.product_name, found.baseline, found.alternative]
            rows += [
                [
                    *who,
                    term.name,
                    *(term.shapley, term.alone, term.last),
                    clauses_of(baseline, term.player),
                    clauses_of(rules, term.player),
                    term.note,
                ]
                for term in found.terms
            ]
            rows += [[*who, name, 0.0, 0.0, 0.0, "", "", message("reason.same_rule")] for name in found.same]
    heads = [*_pair_heads(), (message("report.slot"), "")]
    heads += [(message(f"comparison.{name}"), IMPACT_UNIT) for name in ("part", "alone", "last")]
    heads += [
        (message(f"comparison.{name}"), "")
        for name in ("written_in_baseline", "written_in_alternative", "note")
    ]
    return _table(message("comparison.differences"), heads, rows)


def _pairs(compared: ComparedRules) -> Table:
    rows: list[list[Cell]] = []
    for attribution in compared.drawn:
        for product in attribution["product"].values.tolist():
            one = attribution.sel(product=product)
            pair = paired_of(one)
            interval = (pair.interval_of_mean() or (None, None)) if pair.draws else (None, None)
            rows.append(
                [
                    product,
                    shown_name(str(one["product_name"].item())),
                    str(attribution.attrs["baseline"]),
                    str(attribution.attrs["alternative"]),
                    pair.draws,
                    *map(_plain, (pair.mean, *interval, *one["difference_interval"].values.tolist())),
                    *map(_plain, (pair.higher, pair.lower if pair.draws else None, pair.equal)),
                ]
            )
    mean, level = message("comparison.mean_difference"), message("uncertainty.part_interval", level="95 %")
    heads = [*_pair_heads(), (message("uncertainty.draws"), "1"), (mean, IMPACT_UNIT)]
    for name in (mean, level):
        heads += [(message(f"uncertainty.interval_{end}", name=name), IMPACT_UNIT) for end in ("low", "high")]
    heads += [(message(f"uncertainty.{name}"), "1") for name in ("higher", "lower", "equal")]
    return _table(message("comparison.drawn"), heads, rows)


def _drawn_terms(compared: ComparedRules) -> Table:
    rows: list[list[Cell]] = []
    for attribution in compared.drawn:
        for product in attribution["product"].values.tolist():
            one = attribution.sel(product=product)
            ends = (str(attribution.attrs["baseline"]), str(attribution.attrs["alternative"]))
            who: list[Cell] = [product, shown_name(str(one["product_name"].item())), *ends]
            rows += [
                [*who, t.name, *map(_plain, (t.stated, t.mean, t.low, t.high, t.raises, t.lowers))]
                for t in drawn_terms_of(one)
            ]
    interval = message("uncertainty.part_interval", level="95 %")
    heads = [*_pair_heads(), (message("report.slot"), "")]
    heads += [(message(f"uncertainty.{name}"), IMPACT_UNIT) for name in ("static", "mean")]
    heads += [(message(f"uncertainty.interval_{end}", name=interval), IMPACT_UNIT) for end in ("low", "high")]
    heads += [(message(f"uncertainty.{name}"), "1") for name in ("raises", "lowers")]
    return _table(message("comparison.drawn_terms"), heads, rows)


def _clauses(compared: ComparedRules) -> Table:
    rows: list[list[Cell]] = []
    for rules in compared.rule_sets:
        for slot in SLOTS:
            references = [line.reference for line in rules.rules[slot.key].lines]
            levels = "; ".join(dict.fromkeys(word("source_level", one.source_level) for one in references))
            remarks = "; ".join(dict.fromkeys(translated(one.note) for one in references if one.note))
            rule = describe_rule(rules.rules[slot.key])
            rows.append(
                [
                    rules.key,
                    message(f"slot.{slot.key}"),
                    rule,
                    clauses_of(rules, slot.key),
                    levels,
                    remarks,
                ]
            )
    names = ("rule_set", "slot", "rule", "written_in", "level", "note")
    return _table(
        message("comparison.clauses"), [(message(f"comparison.{name}"), "") for name in names], rows
    )


def _product_heads() -> list[Head]:
    return [(message("study_report.key"), ""), (message("report.product"), "")]


def _pair_heads() -> list[Head]:
    return [*_product_heads(), *((message(f"comparison.{name}"), "") for name in ("baseline", "alternative"))]


def _table(name: str, heads: list[Head], rows: list[list[Cell]]) -> Table:
    columns = [Column(head, tuple(row[i] for row in rows), unit) for i, (head, unit) in enumerate(heads)]
    return Table(name, tuple(columns))


def _plain(value: float | None) -> float | None:
    return None if value is None or value != value else float(value)
