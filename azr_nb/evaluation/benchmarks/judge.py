"""Judging functions that a model wrote: its program runs in the sandbox, on calls, and never beside a test.

What a program gives comes back as text and is parsed, never evaluated. Expected values stay in this process, or (for
`recorded` tests, see `plans`) go into a run of their own, after the program's, that holds none of the program.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from azr_nb.environments.python_programs.answers import check, read_outcome
from azr_nb.evaluation.benchmarks.completions import defines, extract_function
from azr_nb.evaluation.benchmarks.core import Benchmark, FunctionalItem
from azr_nb.evaluation.benchmarks.execution import RULES
from azr_nb.evaluation.benchmarks.plans import SHOWN, Plan, fits, plan_tests, replayed
from azr_nb.executor import Executor, Job, Outcome
from azr_nb.programs.names import read_names
from azr_nb.programs.renaming import free_name, renamed
from azr_nb.programs.syntax import FAILURES, MAX_TEXT, read
from azr_nb.programs.values import parse_value, repr_value
from azr_nb.tasks import Verdict

_CALL = """
def f(*args, **kwargs):
    value = {entry}(*args, **kwargs)
    return {result}
"""
# a dict of some kind, a Counter say, is one to the tests' `==`; everything else that is not built in stays not plain
_VALUE = "dict(value) if isinstance(value, dict) else value"
_TRUTH = "True if value else False"  # where the tests ask for no more: of a match of `re`, say


def judge_functional(items: Sequence[FunctionalItem], completions: Sequence[str], executor: Executor) -> list[Verdict]:
    """A verdict for each completion of the item in the same place: `ok` if all tests of the item pass.

    `unparsable` is a completion without the function, `unsupported` an item whose tests cannot be verified (see
    `judgeable`); the other statuses say what the program did. An item may occur several times; equal programs run once.
    """
    distinct = list(dict.fromkeys(items))
    plans = dict(zip(distinct, plan_tests(distinct, executor), strict=True))
    verdicts: list[Verdict] = []
    jobs: dict[tuple[Job, FunctionalItem], list[int]] = {}
    for i, (item, completion) in enumerate(zip(items, completions, strict=True)):
        plan = plans[item]
        program = Verdict("unsupported", plan) if isinstance(plan, str) else callable_program(item, completion, plan)
        if isinstance(program, Verdict):
            verdicts.append(program)
        else:
            verdicts.append(Verdict("wrong"))
            jobs.setdefault((Job(program, plan.calls), item), []).append(i)
    results = executor.run([job for job, _ in jobs])
    again: list[tuple[Plan, str, list[int]]] = []
    for ((_, item), places), result in zip(jobs.items(), results, strict=True):
        plan = plans[item]
        verdict, texts = _values(item, plan, result.outcomes)
        if verdict.ok and plan.recorder:
            again.append((plan, f"[{', '.join(texts)}]", places))
        elif verdict.ok:
            verdict = _direct(item, plan, texts)
        for i in places:
            verdicts[i] = verdict
    results = executor.run([Job(plan.recorder, (texts,)) for plan, texts, _ in again])
    for (plan, _, places), result in zip(again, results, strict=True):
        for i in places:
            verdicts[i] = replayed(plan, result.outcomes[0])
    return verdicts


def callable_program(item: FunctionalItem, completion: str, plan: Plan) -> str | Verdict:
    """The completion's program with a function `f` that calls its entry point, or the verdict that says why not."""
    program, entry = extract_function(item.prompt, completion, item.entry_point), item.entry_point
    if not defines(program, entry):
        if len(program) > MAX_TEXT:
            return Verdict("too_big", f"the program has {len(program)} characters, more than {MAX_TEXT}")
        try:
            read(program)
        except SyntaxError as error:
            where = f"line {error.lineno}: " if error.lineno else ""
            return Verdict("unparsable", f"the completion is not Python: {where}{error.msg}"[:200])
        except FAILURES as error:
            return Verdict("unparsable", f"the completion cannot be read ({type(error).__name__})")
        return Verdict("unparsable", f"the completion defines no function {entry}")
    try:
        if any(use.name == "f" and use.scope.owner("f") is use.scope.module() for use in read_names(read(program))[0]):
            other = free_name(program, "f_1")
            program, entry = renamed(program, "f", other), other if entry == "f" else entry
    except (ValueError, RecursionError) as error:
        return Verdict("unsupported", f"the program has an f of its own, and {error}"[:200])
    truth = plan.expected and all(relation == "bool" for relation, _ in plan.expected)
    return f"{program}\n{_CALL.format(entry=entry, result=_TRUTH if truth else _VALUE)}"


def _values(item: FunctionalItem, plan: Plan, outcomes: Sequence[Outcome]) -> tuple[Verdict, list[str]]:
    """The texts of the values of all calls, or the verdict on the first call that has none."""
    texts = []
    for call, outcome in zip(plan.calls, outcomes, strict=True):
        verdict, value = read_outcome(outcome)
        try:
            texts.append(repr_value(value))
        except ValueError:  # a number of more digits than Python writes, which a worker gave as 0x...
            verdict = Verdict("not_plain", "the result cannot be written down")
        if not verdict.ok:
            return replace(verdict, reason=f"{item.entry_point}({_short(call)}): {verdict.reason}"), []
    return Verdict("ok"), texts


def _direct(item: FunctionalItem, plan: Plan, texts: Sequence[str]) -> Verdict:
    for call, text, (relation, gold) in zip(plan.calls, texts, plan.expected, strict=True):
        if not fits(parse_value(text, max_text=len(text)), relation, gold):
            wanted = f"what counts as {gold}" if relation == "bool" else _short(gold)
            return Verdict("wrong", f"{item.entry_point}({_short(call)}) gives {_short(text)}, not {wanted}")
    return Verdict("ok", f"all {len(texts)} tests pass")


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def judgeable(benchmark: Benchmark, executor: Executor) -> Benchmark:
    """The benchmark with only those items whose own solution is verified right here; the others become problems.

    A deduction item is always one of them. What is left out depends on the executor's limits, and on its engine.
    """
    items = benchmark.items
    if benchmark.kind == "functional":
        verdicts = judge_functional(items, [item.canonical for item in items], executor)
    else:
        answers = [item.task.input if benchmark.kind == "abduction" else item.task.output for item in items]
        verdicts = check([item.task for item in items], answers, executor, RULES)
    good = tuple(item for item, verdict in zip(items, verdicts, strict=True) if verdict.ok)
    problems = tuple(
        f"{item.id}: its own solution is not verified right ({verdict.status}: {verdict.reason})"[:240]
        for item, verdict in zip(items, verdicts, strict=True)
        if not verdict.ok
    )
    return replace(benchmark, items=good, problems=benchmark.problems + problems)
