"""A small language of conditions on metadata columns, parsed by Python's grammar and never executed as Python."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

LONGEST = 2_000
"""Characters of a condition."""

_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: pc.equal,
    ast.NotEq: pc.not_equal,
    ast.Lt: pc.less,
    ast.LtE: pc.less_equal,
    ast.Gt: pc.greater,
    ast.GtE: pc.greater_equal,
}
_ALLOWED = "comparisons, 'in (…)', and, or, not, parentheses, column names, numbers, texts, True and False"


def check_expression(text: str) -> str:
    """Return a condition that can be evaluated; raise ValueError with what is wrong in it."""
    tree = _parsed(text)
    _check(tree, text)
    if not columns_of(text):
        raise ValueError(f"{text!r} names no column")
    return text


def columns_of(text: str) -> list[str]:
    """Return the columns that a condition names, each once.

    >>> columns_of("count > 3 and (kind == 'noun' or count < 9)")
    ['count', 'kind']
    """
    return sorted({node.id for node in ast.walk(_parsed(text)) if isinstance(node, ast.Name)})


def evaluate(text: str, columns: pa.Table) -> NDArray[np.bool_]:
    """Tell which rows satisfy a condition.

    A missing value satisfies no comparison, nor the negation of one (as in SQL).

    Parameters
    ----------
    text
        A condition that `check_expression` accepts.
    columns
        The columns that it names.

    Returns
    -------
    bool, shape (rows,)

    Raises
    ------
    ValueError
        A column that is not there, or that is compared with a value of another type.

    Examples
    --------
    >>> evaluate("count >= 2 and kind in ('a', 'b')", pa.table({"count": [1, 2], "kind": ["a", "b"]})).tolist()
    [False, True]
    """
    missing = [name for name in columns_of(text) if name not in columns.column_names]
    if missing:
        known = ", ".join(columns.column_names) or "none"
        raise ValueError(f"no metadata column {missing[0]!r}; there are: {known}")
    try:
        found = _value(_parsed(check_expression(text)), columns)
    except (pa.ArrowException, OverflowError) as error:
        kinds = ", ".join(f"{name} is {columns.schema.field(name).type}" for name in columns_of(text))
        raise ValueError(f"{text!r} compares values of different types ({kinds})") from error
    satisfied: NDArray[np.bool_] = pc.fill_null(found, False).to_numpy()
    return satisfied


def _parsed(text: str) -> ast.expr:
    if len(text) > LONGEST:
        raise ValueError(f"the condition has {len(text):,} characters, more than {LONGEST:,}")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ValueError(f"{text!r} is not a condition ({error}); allowed are {_ALLOWED}") from None


def _check(node: ast.expr, text: str) -> None:
    """Refuse everything but conditions: the allow-list of the language."""
    match node:
        case ast.BoolOp(values=parts):
            for part in parts:
                _check(part, text)
        case ast.UnaryOp(op=ast.Not(), operand=part):
            _check(part, text)
        case ast.Compare(left=left, ops=ops, comparators=others):
            _check_operand(left, text)
            for op, other in zip(ops, others, strict=True):
                check = _check_choices if isinstance(op, ast.In | ast.NotIn) else _check_operand
                if type(op) not in {*_COMPARISONS, ast.In, ast.NotIn}:
                    raise _refused(text, node)
                check(other, text)
        case ast.Name():
            pass
        case _:
            raise _refused(text, node)


def _check_operand(node: ast.expr, text: str) -> None:
    if not isinstance(node, ast.Name):
        _constant(node, text)


def _check_choices(node: ast.expr, text: str) -> None:
    if not isinstance(node, ast.Tuple | ast.List) or not node.elts:
        raise _refused(text, node)
    for element in node.elts:
        _constant(element, text)


def _constant(node: ast.expr, text: str = "") -> str | int | float | bool:
    match node:
        case ast.Constant(value=bool() | int() | float() | str() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -value
    raise _refused(text, node)


def _refused(text: str, node: ast.expr) -> ValueError:
    return ValueError(f"{text!r} holds {ast.unparse(node)!r}, which is not allowed: allowed are {_ALLOWED}")


def _value(node: ast.expr, columns: pa.Table) -> Any:
    match node:
        case ast.BoolOp(op=op, values=parts):
            join = pc.and_kleene if isinstance(op, ast.And) else pc.or_kleene
            found = _value(parts[0], columns)
            for part in parts[1:]:
                found = join(found, _value(part, columns))
            return found
        case ast.UnaryOp(op=ast.Not(), operand=part):
            return pc.invert(_value(part, columns))
        case ast.Compare(left=left, ops=ops, comparators=others):
            return _compared(_operand(left, columns), ops, others, columns)
    return pc.and_kleene(_operand(node, columns), True)


def _compared(left: Any, ops: list[ast.cmpop], others: list[ast.expr], columns: pa.Table) -> Any:
    found: Any = None
    for op, other in zip(ops, others, strict=True):
        if isinstance(op, ast.In | ast.NotIn):
            one, right = _is_in(left, other), None
            one = pc.invert(one) if isinstance(op, ast.NotIn) else one
        else:
            right = _operand(other, columns)
            one = _COMPARISONS[type(op)](left, right)
        found = one if found is None else pc.and_kleene(found, one)
        left = right
    return found


def _is_in(left: Any, choices: ast.expr) -> Any:
    values = pa.array([_constant(element) for element in choices.elts])  # type: ignore[attr-defined]  # _check
    if pa.types.is_string(values.type) != pa.types.is_string(left.type):
        raise pa.ArrowInvalid("text is compared with what is none")
    found = pc.is_in(left, value_set=values.cast(left.type))
    return pc.if_else(pc.is_null(left), pa.scalar(None, pa.bool_()), found)


def _operand(node: ast.expr, columns: pa.Table) -> Any:
    return columns[node.id] if isinstance(node, ast.Name) else pa.scalar(_constant(node))
