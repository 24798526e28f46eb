"""Hooks that HoloViews calls with a plot it has made, and that do not keep alive whom they call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakMethod


def weak_hook(method: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    """Return a hook that calls a bound method for as long as its object lives.

    `holoviews.Store` keeps the options of an element, hooks included, until the element is freed. A hook that leads
    to a view, which holds the element, would keep view, element and session for ever.

    Parameters
    ----------
    method
        Called with the plot and its element.
    """
    reference = WeakMethod(method)

    def hook(plot: Any, element: Any) -> None:
        found = reference()
        if found is not None:
            found(plot, element)

    return hook
