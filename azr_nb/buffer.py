"""The task buffers: one list per task type, with the reference and solver-batch sampling on top.

Paper section 3.3.1-3.3.2. A full buffer drops what the config says; the released code drops the newcomers, so that
what it calls its newest tasks grow stale.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable

from azr_nb.tasks import Task


class Buffer:
    """Verified tasks by type, in the order they came, each at most once.

    `capacity` holds for each type; `drop` is what goes when a list is full: the "newest" (the newcomer is not kept),
    the "oldest" or a "random" one. `key` gives tasks that count as the same the same text; by default
    it is their program.
    """

    def __init__(self, capacity: int = 16_384, drop: str = "newest", key: Callable[[Task], str] | None = None) -> None:
        self.capacity, self.drop = capacity, drop
        self._key = key or (lambda task: task.program)
        self._tasks: dict[str, list[Task]] = {}
        self._by_id: dict[str, Task] = {}
        self._known: Counter[tuple[str, str]] = Counter()  # tasks by type and key
        self.solve_rates: dict[str, float] = {}  # the newest solve rate of each task that was tried
        self.rare: dict[str, str] = {}  # a right completion to tasks that were solved rarely, for replay

    def __len__(self) -> int:
        return len(self._by_id)

    def of_type(self, task_type: str) -> list[Task]:
        return self._tasks.get(task_type, [])

    def all(self) -> list[Task]:
        """All tasks, type by type in the order in which the types came."""
        return [task for tasks in self._tasks.values() for task in tasks]

    def get(self, task_id: str) -> Task | None:
        """The task of that id, or None if it was never kept or is dropped."""
        return self._by_id.get(task_id)

    def knows(self, task: Task) -> bool:
        """Whether a task of the same type and key is here."""
        return self._known[task.type, self._key(task)] > 0

    def add(self, task: Task) -> bool:
        """Keep a task; False if it is here already, or its list is full and drops newcomers."""
        tasks = self._tasks.setdefault(task.type, [])
        if task.id in self._by_id:
            return False
        if len(tasks) >= self.capacity:
            if self.drop == "newest":
                return False
            # the place depends on the newcomer alone, so that a resumed run drops the same
            self._remove(task.type, 0 if self.drop == "oldest" else random.Random(task.id).randrange(len(tasks)))
        self._by_id[task.id] = task
        tasks.append(task)
        self._known[task.type, self._key(task)] += 1
        return True

    def _remove(self, task_type: str, place: int) -> None:
        task = self._tasks[task_type].pop(place)
        del self._by_id[task.id]
        self._known[task_type, self._key(task)] -= 1
        self.solve_rates.pop(task.id, None)
        self.rare.pop(task.id, None)

    # --- for proposers ---------------------------------------------------------------------------------------------
    def references(
        self, task_type: str, count: int, rng: random.Random, draw: str = "uniform", pool: list[Task] | None = None
    ) -> list[Task]:
        """Past tasks to show a proposer, without repeats: drawn uniformly, with "recency" by step plus one, or with
        "solved" from those that were solved when last tried.

        For induction it is one program from the deduction and abduction buffers (paper section 3.2). `pool` is
        `reference_pool`, for who draws more often than the buffer changes.
        """
        pool = self.reference_pool(task_type, draw) if pool is None else pool
        count = 1 if task_type == "induction" else count
        if draw == "recency":
            return _weighted(pool, count, _age_weight, rng) if pool else []
        if task_type == "induction":
            return [rng.choice(pool)] if pool else []
        return rng.sample(pool, min(count, len(pool)))

    def reference_pool(self, task_type: str, draw: str = "uniform") -> list[Task]:
        """The tasks that `references` draws from."""
        if task_type == "induction":
            return self.of_type("deduction") + self.of_type("abduction") or self.of_type("induction")
        pool = self.of_type(task_type)
        return self._solved(pool) if draw == "solved" else pool

    def helper_pool(self, nested: bool = False, draw: str = "uniform") -> list[Task]:
        """Different tasks for a composite proposal to build on; without `nested` no composite ones.

        With `draw` "solved", those that were solved at least once when last tried (paper D.2 has neither).
        """
        tasks = self.of_type("deduction") + self.of_type("abduction")
        if draw == "solved":
            tasks = self._solved(tasks)
        return list({self._key(task): task for task in tasks if nested or not task.helpers}.values())

    def _solved(self, tasks: list[Task]) -> list[Task]:
        """The tasks that were solved when last tried, and those of seeding, which are seldom tried."""
        return [task for task in tasks if self.solve_rates.get(task.id, float(task.step < 0)) > 0] or tasks

    # --- for solvers -----------------------------------------------------------------------------------------------
    def solver_batch(
        self, task_type: str, count: int, fresh: list[Task], rng: random.Random, mix: str = "uniform_total"
    ) -> list[Task]:
        """`count` tasks for the solver from `fresh` ones and the buffer; fewer come only if both are empty.

        `mix` names how, as in the released code: "max_new" takes as many fresh ones as there are and fills up from the
        buffer, "half_new" the same with at most half, "uniform_total" draws from all, "step" by step plus one with
        repeats (recency). Beyond the released code, "learnable" prefers tasks that were solved sometimes when last
        tried.
        """
        pool = self.of_type(task_type)
        everything = pool + [task for task in fresh if task.id not in self._by_id]
        if mix == "step":
            weights = [_age_weight(task) for task in everything]
            return rng.choices(everything, weights, k=count) if everything else []
        if mix == "uniform_total":
            pool, fresh = everything, []
        most = count // 2 if mix == "half_new" else count
        chosen = rng.sample(fresh, min(most, len(fresh)))
        missing = count - len(chosen)
        if not missing or not pool:
            return chosen
        if len(pool) < missing:
            return chosen + rng.choices(pool, k=missing)
        if mix == "learnable":
            return chosen + _weighted(pool, missing, self._learnable_weight, rng)
        return chosen + rng.sample(pool, missing)

    def _learnable_weight(self, task: Task) -> float:
        """p (1 - p) of the newest solve rate, which is the variance of an answer; a little for all others."""
        rate = self.solve_rates.get(task.id)
        return 0.1 if rate is None else rate * (1 - rate) + 0.01


def _age_weight(task: Task) -> float:
    """The step a task was made in, plus one; seed tasks count as of step 0, as in the released code."""
    return max(task.step, 0) + 1.0


def _weighted(pool: list[Task], count: int, weight: Callable[[Task], float], rng: random.Random) -> list[Task]:
    """Weighted draw without repeats: the largest of u^(1/w), as log(u) / w (Efraimidis and Spirakis 2006)."""
    keys = {task.id: math.log(1.0 - rng.random()) / weight(task) for task in pool}
    return sorted(pool, key=lambda task: -keys[task.id])[:count]
