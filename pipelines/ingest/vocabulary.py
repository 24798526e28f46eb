"""Lists of keys as JSON or as a pickle: a list of strings, a vocabulary ``{key: row}``, or a ``tokenizer.json``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pipelines.ingest.faults import fault, shown
from pipelines.ingest.pickles import read_pickle

ADVICE = "write the keys as a list of strings"
MAX_BYTES = 1 << 30


def read_json_keys(path: Path) -> list[str]:
    """Read the keys from JSON.

    Raises
    ------
    pipelines.errors.IngestError
        If it is neither a list of strings nor a vocabulary whose rows count from 0.
    """
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise fault(path, f"this is not valid JSON ({error})", ADVICE) from None
    return keys_of(path, _vocabulary(content))


def _vocabulary(content: Any) -> Any:
    """Find the vocabulary in a ``tokenizer.json``; anything else is given back."""
    model = content.get("model") if isinstance(content, dict) else None
    words = model.get("vocab") if isinstance(model, dict) else None
    if isinstance(words, list):  # of pairs, a word and its score
        words = {str(word[0]): row for row, word in enumerate(words) if isinstance(word, list) and word}
    if not isinstance(words, dict):
        return content
    added = content.get("added_tokens")
    extra = [one for one in added if isinstance(one, dict)] if isinstance(added, list) else []
    return words | {str(one.get("content")): one.get("id") for one in extra}


def read_pickled_keys(path: Path) -> list[str]:
    """Read the keys from a pickle, which may hold text, lists and numbers only.

    Raises
    ------
    pipelines.errors.IngestError
        If it holds anything else.
    """
    if path.stat().st_size > MAX_BYTES:
        raise fault(path, f"it is larger than {MAX_BYTES >> 20} MiB", ADVICE)
    with path.open("rb") as stream:
        return keys_of(path, read_pickle(path, stream))


def keys_of(path: Path, content: Any, place: str = "") -> list[str]:
    """Turn a list of strings, or a dict from strings to rows, into the keys in the order of the rows."""
    if isinstance(content, dict):
        content = _in_order(path, content, place)
    if not isinstance(content, list) or not all(isinstance(key, str) for key in content):
        raise fault(path, "this is not a list of strings", ADVICE, place)
    return content


def _in_order(path: Path, rows: dict[Any, Any], place: str) -> list[Any]:
    keys: list[Any] = [None] * len(rows)
    for key, row in rows.items():
        if type(row) is not int or not 0 <= row < len(keys) or keys[row] is not None:
            found = f"the row of {shown(str(key))} is {shown(str(row))}, but rows count from 0 without holes"
            raise fault(path, found, ADVICE, place)
        keys[row] = key
    return keys
