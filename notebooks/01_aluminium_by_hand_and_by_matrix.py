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
# # 1 · The same aluminium, by hand and by matrix
#
# **Question.** How much greenhouse gas stands behind one kilogram of primary aluminium, and why does nobody work
# it out with pencil and paper?
#
# **After this notebook you can**
#
# 1. add up a small supply chain by hand, and say where the sum falls short;
# 2. write a supply chain as two matrices, and solve it in one line;
# 3. read a footprint "from below" (what has to run?) and "from above" (what does one more unit cost?);
# 4. tell which part of a number comes from data and which from a rule.
#
# **Time:** 75 minutes with the three exercises. **You need:** percentages, and a system of two equations; no
# matrices yet.
#
# The inventory is made from public figures *for teaching and for testing rules, not for declarations*.

# %%
import numpy as np
import pandas as pd
from IPython.display import display

import carbonlab as cl
from carbonlab.results.contributions import impact_weights
from carbonlab.results.evaluation import evaluate_system
from carbonlab.system.pipeline import build_product_system
from carbonlab.teaching import check
from carbonlab.widgets import bars_view, result_view, rules_bench

database = cl.load_teaching_inventory()
database

# %% [markdown]
# ## 1. Recipes
#
# An inventory is a book of recipes. Each *unit process* says what goes in and what comes out for one unit of its
# product. Here is the recipe of liquid aluminium: electricity does the work, alumina brings the metal, and the
# carbon anode burns away.


# %%
def recipe(process):
    """Show what goes into a process and what comes out of it."""
    record = database.process(process)
    rows = [
        ("in" if e.is_input else "out", e.amount, flow.unit, flow.name, e.provider)
        for e in record.exchanges
        for flow in [database.flow(e.flow)]
    ]
    table = pd.DataFrame(rows, columns=["", "amount", "unit", "what", "from"])
    style = table.style.hide(axis="index").format({"amount": "{:.5g}"}).set_caption(record.name)
    return style.set_properties(subset=["unit", "what", "from"], **{"text-align": "left"})


recipe("smelter_cn")

# %% [markdown]
# Follow the electricity: casting and cells take it from the grid, the grid takes it mostly from coal power, coal
# power takes coal.

# %%
for process in ("aluminium_ingot_cn", "grid_cn", "power_coal_cn", "coal_mine_cn"):
    display(recipe(process))

# %% [markdown]
# ## 2. By hand
#
# We keep five processes and leave the rest out for now: **ingot ← liquid metal ← grid ← coal power ← coal mine**.
#
# A kilogram of another gas counts as many kilograms of CO2. These are the factors for 100 years of the sixth IPCC
# report: fossil methane 29.8, nitrous oxide 273, CF4 7380, C2F6 12400. So each process emits, per unit of its
# product:
#
# | process | own emissions | kg CO2e |
# |---|---|---|
# | ingot, 1 kg | 0.00093 CO2 | 0.00093 |
# | liquid metal, 1 kg | 1.6 CO2 + 0.0004 × 7380 + 0.00004 × 12400 | 5.048 |
# | coal power, 1 kWh | 0.8273 CO2 + 0.0000087 × 29.8 + 0.0000131 × 273 | 0.83114 |
# | coal, 1 kg | 0.00399 × 29.8 | 0.11890 |
#
# Now walk up the tree.

# %%
electricity = 0.4 + 13.35  # kWh for casting and for the cells of one kilogram
coal_power = electricity * 0.67869  # kWh of coal power per kWh from the grid
coal = coal_power * 0.33896  # kg of coal per kWh of coal power
by_hand = 0.00093 + 5.048 + coal_power * 0.83114 + coal * 0.11890
print(f"{electricity:.2f} kWh, {coal_power:.3f} kWh of coal power, {coal:.3f} kg of coal: {by_hand:.3f} kg CO2e")

# %% [markdown]
# Done? Look at the recipe of the coal mine once more: **it uses electricity**. That electricity needs coal, which
# needs electricity … Every round is smaller than the last, but there is always another.

# %%
needed, total = electricity, 0.00093 + 5.048
for turn in range(1, 6):
    power = needed * 0.67869
    mined = power * 0.33896
    total += power * 0.83114 + mined * 0.11890
    print(f"round {turn}: {needed:12.8f} kWh → {total:.8f} kg CO2e so far")
    needed = mined * 0.0387  # kWh per kg of coal
total_of_rounds = total

# %% [markdown]
# Each round is 0.89 % of the one before. A tree has to stop somewhere, so **a tree always falls short**. But the
# rounds hide an equation with one unknown: all the electricity $x$ is what casting and cells take plus what the
# mine takes,
#
# $$x = 13.75 + 0.67869 \cdot 0.33896 \cdot 0.0387 \; x .$$

# %%
x = 13.75 / (1 - 0.67869 * 0.33896 * 0.0387)
by_equation = 0.00093 + 5.048 + x * 0.67869 * (0.83114 + 0.33896 * 0.11890)
print(f"{x:.5f} kWh in all: {by_equation:.6f} kg CO2e")
assert by_hand < by_equation
assert abs(by_equation - total_of_rounds) < 1e-6  # five rounds were nearly enough here

# %% [markdown]
# ## 3. By matrix
#
# One unknown per process, one equation per product, and no walking. Write the recipes as columns of the
# **technology matrix A**: outputs are positive, inputs negative. Row by row, *what is made minus what is used*
# has to be what we ask for, the **final demand f**. The unknown **scaling vector s** says how often each process
# runs:
#
# $$A\,s = f, \qquad h = (cB)\,s .$$
#
# $B$ holds the emissions of each process and $c$ the factors of the gases; here we write their product $cB$ at
# once.

# %%
names = ["ingot", "liquid metal", "grid", "coal power", "coal"]
A = np.array(
    [  # ingot  liquid  grid     power    coal mine
        [1.00, 0.00, 0.00000, 0.00000, 0.0000],  # kg ingot
        [-1.0, 1.00, 0.00000, 0.00000, 0.0000],  # kg liquid metal
        [-0.4, -13.35, 1.000, 0.00000, -0.0387],  # kWh from the grid
        [0.00, 0.00, -0.67869, 1.0000, 0.0000],  # kWh of coal power
        [0.00, 0.00, 0.00000, -0.33896, 1.000],  # kg coal
    ]
)
cB = np.array([0.00093, 5.048, 0, 0.83114, 0.11890])
f = np.array([1.0, 0, 0, 0, 0])

s = np.linalg.solve(A, f)
print(dict(zip(names, s.round(4).tolist(), strict=True)))
print(f"h = {cB @ s:.6f} kg CO2e")
assert np.isclose(cB @ s, by_equation, rtol=1e-12)

# %% [markdown]
# The loop needs no care at all: the number is the one of the equation, to the last digit.
#
# ### From above
#
# Ask the question the other way round: what does *one unit of each product* stand for? Solve with the matrix
# turned over,
#
# $$A^{\mathsf T} \lambda = (cB)^{\mathsf T},$$
#
# and one solution gives the footprint of **every** product. The footprint of our demand is then
# $\lambda \cdot f$.

# %%
intensity = np.linalg.solve(A.T, cB)
assert np.isclose(intensity @ f, cB @ s, rtol=1e-12)
bars_view(list(zip(names, intensity, strict=True)), unit="kg CO2e per unit", title="Footprint of one unit")

# %% [markdown]
# ### Exercise 1
#
# Better cells need 12.5 kWh per kilogram of liquid metal instead of 13.35. What is the footprint of the ingot in
# the chain of five then? Change one number of a copy of `A` and solve. Put the result in the place of `None`, run
# the cell, then the check cell below it (JupyterLab keeps its code folded).

# %%
answer_1 = None

# %% jupyter={"source_hidden": true}
better = A.copy()
better[2, 1] = -12.5
check(
    "Exercise 1",
    answer_1,
    cB @ np.linalg.solve(better, f),
    hint="Row 'grid', column 'liquid metal' holds the electricity of the cells, as an input: it is negative.",
)

# %% [markdown]
# ## 4. All of it
#
# The whole inventory is the same equation, only wider. carbonlab builds A and B from the recipes; where a recipe
# leaves something open, it asks a *rule* (more of that below). The block of our five processes is what we wrote
# by hand.

# %%
rules = cl.load_rule_set("default")
system = build_product_system([database], rules)
chain = ["aluminium_ingot_cn", "smelter_cn", "grid_cn", "power_coal_cn", "coal_mine_cn"]
block = [system.column_of(process) for process in chain]
full_A = system.matrices.A.toarray()
assert np.allclose(full_A[np.ix_(block, block)], A, rtol=2e-5)
system

# %%
evaluation = evaluate_system(system)
own = impact_weights(evaluation) @ system.matrices.B  # cB: own emissions of each column
ingot = block[0]
demand = np.zeros(len(own))
demand[ingot] = 1.0

scaling = np.linalg.solve(full_A, demand)
by_matrix = float(own @ scaling)
print(f"{by_matrix:.4f} kg CO2e per kg of ingot; the chain of five found {by_equation:.4f}")

# %% [markdown]
# ### How far does a tree get?
#
# Tier 0 is the ingot, tier 1 its suppliers, tier 2 theirs. With $Z = I - A D^{-1}$, where $D$ is the diagonal of
# $A$, tier $k$ is $Z^k f$, and the sum over all tiers is exactly the solution. We count the branches as well:
# what a person would have to write.

# %%
Z = np.eye(len(own)) - full_A / np.diag(full_A)
tier, branches, reached = demand, demand, 0.0
shares, tiers = [], []
for depth in range(13):
    reached += own @ (tier / np.diag(full_A))
    shares.append((f"up to tier {depth}", 100 * reached / by_matrix))
    tiers.append((depth, f"{branches.sum():,.0f}", f"{by_matrix - reached:.5f}"))
    tier, branches = Z @ tier, (Z != 0) @ branches
display(bars_view(shares[:9], unit="%", title="Share of the footprint that a tree finds"))
pd.DataFrame(tiers, columns=["tier", "branches in this tier", "still missing, kg CO2e"]).style.hide(axis="index")

# %% [markdown]
# Down to tier 5 the tree still misses 1.6 %, and by tier 12 it would have more branches than anybody can write
# down. The matrix has no tiers: it closes all loops at once.
#
# ### When the loop eats itself
#
# Let the mine use 5 kWh per kilogram of coal, as after a slip in the unit. One kilogram of coal gives less
# electricity than it takes to mine it. The tree grows without end. The matrix still gives a *number*, and the
# number is nonsense:

# %%
[mine_power] = [e.id for e in database.process("coal_mine_cn").exchanges if e.flow == "electricity"]
broken = evaluate_system(build_product_system([database.with_amounts({mine_power: 5.0})], rules))
column = broken.system.column_of("aluminium_ingot_cn")
print(f"{broken.intensity()[column]:.1f} kg CO2e per kg, status: {broken.status[column]}")
assert broken.status[column] == "non_productive"
broken

# %% [markdown]
# A negative footprint for burning coal: the equation has a solution, but no world belongs to it. So carbonlab
# looks at every loop, and marks every product upstream of which a loop consumes as much as it makes.
#
# ### Exercise 2
#
# Better refining saves alumina: 1.90 kg per kilogram of liquid metal instead of 1.93. How much does the footprint
# of the ingot fall? **Do not solve again**: `evaluation.intensity()` holds the footprint of one unit of every
# product, and `system.column_of("alumina_cn")` the place of alumina in it.

# %%
answer_2 = None

# %% jupyter={"source_hidden": true}
[alumina_input] = [e.id for e in database.process("smelter_cn").exchanges if e.flow == "alumina"]
saving = cl.Study.of(database.with_amounts({alumina_input: 1.90}), "aluminium_ingot_cn")
check(
    "Exercise 2",
    answer_2,
    by_matrix - float(cl.calculate(saving)["total"].squeeze()),
    hint="The smelter runs once per kilogram of ingot. How much alumina is saved, and what does 1 kg of it stand for?",
    mistakes={"That is the footprint of a whole kilogram of alumina. How much of it is saved?": evaluation.intensity()[
        system.column_of("alumina_cn")
    ]},
)

# %% [markdown]
# ## 5. The short way
#
# Read, ask, calculate, look. The result is a plain `xarray.Dataset`, with units and with the digests of all that
# it stands on.

# %%
study = cl.Study.of(database, "aluminium_ingot_cn", amount=1, unit="kg")
result = cl.calculate(study)
result_view(result)

# %%
by_process = result["process_contribution"].squeeze().to_series().sort_values(ascending=False)
names_of = dict(zip(result["process"].values, result["process_name"].values, strict=True))
largest = [(names_of[process], value) for process, value in by_process.head(8).items()]
rest = by_process.iloc[8:]
others = (f"{len(rest)} other processes", rest.sum())
bars_view([*largest, others], unit="kg CO2e per kg of ingot", title="Emitting processes")

# %% [markdown]
# Almost half of it is coal power. The International Aluminium Institute gives 14.8 kg CO2e/kg as the world
# average of 2023; the grid here holds more coal, and other reasons are discussed in `docs/teaching_inventory.md`.
#
# ## 6. Data or rule?
#
# So far every number followed from the recipes. Now open another one: the sawmill makes **four** products from
# one log.

# %%
recipe("sawmill")

# %% [markdown]
# How much of the sawmill's diesel belongs to the bark? No measurement can tell. A rule has to: by mass, by energy
# content, by price … carbonlab keeps such choices in a *rule set*, one rule per slot, each with its reference.

# %%
rules

# %% [markdown]
# On the bench below, the **baseline** is the default (by mass here). Turn the rule of the **alternative**, and
# watch the fossil emissions move from product to product. Try `equal` and `reference_flow`, and see what `stated`
# and `refuse` answer. Then show the *biogenic uptake* instead, and empty the field `inherent`: the carbon of the
# wood then leaves with the money.

# %%
bench = rules_bench(database, slots=["multifunctionality"], shown="sides", products="sawmill")
bench.alternative_control.slots["multifunctionality"].option.value = "price"
bench.part_control.value = "fossil"
bench

# %% [markdown]
# The recipe did not change, and the sum of the four hardly does. (Not *exactly* zero: the refinery that makes the
# sawmill's diesel has several products as well, and the rule was turned there too.) A rule moves burdens; it does
# not remove them.
#
# Whatever a view shows, it can say in code:

# %%
print(bench.to_code())

# %% [markdown]
# ### Exercise 3
#
# Which share of the fossil emissions of one run of the sawmill does the lumber carry under `price`? Read it from
# the bench, or work it out. Give a number between 0 and 1.

# %%
answer_3 = None

# %% jupyter={"source_hidden": true}
by_price = cl.calculate(bench.session.study, rules.replace(multifunctionality="price"))
fossil = by_price["footprint"].sel(component="fossil").sum(["stage", "year", "gas"]).squeeze()
check(
    "Exercise 3",
    answer_3,
    float(fossil.sel(product="lumber_green") / fossil.sum()),
    hint="Divide the number of the lumber by that of all products of the run, both in the column of the alternative.",
    between=(0, 1),
)

# %% [markdown]
# ## What to keep
#
# - A tree falls short where the supply chain has loops, and real ones have. A matrix closes them.
# - $s$ answers *what has to run*, $\lambda$ answers *what does one unit cost*. Both give the same footprint.
# - A loop that eats itself still gives a number. Trust a number only with its status.
# - Where one process makes several products, a rule decides. The data cannot.
#
# The last cell checks the headline number, the one of `calculate`, along three other ways: the sum over 200 tiers
# of the tree (multiplications only), the dense solution of section 4, and the footprint from above.

# %%
tier, by_tree = demand, 0.0
for _ in range(200):
    by_tree += own @ (tier / np.diag(full_A))
    tier = Z @ tier
headline = float(result["total"].squeeze())
assert np.isclose(headline, by_tree, rtol=1e-9)
assert np.isclose(headline, by_matrix, rtol=1e-9)
assert np.isclose(headline, evaluation.intensity()[ingot], rtol=1e-9)
assert by_hand < by_equation < headline
print(f"1 kg of primary aluminium ingot: {headline:.2f} kg CO2e")
