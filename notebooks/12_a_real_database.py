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
# # 12 · A real database, and what is odd in it
#
# **Question.** A public database has hundreds of processes, and a computer gives a number for each. Which of
# these numbers may be used?
#
# **After this notebook you can**
#
# 1. read what an import found before reading a single footprint;
# 2. tell a complete number from one whose supply chain has holes;
# 3. find a loop that consumes more than it makes, and work out its gain by hand;
# 4. say how a careless rule of allocation turns good data into nonsense.
#
# **Time:** 75 minutes with the three exercises. **You need:** notebooks 1 and 2.
#
# The database is **USLCI**, the life-cycle inventory database of the United States (National Renewable Energy
# Laboratory and others), in its release of the fourth quarter of 2017. It is public, and it is not part of
# carbonlab. Get it once, on the command line:
#
#     carbonlab fetch uslci
#     carbonlab import uslci_fy17q4_olca_jsonld.zip uslci
#
# and start Jupyter in the folder where `uslci` lies now, or set the environment variable `CARBONLAB_USLCI` to its
# path.

# %%
import os
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
from IPython.display import HTML, display

import carbonlab as cl
from carbonlab.results.evaluation import evaluate_system
from carbonlab.rules.ruleset import Line, Rule
from carbonlab.rules.selectors import Selector
from carbonlab.system.pipeline import build_product_system
from carbonlab.teaching import check
from carbonlab.widgets import bars_view

# %% [markdown]
# If it is not there, the next cell writes down an **excerpt of two steel processes**, with the amounts that USLCI
# states for them and everything upstream left out. All steps below work on it, and the loop of section 3 is the
# real one. The counts are those of two processes, not of a database.

# %%
EXCERPT = {
    "database.csv": "key,value\nname,EXCERPT of two processes of USLCI (not a database)\n",
    "flows.csv": """id,name,kind,unit,direction,compartment,origin
co2,"Carbon dioxide, fossil",elementary,kg,emitted,air,fossil
n2o,Dinitrogen monoxide,elementary,kg,emitted,air,
sheet,"Galvanized steel sheet, at plant",product,kg,,,
studs,"Steel, cold-formed studs and track, at plant",product,kg,,,
scrap,"CUTOFF Galvanized steel scrap, at plant",product,kg,,,
wood_waste,"CUTOFF Disposal, wood waste, to residual material landfill",product,kg,,,
solid_waste,"CUTOFF Disposal, solid waste, unspecified, to unspecified landfill",product,kg,,,
pallet,"CUTOFF Pallet, for packaging",product,kg,,,
electricity,"Electricity, at Grid, US, 2010",product,MJ,,,
""",
    "processes.csv": """id,name,location,valid_from
sheet_mill,"Galvanized steel sheet, at plant",RNA,2006
studs_plant,"Steel, cold-formed studs and track, at plant",RNA,2010
""",
    "exchanges.csv": """process,flow,direction,amount,unit,provider,reference
sheet_mill,sheet,output,1,kg,,yes
sheet_mill,scrap,input,0.29679,kg,studs_plant,
sheet_mill,co2,output,2.668,kg,,
sheet_mill,n2o,output,4.0572e-06,kg,,
studs_plant,studs,output,1,kg,,yes
studs_plant,scrap,output,0.0284,kg,,
studs_plant,wood_waste,output,0.000309,kg,,
studs_plant,solid_waste,output,5.47e-05,kg,,
studs_plant,sheet,input,1.03,kg,sheet_mill,
studs_plant,pallet,input,0.0206,kg,,
studs_plant,electricity,input,0.194048892,MJ,,
studs_plant,co2,output,0.00356,kg,,
""",
}


def write_excerpt():
    """Write the excerpt as a folder of tables, and return the folder."""
    folder = Path(tempfile.mkdtemp(prefix="carbonlab-excerpt-"))
    for name, text in EXCERPT.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


stated = os.environ.get("CARBONLAB_USLCI", "")
is_real = bool(stated) or Path("uslci").is_dir()
database = cl.read(stated or "uslci") if is_real else cl.read(write_excerpt())
if not is_real:
    notice = """<div role="alert" style="border:3px solid #E69F00;padding:.6em"><b>USLCI WAS NOT FOUND.</b>
    What follows is calculated on an excerpt of two processes. It shows the steps, not the database: see above how to
    get it.</div>"""
    display(HTML(notice))
    print("USLCI WAS NOT FOUND: an excerpt of two processes is used instead.")
database

# %% [markdown]
# ## 1. Read the findings first
#
# Nothing is dropped or mended in silence: what the import saw is kept with the database, and goes with every
# result.

# %%
findings = database.findings.to_pandas()
kinds = findings.groupby("code").agg(
    count=("code", "size"), severity=("severity", "first"), example=("detail", "first")
)
kinds.sort_values("count", ascending=False)

# %% [markdown]
# (The excerpt is too small for findings: the table is empty there.) In USLCI these are worth a second look:
#
# - `gsd_below_one`: a geometric standard deviation below one does not exist. Thousands of spreads say 0. A Monte
#   Carlo that takes them as they are gives nonsense, or crashes.
# - `input_declared_cut_off`: flows named *CUTOFF …*, which somebody decided to leave out.
# - `input_without_producer`: nobody in the database makes this. It is used all the same.
# - `multi_output_without_allocation`: several products, and no word on who carries what.
# - `direction_reversed`, `negative_uptake`: emissions that go in, uptake below zero. Signs are half of
#   accounting.
# - `unit_factor_rounded`: a unit whose conversion in the file is half a percent off its definition.
#
# ## 2. Which numbers are complete?

# %%
default = cl.load_rule_set("default")


def solved(rules):
    """Build the product system under a rule set, and solve it."""
    return evaluate_system(build_product_system([database], rules))


evaluation = solved(default)
system = evaluation.system
counts = Counter(str(status) for status in evaluation.status)
bars_view(list(counts.items()), unit="products", title="What the number of each product is worth")

# %% [markdown]
# `complete`: all that goes in is supplied, all the way up. `unlinked`: somewhere upstream something is missing,
# so the number is too low by an unknown amount. It is not *wrong*, it is **incomplete**, and nobody sees that
# from the number.
#
# ### Exercise 1
#
# Which share of the products has a complete number? Give a number between 0 and 1, from `counts`.

# %%
answer_1 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 1",
    answer_1,
    lambda: counts.get("complete", 0) / counts.total(),
    hint="Products with the status complete, divided by all products. A status that nobody has counts zero.",
    absolute=0.005,
    between=(0, 1),
)

# %% [markdown]
# ## 3. Two steel mills, and a loop
#
# Studs for walls are formed from galvanized sheet. Some sheet is cut away: scrap. The mill that makes the sheet
# takes that scrap back. A loop, and a healthy one: much sheet, little scrap.

# %%
names = dict(zip(database.column("processes", "name"), database.column("processes", "id"), strict=True))
sheet_mill = names["Galvanized steel sheet, at plant"]
studs_plant = names["Steel, cold-formed studs and track, at plant"]
rows = []
for process in (sheet_mill, studs_plant):
    for exchange in database.process(process).exchanges:
        flow = database.flow(exchange.flow)
        if flow.kind != "elementary":
            side = "in" if exchange.is_input else "out"
            rows.append((database.process(process).name, side, exchange.amount, flow.unit, flow.name))
pd.DataFrame(rows, columns=["process", "", "amount", "unit", "what"]).style.hide(axis="index").format(
    {"amount": "{:.4g}"}
).set_properties(subset=["process", "unit", "what"], **{"text-align": "left"})

# %% [markdown]
# The second process has **four** outputs: the studs, the scrap, and two kinds of waste that the database lists as
# products. How do they share the burdens? The data do not say. Suppose somebody splits *equally*, a quarter each,
# because that was the default of a program:

# %%
equally = solved(default.replace(multifunctionality="equal"))
worst = max(equally.loops, key=lambda loop: loop.gain)
process_names = database.column("processes", "name")
members = {str(process_names[equally.system.columns.process[column]]) for column in worst.indices}
sheet_column = equally.system.column_of(sheet_mill)
print(f"largest gain of a loop: {worst.gain:.4f}, in {members}")
print(
    f"footprint of 1 kg of sheet: {equally.intensity()[sheet_column]:.3f} kg CO2e ({equally.status[sheet_column]})"
)
print(f"products that depend on such a loop: {Counter(str(x) for x in equally.status)['non_productive']}")

# %% [markdown]
# A **negative** footprint for a steel sheet. Follow the scrap: 28 g of it carry a quarter of everything, of 1.03
# kg of sheet. So one kilogram of scrap "costs" $1.03 / 4 / 0.0284 \approx 9$ kg of sheet, and each kilogram of
# sheet takes 0.297 kg of scrap: once around the loop, one kilogram of sheet needs 2.7 kg of sheet. It consumes
# more than it makes. The matrix can still be inverted, and the inverse is nonsense.
#
# ### Exercise 2
#
# The **gain** of a loop of two is the square root of the product of its two couplings. Work it out from the
# amounts in the table.

# %%
answer_2 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 2",
    answer_2,
    lambda: worst.gain,
    hint="Sheet per kilogram of scrap under an equal split, times scrap per kilogram of sheet; then the square root.",
    tolerance=0.002,
    mistakes={
        "Once around the loop: take the square root.": 1.03 / 4 / 0.0284 * 0.29679,
        "An equal split is among all four outputs.": (1.03 / 2 / 0.0284 * 0.29679) ** 0.5,
    },
)

# %% [markdown]
# ## 4. The same data under a rule that makes sense
#
# By mass the scrap carries its 2.8 %, and the loop is harmless. If the studs carry everything, there is no loop
# at all.


# %%
def for_the_studs(option):
    """Return the default rules with another key for the studs plant alone."""
    lines = (Line(option, Selector(process=studs_plant)), *default.rules["multifunctionality"].lines)
    return default.replace(multifunctionality=Rule("multifunctionality", lines))


by_rule = {}
for name, option in {"by mass": "mass", "studs carry all": "reference_flow", "equal split": "equal"}.items():
    found = solved(for_the_studs(option))
    for product, process in {"sheet": sheet_mill, "studs": studs_plant}.items():
        flow = database.process(process).exchanges
        reference = next(e.flow for e in flow if e.is_reference)
        column = found.system.column_of(process, reference)
        by_rule[product, name] = (float(found.intensity()[column]), str(found.status[column]))
pd.DataFrame(
    [(product, rule, value, status) for (product, rule), (value, status) in by_rule.items()],
    columns=["1 kg of", "rule for the studs plant", "kg CO2e", "status"],
).style.hide(axis="index").format({"kg CO2e": "{:.3f}"})

# %% [markdown]
# By mass all four outputs have the *same* footprint per kilogram, so that scrap counts like steel; and the sheet,
# which takes 0.297 kg of scrap, becomes much dearer. Whether scrap should carry a burden at all is a question for
# the slot `recycling`, not for allocation among co-products: see notebook 6.
#
# ### Exercise 3
#
# Get the sheet *by mass* by hand from the numbers where the studs carry all. There the scrap is free, so that
# `own = by_rule["sheet", "studs carry all"][0]` is the sheet without its scrap. The studs plant adds
# `added = by_rule["studs", "studs carry all"][0] - 1.03 * own`. By mass, one kilogram of scrap stands for
#
# $$\frac{\text{added} + 1.03\,x}{m}, \qquad m = 1 + 0.0284 + 0.000309 + 0.0000547,$$
#
# where $x$ is the sheet and $m$ the mass of all outputs. Which equation does $x$ obey? Solve it, and give $x$ in kg
# CO2e per kg.

# %%
answer_3 = None

# %% jupyter={"source_hidden": true}
headline, own = by_rule["sheet", "by mass"][0], by_rule["sheet", "studs carry all"][0]
added = by_rule["studs", "studs carry all"][0] - 1.03 * own
mass = 1 + 0.0284 + 0.000309 + 0.0000547
check(
    "Exercise 3",
    answer_3,
    lambda: (own + 0.29679 * added / mass) / (1 - 0.29679 * 1.03 / mass),
    hint="x = own + 0.29679 · (added + 1.03 x) / m. Bring the terms with x to one side.",
    tolerance=0.002,
    mistakes={
        "The sheet in the scrap has scrap in it too: x stands on both sides.": (
            lambda: own + 0.29679 * (added + 1.03 * own) / mass
        )
    },
)

# %% [markdown]
# ## What to keep
#
# - Findings first, footprints second. A database is somebody's work, with slips like any work.
# - A number without its status is half a number.
# - A gain above one: the loop consumes more than it makes. Usually a rule is to blame, or a unit.
# - A rule nobody chose is still a rule.
#
# The last cell checks the headline, the sheet by mass, along two other ways: the equation of exercise 3, and a
# dense solution of the whole system.

# %%
by_equation = (own + 0.29679 * added / mass) / (1 - 0.29679 * 1.03 / mass)
found = solved(for_the_studs("mass"))
cB = found.factors @ found.weights @ found.system.matrices.B
by_matrix = float(
    np.linalg.solve(found.system.matrices.A.toarray().T, cB)[found.system.column_of(sheet_mill)]
)
assert np.isclose(headline, by_equation, rtol=1e-6)
assert np.isclose(headline, by_matrix, rtol=1e-6)
assert np.isclose(worst.gain, (1.03 / 4 / 0.0284 * 0.29679) ** 0.5, rtol=1e-4)
assert by_rule["sheet", "equal split"][0] < 0 < own < headline
print(
    f"1 kg of galvanized sheet: {headline:.3f} kg CO2e by mass" + ("" if is_real else " (EXCERPT, not USLCI)")
)
