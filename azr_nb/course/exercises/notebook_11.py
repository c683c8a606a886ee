"""Checks of notebook 11."""

import random
import re

from azr_nb.course.exercises.core import Wrong, exercise, require, short
from azr_nb.environments.things.scene_grammar import random_thing
from azr_nb.environments.things.scenes import (
    LETTERS,
    MARKS,
    NOTHING,
    Features,
    Place,
    Refused,
    check_scene,
    features,
    in_corner,
    read_path,
    read_program,
    sense,
    turned,
    turned_feature,
)

TWO = "A 00a^ 10b> 11c| 12do\nB 00a^ 10b> 11d|\n"  # and a scene


@exercise("11.turn", "turn a mark", difficulty=1, minutes=5)
def turn(answer) -> None:
    """`turn(feature, quarters)`: the feature as it is sensed on a thing that is turned clockwise."""
    for feature in (letter + mark for letter in LETTERS[:2] for mark in MARKS):
        for quarters in range(4):
            got, want = answer(feature, quarters), turned_feature(feature, quarters)
            require(got == want, f"{feature} turned {quarters} times is {want}, not {short(got)}: {_why(feature[1])}")


def _why(mark: str) -> str:
    return {"o": "o has no direction", "|": "| and - change places", "-": "| and - change places"}.get(
        mark, "the arrows go around as ^ > v <"
    )


@exercise("11.tell_apart", "a movement that tells two hypotheses apart", difficulty=2, minutes=5)
def tell_apart(answer) -> None:
    """A movement after which A@1:00 and B@1:00 sense different things."""
    require(isinstance(answer, str), f'give a text such as "ne", not {short(answer)}')
    try:
        path = read_path(answer, 12)
    except Refused as error:
        raise Wrong(str(error)) from None
    one, other = (sense(read_program(f"{TWO}{name}@1:00"), path) for name in "AB")
    there = "nothing" if one == NOTHING else one
    require(one != other, f"after {answer or 'no step'} both sense {there}: look where the two lines of text differ")


def _two_things(seed: int) -> tuple[Features, Features]:
    """Two things laid over one another."""
    rng = random.Random(seed)
    return random_thing(rng, 5), random_thing(rng, 5)


@exercise("11.nearest", "where the two likeliest things lie farthest apart", difficulty=2, minutes=10)
def nearest(answer) -> None:
    """`nearest(mine, theirs)`: the place of mine that is farthest from the nearest place of theirs."""
    for seed in range(20):
        mine, theirs = (list(one) for one in _two_things(seed))
        gaps = {place: min(_steps(place, other) for other in theirs) for place in mine}
        got = answer(list(mine), list(theirs))
        require(isinstance(got, tuple) and got in gaps, f"{short(got)} is not one of the places of the first thing")
        best = max(gaps.values())
        far = f"{short(got)} is {gaps[got]} steps from the nearest place of the second thing; one is {best} away"
        require(gaps[got] == best, far)


def _steps(one: Place, other: Place) -> int:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


@exercise("11.differ", "where they would sense different things", difficulty=2, minutes=10)
def differ(answer) -> None:
    """`differ(mine, theirs)`: a place where the two expect different things; features decide, and so does nothing."""
    for seed in range(20):
        mine, theirs = _two_things(seed)
        if seed % 2:
            theirs = dict(mine)
            theirs[random.Random(seed).choice(list(theirs))] = "ao" if "ao" not in mine.values() else "bo"
        got = answer(dict(mine), dict(theirs))
        require(isinstance(got, tuple) and len(got) == 2, f"give a place such as (1, 0), not {short(got)}")
        one, other = mine.get(got, NOTHING), theirs.get(got, NOTHING)
        require(one != other, f"at {got} both expect {'nothing' if one == NOTHING else one}")


@exercise("11.no_way_up", "a thing that no movement can orient", difficulty=3, minutes=8)
def no_way_up(answer) -> None:
    """A line such as `A 00ao 01bo`, of at least four nodes, that looks the same in all four turns."""
    require(isinstance(answer, str), f'give a line such as "A 00ao 01bo", not {short(answer)}')
    line = answer.strip()
    require(line.startswith("A "), f'give a line such as "A 00ao 01bo", not {short(answer)}')
    first = re.search(r" (\d\d)", line)
    try:
        scene = read_program(f"{line}\nA@0:{first[1] if first else '00'}")
        check_scene(scene)
    except Refused as error:
        raise Wrong(str(error)) from None
    nodes = features(scene)
    require(len(nodes) >= 4, f"it has {len(nodes)} nodes: take four or more")
    flat = in_corner(nodes)
    for quarters in (1, 2, 3):
        now = {turned(place, quarters): turned_feature(feature, quarters) for place, feature in nodes.items()}
        places = sorted(in_corner(now)) == sorted(flat)
        require(places, f"turned {quarters} times it has its nodes in other places")
        require(in_corner(now) == flat, f"turned {quarters} times its places are the same, and its features are not")
