"""Characterization factors of the IPCC assessment reports as frozen, cited sets.

    impact [kg CO2e] = Σ over gases of mass [kg] × factor [kg CO2e/kg]

A set is one metric (GWP20, GWP100, GWP500 or GTP100) of one assessment report ("vintage"). ``AR5`` is the
fifth report without and ``AR5-CCF`` with climate–carbon feedback; ``AR6`` has the feedback in every factor.
Carbon dioxide is 1 by definition.

Fossil methane is told apart where a report does: its factor includes the CO2 into which it oxidizes (AR6 WG
I Table 7.15). Non-fossil methane leaves that CO2 out, because it was taken from the air before. Where a
report has no second value for non-fossil methane (AR5), the plain value, which leaves oxidation out, is
that of non-fossil methane. Carbon released by land-use change was *not* taken up within the product system,
so methane of that origin has the fossil factor; so has methane of unknown origin.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property

from carbonlab.errors import NotFoundError, RuleError
from carbonlab.provenance import digest_of_json
from carbonlab.rules.factors.factor_tables import (
    CARBON_DIOXIDE,
    HORIZONS,
    LATEST_VINTAGE,
    VINTAGES,
    Factor,
    load_factors,
)
from carbonlab.rules.factors.gases import AGGREGATED_GAS
from carbonlab.vocabulary import CarbonOrigin, Confidence


class MethaneSplit(StrEnum):
    """Whether fossil and non-fossil methane have factors of their own."""

    FOSSIL_BIOGENIC = "fossil_biogenic"
    UNSPLIT = "unsplit"


@dataclass(frozen=True, kw_only=True)
class FactorSet:
    """The factors of one metric of one assessment report; equal digest means equal values.

    Attributes
    ----------
    vintage : str
        Assessment report, a key of `VINTAGES`.
    metric : str
        A key of `HORIZONS`.
    methane_split : MethaneSplit
        Whether fossil and non-fossil methane have factors of their own.
    factors : tuple of Factor
        The published values that the set uses, sorted by gas.
    """

    vintage: str
    metric: str
    methane_split: MethaneSplit
    factors: tuple[Factor, ...]

    @property
    def horizon(self) -> int:
        """Time horizon [a]."""
        return HORIZONS[self.metric]

    @cached_property
    def _by_gas(self) -> dict[tuple[str, str], Factor]:
        return {(factor.gas, factor.origin): factor for factor in self.factors}

    @cached_property
    def _with_factor(self) -> frozenset[str]:
        return frozenset({CARBON_DIOXIDE, AGGREGATED_GAS, *(factor.gas for factor in self.factors)})

    @property
    def gases(self) -> tuple[str, ...]:
        """Keys of the gases that have a factor, carbon dioxide first."""
        return (CARBON_DIOXIDE, *sorted({factor.gas for factor in self.factors}))

    def has_factor(self, gas: str) -> bool:
        """Whether the set has a factor for a gas."""
        return gas in self._with_factor

    def factor(self, gas: str, origin: CarbonOrigin = CarbonOrigin.UNSPECIFIED) -> Factor:
        """Return the published factor of a gas (not of carbon dioxide, which is 1 by definition).

        Parameters
        ----------
        gas : str
            Key of the gas.
        origin : CarbonOrigin
            Counts for methane only, and only where the set tells it apart.

        Raises
        ------
        NotFoundError
            If the set has no factor for the gas.
        """
        wanted = "non-fossil" if origin is CarbonOrigin.BIOGENIC else "fossil"
        found = self._by_gas.get((gas, wanted)) or self._by_gas.get((gas, ""))
        if found is None:
            raise NotFoundError(
                f"{self.vintage} {self.metric} has no factor for {gas!r}",
                why="its emissions would count as zero",
                remedy=f"take a set that has one ({_sets_with(gas)}), or state a factor for the flow",
            )
        return found

    def value(self, gas: str, origin: CarbonOrigin = CarbonOrigin.UNSPECIFIED) -> float:
        """Return the factor of a gas [kg CO2e/kg].

        Methane of unknown origin and of land-use change has the fossil factor (see the head of this module).

        Raises
        ------
        NotFoundError
            If the set has no factor for the gas.

        Examples
        --------
        >>> ar6 = load_factor_set("AR6", metric="GWP100")
        >>> ar6.value("CH4", CarbonOrigin.FOSSIL), ar6.value("CH4", CarbonOrigin.BIOGENIC)
        (29.8, 27.0)
        """
        if gas in (CARBON_DIOXIDE, AGGREGATED_GAS):
            return 1.0
        return self.factor(gas, origin).value

    @cached_property
    def digest(self) -> str:
        """Digest of the values, not of the prose about them."""
        values = sorted((factor.gas, factor.origin, factor.value) for factor in self.factors)
        return digest_of_json(
            "factor_set", [self.vintage, self.metric, self.methane_split.value, [list(v) for v in values]]
        )

    @property
    def citation(self) -> str:
        """Report, year and tables that the values are from."""
        years = ", ".join(sorted({factor.year for factor in self.factors}))
        tables = sorted({factor.table for factor in self.factors})
        named = [f"Table {table}" for table in tables if table]
        if "" in tables:
            named.append("table not named by the source")
        return f"{VINTAGES[self.vintage]} ({years}), {self.metric}: {'; '.join(named)}"

    @property
    def lowest_confidence(self) -> Confidence:
        """Confidence of the least checked value of the set."""
        order = [Confidence.UNSTATED, Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH]
        return min((factor.confidence for factor in self.factors), key=order.index)

    def __str__(self) -> str:
        return f"{self.vintage} {self.metric}"


@cache
def load_factor_set(
    vintage: str = LATEST_VINTAGE, *, metric: str = "GWP100", methane_split: MethaneSplit | str | None = None
) -> FactorSet:
    """Return the factors of one metric of one assessment report.

    Parameters
    ----------
    vintage : str
        ``SAR``, ``TAR``, ``AR4``, ``AR5`` (no climate–carbon feedback), ``AR5-CCF`` (with it) or ``AR6``.
    metric : str
        ``GWP20``, ``GWP100``, ``GWP500`` or ``GTP100``.
    methane_split : MethaneSplit or str, optional
        ``fossil_biogenic`` or ``unsplit`` (one value for all methane); by default split where the
        report does it.

    Raises
    ------
    NotFoundError
        If the report has no such metric, or does not tell fossil methane apart; the message lists what
        there is.
    RuleError
        If `methane_split` is not a word of `MethaneSplit`.
    """
    rows = [factor for factor in load_factors() if (factor.vintage, factor.metric) == (vintage, metric)]
    if not rows:
        raise NotFoundError(
            f"there is no factor set {vintage!r} {metric!r}",
            remedy="use one of: " + "; ".join(f"{v} {m}" for v, m in list_factor_sets()),
        )
    is_split = any(factor.origin == "fossil" for factor in rows)
    split = _split_of(methane_split, is_split)
    if split is MethaneSplit.FOSSIL_BIOGENIC and not is_split:
        raise NotFoundError(
            f"{vintage} {metric} has one factor for all methane: fossil and biogenic are not told apart",
            remedy="use methane_split='unsplit', or one of: " + "; ".join(_split_sets()),
        )
    used = _used(rows, split)
    return FactorSet(
        vintage=vintage,
        metric=metric,
        methane_split=split,
        factors=tuple(sorted(used, key=lambda factor: (factor.gas, factor.origin))),
    )


def list_factor_sets() -> dict[tuple[str, str], int]:
    """Return the sets that exist: (vintage, metric) → number of gases with a factor, with carbon dioxide."""
    gases: dict[tuple[str, str], set[str]] = {}
    for factor in load_factors():
        gases.setdefault((factor.vintage, factor.metric), {CARBON_DIOXIDE}).add(factor.gas)
    vintages, metrics = list(VINTAGES), list(HORIZONS)
    order = sorted(gases, key=lambda key: (vintages.index(key[0]), metrics.index(key[1])))
    return {key: len(gases[key]) for key in order}


def _split_of(stated: MethaneSplit | str | None, is_split: bool) -> MethaneSplit:
    if stated is None:
        return MethaneSplit.FOSSIL_BIOGENIC if is_split else MethaneSplit.UNSPLIT
    try:
        return MethaneSplit(stated)
    except ValueError:
        raise RuleError(
            f"{stated!r} is no way of splitting methane",
            remedy=f"use one of {', '.join(MethaneSplit)}",
        ) from None


def _used(rows: Iterable[Factor], split: MethaneSplit) -> list[Factor]:
    """Return the values that a set uses: of methane either the plain one, or one for each origin."""
    rows = list(rows)
    if split is MethaneSplit.UNSPLIT:
        return [factor for factor in rows if not factor.origin]
    both = {factor.gas for factor in rows if factor.origin == "non-fossil"}
    return [factor for factor in rows if factor.origin or factor.gas not in both]


def _split_sets() -> list[str]:
    return list(dict.fromkeys(f"{f.vintage} {f.metric}" for f in load_factors() if f.origin == "fossil"))


def _sets_with(gas: str) -> str:
    names = dict.fromkeys(f"{f.vintage} {f.metric}" for f in load_factors() if f.gas == gas)
    return ", ".join(names) or "none has one"
