"""Views of notebook 11: things as a moving sensor meets them, and hypotheses about them (numbers: `things_curves`).

Pure functions of programs, movements and looks. A displacement is (steps east, steps north) from where the sensor
began, a place is (x, y) in a thing's own frame.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, FancyArrowPatch, Rectangle
from matplotlib.ticker import MaxNLocator

from azr_nb.course.drawing import LEGEND, dress, panels, word
from azr_nb.course.widgets import markup
from azr_nb.environments.things.evidence import POLICIES, EvidenceLearner, Pose, differ, sensed
from azr_nb.environments.things.scene_grammar import passed
from azr_nb.environments.things.scenes import (
    FLICKER,
    GRID,
    LETTERS,
    MARKS,
    NOTHING,
    SIDE,
    Features,
    Place,
    Scene,
    check_scene,
    displacement,
    features,
    read_path,
    read_program,
    sense,
    turned,
    turned_feature,
)
from azr_nb.environments.things.verifier import MOST_ANSWER, MOST_START_STEPS
from azr_nb.runs.pages import Page, table
from azr_nb.runs.plots import GREY, INK, LOOKS, Picture

CELL, NODE, PART, PATH = "#F3F3F3", "white", "#FBE6D4", "#88CCEE"
MOST_PANELS = 12  # of a picture of hypotheses
_RING = dict(marker="o", mfc="none", mec=INK, mew=1.8, markersize=10, linestyle="none")
_SHADES = LinearSegmentedColormap.from_list("evidence", ["white", "#56B4E9"])
_TWINS = read_program("A 00a^ 10b> 11c| 12do\nB 00a^ 10b> 11d| 12do\nC 00c^ 01a> 11b^ 21a-\nA@1:10")
MEMORY = tuple(features(_TWINS, name) for name in "ABC")  # two things that differ in one node, and a third one
FIRST_LOOK = {(0, 0): "a^"}


# --- scenes ----------------------------------------------------------------------------------------------------------
def scene_picture(program: str, movement: str = "") -> Picture:
    """A thing in its own frame, and as the body meets it; of a program without things the path on the grid.

    Raises `Refused` for a program or a movement that cannot be read or makes no sense.
    """
    scene = read_program(program)
    check_scene(scene, flicker=True)
    path = read_path(movement, MOST_ANSWER if scene.things else MOST_START_STEPS)
    return _thing_picture(scene, path) if scene.things else _grid_picture(scene, path)


def _grid_picture(scene: Scene, path: str) -> Picture:
    end = sense(scene, path)
    figure, (axis,) = panels(1, 5.2, width=5)
    x, y = scene.place
    places = [(x + dx, y + dy) for dx, dy in _displacements(path)]
    said = f"{path} from {x}{y}: {end} is sensed" if path else f"{x}{y} is sensed at the start"
    _map(axis, [(x, y) for x in range(GRID) for y in range(GRID)], {}, places)
    _frame(axis, said, "y (places, north)", "x (places, east)")
    _explain(figure, path)
    figure.alt = f"Figure. A path on a grid of {GRID} by {GRID} places. {_told(x, y, path, *places[-1], end)}"
    return figure


def _thing_picture(scene: Scene, path: str) -> Picture:
    figure, (own, body) = panels(2, 5)
    thing, found, (x, y) = features(scene), sense(scene, path), scene.place
    frame = [(i, j) for i in range(SIDE) for j in range(SIDE)]
    parts = _of_parts(scene)
    places = [scene.place, *passed(scene, path)]
    _map(own, frame, thing, places, parts)
    _frame(own, f"{scene.name} in its own frame,\nthe sensor over {x}{y}", "y (places)", "x (places)")

    def met_at(place: Place) -> Place:
        return turned((place[0] - x, place[1] - y), scene.turn)

    seen = {met_at(place): turned_feature(feature, scene.turn) for place, feature in thing.items()}
    turns = f"turned by {scene.turn} quarter{'' if scene.turn == 1 else 's'} clockwise"
    felt = f"after {path}" if path else "at the start"
    title = f"As the body meets it, {turns}:\n{found if found != NOTHING else 'nothing (.)'} is sensed {felt}"
    _map(body, [met_at(place) for place in frame], seen, _displacements(path), [met_at(place) for place in parts])
    _frame(body, title, "north (steps)", "east (steps)")
    _explain(figure, path, bool(parts))
    nodes = ", ".join(f"{feature} at {i}{j}" for (i, j), feature in sorted(thing.items()))
    said = _told(x, y, path, *places[-1], found if found != NOTHING else "nothing")
    figure.alt = f"Figure. {scene.name}, {turns}. In its own frame there is {nodes}. {said}"
    return figure


def _told(x: int, y: int, path: str, end_x: int, end_y: int, found: str) -> str:
    if not path:
        return f"The sensor is at {x}{y}. Sensed there: {found}."
    ends = f"{end_x}{end_y}" if min(end_x, end_y) >= 0 else f"({end_x}, {end_y})"
    return f"The sensor begins at {x}{y}; the movement {path} ends at {ends}. Sensed there: {found}."


def _displacements(path: str) -> list[Place]:
    """Where the sensor is before, between and after the steps of a movement."""
    return [displacement(path[:end]) for end in range(len(path) + 1)]


def _of_parts(scene: Scene) -> list[Place]:
    """The places of the scene's thing that belong to a part."""
    thing = next(thing for thing in scene.things if thing.name == scene.name)
    own = {node.place for node in thing.nodes if not node.part}
    return [place for place in features(scene) if place not in own]


def _map(axis: Axes, cells: Iterable[Place], nodes: Features, path: Sequence[Place], parts: Sequence[Place] = ()):
    """Places as squares with what is there, and a movement over them."""
    for x, y in cells:
        _square(axis, (x, y), CELL, "white")
    for place, feature in nodes.items():
        _square(axis, place, PART if place in parts else NODE, GREY)
        _draw_feature(axis, place, feature, 13)
    axis.plot(*zip(*path, strict=True), color=PATH, linewidth=7, alpha=0.75, zorder=2, solid_capstyle="round")
    for (x, y), (to_x, to_y) in pairwise(path):
        angle = {(0, 1): 0, (-1, 0): 90, (0, -1): 180, (1, 0): 270}[to_x - x, to_y - y]
        axis.plot((x + to_x) / 2, (y + to_y) / 2, color=LOOKS[0][0], marker=(3, 0, angle), markersize=7, zorder=2)
    axis.add_patch(Circle(path[-1], 0.43, fill=False, ec=LOOKS[1][0], lw=3, zorder=4))
    if len(path) > 1:
        axis.add_patch(Circle(path[0], 0.43, fill=False, ec=LOOKS[1][0], lw=1.5, ls="--", zorder=4))
    _fit(axis, [*cells, *path])


def _frame(axis: Axes, title: str, y_label: str, x_label: str) -> None:
    """Title, labels and whole numbers as ticks, without a grid."""
    dress(axis, title, y_label, x_label)
    for side in (axis.xaxis, axis.yaxis):
        side.set_major_locator(MaxNLocator(10, integer=True))
    axis.grid(False)


def _fit(axis: Axes, places: Iterable[Place]) -> None:
    """Limits around some places, and squares that are square."""
    xs, ys = zip(*places, strict=True)
    axis.set(xlim=(min(xs) - 0.6, max(xs) + 0.6), ylim=(min(ys) - 0.6, max(ys) + 0.6), aspect="equal")


def _square(axis: Axes, place: Place, fill, edge: str, **looks) -> None:
    corner = (place[0] - 0.5, place[1] - 0.5)
    axis.add_patch(Rectangle(corner, 1, 1, fc=fill, ec=edge, **dict(lw=0.8, zorder=1) | looks))


def _draw_feature(axis: Axes, place: Place, feature: str, size: float) -> None:
    """A feature at a place: its letter, and its mark as an arrow, a line, a dot or a star."""
    (letter, mark), (x, y) = feature, place
    word(axis, x - 0.24, y, letter, fontsize=size, zorder=3)
    x, length = x + 0.16, 0.23
    if mark in "^>v<":
        dx, dy = turned((0, 1), "^>v<".index(mark))
        ends = (x - length * dx, y - length * dy), (x + length * dx, y + length * dy)
        looks = dict(arrowstyle="-|>", mutation_scale=0.8 * size, shrinkA=0, shrinkB=0)
        axis.add_patch(FancyArrowPatch(*ends, color=INK, lw=0.11 * size, zorder=3, **looks))
    elif mark in "|-":
        dx, dy = (0, length) if mark == "|" else (length, 0)
        axis.plot((x - dx, x + dx), (y - dy, y + dy), color=INK, lw=0.17 * size, zorder=3)
    else:
        axis.plot(x, y, color=INK, marker=(6, 2, 0) if mark == FLICKER else "o", markersize=0.45 * size, zorder=3)


def _explain(figure: Picture, path: str, parts: bool = False) -> None:
    ring = dict(marker="o", mfc="none", mec=LOOKS[1][0], linestyle="none", markersize=11)
    handles = [Line2D([], [], mew=2.5, label="sensor at the end" if path else "sensor", **ring)]
    if path:
        handles += [Line2D([], [], mew=1, label="at the start", **ring)]
        handles += [Line2D([], [], color=PATH, lw=6, label="movement")]
    if parts:
        handles += [Rectangle((0, 0), 1, 1, fc=PART, ec=GREY, label="of a part")]
    figure.legend(handles=handles, loc="outside lower center", ncols=4, **LEGEND)


# --- hypotheses ------------------------------------------------------------------------------------------------------
def hypotheses_picture(memory: Sequence[Features], looks: Mapping[Place, str]) -> Picture:
    """The evidence of each place where the sensor may have begun, a panel for each thing and turn.

    If there are more than 12 panels, the best turn of each thing, of the 12 likeliest things. `looks` says what was
    sensed at which displacement, of at most 4 steps. Raises `ValueError` for other looks.
    """
    learner = _learner(memory, looks)
    rivals = [learner.poses[h] for h in learner.rivals(random.Random(0)) or ()]
    there = learner.displacements[differ(learner, random.Random(0))] if rivals else None  # the same two, by their seed
    evidence = dict(zip(learner.poses, learner.evidence.tolist(), strict=True))
    shown = _panels_of(evidence, rivals)
    columns = min(4, len(shown))
    rows = -(-len(shown) // columns)
    figure = Picture(figsize=(8, 1.1 + 1.45 * rows), layout="constrained", facecolor="white")
    axes = list(figure.subplots(rows, columns, squeeze=False).flat)
    scale = Normalize(min(evidence.values()), max(*evidence.values(), min(evidence.values()) + 1))
    sizes = []
    for axis, (thing, turn) in zip(axes, shown, strict=False):
        occupied = []
        for place, feature in memory[thing].items():
            pose, spot = Pose(thing, turn, place), turned(place, turn)
            _square(axis, spot, _SHADES(scale(evidence[pose])), GREY)
            _draw_feature(axis, spot, turned_feature(feature, turn), 9)
            occupied.append(spot)
            if pose in rivals:
                color, line = ((LOOKS[1][0], "-"), (LOOKS[2][0], (0, (2, 1))))[rivals.index(pose)]
                _square(axis, spot, "none", color, lw=3, ls=line, zorder=4)
                look_at = spot[0] + there[0], spot[1] + there[1]
                axis.add_patch(Circle(look_at, 0.42, fill=False, ec=color, lw=2.5, ls=line, zorder=4))
                occupied.append(look_at)
        _fit(axis, occupied)
        axis.set_title(f"thing {thing + 1}, turn {turn}", loc="left", fontsize=8.5, color=INK)
        sizes.append([np.ptp(side) for side in zip(*occupied, strict=True)])
    for axis in axes:
        axis.set_axis_off()
        _widen(axis, np.max(sizes, axis=0) + 1.2)
    bar = figure.colorbar(ScalarMappable(scale, _SHADES), ax=axes, shrink=0.7, aspect=30, pad=0.02)
    bar.set_label("evidence (points)", fontsize=9)
    bar.locator = MaxNLocator(8, integer=True)
    title = "Which thing, turned by how many quarters, and where did the sensor begin?"
    title += f" Evidence after {_count(len(looks), 'look')}"
    if len(shown) < len({(pose.thing, pose.turn) for pose in evidence}):
        title += f"\n{len({thing for thing, _ in shown})} of {_count(len(memory), 'thing')}, each in its best turn"
    figure.suptitle(title, fontsize=9.5, color=INK)
    handles = [
        Rectangle((0, 0), 1, 1, fc="none", ec=LOOKS[1][0], lw=2.5, label="likeliest start"),
        Rectangle((0, 0), 1, 1, fc="none", ec=LOOKS[2][0], lw=2.5, ls=(0, (2, 1)), label="its rival"),
        Line2D([], [], label="where they would sense different things", **_RING),
    ]
    if rivals:
        figure.legend(handles=handles, loc="outside lower center", ncols=3, **LEGEND)
    number = len(learner.likeliest)
    figure.alt = f"Figure. {title}. {_said(memory, looks, rivals, there, number)}".replace("\n", "; ")
    return figure


def _learner(memory: Sequence[Features], looks: Mapping[Place, str]) -> EvidenceLearner:
    learner = EvidenceLearner(memory)
    for place, feature in looks.items():
        if place not in learner.index:
            raise ValueError(f"{place} is more than 4 steps away")
        if feature != NOTHING and not (len(feature) == 2 and feature[0] in LETTERS and feature[1] in MARKS):
            raise ValueError(f"{feature!r} is neither a feature, such as b>, nor {NOTHING} for nothing")
        learner.look(learner.index[place], feature)
    return learner


def _panels_of(evidence: Mapping[Pose, float], rivals: Sequence[Pose]) -> list[tuple[int, int]]:
    """The things and turns to show, in order."""
    best: dict[tuple[int, int], float] = {}
    for pose, points in evidence.items():
        best[pose.thing, pose.turn] = max(points, best.get((pose.thing, pose.turn), points))
    if len(best) <= MOST_PANELS:
        return sorted(best)
    first = [(pose.thing, pose.turn) for pose in rivals]
    order = sorted(best, key=lambda key: (key not in first, -best[key], key))
    found, things = [], set()
    for key in order:
        if key in first or key[0] not in things:
            found.append(key)
            things.add(key[0])
    return sorted(found[:MOST_PANELS])


def _widen(axis: Axes, size: Sequence[float]) -> None:
    """Limits of this size around the same middle."""
    (left, right), (low, high) = axis.get_xlim(), axis.get_ylim()
    x, y = (left + right) / 2, (low + high) / 2
    axis.set(xlim=(x - size[0] / 2, x + size[0] / 2), ylim=(y - size[1] / 2, y + size[1] / 2))


def _said(memory, looks, rivals: Sequence[Pose], there: Place | None, number: int) -> str:
    seen = "; ".join(f"{feature} at {_way(place)}" for place, feature in looks.items()) or "nothing yet"
    told = f"Sensed: {seen}. The most evidence: {_count(number, 'hypothesis', 'hypotheses')}."
    if not rivals:
        return told
    names = " and ".join(f"thing {p.thing + 1}, turn {p.turn}, place {p.place[0]}{p.place[1]}" for p in rivals)
    expected = " and ".join(sensed(memory[pose.thing], pose, there) for pose in rivals)
    return f"{told} The two likeliest are {names}; they expect {expected} at {_way(there)}."


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _way(place: Place) -> str:
    """The shortest movement to a displacement, such as een."""
    x, y = place
    return ("e" * x + "w" * -x + "n" * y + "s" * -y) or "the start"


def next_look(
    memory: Sequence[Features] = MEMORY,
    looks: Mapping[Place, str] = FIRST_LOOK,
    movement: str = "n",
    truth: Pose | None = None,
) -> Page:
    """What a movement would sense and how many hypotheses it would leave, beside the choices of three policies.

    `truth` is the pose that the sensor meets; without it, the first one that agrees with all looks. Raises `Refused`
    for a text that is not a movement, and `ValueError` for one that ends more than 4 steps away, or for a truth that
    does not agree with the looks.
    """
    learner = _learner(memory, looks)
    truth = truth or learner.poses[learner.likeliest[0]]
    if wrong := [place for place, feature in looks.items() if sensed(memory[truth.thing], truth, place) != feature]:
        raise ValueError(f"{truth} does not agree with what was sensed at {_way(wrong[0])}")
    mine = displacement(read_path(movement, MOST_ANSWER))
    if mine not in learner.index:
        raise ValueError(f"{movement} ends more than 4 steps away")
    policies = ("nearest", "differ", "information")
    chosen = {name: learner.displacements[POLICIES[name](learner, random.Random(0))] for name in policies}
    rows = []
    for name, place in {"yours": mine, **chosen}.items():
        found = sensed(memory[truth.thing], truth, place)
        rows.append((name, _way(place), found, *_left(learner, place, truth)))
    head = ("chosen by", "movement", "sensed there", "hypotheses left", "left on average")
    before = _count(len(learner.likeliest), "hypothesis is", "hypotheses are")
    page = f"<p>{before} possible after {_count(len(looks), 'look')}.</p>{table(head, rows)}"
    picture = hypotheses_picture(memory, {**looks, mine: rows[0][2]})
    return Page(f"{page}<p>After your look:</p>{markup(picture)}")


def _left(learner: EvidenceLearner, place: Place, truth: Pose) -> tuple[int, str]:
    """Hypotheses that are possible after a look: at the truth, and on average over those that are possible now."""
    expected = learner.table[learner.likeliest, learner.index[place]]
    now = learner.table[learner.poses.index(truth), learner.index[place]]
    _, counts = np.unique(expected, return_counts=True)
    return int((expected == now).sum()), f"{(counts**2).sum() / counts.sum():.1f}"
