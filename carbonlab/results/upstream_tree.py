"""The upstream tree of a product, opened branch by branch: a loop makes it endless, and nobody opens it all.

Under every opened branch stand its own emissions, its inputs with everything upstream of them, and what the
cut-off hides as a rest by sign; they sum to the branch.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from carbonlab.messages import message
from carbonlab.results.breakdown import CutOff
from carbonlab.results.contributions import Upstream
from carbonlab.results.evaluation import Evaluation
from carbonlab.results.schema import CANCELLATION

NO_COLUMN = -1


class BranchKind(StrEnum):
    """What a branch is."""

    SUPPLY = "supply"
    DIRECT = "direct"
    BEYOND = "beyond"
    REST_POSITIVE = "rest_positive"
    REST_NEGATIVE = "rest_negative"


@dataclass(frozen=True)
class Branch:
    """One line of the tree.

    Attributes
    ----------
    kind : BranchKind
        Only a supply can be opened.
    name, place : str
        Of the process that supplies.
    footprint : float
        With everything upstream [kg CO2e].
    column : int
        Column that supplies; −1 for what is no supply.
    amount : float
        Amount supplied [unit; negative: avoided or treated].
    unit : str
        Of the amount.
    product : str
        Name of what is supplied.
    """

    kind: BranchKind
    name: str
    footprint: float
    column: int = NO_COLUMN
    amount: float = 0.0
    unit: str = ""
    place: str = ""
    product: str = ""


class UpstreamTree:
    """The upstream tree of one product.

    Parameters
    ----------
    evaluation : Evaluation
        The solved system.
    column : int
        Column of the product.
    demand : float
        Amount of its flow.

    Attributes
    ----------
    root : Branch
        The product.
    """

    def __init__(self, evaluation: Evaluation, column: int, demand: float) -> None:
        self._upstream = Upstream(evaluation)
        system = evaluation.system
        database, columns = system.database, system.columns
        self._process, self._flow = columns.process, columns.flow
        self._names, self._places = (
            database.column("processes", "name"),
            database.column("processes", "location"),
        )
        self._products, self._units = database.column("flows", "name"), database.column("flows", "unit")
        self.root = self._branch(column, demand * float(system.sign[column]))
        self._gross = sum(abs(branch.footprint) for branch in self._all(self.root))

    def inputs(self, branch: Branch, cut_off: CutOff) -> tuple[Branch, ...]:
        """Return what a branch consists of, the largest absolute value first, the rests last.

        Parameters
        ----------
        branch : Branch
            The root, or one that this method returned; empty for what is no supply.
        cut_off : CutOff
            Which parts stay visible. A minimum refers to the absolute parts of the product itself, so that it
            means the same number of kilograms at every branch.
        """
        if branch.kind is not BranchKind.SUPPLY:
            return ()
        parts = self._all(branch)
        gross = self._gross if cut_off.is_minimum else None
        kept = cut_off.kept([part.footprint for part in parts], gross=gross)
        left = [part.footprint for i, part in enumerate(parts) if i not in set(kept)]
        rests = (
            (BranchKind.REST_POSITIVE, sum(value for value in left if value > 0)),
            (BranchKind.REST_NEGATIVE, sum(value for value in left if value < 0)),
        )
        return (
            *(parts[i] for i in kept),
            *(Branch(kind, message(f"breakdown.{kind}"), value) for kind, value in rests if value),
        )

    def _all(self, branch: Branch) -> list[Branch]:
        upstream = self._upstream
        inputs = [self._branch(row, need) for row, need in upstream.inputs(branch.column, branch.amount)]
        direct = float(upstream.direct[branch.column] * branch.amount / upstream.diagonal[branch.column])
        parts = [part for part in inputs if part.footprint]
        if direct:
            parts.append(Branch(BranchKind.DIRECT, message("breakdown.direct"), direct))
        beyond = branch.footprint - direct - sum(part.footprint for part in inputs)
        scale = max(abs(branch.footprint), sum(abs(part.footprint) for part in parts))
        if abs(beyond) > 1e3 * CANCELLATION * scale:  # module D, where a rule counts it
            parts.append(Branch(BranchKind.BEYOND, message("breakdown.beyond"), beyond))
        return parts

    def _branch(self, column: int, amount: float) -> Branch:
        process, flow = int(self._process[column]), int(self._flow[column])
        return Branch(
            BranchKind.SUPPLY,
            str(self._names[process]),
            float(self._upstream.intensity[column] * amount),
            column,
            amount,
            str(self._units[flow]),
            str(self._places[process]),
            str(self._products[flow]),
        )
