"""Rule sets side by side: differences, which rule made them, what each rule moved, what rules leave open.

The package can be called: ``carbonlab.compare(study, rule_sets)`` is `carbonlab.compare.comparison.compare`,
whether or not something was imported from the package before.
"""

import sys
from inspect import signature
from types import ModuleType
from typing import Any

from carbonlab.compare.attribution import attribute
from carbonlab.compare.comparison import compare
from carbonlab.compare.label import check_label
from carbonlab.compare.movement import explain
from carbonlab.compare.rule_space import explore_rules

__all__ = ["attribute", "check_label", "compare", "explain", "explore_rules"]


class _CallablePackage(ModuleType):
    """A package that is also the function of its name."""

    __signature__ = signature(compare)

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return compare(*arguments, **options)


sys.modules[__name__].__class__ = _CallablePackage
