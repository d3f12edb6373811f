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
# # 2 · 环路，以及树为什么不行
#
# **问题。** 煤要用电，电要用煤。走到某处就停下的碳足迹会差多少？问题本身又在什么时候失去意义？
#
# **学完本课，你能够**
#
# 1. 用一次除法把环路加到无穷，并说出它的*增益*是什么；
# 2. 由增益预测一棵树需要多少轮；
# 3. 说明“舍去 1 % 以下的每根树枝”可能漏掉远不止 1 %；
# 4. 认出会吃掉自己的环路，并且不相信它给出的数。
#
# **用时：** 75 分钟，含四道练习。**需要：** 第 1 课。
#
# 本清单由公开数字编成，*仅用于教学和检验规则，不得用于声明*。

# %%
import math

import numpy as np
import pandas as pd
from IPython.display import display

import carbonlab as cl
from carbonlab.results.contributions import impact_weights
from carbonlab.results.evaluation import evaluate_system
from carbonlab.system.pipeline import build_product_system
from carbonlab.teaching import check
from carbonlab.widgets import bars_view

cl.set_language("zh_CN")

# %% [markdown]
# ## 1. 最小的环路
#
# 两个过程。电厂每 kWh 烧 0.4 kg 煤，排放 1 kg CO2。煤矿每公斤煤用电 0.1 kWh，排放 0.2 kg CO2e。（这些数是虚构的；
# 清单里的数在下文。）
#
# 绕一圈，从电到煤再回到电：一 kWh 还要 0.4 × 0.1 = 0.04 kWh。这个乘积就是环路的**增益**。下一轮再要其中的 0.04，
# 如此继续：
#
# $$1 + g + g^2 + g^3 + \dots = \frac{1}{1-g} .$$

# %%
coal_per_kwh, kwh_per_coal = 0.4, 0.1
gain = coal_per_kwh * kwh_per_coal
once_around = 1.0 + coal_per_kwh * 0.2  # 一 kWh 及其用煤的 kg CO2e

rounds = [once_around * gain**k for k in range(6)]
by_series = once_around / (1 - gain)
print("逐轮累计：", np.cumsum(rounds).round(6))
print(f"全部轮次：{by_series:.6f} kg CO2e/kWh")

# %% [markdown]
# 矩阵不用任何轮次就给出同样的数，因为它同时对两个过程求解。

# %%
A = np.array([[1.0, -kwh_per_coal], [-coal_per_kwh, 1.0]])  # 行与列：电、煤
by_solve = np.array([1.0, 0.2]) @ np.linalg.solve(A, [1.0, 0.0])
assert math.isclose(by_solve, by_series)
print(f"{by_solve:.6f} kg CO2e/kWh")

# %% [markdown]
# ### 练习 1
#
# 一座炼油厂把自己所产燃料的 8 % 用于自身运行。要有一升出厂，它总共须生产多少升？把数写在 `None` 的位置。

# %%
answer_1 = None

# %% jupyter={"source_hidden": true}
check(
    "练习 1",
    answer_1,
    1 / (1 - 0.08),
    tolerance=0.001,
    hint="增益是 0.08。一升，加上生产它所用的燃料，再加上生产那些燃料所用的燃料……",
    mistakes={"这只是一轮。炼油厂烧掉的燃料也是要生产的。": 1.08},
)

# %% [markdown]
# ## 2. 当增益变大
#
# 让煤矿越挖越深：每公斤煤用电越来越多。

# %%
rows = []
for deeper in (0.1, 0.5, 1.0, 2.0, 2.4, 2.49, 2.6, 5.0):
    g = coal_per_kwh * deeper
    solved = np.array([1.0, 0.2]) @ np.linalg.solve([[1.0, -deeper], [-coal_per_kwh, 1.0]], [1.0, 0.0])
    tree = once_around * sum(g**k for k in range(50))
    rows.append((deeper, g, f"{tree:,.4g}", f"{solved:,.4g}"))
pd.DataFrame(rows, columns=["每 kg 煤的 kWh", "增益", "50 轮的树，kg CO2e", "矩阵，kg CO2e"]).style.hide(
    axis="index"
).format({"增益": "{:.3f}", "每 kg 煤的 kWh": "{:g}"})

# %% [markdown]
# 最后两行请读两遍。增益大于一时，**树无限增长，而矩阵平静地答出一个负数**。方程有解，但它说电厂必须*倒着*运行。
# 任何软件都不应不加警告地显示这样的数。
#
# ## 3. 清单里的环路
#
# 一组过程直接或经由他者彼此都需要，称为*强连通*。carbonlab 找出这些组，并给出各自的增益：轮次稳定之后，
# 需求每一轮变为上一轮的多少倍（该组的最大特征值）。

# %%
database = cl.load_teaching_inventory()
rules = cl.load_rule_set("default")
system = build_product_system([database], rules)
evaluation = evaluate_system(system)
full_A = system.matrices.A.toarray()
process_names = database.column("processes", "name")

loops = []
for loop in evaluation.loops:
    members = sorted({process_names[row] for row in system.columns.process[loop.indices]})
    shown = "、".join(members[:4]) + (f" 等，另有 {len(members) - 4} 个" if len(members) > 4 else "")
    loops.append((f"{loop.gain:.4f}", shown))
pd.DataFrame(loops, columns=["增益", "过程"]).style.hide(axis="index").set_properties(
    **{"text-align": "left"}
)

# %% [markdown]
# 信任，但要核实：从矩阵中取出一组，让 numpy 求特征值。每单位产出的投入为 $Z = I - A D^{-1}$，$D$ 是 $A$ 的对角线。

# %%
Z = np.eye(len(full_A)) - full_A / np.diag(full_A)
for loop in evaluation.loops:
    by_numpy = np.abs(np.linalg.eigvals(Z[np.ix_(loop.indices, loop.indices)])).max()
    assert math.isclose(by_numpy, loop.gain, rel_tol=1e-6)
largest_gain = max(loop.gain for loop in evaluation.loops)
in_loops = sum(len(loop.indices) for loop in evaluation.loops)
print(f"最大增益 {largest_gain:.4f}；{in_loops} 个产品在环路中，产品共 {len(full_A)} 个，其余不在任何环路中")

# %% [markdown]
# 最大的一组并非本清单独有：燃料开动卡车、船和火车，它们又运输燃料；电力开动管道，管道又供给电厂。
# 在真实的大型数据库里，成千上万个过程连在一起。
#
# ### 练习 2
#
# 走了 $k$ 轮之后，树所缺的部分每一轮按增益缩小。用上面最大的增益计算，要多少轮，
# 所缺的部分才小于第一轮缺口的千分之一？（整数。）

# %%
answer_2 = None

# %% jupyter={"source_hidden": true}
check(
    "练习 2",
    answer_2,
    lambda: math.ceil(math.log(0.001) / math.log(largest_gain)),
    tolerance=0,
    hint="找出使增益的 k 次方小于 0.001 的第一个整数 k。取对数或逐个试都行。",
)

# %% [markdown]
# ## 4. 预测成立吗？
#
# 我们逐层走柴油的树，记下还差多少，以及它是上一层的多少。如果增益说的是真话，最后一列必定稳定在增益上。

# %%
own = impact_weights(evaluation) @ system.matrices.B  # 每一列自身排放的 kg CO2e
diagonal = np.diag(full_A)
start = system.column_of("refinery", "diesel")
demand = np.zeros(len(own))
demand[start] = 1.0
by_matrix = float(own @ np.linalg.solve(full_A, demand))

tier, found, missing = demand, 0.0, []
for _ in range(16):
    found += float(own @ (tier / diagonal))
    missing.append(by_matrix - found)
    tier = Z @ tier
shrinks = np.array(missing[1:]) / np.array(missing[:-1])
pd.DataFrame({"层": range(1, 16), "还差，kg CO2e": missing[1:], "与上一层之比": shrinks}).style.hide(
    axis="index"
).format({"还差，kg CO2e": "{:.2e}", "与上一层之比": "{:.4f}"})

# %%
assert abs(shrinks[-1] - largest_gain) < 0.01, "各层稳定之后，剩下的应当就是增益"
print(f"各层稳定在每层 {shrinks[-1]:.4f}；增益是 {largest_gain:.4f}")

# %% [markdown]
# ## 5. “1 % 以下一律舍去”
#
# 走树的人不会走到头，他们舍去小树枝。下面就是这样一个走树人：只有当一根树枝上*能够*找到的至少占总量的给定份额时，
# 才沿它走。（它甚至知道每根树枝真实的碳足迹，而人不会知道。）它会丢掉多少？


# %%
def walk(column, amount, smallest):
    """返回舍去 `smallest` [kg CO2e] 以下树枝的走树人所找到的量，以及走过的节点数。"""
    found, visited = own[column] / diagonal[column] * amount, 1
    for supplier in np.flatnonzero(Z[:, column]):
        needed = Z[supplier, column] * amount
        if abs(needed * evaluation.intensity()[supplier]) >= smallest:
            more, steps = walk(supplier, needed, smallest)
            found, visited = found + more, visited + steps
    return found, visited


ingot = system.column_of("aluminium_ingot_cn")
ingot_footprint = float(evaluation.intensity()[ingot])
lost, walks = [], []
for share in (0.05, 0.02, 0.01, 0.001, 0.0001):
    found, visited = walk(ingot, 1.0, share * ingot_footprint)
    lost.append((f"舍去 {share:.2%} 以下", 100 * (1 - found / ingot_footprint)))
    walks.append((f"{share:.2%}", f"{visited:,}", f"{100 * (1 - found / ingot_footprint):.2f} %"))
display(bars_view(lost, unit="%", title="铝锭 1 kg：走树人丢掉的碳足迹"))
pd.DataFrame(walks, columns=["舍去的界限", "走过", "丢掉"]).style.hide(axis="index")

# %% [markdown]
# 每根舍去的树枝都很小。它们的*总和*并不小，因为数量很多。所以各种标准给出两个限值，一个对单项，一个对总和；
# 所以碳足迹应当附上**一张舍去清单**。carbonlab 会写这张清单：见决定项 `cut_off`。
#
# ### 练习 3
#
# 让走树人丢得尽量多：如果舍去 10 % 以下的每根树枝，它会丢掉**中国电网一千瓦时**（`grid_cn`）碳足迹的多大份额？
# 使用 `walk`，给出 0 到 1 之间的一个数。

# %%
answer_3 = None

# %% jupyter={"source_hidden": true}
_grid = system.column_of("grid_cn")
_whole = float(evaluation.intensity()[_grid])
check(
    "练习 3",
    answer_3,
    lambda: 1 - walk(_grid, 1.0, 0.1 * _whole)[0] / _whole,
    hint="walk 返回两个值，第一个是找到的量。界限是电网碳足迹的 0.1 倍。",
    mistakes={"这是找到的。丢掉的是多少？": lambda: walk(_grid, 1.0, 0.1 * _whole)[0] / _whole},
    between=(0, 1),
)

# %% [markdown]
# ## 6. 规则可以把环路拉紧
#
# 增益不是自然事实。炼油厂有九种产品，高炉有三种；由哪一种承担投入，从而把投入沿环路传下去，由共生产品的规则决定。
# 改变它试试：

# %%
gains = []
for option in ("mass", "energy", "price", "reference_flow", "equal"):
    turned = rules.replace(multifunctionality=option)
    found_loops = evaluate_system(build_product_system([database], turned)).loops
    gains.append((option, max(loop.gain for loop in found_loops)))
bars_view(gains, unit="-", title="各种共生产品规则下的最大环路增益")

# %% [markdown]
# 在真实数据库里，差别可能很大。美国 LCI 数据库（FY17.Q4 版）的最大环路增益，按 `mass` 分配为 0.55，
# 按 `equal` 分配为 1.64，其余规则均取自规则集 `default`。数据相同，而在其中一种规则下，这些数在现实中不可能成立。
# （第 12 课会细看这个环路。）
#
# ## 7. 吃掉自己的环路
#
# 回到中国的煤矿，让它用电越来越多，直到环路的增益大于一。

# %%
[mine_power] = [e.id for e in database.process("coal_mine_cn").exchanges if e.flow == "electricity"]
said = []
for amount in (0.0387, 2.0, 4.0, 5.0):
    changed = evaluate_system(build_product_system([database.with_amounts({mine_power: amount})], rules))
    column = changed.system.column_of("aluminium_ingot_cn")
    said.append((amount, f"{changed.intensity()[column]:,.1f}", str(changed.status[column])))
pd.DataFrame(said, columns=["每 kg 煤的 kWh", "kg CO2e/kg 铝锭", "状态"]).style.hide(axis="index").format(
    {"每 kg 煤的 kWh": "{:g}"}
)

# %% [markdown]
# ### 练习 4
#
# 每公斤煤用多少电时，中国煤矿的环路增益达到一？环路有三个成员：电网每 kWh 取 0.67869 kWh 煤电，
# 煤电每 kWh 用 0.33896 kg 煤，煤矿的用电量就是所求的数。

# %%
answer_4 = None

# %% jupyter={"source_hidden": true}
check(
    "练习 4",
    answer_4,
    1 / (0.67869 * 0.33896),
    hint="增益是环路上三个数的乘积。第三个数是多少时，乘积为一？",
    mistakes={"这是不含煤矿的增益。再乘以多少才等于一？": 0.67869 * 0.33896},
)

# %% [markdown]
# ## 要记住的
#
# - 环路是一个级数，它的和是一次除法：$1/(1-g)$。
# - 增益说明树收敛得多快。小于一时或慢或快；大于一时永不收敛。
# - 大于一时也有解。那是没有意义的解，只有状态会告诉你。
# - 许多小树枝合成一个大数。要索取舍去清单。
#
# 最后一个单元格用三条路核对主要结果，即一升柴油的碳足迹：各层的级数、稠密求解，以及 carbonlab 自己的结果。

# %%
tier, by_tiers = demand, 0.0
for _ in range(200):
    by_tiers += float(own @ (tier / diagonal))
    tier = Z @ tier
headline = float(evaluation.intensity()[start])
assert np.isclose(headline, by_tiers, rtol=1e-9)
assert np.isclose(headline, by_matrix, rtol=1e-9)
assert largest_gain < 1
assert said[-1][2] == "non_productive"
print(f"炼油厂柴油 1 l：{headline:.3f} kg CO2e")
