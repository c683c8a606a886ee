"""Plain Python values as text: parse them, compare them, never evaluate them.

A worker that ran a program hands back `repr` text; a model's answer is text as well. Both are hostile, so
neither is ever given to `eval`. `parse_value` walks the syntax tree of a literal and builds the value from
exact built-in types, which means that no `__eq__`, `__hash__` or `__repr__` of the model's can ever run here.

Differs from the released code: that evaluates the model's answer inside the trainer process
(`python_executor.py`, `eval_output_prediction`), which runs whatever the model wrote.
"""

from __future__ import annotations

import ast
import contextlib
import math
import re
import sys
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from azr_nb.programs.syntax import FAILURES, MAX_TEXT, ONE, read

MAX_DEPTH = 60

_CODE = (
    ast.Constant,
    ast.Name,
    ast.expr_context,
    ast.Call,
    ast.keyword,
    ast.Attribute,
    ast.Subscript,
    ast.Slice,
    ast.List,
    ast.Tuple,
    ast.Set,
    ast.Dict,
    ast.BinOp,
    ast.UnaryOp,
    ast.operator,
    ast.unaryop,
)
# what Python prints of numbers that have no literal; nan anew each time, since a set holds two of them
_NAMES = {
    "inf": lambda: math.inf,
    "nan": lambda: float("nan"),
    "infj": lambda: complex(0, math.inf),
    "nanj": lambda: complex(0, float("nan")),
}
_NOT_FINITE = re.compile(r"\s*[+-]?(inf|infinity|nan)\s*", re.IGNORECASE | re.ASCII)
_MANY_DIGITS = re.compile(r"[0-9_]{4300}")  # more than Python reads or writes unless it is told to
_HUGE = 10**4299


class NotPlain(ValueError):
    """The text is not a plain value: it is not a literal, or too large to look at."""


@contextlib.contextmanager
def _all_digits(needed: bool) -> Iterator[None]:
    """Have Python read decimal numbers of any length; the text they stand in is limited already."""
    if not needed:
        yield
        return
    with ONE:  # it is a setting of the whole process
        most = sys.get_int_max_str_digits()
        sys.set_int_max_str_digits(0)
        try:
            yield
        finally:
            sys.set_int_max_str_digits(most)


def _number(node: ast.AST, depth: int) -> int | float | complex:
    value = _build(node, depth)
    if type(value) not in (int, float, complex):
        raise NotPlain("a sign needs a number behind it")
    return value


def _call(node: ast.Call, depth: int) -> Any:
    """The only calls that a repr of plain data holds: set(), frozenset(...), float('nan'), complex(inf, 1)."""
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name == "complex" and len(node.args) == 2 and not node.keywords:
        real, imaginary = (_number(argument, depth) for argument in node.args)
        if complex not in (type(real), type(imaginary)):
            return complex(real, imaginary)
    if node.keywords or len(node.args) > 1:
        raise NotPlain(f"{ast.unparse(node)[:40]!r} is a call, not a value")
    if name in ("set", "frozenset") and not node.args:
        return set() if name == "set" else frozenset()
    if name == "frozenset" and isinstance(node.args[0], (ast.Set, ast.List, ast.Tuple)):
        return frozenset(_build(node.args[0], depth))
    if name == "float" and node.args and isinstance(node.args[0], ast.Constant):
        word = node.args[0].value
        if isinstance(word, str) and _NOT_FINITE.fullmatch(word):
            return float(word)
    raise NotPlain(f"{ast.unparse(node)[:40]!r} is a call, not a value")


def _build(node: ast.AST, depth: int = 0) -> Any:
    if depth > MAX_DEPTH:
        raise NotPlain(f"nested deeper than {MAX_DEPTH}")
    depth += 1
    if isinstance(node, ast.Constant):
        if node.value is ...:
            raise NotPlain("an ellipsis is not a plain value")
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        value = _number(node.operand, depth)
        return -value if isinstance(node.op, ast.USub) else +value
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        left, right = _number(node.left, depth), _number(node.right, depth)
        if type(left) is complex or type(right) is not complex:
            raise NotPlain("arithmetic is not a value")  # only the repr of a complex number has a sum in it
        return left + right if isinstance(node.op, ast.Add) else left - right
    if isinstance(node, ast.List):
        return [_build(item, depth) for item in node.elts]
    if isinstance(node, ast.Tuple):
        return tuple(_build(item, depth) for item in node.elts)
    if isinstance(node, ast.Set):
        return {_build(item, depth) for item in node.elts}
    if isinstance(node, ast.Dict):
        if any(key is None for key in node.keys):
            raise NotPlain("** is not a value")
        return {_build(k, depth): _build(v, depth) for k, v in zip(node.keys, node.values, strict=True)}
    if isinstance(node, ast.Call):
        return _call(node, depth)
    if isinstance(node, ast.Name) and node.id in _NAMES:
        return _NAMES[node.id]()
    raise NotPlain(f"{type(node).__name__} is not a plain value")


def parse_value(text: str, max_text: int = MAX_TEXT) -> Any:
    """Build the plain value that a literal denotes.

    Accepts numbers, strings, bytes, None, booleans, inf, nan, complex, and lists, tuples, sets, frozensets and
    dicts of them. Raises `NotPlain` for everything else, however hostile; it raises nothing else.
    """
    try:
        if len(text) > max_text:
            raise NotPlain(f"longer than {max_text} characters")
        with _all_digits(_MANY_DIGITS.search(text) is not None):
            return _build(read(text.strip(), mode="eval").body)
    except NotPlain:
        raise
    except FAILURES as error:
        raise NotPlain(f"not a literal ({type(error).__name__})") from None


def parse_arguments(text: str, max_text: int = MAX_TEXT) -> tuple[tuple, dict[str, Any]]:
    """Parse the text between the brackets of `f(…)` as literal positional and keyword arguments.

    The text must be *one* call's arguments: closing the bracket early, comments that swallow it, lambdas, walruses
    and stars are refused with `NotPlain`.
    """
    try:
        call = _read_call(text, max_text)
        if any(keyword.arg is None for keyword in call.keywords):
            raise NotPlain("** is not a value")
        if len({keyword.arg for keyword in call.keywords}) < len(call.keywords):
            raise NotPlain("a keyword is given twice")
        args = tuple(_build(arg) for arg in call.args)
        return args, {keyword.arg: _build(keyword.value) for keyword in call.keywords}
    except NotPlain:
        raise
    except FAILURES as error:
        raise NotPlain(f"not literal arguments ({type(error).__name__})") from None


def _read_call(text: str, max_text: int) -> ast.Call:
    """The tree of `f(…)`. Raises `NotPlain` for a text that is more than the arguments of one call, or too long."""
    if len(text) > max_text:
        raise NotPlain(f"longer than {max_text} characters")
    with _all_digits(_MANY_DIGITS.search(text) is not None):
        call = read(f"f({text}\n)", mode="eval").body
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "f"):
        raise NotPlain("not the arguments of one call")
    if call.end_lineno != text.count("\n") + 2:
        raise NotPlain("not the arguments of one call")
    return call


def arguments_program(text: str, max_text: int = MAX_TEXT) -> str | None:
    """A program that returns the arguments of `f(…)` as a tuple, for arguments that are code; None if they cannot be.

    The text must be the positional arguments of *one* call, without anything that binds a name or decides (`:=`,
    lambda, comprehensions, conditions). What is returned is text to run in a sandbox, never here.
    """
    try:
        call = _read_call(text, max_text)
        if call.keywords or not call.args:
            return None
        if not all(isinstance(node, _CODE) for node in ast.walk(call)):
            return None
        return "def f():\n    return " + ast.unparse(ast.Tuple(call.args, ast.Load()))
    except FAILURES:
        return None


def format_arguments(args: tuple, kwargs: dict[str, Any] | None = None) -> str:
    """The canonical text of parsed arguments: what is shown, stored, and pasted into a call."""
    parts = [repr_value(arg) for arg in args]
    return ", ".join(parts + [f"{name}={repr_value(value)}" for name, value in (kwargs or {}).items()])


def repr_value(value: Any) -> str:
    """`repr` of a plain value, spelled so that it can be run as well as parsed: inf, nan, and numbers of any length."""
    kind = type(value)
    if kind is int and not -_HUGE < value < _HUGE:
        return hex(value)
    if kind is complex and not (math.isfinite(value.real) and math.isfinite(value.imag)):
        return f"complex({repr_value(value.real)}, {repr_value(value.imag)})"
    if kind is float and not math.isfinite(value):
        return f"float('{value}')"
    if kind is list:
        return "[" + ", ".join(map(repr_value, value)) + "]"
    if kind is tuple:
        return "(" + ", ".join(map(repr_value, value)) + (",)" if len(value) == 1 else ")")
    if kind is dict:
        return "{" + ", ".join(f"{repr_value(k)}: {repr_value(v)}" for k, v in value.items()) + "}"
    if kind in (set, frozenset) and value:
        inner = "{" + ", ".join(sorted(map(repr_value, value))) + "}"
        return inner if kind is set else f"frozenset({inner})"
    return repr(value)


def canonical(value: Any) -> Any:
    """A hashable stand-in for a plain value: two values are the same exactly when their stand-ins are equal.

    The rule: lists, tuples, sets, frozensets, dicts, strings, bytes, booleans and None differ from one another;
    int, float and complex compare by number (1 is 1.0, -0.0 is 0.0); nan equals nan, also as part of a complex number
    (but a set of two nan is not a set of one); sets and dicts ignore order. Raises `NotPlain` for any other type.
    """
    kind = type(value)
    if kind in (int, float):
        return ("number", "nan" if value != value else value)
    if kind is complex:
        return canonical(value.real) if value.imag == 0 else (kind.__name__, *map(canonical, (value.real, value.imag)))
    if kind in (str, bytes, bool, type(None)):
        return (kind.__name__, value)
    if kind in (list, tuple):
        return (kind.__name__, tuple(canonical(item) for item in value))
    if kind in (set, frozenset):
        return (kind.__name__, frozenset(Counter(canonical(item) for item in value).items()))
    if kind is dict:
        return ("dict", frozenset(Counter((canonical(k), canonical(v)) for k, v in value.items()).items()))
    raise NotPlain(f"{kind.__name__} is not a plain type")


def same(a: Any, b: Any) -> bool:
    """Whether two plain values are the same by the rule of `canonical`; anything not plain is never the same."""
    try:
        return canonical(a) == canonical(b)
    except (NotPlain, RecursionError):
        return False


@lru_cache(maxsize=262_144)
def type_name(text: str, part: str = "output") -> str:
    """The type of an output's value, or of an input's; "tuple" for several arguments, "other" for no plain value."""
    try:
        if part == "output":
            return type(parse_value(text)).__name__
        args, kwargs = parse_arguments(text)
        return type(args[0]).__name__ if len(args) == 1 and not kwargs else "tuple"
    except NotPlain:
        return "other"
