"""The page: a tab per question, all of them about the same product."""

from __future__ import annotations

from typing import Any

import ipywidgets as ipw

from carbonlab.inventory.database import Database
from carbonlab.messages import message
from carbonlab.rules.ruleset import RuleSet
from carbonlab.system.study import Study
from carbonlab.widgets.bench import rule_bench


class App:
    """Everything on one page."""

    def __init__(
        self,
        question: Study | Database,
        *,
        product: str = "",
        rule_set: RuleSet | str = "default",
        source: str = "",
    ) -> None:
        bench = rule_bench(question, products=product or "sawmill", rule_set=rule_set, source=source)
        bench.alternative_control.option.add_class("cl-alternative-option")
        self.widget = ipw.Tab([bench.widget], titles=[message("app.rules_tab")])

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        return dict(self.widget._repr_mimebundle_(**kwargs) or {})
