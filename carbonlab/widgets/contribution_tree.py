"""The upstream tree on the screen: a branch comes from the kernel when it is opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import traitlets

from carbonlab.messages import message, shown_name
from carbonlab.plots.contributions import PERCENT
from carbonlab.plots.theme import label_with_unit
from carbonlab.report.figures import format_number, format_share
from carbonlab.results.breakdown import CutOff
from carbonlab.results.schema import IMPACT_UNIT
from carbonlab.results.upstream_tree import Branch, BranchKind, UpstreamTree

_HERE = Path(__file__).parent


class ContributionTree(anywidget.AnyWidget):
    """A tree of signed contributions with bars; `show` gives it what to show."""

    _esm = _HERE / "contribution_tree.js"
    _css = _HERE / "contribution_tree.css"
    words = traitlets.Dict().tag(sync=True)
    caption = traitlets.Unicode().tag(sync=True)
    root = traitlets.Dict().tag(sync=True)
    version = traitlets.Int(0).tag(sync=True)

    def __init__(self) -> None:
        self._tree: UpstreamTree | None = None
        self._cut_off = CutOff()
        self._branches: dict[str, tuple[int, Branch]] = {}
        self._range = (0.0, 1.0)
        super().__init__(
            words={
                "part": message("breakdown.part"),
                "amount": message("breakdown.amount"),
                "footprint": label_with_unit(message("breakdown.with_upstream"), IMPACT_UNIT),
                "share": label_with_unit(message("breakdown.share"), PERCENT),
            }
        )
        self.on_msg(self._asked)

    def show(self, tree: UpstreamTree, cut_off: CutOff, *, caption: str) -> None:
        """Show a tree from its root on.

        Parameters
        ----------
        tree : UpstreamTree
            What is shown.
        cut_off : CutOff
            Which branches stay visible.
        caption : str
            Product with its functional unit, and footprint.
        """
        self._tree, self._cut_off = tree, cut_off
        values = [tree.root.footprint, *(part.footprint for part in tree.inputs(tree.root, cut_off))]
        self._range = (min([0.0, *values]), max([0.0, *values]))
        self._branches = {"0": (0, tree.root)}
        self.caption = caption
        self.root = self._row("0")
        self.version += 1

    def opened(self, path: str) -> list[dict[str, Any]]:
        """Return what stands under a branch, line by line; nothing for a branch that was not shown."""
        if self._tree is None or path not in self._branches:
            return []
        level, branch = self._branches[path]
        rows = []
        for number, part in enumerate(self._tree.inputs(branch, self._cut_off)):
            under = f"{path}/{number}"
            self._branches[under] = (level + 1, part)
            rows.append(self._row(under))
        return rows

    def _row(self, path: str) -> dict[str, Any]:
        level, branch = self._branches[path]
        is_supply = branch.kind is BranchKind.SUPPLY
        name = shown_name(branch.name) + (f" [{branch.place}]" if branch.place else "")
        footprint = format_number(branch.footprint)
        left, width, zero = self._bar(branch.footprint)
        return {
            "path": path,
            "level": level,
            "kind": str(branch.kind),
            "name": name,
            "amount": f"{format_number(branch.amount)} {branch.unit}" if is_supply else "",
            "footprint": footprint,
            "share": self._share(branch.footprint),
            "said": f"{name}: {footprint} {IMPACT_UNIT}",
            "positive": branch.footprint >= 0,
            "bar": [left, width],
            "zero": zero,
            "opens": is_supply,
        }

    def _share(self, footprint: float) -> str:
        whole = abs(self._tree.root.footprint) if self._tree else 0.0
        return format_share(footprint / whole) if whole else "–"

    def _bar(self, value: float) -> tuple[float, float, float]:
        """Return left side, width and place of zero [%]; deeper credits may be longer than the scale."""
        low, high = self._range
        span = (high - low) or 1.0
        zero = -low / span
        end = min(1.0, max(0.0, (value - low) / span))
        return 100 * min(zero, end), 100 * abs(end - zero), 100 * zero

    def _asked(self, widget: Any, content: dict[str, Any], buffers: list[Any]) -> None:
        if "open" in content:
            path = str(content["open"])
            self.send({"path": path, "version": self.version, "rows": self.opened(path)})
