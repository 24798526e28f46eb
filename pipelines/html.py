"""Self-contained HTML for people: the style is inside, there is no script, and all text is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_STYLE = Path(__file__).with_suffix(".css")


def document(title: str, body: str, style: str = "") -> str:
    """Return a whole document, whose policy lets a browser load nothing and run nothing.

    Parameters
    ----------
    title
        Text.
    body
        HTML of the main part.
    style
        CSS beside the shared one.
    """
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>
{_STYLE.read_text(encoding="utf-8")}{style}</style>
</head>
<body>
<main>{body}</main>
</body>
</html>
"""


def table(title: str, names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table under a heading; nothing without rows. Names and cells are HTML."""
    if not rows:
        return ""
    head = "".join(f"<th>{name}</th>" for name in names)
    body = "".join(f"<tr>{''.join(_cell(cell) for cell in row)}</tr>" for row in rows)
    return f'<h2>{title}</h2><div class="scroll"><table><tr>{head}</tr>{body}</table></div>'


def key(text: str) -> str:
    """Return the cell of a key."""
    return f'<td class="key"><bdi>{escape(text)}</bdi></td>'


def score(share: float, told: str) -> str:
    """Return the cell of a score: a bar of a share, 0 … 1, and what is told of it as HTML."""
    return f'<td class="number"><span class="bar"><i style="width:{share:.1%}"></i></span>{told}</td>'


def chips(keys: Iterable[str], kind: str) -> str:
    """Return keys as chips; `kind` is their class: lost, gained, common or plain."""
    return "".join(f'<span class="chip {kind}" title="{escape(one)}">{escape(one)}</span>' for one in keys)


def numbers(shown: Iterable[tuple[str, str, str]]) -> str:
    """Return the large numbers of a page: name, value and note of each, as HTML."""
    cells = (
        f"<div><dt>{name}</dt><dd>{value}<small>{note}</small></dd></div>" for name, value, note in shown
    )
    return f'<dl class="numbers">{"".join(cells)}</dl>'


def _cell(html: str) -> str:
    return html if html.startswith("<td") else f"<td>{html}</td>"
