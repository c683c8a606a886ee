"""Right answers with the lines of thought that lead to them: what a warm-up trains the tiny policies of things to say.

Nobody checks them. They take one small step at a time: a policy of 0.4 million parameters can learn that.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from azr_nb.environments.things.grammar import places
from azr_nb.environments.things.scenes import (
    NOTHING,
    Place,
    Scene,
    features,
    inside,
    passed,
    read_program,
    read_scene,
    sense,
    spell_place,
    spell_scene,
    turned_feature,
)
from azr_nb.environments.things.verifier import telling
from azr_nb.tasks import DIFFERENCE, Task

OPPOSITE = dict(zip("nesw", "swne", strict=True))


def led(scene: Scene, place: Place, step: str) -> Place:
    """Where a step leads from a place, in the frame of the thing that is there."""
    return passed(replace(scene, place=place), step)[0]


def look(scene: Scene, place: Place) -> list[str]:
    """A place, what is there, how it is turned, and what it is to the body."""
    feature = features(scene).get(place)
    if feature is None:
        return [spell_place(place), NOTHING]
    return [spell_place(place), feature, f"@{scene.turn}", turned_feature(feature, scene.turn)]


def solution(task: Task) -> tuple[str, list[str]]:
    """The right answer to a task, and the scratchpad that leads to it.

    Of a path on the grid it holds the places that are passed. About a scene it says what is at a place, what that is
    when it is turned, and where a step leads. Deduction goes step by step. Abduction goes through the nodes until one
    is the goal; then it tries steps from the start, keeps those that come nearer, and after another says the last place
    again. Induction goes through the nodes, tries the turns of those with the first sensation's letter until one gives
    it, and walks back to where the movement began. Difference tries movements, the shortest first, in both scenes.
    """
    scene = read_program(task.program)
    if not scene.things:
        return task.output, places(task.program, task.input)[:-1]
    if task.type == "deduction":
        return task.output, _predict(task, scene)
    if task.type == "abduction":
        return _reach(task, scene)
    if task.type == DIFFERENCE:
        return _tell_apart(scene, read_scene(task.input, scene.things))
    return spell_scene(scene.name, scene.turn, scene.place), _recognise(task, scene)


def _predict(task: Task, scene: Scene) -> list[str]:
    said = [spell_place(scene.place)]
    for step, place in zip(task.input, passed(scene, task.input), strict=True):
        said += [step, spell_place(place)]
    return [*said, *look(scene, place)[1:]]


def _reach(task: Task, scene: Scene) -> tuple[str, list[str]]:
    said: list[str] = []
    for end in sorted(features(scene)):
        said += look(scene, end)
        if said[-1] == task.output and end != scene.place:
            break
    here, path, back = scene.place, "", True
    while here != end:
        for step in "nesw":
            there = led(scene, here, step)
            if not inside(there):
                continue
            said += [*([spell_place(here)] if back else []), step, spell_place(there)]
            back = _steps(there, end) > _steps(here, end)
            if not back:
                here, path = there, path + step
                break
    return path, said


def _steps(a: Place, b: Place) -> int:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def _recognise(task: Task, scene: Scene) -> list[str]:
    path, found = next(pair for pair in task.pairs if pair[1] != NOTHING)
    places = [scene.place, *passed(scene, path)]
    said: list[str] = []
    for thing in scene.wholes:
        said.append(thing.name)
        for place, feature in sorted(features(scene, thing.name).items()):
            said += [spell_place(place), feature]
            here = thing.name == scene.name and place == places[-1]
            if feature[0] != found[0]:
                continue
            for turn in range(4):
                said += [f"@{turn}", turned_feature(feature, turn)]
                if turned_feature(feature, turn) == found:  # the first turn that fits, or the right one
                    if here and turn == scene.turn:
                        for step, there in zip(reversed(path), reversed(places[:-1]), strict=True):
                            said += [OPPOSITE[step], spell_place(there)]
                        return said
                    if not here:
                        break
    return said


def _tell_apart(scene: Scene, other: Scene) -> tuple[str, list[str]]:
    said: list[str] = []
    for path in ("".join(steps) for length in (1, 2, 3) for steps in product("nesw", repeat=length)):
        ends = [passed(one, path)[-1] for one in (scene, other)]
        if not any(end in features(one) for end, one in zip(ends, (scene, other), strict=True)):
            continue
        said += path
        for end, one in zip(ends, (scene, other), strict=True):
            said += look(one, end) if end in features(one) else [NOTHING]
        if sense(scene, path) != sense(other, path):
            return path, said
    return telling(scene, other)[0], []
