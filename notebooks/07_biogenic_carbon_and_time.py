# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 7 · Carbon that is borrowed: urea, wood, and time
#
# **Question.** Some products carry carbon and give it back later. Does it count when it is taken in, when it comes out,
# both times, never, or less because it is late?
#
# **After this notebook you can**
#
# 1. close a carbon balance with a formula of chemistry, and find a footprint that stops too early;
# 2. show what −1/+1, 0/0 and *separate* do to the same lumber, at the gate and over its life;
# 3. weight a late emission by hand, in two ways;
# 4. keep apart what is carbon of fossils, of plants, and of accounting.
#
# **Time:** 75 minutes with the four exercises. **You need:** notebook 1; notebook 5 helps.
#
# The inventory is made from public figures *for teaching and for testing rules, not for declarations*.

# %%
import numpy as np
import pandas as pd
from IPython.display import display
from scipy.integrate import quad

import carbonlab as cl
from carbonlab.teaching import check
from carbonlab.widgets import bars_view

default = cl.load_rule_set("default")

# %% [markdown]
# ## 1. Urea: fossil carbon on loan
#
# Ammonia plants vent CO2. A urea plant next door takes some of it and binds it,
#
# $$\mathrm{CO_2 + 2\,NH_3 \rightarrow CO(NH_2)_2 + H_2O} .$$
#
# One molecule of CO2 (44 g/mol) for one of urea (60 g/mol):

# %%
bound = 44.0 / 60.0  # kg CO2 per kg of urea
urea_study = cl.read_study(cl.study_path("urea"))
plant = {e.flow: e.amount for e in urea_study.foreground.process("own_urea_plant").exchanges}
print(f"by the formula {bound:.4f} kg CO2 per kg of urea; in the inventory {plant['co2_for_urea']:.4f}")
assert np.isclose(bound, plant["co2_for_urea"], rtol=1e-3)

# %% [markdown]
# On the field, water and bacteria split the urea, and the same CO2 leaves. It came from natural gas, so it is *fossil*,
# whatever it spent its year in. Look at stages and years:

# %%
urea = cl.calculate(urea_study, default)
field = urea["footprint"].squeeze("rule_set").sel(product="field")
by_stage = field.sum(["gas", "component"]).to_pandas()
by_stage.loc[(by_stage != 0).any(axis="columns"), (by_stage != 0).any()].style.format("{:.0f}").set_caption(
    "1 t of urea, applied to the field [kg CO2e]; columns are years after the sale"
)

# %%
gate = float(urea["total"].squeeze("rule_set").sel(product="gate"))
whole = float(urea["total"].squeeze("rule_set").sel(product="field"))
display(
    bars_view(
        [("at the gate", gate), ("applied to the field", whole)],
        unit="kg CO2e per t",
        title="Where does the study stop?",
    )
)

# %% [markdown]
# At the gate the bound CO2 looks like a removal: it was handed over by the ammonia plant, and has not come out yet.
#
# ### Exercise 1
#
# What would the footprint **at the gate** be, per tonne, if the carbon in the urea were counted at once, as if it
# left the plant? [kg CO2e per t]

# %%
answer_1 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 1",
    answer_1,
    lambda: gate + 1000 * bound,
    tolerance=0.005,
    hint="A tonne of urea holds 1000 times `bound`. Add it to what is counted at the gate.",
    mistakes={"That is carbon that was left out once more. Add it.": lambda: gate - 1000 * bound},
)

# %% [markdown]
# ## 2. Wood: carbon on loan from the air
#
# Lumber is half carbon (dry mass). The tree took it from the air, so here the loan is *biogenic*. The study follows one
# cubic meter, 450 kg dry, into a building, and burns it after 35 years.

# %%
lumber_study = cl.read_study(cl.study_path("lumber"))
ways = {
    name: cl.calculate(lumber_study, default.replace(biogenic_carbon=option))
    for name, option in (("−1/+1", "minus_one_plus_one"), ("0/0", "zero_zero"), ("separate", "separate"))
}
components = ["fossil", "biogenic_emission", "biogenic_uptake", "biogenic_co2", "aggregated_co2e"]
shown = {}
for name, result in ways.items():
    one = result.squeeze("rule_set").sel(product="life")
    parts = one["footprint"].sum(["stage", "year", "gas"]).to_pandas()
    shown[name] = {**{part: parts[part] for part in components}, "total": float(one["total"])}
pd.DataFrame(shown).style.format("{:.1f}").set_caption("1 m3 over its life [kg CO2e]")

# %% [markdown]
# - **−1/+1** counts what the tree takes up (negative) and what the fire gives back (positive).
# - **0/0** counts neither. What stays under *biogenic emission* is methane of burning: it warms more than the CO2 that
#   made it, wherever its carbon comes from.
# - **separate** counts like 0/0, and shows both numbers beside the total.
#
# Over the whole life the totals agree up to about a kilogram. Why not exactly? The carbon of that methane was taken up
# as CO2: −1/+1 gives the credit for it, and 0/0 does not. At the **gate** it is another story:

# %%
stops = pd.DataFrame(
    {name: result["total"].squeeze("rule_set").to_pandas()[["gate", "life"]] for name, result in ways.items()}
)
stops.index = ["at the gate, per t", "whole life, per m3"]
stops.style.format("{:+.0f}").set_caption("[kg CO2e]")

# %% [markdown]
# At the gate −1/+1 makes lumber a *negative* product, and the more wood is sold, the better. Somebody else has to
# count the fire. Rule books that allow the number at the gate ask for the carbon content beside it.
#
# ### Exercise 2
#
# How much CO2 does the carbon in the cubic meter of lumber (450 kg, half of it carbon) make when it burns
# completely? [kg CO2]

# %%
answer_2 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 2",
    answer_2,
    450 * 0.5 * 44 / 12,
    tolerance=0.005,
    hint="From 12 kg of carbon come 44 kg of carbon dioxide.",
    mistakes={"That is carbon, not carbon dioxide.": 225.0},
)

# %% [markdown]
# ## 3. Late is less?
#
# The fire is 35 years away. Its CO2 will have warmed the air for 65 of the next 100 years, instead of 100. Some rule
# books let that count *beside* the total (PAS 2050, ILCD; ISO 14067 likewise keeps it apart). Two ways to weight:
#
# - **linear**: the years that are left, $(100 - t)/100$;
# - **dynamic**: the warming that is left. A pulse of CO2 decays as $a_0 + \sum a_i e^{-t/\tau_i}$ (Joos et al. 2013),
#   and what counts is the area under that curve until year 100.


# %%
def left_in_air(t):
    """Return the share of a pulse of CO2 that is still in the air after t years (Joos et al. 2013)."""
    shares, times = (0.2240, 0.2824, 0.2763), (394.4, 36.54, 4.304)
    return 0.2173 + sum(a * np.exp(-t / tau) for a, tau in zip(shares, times, strict=True))


def area(years):
    """Return the area under the curve until a year [years], by numerical integration."""
    return quad(left_in_air, 0, years)[0]


later = np.arange(0, 101, 10)
weights = pd.DataFrame(
    {"linear": (100 - later) / 100, "dynamic": [area(100 - t) / area(100) for t in later]},
    index=pd.Index(later, name="years later"),
)
weights.style.format("{:.3f}")

# %% [markdown]
# ### Exercise 3
#
# A fire after **50** years instead of 35: what is its dynamic weight? Use `area`. (A number between 0 and 1.)

# %%
answer_3 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 3",
    answer_3,
    lambda: area(50) / area(100),
    tolerance=0.002,
    hint="What is left of 100 years after 50 of them, over the area of all 100.",
    mistakes={"That is the linear weight.": 0.5},
    between=(0, 1),
)

# %% [markdown]
# Now the effect on the lumber. By hand: everything that the study dates to year 35, times *weight less one*.

# %%
life = ways["−1/+1"].squeeze("rule_set").sel(product="life")
late = life["footprint"].sel(year=35).sum(["stage"])
effect_linear = float(late.sum()) * (65 / 100 - 1)
by_rule = {
    name: float(
        cl.calculate(lumber_study, default.replace(timing=name))["footprint"]
        .squeeze("rule_set")
        .sel(product="life", component="delay_effect")
        .sum()
    )
    for name in ("linear", "pas2050", "dynamic")
}
print(f"linear, by hand: {effect_linear:.1f} kg CO2e")
print("by rule:", ", ".join(f"{name} {effect:.1f}" for name, effect in by_rule.items()))
assert np.isclose(effect_linear, by_rule["linear"], rtol=1e-9)

# %% [markdown]
# The effect is three times the footprint (of about 95 kg), and **it stands beside the total, not in it**. Whoever puts
# it in the total has lumber with a negative footprint over its whole life, although every gram of carbon has
# come out again. In between lies only a horizon of 100 years, which nobody measured either.

# %%
display(
    bars_view(
        [("total over the life", float(life["total"])), *((f"effect of delay, {k}", v) for k, v in by_rule.items())],
        unit="kg CO2e per m3",
        title="Lumber in a building: the total, and what lies beside it",
    )
)

# %% [markdown]
# ### Exercise 4
#
# Does a rule of the slot `timing`, as the packaged rule sets use it (`pas-2050-2011` for instance), change the
# **total** of the lumber? Answer True or False. Try it:
# `cl.calculate(lumber_study, default.replace(timing="pas2050"))["total"]`.

# %%
answer_4 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 4",
    answer_4,
    lambda: not np.isclose(
        float(cl.calculate(lumber_study, default.replace(timing="pas2050"))["total"].sel(product="life").squeeze()),
        float(life["total"]),
    ),
    hint="Compare the total with and without the rule. Where did the effect go?",
)

# %% [markdown]
# ## What to keep
#
# - Carbon in a product is a loan. Ask who pays it back, when, and in whose account.
# - −1/+1 and 0/0 agree over the whole life, and contradict each other at the gate.
# - Urea looks like wood at the gate, but its carbon is fossil.
# - A credit for delay is a choice of horizon. Show it beside the total.
#
# The last cell checks the headline number, the dynamic effect of delay on the lumber: by the curve of Joos integrated
# numerically for CO2 and by decays for the two other gases, and its CO2 part from the carbon balance alone.

# %%
LIFETIMES = {"CH4": 11.8, "N2O": 109.0}  # years, table 7.SM.7 of the sixth IPCC report


def dynamic_weight(gas, year):
    """Return what a gas emitted in a year counts, over the same at the start [-]."""
    if gas == "CO2":
        return area(100 - year) / area(100)
    life_of_gas = LIFETIMES[gas]
    return (1 - np.exp(-(100 - year) / life_of_gas)) / (1 - np.exp(-100 / life_of_gas))


by_gas = late.sum("component").to_pandas()
by_hand = sum(by_gas[gas] * (dynamic_weight(gas, 35) - 1) for gas in ("CO2", "CH4", "N2O"))
not_co2 = sum(by_gas[gas] * (dynamic_weight(gas, 35) - 1) for gas in ("CH4", "N2O"))
fossil_late = float(late.sel(component="fossil", gas="CO2").sum())
methane = float(late.sel(component="biogenic_emission", gas="CH4").sum()) / 27.0  # kg; GWP100 of the sixth report
burned_clean = 450 * 0.5 * 44 / 12 - methane * 44 / 16  # kg CO2: all carbon of the wood less that of the methane
of_balance = (burned_clean + fossil_late) * (dynamic_weight("CO2", 35) - 1) + not_co2

headline = by_rule["dynamic"]
assert np.isclose(headline, by_hand, rtol=1e-6)
assert np.isclose(headline, of_balance, rtol=1e-4)
assert by_rule["linear"] < headline < 0
assert abs(stops.loc["whole life, per m3", "−1/+1"] - stops.loc["whole life, per m3", "0/0"]) < 5
assert stops.loc["at the gate, per t", "−1/+1"] < 0 < stops.loc["at the gate, per t", "0/0"]
assert gate < whole
print(f"35 years of delay, dynamic: {headline:.0f} kg CO2e beside a total of {float(life['total']):.0f} kg CO2e per m3")
