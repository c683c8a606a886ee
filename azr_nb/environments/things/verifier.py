"""What makes a task of a proposal about things, and which answers are right. Everything here is exact and runs nothing.

| type | the solver sees | right is |
|---|---|---|
| deduction | program and movement | what is sensed at its end |
| abduction | program and a sensation | any movement that senses it |
| induction | the things in memory and some movements with what they sensed | a scene that gives the hidden ones too |
| difference | the things, two scenes that sense alike now | any movement after which they do not |

The things in memory of an induction or difference task stand in its message, which this module writes: the proposer can
neither lie there nor leave a note. Differs from the Python environment: an induction task that leaves more than one
answer is refused, because here all answers can be tried.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from azr_nb.environments.things.scenes import (
    FLICKER,
    NOTHING,
    SIDE,
    Refused,
    Scene,
    check_scene,
    displacement,
    hypotheses,
    inside,
    passed,
    read_path,
    read_program,
    read_scene,
    sense,
    spell,
    spell_scene,
    spell_thing,
)
from azr_nb.tasks import DIFFERENCE, TYPES_OF, Proposal, Task, Verdict

KNOWN_TYPES = TYPES_OF["scenes"]
MOST_STEPS, MOST_START_STEPS = 6, 16  # of a proposed movement, on a thing and without one
MOST_ANSWER = 12  # steps of a movement that is an answer
VISIBLE = 3  # pairs of an induction task that are shown


@dataclass(frozen=True)
class Rules:
    """What the verifier accepts. `visible` pairs of an induction task are shown. Without `determinism` things may
    flicker; while `seeding` a task may be trivial. `leak` is the share of paths off the grid that make a task.

    `nothing` is the share of the movements off a thing that make a deduction task. Most random movements end there, and
    a solver that is asked about little else learns to answer "nothing" without looking.
    """

    visible: int = VISIBLE
    determinism: bool = True
    seeding: bool = False
    leak: float = 0.0
    nothing: float = 0.1


# --- proposals -------------------------------------------------------------------------------------------------------
def validate(proposal: Proposal, rules: Rules) -> tuple[Task | None, Verdict]:
    """The task of a proposal, or the verdict that says why it makes none. Never raises, whatever the text."""
    try:
        scene = read_program(proposal.program)
        check_scene(scene, flicker=not rules.determinism)
        make = {"abduction": _abduction, "induction": _induction, DIFFERENCE: _difference}.get(
            proposal.type, _deduction
        )
        if not scene.things and proposal.type != "deduction":
            raise Refused("forbidden", "without things there is nothing but a place to predict")
        return make(scene, proposal, rules), Verdict("ok")
    except Refused as error:
        return None, error.verdict


def _movement(text: str, scene: Scene, rules: Rules) -> str:
    path = read_path(text, MOST_STEPS if scene.things else MOST_START_STEPS)
    if rules.seeding:
        return path
    if not path:
        raise Refused("forbidden", "the movement is empty")
    if scene.things and displacement(path) == (0, 0):
        raise Refused("forbidden", "the movement ends where it began")
    if scene.things and not inside(*passed(scene, path)):
        raise Refused("forbidden", f"the movement leaves the frame of {SIDE} by {SIDE} places")
    return path


def _deduction(scene: Scene, proposal: Proposal, rules: Rules) -> Task:
    path = _movement(proposal.inputs[0], scene, rules)
    walls = rules.leak > 0 and _among(rules.leak, proposal, path)
    output = sense(scene, path, walls)
    if output == NOTHING and not rules.seeding and not _among(rules.nothing, proposal, path):
        raise Refused("forbidden", "nothing is sensed there, which few tasks may ask for")
    return Task("deduction", spell(scene), ((path, output),), helpers=proposal.helpers)


def _among(share: float, proposal: Proposal, path: str) -> bool:
    """Whether a proposal is among the share of all, each time alike."""
    return random.Random(f"{proposal.program} {path}").random() < share


def _abduction(scene: Scene, proposal: Proposal, rules: Rules) -> Task:
    path = _movement(proposal.inputs[0], scene, rules)
    goal = sense(scene, path)
    if not rules.seeding and goal in (NOTHING, sense(scene, "")):
        raise Refused("forbidden", "there is nothing to find: the goal is nothing, or what is sensed without moving")
    return Task("abduction", spell(scene), ((path, goal),), helpers=proposal.helpers)


def _induction(scene: Scene, proposal: Proposal, rules: Rules) -> Task:
    paths = [read_path(text, MOST_STEPS) for text in proposal.inputs]
    if len(paths) <= rules.visible or len(set(paths)) < len(paths):
        raise Refused("forbidden", f"an induction task needs more than {rules.visible} different movements")
    pairs = tuple((path, sense(scene, path)) for path in paths)
    if len({output for _, output in pairs}) < 2:
        raise Refused("forbidden", "every movement senses the same")
    if ambiguous(scene, pairs[: rules.visible], pairs[rules.visible :]):
        raise Refused("forbidden", "the visible pairs leave more than one answer")
    return Task("induction", spell(scene), pairs, visible=rules.visible, message=memory_text(scene))


def ambiguous(scene: Scene, visible: Sequence[tuple[str, str]], hidden: Sequence[tuple[str, str]]) -> bool:
    """Whether some scene that gives the visible pairs gives other hidden ones."""
    return any(
        all(sense(other, path) == output for path, output in visible)
        and any(sense(other, path) != output for path, output in hidden)
        for other in hypotheses(scene)
    )


def _difference(scene: Scene, proposal: Proposal, rules: Rules) -> Task:
    """A proposal's input names the second scene; the first is the program's own."""
    other = _other_scene(scene, proposal.inputs[0])
    if sense(scene, "") != sense(other, ""):
        raise Refused("forbidden", "the two scenes can be told apart without moving")
    if not telling(scene, other):
        raise Refused("forbidden", f"no movement of {MOST_STEPS} steps tells the two scenes apart")
    second = spell_scene(other.name, other.turn, other.place)
    return Task(DIFFERENCE, spell(scene), ((second, sense(scene, "")),), message=memory_text(scene))


def _other_scene(scene: Scene, line: str) -> Scene:
    """Another scene of the same memory. Raises `Refused` for a line that is not one."""
    other = read_scene(line, scene.things)
    check_scene(other, flicker=True)
    return other


def telling(one: Scene, other: Scene, reach: int = MOST_STEPS) -> list[str]:
    """The shortest movement to each displacement at which two scenes sense different things."""
    found = []
    for x in range(-reach, reach + 1):
        for y in range(-(reach - abs(x)), reach - abs(x) + 1):
            path = ("e" * x if x > 0 else "w" * -x) + ("n" * y if y > 0 else "s" * -y)
            if sense(one, path) != sense(other, path):
                found.append(path)
    return sorted(found, key=len)


def memory_text(scene: Scene) -> str:
    """The things in memory, parts first, without saying which of them is there."""
    spelt = read_program(spell(scene))
    return "\n".join(spell_thing(thing) for thing in spelt.things)


# --- answers ---------------------------------------------------------------------------------------------------------
def check(task: Task, answer: str) -> Verdict:
    """The verdict on an answer. Never raises, whatever the text; raises `ValueError` for an unknown task type."""
    if task.type not in KNOWN_TYPES:
        raise ValueError(f"unknown task type {task.type!r}: choose one of {', '.join(KNOWN_TYPES)}")
    try:
        scene = read_program(task.program)
        if task.type == "deduction":
            return _right(answer.strip(), task.output)
        if task.type == "induction":
            return _check_scene_answer(task, scene, answer.strip())
        path = read_path(answer.strip(), MOST_ANSWER)
        if task.type == "abduction":
            return _right(sense(scene, path), task.output)
        other = _other_scene(scene, task.input)
        if sense(scene, path) != sense(other, path):
            return Verdict("ok", "the two scenes sense different things there")
        return Verdict("wrong", f"both scenes sense {sense(scene, path)} there")
    except Refused as error:
        return error.verdict


def _right(found: str, wanted: str) -> Verdict:
    if found == wanted or (FLICKER in wanted and len(found) == 2 and found[0] == wanted[0]):
        return Verdict("ok", f"it is {wanted}")
    return Verdict("wrong", f"it is {wanted}, not {found[:20]}")


def _check_scene_answer(task: Task, scene: Scene, answer: str) -> Verdict:
    guess = _other_scene(scene, answer)
    right, hidden = sum(sense(guess, path) == output for path, output in task.hidden), len(task.hidden)
    said = f"it senses what it should {right} times of {hidden}"
    return Verdict("ok" if right == hidden else "wrong", said, share=right / hidden)
