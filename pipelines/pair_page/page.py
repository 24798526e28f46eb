"""The page of a pair: HTML made of its facts. Everything is inside the file, nothing runs, all text is escaped."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from pathlib import Path

from artifacts.answers import Group, Measure
from artifacts.glossary import glossary
from artifacts.matched import SideReport
from pipelines.html import chips, document, key, numbers, score, table
from pipelines.pair_page.dominoes import column
from pipelines.pair_page.drawings import curve_svg, histogram_svg
from pipelines.pair_page.record import PairFacts
from pipelines.pictures import map_picture
from pipelines.report import traits_told
from pipelines.shown import data_uri

_GROUPS, _MEMBERS, _NEIGHBORS = 8, 8, 4


def pair_page(facts: PairFacts) -> str:
    """Return the HTML of a pair."""
    comparison = facts.comparison
    title = f"{comparison.dataset}: {comparison.a} → {comparison.b}"
    body = f"""
<p class="kicker">What changed between two embedding spaces</p>
<h1><bdi>{escape(title)}</bdi></h1>
<p>Of every object, its {facts.k} nearest neighbors ({escape(facts.metric)}) in A <b>{escape(comparison.a)}</b> are
compared with those in B <b>{escape(comparison.b)}</b>. Computed {escape(comparison.created[:10])}\
{"" if comparison.is_current else "; superseded since"}.</p>
{_headline(facts)}
<div class="charts">{_curve(facts)}{_histogram(facts)}</div>
{_maps(facts)}
{_ends(facts)}
{_groups(facts)}
{_measures("The pair as a whole", facts.measures)}
{_health(facts)}
{_matching(facts)}
<footer>Comparison {escape(comparison.fingerprint)}.
A map is a picture, never a score: distances in it are distorted.</footer>
"""
    style = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    return document(title, body, style)


def _headline(facts: PairFacts) -> str:
    k, curve = facts.k, facts.curve
    mean, chance = float(curve.jaccard_mean[k - 1]), float(curve.jaccard_chance[k - 1])
    found = _at(facts, "jaccard_mean")
    interval = f"95 % interval {found.low:.3f} … {found.high:.3f}" if found else "no interval at this k"
    adjusted = float(curve.chance_adjusted[k - 1])
    shown = [
        (f"Mean Jaccard@{k}", f"{mean:.3f}", interval),
        ("By chance alone", f"{chance:.3f}", f"chance-adjusted overlap {adjusted:.3f}"),
        ("Common objects", f"{facts.comparison.n:,}", _only(facts)),
    ]
    noise = facts.noise
    if noise:
        shown.append(
            (
                "Changed beyond noise",
                f"{int(noise.changed.sum()):,}",
                f"{noise.noise_ratio:.1f} × the change between two runs, at k = {noise.k}",
            )
        )
    return numbers(shown)


def _at(facts: PairFacts, name: str) -> Measure | None:
    """Return a measure under the page's metric and k, where it has an interval."""
    wanted = (name, facts.metric, facts.k)
    found = [one for one in facts.measures if (one.name, one.metric, one.k) == wanted]
    return found[0] if found and not math.isnan(found[0].low) else None


def _only(facts: PairFacts) -> str:
    return f"{facts.matching.a.only:,} only in A · {facts.matching.b.only:,} only in B"


def _curve(facts: PairFacts) -> str:
    curve, k = facts.curve, facts.k
    drawn = curve_svg(curve.jaccard_mean, curve.jaccard_chance, facts.runs, k)
    runs = '<span class="runs">two runs of the same model</span>' if facts.runs is not None else ""
    return (
        f"<figure><figcaption>Mean similarity at every k</figcaption>{drawn}"
        f'<p class="legend"><span class="mean">this pair</span>{runs}<span class="chance">chance</span></p></figure>'
    )


def _histogram(facts: PairFacts) -> str:
    mean, chance = (
        float(line[facts.k - 1]) for line in (facts.curve.jaccard_mean, facts.curve.jaccard_chance)
    )
    drawn = histogram_svg(facts.similarity, mean, chance)
    return (
        f"<figure><figcaption>Similarity of the objects at k = {facts.k}</figcaption>{drawn}"
        '<p class="legend"><span class="mean">mean</span><span class="chance">chance</span></p></figure>'
    )


def _maps(facts: PairFacts) -> str:
    n, comparison = facts.comparison.n, facts.comparison
    figures = []
    for side, version, places, quality in zip(
        "AB", (comparison.a, comparison.b), facts.maps, facts.quality, strict=True
    ):
        picture = data_uri(map_picture(facts.similarity, places[:n], 340))
        told = f"trustworthiness {quality['trustworthiness']:.2f}, continuity {quality['continuity']:.2f}"
        figures.append(
            f"<figure><figcaption>{side} <bdi>{escape(version)}</bdi> <small>{told}</small></figcaption>"
            f'<img src="{picture}" alt="Map of {side}, coloured by similarity" width="340" height="340"></figure>'
        )
    return (
        f"<h2>Both maps ({escape(facts.projection)})</h2>"
        f'<div class="charts maps">{"".join(figures)}</div>'
        '<p class="scale"><span>nothing in common</span><i></i><span>the same neighbors</span></p>'
    )


def _ends(facts: PairFacts) -> str:
    least, most = facts.tied
    columns = [
        column(facts, "Least similar", facts.least, least),
        column(facts, "Most similar", facts.most, most),
    ]
    return (
        "<h2>Objects</h2>"
        '<p class="legend"><span class="common">in both</span><span class="unique">in one alone</span>'
        '<span class="object">the object</span></p>'
        f'<div class="ends">{"".join(columns)}</div>'
    )


def _groups(facts: PairFacts) -> str:
    return table(
        f"Moved together ({len(facts.groups):,} groups)",
        ["objects", "coherence", "such as", "away from", "towards", "what they share"],
        [_group(facts, group) for group in facts.groups[:_GROUPS]],
    )


def _group(facts: PairFacts, group: Group) -> list[str]:
    lost, gained = (
        chips((facts.keys[row] for row, _ in side[:_NEIGHBORS]), kind)
        for side, kind in ((group.lost, "lost"), (group.gained, "gained"))
    )
    members = chips((facts.keys[row] for row in group.members[:_MEMBERS].tolist()), "plain")
    return [
        f"{len(group.members):,}",
        f"{group.coherence:.2f}",
        members,
        lost,
        gained,
        escape(traits_told(group)),
    ]


def _measures(title: str, measures: Sequence[Measure]) -> str:
    rows = [
        [
            _name(one),
            escape(one.metric or ""),
            str(one.k or ""),
            f'<td class="number">{_number(one.value)}</td>',
            f'<td class="number">{_interval(one)}</td>',
        ]
        for one in measures
    ]
    return table(title, ["measure", "metric", "k", "value", "95 % interval"], rows)


def _health(facts: PairFacts) -> str:
    """Return the health of both spaces side by side."""
    other = {(one.name, one.metric, one.k): one for one in facts.health[1]}
    rows = []
    for one in facts.health[0]:
        b = other.get((one.name, one.metric, one.k))
        cells = [f'<td class="number">{_number(side.value) if side else "–"}</td>' for side in (one, b)]
        rows.append([_name(one), escape(one.metric or ""), *cells])
    names = [f"{side} {escape(version)}" for side, version in zip("AB", _versions(facts), strict=True)]
    return table("Health of the spaces", ["measure", "metric", *names], rows)


def _versions(facts: PairFacts) -> tuple[str, str]:
    return facts.comparison.a, facts.comparison.b


def _matching(facts: PairFacts) -> str:
    report = facts.matching
    rows = [
        [
            key(f"{side} {version}"),
            f"{told.objects:,}",
            score(told.covered, f"{told.covered:.1%}"),
            f"{told.only:,} {chips(told.only_examples, 'plain')}",
            _left_out(told),
        ]
        for side, version, told in zip("AB", _versions(facts), (report.a, report.b), strict=True)
    ]
    compared = "" if report.folding == "exact" else f" Keys were compared under {escape(report.folding)}."
    among = "each space's own objects" if facts.comparison.searched == "own" else "the common objects"
    return (
        table("Matching", ["space", "objects", "common", "only here", "filtered and dropped"], rows)
        + f"<p>Neighbors were searched among {among}.{compared}</p>"
    )


def _left_out(told: SideReport) -> str:
    counts = [*told.filters.items(), *told.dropped.items()]
    return escape(", ".join(f"{name} {count:,}" for name, count in counts if count) or "none")


def _name(one: Measure) -> str:
    term = glossary().get(one.name)
    if term is None:
        return escape(one.name)
    return f'<span class="term" title="{escape(term.definition)}">{escape(term.title)}</span>'


def _number(value: float) -> str:
    if math.isnan(value):
        return "–"
    return f"{value:,.0f}" if value == round(value) else f"{value:,.3f}"


def _interval(one: Measure) -> str:
    return "" if math.isnan(one.low) else f"{one.low:.3f} … {one.high:.3f}"
