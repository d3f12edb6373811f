"""Published numbers beside recalculated ones."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from carbonlab.errors import ResultError
from carbonlab.messages import message
from carbonlab.results.schema import CANCELLATION, check_result
from carbonlab.system.study import Study

LARGEST_RESULT = 1 << 32
"""Bytes of the variables of a result; a larger one is refused before it is read into memory."""
LOOSE = 1e-6
"""Relative difference up to which intensities agree: they are sums of credits and burdens, on another machine too."""

Totals = Mapping[tuple[str, str], float | None]


@dataclass(frozen=True, kw_only=True)
class NumberRow:
    """The total of one product under one rule set.

    Attributes
    ----------
    rule_set, product : str
        Keys.
    published, recalculated : float or None
        [kg CO2e]; None where there is no number.
    published_status, status : str
        What the numbers are worth (`carbonlab.vocabulary.Status`); empty where the product is not there.
    agrees : bool
        Equal up to rounding, with the same status.
    """

    rule_set: str
    product: str
    published: float | None
    recalculated: float | None
    published_status: str
    status: str
    agrees: bool

    @property
    def difference(self) -> float | None:
        """Recalculated minus published [kg CO2e]; None where one of them is missing."""
        if self.published is None or self.recalculated is None:
            return None
        return self.recalculated - self.published


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """All numbers of a result, compared.

    Attributes
    ----------
    rows : tuple of NumberRow
        The totals.
    complaints : tuple of str
        Whatever else does not fit, in words: other variables, the summary, digests, the schema.
    compared : int
        How many numbers were compared.
    """

    rows: tuple[NumberRow, ...]
    complaints: tuple[str, ...]
    compared: int

    @property
    def agree(self) -> bool:
        """Nothing differs."""
        return not self.complaints and all(row.agrees for row in self.rows)

    def as_data(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "products": [{**asdict(row), "difference": row.difference} for row in self.rows],
            "complaints": list(self.complaints),
            "numbers_compared": self.compared,
        }


def open_published(path: Path) -> xr.Dataset:
    """Return a result as it lies in its file, not checked against the schema: an altered one is shown, too.

    Raises
    ------
    ResultError
        If it is no NetCDF file with totals, or too large.
    """
    try:
        with xr.open_dataset(path, engine="h5netcdf") as opened:
            if opened.nbytes > LARGEST_RESULT:
                raise ResultError(f"the result is larger than {LARGEST_RESULT:,} bytes", where=path.name)
            result = opened.load()
        for name in ("total", "status"):
            if set(result[name].dims) != {"rule_set", "product"}:
                raise KeyError(name)
        result["total"].values.astype(float)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise ResultError(
            f"the published result cannot be read: {error}",
            where=path.name,
            remedy="ask for the folder as it was written",
        ) from error
    return result


def compare_numbers(
    published: xr.Dataset, recalculated: xr.Dataset, study: Study, summary: Totals | str
) -> Numbers:
    """Return published numbers beside recalculated ones.

    Parameters
    ----------
    published, recalculated : xarray.Dataset
        Results; the published one may be anything that has totals.
    study : Study
        With which the recalculation was made.
    summary : dict or str
        Totals of the summary by rule set and product; or why it could not be read.
    """
    complaints: list[str] = []
    try:
        check_result(published)
    except (ResultError, KeyError, ValueError, TypeError) as error:
        complaints.append(message("published.schema", what=getattr(error, "what", str(error))))
    if published.attrs.get("study_digest") != study.digest:
        complaints.append(message("published.other_study"))
    scale = _scale(recalculated)
    before, after = _totals(published), _totals(recalculated)
    rows = tuple(
        _row(pair, before.get(pair), after.get(pair), scale.get(pair, 0.0)) for pair in {**after, **before}
    )
    compared = len(rows)
    for name in ("footprint", "inventory", "process_contribution", "flow_contribution", "intensity"):
        differing, count = _differing(published, recalculated, name)
        compared += count
        if differing is None:
            complaints.append(message("published.other_shape", variable=name))
        elif differing:
            complaints.append(message("published.differing", variable=name, count=differing, of=count))
    complaints += _of_summary(summary, after, scale)
    return Numbers(rows=rows, complaints=tuple(complaints), compared=compared)


def _totals(result: xr.Dataset) -> dict[tuple[str, str], tuple[float | None, str]]:
    total = result["total"].transpose("rule_set", "product").values.astype(float)
    status = result["status"].transpose("rule_set", "product").values.astype(str)
    return {
        (str(rules), str(product)): (
            None if math.isnan(total[i, j]) else float(total[i, j]),
            str(status[i, j]),
        )
        for i, rules in enumerate(result["rule_set"].values)
        for j, product in enumerate(result["product"].values)
    }


def _scale(result: xr.Dataset) -> dict[tuple[str, str], float]:
    """Return max(|h|, Σ|contributions|) of each product, against which differences are rounding [kg CO2e]."""
    dims = [str(dim) for dim in result["footprint"].dims if dim not in ("rule_set", "product")]
    parts = abs(result["footprint"]).sum(dims).transpose("rule_set", "product").values
    gross = np.fmax(parts, abs(result["total"].fillna(0.0)).transpose("rule_set", "product").values)
    return {
        (str(rules), str(product)): float(gross[i, j])
        for i, rules in enumerate(result["rule_set"].values)
        for j, product in enumerate(result["product"].values)
    }


def _row(
    pair: tuple[str, str],
    published: tuple[float | None, str] | None,
    recalculated: tuple[float | None, str] | None,
    scale: float,
) -> NumberRow:
    before, before_status = published or (None, "")
    after, after_status = recalculated or (None, "")
    return NumberRow(
        rule_set=pair[0],
        product=pair[1],
        published=before,
        recalculated=after,
        published_status=before_status,
        status=after_status,
        agrees=before_status == after_status and _is_same(before, after, scale),
    )


def _is_same(before: float | None, after: float | None, scale: float) -> bool:
    if before is None or after is None:
        return before is after
    return abs(after - before) <= CANCELLATION * scale


def _differing(published: xr.Dataset, recalculated: xr.Dataset, name: str) -> tuple[int | None, int]:
    """Return how many numbers of a variable differ (None: it is not there, or of another shape), and of how many."""
    theirs, ours = published.get(name), recalculated[name]
    if theirs is None or set(theirs.dims) != set(ours.dims) or theirs.dtype.kind not in "fiu":
        return None, ours.size
    try:
        theirs, ours = xr.align(theirs.transpose(*ours.dims), ours, join="exact")
    except ValueError:
        return None, ours.size
    per_column = name == "intensity"
    kept = ("rule_set", "column") if per_column else ("rule_set", "product")
    others = [dim for dim in ours.dims if dim not in kept]
    size = abs(ours).max(others) if per_column else abs(ours).sum(others)
    allowed = (LOOSE if per_column else CANCELLATION) * size.fillna(0.0)
    is_same = (abs(theirs - ours) <= allowed) | (theirs.isnull() & ours.isnull())
    return int((~is_same).sum()), ours.size


def _of_summary(
    summary: Totals | str,
    after: Mapping[tuple[str, str], tuple[float | None, str]],
    scale: Mapping[Any, float],
) -> list[str]:
    """Return what the totals of the summary, from which pages and workbooks were made, say otherwise."""
    if isinstance(summary, str):
        return [summary]
    found = []
    for pair in {**after, **summary}:
        stated, computed = summary.get(pair), after.get(pair, (None, ""))[0]
        if (pair in summary) != (pair in after) or not _is_same(stated, computed, scale.get(pair, 0.0)):
            found.append(
                message(
                    "published.in_summary",
                    rule_set=pair[0],
                    product=pair[1],
                    stated=stated,
                    computed=computed,
                )
            )
    return found
