"""Which rule makes the difference in every draw of the data: what ``carbonlab compare --draws`` shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from carbonlab.arguments import checked_whole
from carbonlab.cli.output import number, say, say_table
from carbonlab.compare.drawn_attribution import check_size
from carbonlab.compare.drawn_terms import DrawnTerm, drawn_terms_of, paired_of
from carbonlab.compare.paired_words import mean_in_words, share_of_draws, shares_in_words, verdict_in_words
from carbonlab.messages import message, shown_name
from carbonlab.rules.ruleset import RuleSet
from carbonlab.system.study import Study


def check_draws(study: Study, baseline: RuleSet, alternatives: Sequence[RuleSet], draws: int) -> None:
    """Check that differences can be taken apart in so many draws, before anything is computed.

    Raises
    ------
    RefusedError
        If there are too many mixtures of two rule sets, or footprints.
    StudyError
        If there would be no draws.
    """
    checked_whole(draws, name="draws", where="--draws", least=1)
    for other in alternatives:
        check_size(baseline, other, draws=draws, products=len(study.units))


def show_drawn(attribution: xr.Dataset) -> None:
    """Print for every product what each slot makes of the difference, in what interval, and with which sign."""
    level = f"{100 * attribution.attrs['level']:g} %"
    for key in attribution["product"].values.tolist():
        one = attribution.sel(product=key)
        say()
        name = shown_name(str(one["product_name"].item()))
        ends = {"first": attribution.attrs["baseline"], "second": attribution.attrs["alternative"]}
        say(message("cli.drawn_gap", product=name, **ends))
        drawn = int(one["draws_with_number"])
        if not drawn:
            say(message("uncertainty.no_drawn_gap"))
            continue
        low, high = one["difference_interval"].values.tolist()
        numbers = {"mean": number(float(one["difference_mean"])), "low": number(low), "high": number(high)}
        counts = {"count": attribution.attrs["rule_sets"], "draws": drawn}
        say(message("uncertainty.widest_gap_text", level=level, **numbers, **counts))
        paired = paired_of(one)
        for line in (shares_in_words(paired), mean_in_words(paired), verdict_in_words(paired, **ends)):
            say(f"  {line}")
        lost = int(attribution.attrs["draws"]) - drawn
        if lost:
            say(message("cli.drawn_gap_lost", count=lost))
        words = ("uncertainty.mean", "uncertainty.part_interval", "uncertainty.raises", "uncertainty.lowers")
        head = [message("cli.slot"), "", *(message(key, level=level) for key in words)]
        head[1] = f"{message('uncertainty.static')} [kg CO2e]"
        say_table(head, [_row(term) for term in drawn_terms_of(one)])


def _row(term: DrawnTerm) -> list[Any]:
    shares = (share_of_draws(term.raises), share_of_draws(term.lowers))
    return [term.name, term.stated, term.mean, f"{number(term.low)} … {number(term.high)}", *shares]


def as_json(attribution: xr.Dataset) -> dict[str, Any]:
    """Return an attribution over draws for ``--json``: the statistics, without the single draws."""
    kept = ("baseline", "alternative", "rule_sets", "draws", "seed", "level", "failed_lanes")
    found: dict[str, Any] = {name: _plain(np.asarray(attribution.attrs[name])) for name in kept}
    found["players"] = attribution["player"].values.tolist()
    found["products"] = attribution["product"].values.tolist()
    for name, values in attribution.data_vars.items():
        if "draw" not in values.dims:
            found[str(name)] = _plain(values.values)
    return found


def _plain(values: np.ndarray) -> Any:
    """Return lists with None for what is no number."""
    if values.dtype.kind != "f":
        return values.tolist()
    found = values.astype(object)
    found[np.isnan(values)] = None
    return found.tolist()
