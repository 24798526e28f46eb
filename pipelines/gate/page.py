"""A gate as one self-contained file: its style and picture are inside, it holds no script, all text is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from pipelines.checks import CHECKS
from pipelines.gate.printed import VERDICTS
from pipelines.gate.record import Gate, MovedGroup, WorstObject, WorstSlice
from pipelines.html import chips, document, key, numbers, score, table
from pipelines.shown import data_uri
from pipelines.verdict import Judgement


def gate_page(gate: Gate) -> str:
    """Return the HTML of a gate."""
    title = f"{gate.pair.dataset}: {gate.pair.a} → {gate.pair.b}"
    body = f"""
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
"""
    return document(f"{title}: {VERDICTS[gate.status]}", body)


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
    return numbers(shown)


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
            key(one.key),
            score(one.similarity, f"{one.overlap} of {k}"),
            *(["yes" if one.changed_beyond_noise else "no"] if noise else []),
            chips(one.lost, "lost"),
            chips(one.gained, "gained"),
        ]
        for one in found
    ]
    return table("Objects to look at first", names, rows)


def _slices(found: Sequence[WorstSlice]) -> str:
    rows = [
        (
            key(f"{one.column} = {one.value}"),
            score(one.similarity, f"{one.similarity:.3f}"),
            f"{one.objects:,}",
        )
        for one in found
    ]
    return table("Slices, the least similar first", ["slice", "mean similarity", "objects"], rows)


def _groups(found: Sequence[MovedGroup]) -> str:
    rows = [
        (
            f"{one.objects:,}",
            chips(one.members, "plain"),
            chips(one.lost, "lost"),
            chips(one.gained, "gained"),
            escape(one.traits),
        )
        for one in found
    ]
    return table("Moved together", ["objects", "such as", "away from", "towards", "what they share"], rows)


def _unmatched(gate: Gate) -> str:
    parts = [
        f"<p>{count:,} only in {side.upper()}, such as {chips(gate.unmatched[side], 'plain')}</p>"
        for side, count in (("a", gate.only_a), ("b", gate.only_b))
        if count
    ]
    return f"<h2>Not compared</h2>{''.join(parts)}" if parts else ""
