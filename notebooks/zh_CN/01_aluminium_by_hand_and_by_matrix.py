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
# # 1 · 同一公斤铝：手算与矩阵
#
# **问题。** 一公斤原铝背后有多少温室气体？为什么没有人用纸和笔来算？
#
# **学完本课，你能够**
#
# 1. 手工把一条小供应链加总，并说出总和差在哪里；
# 2. 把一条供应链写成两个矩阵，用一行代码求解；
# 3. “自下而上”（需要运行什么？）和“自上而下”（多一个单位意味着什么？）地读一个碳足迹；
# 4. 分清一个数里哪部分来自数据，哪部分来自规则。
#
# **用时：** 75 分钟，含三道练习。**需要：** 百分数，二元一次方程组；不需要懂矩阵。
#
# 本清单由公开数字编成，*仅用于教学和检验规则，不得用于声明*。

# %%
import numpy as np
import pandas as pd
from IPython.display import display

import carbonlab as cl
from carbonlab.results.contributions import impact_weights
from carbonlab.results.evaluation import evaluate_system
from carbonlab.system.pipeline import build_product_system
from carbonlab.teaching import check
from carbonlab.widgets import bars_view, result_view, rules_bench

cl.set_language("zh_CN")
database = cl.load_teaching_inventory()
database

# %% [markdown]
# ## 1. 配方
#
# 清单是一本配方书。每个*单元过程*说明：生产一个单位的产品，要投入什么，会产出什么。下面是铝液的配方：电做功，
# 氧化铝带来金属，碳阳极被烧掉。


# %%
def recipe(process):
    """显示一个过程投入什么、产出什么。"""
    record = database.process(process)
    rows = [
        ("投入" if e.is_input else "产出", e.amount, flow.unit, flow.name, e.provider)
        for e in record.exchanges
        for flow in [database.flow(e.flow)]
    ]
    table = pd.DataFrame(rows, columns=["", "数量", "单位", "流", "来自"])
    style = table.style.hide(axis="index").format({"数量": "{:.5g}"}).set_caption(record.name)
    return style.set_properties(subset=["单位", "流", "来自"], **{"text-align": "left"})


recipe("smelter_cn")

# %% [markdown]
# 顺着电往上走：铸造和电解槽从电网取电，电网主要从煤电取电，煤电用煤。

# %%
for process in ("aluminium_ingot_cn", "grid_cn", "power_coal_cn", "coal_mine_cn"):
    display(recipe(process))

# %% [markdown]
# ## 2. 手算
#
# 先只留五个过程，其余不计：**铝锭 ← 铝液 ← 电网 ← 煤电 ← 煤矿**。
#
# 一公斤其他气体相当于若干公斤 CO2。下面是 IPCC 第六次评估报告 100 年的特征化因子：化石甲烷 29.8，氧化亚氮 273，
# CF4 7380，C2F6 12400。于是每个过程每单位产品的排放为：
#
# | 过程 | 自身排放 | kg CO2e |
# |---|---|---|
# | 铝锭，1 kg | 0.00093 CO2 | 0.00093 |
# | 铝液，1 kg | 1.6 CO2 + 0.0004 × 7380 + 0.00004 × 12400 | 5.048 |
# | 煤电，1 kWh | 0.8273 CO2 + 0.0000087 × 29.8 + 0.0000131 × 273 | 0.83114 |
# | 煤，1 kg | 0.00399 × 29.8 | 0.11890 |
#
# 现在顺着树往上走。

# %%
electricity = 0.4 + 13.35  # 每公斤铸造和电解槽的用电，kWh
coal_power = electricity * 0.67869  # 每 kWh 电网电中的煤电，kWh
coal = coal_power * 0.33896  # 每 kWh 煤电的用煤，kg
by_hand = 0.00093 + 5.048 + coal_power * 0.83114 + coal * 0.11890
print(f"用电 {electricity:.2f} kWh，其中煤电 {coal_power:.3f} kWh，用煤 {coal:.3f} kg：{by_hand:.3f} kg CO2e")

# %% [markdown]
# 算完了吗？再看一眼煤矿的配方：**它要用电**。那些电要用煤，煤又要用电……每一轮都比上一轮小，但总有下一轮。

# %%
needed, total = electricity, 0.00093 + 5.048
for turn in range(1, 6):
    power = needed * 0.67869
    mined = power * 0.33896
    total += power * 0.83114 + mined * 0.11890
    print(f"第 {turn} 轮：{needed:12.8f} kWh → 累计 {total:.8f} kg CO2e")
    needed = mined * 0.0387  # 每公斤煤的用电，kWh
total_of_rounds = total

# %% [markdown]
# 每一轮是上一轮的 0.89 %。树总要在某处停下，所以**树总是算少了**。但这些轮次背后藏着一个一元方程：
# 全部用电 $x$ 等于铸造和电解槽的用电，加上煤矿的用电，
#
# $$x = 13.75 + 0.67869 \cdot 0.33896 \cdot 0.0387 \; x .$$

# %%
x = 13.75 / (1 - 0.67869 * 0.33896 * 0.0387)
by_equation = 0.00093 + 5.048 + x * 0.67869 * (0.83114 + 0.33896 * 0.11890)
print(f"共用电 {x:.5f} kWh：{by_equation:.6f} kg CO2e")
assert by_hand < by_equation
assert abs(by_equation - total_of_rounds) < 1e-6  # 这里五轮已差不多够了

# %% [markdown]
# ## 3. 用矩阵
#
# 一个过程一个未知数，一个产品一个方程，不用再走。把配方写成**技术矩阵 A** 的列：产出为正，投入为负。
# 逐行来看，*产出减去使用*必须等于我们所要的，即**最终需求 f**。未知的**规模向量 s** 说明每个过程运行多少次：
#
# $$A\,s = f, \qquad h = (cB)\,s .$$
#
# $B$ 是每个过程的排放，$c$ 是各种气体的特征化因子；这里直接写它们的乘积 $cB$。

# %%
names = ["铝锭", "铝液", "电网", "煤电", "煤"]
A = np.array(
    [  # 铝锭   铝液    电网     煤电     煤矿
        [1.00, 0.00, 0.00000, 0.00000, 0.0000],  # 铝锭，kg
        [-1.0, 1.00, 0.00000, 0.00000, 0.0000],  # 铝液，kg
        [-0.4, -13.35, 1.000, 0.00000, -0.0387],  # 电网电，kWh
        [0.00, 0.00, -0.67869, 1.0000, 0.0000],  # 煤电，kWh
        [0.00, 0.00, 0.00000, -0.33896, 1.000],  # 煤，kg
    ]
)
cB = np.array([0.00093, 5.048, 0, 0.83114, 0.11890])
f = np.array([1.0, 0, 0, 0, 0])

s = np.linalg.solve(A, f)
print(dict(zip(names, s.round(4).tolist(), strict=True)))
print(f"h = {cB @ s:.6f} kg CO2e")
assert np.isclose(cB @ s, by_equation, rtol=1e-12)

# %% [markdown]
# 环路根本不需要特别处理：结果就是方程的结果，直到最后一位。
#
# ### 自上而下
#
# 把问题反过来问：*每个产品的一个单位*代表多少排放？把矩阵转置来解，
#
# $$A^{\mathsf T} \lambda = (cB)^{\mathsf T},$$
#
# 一次求解就得到**所有**产品的碳足迹。所要的需求的碳足迹就是 $\lambda \cdot f$。

# %%
intensity = np.linalg.solve(A.T, cB)
assert np.isclose(intensity @ f, cB @ s, rtol=1e-12)
bars_view(list(zip(names, intensity, strict=True)), unit="kg CO2e/单位", title="一个单位的碳足迹")

# %% [markdown]
# ### 练习 1
#
# 更好的电解槽每公斤铝液用电 12.5 kWh，而不是 13.35。这时五个过程的链上，铝锭的碳足迹是多少？改 `A` 的副本中的一个数，
# 再求解。把结果写在 `None` 的位置，运行该单元格，再运行下面的检查单元格（JupyterLab 把它的代码折叠起来了）。

# %%
answer_1 = None

# %% jupyter={"source_hidden": true}
better = A.copy()
better[2, 1] = -12.5
check(
    "练习 1",
    answer_1,
    cB @ np.linalg.solve(better, f),
    hint="“电网”行、“铝液”列是电解槽的用电；它是投入，所以为负。",
)

# %% [markdown]
# ## 4. 全部清单
#
# 整个清单还是同一个方程，只是更宽。carbonlab 用配方建立 A 和 B；配方没有说定的地方，由*规则*来决定（下文再谈）。
# 我们五个过程的那一块，正是手写的那一块。

# %%
rules = cl.load_rule_set("default")
system = build_product_system([database], rules)
chain = ["aluminium_ingot_cn", "smelter_cn", "grid_cn", "power_coal_cn", "coal_mine_cn"]
block = [system.column_of(process) for process in chain]
full_A = system.matrices.A.toarray()
assert np.allclose(full_A[np.ix_(block, block)], A, rtol=2e-5)
system

# %%
evaluation = evaluate_system(system)
own = impact_weights(evaluation) @ system.matrices.B  # cB：每一列自身的排放
ingot = block[0]
demand = np.zeros(len(own))
demand[ingot] = 1.0

scaling = np.linalg.solve(full_A, demand)
by_matrix = float(own @ scaling)
print(f"每公斤铝锭 {by_matrix:.4f} kg CO2e；五个过程的链得到 {by_equation:.4f}")

# %% [markdown]
# ### 树能走多远？
#
# 第 0 层是铝锭，第 1 层是它的供应者，第 2 层是供应者的供应者。令 $Z = I - A D^{-1}$，$D$ 是 $A$ 的对角线，
# 第 $k$ 层就是 $Z^k f$，各层之和恰好等于方程的解。顺便数一数树枝：一个人要写多少项。

# %%
Z = np.eye(len(own)) - full_A / np.diag(full_A)
tier, branches, reached = demand, demand, 0.0
shares, tiers = [], []
for depth in range(13):
    reached += own @ (tier / np.diag(full_A))
    shares.append((f"到第 {depth} 层", 100 * reached / by_matrix))
    tiers.append((depth, f"{branches.sum():,.0f}", f"{by_matrix - reached:.5f}"))
    tier, branches = Z @ tier, (Z != 0) @ branches
display(bars_view(shares[:9], unit="%", title="树所找到的碳足迹份额"))
pd.DataFrame(tiers, columns=["层", "该层的树枝数", "还差，kg CO2e"]).style.hide(axis="index")

# %% [markdown]
# 走到第 5 层，树还差 1.6 %；到第 12 层，树枝已经多得没有人写得完。矩阵没有层：它一次闭合所有环路。
#
# ### 当环路吃掉自己
#
# 让煤矿每公斤煤用电 5 kWh，就像写错了单位。一公斤煤发的电，还不够把它挖出来。树无限地长下去。矩阵仍然给出一个*数*，
# 但这个数毫无意义：

# %%
[mine_power] = [e.id for e in database.process("coal_mine_cn").exchanges if e.flow == "electricity"]
broken = evaluate_system(build_product_system([database.with_amounts({mine_power: 5.0})], rules))
column = broken.system.column_of("aluminium_ingot_cn")
print(f"{broken.intensity()[column]:.1f} kg CO2e/kg，状态： {broken.status[column]}")
assert broken.status[column] == "non_productive"
broken

# %% [markdown]
# 烧煤竟有负的碳足迹：方程有解，但这个解在现实中不可能出现。所以 carbonlab 查看每个环路；上游环路的消耗不小于产出时，
# 它给每个受影响的产品加上标记。
#
# ### 练习 2
#
# 更好的精炼节省氧化铝：每公斤铝液 1.90 kg，而不是 1.93 kg。铝锭的碳足迹下降多少？**不要重新求解**：
# `evaluation.intensity()` 是每个产品一个单位的碳足迹，`system.column_of("alumina_cn")` 是氧化铝在其中的位置。

# %%
answer_2 = None

# %% jupyter={"source_hidden": true}
[alumina_input] = [e.id for e in database.process("smelter_cn").exchanges if e.flow == "alumina"]
saving = cl.Study.of(database.with_amounts({alumina_input: 1.90}), "aluminium_ingot_cn")
check(
    "练习 2",
    answer_2,
    by_matrix - float(cl.calculate(saving)["total"].squeeze()),
    hint="每公斤铝锭，电解运行一次。省了多少氧化铝？1 kg 氧化铝代表多少排放？",
    mistakes={
        "这是整整一公斤氧化铝的碳足迹。省下的是多少？": evaluation.intensity()[system.column_of("alumina_cn")]
    },
)

# %% [markdown]
# ## 5. 捷径
#
# 读入、提问、计算、查看。结果是一个普通的 `xarray.Dataset`，带有单位，以及所依据的一切的摘要值。

# %%
study = cl.Study.of(database, "aluminium_ingot_cn", amount=1, unit="kg")
result = cl.calculate(study)
result_view(result)

# %%
by_process = result["process_contribution"].squeeze().to_series().sort_values(ascending=False)
names_of = dict(zip(result["process"].values, result["process_name"].values, strict=True))
largest = [(names_of[process], value) for process, value in by_process.head(8).items()]
rest = by_process.iloc[8:]
others = (f"其他 {len(rest)} 个过程", rest.sum())
bars_view([*largest, others], unit="kg CO2e/kg 铝锭", title="有排放的过程")

# %% [markdown]
# 将近一半来自煤电。国际铝业协会给出的 2023 年世界平均值是 14.8 kg CO2e/kg；这里的电网煤电更多，
# 其他原因见 `docs/teaching_inventory.md`。
#
# ## 6. 数据还是规则？
#
# 到此为止，每个数都由配方得出。现在打开另一个配方：锯木厂用一根原木生产**四种**产品。

# %%
recipe("sawmill")

# %% [markdown]
# 锯木厂的柴油有多少该算给树皮？没有哪种测量能回答。这要由规则来定：按质量、按能量、
# 按价格……carbonlab 把这些选择放在*规则集*里，每个*决定项*（slot）一条规则，每条规则都注明出处。

# %%
rules

# %% [markdown]
# 下面的规则实验台上，**基线**是默认规则集（此处按质量分配）。改变**备选**的规则，看化石排放如何在产品之间移动。
# 试试 `equal` 和 `reference_flow`，再看 `stated` 和 `refuse` 怎样回答。然后改看*生物源清除*，并清空 `inherent` 一栏：
# 木材的碳就会跟着钱走。

# %%
bench = rules_bench(database, slots=["multifunctionality"], shown="sides", products="sawmill")
bench.alternative_control.slots["multifunctionality"].option.value = "price"
bench.part_control.value = "fossil"
bench

# %% [markdown]
# 配方没有变，四种产品之和也几乎不变。（差值并不*恰好*为零：生产锯木厂柴油的炼油厂也有多种产品，
# 那里的规则也随之改变了。）规则移动负荷，并不消除负荷。
#
# 视图所显示的，都能用代码说出来：

# %%
print(bench.to_code())

# %% [markdown]
# ### 练习 3
#
# 按 `price` 分配时，锯木厂运行一次的化石排放中，锯材承担多大份额？从规则实验台上读出，或自己算出。
# 给出 0 到 1 之间的一个数。

# %%
answer_3 = None

# %% jupyter={"source_hidden": true}
by_price = cl.calculate(bench.session.study, rules.replace(multifunctionality="price"))
fossil = by_price["footprint"].sel(component="fossil").sum(["stage", "year", "gas"]).squeeze()
check(
    "练习 3",
    answer_3,
    float(fossil.sel(product="lumber_green") / fossil.sum()),
    hint="用锯材的数除以该次运行全部产品之和，两者都取备选一列。",
    between=(0, 1),
)

# %% [markdown]
# ## 要记住的
#
# - 供应链有环路的地方，树总是算少；真实的供应链都有环路。矩阵把环路闭合。
# - $s$ 回答*需要运行什么*，$\lambda$ 回答*一个单位意味着什么*。两者给出同一个碳足迹。
# - 吃掉自己的环路仍会给出一个数。看数要连同它的状态一起看。
# - 一个过程有多种产品时，由规则决定，数据决定不了。
#
# 最后一个单元格用另外三条路核对主要结果（即 `calculate` 的结果）：树的前 200 层之和（只用乘法）、第 4 节的稠密求解，
# 以及自上而下的碳足迹。

# %%
tier, by_tree = demand, 0.0
for _ in range(200):
    by_tree += own @ (tier / np.diag(full_A))
    tier = Z @ tier
headline = float(result["total"].squeeze())
assert np.isclose(headline, by_tree, rtol=1e-9)
assert np.isclose(headline, by_matrix, rtol=1e-9)
assert np.isclose(headline, evaluation.intensity()[ingot], rtol=1e-9)
assert by_hand < by_equation < headline
print(f"1 kg 原铝锭：{headline:.2f} kg CO2e")
