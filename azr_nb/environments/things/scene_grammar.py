"""Random scenes with features, the movements over them, and the suites of held-out tasks about them.

The end of a movement is drawn first, then a path to it: of random paths more than a third would end over nothing.
Later things of a memory are often like an earlier one in all but one node, so that recognising takes looking.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from azr_nb.environments.things.scenes import (
    LETTERS,
    MARKS,
    PARTS,
    SIDE,
    STEPS,
    WHOLES,
    Features,
    Form,
    Node,
    Place,
    Refused,
    Scene,
    Thing,
    check_scene,
    features,
    form,
    hypotheses,
    in_corner,
    inside,
    passed,
    read_program,
    sense,
    spell,
    spell_scene,
    turned,
    turned_feature,
)
from azr_nb.environments.things.verifier import Rules, validate
from azr_nb.tasks import DIFFERENCE, TASK_TYPES, Proposal, Task

TWIN, AIMED, DETOUR = 0.5, 0.9, 0.25  # chances: of a twin, of a movement that ends over a node, and of a detour
SUITE_TASKS = 200  # of a type
FRONTIER = (1, 2, 3, 4, 5, 6)  # steps of the held-out movements of the suite "frontier"
PER_LENGTH = 100


@dataclass(frozen=True)
class Style:
    """What random scenes are like: fewest and most things and nodes of one, most steps, the share that has parts, and
    the turns that things may have."""

    things: tuple[int, int]
    nodes: tuple[int, int]
    steps: int
    parts: float = 0.0
    turns: tuple[int, ...] = (0, 1, 2, 3)


ANY = Style((1, 1), (1, 6), 6)
STYLES = {
    "own": Style((1, 2), (3, 4), 3),
    "harder": Style((2, 3), (4, 5), 6, parts=0.4),
    "composite": Style((1, 2), (3, 4), 3, parts=1.0),
}


# --- things ----------------------------------------------------------------------------------------------------------
def random_thing(rng: random.Random, nodes: int, side: int = SIDE) -> Features:
    """A thing of so many nodes, each but the first beside another, within a frame of `side` by `side` places."""
    thing = {(rng.randrange(side), rng.randrange(side)): random_feature(rng)}
    while len(thing) < nodes:
        x, y = rng.choice(list(thing))
        dx, dy = rng.choice(list(STEPS.values()))
        place = (x + dx, y + dy)
        if place not in thing and 0 <= place[0] < side and 0 <= place[1] < side:
            thing[place] = random_feature(rng)
    return thing


def random_feature(rng: random.Random) -> str:
    """A letter with a mark, each as likely."""
    return rng.choice(LETTERS) + rng.choice(MARKS)


def random_memory(rng: random.Random, size: int, nodes: Sequence[int] = (5, 6), twins: float = TWIN) -> list[Features]:
    """Things to be told apart; a share of `twins` differs from an earlier one in a single feature."""
    memory: list[Features] = []
    while len(memory) < size:
        if memory and rng.random() < twins:
            twin = dict(rng.choice(memory))
            twin[rng.choice(list(twin))] = random_feature(rng)
            if twin not in memory:
                memory.append(twin)
        else:
            memory.append(random_thing(rng, rng.choice(list(nodes))))
    return memory


# --- scenes ----------------------------------------------------------------------------------------------------------
def random_scene(rng: random.Random, style: Style) -> Scene:
    """A valid scene of a style: things in memory, one of them there, turned, with the sensor over one of its nodes."""
    parted = rng.random() < style.parts
    while True:
        nodes = range(style.nodes[0], style.nodes[1] + 1)
        wholes = random_memory(rng, rng.randint(*style.things), nodes)
        things = tuple(_thing(name, whole) for name, whole in zip(WHOLES, wholes, strict=False))
        scene = _placed(rng, _with_parts(rng, things) if parted else things, style)
        if scene is not None:
            return scene


def _placed(rng: random.Random, things: tuple[Thing, ...], style: Style) -> Scene | None:
    """A scene that shows one of the things, with the sensor over one of its nodes; None if the things cannot be."""
    name = rng.choice([thing.name for thing in things if thing.name in WHOLES])
    scene = Scene(things, name, rng.choice(style.turns), (0, 0))
    try:
        scene = replace(scene, place=rng.choice(list(features(scene))))
        check_scene(scene)
    except Refused:
        return None
    return scene


def _thing(name: str, nodes: Features) -> Thing:
    return Thing(name, tuple(Node(place, content) for place, content in sorted(nodes.items())))


def _with_parts(rng: random.Random, wholes: tuple[Thing, ...]) -> tuple[Thing, ...]:
    """The things with one or two parts, of two or three nodes each, put in the place of some of their nodes."""
    parts = tuple(_thing(name, random_thing(rng, rng.randint(2, 3), side=2)) for name in PARTS[: rng.randint(1, 2)])
    return (*parts, *(_parted(rng, whole, parts) for whole in wholes))


def _parted(rng: random.Random, whole: Thing, parts: tuple[Thing, ...]) -> Thing:
    """The thing with a part or two in the place of nodes, where they fit; else the thing as it is."""
    for _ in range(20):
        nodes = {node.place: node.content for node in whole.nodes}
        for place in rng.sample(list(nodes), rng.randint(1, min(2, len(nodes)))):
            nodes[place] = rng.choice(parts).name + str(rng.randrange(4))
        made = _thing(whole.name, nodes)
        if _placed(rng, (*parts, made), ANY) is not None:
            return made
    return whole


def with_part(rng: random.Random, program: str, style: Style) -> Scene | None:
    """A scene with one thing of a few nodes and the thing of a program as its part; None if none is found."""
    part = _thing(PARTS[0], in_corner(features(read_program(program))))
    for _ in range(20):
        nodes: Features = dict(random_thing(rng, rng.randint(2, style.nodes[1])))
        nodes[rng.choice(list(nodes))] = f"{PARTS[0]}{rng.randrange(4)}"
        scene = _placed(rng, (part, _thing(WHOLES[0], nodes)), style)
        if scene is not None:
            return scene
    return None


# --- movements -------------------------------------------------------------------------------------------------------
def straight(scene: Scene, end: Place) -> list[str]:
    """The steps of a shortest movement to a place of the thing's own frame."""
    x, y = turned((end[0] - scene.place[0], end[1] - scene.place[1]), scene.turn)
    return ["e" if x > 0 else "w"] * abs(x) + ["n" if y > 0 else "s"] * abs(y)


def nearest_goal(scene: Scene, goal: str) -> tuple[Place, str]:
    """The nearest place at which the goal is sensed, and a shortest movement to it."""
    nodes = features(scene)
    ends = [end for end in nodes if end != scene.place and turned_feature(nodes[end], scene.turn) == goal]
    end = min(ends, key=lambda end: (len(straight(scene, end)), end))
    return end, "".join(straight(scene, end))


def random_movement(rng: random.Random, scene: Scene, most: int, nothing: bool = True) -> str:
    """A movement of 1 to `most` steps that stays within the frame and ends elsewhere; mostly over a node."""
    nodes = [place for place in features(scene) if place != scene.place]
    frame = [(x, y) for x in range(SIDE) for y in range(SIDE) if (x, y) != scene.place]
    while True:
        end = rng.choice(nodes if nodes and (not nothing or rng.random() < AIMED) else frame)
        steps = straight(scene, end)
        if rng.random() < DETOUR:
            steps += rng.choice((["n", "s"], ["e", "w"]))
        rng.shuffle(steps)
        path = "".join(steps)
        if len(path) <= most and inside(*passed(scene, path)):
            return path
        if not any(abs(a - scene.place[0]) + abs(b - scene.place[1]) <= most for a, b in nodes):
            nodes = []


def random_walk(rng: random.Random, scene: Scene, length: int, begin: str = "") -> str:
    """A movement of so many steps that stays within the frame and ends elsewhere; mostly over a node, if one can be
    reached. Its first steps are those of `begin`.
    """
    nodes, aimed, tries = features(scene), rng.random() < AIMED, 0
    while True:
        path, tries = begin + "".join(rng.choice("nesw") for _ in range(length - len(begin))), tries + 1
        places = passed(scene, path)
        if inside(*places) and places[-1] != scene.place and (places[-1] in nodes or not aimed or tries > 500):
            return path


def random_movements(rng: random.Random, scene: Scene, most: int, count: int = 6) -> tuple[str, ...]:
    """Different movements; the first is often none at all, which says what is sensed at the start."""
    found = dict.fromkeys([""] if rng.random() < 0.7 else [])
    for _ in range(200):
        if len(found) == count:
            break
        found[random_movement(rng, scene, most)] = None
    return tuple(found)


# --- tasks -----------------------------------------------------------------------------------------------------------
def random_proposal(rng: random.Random, task_type: str, scene: Scene, style: Style) -> Proposal:
    """A proposal of a type about a scene, which is not always valid."""
    if task_type == "induction":
        return Proposal(task_type, spell(scene), random_movements(rng, scene, style.steps))
    if task_type == DIFFERENCE:
        other = rng.choice(_alike(scene) or [scene])
        return Proposal(task_type, spell(scene), (spell_scene(other.name, other.turn, other.place),))
    return Proposal(task_type, spell(scene), (random_movement(rng, scene, style.steps, task_type == "deduction"),))


def _alike(scene: Scene) -> list[Scene]:
    """The other scenes of the memory that sense the same as this one where the sensor is."""
    now = sense(scene, "")
    return [other for other in hypotheses(scene) if other != scene and sense(other, "") == now]


# --- held-out suites -------------------------------------------------------------------------------------------------
ALL = Rules(nothing=1.0)  # a tenth of the grammar's own movements end over nothing


def forms(scene: Scene) -> list[Form]:
    """The things in memory, each without its frame."""
    return [form(features(scene, thing.name)) for thing in scene.wholes]


@cache
def suites() -> dict[str, list[Task]]:
    """The held-out suites. No two scenes share a thing.

    There are `SUITE_TASKS` of each type about the things of a style, `PER_LENGTH` deductions of each length in
    `FRONTIER` about turned things (suite "frontier"), and `SUITE_TASKS` of telling two scenes apart.
    """
    rng, seen, found = random.Random("scenes"), set(), {}

    def new_scene(style: Style) -> Scene:
        while True:
            scene = random_scene(rng, style)
            mine = set(forms(scene))
            if not mine & seen:
                seen.update(mine)
                return scene

    for name, style in STYLES.items():
        tasks: list[Task] = []
        for task_type in TASK_TYPES:
            wanted = len(tasks) + SUITE_TASKS
            while len(tasks) < wanted:
                proposal = random_proposal(rng, task_type, new_scene(style), style)
                task, _ = validate(proposal, ALL)
                tasks += [task] if task is not None else []
        found[name] = tasks
    found["frontier"], turned_ones = [], replace(STYLES["own"], turns=(1, 2, 3))
    for length in FRONTIER:
        for _ in range(PER_LENGTH):
            scene = new_scene(turned_ones)
            proposal = Proposal("deduction", spell(scene), (random_walk(rng, scene, length),))
            found["frontier"].append(validate(proposal, ALL)[0])
    found[DIFFERENCE] = []
    while len(found[DIFFERENCE]) < SUITE_TASKS:
        proposal = random_proposal(rng, DIFFERENCE, new_scene(STYLES["own"]), STYLES["own"])
        task, _ = validate(proposal, ALL)
        found[DIFFERENCE] += [task] if task is not None else []
    return found


@cache
def held_out_forms() -> frozenset[Form]:
    """The things of all held-out suites, that neither the warm-up nor a proposal may have."""
    programs = {task.program for tasks in suites().values() for task in tasks}
    return frozenset(one for program in programs for one in forms(read_program(program)))


def new_to_suites(scene: Scene) -> bool:
    """Whether no held-out suite has any of the scene's things."""
    return not held_out_forms().intersection(forms(scene))
