"""Views of notebook 04: what a proposer can expect to be paid when n samples stand for a true solve rate.

Pure functions of a shape, a true solve rate p and a number of samples n. A shape is a function from a measured solve
rate to a reward.
"""

import math
from collections.abc import Callable, Mapping, Sequence

from matplotlib.ticker import MaxNLocator

from azr_nb.course.drawing import BAR, BESIDE, HERE, LEGEND, beside, dress, lines, panels, word
from azr_nb.rewards import inverse, learnability, uncertainty, variance
from azr_nb.runs.plots import GREY, INK, LOOKS, Picture

Shape = Callable[[float], float]


SHAPES: dict[str, Shape] = {
    "paper": learnability,
    "released code": lambda solve_rate: learnability(solve_rate, -0.5),
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


def ladder_figure(rungs: Mapping[str, Sequence[tuple[str, float]]]) -> Picture:
    """Rewards as ladders, one for each role: a rung at its reward, with what gets it beside it."""
    figure, axes = panels(len(rungs), 3.6, share=True)
    for axis, (role, steps) in zip(axes, rungs.items(), strict=True):
        axis.plot([[0, 0.5]] * 2, [-1.15, 1.15], color=INK, linewidth=3, solid_capstyle="butt")
        for text, value in steps:
            axis.plot([0, 0.5], [value, value], color=LOOKS[0][0] if value > 0 else LOOKS[1][0], linewidth=4)
            beside(axis, 0.5, value, f"{value:+.3g}  {text}", (10, -3))
        dress(axis, role, "reward" if axis is axes[0] else "", "", xlim=(-0.1, 2.6), ylim=(-1.2, 1.2), xticks=[])
        axis.grid(visible=False)
        axis.spines["bottom"].set_visible(False)
    return figure


def cliff_figure(p: float = 0.02, n: int = 8, shape: Shape = learnability) -> Picture:
    """Left how often each number of right answers comes up, right what it pays; the mean reward is a dashed line."""
    figure, (left, right) = panels(2, 2.9)
    odds, counts = chances(p, n), list(range(n + 1))
    bars = left.bar(counts, [100 * chance for chance in odds], **BAR)
    bars[0].set(hatch="///", facecolor="white")
    left.text(0, 100 * odds[0], f"{100 * odds[0]:.0f} %", ha="center", va="bottom", fontsize=9, color=INK)
    dress(left, f"How often? True solve rate p = {p:g}", "chance (%)", f"right answers of {n}", ylim=(0, 108))
    right.plot(counts, [shape(k / n) for k in counts], color=LOOKS[0][0], marker="o")
    mean = expected(shape, p, n)
    right.axhline(mean, color=LOOKS[1][0], linestyle="--", linewidth=1.3)
    beside(right, 1.2, mean, f"on average {mean:.2f}", (0, 4))
    title = "What it pays: a cliff between none and one"
    dress(right, title, "reward (points)", f"right answers of {n}", ylim=(-0.05, 1.05))
    return figure


def pay_figure(rates: Mapping[str, Mapping[str, float]], n: int, shapes: Mapping[str, Shape] = SHAPES) -> Picture:
    """A heat map for each set of solve rates: what each shape pays on average for each task, the best of a shape boxed.

    `rates` has true solve rates by task, for each title.
    """
    figure, axes = panels(len(rates), 1.3 + 0.42 * max(map(len, rates.values())), width=8)
    for axis, (title, tasks) in zip(axes, rates.items(), strict=True):
        paid = [[expected(shape, p, n) for shape in shapes.values()] for p in tasks.values()]
        axis.imshow(paid, cmap="RdBu", vmin=-1, vmax=1, aspect="auto")
        best = [max(range(len(paid)), key=lambda row: paid[row][column]) for column in range(len(shapes))]
        for row, values in enumerate(paid):
            for column, value in enumerate(values):
                bold = dict(weight="bold", bbox=dict(fc="none", ec=INK)) if best[column] == row else {}
                ink = "white" if abs(value) > 0.6 else INK
                word(axis, column, row, f"{value:+.2f}", **dict(color=ink, fontsize=8.5) | bold)
        axis.set_xticks(range(len(shapes)), list(shapes), fontsize=8, rotation=25)
        axis.set_yticks(range(len(tasks)), [f"{task} ({p:.2g})" for task, p in tasks.items()], fontsize=8.5)
        axis.tick_params(length=0)
        axis.set_title(title, loc="left", fontsize=9.5, color=INK)
    return figure


def pay_rows(shapes: Mapping[str, Shape], rates: Mapping[str, float], n: int) -> list[tuple]:
    """A row for each task, (name, expected reward under each shape), for `widgets.table`."""
    return [(task, *(f"{expected(shape, p, n):+.2f}" for shape in shapes.values())) for task, p in rates.items()]


def shapes_figure(shapes: Mapping[str, Shape] = SHAPES, n: int = 8) -> Picture:
    """Reward against measured solve rate, a line for each shape, with a mark at each of the n + 1 possible rates."""
    figure, (axis,) = panels(1, 3.4)
    rates = [k / n for k in range(n + 1)]
    paid = {name: [shape(rate) for rate in rates] for name, shape in shapes.items()}
    lines(axis, rates, paid, markersize=6, markerfacecolor="white")
    axis.axhline(0, color=GREY, linewidth=0.8)
    title = "Five ways to pay a proposer: where is the top, and what do the ends earn?"
    named = f"measured solve rate (right answers of {n}, as a share)"
    dress(axis, title, "reward (points)", named, ticks=6, legend=LEGEND | BESIDE)
    return figure


def sizes_figure(shape: Shape = learnability, sizes: Sequence[int] = SIZES) -> Picture:
    """Expected reward against the true solve rate, a line for each number of samples, and one without noise."""
    figure, (axis,) = panels(1, 3.4)
    axis.plot(_GRID[1:-1], [shape(p) for p in _GRID[1:-1]], color=GREY, linewidth=1, label="no noise")
    means = {f"n = {n}": [expected(shape, p, n) for p in _GRID] for n in sizes}
    lines(axis, _GRID, means, markevery=20, markersize=5)
    title = "What a task earns on average: how far does it fall below the promise?"
    dress(axis, title, "expected reward (points)", "true solve rate p (share)", ticks=6, legend=LEGEND | BESIDE)
    return figure


def reward_view(solve_rate: float = 0.25, samples: int = 8, variant: str = "paper") -> Picture:
    """Left the expected reward with a band of one standard deviation; right what n samples can say of this one task.

    Raises `KeyError` for a variant that is none of `SHAPES`.
    """
    shape = SHAPES[variant]
    figure, (left, right) = panels(2)
    middle = [expected(shape, p, samples) for p in _GRID]
    spread = [deviation(shape, p, samples) for p in _GRID]
    low, high = ([m + sign * d for m, d in zip(middle, spread, strict=True)] for sign in (-1, 1))
    left.fill_between(_GRID, low, high, color="#88CCEE", alpha=0.5, lw=0)
    left.plot(_GRID, middle, color=LOOKS[0][0])
    here, width = expected(shape, solve_rate, samples), deviation(shape, solve_rate, samples)
    left.plot(solve_rate, here, **HERE)
    title = f"{variant}, n = {samples}: {here:+.2f} at p = {solve_rate:g}\nband: one deviation, here {width:.2f}"
    dress(left, title, "reward (points)", "true solve rate p (share)", 6, xlim=(-0.03, 1.03), ylim=(-1.05, 1.25))
    odds = [100 * chance for chance in chances(solve_rate, samples)]
    bars = right.bar(range(samples + 1), odds, **BAR)
    for end in (bars[0], bars[-1]):
        end.set(hatch="///", facecolor="white")
    title = f"What {samples} samples of this task show\nhatched: none right or all right, {odds[0] + odds[-1]:.0f} %"
    dress(right, title, "chance (%)", f"right answers of {samples}", ylim=(0, 105))
    right.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    return figure
