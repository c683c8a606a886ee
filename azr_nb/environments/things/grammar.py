"""Random tasks about things: the only source of data for the warm-up of the tiny policy of things, and its suites.

So far this is dead reckoning: a start on the grid, and a path that stays on it. Its difficulty is the number of
steps, of which the warm-up shows few: one with a chance of 0.65, and each further one with 0.35.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache

from azr_nb.environments.things.scenes import GRID, STEPS, read_program, sense
from azr_nb.tasks import Task

FRONTIER = (1, 2, 3, 4, 5, 6, 8, 10, 12)  # steps of the held-out paths
PER_LENGTH = 100
# of shorter paths there are too few to keep any from the warm-up
SHORTEST_HELD_OUT = 3
GO_ON, LONGEST = 0.35, 7  # of the warm-up's paths


def random_path(rng: random.Random, length: int) -> tuple[str, str]:
    """A start as a program, and a path of so many steps that stays on the grid."""
    x, y = rng.randrange(GRID), rng.randrange(GRID)
    return f"@0:{x}{y}", random_steps(rng, x, y, length)


def random_steps(rng: random.Random, x: int, y: int, length: int) -> str:
    """So many steps from a place that stay on the grid; each possible one is as likely."""
    path = ""
    for _ in range(length):
        inside = [s for s, (dx, dy) in STEPS.items() if 0 <= x + dx < GRID and 0 <= y + dy < GRID]
        step = rng.choice(inside)
        x, y, path = x + STEPS[step][0], y + STEPS[step][1], path + step
    return path


def random_length(rng: random.Random) -> int:
    """How many steps a path of the warm-up has."""
    length = 1
    while length < LONGEST and rng.random() < GO_ON:
        length += 1
    return length


def places(program: str, path: str) -> list[str]:
    """The places after each step: what the scratchpad holds, and last the answer."""
    scene = read_program(program)
    return [sense(scene, path[:end]) for end in range(1, len(path) + 1)]


def path_task(program: str, path: str) -> Task:
    """The deduction task of a path."""
    return Task("deduction", program, ((path, sense(read_program(program), path)),))


def frontier() -> list[Task]:
    """The held-out suite of paths: `PER_LENGTH` different ones of each length in `FRONTIER`, always the same."""
    rng, tasks = random.Random("frontier"), []
    for length in FRONTIER:
        found: dict[tuple[str, str], None] = {}
        while len(found) < PER_LENGTH:
            found[random_path(rng, length)] = None
        tasks += [path_task(program, path) for program, path in found]
    return tasks


@cache
def held_out() -> frozenset[tuple[str, str]]:
    """The held-out paths, of `SHORTEST_HELD_OUT` steps or more, that neither the warm-up nor a proposal may have."""
    return frozenset((task.program, task.input) for task in frontier() if len(task.input) >= SHORTEST_HELD_OUT)


def warm_up_paths(seed: float) -> Iterator[tuple[str, str]]:
    """An endless stream of paths for the warm-up, without those that are held out."""
    rng = random.Random(f"warm-up {seed}")
    while True:
        drawn = random_path(rng, random_length(rng))
        if drawn not in held_out():
            yield drawn
