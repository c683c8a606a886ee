"""Checks of notebook 01. Programs, a learner's too, run in the executor and nowhere else."""

from __future__ import annotations

import random

from azr_nb.course.exercises.core import Unsolved, exercise, require, short
from azr_nb.course.views import tasks as views
from azr_nb.environments.python_programs.verifier import check as judged
from azr_nb.environments.python_programs.verifier import validate
from azr_nb.executor import Executor, Outcome
from azr_nb.tasks import Proposal, Task

REST = "def f(a):\n    b = a % 3\n    return b * 2"


def _abduction(program: str, given: str, output: str) -> Task:
    return Task("abduction", program, ((given, output),))


_SQUARE, _HALF, _TENTH = (f"def f(a):\n    return {text}" for text in ("a * a", "a / 2", "10 // a"))
_PREIMAGES = (
    (_abduction(REST, "7", "2"), "7", True, "that is the recorded input itself"),
    (_abduction(REST, "7", "2"), "-2", True, "f(-2) is 2 as well: any input with the right output will do"),
    (_abduction(REST, "7", "2"), "3", False, "f(3) is 0, not 2"),
    (_abduction(_SQUARE, "3", "9"), "-3", True, "-3 squared is 9 as well"),
    (_abduction(_HALF, "4", "2"), "4", True, "f(4) is 2.0, which has the same value as 2: compare values, not texts"),
    (
        _abduction("def f(a):\n    return {a: 1, 'x': 2}", "'q'", "{'x': 2, 'q': 1}"),
        "'q'",
        True,
        "dicts have no order: compare values, not texts",
    ),
    (
        _abduction("def f(a):\n    return a == 3", "3", "1"),
        "3",
        False,
        "f(3) is True, which the judge keeps apart from 1: compare with `same`, not with ==",
    ),
    (_abduction(_TENTH, "2", "5"), "0", False, "f(0) ends in an error, and an error is no output"),
    (_abduction(_TENTH, "2", "5"), "[1, 2]", False, "f([1, 2]) ends in an error, and an error is no output"),
)


class _Run:
    """The learner's `run(program, input)`, counted; its short name is for messages."""

    def __init__(self, executor: Executor) -> None:
        self.run, self.calls = views.safe_run(executor), 0

    def __call__(self, program: str, text: str) -> Outcome:
        self.calls += 1
        return self.run(program, text)

    def __repr__(self) -> str:
        return "run"


@exercise("01.preimage", "the abduction check", difficulty=2, minutes=8)
def preimage(answer) -> None:
    """`is_preimage(task, answer, run)`: whether the program gives the task's output for this input."""
    rng = random.Random(1)
    numbers = [(_abduction(REST, "7", "2"), str(rng.randrange(-50, 50))) for _ in range(15)]
    with Executor() as executor:
        run = _Run(executor)
        cases = list(_PREIMAGES)
        for task, text in numbers:
            cases.append((task, text, int(text) % 3 == 1, f"f({text}) is {int(text) % 3 * 2}, and 2 is asked for"))
        for task, text, want, reason in cases:
            got = answer(task, text, run)
            require(isinstance(got, bool), f"the check says True or False, not {short(got)}")
            require(got == want, f"{text} as an input for {task.output} should give {want}, not {got}: {reason}")
    require(run.calls > 0, "only `run` can tell what a program gives, and you never call it")


IMPOSTORS = {
    "a lookup table": None,
    "the most frequent output": None,
    "never above 4": "def f(a):\n    return min(a * 2, 4)",
    "right up to 5": "def f(a):\n    return a % 3 * 2 if a < 6 else 0",
    "wrong below zero": "def f(a):\n    return a % 3 * 2 if a >= 0 else 1",
}


def impostors(task: Task) -> dict[str, str]:
    """False answers to the induction task of the exercise; two of them are made from what they see."""
    shown = task.pairs[: task.visible]
    lines = ", ".join(f"{call}: {gold}" for call, gold in shown)
    golds = [gold for _, gold in shown]
    made = {
        "a lookup table": f"def f(a):\n    return {{{lines}}}.get(a)",
        "the most frequent output": f"def f(a):\n    return {max(golds, key=golds.count)}",
    }
    return {name: text or made[name] for name, text in IMPOSTORS.items()}


@exercise("01.hidden_pairs", "choose pairs that no impostor survives", difficulty=2, minutes=8)
def hidden_pairs(answer) -> None:
    """Six inputs, the first three of them visible, with which every impostor fails."""
    texts = [str(text) for text in answer]
    if "Ellipsis" in texts:
        raise Unsolved("some inputs are still missing")
    require(len(texts) == 6, f"give six inputs, not {len(texts)}")
    with Executor() as executor:
        task, verdict = validate([Proposal("induction", REST, tuple(texts), "#% 3 #* 2")], executor)[0]
        require(task is not None, f"the judge makes no task of these inputs: {verdict.reason}")
        require(len(task.pairs) == 6, "an input that repeats another is dropped: choose six different ones")
        for name, program in impostors(task).items():
            right = judged([task], [program], executor)[0].ok
            require(not right, f"the impostor '{name}' is right on all your hidden pairs: choose one on which it fails")


_INPUTS = range(100)
_TYPES = ("deduction", "abduction", "induction")


@exercise("01.hard_three", "one hard program for each question", difficulty=3, minutes=15)
def hard_three(answer) -> None:
    """Three programs of at most 8 lines, each hard for one task type by enumeration; a dict by task type."""
    require(isinstance(answer, dict) and set(answer) == set(_TYPES), f"give a dict with the keys {', '.join(_TYPES)}")
    for kind in _TYPES:
        if answer[kind] is ...:
            raise Unsolved(f"the program for {kind} is still missing")
        require(isinstance(answer[kind], str), f"give the program for {kind} as a text")
        require(len(answer[kind].strip().splitlines()) <= 8, f"the program for {kind} has more than 8 lines")
    with Executor() as executor:
        found = {}
        for kind in _TYPES:
            task, verdict = validate([Proposal("deduction", answer[kind], ("7",))], executor)[0]
            require(task is not None, f"the judge refuses the program for {kind} with input 7: {verdict.reason}")
            found[kind] = views.outputs_of(answer[kind], _INPUTS, executor)
            bad = [number for number, value in zip(_INPUTS, found[kind], strict=True) if value is None]
            require(not bad, f"the program for {kind} gives no plain value for {bad[0] if bad else ''}")
        _hard_deduction(answer["deduction"], found["deduction"], executor)
        _hard_abduction(found["abduction"])
        _hard_induction(answer["induction"], executor)


def _hard_deduction(program: str, outputs: list, executor: Executor) -> None:
    steps = views.statements_run(program, _INPUTS, executor)
    require(steps >= 100, f"deduction: a call executes {steps:.0f} statements on average, which is less than 100")
    most = max(map(outputs.count, outputs))
    require(
        most <= 50,
        f"deduction: {most} of 100 inputs give {short(max(outputs, key=outputs.count))}, "
        "so that nobody has to follow the program; at most 50 may",
    )


def _hard_abduction(outputs: list) -> None:
    tries = views.inputs_tried(outputs)
    require(
        tries >= 40,
        f"abduction: {tries:.0f} tries find an input on average, because many inputs share an output; "
        "make it at least 40",
    )
    require(
        all(type(value) is int for value in outputs),
        "abduction: give whole numbers; a way back is looked for among whole numbers only",
    )
    for sign, way in ((1, "a + {}"), (-1, "{} - a")):  # the library has small numbers only
        shifts = {output - sign * a for a, output in enumerate(outputs)}
        require(len(shifts) > 1, f"abduction: your program is {way.format(min(shifts))}, and one step leads back")
    back = [text for text, value in views.library() if all(value(o) == a for a, o in enumerate(outputs))]
    require(not back, f"abduction: one line leads from the output back to the input: {back[0] if back else ''}")


def _hard_induction(program: str, executor: Executor) -> None:
    task, verdict = validate([Proposal("induction", program, tuple("012345"), "")], executor)[0]
    require(task is not None, f"induction: with the inputs 0 to 5 no task comes of it: {verdict.reason}")
    search = views.programs_tried(task, executor)
    require(bool(search.text), "induction: no simple expression fits f(0), f(1), f(2), so nobody is led astray")
    require(not search.right, f"induction: {search.text} fits the visible pairs and is right on the hidden ones too")
