"""Checks of notebook 05."""

import math
import random
import statistics
from collections.abc import Sequence

from azr_nb.course.exercises.core import Wrong, data, exercise, require, short
from azr_nb.course.views.update import surrogate as clipped
from azr_nb.rewards.baselines import advantages
from azr_nb.tasks import ROLES, TASK_TYPES

_REWARDS = (-1, -0.5, 0, 0.125, 0.5, 0.875, 1)


def _near(got: Sequence[float], want: Sequence[float]) -> bool:
    return all(math.isclose(g, w, abs_tol=1e-4) for g, w in zip(got, want, strict=True))


def _batches():
    """Mixed batches: rewards, roles, types. The first has a dead group and a group of one, interleaved."""
    first = data("05.six_groups")
    yield first["rewards"], first["roles"], first["types"]
    rng = random.Random(5)
    for size in [rng.randint(8, 30) for _ in range(20)]:
        yield tuple([rng.choice(choices) for _ in range(size)] for choices in (_REWARDS, ROLES, TASK_TYPES))


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
        single = advantages(rewards, ["all"] * len(rewards), "global")
        others = (
            (whole, "divide the sum of squares by n - 1, not by n: it is a deviation from few samples"),
            (single, "you compare all rewards with one mean: the groups are roles and types"),
            (advantages(rewards, roles, "role_type"), "you compare within roles only: deduction is not induction"),
            (advantages(rewards, types, "role_type"), "you compare within types only: proposers are not solvers"),
            (advantages(rewards, keys, "task_unscaled"), "the mean is right, and the deviation is still missing"),
        )
        for values, reason in others:
            require(not _near(got, values), reason)
        moved = "the values are right and stand in another order: keep the order of the rewards"
        require(not _near(sorted(got), sorted(want)), moved)
        rows = zip(rewards, keys, got, want, strict=True)
        reward, key, mine, right = next(row for row in rows if not _near([row[2]], [row[3]]))
        raise Wrong(f"the reward {reward:g} of {key} has the advantage {right:+.3f}, not {mine:+.3f}")


@exercise("05.dead_groups", "find the dead groups", difficulty=1, minutes=6)
def dead_groups(answer) -> None:
    """`dead_groups(rewards, groups)`: the names of the groups that teach nothing."""
    for one in data("05.dead_groups"):
        rewards, groups, reason = one["rewards"], one["groups"], one["reason"]
        want = {g for g in groups if len({r for r, other in zip(rewards, groups, strict=True) if other == g}) == 1}
        got = answer(list(rewards), list(groups))
        require(not isinstance(got, (str, int, float)), f"give the names of the dead groups, not {short(got)}")
        shown = f"{short(sorted(want))}, not {short(sorted(map(str, got)))}"
        require(set(got) == want, f"for rewards {short(rewards, 40)} of {short(groups, 40)} it is {shown}: {reason}")


@exercise("05.surrogate", "bug hunt: which branch is wrong?", difficulty=2, minutes=10)
def surrogate(answer) -> None:
    """`surrogate(ratio, advantage, clip)`: the minimum of clipped and unclipped, for both signs."""
    rng = random.Random(7)
    cases = [(r, a, 0.2) for a in (1.0, -1.0) for r in (1.0, 0.9, 1.1, 0.5, 1.5)]
    cases += [(rng.uniform(0.2, 2.5), rng.uniform(-2, 2), rng.choice((0.1, 0.2, 0.3))) for _ in range(40)]
    for ratio, advantage, clip in cases:
        got, want = float(answer(ratio, advantage, clip)), clipped(ratio, advantage, clip, clip)
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
