"""Checks of notebook 06."""

from __future__ import annotations

import math
import random

from azr_nb.course.exercises.core import Wrong, exercise, require, short
from azr_nb.course.views.update import exact_kl


@exercise("06.completion_mask", "which tokens count?", difficulty=1, minutes=8)
def completion_mask(answer) -> None:
    """`completion_mask(rows, end)`: 1 up to and with the first end token of each row, 0 behind it."""
    rng = random.Random(6)
    cases = [
        ([[5, 7, 1, 0, 0]], 1, "the end token counts, since stopping is a decision, and what is behind it does not"),
        ([[5, 7, 9]], 1, "a completion that was cut off has no end token, and every token of it counts"),
        ([[1, 0, 0]], 1, "an empty completion still has its end token"),
        ([[5, 1, 0], [1, 0, 0], [4, 4, 4]], 1, "each row has its own length"),
        ([[5, 3, 3, 3]], 3, "padding may be the end token itself: only the first one counts"),
        ([[5, 0, 7, 1]], 1, "0 inside of a completion is a token like any other; only the end token ends it"),
        ([], 1, "no rows, no mask"),
    ]
    for _ in range(10):
        width = rng.randint(1, 8)
        rows = [[rng.randint(0, 4) for _ in range(width)] for _ in range(rng.randint(1, 4))]
        cases.append((rows, 1, "1 up to and with the first end token, 0 behind it"))
    for rows, end, reason in cases:
        want = [[int(end not in row[:i]) for i in range(len(row))] for row in rows]
        got = answer([list(row) for row in rows], end)
        got = got.tolist() if hasattr(got, "tolist") else [list(row) for row in got]
        require(
            len(got) == len(rows) and all(len(a) == len(b) for a, b in zip(got, rows, strict=True)),
            "a mask has the shape of the rows",
        )
        require(
            [[int(v) for v in row] for row in got] == want,
            f"for {short(rows, 40)} and end {end} the mask is {short(want, 40)}, not {short(got, 40)}: {reason}",
        )


@exercise("06.kl_sign", "bug hunt: which divergence is it?", difficulty=2, minutes=10)
def kl_sign(answer) -> None:
    """`kl_k3(log_p, log_q)` of a token drawn from p: never negative, and KL(p‖q) on average."""
    rng = random.Random(7)
    pairs = [((0.25, 0.35, 0.40), (1 / 2, 1 / 3, 1 / 6)), ((0.98, 0.01, 0.01), (1 / 3, 1 / 3, 1 / 3))]
    for _ in range(10):
        both = [[rng.random() + 0.02 for _ in range(4)] for _ in "pq"]
        pairs.append(tuple(tuple(x / sum(part) for x in part) for part in both))
    for p, q in pairs:
        values = [float(answer(math.log(a), math.log(b))) for a, b in zip(p, q, strict=True)]
        mean = math.fsum(a * v for a, v in zip(p, values, strict=True))
        exact = exact_kl(p, q)
        means = f"its mean over tokens of the policy is {mean:.3f}, and the KL {exact:.3f}"
        require(not math.isclose(mean, -exact, abs_tol=1e-9), f"{means}: the sign is the wrong way round")
        flipped = [
            math.exp(math.log(a) - math.log(b)) - 1 - (math.log(a) - math.log(b)) for a, b in zip(p, q, strict=True)
        ]
        wrong = math.fsum(a * v for a, v in zip(p, flipped, strict=True))
        require(
            not math.isclose(mean, wrong, abs_tol=1e-9),
            f"{means}: never negative, and of another quantity; which of the two stands in the numerator of r?",
        )
        require(math.isclose(mean, exact, abs_tol=1e-9), f"{means}: it should be the same")
        require(
            min(values) >= -1e-12,
            f"the mean is right, and a single value can be negative ({min(values):.3f}): "
            "that is k1; add the term that has mean zero",
        )


@exercise("06.merge", "merge an adapter", difficulty=2, minutes=8)
def merge(answer) -> None:
    """`merge(weight, a, b, alpha)`: weight + alpha / rank x B A, for weight (out, in), A (rank, in), B (out, rank)."""
    import torch

    generator = torch.Generator().manual_seed(8)
    for outputs, inputs, rank, alpha in ((3, 5, 2, 2.0), (4, 4, 1, 8.0), (6, 2, 2, 1.0), (5, 7, 4, 16.0)):
        draw = lambda *shape: torch.randn(*shape, generator=generator, dtype=torch.float64)  # noqa: E731
        weight, a, b, x = draw(outputs, inputs), draw(rank, inputs), draw(outputs, rank), draw(10, inputs)
        before = weight.clone()
        got = answer(weight, a, b, alpha)
        case, shape = f"for a weight of shape {(outputs, inputs)} and rank {rank}", tuple(getattr(got, "shape", ()))
        require(shape == (outputs, inputs), f"{case} the merged weight has the shape of the weight, not {short(shape)}")
        require(torch.equal(weight, before), "your function changes the weight that it was given: make a new one")
        got = torch.as_tensor(got).to(weight)  # an answer may be of another precision
        want = x @ weight.T + alpha / rank * x @ a.T @ b.T
        if torch.allclose(x @ got.T, want, atol=1e-5):
            continue
        scaled = any(torch.allclose(got, weight + scale * b @ a) for scale in (1.0, alpha, rank / alpha))
        require(not scaled, "the product is right and its scale is not: it is alpha / rank")
        raise Wrong(f"{case} and alpha {alpha:g} the merged layer gives another output than layer and adapter together")
