"""Contributions in sight: the same parts as signed bars, tree, Sankey diagram and table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape

from carbonlab.errors import RefusedError
from carbonlab.messages import message, shown_name
from carbonlab.plots import contribution_tree, contributions, sankey, sankey_print
from carbonlab.plots.contributions import PERCENT
from carbonlab.plots.theme import label_with_unit
from carbonlab.report.export import Cell, Column, Table
from carbonlab.report.figures import format_number
from carbonlab.results.breakdown import Breakdown, By, CutOff, CutOffMode
from carbonlab.results.schema import CANCELLATION, IMPACT_UNIT
from carbonlab.results.upstream_tree import Branch, BranchKind, UpstreamTree
from carbonlab.rules.ruleset import RuleSet
from carbonlab.system.study import Study
from carbonlab.vocabulary import Status
from carbonlab.widgets.answered import Answered
from carbonlab.widgets.answers import functional_unit, named_quantity, unit_of
from carbonlab.widgets.cells import STYLE, Scale, amount_cell, bar_cell, table, text_cell
from carbonlab.widgets.code import code_of_view
from carbonlab.widgets.rule_set_words import rule_set_in_words
from carbonlab.widgets.table_html import table_text, tables_html
from carbonlab.widgets.view import View

PICTURES = ("bars", "tree", "sankey", "table")
"""Ways to show contributions."""
DEPTH = 3
"""Tiers of a tree that stands still: as a table, in a file."""


@dataclass(frozen=True)
class ContributionChoice:
    """What is shown of a footprint.

    Attributes
    ----------
    product : str
        Key of the product.
    by : By
        What bars and table take it apart by.
    picture : str
        One of `PICTURES`.
    cut_off : CutOff
        What stays visible.
    is_relative : bool
        Whether bars are shares of the footprint.
    rule_set : str
        Key of the rule set; empty for the first of the study.
    """

    product: str
    by: By = By.PROCESS
    picture: str = "bars"
    cut_off: CutOff = field(default_factory=CutOff)
    is_relative: bool = False
    rule_set: str = ""

    def __post_init__(self) -> None:
        if self.picture not in PICTURES:
            raise RefusedError(
                f"contributions cannot be shown as {self.picture!r}",
                remedy=f"choose one of {', '.join(PICTURES)}",
            )


def contribution_view(
    study: Study,
    rule_set: RuleSet | str | None = None,
    *,
    product: str = "",
    by: By | str = By.PROCESS,
    picture: str = "bars",
    mode: CutOffMode | str = CutOffMode.MINIMUM,
    level: float = 1.0,
    relative: bool = False,
) -> View:
    """Return what a footprint comes from.

    Parameters
    ----------
    study : Study
        What is asked.
    rule_set : RuleSet or str, optional
        Answer under this rule set; by default under the first of the study.
    product : str
        Key of the product; empty for the first.
    by : By
        ``process``, ``first_tier``, ``elementary_flow``, ``gas``, ``stage``, ``location`` or ``component``; tree
        and Sankey diagram always follow the supplies.
    picture : str
        ``bars``, ``tree``, ``sankey`` or ``table``.
    mode, level
        Cut-off: ``minimum`` or ``cumulative`` and a percentage, or ``top`` and a number of parts. For a Sankey
        diagram ``top`` is the number of processes.
    relative : bool
        Whether bars are shares of the footprint.

    Raises
    ------
    CarbonlabError
        If there is no trustworthy answer, no such product, or nothing that could be shown.

    Examples
    --------
    >>> from carbonlab.system.study import Study
    >>> from carbonlab.teaching import load_teaching_inventory
    >>> view = contribution_view(Study.of(load_teaching_inventory(), "planer_mill"), by="stage", mode="top", level=1)
    >>> view.tables[0].head[-2:]
    ['Contribution [kg CO2e]', 'Share of the footprint [%]']
    """
    asked = study.with_rule_sets(study.rule_sets[0] if rule_set is None else rule_set)
    unit = unit_of(asked, product)
    choice = ContributionChoice(unit.key, By(by), picture, CutOff(CutOffMode(mode), level), relative)
    return drawn(Answered.of(asked), choice)


def drawn(answered: Answered, choice: ContributionChoice, *, source: str = "") -> View:
    """Return the view of a choice.

    Parameters
    ----------
    answered : Answered
        Study with its answers.
    choice : ContributionChoice
        What is shown.
    source : str
        Python expression that gives the inventory or study, for the code.

    Raises
    ------
    CarbonlabError
        If the product has no number.
    """
    unit = answered.unit(choice.product)
    name = named_quantity(unit.amount, unit.unit, unit.name)
    _check_number(answered, choice)
    code = _code(answered, choice, source)
    if choice.picture == "sankey":
        return _sankey_view(answered, choice, name, code)
    if choice.picture == "tree":
        return _tree_view(answered, choice, name, code)
    found = answered.breakdown(choice.product, choice.by, rule_set=choice.rule_set).cut(choice.cut_off)
    bars = contributions.bars_of(found, product=name, relative=choice.is_relative)
    one = _table(found, bars.title)
    is_drawn = choice.picture == "bars"
    return View(
        _page(answered, choice, _breakdown_html(found, one)),
        "\n".join([bars.title, *table_text(one)]),
        title=bars.title,
        functional_unit=functional_unit(unit),
        tables=(one,),
        code=code,
        dataset=answered.result,
        printed=lambda: contributions.printed(bars),
        is_pictured=is_drawn,
        interactive=(lambda: contributions.interactive(bars)) if is_drawn else None,
    )


def _sankey_view(answered: Answered, choice: ContributionChoice, name: str, code: str) -> View:
    network = answered.network(choice.product, choice.cut_off, rule_set=choice.rule_set)
    picture = sankey.sankey_of(network, product=name)
    remarks = _remarks([band.value for band in picture.bands], network.total)
    one = Table(
        picture.title,
        (
            Column(
                message("supply_network.from"), tuple(picture.names[band.source] for band in picture.bands)
            ),
            Column(message("supply_network.to"), tuple(picture.names[band.target] for band in picture.bands)),
            Column(
                message("supply_network.carries"), tuple(band.value for band in picture.bands), IMPACT_UNIT
            ),
            *([Column(message("supply_network.remark"), remarks)] if any(remarks) else []),
        ),
    )
    unit = functional_unit(answered.unit(choice.product))
    note = f"<p>{escape(picture.note)}</p>"
    return View(
        tables_html([one], functional_unit=unit, before=note),
        "\n".join([picture.title, f"  {picture.note}", *table_text(one)]),
        title=picture.title,
        functional_unit=unit,
        tables=(one,),
        code=code,
        dataset=answered.result,
        printed=lambda: sankey_print.printed(picture),
        interactive=lambda: sankey.interactive(picture),
    )


def _remarks(values: Sequence[float], total: float) -> tuple[str, ...]:
    """Return which numbers are no more than what rounding leaves of sums."""
    smallest = CANCELLATION * max(map(abs, (total, *values)))
    return tuple(message("supply_network.rounding") if abs(value) <= smallest else "" for value in values)


def _tree_view(answered: Answered, choice: ContributionChoice, name: str, code: str) -> View:
    tree = answered.tree(choice.product, rule_set=choice.rule_set)
    lines = list(branches(tree, choice.cut_off))
    title = message(
        "breakdown.title",
        product=name,
        total=format_number(tree.root.footprint),
        unit=IMPACT_UNIT,
        by=message("by.tree"),
    )
    whole = abs(tree.root.footprint)
    shares: tuple[Cell, ...] = tuple(100 * b.footprint / whole if whole else None for _, b in lines)
    amounts: tuple[Cell, ...] = tuple(b.amount if b.kind is BranchKind.SUPPLY else None for _, b in lines)
    one = Table(
        title,
        (
            Column(message("breakdown.tier"), tuple(level for level, _ in lines)),
            Column(message("breakdown.part"), tuple(shown_name(branch.name) for _, branch in lines)),
            Column(message("breakdown.place"), tuple(branch.place for _, branch in lines)),
            Column(message("breakdown.amount"), amounts),
            Column(message("breakdown.unit"), tuple(branch.unit for _, branch in lines)),
            Column(
                message("breakdown.with_upstream"),
                tuple(branch.footprint for _, branch in lines),
                IMPACT_UNIT,
            ),
            Column(message("breakdown.share"), shares, PERCENT),
        ),
    )
    unit = functional_unit(answered.unit(choice.product))
    picture = contribution_tree.tree_lines_of(
        lines,
        title=title,
        axis=label_with_unit(message("breakdown.with_upstream"), IMPACT_UNIT),
        functional_unit=unit,
    )
    text = [f"  {'  ' * level}{shown_name(b.name)}: {format_number(b.footprint)}" for level, b in lines]
    return View(
        _page(answered, choice, _tree_html(lines, title)),
        "\n".join([f"{title} [{IMPACT_UNIT}]", *text]),
        title=title,
        functional_unit=unit,
        tables=(one,),
        code=code,
        dataset=answered.result,
        printed=lambda: contribution_tree.printed(picture),
    )


def branches(tree: UpstreamTree, cut_off: CutOff, depth: int = DEPTH) -> Iterator[tuple[int, Branch]]:
    """Return tier and branch of every line of a tree, from the product down to some depth."""

    def walk(branch: Branch, level: int) -> Iterator[tuple[int, Branch]]:
        yield level, branch
        if level < depth:
            for part in tree.inputs(branch, cut_off):
                yield from walk(part, level + 1)

    return walk(tree.root, 0)


def _table(found: Breakdown, title: str) -> Table:
    rests = (("rest_positive", found.rest_positive), ("rest_negative", found.rest_negative))
    rows = [(shown_name(part.name), part.place, part.footprint) for part in found.parts]
    rows += [(message(f"breakdown.{key}"), "", value) for key, value in rests if value]
    rows.append((message("breakdown.total"), "", found.total))
    whole = abs(found.total)
    shares: tuple[Cell, ...] = tuple(100 * value / whole if whole else None for _, _, value in rows)
    return Table(
        title,
        (
            Column(message("breakdown.part"), tuple(name for name, _, _ in rows)),
            Column(message("breakdown.place"), tuple(place for _, place, _ in rows)),
            Column(message("breakdown.footprint"), tuple(value for _, _, value in rows), IMPACT_UNIT),
            Column(message("breakdown.share"), shares, PERCENT),
        ),
    )


def _breakdown_html(found: Breakdown, one: Table) -> str:
    """Return the table with a bar beside each number; the total is not drawn, it would dwarf the parts."""
    rests = [value for value in (found.rest_positive, found.rest_negative) if value]
    values = [*(part.footprint for part in found.parts), *rests]
    scale = Scale.of(values)
    bars = [bar_cell(value, scale, pale=False) for value in values]
    bars.append(amount_cell(found.total))
    rows = [
        [text_cell(str(name), header=True), text_cell(str(place)), bar, text_cell(_share(share), number=True)]
        for (name, place, _, share), bar in zip(one.rows, bars, strict=True)
    ]
    hidden = message(
        "breakdown.hidden",
        count=found.hidden,
        positive=format_number(found.rest_positive),
        negative=format_number(found.rest_negative),
        unit=IMPACT_UNIT,
    )
    below = f"<p>{escape(hidden)}</p>" if found.hidden else ""
    right = [False, False, False, True]
    return table(one.name, one.head, rows, number_columns=right) + below


def _share(share: Cell) -> str:
    return "–" if share is None else format_number(float(share))


def _tree_html(lines: list[tuple[int, Branch]], title: str) -> str:
    """Return the tree as nested lists that open and close without a script."""
    parts = [f"<p><b>{escape(title)}</b></p>", "<ul class='cl-tree'>"]
    for i, (level, branch) in enumerate(lines):
        following = lines[i + 1][0] if i + 1 < len(lines) else 0
        text = escape(_line_of(branch))
        if following > level:
            opened = " open" if level == 0 else ""
            parts.append(f"<li><details{opened}><summary>{text}</summary><ul>")
        else:
            parts.append(f"<li>{text}</li>" + "</ul></details></li>" * (level - following))
    return "".join([*parts, "</ul>"])


def _line_of(branch: Branch) -> str:
    place = f" [{branch.place}]" if branch.place else ""
    amount = f", {format_number(branch.amount)} {branch.unit}" if branch.kind is BranchKind.SUPPLY else ""
    return f"{shown_name(branch.name)}{place}{amount}: {format_number(branch.footprint)} {IMPACT_UNIT}"


def _page(answered: Answered, choice: ContributionChoice, body: str) -> str:
    unit = functional_unit(answered.unit(choice.product))
    rules = answered.rule_set(choice.rule_set)
    return (
        f"<div class='carbonlab cl-view'>{STYLE}<p class='cl-unit'><b>{escape(unit)}</b> · "
        f"{escape(message('breakdown.under', rules=rule_set_in_words(rules)))}</p>{body}</div>"
    )


def _check_number(answered: Answered, choice: ContributionChoice) -> None:
    rules = answered.rule_set(choice.rule_set)
    position = answered.study.rule_sets.index(rules)
    status = Status(str(answered.result["status"].isel(rule_set=position).sel(product=choice.product).values))
    if not status.has_number:
        raise RefusedError(
            f"the product has no footprint under {rules.key!r}: {status}",
            where=unit_of(answered.study, choice.product).name,
            why=message(f"status.{status}"),
            remedy="look at the findings, or choose another option of the slot that decided it",
        )


def _code(answered: Answered, choice: ContributionChoice, source: str) -> str:
    rules = answered.rule_set(choice.rule_set)
    said = (
        f"product={choice.product!r}, by={str(choice.by)!r}, picture={choice.picture!r}, "
        f"mode={str(choice.cut_off.mode)!r}, level={choice.cut_off.level!r}, relative={choice.is_relative!r}"
    )
    return code_of_view(
        answered.study,
        {"rule_set": (rules, rules)},
        imports=["from carbonlab.widgets import contribution_view"],
        show=f"contribution_view(study, rule_set, {said})",
        source=source,
    )
