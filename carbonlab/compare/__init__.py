"""Rule sets side by side: differences, which rule made them, what each rule moved, what rules leave open."""

from carbonlab.compare.attribution import attribute
from carbonlab.compare.comparison import compare
from carbonlab.compare.movement import explain
from carbonlab.compare.rule_space import explore_rules

__all__ = ["attribute", "compare", "explain", "explore_rules"]
