"""Programs that other people wrote, made to define `f`, which the executor calls."""

from __future__ import annotations

import ast
import io
import tokenize
from itertools import count

from azr_nb.programs.names import Use, read_names
from azr_nb.programs.syntax import FAILURES, read

# where the names are that contest programs use without importing them, first come first served
_MODULES = (
    "collections",
    "math",
    "heapq",
    "bisect",
    "itertools",
    "functools",
    "operator",
    "string",
    "re",
    "copy",
    "random",
    "typing",
)


def free_name(program: str, name: str) -> str:
    """`name`, or the first of name_1, name_2, ... that stands nowhere in the program's text."""
    return next(new for i in count() if (new := f"{name}_{i}" if i else name) not in program)


def renamed(program: str, old: str, new: str) -> str:
    """The program with the name `old` changed to `new` in every scope; the rest of the text stays as it is.

    Raises `ValueError` for text that is not a program, and where that would change what it does: if the program uses
    `new` already, or if `old` is imported, belongs to a class, or is given as a keyword.
    """
    try:
        tree = read(program)
        uses, keywords = read_names(tree)
    except FAILURES as error:
        raise ValueError(f"the program cannot be read ({type(error).__name__})") from None
    named = [use for use in uses if use.name == old]
    if any(use.name == new for use in uses):
        raise ValueError(f"the name {new} is taken")
    for use in named:
        if not _follows(use, old, keywords):
            raise ValueError(f"the name {old} cannot be changed: it is imported, of a class, or a keyword")
    for use in named:
        use.change(new)
    text = _with_tokens(program, old, new)
    try:
        return text if ast.dump(read(text)) == ast.dump(tree) else ast.unparse(tree)
    except FAILURES:  # a name inside an f-string, say, which is one token in older Pythons
        return ast.unparse(tree)


def _follows(use: Use, name: str, keywords: set[str]) -> bool:
    owner = use.scope.owner(name)
    return owner is None or not (owner.kind == "class" or name in owner.kept or name in owner.parameters & keywords)


def _with_tokens(program: str, old: str, new: str) -> str:
    """The text with `new` for every token `old` that is not an attribute."""
    lines, before, places = program.splitlines(keepends=True), "", []
    for token in tokenize.generate_tokens(io.StringIO(program).readline):
        if token.type == tokenize.NAME and token.string == old and before != ".":
            places.append(token.start)
        before = token.string
    for line, column in reversed(places):
        text = lines[line - 1]
        lines[line - 1] = text[:column] + new + text[column + len(old) :]
    return "".join(lines)


def as_f(program: str, name: str) -> str:
    """The program with its function `name` called `f`; whatever was called f before gets another name.

    Raises `ValueError` where `renamed` does, and if no function of that name stands at the top level.
    """
    try:
        tops = {node.name for node in read(program).body if isinstance(node, ast.FunctionDef)}
    except FAILURES as error:
        raise ValueError(f"the program cannot be read ({type(error).__name__})") from None
    if name not in tops:
        raise ValueError(f"the program defines no function {name}")
    if name == "f":
        return program
    if any(use.name == "f" for use in read_names(read(program))[0]):
        program = renamed(program, "f", free_name(program, "f_1"))
    return renamed(program, name, "f")
