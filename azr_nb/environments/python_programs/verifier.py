"""The verifier: which proposals become tasks, and which answers are right.

Gold values never enter a worker: programs run there and come back as text, which is parsed and compared here.
Every verdict gives a reason that a learner can read.

Differs from the released code: determinism is checked by processes of different hash seeds rather than by two calls in
one process; nothing that a model wrote is ever evaluated in this process; and the rules for programs look at the syntax
tree (see `rules`).
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from azr_nb.environments.python_programs.answers import check, read_outcome
from azr_nb.environments.python_programs.rules import Rules, examine
from azr_nb.executor import Executor, Job, Outcome
from azr_nb.programs.composites import composite_fault
from azr_nb.programs.values import format_arguments, parse_arguments, parse_value, repr_value, same
from azr_nb.tasks import ALL_TASK_TYPES, ERROR, NO_ERROR, Proposal, Task, Verdict

# what CPython writes of an object without a text of its own; forks of one worker can share their addresses
_ADDRESS = re.compile(r"<[^<>]* at 0x[0-9a-f]+>")

__all__ = ["check", "read_outcome", "validate"]


def validate(
    proposals: Sequence[Proposal], executor: Executor, rules: Rules | None = None
) -> list[tuple[Task | None, Verdict]]:
    """Run every proposal twice, or as often as the rules ask, and make tasks of the valid ones (paper 3.3.3).

    Inputs that repeat others are dropped. Gives a task or None, and the
    verdict, for each in order.
    """
    rules = rules or Rules()
    results: list[tuple[Task | None, Verdict]] = [(None, Verdict("error"))] * len(proposals)
    jobs: dict[int, Job] = {}
    for i, proposal in enumerate(proposals):
        verdict, calls = _readable(proposal, rules)
        if verdict.ok:
            jobs[i] = Job(proposal.program, tuple(calls), rules.runs if rules.one_session else 1)
        else:
            results[i] = (None, verdict)
    ran = executor.run(list(jobs.values()), 2 if rules.one_session else rules.runs)
    for i, result in zip(jobs, ran, strict=True):
        results[i] = (
            _error_task(proposals[i], jobs[i], result.outcomes[0])
            if proposals[i].type == ERROR
            else _task(proposals[i], jobs[i], result.outcomes, rules)
        )
        if rules.leak and results[i][1].status == "error" and proposals[i].type in ("deduction", "abduction"):
            results[i] = _leaked(proposals[i], jobs[i], results[i], rules.leak)
    return results


def _leaked(
    proposal: Proposal, job: Job, refused: tuple[Task | None, Verdict], share: float
) -> tuple[Task | None, Verdict]:
    """A task in spite of a program that fails, for a share of such proposals; the same ones each time."""
    if random.Random(f"{proposal.program} {proposal.input}").random() >= share:
        return refused
    task = Task(proposal.type, proposal.program, ((job.calls[0], "None"),), helpers=proposal.helpers)
    return task, Verdict("ok", f"a leak in the gate: {refused[1].reason}")


def _readable(proposal: Proposal, rules: Rules) -> tuple[Verdict, list[str]]:
    if proposal.type not in ALL_TASK_TYPES:
        raise ValueError(f"unknown task type {proposal.type!r}: choose one of {', '.join(ALL_TASK_TYPES)}")
    verdict = examine(proposal.program, rules)
    if not verdict.ok:
        return verdict, []
    fault = composite_fault(proposal.program, proposal.helpers, rules.pass_through) if proposal.helpers else None
    if fault:
        return Verdict("forbidden", fault), []
    if proposal.type == "induction" and len(proposal.inputs) < 2:
        return Verdict("unparsable", "an induction proposal needs at least two inputs"), []
    if proposal.type != "induction" and len(proposal.inputs) != 1:
        return Verdict("unparsable", f"the proposal needs exactly one input, not {len(proposal.inputs)}"), []
    calls = []
    for text in proposal.inputs:
        try:
            calls.append(format_arguments(*parse_arguments(text, rules.max_input)))
        except ValueError as error:  # NotPlain, or Python's own limit on the digits of a number
            return Verdict("unparsable", f"the input {text[:30]!r} is not a plain value: {error}"), []
    distinct = list(dict.fromkeys(calls))
    if len(distinct) < min(len(calls), max(2, (len(calls) + 1) // 2)):
        return Verdict("forbidden", "more than half of the inputs repeat others"), []
    return verdict, distinct


def _task(proposal: Proposal, job: Job, outcomes: Sequence[Outcome], rules: Rules) -> tuple[Task | None, Verdict]:
    outputs = []
    for one in outcomes:
        verdict, value = read_outcome(one)
        if not verdict.ok:
            return None, verdict
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
    visible = 0
    if proposal.type == "induction":  # at least one pair stays hidden, however many inputs repeated others
        visible = len(outputs) // 2 if rules.visible is None else min(rules.visible, len(outputs) - 1)
    pairs = tuple(zip(job.calls, outputs, strict=True))
    return _made(proposal, pairs, visible)


def _made(proposal: Proposal, pairs: tuple[tuple[str, str], ...], visible: int = 0) -> tuple[Task, Verdict]:
    task = Task(proposal.type, proposal.program, pairs, visible, proposal.message, helpers=proposal.helpers)
    return task, Verdict("ok", "valid task")


def _error_task(proposal: Proposal, job: Job, outcome: Outcome) -> tuple[Task | None, Verdict]:
    verdict, name = _error_name(outcome)
    if not verdict.ok:
        return None, verdict
    return _made(proposal, ((job.calls[0], name),))


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
