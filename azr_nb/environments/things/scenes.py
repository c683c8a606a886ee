"""Things, scenes and sensing: oriented features at places, in a frame of the thing's own, met by a sensor that moves.

    A 00a^ 10b> 11c| 12do     a thing: at each place a letter and a mark, which turns with the thing
    A@1:10                    the scene: thing A, turned clockwise by one quarter, the sensor over A's place 10
    nes                       a movement, in the body's directions; only its end is sensed
    c-                        what is sensed there, or . for nothing

A node may hold another thing instead of a feature: `02K1` puts K, turned by one quarter, with its place 00 at 02. A
scene without any thing is dead reckoning: `@0:12` is a start on a grid of six by six, and what is sensed is the place
itself.

Texts may come from a model. They are read by regular expressions, never evaluated, and `Refused` says what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from azr_nb.tasks import Verdict

Place = tuple[int, int]
Features = dict[Place, str]  # what is where, in a thing's own frame
Form = tuple[tuple[Place, str], ...]  # the same without a frame

SIDE, GRID = 5, 6  # places of a thing's frame, and of the grid of dead reckoning, in each direction
WHOLES, PARTS = "ABC", "KL"  # names of things that a scene may show, and of things that others are made of
LETTERS, MARKS = "abcd", "^>v<|-o"
FLICKER = "*"  # a mark that is another one each time it is sensed
NOTHING = "."
STEPS = {"n": (0, 1), "e": (1, 0), "s": (0, -1), "w": (-1, 0)}
MOST_NODES, MOST_THINGS, MOST_TEXT = 6, 3, 400  # of a thing, of a memory without its parts, characters of a program

_NODE = re.compile(rf"([0-9])([0-9])(?:([{LETTERS}][{re.escape(MARKS + FLICKER)}])|([A-Z])([0-3]))")
_THING = re.compile(r"([A-Z])((?: \S+)+)")
_SCENE = re.compile(r"([A-Z]?)@([0-3]):([0-9])([0-9])")
_PATH = re.compile(r"[nesw]*")


class Refused(ValueError):
    """A text that cannot be read as a program, a scene or a movement, or makes no sense; `verdict` says why."""

    def __init__(self, status: str, reason: str) -> None:
        super().__init__(reason)
        self.verdict = Verdict(status, reason)


@dataclass(frozen=True)
class Node:
    """Something at a place of a thing: a feature such as "a^", or a part's name with its quarter turns, "K1"."""

    place: Place
    content: str

    @property
    def part(self) -> str:
        """The name of the part that stands here, empty for a feature."""
        return self.content[0] if self.content[0].isupper() else ""


@dataclass(frozen=True)
class Thing:
    """A thing by its name and nodes."""

    name: str
    nodes: tuple[Node, ...]


@dataclass(frozen=True)
class Scene:
    """The things in memory; which of them is there, its quarter turns (0 to 3), and the sensor's place on it.

    Without things `name` is empty, and `place` is a start on the grid.
    """

    things: tuple[Thing, ...]
    name: str
    turn: int
    place: Place

    @property
    def wholes(self) -> tuple[Thing, ...]:
        """The things that a scene may show."""
        return tuple(thing for thing in self.things if thing.name in WHOLES)


# --- geometry --------------------------------------------------------------------------------------------------------
def turned(place: Place, turns: int) -> Place:
    """A place or displacement after quarter turns clockwise around 00; negative ones turn back."""
    x, y = place
    for _ in range(turns % 4):
        x, y = y, -x
    return x, y


def turned_feature(feature: str, turns: int) -> str:
    """A feature as it is sensed on a thing that is turned: letters stay, marks turn with it."""
    letter, mark = feature
    for circle in ("^>v<", "|-"):
        if mark in circle:
            mark = circle[(circle.index(mark) + turns) % len(circle)]
    return letter + mark


def displacement(path: str) -> Place:
    """Where a movement ends, from where it began."""
    return path.count("e") - path.count("w"), path.count("n") - path.count("s")


@lru_cache(maxsize=4096)
def _expanded(things: tuple[Thing, ...], name: str) -> tuple[tuple[Place, str], ...]:
    thing = next(thing for thing in things if thing.name == name)
    found: list[tuple[Place, str]] = []
    for node in thing.nodes:
        if not node.part:
            found.append((node.place, node.content))
            continue
        turn = int(node.content[1])
        for (x, y), feature in _expanded(things, node.part):
            dx, dy = turned((x, y), turn)
            found.append(((node.place[0] + dx, node.place[1] + dy), turned_feature(feature, turn)))
    return tuple(found)


def features(scene: Scene, name: str | None = None) -> Features:
    """What stands where on the scene's thing, or on another one in memory, its parts put in their places."""
    return dict(_expanded(scene.things, scene.name if name is None else name))


def met(thing: Features, turn: int, place: Place, moved: Place) -> str:
    """What the sensor meets on a turned thing, when it began over `place` and moved by a displacement."""
    dx, dy = turned(moved, -turn)
    feature = thing.get((place[0] + dx, place[1] + dy))
    return NOTHING if feature is None else turned_feature(feature, turn)


def passed(scene: Scene, path: str) -> list[Place]:
    """The places of the thing's own frame that a movement passes, the start left out."""
    (x, y), found = scene.place, []
    for step in path:
        dx, dy = turned(STEPS[step], -scene.turn)
        x, y = x + dx, y + dy
        found.append((x, y))
    return found


def inside(*places: Place) -> bool:
    """Whether all of the places are within a thing's frame."""
    return all(0 <= x < SIDE and 0 <= y < SIDE for x, y in places)


def sense(scene: Scene, path: str, walls: bool = False) -> str:
    """What the sensor meets at the end of a movement; without things, the place itself.

    A flickering feature is given with its mark `*`. Raises `Refused` for a path that leaves the grid; with `walls` it
    stays where it is instead.
    """
    if not scene.things:
        x, y = scene.place
        for step in path:
            there = x + STEPS[step][0], y + STEPS[step][1]
            if all(0 <= one < GRID for one in there):
                x, y = there
            elif not walls:
                raise Refused("forbidden", f"the path leaves the grid of {GRID} by {GRID} places")
        return spell_place((x, y))
    return met(features(scene), scene.turn, scene.place, displacement(path))


def hypotheses(scene: Scene) -> Iterator[Scene]:
    """Every scene that the memory allows: each thing that can be shown, each turn, each place that holds something."""
    for thing in scene.wholes:
        for turn in range(4):
            for place in features(scene, thing.name):
                yield Scene(scene.things, thing.name, turn, place)


def form(things: Features) -> Form:
    """A thing without its frame: the smallest of its four turns, moved to the corner.

    Two things have the same form exactly when one is the other, moved and turned.
    """
    turns = []
    for turn in range(4):
        places = {turned(place, turn): turned_feature(feature, turn) for place, feature in things.items()}
        turns.append(tuple(sorted(in_corner(places).items())))
    return min(turns)


def in_corner(things: Features) -> Features:
    """The same, moved as far down and left as it goes."""
    left, low = min(x for x, _ in things), min(y for _, y in things)
    return {(x - left, y - low): feature for (x, y), feature in things.items()}


# --- text ------------------------------------------------------------------------------------------------------------
def read_program(text: str) -> Scene:
    """The scene of a program's text. Raises `Refused` for another text; whether it makes sense, `check_scene` says."""
    if len(text) > MOST_TEXT:
        raise Refused("too_big", f"the program has {len(text)} characters, more than {MOST_TEXT}")
    *lines, last = text.strip("\n").split("\n")
    return read_scene(last, tuple(_read_thing(line) for line in lines))


def read_scene(line: str, things: tuple[Thing, ...]) -> Scene:
    """The scene of a line such as A@1:10, with these things in memory. Raises `Refused` for another text."""
    found = _SCENE.fullmatch(line)
    if found is None:
        raise Refused("unparsable", f"{line[:20]!r} is not a scene, such as A@1:10")
    return Scene(things, found[1], int(found[2]), (int(found[3]), int(found[4])))


def _read_thing(line: str) -> Thing:
    found = _THING.fullmatch(line)
    if found is None:
        raise Refused("unparsable", f"the line {line[:20]!r} is not a thing, such as A 00a^ 10b>")
    nodes = []
    for word in found[2].split():
        node = _NODE.fullmatch(word)
        if node is None:
            raise Refused("unparsable", f"{word[:20]!r} is not a node, such as 10b> or 02K1")
        nodes.append(Node((int(node[1]), int(node[2])), node[3] or node[4] + node[5]))
    return Thing(found[1], tuple(nodes))


def read_path(text: str, most: int) -> str:
    """A movement. Raises `Refused` for anything but at most `most` of the steps n, e, s and w."""
    if len(text) > most:
        raise Refused("too_big", f"the movement has {len(text)} steps, more than {most}")
    if not _PATH.fullmatch(text):
        raise Refused("unparsable", f"{text[:20]!r} is not a movement: its steps are n, e, s and w")
    return text


def spell_thing(thing: Thing) -> str:
    """A thing as a line of text, its nodes by their places."""
    nodes = sorted(thing.nodes, key=lambda node: node.place)
    return " ".join([thing.name, *(f"{x}{y}{content}" for (x, y), content in ((n.place, n.content) for n in nodes))])


def spell(scene: Scene) -> str:
    """The one text of a scene: nodes by place, things named in the order of their lines, parts before wholes."""
    wholes = [thing for thing in scene.things if thing.name in WHOLES]
    parts = [thing for thing in scene.things if thing.name not in WHOLES]
    names = dict(zip((t.name for t in parts), PARTS, strict=False)) | dict(
        zip((t.name for t in wholes), WHOLES, strict=False)
    )
    lines = []
    for thing in [*parts, *wholes]:
        nodes = [Node(n.place, names[n.part] + n.content[1:] if n.part else n.content) for n in thing.nodes]
        lines.append(spell_thing(Thing(names[thing.name], tuple(nodes))))
    return "\n".join([*lines, spell_scene(names.get(scene.name, ""), scene.turn, scene.place)])


def spell_scene(name: str, turn: int, place: Place) -> str:
    """A scene's own line: which thing, how it is turned, where the sensor is."""
    return f"{name}@{turn}:{spell_place(place)}"


def spell_place(place: Place) -> str:
    """A place as two digits."""
    return f"{place[0]}{place[1]}"


# --- sense or nonsense -----------------------------------------------------------------------------------------------
def check_scene(scene: Scene, flicker: bool = False) -> None:
    """Raise `Refused` for a scene that cannot be, or with a flickering feature unless `flicker` allows it."""
    x, y = scene.place
    if not scene.things:
        if scene.name or scene.turn or not (x < GRID and y < GRID):
            raise Refused("forbidden", f"a start without things is @0: and a place on the grid of {GRID} by {GRID}")
        return
    names = [thing.name for thing in scene.things]
    unknown = [name for name in [*names, scene.name] if name not in tuple(WHOLES + PARTS)]
    if unknown:
        raise Refused(
            "unparsable", f"a thing is called one of {', '.join(WHOLES + PARTS)}, not {unknown[0] or 'nothing'}"
        )
    if len(set(names)) < len(names):
        raise Refused("forbidden", "two things have one name")
    if len(scene.wholes) > MOST_THINGS or any(len(thing.nodes) > MOST_NODES for thing in scene.things):
        raise Refused("too_big", f"more than {MOST_THINGS} things, or more than {MOST_NODES} nodes of one")
    by_name = {thing.name: thing for thing in scene.things}
    for thing in scene.things:
        for node in thing.nodes:
            _check_node(thing, node, by_name, flicker)
    forms = set()
    for thing in scene.things:
        places = [place for place, _ in _expanded(scene.things, thing.name)]
        if len(set(places)) < len(places):
            raise Refused("forbidden", f"two nodes of {thing.name} are in one place")
        if not all(0 <= x < SIDE and 0 <= y < SIDE for x, y in places):
            raise Refused("forbidden", f"{thing.name} has a node outside of {SIDE} by {SIDE} places")
        if thing.name in WHOLES:
            forms.add(form(features(scene, thing.name)))
    if len(forms) < len(scene.wholes):
        raise Refused("forbidden", "two things in memory have the same form")
    if scene.name not in names or scene.name in PARTS:
        raise Refused("forbidden", f"the scene shows {scene.name}, which is not a whole thing in memory")
    if scene.place not in features(scene):
        raise Refused("forbidden", f"the sensor at {x}{y} is over no node of {scene.name}")


def _check_node(thing: Thing, node: Node, by_name: dict[str, Thing], flicker: bool) -> None:
    if FLICKER in node.content and not flicker:
        raise Refused("nondeterministic", "a flickering feature gives another mark each time")
    if not node.part:
        return
    if node.part == thing.name:
        raise Refused("forbidden", f"{thing.name} is a part of itself")
    if node.part not in by_name:
        raise Refused("forbidden", f"the part {node.part} of {thing.name} is not in memory")
    if node.part in WHOLES or thing.name in PARTS:
        raise Refused("forbidden", f"{node.part} cannot be a part of {thing.name}: wholes have parts, and parts none")


def memory_key(scene: Scene) -> str:
    """A text that is the same exactly for memories of the same things, up to their frames, names and order."""
    return repr(sorted(form(features(scene, thing.name)) for thing in scene.wholes)) if scene.things else spell(scene)
