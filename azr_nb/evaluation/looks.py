"""A language policy as a goal generator: it says where to look, and the evidence learner infers what is there.

The policy is asked the question of a difference task: of the two likeliest hypotheses, which movement tells them apart?
Nothing else of it is used, and no answer of it is believed: the evidence learner looks there and counts.
"""

from __future__ import annotations

import random

from azr_nb.config import make_config
from azr_nb.environments.base import environment_for
from azr_nb.environments.things.evidence import EvidenceLearner, anywhere, episode, episodes_of, summary_of
from azr_nb.environments.things.scenes import Node, Scene, Thing, displacement, sense, spell, spell_scene
from azr_nb.policy.roles import Roles
from azr_nb.tasks import DIFFERENCE, TYPES_OF, Task


def question(learner: EvidenceLearner, first: int, second: int) -> Task:
    """The difference task about two hypotheses, given by their numbers; it is not always a valid one."""
    poses = learner.poses[first], learner.poses[second]
    shown = list(dict.fromkeys(pose.thing for pose in poses))
    things = tuple(
        Thing("AB"[i], tuple(Node(*node) for node in sorted(learner.things[number].items())))
        for i, number in enumerate(shown)
    )
    one, other = (Scene(things, "AB"[shown.index(pose.thing)], pose.turn, pose.place) for pose in poses)
    return Task(DIFFERENCE, spell(one), ((spell_scene(other.name, other.turn, other.place), sense(one, "")),))


def policy_looks(
    policy, size: int = 10, episodes: int = 100, seed: int = 0, shuffled: bool = False, temperature: float = 0.0
) -> dict[str, float]:
    """Looks to certainty when a policy of scenes chooses each look, in the episodes of `looks_table`.

    With `shuffled` it is asked about two hypotheses at random, which tells whether it makes use of the question. Where
    its answer cannot be read, is out of reach or leads to a place that was looked at, the look is a random one; `own`
    is the share of looks that are its own. Returns mean, 90th percentile, share right and that share.
    """
    config = make_config("scenes", task_types=list(TYPES_OF["scenes"]), seed=seed)
    roles = Roles(config, policy, environment_for(config))
    started = [
        (learner, episode(learner, truth, rng), rng) for learner, truth, rng in episodes_of(size, episodes, seed)
    ]
    found, own, asked = [], 0, 0
    waiting = _advance([(*one, None) for one in started], found)
    turn = 0
    while waiting:
        turn += 1
        tasks = [question(learner, *_pair(learner, rng, shuffled)) for learner, _, rng in waiting]
        groups = roles.solve(tasks, 1, "looks", turn, temperature=temperature)
        looks = [_number(learner, group[0].answer) for (learner, _, _), group in zip(waiting, groups, strict=True)]
        own, asked = own + sum(look is not None for look in looks), asked + len(looks)
        ways = [
            (learner, looking, rng, anywhere(learner, rng) if look is None else look)
            for (learner, looking, rng), look in zip(waiting, looks, strict=True)
        ]
        waiting = _advance(ways, found)
    return summary_of(found) | {"own": own / max(1, asked)}


def _pair(learner: EvidenceLearner, rng: random.Random, shuffled: bool) -> tuple[int, int]:
    if shuffled:
        first, second = rng.sample(range(len(learner.poses)), 2)
        return first, second
    return learner.rivals(rng) or (0, 0)


def _number(learner: EvidenceLearner, answer: str | None) -> int | None:
    """The number of the displacement that an answer leads to, if that is a new place within reach."""
    if answer is None or set(answer) - set("nesw"):
        return None
    number = learner.index.get(displacement(answer))
    return None if number in learner.looks else number


def _advance(ways: list[tuple], found: list) -> list[tuple]:
    """Take each episode's next look; those that end are added to `found`, and the others given back."""
    waiting = []
    for learner, looking, rng, look in ways:
        try:
            looking.send(look)
            waiting.append((learner, looking, rng))
        except StopIteration as end:
            found.append(end.value)
    return waiting
