"""What each option is asked on the real inventories, and what it has to do there: change, find or refuse.

The teaching inventory states roles, stages, prices and a foreground; US LCI states none of stages and prices.
An option whose data are not there says so by a finding or refuses: each trial names which.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Trial:
    """An option with parameters, and what it does: against the default rules.

    Attributes
    ----------
    parameters, select : dict
        Of the line.
    changes : bool
        Whether some number or status differs.
    findings : set of str
        Codes of exactly the findings that the default rules do not make.
    refuses : str
        Words of the error; then nothing else counts.
    """

    parameters: dict[str, Any] = field(default_factory=dict)
    select: dict[str, str] = field(default_factory=dict)
    changes: bool = True
    findings: frozenset[str] = frozenset()
    refuses: str = ""


def does(*findings: str, select: dict[str, str] | None = None, **parameters: Any) -> Trial:
    """Return a trial that changes numbers, with these new findings."""
    return Trial(parameters, select or {}, findings=frozenset(findings))


def leaves(*findings: str, **parameters: Any) -> Trial:
    """Return a trial that changes no number, with these new findings."""
    return Trial(parameters, changes=False, findings=frozenset(findings))


def refuses(words: str, **parameters: Any) -> Trial:
    """Return a trial that is refused with these words."""
    return Trial(parameters, refuses=words)


Trials = dict[tuple[str, str], list[Trial]]

CARBON = {"inherent": ["biogenic_carbon"]}
"""As the default rules have it: what an option moves is then moved by its basis alone."""

NEUTRAL: Trials = {
    ("boundary", "as_modelled"): [leaves()],
    ("linking", "equal_split"): [leaves()],
    ("electricity", "as_linked"): [leaves()],
    ("multifunctionality", "default_chain"): [leaves(**CARBON)],
    ("recycling", "as_modelled"): [leaves()],
    ("cut_off", "none"): [leaves()],
    ("biogenic_carbon", "minus_one_plus_one"): [leaves()],
    ("land_use_change", "as_published"): [leaves()],
    ("timing", "none"): [leaves()],
    ("aviation", "none"): [leaves()],
}

INCOMPLETE: Trials = {
    ("boundary", "without"): [refuses("leaves out no role")],
    ("boundary", "stages"): [refuses("keeps the stages []")],
    ("boundary", "modules"): [refuses("keeps the modules []")],
    ("boundary", "capital_goods_if_over"): [refuses("'share'")],
    ("electricity", "losses"): [refuses("'losses'")],
    ("multifunctionality", "hierarchy"): [refuses("has the bases []")],
    ("recycling", "iso_annex_d"): [refuses("'k'")],
    ("cut_off", "by_mass"): [refuses("'total'")],
    ("cut_off", "by_energy"): [refuses("'total'")],
    ("cut_off", "by_impact"): [
        refuses("'total'"),
        refuses("asked for all products at once", total=0.05, per="product_system"),
    ],
    ("cut_off", "by_criteria"): [refuses("'criteria'", total=0.05)],
    ("land_use_change", "declining"): [refuses("how many years ago the land was converted")],
}
"""Options without the parameters that they need are no rule, on any inventory."""

LIMITS = {"item": 0.01, "total": 0.05}
CONTENT = {"where": "everywhere", "R1": 0.2, "R2": 0.5, "Ed": "as_modelled"}

PIG_IRON = {"material": "steel", "Erec": "blast_furnace", **CONTENT}
"""The teaching inventory recycles nothing: pig iron stands in for recycled steel, for the arithmetic alone."""

TEACHING: Trials = {
    ("boundary", "exclude"): [does(select={"role": "transport"})],
    ("boundary", "no_capital_goods"): [does()],
    ("boundary", "no_consumer_travel"): [leaves("boundary_role_not_given")],
    ("boundary", "no_packaging"): [does()],
    ("boundary", "without"): [does(roles=["transport"])],
    ("boundary", "stages"): [
        does(keep=["raw_material_acquisition", "production"]),
        does("boundary_unstaged_kept", keep=["production"]),
    ],
    ("boundary", "cradle_to_gate"): [does()],
    ("boundary", "cradle_to_grave"): [leaves(missing="refuse")],
    ("boundary", "modules"): [does(keep=["A1-A3"]), does(keep=["D"])],
    ("boundary", "capital_goods_if_over"): [does("capital_goods_left_out", share=0.01)],
    ("boundary", "process_only"): [does("boundary_installation_only", "boundary_total_kept")],
    ("linking", "by_location"): [does()],
    ("linking", "by_share"): [refuses("sum to 2")],
    ("linking", "stated"): [does()],
    ("linking", "refuse"): [refuses("producers and none is stated")],
    ("electricity", "consumption_mix"): [
        leaves("electricity_no_mix"),
        does(default="grid_us", where="everywhere"),
    ],
    ("electricity", "residual_mix"): [
        does(suppliers={"CN": "grid_cn_south"}, default="grid_us", where="everywhere")
    ],
    ("electricity", "national_mix"): [
        does(suppliers={"CN": "grid_cn"}, default="grid_us", where="everywhere")
    ],
    ("electricity", "losses"): [does(losses=0.05, where="everywhere")],
    ("electricity", "combustion_only"): [does("electricity_not_life_cycle", "electricity_total_kept")],
    ("electricity", "contracts"): [
        leaves("electricity_rest_as_linked"),
        does("electricity_rest_as_linked", rest={"CN": "grid_cn"}, where="everywhere"),
    ],
    ("multifunctionality", "stated"): [does("no_allocation_basis", **CARBON)],
    ("multifunctionality", "mass"): [does(**CARBON)],
    ("multifunctionality", "energy"): [does("no_allocation_basis", **CARBON)],
    ("multifunctionality", "price"): [does(**CARBON)],
    ("multifunctionality", "property"): [does(name="price", **CARBON)],
    ("multifunctionality", "equal"): [does(**CARBON)],
    ("multifunctionality", "reference_flow"): [does(**CARBON)],
    ("multifunctionality", "refuse"): [refuses("several products")],
    ("multifunctionality", "hierarchy"): [does(bases=["mass", "energy", "price"], **CARBON)],
    ("multifunctionality", "substitution"): [does("no_substitute")],
    ("recycling", "cutoff_100_0"): [does("recycling_scrap_kept"), does(**PIG_IRON)],
    ("recycling", "end_of_life_0_100"): [leaves("recycling_no_material"), does(**PIG_IRON)],
    ("recycling", "split_50_50"): [leaves("recycling_no_material"), does(**PIG_IRON)],
    ("recycling", "circular_footprint_formula"): [leaves("recycling_no_material"), does(**PIG_IRON)],
    ("recycling", "iso_annex_d"): [
        does(material="steel", where="everywhere", k=1, R=0.3, E_EoL="as_modelled")
    ],
    ("cut_off", "by_mass"): [
        does("cut_off_above_limit", "cut_off_bill", "cut_off_entry", "significance_not_judged", **LIMITS)
    ],
    ("cut_off", "by_energy"): [
        does("cut_off_above_limit", "cut_off_bill", "cut_off_entry", "significance_not_judged", **LIMITS)
    ],
    ("cut_off", "by_impact"): [does("cut_off_above_limit", "cut_off_bill", "cut_off_entry", **LIMITS)],
    ("cut_off", "by_criteria"): [
        does(
            "cut_off_above_limit",
            "cut_off_bill",
            "cut_off_entry",
            "significance_not_judged",
            criteria=["mass", "energy"],
            **LIMITS,
        )
    ],
    ("biogenic_carbon", "zero_zero"): [does("biogenic_total_kept")],
    ("biogenic_carbon", "separate"): [does("biogenic_total_kept")],
    ("land_use_change", "equal"): [does(years=10)],
    ("land_use_change", "declining"): [does(years_since=3)],
    ("timing", "pas2050"): [leaves()],
    ("timing", "linear"): [leaves(horizon=100)],
    ("timing", "dynamic"): [leaves("delay_total_kept", in_total=True)],
    ("aviation", "multiplier"): [does(factor=2.0)],
    ("aviation", "separate"): [does()],
}

GRID_US_2010, GRID_US_2008 = "89389d98-1ba6-30c5-9c33-92443694936b", "96bffbb9-b875-36cf-8a11-5723c9d239d9"
ALUMINUM = {
    "material": "Aluminum, primary, ingot, at plant*",
    "Erec": "3d53c055-f03b-381f-966e-6d61abbe88a0",  # secondary, ingot, from automotive scrap, at plant
    **CONTENT,
}
MIX = {"default": GRID_US_2010, "where": "everywhere"}

USLCI: Trials = {
    ("boundary", "exclude"): [does(select={"role": "transport"})],
    ("boundary", "no_capital_goods"): [does()],
    ("boundary", "no_consumer_travel"): [leaves("boundary_role_not_given")],
    ("boundary", "no_packaging"): [does()],
    ("boundary", "without"): [does(roles=["transport"])],
    ("boundary", "stages"): [leaves("boundary_without_stages", keep=["production"])],
    ("boundary", "cradle_to_gate"): [leaves("boundary_without_stages")],
    ("boundary", "cradle_to_grave"): [
        leaves("boundary_stage_not_modelled"),
        refuses("models nothing for the stage distribution", missing="refuse"),
    ],
    ("boundary", "modules"): [
        leaves("boundary_without_stages", keep=["A1-A3"]),
        refuses("module D is asked of an inventory without a foreground", keep=["D"]),
    ],
    ("boundary", "capital_goods_if_over"): [
        does("significance_not_judged", "capital_goods_left_out", share=0.01)
    ],
    ("boundary", "process_only"): [does("boundary_installation_only")],
    ("linking", "by_location"): [leaves()],  # producers of one flow share one location there
    ("linking", "by_share"): [does()],
    ("linking", "stated"): [does()],
    ("linking", "refuse"): [refuses("producers and none is stated")],
    ("electricity", "consumption_mix"): [leaves("electricity_no_foreground"), does(**MIX)],
    ("electricity", "residual_mix"): [does(suppliers={"US": GRID_US_2008}, **MIX)],
    ("electricity", "national_mix"): [does(direct_lines=[GRID_US_2008], **MIX)],
    ("electricity", "losses"): [
        leaves("electricity_no_foreground", losses=0.05),
        does(losses=0.05, where="everywhere"),
    ],
    ("electricity", "combustion_only"): [does("electricity_not_life_cycle")],
    ("electricity", "contracts"): [leaves(), does(**MIX)],
    ("multifunctionality", "stated"): [does("no_allocation_basis", **CARBON)],
    ("multifunctionality", "mass"): [does("no_allocation_basis", **CARBON)],
    ("multifunctionality", "energy"): [does("no_allocation_basis", **CARBON)],
    ("multifunctionality", "price"): [does("no_allocation_basis", **CARBON)],
    ("multifunctionality", "property"): [does("no_allocation_basis", name="price", **CARBON)],
    ("multifunctionality", "equal"): [does(**CARBON)],
    ("multifunctionality", "reference_flow"): [does(**CARBON)],
    ("multifunctionality", "refuse"): [refuses("have several products")],
    ("multifunctionality", "hierarchy"): [
        does("no_allocation_basis", bases=["mass", "energy", "price"], **CARBON)
    ],
    ("multifunctionality", "substitution"): [does("no_substitute")],
    ("recycling", "cutoff_100_0"): [does("recycling_scrap_kept"), does(**ALUMINUM)],
    ("recycling", "end_of_life_0_100"): [leaves("recycling_no_material"), does(**ALUMINUM)],
    ("recycling", "split_50_50"): [leaves("recycling_no_material"), does(**ALUMINUM)],
    ("recycling", "circular_footprint_formula"): [leaves("recycling_no_material"), does(**ALUMINUM)],
    ("recycling", "iso_annex_d"): [
        does(material=ALUMINUM["material"], where="everywhere", k=1, R=0.3, E_EoL="as_modelled")
    ],
    ("cut_off", "by_mass"): [
        does("cut_off_above_limit", "cut_off_bill", "cut_off_entry", "significance_not_judged", **LIMITS)
    ],
    ("cut_off", "by_energy"): [does("cut_off_bill", "cut_off_entry", "significance_not_judged", **LIMITS)],
    ("cut_off", "by_impact"): [
        does("cut_off_above_limit", "cut_off_bill", "cut_off_entry", "significance_not_judged", **LIMITS)
    ],
    ("cut_off", "by_criteria"): [
        does(
            "cut_off_above_limit",
            "cut_off_bill",
            "cut_off_entry",
            "significance_not_judged",
            criteria=["mass", "energy"],
            **LIMITS,
        )
    ],
    ("biogenic_carbon", "zero_zero"): [does()],
    ("biogenic_carbon", "separate"): [does()],
    ("land_use_change", "equal"): [does(years=10)],
    ("land_use_change", "declining"): [does(years_since=3)],
    ("timing", "pas2050"): [leaves("delay_without_years")],
    ("timing", "linear"): [leaves("delay_without_years", horizon=100)],
    ("timing", "dynamic"): [leaves("delay_without_years", "delay_without_lifetime")],
    ("aviation", "multiplier"): [does(factor=2.0)],
    ("aviation", "separate"): [leaves()],
}
