"""Composites for notebooks: controls hold choices, a session finds or calculates results, views draw them."""

from carbonlab.widgets.bench import Choice, RuleBench, rule_bench
from carbonlab.widgets.controls import RuleControl
from carbonlab.widgets.session import Session
from carbonlab.widgets.view import View
from carbonlab.widgets.views import bars_view, comparison_view, result_view

__all__ = [
    "Choice",
    "RuleBench",
    "RuleControl",
    "Session",
    "View",
    "bars_view",
    "comparison_view",
    "result_view",
    "rule_bench",
]
