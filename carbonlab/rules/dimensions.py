"""What rule books decide, dimension by dimension and switch by switch, and the slot that decides it here.

The 22 dimensions are the rows in which standards are usually compared; the 12 switches are the discrete
choices that pull results apart. Each belongs to one slot, or is named here as something that no slot may
decide.
"""

from __future__ import annotations

from dataclasses import dataclass

from carbonlab.errors import RuleError
from carbonlab.rules.slots import SLOTS

REFUSED = "refused"
"""Never a choice: an inventory with offsets has no footprint."""
DOCUMENTATION = "documentation"
"""No number follows from it: a study states it, and conformity checks ask for it."""


@dataclass(frozen=True)
class Dimension:
    """One row of a comparison of standards.

    Attributes
    ----------
    number : int
        1 to 22.
    key : str
        Name in the table ``[dimensions]`` of a rule file.
    title : str
        Words that a reader sees.
    """

    number: int
    key: str
    title: str

    @property
    def decided_by(self) -> str:
        """The slot that decides it, `REFUSED` or `DOCUMENTATION`."""
        slots = [slot.key for slot in SLOTS if self.number in slot.dimensions]
        return slots[0] if slots else NO_SLOT[self.number]


NO_SLOT = {15: REFUSED, 20: DOCUMENTATION, 21: DOCUMENTATION, 22: DOCUMENTATION}
"""Dimensions that are no slot."""

DIMENSIONS: tuple[Dimension, ...] = tuple(
    Dimension(number, key, title)
    for number, (key, title) in enumerate(
        (
            ("gwp_vintage", "IPCC report of the factors"),
            ("horizon", "time horizon and metric"),
            ("carbon_feedback", "climate–carbon feedback"),
            ("biogenic_co2", "biogenic CO2"),
            ("product_carbon", "biogenic carbon in the product"),
            ("delay", "delayed emission, storage"),
            ("direct_land_use_change", "direct land-use change"),
            ("indirect_land_use_change", "indirect land-use change"),
            ("allocation", "co-products"),
            ("recycling", "recycling, end of life"),
            ("electricity", "electricity"),
            ("grid_losses", "losses of the grid"),
            ("capital_goods", "capital goods"),
            ("cut_off", "cut-off"),
            ("offsets", "offsets"),
            ("stages", "life-cycle stages"),
            ("travel", "travel of consumers and staff"),
            ("aircraft", "aircraft"),
            ("use_stage", "use stage"),
            ("primary_data", "primary data"),
            ("validity", "validity"),
            ("verification", "verification"),
        ),
        start=1,
    )
)

BY_KEY = {dimension.key: dimension for dimension in DIMENSIONS}

SWITCHES: dict[str, str] = {
    "gwp": "characterization",
    "biogenic_co2": "biogenic_carbon",
    "storage_delay": "timing",
    "luc_years and luc_shape": "land_use_change",
    "allocation": "multifunctionality",
    "recycling": "recycling",
    "electricity": "electricity",
    "capital_goods": "boundary",
    "cutoff": "cut_off",
    "boundary": "boundary",
    "aviation_rf": "aviation",
    "offsets": REFUSED,
}
"""The 12 switches and the slot that turns each."""


def dimension_of(key: str, where: str = "") -> Dimension:
    """Return the dimension of a key.

    Raises
    ------
    RuleError
        If there is no such dimension.

    Examples
    --------
    >>> dimension_of("capital_goods").decided_by
    'boundary'
    """
    if key not in BY_KEY:
        raise RuleError(
            f"there is no dimension {key!r}",
            where=where,
            why="what is said about it would be shown nowhere",
            remedy=f"use one of {', '.join(BY_KEY)}",
        )
    return BY_KEY[key]
