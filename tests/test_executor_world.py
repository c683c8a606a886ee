"""The executor and the judge: outcomes, isolation basics, verdicts on all task types, held-out suites."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import closing

import pytest

from azr_nb.environments import PythonPrograms
from azr_nb.environments.python_programs.corpus import (
    INPUTS,
    cases,
    held_out_keys,
    instrument,
    load_suite,
    make_suite,
    warm_up_cases,
)
from azr_nb.environments.python_programs.grammar import OWN
from azr_nb.environments.python_programs.rules import Rules
from azr_nb.executor import Executor, Job, Limits
from azr_nb.programs.values import parse_value, same
from azr_nb.tasks import TASK_TYPES, Proposal, Task

DOUBLE = "def f(a):\n    return a * 2"


def test_results_keep_the_order_of_jobs_and_calls(executor):
    jobs = [Job(f"def f(a):\n    return a + {i}", ["1", "x", "2"]) for i in range(40)]
    for i, result in enumerate(executor.run(jobs)):
        statuses = [outcome.status for outcome in result.outcomes]
        assert statuses == ["ok", "error", "ok"]
        assert [result.outcomes[0].text, result.outcomes[2].text] == [str(1 + i), str(2 + i)]


@pytest.mark.parametrize(
    "program, status",
    [
        ("def f(a):\n    while True:\n        pass", "timeout"),
        ("def f(a):\n    return 'x' * 10**9", "memory"),
        ("def f(a):\n    return 'x' * 30000", "too_big"),
        ("def f(a):\n    return f(a)", "error"),
        ("def f(a):\n    import os\n    return os.listdir('.')", "forbidden"),
        ("def f(a):\n    return open('x', 'w')", "error"),
        ("", "error"),
        ("def f(a:\n", "error"),
        ("def f(a):\n    return 1 / 0", "error"),
        ("\x00", "error"),
    ],
)
def test_bad_programs_get_a_status_and_the_next_one_is_right(executor, program, status):
    begun = time.monotonic()
    bad, good = executor.run([Job(program, ["1"]), Job(DOUBLE, ["4"])])
    assert bad.outcomes[0].status == status
    assert good.outcomes[0].text == "8"
    assert time.monotonic() - begun < executor.limits.seconds + 1


def test_a_program_cannot_reach_the_next_one(executor):
    executor.run([Job("def f(a):\n    global leak\n    leak = 5\n    return 1", ["1"])])
    assert executor.run([Job("def f(a):\n    return leak", ["1"])])[0].outcomes[0].status == "error"


def test_unknown_engine_is_named():
    with pytest.raises(ValueError, match="auto or monty"):
        Executor(engine="docker")


@pytest.mark.parametrize(
    "program, inputs, status",
    [
        (DOUBLE, ("3",), "ok"),
        (DOUBLE, ("a + 1",), "unparsable"),
        (DOUBLE, ("3) or (4",), "unparsable"),
        ("def f(a):\n    return b", ("3",), "error"),
        ("def f(a):\n    return lambda: 1", ("3",), "not_plain"),
        ("def f(a):\n    return 'x' * 500", ("3",), "too_big"),
        ("def f(a):\n    import random\n    return 1", ("3",), "forbidden"),
        ("def f(a):\n    return a.__class__", ("3",), "forbidden"),
    ],
)
def test_proposals_get_the_right_verdict(environment, program, inputs, status):
    ((task, verdict),) = environment.validate([Proposal("deduction", program, inputs)])
    assert verdict.status == status and (task is not None) == verdict.ok
    assert verdict.ok or verdict.reason


def test_induction_proposals(environment):
    good = Proposal("induction", DOUBLE, ("1", "2", "'a'", "[1]"), "#*")
    twice = Proposal("induction", DOUBLE, ("1", "1", "2", "3"), "#*")
    repeats = Proposal("induction", DOUBLE, ("1", "1", " 1", "1"), "#*")
    same_output = Proposal("induction", "def f(a):\n    return 1", ("1", "2", "3", "4"), "")
    one_fails = Proposal("induction", "def f(a):\n    return a[0]", ("[1]", "[2]", "[]", "[3]"), "")
    verdicts = environment.validate([good, twice, repeats, same_output, one_fails])
    assert [v.status for _, v in verdicts] == ["ok", "ok", "forbidden", "forbidden", "error"]
    assert verdicts[1][0].pairs == (("1", "2"), ("2", "4"), ("3", "6"))
    task = verdicts[0][0]
    assert task.visible == 2 and task.hidden == (("'a'", "'aa'"), ("[1]", "[1, 1]"))


@pytest.mark.parametrize(
    "program",
    [
        "def f(a, c=[]):\n    c.append(a)\n    return [a] * len(c)",
        "n = 0\ndef f(a):\n    global n\n    n += a\n    return n",
    ],
)
def test_calls_leave_nothing_behind_unless_they_share_a_session(environment, program):
    proposal = Proposal("induction", program, ("1", "2", "3", "4"))
    assert environment.validate([proposal])[0][1].ok
    shared = environment.under(Rules(one_session=True)).validate([proposal])[0][1]
    assert shared.status == "nondeterministic"


@pytest.mark.parametrize("fake", ["'0x' + 'f' * 6000", "'1e999j'", "'gold'", "7", "'[' * 900"])
def test_a_program_with_its_own_repr_is_refused_or_harmless(environment, fake):
    program = f"def f(a, x=(repr := lambda v: {fake})):\n    return a"
    for kind in ("deduction", "abduction"):
        task, verdict = environment.validate([Proposal(kind, program, ("3",))])[0]
        assert task is None and verdict.reason
        assert not environment.check([IND], [program])[0].ok


def test_an_endless_program_costs_its_limit_once():
    from azr_nb.environments.python_programs.environment import PythonPrograms

    small = PythonPrograms(Executor(limits=Limits(seconds=0.5)))
    begun = time.monotonic()
    endless = Proposal("induction", "def f(a):\n    while True:\n        pass", ("1", "2", "3", "4"))
    assert small.validate([endless])[0][1].status == "timeout"
    small.close()
    assert time.monotonic() - begun < 4 * 2 * 0.5 + 1  # one limit on each of two processes, and not four of them


ABS = Task("abduction", "def f(a):\n    return a * a", (("3", "9"),))
DED = Task("deduction", "def f(a):\n    return {a: 1}", (("'x'", "{'x': 1}"),))
IND = Task("induction", DOUBLE, (("1", "2"), ("2", "4"), ("3", "6"), ("'a'", "'aa'")), visible=2)


@pytest.mark.parametrize(
    "task, answer, status",
    [
        (ABS, "3", "ok"),
        (ABS, "-3", "ok"),
        (ABS, "3.0", "ok"),
        (ABS, "4", "wrong"),
        (ABS, "'a'", "error"),
        (ABS, "1) or (True", "not_plain"),
        (ABS, "9 or 1", "not_plain"),
        (ABS, "", "error"),
        (ABS, "gold", "not_plain"),
        (DED, "{'x': 1}", "ok"),
        (DED, '{"x":1.0}', "ok"),
        (DED, "{'x': True}", "wrong"),
        (DED, "dict(x=1)", "not_plain"),
        (DED, "f('x')", "not_plain"),
        (DED, "\x00", "not_plain"),
        (DED, "9" * 10**6, "not_plain"),
        (IND, "def f(a):\n    return a + a", "ok"),
        (IND, "def f(a):\n    return a * 2 if a else 0", "ok"),
        (IND, "def f(a):\n    return 6", "wrong"),
        (IND, "def f(a):\n    return a - (-a)", "error"),
        (IND, "", "error"),
        (IND, "def f(a):\n    while True:\n        pass", "timeout"),
        (IND, "class A:\n    def __eq__(self, o):\n        return True\ndef f(a):\n    return A()", "not_plain"),
        (IND, "def repr(x):\n    return '6'\ndef f(a):\n    return 6", "wrong"),
    ],
)
def test_answers_get_the_right_verdict(environment, task, answer, status):
    assert environment.check([task], [answer])[0].status == status


def test_answers_in_a_batch_keep_their_places(environment):
    tasks, answers = [ABS, DED, IND] * 5, ["3", "{'x': 1}", DOUBLE] * 5
    answers[4] = "{}"
    assert [v.ok for v in environment.check(tasks, answers)] == [i != 4 for i in range(15)]


def test_seed_tasks_hold(environment):
    for task in environment.seed_tasks():
        answer = {"deduction": task.output, "abduction": task.input, "induction": task.program}[task.type]
        assert environment.check([task], [answer])[0].ok


@pytest.mark.parametrize("name", ["own", "harder"])
def test_suites_are_large_enough_and_their_own_answers_are_right(environment, name):
    tasks = load_suite(name)
    assert all(sum(task.type == kind for task in tasks) == 1000 for kind in TASK_TYPES)
    assert len({task.program for task in tasks}) == len(tasks)
    golds = [{"deduction": t.output, "abduction": t.input, "induction": t.program}[t.type] for t in tasks]
    some = slice(None, None, 4)
    assert all(verdict.ok for verdict in environment.check(tasks[some], golds[some]))


def test_suites_can_be_drawn_again():
    from itertools import islice

    drawn, _ = make_suite("own", 5)
    assert drawn == list(islice(load_suite("own"), 15))


def test_later_tasks_of_a_suite_keep_away_from_what_came_before(monkeypatch):
    monkeypatch.setattr("azr_nb.environments.python_programs.corpus.FIRST", 2)
    whole, behaviours = make_suite("own", 4)
    less, kept = make_suite("own", 4, {whole[7].program}, {behaviours[8], behaviours[0]})
    assert less[:7] == whole[:7] and whole[7] not in less and behaviours[8] not in kept and len(less) == 12


def test_warm_up_is_apart_from_the_suites_by_text_and_behaviour():
    texts, behaviours = held_out_keys()
    seen = list(warm_up_cases(0, 2000))
    assert not {case.program for case in seen} & texts
    assert not {case.behaviour for case in seen} & behaviours
    assert {task.program for task in load_suite("own") + load_suite("harder")} == texts


def test_scratchpads_are_the_values_of_the_lines(executor):
    program = "def f(a):\n    b = a + 1\n    for x in [1, 2]:\n        b += x\n    return b"
    outcome = executor.run([Job(instrument(program), ["3"])])[0].outcomes[0]
    assert parse_value(outcome.text) == (7, ["b = 4", "b = 5", "b = 7"])


def test_cases_agree_with_the_executor_and_cpython(executor):
    from itertools import islice

    some = list(islice(cases("agree", OWN), 150))
    jobs = [Job(case.program, case.inputs) for case in some]
    for case, result in zip(some, executor.run(jobs), strict=True):
        assert tuple(o.text for o in result.outcomes) == case.outputs
    script = "import json, sys\nout = []\nfor program, inputs in json.load(sys.stdin):\n    space = {}\n"
    script += "    exec(program, space)\n    out.append([repr(eval(f'f({i})', space)) for i in inputs])\n"
    script += "print(json.dumps(out))"
    rows = json.dumps([[case.program, case.inputs] for case in some])
    done = subprocess.run([sys.executable, "-I", "-c", script], input=rows, capture_output=True, text=True, check=True)
    for case, outputs in zip(some, json.loads(done.stdout), strict=True):
        assert all(same(parse_value(a), parse_value(b)) for a, b in zip(case.outputs, outputs, strict=True))
        assert len(case.inputs) <= INPUTS


def test_real_programs_mostly_run(executor, shared_data):
    rows = [json.loads(line) for line in (shared_data / "cruxeval_dev.jsonl").read_text().splitlines()]
    results = executor.run([Job(row["code"], [row["input"]]) for row in rows])
    right = sum(
        r.outcomes[0].status == "ok" and same(parse_value(r.outcomes[0].text), parse_value(row["output"]))
        for r, row in zip(results, rows, strict=True)
    )
    assert right >= 0.94 * len(rows)


def test_time_limit_is_respected_in_a_batch():
    with Executor(limits=Limits(seconds=0.3), workers=2) as executor:
        begun = time.monotonic()
        jobs = [Job("def f(a):\n    while True:\n        pass", ["1"])] * 2 + [Job(DOUBLE, ["1"])] * 30
        results = executor.run(jobs)
    assert time.monotonic() - begun < 4 * 2 * 0.5 + 1  # one limit on each of two processes, and not four of them
    assert [r.outcomes[0].status for r in results] == ["timeout"] * 2 + ["ok"] * 30


def test_solutions_have_scratchpads_of_recorded_values_alone():
    programs = {
        "def f(a):\n    b = a + 1\n    return b * 2": ["b = 4"],
        "def f(a):\n    b, c = a, 2\n    return (b, ['c = 9'])": [],  # a pair that looks like a record is none
        "def f(a):\n    g = lambda: 1\n    return a": [],
        "def f(a):\n    return a": [],
    }
    with closing(PythonPrograms()) as environment:
        proposals = [Proposal("deduction", program, ("3",)) for program in programs]
        tasks = [task for task, _ in environment.validate(proposals) if task is not None]
        assert len(tasks) >= 3
        for task, (answer, lines) in zip(tasks, environment.solutions(tasks), strict=True):
            assert answer == task.output and list(lines) in ([], programs[task.program])
        assert list(environment.solutions(tasks[:1])[0][1]) == ["b = 4"]
        assert list(environment.solutions(tasks[1:2])[0][1]) == []
