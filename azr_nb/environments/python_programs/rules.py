"""What a proposed program may contain, read from its syntax tree.

The rules keep tasks worth training on: one function `f`, nothing from outside the language, nothing that cannot be
repeated. They do not protect anything: isolation is the executor's job, and a program that finds a way around a rule
still reaches nothing.

Differs from the released code: that looks at import statements and a list of words in the text, so that
`my_input(x)` or a string that holds "import " is refused while `open(...)` and `import os` pass.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from azr_nb.programs.syntax import read
from azr_nb.tasks import Verdict

# modules whose functions give the same value every time and touch nothing outside
ALLOWED_MODULES = frozenset(
    "__future__ abc array bisect cmath collections copy dataclasses decimal enum fractions functools heapq itertools "
    "json math numbers operator queue re statistics string textwrap typing unicodedata".split()
)
FORBIDDEN_CALLS = frozenset(("open", "exec", "eval", "compile", "input", "__import__"))
# what the released code forbids (its dotted names reduced to the module); the paper names two more
RELEASED_MODULES = frozenset(
    "logging random multiprocessing pebble subprocess threading datetime time hashlib hmac bcrypt calendar".split()
)
PAPER_WORDS = RELEASED_MODULES | {"os", "sys", "shutil"}
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Rules:
    """What the verifier accepts; lengths are in characters of text.

    `scan` says where forbidden things are looked for: in the syntax tree, in import statements only and by the released
    list ("imports"), or in the tree and as words anywhere in the text ("text", as the paper's prompt asks). `leak` is
    the share of failing programs that make a task, whose output is None: a control.
    `runs` of a proposal must agree, in sessions of their own, or as calls in one session (released). With
    `check_visible` an induction answer must also be right on the pairs that the solver saw.
    """

    max_program: int = 20_000
    max_input: int = 200
    max_output: int = 80
    code_answers: bool = False  # whether an abduction answer may be code that gives a plain value, list(range(3)) say
    allowed_modules: frozenset[str] = ALLOWED_MODULES
    forbidden_modules: frozenset[str] = frozenset()
    scan: str = "tree"
    forbid_raise: bool = False
    nested_functions: bool = True
    max_arguments: int | None = None
    pass_through: bool = True
    runs: int = 2
    one_session: bool = False
    visible: int | None = None
    check_visible: bool = False
    leak: float = 0.0


def examine(program: str, rules: Rules | None = None) -> Verdict:
    """Whether a proposed program keeps the rules: `ok`, `too_big`, `unparsable` or `forbidden`, with the reason.

    Never raises, whatever the text; runs nothing.
    """
    rules = rules or Rules()
    if len(program) > rules.max_program:
        return Verdict("too_big", f"the program has {len(program)} characters, more than {rules.max_program}")
    if not program.strip():
        return Verdict("unparsable", "the program is empty")
    if "\0" in program:
        return Verdict("unparsable", "the program holds a null byte, which no Python source may")
    try:
        tree = read(program)
    except SyntaxError as error:
        where = f"line {error.lineno}: " if error.lineno else ""
        return Verdict("unparsable", f"the program is not Python: {where}{error.msg}"[:200])
    except (ValueError, TypeError, MemoryError, RecursionError, OverflowError) as error:
        return Verdict("unparsable", f"the program cannot be read ({type(error).__name__})")
    lines = [node.lineno for node in tree.body if isinstance(node, _FUNCTIONS) and node.name == "f"]
    if not lines:
        return Verdict("unparsable", "the program defines no function f at its top level")
    if len(lines) > 1:
        places = ", ".join(map(str, lines))
        return Verdict("forbidden", f"f is defined {len(lines)} times, in lines {places}"[:200])
    nodes = list(ast.walk(tree))
    if rules.scan == "text":
        words = (PAPER_WORDS | rules.forbidden_modules) & set(re.findall(r"\w+", program))
        if words:
            return Verdict("forbidden", f"programs may not hold the word {min(words)}, in any form")
    bound = _bound_names(nodes)
    return _broken_rule(nodes, bound, rules) or _broken_form(tree, nodes, rules) or Verdict("ok")


def _broken_form(tree: ast.Module, nodes: list[ast.AST], rules: Rules) -> Verdict | None:
    """Rules of form that the released code has and a run can switch on."""
    if rules.forbid_raise and any(isinstance(node, ast.Raise) for node in nodes):
        return Verdict("forbidden", "programs may not raise exceptions on purpose")
    if rules.max_arguments is not None:
        functions = [node for node in tree.body if isinstance(node, _FUNCTIONS) and node.name == "f"]
        given = sum(1 for node in ast.walk(functions[0].args) if isinstance(node, ast.arg)) if functions else 0
        if given > rules.max_arguments:
            return Verdict("forbidden", f"f has {given} arguments, more than {rules.max_arguments}")
    if not rules.nested_functions:
        top = {id(node) for node in tree.body}
        inner = [node.name for node in nodes if isinstance(node, _FUNCTIONS) and id(node) not in top]
        if inner:
            return Verdict("forbidden", f"programs may not define {inner[0][:40]} inside another function or a class")
    return None


def _bound_names(nodes: list[ast.AST]) -> set[str]:
    """Every name that the program binds anywhere: it may call a parameter `input`, and must not rebind `repr`."""
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.alias):
            names.add(node.asname or node.name.partition(".")[0])
        elif isinstance(node, (ast.MatchAs, ast.MatchStar, ast.ExceptHandler)) and node.name:
            names.add(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            names.add(node.rest)
    return names


def _broken_rule(nodes: list[ast.AST], bound: set[str], rules: Rules) -> Verdict | None:
    if "repr" in bound:
        return Verdict("forbidden", "programs may not give repr another meaning: results are written down with it")
    imports_only = rules.scan == "imports"

    def barred(module: str) -> bool:
        name = module.partition(".")[0]
        listed = name in RELEASED_MODULES if imports_only else name not in rules.allowed_modules
        return listed or name in rules.forbidden_modules

    for node in nodes:
        reason = ""
        if isinstance(node, ast.Import):
            wrong = [alias.name for alias in node.names if barred(alias.name)]
            reason = f"import {wrong[0]}" if wrong else ""
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            hidden = [alias.name for alias in node.names if _dunder(alias.name) and not imports_only]
            reason = f"import {module}" if barred(module) else hidden[0] if hidden else ""
        elif imports_only:
            continue
        elif isinstance(node, ast.Attribute) and _dunder(node.attr):
            reason = f"use the attribute {node.attr}"
        elif isinstance(node, ast.Name) and node.id in FORBIDDEN_CALLS and node.id not in bound:
            reason = f"call {node.id}"
        elif isinstance(node, ast.Name) and _dunder(node.id):
            reason = f"use the name {node.id}"
        if reason:
            return Verdict("forbidden", f"line {getattr(node, 'lineno', 1)}: programs may not {reason}"[:200])
    return None


def _dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")
