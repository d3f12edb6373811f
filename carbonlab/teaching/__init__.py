"""The embedded teaching inventory and its studies: for teaching and for testing rules, not for declarations.

Eleven product categories on one small background, a chapter of tables and a study for each. Every value states unit,
year, geography, source, confidence and how it came about; `docs/teaching_inventory.md` sets the results
beside published totals.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from carbonlab.errors import NotFoundError
from carbonlab.formats.tables import read_tables
from carbonlab.inventory.database import Database
from carbonlab.teaching.exercises import Verdict, check, reveal

__all__ = [
    "DEFAULT_STUDY",
    "Verdict",
    "check",
    "list_studies",
    "load_teaching_inventory",
    "reveal",
    "study_path",
]

DEFAULT_STUDY = "teaching"
"""Key of the small study: four products, for examples and lessons."""

CATEGORIES_STUDY = "categories"
"""Key of the study of all categories, which ``carbonlab run`` computes when it is given none."""

CATEGORIES = {
    "battery": ("battery",),
    "photovoltaic": ("photovoltaic",),
    "steel": ("steel",),
    "textile": ("textile",),
    "electronics": ("electronics",),
    "tyre": ("tyre",),
    "cement": ("cement",),
    "aluminium": ("aluminium",),
    "urea": ("urea",),
    "ammonium_phosphate": ("ammonium_phosphate",),
    "wood": ("lumber", "panels"),
}
"""The eleven categories of the pilot of product carbon footprint labels in China → keys of their studies."""

_FOLDER = Path(__file__).parent


@cache
def load_teaching_inventory() -> Database:
    """Return the embedded inventory, all chapters as one database, read once per session.

    Raises
    ------
    TableError
        If the tables in the package were changed and no longer read.
    """
    return read_tables(_FOLDER / "inventory")


def list_studies() -> tuple[str, ...]:
    """Return the keys of the embedded studies, the default one first.

    Examples
    --------
    >>> list_studies()[:4]
    ('teaching', 'aluminium', 'ammonium_phosphate', 'battery')
    """
    keys = sorted(path.stem for path in (_FOLDER / "studies").glob("*.toml"))
    return tuple(sorted(keys, key=lambda key: key != DEFAULT_STUDY))


def study_rule_files() -> tuple[Path, ...]:
    """Return the rule files beside the embedded studies: standards with the parameters of a category filled in."""
    return tuple(sorted((_FOLDER / "studies" / "rules").glob("*.toml")))


def study_path(key: str = DEFAULT_STUDY) -> Path:
    """Return the path of the TOML file of an embedded study; its foreground tables lie beside it.

    Parameters
    ----------
    key : str
        One of `list_studies`.

    Raises
    ------
    NotFoundError
        If there is no such study.
    """
    if key not in list_studies():
        raise NotFoundError(
            f"there is no embedded study {key!r}",
            remedy=f"use one of {', '.join(list_studies())}, or a path of your own",
        )
    return _FOLDER / "studies" / f"{key}.toml"
