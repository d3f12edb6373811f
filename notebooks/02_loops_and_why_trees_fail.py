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
# # 2 · Loops, and why trees fail
#
# **Question.** Coal needs power, and power needs coal. How wrong is a footprint that stops walking somewhere, and
# when does the question itself stop making sense?
#
# **After this notebook you can**
#
# 1. sum a loop up to infinity with one division, and say what its *gain* is;
# 2. predict from the gain how many rounds a tree needs;
# 3. show that "leave out every branch below 1 %" can miss much more than 1 %;
# 4. recognize a loop that eats itself, and not trust the number that comes out.
#
# **Time:** 75 minutes with the four exercises. **You need:** notebook 1.
#
# The inventory is made from public figures *for teaching and for testing rules, not for declarations*.

# %%
import math

import numpy as np
import pandas as pd
from IPython.display import display

import carbonlab as cl
from carbonlab.results.contributions import impact_weights
from carbonlab.results.evaluation import evaluate_system
from carbonlab.system.pipeline import build_product_system
from carbonlab.teaching import check
from carbonlab.widgets import bars_view

# %% [markdown]
# ## 1. The smallest loop
#
# Two processes. A power plant burns 0.4 kg of coal and emits 1 kg CO2e per kWh. A mine uses 0.1 kWh per kilogram
# of coal and emits 0.2 kg CO2e. (These numbers are made up; those of the inventory come below.)
#
# Walk once around, from power to coal and back to power: one kWh asks for 0.4 × 0.1 = 0.04 kWh more. This product
# is the **gain** of the loop. The next round asks for 0.04 of that again, and so on:
#
# $$1 + g + g^2 + g^3 + \dots = \frac{1}{1-g} .$$

# %%
coal_per_kwh, kwh_per_coal = 0.4, 0.1
gain = coal_per_kwh * kwh_per_coal
once_around = 1.0 + coal_per_kwh * 0.2  # kg CO2e of one kWh and of its coal

rounds = [once_around * gain**k for k in range(6)]
by_series = once_around / (1 - gain)
print("rounds added up:", np.cumsum(rounds).round(6))
print(f"all rounds: {by_series:.6f} kg CO2e per kWh")

# %% [markdown]
# The matrix gives the same without any rounds, because it solves for both processes at once.

# %%
A = np.array([[1.0, -kwh_per_coal], [-coal_per_kwh, 1.0]])  # rows and columns: power, coal
by_solve = np.array([1.0, 0.2]) @ np.linalg.solve(A, [1.0, 0.0])
assert math.isclose(by_solve, by_series)
print(f"{by_solve:.6f} kg CO2e per kWh")

# %% [markdown]
# ### Exercise 1
#
# A refinery burns 8 % of the fuel that it makes to run itself. How many liters must it make in all, so that one
# liter leaves the gate? Put the number in the place of `None`.

# %%
answer_1 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 1",
    answer_1,
    1 / (1 - 0.08),
    tolerance=0.001,
    hint="The gain is 0.08. One liter, and the fuel to make it, and the fuel to make that fuel …",
    mistakes={"That is one round. The fuel that the refinery burns had to be made as well.": 1.08},
)

# %% [markdown]
# ## 2. When the gain grows
#
# Let the mine go deeper and deeper: more and more power per kilogram of coal.

# %%
rows = []
for deeper in (0.1, 0.5, 1.0, 2.0, 2.4, 2.49, 2.6, 5.0):
    g = coal_per_kwh * deeper
    solved = np.array([1.0, 0.2]) @ np.linalg.solve([[1.0, -deeper], [-coal_per_kwh, 1.0]], [1.0, 0.0])
    tree = once_around * sum(g**k for k in range(50))
    rows.append((deeper, g, f"{tree:,.4g}", f"{solved:,.4g}"))
pd.DataFrame(
    rows, columns=["kWh per kg of coal", "gain", "tree of 50 rounds, kg CO2e", "matrix, kg CO2e"]
).style.hide(axis="index").format({"gain": "{:.3f}", "kWh per kg of coal": "{:g}"})

# %% [markdown]
# Read the last two rows twice. Above a gain of one **the tree grows without end, and the matrix answers with a
# negative number**, calmly. The equation has a solution, but it says that the power plant has to run *backwards*.
# No software may show such a number without a warning.
#
# ## 3. The loops of the inventory
#
# A group of processes that all need each other, directly or through others, is called *strongly connected*.
# carbonlab looks for these groups, and gives each its gain: by how much the needs grow from round to round once the
# rounds have settled (the largest eigenvalue of the group).

# %%
database = cl.load_teaching_inventory()
rules = cl.load_rule_set("default")
system = build_product_system([database], rules)
evaluation = evaluate_system(system)
full_A = system.matrices.A.toarray()
process_names = database.column("processes", "name")

loops = []
for loop in evaluation.loops:
    members = sorted({process_names[row] for row in system.columns.process[loop.indices]})
    shown = ", ".join(members[:4]) + (f" and {len(members) - 4} more" if len(members) > 4 else "")
    loops.append((f"{loop.gain:.4f}", shown))
pd.DataFrame(loops, columns=["gain", "processes"]).style.hide(axis="index").set_properties(
    **{"text-align": "left"}
)

# %% [markdown]
# Trust, but verify: take one group out of the matrix, and ask numpy for its eigenvalues. Inputs per unit of output
# are $Z = I - A D^{-1}$, where $D$ is the diagonal of $A$.

# %%
Z = np.eye(len(full_A)) - full_A / np.diag(full_A)
for loop in evaluation.loops:
    by_numpy = np.abs(np.linalg.eigvals(Z[np.ix_(loop.indices, loop.indices)])).max()
    assert math.isclose(by_numpy, loop.gain, rel_tol=1e-6)
largest_gain = max(loop.gain for loop in evaluation.loops)
in_loops = sum(len(loop.indices) for loop in evaluation.loops)
print(f"largest gain {largest_gain:.4f}; {in_loops} of {len(full_A)} products are in a loop, the others in none")

# %% [markdown]
# The largest group is no oddity of this inventory: fuels move trucks, ships and trains, which move fuels; power
# runs the pipelines that feed power plants. In a large real database thousands of processes hang together.
#
# ### Exercise 2
#
# What a tree misses after $k$ rounds shrinks by the gain in each round. With the largest gain above, how many
# rounds are needed until less than a thousandth of the first round's gap is left? (A whole number.)

# %%
answer_2 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 2",
    answer_2,
    lambda: math.ceil(math.log(0.001) / math.log(largest_gain)),
    tolerance=0,
    hint="Look for the first whole k with gain to the power of k below 0.001. Logarithms help, and so does trying.",
)

# %% [markdown]
# ## 4. Does the prediction hold?
#
# We walk the tree of diesel, tier by tier, and write down what is still missing, and which part of the tier before
# that is. If the gain tells the truth, the last column has to settle at it.

# %%
own = impact_weights(evaluation) @ system.matrices.B  # kg CO2e that each column emits itself
diagonal = np.diag(full_A)
start = system.column_of("refinery", "diesel")
demand = np.zeros(len(own))
demand[start] = 1.0
by_matrix = float(own @ np.linalg.solve(full_A, demand))

tier, found, missing = demand, 0.0, []
for _ in range(16):
    found += float(own @ (tier / diagonal))
    missing.append(by_matrix - found)
    tier = Z @ tier
shrinks = np.array(missing[1:]) / np.array(missing[:-1])
pd.DataFrame(
    {"tier": range(1, 16), "still missing, kg CO2e": missing[1:], "of the tier before": shrinks}
).style.hide(axis="index").format({"still missing, kg CO2e": "{:.2e}", "of the tier before": "{:.4f}"})

# %%
assert abs(shrinks[-1] - largest_gain) < 0.01, "the gain should be what remains when the tiers have settled"
print(f"the tiers settle at {shrinks[-1]:.4f} per tier; the gain is {largest_gain:.4f}")

# %% [markdown]
# ## 5. "We leave out everything below 1 %"
#
# People who walk trees do not walk them to the end; they drop small branches. Here is such a walker: it follows a
# branch only if what it *would* find there is at least a given share of the total. (It even knows the true
# footprint of each branch, which a person would not.) How much does it lose?


# %%
def walk(column, amount, smallest):
    """Return what a walker finds who drops branches below `smallest` [kg CO2e], and how many it visited."""
    found, visited = own[column] / diagonal[column] * amount, 1
    for supplier in np.flatnonzero(Z[:, column]):
        needed = Z[supplier, column] * amount
        if abs(needed * evaluation.intensity()[supplier]) >= smallest:
            more, steps = walk(supplier, needed, smallest)
            found, visited = found + more, visited + steps
    return found, visited


ingot = system.column_of("aluminium_ingot_cn")
ingot_footprint = float(evaluation.intensity()[ingot])
lost, walks = [], []
for share in (0.05, 0.02, 0.01, 0.001, 0.0001):
    found, visited = walk(ingot, 1.0, share * ingot_footprint)
    lost.append((f"drop below {share:.2%}", 100 * (1 - found / ingot_footprint)))
    walks.append((f"{share:.2%}", f"{visited:,}", f"{100 * (1 - found / ingot_footprint):.2f} %"))
display(bars_view(lost, unit="%", title="Aluminium ingot, 1 kg: what the walker loses of the footprint"))
pd.DataFrame(walks, columns=["drops branches below", "visits", "loses"]).style.hide(axis="index")

# %% [markdown]
# Each dropped branch is small. Their *sum* is not, because there are many of them. That is why rule books give two
# limits, one per branch and one for all together, and why a footprint should come with **the bill of what was
# cut**. carbonlab writes that bill: see the slot `cut_off`.
#
# ### Exercise 3
#
# Make the walker lose as much as possible: what share of the footprint of **one kilowatt-hour from the Chinese grid**
# (`grid_cn`) does it lose if it drops every branch below 10 %? Use `walk`, and give a number between 0 and 1.

# %%
answer_3 = None

# %% jupyter={"source_hidden": true}
_grid = system.column_of("grid_cn")
_whole = float(evaluation.intensity()[_grid])
check(
    "Exercise 3",
    answer_3,
    lambda: 1 - walk(_grid, 1.0, 0.1 * _whole)[0] / _whole,
    hint="walk returns two things; the first is what is found. The limit is 0.1 times the footprint of the grid.",
    mistakes={"That is what is found. What is lost?": lambda: walk(_grid, 1.0, 0.1 * _whole)[0] / _whole},
    between=(0, 1),
)

# %% [markdown]
# ## 6. A rule can close a loop tighter
#
# The gain is not a fact of nature. The refinery makes nine products and a blast furnace three; which of them carries
# the inputs, and so passes them on around the loop, is decided by the rule for co-products. Turn it:

# %%
gains = []
for option in ("mass", "energy", "price", "reference_flow", "equal"):
    turned = rules.replace(multifunctionality=option)
    found_loops = evaluate_system(build_product_system([database], turned)).loops
    gains.append((option, max(loop.gain for loop in found_loops)))
bars_view(gains, unit="-", title="Largest loop gain under rules for co-products")

# %% [markdown]
# On a real database the difference can be dramatic. In the US LCI database (release FY17.Q4) the largest gain is 0.55
# under `mass` and 1.64 under `equal`, with all other rules as in the set `default`. The same data, and under one of
# the two rules no world belongs to the numbers. (Notebook 12 looks at that loop.)
#
# ## 7. The loop that eats itself
#
# We go back to the Chinese coal mine, and let it use more and more power, until its loop has a gain above one.

# %%
[mine_power] = [e.id for e in database.process("coal_mine_cn").exchanges if e.flow == "electricity"]
said = []
for amount in (0.0387, 2.0, 4.0, 5.0):
    changed = evaluate_system(build_product_system([database.with_amounts({mine_power: amount})], rules))
    column = changed.system.column_of("aluminium_ingot_cn")
    said.append((amount, f"{changed.intensity()[column]:,.1f}", str(changed.status[column])))
pd.DataFrame(said, columns=["kWh per kg of coal", "kg CO2e per kg of ingot", "status"]).style.hide(axis="index").format(
    {"kWh per kg of coal": "{:g}"}
)

# %% [markdown]
# ### Exercise 4
#
# At which amount of power per kilogram of coal does the loop of the Chinese mine reach a gain of one? The loop has
# three members: the grid takes 0.67869 kWh of coal power per kWh, coal power takes 0.33896 kg of coal per kWh, and the
# mine takes the amount that is asked for.

# %%
answer_4 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 4",
    answer_4,
    1 / (0.67869 * 0.33896),
    hint="The gain is the product of the three numbers around the loop. For which third number is it one?",
    mistakes={"That is the gain without the mine. What has to be multiplied to it to make one?": 0.67869 * 0.33896},
)

# %% [markdown]
# ## What to keep
#
# - A loop is a series, and its sum is one division: $1/(1-g)$.
# - The gain says how fast a tree converges. Below one it converges slowly or quickly; above one, never.
# - A solution exists above one as well. It is nonsense, and only its status tells.
# - Many small branches make a large sum. Ask for the bill of what was cut.
#
# The last cell checks the headline number, the footprint of a liter of diesel, along three ways: the series of
# tiers, the dense solution, and carbonlab's own.

# %%
tier, by_tiers = demand, 0.0
for _ in range(200):
    by_tiers += float(own @ (tier / diagonal))
    tier = Z @ tier
headline = float(evaluation.intensity()[start])
assert np.isclose(headline, by_tiers, rtol=1e-9)
assert np.isclose(headline, by_matrix, rtol=1e-9)
assert largest_gain < 1
assert said[-1][2] == "non_productive"
print(f"1 l of diesel from the refinery: {headline:.3f} kg CO2e")
