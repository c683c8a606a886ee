"""Judging answers: compare values, or run programs and compare what comes of it.

Gold values never enter a worker: programs run there and come back as text, which is parsed and compared here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from azr_nb.environments.python_programs.rules import Rules, examine
from azr_nb.executor import Call, Executor, Job, Outcome
from azr_nb.executor.checks import readable_call
from azr_nb.programs.values import NotPlain, arguments_program, format_arguments, parse_arguments, parse_value, same
from azr_nb.tasks import ALL_TASK_TYPES, ERROR, Task, Verdict


def check(
    tasks: Sequence[Task], answers: Sequence[str], executor: Executor, rules: Rules | None = None
) -> list[Verdict]:
    """Verify each answer, in order; programs and calls that occur several times run once.

    Deduction compares two values, error prediction two names, both without running anything. Abduction runs the
    task's program on the answer; induction runs the answer on the hidden inputs. An answer program need not keep
    the rules for proposals: it is verified by what it returns. Where the rules allow an abduction answer to be code,
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
                raise ValueError(f"the induction task {task.id} has no hidden pairs to verify by")
            runs.setdefault(Job(answer, tuple(call for call, _ in _judged_pairs(task, rules))), []).append(i)
        else:
            raise ValueError(f"unknown task type {task.type!r}: choose one of {', '.join(ALL_TASK_TYPES)}")
    golds: dict[tuple[str, str], set[str]] = {}
    for job, places in runs.items():
        for i in places:
            task = tasks[i]
            pairs = _judged_pairs(task, rules) if task.type == "induction" else [(job.calls[0], task.output)]
            for call, gold in pairs:
                golds.setdefault((job.program, readable_call(call, executor.limits.output_chars)), set()).add(gold)

    def hoped(call: Call, outcome: Outcome) -> bool:
        verdict, value = read_outcome(outcome)
        return verdict.ok and any(same(value, parse_value(g)) for g in golds[call.program, call.arguments])

    for (job, places), result in zip(runs.items(), executor.run(list(runs), wanted=hoped), strict=True):
        for i in places:
            if tasks[i].type == "abduction":
                verdicts[i], _ = _check_outcomes(job, result.outcomes, [tasks[i].output])
            else:
                wanted = [gold for _, gold in _judged_pairs(tasks[i], rules)]
                verdict, right = _check_outcomes(job, result.outcomes, wanted)
                verdicts[i] = replace(verdict, share=right / len(wanted))
    return verdicts


def _judged_pairs(task: Task, rules: Rules) -> tuple[tuple[str, str], ...]:
    """The pairs that decide about an induction answer: the hidden ones, or all (paper Fig. 12)."""
    return task.pairs if rules.check_visible else task.hidden


def _calls(answers: Sequence[str], executor: Executor, rules: Rules) -> list[str | Verdict]:
    """The arguments that each abduction answer stands for, as canonical text, or the verdict that says why not."""
    found: list[str | Verdict] = []
    code: dict[int, Job] = {}
    for i, answer in enumerate(answers):
        try:
            found.append(format_arguments(*parse_arguments(answer, rules.max_input)))
        except ValueError as error:  # NotPlain, or Python's own limit on the digits of a number
            found.append(Verdict("not_plain", f"the answer is not a plain input: {error}"))
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
        return Verdict("not_plain", f"the output is not a plain value: {error}"), None


def _check_value(answer: str, gold: str) -> Verdict:
    try:
        value = parse_value(answer)
    except NotPlain as error:
        return Verdict("not_plain", f"the answer is not a plain value: {error}")
    if same(value, parse_value(gold)):
        return Verdict("ok", "the output is right")
    return Verdict("wrong", f"the output is {_short(gold)}, not {_short(answer)}")


_ALIASES = {"IOError": "OSError", "EnvironmentError": "OSError"}  # one class of Python's by other names


def _check_name(answer: str, gold: str) -> Verdict:
    words = answer.replace(":", " ").split()
    if not words:
        return Verdict("wrong", "the answer is empty")
    words[0] = words[0] if words[0] == gold else _ALIASES.get(words[0], words[0])
    # only ASCII letters have a second case here: lower() would make a plain k of the Kelvin sign
    if words[0] == gold or (words[0].isascii() and words[0].lower() == gold.lower()):
        return Verdict("ok", "the error is right")
    return Verdict("wrong", f"the call ends with {gold}, not {_short(words[0])}")


def _check_outcomes(job: Job, outcomes: Sequence[Outcome], golds: list[str]) -> tuple[Verdict, int]:
    """The verdict, which tells the first call that is not right, and the number of those that are."""
    fault, right = None, 0
    for call, outcome, gold in zip(job.calls, outcomes, golds, strict=True):
        verdict, value = read_outcome(outcome)
        if verdict.ok and same(value, parse_value(gold)):
            right += 1
        elif fault is None and not verdict.ok:
            fault = Verdict(verdict.status, f"f({_short(call)}): {verdict.reason}")
        elif fault is None:
            fault = Verdict("wrong", f"f({_short(call)}) gives {_short(outcome.text)}, not {_short(gold)}")
    return fault or Verdict("ok", f"the output is right for {right} of {right} inputs"), right


def _short(text: str, limit: int = 60) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
