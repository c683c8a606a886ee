"""Checks of notebook 10."""

import math
import numbers
import random

import numpy as np

from azr_nb.course.exercises.core import exercise, one_of, require, short, three_parts
from azr_nb.course.views.studies import interval_of, resampled_means
from azr_nb.runs.study import difference, variants


@exercise("10.interval", "a paired bootstrap", difficulty=2, minutes=12)
def interval(answer) -> None:
    """`paired_interval(before, after, draw)`: middle 95 % of the mean change over tasks drawn with repeats."""
    rng = random.Random(10)
    hard = [rng.choice((0, 25, 50, 75, 100)) for _ in range(80)]
    cases = [
        (hard, [min(100, value + rng.choice((0, 0, 0, 25))) for value in hard]),
        ([100.0 * (i % 2) for i in range(60)], [100.0 * (i % 2) for i in range(60)]),
        ([0.0] * 40, [100.0 * (i < 4) for i in range(40)]),
    ]
    for number, (before, after) in enumerate(cases):
        # the first case has a fine grid of means, on which 90 % and 95 % can be told apart
        least, most = (0.92, 1.1) if number == 0 else (0.8, 1.3)
        got = answer(list(map(float, before)), list(map(float, after)), np.random.default_rng(1))
        require(hasattr(got, "__len__") and len(got) == 2, f"give two numbers, low and high, not {short(got)}")
        low, high = map(float, got)
        require(math.isfinite(low + high) and low <= high, f"low and high are {low:.2f} and {high:.2f}")
        change = [b - a for a, b in zip(before, after, strict=True)]
        want = interval_of(resampled_means(change, 40_000, 3))
        width, theirs = want[1] - want[0], high - low
        mean = sum(change) / len(change)
        outside = f"the mean change {mean:.2f} does not lie between {low:.2f} and {high:.2f}"
        require(low - 1e-9 <= mean <= high + 1e-9, outside)
        wide = f"your interval is {theirs:.1f} points wide, and the reference's {width:.1f}"
        paired = "draw tasks, each with its before and its after, not the two apart"
        require(theirs <= most * width + 1e-6, f"{wide}: {paired}")
        whole = "draw as many tasks as there are, with repeats, and keep the middle 95 %"
        require(theirs >= least * width - 1e-6, f"{wide}: {whole}")


@exercise("10.claim", "write the claim before the run", difficulty=3, minutes=15)
def claim(answer) -> None:
    """`(variant, control, points)`: the variant ends at least so many points above the control, in the study."""
    variant, control, points = three_parts(answer, "a claim is a variant, a control and a number of points")
    for name in (variant, control):
        one_of(name, variants())
    require(variant != control, "a run cannot be better than itself")
    require(isinstance(points, numbers.Real) and points > 0, "claim a number of points above 0")
    found = difference(variant, control)
    span = f"95 % interval {found.low:+.1f} to {found.high:+.1f}"
    words = f"{variant} ends {found.mean:+.1f} points above {control}, {span}"
    require(found.low > 0, f"{words}: the study cannot support any claim that it is better")
    require(points <= found.low, f"{words}: {points:g} points are more than the interval supports")
    modest = f"{words}: {points:g} points are true and too modest; claim what the interval supports"
    require(points >= 0.5 * found.low, modest)
