"""Which rule makes the difference in every draw of the data: what ``carbonlab compare --draws`` shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from carbonlab.arguments import checked_whole
from carbonlab.cli.output import Progress, number, say, say_table
from carbonlab.compare.attribute_draws import attribute_draws, check_drawn_attribution
from carbonlab.compare.drawn_attribution import check_size
from carbonlab.compare.lanes import StudyLanes
from carbonlab.compare.paired_words import (
    PairedDifference,
    mean_in_words,
    share_of_draws,
    shares_in_words,
    verdict_in_words,
)
from carbonlab.messages import message
from carbonlab.report.wording import slot_words
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


def draw_attributions(
    study: Study,
    baseline: RuleSet,
    alternatives: Sequence[RuleSet],
    *,
    draws: int,
    lanes: StudyLanes,
    silent: bool,
) -> list[xr.Dataset]:
    """Return the attribution of every alternative in every draw, checked."""
    found = []
    for other in alternatives:
        result = attribute_draws(
            study, baseline, other, draws=draws, lanes=lanes, progress=Progress(silent=silent)
        )
        check_drawn_attribution(result)
        found.append(result)
    return found


def show_drawn(attribution: xr.Dataset) -> None:
    """Print for every product what each slot makes of the difference, in what interval, and with which sign."""
    level = f"{100 * attribution.attrs['level']:g} %"
    for key in attribution["product"].values.tolist():
        one = attribution.sel(product=key)
        say()
        name = str(one["product_name"].item())
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
        for line in _significance(one, **ends):
            say(f"  {line}")
        lost = int(attribution.attrs["draws"]) - drawn
        if lost:
            say(message("cli.drawn_gap_lost", count=lost))
        words = ("uncertainty.mean", "uncertainty.part_interval", "uncertainty.raises", "uncertainty.lowers")
        head = [message("cli.slot"), "", *(message(key, level=level) for key in words)]
        head[1] = f"{message('uncertainty.static')} [kg CO2e]"
        say_table(head, _rows(one))


def _significance(one: xr.Dataset, *, first: str, second: str) -> list[str]:
    """Return how certain the sign of the difference of one product is."""
    names = ("difference_mean", "difference_standard_error", "probability_higher", "probability_equal")
    mean, error, higher, equal = (float(one[name]) for name in names)
    paired = PairedDifference(mean, error, int(one["draws_with_number"]), higher, equal)
    return [shares_in_words(paired), mean_in_words(paired), verdict_in_words(paired, first, second)]


def _rows(one: xr.Dataset) -> list[list[Any]]:
    playing = one.isel(player=np.flatnonzero(one["plays"].values))
    rows = []
    for place in np.argsort(-np.abs(playing["shapley_mean"].values), kind="stable"):
        term = playing.isel(player=int(place))
        moves = bool(term["probability_positive"] + term["probability_negative"] > 0)  # else it is rounding
        low, high = (number(end if moves else 0.0) for end in term["shapley_interval"].values.tolist())
        rows.append(
            [
                slot_words(str(term["player"].item())),
                float(term["shapley_of_stated"]) if moves else 0.0,
                float(term["shapley_mean"]) if moves else 0.0,
                f"{low} … {high}",
                share_of_draws(float(term["probability_positive"])),
                share_of_draws(float(term["probability_negative"])),
            ]
        )
    return rows


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
