"""Tests as calls and expected values, so that a model's program runs without the tests beside it.

Two ways, by what the tests are:

- *direct*: every assertion compares one call on literals with a literal, or asks whether one is true. The calls run in
  the sandbox; what they give is compared in this process and nothing else is.
- *recorded*: everything else (loops, tolerances, `set(f(x)) == ...`, arguments that are expressions). The tests run
  once with the canonical solution, in the sandbox, and their calls are noted. A model's program then runs on those
  calls alone; and what it gave is handed, as plain values, to another run of the tests, without the program.

Equality is Python's `==` on plain values, as in the benchmarks' own scripts (True is 1 there). What differs: a test
sees neither what a program prints nor how it changes its arguments, and a result of a type that is not built in counts
only if it is a dict of some kind. In a recorded test the calls may not depend on earlier results.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from azr_nb.evaluation.benchmarks.completions import extract_function
from azr_nb.evaluation.benchmarks.core import FunctionalItem
from azr_nb.executor import Executor, Job, Outcome
from azr_nb.programs.syntax import FAILURES, read
from azr_nb.programs.values import NotPlain, format_arguments, parse_value
from azr_nb.tasks import Verdict

SHOWN = 60  # characters of a value in a reason

# Stands behind the tests; the doubled braces are those of the program. Called with None it notes the calls that the
# tests make of the canonical solution, called with a list of results it answers the same calls from that list.
_RECORDER = """
azr_reference, azr_state = {entry}, {{}}
def azr_candidate(*args, **kwargs):
    if azr_state['inside']:
        return azr_reference(*args, **kwargs)
    azr_state['calls'].append(f"{{(args, kwargs)!r}}")
    if azr_state['answers'] is not None:
        return azr_state['answers'][len(azr_state['calls']) - 1]
    azr_state['inside'] = True
    value = azr_reference(*args, **kwargs)
    azr_state['inside'] = False
    return value
{entry} = azr_candidate
def f(answers):
    azr_state.update(inside=False, calls=[], answers=answers)
    check(azr_candidate)
    return azr_state['calls']
"""


@dataclass(frozen=True)
class Plan:
    """The calls of an item's tests, as argument texts, and how to verify what they give.

    `expected` has a relation ("==", "is" or "bool") and a value's text for each call of direct tests. `recorder` is
    the program of recorded tests, which takes None or the list of results.
    """

    calls: tuple[str, ...]
    expected: tuple[tuple[str, str], ...] = ()
    recorder: str = ""

    @property
    def way(self) -> str:
        return "recorded" if self.recorder else "direct"


def plan_tests(items: Sequence[FunctionalItem], executor: Executor) -> list[Plan | str]:
    """A plan for each item's tests, in order, or the sentence why there is none. Runs data of the benchmark only."""
    plans: list[Plan | str | None] = [direct_plan(item) for item in items]
    places = [i for i, plan in enumerate(plans) if plan is None]
    programs = [recorder(items[i]) for i in places]
    results = executor.run([Job(program, ("None",)) for program in programs])
    for i, program, result in zip(places, programs, results, strict=True):
        plans[i] = _recorded(program, result.outcomes[0])
    return plans


# --- direct ----------------------------------------------------------------------------------------------------------
@lru_cache(maxsize=2048)
def direct_plan(item: FunctionalItem) -> Plan | None:
    """The plan of tests that are nothing but comparisons of calls with literals; None for all others."""
    try:
        check = _check(read(item.test))
        if check is None:
            return None
        name = check.args.args[0].arg
        found = [_assertion(statement, name) for statement in check.body if not _says_nothing(statement)]
    except (NotPlain, IndexError, *FAILURES):
        return None
    if not found:
        return None
    return Plan(tuple(call for call, _ in found), tuple(expected for _, expected in found))


def _check(tree: ast.Module) -> ast.FunctionDef | None:
    """The function `check`, if the rest of the module defines nothing that it could use."""
    rest = [node for node in tree.body if not _says_nothing(node)]
    alone = len(rest) == 1 and isinstance(rest[0], ast.FunctionDef) and rest[0].name == "check"
    return rest[0] if alone and not rest[0].decorator_list else None


def _says_nothing(node: ast.stmt) -> bool:
    """Whether a statement has no effect on tests: a docstring, a lone name, `assert True`, HumanEval's METADATA."""
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)] == ["METADATA"]
    value = node.value if isinstance(node, ast.Expr) else node.test if isinstance(node, ast.Assert) else None
    if isinstance(node, ast.Expr):
        return isinstance(value, (ast.Constant, ast.Name))
    return isinstance(value, ast.Constant) and bool(value.value)


def _assertion(node: ast.stmt, name: str) -> tuple[str, tuple[str, str]]:
    """The call and what it has to give. Raises `NotPlain` for an assertion of another form."""
    if not isinstance(node, ast.Assert):
        raise NotPlain("no assertion")
    test = node.test
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], (ast.Eq, ast.Is)):
        gold = ast.unparse(test.comparators[0])
        parse_value(gold)
        return _call(test.left, name), ("==" if isinstance(test.ops[0], ast.Eq) else "is", gold)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _call(test.operand, name), ("bool", "False")
    return _call(test, name), ("bool", "True")


def _call(node: ast.expr, name: str) -> str:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name):
        raise NotPlain("no call of the candidate")
    if any(keyword.arg is None for keyword in node.keywords):
        raise NotPlain("** is not a value")
    args = tuple(parse_value(ast.unparse(arg)) for arg in node.args)
    return format_arguments(args, {word.arg: parse_value(ast.unparse(word.value)) for word in node.keywords})


def fits(value: Any, relation: str, gold: str) -> bool:
    """Whether a plain value is what an assertion asks for; `gold` is the text of a literal.

    Values that `parse_value` built have built-in types only, so that `==` runs nothing but Python's own code.
    """
    wanted = parse_value(gold)
    if relation == "bool":
        return bool(value) is wanted
    if relation == "is" and type(value) is not type(wanted):
        return False
    return bool(value == wanted)


# --- recorded --------------------------------------------------------------------------------------------------------
def recorder(item: FunctionalItem) -> str:
    """The program that runs an item's tests and notes their calls, or answers them from a list of results."""
    reference = extract_function(item.prompt, item.canonical, item.entry_point)
    return f"{reference}\n\n{item.test}\n{_RECORDER.format(entry=item.entry_point)}"


def noted_calls(outcome: Outcome) -> tuple[str, ...]:
    """The argument texts that a recorder gave back. Raises `NotPlain` for anything else."""
    if outcome.status != "ok":
        raise NotPlain(f"{outcome.status}: {outcome.text}")
    noted = parse_value(outcome.text)
    if not isinstance(noted, list):
        raise NotPlain("no list of calls")
    return tuple(format_arguments(*parse_value(call)) for call in noted)


def _recorded(program: str, outcome: Outcome) -> Plan | str:
    try:
        calls = noted_calls(outcome)
    except (NotPlain, TypeError, ValueError) as error:
        why = " ".join(str(error).split())[:100]
        return f"its tests do not run with its own solution, or not on plain values ({why})"
    return Plan(calls, recorder=program) if calls else "its tests call nothing"


def replayed(plan: Plan, outcome: Outcome) -> Verdict:
    """The verdict of recorded tests that were run again with a program's results."""
    if outcome.status != "ok":
        said = outcome.text if outcome.status != "error" or "AssertionError" not in outcome.text else ""
        status = "wrong" if outcome.status == "error" else outcome.status
        return Verdict(status, "a test fails" + (f": {said}"[:120] if said.strip() else ""))
    try:
        same = noted_calls(outcome) == plan.calls
    except (NotPlain, TypeError, ValueError):
        same = False
    return Verdict("ok", "all tests pass") if same else Verdict("wrong", "the tests' later calls depend on its results")
