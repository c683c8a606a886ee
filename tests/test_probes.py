"""Probes: what is changed and what is not, behaviour kept under the executor, and falls against a scripted solver."""

from __future__ import annotations

import ast
import json
import math
import random
import statistics

import pytest
from stand_ins import task_of

from azr_nb.evaluation.probes import (
    PROBES,
    changes,
    fall,
    other_names,
    probe,
    shuffled_messages,
    variables,
    without_comments,
)
from azr_nb.executor import Job
from azr_nb.programs import source as programs
from azr_nb.tasks import Rollout, Task


def deduction(program: str, call: str = "3", output: str = "4") -> Task:
    return Task("deduction", program, ((call, output),), step=2, parents=("x",))


# --- comments --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "program, stripped",
    [
        ("def f(a):  # adds\n    # twice\n    return a + 1 # one\n", "def f(a):\n    return a + 1\n"),
        ("def f(a):\n    '''says\n    much'''\n    return a", "def f(a):\n    return a"),
        ("def f(a):\n    'only'", "def f(a):\n    pass"),
        ("def f(a): 'one line'; return a", "def f(a): pass; return a"),
        ("'module'\ndef f(a):\n    return '# no comment'", "def f(a):\n    return '# no comment'"),
        ("def f(a):\n    'é' # é\n    return 'é'  # é", "def f(a):\n    return 'é'"),
        (
            "def f(a):\n    x = [1, # one\n         2]\n    return x",
            "def f(a):\n    x = [1,\n         2]\n    return x",
        ),
        (
            "def f(a):\n    s = '''# kept\n\n   # kept'''\n    return s # x",
            "def f(a):\n    s = '''# kept\n\n   # kept'''\n    return s",
        ),
        (
            "class A:\n    'd'\n    def g(self):\n        'e'  # c\n        return 1",
            "class A:\n    def g(self):\n        return 1",
        ),
        ("def f(a):\n    ''\n    return a", "def f(a):\n    return a"),
    ],
)
def test_comments_and_docstrings_go_and_nothing_else(program, stripped):
    assert programs.without_comments(program) == stripped
    assert programs.without_comments(stripped) == stripped
    ast.parse(stripped)


def test_tasks_without_comments_or_without_a_program_are_left_alone():
    assert without_comments(deduction("def f(a):\n    return a")) is None
    assert without_comments(deduction("def f(a:")) is None
    assert without_comments(Task("induction", "def f(a):\n    return a # x", (("1", "1"),), 1, "m")) is None


# --- names -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "program, call, names",
    [
        ("def f(a, b):\n    c = a + b\n    return c", "1, 2", ["a", "b", "c"]),
        ("def f(a, b):\n    return a + b", "1, b=2", ["a"]),
        ("def f(a):\n    return [x for x in a if x]", "[1]", ["a", "x"]),
        ("def f(a):\n    def g(n):\n        return n\n    return g(n=a)", "1", ["a", "g"]),
        ("import math\ndef f(a):\n    math = 3\n    return a", "1", ["a", "math"]),
        ("def f(sum):\n    list = 2\n    return sum", "1", ["sum", "list"]),
        ("def f(a):\n    return locals()", "1", []),
        ("class A:\n    x = 1\ndef f(a):\n    return A.x", "1", ["a"]),
        ("def f(a):\n    try:\n        return a + b\n    except NameError as e:\n        return str(e)", "1", []),
        ("x = 1\ndef f(a):\n    global x\n    x = a\n    return x", "1", ["a"]),
        ("def f(a):\n    match a:\n        case [b, *c]:\n            return b\n    return a", "1", ["a", "b", "c"]),
        ("def f(a):\n    return '{a}'.format(a=a)", "1", []),
        ("def f(a: int, *b, c=1, **d):\n    return (lambda e: e + a)(c)", "1", ["a", "c", "b", "d", "e"]),
        ("def f(a):", "1", []),
        ("def f(a):\n    return a", "(", []),
    ],
)
def test_which_names_can_be_changed(program, call, names):
    assert sorted(variables(deduction(program, call))) == sorted(names)


@pytest.mark.parametrize("seed", range(10))
def test_every_variable_gets_another_name(seed):
    task = deduction("def f(a, b):\n    c = a + len(b)\n    return c * d")
    new = other_names(task, random.Random(seed))
    old_names, new_names = variables(task), variables(new)
    assert all(a != b for a, b in zip(old_names, new_names, strict=True)) and "d" not in new_names
    assert len(set(new_names)) == 3
    assert programs.renamed(new.program) == programs.renamed(task.program)
    assert (new.type, new.pairs, new.step, new.parents) == (task.type, task.pairs, task.step, task.parents)
    assert new.id != task.id


def test_names_come_from_the_pool():
    task = deduction("def f(a):\n    return a")
    assert variables(other_names(task, random.Random(0), ["z", "a"])) == ["z"]
    assert other_names(task, random.Random(0), ["a"]) is None
    assert other_names(deduction("def f():\n    return 1"), random.Random(0)) is None


def programs_of_real_models(folder) -> list[Task]:
    rows = [
        json.loads(line)
        for name in ("7b_seed_io", "llama_64_seed_io", "qwen3_4b_seed_io")
        for line in (folder / f"azr_seeds/{name}.jsonl").read_text().splitlines()[:150]
    ]
    rows += [json.loads(line) for line in (folder / "cruxeval_dev.jsonl").read_text().splitlines()[:150]]
    return [deduction(row.get("snippet") or row["code"], row["input"]) for row in rows]


def test_programs_of_real_models_keep_their_outputs_under_other_names(shared_data, executor):
    rng = random.Random(0)
    pairs = [(task, other_names(task, rng)) for task in programs_of_real_models(shared_data)]
    pairs = [pair for pair in pairs if pair[1] is not None]
    results = executor.run([Job(task.program, [task.input]) for pair in pairs for task in pair])
    outcomes = [(r.outcomes[0].status, r.outcomes[0].text if r.outcomes[0].status == "ok" else "") for r in results]
    changed = [pair for pair, a, b in zip(pairs, outcomes[::2], outcomes[1::2], strict=True) if a != b]
    assert len(pairs) > 300 and sum(status == "ok" for status, _ in outcomes) > 600
    assert changed == []


def test_comments_put_into_programs_of_real_models_are_found_again(shared_data):
    texts = [
        "\n".join(line.rstrip() for line in task.program.split("\n") if line.strip())
        for task in programs_of_real_models(shared_data)
    ]
    plain = [text for text in texts if not any(mark in text for mark in ("'''", '"""', "\\\n"))]
    plain = [text for text in plain if programs.without_comments(text) == text]
    assert len(plain) > 300
    for text in plain:
        assert (
            programs.without_comments("\n".join(f"{line}  # é {i}" for i, line in enumerate(text.split("\n")))) == text
        )
        assert programs.without_comments(f"# first\n{text}\n# last") == f"{text}\n"


# --- messages --------------------------------------------------------------------------------------------------------
def induction(message: str, number: int) -> Task:
    return Task("induction", f"def f(a):\n    return a + {number}", (("1", "2"), ("2", "3")), 1, message)


@pytest.mark.parametrize("messages", ["abcdef", "aabbcc", "aaabbb", "ab"])
def test_everyone_gets_another_message_where_that_can_be(messages):
    tasks = [induction(message, i) for i, message in enumerate(messages)]
    pairs = shuffled_messages(tasks, random.Random(1))
    assert {old.id for old, _ in pairs} == {task.id for task in tasks}
    assert all(
        old.message != new.message and old.program == new.program and old.pairs == new.pairs for old, new in pairs
    )
    assert sorted(new.message for _, new in pairs) == sorted(messages)


@pytest.mark.parametrize("messages, changed", [("", 0), ("a", 0), ("aaa", 0), ("aaab", 2)])
def test_too_few_messages(messages, changed):
    pairs = shuffled_messages([induction(m, i) for i, m in enumerate(messages)], random.Random(1))
    assert len(pairs) == changed and all(old.message != new.message for old, new in pairs)


# --- the probe -------------------------------------------------------------------------------------------------------
def scripted(rate_of):
    """A solve function whose every task has the rate that `rate_of` says; it keeps what it was asked."""

    def solve(tasks, n):
        solve.calls.append((tasks, n))
        return [[Rollout("solve", task.type, "", "", solve_rate=rate_of(task)) for _ in range(n)] for task in tasks]

    solve.calls = []
    return solve


def some_tasks() -> list[Task]:
    tasks = [deduction(f"def f(a):\n    b = a + {i}  # {i}\n    return b") for i in range(4)]
    return tasks + [deduction("def f(a):\n    return a")] + [induction(f"m{i}", i) for i in range(5)]


def test_a_solver_that_reads_comments_falls_without_them():
    row = probe(some_tasks(), scripted(lambda task: 0.75 if "#" in task.program else 0.25), 8, random.Random(0))
    assert [row[f"probe/comments/{part}"] for part in ("fall", "standard_error", "tasks")] == [0.5, 0, 4]
    # names are compared without comments on both sides
    assert (row["probe/names/fall"], row["probe/names/tasks"]) == (0, 5)
    assert (row["probe/messages/fall"], row["probe/messages/tasks"]) == (0, 5)


def test_a_solver_that_reads_names_or_messages():
    tasks = some_tasks()
    own = {task.program: task.message for task in tasks if task.type == "induction"}
    row = probe(
        tasks,
        scripted(
            lambda task: (
                float(own[task.program] == task.message) if task.type == "induction" else float("f(a)" in task.program)
            )
        ),
        8,
        random.Random(0),
    )
    assert (row["probe/names/fall"], row["probe/messages/fall"], row["probe/comments/fall"]) == (1, 1, 0)


def test_each_task_is_solved_once_and_in_one_call():
    tasks = some_tasks()
    solve = scripted(lambda task: 0.5)
    probe(tasks + tasks, solve, 3, random.Random(0))
    ((asked, n),) = solve.calls
    assert n == 3 and len({task.id for task in asked}) == len(asked)


def test_paired_standard_error():
    before, after = [1.0, 0.5, 0.25, 0.75], [0.5, 0.5, 0.5, 0.25]
    differences = [b - a for b, a in zip(before, after, strict=True)]
    assert fall(before, after) == pytest.approx((statistics.mean(differences), statistics.stdev(differences) / 2))
    assert fall([1.0], [0.5])[0] == 0.5 and math.isnan(fall([1.0], [0.5])[1])


def test_nothing_to_probe():
    solve = scripted(lambda task: 1.0)
    row = probe([], solve, 4, random.Random(0))
    assert solve.calls == [] and set(row) == {
        f"probe/{p}/{part}" for p in PROBES for part in ("fall", "standard_error", "tasks")
    }
    assert all(row[f"probe/{p}/tasks"] == 0 and math.isnan(row[f"probe/{p}/fall"]) for p in PROBES)


def test_the_same_rng_gives_the_same_changes():
    tasks = [task_of(kind, i) for kind in ("deduction", "abduction", "induction") for i in range(4)]
    assert changes(tasks, random.Random(3)) == changes(tasks, random.Random(3))
