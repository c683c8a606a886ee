"""Views of notebook 04: what a proposer can expect to be paid when n samples stand for a true solve rate.

Pure functions of a shape, a true solve rate p and a number of samples n. A shape is a function from a measured solve
rate to a reward.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from matplotlib.ticker import MaxNLocator

from azr_nb.rewards import inverse, learnability, uncertainty, variance
from azr_nb.runs import plots
from azr_nb.runs.plots import GREY, INK, LOOKS, Picture

Shape = Callable[[float], float]


def released(solve_rate: float) -> float:
    """Learnability as the released code pays it: -0.5 at both ends."""
    return learnability(solve_rate, -0.5)


SHAPES: dict[str, Shape] = {
    "paper": learnability,
    "released code": released,
    "inverse": inverse,
    "variance": variance,
    "uncertainty": uncertainty,
}
SIZES = (2, 4, 8, 32)
_GRID = [i / 200 for i in range(201)]


def chances(p: float, n: int) -> list[float]:
    """Probability that k of n samples are right, for k = 0 to n, if each is right with probability p."""
    return [math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]


def expected(shape: Shape, p: float, n: int) -> float:
    """Mean reward of a task of true solve rate p, over all outcomes of n samples."""
    return math.fsum(chance * shape(k / n) for k, chance in enumerate(chances(p, n)))


def deviation(shape: Shape, p: float, n: int) -> float:
    """Standard deviation of that reward."""
    middle = expected(shape, p, n)
    return math.sqrt(math.fsum(chance * (shape(k / n) - middle) ** 2 for k, chance in enumerate(chances(p, n))))


def best_rate(shape: Shape, n: int) -> float:
    """The true solve rate, to a thousandth, whose tasks are paid best on average."""
    return max((i / 1000 for i in range(1001)), key=lambda p: expected(shape, p, n))


def pay_rows(shapes: Mapping[str, Shape], rates: Mapping[str, float], n: int) -> list[tuple]:
    """A row for each task, (name, expected reward under each shape), for `widgets.table`."""
    return [(task, *(f"{expected(shape, p, n):+.2f}" for shape in shapes.values())) for task, p in rates.items()]


def _axes(columns: int = 1, height: float = 3.2):
    figure = Picture(figsize=(8, height), layout="constrained", facecolor="white")
    return figure, figure.subplots(1, columns, squeeze=False)[0]


def _dress(axis, title: str, y_label: str, x_label: str) -> None:
    plots._dress(axis, title, y_label, x_label)
    axis.xaxis.set_major_locator(MaxNLocator(nbins=6))


def shapes_figure(shapes: Mapping[str, Shape] = SHAPES, n: int = 8) -> Picture:
    """Reward against measured solve rate, a line for each shape, with a mark at each of the n + 1 possible rates."""
    figure, (axis,) = _axes(height=3.4)
    rates = [k / n for k in range(n + 1)]
    for (name, shape), (color, marker, line) in zip(shapes.items(), LOOKS, strict=False):
        axis.plot(
            rates,
            [shape(r) for r in rates],
            color=color,
            marker=marker,
            linestyle=line,
            markersize=6,
            markerfacecolor="white",
            label=name,
        )
    axis.axhline(0, color=GREY, linewidth=0.8)
    _dress(
        axis,
        "Five ways to pay a proposer: where is the top, and what do the ends earn?",
        "reward (points)",
        f"measured solve rate (right answers of {n}, as a share)",
    )
    axis.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, fontsize=9)
    return figure


def sizes_figure(shape: Shape = learnability, sizes: Sequence[int] = SIZES) -> Picture:
    """Expected reward against the true solve rate, a line for each number of samples, and one without noise."""
    figure, (axis,) = _axes(height=3.4)
    inner = _GRID[1:-1]
    axis.plot(inner, [shape(p) for p in inner], color=GREY, linewidth=1, label="no noise")
    for (color, marker, line), n in zip(LOOKS, sizes, strict=False):
        axis.plot(
            _GRID,
            [expected(shape, p, n) for p in _GRID],
            color=color,
            marker=marker,
            markevery=20,
            linestyle=line,
            markersize=5,
            label=f"n = {n}",
        )
    _dress(
        axis,
        "What a task earns on average: how far does it fall below the promise?",
        "expected reward (points)",
        "true solve rate p (share)",
    )
    axis.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, fontsize=9)
    return figure


def reward_view(solve_rate: float = 0.25, samples: int = 8, variant: str = "paper") -> Picture:
    """Left the expected reward with a band of one standard deviation; right what n samples can say of this one task.

    Raises `KeyError` for a variant that is none of `SHAPES`.
    """
    shape = SHAPES[variant]
    figure, (left, right) = _axes(2)
    middle = [expected(shape, p, samples) for p in _GRID]
    band = [deviation(shape, p, samples) for p in _GRID]
    left.fill_between(
        _GRID,
        [m - d for m, d in zip(middle, band, strict=True)],
        [m + d for m, d in zip(middle, band, strict=True)],
        color="#88CCEE",
        alpha=0.5,
        lw=0,
    )
    left.plot(_GRID, middle, color="#0072B2")
    here = expected(shape, solve_rate, samples)
    left.plot([solve_rate], [here], color="#D55E00", marker="o", markersize=8, linestyle="none")
    left.set(xlim=(-0.03, 1.03), ylim=(-1.05, 1.25))
    _dress(
        left,
        f"{variant}, n = {samples}: {here:+.2f} at p = {solve_rate:g}\n"
        f"band: one deviation, here {deviation(shape, solve_rate, samples):.2f}",
        "reward (points)",
        "true solve rate p (share)",
    )
    odds = [100 * chance for chance in chances(solve_rate, samples)]
    bars = right.bar(range(samples + 1), odds, color="#88CCEE", edgecolor=INK, linewidth=0.6)
    for end in (bars[0], bars[-1]):
        end.set(hatch="///", facecolor="white")
    _dress(
        right,
        f"What {samples} samples of this task show\nhatched: none right or all right, {odds[0] + odds[-1]:.0f} %",
        "chance (%)",
        f"right answers of {samples}",
    )
    right.set(ylim=(0, 105))
    right.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    return figure
