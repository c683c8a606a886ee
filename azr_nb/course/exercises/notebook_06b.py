"""Checks of notebook 06b."""

import itertools
import math

from azr_nb.course.exercises.core import Wrong, exercise, require
from azr_nb.course.views.update import exact_kl


@exercise("06b.alive", "which tokens still pull?", difficulty=2, minutes=5)
def alive(answer) -> None:
    """`alive(ratio, advantage, low, high)`: whether the clipped objective has a gradient there."""
    ratios = (0.1, 0.5, 0.75, 0.85, 1.0, 1.1, 1.25, 1.35, 3.0)
    for low, high in ((0.2, 0.28), (0.2, 0.2), (0.1, 0.5)):
        for advantage, ratio in itertools.product((1.0, -1.0, 0.3, -2.0), ratios):
            want = ratio < 1 + high if advantage > 0 else ratio > 1 - low
            got = bool(answer(ratio, advantage, low, high))
            if got == want:
                continue
            kind, more = "good" if advantage > 0 else "bad", "more" if ratio > 1 else "less"
            where = (
                f"a {kind} token that has become {more} likely (ratio {ratio:g}, edges {1 - low:g} and {1 + high:g})"
            )
            if want and not 1 - low <= ratio <= 1 + high:
                raise Wrong(f"{where} still has a gradient: only one edge concerns each sign")
            raise Wrong(
                f"{where} {'still has a' if want else 'has no'} gradient: which of the two terms is smaller there?"
            )


@exercise("06b.kl_sign", "bug hunt: which divergence is it?", difficulty=2, minutes=10)
def kl_sign(answer) -> None:
    """`kl_k3(log_p, log_q)` of a token drawn from p: never negative, and KL(p‖q) on average."""
    policies = ((0.25, 0.35, 0.40), (1 / 2, 1 / 3, 1 / 6), (0.98, 0.01, 0.01), (1 / 3, 1 / 3, 1 / 3))
    for p, q in itertools.permutations(policies, 2):
        values = [float(answer(math.log(a), math.log(b))) for a, b in zip(p, q, strict=True)]
        mean = math.fsum(a * v for a, v in zip(p, values, strict=True))
        exact = exact_kl(p, q)
        means = f"its mean over tokens of the policy is {mean:.3f}, and the KL {exact:.3f}"
        require(not math.isclose(mean, -exact, abs_tol=1e-9), f"{means}: the sign is the wrong way round")
        ratios = [math.log(a) - math.log(b) for a, b in zip(p, q, strict=True)]
        flipped = math.fsum(a * (math.exp(r) - 1 - r) for a, r in zip(p, ratios, strict=True))
        other = "never negative, and of another quantity; which of the two stands in the numerator of r?"
        require(not math.isclose(mean, flipped, abs_tol=1e-9), f"{means}: {other}")
        require(math.isclose(mean, exact, abs_tol=1e-9), f"{means}: it should be the same")
        negative = f"the mean is right, and a single value can be negative ({min(values):.3f})"
        require(min(values) >= -1e-12, f"{negative}: that is k1; add the term that has mean zero")
