"""The room of notebook 12: an agent without a goal, four curiosities, and a television.

Four rooms of a 15 x 15 grid are joined by doors. At one cell stands a television of twelve pictures, and the fifth
action is its remote control. The agent learns by Q-learning from a reward that it computes itself, from a model of what
follows an action that counts what it has seen. The large-scale study of curiosity (Burda et al. 2018, arXiv 1808.04355,
section 5) put such a set into a maze.
"""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from azr_nb.course.drawing import BAR, dress, panels, style
from azr_nb.runs.plots import GREY, Picture

SIDE, SET, PICTURES = 15, (2, 2), 12
DOORS = {(7, 3), (7, 11), (3, 7), (11, 7)}
STEPS = {"up": (0, 1), "down": (0, -1), "right": (1, 0), "left": (-1, 0)}
ACTIONS = (*STEPS, "remote")
CELLS = {(x, y) for x in range(SIDE) for y in range(SIDE) if (x != 7 and y != 7) or (x, y) in DOORS}
SMOOTH, OUTCOMES = 0.1, 16  # weight of an outcome before it was seen, and how many there may be
Key = tuple  # what was seen, and what was done


class Counts:
    """A model of the world that counts what followed each action in each state."""

    def __init__(self) -> None:
        self.seen: dict[Key, Counter] = defaultdict(Counter)

    def chance(self, key: Key, outcome) -> float:
        """The predicted chance of an outcome."""
        row = self.seen[key]
        return (row[outcome] + SMOOTH) / (row.total() + SMOOTH * OUTCOMES)

    def add(self, key: Key, outcome) -> None:
        self.seen[key][outcome] += 1


@dataclass
class Curious:
    """What an agent knows when it computes its reward: its model, five models of half of what it saw, and chance."""

    model: Counts = field(default_factory=Counts)
    halves: list[Counts] = field(default_factory=lambda: [Counts() for _ in range(5)])
    rng: random.Random = field(default_factory=random.Random)


def surprise(agent: Curious, key: Key, outcome) -> float:
    """How improbable the outcome was: -log p, in nats."""
    return -math.log(agent.model.chance(key, outcome))


def count(agent: Curious, key: Key, outcome) -> float:
    """How seldom this was done here: 1 / sqrt(n)."""
    return 1 / math.sqrt(agent.model.seen[key].total() + 1)


def progress(agent: Curious, key: Key, outcome) -> float:
    """By how much this very step improves the model: the surprise before minus the surprise after it was counted."""
    before = surprise(agent, key, outcome)
    row = agent.model.seen[key]
    return before + math.log((row[outcome] + 1 + SMOOTH) / (row.total() + 1 + SMOOTH * OUTCOMES))


def disagreement(agent: Curious, key: Key, outcome) -> float:
    """How far five models of half of the data differ: the deviation of their chances."""
    chances = [half.chance(key, outcome) for half in agent.halves]
    mean = sum(chances) / len(chances)
    for half in agent.halves:
        if agent.rng.random() < 0.5:
            half.add(key, outcome)
    return math.sqrt(sum((c - mean) ** 2 for c in chances) / len(chances))


def wander(agent: Curious, key: Key, outcome) -> float:
    """No reward: what an agent sees that wanders about."""
    return 0.0


CURIOSITIES: dict[str, Callable[[Curious, Key, object], float]] = {
    "surprise": surprise,
    "count": count,
    "disagreement": disagreement,
    "progress": progress,
    "none": wander,
}


@dataclass(frozen=True)
class Stay:
    """How an agent spent its time: the share (percent) of the second half in front of the set with the remote in hand,
    how often each cell was entered, and the cells known after each hundred steps.
    """

    watching: float
    visits: Mapping[tuple[int, int], int]
    known: list[int]


def explore_room(
    reward: Callable[[Curious, Key, object], float],
    television: str = "random",
    steps: int = 30_000,
    seed: int = 0,
    optimism: float = 30.0,
    discount: float = 0.95,
    rate: float = 0.5,
    random_share: float = 0.05,
) -> Stay:
    """Let an agent live in the room. `television` shows pictures "in order" or at "random".

    Rewards are divided by their running root mean square. Values begin at `optimism`, so that what was never tried
    looks good; an agent that begins at 0 stays at home.
    """
    rng = random.Random(seed)
    agent = Curious(rng=random.Random(seed + 1))
    values: dict = defaultdict(lambda: [optimism] * len(ACTIONS))
    cell, picture, square, watched = (13, 13), 0, 0.0, 0
    visits: Counter = Counter()
    known: list[int] = []
    state = (cell, None)
    for step in range(steps):
        row = values[state]
        best = max(range(len(ACTIONS)), key=lambda i: (row[i], rng.random()))
        choice = rng.randrange(len(ACTIONS)) if rng.random() < random_share else best
        if ACTIONS[choice] != "remote":
            there = tuple(a + b for a, b in zip(cell, STEPS[ACTIONS[choice]], strict=True))
            cell = there if there in CELLS else cell
        elif cell == SET:
            picture = rng.randrange(PICTURES) if television == "random" else (picture + 1) % PICTURES
            watched += step >= steps // 2
        after, key = (cell, picture if cell == SET else None), (state, choice)
        paid = reward(agent, key, after)
        agent.model.add(key, after)
        square += (paid * paid - square) / (step + 1)
        scaled = paid / math.sqrt(square) if square else 0.0
        row[choice] += rate * (scaled + discount * max(values[after]) - row[choice])
        visits[cell] += 1
        known += [len(visits)] * (step % 100 == 99)
        state = after
    return Stay(100 * watched / (steps - steps // 2), visits, known)


def room_figure(stays: Mapping[str, Stay]) -> Picture:
    """Where each agent was: a map for each, darker where it was more often, the set marked by a ring."""
    import numpy as np

    figure, axes = panels(len(stays), 2.4, width=2.2 * len(stays))
    for axis, (name, stay) in zip(axes, stays.items(), strict=True):
        grid = np.full((SIDE, SIDE), np.nan)
        for x, y in CELLS:
            grid[y, x] = math.log10(1 + stay.visits.get((x, y), 0))
        axis.imshow(grid, cmap="Blues", vmin=0, vmax=4.5, origin="lower")
        axis.plot(*SET, marker="o", markersize=9, markerfacecolor="none", color=style(1)["color"])
        axis.set_title(f"{name}: {stay.watching:.1f} %", loc="left", fontsize=9.5)
        axis.set(xticks=[], yticks=[], facecolor=GREY)
    return figure


def watching_figure(shares: Mapping[str, Mapping[str, Sequence[float]]]) -> Picture:
    """The share of time with the remote in hand, a panel for each kind of television and a bar for each curiosity.

    Dots are single seeds.
    """
    figure, axes = panels(len(shares), 2.6, share=True)
    for axis, (kind, rows) in zip(axes, shares.items(), strict=True):
        axis.bar(list(rows), [sum(values) / len(values) for values in rows.values()], **BAR)
        for place, values in enumerate(rows.values()):
            axis.plot([place] * len(values), values, **style(1, linestyle="", markersize=4))
        axis.tick_params(axis="x", labelrotation=25)
        title = f"pictures {'in order' if kind == 'in order' else 'at random'}"
        dress(axis, title, "time at the set (%)" if axis is axes[0] else "", "", ylim=(0, 100))
    return figure


def room_view(curiosity: str = "surprise", television: str = "random", steps: int = 3000) -> Picture:
    """The map of one agent after some steps. Raises `KeyError` for a curiosity that is none of `CURIOSITIES`."""
    return room_figure({curiosity: explore_room(CURIOSITIES[curiosity], television, steps)})
