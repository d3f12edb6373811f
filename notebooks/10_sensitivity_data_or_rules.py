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
# # 10 · Data or rules?
#
# **Question.** A footprint is uncertain. Would better data help, or a clearer rule?
#
# **After this notebook you can**
#
# 1. get the sensitivity of a footprint to *every* number of an inventory from two solutions;
# 2. turn sensitivities and spreads into shares of the variance, and name the numbers worth measuring again;
# 3. treat a choice of rules as one more thing that varies, and set it beside the data;
# 4. split the variance of a crossed design into data, rules, and what only both together do.
#
# **Time:** 90 minutes with the four exercises. **You need:** notebooks 1 and 9; variance.
#
# The inventory is made from public figures *for teaching and for testing rules, not for declarations*.

# %%
import os
from dataclasses import replace

import numpy as np
import pandas as pd

import carbonlab as cl
from carbonlab.compare.rule_space import explore_rules
from carbonlab.results.evaluation import evaluate_system
from carbonlab.rules.ruleset import Line, Rule
from carbonlab.rules.selectors import Selector
from carbonlab.sampling.plan import SamplingPlan
from carbonlab.sensitivity.data_and_rules import data_and_rules
from carbonlab.sensitivity.first_order import first_order
from carbonlab.sensitivity.variance import split_with_draws, variance_by_factor
from carbonlab.system.pipeline import build_product_system
from carbonlab.teaching import check
from carbonlab.widgets import bars_view

SMALL = os.environ.get("CARBONLAB_NOTEBOOK_SIZE") == "small"  # fewer draws, for automatic tests
DRAWS = 40 if SMALL else 150

# %% [markdown]
# ## 1. Two solutions, all derivatives
#
# Two cements again: Portland cement, and Portland slag cement, in which blast-furnace slag replaces a third of
# the clinker.

# %%
cement = cl.read_study(cl.study_path("cement"))
asked = tuple(unit for unit in cement.units if unit.key in ("portland", "slag_cement"))
plan = SamplingPlan(pedigree="ecoinvent_3", draws=DRAWS, seed=1)
study = replace(cement, units=asked).with_sampling(plan)
default = cl.load_rule_set("default")

evaluation = evaluate_system(build_product_system([study.foreground, *study.databases], default))
system = evaluation.system
A, B = system.matrices.A.toarray(), system.matrices.B
c = evaluation.factors @ evaluation.weights  # kg CO2e per unit of each elementary flow

f = np.zeros(len(A))
f[system.column_of("cement_blended_delivered")] = 1000.0  # kg
s = np.linalg.solve(A, f)  # what has to run for one tonne of slag cement
intensity = np.linalg.solve(A.T, c @ B)  # what one unit of every product stands for
footprint = float(c @ B @ s)
print(
    f"1 t of Portland slag cement: {footprint:.2f} kg CO2e, from {system.database.exchanges.num_rows} exchanges"
)

# %% [markdown]
# Change one entry $a_{ij}$ of the technology matrix by a little. Row $i$ is a product with footprint $\lambda_i$,
# column $j$ a process that runs $s_j$ times. So the footprint changes by
#
# $$\frac{\partial h}{\partial a_{ij}} = -\lambda_i \, s_j , \qquad
#   \frac{\partial h}{\partial b_{ij}} = c_i \, s_j ,$$
#
# and $\lambda$ and $s$ are all that is needed, however many numbers there are. In words: *a kilogram more of
# clinker in the recipe costs the footprint of a kilogram of clinker, as often as the recipe is used.* Test it on
# the heat of the kiln, against a second calculation with one percent more.

# %%
kiln, heat = system.column_of("clinker_cn"), system.column_of("coal_furnace_cn")
derivative = -intensity[heat] * s[kiln]  # per unit of the matrix entry, in which inputs are negative
more = A.copy()
more[heat, kiln] *= 1.01
exact = c @ B @ np.linalg.solve(more, f) - footprint
print(
    f"by the formula: {derivative * 0.01 * A[heat, kiln]:.4f} kg CO2e; calculated again: {exact:.4f} kg CO2e"
)

# %% [markdown]
# ### Exercise 1
#
# The **elasticity** says by how many percent the footprint rises when a number rises by one percent. What is the
# elasticity of the slag cement to the heat of the kiln? Use `derivative`, the entry `A[heat, kiln]` and
# `footprint`.

# %%
answer_1 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 1",
    answer_1,
    lambda: derivative * A[heat, kiln] / footprint,
    hint="Change of the footprint for one percent of the entry, as a percentage of the footprint.",
    mistakes={"That is in kg CO2e: divide by the footprint.": lambda: derivative * A[heat, kiln]},
)

# %% [markdown]
# ## 2. From sensitivity to variance
#
# A number matters if the footprint reacts to it *and* if it is uncertain. To first order, and for independent
# numbers,
#
# $$\operatorname{Var}(h) \approx \sum_x \left(\frac{\partial h}{\partial x}\right)^2 \operatorname{Var}(x) ,$$
#
# and each number has its share of the sum. `first_order` does this for all of them.

# %%
first = first_order(study, product="slag_cement", rule_set=default)
largest = first.sortby("share", ascending=False).isel(input=slice(8))
columns = ["process", "flow", "elasticity", "share"]
table = largest[["share", "elasticity"]].to_dataframe()[columns].reset_index(drop=True)
table.style.hide(axis="index").format({"elasticity": "{:.3f}", "share": "{:.1%}"}).set_properties(
    subset=["process", "flow"], **{"text-align": "left"}
)

# %%
swing = largest["derivative"] * largest["standard_deviation"]
rows = [(f"row {row}: {x.flow.item()}", float(x)) for row, x in enumerate(swing, start=1)]
bars_view(rows, unit="kg CO2e/t", title="One standard deviation more of the number in each row of the table (tornado)")

# %% [markdown]
# Four numbers make up almost all of the variance, of more than a thousand that are uncertain. The first is a
# recipe that the mill could simply *tell* us. Measuring the other thousand again would be wasted effort.
#
# ### Exercise 2
#
# The mill weighs its clinker, so that the share of this number falls to zero. Which part of the *standard
# deviation* of the footprint is left (a number between 0 and 1)? `table["share"]` has the shares of the variance.

# %%
answer_2 = None

# %% jupyter={"source_hidden": true}
top = float(table["share"][0])
check(
    "Exercise 2",
    answer_2,
    lambda: (1 - top) ** 0.5,
    hint="What is left of the variance is one minus the share. And of the standard deviation?",
    mistakes={"That is the part of the variance: take the root.": 1 - top},
    between=(0, 1),
)

# %% [markdown]
# ## 3. Rules vary too
#
# Nothing of this says which share of the blast furnace belongs to slag. So let rules vary as well: three keys of
# allocation, and the time horizon over which gases are counted. Six combinations, no draws yet.

# %%
as_stated = default.rules["multifunctionality"]


def for_blast_furnace(option):
    """Return the rule with another key for the blast furnace alone."""
    return Rule("multifunctionality", (Line(option, Selector(process="blast_furnace")), *as_stated.lines))


choices = {
    "multifunctionality": {
        "price, as stated": as_stated,
        "mass": for_blast_furnace("mass"),
        "pig iron carries all": for_blast_furnace("reference_flow"),
    },
    "characterization": {"100 years": "gwp100_ar6", "20 years": "gwp20_ar6"},
}
space = explore_rules(study, default, choices)["total"]
space.sel(product="slag_cement").to_pandas().style.format("{:.0f}").set_caption("slag cement, kg CO2e/t")

# %%
space.sel(product="portland").to_pandas().style.format("{:.0f}").set_caption("Portland cement, kg CO2e/t")

# %% [markdown]
# ### Exercise 3
#
# How much of the variance over these six footprints of the *slag cement* does the key of allocation account for
# alone? It is the variance of the three row means, divided by the variance of all six numbers (a number between 0
# and 1). All six count the same; use `space.sel(product="slag_cement").values`, or the table.

# %%
answer_3 = None

# %% jupyter={"source_hidden": true}
six = space.sel(product="slag_cement").values
check(
    "Exercise 3",
    answer_3,
    lambda: variance_by_factor(six).main[0],
    hint="Mean of each row (axis=1), then .var() of the three means, divided by .var() of all six.",
    mistakes={
        "That is the share of the other slot, the time horizon.": lambda: variance_by_factor(six).main[1],
        "Divide the variance of the row means by the variance of all six.": lambda: six.mean(axis=1).var(),
    },
    between=(0, 1),
)

# %% [markdown]
# Almost all of it; for the Portland cement, which takes no slag, none at all.
#
# ## 4. Data and rules in one design
#
# Now cross them: every draw of the data under every combination of rules. The variance of such a table falls into
# three parts without a remainder:
#
# - **data**: the mean over rules differs from draw to draw;
# - **rules**: the mean over draws differs from rule to rule;
# - **both**: what the rule does depends on the draw (interaction).

# %%
design = data_and_rules(study, choices, base=default, draws=DRAWS, seed=plan.seed)["total"]
names = {"slag_cement": "slag cement", "portland": "Portland cement"}
splits = {key: split_with_draws(design.sel(product=key).values) for key in names}
pd.DataFrame(
    {
        names[key]: [
            f"{share:.1%} ({low:.1%} to {high:.1%})" for share, (low, high) in zip(x.shares, x.interval)
        ]
        for key, x in splits.items()
    },
    index=["data", "rules", "both together"],
)

# %% [markdown]
# **The same kiln, the same data, other advice.** For Portland cement: measure. For slag cement nearly half of the
# variance is rules, and no measurement takes that half away: without a common rule two declarations will not agree,
# however good their data.
#
# ### Exercise 4
#
# How much of the variance of the slag cement would be due to rules, if all data variance and interaction were cut
# to a quarter (all spreads halved)? Use `splits["slag_cement"].shares`: data, rules, both. Give a number between
# 0 and 1.

# %%
answer_4 = None

# %% jupyter={"source_hidden": true}
data, rules, both = splits["slag_cement"].shares
check(
    "Exercise 4",
    answer_4,
    lambda: rules / (rules + (data + both) / 4),
    hint="Divide data and interaction by four, leave the rules, and ask for their share of the new sum.",
    mistakes={
        "Spreads are halved: variances fall to a quarter.": rules / (rules + (data + both) / 2),
        "The sum of all three has changed too: divide by the new one.": rules,
    },
)

# %% [markdown]
# The shares depend on what you let vary. With other options, or with options weighted by how likely a committee
# is to choose them, there are other shares. Say which options a "share of rules" is about.
#
# ## What to keep
#
# - Two solutions give the derivative by every number. A sensitivity is not yet an uncertainty.
# - Few numbers make up most of the variance: measure these.
# - Put rule choices beside the data. The part of the rules stays, however good the data become.
#
# The last cell checks the headline, the share of the rules in the variance of the slag cement, along two other
# ways: the sums of squares written out, and the means and standard deviations that `simulate` collects without
# keeping a single draw. The second knows no interaction, so that it is off by at most the part of the rules'
# variance that few draws pretend, interaction divided by the number of draws.

# %%
headline = float(splits["slag_cement"].shares[1])

y = design.sel(product="slag_cement").values.reshape(DRAWS, -1)
by_draw, by_rule, mean = y.mean(axis=1, keepdims=True), y.mean(axis=0, keepdims=True), y.mean()
count = y.shape[1]
of_both = ((y - by_draw - by_rule + mean) ** 2).sum() / ((DRAWS - 1) * count)
of_data = ((by_draw - mean) ** 2).sum() / (DRAWS - 1)
of_rules = ((by_rule - mean) ** 2).mean() - of_both / DRAWS
by_sums_of_squares = of_rules / (of_data + of_rules + of_both)

each = [
    default.replace(multifunctionality=key, characterization=horizon)
    for key in choices["multifunctionality"].values()
    for horizon in choices["characterization"].values()
]
simulated = cl.simulate(study, rule_sets=each).sel(product="slag_cement")
between, within = simulated["mean"].var(ddof=0), (simulated["standard_deviation"] ** 2).mean()
by_simulation = float(between / (between + within))

assert np.isclose(headline, by_sums_of_squares, rtol=1e-9)
assert np.isclose(headline, by_simulation, rtol=1.5 * of_both / DRAWS / of_rules + 1e-6)
assert headline > 0.25 > 0.1 > splits["portland"].shares[1]
print(
    f"rules are {headline:.0%} of the variance of the slag cement, {splits['portland'].shares[1]:.1%} of the other"
)
