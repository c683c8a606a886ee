"""The environment of Python programs: seed tasks, held-out suites, and the verifier bound to an executor.

What is verified, and how, stands in `verifier`; what a proposed program may contain, in `rules`.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from azr_nb.config import SelfPlayConfig
from azr_nb.environments.python_programs import verifier
from azr_nb.environments.python_programs.rules import Rules
from azr_nb.executor import Executor
from azr_nb.programs import source as programs
from azr_nb.tasks import ALL_TASK_TYPES, ERROR, NO_ERROR, TASK_TYPES, Proposal, Task, Verdict


def rules_of(config: SelfPlayConfig) -> Rules:
    """The verifier's rules as a run's config asks for them."""
    return Rules(
        max_input=config.max_input_chars,
        max_output=config.max_output_chars,
        forbidden_modules=frozenset(config.forbidden_modules),
        scan=config.forbidden_scan,
        forbid_raise=config.forbid_raise == "always",
        nested_functions=config.nested_functions,
        pass_through=config.pass_through == "keep",
        runs=config.determinism_runs,
        one_session=config.determinism == "one_session",
        visible=config.visible_inputs,
        check_visible=config.induction_check == "all",
    )


IDENTITY = "def f(a):\n    return a"
IDENTITY_INPUTS = ("'hello'", "3", "[1, 2]", "-7", "'ab'", "[0, 5, 9]")
SUITES = ("own", "harder")


@cache
def held_out_programs() -> frozenset[str]:
    """The programs of all held-out suites, with their variables renamed in order."""
    from azr_nb.environments.python_programs.corpus import load_suite

    return frozenset(programs.renamed(task.program) for name in SUITES for task in load_suite(name))


class PythonPrograms:
    """Deduction, abduction, induction and, if asked for, error prediction. Owns an executor; close it.

    `seed_rules` hold while the buffers are seeded, `rules` afterwards. With `renamed_is_same` two programs are the same
    when they differ in the names of their variables only.

    Raises `ValueError` for unknown task types.
    """

    def __init__(
        self,
        executor: Executor | None = None,
        rules: Rules | None = None,
        task_types: Sequence[str] = TASK_TYPES,
        seed_rules: Rules | None = None,
        renamed_is_same: bool = False,
    ) -> None:
        unknown = [task_type for task_type in task_types if task_type not in ALL_TASK_TYPES]
        if unknown:
            raise ValueError(f"unknown task types {unknown}: choose some of {', '.join(ALL_TASK_TYPES)}")
        self.task_types = tuple(task_types)
        self.rules = rules or Rules()
        self.seed_rules = seed_rules or self.rules
        self.renamed_is_same = renamed_is_same
        self.executor = executor or Executor()
        self.executor.__enter__()

    @classmethod
    def for_run(cls, config: SelfPlayConfig) -> PythonPrograms:
        """The environment that a run's config describes."""
        rules = rules_of(config)
        seed_rules = replace(rules, forbid_raise=config.forbid_raise != "never")
        return cls(None, rules, config.task_types, seed_rules, config.duplicates == "renamed")

    def usual(self) -> PythonPrograms:
        """The same environment under the usual rules, which make held-out scores of all runs comparable."""
        return self.under(Rules())

    def under(self, rules: Rules) -> PythonPrograms:
        """The same environment and executor under other rules."""
        other = copy.copy(self)
        other.rules = other.seed_rules = rules
        return other

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
        from azr_nb.environments.python_programs.corpus import load_suite

        if name not in SUITES:
            raise KeyError(name)
        return load_suite(name)

    def validate(self, proposals: Sequence[Proposal], seeding: bool = False) -> list[tuple[Task | None, Verdict]]:
        """A task for each valid proposal, and the verdict for each (see `verifier.validate`).

        A program of a held-out suite makes no task, whatever its variables are called: it would be trained on.
        """
        found = verifier.validate(proposals, self.executor, self.seed_rules if seeding else self.rules)
        return [
            (None, Verdict("repeat", "a held-out suite has this program"))
            if task is not None and programs.renamed(task.program) in held_out_programs()
            else (task, verdict)
            for task, verdict in found
        ]

    def program_key(self, program: str) -> str:
        """The program's text, or the text with its variables renamed in order if that is what counts as the same."""
        return programs.renamed(program) if self.renamed_is_same else program

    def check(self, tasks: Sequence[Task], answers: Sequence[str]) -> list[Verdict]:
        """A verdict for each answer (see `verifier.check`)."""
        return verifier.check(tasks, answers, self.executor, self.rules)
