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
# # 3 · The same product under nine standards
#
# **Question.** One tonne of aluminium, of cement, of urea, one cubic meter of lumber: nine rule books, one
# inventory. How far apart do the footprints lie, and which of them may be compared at all?
#
# **After this notebook you can**
#
# 1. calculate one study under many rule sets, and read the table with its holes;
# 2. say what a rule set *asks* before saying that its number is lower;
# 3. recalculate a narrow number (the one of the border adjustment) by hand;
# 4. tell when the order of two products depends on the rule book.
#
# **Time:** 60 minutes with the four exercises. **You need:** notebook 1.
#
# The inventory is made from public figures *for teaching and for testing rules, not for declarations*. The rule
# sets are *interpretations*: most of the texts are not public, and each clause says how well it is known.

# %%
import numpy as np
import pandas as pd
from IPython.display import display

import carbonlab as cl
from carbonlab.compare import compare
from carbonlab.compare.comparison import rank_reversals
from carbonlab.results.contributions import impact_weights
from carbonlab.results.evaluation import evaluate_system
from carbonlab.system.pipeline import build_product_system
from carbonlab.teaching import check
from carbonlab.widgets import bars_view, matrix_view

# %% [markdown]
# ## 1. Nine rule books
#
# A rule set decides eleven questions (*slots*): the boundary, the electricity, the co-products, recycling and so
# on. Beside each decision stands the clause, and whether the text was *read*, known from a public *summary*, or
# *recalled*.

# %%
BOOKS = {
    "iso-14067-2018": "ISO 14067",
    "gbt-24067-2024": "GB/T 24067",
    "pas-2050-2011": "PAS 2050",
    "ghgp-product-2011": "GHG Protocol",
    "eu-pef-2021": "EU PEF",
    "eu-battery-2023": "EU battery rules",
    "cbam-2023": "EU border adjustment (CBAM)",
    "pact-v3": "PACT",
    "en-15804-a2": "EN 15804",
}
books = {key: cl.load_rule_set(key) for key in BOOKS}
iso = books["iso-14067-2018"]
rows = [
    (name, books[key].edition, ", ".join(books[key].applies_to) or "all products", len(iso.diff(books[key])))
    for key, name in BOOKS.items()
]
pd.DataFrame(rows, columns=["rule book", "edition", "for", "slots unlike ISO 14067"]).style.hide(
    axis="index"
).set_properties(subset=["rule book", "for"], **{"text-align": "left"})

# %%
iso

# %% [markdown]
# ### Exercise 1
#
# In which slots does PEF differ from ISO 14067? `iso.diff(other)` returns the changes, and each change has a `slot`.
# Give the names of the slots as a list of words.

# %%
answer_1 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 1",
    answer_1,
    lambda: [change.slot for change in iso.diff(books["eu-pef-2021"])],
    hint="Loop over iso.diff(books['eu-pef-2021']), and collect change.slot.",
)

# %% [markdown]
# ## 2. Four products, nine rule books
#
# The study holds four products, each with its own functional or declared unit. It is calculated once per rule set.

# %%
study = cl.read_study(cl.study_path("teaching"))
compared = compare(study, list(BOOKS))
matrix_view(compared, study)

# %% [markdown]
# Read the table in this order.
#
# 1. **Holes first.** No battery in the table, so the battery rules have no number for it; EN 15804 is about
#    construction products, and urea is none. A hole is an answer. Whoever fills it with a number asks *what if*.
# 2. **Equal numbers.** Two rule books that agree for your product tell you that what they disagree about is not in
#    it. That is no proof that they are the same.
# 3. **Then the small numbers.** The smallest ones do not come from a cleaner product. They come from a shorter
#    question.

# %%
total = compared["total"].to_pandas().rename(index=BOOKS)
(total / total.loc["ISO 14067"] - 1).style.format("{:+.1%}", na_rep="n/a").set_caption("Compared with ISO 14067")

# %% [markdown]
# ### Exercise 2
#
# PACT asks for the footprint from cradle to gate. What share of the ISO 14067 footprint of **urea** is missing in it?
# Use the table `total` (rows are rule books, columns are products). Give a number between 0 and 1.

# %%
answer_2 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 2",
    answer_2,
    lambda: 1 - total.loc["PACT", "urea"] / total.loc["ISO 14067", "urea"],
    hint="One less the quotient of two entries of the column urea.",
    mistakes={"That is what PACT counts. What is missing?": total.loc["PACT", "urea"] / total.loc["ISO 14067", "urea"]},
    between=(0, 1),
)

# %% [markdown]
# What is missing is the field: carbon dioxide and nitrous oxide that leave the soil a year later. A buyer who adds
# the gate footprints of his suppliers and forgets the use of the product will not see it anywhere.
#
# ## 3. A narrow question, by hand
#
# The border adjustment asks for much less than a footprint. For aluminium it counts CO2 and perfluorocarbons of the
# aluminium works only, with the factors of the fifth IPCC report, and **no electricity**: neither the power of the
# cells nor alumina nor the coal mine. So little is left that it can be added up by hand. What the smelter emits itself:

# %%
smelter = study.foreground.process("own_smelter")
gases = {"co2_fossil": 1.0, "cf4": 6630.0, "c2f6": 11100.0}  # kg CO2e/kg, GWP100 of the fifth IPCC report
of_cells = sum(gases[e.flow] * e.amount for e in smelter.exchanges if e.flow in gases)
print(f"anode, cells and casting: {of_cells:.4f} kg CO2e per kg of ingot")

# %% [markdown]
# And the fuels that it burns on its site. They are inputs from processes that burn fuel; of these we take the
# carbon dioxide that leaves the flame, and nothing that happened before.

# %%
database = cl.load_teaching_inventory()
of_flames = 0.0
for burned in (e for e in smelter.exchanges if e.is_input and e.flow.endswith("_burned")):
    flame = database.process(burned.provider)
    [made] = [e.amount for e in flame.exchanges if e.flow == burned.flow and not e.is_input]
    own_co2 = sum(e.amount for e in flame.exchanges if e.flow == "co2_fossil")
    of_flames += burned.amount / made * own_co2
by_hand = 1000 * (of_cells + of_flames)
cbam = float(total.loc["EU border adjustment (CBAM)", "aluminium"])
print(f"flames: {of_flames:.4f} kg CO2e per kg; by hand {by_hand:.1f}, carbonlab {cbam:.1f} kg CO2e per t")
assert np.isclose(by_hand, cbam, rtol=1e-6)

# %% [markdown]
# Nothing is wrong with the small number, as long as nobody calls it *the footprint of aluminium*.
#
# ## 4. Same product, other winner
#
# Two cements: Portland cement, and Portland slag cement, in which a third of the clinker is replaced by slag of the
# blast furnace. Whose burden is the slag?

# %%
cements = cl.read_study(cl.study_path("cement"))
two = compare(cements, [key for key in BOOKS if key != "eu-battery-2023"])
cement = two["total"].to_pandas().rename(index=BOOKS)[["portland", "slag_cement"]]
display(
    bars_view(
        [(name, cement.loc[name, "slag_cement"] - cement.loc[name, "portland"]) for name in cement.index],
        unit="kg CO2e per t",
        title="Slag cement less Portland cement, delivered",
    )
)
cement.style.format("{:.0f}")

# %% [markdown]
# ### Exercise 3
#
# Under which rule book is Portland cement the *better* of the two? Write its name as it stands in the table.

# %%
answer_3 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 3",
    answer_3,
    lambda: (cement["portland"] - cement["slag_cement"]).idxmin(),
    hint="Look for the only bar on the other side of zero.",
)

# %% [markdown]
# carbonlab looks for such pairs by itself, in all products and all pairs of rule sets:

# %%
reversals = [r for r in rank_reversals(two) if {r.first, r.second} == {"portland", "slag_cement"}]
for reversal in reversals[:3]:
    print(f"{reversal.first} before {reversal.second} under {reversal.rule_set}, but not under {reversal.other}")

# %% [markdown]
# A claim "ours is better" needs one rule book for both sides, and an honest answer to the question whether another
# one would turn it round. (*Which* of the eleven slots did it: notebook 4.)
#
# ## 5. How far apart?
#
# Only rule books that ask the same question of the same part of the life cycle belong into one range.

# %%
wide = ["ISO 14067", "GB/T 24067", "PAS 2050", "GHG Protocol", "EU PEF"]
spread = {product: np.ptp(total.loc[wide, product]) / total.loc["ISO 14067", product] for product in total.columns}
bars_view(
    [(product, 100 * value) for product, value in spread.items()],
    unit="% of ISO 14067",
    title="From the lowest to the highest of five rule books over the same stages",
)

# %% [markdown]
# ### Exercise 4
#
# All nine would give a larger range. By which factor is the highest footprint of **aluminium** larger than the
# lowest, over all rule books that have a number for it?

# %%
answer_4 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 4",
    answer_4,
    lambda: total["aluminium"].max() / total["aluminium"].min(),
    hint="Divide the largest entry of the column aluminium by the smallest; holes do not count.",
)

# %% [markdown]
# ## What to keep
#
# - A number without its rule book says little; a rule book without its boundary says nothing.
# - A hole (n/a) is a result. A small number is often a smaller question.
# - Rules can turn the order of two products. Check before claiming.
# - Nothing in this notebook changed the data: all the difference is rule.
#
# The last cell checks the headline number, aluminium under ISO 14067, against a dense solution and against the sum
# of its processes, and the hand calculation of the border adjustment once more.

# %%
system = build_product_system(list(study.databases), iso, foreground=study.foreground)
evaluation = evaluate_system(system)
own = impact_weights(evaluation) @ system.matrices.B
demand = np.zeros(len(own))
demand[system.column_of("aluminium_delivered")] = 1000.0  # kg
by_numpy = own @ np.linalg.solve(system.matrices.A.toarray(), demand)
of_processes = compared["process_contribution"].sel(rule_set="iso-14067-2018", product="aluminium").sum()

headline = float(total.loc["ISO 14067", "aluminium"])
assert np.isclose(headline, by_numpy, rtol=1e-9)
assert np.isclose(headline, of_processes, rtol=1e-9)
assert np.isclose(by_hand, cbam, rtol=1e-6)
assert by_hand < headline
assert len(reversals) > 0
assert int(total["lumber"].isna().sum()) >= 1
print(f"1 t of primary aluminium, delivered, under ISO 14067: {headline:,.0f} kg CO2e")
