"""A gate as one self-contained file: its style and picture are inside, it holds no script, all text is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from pipelines.checks import CHECKS
from pipelines.gate.printed import VERDICTS
from pipelines.gate.record import Gate, MovedGroup, WorstObject, WorstSlice
from pipelines.shown import data_uri
from pipelines.verdict import Judgement

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def gate_page(gate: Gate) -> str:
    """Return the HTML of a gate."""
    title = f"{gate.pair.dataset}: {gate.pair.a} → {gate.pair.b}"
    style = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}: {escape(VERDICTS[gate.status])}</title>
<style>
{style}</style>
</head>
<body>
<main>
<div class="verdict {gate.status}">{escape(VERDICTS[gate.status])}</div>
<h1>{escape(title)}</h1>
<p>Baseline A is {escape(gate.pair.a)}, candidate B is {escape(gate.pair.b)}.
<a href="{escape(gate.page)}">Browse the pair</a> object by object.</p>
{_numbers(gate)}
{_checks(gate.judgements)}
<h2>The pair</h2>
<img src="{data_uri(gate.picture)}" alt="Histogram of the similarity, and the maps of A and B coloured by it">
{_objects(gate.worst_objects, gate.k)}
{_slices(gate.worst_slices)}
{_groups(gate.groups)}
{_unmatched(gate)}
<footer>Neighbors: the {gate.k} nearest under the {escape(gate.metric)} metric, among the common objects.</footer>
</main>
</body>
</html>
"""


def _numbers(gate: Gate) -> str:
    shown = [
        (
            f"Mean Jaccard@{gate.k}, {escape(gate.metric)}",
            f"{gate.similarity:.3f}",
            f"by chance {gate.chance:.3f}",
        ),
        ("Common objects", f"{gate.common:,}", f"{gate.only_a:,} only in A · {gate.only_b:,} only in B"),
    ]
    if gate.changed is not None:
        share = f"{gate.changed / gate.common:.1%} of the common objects"
        shown.append(("Changed beyond noise", f"{gate.changed:,}", share))
    passed = sum(one.passed for one in gate.judgements)
    shown.append(("Checks passed", f"{passed} of {len(gate.judgements)}", _told_failures(gate)))
    cells = (
        f"<div><dt>{name}</dt><dd>{value}<small>{note}</small></dd></div>" for name, value, note in shown
    )
    return f'<dl class="numbers">{"".join(cells)}</dl>'


def _told_failures(gate: Gate) -> str:
    wrong = [one.severity for one in gate.judgements if not one.passed]
    counts = {"to mend": wrong.count("error"), "to look at": wrong.count("warn")}
    return " · ".join(f"{count} {what}" for what, count in counts.items() if count) or "nothing to look at"


def _checks(judgements: Sequence[Judgement]) -> str:
    """Return the checks as a list, the failed first and those that had nothing to judge last."""
    order = sorted(judgements, key=lambda one: (one.passed, one.severity != "error", not one.values))
    return f'<h2>Checks</h2><ul class="checks">{"".join(_check(one) for one in order)}</ul>'


def _check(one: Judgement) -> str:
    kind, mark = ("ok", "✓ ok") if one.values else ("unjudged", "–")
    advice = ""
    if not one.passed:
        kind, mark = one.severity, f"✕ {one.severity}"
        advice = CHECKS[one.name].advice
    told = escape(one.description.removesuffix(f": {advice}"))
    hint = f"<small>{escape(advice)}</small>" if advice else ""
    name = escape(one.name.replace("_", " "))
    verdict = f'<span class="mark">{mark}</span><b>{name}</b>'
    return f'<li class="{kind}">{verdict}<span class="told">{told}{hint}</span></li>'


def _objects(found: Sequence[WorstObject], k: int) -> str:
    noise = any(one.changed_beyond_noise is not None for one in found)
    names = ["object", "neighbors in common", *(["beyond noise"] if noise else []), "lost", "gained"]
    rows = [
        [
            _key(one.key),
            _score(one.similarity, f"{one.overlap} of {k}"),
            *(["yes" if one.changed_beyond_noise else "no"] if noise else []),
            _chips(one.lost, "lost"),
            _chips(one.gained, "gained"),
        ]
        for one in found
    ]
    return _table("Objects to look at first", names, rows)


def _slices(found: Sequence[WorstSlice]) -> str:
    rows = [
        (
            _key(f"{one.column} = {one.value}"),
            _score(one.similarity, f"{one.similarity:.3f}"),
            f"{one.objects:,}",
        )
        for one in found
    ]
    return _table("Slices, the least similar first", ["slice", "mean similarity", "objects"], rows)


def _groups(found: Sequence[MovedGroup]) -> str:
    rows = [
        (
            f"{one.objects:,}",
            _chips(one.members, "plain"),
            _chips(one.lost, "lost"),
            _chips(one.gained, "gained"),
            escape(one.traits),
        )
        for one in found
    ]
    return _table("Moved together", ["objects", "such as", "away from", "towards", "what they share"], rows)


def _unmatched(gate: Gate) -> str:
    parts = [
        f"<p>{count:,} only in {side.upper()}, such as {_chips(gate.unmatched[side], 'plain')}</p>"
        for side, count in (("a", gate.only_a), ("b", gate.only_b))
        if count
    ]
    return f"<h2>Not compared</h2>{''.join(parts)}" if parts else ""


def _table(title: str, names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; cells are HTML."""
    if not rows:
        return ""
    head = "".join(f"<th>{name}</th>" for name in names)
    body = "".join(f"<tr>{''.join(_cell(cell) for cell in row)}</tr>" for row in rows)
    return f'<h2>{title}</h2><div class="scroll"><table><tr>{head}</tr>{body}</table></div>'


def _cell(html: str) -> str:
    return html if html.startswith("<td") else f"<td>{html}</td>"


def _key(text: str) -> str:
    return f'<td class="key"><bdi>{escape(text)}</bdi></td>'


def _score(share: float, told: str) -> str:
    return f'<td class="number"><span class="bar"><i style="width:{share:.1%}"></i></span>{told}</td>'


def _chips(keys: Iterable[str], kind: str) -> str:
    return "".join(f'<span class="chip {kind}" title="{escape(key)}">{escape(key)}</span>' for key in keys)
