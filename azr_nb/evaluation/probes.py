"""Side-channel probes: does the solver read answers out of what should not matter?

A proposer and a solver that share their weights can pass notes: in comments, in the names of variables, in messages.
Each probe changes that part of a task and nothing else, and compares solve rates task by task. The paper saw such a
channel when it took comments away (appendix D.5) and measured it by whole training runs only.

Nothing of the program is run here; that the changed task still has its pairs is what the tests show with the executor.
"""

from __future__ import annotations

import ast
import math
import random
import tokenize
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from string import ascii_lowercase

from azr_nb.evaluation.measures import mean
from azr_nb.programs import source as programs
from azr_nb.programs.names import local_variables, looks_at_names, rename_locals
from azr_nb.programs.syntax import FAILURES, read
from azr_nb.tasks import Rollout, Task

PROBES = ("comments", "names", "messages")
Solve = Callable[[list[Task], int], list[list[Rollout]]]


# --- comments --------------------------------------------------------------------------------------------------------
def without_comments(task: Task) -> Task | None:
    """The task without comments and docstrings, all other text as it was; None if it has none or shows no program."""
    if task.type == "induction":
        return None
    try:
        stripped = programs.without_comments(task.program)
    except (*FAILURES, tokenize.TokenError):
        return None
    return None if stripped == task.program else replace(task, program=stripped, id="")


# --- names -----------------------------------------------------------------------------------------------------------
def respelt(task: Task) -> Task | None:
    """The task with its program in the spelling of `ast.unparse`: what a task with other names is compared with."""
    try:
        return replace(task, program=ast.unparse(read(task.program)), id="")
    except FAILURES:
        return None


def variables(task: Task) -> list[str]:
    """The names of parameters and local variables that can be changed without a change in what a program does.

    In order of appearance; without names that calls give as keywords, also in the task's inputs. None at all for a
    program that could look at its own names, or at the text of an error, which may hold one.
    """
    tree, keywords = _readable(task)
    found = local_variables(tree, keywords)[0] if tree is not None else []
    return list(dict.fromkeys(use.name for use, owner in found if owner is not None))


def _readable(task: Task) -> tuple[ast.Module | None, set[str]]:
    """The tree of a program whose names can be changed, or None; and the keywords in the task's inputs."""
    try:
        tree = read(task.program)
        calls = [node for text, _ in task.pairs for node in ast.walk(read(f"f({text}\n)", mode="eval"))]
    except FAILURES:
        return None, set()
    names_errors = any(isinstance(node, ast.ExceptHandler) and node.name for node in ast.walk(tree))
    if task.type == "induction" or names_errors or looks_at_names(tree):
        return None, set()
    return tree, {node.arg for node in calls if isinstance(node, ast.keyword) and node.arg}


def other_names(task: Task, rng: random.Random, pool: Iterable[str] = ascii_lowercase) -> Task | None:
    """The task with every variable under another name, drawn from `pool` and from its own; None if there is no way.

    Names that other programs use as well keep the text one that the policy could have met.
    """
    old = variables(task)
    names = list(dict.fromkeys((*pool, *old)))
    rng.shuffle(names)
    tree, keywords = _readable(task)
    try:
        if not old or tree is None:
            return None
        rename_locals(tree, names, keywords)
        return replace(task, program=ast.unparse(tree), id="")
    except FAILURES:  # too few names, or a tree that is nested too deeply to be written
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
