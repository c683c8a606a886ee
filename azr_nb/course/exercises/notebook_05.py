"""Checks of notebook 05."""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Sequence

from azr_nb.course.exercises.core import Wrong, exercise, require, short
from azr_nb.rewards.baselines import advantages
from azr_nb.tasks import ROLES, TASK_TYPES


def _near(got: Sequence[float], want: Sequence[float], within: float = 1e-4) -> bool:
    return all(math.isclose(g, w, abs_tol=within) for g, w in zip(got, want, strict=True))


def _batches():
    """Mixed batches: rewards, roles, types. The first has a dead group and a group of one, interleaved."""
    yield (
        [1, -0.5, 1, -1, 1, 0.5, 0.25],
        ["solve", "solve", "solve", "propose", "solve", "propose", "propose"],
        ["deduction", "abduction", "deduction", "deduction", "deduction", "deduction", "induction"],
    )
    rng = random.Random(5)
    for _ in range(20):
        size = rng.randint(8, 30)
        yield (
            [rng.choice((-1, -0.5, 0, 0.125, 0.5, 0.875, 1)) for _ in range(size)],
            [rng.choice(ROLES) for _ in range(size)],
            [rng.choice(TASK_TYPES) for _ in range(size)],
        )


@exercise("05.six_groups", "a baseline for each role and type", difficulty=2, minutes=12)
def six_groups(answer) -> None:
    """`six_group_advantages(rewards, roles, types)`: normalised within each role and type, in the order given."""
    for rewards, roles, types in _batches():
        keys = [f"{role}/{kind}" for role, kind in zip(roles, types, strict=True)]
        want = advantages(rewards, keys, "role_type")
        try:
            got = list(answer(list(rewards), list(roles), list(types)))
        except Wrong as error:
            if isinstance(error.__cause__, (ZeroDivisionError, statistics.StatisticsError)):
                raise Wrong("your function divides by zero: a group of equal rewards, or of one, gets 0") from error
            raise
        require(len(got) == len(want), f"give one advantage for each of {len(want)} rewards, not {len(got)}")
        got = [float(value) for value in got]
        require(all(map(math.isfinite, got)), "an advantage is not finite: a group of equal rewards, or of one, gets 0")
        if _near(got, want):
            continue
        counts = [keys.count(key) for key in keys]
        whole = [w * math.sqrt(n / (n - 1)) if n > 1 else w for w, n in zip(want, counts, strict=True)]
        others = (
            (whole, "divide the sum of squares by n - 1, not by n: it is a deviation from few samples"),
            (
                advantages(rewards, ["all"] * len(rewards), "global"),
                "you compare all rewards with one mean: the groups are roles and types",
            ),
            (advantages(rewards, roles, "role_type"), "you compare within roles only: deduction is not induction"),
            (advantages(rewards, types, "role_type"), "you compare within types only: proposers are not solvers"),
            (advantages(rewards, keys, "task_unscaled"), "the mean is right, and the deviation is still missing"),
        )
        for values, reason in others:
            require(not _near(got, values), reason)
        require(
            not _near(sorted(got), sorted(want)),
            "the values are right and stand in another order: keep the order of the rewards",
        )
        place = next(i for i, (g, w) in enumerate(zip(got, want, strict=True)) if not _near([g], [w]))
        raise Wrong(
            f"the reward {rewards[place]:g} of {keys[place]} has the advantage {want[place]:+.3f}, "
            f"not {got[place]:+.3f}"
        )


@exercise("05.dead_groups", "find the dead groups", difficulty=1, minutes=6)
def dead_groups(answer) -> None:
    """`dead_groups(rewards, groups)`: the names of the groups that teach nothing."""
    cases = [
        ([1, 1, -0.5, 1], ["x", "x", "y", "y"], "all rewards of x are equal"),
        ([-0.5, -0.5, 1, -0.5], ["x", "x", "y", "y"], "all wrong is as dead as all right"),
        ([1, -1, 0, 0], ["x", "x", "y", "y"], "a mean of zero is not death: x has good and bad"),
        ([1, 1, -0.5], ["x", "y", "x"], "a group of one has nothing to be compared with"),
        (
            [0.1, 0.1, 0.1, 0.2],
            ["x", "x", "x", "y"],
            "compare the rewards themselves: three times 0.1 have a computed deviation of 1e-17",
        ),
        ([], [], "no rollouts, no groups"),
    ]
    rng = random.Random(6)
    for _ in range(10):
        size = rng.randint(4, 20)
        cases.append(
            (
                [rng.choice((1, -0.5)) for _ in range(size)],
                [rng.choice("abcdef") for _ in range(size)],
                "all rewards of a dead group are equal",
            )
        )
    for rewards, groups, reason in cases:
        want = {g for g in groups if len({r for r, other in zip(rewards, groups, strict=True) if other == g}) == 1}
        got = answer(list(rewards), list(groups))
        require(not isinstance(got, (str, int, float)), f"give the names of the dead groups, not {short(got)}")
        shown = f"{short(sorted(want))}, not {short(sorted(map(str, got)))}"
        require(set(got) == want, f"for rewards {short(rewards, 40)} of {short(groups, 40)} it is {shown}: {reason}")


def reference_surrogate(ratio: float, advantage: float, clip: float = 0.2) -> float:
    """PPO's objective of one token: min(r A, clip(r) A), for both signs of A."""
    clipped = min(max(ratio, 1 - clip), 1 + clip)
    return min(ratio * advantage, clipped * advantage)


@exercise("05.surrogate", "bug hunt: which branch is wrong?", difficulty=2, minutes=10)
def surrogate(answer) -> None:
    """`surrogate(ratio, advantage, clip)`: the minimum of clipped and unclipped, for both signs."""
    rng = random.Random(7)
    cases = [(r, a, 0.2) for a in (1.0, -1.0) for r in (1.0, 0.9, 1.1, 0.5, 1.5)]
    cases += [(rng.uniform(0.2, 2.5), rng.uniform(-2, 2), rng.choice((0.1, 0.2, 0.3))) for _ in range(40)]
    for ratio, advantage, clip in cases:
        got, want = float(answer(ratio, advantage, clip)), reference_surrogate(ratio, advantage, clip)
        if math.isclose(got, want, abs_tol=1e-9):
            continue
        sign = "positive" if advantage > 0 else "negative"
        place = f"for ratio {ratio:.2f}, advantage {advantage:+.2f} and clip {clip:g}"
        where = f"{place} the objective is {want:.3f}, not {got:.3f}"
        if ratio == 1:
            raise Wrong(f"{where}: at ratio 1 nothing is clipped, and the objective is the advantage itself")
        if 1 - clip < ratio < 1 + clip:
            raise Wrong(f"{where}: inside the clip range nothing is clipped; is the range 1 - clip to 1 + clip?")
        if math.isclose(got, ratio * advantage, abs_tol=1e-9):
            raise Wrong(f"{where}: in the branch of {sign} advantages the clip does not act where it should")
        raise Wrong(f"{where}: in the branch of {sign} advantages you clip what should still be mended")
