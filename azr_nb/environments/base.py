"""What an environment is: task types, seed tasks, and the verification of proposals and answers, all batch-first."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from importlib import import_module

from azr_nb.config import ConfigError, SelfPlayConfig
from azr_nb.tasks import Proposal, Task, Verdict


class Environment(ABC):
    """The loop's only view of a domain; it never learns what a program is.

    A program, an input and an output are texts. The type "induction" is special to the loop: its proposals are about a
    program that is given. What has a body here need not be written anew.
    """

    name: str  # as the setting `environment` has it
    task_types: tuple[str, ...]
    suites: tuple[str, ...] = ()  # names of its held-out suites
    other_suites: tuple[str, ...] = ()  # those that are scored only where they are asked for by name
    seeds = "its seed tasks"  # what the buffers grow from, in words
    nested = False  # whether a composite task may be built on another composite one

    @abstractmethod
    def seed_tasks(self) -> list[Task]:
        """The tasks that a run starts from, one or more per task type."""

    @abstractmethod
    def validate(self, proposals: Sequence[Proposal], seeding: bool = False) -> list[tuple[Task | None, Verdict]]:
        """A task for each proposal that is one, and for each other the verdict that says why not. It must not raise."""

    @abstractmethod
    def check(self, tasks: Sequence[Task], answers: Sequence[str]) -> list[Verdict]:
        """A verdict for each answer to a task."""

    def canonical(self, task: Task | Proposal) -> str:
        """The same text for tasks that differ in nothing but names and the like; by default those of one program."""
        return task.program

    def key(self, task: Task | Proposal) -> str:
        """The same text for tasks that count as the same in this run, of which a second one is a repeat."""
        return task.program

    def suite(self, name: str) -> list[Task]:
        """A held-out suite. Raises `KeyError` for an unknown name."""
        raise KeyError(name)

    def cell(self, suite: str, task: Task) -> str:
        """The row of a table of scores that a suite's task belongs to: its type, or its difficulty."""
        return task.type

    def floors(self, suite: str) -> dict[str, float]:
        """By cell of a suite, the share from 0 to 1 that a shortcut gets right without solving; empty if unknown."""
        return {}

    def usual(self) -> Environment:
        """The same environment under the usual rules, which make held-out scores of all runs comparable."""
        return self

    def planted(self, task_type: str, count: int, rng: random.Random) -> list[Task]:
        """Tasks that the setting `television` puts among the seeds.

        Raises `ConfigError` for an environment that has none.
        """
        raise ConfigError(f"the environment {self.name} has no television: leave the setting out")

    def grammar_tasks(self, task_type: str, count: int, rng: random.Random) -> list[Task]:
        """Fresh tasks of the environment's own grammar, none of them held out: the data of a control without proposer.

        Raises `ConfigError` for an environment without a grammar.
        """
        raise ConfigError(f"the environment {self.name} has no grammar of tasks: it cannot have this control")

    def solutions(self, tasks: Sequence[Task]) -> list[tuple[str, Sequence[str]]]:
        """A right answer to each task, with lines of thought that lead to it where the environment knows some."""
        known = {"abduction": lambda task: task.input, "induction": lambda task: task.program}
        return [(known.get(task.type, lambda task: task.output)(task), ()) for task in tasks]

    def hindsight(self, task: Task, answer: str) -> Proposal | None:
        """The proposal of a task to which a wrong answer would be right; None where there is none.

        An abduction answer is an input like any other: it is right for the output that it gives.
        """
        return Proposal(task.type, task.program, (answer,), task.message) if task.type == "abduction" else None

    def measures(self, tasks: Sequence[Task | Proposal]) -> dict[str, float]:
        """Columns of metrics.csv about the valid proposals of a step; their names begin with `programs/`."""
        return {}

    def distance(self, a: str, b: str) -> float:
        """How far two programs are from one another: 0 to 1."""
        return float(a != b)

    def value_type(self, text: str, part: str = "output") -> str:
        """The type of an input or output, among whose values a reward may ask for new ones."""
        return part

    def close(self) -> None:  # noqa: B027  most hold nothing
        """Give back what the environment holds."""


ENVIRONMENTS: dict[str, Callable[[SelfPlayConfig], Environment]] = {}
# the packages of those that come with azr_nb
BUILT_IN = {"python": "python_programs", "things": "things", "scenes": "things"}


def environment(name: str):
    """Register a function of a run's config that makes an environment; `--environment NAME` chooses it."""

    def decorate(make: Callable[[SelfPlayConfig], Environment]):
        known = ENVIRONMENTS.get(name)
        if name in BUILT_IN or (known is not None and known.__module__ != make.__module__):
            raise ValueError(f"the environment {name!r} exists already: choose another name")
        ENVIRONMENTS[name] = make
        return make

    return decorate


def environment_for(config: SelfPlayConfig) -> Environment:
    """The environment that a run's config names. Raises `ConfigError` if there is none, or if it has no such tasks."""
    made = any_environment(config)
    if wrong := unknown_types(config.task_types, made.task_types):
        made.close()
        raise ConfigError(wrong)
    return made


def any_environment(config: SelfPlayConfig) -> Environment:
    """The environment that a config names, whether or not it has the config's task types."""
    if config.environment in BUILT_IN:
        return import_module(f"azr_nb.environments.{BUILT_IN[config.environment]}.environment").for_run(config)
    if config.environment not in ENVIRONMENTS:
        known = dict.fromkeys((*BUILT_IN, *ENVIRONMENTS))
        raise ConfigError(f"unknown environment {config.environment!r}: choose one of {', '.join(known)}")
    return ENVIRONMENTS[config.environment](config)


def unknown_types(task_types: Sequence[str], known: Sequence[str]) -> str:
    """Why an environment cannot have some task types, in one line; empty if it can."""
    unknown = [task_type for task_type in task_types if task_type not in known]
    return f"unknown task types {unknown}: choose some of {', '.join(known)}" if unknown else ""
