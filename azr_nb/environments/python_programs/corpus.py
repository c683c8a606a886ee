"""Cases from the grammar, with the values they have: the raw material of the warm-up and of the held-out suites.

A case is a program with several inputs, the outputs, the values of its intermediate lines (the scratchpad), and its
behaviour: the outputs on fixed probe inputs. Two programs that differ in text but not in behaviour count as the same
when held-out tasks are kept apart from the warm-up.
"""

from __future__ import annotations

import ast
import gzip
import json
import random
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Any

from azr_nb.environments.python_programs.grammar import HARDER, OWN, Sample, Style, sample_input, sample_program
from azr_nb.executor import Outcome
from azr_nb.programs.values import NotPlain, parse_value, repr_value
from azr_nb.tasks import TASK_TYPES, Task

STYLES = {"own": OWN, "harder": HARDER}
MAX_VALUE_TEXT = 24
MAX_SCRATCHPAD = 12
PROBES = 6
INPUTS = 6
BATCH = 512
COMMON = 6000
FIRST = 200  # held-out tasks of each type that were there before the bundled policy was warmed up


@dataclass(frozen=True)
class Case:
    """A program that ran: inputs and outputs as text, a scratchpad per input, and its behaviour key."""

    sample: Sample
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    scratchpads: tuple[tuple[str, ...], ...]
    behaviour: str

    @property
    def program(self) -> str:
        return self.sample.program


class _Instrument(ast.NodeTransformer):
    """Records `name = value` behind every line that changes a variable, and returns the record with the result."""

    def _with_record(self, node: ast.stmt, name: str) -> list[ast.stmt]:
        return [node, ast.parse(f"_t.append('{name} = ' + repr({name}))").body[0]]

    def visit_Assign(self, node: ast.Assign):
        return self._with_record(node, node.targets[0].id)

    def visit_AugAssign(self, node: ast.AugAssign):
        return self._with_record(node, node.target.id)

    def visit_Expr(self, node: ast.Expr):
        return self._with_record(node, node.value.func.value.id)  # a method call such as a.append(3)

    def visit_Return(self, node: ast.Return):
        return ast.Return(ast.Tuple([node.value, ast.Name("_t", ast.Load())], ast.Load()))

    def visit_FunctionDef(self, node: ast.FunctionDef):
        self.generic_visit(node)
        node.body.insert(0, ast.parse("_t = []").body[0])
        return node


def instrument(program: str) -> str:
    """The program of the grammar that also returns its scratchpad: `f(x)` gives `(result, lines)`."""
    return ast.unparse(ast.fix_missing_locations(_Instrument().visit(ast.parse(program))))


@cache
def probe_inputs(types: tuple[str, ...]) -> tuple[str, ...]:
    """The fixed inputs on which behaviour is compared."""
    rng = random.Random(f"probe {types}")
    return tuple(sample_input(rng, types) for _ in range(PROBES))


def small(value: object) -> bool:
    """Whether a value is short enough for the tiny policy to write."""
    if isinstance(value, int) and not isinstance(value, bool):
        return abs(value) < 1000
    return len(repr(value)) <= MAX_VALUE_TEXT


def _case(sample: Sample, calls: list[str], outcomes) -> Case | None:
    good: dict[str, tuple[str, tuple[str, ...]]] = {}
    probes = []
    for i, (call, outcome) in enumerate(zip(calls, outcomes, strict=True)):
        value, lines = None, None
        if outcome.status == "ok":
            try:
                value, lines = parse_value(outcome.text)
            except NotPlain:
                return None
        if i < PROBES:
            probes.append(repr_value(value) if lines is not None else outcome.status)
        elif lines is not None and small(value) and len(lines) <= MAX_SCRATCHPAD:
            if all(len(line) <= MAX_VALUE_TEXT + 4 for line in lines):
                good[call] = (repr_value(value), tuple(lines))
    if len(good) < 2 or len(set(probes)) < 2:
        return None  # fails too often, or gives the same whatever the input
    inputs = tuple(good)[:INPUTS]
    return Case(
        sample,
        inputs,
        tuple(good[i][0] for i in inputs),
        tuple(good[i][1] for i in inputs),
        f"{sample.argument_types} {probes}",
    )


def own_outcomes(program: str, calls: Sequence[str]) -> list[Outcome]:
    """What a program of the grammar gives for each call, run in this process: its text is ours, never a model's."""
    space: dict[str, Any] = {}
    exec(program, space)
    outcomes = []
    for call in calls:
        try:
            outcomes.append(Outcome("ok", repr(eval(f"f({call})", space))))
        except Exception as error:
            outcomes.append(Outcome("error", f"{type(error).__name__}: {error}"))
    return outcomes


def cases(seed: str, style: Style, size: int = BATCH) -> Iterator[Case]:
    """An endless stream of cases, drawn `size` at a time; the same seed gives the same stream. Texts may repeat."""
    batch = 0
    while True:
        rng = random.Random(f"{seed}/{batch}")
        batch += 1
        samples = [sample_program(rng, style) for _ in range(size)]
        calls = [
            [*probe_inputs(s.argument_types), *(sample_input(rng, s.argument_types) for _ in range(INPUTS + 2))]
            for s in samples
        ]
        for sample, call in zip(samples, calls, strict=True):
            case = _case(sample, call, own_outcomes(instrument(sample.program), call))
            if case is not None:
                yield case


def case_task(case: Case, task_type: str, message: str = "", which: int = 0) -> Task:
    """The task of one type that a case gives; induction shows half of the inputs."""
    pairs = tuple(zip(case.inputs, case.outputs, strict=True))
    if task_type == "induction":
        return Task(task_type, case.program, pairs, visible=len(pairs) // 2, message=message)
    return Task(task_type, case.program, (pairs[which],))


@cache
def _common() -> frozenset[str]:
    """What the warm-up's distribution writes all the time (a + 1, sorted(a), ...): it stays with the warm-up."""
    return frozenset(case.behaviour for case in islice(cases("common", OWN), COMMON))


def make_suite(
    name: str, per_type: int, shown: Set[str] = frozenset(), known: Set[str] = frozenset()
) -> tuple[list[Task], list[str]]:
    """Draw a held-out suite anew: its tasks, and the behaviour keys of its programs.

    From task `FIRST` of each type on, no program of `shown` and no behaviour of `known` is taken: what was drawn before
    these tasks must not be among them (see `python -m tools suites`).
    """
    from azr_nb.environments.python_programs.messages import hint

    common = _common()
    fits = (
        c
        for c in cases(f"held-out {name}", STYLES[name])
        if len(c.inputs) == INPUTS and len(set(c.outputs[: INPUTS // 2])) > 1
    )
    tasks: list[Task] = []
    behaviours: dict[str, None] = {}
    seen: set[str] = set()
    for case in fits:
        if case.program in seen or case.behaviour in behaviours or case.behaviour in common:
            continue
        if len(tasks) >= 3 * FIRST and (case.program in shown or case.behaviour in known):
            continue
        seen.add(case.program)
        behaviours[case.behaviour] = None
        tasks.append(case_task(case, TASK_TYPES[len(tasks) % 3], hint(case.program)))
        if len(tasks) == 3 * per_type:
            return tasks, list(behaviours)
    raise AssertionError("unreachable: the stream is endless")


def load_suite(name: str) -> list[Task]:
    """The held-out suite shipped with the package: "own" or "harder"."""
    path = files("azr_nb") / "assets" / "held_out.jsonl.gz"
    rows = map(json.loads, gzip.decompress(path.read_bytes()).decode().splitlines())
    return [Task.from_dict(row["task"]) for row in rows if row["suite"] == name]


@cache
def held_out_keys() -> tuple[frozenset[str], frozenset[str]]:
    """Program texts and behaviour keys of both suites: what the warm-up must not see."""
    path = files("azr_nb") / "assets" / "held_out.jsonl.gz"
    rows = [json.loads(line) for line in gzip.decompress(path.read_bytes()).decode().splitlines()]
    return frozenset(row["task"]["program"] for row in rows), frozenset(row["behaviour"] for row in rows)


def fresh_tasks(seed: str, task_type: str, count: int) -> list[Task]:
    """Tasks of one type from the warm-up's own distribution, none of which has a held-out program or behaviour."""
    from azr_nb.environments.python_programs.messages import hint

    texts, behaviours = held_out_keys()
    tasks: list[Task] = []
    for case in cases(seed, OWN, size=4 * count):
        if case.program in texts or case.behaviour in behaviours:
            continue
        if task_type == "induction" and (len(case.inputs) < INPUTS or len(set(case.outputs[: INPUTS // 2])) == 1):
            continue
        tasks.append(case_task(case, task_type, hint(case.program) if task_type == "induction" else ""))
        if len(tasks) == count:
            return tasks
    raise AssertionError("unreachable: the stream is endless")


def warm_up_cases(seed: int, count: int) -> Iterator[Case]:
    """The warm-up's cases: the own distribution without anything that is held out, each behaviour once.

    Without the last condition six cases in ten would be variations of `a + 1` and `sorted(a)`.
    """
    texts, seen = held_out_keys()[0], set(held_out_keys()[1])
    given = 0
    for case in cases(f"warm-up {seed}", OWN):
        if given == count:
            return
        if case.program not in texts and case.behaviour not in seen:
            seen.add(case.behaviour)
            given += 1
            yield case
