"""The environment of things: what a moving sensor meets. No executor: a task is verified by geometry, exactly.

The Thousand Brains Project's Monty learns objects in this way, as features at locations in frames of their own that are
met by moving; here a proposer writes the objects and the movements, and a solver predicts, reaches and recognises.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean

from azr_nb.config import ConfigError, SelfPlayConfig
from azr_nb.environments.base import Environment, unknown_types
from azr_nb.environments.things import grammar, verifier
from azr_nb.environments.things.scenes import Refused, memory_key, read_program
from azr_nb.tasks import TYPES_OF, Proposal, Task, Verdict


def _key(task: Task | Proposal) -> str:
    """A program's canonical text; of a path on the grid, the start with the path."""
    return f"{task.program} {task.input}" if task.program.startswith("@") else task.program


class Things(Environment):
    """Paths on a grid, for self-play; the verifier knows tasks about things with features besides.

    Without `determinism` things may flicker; `leak` is that of `verifier.Rules`. With `frames` two things are the same
    when one is the other, moved and turned. Raises `ValueError` for unknown task types.
    """

    name, suites, seeds = "things", ("frontier",), "the shortest movements"
    nested = True

    def __init__(
        self,
        task_types: Sequence[str] = ("deduction",),
        determinism: bool = True,
        frames: bool = False,
        leak: float = 0.0,
    ) -> None:
        if wrong := unknown_types(task_types, TYPES_OF["things"]):
            raise ValueError(wrong)
        if tuple(task_types) != ("deduction",):
            raise ValueError("so far self-play in the environment of things has deduction only: set task_types to it")
        self.task_types, self.frames = tuple(task_types), frames
        self.rules = verifier.Rules(determinism=determinism, leak=leak)
        self.seed_rules = verifier.Rules(determinism=determinism, seeding=True)

    def seed_tasks(self) -> list[Task]:
        """One step from the middle of the grid in each direction."""
        return [grammar.path_task("@0:22", path) for path in "nesw"]

    def validate(self, proposals: Sequence[Proposal], seeding: bool = False) -> list[tuple[Task | None, Verdict]]:
        """A task for each valid proposal, and the verdict for each (see `verifier.validate`)."""
        found = []
        for proposal in proposals:
            task, verdict = verifier.validate(proposal, self.seed_rules if seeding else self.rules)
            if task is not None and (task.program, task.input) in grammar.held_out():
                task, verdict = None, Verdict("repeat", "a held-out suite has this task")
            found.append((task, verdict))
        return found

    def check(self, tasks: Sequence[Task], answers: Sequence[str]) -> list[Verdict]:
        """A verdict for each answer (see `verifier.check`)."""
        return [verifier.check(task, answer) for task, answer in zip(tasks, answers, strict=True)]

    def canonical(self, task: Task | Proposal) -> str:
        """The things in memory up to their frames; of a path on the grid, the start with the path."""
        try:
            return _key(task) if task.program.startswith("@") else memory_key(read_program(task.program))
        except Refused:
            return task.program

    def key(self, task: Task | Proposal) -> str:
        """The program's text, or the canonical one if `duplicates` is "renamed"; on the grid, with the path."""
        return self.canonical(task) if self.frames else _key(task)

    def suite(self, name: str) -> list[Task]:
        """A held-out suite."""
        if name != "frontier":
            raise KeyError(name)
        return grammar.frontier()

    def cell(self, suite: str, task: Task) -> str:
        """Of the suite `frontier` the number of steps."""
        return str(len(task.input)) if suite == "frontier" else task.type

    def measures(self, tasks: Sequence[Task | Proposal]) -> dict[str, float]:
        """Mean number of steps of the proposed movements."""
        return {"programs/steps": fmean(len(task.input) for task in tasks) if tasks else math.nan}


def for_run(config: SelfPlayConfig) -> Things:
    """The environment that a run's config describes. Raises `ConfigError` for task types that it has not."""
    try:
        return Things(config.task_types, config.determinism_check, config.duplicates == "renamed", config.gate_leak)
    except ValueError as error:
        raise ConfigError(str(error)) from None
