"""Capital goods inside the boundary only where they matter: most rule books say out unless significant."""

from __future__ import annotations

import numpy as np

from carbonlab.inventory.records import Finding
from carbonlab.rules.bill import Bill
from carbonlab.rules.entries import IntArray
from carbonlab.rules.options.significance import (
    check_given_shares,
    checked_share,
    coverage_by_process,
    reference_of,
    shares_of_processes,
)
from carbonlab.rules.registry import Parameters, register
from carbonlab.rules.selectors import flow_has_role
from carbonlab.rules.work import Work
from carbonlab.vocabulary import Role, Severity

WHERE = "slot boundary, option capital_goods_if_over"


@register(
    "boundary",
    "capital_goods_if_over",
    parameters={"share": (float, int)},
    needs_reference=True,
    check=check_given_shares,
)
def capital_goods_if_over(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Capital goods are inside if together they exceed a share of their process (ISO 14067 6.3.4, summary).

    The share is one of absolute contributions, taken in the same rule set with every capital good inside.
    Inputs whose supplier has no number stay, with a finding.
    """
    share = checked_share(parameters, "share", WHERE)
    reference = reference_of(work, WHERE)
    links = rows[rows < len(work.technosphere)]
    links = links[
        flow_has_role(work.database, Role.CAPITAL_GOOD)[work.technosphere.flow[links]]
        & (work.technosphere.sign[links] < 0)
    ]
    exchange = np.unique(work.technosphere.exchange[links])
    process = work.database.column("exchanges", "process")[exchange]
    part = shares_of_processes(work, exchange, reference)
    unknown = np.zeros(work.database.processes.num_rows, bool)
    unknown[process[np.isnan(part)]] = True
    together = np.zeros(len(unknown))
    np.add.at(together, process, np.nan_to_num(part))
    out = exchange[~unknown[process] & (together[process] <= share * (1 + 1e-9))]
    if unknown.any():
        work = work.with_finding(
            Finding(
                code="significance_not_judged",
                amount=int(np.isnan(part).sum()),
                unit="inputs",
                detail="capital goods",
            )
        )
    if not len(out):
        return work
    coverage = coverage_by_process(work, out, reference)
    slot, line, option = work.at
    nothing = np.full(len(out), np.nan)
    bill = Bill(
        slot,
        line,
        option,
        reference.digest,
        "",
        out,
        nothing,
        nothing,
        reference.impact[out],
        together[work.database.column("exchanges", "process")[out]],
        coverage,
    )
    finding = Finding(
        code="capital_goods_left_out",
        severity=Severity.INFO,
        amount=len(out),
        unit="inputs",
        detail=f"at most {share:g} of each process; coverage at least {bill.lowest_coverage:.4g}; "
        f"judged by {reference.digest}",
    )
    return (
        work.drop("technosphere", links[np.isin(work.technosphere.exchange[links], out)])
        .with_bill(bill)
        .with_finding(finding)
    )
