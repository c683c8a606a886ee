"""The whole loop learns: where one token is always the right answer, it is found in seconds."""

from __future__ import annotations

import random

import pytest

pytest.importorskip("torch")

from azr_nb import PythonPrograms, SelfPlay, load_policy, make_config  # noqa: E402
from azr_nb.environments.python_programs.environment import SUITES, held_out, held_out_programs  # noqa: E402
from azr_nb.evaluation.probes import other_names  # noqa: E402
from azr_nb.programs.source import renamed  # noqa: E402
from azr_nb.tasks import Proposal, Task, Verdict  # noqa: E402


class AlwaysThree(PythonPrograms):
    """Deduction in which 3 is the right answer, whatever the program says."""

    def check(self, tasks, answers):
        return [Verdict("ok" if answer.strip() == "3" else "wrong", "3 is right") for answer in answers]


def test_a_policy_learns_the_one_right_token():
    config = make_config(
        task_types=("deduction",),
        fixed_tasks=True,
        solve_tasks_per_type=8,
        solve_samples=8,
        advantage="task",
        learning_rate=5e-3,
        steps=30,
        seed_tasks=8,
    )
    environment = AlwaysThree(task_types=("deduction",))
    play = SelfPlay(config, load_policy("tiny"), environment)
    for number in range(201, 281, 10):  # remainders that the policy has to guess
        play.buffer.add(Task("deduction", "def f(a):\n    return a % 7", ((str(number), str(number % 7)),)))
    rates = []
    for trace in play.steps(30):
        rates.append(trace.metrics["solve/deduction/accuracy"])
        if rates[-1] >= 0.95:
            break
    environment.close()
    assert rates[0] < 0.5 and max(rates) >= 0.9, rates


def test_no_held_out_program_becomes_a_task(environment):
    programs = [task.program for name in SUITES for task in environment.suite(name)[:40]]
    found = environment.validate([Proposal("deduction", program, ("3",)) for program in programs])
    assert not any(task for task, _ in found)
    assert any(verdict.status == "repeat" and "held-out" in verdict.reason for _, verdict in found)
    assert all(held_out(program) for program in programs)
    (task, verdict), *_ = environment.validate([Proposal("deduction", "def f(a):\n    return a + 12345", ("3",))])
    assert verdict.ok and isinstance(task, Task)


def test_held_out_programs_are_spelt_as_renamed_ones(environment):
    """Else a program that is theirs would not be looked up among them."""
    some = [program for alike in list(held_out_programs().values())[::20] for program in alike]
    assert all(held_out(renamed(program)) for program in some)
    assert sum(map(len, held_out_programs().values())) > 6_000
    assert not held_out("def f(a):\n    return a + 12345") and not held_out("not a program")


def test_nor_does_one_with_other_names(environment):
    tasks = [task for task in environment.suite("own") if task.type == "deduction"]
    tried = [(other_names(task, random.Random(0)), task) for task in tasks[:60]]
    other = [(new.program, task.input) for new, task in tried if new is not None and new.program != task.program]
    found = environment.validate([Proposal("deduction", program, (text,)) for program, text in other])
    refused = [verdict for task, verdict in found if verdict.status == "repeat"]
    assert len(other) > 20 and len(refused) == len(other) and not any(task for task, _ in found)
