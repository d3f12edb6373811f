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
# # 4 · Which rule moved it?
#
# **Question.** Two rule books give two footprints for the same product. They differ in several rules at once. How
# much of the gap does each rule make, and can that be said at all?
#
# **After this notebook you can**
#
# 1. show that "turn one rule after the other" gives a different answer for each order;
# 2. split a gap fairly between rules (Shapley values), by hand for two rules;
# 3. read an interaction: what two rules move only together;
# 4. explain a gap to a committee, with exchanges and clauses.
#
# **Time:** 75 minutes with the four exercises. **You need:** notebook 3.
#
# The inventory is made from public figures *for teaching and for testing rules, not for declarations*.

# %%
from itertools import permutations

import numpy as np
import pandas as pd

import carbonlab as cl
from carbonlab.compare import attribute, explain
from carbonlab.compare.movement_words import exchange_in_words, rule_in_words
from carbonlab.teaching import check
from carbonlab.widgets import bars_view, waterfall_view

# %% [markdown]
# ## 1. Two rules, two orders
#
# One tonne of Portland slag cement, delivered. The **baseline** lets slag carry its stated economic share of the
# blast furnace, and looks 100 years ahead. The **alternative** shares by mass, and looks 20 years ahead, so that
# methane counts more. Two slots differ, which makes four rule sets.

# %%
cements = cl.read_study(cl.study_path("cement"))
baseline = cl.load_rule_set("default")
MASS, YEARS = {"multifunctionality": "mass"}, {"characterization": "gwp20_ar6"}
alternative = baseline.replace(**MASS, **YEARS)


def footprint(rules):
    """Return the footprint of one tonne of slag cement, delivered [kg CO2e]."""
    return float(cl.calculate(cements, rules)["total"].squeeze("rule_set").sel(product="slag_cement"))


neither = footprint(baseline)
only_mass = footprint(baseline.replace(**MASS))
only_years = footprint(baseline.replace(**YEARS))
both = footprint(alternative)
print(f"neither {neither:.1f}, mass alone {only_mass:.1f}, 20 years alone {only_years:.1f}, both {both:.1f} kg CO2e")

# %% [markdown]
# The gap is *both* less *neither*. Walk from one to the other, one rule at a time, in either order:

# %%
orders = pd.DataFrame(
    {
        "mass moves": [only_mass - neither, both - only_years],
        "20 years move": [both - only_mass, only_years - neither],
    },
    index=["mass first", "20 years first"],
)
orders["together"] = orders.sum(axis="columns")
orders.style.format("{:+.1f}")

# %% [markdown]
# Each row sums to the gap, and yet the columns disagree: by mass more of the blast furnace comes into the cement,
# with the methane of its coal mines, and that methane counts more over 20 years. **Whoever goes first looks
# smaller.** Somebody who wants to blame a rule can pick the order.
#
# The way out is old (Shapley 1953): take *all* orders, and average.
#
# ### Exercise 1
#
# What does the rule `mass` move on average over the two orders? Work it out from the table `orders`, or from the
# four footprints. [kg CO2e]

# %%
answer_1 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 1",
    answer_1,
    lambda: orders["mass moves"].mean(),
    tolerance=0.001,
    hint="Two orders, two numbers in the column of mass, one average.",
    mistakes={
        "That is mass as the first of the two. What does it move as the second?": lambda: only_mass - neither,
        "That is mass as the second of the two. What does it move as the first?": lambda: both - only_years,
    },
)

# %% [markdown]
# ### Exercise 2
#
# The **interaction** is what the two rules move only together: the whole gap, less what each moves alone from the
# baseline. How large is it? [kg CO2e]

# %%
answer_2 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 2",
    answer_2,
    lambda: both - only_mass - only_years + neither,
    tolerance=0.001,
    hint="Take (both − neither), less (only_mass − neither), less (only_years − neither).",
    mistakes={"That is the whole gap. Take away what each rule moves alone.": lambda: both - neither},
)

# %% [markdown]
# ## 2. The same by carbonlab
#
# `attribute` does this for every slot at once. Slots in which the rules agree are zero, and it says why.

# %%
two_rules = attribute(cements, baseline, alternative).sel(product="slag_cement")
shapley = two_rules["shapley"].to_pandas()
assert np.isclose(shapley.sum(), both - neither, rtol=1e-9)
shapley[shapley != 0].to_frame("moves, kg CO2e").style.format("{:+.2f}")

# %% [markdown]
# ## 3. Two real rule books
#
# PAS 2050 and PEF on a cubic meter of lumber in a building. They differ in six slots, so $2^6 = 64$ rule sets lie
# between them, and all of them are calculated: nothing here is estimated.

# %%
study = cl.read_study(cl.study_path("teaching"))
gap = attribute(study, "pas-2050-2011", "eu-pef-2021")
assert gap.attrs["hybrids"] == 64
waterfall_view(gap, study, product="lumber")

# %% [markdown]
# Read it with the reasons. A rule that moves nothing is not a rule that does not matter; it may have found nothing to
# act on *in this study*.

# %%
lumber = gap.sel(product="lumber")
told = pd.DataFrame(
    {
        "alone, from PAS 2050": lumber["from_baseline"].to_pandas(),
        "fair share": lumber["shapley"].to_pandas(),
        "last, to PEF": lumber["from_alternative"].to_pandas(),
        "why nothing": lumber["reason"].to_pandas(),
    }
)
numbers = ["alone, from PAS 2050", "fair share", "last, to PEF"]
told.style.format("{:+.1f}", subset=numbers).set_properties(subset=["why nothing"], **{"text-align": "left"})

# %% [markdown]
# Look at the row *multifunctionality*: alone it moves the number up, as the last rule it moves it down. With the
# uptake of carbon in the total, sharing by price pushes burdens about that are partly uptake; without it, only fossil
# burdens are left to share. A single number for "the effect of this rule" would have hidden that. The interactions:

# %%
together = lumber["interaction"].to_pandas()
together = together[together.abs() > 0.5].sort_values()
bars_view(list(together.items()), unit="kg CO2e per m3", title="What rules move only together")

# %% [markdown]
# ### Exercise 3
#
# Which slot has the largest fair share (in size) of the gap for **aluminium** between PAS 2050 and PEF? The numbers are
# in `gap["shapley"].sel(product="aluminium")`. Write the name of the slot as a word.

# %%
answer_3 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 3",
    answer_3,
    lambda: str(gap["shapley"].sel(product="aluminium").to_pandas().abs().idxmax()),
    hint="Turn the shares into a table with to_pandas(), and compare their sizes without sign.",
)

# %% [markdown]
# ## 4. To the committee
#
# "Co-products move it" is not yet an explanation. Which exchange, of which process, by which clause? Under the GHG
# Protocol the slag cement lost against Portland cement (notebook 3). `explain` sets every rule against the neutral one
# of its slot, and follows what it did down to single exchanges.

# %%
movements = explain(cements, "ghgp-product-2011", product="slag_cement", most=5)
for movement in movements:
    if movement.moved:
        print(f"■ {rule_in_words(movement)}")
        for exchange in movement.exchanges:
            print(f"    – {exchange_in_words(exchange)}")

# %% [markdown]
# This can be read aloud: how much, where, and by which clause, with the caveat how well the clause is known
# (*recalled* means: read it before you quote it).
#
# ### Exercise 4
#
# What share of what the rule for co-products moved there is **the carbon dioxide of the blast furnace itself**? Look
# at the largest exchange of that rule. Give a number between 0 and 1.

# %%
answer_4 = None

# %% jupyter={"source_hidden": true}
_rule = next(m for m in movements if m.slot == "multifunctionality")
check(
    "Exercise 4",
    answer_4,
    lambda: _rule.exchanges[0].moved / _rule.moved,
    hint="Every movement has `moved` and `exchanges`, the largest first; each of these has `moved` as well.",
    between=(0, 1),
)

# %% [markdown]
# ## What to keep
#
# - One rule at a time depends on the order. Say the order, or average over all.
# - Fair shares sum to the gap; interactions say what is nobody's alone.
# - "Moves nothing" needs a reason.
# - An explanation ends at an exchange and a clause.
#
# The last cell works out the fair share of the biogenic-carbon rule between PAS 2050 and PEF once more, from the
# definition: over all orders of the slots that differ, with nothing but `calculate`, and checks that all shares sum to
# the gap.

# %%
ends = [cl.load_rule_set(key) for key in ("pas-2050-2011", "eu-pef-2021")]
playing = [str(slot) for slot in lumber["player"].values if bool(lumber["plays"].sel(player=slot))]
one = cl.Study(
    key="lumber",
    title="Lumber",
    units=tuple(unit for unit in study.units if unit.key == "lumber"),
    databases=study.databases,
    rule_sets=(ends[0],),
    foreground=study.foreground,
)
values = {}
for number in range(2 ** len(playing)):
    chosen = {slot for position, slot in enumerate(playing) if number >> position & 1}
    hybrid = ends[0].replace(**{slot: ends[1].rules[slot] for slot in chosen})
    values[frozenset(chosen)] = float(cl.calculate(one, hybrid)["total"].squeeze())
moved = {slot: [] for slot in playing}
for order in permutations(playing):
    for position, slot in enumerate(order):
        before = frozenset(order[:position])
        moved[slot].append(values[before | {slot}] - values[before])

headline = float(lumber["shapley"].sel(player="biogenic_carbon"))
whole = float(lumber["difference"])
others = float(lumber["shapley"].sum()) - headline
assert np.isclose(headline, np.mean(moved["biogenic_carbon"]), rtol=1e-7)
assert np.isclose(headline, whole - others, rtol=1e-7)
assert np.isclose(values[frozenset(playing)] - values[frozenset()], whole, rtol=1e-7)
assert np.isclose(shapley["multifunctionality"], orders["mass moves"].mean(), rtol=1e-7)
print(f"between PAS 2050 and PEF the rule on biogenic carbon moves {headline:+.1f} of {whole:+.1f} kg CO2e per m3")
