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
# # 4 · 是哪条规则造成的？
#
# **问题。** 两种标准对同一产品给出两个碳足迹，而它们同时有好几条规则不同。每条规则在差异中各占多少？
# 这个问题究竟能不能回答？
#
# **学完本课，你能够**
#
# 1. 说明“一条一条地改规则”会因次序不同而得出不同的答案；
# 2. 把差异公平地分给各条规则（Shapley 值），两条规则时用手算；
# 3. 读懂共同作用：只有两条规则一起变动时才引起的变化；
# 4. 用交换和条款向委员会解释差异。
#
# **用时：** 75 分钟，含四道练习。**需要：** 第 3 课。
#
# 本清单由公开数字编成，*仅用于教学和检验规则，不得用于声明*。

# %%
from itertools import permutations

import numpy as np
import pandas as pd

import carbonlab as cl
from carbonlab.compare import attribute, explain
from carbonlab.compare.movement_words import exchange_in_words, rule_in_words
from carbonlab.teaching import check
from carbonlab.widgets import bars_view, waterfall_view

cl.set_language("zh_CN")

# %% [markdown]
# ## 1. 两条规则，两种次序
#
# 一吨矿渣硅酸盐水泥，含运送。**基线**让矿渣承担数据所给定的高炉经济份额，时间范围为 100 年。**备选**按质量分配，
# 时间范围为 20 年，甲烷的分量因此更重。两个决定项不同，共有四个规则集。

# %%
cements = cl.read_study(cl.study_path("cement"))
baseline = cl.load_rule_set("default")
MASS, YEARS = {"multifunctionality": "mass"}, {"characterization": "gwp20_ar6"}
alternative = baseline.replace(**MASS, **YEARS)


def footprint(rules):
    """返回一吨矿渣硅酸盐水泥的碳足迹，含运送 [kg CO2e]。"""
    return float(cl.calculate(cements, rules)["total"].squeeze("rule_set").sel(product="slag_cement"))


neither = footprint(baseline)
only_mass = footprint(baseline.replace(**MASS))
only_years = footprint(baseline.replace(**YEARS))
both = footprint(alternative)
print(f"都不改 {neither:.1f}，只改质量 {only_mass:.1f}，只改 20 年 {only_years:.1f}，两条都改 {both:.1f} kg CO2e")

# %% [markdown]
# 差异等于*两条都改*减*都不改*。从一端走到另一端，每次改一条，两种次序都走一遍：

# %%
orders = pd.DataFrame(
    {
        "质量引起的变动": [only_mass - neither, both - only_years],
        "20 年引起的变动": [both - only_mass, only_years - neither],
    },
    index=["先改质量", "先改 20 年"],
)
orders["合计"] = orders.sum(axis="columns")
orders.style.format("{:+.1f}")

# %% [markdown]
# 每一行之和都等于差异，而各列的数却不一致：按质量分配，高炉的负荷有更大一部分进入水泥，连同它的煤矿所排的甲烷；
# 而按 20 年计，这些甲烷的分量更重。**谁先改，谁就显得小。** 想把责任归给某条规则的人，可以挑选次序。
#
# 出路早已有之（Shapley，1953）：取*所有*次序，求平均。
#
# ### 练习 1
#
# 在两种次序上平均，规则 `mass` 引起多大变动？用表 `orders` 或那四个碳足迹来求。[kg CO2e]

# %%
answer_1 = None

# %% jupyter={"source_hidden": true}
check(
    "练习 1",
    answer_1,
    lambda: orders["质量引起的变动"].mean(),
    tolerance=0.001,
    hint="两种次序，质量一列有两个数，求一个平均值。",
    mistakes={
        "这是先改质量时的变动。后改时又是多少？": lambda: only_mass - neither,
        "这是后改质量时的变动。先改时又是多少？": lambda: both - only_years,
    },
)

# %% [markdown]
# ### 练习 2
#
# **共同作用**是只有两条规则一起变动时才引起的变化：整个差异，减去每条规则自基线起单独引起的变动。它有多大？[kg CO2e]

# %%
answer_2 = None

# %% jupyter={"source_hidden": true}
check(
    "练习 2",
    answer_2,
    lambda: both - only_mass - only_years + neither,
    tolerance=0.001,
    hint="取 (both − neither)，减去 (only_mass − neither)，再减去 (only_years − neither)。",
    mistakes={"这是整个差异。请减去每条规则单独引起的变动。": lambda: both - neither},
)

# %% [markdown]
# ## 2. 让 carbonlab 来做
#
# `attribute` 一次对所有决定项这样做。两侧规则相同的决定项为零，并说明原因。

# %%
two_rules = attribute(cements, baseline, alternative).sel(product="slag_cement")
shapley = two_rules["shapley"].to_pandas()
assert np.isclose(shapley.sum(), both - neither, rtol=1e-9)
shapley[shapley != 0].to_frame("变动，kg CO2e").style.format("{:+.2f}")

# %% [markdown]
# ## 3. 两种真实的标准
#
# PAS 2050 与 PEF，对象是建筑物中的一立方米锯材。两者有六个决定项不同，所以其间有 $2^6 = 64$ 个规则集，全部逐一计算：
# 这里没有任何估计。

# %%
study = cl.read_study(cl.study_path("teaching"))
gap = attribute(study, "pas-2050-2011", "eu-pef-2021")
assert gap.attrs["hybrids"] == 64
waterfall_view(gap, study, product="lumber")

# %% [markdown]
# 要连同原因一起读。没有引起变动的规则并不是无关紧要的规则；也许只是*在这项研究里*没有可作用的对象。

# %%
lumber = gap.sel(product="lumber")
told = pd.DataFrame(
    {
        "单独，自 PAS 2050 起": lumber["from_baseline"].to_pandas(),
        "公平份额": lumber["shapley"].to_pandas(),
        "最后，到 PEF 为止": lumber["from_alternative"].to_pandas(),
        "没有变动的原因": lumber["reason"].to_pandas(),
    }
)
numbers = ["单独，自 PAS 2050 起", "公平份额", "最后，到 PEF 为止"]
told.style.format("{:+.1f}", subset=numbers).set_properties(subset=["没有变动的原因"], **{"text-align": "left"})

# %% [markdown]
# 请看*多功能性*（`multifunctionality`）这一行：单独改它，数值上升；最后改它，数值下降。总量中计入碳的吸收时，
# 按价格分配所移动的负荷有一部分是吸收；不计入时，只剩下化石源的负荷可分。若只给出一个“这条规则的影响”，
# 这一点就被掩盖了。各组规则的共同作用：

# %%
together = lumber["interaction"].to_pandas()
together = together[together.abs() > 0.5].sort_values()
bars_view(list(together.items()), unit="kg CO2e/m3", title="规则只有共同变动时才引起的变化")

# %% [markdown]
# ### 练习 3
#
# PAS 2050 与 PEF 之间，**铝**的差异中哪个决定项的公平份额（按绝对值）最大？
# 数值在 `gap["shapley"].sel(product="aluminium")` 中。把该决定项的名称写成一个词。

# %%
answer_3 = None

# %% jupyter={"source_hidden": true}
check(
    "练习 3",
    answer_3,
    lambda: str(gap["shapley"].sel(product="aluminium").to_pandas().abs().idxmax()),
    hint="用 to_pandas() 把各份额变成表，不计符号地比较大小。",
)

# %% [markdown]
# ## 4. 向委员会说明
#
# “是共生产品造成的”还算不上解释。是哪个过程的哪项交换，依据哪一条款？在 GHG Protocol 下，
# 矿渣硅酸盐水泥输给了硅酸盐水泥（第 3 课）。`explain` 把每条规则与其决定项的中性规则相比，
# 并把它的作用一直追到单项交换。

# %%
movements = explain(cements, "ghgp-product-2011", product="slag_cement", most=5)
for movement in movements:
    if movement.moved:
        print(f"■ {rule_in_words(movement)}")
        for exchange in movement.exchanges:
            print(f"    – {exchange_in_words(exchange)}")

# %% [markdown]
# 这些话可以直接念出来：多少、在哪里、依据哪一条款，以及对该条款了解到什么程度（*recalled* 的意思是凭一般知识：
# 引用之前请先核对原文）。
#
# ### 练习 4
#
# 在那里，共生产品的规则所引起的变动中，**高炉自身的二氧化碳**占多大份额？请看该规则最大的一项交换。
# 给出 0 到 1 之间的一个数。

# %%
answer_4 = None

# %% jupyter={"source_hidden": true}
_rule = next(m for m in movements if m.slot == "multifunctionality")
check(
    "练习 4",
    answer_4,
    lambda: _rule.exchanges[0].moved / _rule.moved,
    hint="每项变动都有 `moved` 和 `exchanges`，最大的在前；其中每一项也有 `moved`。",
    between=(0, 1),
)

# %% [markdown]
# ## 要记住的
#
# - 一次改一条规则，结果取决于次序。要么说明次序，要么对所有次序求平均。
# - 公平份额之和等于差异；共同作用说明哪些变化不单属于任何一条规则。
# - “没有变动”需要说明原因。
# - 解释要落到一项交换和一个条款。
#
# 最后一个单元格按定义重新计算 PAS 2050 与 PEF 之间生物源碳规则的公平份额：取各个不同决定项的所有次序，
# 只用 `calculate`；并核对各份额之和等于差异。

# %%
ends = [cl.load_rule_set(key) for key in ("pas-2050-2011", "eu-pef-2021")]
playing = [str(slot) for slot in lumber["player"].values if bool(lumber["plays"].sel(player=slot))]
one = cl.Study(
    key="lumber",
    title="锯材",
    units=tuple(unit for unit in study.units if unit.key == "lumber"),
    databases=study.databases,
    rule_sets=(ends[0],),
    foreground=study.foreground,
)
values = {}
for number in range(2 ** len(playing)):
    chosen = {slot for position, slot in enumerate(playing) if number >> position & 1}
    hybrid = ends[0].replace(**{slot: ends[1].rules[slot] for slot in chosen})
    values[frozenset(chosen)] = float(cl.calculate(one, hybrid)["total"].squeeze())
moved = {slot: [] for slot in playing}
for order in permutations(playing):
    for position, slot in enumerate(order):
        before = frozenset(order[:position])
        moved[slot].append(values[before | {slot}] - values[before])

headline = float(lumber["shapley"].sel(player="biogenic_carbon"))
whole = float(lumber["difference"])
others = float(lumber["shapley"].sum()) - headline
assert np.isclose(headline, np.mean(moved["biogenic_carbon"]), rtol=1e-7)
assert np.isclose(headline, whole - others, rtol=1e-7)
assert np.isclose(values[frozenset(playing)] - values[frozenset()], whole, rtol=1e-7)
assert np.isclose(shapley["multifunctionality"], orders["质量引起的变动"].mean(), rtol=1e-7)
print(f"PAS 2050 与 PEF 之间，生物源碳的规则引起 {headline:+.1f} kg CO2e/m3，整个差异为 {whole:+.1f}")
