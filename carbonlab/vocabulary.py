"""The words of the field that the code branches on (ISO 14040/14044/14067), one enumeration per idea."""

from __future__ import annotations

from enum import StrEnum


class FlowKind(StrEnum):
    """What a flow is: it decides the matrix that an exchange enters."""

    PRODUCT = "product"
    WASTE = "waste"
    ELEMENTARY = "elementary"
    AGGREGATED_CO2E = "aggregated_co2e"
    """Already characterized upstream (EPD, supplier footprint): factor 1 under every rule set."""


class Direction(StrEnum):
    """Direction of an elementary flow, seen from the product system."""

    EMITTED = "emitted"
    TAKEN = "taken"


class CarbonOrigin(StrEnum):
    """Where the carbon of an elementary flow comes from."""

    FOSSIL = "fossil"
    BIOGENIC = "biogenic"
    LAND_USE = "land_use"
    UNSPECIFIED = "unspecified"


class ProcessKind(StrEnum):
    """Whether a process is a unit process or an already aggregated inventory."""

    UNIT = "unit_process"
    AGGREGATED = "aggregated"


class BalanceKind(StrEnum):
    """What must leave a unit process as much as it enters."""

    MASS = "mass"
    CARBON = "carbon"
    ENERGY = "energy"


class LifeCycleStage(StrEnum):
    """The five life-cycle stages of GB/T 24067-2024."""

    RAW_MATERIAL = "raw_material_acquisition"
    PRODUCTION = "production"
    DISTRIBUTION = "distribution"
    USE = "use"
    END_OF_LIFE = "end_of_life"


class ValueKind(StrEnum):
    """How a value came about: shown to the user wherever the value counts."""

    MEASURED = "measured_or_statistical"
    PUBLISHED_TOTAL = "published_product_total"
    PROXY = "proxy"
    ASSUMPTION = "assumption"
    UNSTATED = "unstated"


class Confidence(StrEnum):
    """How far a value was checked by whoever entered it."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    UNSTATED = "unstated"


class DataKind(StrEnum):
    """Site-specific, other primary, or secondary data (ISO 14067 6.3.5)."""

    SITE = "site"
    PRIMARY = "primary"
    SECONDARY = "secondary"


class Basis(StrEnum):
    """Relation on which burdens are shared among co-products."""

    STATED = "stated"
    MASS = "mass"
    ENERGY = "energy"
    PRICE = "price"
    CARBON = "carbon"
    EQUAL = "equal"
    REFERENCE = "reference_flow"
    SUBSTITUTION = "substitution"
    SINGLE = "single_product"


class Component(StrEnum):
    """Parts of a footprint that ISO 14067 asks to be shown apart (7.2)."""

    FOSSIL = "fossil"
    BIOGENIC_EMISSION = "biogenic_emission"
    BIOGENIC_UPTAKE = "biogenic_uptake"
    LAND_USE_CHANGE = "land_use_change"
    AGGREGATED = "aggregated_co2e"
    BIOGENIC_CO2 = "biogenic_co2"
    """Biogenic CO2 released, where a rule shows it by itself; else it is in BIOGENIC_EMISSION."""
    AIRCRAFT = "aircraft"
    """Direct emissions of aircraft, where a rule shows them by themselves; else they are in FOSSIL."""
    DELAY_EFFECT = "delay_effect"
    """What the timing of emissions would change: weighted less unweighted."""
    MODULE_D = "module_d"
    """Benefits and loads beyond the system boundary (EN 15804)."""


class Severity(StrEnum):
    """How much a finding matters."""

    INFO = "info"
    WARNING = "warning"


class DistributionKind(StrEnum):
    """Shape of the uncertainty of a number."""

    LOGNORMAL = "lognormal"
    NORMAL = "normal"
    TRIANGULAR = "triangular"
    UNIFORM = "uniform"
    BETA_PERT = "beta_pert"
    GAMMA = "gamma"
    DISCRETE = "discrete"
    """One of some values, each with its probability."""
    EMPIRICAL = "empirical"
    """As a list of observations is spread, with straight lines between them."""


class Role(StrEnum):
    """What a flow or process is for a rule; filled by importers through the classification file."""

    ELECTRICITY = "electricity"
    HEAT = "heat"
    FUEL = "fuel"
    PACKAGING = "packaging"
    SCRAP = "scrap"
    RECYCLED_MATERIAL = "recycled_material"
    TRANSPORT = "transport"
    AIR_TRANSPORT = "air_transport"
    CAPITAL_GOOD = "capital_good"
    CBAM_GOOD = "cbam_good"
    LAND_USE_CHANGE = "land_use_change"
    WASTE_TREATMENT = "waste_treatment"
    CONSUMER_TRAVEL = "consumer_travel"
    OFFSET = "offset"
    DECLARED_CUT_OFF = "declared_cut_off"
    """An input that the data supplier left without a producer on purpose."""


class Status(StrEnum):
    """What the number of a product is worth; the message is in the catalogue under ``status.<value>``."""

    COMPLETE = "complete"
    UNLINKED = "unlinked"
    NON_PRODUCTIVE = "non_productive"
    NO_BASIS = "no_basis"
    NO_OUTPUT = "no_output"
    ABSENT = "absent"
    NOT_APPLICABLE = "not_applicable"

    @property
    def has_number(self) -> bool:
        """Whether a product of this status has a footprint at all."""
        return self not in (Status.NO_BASIS, Status.NO_OUTPUT, Status.ABSENT, Status.NOT_APPLICABLE)
