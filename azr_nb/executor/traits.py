"""Two traits of a program, read off its syntax tree: is it tame, and do interpreters differ on it.

Both are cautious: a program is only called tame, or the same everywhere, where its text leaves no doubt.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator


def walk(tree: ast.AST) -> list[ast.AST]:
    """All nodes of a tree, parents before their parts: `ast.walk` at twice its speed, without the contexts."""
    nodes = [tree]
    for node in nodes:  # grows while it is read
        for name in node._fields:
            value = getattr(node, name, None)
            if type(value) is list:
                nodes += [part for part in value if isinstance(part, ast.AST)]
            elif name != "ctx" and isinstance(value, ast.AST):
                nodes.append(value)
    return nodes


# --- tame: it may share a worker with others -------------------------------------------------------------------------
# names that reach objects which other programs use as well: modules by text, attributes by text, frames
_REACHING = re.compile(
    r"__|\b(?:setattr|delattr|getattr|vars|globals|locals|exec|eval|compile|type|open|super|input|breakpoint|help)\b"
    r"|\b(?:gi|cr|ag|tb)_"
)
# modules without anything in them that a program could change, once modules that they hold themselves are left out
_INNER = {"abc", "modules", "os", "sys"}
_PURE = {"math", "itertools", "heapq", "bisect", "collections", "string"}
# and of other modules the functions and classes that change nothing but what they are given
_SAFE = {
    "copy": {"copy", "deepcopy"},
    "decimal": {"Decimal"},
    "fractions": {"Fraction"},
    "functools": {"cache", "cmp_to_key", "lru_cache", "partial", "reduce"},
    "json": {"dumps", "loads"},
    "operator": {"add", "eq", "floordiv", "ge", "gt", "itemgetter", "le", "lt", "mod", "mul", "ne", "sub", "truediv"},
    "re": {"escape", "findall", "finditer", "fullmatch", "match", "search", "split", "sub", "IGNORECASE", "MULTILINE"},
    "statistics": {"mean", "median", "mode", "stdev", "variance"},
    "typing": {"Any", "Callable", "Dict", "Iterable", "Iterator", "List", "Optional", "Sequence", "Set", "Tuple",
               "Union"},
}  # fmt: skip


def is_tame(text: str, tree: ast.Module) -> bool:
    """Whether a program provably leaves nothing behind for the next program in the same worker.

    Without dunders, frames, and the built-ins that reach by text, a program's own objects are all it can change.
    With imports it must also keep to modules or parts of modules that hold no state, and set no attribute at all.
    """
    if not text.isascii() or _REACHING.search(text):  # other letters may spell the same names (NFKC)
        return False
    if "import" not in text:
        return True
    nodes = walk(tree)
    return all(map(_harmless, nodes)) and _uses_safe_parts(nodes)


def _harmless(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        return all(name.name in _PURE or name.name in _SAFE for name in node.names)
    if isinstance(node, ast.ImportFrom):
        names = {name.name for name in node.names}
        if node.level or node.module not in _PURE:
            return not node.level and names <= _SAFE.get(node.module, set())
        return not any(name.startswith("_") or name in _INNER for name in names)
    if isinstance(node, ast.Attribute):
        return isinstance(node.ctx, ast.Load) and not node.attr.startswith("_") and node.attr not in _INNER
    return not (isinstance(node, ast.MatchClass) and node.kwd_attrs)


def _uses_safe_parts(nodes: list[ast.AST]) -> bool:
    """Whether modules with state are only ever used as `module.part`, with a part from the list."""
    modules = {
        name.asname or name.name: name.name
        for node in nodes if isinstance(node, ast.Import) for name in node.names if name.name in _SAFE
    }  # fmt: skip
    mentioned = sum(isinstance(node, ast.Name) and node.id in modules for node in nodes)
    safely = sum(
        isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules
        and node.attr in _SAFE[modules[node.value.id]] for node in nodes
    )  # fmt: skip
    return mentioned == safely


# --- different: its value may hang on the interpreter or the process -------------------------------------------------
_SUSPECT = re.compile(
    r"\{|\b(?:set|frozenset|hash|id|dir|vars|keys|items|except|is|itertools|round"
    r"|reversed|zip|map|filter|enumerate|finditer)\b|[^\s:;]\s+for\b"
)
_GROUP = re.compile(r"\\\d")  # a backslash and a digit, as the text of the program has it
_ORDER = {"set", "frozenset", "hash", "id", "dir", "vars"}
_TELLING = {ast.Name, ast.Set, ast.SetComp, ast.ExceptHandler, ast.Compare, ast.BinOp, ast.Call, ast.For,
            ast.GeneratorExp, ast.Attribute}  # fmt: skip
_ENDLESS = {"count", "cycle", "repeat"}
# What gives an iterator in CPython and a list in monty, and what takes either of them at once and whole
_LAZY = {"reversed", "zip", "map", "filter", "enumerate", "finditer"}
_TAKERS = {"list", "tuple", "sum", "sorted", "dict", "max", "min", "any", "all", "join", "extend", "Counter", "deque"}
_CHANGERS = {"append", "clear", "extend", "insert", "pop", "popitem", "popleft", "remove", "reverse", "setdefault",
             "sort", "update"}  # fmt: skip


def differs(text: str, tree: ast.Module) -> bool:
    """Whether two interpreters, or two processes, could give different values.

    The reasons: the order of sets, `hash` and `id`; identity of anything but None and booleans; the wording of caught
    exceptions; endless iterators; decimals of `round`; iterators that are kept, or whose source changes as they run
    (monty makes lists of them); references to groups in what `re.sub` puts in (monty 1.4 takes 1_ for a name).
    """
    if _GROUP.search(text) and "sub" in text:
        return True
    if text.isascii() and not _SUSPECT.search(text):
        return False
    nodes = walk(tree)
    endless = "itertools" in text
    if any(_differs(node, endless) for node in nodes if type(node) in _TELLING):
        return True
    lazy = {id(node) for node in nodes if _is_lazy(node)}
    return bool(lazy) and bool(lazy - {id(node) for node in _taken(nodes)})


def _differs(node: ast.AST, endless: bool) -> bool:
    if isinstance(node, ast.Name):
        return node.id in _ORDER or (endless and node.id in _ENDLESS)
    if isinstance(node, (ast.Set, ast.SetComp)):
        return True
    if isinstance(node, ast.ExceptHandler):
        return node.name is not None
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        known = any(isinstance(side, ast.Constant) and type(side.value) in (bool, type(None)) for side in sides)
        return not known and any(isinstance(op, (ast.Is, ast.IsNot)) for op in node.ops)
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.BitAnd, ast.BitOr, ast.BitXor, ast.Sub)):
        return any(_name(side) in ("keys", "items") for side in (node.left, node.right))  # gives a set
    if isinstance(node, ast.Call):
        return _name(node) == "round" and len(node.args) + len(node.keywords) > 1
    if isinstance(node, ast.For):
        return _name(node.iter) in _LAZY and _changes(node.body, node.iter)
    if isinstance(node, ast.GeneratorExp):
        return any(_name(inner) in _CHANGERS for inner in walk(node))
    return endless and isinstance(node, ast.Attribute) and node.attr in _ENDLESS


def _name(node: ast.AST) -> str:
    """The name of the function or method that a node calls; empty for everything else."""
    if not isinstance(node, ast.Call):
        return ""
    function = node.func
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _is_lazy(node: ast.AST) -> bool:
    if isinstance(node, ast.Name):  # `map` handed on under another name
        return node.id in _LAZY and not hasattr(node, "called")
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        node.func.called = True  # walked before its parts, so the name inside is known to be a call
    return isinstance(node, ast.GeneratorExp) or _name(node) in _LAZY


def _taken(nodes: list[ast.AST]) -> Iterator[ast.AST]:
    """The expressions that are used up on the spot."""
    for node in nodes:
        if isinstance(node, (ast.For, ast.comprehension)):
            yield node.iter
        elif isinstance(node, ast.Call) and _name(node) in _TAKERS | _LAZY:
            yield from node.args
        elif isinstance(node, ast.Starred):
            yield node.value
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], (ast.Tuple, ast.List)):
            yield node.value


def _changes(body: list[ast.stmt], source: ast.expr) -> bool:
    """Whether a loop's body changes something that its iterator reads."""
    names = {node.id for node in walk(source) if isinstance(node, ast.Name)}
    for statement in body:
        for node in walk(statement):
            if isinstance(node, ast.Attribute) and node.attr in _CHANGERS:
                target: ast.AST = node.value
            elif isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
                target = node.value
            elif isinstance(node, ast.AugAssign):
                target = node.target
            else:
                continue
            if isinstance(target, ast.Name) and target.id in names:
                return True
    return False
