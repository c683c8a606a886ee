"""Views of notebook 06: ranks, clip ranges, KL divergences with every outcome enumerated, and a gradient by TRL.

A policy here is the probabilities of a softmax over a few tokens, as in notebook 05; nothing is sampled.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

from azr_nb.course.drawing import HERE, SMALL_LEGEND, dress, panels
from azr_nb.course.views.advantages import POLICY, REWARDS, TOKENS, surrogate_figure
from azr_nb.runs.plots import GREY, INK, LOOKS, Picture

REFERENCE = POLICY
Policy, Estimator = Sequence[float], Callable[[float, float], float]
MOVED = (0.25, 0.35, 0.40)  # the policy after some training


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

    line = [point(best_policy(b)) for b in (0, 0.05, *(0.1 * k for k in range(1, 31)))]
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
