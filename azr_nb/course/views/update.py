"""Views of notebook 06: LoRA as rectangles, a batch and its mask, ranks, clips, KL divergences, a gradient by TRL.

A policy here is the probabilities of a softmax over a few tokens, as in notebook 05; every outcome is enumerated.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from matplotlib.patches import Patch

from azr_nb.course.drawing import HERE, SMALL_LEGEND, box, canvas, dress, lines, panels, word
from azr_nb.course.views.advantages import POLICY, REWARDS, TOKENS, surrogate_figure
from azr_nb.runs.plots import GREY, INK, LOOKS, Picture

REFERENCE = POLICY
Policy, Estimator = Sequence[float], Callable[[float, float], float]
MOVED = (0.25, 0.35, 0.40)  # the policy after some training


# --- an adapter and a batch -------------------------------------------------------------------------------------------
def lora_figure(rows: int, columns: int, rank: int) -> Picture:
    """A layer's weight and its adapter's two matrices as rectangles to scale, with their sizes."""
    figure, axis = canvas(2.6, (0, 8), (0, 2.6))
    scale = 1.7 / max(rows, columns)
    high, wide, thin = rows * scale, columns * scale, max(rank * scale, 0.05)
    frozen, trained = dict(fc="#E4E4E4"), dict(fc=LOOKS[0][0])
    for x, size, looks in ((1.5, (wide, high), frozen), (3.6, (thin, high), trained), (5.2, (wide, thin), trained)):
        box(axis, x, 1.45, size, looks)
    parts = ((1.5, f"W: {rows} × {columns}\nfrozen"), (3.6, f"B: {rows} × {rank}\ntrained"))
    for x, name in (*parts, (5.2, f"A: {rank} × {columns}\ntrained")):
        word(axis, x, 0.3, name)
    for x, sign in ((2.85, "+"), (4.05, "×")):
        word(axis, x, 1.45, sign, fontsize=16)
    small = rank * (rows + columns)
    word(axis, 7.1, 1.45, f"{small:,} numbers\nto train\ninstead of\n{rows * columns:,}", fontsize=10)
    return figure


def mask_figure(rows: Sequence[Sequence[str]], end: str) -> Picture:
    """Completions in one rectangle, a cell for each token; what the mask counts is coloured, padding is hatched."""
    width = max(map(len, rows))
    figure, axis = canvas(0.5 + 0.42 * len(rows), (-0.3, width + 0.3), (0, len(rows) + 1.1))
    counted, last, padding = dict(fc="#CFE3F3"), dict(fc="#F4B183"), dict(fc="white", hatch="////")
    for y, row in enumerate(reversed(rows)):
        for x in range(width):
            token = row[x] if x < len(row) else None
            looks = padding if token is None else last if token == end else counted
            box(axis, x + 0.5, y + 0.5, (1, 0.86), looks)
            if token is not None:
                shown = " ".join(token.replace("\n", "⏎").replace("\t", "→").split())
                shown = shown if len(shown) <= 5 else shown[:4] + "…"
                word(axis, x + 0.5, y + 0.5, shown, fontsize=min(7.5, 165 / width), family="monospace")
    names = "token: mask 1", "end token: mask 1", "padding: mask 0"
    handles = [Patch(ec=GREY, label=n, **looks) for n, looks in zip(names, (counted, last, padding), strict=True)]
    axis.legend(handles=handles, loc="upper center", ncols=3, **SMALL_LEGEND)
    axis.set_title(f"{len(rows)} completions of {', '.join(str(len(row)) for row in rows)} tokens")
    return figure


# --- rank ------------------------------------------------------------------------------------------------------------
def captured(singular_values: Sequence[float], rank: int) -> float:
    """Share of a matrix's squared size that its best approximation of that rank keeps: 0 to 1."""
    squares = [value * value for value in singular_values]
    return math.fsum(squares[:rank]) / math.fsum(squares)


def rank_figure(singular_values: Sequence[float], rows: int, columns: int, rank: int = 8) -> Picture:
    """What a rank costs in numbers to train, and what it keeps of one gradient; `rank` is marked."""
    figure, (cost, kept) = panels(2, 3.1)
    ranks, whole = range(1, len(singular_values) + 1), rows * columns
    cost.plot(ranks, [r * (rows + columns) for r in ranks], color=LOOKS[0][0], label="two thin matrices")
    cost.axhline(whole, color=GREY, linestyle="--", label="the whole matrix")
    cost.plot(rank, rank * (rows + columns), **HERE)
    title = f"Rank {rank}: {rank * (rows + columns):,} numbers\ninstead of {whole:,}"
    dress(cost, title, "numbers to train", "rank", legend=SMALL_LEGEND)
    shares = [100 * captured(singular_values, r) for r in ranks]
    kept.plot(ranks, shares, color=LOOKS[2][0], linestyle=LOOKS[2][2])
    kept.plot(rank, shares[rank - 1], **HERE)
    title = f"Rank {rank} keeps {shares[rank - 1]:.0f} % of this gradient\n(its squared size)"
    dress(kept, title, "kept (%)", "rank", ylim=(0, 105))
    return figure


# --- clip ------------------------------------------------------------------------------------------------------------
def surrogate(ratio: float, advantage: float, low: float, high: float, dual: float | None = None) -> float:
    """PPO's objective of one token, to be maximised, with a clip range of two widths and an optional dual clip."""
    value = min(ratio * advantage, min(max(ratio, 1 - low), 1 + high) * advantage)
    return max(value, dual * advantage) if dual is not None and advantage < 0 else value


def clip_view(clip: float = 0.2, clip_high: float = 0.28) -> Picture:
    """The surrogate for both signs: symmetric with `clip`, and with a wider range above."""
    ranges = {f"both sides {clip:g}": (clip, clip), f"{clip:g} below, {clip_high:g} above": (clip, clip_high)}
    functions = {name: lambda r, a, sides=sides: surrogate(r, a, *sides) for name, sides in ranges.items()}
    return surrogate_figure(functions, list(ranges.values()))


# --- KL --------------------------------------------------------------------------------------------------------------
def exact_kl(policy: Policy, reference: Policy) -> float:
    """KL(policy‖reference) in nats, summed over all tokens; infinite where the reference gives nothing."""
    return math.fsum(p * math.log(p / q) if q > 0 else math.inf for p, q in zip(policy, reference, strict=True) if p)


def estimator_rows(estimators: dict[str, Estimator], policy: Policy, reference: Policy) -> list[tuple]:
    """Name, mean, standard deviation and least value of each estimator over tokens drawn from the policy."""
    rows = []
    for name, estimator in estimators.items():
        values = [estimator(math.log(p), math.log(q)) for p, q in zip(policy, reference, strict=True)]
        mean = math.fsum(p * v for p, v in zip(policy, values, strict=True))
        spread = math.sqrt(math.fsum(p * (v - mean) ** 2 for p, v in zip(policy, values, strict=True)))
        rows.append((name, mean, spread, min(values)))
    return rows


def kl_figure(estimators: Mapping[str, Estimator], policy: Policy, reference: Policy) -> Picture:
    """Estimators of the divergence as curves over the log-ratio, with the place of each token of a policy."""
    figure, (axis,) = panels(1, 3.1)
    places = [i / 50 - 1.5 for i in range(151)]
    curves = {name: [estimator(x, 0.0) for x in places] for name, estimator in estimators.items()}
    lines(axis, places, curves, markevery=15, markersize=4.5)
    axis.axhline(0, color=GREY, linewidth=0.9)
    for name, p, q in zip(TOKENS, policy, reference, strict=True):
        axis.axvline(math.log(p / q), color=GREY, linestyle=":")
        axis.text(math.log(p / q) + 0.03, 2.05, f"{name}, drawn with {p:.2f}", fontsize=8.5, color=INK)
    title = "What each estimator says when one token is drawn"
    dress(axis, title, "estimate (nats)", "log π - log reference", ticks=7, ylim=(-1.6, 2.4))
    axis.legend(loc="lower right", **SMALL_LEGEND)
    return figure


def best_policy(beta: float, rewards: Sequence[float] = REWARDS, reference: Policy = REFERENCE) -> list[float]:
    """The policy with the highest mean reward minus beta times the KL to the reference: reference x exp(reward / beta).

    At beta 0 it puts everything on the best token.
    """
    highest = max(rewards)
    if beta <= 0:
        return [float(r == highest) / rewards.count(highest) for r in rewards]
    weights = [q * math.exp((r - highest) / beta) for q, r in zip(reference, rewards, strict=True)]
    return [weight / math.fsum(weights) for weight in weights]


def beta_view(beta: float = 0.5) -> Picture:
    """What a KL coefficient makes of the three-token policy: where it ends, and reward against divergence."""
    figure, (bars, trade) = panels(2, 3.1)
    policy = best_policy(beta)
    places = range(len(TOKENS))
    bars.bar([x - 0.2 for x in places], REFERENCE, 0.38, color="white", edgecolor=INK, hatch="//", label="reference")
    bars.bar([x + 0.2 for x in places], policy, 0.38, color=LOOKS[0][0], label="best policy")
    title = f"KL coefficient {beta:g}: where the\nbest policy lies"
    dress(bars, title, "probability", "token (its reward)", ylim=(0, 1.05), legend=SMALL_LEGEND)
    bars.set_xticks(list(places), [f"{t} ({r:g})" for t, r in zip(TOKENS, REWARDS, strict=True)])

    def point(policy: Sequence[float]) -> tuple[float, float]:
        return exact_kl(policy, REFERENCE), math.fsum(p * r for p, r in zip(policy, REWARDS, strict=True))

    betas = (0, *(10 ** (k / 30) for k in range(-60, 61)))  # even steps would make corners
    line = [point(best_policy(b)) for b in betas]
    trade.plot(*zip(*line, strict=True), color=GREY)
    far, value = point(policy)
    trade.plot(far, value, **HERE)
    title = f"Mean reward {value:.2f} for a\ndivergence of {far:.2f}"
    dress(trade, title, "mean reward (points)", "KL to the reference (nats)", ticks=6)
    return figure


# --- gradients -------------------------------------------------------------------------------------------------------
def singular_values(model: Any, layer: str) -> tuple[list[float], int, int]:
    """Singular values of the gradient of one layer's weight, and the weight's rows and columns."""
    import torch

    weight = dict(model.named_parameters())[layer]
    return torch.linalg.svdvals(weight.grad).tolist(), *weight.shape


def trainer_gradients(policy, config, rollouts: list, packed: bool = True) -> list:
    """The adapter's gradients from TRL's loss over these rollouts, which have advantages, without an optimizer step.

    `packed` reads each prompt once for all of its completions; without it TRL's own padded batches do the work. Gives
    the policy a LoRA adapter if it has none.
    """
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from azr_nb.learning.learner import Learner

    with TemporaryDirectory(prefix="azr-nb-") as folder:
        trainer = Learner(policy, config, Path(folder), packed).trainer
        trainer.model.zero_grad()
        trainer.gradients(trainer.model, rollouts)
    return [p.grad.clone() for p in trainer.model.parameters() if p.requires_grad]
