"""The task buffers: one growing list per task type, with the reference and solver-batch sampling on top.

Paper section 3.3.1-3.3.2. As in the released code, a full buffer keeps what it has and drops what is new.
"""

from __future__ import annotations

import math
import random

from azr_nb.tasks import TASK_TYPES, Task


class Buffer:
    """Verified tasks by type, in the order they came, each at most once."""

    def __init__(self, capacity: int = 16_384) -> None:
        self.capacity = capacity
        self._tasks: dict[str, list[Task]] = {kind: [] for kind in TASK_TYPES}
        self._by_id: dict[str, Task] = {}
        self._programs: dict[str, set[str]] = {kind: set() for kind in TASK_TYPES}
        self.solve_rates: dict[str, float] = {}  # the newest solve rate of each task that was tried

    def __len__(self) -> int:
        return len(self._by_id)

    def of_type(self, task_type: str) -> list[Task]:
        return self._tasks[task_type]

    def all(self) -> list[Task]:
        return [task for kind in TASK_TYPES for task in self._tasks[kind]]

    def get(self, task_id: str) -> Task | None:
        """The task of that id, or None if it was never kept or is dropped."""
        return self._by_id.get(task_id)

    def knows_program(self, task_type: str, program: str) -> bool:
        return program in self._programs[task_type]

    def add(self, task: Task) -> bool:
        """Keep a task; False if it is here already or its list is full."""
        if task.id in self._by_id or len(self._tasks[task.type]) >= self.capacity:
            return False
        self._by_id[task.id] = task
        self._tasks[task.type].append(task)
        self._programs[task.type].add(task.program)
        return True

    def references(self, task_type: str, count: int, rng: random.Random) -> list[Task]:
        """Past tasks to show a proposer, uniform without repeats.

        For induction it is one program from the deduction and abduction buffers (paper section 3.2).
        """
        if task_type == "induction":
            pool = self._tasks["deduction"] + self._tasks["abduction"] or self._tasks["induction"]
            return [rng.choice(pool)] if pool else []
        pool = self._tasks[task_type]
        return rng.sample(pool, min(count, len(pool)))

    def solver_batch(
        self, task_type: str, count: int, fresh: list[Task], rng: random.Random, draw: str = "uniform"
    ) -> list[Task]:
        """`count` tasks for the solver: as many of `fresh` as there are, the rest from the whole buffer.

        With the draw "uniform" this is the mix that the released code calls `max_new`. "learnable" prefers tasks
        that were solved sometimes when last tried. Fewer come back only if the buffer is empty.
        """
        chosen = rng.sample(fresh, min(count, len(fresh)))
        pool = self._tasks[task_type]
        missing = count - len(chosen)
        if not missing or not pool:
            return chosen
        if len(pool) < missing:
            return chosen + rng.choices(pool, k=missing)
        if draw == "uniform":
            return chosen + rng.sample(pool, missing)
        # weighted draw without repeats: the largest of u^(1/w), as log(u) / w (Efraimidis and Spirakis 2006)
        keys = {task.id: math.log(1.0 - rng.random()) / self._weight(task) for task in pool}
        return chosen + sorted(pool, key=lambda task: -keys[task.id])[:missing]

    def _weight(self, task: Task) -> float:
        """p (1 - p) of the newest solve rate, which is the variance of an answer; a little for all others."""
        rate = self.solve_rates.get(task.id)
        return 0.1 if rate is None else rate * (1 - rate) + 0.01
