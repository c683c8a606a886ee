"""Is the policy gradient unbiased? Every batch of a three-token policy, each weighed by its exact probability.

The policy is a softmax over three logits, so the gradient of log p(token) is one-hot minus p, and with rational
probabilities and rewards everything but a deviation is an exact fraction.
"""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import pytest

from azr_nb.rewards.baselines import normalise

P = (Fraction(1, 2), Fraction(1, 3), Fraction(1, 6))
REWARDS = (Fraction(0), Fraction(1, 2), Fraction(1))
VALUE = sum(p * r for p, r in zip(P, REWARDS, strict=True))  # the policy's expected reward, 1/3
SIZES = (2, 3, 4)


def score(token: int) -> list[Fraction]:
    """Gradient of log p(token) by the logits."""
    return [Fraction(int(i == token)) - p for i, p in enumerate(P)]


def true_gradient(rewards=REWARDS) -> list[Fraction]:
    """Gradient of the expected reward by the logits: p (r - value)."""
    value = sum(p * r for p, r in zip(P, rewards, strict=True))
    return [p * (r - value) for p, r in zip(P, rewards, strict=True)]


def expected_gradient(advantages_of, size: int, rewards=REWARDS) -> list:
    """Mean over all batches of `size` samples of (1 / size) * sum of advantage * score."""
    total = [0, 0, 0]
    for batch in itertools.product(range(3), repeat=size):
        chance = math.prod(P[token] for token in batch)
        values = advantages_of([rewards[token] for token in batch])
        for token, advantage in zip(batch, values, strict=True):
            total = [t + chance * advantage * g / size for t, g in zip(total, score(token), strict=True)]
    return total


def no_baseline(rewards):
    return rewards


def value_baseline(rewards):
    return [r - VALUE for r in rewards]


def leave_one_out(rewards):
    return [r - (sum(rewards) - r) / (len(rewards) - 1) for r in rewards]


def mean_baseline(rewards):
    return [r - sum(rewards) / len(rewards) for r in rewards]


def cosine(a, b) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True)) / math.hypot(*a) / math.hypot(*b)


def test_the_true_gradient_by_hand():
    assert true_gradient() == [Fraction(-1, 6), Fraction(1, 18), Fraction(1, 9)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("baseline", [no_baseline, value_baseline, leave_one_out])
def test_a_baseline_that_does_not_know_the_sample_is_unbiased(baseline, size):
    assert expected_gradient(baseline, size) == true_gradient()


@pytest.mark.parametrize("size", SIZES)
def test_a_mean_that_includes_the_sample_scales_the_gradient(size):
    """By (n - 1) / n exactly: half for two samples, three quarters for four. The direction stays."""
    scaled = [Fraction(size - 1, size) * g for g in true_gradient()]
    assert expected_gradient(mean_baseline, size) == scaled
    # which is why leave-one-out is the mean baseline times n / (n - 1)
    batch = [Fraction(1), Fraction(0), Fraction(1, 2), Fraction(1, 2)]
    assert leave_one_out(batch) == [Fraction(4, 3) * a for a in mean_baseline(batch)]


def test_a_baseline_lowers_the_variance():
    def spread(baseline):
        squares = 0
        for batch in itertools.product(range(3), repeat=4):
            values = baseline([REWARDS[token] for token in batch])
            gradient = [sum(a * score(t)[i] for t, a in zip(batch, values, strict=True)) / 4 for i in range(3)]
            squares += math.prod(P[t] for t in batch) * sum(g * g for g in gradient)
        return squares - sum(g * g for g in true_gradient())

    assert spread(value_baseline) < spread(leave_one_out) < spread(no_baseline)


def test_dividing_by_the_deviation_forgets_how_much_better():
    """Of two samples that differ one gets 1/sqrt(2) and the other the negative, whatever the rewards are."""
    gradient = expected_gradient(normalise, 2)
    # sum over pairs a < b of p_a p_b / sqrt(2) in favour of b, since b has the higher reward
    by_hand = [Fraction(0)] * 3
    for a, b in ((0, 1), (0, 2), (1, 2)):
        by_hand[a] -= P[a] * P[b]
        by_hand[b] += P[a] * P[b]
    assert by_hand == [Fraction(-1, 4), Fraction(1, 9), Fraction(5, 36)]
    assert gradient == pytest.approx([float(v) / math.sqrt(2) for v in by_hand], abs=1e-5)
    tenfold = (Fraction(0), Fraction(1, 2), Fraction(10))
    assert expected_gradient(normalise, 2, tenfold) == pytest.approx(gradient, abs=1e-5)
    assert true_gradient(tenfold) != true_gradient()


@pytest.mark.parametrize("size", SIZES)
def test_dividing_by_the_deviation_turns_the_gradient(size):
    gradient = expected_gradient(normalise, size)
    assert 0.9 < cosine(gradient, true_gradient()) < 0.999
    # no single factor leads from one to the other: 1.061, 1.414 and 0.884 for two samples
    factors = [g / float(t) for g, t in zip(gradient, true_gradient(), strict=True)]
    assert max(factors) / min(factors) > 1.2
    if size == 2:
        assert factors == pytest.approx([1.5 / math.sqrt(2), 2 / math.sqrt(2), 1.25 / math.sqrt(2)], abs=1e-4)


def test_with_rewards_of_two_values_the_deviation_only_scales():
    """Right or wrong: all pairs of samples that differ do so alike, so the direction is the true one."""
    binary = (Fraction(0), Fraction(0), Fraction(1))
    for size in SIZES:
        assert cosine(expected_gradient(normalise, size, binary), true_gradient(binary)) == pytest.approx(1)


def test_the_clipped_surrogate_has_this_gradient():
    torch = pytest.importorskip("torch")
    from azr_nb.learning.estimators import clipped_surrogate

    logits = torch.tensor([float(p) for p in P], dtype=torch.float64).log().requires_grad_()
    total = torch.zeros((), dtype=torch.float64)
    for batch in itertools.product(range(3), repeat=2):
        log_probs = torch.log_softmax(logits, -1)[list(batch)]
        values = torch.tensor([float(a) for a in leave_one_out([REWARDS[t] for t in batch])], dtype=torch.float64)
        chance = float(math.prod(P[t] for t in batch))
        total = total + chance * clipped_surrogate(log_probs, log_probs.detach(), values).mean()
    total.backward()
    assert logits.grad.tolist() == pytest.approx([float(g) for g in true_gradient()], abs=1e-12)
