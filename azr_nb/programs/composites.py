"""Composite programs: `f` calls earlier programs, which stand before it as g_0, g_1, ... (paper D.2)."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable

from azr_nb.programs.names import rename_globals
from azr_nb.programs.syntax import FAILURES, FUNCTIONS, ProgramError, parse, unparse

_HELPER = re.compile(r"g_\d+")


def compose(helpers: list[str], program: str) -> str:
    """Earlier programs, their `f` renamed to g_0, g_1, ... in order, before the text of `program`.

    What else a helper defines at its top level becomes g_0_name; imports keep their names. Raises `ProgramError` for a
    helper that is not a Python program.
    """
    parts, future = [], []
    for i, helper in enumerate(helpers):
        tree = parse(helper)
        text = None
        if tree is not None:
            try:
                rename_globals(tree, lambda name, i=i: f"g_{i}" if name == "f" else f"g_{i}_{name}")
                future += [unparse(node) for node in tree.body if _is_future(node)]
                tree.body = [node for node in tree.body if not _is_future(node)]
                text = unparse(tree)
            except FAILURES:
                pass
        if text is None:
            raise ProgramError(f"helper {i} is not a Python program: {helper[:40]!r}")
        parts.append(text)
    tree = parse(program) if future or "__future__" in program else None
    if tree is not None and any(map(_is_future, tree.body)):  # they have to stand first
        future += [unparse(node) for node in tree.body if _is_future(node)]
        tree.body = [node for node in tree.body if not _is_future(node)]
        program = unparse(tree) or ""
    return "\n".join(dict.fromkeys(future)) + ("\n" if future else "") + "\n\n".join([*parts, program])


def _is_future(node: ast.AST) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _main(program: str) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    tree = parse(program)
    found = [node for node in tree.body if isinstance(node, FUNCTIONS) and node.name == "f"] if tree else []
    return found[-1] if found else None


def calls_of(program: str) -> set[str]:
    """The helpers g_0, g_1, ... that `f` calls by name, in nested functions too; empty for text that is not a program.

    A helper that is only handed on as a value, as in `map(g_0, a)`, is not called by name.
    """
    main = _main(program)
    called = (node.func for node in ast.walk(main) if isinstance(node, ast.Call)) if main else ()
    return {func.id for func in called if isinstance(func, ast.Name) and _HELPER.fullmatch(func.id)}


def redefines(program: str, names: Iterable[str]) -> set[str]:
    """Those of `names` that the program binds beside their one definition at its top level, which `compose` wrote.

    A parameter, loop variable, import or second definition of that name is such a binding. Empty for no program.
    """
    tree = parse(program)
    if tree is None:
        return set()
    tops = Counter(node.name for node in tree.body if isinstance(node, FUNCTIONS))
    bound = Counter(name for node in ast.walk(tree) for name in _bound_by(node))
    return {name for name in names if bound[name] > (1 if tops[name] else 0)}


def _bound_by(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Name):
        return [] if isinstance(node.ctx, ast.Load) else [node.id]
    if isinstance(node, ast.alias):
        return [node.asname or node.name.partition(".")[0]]
    for kind, attribute in (
        ((*FUNCTIONS, ast.ClassDef, ast.ExceptHandler, ast.MatchAs, ast.MatchStar), "name"),
        (ast.arg, "arg"),
        (ast.MatchMapping, "rest"),
    ):
        if isinstance(node, kind):
            name = getattr(node, attribute)
            return [] if name is None else [name]
    return []


def passes_through(program: str) -> bool:
    """Whether `f` only hands its arguments on to one helper: `return g_0(a)`, or `b = g_0(a)` and `return b`.

    The paper saw proposers end there. A chain of two or more helpers, `g_1(g_0(a))`, does some work of its own and is
    none; the same helper twice, `g_0(g_0(a))`, is one. False for a program whose `f` calls no helper, or is missing.
    """
    main = _main(program)
    if main is None:
        return False
    known: dict[str, set[str]] = {name: set() for name in _parameters(main.args)}
    for statement in main.body:
        if isinstance(statement, ast.Pass) or (
            isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        ):
            continue
        if isinstance(statement, ast.Return):
            used = _handed(statement.value, known)
            return used is not None and len(used) == 1
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target, value = statement.targets[0], statement.value
        elif isinstance(statement, ast.AnnAssign):
            target, value = statement.target, statement.value
        else:
            return False
        used = _handed(value, known)
        if used is None or not isinstance(target, ast.Name):
            return False
        known[target.id] = used
    return False


def _parameters(arguments: ast.arguments) -> list[str]:
    found = [*arguments.posonlyargs, *arguments.args, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg]
    return [argument.arg for argument in found if argument is not None]


def _handed(node: ast.expr | None, known: dict[str, set[str]]) -> set[str] | None:
    """The helpers that an expression of handed-on values goes through; None if it does anything else."""
    if isinstance(node, ast.Starred):
        return _handed(node.value, known)
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or not _HELPER.fullmatch(node.func.id):
        return None
    used = {node.func.id}
    for part in [*node.args, *(keyword.value for keyword in node.keywords)]:
        inner = _handed(part, known)
        if inner is None:
            return None
        used |= inner
    return used


def composite_fault(program: str, helpers: int, pass_through: bool = False) -> str | None:
    """Why a program is not a composite of its first `helpers` functions g_0, g_1, ...; None if it is one.

    Without `pass_through` a program that only hands its argument on, such as `return g_0(a)`, is none either.
    """
    names = [f"g_{i}" for i in range(helpers)]
    again = redefines(program, names)
    if again:
        return f"the program gives {min(again)} another meaning"
    missing = [name for name in names if name not in calls_of(program)]
    if missing:
        return f"the program does not call {missing[0]}"
    if not pass_through and passes_through(program):
        return "the program only hands its argument on"
    return None
