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
# # 3 · 同一产品，九种标准
#
# **问题。** 一吨铝、一吨水泥、一吨尿素、一立方米锯材：九种标准，一份清单。各个碳足迹相差多远？其中哪些可以相互比较？
#
# **学完本课，你能够**
#
# 1. 用多个规则集计算同一项研究，并读懂有空格的结果表；
# 2. 在说“这个数更低”之前，先说出规则集*问的是什么*；
# 3. 手工重算一个口径很窄的数（碳边境调节机制的数）；
# 4. 判断两种产品的高低次序是否取决于所用的标准。
#
# **用时：** 60 分钟，含四道练习。**需要：** 第 1 课。
#
# 本清单由公开数字编成，*仅用于教学和检验规则，不得用于声明*。各规则集是对标准的*解读*：多数标准的原文并不公开，
# 每一条都注明了依据程度。

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

cl.set_language("zh_CN")

# %% [markdown]
# ## 1. 九种标准
#
# 一个规则集要对十一个*决定项*作出决定：系统边界、电力、多功能性、回收等等。每个决定旁边都写明条款，以及依据程度：
# 已阅读原文（*read*）、只读过公开摘要（*summary*），还是凭一般知识（*recalled*）。

# %%
BOOKS = {
    "iso-14067-2018": "ISO 14067",
    "gbt-24067-2024": "GB/T 24067",
    "pas-2050-2011": "PAS 2050",
    "ghgp-product-2011": "GHG Protocol",
    "eu-pef-2021": "EU PEF",
    "eu-battery-2023": "欧盟电池法规",
    "cbam-2023": "欧盟碳边境调节机制（CBAM）",
    "pact-v3": "PACT",
    "en-15804-a2": "EN 15804",
}
books = {key: cl.load_rule_set(key) for key in BOOKS}
iso = books["iso-14067-2018"]
rows = [
    (name, books[key].edition, ", ".join(books[key].applies_to) or "全部产品", len(iso.diff(books[key])))
    for key, name in BOOKS.items()
]
pd.DataFrame(rows, columns=["标准", "版本", "适用于", "与 ISO 14067 不同的决定项数"]).style.hide(
    axis="index"
).set_properties(subset=["标准", "适用于"], **{"text-align": "left"})

# %%
iso

# %% [markdown]
# ### 练习 1
#
# PEF 与 ISO 14067 在哪些决定项上不同？`iso.diff(other)` 返回各处变更，每处变更都有一个 `slot`。
# 把这些决定项的名称写成一个由词组成的列表。

# %%
answer_1 = None

# %% jupyter={"source_hidden": true}
check(
    "练习 1",
    answer_1,
    lambda: [change.slot for change in iso.diff(books["eu-pef-2021"])],
    hint="遍历 iso.diff(books['eu-pef-2021'])，收集 change.slot。",
)

# %% [markdown]
# ## 2. 四种产品，九种标准
#
# 这项研究有四种产品，各有自己的功能单位或声明单位。每个规则集计算一次。

# %%
study = cl.read_study(cl.study_path("teaching"))
compared = compare(study, list(BOOKS))
matrix_view(compared, study)

# %% [markdown]
# 请按以下顺序读表。
#
# 1. **先看空格。** 表中没有电池，所以电池法规不给出数值；EN 15804 针对建筑产品，而尿素不是。空格也是答案；
#    谁要在空格里填数，就是在提一个*假设情形*。
# 2. **再看相同的数。** 两种标准对你的产品给出相同的数，只说明它们的分歧不涉及这种产品，并不说明两种标准相同。
# 3. **最后看小的数。** 最小的那些数不是来自更清洁的产品，而是来自更窄的问题。

# %%
total = compared["total"].to_pandas().rename(index=BOOKS)
(total / total.loc["ISO 14067"] - 1).style.format("{:+.1%}", na_rep="n/a").set_caption("与 ISO 14067 相比")

# %% [markdown]
# ### 练习 2
#
# PACT 问的是从摇篮到大门的碳足迹。与 ISO 14067 相比，**尿素**的碳足迹少了多大份额？请用表 `total`（行是标准，
# 列是产品），给出 0 到 1 之间的一个数。

# %%
answer_2 = None

# %% jupyter={"source_hidden": true}
check(
    "练习 2",
    answer_2,
    lambda: 1 - total.loc["PACT", "urea"] / total.loc["ISO 14067", "urea"],
    hint="用 1 减去 urea 列中两个数的商。",
    mistakes={"这是 PACT 计入的份额。少了多少？": total.loc["PACT", "urea"] / total.loc["ISO 14067", "urea"]},
    between=(0, 1),
)

# %% [markdown]
# 少掉的是农田：一年之后从土壤中释放的二氧化碳和氧化亚氮。采购方若只把供应商的“大门”碳足迹相加，而忘了产品的使用阶段，
# 就在任何地方都看不到它。
#
# ## 3. 一个窄问题，手算
#
# 碳边境调节机制所问的，远少于碳足迹。对于铝，它只计铝厂自身的 CO2 和全氟化碳，采用 IPCC 第五次评估报告的因子，
# 而且**不计电力**：电解用电、氧化铝、煤矿都不在内。剩下的少到可以手工相加。先看电解铝厂自身的排放：

# %%
smelter = study.foreground.process("own_smelter")
gases = {"co2_fossil": 1.0, "cf4": 6630.0, "c2f6": 11100.0}  # kg CO2e/kg，IPCC 第五次评估报告的 GWP100
of_cells = sum(gases[e.flow] * e.amount for e in smelter.exchanges if e.flow in gases)
print(f"阳极、电解槽和铸造：每公斤铝锭 {of_cells:.4f} kg CO2e")

# %% [markdown]
# 还有在厂内燃烧的燃料。它们是来自燃烧过程的投入；这里只取火焰排出的二氧化碳，此前发生的一概不计。

# %%
database = cl.load_teaching_inventory()
of_flames = 0.0
for burned in (e for e in smelter.exchanges if e.is_input and e.flow.endswith("_burned")):
    flame = database.process(burned.provider)
    [made] = [e.amount for e in flame.exchanges if e.flow == burned.flow and not e.is_input]
    own_co2 = sum(e.amount for e in flame.exchanges if e.flow == "co2_fossil")
    of_flames += burned.amount / made * own_co2
by_hand = 1000 * (of_cells + of_flames)
cbam = float(total.loc["欧盟碳边境调节机制（CBAM）", "aluminium"])
print(f"火焰：{of_flames:.4f} kg CO2e/kg；手算 {by_hand:.1f}，carbonlab {cbam:.1f} kg CO2e/t")
assert np.isclose(by_hand, cbam, rtol=1e-6)

# %% [markdown]
# 这个小数本身没有错，只要没有人把它叫做*铝的碳足迹*。
#
# ## 4. 同样的产品，不同的赢家
#
# 两种水泥：硅酸盐水泥，以及矿渣硅酸盐水泥，后者以高炉矿渣替代三分之一的熟料。矿渣的负荷应由谁承担？

# %%
cements = cl.read_study(cl.study_path("cement"))
two = compare(cements, [key for key in BOOKS if key != "eu-battery-2023"])
cement = two["total"].to_pandas().rename(index=BOOKS)[["portland", "slag_cement"]]
display(
    bars_view(
        [(name, cement.loc[name, "slag_cement"] - cement.loc[name, "portland"]) for name in cement.index],
        unit="kg CO2e/t",
        title="矿渣硅酸盐水泥减硅酸盐水泥，含运送",
    )
)
cement.style.format("{:.0f}")

# %% [markdown]
# ### 练习 3
#
# 在哪一种标准下，硅酸盐水泥（`portland`）是两者中*更低*的？写出它在表中的名称。

# %%
answer_3 = None

# %% jupyter={"source_hidden": true}
check(
    "练习 3",
    answer_3,
    lambda: (cement["portland"] - cement["slag_cement"]).idxmin(),
    hint="找出唯一在零点另一侧的那一条。",
)

# %% [markdown]
# carbonlab 会在所有产品和所有成对的规则集中自动查找这种情形：

# %%
reversals = [r for r in rank_reversals(two) if {r.first, r.second} == {"portland", "slag_cement"}]
for reversal in reversals[:3]:
    print(f"在 {reversal.rule_set} 下 {reversal.first} 低于 {reversal.second}，在 {reversal.other} 下则不然")

# %% [markdown]
# 要声称“我们的产品更好”，双方须采用同一种标准，还要诚实地回答：换一种标准，结论会不会反过来？
# （十一个决定项中*是哪一个*造成的，见第 4 课。）
#
# ## 5. 相差多远？
#
# 只有对生命周期的同一部分提出同一个问题的标准，才可以放进同一个范围。

# %%
wide = ["ISO 14067", "GB/T 24067", "PAS 2050", "GHG Protocol", "EU PEF"]
spread = {product: np.ptp(total.loc[wide, product]) / total.loc["ISO 14067", product] for product in total.columns}
bars_view(
    [(product, 100 * value) for product, value in spread.items()],
    unit="占 ISO 14067 结果的 %",
    title="生命周期阶段相同的五种标准，从最低到最高",
)

# %% [markdown]
# ### 练习 4
#
# 九种标准全算上，范围会更大。在所有给出数值的标准中，**铝**的最高碳足迹是最低的多少倍？

# %%
answer_4 = None

# %% jupyter={"source_hidden": true}
check(
    "练习 4",
    answer_4,
    lambda: total["aluminium"].max() / total["aluminium"].min(),
    hint="用 aluminium 列的最大值除以最小值；空格不算。",
)

# %% [markdown]
# ## 要记住的
#
# - 一个数若不注明所用的标准，说明不了什么；一种标准若不注明系统边界，什么也说明不了。
# - 空格（n/a）也是结果。小的数往往来自更窄的问题。
# - 规则可以颠倒两种产品的次序。先检查，再声称。
# - 本课没有改动任何数据：全部差别都来自规则。
#
# 最后一个单元格核对主要结果，即 ISO 14067 下的铝：一是与稠密求解比较，二是与各过程之和比较；
# 并再次核对碳边境调节机制的手算结果。

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
print(f"原铝 1 t，含运送，按 ISO 14067：{headline:,.0f} kg CO2e")
