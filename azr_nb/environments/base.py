"""What an environment is: task types, seed tasks, and the verification of proposals and answers, all batch-first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from azr_nb.tasks import Proposal, Task, Verdict


class Environment(Protocol):
    """The loop's only view of a domain; it never learns that tasks are Python programs."""

    task_types: tuple[str, ...]

    def seed_tasks(self) -> list[Task]:
        """The tasks that a run starts from, one per task type."""
        ...

    def validate(self, proposals: Sequence[Proposal], seeding: bool = False) -> list[tuple[Task | None, Verdict]]:
        """A task for each proposal that is one, and for each other the verdict that says why not."""
        ...

    def check(self, tasks: Sequence[Task], answers: Sequence[str]) -> list[Verdict]:
        """A verdict for each answer to a task."""
        ...

    def program_key(self, program: str) -> str:
        """The same text for programs that count as the same."""
        ...

    def suite(self, name: str) -> list[Task]:
        """A held-out suite. Raises `KeyError` for an unknown name."""
        ...

    def close(self) -> None: ...
