"""Records: one flow, exchange, process, … as a reader writes it and as a person looks at it.

A `Database` keeps columns, not records; these are the rows that go in (`DatabaseBuilder`) and the views
that come out.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from carbonlab.display.record import record_html
from carbonlab.vocabulary import (
    CarbonOrigin,
    Confidence,
    DataKind,
    Direction,
    DistributionKind,
    FlowKind,
    LifeCycleStage,
    ProcessKind,
    Role,
    Severity,
    ValueKind,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a value comes from and how it came about."""

    value_kind: ValueKind = ValueKind.UNSTATED
    year: str = ""
    geography: str = ""
    source: str = ""
    """Id of a `Source` of the same database."""
    confidence: Confidence = Confidence.UNSTATED
    comment: str = ""


UNSTATED = Provenance()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A publication that values are taken from."""

    id: str
    citation: str
    year: str = ""
    url: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """Uncertainty of a number, in the unit of that number, as published.

    lognormal: `loc` is the geometric mean, `scale` the geometric standard deviation [-];
    normal: `loc` mean, `scale` standard deviation; triangular, beta_pert: `minimum`, `loc` (mode), `maximum`;
    uniform: `minimum`, `maximum`; gamma: `loc` mean, `scale` standard deviation, `minimum` where it begins
    (0 as a rule); discrete, empirical: `points`. Fields that a shape does not use are NaN, or empty.
    """

    kind: DistributionKind
    loc: float = float("nan")
    scale: float = float("nan")
    minimum: float = float("nan")
    maximum: float = float("nan")
    points: str = ""
    """discrete: ``value:weight; value:weight; ...``; empirical: observations, ``value; value; ...``
    (`carbonlab.inventory.points`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A product, waste, elementary flow, or an aggregated CO2e flow."""

    id: str
    name: str
    kind: FlowKind
    unit: str
    """Reference unit: every amount in the database is in it."""
    direction: Direction | None = None
    """Elementary flows only: emitted or taken."""
    compartment: str = ""
    cas: str = ""
    formula: str = ""
    """Chemical formula."""
    origin: CarbonOrigin = CarbonOrigin.UNSPECIFIED
    category: str = ""
    location: str = ""
    synonyms: tuple[str, ...] = ()
    metric: str = ""
    """Aggregated CO2e flows only: metric and vintage, e.g. ``GWP100 AR5``."""
    comment: str = ""

    def _repr_html_(self) -> str:
        return record_html(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """An input or output of a unit process."""

    flow: str
    is_input: bool
    amount: float
    """In the flow's reference unit."""
    id: str = ""
    """Identity, unique in the database: random streams and explanations are keyed by it. Made if empty."""
    formula: str = ""
    """Gives `published_amount`; empty for a plain number."""
    published_amount: float | None = None
    published_unit: str = ""
    unit_factor: float = 1.0
    """amount = published_amount × unit_factor."""
    is_reference: bool = False
    is_avoided: bool = False
    provider: str = ""
    """Id of the process that supplies it, in this or in another attached database; empty if not stated."""
    distribution: Distribution | None = None
    """Of `amount` (reference unit)."""
    pedigree: str = ""
    stage: LifeCycleStage | None = None
    """Foreground links only."""
    year_offset: float = float("nan")
    """Foreground links only: years after the reference year of the study [a]."""
    provenance: Provenance = UNSTATED

    def _repr_html_(self) -> str:
        return record_html(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitProcess:
    """A unit process (or an aggregated inventory) with its exchanges."""

    id: str
    name: str
    exchanges: tuple[Exchange, ...] = ()
    kind: ProcessKind = ProcessKind.UNIT
    location: str = ""
    category: str = ""
    valid_from: str = ""
    valid_until: str = ""
    is_capital_good: bool = False
    default_basis: str = ""
    """Allocation method that the data supplier names as default; empty if none."""
    stage: LifeCycleStage | None = None
    """Foreground only."""
    under_control: bool | None = None
    """Foreground only: whether the reporting organization controls it."""
    data_kind: DataKind | None = None
    technology: str = ""
    description: str = ""
    data_quality: str = ""
    source: str = ""

    def _repr_html_(self) -> str:
        return record_html(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A named number or formula of a database, a process or an exchange."""

    name: str
    amount: float = float("nan")
    """Value, or the stored value of a formula (NaN if none was stored)."""
    process: str = ""
    """Id of the process whose scope it belongs to; empty for the whole database."""
    exchange: str = ""
    """Id of the exchange whose scope it belongs to; empty for a wider scope."""
    formula: str = ""
    unit: str = ""
    distribution: Distribution | None = None
    description: str = ""
    provenance: Provenance = UNSTATED


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowProperty:
    """A property of a flow that allocation may use: mass, energy, price, carbon, biogenic_carbon, …"""

    flow: str
    name: str
    value: float
    """Per reference unit of the flow, in `unit`."""
    unit: str
    process: str = ""
    """Id of the process in which it holds; empty for everywhere."""
    distribution: Distribution | None = None
    """Of `value`."""
    provenance: Provenance = UNSTATED


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationShare:
    """A stated allocation factor of the data supplier."""

    process: str
    product: str
    """Id of the co-product flow that takes the share."""
    share: float
    basis: str
    """``physical``, ``economic`` or ``causal``."""
    exchange: str = ""
    """Id of the exchange that is shared; empty for all exchanges of the process."""
    provenance: Provenance = UNSTATED


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedFactor:
    """A characterization factor that the database's owner states for one of its flows."""

    flow: str
    metric: str
    """For example ``GWP100``."""
    value: float
    """[kg CO2e per reference unit of the flow]."""
    distribution: Distribution | None = None
    """Of `value`."""
    provenance: Provenance = UNSTATED


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleAssignment:
    """A flow or process plays a role."""

    subject: str
    """``flow`` or ``process``."""
    id: str
    role: Role
    source: str = ""
    """What assigned it: a line of the classification file, or a person."""
    confidence: Confidence = Confidence.UNSTATED


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something odd that a reader or a rule saw and did not hide."""

    code: str
    """Key in the message catalogue under ``finding.<code>``."""
    severity: Severity = Severity.WARNING
    process: str = ""
    flow: str = ""
    exchange: str = ""
    amount: float = float("nan")
    """What it stands for, in `unit`."""
    unit: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseMeta:
    """What a database says of itself."""

    name: str
    version: str = ""
    licence: str = ""
    origin: str = ""
    """Format and file name it was read from."""
    description: str = ""
    decided_upstream: dict[str, str] = field(default_factory=dict)
    """Rule slot → option that the data supplier already applied."""

    def _repr_html_(self) -> str:
        return record_html(self)
