"""Program text as data: cleaned, renamed, measured and composed, without running any of it.

Every function takes any text. Where it is not a Python program, functions that change text return it unchanged, and
those that measure return 0; only `compose` raises, `ProgramError`. Measures are cached by text, since a program
is looked at once for every rollout about it.
"""

from __future__ import annotations

import ast
import difflib
import io
import math
import tokenize
from functools import lru_cache

from azr_nb.programs.composites import calls_of, compose, passes_through, redefines
from azr_nb.programs.names import looks_at_names, rename_locals
from azr_nb.programs.syntax import FAILURES, FUNCTIONS, ProgramError, parse, read, unparse

__all__ = [
    "ProgramError",
    "calls_of",
    "cleaned",
    "cognitive_complexity",
    "compose",
    "depth",
    "halstead",
    "nodes",
    "parse",
    "passes_through",
    "redefines",
    "renamed",
    "tree_distance",
    "without_comments",
]


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
        own_print = any(
            isinstance(n, ast.Name)
            and n.id == "print"
            and not isinstance(n.ctx, ast.Load)
            or isinstance(n, FUNCTIONS)
            and n.name == "print"
            or isinstance(n, ast.arg)
            and n.arg == "print"
            for n in ast.walk(tree)
        )
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


def without_comments(program: str) -> str:
    """The text without comments and bare strings; lines that held nothing else go too, and all other text stays.

    Raises `SyntaxError`, `ValueError` or `tokenize.TokenError` for text that is not a program.
    """
    lines = list(io.StringIO(program))
    for token in tokenize.generate_tokens(io.StringIO(program).readline):
        if token.type == tokenize.COMMENT:  # at most one in a line, at its end
            row, column = token.start
            kept = lines[row - 1][:column].rstrip()
            lines[row - 1] = kept + lines[row - 1][column + len(token.string) :] if kept else ""
    tree = read(text := "".join(lines))
    drop = _Dropped(tree, comments=True, global_assignments=False, prints=False)
    drop.visit(tree)
    return _cut(text, drop)


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
        if not looks_at_names(tree):
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
    """0.5 min(effort / 10^4, 1) + 0.3 min(cyclomatic / 10, 1) + 0.2 min(volume / 500, 1): 0 to 1.

    Effort and volume are Halstead's (1977) of the whole text, the cyclomatic complexity (McCabe 1976) is that of the
    worst block. Counted as radon 6.0 counts, which the released code takes; that formats the text first and rounds to
    three places.
    """
    tree = parse(program)
    if tree is None:
        return 0.0
    try:
        effort, volume = halstead_measures(tree)
        cyclomatic = max(block_complexities(tree), default=1)
        return 0.5 * min(effort / 1e4, 1.0) + 0.3 * min(cyclomatic / 10, 1.0) + 0.2 * min(volume / 500, 1.0)
    except FAILURES:
        return 0.0


def halstead_measures(tree: ast.AST) -> tuple[float, float]:
    """Halstead's effort and volume of arithmetic, logic and comparisons; names count apart in each function."""
    operators, operands = [], []

    def look(node: ast.AST, context: str | None) -> None:
        if isinstance(node, FUNCTIONS):
            for child in node.body:
                look(child, node.name)
            return
        found = _operation(node)
        if found:
            operators.extend(type(operator).__name__ for operator in found[0])
            operands.extend((context, _operand(operand)) for operand in found[1])
        for child in ast.iter_child_nodes(node):
            look(child, context)

    look(tree, None)
    kinds, things = len(set(operators)), len(set(operands))
    if not kinds + things:
        return 0.0, 0.0
    volume = (len(operators) + len(operands)) * math.log2(kinds + things)
    return kinds * len(operands) / (2 * things) * volume if things else 0.0, volume


def _operation(node: ast.AST) -> tuple[list[ast.AST], list[ast.AST]] | None:
    """The operators of a node and what they work on."""
    match node:
        case ast.BinOp():
            return [node.op], [node.left, node.right]
        case ast.UnaryOp():
            return [node.op], [node.operand]
        case ast.BoolOp():
            return [node.op], node.values
        case ast.AugAssign():
            return [node.op], [node.target, node.value]
        case ast.Compare():
            return node.ops, [node.left, *node.comparators]
    return None


def _operand(node: ast.AST) -> object:
    """What makes two operands the same: a name, an attribute's name or a value; everything else is itself alone."""
    match node:
        case ast.Name():
            return node.id
        case ast.Attribute():
            return node.attr
        case ast.Constant():
            return node.value
    return node


def block_complexities(tree: ast.Module) -> list[int]:
    """McCabe's complexity of each function, method and class: ways through it, and 1; a class has its methods' mean."""
    blocks: list[int] = []

    def inside(nodes: list[ast.stmt]) -> tuple[int, list[int]]:
        """Decisions in statements without those of functions in them, and the complexities of these functions."""
        count, functions, front = 0, [], list(nodes)
        while front:
            node = front.pop()
            if isinstance(node, FUNCTIONS):
                functions.append(1 + inside(node.body)[0])
            elif isinstance(node, ast.Assert):
                count += 1
            elif not isinstance(node, ast.ClassDef):
                count += _decisions(node)
                front += ast.iter_child_nodes(node)
        return count, functions

    def classes(nodes: list[ast.stmt]) -> None:
        for node in nodes:
            if isinstance(node, ast.ClassDef):
                own, methods = inside(node.body)
                whole = 1 + own + sum(methods)
                blocks.extend([int(whole / len(methods)) + (len(methods) > 1) if methods else whole, *methods])
            elif not isinstance(node, FUNCTIONS):
                classes(list(ast.iter_child_nodes(node)))

    blocks += inside(tree.body)[1]
    classes(tree.body)
    return blocks


def _decisions(node: ast.AST) -> int:
    match node:
        case ast.Try():
            return len(node.handlers) + bool(node.orelse)
        case ast.BoolOp():
            return len(node.values) - 1
        case ast.If() | ast.IfExp():
            return 1
        case ast.Match():
            return max(0, len(node.cases) - any(getattr(c.pattern, "pattern", False) is None for c in node.cases))
        case ast.For() | ast.While() | ast.AsyncFor():
            return 1 + bool(node.orelse)
        case ast.comprehension():
            return 1 + len(node.ifs)
    return 0


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
    """Number of nodes in the syntax tree, without marks of loading and storing; 0 for text that is not a program."""
    tree = parse(program)
    return 0 if tree is None else sum(not isinstance(node, ast.expr_context) for node in ast.walk(tree))


@lru_cache(maxsize=4096)
def depth(program: str) -> int:
    """Longest path from the root of the syntax tree, in nodes; 0 for text that is not a program."""
    tree = parse(program)
    level: list[ast.AST] = [] if tree is None else [tree]
    levels = 0
    while level:
        levels += 1
        level = [
            child for node in level for child in ast.iter_child_nodes(node) if not isinstance(child, ast.expr_context)
        ]
    return levels
