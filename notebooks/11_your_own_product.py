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
# # 11 · Your own product, from a spreadsheet
#
# **Question.** You know what goes into your product. How do you get its footprint without any LCA software?
#
# **After this notebook you can**
#
# 1. write an inventory as three sheets of a workbook, and read it;
# 2. find and mend mistakes by sheet, row and column;
# 3. explain a footprint below zero, and take the product to the end of its life;
# 4. change a number in the workbook, and see what the footprint does.
#
# **Time:** 75 minutes with the four exercises; longer with a product of your own. **You need:** notebook 1, and
# any spreadsheet program.
#
# The paper cup below is an illustration. **Every figure in it was invented**: replace them by your own.

# %%
import tempfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd

import carbonlab as cl
from carbonlab.formats.tables import write_example
from carbonlab.results.evaluation import evaluate_system
from carbonlab.system.pipeline import build_product_system
from carbonlab.teaching import check
from carbonlab.widgets import bars_view, result_view

folder = Path(tempfile.mkdtemp(prefix="carbonlab-cup-"))  # or a folder of your own: Path("my-product")
cup_file = folder / "cup.xlsx"
write_example(cup_file)
print("open it in a spreadsheet program, if you like:", cup_file)

# %% [markdown]
# ## 1. Three sheets
#
# Only three are needed. **flows** lists things, **processes** lists what is done, and **exchanges** says how much
# of a thing goes in or out when something is done once. The other sheets are there for when you have something to
# say in them: parameters, prices, sources.


# %%
def sheet(path, name, columns):
    """Show some columns of a sheet, with the row numbers of the spreadsheet program."""
    table = pd.read_excel(path, sheet_name=name, usecols=columns)[columns].fillna("")
    table.index = range(2, len(table) + 2)
    return table


sheet(cup_file, "processes", ["id", "name", "category"])

# %%
sheet(
    cup_file,
    "exchanges",
    ["process", "flow", "direction", "amount", "unit", "formula", "provider", "reference"],
)

# %% [markdown]
# Read the rows of `cup_factory`. To make 1000 cups, board and 15 kWh go in; waste paper goes out, and is burned
# by somebody. `reference` marks the row that the others relate to. `provider` says which process a thing comes
# from. How much board is needed follows from parameters (`board_used`), so that one number can be changed in one
# place.
#
# ## 2. Read, ask, look

# %%
cups = cl.read(cup_file)
cups

# %%
at_the_gate = cl.calculate(cl.Study.of(cups, "cup_factory", amount=1000, unit="item"))
result_view(at_the_gate)

# %% [markdown]
# **Below zero?** The calculation ends at the gate of the factory. The carbon of the trees was taken from the air,
# and sits in the cups. It has not come back yet.
#
# ### Exercise 1
#
# How many kg of CO2 were taken from the air for the carbon that leaves the factory in 1000 cups? A cup has 12 g
# of board; a kilogram of board holds 0.45 kg of carbon; 12 kg of carbon make 44 kg of CO2.

# %%
answer_1 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 1",
    answer_1,
    1000 * 0.012 * 0.45 * 44 / 12,
    hint="Mass of the cups, times carbon per kilogram of board, times 44/12.",
    mistakes={
        "That is carbon; CO2 is heavier by 44/12.": 1000 * 0.012 * 0.45,
        "What is cut away in the factory does not leave in the cups.": 1000 * 0.012 / 0.85 * 0.45 * 44 / 12,
    },
)

# %% [markdown]
# ## 3. Mistakes
#
# Everybody makes them, so let us make three on purpose: a decimal comma, a letter too few, and a unit of another
# quantity.


# %%
def edited(path, name, **cells):
    """Write a copy of a workbook with other cells: edited(path, "copy.xlsx", exchanges={"D15": 1.9})."""
    book = openpyxl.load_workbook(path)
    for sheet_name, changes in cells.items():
        for cell, value in changes.items():
            book[sheet_name][cell] = value
    book.save(path.parent / name)
    return path.parent / name


with_mistakes = edited(
    cup_file,
    "mistakes.xlsx",
    exchanges={"D16": "15,5", "B15": "bord", "E11": "kg"},
)
try:
    cl.read(with_mistakes)
except cl.CarbonlabError as error:
    print(error)

# %% [markdown]
# All mistakes come at once, each with sheet, row, column, and what to do. **Nothing is read as long as there is
# one**: a program that skipped the bad row would give a number, and the number would be wrong.
#
# ### Exercise 2
#
# Add one more mistake: empty the cell in which the cup factory marks its reference flow (column H, in the row of
# `cups`). In which row of the sheet does the message ask for it? Try `cl.read(edited(cup_file, "x.xlsx",
# exchanges={...}))`, and give the number of the row.

# %%
answer_2 = None

# %% jupyter={"source_hidden": true}
rows_of_cups = sheet(cup_file, "exchanges", ["process", "flow"]).query(
    "process == 'cup_factory' and flow == 'cups'"
)
check(
    "Exercise 2",
    answer_2,
    lambda: int(rows_of_cups.index[0]),
    hint="The message names sheet, row and column. Which row of the sheet exchanges holds the cups?",
    tolerance=0,
)

# %% [markdown]
# ## 4. To the end
#
# A cup is used once and thrown away. That is one more process, and one more flow: *a cup, used*. It takes a cup
# from the factory, and its paper goes to the process that burns waste paper, which is there already. In the
# workbook: one row in `flows`, one in `processes`, three in `exchanges`. Here the rows are added by a few lines
# of Python; in your spreadsheet program you simply type them.


# %%
def with_rows(path, name, **rows):
    """Write a copy of a workbook with more rows, each a dictionary of column names."""
    book = openpyxl.load_workbook(path)
    for sheet_name, new in rows.items():
        header = [cell.value for cell in book[sheet_name][1]]
        for row in new:
            assert set(row) <= set(header), "there is no such column"
            book[sheet_name].append([row.get(column) for column in header])
    book.save(path.parent / name)
    return path.parent / name


made_up = {"value_kind": "assumption", "source": "illustration", "comment": "invented for illustration"}
used_file = with_rows(
    cup_file,
    "used.xlsx",
    flows=[{"id": "cup_used", "name": "A cup, used once", "kind": "product", "unit": "item"}],
    processes=[{"id": "use", "name": "Use of a paper cup", "location": "GLO", "category": "products"}],
    exchanges=[
        {
            "process": "use",
            "flow": "cup_used",
            "direction": "output",
            "amount": 1,
            "unit": "item",
            "reference": "yes",
        },
        {
            "process": "use",
            "flow": "cups",
            "direction": "input",
            "amount": 1,
            "unit": "item",
            "provider": "cup_factory",
        }
        | made_up,
        {"process": "use", "flow": "waste_paper", "direction": "output", "amount": 12, "unit": "g"}
        | {"provider": "waste_burning"}
        | made_up,
    ],
)
used = cl.read(used_file)
study = cl.Study.of(used, "use", amount=1000, unit="item")
result = cl.calculate(study)
result_view(result)

# %%
component = result["footprint"].sum(["stage", "year", "gas"]).squeeze()
headline = float(component.sel(component="fossil"))
bars_view(
    [
        (str(name.item()), float(component.sel(component=name)))
        for name in component["component"]
        if component.sel(component=name)
    ],
    unit="kg CO2e per 1000 cups",
    title="Where it comes from: uptake and release of the wood cancel",
)

# %% [markdown]
# What the trees took has come back, to 0.2 % (the sheet has 1.83 kg CO2 per kg of wood, where 0.5 · 44/12 is
# 1.8333: a rounded number in the data). Practically only fossil emissions are left. Check whether that holds for
# *your* product: if uptake and release do not cancel over the whole life, then something is missing, or carbon is
# stored somewhere.
#
# ### Exercise 3
#
# The board mill makes bark too. The sheet `allocation` states that the board carries 99 % of the burdens (the
# rule used so far takes what the data state first). By mass it would carry 1000 of 1100 kg. The sheet
# `properties` has prices: 1.00 EUR per kg of board, 0.05 EUR per kg of bark. Which share would the board carry by
# price (between 0 and 1)?

# %%
answer_3 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 3",
    answer_3,
    1000 * 1.0 / (1000 * 1.0 + 100 * 0.05),
    hint="Revenue of the board divided by the revenue of both: amount times price.",
    tolerance=0.001,
    mistakes={
        "That is by mass.": 1000 / 1100,
        "That is what the sheet states; work it out from amounts and prices.": 0.99,
        "Prices count with the amounts that are sold.": 1 / 1.05,
    },
)

# %% [markdown]
# ## 5. Ask your workbook
#
# A thinner cup of 10 g instead of 12 g? Change the parameter `cup_mass` (cell C2 of its sheet), and read again.

# %%
try:
    cl.read(edited(used_file, "thin.xlsx", parameters={"C2": 0.010}))
except cl.CarbonlabError as error:
    print(error)

# %% [markdown]
# The workbook keeps amounts beside formulas, and they are checked: now they disagree. Empty the amount where
# there is a formula (`None`), and it will be calculated.
#
# ### Exercise 4
#
# What are the fossil emissions of 1000 used cups of 10 g, in kg CO2e? Empty the amounts beside the formulas in
# D15 and D17 of `exchanges`. And think of the cup that is thrown away: its mass was typed in as a number, in D23.
# **A number that is written twice will be forgotten once.** `fossil_of(edited(used_file, "thin.xlsx",
# parameters={...}, exchanges={...}))` gives the result.


# %%
def fossil_of(path):
    """Return the fossil emissions of 1000 used cups of a workbook, kg CO2e."""
    answer = cl.calculate(cl.Study.of(cl.read(path), "use", amount=1000, unit="item"))
    return float(answer["footprint"].sel(component="fossil").sum())


answer_4 = None

# %% jupyter={"source_hidden": true}
parameters = {"C2": 0.010}
exchanges = {"D15": None, "D17": None, "D23": 10}
check(
    "Exercise 4",
    answer_4,
    lambda: fossil_of(edited(used_file, "check.xlsx", parameters=parameters, exchanges=exchanges)),
    hint="Two amounts are emptied, and two numbers change: the parameter, and what is thrown away after use.",
    tolerance=0.001,
    mistakes={
        "The cup that is thrown away still weighs 12 g (cell D23).": lambda: fossil_of(
            edited(used_file, "check.xlsx", parameters=parameters, exchanges=exchanges | {"D23": 12})
        )
    },
)

# %% [markdown]
# ## What to keep
#
# - Flows, processes, exchanges: that is an inventory. Units are converted, formulas are checked.
# - A mistake stops the reading, and says where it is. That is a service.
# - A footprint at the gate can be below zero. Ask what becomes of the carbon.
# - Say of each number where it comes from. `value_kind` empty is shown as *not stated*.
#
# Now your product: `write_example("mine.xlsx")`, replace row by row, and let `cl.read` tell you what is left to
# mend. `docs/tables.md` has every column.
#
# The last cell checks the headline, the fossil emissions of 1000 used cups, along two other ways: by hand, and by
# a dense solution of the matrices.

# %%
grid = 0.5 + 0.001 * 29.8  # kg CO2e per kWh: CO2, and fossil methane with its factor for 100 years
board = (1.9 * 0.02 + 1.0 * grid + 0.2) * 0.99  # kg CO2e per kg; bark carries one percent, as stated
burned = -0.4 * grid  # kg CO2e per kg of paper: electricity that need not be made elsewhere
board_in = (
    0.012 / 0.85
)  # kg of board for a cup; in the end all of it is burned, in the factory's scrap or after use
by_hand = 1000 * (board_in * board + 0.015 * grid + board_in * burned)

evaluation = evaluate_system(build_product_system([used], cl.load_rule_set("default")))
system = evaluation.system
demand = np.zeros(len(system.columns))
demand[system.column_of("use")] = 1000.0
is_fossil = np.array([channel.component == "fossil" for channel in evaluation.channels])
own = (evaluation.factors * is_fossil) @ evaluation.weights @ system.matrices.B
by_matrix = float(own @ np.linalg.solve(system.matrices.A.toarray(), demand))

assert np.isclose(headline, by_hand, rtol=1e-9)
assert np.isclose(headline, by_matrix, rtol=1e-9)
assert float(at_the_gate["total"].squeeze()) < 0 < float(result["total"].squeeze())
assert np.isclose(float(result["total"].squeeze()), headline, rtol=0.01)  # uptake and release cancel
print(f"1000 paper cups, used and burned: {headline:.2f} kg CO2e fossil (invented figures)")
