"""The world of Python programs: validates proposals and judges answers through the executor.

Gold values never enter a worker: programs run there and come back as text, which is parsed and compared here.
Differs from the released code: determinism is checked by two separate runs in shuffled company rather than by two
calls in one process, and nothing a model wrote is ever evaluated in this process.
"""

from __future__ import annotations

from collections.abc import Sequence

from azr_nb.executor import Executor, Job, Outcome
from azr_nb.tasks import TASK_TYPES, Proposal, Task, Verdict
from azr_nb.values import NotPlain, format_arguments, parse_arguments, parse_value, repr_value, same

IDENTITY = "def f(a):\n    return a"
IDENTITY_INPUTS = ("'hello'", "3", "[1, 2]", "-7", "'ab'", "[0, 5, 9]")
SUITES = ("own", "harder")
MAX_INPUT = 200
MAX_OUTPUT = 80
FORBIDDEN = ("import ", "open(", "exec(", "eval(", "input(", "__")

WRONG = Verdict("wrong", "the value differs")


class PythonPrograms:
    """Deduction, abduction and induction over one-function Python programs. Owns an executor; close it."""

    task_types = TASK_TYPES

    def __init__(self, executor: Executor | None = None, max_output: int = MAX_OUTPUT) -> None:
        self.executor = executor or Executor()
        self.max_output = max_output
        self.executor.__enter__()

    def close(self) -> None:
        self.executor.__exit__(None, None, None)

    def seed_tasks(self) -> list[Task]:
        pairs = tuple((i, i) for i in IDENTITY_INPUTS)
        return [
            Task("deduction", IDENTITY, pairs[:1]),
            Task("abduction", IDENTITY, pairs[:1]),
            Task("induction", IDENTITY, pairs, visible=3, message="#same"),
        ]

    def suite(self, name: str) -> list[Task]:
        from azr_nb.worlds.corpus import load_suite

        if name not in SUITES:
            raise KeyError(name)
        return load_suite(name)

    # --- proposals -----------------------------------------------------------------------------------------------
    def validate(self, proposals: Sequence[Proposal]) -> list[tuple[Task | None, Verdict]]:
        """Run every proposal twice and keep those that hold (paper 3.3.3).

        The second run has another order of programs and of calls, in fresh sessions, so that what one call leaves
        behind for the next counts as nondeterministic.
        """
        results: list[tuple[Task | None, Verdict]] = [(None, Verdict("error"))] * len(proposals)
        jobs: dict[int, Job] = {}
        for i, proposal in enumerate(proposals):
            verdict, calls = self._readable(proposal)
            if verdict.ok:
                jobs[i] = Job(proposal.program, calls)
            else:
                results[i] = (None, verdict)
        first = dict(zip(jobs, self.executor.run(list(jobs.values())), strict=True))
        backwards = list(jobs)[::-1]
        again = [Job(jobs[i].program, jobs[i].calls[::-1]) for i in backwards]
        second = dict(zip(backwards, self.executor.run(again), strict=True))
        for i, job in jobs.items():
            results[i] = self._task(proposals[i], job, first[i].outcomes, second[i].outcomes[::-1])
        return results

    def _readable(self, proposal: Proposal) -> tuple[Verdict, list[str]]:
        word = next((word for word in FORBIDDEN if word in proposal.program), None)
        if word:
            return Verdict("forbidden", f"programs may not use {word.strip()!r}"), []
        calls = []
        for text in proposal.inputs:
            try:
                calls.append(format_arguments(*parse_arguments(text, MAX_INPUT)))
            except ValueError as error:
                return Verdict("unparsable", f"the input {text[:30]!r} is {error}"), []
        if proposal.type == "induction" and len(set(calls)) < len(calls):
            return Verdict("forbidden", "an input is there twice"), []
        return Verdict("ok"), calls

    def _task(
        self, proposal: Proposal, job: Job, first: Sequence[Outcome], second: Sequence[Outcome]
    ) -> tuple[Task | None, Verdict]:
        outputs = []
        for one, two in zip(first, second, strict=True):
            verdict, value = _plain(one)
            again, other = _plain(two)
            if not verdict.ok:
                return None, verdict
            if not again.ok or not same(value, other):
                return None, Verdict("nondeterministic", "two runs gave different values")
            text = _stored(value)
            if text is None:
                return None, Verdict("not_plain", "the output cannot be written down and read back")
            if len(text) > self.max_output:
                return None, Verdict("too_big", f"the output has more than {self.max_output} characters")
            outputs.append(text)
        pairs = tuple(zip(job.calls, outputs, strict=True))
        if proposal.type == "induction" and len(set(outputs)) < 2:
            return None, Verdict("forbidden", "all inputs give the same output")
        visible = len(pairs) // 2 if proposal.type == "induction" else 0
        return Task(proposal.type, proposal.program, pairs, visible, proposal.message), Verdict("ok")

    # --- answers -------------------------------------------------------------------------------------------------
    def check(self, tasks: Sequence[Task], answers: Sequence[str]) -> list[Verdict]:
        """Judge each answer; programs and calls that occur several times run once."""
        verdicts: list[Verdict] = [WRONG] * len(tasks)
        runs: dict[Job, list[int]] = {}
        for i, (task, answer) in enumerate(zip(tasks, answers, strict=True)):
            if task.type == "deduction":
                verdicts[i] = _compare_text(answer, task.output)
            elif task.type == "abduction":
                try:
                    call = format_arguments(*parse_arguments(answer, MAX_INPUT))
                except ValueError as error:
                    verdicts[i] = Verdict("not_plain", f"the answer is {error}")
                    continue
                runs.setdefault(Job(task.program, (call,)), []).append(i)
            else:
                runs.setdefault(Job(answer, tuple(call for call, _ in task.hidden)), []).append(i)
        for (_, places), result in zip(runs.items(), self.executor.run(list(runs)), strict=True):
            for i in places:
                golds = [tasks[i].output] if tasks[i].type == "abduction" else [o for _, o in tasks[i].hidden]
                verdicts[i] = _compare(result.outcomes, golds)
        return verdicts


def _stored(value: object) -> str | None:
    """The output's text, if reading it gives the output back; None for oddities such as a number of 5000 digits."""
    try:
        text = repr_value(value)
        return text if same(parse_value(text), value) else None
    except ValueError:  # NotPlain, or Python's own limit on the digits of a number
        return None


def _plain(outcome: Outcome) -> tuple[Verdict, object]:
    if outcome.status != "ok":
        return Verdict(outcome.status, outcome.text), None
    try:
        return Verdict("ok"), parse_value(outcome.text)
    except NotPlain as error:
        return Verdict("not_plain", f"the output is {error}"), None


def _compare_text(answer: str, gold: str) -> Verdict:
    try:
        value = parse_value(answer)
    except NotPlain as error:
        return Verdict("not_plain", f"the answer is {error}")
    return Verdict("ok") if same(value, parse_value(gold)) else WRONG


def _compare(outcomes: Sequence[Outcome], golds: list[str]) -> Verdict:
    for outcome, gold in zip(outcomes, golds, strict=True):
        verdict, value = _plain(outcome)
        if not verdict.ok:
            return verdict
        if not same(value, parse_value(gold)):
            return WRONG
    return Verdict("ok")
