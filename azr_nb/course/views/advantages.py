"""Views of notebook 05: policy gradients with every outcome enumerated, and what estimators make of one group.

A policy here is the probabilities of a softmax over a few tokens, so the gradient of log p(token) by the logits is
one-hot minus p. Nothing is sampled: means and variances are exact.
"""

import html
import itertools
import math
import random
from collections.abc import Callable, Mapping, Sequence

from azr_nb.course.drawing import BAR, BESIDE, HERE, LEGEND, SMALL_LEGEND, beside, dress, lines, panels, style
from azr_nb.rewards.baselines import advantages, centre, leave_one_out, normalise, normalise_tokens
from azr_nb.runs.pages import Page, table
from azr_nb.runs.plots import GREY, LOOKS, Picture, number

POLICY = (1 / 2, 1 / 3, 1 / 6)
REWARDS = (0.0, 0.5, 1.0)
TOKENS = ("a", "b", "c")
MOST = 24  # rewards of a group that the table takes

Formula = Callable[[Sequence[float]], Sequence[float]]
Surrogate = Callable[[float, float], float]


def score(policy: Sequence[float], token: int) -> list[float]:
    """Gradient of log p(token) by the logits: one-hot minus p."""
    return [(i == token) - p for i, p in enumerate(policy)]


def estimate(policy: Sequence[float], batch: Sequence[int], values: Sequence[float]) -> list[float]:
    """REINFORCE's estimate of the gradient from a batch of tokens and their advantages: mean of advantage x score."""
    scores = [score(policy, token) for token in batch]
    return [sum(v * s[i] for v, s in zip(values, scores, strict=True)) / len(batch) for i in range(len(policy))]


def moments(policy: Sequence[float], rewards: Sequence[float], formula: Formula, n: int) -> tuple[list[float], float]:
    """Mean and total variance of the estimate over all batches of n tokens, each weighed by its probability."""
    mean, square = [0.0] * len(policy), 0.0
    for batch in itertools.product(range(len(policy)), repeat=n):
        chance = math.prod(policy[token] for token in batch)
        gradient = estimate(policy, batch, formula([rewards[token] for token in batch]))
        mean = [m + chance * g for m, g in zip(mean, gradient, strict=True)]
        square += chance * sum(g * g for g in gradient)
    return mean, square - sum(m * m for m in mean)


def cosine(a: Sequence[float], b: Sequence[float]) -> float:
    """Cosine of the angle between two vectors; nan if one has no length."""
    lengths = math.hypot(*a) * math.hypot(*b)
    return sum(x * y for x, y in zip(a, b, strict=True)) / lengths if lengths else math.nan


def baseline_view(baseline: float = 0.0, shift: float = 0.0) -> Picture:
    """Left the three possible estimates from one token, right their variance, for a baseline and shifted rewards."""
    rewards = [reward + shift for reward in REWARDS]

    def spread(b: float) -> tuple[list[float], float]:
        return moments(POLICY, rewards, lambda values: [value - b for value in values], 1)

    figure, (left, right) = panels(2, 3.3)
    mean, variance = spread(baseline)
    pulls = [0.0 + (rewards[t] - baseline) * score(POLICY, t)[2] for t in range(3)]  # 0.0 + makes -0.0 a plain 0.0
    left.bar([0, 1, 2], pulls, label="estimate", **BAR)
    left.axhline(mean[2], color=LOOKS[1][0], linestyle="--", label="their mean, by probability")
    title = f"Pull on the logit of c: mean {mean[2]:.3f}\nfor rewards {', '.join(f'{r:g}' for r in rewards)}"
    most = max(1.2, 1.2 * max(map(abs, pulls)))  # one scale for most settings, so that pictures compare
    named, legend = "token drawn, its probability, its estimate", dict(loc="lower left", **SMALL_LEGEND)
    dress(left, title, "estimate (points)", named, ylim=(-most, most), legend=legend)
    drawn = zip(TOKENS, POLICY, pulls, strict=True)
    left.set_xticks([0, 1, 2], [f"{name}, {p:.2f}\n{pull:+.2f}" for name, p, pull in drawn])
    places = [i / 20 for i in range(-20, 41)]
    right.plot(places, [spread(b)[1] for b in places], color=LOOKS[0][0])
    right.plot(baseline, variance, **HERE)
    value = sum(p * r for p, r in zip(POLICY, rewards, strict=True))
    right.axvline(value, color=GREY, linestyle=":")
    looks = dict(rotation=90, va="top", ha="right", fontsize=8.5, color=GREY, annotation_clip=True)
    right.annotate("mean reward", (value, right.get_ylim()[1]), **looks)
    right.set_ylim(bottom=0)
    title = f"Variance of the estimate: {variance:.3f}\nat the baseline {baseline:.3g}"
    dress(right, title, "variance (points²), all logits", "baseline (points)", ticks=6, xlim=(-1.1, 2.1))
    return figure


def estimates_figure() -> Picture:
    """The pushes on three logits for each token that may be drawn, and the exact gradient, a panel each."""
    figure, axes = panels(4, 2.4, share=True)
    value = sum(p * r for p, r in zip(POLICY, REWARDS, strict=True))
    parts = [
        (f"{name} is drawn\n(in {p:.0%} of cases)", [0.0 + REWARDS[t] * x for x in score(POLICY, t)])
        for t, (name, p) in enumerate(zip(TOKENS, POLICY, strict=True))
    ]
    parts.append(("exact gradient\n", [p * (r - value) for p, r in zip(POLICY, REWARDS, strict=True)]))
    for place, (axis, (title, pushes)) in enumerate(zip(axes, parts, strict=True)):
        axis.bar(TOKENS, pushes, **BAR | ({"color": LOOKS[1][0]} if place == 3 else {}))
        axis.axhline(0, color=GREY, linewidth=0.9)
        dress(axis, title, "push (points)" if place == 0 else "", "logit", ylim=(-0.6, 1.0))
    return figure


def climb(formula: Formula, shift: float = 1.0, steps: int = 100, batch: int = 4, runs: int = 20, seed: int = 0):
    """The mean reward of the three-token policy after each step of REINFORCE, for each of several runs.

    `formula` makes advantages of a batch's rewards, which are raised by `shift`; the mean does not count that. A step
    adds the estimate to the logits.
    """
    rng, found = random.Random(seed), []
    for _ in range(runs):
        logits, path = [math.log(p) for p in POLICY], []
        for _ in range(steps + 1):
            whole = sum(map(math.exp, logits))
            policy = [math.exp(z) / whole for z in logits]
            path.append(sum(p * r for p, r in zip(policy, REWARDS, strict=True)))
            drawn = rng.choices(range(3), policy, k=batch)
            push = estimate(policy, drawn, formula([REWARDS[token] + shift for token in drawn]))
            logits = [z + g for z, g in zip(logits, push, strict=True)]
        found.append(path)
    return found


def climb_figure(climbs: Mapping[str, Sequence[Sequence[float]]]) -> Picture:
    """The mean reward over steps, a panel for each recipe; thin lines are runs, the thick one is their mean."""
    figure, axes = panels(len(climbs), 2.9, share=True)
    for place, (axis, (name, runs)) in enumerate(zip(axes, climbs.items(), strict=True)):
        looks = style(place, marker="", linestyle="-")
        for run in runs:
            axis.plot(run, color=looks["color"], linewidth=0.7, alpha=0.35)
        axis.plot([sum(row) / len(row) for row in zip(*runs, strict=True)], linewidth=2.4, **looks)
        dress(axis, name, "mean reward" if place == 0 else "", ylim=(0, 1.02), xlim=(0, len(runs[0]) - 1))
    return figure


def groups_figure(batch: Mapping[tuple[str, str], Sequence[float]]) -> Picture:
    """Advantages of a mixed batch with one global baseline and with one per role and type; hollow: proposers."""
    keys = list(batch)
    rewards = [reward for key in keys for reward in batch[key]]
    names = ["/".join(key) for key in keys for _ in batch[key]]
    figure, axes = panels(2, share=True)
    one = ("One baseline for all", "global", ["all"] * len(names))
    six = ("One for each role and type", "role_type", names)
    for axis, (title, estimator, groups) in zip(axes, (one, six), strict=True):
        values = iter(advantages(rewards, groups, estimator))
        for place, (role, kind) in enumerate(keys):
            mine = [next(values) for _ in batch[role, kind]]
            offsets = [place + 0.19 * (i - (len(mine) - 1) / 2) for i in range(len(mine))]  # equal values stay apart
            color, marker, face = (LOOKS[1][0], "s", "white") if role == "propose" else (LOOKS[0][0], "o", None)
            axis.plot(mine, offsets, marker, markersize=7, alpha=0.9, color=color, markerfacecolor=face)
        axis.axvline(0, color=GREY, linewidth=0.9)
        dress(axis, title, "", "advantage (deviations)", ticks=6, xlim=(-1.9, 1.5))
    axes[0].set_yticks(range(len(keys)), [f"{role}, {kind}" for role, kind in keys])
    axes[0].invert_yaxis()
    return figure


def dead_chance(p: float, n: int) -> float:
    """Chance that n answers to a task of true solve rate p are all right or all wrong: 0 to 1."""
    return p**n + (1 - p) ** n


def dead_figure() -> Picture:
    """Share of dead groups against the true solve rate, a line for each of four group sizes."""
    figure, (axis,) = panels()
    places = [i / 100 for i in range(101)]
    dead = {f"n = {n}": [100 * dead_chance(p, n) for p in places] for n in (2, 4, 8, 16)}
    lines(axis, places, dead, markevery=10, markersize=5)
    title, named = "How many groups of n answers are dead? Both ends teach nothing", "true solve rate p (share)"
    dress(axis, title, "dead groups (%)", named, ticks=6, ylim=(-3, 105), legend=LEGEND | BESIDE)
    return figure


def surrogate_figure(functions: Mapping[str, Surrogate], ranges: Sequence[tuple[float, float]] = ()) -> Picture:
    """Surrogates against the ratio, a panel each: solid for the advantage +1, dashed for -1, grey for the clip range.

    `ranges` are the clip ranges below and above 1 of each panel; 0.2 and 0.2 without.

    A function that gives no number leaves its panel empty.
    """
    figure, axes = panels(len(functions), 3.0, share=True)
    ratios = [0.4 + i / 50 for i in range(61)]
    clips = ranges or [(0.2, 0.2)] * len(axes)
    for axis, (name, function), (low, high) in zip(axes, functions.items(), clips, strict=True):
        axis.axvspan(1 - low, 1 + high, color="#EEEEEE")
        for sign, advantage in enumerate((1.0, -1.0)):
            values = [function(ratio, advantage) for ratio in ratios]
            if all(isinstance(value, (int, float)) for value in values):
                axis.plot(ratios, values, **style(sign, marker=None, label=f"advantage {advantage:+.0f}"))
                aside = (2, -14) if advantage > 0 else (0, 7)  # where no line runs
                beside(axis, ratios[0], values[0], f"A = {advantage:+.0f}", aside)
        title = f"{name}\nan update climbs the line; grey: clip range"
        dress(
            axis,
            title,
            "objective (points)" if axis is axes[0] else "",
            "ratio ρ: probability now / when drawn",
            ticks=6,
        )
    return figure


def numbers_of(text: str) -> list[float]:
    """The finite numbers of a text with commas. Raises `ValueError` in one sentence for anything else."""
    found = []
    for part in filter(None, map(str.strip, text.split(","))):
        value = number(part)
        if math.isnan(value):
            raise ValueError(f"{part[:20]!r} is not a number: write numbers with commas between them")
        if abs(value) > 1e6:
            raise ValueError(f"{part[:20]!r} is too much for this table: stay within a million")
        found.append(value)
    if not 1 <= len(found) <= MOST:
        raise ValueError(f"a group here has 1 to {MOST} rewards, and these are {len(found)}")
    return found


def group_rows(rewards: Sequence[float], lengths: Sequence[int]) -> list[tuple[str, list[float], float, float]]:
    """For each estimator: its name, advantages, loss, and gradient norm.

    The ratio is 1, so the loss is minus the weighed mean advantage. The norm is that of completions which each pull
    with strength 1 in a direction of their own.
    """
    n = len(rewards)
    even, by_token = [1 / n] * n, [length / sum(lengths) for length in lengths]
    kinds = (
        ("no baseline", list(rewards), even),
        ("mean (Dr. GRPO)", centre(rewards), even),
        ("mean of the others (RLOO)", leave_one_out(rewards), even),
        ("mean and deviation (paper, GRPO)", normalise(rewards), even),
        ("the same over tokens (released code)", normalise_tokens(rewards, lengths), by_token),
    )
    rows = []
    for name, values, weights in kinds:
        parts = [w * v for w, v in zip(weights, values, strict=True)]
        rows.append((name, values, 0.0 - math.fsum(parts), math.hypot(*parts)))
    return rows


def group_table(rewards: str = "1, -0.5, -0.5, 1", lengths: str = "10, 10, 10, 10") -> Page:
    """What each estimator makes of one group typed in as text; a sentence for text that is not a group."""
    try:
        values, sizes = numbers_of(rewards), numbers_of(lengths)
        if any(size < 1 or size != int(size) for size in sizes):
            raise ValueError("lengths are whole numbers of tokens, 1 or more")
        if len(sizes) != len(values):
            raise ValueError(f"{len(values)} rewards need as many lengths, and these are {len(sizes)}")
    except ValueError as error:
        return Page(f"<p>{html.escape(str(error))}</p>")
    rows = [
        (name, ", ".join(f"{v:+.2f}" for v in found), f"{loss:+.3f}".replace("-0.000", "+0.000"), f"{norm:.3f}")
        for name, found, loss, norm in group_rows(values, [int(size) for size in sizes])
    ]
    return table(("baseline", "advantages", "loss", "gradient norm (if scores had length 1, at right angles)"), rows)
