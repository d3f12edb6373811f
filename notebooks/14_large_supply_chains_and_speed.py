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
# # 14 · Large supply chains, and what makes them fast
#
# **Question.** A real database links 20,000 products. How can a laptop solve them all, a thousand times over,
# before the coffee is ready, and why should anyone believe the digits?
#
# **After this notebook you can**
#
# 1. say why a technology matrix of 20,000 products fits into a few megabytes;
# 2. show why the order of elimination decides on time and memory, and what a hub does to it;
# 3. choose between one forward and one adjoint solution, and count how many solutions a question needs;
# 4. predict how many rounds an iteration needs from the gain of the system;
# 5. say what a thousand draws cost, and read the bound on the error that stands beside each of them.
#
# **Time:** 75 minutes with the five exercises. **You need:** notebooks 1 and 2.
#
# The large systems here are *generated*: they have the shape of real supply chains (hubs such as electricity and
# transport that everything uses, loops, units from grams to gigajoules), and no number in them is data. Times are
# those of your machine, so yours differ from your neighbor's; no result depends on them.

# %%
import math
import os
from time import perf_counter

import numpy as np
import pandas as pd
from IPython.display import display
from scipy.sparse import csc_array
from scipy.sparse.linalg import splu

import carbonlab as cl
from carbonlab.solve import factorize, prepare_iteration
from carbonlab.solve.self_test import generate_hub_matrix
from carbonlab.teaching import check
from carbonlab.widgets import bars_view

SMALL = os.environ.get("CARBONLAB_NOTEBOOK_SIZE") == "small"  # smaller systems, for automatic tests
SIZES = (250, 500, 1_000) if SMALL else (500, 1_000, 2_000, 4_000)
LARGE = 2_000 if SMALL else 20_000
DRAWS = 64 if SMALL else 1_000


def seconds(work):
    """Return what some work returns, and how long it took."""
    begin = perf_counter()
    found = work()
    return found, perf_counter() - begin


# %% [markdown]
# ## 1. Mostly nothing
#
# A process uses a dozen inputs, not twenty thousand. So nearly all entries of the matrix are zero, and only the
# others are kept.

# %%
matrices = {n: generate_hub_matrix(n, seed=1) for n in (*SIZES, LARGE)}
pd.DataFrame(
    [(n, A.nnz, A.nnz / n, 100 * A.nnz / n**2, A.nnz * 12 / 1e6) for n, A in matrices.items()],
    columns=["products", "entries", "entries per product", "share of the matrix, %", "kept, MB"],
).style.hide(axis="index").format("{:,.3g}").format("{:,}", subset=["products", "entries"])

# %% [markdown]
# ### Exercise 1
#
# How many gigabytes (10⁹ bytes) would the *full* matrix of 23,523 products take, at 8 bytes per number?

# %%
answer_1 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 1",
    answer_1,
    8 * 23_523**2 / 1e9,
    tolerance=0.02,
    hint="Rows times columns times bytes, divided by 10⁹.",
    mistakes={"That is one row for each product, and one number in it.": 8 * 23_523 / 1e9},
)

# %% [markdown]
# ## 2. How the time grows
#
# Solving a full matrix takes work in proportion to n³: twice the products, eight times the time. A sparse
# factorization touches little more than what is there.

# %%
rows, check_error = [], 0.0
for n in SIZES:
    A, demand = matrices[n], np.zeros(n)
    demand[n // 2] = 1.0
    full, time_full = seconds(lambda A=A, demand=demand: np.linalg.solve(A.toarray(), demand))
    kept, time_kept = seconds(lambda A=A, demand=demand: factorize(A).solve(demand))
    nonzero = np.abs(kept.x) > 0
    check_error = max(check_error, float(np.max(np.abs(full / np.where(nonzero, kept.x, 1) - 1)[nonzero])))
    rows.append((n, time_full, time_kept, float(kept.error.max())))
pd.DataFrame(
    rows, columns=["products", "full matrix, s", "sparse, s", "sparse: bound on the relative error"]
).style.hide(axis="index").format(
    {
        "products": "{:,}",
        "full matrix, s": "{:.3f}",
        "sparse, s": "{:.3f}",
        "sparse: bound on the relative error": "{:.1e}",
    }
)

# %% [markdown]
# The last column is not a wish. carbonlab puts the solution back into the equations, looks at what is left, and
# bounds how wrong any number can be. A solution whose bound is too wide is refused, not shown.

# %%
print(f"largest relative difference between full and sparse, entry by entry: {check_error:.1e}")

# %% [markdown]
# That difference is *not* the sparse solution's: its bound is far below. The full solution mixes grams with
# gigajoules in one elimination and loses digits in its smallest entries, and nothing tells you so.
#
# ## 3. Fill, and which way the matrix lies
#
# To eliminate a product is to put its recipe into every recipe that uses it. If bread needs flour and flour needs
# power, then without flour *bread needs power*: a cell that was empty is filled. How many cells are filled at the end,
# the **fill**, decides on time and memory, and it depends on the order. The smallest example is a hub that all others
# need, and that needs a little of each of them.


# %%
def filled(matrix, ordering="NATURAL"):
    """Return how many cells the elimination of a matrix fills; NATURAL takes the products as they stand."""
    factors = splu(csc_array(matrix), permc_spec=ordering)
    return factors.L.nnz + factors.U.nnz - matrix.shape[0]  # both count the diagonal


HUBBED = 200
hub_first = np.eye(HUBBED)
hub_first[0, 1:] = hub_first[1:, 0] = -0.001
hub_last = hub_first[::-1, ::-1]  # the same products, listed backwards
cells_first, cells_last = filled(hub_first), filled(hub_last)
print(f"{HUBBED} products, {np.count_nonzero(hub_first)} entries; hub first {cells_first:,}, hub last {cells_last:,}")

# %% [markdown]
# Eliminated first, the hub connects everybody with everybody. Eliminated last, it finds nobody left to connect.
#
# ### Exercise 2
#
# The same with **1,000** products, the hub among them: how many cells are filled *more* if the hub goes first instead
# of last? Try it with a larger `HUBBED`, or find the two formulas.

# %%
answer_2 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 2",
    answer_2,
    1_000**2 - (3 * 1_000 - 2),
    tolerance=1e-6,
    hint="Hub first: every cell. Hub last: the diagonal, one row and one column, whose corner counts once.",
    mistakes={
        "That is the fill with the hub first. How much is it with the hub last?": 1_000**2,
        "That is the fill with the hub last. How much is it with the hub first?": 3 * 1_000 - 2,
    },
)

# %% [markdown]
# In a supply chain a hub is a *row* with an entry in nearly every column: everybody takes power, and power takes a
# few things only. A program that orders columns (as `splu` of scipy does, with the ordering COLAMD) does not see long
# rows. Lay the matrix on its side, and the same program sees them. The equations are the same, and $A^\top$ is what
# "from above" needs anyway.

# %%
A = matrices[SIZES[-1]]
turned, time_turned = seconds(lambda: filled(A.T, "COLAMD"))
upright, time_upright = seconds(lambda: filled(A, "COLAMD"))
own, time_own = seconds(lambda: factorize(A).fill)
stored = A.nnz
fills = {
    "the matrix itself": stored,
    "carbonlab: hubs last, loops apart": own,
    "scipy, lying on its side": turned,
    "scipy, upright": upright,
}
display(
    bars_view(
        [(name, cells / stored) for name, cells in fills.items()],
        unit="times the entries of the matrix",
        title=f"Cells filled by the elimination of {SIZES[-1]:,} products",
    )
)
print(f"carbonlab {time_own:.3f} s, scipy on its side {time_turned:.3f} s, scipy upright {time_upright:.3f} s")

# %% [markdown]
# carbonlab does not leave it to luck: it finds what lies in no loop (no elimination needed, one pass from the raw
# materials upwards is enough), and keeps the hubs of each loop for the end.
#
# ## 4. Forward or adjoint
#
# One **forward** solution, $A s = f$, says how much every process runs for *one* demand. One **adjoint**
# solution, $A^\top \lambda = B^\top c$, says what one unit of *every* product carries, for *one* way to weigh
# emissions.

# %%
A = matrices[LARGE]
emissions = np.random.default_rng(3).lognormal(0.0, 1.0, LARGE)  # what each process emits itself, made up
solver, time_prepare = seconds(lambda: prepare_iteration(A))
adjoint, time_adjoint = seconds(lambda: solver.solve_transposed(emissions))
demand = np.zeros(LARGE)
demand[LARGE // 2] = 1.0
forward, time_forward = seconds(lambda: solver.solve(demand))

one_product = float(emissions @ forward.x)
same_product = float(adjoint.x[LARGE // 2])
print(f"{LARGE:,} products: one forward solution {time_forward:.3f} s, one adjoint {time_adjoint:.3f} s")
print(f"footprint of product {LARGE // 2:,}: {one_product:.12g} forward, {same_product:.12g} adjoint")

# %% [markdown]
# Two different vectors, one number: that is the *duality* of the two, and a strong test of both.
#
# ### Exercise 3
#
# You want the footprints of all 23,523 products, separately for carbon dioxide, methane and nitrous oxide. How
# many solutions do you need, if you choose well?

# %%
answer_3 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 3",
    answer_3,
    3,
    hint="Forward solutions are counted by demands, adjoint ones by ways to weigh emissions. Take the smaller count.",
    mistakes={"You can: with forward solutions, one per product. There is a cheaper way.": 23_523},
)

# %% [markdown]
# ## 5. Rounds instead of factors
#
# Above a few thousand products even a sparse factorization becomes slow, because elimination fills in entries
# that were zero. Iteration never fills anything in: each round multiplies with the matrix once. The plainest one
# adds up the supply chain tier by tier,
#
# $$\lambda_0 = b, \qquad \lambda_{k+1} = b + Z^\top \lambda_k ,$$
#
# and its error shrinks by the *gain* of the system each round (notebook 2).

# %%
small = matrices[SIZES[0]]
diagonal = small.diagonal()
Z = np.eye(SIZES[0]) - small.toarray() / diagonal
gain = float(np.abs(np.linalg.eigvals(Z)).max())
direct = np.random.default_rng(4).lognormal(0.0, 1.0, SIZES[0]) / diagonal * np.abs(diagonal)
exact = np.linalg.solve((np.eye(SIZES[0]) - Z).T, direct)

tier, added, errors = direct.copy(), direct.copy(), []
for _ in range(60):
    tier = Z.T @ tier
    added += tier
    errors.append(float(np.abs(added - exact).max() / np.abs(exact).max()))
print(f"gain {gain:.3f}")
print("error after 10, 20, 40 rounds:", ", ".join(f"{errors[k - 1]:.1e}" for k in (10, 20, 40)))

# %% [markdown]
# ### Exercise 4
#
# A system has a gain of 0.65. After about how many rounds is the error 10⁸ times smaller than at the start?

# %%
answer_4 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 4",
    answer_4,
    math.log(1e8) / -math.log(0.65),
    tolerance=0.05,
    hint="Each round multiplies the error by 0.65. Take logarithms.",
    mistakes={"That would be so if each round halved the error.": math.log2(1e8)},
)

# %% [markdown]
# Smarter iterations (carbonlab uses BiCGSTAB, which corrects two directions at once) need fewer rounds. And where
# a loop eats more than it makes, plain rounds grow without end, while carbonlab treats such couplings exactly
# first.
#
# ## 6. A thousand draws
#
# Each draw of the uncertain numbers is another matrix *on the same pattern*. What does not change between draws
# is done once: the order of elimination, what can be reached, which numbers can matter. A draw then costs little
# more than reading its numbers. Here are all products that the embedded cement study asks for.

# %%
study = cl.read_study(cl.study_path("cement"))
drawn, time_drawn = seconds(lambda: cl.simulate(study, draws=DRAWS))
again, time_again = seconds(lambda: cl.simulate(study, draws=DRAWS))
print(f"{DRAWS:,} draws: {time_drawn:.2f} s, and once more {time_again:.2f} s")
pd.DataFrame(
    {
        "mean, kg CO2e": drawn["mean"].isel(rule_set=0),
        "standard deviation": drawn["standard_deviation"].isel(rule_set=0),
        "at stated values": drawn["static"].isel(rule_set=0),
    },
    index=drawn["product"].values,
).style.format("{:,.1f}")

# %% [markdown]
# Twice the same draws: a draw is a function of its number, of the seed and of the identity of the input. It is
# the same in another order, on another machine, or after an interruption. And every draw was checked:

# %%
assert drawn["mean"].equals(again["mean"])
print(f"largest bound on the error of any draw: {float(drawn['error_bound'].max()):.1e}")
print(f"draws that failed: {drawn.attrs['failed_lanes']}")

# %% [markdown]
# ### Exercise 5
#
# Somebody keeps *all* draws: 100,000 draws of 23,523 products, 8 bytes each. How many gigabytes (10⁹ bytes) is
# that?

# %%
answer_5 = None

# %% jupyter={"source_hidden": true}
check(
    "Exercise 5",
    answer_5,
    100_000 * 23_523 * 8 / 1e9,
    tolerance=0.02,
    hint="Draws times products times bytes.",
    mistakes={"That would be with one byte per number.": 100_000 * 23_523 / 1e9},
)

# %% [markdown]
# carbonlab keeps statistics instead: mean, variance and a sketch of the distribution whose size does not depend
# on the number of draws. That is why a million draws need no more memory than a thousand.
#
# ## What to keep
#
# - The order of elimination decides on the fill: hubs last, loops apart, and what lies in no loop not at all.
# - Sparse is what makes it possible; the adjoint is what makes it cheap; a fixed pattern is what makes draws
#   cheap.
# - Speed without a bound on the error is a guess that arrives early.
#
# The benchmarks of the project (`python -m benchmarks`) measure all this at full size, with peers in the same
# run.
#
# The last cell checks the headline number, the footprint of one product among many, by other paths than the one that
# gave it, and the statements on fill and rounds.

# %%
headline = one_product
by_solution = factorize(A).solve(demand).x if SMALL else forward.x
residual = demand - A @ by_solution
assert np.isclose(headline, same_product, rtol=1e-8), "forward and adjoint must meet"
assert np.isclose(headline, emissions @ by_solution, rtol=1e-8)
assert np.abs(residual).max() <= 1e-8 * (np.abs(A) @ np.abs(by_solution) + np.abs(demand)).max()
assert check_error < 1e-4, "small systems must meet the full solution, as far as that one is right"
assert errors[-1] < errors[9] * gain**40, "the error must shrink by the gain in each round"
assert upright > turned > own > stored, "hubs must cost fill, least where they go last"
print(f"one product of {LARGE:,}: {headline:.6g} kg CO2e per unit, forward and adjoint")
