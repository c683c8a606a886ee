"""Text to syntax tree and back, for any text: None where Python would raise."""

from __future__ import annotations

import ast
import threading
import warnings

FAILURES = (SyntaxError, ValueError, TypeError, MemoryError, RecursionError, OverflowError)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
ONE = threading.RLock()
MAX_TEXT = 20_000  # characters; longer text is treated as no program, so that measures stay cheap


class ProgramError(ValueError):
    """The text is not a Python program; the message says which and why."""


def read(text: str, mode: str = "exec") -> ast.AST:
    """`ast.parse` without the warnings that odd text brings, such as `1in x`; it raises what `ast.parse` raises.

    What a model wrote is not the business of the person who runs us, and has no place on the screen. One text at a
    time: CPython 3.11 counts the depth of a tree in one place for all threads.
    """
    with ONE, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text, mode=mode)


def parse(program: str) -> ast.Module | None:
    """The syntax tree, or None for text that is not a program or is longer than `MAX_TEXT`. Never raises or warns."""
    if len(program) > MAX_TEXT:
        return None
    try:
        return read(program)
    except FAILURES:
        return None


def unparse(tree: ast.AST) -> str | None:
    """The text of a tree, or None if it is nested too deeply."""
    try:
        return ast.unparse(ast.fix_missing_locations(tree))
    except FAILURES:
        return None
