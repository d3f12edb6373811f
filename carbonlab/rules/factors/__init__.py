"""Climate characterization factors of the IPCC assessment reports, and the flows that they belong to.

`load_factor_set` gives a cited set, `match_flows` finds the gases of a database once, `flow_factors`
applies a set to them, and `coverage` says what the set leaves out.
"""

from carbonlab.rules.factors.application import STATED, FlowFactors, flow_factors, stated_factors
from carbonlab.rules.factors.factor_sets import FactorSet, MethaneSplit, list_factor_sets, load_factor_set
from carbonlab.rules.factors.factor_tables import HORIZONS, LATEST_VINTAGE, VINTAGES, Factor
from carbonlab.rules.factors.gaps import Coverage, coverage, looks_like_climate_gas
from carbonlab.rules.factors.gases import AGGREGATED_GAS, Gas, load_gases
from carbonlab.rules.factors.identity import MatchWay
from carbonlab.rules.factors.matching import COMPONENTS, GASES, ORIGINS, WAYS, FlowMatch, match_flows

__all__ = [
    "AGGREGATED_GAS",
    "COMPONENTS",
    "GASES",
    "HORIZONS",
    "LATEST_VINTAGE",
    "ORIGINS",
    "STATED",
    "VINTAGES",
    "WAYS",
    "Coverage",
    "Factor",
    "FactorSet",
    "FlowFactors",
    "FlowMatch",
    "Gas",
    "MatchWay",
    "MethaneSplit",
    "coverage",
    "flow_factors",
    "list_factor_sets",
    "load_factor_set",
    "load_gases",
    "looks_like_climate_gas",
    "match_flows",
    "stated_factors",
]
