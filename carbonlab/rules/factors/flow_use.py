"""How much of each flow a database holds: what a finding about a flow stands for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carbonlab.inventory.database import Database
from carbonlab.inventory.records import Finding
from carbonlab.vocabulary import Severity


@dataclass(frozen=True, eq=False)
class FlowUse:
    """How much of each flow the exchanges of a database hold; arrays (flows,).

    Attributes
    ----------
    count : int
        Number of exchanges.
    amount : float
        Sum of absolute amounts, in the flow's unit: what a finding about the flow stands for.
    """

    ids: NDArray[np.object_]
    names: NDArray[np.object_]
    units: NDArray[np.object_]
    count: NDArray[np.intp]
    amount: NDArray[np.float64]

    @staticmethod
    def of(db: Database) -> FlowUse:
        """Return the use of the flows of a database."""
        flow = db.column("exchanges", "flow")
        amount: NDArray[np.float64] = np.nan_to_num(np.abs(db.column("exchanges", "amount")))
        flows = db.flows.num_rows
        return FlowUse(
            ids=db.column("flows", "id"),
            names=db.column("flows", "name"),
            units=db.column("flows", "unit"),
            count=np.bincount(flow, minlength=flows),
            amount=np.bincount(flow, weights=amount, minlength=flows).astype(np.float64),
        )

    def finding(self, row: int, code: str, severity: Severity, reason: str) -> list[Finding]:
        """Return a finding about a flow with the amount that it stands for; none if no exchange has it."""
        if not self.count[row]:
            return []
        return [
            Finding(
                code=code,
                severity=severity,
                flow=str(self.ids[row]),
                amount=float(self.amount[row]),
                unit=str(self.units[row]),
                detail=f"{self.names[row]}: {reason} ({self.count[row]} exchanges)",
            )
        ]
