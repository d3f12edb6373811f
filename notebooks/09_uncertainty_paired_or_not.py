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
# # 9 · Two wide histograms, and a difference that is certain
#
# **Question.** The footprints of two cements are known to a quarter, give or take. Can anybody still say which
# one is smaller?
#
# **After this notebook you can**
#
# 1. say where the spread of a number comes from, and draw an inventory many times;
# 2. explain why two overlapping histograms say nothing about a difference;
# 3. compare products and rule sets on the *same* draws, and give the probability of the order;
# 4. tell how many draws are enough, and what no number of draws can show.
#
# **Time:** 75 minutes with the four exercises. **You need:** notebook 1; mean and standard deviation.
#
# The inventory is made from public figures *for teaching and for testing rules, not for declarations*.

# %%
import os
from dataclasses import replace

import numpy as np
import pandas as pd

import carbonlab as cl
from carbonlab.results.evaluation import evaluate_system
from carbonlab.rules.ruleset import Line, Rule
from carbonlab.rules.selectors import Selector
from carbonlab.sampling.inputs import inputs_of
from carbonlab.sampling.plan import SamplingPlan
from carbonlab.sensitivity.data_and_rules import data_and_rules
from carbonlab.system.drawn_amounts import DrawnAmounts
from carbonlab.system.pipeline import build_product_system
from carbonlab.teaching import check
from carbonlab.widgets import bars_view

SMALL = os.environ.get("CARBONLAB_NOTEBOOK_SIZE") == "small"  # fewer draws, for automatic tests
DRAWS = 100 if SMALL else 300

# %% [markdown]
# ## 1. Where a spread comes from
#
# Nobody measured the coal of *this* kiln. The value comes from another year, another place, another technology,
# and each of these is scored from 1 (good) to 5 (poor): the **pedigree** of a number.

# %%
cement = cl.read_study(cl.study_path("cement"))
background = cement.databases[0]
pd.DataFrame(
    [
        (background.flow(e.flow).name, e.amount, background.flow(e.flow).unit, e.pedigree)
        for e in background.process("clinker_cn").exchanges
    ],
    columns=["exchange of the kiln", "amount", "unit", "pedigree"],
).style.hide(axis="index").format({"amount": "{:.4g}"}).set_properties(
    subset=["exchange of the kiln", "unit", "pedigree"], **{"text-align": "left"}
)

# %% [markdown]
# A published table turns scores into a *geometric standard deviation* (GSD): about 95 % of the draws lie between
# the amount divided by GSD² and the amount times GSD². A sampling plan says which table, how many draws, and from
# which seed.

# %%
plan = SamplingPlan(pedigree="ecoinvent_3", draws=DRAWS, seed=1)
asked = tuple(unit for unit in cement.units if unit.key in ("portland", "slag_cement"))
study = replace(cement, units=asked).with_sampling(plan)

default = cl.load_rule_set("default")
system = build_product_system([study.foreground, *study.databases], default)
inputs = inputs_of(system.database, plan)
print(f"{len(inputs)} of {system.database.exchanges.num_rows} exchanges are uncertain")
print(
    f"their GSD, where a shape has one: median {np.nanmedian(inputs.scale):.2f}, largest {np.nanmax(inputs.scale):.2f}"
)

# %% [markdown]
# ## 2. One footprint becomes many
#
# For each draw all uncertain amounts are drawn, and *all* products are solved. (`characterization` has a single
# choice here; the next sections put rules beside each other.)

# %%
drawn = data_and_rules(
    study, {"characterization": ["gwp100_ar6"]}, base=default, draws=DRAWS, seed=plan.seed
)
totals = drawn["total"].squeeze("characterization")
portland, slag = (totals.sel(product=key).values for key in ("portland", "slag_cement"))


def histogram(values, title, steps=12):
    """Show how often each range of values was drawn."""
    counts, edges = np.histogram(values, steps)
    rows = [
        (f"{a:,.0f} to {b:,.0f}", 100 * n / len(values))
        for n, a, b in zip(counts, edges, edges[1:], strict=False)
    ]
    return bars_view(rows, unit="% of draws", title=title)


histogram(portland, "1 t of Portland cement, bagged, delivered, kg CO2e")

# %%
histogram(slag, "1 t of Portland slag cement, bagged, delivered, kg CO2e")

# %%
summary = pd.DataFrame(
    {
        name: [values.mean(), values.std(ddof=1), *np.quantile(values, [0.025, 0.975])]
        for name, values in {"Portland": portland, "slag cement": slag}.items()
    },
    index=["mean", "standard deviation", "2.5 % of the draws below", "97.5 % of the draws below"],
)
summary.style.format("{:.0f}").set_caption("kg CO2e per tonne")

# %% [markdown]
# The two ranges overlap widely. "The difference is within the uncertainty", many a report would say here. It does
# not follow.
#
# ## 3. What they share cancels
#
# Think of two numbers with a common part, $A = c + a$ and $B = c + b$. However uncertain $c$ is, it is not in
# $A - B = a - b$ at all:

# %%
dice = np.random.default_rng(7)
c, a, b = dice.normal(500, 100, 1000), dice.normal(300, 20, 1000), dice.normal(250, 20, 1000)
print(f"A: {(c + a).std():.0f}, B: {(c + b).std():.0f}, their difference: {((c + a) - (c + b)).std():.0f}")

# %% [markdown]
# Both cements grind the same clinker from the same kiln, with electricity from the same grid. So take the
# difference **draw by draw**, and only then look at its spread. Shuffling one of the two shows what is lost
# without pairing.

# %%
paired = portland - slag
shuffled = portland - np.random.default_rng(0).permutation(slag)
correlation = np.corrcoef(portland, slag)[0, 1]
print(f"correlation of the two footprints: {correlation:.2f}")
print(f"difference, paired:   {paired.mean():.0f} ± {paired.std(ddof=1):.0f} kg CO2e/t")
print(f"difference, shuffled: {shuffled.mean():.0f} ± {shuffled.std(ddof=1):.0f} kg CO2e/t")
print(f"slag cement is smaller in {100 * (paired > 0).mean():.0f} % of the draws")

# %% [markdown]
# ### Exercise 1
#
# Without drawing again: what is the standard deviation of the paired difference, from the standard deviations of
# the two footprints and their correlation $\rho$? Use
# $\sigma_{A-B}^2 = \sigma_A^2 + \sigma_B^2 - 2 \rho \sigma_A \sigma_B$ and the values in `summary`
# and `correlation` (kg CO2e per tonne).

# %%
answer_1 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 1",
    answer_1,
    lambda: paired.std(ddof=1),
    hint="Square, add, take away twice the product times the correlation, and take the root.",
    mistakes={
        "That is without the correlation: as if nothing were shared.": (
            lambda: np.hypot(portland.std(ddof=1), slag.std(ddof=1))
        ),
        "Take the root: this is the variance.": lambda: paired.var(ddof=1),
    },
)

# %% [markdown]
# The correlation is lower than you may have expected. How much clinker each *mill* grinds is drawn for each mill
# apart, with a spread of its own, as if 95 % of clinker in Portland cement were a guess. Nobody tells the
# computer that clinker and gypsum have to add up to one tonne. Spreads from scores are a convention, and rather a
# generous one.
#
# ## 4. Rules on the same draws
#
# Now the rule: the blast furnace makes pig iron and slag. The inventory states shares by price (slag carries
# about 3 %). By mass it would carry 22 %. One line of the rule, for one process, everything else unchanged:

# %%
as_stated = default.rules["multifunctionality"]
slag_by_mass = Rule("multifunctionality", (Line("mass", Selector(process="blast_furnace")), *as_stated.lines))
by_mass = default.replace(multifunctionality=slag_by_mass)

simulated = cl.simulate(study, rule_sets=[default, by_mass])
static = simulated["static"].to_pandas().set_axis(["slag by price, as stated", "slag by mass"])
static.style.format("{:.0f}").set_caption("kg CO2e per tonne, stated amounts")

# %% [markdown]
# The rule alone turns the order of the two cements around. How sure is that, with data so poor?

# %%
of_slag = simulated.sel(product="slag_cement")
single = of_slag["standard_deviation"].values
mean_difference = float(of_slag["difference_mean"][1])
spread_difference = float(of_slag["difference_standard_deviation"][1])
higher = float(of_slag["probability_higher"][1, 0])
print(f"footprint by price or by mass: each ± {single[0]:.0f} and ± {single[1]:.0f} kg CO2e/t")
print(f"difference, paired:            {mean_difference:.0f} ± {spread_difference:.0f} kg CO2e/t")
print(f"by mass is higher in {100 * higher:.1f} % of the draws")
headline = mean_difference

# %% [markdown]
# The data decide *how large* the effect of the rule is, they hardly ever decide its *direction*. Two independent
# histograms would have hidden that. `simulate` never compares numbers of different draws: every draw is solved
# under all rule sets, and only statistics are kept, so that a million draws need no more memory than a thousand.
#
# ### Exercise 2
#
# Suppose somebody ran the two rule sets one after the other, with different draws. What would the standard
# deviation of the difference be then, in kg CO2e per tonne? (`single` holds that of each.)

# %%
answer_2 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 2",
    answer_2,
    lambda: np.hypot(*single),
    hint="Variances of independent numbers add up; their standard deviations do not.",
    mistakes={"Standard deviations do not add: square them first.": lambda: single.sum()},
)

# %% [markdown]
# ### Exercise 3
#
# Under `by_mass`, which share of the draws has the slag cement *below* Portland cement? The variable
# `product_probability_higher` of `simulated` has it, for each rule set, product and other product. Give a number
# between 0 and 1.

# %%
answer_3 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 3",
    answer_3,
    lambda: float(
        simulated["product_probability_higher"]
        .isel(rule_set=1)
        .sel(product="portland", other_product="slag_cement")
    ),
    hint="Slag cement below Portland is Portland higher than slag cement. The second rule set is isel(rule_set=1).",
    mistakes={
        "That is under the first rule set, by price.": lambda: float(
            simulated["product_probability_higher"]
            .isel(rule_set=0)
            .sel(product="portland", other_product="slag_cement")
        ),
        "That is the other way round: slag cement above Portland cement.": lambda: float(
            simulated["product_probability_higher"]
            .isel(rule_set=1)
            .sel(product="slag_cement", other_product="portland")
        ),
    },
    absolute=0.002,
)

# %% [markdown]
# ## 5. How many draws?
#
# The mean of $n$ draws is uncertain by $\sigma / \sqrt n$, its *standard error*. Four times the draws halve it. Look at
# the mean difference of the two cements as draws come in, and at what pairing is worth:

# %%
rows = []
for n in (10, 30, 100, DRAWS):
    rows.append((n, paired[:n].mean(), *(x[:n].std(ddof=1) / np.sqrt(n) for x in (paired, shuffled))))
pd.DataFrame(
    rows,
    columns=["draws", "mean of Portland − slag", "its standard error", "its standard error if shuffled"],
).style.hide(axis="index").format(precision=1)

# %% [markdown]
# `cl.simulate(study, draws=100_000, until=0.01)` stops by itself, as soon as the mean is known to one percent.
#
# More draws make the *mean* sharper. They never make the spread smaller, and they do not repair a wrong amount, a
# forgotten process or a rule. A narrow interval from poor scores is no quality mark.
#
# ### Exercise 4
#
# How many *unpaired* draws of each rule set would be needed, before the standard error of the mean difference is
# as small as that of the paired difference with 100 draws? (Use `single` and `spread_difference`.)

# %%
answer_4 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 4",
    answer_4,
    lambda: 100 * (single[0] ** 2 + single[1] ** 2) / spread_difference**2,
    hint="Set spread / √100 equal to the unpaired standard deviation (exercise 2) / √n, and solve for n.",
    mistakes={"Draws go with the square of the spread.": lambda: 100 * np.hypot(*single) / spread_difference},
    tolerance=0.02,
)

# %% [markdown]
# ## What to keep
#
# - Overlap of two histograms says nothing about a difference: what both share cancels in it.
# - Compare draw by draw, and give the probability of the order beside the difference.
# - A rule moved the slag cement by more than one standard deviation of the data, in the same direction in every
#   draw.
# - Scores turned into spreads are a convention. State it.
#
# The last cell checks the headline, the mean paired difference between the two rule sets, along two other ways: the
# footprints of all draws kept and subtracted here, and every draw solved densely by numpy.

# %%
options = {"multifunctionality": {"stated": as_stated, "mass": slag_by_mass}}
each = data_and_rules(study, options, base=default, draws=DRAWS, seed=plan.seed)["total"]
each = each.sel(product="slag_cement")
by_all_draws = float((each.sel(multifunctionality="mass") - each.sel(multifunctionality="stated")).mean())


def dense(rules):
    """Solve every draw with numpy: footprints (draws,) of one tonne of slag cement, kg CO2e."""
    evaluation = evaluate_system(build_product_system([study.foreground, *study.databases], rules))
    weights = evaluation.factors @ evaluation.weights
    everything = np.arange(evaluation.system.database.exchanges.num_rows)
    amounts = DrawnAmounts.of(evaluation.system, inputs).amounts(everything, np.arange(DRAWS)).T
    demand = np.zeros(len(evaluation.system.columns))
    demand[evaluation.system.column_of("cement_blended_delivered")] = 1000.0  # kg
    footprints = []
    for values in amounts:
        matrices = evaluation.system.matrices_for(values)
        footprints.append(weights @ (matrices.B @ np.linalg.solve(matrices.A.toarray(), demand)))
    return np.array(footprints)


by_numpy = float((dense(by_mass) - dense(default)).mean())
assert np.isclose(headline, by_all_draws, rtol=1e-6)
assert np.isclose(headline, by_numpy, rtol=1e-6)
assert higher == 1.0
assert single.min() > spread_difference
print(
    f"slag by mass instead of by price: {headline:+.0f} kg CO2e per tonne of slag cement, in every draw upwards"
)
