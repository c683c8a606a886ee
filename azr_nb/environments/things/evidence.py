"""The evidence learner: recognition by movement, without a language model and without learning by gradients.

A hypothesis says which thing is there, how it is turned, and where on it the sensor began. Each look adds to the
evidence of every hypothesis; where to look next is a movement policy's choice. Nothing is learned here but what is
before the sensor: the things are known. `self_goals` builds the things themselves from nothing.

Source: the evidence-based learning module and the goal-state generator of the Thousand Brains Project's Monty, whose
idea this is in two dimensions, with exact places and quarter turns. Differs from it: the set of hypotheses is finite
and complete, the sensor jumps, and every look is followed by a choice of the next.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from azr_nb.environments.things.scene_grammar import random_memory
from azr_nb.environments.things.scenes import LETTERS, MARKS, NOTHING, Features, Place, met

LIMIT = 30  # looks after the first, before the learner gives up
SENSATIONS = [letter + mark for letter in LETTERS for mark in MARKS] + [NOTHING]
CODES = {sensation: code for code, sensation in enumerate(SENSATIONS)}


def evidence_of(expected: str, found: str) -> float:
    """What a look says of a hypothesis: 2 where letter and mark agree, 0 for the letter alone, and -1 for another one;
    1 where both are nothing, and -1 where one is.
    """
    if NOTHING in (expected, found):
        return 1.0 if expected == found else -1.0
    return 2.0 if expected == found else 0.0 if expected[0] == found[0] else -1.0


EVIDENCE = np.array([[evidence_of(expected, found) for expected in SENSATIONS] for found in SENSATIONS])


@dataclass(frozen=True)
class Pose:
    """A hypothesis: a thing by its number, its quarter turns, and the sensor's first place on it."""

    thing: int
    turn: int
    place: Place


def sensed(thing: Features, pose: Pose, displacement: Place) -> str:
    """What a thing in a pose lets the sensor meet at a displacement from where it began."""
    return met(thing, pose.turn, pose.place, displacement)


class EvidenceLearner:
    """Hypotheses about known things, and the evidence for each; displacements go up to `reach` steps.

    `table[h, d]` is the code of what hypothesis h expects at displacement d.
    """

    def __init__(self, things: Sequence[Features], reach: int = 4) -> None:
        self.things = list(things)
        self.poses = [Pose(i, turn, place) for i, t in enumerate(things) for turn in range(4) for place in t]
        span = range(-reach, reach + 1)
        self.displacements = [(x, y) for x in span for y in span if abs(x) + abs(y) <= reach]
        self.index = {place: i for i, place in enumerate(self.displacements)}
        self.table = np.array(
            [[CODES[sensed(things[p.thing], p, place)] for place in self.displacements] for p in self.poses]
        )
        self.restart()

    def restart(self) -> None:
        """Forget all looks."""
        self.evidence = np.zeros(len(self.poses))
        self.looks: list[int] = []  # displacements by number, in order

    def look(self, number: int, feature: str) -> None:
        """Add what a look at a displacement says (see `evidence_of`)."""
        self.evidence += EVIDENCE[CODES[feature], self.table[:, number]]
        self.looks.append(number)

    @property
    def likeliest(self) -> np.ndarray:
        """The hypotheses with the most evidence, by number."""
        return np.flatnonzero(self.evidence >= self.evidence.max() - 1e-9)

    @property
    def certain(self) -> bool:
        """Whether all of the likeliest expect the same within reach; the turns of a symmetric thing count as one."""
        rows = self.table[self.likeliest]
        return bool((rows == rows[0]).all())

    def rivals(self, rng: random.Random) -> tuple[int, int] | None:
        """Two hypotheses of the most evidence that expect different things somewhere; None if there are none."""
        order = sorted(range(len(self.poses)), key=lambda h: (-self.evidence[h], rng.random()))
        first = order[0]
        return next(((first, h) for h in order[1:] if (self.table[h] != self.table[first]).any()), None)


# --- where to look next ----------------------------------------------------------------------------------------------
MovementPolicy = Callable[[EvidenceLearner, random.Random], int]


def walk(learner: EvidenceLearner, rng: random.Random) -> int:
    """One step from where the sensor is."""
    x, y = learner.displacements[learner.looks[-1]]
    near = [(x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)]
    return learner.index[rng.choice([place for place in near if place in learner.index])]


def anywhere(learner: EvidenceLearner, rng: random.Random) -> int:
    """A random place within reach."""
    return rng.randrange(len(learner.displacements))


def nearest(learner: EvidenceLearner, rng: random.Random) -> int:
    """The rule of the Thousand Brains Project's goal generator: lay the two likeliest things over one another, and go
    to the node of the first that is farthest from any node of the second. Features play no part.
    """
    rivals = learner.rivals(rng)
    if rivals is None:
        return anywhere(learner, rng)
    mine, theirs = (np.flatnonzero(learner.table[h] != CODES[NOTHING]) for h in rivals)
    places = np.array(learner.displacements)
    gaps = np.abs(places[mine][:, None] - places[theirs][None]).sum(-1).min(1) if len(theirs) else np.zeros(len(mine))
    seen = np.isin(mine, learner.looks)
    return int(max(zip(gaps - 100 * seen, (rng.random() for _ in mine), mine, strict=True))[-1])


def differ(learner: EvidenceLearner, rng: random.Random) -> int:
    """A place where the two likeliest hypotheses expect different things, features included."""
    rivals = learner.rivals(rng)
    if rivals is None:
        return anywhere(learner, rng)
    first, second = rivals
    return int(rng.choice(np.flatnonzero(learner.table[first] != learner.table[second])))


def information(learner: EvidenceLearner, rng: random.Random) -> int:
    """The place of the highest entropy over the hypotheses that are still possible: the most that a look can tell."""
    rows = learner.table[learner.likeliest]
    entropies = [_entropy(rows[:, number]) for number in range(rows.shape[1])]
    return int(max(range(len(entropies)), key=lambda number: (round(entropies[number], 9), rng.random())))


def _entropy(values: np.ndarray) -> float:
    _, counts = np.unique(values, return_counts=True)
    shares = counts / counts.sum()
    return float(-(shares * np.log(shares)).sum())


POLICIES: dict[str, MovementPolicy] = {
    "walk": walk,
    "random": anywhere,
    "nearest": nearest,
    "differ": differ,
    "information": information,
}


# --- recognition -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Recognition:
    """How an episode ended: looks after the first, whether it ended certain, and whether the likeliest is right.

    Right is a hypothesis that expects what the true one expects, everywhere within reach.
    """

    looks: int
    certain: bool
    right: bool


def episode(
    learner: EvidenceLearner, truth: int, rng: random.Random, noise: float = 0.0, limit: int = LIMIT
) -> Generator[None, int, Recognition]:
    """Look until certain, or `limit` times after the first look, at hypothesis number `truth`.

    Each `yield` asks for the number of the displacement to look at next. With `noise` that share of sensations is
    replaced by a random one.
    """
    learner.restart()

    def look(number: int) -> None:
        feature = SENSATIONS[learner.table[truth, number]]
        learner.look(number, rng.choice(SENSATIONS) if noise and rng.random() < noise else feature)

    look(learner.index[0, 0])
    while not learner.certain and len(learner.looks) <= limit:
        look((yield))
    best = learner.likeliest[0]
    right = bool((learner.table[best] == learner.table[truth]).all())
    return Recognition(len(learner.looks) - 1, learner.certain, right)


def recognise(
    learner: EvidenceLearner,
    truth: int,
    policy: MovementPolicy,
    rng: random.Random,
    noise: float = 0.0,
    limit: int = LIMIT,
) -> Recognition:
    """An `episode` in which a movement policy chooses each look."""
    looking = episode(learner, truth, rng, noise, limit)
    try:
        next(looking)
        while True:
            looking.send(policy(learner, rng))
    except StopIteration as end:
        return end.value


# --- how many looks it takes -----------------------------------------------------------------------------------------
def looks_table(
    size: int, policies: Sequence[str] = tuple(POLICIES), episodes: int = 100, seed: int = 0, noise: float = 0.0
) -> dict[str, dict[str, float]]:
    """Looks to certainty by policy, over episodes with a fresh memory each: mean, 90th percentile, share right."""
    rows = {}
    for name in policies:
        found = [
            recognise(learner, truth, POLICIES[name], rng, noise)
            for learner, truth, rng in episodes_of(size, episodes, seed)
        ]
        rows[name] = summary_of(found)
    return rows


def episodes_of(size: int, episodes: int, seed: int = 0) -> Iterator[tuple[EvidenceLearner, int, random.Random]]:
    """For each episode a learner with a fresh memory of `size` things, the true hypothesis, and its random draws."""
    rng = random.Random(f"{seed}/{size}")
    for _ in range(episodes):
        learner = EvidenceLearner(random_memory(rng, size))
        yield learner, rng.randrange(len(learner.poses)), random.Random(rng.random())


def summary_of(found: Sequence[Recognition]) -> dict[str, float]:
    """Of how episodes ended: looks, their mean and 90th percentile, and the share that is right."""
    looks = [one.looks for one in found]
    return {
        "mean": float(np.mean(looks)),
        "p90": float(np.percentile(looks, 90)),
        "right": float(np.mean([one.right for one in found])),
    }
