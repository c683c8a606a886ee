"""The environment of Python programs: seed tasks, held-out suites, and the verifier bound to an executor.

What is verified, and how, stands in `verifier`; what a proposed program may contain, in `rules`.
"""

from __future__ import annotations

import copy
import math
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from statistics import fmean

from azr_nb.config import SelfPlayConfig
from azr_nb.environments.base import Environment, unknown_types
from azr_nb.environments.python_programs import verifier
from azr_nb.environments.python_programs.rules import Rules
from azr_nb.environments.python_programs.sealed import load_sealed
from azr_nb.environments.python_programs.television import looks_like_one, television_proposal
from azr_nb.executor import Executor, Job, Outcome
from azr_nb.programs import source as programs
from azr_nb.programs.values import NotPlain, parse_value, repr_value, type_name
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
        max_arguments=config.max_arguments,
        pass_through=config.pass_through == "keep",
        runs=config.determinism_runs if config.determinism_check else 1,
        one_session=config.determinism == "one_session",
        visible=config.visible_inputs,
        check_visible=config.induction_check == "all",
        leak=config.gate_leak,
    )


IDENTITY = "def f(a):\n    return a"
IDENTITY_INPUTS = ("'hello'", "3", "[1, 2]", "-7", "'ab'", "[0, 5, 9]")
SUITES, SEALED = ("own", "harder"), "sealed"
_WORD = re.compile(r"[^\W\d]\w*")


@cache
def held_out_programs() -> Mapping[str, Sequence[str]]:
    """The programs of all held-out suites, by their text with one word in place of all."""
    from azr_nb.environments.python_programs.corpus import load_suite

    found: dict[str, list[str]] = {}
    tasks = [task for name in SUITES for task in load_suite(name)] + list(load_sealed()[1])
    for program in dict.fromkeys(task.program for task in tasks):
        found.setdefault(_WORD.sub("x", program), []).append(program)
    return found


def held_out(program: str) -> bool:
    """Whether a held-out suite has this program, whatever its variables are called.

    Renaming takes long, so that only programs that look alike are compared. Those of the suites are spelt as `renamed`
    spells a program.
    """
    ours = programs.renamed(program)
    return any(programs.renamed(one) == ours for one in held_out_programs().get(_WORD.sub("x", ours), ()))


class PythonPrograms(Environment):
    """Deduction, abduction, induction and, if asked for, error prediction. Owns an executor; close it.

    `seed_rules` hold while the buffers are seeded, `rules` afterwards. With `renamed_is_same` two programs are the same
    when they differ in the names of their variables only. With `televisions` their share among proposals is measured.

    Raises `ValueError` for unknown task types.
    """

    name, suites, seeds = "python", SUITES, "the identity program"
    other_suites = (SEALED,)
    known_types = ALL_TASK_TYPES

    def __init__(
        self,
        executor: Executor | None = None,
        rules: Rules | None = None,
        task_types: Sequence[str] = TASK_TYPES,
        seed_rules: Rules | None = None,
        renamed_is_same: bool = False,
        televisions: bool = False,
    ) -> None:
        if wrong := unknown_types(task_types, self.known_types):
            raise ValueError(wrong)
        self.task_types = tuple(task_types)
        self.rules = rules or Rules()
        self.seed_rules = seed_rules or self.rules
        self.renamed_is_same = renamed_is_same
        self.televisions = televisions
        self.executor = executor or Executor()
        self.executor.__enter__()

    @classmethod
    def for_run(cls, config: SelfPlayConfig) -> PythonPrograms:
        """The environment that a run's config describes."""
        rules = rules_of(config)
        seed_rules = replace(rules, forbid_raise=config.forbid_raise != "never", leak=0.0)
        return cls(None, rules, config.task_types, seed_rules, config.duplicates == "renamed", config.television > 0)

    def usual(self) -> PythonPrograms:
        """The same environment under the usual rules, which make held-out scores of all runs comparable."""
        return self.under(Rules())

    def under(self, rules: Rules) -> PythonPrograms:
        """The same environment and executor under other rules."""
        other = copy.copy(self)
        other.rules = other.seed_rules = rules
        return other

    def close(self) -> None:
        """End the executor's workers."""
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

    def planted(self, task_type: str, count: int, rng: random.Random) -> list[Task]:
        """Televisions (see `television`)."""
        found: list[Task] = []
        while len(found) < count:
            proposals = [television_proposal(rng, task_type) for _ in range(count - len(found))]
            found += [task for task, _ in self.validate(proposals, seeding=True) if task is not None]
        return found

    def suite(self, name: str) -> list[Task]:
        from azr_nb.environments.python_programs.corpus import load_suite

        if name == SEALED:
            return list(load_sealed()[1])
        if name not in SUITES:
            raise KeyError(name)
        return load_suite(name)

    def cell(self, suite: str, task: Task) -> str:
        """The task's type; of the suite `sealed` its form."""
        return load_sealed()[0][task.id] if suite == SEALED else task.type

    def validate(self, proposals: Sequence[Proposal], seeding: bool = False) -> list[tuple[Task | None, Verdict]]:
        """A task for each valid proposal, and the verdict for each (see `verifier.validate`).

        A program of a held-out suite makes no task, whatever its variables are called: it would be trained on.
        """
        found = verifier.validate(proposals, self.executor, self.seed_rules if seeding else self.rules)
        return [
            (None, Verdict("repeat", "a held-out suite has this program"))
            if task is not None and held_out(task.program)
            else (task, verdict)
            for task, verdict in found
        ]

    def grammar_tasks(self, task_type: str, count: int, rng: random.Random) -> list[Task]:
        """Tasks from the warm-up's own distribution."""
        from azr_nb.environments.python_programs.corpus import fresh_tasks

        return fresh_tasks(f"fresh {rng.random()}", task_type, count)

    def solutions(self, tasks: Sequence[Task]) -> list[tuple[str, Sequence[str]]]:
        """Right answers; the scratchpad has the value of each variable behind every line that changes it.

        Programs may be a model's, so they run in the executor. A program whose values cannot be recorded gets no
        scratchpad.
        """
        asked = [task for task in tasks if task.type in ("deduction", "abduction")]
        results = self.executor.run([Job(_recorded(task.program), [task.input]) for task in asked], 1)
        said = {task.id: _lines(result.outcomes[0], task.output) for task, result in zip(asked, results, strict=True)}
        return [
            (answer, said.get(task.id, ())) for task, (answer, _) in zip(tasks, super().solutions(tasks), strict=True)
        ]

    def hindsight(self, task: Task, answer: str) -> Proposal | None:
        """As everywhere; and a program that is a wrong answer to an induction task is right for its own outputs."""
        if task.type == "induction":
            return Proposal(task.type, answer, tuple(given for given, _ in task.pairs), task.message)
        return super().hindsight(task, answer)

    def canonical(self, task: Task | Proposal) -> str:
        """The program with its variables renamed in order."""
        return programs.renamed(task.program)

    def key(self, task: Task | Proposal) -> str:
        """The program's text, or the canonical one if `duplicates` is "renamed"."""
        return self.canonical(task) if self.renamed_is_same else task.program

    def measures(self, tasks: Sequence[Task | Proposal]) -> dict[str, float]:
        """Mean size, depth and cognitive complexity of the programs; share of televisions, where a run has them."""
        texts = [task.program for task in tasks]
        of_one = {"nodes": programs.nodes, "depth": programs.depth, "cognitive": programs.cognitive_complexity}
        of_one |= {"television": looks_like_one} if self.televisions else {}
        return {f"programs/{name}": fmean(map(of, texts)) if texts else math.nan for name, of in of_one.items()}

    def distance(self, a: str, b: str) -> float:
        """Distance of the syntax trees (see `source.tree_distance`)."""
        return programs.tree_distance(a, b)

    def value_type(self, text: str, part: str = "output") -> str:
        """The name of the type of a value; "tuple" for several arguments, "other" for what is not a plain value.

        Differs from the released code, which evaluates the text and takes what fails for a str.
        """
        return ERROR if part == ERROR else type_name(text, part)

    def check(self, tasks: Sequence[Task], answers: Sequence[str]) -> list[Verdict]:
        """A verdict for each answer (see `verifier.check`)."""
        return verifier.check(tasks, answers, self.executor, self.rules)


def _recorded(program: str) -> str:
    """The program that also returns its scratchpad; the program itself where that cannot be had."""
    from azr_nb.environments.python_programs.corpus import instrument

    try:
        return instrument(program)
    except (SyntaxError, ValueError, RecursionError, AttributeError):  # a statement that the grammar does not write
        return program


def _lines(outcome: Outcome, output: str) -> Sequence[str]:
    """The scratchpad that a recorded program returned beside its output, if every value in it is a plain one; else
    none.
    """
    try:
        value, lines = parse_value(outcome.text) if outcome.status == "ok" else (None, ())
        for line in lines:
            parse_value(line.partition(" = ")[2])
        return lines if repr_value(value) == output else ()
    except (NotPlain, ValueError, TypeError, AttributeError):  # an unrecorded program returns its output alone
        return ()


for_run = PythonPrograms.for_run
