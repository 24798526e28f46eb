"""What the commands `store …` print: tables that fit what they hold, sizes and ages as people say them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from artifacts.gc import Swept
from artifacts.inventory import Inventory, Record, age_of
from artifacts.objects import Reference
from artifacts.store import Manifest, Ref, Store
from artifacts.verify import Verification

SHORT = 12
"""Digits of a fingerprint that are shown; the commands take eight or more."""

_UNITS = ("B", "kB", "MB", "GB", "TB")
_HIDDEN = {"superseded", "unreferenced"}
_STYLES = {"current": "green", "damaged": "bold red", "superseded": "dim", "unreferenced": "dim"}


def human_bytes(count: float) -> str:
    """Return a number of bytes as people say it.

    Examples
    --------
    >>> human_bytes(999), human_bytes(12_345), human_bytes(3_400_000_000)
    ('999 B', '12 kB', '3.4 GB')
    """
    unit = 0
    while count >= 999.5 and unit < len(_UNITS) - 1:
        count, unit = count / 1000, unit + 1
    digits = 0 if unit == 0 or count >= 9.95 else 1
    return f"{count:.{digits}f} {_UNITS[unit]}"


def human_age(seconds: float | None) -> str:
    """Return an age in its largest whole unit.

    Examples
    --------
    >>> human_age(59), human_age(3 * 3600 + 5), human_age(400 * 86_400), human_age(None)
    ('59 s', '3 h', '400 d', '')
    """
    if seconds is None:
        return ""
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length:.0f} {unit}"
    return f"{max(0, seconds):.0f} s"


def shown_records(
    inventory: Inventory, kind: str | None, dataset: str | None, everything: bool
) -> list[Record]:
    """Return the records that a list holds: of a kind, of a dataset, and only what is needed unless `everything`."""
    return [
        record
        for record in inventory.records
        if (kind is None or record.kind == kind)
        and (dataset is None or record.dataset == dataset)
        and (everything or record.state not in _HIDDEN)
    ]


def print_inventory(out: Console, inventory: Inventory, shown: Sequence[Record], store: str) -> None:
    """Print a table of records and a line of totals."""
    table = _table("kind", "key", "state", "rows>", "size>", "age>", "fingerprint")
    for record in shown:
        rows = "" if record.rows is None else f"{record.rows:,}"
        state = f"damaged: {record.problem}" if record.problem else record.state
        table.add_row(
            record.kind,
            Text(record.key),
            Text(state, _STYLES.get(record.state, "")),
            rows,
            human_bytes(record.bytes),
            human_age(age_of(record.created)),
            record.fingerprint[:SHORT],
        )
    print_whole(out, table)
    for line in _totals(inventory, shown, store):
        out.print(line)


def _totals(inventory: Inventory, shown: Sequence[Record], store: str) -> Iterable[Text]:
    size = human_bytes(sum(one.bytes for one in shown))
    yield Text(f"{len(shown):,} artifacts, {size} · {store}")
    hidden = [one for one in inventory.records if one.state in _HIDDEN and one not in shown]
    if hidden:
        size = human_bytes(sum(one.bytes for one in hidden))
        yield Text(f"{len(hidden):,} superseded or unreferenced, {size}: --all shows them")
    if inventory.lost:
        size = human_bytes(sum(one.size for one in inventory.lost))
        yield Text(
            f"{len(inventory.lost):,} files that nothing names, {size}: 'store gc' removes the old ones"
        )


def print_object(out: Console, store: Store, manifest: Manifest, ref: Ref | None) -> None:
    """Print everything about one object."""
    out.print(f"[bold]{manifest.kind}[/]", Text(manifest.key, "bold"))
    out.print(f"fingerprint {manifest.fingerprint}")
    out.print(f"created {manifest.created} ({human_age(age_of(manifest.created))} ago)")
    for title, values in (("parameters", manifest.parameters), ("facts", manifest.facts)):
        if values:
            table = _table(title, "")
            for name, value in values.items():
                table.add_row(Text(name), Text(_brief(value)))
            print_whole(out, table)
    if manifest.tables:
        table = _table("table", "rows>", "size>", "sha256", "file")
        for name, entry in manifest.tables.items():
            size = human_bytes(entry["bytes"])
            table.add_row(name, f"{entry['rows']:,}", size, entry["sha256"][:SHORT], entry["file"])
        print_whole(out, table)
    if manifest.inputs:
        tree = Tree("computed from")
        _grow(tree, store, manifest, set())
        print_whole(out, tree)
    if ref:
        _print_history(out, store, ref)


def _print_history(out: Console, store: Store, ref: Ref) -> None:
    table = _table("version", "created", "")
    for fingerprint in (ref.fingerprint, *ref.previous):
        state = "current" if fingerprint == ref.fingerprint else ""
        there = store.has(ref.kind, fingerprint)
        created = store.manifest(ref.kind, fingerprint).created if there else "removed"
        table.add_row(fingerprint[:SHORT], created, state)
    print_whole(out, table)


def _grow(tree: Tree, store: Store, manifest: Manifest, seen: set[Reference]) -> None:
    """Add the inputs of an object to a tree; what stands in it already is not unfolded again."""
    for role, reference in manifest.inputs.items():
        kind, fingerprint = reference
        label = f"{role}: {kind} {fingerprint[:SHORT]}"
        if not store.has(kind, fingerprint):
            tree.add(Text(f"{label} is missing", "bold red"))
            continue
        made_from = store.manifest(kind, fingerprint)
        if reference in seen:
            tree.add(Text(f"{label} {made_from.key} (above)", "dim"))
            continue
        seen.add(reference)
        branch = tree.add(Text(f"{label} {made_from.key}"))
        for source in made_from.facts.get("sources", ()):
            branch.add(Text(f"{source['path']} (sha256 {source['sha256'][:SHORT]})"))
        _grow(branch, store, made_from, seen)


def input_tree(store: Store, manifest: Manifest) -> dict[str, Any]:
    """Return the inputs of an object, and theirs, for JSON."""
    tree = {}
    for role, (kind, fingerprint) in manifest.inputs.items():
        found = store.manifest(kind, fingerprint) if store.has(kind, fingerprint) else None
        tree[role] = {
            "kind": kind,
            "fingerprint": fingerprint,
            "key": found.key if found else None,
            "sources": found.facts.get("sources", []) if found else [],
            "inputs": input_tree(store, found) if found else {},
        }
    return tree


def print_verification(out: Console, found: Verification, store: str) -> None:
    """Print what was read and what is damaged, each with what makes it again."""
    read = f"{found.objects:,} artifacts, {found.files:,} files, {human_bytes(found.bytes)} read"
    if not found.damages:
        out.print(Text(f"everything is as it was published: {read} · {store}"))
        return
    for damage in found.damages:
        out.print(Text(f"damaged {damage.path} {damage.problem}\n    {damage.command}"))
    out.print(Text(f"{len(found.damages):,} damaged: {read} · {store}", "bold red"))


def print_swept(out: Console, swept: Swept, dry_run: bool, listed: bool) -> None:
    """Print what was removed."""
    if listed:
        for one in swept.removed:
            out.print(Text(f"{one.what} {one.name}: {human_bytes(one.bytes)}"))
    parts = []
    for what in ("object", "lost file", "temporary file"):
        count = sum(one.what == what for one in swept.removed)
        parts.append(f"{count:,} {what}{'' if count == 1 else 's'}")
    verb = "would be removed" if dry_run else "removed"
    young = f", {swept.young:,} too young" if swept.young else ""
    out.print(f"{', '.join(parts)} {verb}, {human_bytes(swept.bytes)} · {swept.kept:,} objects stay{young}")


def print_whole(out: Console, content: Table | Tree) -> None:
    """Print a table or a tree, as wide as it wants where nobody's window limits it."""
    if not out.is_terminal:
        width = Measurement.get(out, out.options.update(max_width=10_000), content).maximum
        out = Console(file=out.file, width=max(1, width), soft_wrap=True, highlight=False)
    out.print(content)


def _table(*columns: str) -> Table:
    """Return an empty table; a name that ends with ``>`` has its column to the right."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        justify: Literal["left", "right"] = "right" if column.endswith(">") else "left"
        table.add_column(column.rstrip(">"), justify=justify, overflow="fold")
    return table


def _brief(value: Any, limit: int = 160) -> str:
    text = str(value)
    return text if len(text) <= limit else f"{text[:limit]}…"
