"""Learning things from nothing, with goals that the learner sets itself: where to look next, and at which thing.

An episode shows one of several things in an unknown pose, for some looks. The learner keeps a graph for each thing that
it believes to have met: at each place what was sensed there, and how often. After the looks it decides. A thing that it
knows is extended by what was new, an unknown one of three nodes or more becomes a new graph, and a doubtful one is
dropped. Nobody tells it which thing it was.

The Thousand Brains Project's Monty learns graphs in this way, and goes where they tell two things apart. Goals for
*learning* are future work there; here they are compared with plain coverage.
"""

from __future__ import annotations

import math
import random
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from azr_nb.environments.things.evidence import Pose, evidence_of, sensed
from azr_nb.environments.things.scene_grammar import random_thing
from azr_nb.environments.things.scenes import FLICKER, MARKS, NOTHING, STEPS, Features, Place, turned, turned_feature

REACH = 4  # steps from where the sensor began
KNOWN, UNKNOWN, LEAD = 0.9, 0.5, 1.5  # evidence per look of a known and of an unknown thing, and over the next one
MOST = 24  # hypotheses that a choice looks at
REACHABLE = [(x, y) for x in range(-REACH, REACH + 1) for y in range(-REACH, REACH + 1) if 0 < abs(x) + abs(y) <= REACH]


@dataclass
class Graph:
    """A thing as the learner has it: in a frame of its own, what was sensed at each place and how often."""

    places: dict[Place, Counter[str]] = field(default_factory=dict)

    def expected(self, place: Place) -> str | None:
        """What was sensed there most often; None where nobody has looked."""
        return self.places[place].most_common(1)[0][0] if place in self.places else None

    def nodes(self) -> list[Place]:
        """The places at which there is something."""
        return [place for place in self.places if self.expected(place) != NOTHING]


@dataclass
class Episode:
    """The looks at one thing so far, by displacement, and the evidence of every hypothesis about it."""

    graphs: list[Graph]
    looks: dict[Place, str] = field(default_factory=dict)
    evidence: dict[Pose, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for number, graph in enumerate(self.graphs):
            self.evidence |= {Pose(number, turn, place): 0.0 for turn in range(4) for place in graph.nodes()}

    def expected(self, pose: Pose, displacement: Place) -> str | None:
        """What a hypothesis expects at a displacement; None where its graph says nothing."""
        x, y = turned(displacement, -pose.turn)
        feature = self.graphs[pose.thing].expected((pose.place[0] + x, pose.place[1] + y))
        return feature if feature in (None, NOTHING) else turned_feature(feature, pose.turn)

    def look(self, displacement: Place, feature: str) -> None:
        """Add what a look says (see `evidence_of`), and nothing where a graph has nothing to say."""
        self.looks[displacement] = feature
        for pose in self.evidence:
            expected = self.expected(pose, displacement)
            if expected is not None:
                self.evidence[pose] += evidence_of(expected, feature)

    def likeliest(self) -> list[Pose]:
        """Hypotheses, those with the most evidence first."""
        return sorted(self.evidence, key=lambda pose: -self.evidence[pose])[:MOST]

    def unseen(self) -> list[Place]:
        """Displacements within reach that nobody has looked at."""
        return [place for place in REACHABLE if place not in self.looks]

    def neighbours(self) -> list[Place]:
        """Unseen displacements beside something that was sensed."""
        beside = {(x + dx, y + dy) for (x, y), f in self.looks.items() if f != NOTHING for dx, dy in STEPS.values()}
        return [place for place in self.unseen() if place in beside]


# --- where to look next ----------------------------------------------------------------------------------------------
Goal = Callable[[Episode, random.Random], Place]


def anywhere(episode: Episode, rng: random.Random) -> Place:
    """Any place that was not looked at."""
    return rng.choice(episode.unseen())


def coverage(episode: Episode, rng: random.Random) -> Place:
    """An unseen place beside something: what a learner without any goal would do."""
    return rng.choice(episode.neighbours() or episode.unseen())


def goals(episode: Episode, rng: random.Random) -> Place:
    """Where the two likeliest things differ, and if one stands out, what its graph lacks."""
    order = episode.likeliest()
    if order:
        first = order[0]
        rival = next((pose for pose in order[1:] if pose.thing != first.thing), None)
        if rival is not None and episode.evidence[first] - episode.evidence[rival] < LEAD:
            told = [(p, episode.expected(first, p), episode.expected(rival, p)) for p in episode.unseen()]
            apart = [place for place, a, b in told if a is not None and b is not None and a != b]
            if apart:
                return rng.choice(apart)
        lacking = [place for place in episode.neighbours() if episode.expected(first, place) is None]
        if lacking:
            return rng.choice(lacking)
    return coverage(episode, rng)


def learnability(episode: Episode, rng: random.Random) -> Place:
    """Where the hypotheses agree least without disagreeing altogether: 1 - p, and 0 at both ends."""

    def worth(place: Place) -> float:
        share = _agreement(episode, place)
        return 1 - share if 0 < share < 1 else 0.0

    return max(episode.unseen(), key=lambda place: (worth(place), rng.random()))


def surprise(episode: Episode, rng: random.Random) -> Place:
    """Where what was sensed before, as the likeliest hypothesis has it, differed most from look to look."""
    order = episode.likeliest()
    if not order:
        return coverage(episode, rng)

    def worth(place: Place) -> float:
        x, y = turned(place, -order[0].turn)
        counts = episode.graphs[order[0].thing].places.get((order[0].place[0] + x, order[0].place[1] + y), Counter())
        return _entropy(counts)

    return max(episode.unseen(), key=lambda place: (worth(place), rng.random()))


def _agreement(episode: Episode, place: Place) -> float:
    """The share of the likeliest hypotheses that expect what most of them do; 0 where none expects anything."""
    order = episode.likeliest()
    told = Counter(e for pose in order if (e := episode.expected(pose, place)) is not None)
    return told.most_common(1)[0][1] / len(order) if told else 0.0


def _entropy(counts: Counter[str]) -> float:
    total = counts.total()
    return -sum(n / total * math.log(n / total) for n in counts.values()) if total else 0.0


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
        episode = _explored(self.graphs, thing, self.goal, self.looks, self.rng)
        order = episode.likeliest()
        best = order[0] if order else None
        evidence = episode.evidence[best] / len(episode.looks) if best else 0.0
        rival = max((episode.evidence[p] for p in order if p.thing != best.thing), default=-math.inf) if best else 0.0
        if best and evidence >= KNOWN and episode.evidence[best] - rival >= LEAD:
            self._add(episode, self.graphs[best.thing], best)
        elif evidence < UNKNOWN and sum(f != NOTHING for f in episode.looks.values()) >= 3:
            self.graphs.append(Graph())
            self._add(episode, self.graphs[-1], Pose(len(self.graphs) - 1, 0, (0, 0)))
        return episode

    def _add(self, episode: Episode, graph: Graph, pose: Pose) -> None:
        for displacement, feature in episode.looks.items():
            x, y = turned(displacement, -pose.turn)
            own = feature if feature == NOTHING else turned_feature(feature, -pose.turn)
            graph.places.setdefault((pose.place[0] + x, pose.place[1] + y), Counter())[own] += 1

    def predicted(self, thing: Features, looks: int = 4) -> float:
        """The share of a thing's nodes that are predicted right in a new pose, after some looks."""
        truth = _random_pose(thing, self.rng)
        episode = _explored(self.graphs, thing, coverage, looks, self.rng, truth)
        order = episode.likeliest()
        right = 0
        for x, y in thing if order else ():
            displacement = turned((x - truth.place[0], y - truth.place[1]), truth.turn)
            right += episode.expected(order[0], displacement) == _met(thing, truth, displacement, self.rng)
        return right / len(thing)


def _random_pose(thing: Features, rng: random.Random) -> Pose:
    return Pose(0, rng.randrange(4), rng.choice(list(thing)))


def _met(thing: Features, pose: Pose, displacement: Place, rng: random.Random) -> str:
    """What is sensed, with another mark each time where a feature flickers."""
    feature = sensed(thing, pose, displacement)
    return feature[0] + rng.choice(MARKS) if FLICKER in feature else feature


def _explored(
    graphs: list[Graph], thing: Features, goal: Goal, looks: int, rng: random.Random, pose: Pose | None = None
) -> Episode:
    pose, episode = pose or _random_pose(thing, rng), Episode(graphs)
    place = (0, 0)
    for _ in range(looks):
        episode.look(place, _met(thing, pose, place, rng))
        place = goal(episode, rng)
    return episode


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
    improved most, by learnability of its predictions, by their error, or by the spread of its hypotheses. With
    `flicker` 0 the two are as quiet as the others; chance is one quarter.
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
        episode = learner.meet(world[chosen])
        evidence = [episode.evidence[pose] for pose in episode.likeliest()]
        spread[chosen] = (
            _entropy(Counter({i: math.exp(e - evidence[0]) for i, e in enumerate(evidence)})) if evidence else 1.0
        )
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
        "progress": abs(sum(right[half:]) / len(right[half:]) - sum(right[:half]) / half),
        "learnability": 1 - mean if 0 < mean < 1 else 0.0,
        "surprise": 1 - mean,
        "spread": spread,
    }[choice]
