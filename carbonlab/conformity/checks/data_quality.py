"""Checks of data: site-specific where controlled, sourced, described, of the right time and place,
balanced.
"""

from __future__ import annotations

import numpy as np

from carbonlab.conformity.context import SIGNIFICANT, Context, listed
from carbonlab.conformity.registry import check
from carbonlab.conformity.verdicts import Outcome, for_a_person, met, not_applicable, not_met
from carbonlab.inventory.balances import TOLERANCE, balances_of
from carbonlab.inventory.years import year_of
from carbonlab.vocabulary import BalanceKind, DataKind


def _described(context: Context, own: str, of_process: tuple[str, ...]) -> np.ndarray:
    """Return for each exchange (exchanges,) what it says itself, else what its process says."""
    process = context.database.column("exchanges", "process")
    words = context.database.column("exchanges", own) if own else np.full(len(process), "", object)
    for column in of_process:
        words = np.where(words == "", context.database.column("processes", column)[process], words)
    return np.asarray(words)


@check("Q-01")
def controlled_means_site_data(context: Context) -> Outcome:
    """Every process of the foreground that is under control has data of the kind site."""
    controlled = context.database.column("processes", "under_control") & context.runs_for_any
    rows = np.flatnonzero(controlled)
    if not len(rows):
        return not_applicable("no process of the study is stated to be under control")
    site = context.database.is_word("processes", "data_kind", DataKind.SITE)
    wrong = rows[~site[rows]]
    if len(wrong):
        return not_met(
            f"{len(wrong)} of {len(rows)} controlled processes have no site data: "
            f"{context.process_names(wrong)}",
            without_site_data=len(wrong),
        )
    return met(
        f"{len(rows)} controlled processes, all with site data: {context.process_names(rows)}",
        controlled=len(rows),
    )


@check("Q-03")
def secondary_data_have_a_source(context: Context) -> Outcome:
    """Every significant value that is not site or primary names a source, itself or by its process."""
    rows = context.significant
    own = context.database.is_word("processes", "data_kind", DataKind.SITE, DataKind.PRIMARY)
    secondary = rows[~own[context.database.column("exchanges", "process")[rows]]]
    if not len(secondary):
        return not_applicable("no significant value is secondary")
    bare = secondary[_described(context, "source", ("source",))[secondary] == ""]
    if len(bare):
        return not_met(
            f"{len(bare)} significant secondary values name no source: {context.exchange_names(bare)}",
            without_source=len(bare),
        )
    return met(
        f"all {len(secondary)} secondary values that make {SIGNIFICANT:.0%} or more name their source",
        with_source=len(secondary),
    )


@check("Q-04")
def data_are_described(context: Context) -> Outcome:
    """Every significant value has time, geography, technology and source."""
    rows = context.significant
    fields = {
        "time": _described(context, "year", ("valid_until", "valid_from")),
        "geography": _described(context, "geography", ("location",)),
        "technology": _described(context, "", ("technology", "description")),
        "source": _described(context, "source", ("source",)),
    }
    missing = {name: rows[words[rows] == ""] for name, words in fields.items()}
    wrong = [f"{name} of {context.exchange_names(bare)}" for name, bare in missing.items() if len(bare)]
    if wrong:
        return not_met(f"not stated: {'; '.join(wrong)}", missing=sum(map(len, missing.values())))
    return met(
        f"all {len(rows)} values that make {SIGNIFICANT:.0%} or more state time, geography, "
        "technology and source"
    )


@check("Q-05")
def distances_are_known(context: Context) -> Outcome:
    """The age of every significant value against the study's year, weighted by contribution, and its
    place.
    """
    reference = year_of(context.study.reference_year)
    if reference is None:
        return not_met("the study states no reference year: the age of its data cannot be told")
    rows = context.significant
    years = [year_of(str(word)) for word in _described(context, "year", ("valid_until", "valid_from"))[rows]]
    bare = [row for row, year in zip(rows.tolist(), years, strict=True) if year is None]
    nowhere = rows[_described(context, "geography", ("location",))[rows] == ""]
    if bare or len(nowhere):
        return not_met(
            f"no year or no place: {context.exchange_names([*bare, *nowhere.tolist()])}",
            undated=len(bare),
            unplaced=len(nowhere),
        )
    weight = sum(context.contributions(product) for product in context.products)[rows]  # type: ignore[index]
    gaps = np.array([abs(reference - year) for year in years if year is not None], float)
    mean = float(np.average(gaps, weights=weight)) if weight.sum() > 0 else 0.0
    oldest = float(gaps.max(initial=0.0))
    return met(
        f"values are {mean:.1f} years from {reference} on average, {oldest:.0f} at most",
        mean_gap_years=mean,
        largest_gap_years=oldest,
    )


@check("Q-08")
def regions_are_stated(context: Context) -> Outcome:
    """Every significant value names its region; those of another region than their process are listed."""
    rows = context.significant
    own = context.database.column("exchanges", "geography")
    place = context.database.column("processes", "location")[context.database.column("exchanges", "process")]
    either = np.where(own == "", place, own)
    bare = rows[either[rows] == ""]
    if len(bare):
        return not_met(
            f"{len(bare)} significant values name no region: {context.exchange_names(bare)}",
            without_region=len(bare),
        )
    other = rows[(own[rows] != "") & (place[rows] != "") & (own[rows] != place[rows])]
    text = f"; of another region than their process: {context.exchange_names(other)}" if len(other) else ""
    return met(f"all {len(rows)} significant values name their region{text}", of_another_region=len(other))


@check("Q-09")
def masses_balance(context: Context) -> Outcome:
    """Of the study's own processes with material inputs: no more mass comes out than goes in."""
    database = context.database
    rows = np.flatnonzero(context.work.foreground & context.runs_for_any)
    ids = set(database.column("processes", "id")[rows].tolist())
    own = [b for b in balances_of(database) if b.kind is BalanceKind.MASS and b.process in ids]
    checked = [balance for balance in own if balance.entering and balance.leaving]
    if not checked:
        return for_a_person(
            "no process of the study has masses on both sides: compare with similar processes"
        )
    made = [b for b in checked if b.leaving > b.entering + b.from_air and b.gap > TOLERANCE]
    wrong = [
        f"{context.process_names([database.process_row(b.process)])} "
        f"({b.entering:.4g} kg in, {b.leaving:.4g} kg out)"
        for b in made
        if not b.explanation
    ]
    if wrong:
        return not_met(f"more mass comes out than goes in: {listed(wrong)}", unbalanced=len(wrong))
    told = [f"{b.process}: {b.explanation}" for b in made]
    if told:
        return for_a_person(f"more mass comes out than goes in, with a reason: {listed(told)}")
    return met(
        f"{len(checked)} processes with masses on both sides balance within {TOLERANCE:.0%}",
        checked=len(checked),
    )
