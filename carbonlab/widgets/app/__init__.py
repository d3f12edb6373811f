"""The laboratory on one page: find a product, turn rules, take footprints apart, see how sure they are."""

from carbonlab.widgets.app.page import App

__all__ = ["App"]
