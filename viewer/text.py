"""Text from a stranger stays text."""

from __future__ import annotations

from html import escape


def safe_text(text: str) -> str:
    """Return `text` escaped for HTML, inside elements and inside attributes.

    Examples
    --------
    >>> safe_text("<b>")
    '&lt;b&gt;'
    """
    return escape(text, quote=True)
