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
# # 13 · Writing a product category rule
#
# **Question.** A committee wants every maker of caustic soda to get the same number from the same data. What has
# to stand in its rule?
#
# **After this notebook you can**
#
# 1. measure how much a general standard leaves open for one product;
# 2. write a rule of your own as a text file that derives from a standard and changes only what has to change;
# 3. read what your rule changes, where that is written, and what each line caught;
# 4. test a rule on data before anybody votes on it, also with data that make it fail.
#
# **Time:** 90 minutes with the four exercises. **You need:** notebooks 1 and 5.
#
# Rule and product are examples. The packaged rule sets are *interpretations* of standards, most of which were not
# read in full; each value says how well it is known. Nothing here is taken from an existing category rule.

# %%
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

import carbonlab as cl
from carbonlab.compare.rule_space import explore_rules
from carbonlab.results.evaluation import evaluate_system
from carbonlab.rules.comparison_table import diff_table
from carbonlab.rules.draft import draft_rule_file
from carbonlab.rules.ruleset import Line, Rule
from carbonlab.rules.selectors import Selector
from carbonlab.system.pipeline import build_product_system
from carbonlab.teaching import check
from carbonlab.widgets import bars_view

# %% [markdown]
# ## 1. What the standard leaves open
#
# One cell, two products: from salt and electricity come 0.52 kg of caustic soda and 0.48 kg of chlorine, always
# together. The declared unit is one tonne of caustic soda (dry).

# %%
inventory = cl.load_teaching_inventory()
study = cl.Study.of(inventory, "chlor_alkali", flow="caustic_soda", amount=1, unit="t")
base = cl.load_rule_set("gbt-24067-2024")
inventory.process("chlor_alkali").description

# %% [markdown]
# GB/T 24067 and ISO 14067 ask to avoid allocation, then for physical relations, then for others such as price.
# That is an *order*, and two careful people can defend different ends of it: mass, because it is physical; price,
# because nobody would run the cell for one product alone; all on the soda, because chlorine was in surplus that
# year.


# %%
def for_the_cell(option):
    """Return the rule of the base, with a key for the chlor-alkali cell of its own."""
    own_line = Line(option, Selector(process="chlor_alkali"), {"inherent": ["biogenic_carbon"]})
    return Rule("multifunctionality", (own_line, *base.rules["multifunctionality"].lines))


readings = {
    "multifunctionality": {
        "by mass": for_the_cell("mass"),
        "by price": for_the_cell("price"),
        "all on the soda": for_the_cell("reference_flow"),
    },
    "characterization": {"GWP100, sixth report": "gwp100_ar6", "GWP100, fifth report": "gwp100_ar5"},
}
space = explore_rules(study, base, readings)["total"].squeeze("product")
space.to_pandas().style.format("{:.0f}").set_caption("1 t of caustic soda, kg CO2e")

# %%
spread = float(space.max() / space.min())
print(f"the largest number is {spread:.1f} times the smallest, from the same data")

# %% [markdown]
# ### Exercise 1
#
# Which share of the burdens of the cell does the soda carry *by price*? The inventory states 0.415 USD per kg of
# caustic soda and 0.685 USD per kg of chlorine. Give a number between 0 and 1.

# %%
answer_1 = None

# %% jupyter={"source_hidden": true}
soda, chlorine = 0.52 * 0.415, 0.48 * 0.685
check(
    "Exercise 1",
    answer_1,
    soda / (soda + chlorine),
    hint="Revenue from the soda of one run, divided by the revenue from both: amount times price.",
    mistakes={
        "Prices count with the amounts that the cell makes.": 0.415 / (0.415 + 0.685),
        "That is the share of the chlorine.": chlorine / (soda + chlorine),
    },
    between=(0, 1),
)

# %% [markdown]
# ## 2. A rule is a text file
#
# Begin with a draft. It derives from a base, runs as it is, and gives the numbers of its base; every slot stands
# in it as a comment, with all options. (On the command line: `carbonlab rules new caustic-soda --base
# gbt-24067-2024`.)

# %%
draft = draft_rule_file("caustic-soda", base, base_key="gbt-24067-2024", edition="2026-1")
print(draft[:1100], "…")

# %% [markdown]
# Now the rule itself. Read it like a lawyer: what is decided, for whom, and where is that written?

# %%
RULE = f'''
key = "caustic-soda"
title = "Caustic soda under GB/T 24067-2024, a classroom rule"
edition = "2026-1"
applies_to = ["chlor*", "caustic soda", "sodium hydroxide"]
base = {{ key = "gbt-24067-2024", digest = "{base.digest}" }}

[references.pcr]
name = "Classroom rule"
citation = "Rule of this notebook, edition 2026-1; no existing category rule"

[category]
scope = "Sodium hydroxide from electrolysis of salt, counted dry"
unit = "t"
included = ["salt", "electricity of the cell", "steam", "transport to the gate"]
excluded = ["packaging", "use and end of life"]
site_data = ["electricity of the cell", "salt per tonne", "both outputs, by mass"]
secondary_data = ["supply of salt and fuels"]
report = ["share of each co-product, and the share by price beside it"]
validity = "three years"

[[slots.multifunctionality.lines]]
select = {{ process = "chlor_alkali" }}
option = "mass"
parameters = {{ inherent = ["biogenic_carbon"] }}
reference = {{ source = "pcr", clause = "4.1", source_level = "read", note = "mass: the cell fixes it, prices move" }}
[[slots.multifunctionality.lines]]
option = "hierarchy"
parameters = {{ bases = ["stated", "mass", "energy", "price"], inherent = ["biogenic_carbon"] }}
reference = {{ source = "pcr", clause = "4.2", source_level = "read", note = "everything upstream: as the base" }}
'''
folder = Path(tempfile.mkdtemp(prefix="carbonlab-rule-"))


def read_rule(text, name="caustic-soda.toml"):
    """Write a rule into a file, and read it."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return cl.read_rule_set(path)


rule = read_rule(RULE)
rule

# %% [markdown]
# What does it change, compared with its base? One slot, nothing else:

# %%
diff_table(base, rule)

# %%
result = cl.calculate(study, rule)
headline = float(result["total"].squeeze())
print(f"1 t of caustic soda under the rule: {headline:.1f} kg CO2e")
print(
    f"under the base as it was:           {float(cl.calculate(study, base)['total'].squeeze()):.1f} kg CO2e"
)

# %% [markdown]
# The same number: the base takes mass as well here. So is the rule superfluous? No. The base takes mass because
# the inventory happens to state masses and no shares; another maker's inventory may state shares, and the base
# would take those. **A rule is not there to change a number, but to leave no choice.**
#
# ### Exercise 2
#
# A member of the committee moves to allocate by price instead. Write this as a rule (replace `option = "mass"` in
# `RULE`, and read the new text), and give the footprint of 1 t of caustic soda in kg CO2e.

# %%
answer_2 = None

# %% jupyter={"source_hidden": true}
by_price = base.replace(multifunctionality=for_the_cell("price"))
check(
    "Exercise 2",
    answer_2,
    lambda: float(cl.calculate(study, by_price)["total"].squeeze()),
    hint='read_rule(RULE.replace(...)), then cl.calculate(study, ...)["total"].',
    mistakes={
        "That is with price everywhere, in the refinery too: only the line of the cell was to change.": lambda: (
            float(cl.calculate(study, base.replace(multifunctionality="price"))["total"].squeeze())
        )
    },
    tolerance=0.002,
)

# %% [markdown]
# ## 3. Slips that a rule can have
#
# A rule is read by many people, and once by a computer. What does the computer catch?

# %%
slips = {
    "A · option that does not exist": RULE.replace('option = "mass"', 'option = "weight"'),
    "B · no line for the rest": RULE.split("[[slots.multifunctionality.lines]]\noption")[0],
    "C · another edition of the base": RULE.replace(base.digest, base.digest[:-4] + "0000"),
    "D · older than its base": RULE.replace('edition = "2026-1"', 'edition = "1999-1"'),
}
for name, text in slips.items():
    try:
        read_rule(text, "slip.toml")
        print(f"{name}: not caught")
    except cl.CarbonlabError as error:
        print(f"{name}\n    {error.what}\n    remedy: {error.remedy}")

# %% [markdown]
# Slip C is the important one. The rule pins its base by a digest: when the base changes, the rule is refused
# until somebody has looked. Otherwise a rule voted on in 2026 would quietly give other numbers in 2028.
#
# One slip no computer can refuse, because it may be meant: a line that selects nothing.

# %%
typing_error = read_rule(RULE.replace('process = "chlor_alkali"', 'process = "chloralkali"'), "typing.toml")
system = build_product_system([inventory], typing_error)
[idle] = [finding for finding in system.work.findings if finding.code == "rule_line_caught_nothing"]
print(idle.detail)

# %% [markdown]
# The finding goes with every result. Read it: under this rule the cell would fall to the last line, and the
# number would happen to be the same.
#
# ## 4. Test it with data that make it fail
#
# Prices are worse than they look. The inventory says of its own price of chlorine:

# %%
prices = inventory.properties.to_pandas().query("name == 'price'")
price_of_chlorine = prices[prices["flow"] == inventory.flow_row("chlorine")].iloc[0]
print(price_of_chlorine["comment"])

# %% [markdown]
# ### Exercise 3
#
# With 0.415 USD per kg of soda and **−0.03** USD per kg of chlorine, which share of the burdens would the soda
# carry by price? Give a number.

# %%
answer_3 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 3",
    answer_3,
    0.52 * 0.415 / (0.52 * 0.415 - 0.48 * 0.03),
    hint="As in exercise 1; the revenue from chlorine is below zero now.",
    mistakes={
        "The price is below zero: it is taken away from the sum.": 0.52 * 0.415 / (0.52 * 0.415 + 0.48 * 0.03)
    },
    tolerance=0.003,
)

# %% [markdown]
# More than everything, so that chlorine would get a *credit* for being a nuisance. Such shares do not exist, and
# carbonlab gives no number for them:

# %%
properties = inventory.properties.to_pandas()
flow_row = inventory.flow_row("chlorine")
of_chlorine = (properties["flow"] == flow_row) & (properties["name"] == "price")
values = properties["value"].where(~of_chlorine, -0.03)
place = inventory.properties.schema.get_field_index("value")
negative = inventory.with_tables(
    properties=inventory.properties.set_column(
        place, inventory.properties.schema.field(place), [values.to_numpy()]
    )
)
unlucky = cl.calculate(
    cl.Study.of(negative, "chlor_alkali", flow="caustic_soda", amount=1, unit="t"), by_price
)
print(f"footprint: {float(unlucky['total'].squeeze())}, status: {unlucky['status'].squeeze().item()}")

# %% [markdown]
# A rule by price has to say what happens then: an average over several years, a floor, or another key. A rule by
# mass does not have to.
#
# ### Exercise 4
#
# How much does *your* rule leave open? Explore it like the base in section 1, but with the choice of the report
# alone: `explore_rules(study, rule, {"characterization": ["gwp100_ar6", "gwp100_ar5"]})["total"]`. By what factor
# is the largest number larger than the smallest?

# %%
answer_4 = None

# %% jupyter={"source_hidden": true}
left_open = explore_rules(study, rule, {"characterization": ["gwp100_ar6", "gwp100_ar5"]})["total"]
check(
    "Exercise 4",
    answer_4,
    lambda: float(left_open.max() / left_open.min()),
    hint="Largest divided by smallest. It is very near one.",
    tolerance=1e-4,
    mistakes={"That is what the base left open.": spread},
)

# %%
bars_view(
    [
        ("left open by the base", 100 * (spread - 1)),
        ("left open by the rule", 100 * float(left_open.max() / left_open.min() - 1)),
    ],
    unit="%",
    title="How far the largest number lies above the smallest",
)

# %% [markdown]
# ## What to keep
#
# - A category rule takes choices away. Measure how many it takes.
# - Change as little as possible, and say for every line where it is written.
# - Pin the base; name the edition; give the last line to everything else.
# - Try the rule on data that nobody likes before it is voted on.
#
# `carbonlab rules show` and `carbonlab rules diff` print the same for a meeting, and `docs/rules.md` has the
# form.
#
# The last cell checks the headline, caustic soda under the rule, along two other ways: one run of the cell by
# hand from the footprints of what goes in, shared by mass, and a dense solution of the matrices.

# %%
evaluation = evaluate_system(build_product_system([inventory], rule))
intensity = evaluation.intensity()
one_run = 7.2592e-05 + 1.0495e-09 * 29.8  # kg CO2e emitted by the cell itself: CO2 and fossil methane
for exchange in inventory.process("chlor_alkali").exchanges:
    if exchange.is_input and exchange.provider:
        one_run += exchange.amount * intensity[evaluation.system.column_of(exchange.provider, exchange.flow)]
by_hand = 1000 * one_run / (0.52 + 0.48)

demand = np.zeros(len(intensity))
demand[evaluation.system.column_of("chlor_alkali", "caustic_soda")] = 1000.0
own = evaluation.factors @ evaluation.weights @ evaluation.system.matrices.B
by_matrix = float(own @ np.linalg.solve(evaluation.system.matrices.A.toarray(), demand))

assert np.isclose(headline, by_hand, rtol=1e-6)
assert np.isclose(headline, by_matrix, rtol=1e-9)
assert spread > 2 > float(left_open.max() / left_open.min())
print(
    f"1 t of caustic soda under the rule: {headline:.1f} kg CO2e; the base left a factor of {spread:.1f} open"
)
