"""Pickles read as data: a small machine that builds lists, dicts and inert calls. Nothing is ever executed or imported.

A pickle is a program. This machine knows the instructions that build plain data; an instruction that would call
something leaves a `Call` that says what would have been called, with which arguments. The caller then reads arrays
and tensors out of these calls. Only the names it allows may be mentioned at all.
"""

from __future__ import annotations

import pickletools
import struct
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from pipelines.errors import IngestError
from pipelines.ingest.faults import COPY_AGAIN, fault, shown

ORDERED = "collections.OrderedDict"

_PLAIN = {
    "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT", "UNICODE",
    "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8",
}  # fmt: skip
_STRINGS = {"STRING", "BINSTRING", "SHORT_BINSTRING"}
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_BROKEN = (ValueError, TypeError, IndexError, KeyError, OverflowError, EOFError, RecursionError, struct.error)


@dataclass(eq=False)
class Call:
    """What a pickle wanted to call.

    Attributes
    ----------
    name
        Module and name, joined by a point.
    arguments
        Of the call.
    state
        What the object was to be given afterwards (`__setstate__`).
    """

    name: str
    arguments: tuple[Any, ...] = ()
    state: Any = None


@dataclass(frozen=True, eq=False)
class Named:
    """A function or class that a pickle mentions."""

    name: str


@dataclass(frozen=True, eq=False)
class Stored:
    """Something that lies outside of the pickle, by its persistent id."""

    reference: Any


class _Mark:
    """Where a group of values begins."""


@dataclass
class _Machine:
    allowed: Collection[str]
    stack: list[Any] = field(default_factory=list)
    memo: dict[int, Any] = field(default_factory=dict)

    def group(self) -> list[Any]:
        """Take the values since the last mark."""
        at = len(self.stack) - 1
        while not isinstance(self.stack[at], _Mark):
            at -= 1
            if at < 0:
                raise ValueError("there is no mark")
        values = self.stack[at + 1 :]
        del self.stack[at:]
        return values

    def named(self, name: str) -> Named:
        if name not in self.allowed:
            raise _ForbiddenError(name)
        return Named(name)

    def call(self, what: Any, arguments: Any) -> Any:
        if not isinstance(what, Named) or not isinstance(arguments, tuple):
            raise ValueError("it calls what cannot be called")
        return {} if what.name == ORDERED and not arguments else Call(what.name, arguments)

    def append(self, values: list[Any]) -> None:
        if not isinstance(self.stack[-1], list):
            raise ValueError("it appends to what is no list")
        self.stack[-1].extend(values)

    def set_items(self, values: list[Any]) -> None:
        target = self.stack[-1]
        if not isinstance(target, dict) or len(values) % 2:
            raise ValueError("it sets items of what is no dict")
        # Hashing a nested tuple may take for ever, or overflow the stack of C.
        if not all(isinstance(key, str | int | bytes) for key in values[::2]):
            raise ValueError("a dict has keys that are neither text nor numbers")
        target.update(zip(values[::2], values[1::2], strict=True))

    def build(self, state: Any) -> None:
        target = self.stack[-1]
        if isinstance(target, Call):
            target.state = state
        elif not isinstance(target, dict):  # the attributes of an OrderedDict say nothing
            raise ValueError("it sets the state of what has none")


class _ForbiddenError(Exception):
    """A name that is not allowed."""


def read_pickle(path: Path, stream: IO[bytes], allowed: Collection[str] = (), place: str = "") -> Any:
    """Read the first pickle of a stream as data.

    Parameters
    ----------
    path, place
        The file, and the member of it, for messages.
    stream
        At the start of the pickle.
    allowed
        Names (``module.name``) that it may mention; none of them is imported or called.

    Returns
    -------
    object
        Plain data, in which `Call`, `Named` and `Stored` stand for what was not done.

    Raises
    ------
    pipelines.errors.IngestError
        If it is damaged, or mentions any other name.
    """
    machine = _Machine(allowed)
    try:
        for opcode, argument, _ in pickletools.genops(stream):
            if opcode.name == "STOP":
                return machine.stack.pop()
            _step(machine, opcode.name, argument)
    except _ForbiddenError as error:
        found = f"the pickle asks for {shown(str(error))}, and nothing that a pickle asks for is ever run"
        raise fault(
            path, found, "save the vectors in another format, as .npz or safetensors", place
        ) from None
    except _BROKEN as error:
        reason = " ".join(str(error).split())[:120]
        raise fault(path, f"the pickle is damaged or not known ({reason})", COPY_AGAIN, place) from None
    raise _ends_early(path, place)


def _ends_early(path: Path, place: str) -> IngestError:
    return fault(path, "the pickle ends early", COPY_AGAIN, place)


def _step(machine: _Machine, name: str, argument: Any) -> None:
    stack = machine.stack
    match name:
        case "PROTO" | "FRAME":
            pass
        case _ if name in _PLAIN:
            stack.append(argument)
        case _ if name in _STRINGS:
            stack.append(_of_python_2(argument.encode("latin-1")))
        case _ if name in _CONSTANTS:
            stack.append(_CONSTANTS[name])
        case "MARK":
            stack.append(_Mark())
        case "POP":
            stack.pop()
        case "POP_MARK":
            machine.group()
        case "DUP":
            stack.append(stack[-1])
        case "PUT" | "BINPUT" | "LONG_BINPUT":
            machine.memo[argument] = stack[-1]
        case "MEMOIZE":
            machine.memo[len(machine.memo)] = stack[-1]
        case "GET" | "BINGET" | "LONG_BINGET":
            stack.append(machine.memo[argument])
        case "BINPERSID":
            stack.append(Stored(stack.pop()))
        case "GLOBAL":
            stack.append(machine.named(argument.replace(" ", ".")))
        case "STACK_GLOBAL":
            last, module = stack.pop(), stack.pop()
            stack.append(machine.named(f"{module}.{last}"[:200]))
        case "REDUCE" | "NEWOBJ":
            arguments = stack.pop()
            stack.append(machine.call(stack.pop(), arguments))
        case "BUILD":
            machine.build(stack.pop())
        case _:
            _step_in_containers(machine, name)


def _set_of(values: list[Any]) -> set[Any]:
    # For the reason that dicts have: see `_Machine.set_items`.
    if not all(isinstance(value, str | int | bytes) for value in values):
        raise ValueError("a set holds something other than text and numbers")
    return set(values)


def _of_python_2(raw: bytes) -> str | bytes:
    """Decode a string of Python 2, which may have been text or data."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw


def _step_in_containers(machine: _Machine, name: str) -> None:
    stack = machine.stack
    match name:
        case "EMPTY_LIST":
            stack.append([])
        case "EMPTY_DICT":
            stack.append({})
        case "EMPTY_TUPLE":
            stack.append(())
        case "EMPTY_SET":
            stack.append(set())
        case "ADDITEMS":
            values_ = machine.group()
            if not isinstance(stack[-1], set):
                raise ValueError("it adds to what is no set")
            stack[-1] |= _set_of(values_)
        case "FROZENSET":
            stack.append(_set_of(machine.group()))
        case "LIST":
            stack.append(machine.group())
        case "TUPLE":
            stack.append(tuple(machine.group()))
        case "TUPLE1" | "TUPLE2" | "TUPLE3":
            count = int(name[-1])
            if len(stack) < count:
                raise ValueError("too few values")
            values = tuple(stack[-count:])
            del stack[-count:]
            stack.append(values)
        case "DICT":
            values_ = machine.group()
            stack.append({})
            machine.set_items(values_)
        case "APPEND":
            machine.append([stack.pop()])
        case "APPENDS":
            machine.append(machine.group())
        case "SETITEM":
            value, key = stack.pop(), stack.pop()
            machine.set_items([key, value])
        case "SETITEMS":
            machine.set_items(machine.group())
        case _:
            raise ValueError(f"the instruction {name} is not allowed")
