"""Composites for notebooks: controls hold choices, a session finds or calculates results, views draw them."""

from carbonlab.widgets.bench_answers import BenchChoice
from carbonlab.widgets.contribution_explorer import ContributionExplorer, contributions
from carbonlab.widgets.contribution_views import ContributionChoice, contribution_view
from carbonlab.widgets.controls import RuleControl
from carbonlab.widgets.find_product import FoundProduct, ProductFinder, find_product
from carbonlab.widgets.job import Job
from carbonlab.widgets.my_product import MyProduct, my_product
from carbonlab.widgets.rule_views import matrix_view, waterfall_view, words_view
from carbonlab.widgets.rules_bench import RulesBench, rules_bench
from carbonlab.widgets.sensitivity_bench import SensitivityBench, sensitivity_bench
from carbonlab.widgets.sensitivity_views import indices_view, tornado_view
from carbonlab.widgets.session import Session
from carbonlab.widgets.uncertainty_bench import UncertaintyBench, uncertainty_bench
from carbonlab.widgets.uncertainty_views import convergence_view, difference_view, distribution_view
from carbonlab.widgets.view import View
from carbonlab.widgets.view_box import ViewBox
from carbonlab.widgets.views import bars_view, comparison_view, result_view

__all__ = [
    "BenchChoice",
    "ContributionChoice",
    "ContributionExplorer",
    "FoundProduct",
    "Job",
    "MyProduct",
    "ProductFinder",
    "RuleControl",
    "RulesBench",
    "SensitivityBench",
    "Session",
    "UncertaintyBench",
    "View",
    "ViewBox",
    "bars_view",
    "comparison_view",
    "contribution_view",
    "contributions",
    "convergence_view",
    "difference_view",
    "distribution_view",
    "find_product",
    "indices_view",
    "matrix_view",
    "my_product",
    "result_view",
    "rules_bench",
    "sensitivity_bench",
    "tornado_view",
    "uncertainty_bench",
    "waterfall_view",
    "words_view",
]
