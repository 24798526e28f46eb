"""The page: a Panel app that browses any published comparison of the store. Start it with ``panel serve viewer``.

In a notebook, `compare_view` shows it below a cell.
"""

from viewer.notebook import View, compare_view

__all__ = ["View", "compare_view"]
