"""Checks of notebook 06."""

from azr_nb.course.exercises.core import Wrong, data, exercise, require, short


@exercise("06.completion_mask", "which tokens count?", difficulty=1, minutes=8)
def completion_mask(answer) -> None:
    """`completion_mask(rows, end)`: 1 up to and including the first end token of each row, 0 after it."""
    cases = [(one["rows"], one["end"], one["reason"]) for one in data("06.completion_mask")]
    for rows, end, reason in cases:
        want = [[int(end not in row[:i]) for i in range(len(row))] for row in rows]
        got = answer([list(row) for row in rows], end)
        got = got.tolist() if hasattr(got, "tolist") else [list(row) for row in got]
        require([*map(len, got)] == [*map(len, rows)], "a mask has the shape of the rows")
        wrong = f"for {short(rows, 40)} and end {end} the mask is {short(want, 40)}, not {short(got, 40)}: {reason}"
        require([[int(v) for v in row] for row in got] == want, wrong)


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
