"""The buffer: each task once, capacity, references without repeats, and the two ways to draw the solver's batch."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest

from azr_nb.buffer import Buffer
from azr_nb.tasks import Task


def task(i: int, kind: str = "deduction") -> Task:
    return Task(kind, f"def f(a):\n    return a + {i}", (("1", str(1 + i)),))


def filled(count: int = 20) -> Buffer:
    buffer = Buffer()
    for i in range(count):
        assert buffer.add(task(i))
    return buffer


def test_each_task_once_and_nothing_beyond_capacity():
    buffer = Buffer(capacity=3)
    assert [buffer.add(task(i)) for i in (0, 0, 1, 2, 3)] == [True, False, True, True, False]
    assert [t.id for t in buffer.of_type("deduction")] == [task(i).id for i in range(3)] and len(buffer) == 3
    assert buffer.knows(task(1)) and not buffer.knows(replace(task(1), type="abduction"))


def test_references_do_not_repeat_and_induction_borrows_a_program():
    buffer = filled(5)
    rng = random.Random(0)
    assert len({t.id for t in buffer.references("deduction", 9, rng)}) == 5
    assert buffer.references("induction", 9, rng)[0].program.startswith("def f")
    assert Buffer().references("induction", 1, rng) == [] and buffer.references("abduction", 2, rng) == []


@pytest.mark.parametrize("mix", ["max_new", "learnable"])
def test_solver_batch_takes_fresh_tasks_first_and_fills_up(mix):
    buffer, rng = filled(), random.Random(0)
    fresh = [task(100), task(101)]
    batch = buffer.solver_batch("deduction", 6, fresh, rng, mix)
    assert len(batch) == 6 and {t.id for t in fresh} <= {t.id for t in batch} and len({t.id for t in batch}) == 6
    assert len(buffer.solver_batch("deduction", 50, [], rng, mix)) == 50
    assert buffer.solver_batch("abduction", 4, [], rng, mix) == []
    assert len(buffer.solver_batch("deduction", 1, fresh, rng, mix)) == 1


def test_learnable_draw_prefers_tasks_solved_sometimes():
    buffer, rng = filled(), random.Random(0)
    for i in range(20):
        buffer.solve_rates[task(i).id] = 0.5 if i < 5 else float(i % 2)
    counts = Counter(t.id for _ in range(300) for t in buffer.solver_batch("deduction", 3, [], rng, "learnable"))
    share = sum(counts[task(i).id] for i in range(5)) / 900
    # weights 0.26 for five tasks and 0.01 for fifteen: 90 % at the first draw, a little less without repeats
    assert 0.8 < share < 0.95
