"""Learning things from nothing, with goals that the learner sets itself: where to look next, and at which thing.

An episode shows one of several things in an unknown pose, for some looks. The learner keeps a graph for each thing that
it believes to have met: at each place what was sensed there, and how often. After the looks it decides. A thing that it
knows is extended by what was new, an unknown one of three nodes or more becomes a new graph, and a doubtful one is
dropped. Nobody tells it which thing it was.

The decision asks how well the likeliest hypothesis fits where its graph says anything: its evidence, as a share of what
it would be, had every such look agreed. If it does not fit, the thing is unknown; if it does and there is evidence
enough, the thing is known. Places that nobody has looked at give no evidence. The sensor may also have begun at such a
place, beside a node: without these hypotheses the halves of one thing become two graphs.

The Thousand Brains Project's Monty learns graphs in this way, and goes where they tell two things apart. Goals for
*learning* are future work there; here they are compared with plain coverage.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from azr_nb.environments.things.evidence import CODES, EVIDENCE, SENSATIONS, Pose, sensed
from azr_nb.environments.things.scene_grammar import random_thing
from azr_nb.environments.things.scenes import FLICKER, MARKS, NOTHING, STEPS, Features, Place, turned, turned_feature

REACH = 4  # steps from where the sensor began
FITS, ENOUGH = 0.8, 4.0  # share of the evidence that was possible, and evidence, of a known thing
LEAST = 3  # nodes of a new graph
SIZE = 32  # places of a graph's frame in each direction; its edges are joined, farther off than any thing reaches

Looks = dict[int, int]  # what was sensed (its code) at which displacement (its number)
_SPAN = range(-REACH, REACH + 1)
DISPLACEMENTS = [(x, y) for x in _SPAN for y in _SPAN if abs(x) + abs(y) <= REACH]
NUMBERS = {displacement: number for number, displacement in enumerate(DISPLACEMENTS)}
EMPTY, UNSEEN = CODES[NOTHING], len(SENSATIONS)  # codes: nothing is there; nobody has looked there

_TURNS = np.arange(4)
_BACK = np.array([[turned(displacement, -turn) for displacement in DISPLACEMENTS] for turn in _TURNS])
_TURNED = np.array(
    [[*(CODES[s if s == NOTHING else turned_feature(s, turn)] for s in SENSATIONS), UNSEEN] for turn in _TURNS]
)
_EVIDENCE = np.pad(EVIDENCE, ((0, 0), (0, 1)))  # a graph that says nothing about a place gives no evidence


class Graph:
    """A thing as the learner has it: in a frame of its own, how often each sensation was met at each place.

    Row h of `table` is a hypothesis about its pose: what it expects at each displacement, turned by `turns[h]` and with
    the sensor's first place at `places[h]`, over a node or beside one where nobody has looked.
    """

    def __init__(self, looks: Looks) -> None:
        self.counts = np.zeros((SIZE, SIZE, len(SENSATIONS)), int)
        self.extend(looks, 0, (SIZE // 2, SIZE // 2))

    def extend(self, looks: Looks, turn: int, place: Sequence[int]) -> None:
        """Add looks at the thing in a pose: turned, with the sensor's first place."""
        for number, code in looks.items():
            x, y = (place + _BACK[turn, number]) % SIZE
            self.counts[x, y, _TURNED[-turn, code]] += 1
        self.grid = np.where(self.counts.any(-1), self.counts.argmax(-1), UNSEEN)
        nodes = self.grid < EMPTY
        beside = np.any([np.roll(nodes, step, (0, 1)) for step in STEPS.values()], 0)
        places = np.argwhere(nodes | (beside & (self.grid == UNSEEN)))
        x, y = np.moveaxis((places[:, None] + _BACK[:, None]) % SIZE, -1, 0)
        self.table = _TURNED[_TURNS[:, None, None], self.grid[x, y]].reshape(-1, len(DISPLACEMENTS))
        self.turns, self.places = np.repeat(_TURNS, len(places)), np.tile(places, (4, 1))


class Episode:
    """The looks at one thing so far, and the evidence of every hypothesis about it.

    Hypothesis h is number `h - first[thing[h]]` of graph `thing[h]`. `possible` is its evidence, had all looks agreed.
    """

    def __init__(self, graphs: Sequence[Graph]) -> None:
        self.graphs = graphs
        sizes = [len(graph.table) for graph in graphs]
        self.thing, self.first = np.repeat(np.arange(len(graphs)), sizes), np.cumsum([0, *sizes])
        self.table = np.concatenate([np.zeros((0, len(DISPLACEMENTS)), int), *(graph.table for graph in graphs)])
        self.evidence, self.possible = np.zeros(len(self.table)), np.zeros(len(self.table))
        self.looks: Looks = {}

    def look(self, number: int, code: int) -> None:
        """Add what a look at a displacement says, which is nothing where a graph has nothing to say."""
        expected = self.table[:, number]
        self.looks[number] = code
        self.evidence += _EVIDENCE[code, expected]
        self.possible += np.where(expected == UNSEEN, 0, _EVIDENCE[code, code])

    @property
    def likeliest(self) -> np.ndarray:
        """The hypotheses with the most evidence, by number."""
        return np.flatnonzero(self.evidence == self.evidence.max(initial=-np.inf))

    def pose(self, hypothesis: int) -> tuple[Graph, int, np.ndarray]:
        """The graph, the turn and the sensor's first place of a hypothesis."""
        graph, row = self.graphs[self.thing[hypothesis]], hypothesis - self.first[self.thing[hypothesis]]
        return graph, graph.turns[row], graph.places[row]

    def unseen(self) -> list[int]:
        """Displacements that nobody has looked at."""
        return [number for number in range(len(DISPLACEMENTS)) if number not in self.looks]

    def neighbours(self) -> list[int]:
        """Unseen displacements beside something that was sensed."""
        nodes = [DISPLACEMENTS[number] for number, code in self.looks.items() if code != EMPTY]
        beside = {NUMBERS.get((x + dx, y + dy)) for x, y in nodes for dx, dy in STEPS.values()}
        return [number for number in self.unseen() if number in beside]


# --- where to look next ----------------------------------------------------------------------------------------------
Goal = Callable[[Episode, random.Random], int]


def anywhere(episode: Episode, rng: random.Random) -> int:
    """Any displacement that was not looked at."""
    return rng.choice(episode.unseen())


def coverage(episode: Episode, rng: random.Random) -> int:
    """An unseen place beside something: what a learner without any goal would do."""
    return rng.choice(episode.neighbours() or episode.unseen())


def goals(episode: Episode, rng: random.Random) -> int:
    """Where two of the likeliest hypotheses expect different things; if none do, what the first one's graph lacks.

    A place of which one of the two graphs says nothing does not tell them apart.
    """
    if len(episode.likeliest):
        first, *others = episode.table[episode.likeliest]
        for other in others:
            differ = (first != other) & (first != UNSEEN) & (other != UNSEEN)
            apart = [number for number in episode.unseen() if differ[number]]
            if apart:
                return rng.choice(apart)
        lacking = [number for number in episode.neighbours() if first[number] == UNSEEN]
        if lacking:
            return rng.choice(lacking)
    return coverage(episode, rng)


def learnability(episode: Episode, rng: random.Random) -> int:
    """Where the likeliest hypotheses agree least: 1 - p, where p is the largest share of them that expect the same.

    A hypothesis whose graph says nothing about a place does not count there. If none counts, p is undefined, and
    the place is not chosen, however new it is.
    """
    expected = episode.table[episode.likeliest]
    votes = (expected[:, :, None] == np.arange(UNSEEN)).sum(0)
    share = votes.max(-1) / np.maximum(votes.sum(-1), 1)
    return _best(episode, rng, 1 - share, votes.any(-1))


def surprise(episode: Episode, rng: random.Random) -> int:
    """Where what was sensed before, as the likeliest hypothesis has it, differed most from look to look."""
    if not len(episode.likeliest):
        return coverage(episode, rng)
    graph, turn, place = episode.pose(episode.likeliest[0])
    x, y = ((place + _BACK[turn]) % SIZE).T
    counts = graph.counts[x, y]
    return _best(episode, rng, _entropy(counts), counts.any(-1))


def _best(episode: Episode, rng: random.Random, worth: np.ndarray, known: np.ndarray) -> int:
    """The unseen place of the highest worth, by chance among equals, out of those of which anything is known.

    That these goals never leave the known for the new while any of it is left is why they fall behind `coverage`.
    """
    places = [number for number in episode.unseen() if known[number]]
    return max(places, key=lambda number: (worth[number], rng.random())) if places else coverage(episode, rng)


def _entropy(counts: np.ndarray) -> np.ndarray:
    """The entropy of each row of counts or weights; 0 for one of zeros."""
    shares = counts / np.maximum(counts.sum(-1, keepdims=True), 1e-9)
    return -(shares * np.log(np.where(shares > 0, shares, 1))).sum(-1).round(9)


GOALS: dict[str, Goal] = {
    "random": anywhere,
    "coverage": coverage,
    "goal generator": goals,
    "learnability": learnability,
    "surprise": surprise,
}


# --- the learner -----------------------------------------------------------------------------------------------------
@dataclass
class SelfGoals:
    """A learner with an empty memory that grows graphs of the things it meets."""

    goal: Goal
    rng: random.Random
    looks: int = 8
    graphs: list[Graph] = field(default_factory=list)

    def meet(self, thing: Features) -> Episode:
        """One episode with a thing in a random pose; the graphs are changed by what came of it."""
        episode = self._explored(thing, self._random_pose(thing), self.goal, self.looks)
        best = episode.likeliest[0] if self.graphs else None
        if best is None or episode.evidence[best] < FITS * episode.possible[best]:
            if sum(code != EMPTY for code in episode.looks.values()) >= LEAST:
                self.graphs.append(Graph(episode.looks))
        elif episode.evidence[best] >= ENOUGH:
            graph, turn, place = episode.pose(best)
            graph.extend(episode.looks, turn, place)
        return episode

    def predicted(self, thing: Features, looks: int = 4) -> float:
        """The share of a thing's nodes that are predicted right in a new pose, after some looks by coverage."""
        if not self.graphs:
            return 0.0
        truth = self._random_pose(thing)
        episode = self._explored(thing, truth, coverage, looks)
        graph, turn, place = episode.pose(episode.likeliest[0])
        right = 0
        for x, y in thing:
            moved = turned((x - truth.place[0], y - truth.place[1]), truth.turn)
            there = tuple((place + turned(moved, -turn)) % SIZE)
            right += _TURNED[turn, graph.grid[there]] == self._sensed(thing, truth, moved)
        return right / len(thing)

    def _random_pose(self, thing: Features) -> Pose:
        return Pose(0, self.rng.randrange(4), self.rng.choice(list(thing)))

    def _explored(self, thing: Features, pose: Pose, goal: Goal, looks: int) -> Episode:
        """An episode with so many looks, the first where the sensor begins; the graphs are not changed."""
        episode = Episode(self.graphs)
        for look in range(looks):
            number = goal(episode, self.rng) if look else NUMBERS[0, 0]
            episode.look(number, self._sensed(thing, pose, DISPLACEMENTS[number]))
        return episode

    def _sensed(self, thing: Features, pose: Pose, displacement: Place) -> int:
        """The code of what is sensed, with another mark each time where a feature flickers."""
        feature = sensed(thing, pose, displacement)
        return CODES[feature[0] + self.rng.choice(MARKS) if FLICKER in feature else feature]


def flickering(thing: Features, nodes: int, rng: random.Random) -> Features:
    """The thing with a mark that flickers at some of its nodes."""
    chosen = rng.sample(list(thing), nodes)
    return {place: feature[0] + FLICKER if place in chosen else feature for place, feature in thing.items()}


def learning_curve(
    name: str, seed: int, episodes: int = 120, every: int = 30, flicker: int = 0, things: int = 8
) -> tuple[list[float], int]:
    """Nodes predicted right (percent) after every so many episodes, and graphs in the end (`things` is right).

    With `flicker` that many nodes of half of the things give another mark each time.
    """
    rng = random.Random(f"{seed}/things")
    world = [random_thing(rng, rng.choice((6, 7))) for _ in range(things)]
    if flicker:
        world = [flickering(thing, flicker, rng) if i % 2 else thing for i, thing in enumerate(world)]
    learner, curve = SelfGoals(GOALS[name], random.Random(f"{seed}/{name}")), []
    for episode in range(1, episodes + 1):
        learner.meet(rng.choice(world))
        if episode % every == 0:
            curve.append(100 * sum(learner.predicted(thing) for thing in world for _ in range(3)) / (3 * things))
    return curve, len(learner.graphs)


# --- which thing to look at ------------------------------------------------------------------------------------------
CHOICES = ("uniform", "count", "progress", "learnability", "surprise", "spread")


def attraction(choice: str, seed: int, episodes: int = 160, flicker: int = 4, things: int = 8) -> float:
    """The share of episodes in the second half that are spent on two things out of eight, which flicker.

    The learner chooses the thing by what it has seen of each: evenly, the least visited, the one whose prediction
    improved most (if any did), by learnability of its predictions, by their error, or by the spread of its hypotheses.
    With `flicker` 0 the two are as quiet as the others; chance is one quarter.
    """
    rng = random.Random(f"{seed}/choose")
    world = [random_thing(rng, rng.choice((6, 7))) for _ in range(things)]
    if flicker:
        world = [flickering(thing, flicker, rng) if i < 2 else thing for i, thing in enumerate(world)]
    learner = SelfGoals(coverage, random.Random(f"{seed}/{choice}"))
    right: list[deque[float]] = [deque(maxlen=6) for _ in world]
    spread, visits, spent = [1.0] * things, [0] * things, []
    for _ in range(episodes):
        worths = [_worth(choice, list(right[i]), spread[i], visits[i]) for i in range(things)]
        best = max(worths)
        chosen = (
            rng.randrange(things) if rng.random() < 0.1 else rng.choice([i for i in range(things) if worths[i] == best])
        )
        right[chosen].append(learner.predicted(world[chosen]))
        evidence = learner.meet(world[chosen]).evidence
        spread[chosen] = float(_entropy(np.exp(evidence - evidence.max()))) if len(evidence) else 1.0
        visits[chosen] += 1
        spent.append(chosen)
    late = spent[episodes // 2 :]
    return sum(i < 2 for i in late) / len(late)


def _worth(choice: str, right: Sequence[float], spread: float, visits: int) -> float:
    """What a thing is worth looking at, from the shares predicted right at its last visits."""
    if choice == "uniform":
        return 0.0
    if choice == "count":
        return -float(visits)
    if len(right) < 2:
        return 1.0  # not known well enough to judge
    mean = sum(right) / len(right)
    half = len(right) // 2
    return {
        "progress": max(sum(right[half:]) / len(right[half:]) - sum(right[:half]) / half, 0.0),
        "learnability": 1 - mean if 0 < mean < 1 else 0.0,
        "surprise": 1 - mean,
        "spread": spread,
    }[choice]
