"""YAML that knows its lines: plain data plus the line of every field. Refuses duplicate keys and aliases."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pipelines.errors import ConfigError

Field = tuple[str | int, ...]


@dataclass(frozen=True)
class Document:
    """The content of one YAML file.

    Attributes
    ----------
    content
        Dicts, lists and scalars.
    lines
        Path of a field to its line, 1-based.
    """

    path: Path
    content: Any
    lines: dict[Field, int]

    def error(self, field: Field, message: str) -> ConfigError:
        """Return an error that points at a field: ``file:line: field: message``."""
        known = field
        while known and known not in self.lines:
            known = known[:-1]
        name = ".".join(str(part) for part in field)
        where = f"{self.path}:{self.lines.get(known, 1)}: "
        return ConfigError(where + (f"{name}: {message}" if name else message))


def read_yaml(path: Path) -> Document:
    """Read a YAML file.

    Raises
    ------
    ConfigError
        Missing or unreadable file, bad syntax, a key given twice, an alias.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file: give the path of a configuration with --project") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    document = Document(path, None, {(): 1})
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        content = {} if node is None else _plain(document, loader, node, (), set())
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{path}:{line}: {error.problem or 'not YAML'}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise ConfigError(f"{path}:1: not YAML, or nested too deeply: {error}") from error
    return Document(path, content, document.lines)


def _plain(document: Document, loader: yaml.SafeLoader, node: yaml.Node, field: Field, seen: set[int]) -> Any:
    document.lines.setdefault(field, node.start_mark.line + 1)
    if id(node) in seen:
        raise document.error(field, "aliases (*name) are not allowed: write the value out")
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        return [_plain(document, loader, item, (*field, i), seen) for i, item in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        return loader.construct_object(node)
    content: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        inner = (*field, key)
        if key in content:
            first = document.lines[inner]
            document.lines[inner] = key_node.start_mark.line + 1
            raise document.error(inner, f"given twice, first on line {first}: keep one of them")
        document.lines[inner] = key_node.start_mark.line + 1
        content[key] = _plain(document, loader, value_node, inner, seen)
    return content
