"""The line of numbers above the dominoes, and in its place the words when there is nothing to show."""

from __future__ import annotations

from urllib.parse import urlencode

import panel as pn

from artifacts.catalog import Comparison
from artifacts.matched import MatchingReport, SideReport
from viewer.state import Selection
from viewer.text import safe_text

_STYLE = """
:host { width: 100%; font: inherit; color: var(--ec-soft); }
b { color: var(--ec-text); font-weight: 600; font-variant-numeric: tabular-nums; }
span[title] { text-decoration: underline dotted var(--ec-faint); text-underline-offset: 3px; cursor: help; }
span + span::before { content: "·"; margin: 0 .55em; color: var(--ec-faint); }
h2 { margin: 0 0 .5em; font-size: 20px; color: var(--ec-text); }
p, ul { margin: 0 0 1em; line-height: 1.55; max-width: 44em; }
ul { padding-left: 1.2em; columns: 18em auto; }
a { color: var(--ec-link); }
code { padding: 2px 6px; border-radius: 5px; background: var(--ec-sunken); color: var(--ec-text); }
"""
_LINKS_SHOWN = 200


class Headline:
    """What is compared, in numbers.

    Parameters
    ----------
    selection
        What to describe.
    """

    def __init__(self, selection: Selection) -> None:
        self.selection = selection
        self.numbers = notice_pane()
        self.notice = notice_pane()

    def roots(self) -> dict[str, pn.viewable.Viewable]:
        """Return the texts by their place in the page's template."""
        return {"headline": self.numbers, "notice": self.notice}

    def refresh(self, changed: set[str]) -> None:
        """Write the numbers, or what is wrong and what to do."""
        self.numbers.object = "" if self.selection.problem else self._numbers()
        self.notice.object = self._notice() if self.selection.problem else ""

    def _numbers(self) -> str:
        selection, comparison = self.selection, self.selection.comparison
        if comparison is None:
            return ""
        curve, k = selection.queries.curve(comparison, selection.metric), selection.k
        mean, chance = float(curve.jaccard_mean[k - 1]), float(curve.jaccard_chance[k - 1])
        report = selection.queries.matching(comparison)
        parts = [
            _part(f"<b>{comparison.n:,}</b> common objects", _how_matched(report)),
            *_side_parts(report.a, "A"),
            *_side_parts(report.b, "B"),
            _part(f"mean Jaccard@{k} <b>{mean:.3f}</b> (chance {chance:.3f})"),
        ]
        if comparison.searched == "own":
            parts.append(_part("neighbors searched among each space's own objects"))
        if not comparison.is_current:
            parts.insert(0, _part(_superseded(comparison)))
        return "".join(parts)

    def _notice(self) -> str:
        if not self.selection.catalog.datasets():
            return nothing_yet(self.selection.problem)
        problem = safe_text(self.selection.problem)
        links = "".join(f"<li>{link}</li>" for link in self._links()[:_LINKS_SHOWN])
        return f"<h2>Nothing to show</h2><p>{problem}</p><p>Published:</p><ul>{links}</ul>"

    def _links(self) -> list[str]:
        """Return links to what can be shown instead: pairs of the dataset, or else of any."""
        catalog = self.selection.catalog
        datasets = [self.selection.dataset] if self.selection.pairs() else catalog.datasets()
        return [_link(name, a, b) for name in datasets for a, b in catalog.comparisons(name)]


def _how_matched(report: MatchingReport) -> str:
    covered = f"{report.a.covered:.1%} of A, {report.b.covered:.1%} of B"
    return covered if report.folding == "exact" else f"{covered}; keys compared under {report.folding}"


def _side_parts(side: SideReport, name: str) -> list[str]:
    """Return what became of the objects of a space that are not common; examples on hover."""
    parts = [_part(f"<b>{side.only:,}</b> only in {name}", ", ".join(side.only_examples))]
    if side.filtered:
        parts.append(_part(f"<b>{side.filtered:,}</b> of {name} filtered", ", ".join(side.filtered_examples)))
    if side.dropped:
        examples = ", ".join(f"{key} ({reason})" for key, reason in side.dropped_examples)
        parts.append(_part(f"<b>{sum(side.dropped.values()):,}</b> rows of {name} dropped", examples))
    return parts


def _part(html: str, hint: str = "") -> str:
    """Return one number of the line; `html` is ours, `hint` may hold text from a stranger."""
    return f'<span title="{safe_text(hint)}">{html}</span>' if hint else f"<span>{html}</span>"


_HOW_TO_FILL = (
    "<p>Fill it with the example data: <code>embedding-comparator demo</code><br>"
    "or with the datasets of your <code>configs/</code>: <code>embedding-comparator build</code></p>"
    "<p>The store is named by the environment variable <code>EMBEDDING_COMPARATOR_STORE</code>.</p>"
)


def nothing_yet(problem: str) -> str:
    """Return, as HTML, why the store has nothing to show, and which commands fill it."""
    return f"<h2>Nothing to show yet</h2><p>{safe_text(problem)}</p>{_HOW_TO_FILL}"


def notice_pane(html: str = "") -> pn.pane.HTML:
    """Return a pane for words on the page; `html` is ours, text from a stranger in it is escaped."""
    return pn.pane.HTML(html, margin=0, stylesheets=[_STYLE], sizing_mode="stretch_width")


def _superseded(comparison: Comparison) -> str:
    """Return, as HTML, which earlier version this is, and a link to the current one."""
    date, current = comparison.created[:10], _query(comparison.dataset, comparison.a, comparison.b)
    return f'<b>superseded version of {safe_text(date)}</b> (<a href="{current}">the current one</a>)'


def _link(dataset: str, a: str, b: str) -> str:
    query = _query(dataset, a, b)
    return f'<a href="{query}">{safe_text(dataset)}: {safe_text(a)} → {safe_text(b)}</a>'


def _query(dataset: str, a: str, b: str) -> str:
    return "?" + safe_text(urlencode({"dataset": dataset, "a": a, "b": b}))
