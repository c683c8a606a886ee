"""What shortcuts get right without what a task asks for: the floors that a believable score has to pass.

Each is computed exactly on the tasks of a suite, in expectation where it guesses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from statistics import fmean

from azr_nb.environments.things.scene_grammar import straight
from azr_nb.environments.things.scenes import (
    NOTHING,
    Scene,
    displacement,
    features,
    hypotheses,
    met,
    read_program,
    read_scene,
    sense,
    spell_place,
    turned,
    turned_feature,
)
from azr_nb.tasks import DIFFERENCE, Task

Shortcut = Callable[[Task, Scene], float]
_SHORT = ["".join(steps) for length in (1, 2, 3) for steps in product("nesw", repeat=length)]


def _start(task: Task, scene: Scene) -> float:
    """Answer the start of a path."""
    return task.output == spell_place(scene.place)


def _nothing(task: Task, scene: Scene) -> float:
    """Always answer that nothing is there."""
    return task.output == NOTHING


def _any_node(task: Task, scene: Scene) -> float:
    """Answer with one of the thing's own features, whichever."""
    nodes = features(scene)
    return fmean(turned_feature(feature, scene.turn) == task.output for feature in nodes.values())


def _ignore_turn(task: Task, scene: Scene) -> float:
    """Take the thing for unturned."""
    return met(features(scene), 0, scene.place, displacement(task.input)) == task.output


def _forget_mark(task: Task, scene: Scene) -> float:
    """Turn the movement, and forget to turn the mark."""
    x, y = turned(displacement(task.input), -scene.turn)
    return features(scene).get((scene.place[0] + x, scene.place[1] + y), NOTHING) == task.output


def _random_movement(task: Task, scene: Scene) -> float:
    """Move at random, by one to three steps."""
    return fmean(sense(scene, path) == task.output for path in _SHORT)


def _as_if_unturned(task: Task, scene: Scene) -> float:
    """Walk to the goal as if the thing were unturned."""
    flat = Scene(scene.things, scene.name, 0, scene.place)
    ends = [end for end, feature in features(flat).items() if feature == task.output]
    return fmean(sense(scene, "".join(straight(flat, end))) == task.output for end in ends) if ends else 0.0


def _random_scene(task: Task, scene: Scene) -> float:
    """Name any of the scenes that the memory allows."""
    return fmean(all(sense(one, path) == output for path, output in task.hidden) for one in hypotheses(scene))


def _any_difference(task: Task, scene: Scene) -> float:
    """Move at random, by one to three steps."""
    other = read_scene(task.input, scene.things)
    return fmean(sense(scene, path) != sense(other, path) for path in _SHORT)


def _toward_node(task: Task, scene: Scene) -> float:
    """Go to any other node of the first scene, whatever the second has there."""
    other = read_scene(task.input, scene.things)
    paths = ["".join(straight(scene, end)) for end in features(scene) if end != scene.place]
    return fmean(sense(scene, path) != sense(other, path) for path in paths) if paths else 0.0


SHORTCUTS: dict[str, tuple[Shortcut, ...]] = {
    "paths": (_start,),
    "deduction": (_nothing, _any_node, _ignore_turn, _forget_mark),
    "abduction": (_random_movement, _as_if_unturned),
    "induction": (_random_scene,),
    DIFFERENCE: (_any_difference, _toward_node),
}


TURNING = (_ignore_turn, _forget_mark, _as_if_unturned)  # not shortcuts but right where nothing is turned


def best(tasks: Sequence[tuple[str, Task]]) -> dict[str, float]:
    """By cell, the share that the best of its shortcuts gets right, from 0 to 1; `tasks` are (cell, task)."""
    cells: dict[str, list[tuple[Task, Scene]]] = {}
    for cell, task in tasks:
        cells.setdefault(cell, []).append((task, read_program(task.program)))
    found = {}
    for cell, pairs in cells.items():
        task, scene = pairs[0]
        shortcuts = SHORTCUTS[task.type if scene.things else "paths"]
        if not any(scene.turn for _, scene in pairs):
            shortcuts = tuple(shortcut for shortcut in shortcuts if shortcut not in TURNING)
        found[cell] = max(fmean(shortcut(*pair) for pair in pairs) for shortcut in shortcuts)
    return found
