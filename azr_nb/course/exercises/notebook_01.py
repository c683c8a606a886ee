"""Checks of notebook 01. Programs, a learner's too, run in the executor and nowhere else."""

import random

from azr_nb.course.exercises.core import Unsolved, data, exercise, filled, require, short
from azr_nb.course.views import tasks as views
from azr_nb.environments.python_programs.verifier import check as judged
from azr_nb.environments.python_programs.verifier import validate
from azr_nb.executor import Executor, Outcome
from azr_nb.tasks import TASK_TYPES, Proposal, Task

REST = "def f(a):\n    b = a % 3\n    return b * 2"


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
    cases = [(one["program"], one["pair"], one["text"], one["right"], one["reason"]) for one in data("01.preimage")]
    for number in (rng.randrange(-50, 50) for _ in range(15)):
        reason = f"f({number}) is {number % 3 * 2}, and 2 is asked for"
        cases.append((REST, ("7", "2"), str(number), number % 3 == 1, reason))
    with Executor() as executor:
        run = _Run(executor)
        for program, pair, text, want, reason in cases:
            got = answer(Task("abduction", program, (tuple(pair),)), text, run)
            require(isinstance(got, bool), f"the check says True or False, not {short(got)}")
            require(got == want, f"{text} as an input for {pair[1]} should give {want}, not {got}: {reason}")
    require(run.calls > 0, "only `run` can tell what a program gives, and you never call it")


def impostors(task: Task) -> dict[str, str]:
    """False answers to the induction task of the exercise; two of them are made from what they see."""
    shown = task.pairs[: task.visible]
    lines, golds = ", ".join(f"{call}: {gold}" for call, gold in shown), [gold for _, gold in shown]
    values = {
        "a lookup table": f"{{{lines}}}.get(a)",
        "the most frequent output": max(golds, key=golds.count),
        "never above 4": "min(a * 2, 4)",
        "right up to 5": "a % 3 * 2 if a < 6 else 0",
        "wrong below zero": "a % 3 * 2 if a >= 0 else 1",
    }
    return {name: f"def f(a):\n    return {value}" for name, value in values.items()}


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


@exercise("01.hard_three", "one hard program for each question", difficulty=3, minutes=15)
def hard_three(answer) -> None:
    """Three programs of at most 8 lines, each hard for one task type by enumeration; a dict by task type."""
    missing = "the program for {} is still missing"
    filled(answer, TASK_TYPES, f"give a dict with the keys {', '.join(TASK_TYPES)}", missing)
    found = {}
    with Executor() as executor:
        for kind in TASK_TYPES:
            program, named = answer[kind], f"the program for {kind}"
            require(isinstance(program, str), f"give {named} as a text")
            require(len(program.strip().splitlines()) <= 8, f"{named} has more than 8 lines")
            task, verdict = validate([Proposal("deduction", program, ("7",))], executor)[0]
            require(task is not None, f"the judge refuses {named} with input 7: {verdict.reason}")
            found[kind] = views.outputs_of(program, _INPUTS, executor)
            bad = [number for number, value in zip(_INPUTS, found[kind], strict=True) if value is None]
            require(not bad, f"{named} gives no plain value for {bad[0] if bad else ''}")
        _hard_deduction(answer["deduction"], found["deduction"], executor)
        _hard_abduction(found["abduction"])
        _hard_induction(answer["induction"], executor)


def _hard_deduction(program: str, outputs: list, executor: Executor) -> None:
    steps = views.statements_run(program, _INPUTS, executor)
    require(steps >= 100, f"deduction: a call executes {steps:.0f} statements on average, which is less than 100")
    favourite = max(outputs, key=outputs.count)
    share = f"{outputs.count(favourite)} of 100 inputs give {short(favourite)}"
    nobody = "so that nobody has to follow the program; at most 50 may"
    require(outputs.count(favourite) <= 50, f"deduction: {share}, {nobody}")


def _hard_abduction(outputs: list) -> None:
    tries = views.inputs_tried(outputs)
    many = "because many inputs share an output; make it at least 40"
    require(tries >= 40, f"abduction: {tries:.0f} tries find an input on average, {many}")
    whole = "give whole numbers; a way back is looked for among whole numbers only"
    require(all(type(value) is int for value in outputs), f"abduction: {whole}")
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
