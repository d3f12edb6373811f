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
# # 6 · Recycling and the Circular Footprint Formula
#
# **Question.** A window frame of aluminium is made, used for 35 years, and melted again. Which of its lives carries the
# making of the metal?
#
# **After this notebook you can**
#
# 1. write the rules 100:0, 0:100 and 50:50 as one formula with one number, A;
# 2. fill in the Circular Footprint Formula by hand, term by term;
# 3. say which behavior each rule rewards: using scrap, or handing it on;
# 4. show what is lost or counted twice when two lives use different rules.
#
# **Time:** 75 minutes with the four exercises. **You need:** notebook 1.
#
# The inventory is made from public figures *for teaching and for testing rules, not for declarations*.

# %%
import numpy as np
import pandas as pd
from IPython.display import display

import carbonlab as cl
from carbonlab.results.evaluation import evaluate_system
from carbonlab.rules.ruleset import Line, Reference, Rule
from carbonlab.rules.selectors import Selector
from carbonlab.system.pipeline import build_product_system
from carbonlab.teaching import check
from carbonlab.widgets import bars_view

# %% [markdown]
# ## 1. The pieces
#
# The metal can come from ore or from scrap, and end in a furnace or in a landfill. The formulas write these pieces as
#
# | symbol | meaning |
# |---|---|
# | $E_V$ | making one kilogram of virgin metal |
# | $E_{rec}$ | collecting and melting scrap into one kilogram |
# | $E_D$ | disposing of one kilogram |
# | $R_1$ | recycled content: share of the metal that comes from scrap |
# | $R_2$ | share that is recycled after use |
#
# We read the pieces off the inventory, from the footprint of one unit of each product.

# %%
study = cl.read_study(cl.study_path("aluminium"))
rules = cl.load_rule_set("default")
system = build_product_system(list(study.databases), rules, foreground=study.foreground)
footprint_of = evaluate_system(system).intensity()

Ev = float(footprint_of[system.column_of("own_smelter")])
Erec = float(footprint_of[system.column_of("aluminium_secondary_cn")])
Ed = float(footprint_of[system.column_of("landfill_inert")])
bars_view(
    [("E_V, from ore", Ev), ("E_rec, from scrap", Erec), ("E_D, landfill", Ed)],
    unit="kg CO2e per kg",
    title="Aluminium, pieces of its lives",
)

# %% [markdown]
# Scrap metal is made with a small part of the virgin burden. So nearly everything hangs on one question: who gets the
# saving $E_V - E_{rec}$? The one who **uses** scrap, or the one who **hands it on**?
#
# ## 2. One number between two answers
#
# Let A be the part of the saving that goes to the user of scrap, and 1 − A the part that goes to whoever hands scrap
# on. With equal qualities of old and new metal the rules are
#
# $$(1-R_1)E_V + R_1\,[A\,E_{rec} + (1-A)\,E_V] + (1-A)\,R_2\,(E_{rec} - E_V) + (1-R_2)\,E_D$$
#
# with A = 1 for **100:0** (cut-off, recycled content), A = 0 for **0:100** (end of life), A = 0.5 for **50:50**. PEF
# states A by material: 0.2 for metals, 0.5 for many plastics (*recalled*).


# %%
def material(A, R1, R2):
    """Return what one kilogram of aluminium brings [kg CO2e]."""
    made = (1 - R1) * Ev + R1 * (A * Erec + (1 - A) * Ev)
    handed_on = (1 - A) * R2 * (Erec - Ev)
    return made + handed_on + (1 - R2) * Ed


R1, R2 = 0.2, 0.95
names = {"100:0": 1.0, "50:50": 0.5, "PEF, metals": 0.2, "0:100": 0.0}
bars_view(
    [(f"{name} (A = {A:g})", material(A, R1, R2)) for name, A in names.items()],
    unit="kg CO2e per kg",
    title="Frame with 20 % recycled content, 95 % recycled after use",
)

# %% [markdown]
# The same frame, the same furnace, the same scrap. **Nearly eight times as much under one rule as under another.**
#
# ### Exercise 1
#
# Under 100:0, what does one kilogram bring with 75 % recycled content, if nothing changes at the end of life?
# [kg CO2e]

# %%
answer_1 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 1",
    answer_1,
    lambda: 0.25 * Ev + 0.75 * Erec + (1 - R2) * Ed,
    hint="With A = 1 two of the terms vanish. Virgin metal and scrap, each by its share.",
    mistakes={"That is 0:100. Which A is 100:0?": lambda: material(0.0, 0.75, R2)},
)

# %% [markdown]
# ## 3. The formula, line by line
#
# The Circular Footprint Formula of PEF adds the qualities Q of old over new metal, and what is burned for energy (not
# here). We fill it in as a bookkeeper would.

# %%
A, Q_in, Q_out = 0.2, 1.0, 1.0
terms = {
    "(1−R1) E_V": (1 - R1) * Ev,
    "R1 A E_rec": R1 * A * Erec,
    "R1 (1−A) E_V Q_in": R1 * (1 - A) * Ev * Q_in,
    "(1−A) R2 E_rec": (1 - A) * R2 * Erec,
    "−(1−A) R2 E_V Q_out": -(1 - A) * R2 * Ev * Q_out,
    "(1−R2) E_D": (1 - R2) * Ed,
}
by_hand = sum(terms.values())
assert np.isclose(by_hand, material(A, R1, R2))
display(bars_view(list(terms.items()), unit="kg CO2e per kg", title="Terms of the Circular Footprint Formula"))
print(f"sum {by_hand:.4f} kg CO2e per kg")

# %% [markdown]
# The large negative bar is a *credit* for metal that somebody will not have to make, 35 years from now. It is part of
# the total here. Other rule books show it beside the total (EN 15804, module D), or not at all.
#
# ### As a rule
#
# In carbonlab the formula is an option of the slot `recycling`: a line for a material, with the symbols as parameters.
# `replaces` names the waste flows that the study models itself, so that the end of life is not counted twice.


# %%
PIECES = {
    "R1": R1,
    "R2": R2,
    "Erec": "aluminium_secondary_cn",
    "Ev_star": "aluminium_ingot_cn",
    "Ed": "landfill_inert",
    "replaces": ["aluminium_waste", "inert_waste"],
}


def with_recycling(option, **parameters):
    """Return the default rules with an option for aluminium ingot in the slot of recycling."""
    lines = (
        Line(
            option=option,
            selector=Selector(flow="aluminium_ingot"),
            parameters={**PIECES, **parameters},
            reference=Reference(source="own", note="for this lesson"),
        ),
        Line(option="as_modelled", reference=Reference(source="own", note="everything else")),
    )
    return rules.replace(recycling=Rule(slot="recycling", lines=lines))


def in_building(rule_set):
    """Return the footprint of one kilogram of aluminium in a building [kg CO2e]."""
    result = cl.calculate(study, rule_set)["total"].squeeze("rule_set")
    return float(result.sel(product="in_building")) / 1000


ways = {
    "100:0": with_recycling("cutoff_100_0"),
    "50:50": with_recycling("split_50_50"),
    "PEF, metals": with_recycling("circular_footprint_formula", A=0.2, Q_in=1.0, Q_out=1.0),
    "0:100": with_recycling("end_of_life_0_100"),
}
calculated = {name: in_building(way) for name, way in ways.items()}
pd.DataFrame(
    {"by hand, metal alone": [material(names[n], R1, R2) for n in ways], "carbonlab": list(calculated.values())},
    index=list(ways),
).style.format("{:.4f}")

# %% [markdown]
# The two columns differ by the same small number in every row: the way to the building site, which no recycling
# rule moves.

# %%
to_the_site = [calculated[name] - material(names[name], R1, R2) for name in ways]
assert np.ptp(to_the_site) < 1e-6
print(f"transport: {to_the_site[0]:.4f} kg CO2e per kg")

# %% [markdown]
# ### Exercise 2
#
# Old metal of mixed alloys is not as good as new: let $Q_{out}$ be 0.8 instead of 1. How much **higher** is the result
# of the Circular Footprint Formula (A = 0.2)? By hand or by rule. [kg CO2e per kg]

# %%
answer_2 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 2",
    answer_2,
    lambda: (1 - A) * R2 * Ev * 0.2,
    hint="Only one of the six terms has Q_out in it. By how much does it change?",
)

# %% [markdown]
# ## 4. What does a rule reward?
#
# Ten points more recycled content, or ten points more recycling after use: what does each bring?

# %%
reward = []
for name, a in names.items():
    base = material(a, 0.2, 0.8)
    reward.append((name, base - material(a, 0.3, 0.8), base - material(a, 0.2, 0.9)))
pd.DataFrame(reward, columns=["rule", "+10 points recycled content", "+10 points recycled after use"]).style.hide(
    axis="index"
).format("{:.3f}", subset=["+10 points recycled content", "+10 points recycled after use"])

# %% [markdown]
# 100:0 pays whoever buys scrap, and nothing to the designer of a frame that comes apart easily. 0:100 pays the
# designer, and makes recycled content worthless. Where old metal is scarce and all of it is sold anyway, buying more
# of it only takes it from somebody else; that is why PEF gives metals a small A.
#
# ### Exercise 3
#
# For which A are the two rewards equal? (Three digits are more than enough.)

# %%
answer_3 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 3",
    answer_3,
    lambda: 0.5 + Ed / (2 * (Ev - Erec)),
    hint="More content saves A (E_V − E_rec). More recycling saves (1 − A)(E_V − E_rec), and a little landfill.",
)

# %% [markdown]
# ## 5. Two lives, one account
#
# Follow one kilogram: made from ore, used as a **frame**, melted, used as an **engine block**, put to landfill. What
# the air gets is $E_V + E_{rec} + E_D$, whatever anybody declares. Is that what the two declarations sum to?

# %%
air = Ev + Erec + Ed


def frame(A):
    """Return what the first life declares: from ore, all recycled [kg CO2e]."""
    return material(A, R1=0.0, R2=1.0)


def engine(A):
    """Return what the second life declares: all from scrap, none recycled [kg CO2e]."""
    return material(A, R1=1.0, R2=0.0)


table = pd.DataFrame(
    [[frame(first) + engine(second) - air for second in names.values()] for first in names.values()],
    index=pd.Index(names, name="frame declares by"),
    columns=pd.Index(names, name="engine block declares by"),
)
table.style.format("{:+.2f}").set_caption("Declared by both lives, less what the air gets [kg CO2e per kg]")

# %%
assert np.allclose(np.diag(table), 0.0, atol=1e-12)

# %% [markdown]
# On the diagonal the account closes: **every** rule is honest if both lives use the same one. Off the diagonal, metal
# is counted twice, or was made by nobody.
#
# ### Exercise 4
#
# The frame declares by 0:100, the engine block by 100:0. How much of what the air gets appears in *neither*
# declaration? Give a positive number. [kg CO2e per kg]

# %%
answer_4 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 4",
    answer_4,
    lambda: air - frame(0.0) - engine(1.0),
    hint="Row 0:100, column 100:0 of the table above, without its sign.",
)

# %% [markdown]
# ## What to keep
#
# - 100:0, 50:50, 0:100 and the PEF formula are one formula with another A.
# - A rule is a reward: for using scrap, or for handing it on.
# - Each rule closes its account over all lives. A mixture of rules does not.
# - A credit is a statement on the future. Say it, and say how large it is.
#
# The last cell checks the headline number, a kilogram of aluminium in a building under the Circular Footprint
# Formula: by the terms above with transport from the inventory, and as A times 100:0 plus (1 − A) times 0:100, since
# the formula is linear in A.

# %%
truck, train = (float(footprint_of[system.column_of(key)]) for key in ("truck", "train"))
transport = sum(
    exchange.amount * {"truck": truck, "train": train}[exchange.flow]
    for exchange in study.foreground.process("aluminium_in_building").exchanges
    if exchange.flow in ("truck", "train")
)
headline = calculated["PEF, metals"]
assert np.isclose(headline, by_hand + transport, rtol=1e-9)
assert np.isclose(headline, A * calculated["100:0"] + (1 - A) * calculated["0:100"], rtol=1e-9)
assert calculated["0:100"] < headline < calculated["50:50"] < calculated["100:0"]
print(f"1 kg of aluminium in a building, Circular Footprint Formula with A = 0.2: {headline:.2f} kg CO2e")
