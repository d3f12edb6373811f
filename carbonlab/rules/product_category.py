"""What a product category rule states besides accounting: scope, unit, data, scenarios, report, validity.

The headings follow the framework for product-specific footprint standards that GB/T 24067-2024 adds to ISO
14067 (public summaries read). Accounting itself (stages, cut-off, allocation, electricity, recycling) stands
in the slots.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from carbonlab.errors import RuleError, UnitError
from carbonlab.units import conversion_factor

_TEXTS = ("scope", "unit", "function", "use_and_end_of_life", "data_quality", "validity")


@dataclass(frozen=True, kw_only=True)
class ProductCategory:
    """The part of a product category rule that is no accounting; only `scope` and `unit` are needed.

    Attributes
    ----------
    scope : str
        Which products are meant.
    unit : str
        Unit of the functional or declared unit: one of it is asked, or any amount that converts.
    function : str
        What the product does, where the unit is a functional one.
    codes : tuple of str
        Codes of product classifications, each with the name of its list.
    included, excluded : tuple of str
        Processes that have to be modelled, and that may be left out.
    site_data : tuple of str
        What has to be site-specific.
    secondary_data : tuple of str
        Default secondary data and where they come from.
    use_and_end_of_life : str
        Scenarios.
    data_quality : str
        The lowest data quality that is accepted.
    report : tuple of str
        What report and label show.
    validity : str
        How long a result stands.
    """

    scope: str
    unit: str
    function: str = ""
    codes: tuple[str, ...] = ()
    included: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    site_data: tuple[str, ...] = ()
    secondary_data: tuple[str, ...] = ()
    use_and_end_of_life: str = ""
    data_quality: str = ""
    report: tuple[str, ...] = ()
    validity: str = ""

    @property
    def table(self) -> dict[str, Any]:
        """What a rule file says under ``[category]``."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
            if value
        }

    def fits_unit(self, unit: str) -> bool:
        """Whether amounts in another unit can be asked under this rule.

        Examples
        --------
        >>> cement = ProductCategory(scope="cement", unit="t")
        >>> cement.fits_unit("kg"), cement.fits_unit("m3")
        (True, False)
        """
        try:
            return conversion_factor(unit, self.unit) > 0
        except UnitError:
            return False


def parse_category(table: Mapping[str, Any], where: str) -> ProductCategory:
    """Return the product category that a rule file states under ``[category]``.

    Raises
    ------
    RuleError
        For unknown keys, values of another kind, no scope, or a unit that nobody knows.
    """
    here = f"{where}, category"
    known = [field.name for field in fields(ProductCategory)]
    unknown = sorted(set(table) - set(known))
    if unknown:
        raise RuleError(
            f"the product category has an unknown key {unknown[0]!r}",
            where=here,
            why="what it says would be ignored",
            remedy=f"use only {', '.join(known)}",
        )
    for name, value in table.items():
        is_list = isinstance(value, list) and all(isinstance(item, str) for item in value)
        if not (isinstance(value, str) if name in _TEXTS else is_list):
            kind = "text" if name in _TEXTS else "a list of texts"
            raise RuleError(
                f"{name!r} of the product category is {value!r}",
                where=here,
                why=f"it has to be {kind}",
                remedy="correct the rule file",
            )
    for name in ("scope", "unit"):
        if not table.get(name):
            raise RuleError(
                f"the product category states no {name}",
                where=here,
                why="which products are meant, and per what, would be open",
                remedy=f'add {name} = "..." under [category]',
            )
    try:
        conversion_factor(table["unit"], table["unit"])
    except UnitError as error:
        raise RuleError(
            f"the unit of the product category is {table['unit']!r}: {error.what}",
            where=here,
            why="no product could be asked for per this unit",
            remedy='write a unit alone, such as unit = "t", "kg", "m3" or "kWh"',
        ) from error
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in table.items()
    }
    return ProductCategory(**values)
