"""Python that reads tables of one's own and shows the footprint of a product of theirs."""

from __future__ import annotations

from carbonlab.inventory.database import Database
from carbonlab.system.study import Study
from carbonlab.widgets.code import DISPLAY, inventory_lines, rule_set_lines, shown


def code_of_own(path: str, study: Study, *, background: Database | None = None, source: str = "") -> str:
    """Return a cell that reads tables and shows where the footprint of one product comes from.

    Parameters
    ----------
    path : str
        Folder or workbook, as the cell shall read it.
    study : Study
        Of one product, under one rule set.
    background : Database, optional
        What the tables were read beside.
    source : str
        Python expression that gives the background; empty for a variable.
    """
    unit, rules = study.units[0], study.rule_sets[0]
    said = {name: getattr(unit, name) for name in ("key", "name", "process", "flow", "amount")}
    asked = ", ".join(f"{name}={value!r}" for name, value in said.items())
    attached, own, beside = "", "databases=(own,)", list[str]()
    if background is not None:
        beside = inventory_lines(background, source)
        attached, own = ", attached=[database]", "databases=(database,), foreground=own"
    lines = [
        "import carbonlab as cl",
        DISPLAY,
        "from carbonlab.formats.tables import read_tables",
        "from carbonlab.widgets import contribution_view",
        "",
        *beside,
        f"own = read_tables({path!r}{attached})",
        *rule_set_lines("rule_set", rules, rules),
        "study = cl.Study(",
        f"    key={study.key!r},",
        f"    title={study.title!r},",
        f"    units=(cl.UnitOfAnalysis({asked}),),",
        f"    {own},",
        "    rule_sets=(rule_set,),",
        ")",
        shown("contribution_view(study)"),
    ]
    return "\n".join(lines) + "\n"
