"""Fonts with Chinese glyphs: one list for documents and figures."""

from __future__ import annotations

from collections.abc import Collection

CHINESE_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Microsoft YaHei",
    "PingFang SC",
    "SimHei",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
)
"""The best first."""


def first_chinese_font(known: Collection[str]) -> str:
    """Return the first of `CHINESE_FONTS` among the families that a machine has; empty if there is none.

    Examples
    --------
    >>> first_chinese_font({"DejaVu Sans", "SimHei"}), first_chinese_font({"DejaVu Sans"})
    ('SimHei', '')
    """
    return next((name for name in CHINESE_FONTS if name in known), "")
