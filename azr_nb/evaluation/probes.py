"""Side-channel probes: does the solver read answers out of what should not matter?

A proposer and a solver that share their weights can pass notes: in comments, in the names of variables, in messages.
Each probe changes that part of a task and nothing else, and compares solve rates task by task. The paper saw such a
channel when it took comments away (appendix D.5) and measured it by whole training runs only.

Nothing of the program is run here; that the changed task still has its pairs is what the tests show with the executor.
"""

from __future__ import annotations

import ast
import builtins
import io
import math
import random
import tokenize
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from string import ascii_lowercase

from azr_nb.evaluation.measures import mean
from azr_nb.programs.syntax import read
from azr_nb.tasks import Rollout, Task

PROBES = ("comments", "names", "messages")
Solve = Callable[[list[Task], int], list[list[Rollout]]]

_UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError, tokenize.TokenError)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_BUILTINS = frozenset(dir(builtins))
# programs that can see the names of their own variables
_LOOKING = frozenset(("locals", "globals", "vars", "dir", "eval", "exec", "getattr", "setattr", "hasattr", "delattr"))


# --- comments --------------------------------------------------------------------------------------------------------
def without_comments(task: Task) -> Task | None:
    """The task without comments and docstrings, all other text as it was; None if it has none or shows no program."""
    if task.type == "induction":
        return None
    try:
        stripped = strip_comments(task.program)
    except _UNREADABLE:
        return None
    return None if stripped == task.program else replace(task, program=stripped, id="")


def strip_comments(program: str) -> str:
    """A program's text without comments and docstrings; lines that held nothing else go too.

    A docstring that shares its line with code, or is a whole body, becomes `pass`. Raises `SyntaxError`, `ValueError`
    or `tokenize.TokenError` for text that is no program.
    """
    tree = read(program)
    lines = [line.encode() for line in io.StringIO(program)]  # positions of syntax trees count bytes
    # from line and column to line and column, and what comes instead
    cuts: list[tuple[int, int, int, int, bytes]] = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, *_FUNCTIONS, ast.ClassDef)) and ast.get_docstring(node, clean=False):
            said = node.body[0]
            around = lines[said.lineno - 1][: said.col_offset] + lines[said.end_lineno - 1][said.end_col_offset :]
            alone = not around.partition(b"#")[0].strip() and (len(node.body) > 1 or isinstance(node, ast.Module))
            cuts.append((said.lineno, said.col_offset, said.end_lineno, said.end_col_offset, b"" if alone else b"pass"))
    for token in tokenize.generate_tokens(io.StringIO(program).readline):
        if token.type == tokenize.COMMENT:
            line, column = token.start
            start = len(token.line[:column].encode())
            cuts.append((line, start, line, start + len(token.string.encode()), b""))
    touched = set()
    for line, start, end_line, end, instead in sorted(cuts, reverse=True):
        kept = lines[line - 1][:start] + instead + lines[end_line - 1][end:]
        lines[line - 1 : end_line] = [kept] + [b""] * (end_line - line)  # as many lines, so that positions hold
        touched |= set(range(line - 1, end_line))
    for i in touched:
        ending = lines[i][len(lines[i].rstrip(b"\r\n")) :]
        lines[i] = lines[i].rstrip() + ending if lines[i].strip() else b""
    return b"".join(lines).decode()


# --- names -----------------------------------------------------------------------------------------------------------
def respelt(task: Task) -> Task | None:
    """The task with its program in the spelling of `ast.unparse`: what a task with other names is compared with."""
    return with_names(task, {})


def with_names(task: Task, names: dict[str, str]) -> Task | None:
    """The task with variables renamed, in the spelling of `ast.unparse`; None if the program cannot be respelt."""
    try:
        tree = read(task.program)
        for node in ast.walk(tree):
            if isinstance(node, ast.Name):
                node.id = names.get(node.id, node.id)
            elif isinstance(node, ast.arg):
                node.arg = names.get(node.arg, node.arg)
        program = ast.unparse(tree)
        if ast.dump(read(program)) != ast.dump(tree):
            return None
    except _UNREADABLE:
        return None
    return replace(task, program=program, id="")


def variables(task: Task) -> list[str]:
    """The names of a program that can be changed without a change in what it does, in order of appearance.

    Left out: functions, imports, builtins, names used as keywords in calls (also in the task's inputs), and whatever
    is declared global or bound by a pattern. No name at all for programs that could look at their own names.
    """
    if task.type == "induction":
        return []
    try:
        nodes = list(ast.walk(read(task.program)))
        calls = [node for text, _ in task.pairs for node in ast.walk(read(f"f({text}\n)", mode="eval"))]
    except _UNREADABLE:
        return []
    fixed = set(_BUILTINS) | {node.arg for node in nodes + calls if isinstance(node, ast.keyword) and node.arg}
    bound: dict[str, None] = {}
    for node in nodes:
        if isinstance(node, ast.ClassDef) or (isinstance(node, ast.Name) and node.id in _LOOKING):
            return []
        if isinstance(node, ast.ExceptHandler) and node.name:
            return []  # an error's text may name a variable
        if isinstance(node, _FUNCTIONS):
            fixed.add(node.name)
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            fixed.update(node.names)
        elif isinstance(node, ast.alias):
            fixed.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, (ast.MatchAs, ast.MatchStar)):
            fixed.add(node.name or "")
        elif isinstance(node, ast.MatchMapping):
            fixed.add(node.rest or "")
        elif isinstance(node, ast.arg):
            bound.setdefault(node.arg)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            bound.setdefault(node.id)
    return [name for name in bound if name not in fixed and not name.startswith("__")]


def other_names(task: Task, rng: random.Random, pool: Iterable[str] = ascii_lowercase) -> Task | None:
    """The task with every variable under another name, drawn from `pool` and from its own; None if there is no way.

    Names that other programs use as well keep the text one that the policy could have met.
    """
    old = variables(task)
    if not old:
        return None
    taken = {node.id for node in ast.walk(read(task.program)) if isinstance(node, ast.Name)} - set(old)
    taken |= {node.name for node in ast.walk(read(task.program)) if isinstance(node, _FUNCTIONS)}
    taken |= {node.arg for node in ast.walk(read(task.program)) if isinstance(node, ast.arg)} - set(old)
    candidates = [name for name in dict.fromkeys((*pool, *old)) if name not in taken | _BUILTINS]
    for _ in range(20):
        new = rng.sample(candidates, len(old))
        if all(a != b for a, b in zip(old, new, strict=True)):
            return with_names(task, dict(zip(old, new, strict=True)))
    return None


# --- messages --------------------------------------------------------------------------------------------------------
def shuffled_messages(tasks: Sequence[Task], rng: random.Random) -> list[tuple[Task, Task]]:
    """Pairs of an induction task and the same with another's message; those whose message stays are left out."""
    order = [task for task in tasks if task.type == "induction"]
    rng.shuffle(order)
    order.sort(key=lambda task: task.message)
    most = max(Counter(task.message for task in order).values(), default=0)
    # equal messages lie side by side, so a shift by the longest run of them gives everyone another one if any can
    shifted = order[most:] + order[:most]
    return [
        (task, replace(task, message=other.message, id=""))
        for task, other in zip(order, shifted, strict=True)
        if task.message != other.message
    ]


# --- the probe -------------------------------------------------------------------------------------------------------
def changes(tasks: Sequence[Task], rng: random.Random) -> dict[str, list[tuple[Task, Task]]]:
    """For each probe the pairs of a task as it is and as changed, without those that cannot be changed."""
    pool = sorted({name for task in tasks for name in variables(task)} | set("abc"))
    pairs: dict[str, list[tuple[Task, Task]]] = {"comments": [], "names": []}
    for task in tasks:
        stripped = without_comments(task)
        if stripped is not None:
            pairs["comments"].append((task, stripped))
        plain, renamed = respelt(task), other_names(task, rng, pool)
        if plain is not None and renamed is not None:
            pairs["names"].append((plain, renamed))
    return pairs | {"messages": shuffled_messages(tasks, rng)}


def fall(before: Sequence[float], after: Sequence[float]) -> tuple[float, float]:
    """Mean of the paired differences before - after, and its standard error; nan for what cannot be estimated."""
    differences = [b - a for b, a in zip(before, after, strict=True)]
    centre, n = mean(differences), len(differences)
    if n < 2:
        return centre, math.nan
    return centre, math.sqrt(math.fsum((d - centre) ** 2 for d in differences) / (n - 1) / n)


def probe(tasks: Sequence[Task], solve: Solve, n: int, rng: random.Random) -> dict[str, float]:
    """By how much the solve rate falls under each probe, with standard errors and numbers of tasks, as columns.

    `solve(tasks, n)` gives n verified answers for each task, like `SelfPlay.solve`; it is called once. Rates are of n
    samples, so a fall within two standard errors says nothing.
    """
    pairs = changes(tasks, rng)
    asked = list({task.id: task for probe in PROBES for pair in pairs[probe] for task in pair}.values())
    rates = {task.id: group[0].solve_rate for task, group in zip(asked, solve(asked, n) if asked else [], strict=True)}
    row: dict[str, float] = {}
    for name in PROBES:
        before, after = ([rates[pair[side].id] for pair in pairs[name]] for side in (0, 1))
        row[f"probe/{name}/fall"], row[f"probe/{name}/standard_error"] = fall(before, after)
        row[f"probe/{name}/tasks"] = len(pairs[name])
    return row
