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
# # 5 · 分配：锯木厂、矿渣、氯碱
#
# **问题。** 一根原木，四种产品；一座高炉，生铁和矿渣；一台电解槽，氯气和烧碱。各自承担多少，由谁决定？
#
# **学完本课，你能够**
#
# 1. 按质量、按能量、按价格算出份额，并看出一种分配基准在什么时候没有意义；
# 2. 说明分配只移动负荷，不消除负荷；
# 3. 说出为什么按价格分配会使碳足迹随市场变动；
# 4. 让产品*所含*的碳留在该产品里。
#
# **用时：** 75 分钟，含五道练习。**需要：** 第 1 课。
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
from carbonlab.widgets import bars_view

cl.set_language("zh_CN")
database = cl.load_teaching_inventory()
default = cl.load_rule_set("default")


def outputs(process):
    """返回一个过程各产品的产量，按流。"""
    return {
        e.flow: e.amount
        for e in database.process(process).exchanges
        if not e.is_input and database.flow(e.flow).kind == "product"
    }


def properties(name):
    """返回各种流每单位的某一属性，按流。"""
    ids = database.column("flows", "id")
    return {
        ids[row["flow"]]: row["value"]
        for row in database.properties.to_pylist()
        if row["name"] == name and row["process"] < 0
    }


def evaluated(option, **parameters):
    """返回在一种共生产品规则下求解的清单；其余规则取自默认规则集。"""
    inherent = parameters.pop("inherent", None)
    rules = default.replace(multifunctionality=option)
    if inherent is not None:
        [line] = default.rules["multifunctionality"].lines
        line = cl.rules.ruleset.Line(option, parameters={"inherent": inherent}, reference=line.reference)
        rules = default.replace(multifunctionality=cl.rules.ruleset.Rule("multifunctionality", (line,)))
    return evaluate_system(build_product_system([database], rules))


def intensities(option, process, **parameters):
    """返回一个过程各产品每单位的碳足迹 [kg CO2e]，按流。"""
    solved = evaluated(option, **parameters)
    return {flow: float(solved.intensity()[solved.system.column_of(process, flow)]) for flow in outputs(process)}


# %% [markdown]
# ## 1. 锯木厂：份额
#
# 每生产一公斤锯材，锯木厂还产出木片、树皮和锯末。分配基准把产量变成份额：产量乘以属性，再除以全部之和。

# %%
sawn = outputs("sawmill")
keys = {name: properties(name) for name in ("mass", "energy", "price")}


def shares(amounts, key):
    """返回各产品按一种分配基准的份额。"""
    weights = {flow: amount * key[flow] for flow, amount in amounts.items()}
    return {flow: weight / sum(weights.values()) for flow, weight in weights.items()}


of_sawmill = pd.DataFrame({name: shares(sawn, key) for name, key in keys.items()})
of_sawmill.insert(0, "每次运行的 kg", pd.Series(sawn))
of_sawmill.style.format("{:.1%}", subset=list(keys)).format("{:.3f}", subset=["每次运行的 kg"])

# %% [markdown]
# 干木材都差不多：质量和能量的结果几乎一致。价格则不然，因为锯木厂是为锯材而运行的。
#
# ### 练习 1
#
# 树皮的价格翻一番。这时按价格分配，**树皮**承担多大份额？使用 `sawn`（产量）和 `keys["price"]`（价格），
# 给出 0 到 1 之间的一个数。

# %%
answer_1 = None

# %% jupyter={"source_hidden": true}
_dearer = {**keys["price"], "bark": 2 * keys["price"]["bark"]}
check(
    "练习 1",
    answer_1,
    lambda: shares(sawn, _dearer)["bark"],
    tolerance=0.002,
    hint="树皮的收入翻一番，整个锯木厂的收入也增加同样多的钱。",
    mistakes={"全部收入之和也增加了。": lambda: 2 * shares(sawn, keys["price"])["bark"]},
    between=(0, 1),
)

# %% [markdown]
# ## 2. 什么也没有丢
#
# 在任何一种基准下，每种产品所承担的负荷合计起来都是同一个总量。我们看锯木厂自身运行的化石部分（厂内烧的和用的，
# 不含原木），以免其他多产品过程扰乱总和。

# %%
base = evaluated("default_chain")
recipe = database.process("sawmill")
one_run = 0.0  # 锯木厂运行一次的电力和燃料，kg CO2e
for e in recipe.exchanges:
    if e.is_input and e.flow != "logs":
        one_run += e.amount * float(base.intensity()[base.system.column_of(e.provider, e.flow)])

carried = of_sawmill[list(keys)] * one_run * 1000
carried.loc["四种合计"] = carried.sum()
carried.style.format("{:.1f}").set_caption("运行一次的电力和燃料，按产品 [g CO2e]")

# %% [markdown]
# ## 3. 木材里的碳
#
# 原木还带来树木吸收的二氧化碳。*它*也该按价格分配吗？那样一来，锯材就会把已随木片离开的碳也算作自己的。除非另有规定，
# carbonlab 让这种**固有**（`inherent`）属性留在实物流里。

# %%
kept = intensities("price", "sawmill", inherent=["biogenic_carbon"])
shared = intensities("price", "sawmill", inherent=[])
in_it = {flow: -carbon * 44 / 12 for flow, carbon in properties("biogenic_carbon").items() if flow in sawn}
pd.DataFrame(
    {"碳留在原处": kept, "碳跟着钱走": shared, "所含的 CO2": in_it}
).style.format("{:+.2f}").set_caption("锯木厂出厂的碳足迹，含吸收 [kg CO2e/kg]")

# %% [markdown]
# ### 练习 2
#
# 把碳“跟着钱走”的锯材烧掉：每公斤释放 1.833 kg CO2。出厂与燃烧之和，对一公斤锯材得出什么数？
# （用 `shared["lumber_green"]`。然后问问自己，烧木头能做到这一点吗？）[kg CO2e]

# %%
answer_2 = None

# %% jupyter={"source_hidden": true}
check(
    "练习 2",
    answer_2,
    lambda: shared["lumber_green"] - in_it["lumber_green"],
    hint="吸收的计为负，燃烧释放的计为正。把两者相加。",
    mistakes={"这是保留了自身的碳的锯材。": lambda: kept["lumber_green"] - in_it["lumber_green"]},
)

# %% [markdown]
# ## 4. 矿渣：共生产品还是废物？
#
# 高炉生产生铁，每公斤生铁同时产出 0.275 kg 矿渣。水泥厂购买矿渣以节省熟料。矿渣里有多少高炉的负荷？

# %%
furnace = outputs("blast_furnace")
slag_shares = {
    "按质量": shares(furnace, keys["mass"])["slag"],
    "按价格": shares(furnace, keys["price"])["slag"],
    "生铁承担全部": 0.0,
}
solved = {
    "按质量": intensities("mass", "blast_furnace"),
    "按价格": intensities("price", "blast_furnace"),
    "生铁承担全部": intensities("reference_flow", "blast_furnace"),
}
pd.DataFrame(
    {
        "矿渣的份额": slag_shares,
        "矿渣，kg CO2e/kg": {rule: one["slag"] for rule, one in solved.items()},
        "生铁，kg CO2e/kg": {rule: one["pig_iron"] for rule, one in solved.items()},
    }
).style.format({"矿渣的份额": "{:.1%}", "矿渣，kg CO2e/kg": "{:.3f}", "生铁，kg CO2e/kg": "{:.3f}"})

# %% [markdown]
# 对钢铁厂来说，怎么选几乎无所谓。对水泥厂来说，却决定一切：熟料每公斤约为 0.9 kg CO2e。

# %%
clinker = float(base.intensity()[base.system.column_of("clinker_cn")])
display(
    bars_view(
        [("熟料", clinker), *((f"矿渣，{rule}", one["slag"]) for rule, one in solved.items())],
        unit="kg CO2e/kg",
        title="加进水泥的东西",
    )
)

# %% [markdown]
# ### 练习 3
#
# 矿渣承担高炉的多大份额时，就会**与熟料一样差**？高炉的全部负荷，
# 取由生铁承担全部时一公斤生铁的碳足迹（`solved["生铁承担全部"]["pig_iron"]`）。给出 0 到 1 之间的一个数。

# %%
answer_3 = None

# %% jupyter={"source_hidden": true}
check(
    "练习 3",
    answer_3,
    lambda: clinker * furnace["slag"] / solved["生铁承担全部"]["pig_iron"],
    hint="全部负荷的份额 s 落在 0.275 kg 矿渣上。每公斤矿渣的负荷应等于 `clinker`。",
    mistakes={"这是按一公斤矿渣算的。一公斤生铁伴随多少矿渣？": lambda: clinker / solved[
        "生铁承担全部"]["pig_iron"]},
    between=(0, 1),
)

# %% [markdown]
# ## 5. 氯碱：当分配基准没有意义时
#
# 盐水和电得到氯气和烧碱，总是同时产出，比例由化学计量决定。谁也不能只生产其中一种。试试各种基准：

# %%
cell = outputs("chlor_alkali")
tried = {option: intensities(option, "chlor_alkali") for option in ("mass", "price", "energy", "reference_flow")}
pd.DataFrame(tried).T.style.format("{:.3f}", na_rep="无基准").set_caption("碳足迹 [kg CO2e/kg]")

# %% [markdown]
# 按能量分配*没有数值*：没有人烧烧碱，所以它没有热值。除非规则写明接下来用哪一种，carbonlab 不会拿别的基准来填空。
#
# 那么价格呢？它会动。

# %%
burden = sum(tried["mass"][flow] * amount for flow, amount in cell.items())  # 运行一次的全部负荷
prices = []
for price in (0.0, 0.1, 0.3, 0.5, 0.7, 1.0):
    soda = shares(cell, {"caustic_soda": keys["price"]["caustic_soda"], "chlorine": price})["caustic_soda"]
    prices.append((f"氯气 {price:.1f} USD/kg", soda * burden / cell["caustic_soda"]))
bars_view(prices, unit="kg CO2e/kg", title="烧碱按价格分配的碳足迹，随氯气价格变动")

# %% [markdown]
# 同样的电解槽，同样的盐，同样的电：只因为氯气卖得更好，烧碱的碳足迹就降到不足一半。（2018 年 1 月，
# 氯气的确曾以接近零、甚至低于零的价格出售。）所以允许按价格分配的标准，都要求采用多年平均价格。
#
# ### 练习 4
#
# 氯气价格为多少时，按质量和按价格分配给烧碱的份额相同？[USD/kg]

# %%
answer_4 = None

# %% jupyter={"source_hidden": true}
check(
    "练习 4",
    answer_4,
    lambda: keys["price"]["caustic_soda"],
    hint="按质量，一公斤就是一公斤。一公斤氯气何时与一公斤烧碱一样值钱？",
)

# %% [markdown]
# ### 练习 5
#
# ISO 14044（GB/T 24044）给出了分配基准的先后次序。哪一种排在按价格分配*之前*？用一个词回答，
# 写本课中 carbonlab 所用的名称，即默认规则对氯碱电解槽所采用的那种基准：
# 把 `intensities("default_chain", "chlor_alkali")` 与上表比较。

# %%
answer_5 = None

# %% jupyter={"source_hidden": true}
check(
    "练习 5",
    answer_5,
    lambda: min(
        ("mass", "price", "reference_flow"),
        key=lambda option: abs(
            intensities("default_chain", "chlor_alkali")["caustic_soda"] - tried[option]["caustic_soda"]
        ),
    ),
    hint="你得到的是表中哪一行？物理关系先于经济关系。",
)

# %% [markdown]
# ## 要记住的
#
# - 份额之和为一：分配移动负荷，不消除负荷。
# - 大过程的小共生产品，正是规则影响最大的地方。
# - 价格基准随市场变动；物理基准可能没有意义。两者都要说明理由。
# - 产品实际所含的东西留在产品里，无论用哪种基准。
#
# 最后一个单元格用两条路核对主要结果，即矿渣按价格分配的碳足迹：由高炉的配方和手算的价格份额，以及由稠密求解。

# %%
by_price = evaluated("price")
matrices = by_price.system.matrices
own = impact_weights(by_price) @ matrices.B
demand = np.zeros(len(own))
demand[by_price.system.column_of("blast_furnace", "slag")] = 1.0
matrix = matrices.A.toarray()
without = np.isnan(by_price.intensity())  # 没有价格的产品没有数值，这里也用不到
matrix[without] = np.eye(len(own))[without]
by_numpy = own @ np.linalg.solve(matrix, demand)

whole = sum(
    e.amount * float(by_price.intensity()[by_price.system.column_of(e.provider, e.flow)])
    for e in database.process("blast_furnace").exchanges
    if e.is_input
) + sum(
    e.amount * {"co2_fossil": 1.0, "ch4_fossil": 29.8}[e.flow]  # IPCC 第六次评估报告的 GWP100
    for e in database.process("blast_furnace").exchanges
    if e.flow in ("co2_fossil", "ch4_fossil")
)
headline = solved["按价格"]["slag"]
assert np.isclose(headline, slag_shares["按价格"] * whole / furnace["slag"], rtol=1e-4)
assert np.isclose(headline, by_numpy, rtol=1e-9)
assert np.allclose(of_sawmill[list(keys)].sum(), 1.0)
assert solved["按质量"]["slag"] > clinker > headline
print(f"高炉矿渣 1 kg，按价格：{headline:.3f} kg CO2e；按质量：{solved['按质量']['slag']:.2f}")
