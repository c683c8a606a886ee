"""The environment of things: what a moving sensor meets. No executor: a task is verified by geometry, exactly.

The Thousand Brains Project's Monty learns objects in this way, as features at locations in frames of their own that are
met by moving; here a proposer writes the objects and the movements, and a solver predicts, reaches and recognises.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from functools import cache
from itertools import islice
from statistics import fmean

from azr_nb.config import SelfPlayConfig
from azr_nb.environments.base import Environment
from azr_nb.environments.things import floors, grammar, scene_grammar, thoughts, verifier
from azr_nb.environments.things.scenes import Refused, check_scene, features, memory_key, read_program, sense, spell
from azr_nb.tasks import DIFFERENCE, TYPES_OF, Proposal, Task, Verdict


def _key(task: Task | Proposal) -> str:
    """A program's text with the movement, but for induction, which has several."""
    return task.program if task.type == "induction" else f"{task.program} {task.input}"


class Things(Environment):
    """Paths over a grid: a start and a path give a place.

    `leak` is that of `verifier.Rules`. With `frames` two things are the same when one is the other, moved and turned.
    """

    name, suites, seeds = "things", ("frontier",), "the shortest movements"
    nested = on_grid = True

    def __init__(
        self, determinism: bool = True, frames: bool = False, leak: float = 0.0, visible: int = verifier.VISIBLE
    ) -> None:
        self.task_types, self.frames = TYPES_OF[self.name], frames
        self.rules = verifier.Rules(visible, determinism, leak=leak)
        self.seed_rules = verifier.Rules(visible, determinism, seeding=True)

    def seed_tasks(self) -> list[Task]:
        """One step from the middle of the grid in each direction."""
        return [grammar.path_task("@0:22", path) for path in "nesw"]

    def validate(self, proposals: Sequence[Proposal], seeding: bool = False) -> list[tuple[Task | None, Verdict]]:
        """A task for each valid proposal, and the verdict for each (see `verifier.validate`)."""
        found = []
        for proposal in proposals:
            task, verdict = verifier.validate(proposal, self.seed_rules if seeding else self.rules)
            if task is not None and task.program.startswith("@") != self.on_grid:
                task, verdict = None, Verdict("forbidden", f"this is not a program of the environment {self.name}")
            if task is not None and self.held_out(task):
                task, verdict = None, Verdict("repeat", "a held-out suite has this task")
            found.append((task, verdict))
        return found

    def held_out(self, task: Task) -> bool:
        """Whether a held-out suite has a task."""
        return (task.program, task.input) in grammar.held_out()

    def check(self, tasks: Sequence[Task], answers: Sequence[str]) -> list[Verdict]:
        """A verdict for each answer (see `verifier.check`)."""
        return [verifier.check(task, answer) for task, answer in zip(tasks, answers, strict=True)]

    def canonical(self, task: Task | Proposal) -> str:
        """The things in memory up to their frames; of a path on the grid, the start with the path."""
        try:
            scene = read_program(task.program)
            check_scene(scene, flicker=True)
        except Refused:
            return task.program
        return memory_key(scene) if scene.things else _key(task)

    def key(self, task: Task | Proposal) -> str:
        """The program's text with the movement; the canonical things alone if `duplicates` is "renamed"."""
        return self.canonical(task) if self.frames else _key(task)

    def suite(self, name: str) -> list[Task]:
        """A held-out suite."""
        if name != "frontier":
            raise KeyError(name)
        return grammar.frontier()

    def cell(self, suite: str, task: Task) -> str:
        """Of the suite `frontier` the number of steps."""
        return str(len(task.input)) if suite == "frontier" else task.type

    def floors(self, suite: str) -> dict[str, float]:
        """By cell of a suite, the share that the best shortcut gets right (see `floors`)."""
        return _floors(type(self), suite)

    def grammar_tasks(self, task_type: str, count: int, rng: random.Random) -> list[Task]:
        """Paths of the warm-up's own lengths."""
        return [grammar.path_task(*drawn) for drawn in islice(grammar.warm_up_paths(rng.random()), count)]

    def solutions(self, tasks: Sequence[Task]) -> list[tuple[str, Sequence[str]]]:
        """The right answers with their scratchpads (see `thoughts`)."""
        return [thoughts.solution(task) for task in tasks]

    def measures(self, tasks: Sequence[Task | Proposal]) -> dict[str, float]:
        """Mean number of steps of the proposed movements."""
        return {"programs/steps": fmean(len(task.input) for task in tasks) if tasks else math.nan}


class Scenes(Things):
    """Things with oriented features, turned and made of parts, over which a sensor moves.

    Difficulty has several dials: steps, things in memory, nodes, turns and parts. Without `determinism` things may
    flicker.
    """

    name, seeds = "scenes", "one thing of three features"
    suites = (*scene_grammar.STYLES, "frontier", DIFFERENCE)
    nested = on_grid = False

    def seed_tasks(self) -> list[Task]:
        """Three features, unturned, and a movement over them; a smaller thing is like nothing in the warm-up."""
        things = "A 00a^ 10b> 11c|"
        scene = read_program(f"{things}\nA@0:00")
        pairs = tuple((path, sense(scene, path)) for path in ("", "e", "en", "n", "ee", "s"))
        plain = [Task(task_type, spell(scene), (pairs[2],)) for task_type in ("deduction", "abduction")]
        return [*plain, Task("induction", spell(scene), pairs, visible=self.rules.visible, message=things)]

    def held_out(self, task: Task) -> bool:
        """Whether a held-out suite has one of the things of a task."""
        return not scene_grammar.new_to_suites(read_program(task.program))

    def suite(self, name: str) -> list[Task]:
        """A held-out suite."""
        return scene_grammar.suites()[name]

    def cell(self, suite: str, task: Task) -> str:
        """The number of steps in the suite `frontier`; else the type, and whether the thing is turned.

        Tasks of the type difference are about two scenes, and not told apart by turns.
        """
        if suite == "frontier":
            return str(len(task.input))
        if task.type == DIFFERENCE:
            return task.type
        return f"{task.type} {'turned' if read_program(task.program).turn else 'unturned'}"

    def grammar_tasks(self, task_type: str, count: int, rng: random.Random) -> list[Task]:
        """Tasks about scenes of the warm-up's own style."""
        found: list[Task] = []
        while len(found) < count:
            scene = scene_grammar.random_scene(rng, scene_grammar.STYLES["own"])
            if scene_grammar.new_to_suites(scene):
                proposal = scene_grammar.random_proposal(rng, task_type, scene, scene_grammar.STYLES["own"])
                task, _ = verifier.validate(proposal, self.rules)
                found += [task] if task is not None else []
        return found

    def measures(self, tasks: Sequence[Task | Proposal]) -> dict[str, float]:
        """Means over the proposed scenes: steps, things in memory, features of the one shown, share of turned ones."""
        scenes = [read_program(task.program) for task in tasks]
        if not scenes:
            return dict.fromkeys(
                ("programs/steps", "programs/things", "programs/features", "programs/turned"), math.nan
            )
        return super().measures(tasks) | {
            "programs/things": fmean(len(scene.wholes) for scene in scenes),
            "programs/features": fmean(len(features(scene)) for scene in scenes),
            "programs/turned": fmean(scene.turn > 0 for scene in scenes),
        }


@cache
def _floors(made: type[Things], suite: str) -> dict[str, float]:
    environment = made()
    return floors.best([(environment.cell(suite, task), task) for task in environment.suite(suite)])


def for_run(config: SelfPlayConfig) -> Things:
    """The environment that a run's config describes."""
    made = {"things": Things, "scenes": Scenes}[config.environment]
    visible = config.num_inputs // 2 if config.visible_inputs is None else config.visible_inputs
    return made(config.determinism_check, config.duplicates == "renamed", config.gate_leak, visible)
