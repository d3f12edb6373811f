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
# # 5 · Allocation: sawmill, slag, chlor-alkali
#
# **Question.** One log, four products; one furnace, iron and slag; one cell, chlorine and caustic soda. Who carries
# what, and who decides?
#
# **After this notebook you can**
#
# 1. work out shares by mass, by energy and by price, and see when a key has no meaning;
# 2. show that allocation moves burdens and removes none;
# 3. say why a price key makes a footprint follow the market;
# 4. keep carbon that is *in* a product with that product.
#
# **Time:** 75 minutes with the five exercises. **You need:** notebook 1.
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
from carbonlab.widgets import bars_view

database = cl.load_teaching_inventory()
default = cl.load_rule_set("default")


def outputs(process):
    """Return the amounts of the products of a process, by flow."""
    return {
        e.flow: e.amount
        for e in database.process(process).exchanges
        if not e.is_input and database.flow(e.flow).kind == "product"
    }


def properties(name):
    """Return a property of flows, per unit of the flow, by flow."""
    ids = database.column("flows", "id")
    return {
        ids[row["flow"]]: row["value"]
        for row in database.properties.to_pylist()
        if row["name"] == name and row["process"] < 0
    }


def evaluated(option, **parameters):
    """Return the solved inventory under a rule for co-products; the other rules are the default's."""
    inherent = parameters.pop("inherent", None)
    rules = default.replace(multifunctionality=option)
    if inherent is not None:
        [line] = default.rules["multifunctionality"].lines
        line = cl.rules.ruleset.Line(option, parameters={"inherent": inherent}, reference=line.reference)
        rules = default.replace(multifunctionality=cl.rules.ruleset.Rule("multifunctionality", (line,)))
    return evaluate_system(build_product_system([database], rules))


def intensities(option, process, **parameters):
    """Return the footprint of one unit of each product of a process [kg CO2e], by flow."""
    solved = evaluated(option, **parameters)
    return {flow: float(solved.intensity()[solved.system.column_of(process, flow)]) for flow in outputs(process)}


# %% [markdown]
# ## 1. The sawmill: shares
#
# For one kilogram of lumber the saw also makes chips, bark and sawdust. A key turns the amounts into shares: amount
# times property, over the sum of all.

# %%
sawn = outputs("sawmill")
keys = {name: properties(name) for name in ("mass", "energy", "price")}


def shares(amounts, key):
    """Return the share of each product by a key."""
    weights = {flow: amount * key[flow] for flow, amount in amounts.items()}
    return {flow: weight / sum(weights.values()) for flow, weight in weights.items()}


of_sawmill = pd.DataFrame({name: shares(sawn, key) for name, key in keys.items()})
of_sawmill.insert(0, "kg per run", pd.Series(sawn))
of_sawmill.style.format("{:.1%}", subset=list(keys)).format("{:.3f}", subset=["kg per run"])

# %% [markdown]
# Dry wood is dry wood: mass and energy agree almost. The price does not, since a sawmill runs for its lumber.
#
# ### Exercise 1
#
# The price of bark doubles. Which share does the **bark** carry by price then? Use `sawn` (amounts) and
# `keys["price"]` (prices), and give a number between 0 and 1.

# %%
answer_1 = None

# %% jupyter={"source_hidden": true}
_dearer = {**keys["price"], "bark": 2 * keys["price"]["bark"]}
check(
    "Exercise 1",
    answer_1,
    lambda: shares(sawn, _dearer)["bark"],
    tolerance=0.002,
    hint="Bark's revenue doubles, and the revenue of the whole sawmill grows by the same money.",
    mistakes={"The sum of all revenues grows as well.": lambda: 2 * shares(sawn, keys["price"])["bark"]},
    between=(0, 1),
)

# %% [markdown]
# ## 2. Nothing is lost
#
# What each product carries, times how much of it is made, sums to the same whole under each key. We look at the
# fossil part of the sawmill's own run (what the mill burns and uses, without the log), so that no other process with
# several products disturbs the sum.

# %%
base = evaluated("default_chain")
recipe = database.process("sawmill")
one_run = 0.0  # kg CO2e of power and fuels of one run of the sawmill
for e in recipe.exchanges:
    if e.is_input and e.flow != "logs":
        one_run += e.amount * float(base.intensity()[base.system.column_of(e.provider, e.flow)])

carried = of_sawmill[list(keys)] * one_run * 1000
carried.loc["all four"] = carried.sum()
carried.style.format("{:.1f}").set_caption("Power and fuels of one run, by product [g CO2e]")

# %% [markdown]
# ## 3. Carbon that is in the wood
#
# A log also brings carbon dioxide that the tree took up. Should *that* be shared by price as well? Lumber would then
# claim carbon that has left with the chips. carbonlab keeps such an **inherent** property with the physical flow,
# unless it is told otherwise.

# %%
kept = intensities("price", "sawmill", inherent=["biogenic_carbon"])
shared = intensities("price", "sawmill", inherent=[])
in_it = {flow: -carbon * 44 / 12 for flow, carbon in properties("biogenic_carbon").items() if flow in sawn}
pd.DataFrame(
    {"carbon kept in place": kept, "carbon follows the money": shared, "CO2 that is in it": in_it}
).style.format("{:+.2f}").set_caption("Footprint at the sawmill, uptake included [kg CO2e per kg]")

# %% [markdown]
# ### Exercise 2
#
# Burn the lumber whose carbon "followed the money": per kilogram, 1.833 kg CO2 come out. What does the sum of gate and
# burning claim for one kilogram of lumber? (Use `shared["lumber_green"]`. Then ask yourself whether burning wood can
# do that.) [kg CO2e]

# %%
answer_2 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 2",
    answer_2,
    lambda: shared["lumber_green"] - in_it["lumber_green"],
    hint="What was taken up counts negative, what comes out of the fire counts positive. Add the two.",
    mistakes={"That is the lumber that kept its carbon.": lambda: kept["lumber_green"] - in_it["lumber_green"]},
)

# %% [markdown]
# ## 4. Slag: by-product or waste?
#
# A blast furnace makes pig iron and, per kilogram, 0.275 kg of slag. Cement works buy the slag to save clinker. How
# much of the furnace is in it?

# %%
furnace = outputs("blast_furnace")
slag_shares = {
    "by mass": shares(furnace, keys["mass"])["slag"],
    "by price": shares(furnace, keys["price"])["slag"],
    "iron carries all": 0.0,
}
solved = {
    "by mass": intensities("mass", "blast_furnace"),
    "by price": intensities("price", "blast_furnace"),
    "iron carries all": intensities("reference_flow", "blast_furnace"),
}
pd.DataFrame(
    {
        "share of slag": slag_shares,
        "slag, kg CO2e/kg": {rule: one["slag"] for rule, one in solved.items()},
        "pig iron, kg CO2e/kg": {rule: one["pig_iron"] for rule, one in solved.items()},
    }
).style.format({"share of slag": "{:.1%}", "slag, kg CO2e/kg": "{:.3f}", "pig iron, kg CO2e/kg": "{:.3f}"})

# %% [markdown]
# For the steelworks the choice hardly matters. For the cement works it decides everything: clinker has
# about 0.9 kg CO2e per kilogram.

# %%
clinker = float(base.intensity()[base.system.column_of("clinker_cn")])
display(
    bars_view(
        [("clinker", clinker), *((f"slag, {rule}", one["slag"]) for rule, one in solved.items())],
        unit="kg CO2e per kg",
        title="What goes into the cement",
    )
)

# %% [markdown]
# ### Exercise 3
#
# At which share of the furnace would slag be **as bad as clinker**? Take the furnace's whole burden as that of one
# kilogram of pig iron when iron carries all (`solved["iron carries all"]["pig_iron"]`). Give a number between 0 and 1.

# %%
answer_3 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 3",
    answer_3,
    lambda: clinker * furnace["slag"] / solved["iron carries all"]["pig_iron"],
    hint="A share s of the whole burden lies on 0.275 kg of slag. Per kilogram of slag, that has to be `clinker`.",
    mistakes={"That would be one kilogram of slag. How much comes with one kilogram of iron?": lambda: clinker / solved[
        "iron carries all"]["pig_iron"]},
    between=(0, 1),
)

# %% [markdown]
# ## 5. Chlor-alkali: when a key has no meaning
#
# Salt water and electricity give chlorine and caustic soda, always together, in a ratio that chemistry fixes. Nobody
# can make one without the other. Try the keys:

# %%
cell = outputs("chlor_alkali")
tried = {option: intensities(option, "chlor_alkali") for option in ("mass", "price", "energy", "reference_flow")}
pd.DataFrame(tried).T.style.format("{:.3f}", na_rep="no basis").set_caption("Footprint [kg CO2e per kg]")

# %% [markdown]
# By energy there is *no number*: nobody burns caustic soda, so it has no energy content. carbonlab does not fill the
# hole with another key unless a rule says which one comes next.
#
# And the price? It moves.

# %%
burden = sum(tried["mass"][flow] * amount for flow, amount in cell.items())  # of one run, without fine print
prices = []
for price in (0.0, 0.1, 0.3, 0.5, 0.7, 1.0):
    soda = shares(cell, {"caustic_soda": keys["price"]["caustic_soda"], "chlorine": price})["caustic_soda"]
    prices.append((f"chlorine at {price:.1f} USD/kg", soda * burden / cell["caustic_soda"]))
bars_view(prices, unit="kg CO2e per kg", title="Caustic soda by price, as the price of chlorine moves")

# %% [markdown]
# Same cell, same salt, same power: the footprint of caustic soda falls to less than half because chlorine sells better.
# (Chlorine did sell near zero, even below it, in January 2018.) That is why rule books that allow a price key ask for
# averages over years.
#
# ### Exercise 4
#
# At what price of chlorine do mass and price give caustic soda the same share? [USD per kg]

# %%
answer_4 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 4",
    answer_4,
    lambda: keys["price"]["caustic_soda"],
    hint="By mass a kilogram is a kilogram. When is a kilogram of chlorine worth as much as one of caustic soda?",
)

# %% [markdown]
# ### Exercise 5
#
# ISO 14044 puts the keys in an order. Which comes *before* any allocation by price? Answer with one word, as carbonlab
# names it in this notebook, for the key that the default rules take for the chlor-alkali cell: compare
# `intensities("default_chain", "chlor_alkali")` with the table.

# %%
answer_5 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 5",
    answer_5,
    lambda: min(
        ("mass", "price", "reference_flow"),
        key=lambda option: abs(
            intensities("default_chain", "chlor_alkali")["caustic_soda"] - tried[option]["caustic_soda"]
        ),
    ),
    hint="Which row of the table do you get? A physical relation comes before an economic one.",
)

# %% [markdown]
# ## What to keep
#
# - Shares sum to one: allocation moves burdens, and removes none.
# - The small co-product of a large process is where the rule decides most.
# - A price key follows the market; a physical key may have no meaning. Both need a reason.
# - What is physically in a product stays with it, whatever the key.
#
# The last cell checks the headline number, the footprint of slag by price: from the furnace's recipe and the
# price share worked out by hand, and from a dense solution.

# %%
by_price = evaluated("price")
matrices = by_price.system.matrices
own = impact_weights(by_price) @ matrices.B
demand = np.zeros(len(own))
demand[by_price.system.column_of("blast_furnace", "slag")] = 1.0
matrix = matrices.A.toarray()
without = np.isnan(by_price.intensity())  # products without a price have no number, and nobody here needs them
matrix[without] = np.eye(len(own))[without]
by_numpy = own @ np.linalg.solve(matrix, demand)

whole = sum(
    e.amount * float(by_price.intensity()[by_price.system.column_of(e.provider, e.flow)])
    for e in database.process("blast_furnace").exchanges
    if e.is_input
) + sum(
    e.amount * {"co2_fossil": 1.0, "ch4_fossil": 29.8}[e.flow]  # GWP100 of the sixth IPCC report
    for e in database.process("blast_furnace").exchanges
    if e.flow in ("co2_fossil", "ch4_fossil")
)
headline = solved["by price"]["slag"]
assert np.isclose(headline, slag_shares["by price"] * whole / furnace["slag"], rtol=1e-4)
assert np.isclose(headline, by_numpy, rtol=1e-9)
assert np.allclose(of_sawmill[list(keys)].sum(), 1.0)
assert solved["by mass"]["slag"] > clinker > headline
print(f"1 kg of blast-furnace slag by price: {headline:.3f} kg CO2e; by mass {solved['by mass']['slag']:.2f}")
