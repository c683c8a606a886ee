"""Program text as data: cleaned, renamed, measured and composed, without running any of it.

Every function takes any text. What is no Python program comes back as it was from the functions that change text, and
counts as 0 in those that measure; only `compose` raises, `ProgramError`. Measures are cached by text, since a program
is looked at once for every rollout about it.
"""

from __future__ import annotations

import ast
import difflib
from functools import lru_cache

from azr_nb.composites import calls_of, compose, passes_through, redefines
from azr_nb.names import rename_locals
from azr_nb.syntax import FAILURES, FUNCTIONS, ProgramError, parse, unparse

__all__ = [
    "ProgramError", "calls_of", "cleaned", "cognitive_complexity", "compose", "depth", "halstead", "nodes", "parse",
    "passes_through", "redefines", "renamed", "tree_distance",
]  # fmt: skip

_LOOKS_AT_NAMES = frozenset(("locals", "globals", "vars", "dir", "eval", "exec"))


# --- cleaned text ----------------------------------------------------------------------------------------------------
@lru_cache(maxsize=4096)
def cleaned(program: str, comments: bool = True, global_assignments: bool = False, prints: bool = False) -> str:
    """The program without what is named: comments with bare strings, assignments outside functions, print calls.

    A body that becomes empty gets a `pass`. A print call whose value is used stays. Without `comments` the remaining
    text keeps its layout; with it, it gets the one spelling of `ast.unparse`. A program that needs its global
    assignments fails without them. Differs from the released code, which takes out docstrings but no other strings.
    """
    tree = parse(program)
    if tree is None or not (comments or global_assignments or prints):
        return program
    drop = _Dropped(tree, comments, global_assignments, prints)
    try:
        if not comments:
            drop.visit(tree)
            text: str | None = _cut(program, drop)
        else:
            text = unparse(drop.visit(tree))
    except FAILURES:
        return program
    return program if text is None or parse(text) is None else text


class _Dropped(ast.NodeTransformer):
    """Takes statements out of the tree and remembers them, with those whose whole body went."""

    def __init__(self, tree: ast.Module, comments: bool, global_assignments: bool, prints: bool) -> None:
        own_print = any(isinstance(n, ast.Name) and n.id == "print" and not isinstance(n.ctx, ast.Load)
                        or isinstance(n, FUNCTIONS) and n.name == "print" or isinstance(n, ast.arg) and n.arg == "print"
                        for n in ast.walk(tree))  # fmt: skip
        self.comments, self.prints = comments, prints and not own_print
        self.top = set(map(id, tree.body)) if global_assignments else set()
        self.statements: list[ast.stmt] = []
        self.emptied: list[ast.stmt] = []  # the first statement of each body that went entirely

    def _goes(self, node: ast.AST) -> bool:
        if id(node) in self.top and isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
            return True
        value = node.value if isinstance(node, ast.Expr) else None
        if isinstance(value, ast.Constant):
            return self.comments and isinstance(value.value, str)
        call = isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "print"
        return call and self.prints

    def generic_visit(self, node: ast.AST) -> ast.AST:
        for name, value in ast.iter_fields(node):
            if not (isinstance(value, list) and value and isinstance(value[0], ast.stmt)):
                continue
            gone = [one for one in value if self._goes(one)]
            self.statements += gone
            kept = [one for one in value if not self._goes(one)]
            if not kept and not isinstance(node, ast.Module):
                self.emptied.append(value[0])
                kept = [] if name == "orelse" else [ast.Pass()]
            setattr(node, name, kept)
        return super().generic_visit(node)


def _cut(program: str, drop: _Dropped) -> str:
    """The text without the dropped statements, by their places in it; `pass` stands where one shared its line."""
    lines = program.encode().splitlines(keepends=True)
    emptied = set(map(id, drop.emptied))
    for node in sorted(drop.statements, key=lambda one: (-one.lineno, -one.col_offset)):
        first, last = node.lineno - 1, node.end_lineno - 1
        before, after = lines[first][: node.col_offset], lines[last][node.end_col_offset :]
        alone = not before.strip() and not after.strip()
        lines[first : last + 1] = [] if alone and id(node) not in emptied else [before + b"pass" + after]
    return b"".join(lines).decode()


@lru_cache(maxsize=65_536)  # of every program in the buffer, at every step
def renamed(program: str) -> str:
    """Canonical text: no comments or docstrings, and parameters and local variables called v0, v1, ... in order.

    Two programs that differ in these names, comments and layout only have the same canonical text, which behaves as
    the program does when called without keywords. Functions at the top level, global, imported and class names stay, as
    do parameters that some call in the program names, and all names of a program that looks at its own (`locals()`).
    """
    tree = parse(cleaned(program))
    if tree is None:
        return program
    try:
        if not any(isinstance(node, ast.Name) and node.id in _LOOKS_AT_NAMES for node in ast.walk(tree)):
            rename_locals(tree)
    except FAILURES:
        return program
    text = unparse(tree)
    return program if text is None else text


# --- measures --------------------------------------------------------------------------------------------------------
@lru_cache(maxsize=4096)
def cognitive_complexity(program: str) -> int:
    """Cognitive complexity (Campbell 2018) by complexipy: 0 for straight code, more for nested branches and loops."""
    from complexipy import code_complexity

    if parse(program) is None or depth(program) > 100:
        return 0
    try:
        return int(code_complexity(program).complexity)
    except FAILURES:
        return 0


@lru_cache(maxsize=4096)
def halstead(program: str) -> float:
    """0.5 min(effort / 10^4, 1) + 0.3 min(cyclomatic / 10, 1) + 0.2 min(volume / 500, 1), by radon: 0 to 1.

    Effort and volume are Halstead's (1977) of the whole text, the cyclomatic complexity (McCabe 1976) is that of the
    worst block. As in the released code, which formats the text first and rounds to three places.
    """
    from radon.complexity import cc_visit
    from radon.metrics import h_visit

    if parse(program) is None:
        return 0.0
    try:
        total = h_visit(program).total
        cyclomatic = max((block.complexity for block in cc_visit(program)), default=1)
        return 0.5 * min(total.effort / 1e4, 1.0) + 0.3 * min(cyclomatic / 10, 1.0) + 0.2 * min(total.volume / 500, 1.0)
    except FAILURES:
        return 0.0


@lru_cache(maxsize=4096)
def _dump(program: str) -> tuple[str, ...] | None:
    tree = parse(program)
    try:
        return None if tree is None else tuple(ast.dump(tree, indent=1).splitlines())
    except FAILURES:
        return None


@lru_cache(maxsize=16_384)
def tree_distance(a: str, b: str) -> float:
    """1 - difflib's ratio of the two dumped syntax trees: 0 for equal trees, 1 for trees with no line in common.

    It is a ratio of text, line by line, and no tree edit distance. Differs from the released code, which compares
    character by character; difflib then leaves out the characters that it finds too popular.
    """
    one, two = _dump(a), _dump(b)
    if one is None or two is None:
        return 0.0
    return 1.0 - difflib.SequenceMatcher(None, one, two, autojunk=False).ratio()


@lru_cache(maxsize=4096)
def nodes(program: str) -> int:
    """Number of nodes in the syntax tree, without marks of loading and storing; 0 for what is no program."""
    tree = parse(program)
    return 0 if tree is None else sum(not isinstance(node, ast.expr_context) for node in ast.walk(tree))


@lru_cache(maxsize=4096)
def depth(program: str) -> int:
    """Longest path from the root of the syntax tree, in nodes; 0 for what is no program."""
    tree = parse(program)
    level: list[ast.AST] = [] if tree is None else [tree]
    levels = 0
    while level:
        levels += 1
        level = [child for node in level for child in ast.iter_child_nodes(node)
                 if not isinstance(child, ast.expr_context)]  # fmt: skip
    return levels
