"""The world of Python programs: seed tasks, held-out suites, and the judge bound to an executor of its own.

What is judged, and how, stands in `judge`; what a proposed program may contain, in `rules`.
"""

from __future__ import annotations

from collections.abc import Sequence

from azr_nb import judge
from azr_nb.executor import Executor
from azr_nb.rules import Rules
from azr_nb.tasks import ALL_TASK_TYPES, ERROR, NO_ERROR, TASK_TYPES, Proposal, Task, Verdict

IDENTITY = "def f(a):\n    return a"
IDENTITY_INPUTS = ("'hello'", "3", "[1, 2]", "-7", "'ab'", "[0, 5, 9]")
SUITES = ("own", "harder")


class PythonPrograms:
    """Deduction, abduction, induction and, if asked for, error prediction. Owns an executor; close it.

    Raises `ValueError` for unknown task types.
    """

    def __init__(
        self,
        executor: Executor | None = None,
        rules: Rules | None = None,
        task_types: Sequence[str] = TASK_TYPES,
    ) -> None:
        unknown = [kind for kind in task_types if kind not in ALL_TASK_TYPES]
        if unknown:
            raise ValueError(f"unknown task types {unknown}: choose some of {', '.join(ALL_TASK_TYPES)}")
        self.task_types = tuple(task_types)
        self.rules = rules or Rules()
        self.executor = executor or Executor()
        self.executor.__enter__()

    def close(self) -> None:
        self.executor.__exit__(None, None, None)

    def seed_tasks(self) -> list[Task]:
        pairs = tuple((i, i) for i in IDENTITY_INPUTS)
        tasks = [
            Task("deduction", IDENTITY, pairs[:1]),
            Task("abduction", IDENTITY, pairs[:1]),
            Task("induction", IDENTITY, pairs, visible=3, message="#same"),
            Task(ERROR, IDENTITY, ((IDENTITY_INPUTS[0], NO_ERROR),)),
        ]
        return [task for task in tasks if task.type in self.task_types]

    def suite(self, name: str) -> list[Task]:
        from azr_nb.worlds.corpus import load_suite

        if name not in SUITES:
            raise KeyError(name)
        return load_suite(name)

    def validate(self, proposals: Sequence[Proposal]) -> list[tuple[Task | None, Verdict]]:
        """A task for each proposal that holds, and the verdict for each (see `judge.validate`)."""
        return judge.validate(proposals, self.executor, self.rules)

    def check(self, tasks: Sequence[Task], answers: Sequence[str]) -> list[Verdict]:
        """A verdict for each answer (see `judge.check`)."""
        return judge.check(tasks, answers, self.executor, self.rules)
