"""Cut-off: inputs too small to matter are left out, with a bill (ISO 14067 6.3.4.3, summary).

ISO gives no number; product category rules and other standards do.

Shares are judged in the reference: the same rule set without cut-off, on nominal values; those of the
footprint by absolute contributions, so that wood, whose uptake and emissions cancel, is not taken for
nothing. Of each group (a unit process, or the system of one product) the smallest inputs are cut first, as
long as each stays within `item` and all together within `total`; equal ones are cut together or not at all.
The order does not depend on the thresholds, so a tighter threshold cuts a subset. Nothing is scaled up for
what was cut. The selection is made once and holds for every draw.

What each process may leave out adds up along a supply chain: 3 % of every process can be much more of a product.
With ``per = "every_product"`` the smallest inputs of each process are cut as before, and `total` holds for the
absolute contributions to the product of every process with everything upstream: where a product would lose more,
its process cuts less. All products share one system, and what a product loses depends on its own supply chain
only. Only a product whose credits nearly cancel its burdens can lose a larger share by what others cut. Whatever
`per` is, the share that every product loses is in the bill, and a finding says where it is above `total`.

Mass and energy are those of inputs; what has none of the named criteria cannot be judged by them and stays.
"""

from __future__ import annotations

import numpy as np

from carbonlab.errors import RefusedError, RuleError
from carbonlab.inventory.records import Finding
from carbonlab.rules.bill import Bill
from carbonlab.rules.entries import BoolArray, FloatArray, IntArray
from carbonlab.rules.options.contents import contents_of_exchanges
from carbonlab.rules.options.significance import (
    check_given_shares,
    checked_share,
    coverage_by_process,
    reference_of,
    shares_of_processes,
)
from carbonlab.rules.reference import Reference
from carbonlab.rules.registry import Parameters, register
from carbonlab.rules.work import Work
from carbonlab.vocabulary import Severity

NUMBER = (float, int)
LIMITS = {"item": NUMBER, "total": NUMBER, "per": (str,)}
CRITERIA = ("mass", "energy", "impact")
PER = ("unit_process", "every_product", "product_system")
WHERE = "slot cut_off"
LISTED = 50
"""Exchanges that get a finding of their own, the largest first; the bill holds all."""
ROUNDING = 12
"""Decimals of a share up to which two count as equal."""


@register("cut_off", "none")
def no_cut_off(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Nothing is cut off beyond what the data leave out (GHG Protocol Product Standard 2011, summary)."""
    return work


@register("cut_off", "by_mass", parameters=LIMITS, needs_reference=True, check=check_given_shares)
def by_mass(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Inputs below a share of the mass input are cut, up to a total (ISO 14044 4.2.3.3.3, recalled)."""
    return cut(work, rows, ("mass",), parameters)


@register("cut_off", "by_energy", parameters=LIMITS, needs_reference=True, check=check_given_shares)
def by_energy(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Inputs below a share of the energy input are cut, up to a total (ISO 14044 4.2.3.3.3, recalled)."""
    return cut(work, rows, ("energy",), parameters)


@register("cut_off", "by_impact", parameters=LIMITS, needs_reference=True, check=check_given_shares)
def by_impact(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Inputs below a share of the footprint are cut, up to a total (PAS 2050:2011 6.3, summary).

    PAS 2050: 1 % each, at least 95 % of the expected emissions kept, nothing scaled up.
    """
    return cut(work, rows, ("impact",), parameters)


@register(
    "cut_off",
    "by_criteria",
    parameters={**LIMITS, "criteria": (list,)},
    needs_reference=True,
    check=check_given_shares,
)
def by_criteria(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Inputs below a share by every named criterion are cut, up to a total (EN 15804+A2 6.3.6, summary).

    EN 15804: mass and energy, 1 % each, 5 % together. PEF: mass, energy and impact, 3 % together
    (EU 2021/2279, recalled).
    """
    criteria = tuple(map(str, parameters.get("criteria", ())))
    if not criteria or set(criteria) - set(CRITERIA):
        raise RuleError(
            f"parameter 'criteria' is {list(criteria)!r}",
            where=f"{WHERE}, option by_criteria",
            why="nothing could be judged",
            remedy=f"name some of {', '.join(CRITERIA)}",
        )
    return cut(work, rows, criteria, parameters)


def cut(work: Work, rows: IntArray, criteria: tuple[str, ...], parameters: Parameters) -> Work:
    """Cut what is below the thresholds by every criterion that applies to it, and write the bill.

    Raises
    ------
    RuleError
        If a threshold is no share.
    RefusedError
        If nothing has solved the reference, or ``per = "product_system"`` is asked for all products at once.
    """
    where = f"{WHERE}, option {work.at[2]}"
    total = checked_share(parameters, "total", where)
    item = checked_share(parameters, "item", where, default=total)
    per = parameters.get("per", PER[0])
    if per not in PER:
        raise RuleError(f"parameter 'per' is {per!r}", where=where, remedy=f"use one of {', '.join(PER)}")
    reference = reference_of(work, where)
    if per == PER[2] and reference.product and reference.use is None:
        raise RefusedError(
            f"the product of {reference.product!r} has no number without cut-off",
            where=where,
            why="what is small for it cannot be told",
            remedy="look at its status under the same rules with cut_off = none",
        )
    if per == PER[2] and reference.use is None:
        raise RefusedError(
            "a cut-off per product system is asked for all products at once",
            where=where,
            why="what is small for one product is not for another, and all share one system here",
            remedy='ask for one product at a time, or set per = "every_product"',
        )
    exchange = np.unique(work.technosphere.exchange[rows])
    shares = np.stack([_shares(work, reference, name, per, exchange, where) for name in criteria])
    group = (
        np.zeros(len(exchange), np.int64)
        if per == PER[2]
        else work.database.column("exchanges", "process")[exchange]
    )
    if per == PER[1]:
        chosen = _within_every_product(work, reference, exchange, shares, item, total)
    else:
        chosen = select(shares, group, item, total)
    judged = ~np.isnan(shares).all(axis=0)
    bill = _bill(work, reference, exchange[chosen], np.nanmax(shares[:, chosen], axis=0, initial=0.0), per)
    work = work.drop("technosphere", rows[np.isin(work.technosphere.exchange[rows], exchange[chosen])])
    in_system = (
        np.ones(len(exchange), bool)
        if per != PER[2] or reference.use is None
        else reference.use[exchange] != 0
    )
    return work.with_bill(bill).with_finding(
        *_findings(work, bill, criteria, int((~judged & in_system).sum())),
        *_above(work, reference, bill, total),
    )


def select(shares: FloatArray, group: IntArray, item: float, total: float | FloatArray) -> BoolArray:
    """Return which exchanges (exchanges,) are cut.

    Parameters
    ----------
    shares : float array (criteria, exchanges)
        Share of each exchange in its group; NaN where a criterion does not apply.
    group : int array (exchanges,)
        Unit process, or one number for all.
    item : float
        Largest share of one exchange.
    total : float, or float array (exchanges,)
        Largest share of all cut ones of a group together, by every criterion; of each exchange that of its group.

    Examples
    --------
    >>> import numpy as np
    >>> select(np.array([[0.009, 0.006, 0.5, 0.008]]), np.zeros(4, int), 0.01, 0.015).tolist()
    [False, True, False, True]
    """
    chosen = np.zeros(shares.shape[1], bool)
    candidates = np.flatnonzero(~np.isnan(shares).all(axis=0))
    if not len(candidates):
        return chosen
    key = np.round(np.nanmax(shares[:, candidates], axis=0), ROUNDING)
    order = np.lexsort((key, group[candidates]))
    candidates, key, of = candidates[order], key[order], group[candidates][order]
    first = np.searchsorted(of, of, "left")
    # equal shares share one fate: the cumulative share counts at the end of each block of equals
    block = np.cumsum(np.r_[True, (of[1:] != of[:-1]) | (key[1:] != key[:-1])])
    last = np.searchsorted(block, block, "right") - 1
    inside = key <= item * (1 + 1e-9)
    limit = np.broadcast_to(total, shares.shape[1])[candidates]
    for part in np.nan_to_num(shares[:, candidates]):
        running = np.cumsum(part)
        cumulative = running - np.r_[0.0, running][first]
        inside &= cumulative[last] <= limit * (1 + 1e-9)
    chosen[candidates[inside]] = True
    return chosen


def _within_every_product(
    work: Work, reference: Reference, exchange: IntArray, shares: FloatArray, item: float, total: float
) -> BoolArray:
    """Return which exchanges are cut so that no product loses more than `total` with its whole supply chain.

    Every process begins with `total` for its own inputs. Where its product loses more, the excess is taken off
    what its own inputs may lose, until nothing changes: limits only shrink, so this ends.
    """
    group = work.database.column("exchanges", "process")[exchange]
    impact = np.nan_to_num(shares_of_processes(work, exchange, reference))
    processes = work.database.processes.num_rows
    limit = np.full(processes, total)
    while True:
        chosen = select(shares, group, item, limit[group])
        own = np.bincount(group[chosen], impact[chosen], minlength=processes)
        cuts = np.bincount(group[chosen], minlength=processes) > 0
        lost = np.zeros(processes)
        np.maximum.at(lost, work.columns.process, _lost(work, reference, exchange[chosen]))
        above = cuts & (lost > total * (1 + 1e-9))
        if not above.any():
            return chosen
        before = limit.copy()
        limit[above] = np.maximum(0.0, np.minimum(limit, own) - (lost - total))[above]
        if np.array_equal(limit, before):  # nothing shrinks any more: these cut nothing at all
            shares = np.where(above[group], np.nan, shares)


def _lost(work: Work, reference: Reference, exchange: IntArray) -> FloatArray:
    """Return which share of the absolute contributions every product (columns,) loses with exchanges, at most."""
    if reference.lost is None:
        return np.zeros(len(work.columns.process))
    left_out = np.zeros(work.database.exchanges.num_rows, bool)
    left_out[exchange] = True
    return reference.lost(left_out)


def _above(work: Work, reference: Reference, bill: Bill, total: float) -> list[Finding]:
    """Say how many products lose more than the limit, and which loses most; of one product if one is asked for."""
    if bill.lost is None:
        return []
    made = work.database.column("processes", "id")[work.columns.process]
    asked = made == reference.product if reference.product else np.ones(len(made), bool)
    above = np.flatnonzero(asked & (bill.lost > total * (1 + 1e-6)))
    if not len(above):
        return []
    most = above[np.argmax(bill.lost[above])]
    return [
        Finding(
            code="cut_off_above_limit",
            severity=Severity.WARNING,
            process=made[most],
            amount=len(above),
            unit="products",
            detail=f"up to {100 * bill.lost[most]:.3g} % of absolute contributions; the limit is {100 * total:g} %",
        )
    ]


def _shares(
    work: Work, reference: Reference, name: str, per: str, exchange: IntArray, where: str
) -> FloatArray:
    if name == "impact" and per != PER[2]:
        return shares_of_processes(work, exchange, reference)
    database = work.database
    is_input = database.column("exchanges", "is_input") & ~database.column("exchanges", "is_avoided")
    direct = np.zeros(database.exchanges.num_rows, bool)
    direct[work.intervention.exchange] = True
    if name == "impact":
        value = reference.product_gross if reference.product_gross is not None else np.empty(0)
        base = float(np.nansum(value[direct]))
        counts = np.ones(len(value), bool)
    else:
        value = contents_of_exchanges(work, name)
        counts = is_input
        if per != PER[2]:
            total = np.zeros(database.processes.num_rows)
            process = database.column("exchanges", "process")
            np.add.at(total, process[is_input], np.nan_to_num(value[is_input]))
            whole = total[process[exchange]]
            with np.errstate(invalid="ignore", divide="ignore"):
                return np.where(is_input[exchange] & (whole > 0), value[exchange] / whole, np.nan)
        value = value * np.abs(reference.use) if reference.use is not None else value
        base = float(np.nansum(value[direct & is_input]))
    if base <= 0:
        raise RefusedError(
            f"no {name} enters the product system of {reference.product!r}",
            where=where,
            why="shares of nothing cannot be taken: the inventory states no such inputs from nature",
            remedy='use per = "unit_process", or the criterion impact',
        )
    taken = reference.use[exchange] != 0 if reference.use is not None else np.ones(len(exchange), bool)
    return np.where(counts[exchange] & taken, value[exchange] / base, np.nan)


def _bill(work: Work, reference: Reference, exchange: IntArray, share: FloatArray, per: str) -> Bill:
    slot, line, option = work.at
    mass, energy = (contents_of_exchanges(work, name)[exchange] for name in ("mass", "energy"))
    impact = reference.impact[exchange]
    coverage = coverage_by_process(work, exchange, reference)
    if (
        per == PER[2]
        and reference.use is not None
        and reference.product_impact is not None
        and reference.product_gross is not None
    ):
        use = np.abs(reference.use[exchange])
        mass, energy, impact = mass * use, energy * use, reference.product_impact[exchange]
        direct = np.unique(work.intervention.exchange)
        base = float(np.nansum(reference.product_gross[direct]))
        coverage = {-1: 1 - float(np.nansum(reference.product_gross[exchange])) / base if base else 1.0}
    product = reference.product if per == PER[2] else ""
    lost = _lost(work, reference, exchange) if reference.lost is not None else None
    return Bill(
        slot, line, option, reference.digest, product, exchange, mass, energy, impact, share, coverage, lost
    )


def _findings(work: Work, bill: Bill, criteria: tuple[str, ...], not_judged: int) -> list[Finding]:
    database = work.database
    exchanges, processes, flows = (
        database.column(name, "id") for name in ("exchanges", "processes", "flows")
    )
    process, flow = database.column("exchanges", "process"), database.column("exchanges", "flow")
    findings = [_summary(bill, criteria, processes)]
    if bill.product:
        findings.append(Finding(code="cut_off_for_one_product", process=bill.product))
    order = sorted(range(len(bill.exchange)), key=lambda n: (-bill.share[n], exchanges[bill.exchange[n]]))
    for n in order[:LISTED]:
        row = bill.exchange[n]
        known = [(bill.mass[n], "kg"), (bill.energy[n], "MJ")]
        amounts = "; ".join(f"{value:.4g} {unit}" for value, unit in known if not np.isnan(value))
        findings.append(
            Finding(
                code="cut_off_entry",
                severity=Severity.INFO,
                process=processes[process[row]],
                flow=flows[flow[row]],
                exchange=exchanges[row],
                amount=float(bill.impact[n]),
                unit="kg CO2e",
                detail=f"share {bill.share[n]:.4g}" + (f"; {amounts}" if amounts else ""),
            )
        )
    if not_judged:
        findings.append(
            Finding(
                code="significance_not_judged",
                severity=Severity.INFO,
                amount=not_judged,
                unit="inputs",
                detail=", ".join(criteria),
            )
        )
    return findings


def _summary(bill: Bill, criteria: tuple[str, ...], processes: np.ndarray) -> Finding:
    lowest = min(bill.coverage, key=lambda row: (bill.coverage[row], row), default=-1)
    at = f" at {processes[lowest]!r}" if lowest >= 0 else f" of {bill.product!r}" if bill.product else ""
    unknown = int(np.isnan(bill.impact).sum())
    parts = [
        f"by {' and '.join(criteria)}",
        f"coverage at least {bill.lowest_coverage:.6g}{at}",
        *([f"{unknown} of unknown footprint"] if unknown else []),
        *([f"the largest {LISTED} are listed"] if len(bill.exchange) > LISTED else []),
        f"judged by {bill.reference}",
    ]
    return Finding(
        code="cut_off_bill",
        severity=Severity.INFO,
        amount=len(bill.exchange),
        unit="inputs",
        detail="; ".join(parts),
    )
