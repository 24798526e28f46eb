"""Collect the words of docstrings from Python sources, without importing or running the sources.

A paragraph is a tuple of lowercase words; the windows of `pipelines.demo.pmi` do not cross its ends.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
import sys
import sysconfig
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import BuiltinFunctionType, ModuleType

from pipelines.errors import InputError

Paragraph = tuple[str, ...]

SKIPPED = frozenset(
    {"test", "tests", "testing", "conftest.py", "idlelib", "lib2to3", "turtledemo", "ensurepip"}
    | {"__phello__", "__pycache__", "site-packages", "dist-packages"}
)
# Files that document what is written in C: there every long string is documentation.
DOCUMENTATION_FILES = frozenset({"topics.py", "pickletools.py", "_add_newdocs.py", "_add_newdocs_scalars.py"})
LONG_STRING = 20
_STOP_WORDS = (
    "about after all also although among an and any are aren as at be because been before being both but "
    "by can could couldn did didn do does doesn doing don done each either else etc even ever every few "
    "for from had has hasn have haven having he hence her here hers him his how however if in instead "
    "into is isn it its itself just let ll may me might more most much must my neither no nor not of off "
    "often on once one ones only onto or other others otherwise our out own per rather re same shall she "
    "should shouldn since so some such than that the their them themselves then there thereby therefore "
    "these they this those though through thus to too under unless until up upon us use used uses using "
    "usually ve very via was wasn we were what whatever when where whereas whether which while who whom "
    "whose why will with within without would wouldn yet you your "
)
STOP_WORDS = frozenset(_STOP_WORDS.split())
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_NOISE = re.compile(r"https?://\S+|:[a-z:]+:(?=`)|^\s*(?:>>>|\.\.\. ).*$", re.MULTILINE)
_BLANK_LINE = re.compile(r"\n\s*\n")


def words(text: str) -> Paragraph:
    """Split a text into lowercase words of two letters or more, stop words left out.

    Compound names are split (``KDTree``, ``n_samples``); addresses, reStructuredText roles and interpreter
    input are not text.

    Examples
    --------
    >>> words("A `KDTree` of n_samples points")
    ('kd', 'tree', 'samples', 'points')
    """
    found = (word.lower() for word in _WORD.findall(_NOISE.sub(" ", text)) if len(word) > 1)
    return tuple(word for word in found if word not in STOP_WORDS)


def paragraphs(texts: Iterable[str]) -> list[Paragraph]:
    r"""Split texts at blank lines, and drop repetitions: libraries inherit and copy much of their text.

    Examples
    --------
    >>> paragraphs(["Read a file.", "Read a file.\n\nClose it."])
    [('read', 'file'), ('close',)]
    """
    found = (words(paragraph) for text in texts for paragraph in _BLANK_LINE.split(text))
    return list(dict.fromkeys(paragraph for paragraph in found if paragraph))


def standard_library() -> list[Paragraph]:
    """Give the paragraphs of the docstrings of this Python's standard library.

    They depend on the Python version alone: the sources, and the docstrings of the modules built into the
    interpreter, which exist only at runtime.

    Raises
    ------
    InputError
        When the installation carries no sources.
    """
    folder = Path(sysconfig.get_paths()["stdlib"])
    return paragraphs([*source_texts(folder), *builtin_texts()])


def packages(names: Iterable[str]) -> list[Paragraph]:
    """Give the paragraphs of the docstrings of installed packages.

    They depend on the installed versions.

    Raises
    ------
    InputError
        When a package is not installed as a folder of sources.
    """
    texts: list[str] = []
    for name in names:
        spec = importlib.util.find_spec(name)
        if spec is None or not spec.submodule_search_locations:
            raise InputError(f"{name}: not installed as a package; install it to make the demo data")
        texts.extend(source_texts(Path(spec.submodule_search_locations[0])))
    return paragraphs(texts)


def source_texts(folder: Path) -> list[str]:
    """Read the docstrings of the Python sources under a folder, in the order of their paths.

    Tests, and sources that do not parse (some are templates), are skipped.

    Raises
    ------
    InputError
        When there is no docstring under the folder.
    """
    files = [path for path in folder.rglob("*.py") if not SKIPPED & set(path.relative_to(folder).parts)]
    texts = [text for path in sorted(files) for text in _file_texts(path)]
    if not texts:
        raise InputError(f"{folder}: no docstrings found; the demo needs an installation with its sources")
    return texts


def builtin_texts() -> list[str]:
    """Give the docstrings of the modules that are built into the interpreter.

    Only what the modules define themselves: not what the running process has put there.
    """
    texts: list[str] = []
    for name in sorted(sys.builtin_module_names):
        module = importlib.import_module(name)
        for owner in (module, *_own_members(module)):
            described = [owner, *(vars(owner).values() if isinstance(owner, type) else ())]
            documented = (getattr(one, "__doc__", None) for one in described)
            texts.extend(text for text in documented if isinstance(text, str))
    return texts


def _own_members(module: ModuleType) -> Iterator[object]:
    for _, member in sorted(vars(module).items()):
        if isinstance(member, BuiltinFunctionType | type) and member.__module__ == module.__name__:
            yield member


def _file_texts(path: Path) -> Iterator[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a foreign source's invalid escapes are not ours to report
            module = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return
    every_string = path.name in DOCUMENTATION_FILES
    for node in ast.walk(module):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node)
            if text:
                yield text
        elif every_string and isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from [node.value] if len(node.value.split()) >= LONG_STRING else []
