from __future__ import annotations

import math

import pytest

from pipelines.demo import corpus
from pipelines.errors import InputError

TRAP = '''"""A module about kernels."""
raise SystemExit("this source was run")

class Tree:
    """A tree of nodes."""

    async def grow(self):
        """Grow a leaf.

        >>> Tree().grow()
        """
        return """not a docstring, although it is a long string, much longer than twenty words
            in all: one two three four five six seven eight nine ten"""
'''


def test_docstrings_are_read_without_running_the_source(tmp_path):
    (tmp_path / "trap.py").write_text(TRAP)
    texts = corpus.source_texts(tmp_path)
    assert [text.splitlines()[0] for text in texts] == [
        "A module about kernels.",
        "A tree of nodes.",
        "Grow a leaf.",
    ]


def test_files_that_document_c_code_give_every_long_string(tmp_path):
    (tmp_path / "_add_newdocs.py").write_text(TRAP)
    assert any(text.startswith("not a docstring") for text in corpus.source_texts(tmp_path))


def test_tests_and_broken_sources_are_skipped_and_paths_are_in_order(tmp_path):
    for name in ("b.py", "a/z.py", "tests/t.py", "site-packages/other/s.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f'"""File {name}"""')
    (tmp_path / "broken.py").write_text('"""Broken"""\ndef (:')
    (tmp_path / "null.py").write_bytes(b'"""Null"""\0')
    assert corpus.source_texts(tmp_path) == ["File a/z.py", "File b.py"]


def test_a_folder_without_docstrings_is_refused(tmp_path):
    with pytest.raises(InputError, match="no docstrings found"):
        corpus.source_texts(tmp_path)


@pytest.mark.parametrize("name", ["no_such_package_here", "this"])
def test_what_is_not_installed_as_a_package_is_refused(name):
    with pytest.raises(InputError, match=f"{name}: not installed as a package"):
        corpus.packages([name])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The KDTree's leaf_size", ("kd", "tree", "leaf", "size")),
        ("HTTPServer and x, y", ("http", "server")),
        (":math:`x` in :class:`Field`, see https://example.org/kernel", ("field", "see")),
        (">>> import hidden\n... hidden\nSeen ...", ("seen",)),
        ("It doesn't, and the", ()),
    ],
)
def test_words_are_lowercase_parts_of_names_without_stop_words(text, expected):
    assert corpus.words(text) == expected


def test_repeated_paragraphs_count_once():
    found = corpus.paragraphs(["A field.\n \nTwo trees.", "The FIELD"])
    assert found == [("field",), ("two", "trees")]


def test_builtin_modules_are_described_by_what_they_define_themselves(monkeypatch):
    def intruder() -> None:
        """Planted by the process."""

    monkeypatch.setattr("builtins.intruder", intruder, raising=False)
    monkeypatch.setattr("builtins.borrowed", math.factorial, raising=False)
    texts = corpus.builtin_texts()
    assert str.split.__doc__ in texts
    assert intruder.__doc__ not in texts
    assert math.factorial.__doc__ not in texts
