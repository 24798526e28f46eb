"""Limits how often a value that changes quickly (a dragged slider) is acted upon."""

from __future__ import annotations

import time
from collections.abc import Callable

import panel as pn


class Latest:
    """Calls `act` with the newest value, at most once per interval, and always with the last one.

    Parameters
    ----------
    act
        What to do with a value.
    seconds
        The interval.
    """

    def __init__(self, act: Callable[[int], None], seconds: float) -> None:
        self._act = act
        self._seconds = seconds
        self._acted = 0.0
        self._value: int | None = None

    def put(self, value: int | None) -> None:
        """Offer a value; a later one within the interval replaces it."""
        if value is None:
            return
        waiting = self._value is not None
        self._value = value
        document = pn.state.curdoc
        if waiting:
            return
        if document is None or document.session_context is None:
            self._flush()
            return
        wait = max(0.0, self._acted + self._seconds - time.monotonic())
        # Even a wait of nothing goes through the event loop: messages that have already arrived come first.
        document.add_timeout_callback(self._flush, int(wait * 1000) + 1)

    def _flush(self) -> None:
        value, self._value = self._value, None
        if value is not None:
            self._act(value)
        self._acted = time.monotonic()
