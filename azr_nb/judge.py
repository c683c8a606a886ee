"""The judge: which proposals become tasks, and which answers are right.

Gold values never enter a worker: programs run there and come back as text, which is parsed and compared here.
Every verdict gives a reason that a learner can read.

Differs from the released code: determinism is checked by two separate runs in shuffled company rather than by two
calls in one process; nothing that a model wrote is ever evaluated in this process; and the rules for programs look
at the syntax tree (see `rules`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from azr_nb.executor import Executor, Job, Outcome
from azr_nb.rules import Rules, examine
from azr_nb.tasks import ALL_TASK_TYPES, ERROR, NO_ERROR, Proposal, Task, Verdict
from azr_nb.values import (
    NotPlain,
    arguments_program,
    format_arguments,
    parse_arguments,
    parse_value,
    repr_value,
    same,
)

# what CPython writes of an object without a text of its own; forks of one worker can share their addresses
_ADDRESS = re.compile(r"<[^<>]* at 0x[0-9a-f]+>")


# --- proposals ---------------------------------------------------------------------------------------------------
def validate(
    proposals: Sequence[Proposal], executor: Executor, rules: Rules | None = None
) -> list[tuple[Task | None, Verdict]]:
    """Run every proposal twice and make tasks of those that hold (paper 3.3.3).

    The second run has another order of programs and of calls, in fresh sessions, so that what one call leaves
    behind for the next counts as nondeterministic. Inputs that repeat others are dropped. Gives a task or None, and
    the verdict, for each in order.
    """
    rules = rules or Rules()
    results: list[tuple[Task | None, Verdict]] = [(None, Verdict("error"))] * len(proposals)
    jobs: dict[int, Job] = {}
    for i, proposal in enumerate(proposals):
        verdict, calls = _readable(proposal, rules)
        if verdict.ok:
            jobs[i] = Job(proposal.program, tuple(calls))
        else:
            results[i] = (None, verdict)
    first = dict(zip(jobs, executor.run(list(jobs.values())), strict=True))
    backwards = list(jobs)[::-1]
    again = [Job(jobs[i].program, tuple(jobs[i].calls[::-1])) for i in backwards]
    second = dict(zip(backwards, executor.run(again), strict=True))
    for i, job in jobs.items():
        runs = list(zip(first[i].outcomes, second[i].outcomes[::-1], strict=True))
        results[i] = (
            _error_task(proposals[i], job, *runs[0])
            if proposals[i].type == ERROR
            else _task(proposals[i], job, runs, rules)
        )
    return results


def _readable(proposal: Proposal, rules: Rules) -> tuple[Verdict, list[str]]:
    if proposal.type not in ALL_TASK_TYPES:
        raise ValueError(f"unknown task type {proposal.type!r}: choose one of {', '.join(ALL_TASK_TYPES)}")
    verdict = examine(proposal.program, rules)
    if not verdict.ok:
        return verdict, []
    if proposal.type == "induction" and len(proposal.inputs) < 2:
        return Verdict("unparsable", "an induction proposal needs at least two inputs"), []
    if proposal.type != "induction" and len(proposal.inputs) != 1:
        return Verdict("unparsable", f"the proposal needs exactly one input, not {len(proposal.inputs)}"), []
    calls = []
    for text in proposal.inputs:
        try:
            calls.append(format_arguments(*parse_arguments(text, rules.max_input)))
        except ValueError as error:  # NotPlain, or Python's own limit on the digits of a number
            return Verdict("unparsable", f"the input {text[:30]!r} is no plain value: {error}"), []
    distinct = list(dict.fromkeys(calls))
    if len(distinct) < min(len(calls), max(2, (len(calls) + 1) // 2)):
        return Verdict("forbidden", "more than half of the inputs repeat others"), []
    return verdict, distinct


def _task(
    proposal: Proposal, job: Job, runs: Sequence[tuple[Outcome, Outcome]], rules: Rules
) -> tuple[Task | None, Verdict]:
    outputs = []
    for one, two in runs:
        verdict, value = read_outcome(one)
        again, other = read_outcome(two)
        if not verdict.ok:
            return None, verdict
        if not again.ok or not same(value, other):
            return None, Verdict("nondeterministic", "two runs gave different values")
        if _ADDRESS.search(one.text):
            return None, Verdict("nondeterministic", "the output holds the address of an object")
        text = _stored(value)
        if text is None:
            return None, Verdict("not_plain", "the output cannot be written down and read back")
        if len(text) > rules.max_output:
            return None, Verdict("too_big", f"the output has more than {rules.max_output} characters")
        outputs.append(text)
    if proposal.type == "induction" and len(set(outputs)) < 2:
        return None, Verdict("forbidden", "all inputs give the same output")
    visible = len(outputs) // 2 if proposal.type == "induction" else 0
    pairs = tuple(zip(job.calls, outputs, strict=True))
    return Task(proposal.type, proposal.program, pairs, visible, proposal.message), Verdict("ok", "the task holds")


def _error_task(proposal: Proposal, job: Job, one: Outcome, two: Outcome) -> tuple[Task | None, Verdict]:
    verdict, name = _error_name(one)
    again, other = _error_name(two)
    if not verdict.ok:
        return None, verdict
    if not again.ok or name != other:
        return None, Verdict("nondeterministic", "two runs ended differently")
    pairs = ((job.calls[0], name),)
    return Task(ERROR, proposal.program, pairs, message=proposal.message), Verdict("ok", "the task holds")


def _error_name(outcome: Outcome) -> tuple[Verdict, str]:
    """The class of the exception that ended a call, from `Name: message`; a call that returns has `NO_ERROR`."""
    if outcome.status == "ok":
        return Verdict("ok"), NO_ERROR
    name = outcome.text.partition(":")[0].strip()
    if outcome.status != "error" or not name.isidentifier():
        return Verdict(outcome.status, outcome.text), ""
    if name.lower() == NO_ERROR.lower():
        return Verdict("forbidden", f"an exception may not be called {NO_ERROR}"), ""
    return Verdict("ok"), name


def _stored(value: object) -> str | None:
    """The output's text, if reading it gives the output back; None for oddities such as a number of 5000 digits."""
    try:
        text = repr_value(value)
        return text if same(parse_value(text), value) else None
    except ValueError:  # NotPlain, or Python's own limit on the digits of a number
        return None


# --- answers -----------------------------------------------------------------------------------------------------
def check(
    tasks: Sequence[Task], answers: Sequence[str], executor: Executor, rules: Rules | None = None
) -> list[Verdict]:
    """Judge each answer, in order; programs and calls that occur several times run once.

    Deduction compares two values, error prediction two names, both without running anything. Abduction runs the
    task's program on the answer; induction runs the answer on the hidden inputs. An answer program need not keep
    the rules for proposals: it is judged by what it returns. Where the rules allow an abduction answer to be code,
    it runs first, alone in the sandbox, and the plain value that comes of it is the answer.
    """
    rules = rules or Rules()
    places = [i for i, task in enumerate(tasks) if task.type == "abduction"]
    written = dict(zip(places, _calls([answers[i] for i in places], executor, rules), strict=True))
    verdicts: list[Verdict] = [Verdict("wrong")] * len(tasks)
    runs: dict[Job, list[int]] = {}
    for i, (task, answer) in enumerate(zip(tasks, answers, strict=True)):
        if task.type == "deduction":
            verdicts[i] = _check_value(answer, task.output)
        elif task.type == ERROR:
            verdicts[i] = _check_name(answer, task.output)
        elif task.type == "abduction":
            if isinstance(written[i], Verdict):
                verdicts[i] = written[i]
            else:
                runs.setdefault(Job(task.program, (written[i],)), []).append(i)
        elif task.type == "induction":
            if not task.hidden:
                raise ValueError(f"the induction task {task.id} has no hidden pairs to judge by")
            runs.setdefault(Job(answer, tuple(call for call, _ in task.hidden)), []).append(i)
        else:
            raise ValueError(f"unknown task type {task.type!r}: choose one of {', '.join(ALL_TASK_TYPES)}")
    for (job, places), result in zip(runs.items(), executor.run(list(runs)), strict=True):
        for i in places:
            golds = [tasks[i].output] if tasks[i].type == "abduction" else [gold for _, gold in tasks[i].hidden]
            verdicts[i] = _check_outcomes(job, result.outcomes, golds)
    return verdicts


def _calls(answers: Sequence[str], executor: Executor, rules: Rules) -> list[str | Verdict]:
    """The arguments that each abduction answer stands for, as canonical text, or the verdict that says why not."""
    found: list[str | Verdict] = []
    code: dict[int, Job] = {}
    for i, answer in enumerate(answers):
        try:
            found.append(format_arguments(*parse_arguments(answer, rules.max_input)))
        except ValueError as error:  # NotPlain, or Python's own limit on the digits of a number
            found.append(Verdict("not_plain", f"the answer is no plain input: {error}"))
            program = arguments_program(answer, rules.max_input) if rules.code_answers else None
            if program and examine(program, rules).ok:
                code[i] = Job(program, ("",))
    for i, result in zip(code, executor.run(list(code.values())), strict=True):
        verdict, value = read_outcome(result.outcomes[0])
        if verdict.ok and type(value) is tuple:
            text = format_arguments(value)
            found[i] = text if len(text) <= rules.max_input else Verdict("too_big", "the input is too long")
    return found


def read_outcome(outcome: Outcome) -> tuple[Verdict, object]:
    """What an outcome says: `ok` and the plain value, or the verdict that says why there is none, and None."""
    if outcome.status != "ok":
        return Verdict(outcome.status, outcome.text), None
    try:
        return Verdict("ok"), parse_value(outcome.text)
    except NotPlain as error:
        return Verdict("not_plain", f"the output is no plain value: {error}"), None


def _check_value(answer: str, gold: str) -> Verdict:
    try:
        value = parse_value(answer)
    except NotPlain as error:
        return Verdict("not_plain", f"the answer is no plain value: {error}")
    if same(value, parse_value(gold)):
        return Verdict("ok", "the output is right")
    return Verdict("wrong", f"the output is {_short(gold)}, not {_short(answer)}")


def _check_name(answer: str, gold: str) -> Verdict:
    words = answer.replace(":", " ").split()
    if not words:
        return Verdict("wrong", "the answer is empty")
    # only ASCII letters have a second case here: lower() would make a plain k of the Kelvin sign
    if words[0] == gold or (words[0].isascii() and words[0].lower() == gold.lower()):
        return Verdict("ok", "the error is right")
    return Verdict("wrong", f"the call ends with {gold}, not {_short(words[0])}")


def _check_outcomes(job: Job, outcomes: Sequence[Outcome], golds: list[str]) -> Verdict:
    for call, outcome, gold in zip(job.calls, outcomes, golds, strict=True):
        verdict, value = read_outcome(outcome)
        if not verdict.ok:
            return Verdict(verdict.status, f"f({_short(call)}): {verdict.reason}")
        if not same(value, parse_value(gold)):
            return Verdict("wrong", f"f({_short(call)}) gives {_short(outcome.text)}, not {_short(gold)}")
    return Verdict("ok", f"the output is right for {len(golds)} of {len(golds)} inputs")


def _short(text: str, limit: int = 60) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
