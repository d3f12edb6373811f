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
# # 8 · Who may say "our electricity is wind"?
#
# **Question.** A smelter buys wind power by contract. What is its footprint now, and what has to happen to
# everybody else's?
#
# **After this notebook you can**
#
# 1. show that a contract without a residual mix makes emissions vanish on paper;
# 2. work out a residual mix, and check that the sum over all users is what the power plants emit;
# 3. state own generation, direct lines and contracts as a rule, with the conditions that each has to meet;
# 4. say why the same ingot has different footprints under rules that count contracts and rules that do not.
#
# **Time:** 60 minutes with the four exercises. **You need:** notebook 1.
#
# The inventory is made from public figures *for teaching and for testing rules, not for declarations*.

# %%
import numpy as np
import pandas as pd

import carbonlab as cl
from carbonlab.results.evaluation import evaluate_system
from carbonlab.rules.ruleset import Line, Rule
from carbonlab.system.pipeline import build_product_system
from carbonlab.teaching import check
from carbonlab.widgets import bars_view

# %% [markdown]
# ## 1. A country of two power plants
#
# Wind makes 40 GWh at 0.03 kg CO2e/kWh, coal makes 60 GWh at 0.90 kg CO2e/kWh (figures invented for this
# section). A factory uses 20 GWh, everybody else uses 80 GWh. All of it flows through one grid, and nobody can
# tell one electron from another.

# %%
made = np.array([40.0, 60.0])  # GWh of wind, of coal
factor = np.array([0.03, 0.90])  # kg CO2e/kWh
factory, others = 20.0, 80.0  # GWh used

emitted = made @ factor  # GWh times kg/kWh is kt
mix = emitted / made.sum()
print(f"the plants emit {emitted:.1f} kt CO2e; the grid mix is {mix:.3f} kg CO2e/kWh")

# %% [markdown]
# Now the factory signs a contract for 20 GWh of wind, and counts 0.03. Not a single plant runs differently, and
# the others go on counting the grid mix, because nobody told them.

# %%
claimed = factory * factor[0] + others * mix
bars_view(
    [("what the plants emit", emitted), ("what all users declare", claimed), ("vanished", emitted - claimed)],
    unit="kt CO2e",
    title="A contract, and everybody else on the grid mix",
)

# %% [markdown]
# The wind was counted twice: once by the factory, and once more inside the mix. What is sold by contract has to
# be taken out of the mix. What is left over is the **residual mix**:
#
# $$ r = \frac{\text{emissions of all plants} - \text{emissions sold by contract}}
#             {\text{electricity of all plants} - \text{electricity sold by contract}} . $$

# %%
residual = (emitted - factory * factor[0]) / (made.sum() - factory)
assert np.isclose(factory * factor[0] + others * residual, emitted)  # nothing vanishes any more
print(f"residual mix: {residual:.4f} kg CO2e/kWh instead of {mix:.3f}")

# %% [markdown]
# A contract moves emissions from one user to the others. It removes none.
#
# ### Exercise 1
#
# A second factory buys 15 GWh of wind by contract as well (the first keeps its 20). What is the residual mix now,
# in kg CO2e/kWh?

# %%
answer_1 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 1",
    answer_1,
    lambda: (emitted - 35 * factor[0]) / (made.sum() - 35),
    hint="Take 35 GWh out of the electricity, and what these 35 GWh emit out of the emissions.",
    mistakes={
        "That is the mix without any contract.": mix,
        "The first contract still counts: 35 GWh are sold in all.": (emitted - 15 * factor[0]) / 85,
        "Wind is not free of emissions here: take its own out of the sum too.": emitted / 65,
    },
)

# %% [markdown]
# ## 2. A smelter in China
#
# The study of aluminium in the package has a smelter of its own in the *foreground*: what a rule about contracts
# acts on. It uses 13.35 kWh for the cells and 0.4 kWh for casting.

# %%
study = cl.read_study(cl.study_path("aluminium"))
default = cl.load_rule_set("default")
inventory = evaluate_system(build_product_system([study.foreground, *study.databases], default))


def per_unit(process):
    """Return the footprint of one unit of the product of a process, kg CO2e."""
    return float(inventory.intensity()[inventory.system.column_of(process)])


supplies = {
    "grid mix, China": "grid_cn",
    "residual mix, China": "grid_residual_cn",
    "wind by contract": "contract_wind_cn",
    "solar on the own roof": "own_solar_cn",
    "direct line from hydropower": "direct_hydro_cn",
    "direct line from captive coal": "direct_coal_cn",
}
bars_view(
    [(name, per_unit(process)) for name, process in supplies.items()],
    unit="kg CO2e/kWh",
    title="What a kilowatt-hour counts, by what it is said to be",
)

# %% [markdown]
# The residual mix is above the grid mix here too: part of the non-fossil power has been sold.
#
# ISO 14067 has a **ladder** (6.4.9.4; in our words, from public summaries): first what you make yourself, then a
# direct line, then a supplier's product that is backed by a certificate, and only then the grid. Each rung has
# conditions. In carbonlab an *instrument* is a small table, and the option `contracts` checks it.

# %%
solar = {
    "kind": "own_generation",
    "consumer": "own_smelter",
    "supplier": "own_solar_cn",
    "amount": 0.5,
    "on_site": True,
    "certificates_sold": False,
}
wind = {
    "kind": "supplier_product",
    "consumer": "own_smelter",
    "supplier": "contract_wind_cn",
    "amount": 4.0,
    "certificate": "CLASSROOM-0001",
    "attributes": "wind power, China, 2024",
    "unique": True,
    "cancelled": True,
    "period": "2024",
    "market": "CN",
}


def with_contracts(*instruments, rest="grid_residual_cn"):
    """Return the default rules, with these instruments, and the rest of the electricity from `rest`."""
    stated = {"instruments": list(instruments), "period": "2024", "rest": {"CN": rest}}
    return default.replace(electricity=Rule("electricity", (Line("contracts", parameters=stated),)))


def footprint(rules, product="national"):
    """Return the footprint of one kilogram of ingot, kg CO2e (the study asks for a tonne)."""
    return float(cl.calculate(study, rules)["total"].sel(product=product).squeeze()) / 1000


headline = footprint(with_contracts(solar, wind))
print(f"as linked, grid mix:                 {footprint(default):.3f} kg CO2e/kg")
print(f"0.5 kWh solar, 4 kWh wind, residual: {headline:.3f} kg CO2e/kg")

# %% [markdown]
# The amounts are kWh per kilogram of ingot here. The rest, 13.75 − 0.5 − 4.0 = 9.25 kWh, comes from the residual
# mix, which is *dirtier* than the grid mix. So part of what the contract saves is lost again on the rest. By
# hand:

# %%
by_hand = (
    footprint(default)
    - 13.75 * per_unit("grid_cn")
    + 0.5 * per_unit("own_solar_cn")
    + 4.0 * per_unit("contract_wind_cn")
    + 9.25 * per_unit("grid_residual_cn")
)
print(f"by hand: {by_hand:.3f} kg CO2e/kg")
assert np.isclose(by_hand, headline, rtol=1e-9)

# %% [markdown]
# ### Exercise 2
#
# How many kWh of wind by contract, without solar, does the smelter need per kilogram to come down to 12 kg
# CO2e/kg, with the rest from the residual mix? No trial and error needed: the footprint falls along a straight
# line.

# %%
answer_2 = None

# %% jupyter={"source_hidden": true}
nothing_contracted = footprint(with_contracts())
check(
    "Exercise 2",
    answer_2,
    lambda: (nothing_contracted - 12) / (per_unit("grid_residual_cn") - per_unit("contract_wind_cn")),
    hint="With no contract all 13.75 kWh come from the residual mix. Each kWh of wind replaces one kWh of it: divide.",
    mistakes={
        "The rest is not the grid mix here: start from the footprint with all power from the residual mix.": (
            lambda: (footprint(default) - 12) / (per_unit("grid_cn") - per_unit("contract_wind_cn"))
        )
    },
)

# %% [markdown]
# ## 3. Claims that do not count
#
# A contract that fails a condition is **refused**, by the name of the condition. It would be easy to just count
# the grid mix instead, and much worse: nobody would notice.

# %%
broken = {
    "A · sold on": {**solar, "certificates_sold": True},
    "B · certificate of 2021": {**wind, "period": "2021"},
    "C · never cancelled": {**wind, "cancelled": False},
    "D · wind from Norway": {**wind, "market": "NO"},
    "E · more than is used": {**wind, "amount": 20.0},
}
for name, instrument in broken.items():
    try:
        footprint(with_contracts(instrument))
    except cl.CarbonlabError as refused:
        print(f"{name}\n    {refused.what}\n    why: {refused.why}")

# %% [markdown]
# Case A is the most common mistake: modules on the roof whose certificates are sold to somebody else. The
# electricity is used here, the *claim* has left.
#
# ### Exercise 3
#
# A smelter in Norway sells the certificates of its hydropower to Germany, and goes on counting the Norwegian grid
# mix (`grid_no`). Under a rule that asks for the residual mix (`residual_no`) after a sale, by how much does its
# ingot go up, in kg CO2e per kg? It uses 13.75 kWh as well.

# %%
answer_3 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 3",
    answer_3,
    lambda: 13.75 * (per_unit("residual_no") - per_unit("grid_no")),
    hint="per_unit(...) gives both mixes. Only the electricity changes, and by how much per kWh?",
    mistakes={"Take away what the grid mix counted before.": lambda: 13.75 * per_unit("residual_no")},
)

# %% [markdown]
# ## 4. Rules that do not look at contracts
#
# The EU draft on batteries (April 2024) counts the national mix or a direct line, whatever was contracted. An
# inventory of an organization often takes the direct CO2 of generation only, which is no life-cycle number. Same
# smelters, same year:

# %%
national = Rule("electricity", (Line("national_mix", parameters={"suppliers": {"CN": "grid_cn"}}),))
combustion = Rule("electricity", (Line("combustion_only"),))
rule_sets = {
    "as linked": default,
    "contracts, rest residual mix": with_contracts(solar, wind),
    "contracts, rest grid mix": with_contracts(solar, wind, rest="grid_cn"),
    "national mix whatever was contracted": default.replace(electricity=national),
    "direct emissions of generation only": default.replace(electricity=combustion),
}
smelters = {"national": "national grid", "southwest": "grid of Southwest China", "hydro": "hydropower line"}
table = pd.DataFrame(
    {
        name: {label: footprint(rules, product) for product, label in smelters.items()}
        for name, rules in rule_sets.items()
    }
).T
table.style.format("{:.2f}").set_caption("kg CO2e per kg of ingot at the gate")

# %% [markdown]
# Read the columns. The hydropower line counts only where the rule says that it does: the rule `contracts` was
# told of no direct line for that smelter, so all of its power became residual mix. The smelter in the Southwest
# has a clean regional grid, and loses it under every rule that knows only the country.
#
# The second and third row differ in the *rest* alone. The third is the world of section 1 in which emissions
# vanish.
#
# ### Exercise 4
#
# By how many kg CO2e per kg of ingot does a declaration under the third row (rest from the grid mix) come out too
# low, compared with the second?

# %%
answer_4 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 4",
    answer_4,
    lambda: 9.25 * (per_unit("grid_residual_cn") - per_unit("grid_cn")),
    hint="Only 9.25 kWh come from the rest. Or subtract two cells of the table, with enough digits.",
    mistakes={
        "That is for all 13.75 kWh; 4.5 of them are contracted or own.": (
            lambda: 13.75 * (per_unit("grid_residual_cn") - per_unit("grid_cn"))
        )
    },
)

# %% [markdown]
# ## What to keep
#
# - A contract moves emissions between users. Only with a residual mix do the sums stay right.
# - Each rung of the ladder has conditions; a claim that fails one is refused, not quietly changed.
# - A number with contracts can only be compared with one under the same rule. GB/T 24067 and ISO 14067 have the
#   ladder, the EU battery draft does not: give both numbers.
#
# The last cell checks the headline, the ingot with solar and wind, along two other ways: the sum by hand, and a
# dense solution of the matrices as linked, with the column of the smelter rewritten by hand.

# %%
system = inventory.system
A = system.matrices.A.toarray()
own = inventory.factors @ inventory.weights @ system.matrices.B
smelter = system.column_of("own_smelter")
A[system.column_of("grid_cn"), smelter] += 13.75  # takes the grid out of the recipe: inputs are negative
taken = {"own_solar_cn": 0.5, "contract_wind_cn": 4.0, "grid_residual_cn": 9.25}
for supplier, kilowatt_hours in taken.items():
    A[system.column_of(supplier), smelter] -= kilowatt_hours
by_matrix = np.linalg.solve(A.T, own)[smelter]

assert np.isclose(headline, by_hand, rtol=1e-9)
assert np.isclose(headline, by_matrix, rtol=1e-9)
assert per_unit("grid_residual_cn") > per_unit("grid_cn")
print(f"1 kg of ingot with 0.5 kWh own solar and 4 kWh contracted wind: {headline:.2f} kg CO2e")
