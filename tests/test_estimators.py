"""Estimators by enumeration: KL of small distributions, clipping for both signs, and TRL's own loss beside ours."""

from __future__ import annotations

from math import log
from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch")

from azr_nb.learning.estimators import clipped_surrogate, kl_k1, kl_k2, kl_k3  # noqa: E402

POLICY = torch.tensor([0.7, 0.2, 0.1], dtype=torch.float64)
REFERENCE = torch.tensor([0.2, 0.3, 0.5], dtype=torch.float64)
PAIRS = [(POLICY, REFERENCE), (REFERENCE, POLICY), (POLICY, POLICY)]


def exact_kl(p, q) -> float:
    return float((p * (p / q).log()).sum())


def expectation(estimator, policy, reference) -> float:
    """The mean over all samples of the policy, each weighed by its probability."""
    return float((policy * estimator(policy.log(), reference.log())).sum())


# --- KL --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("policy, reference", PAIRS)
@pytest.mark.parametrize("estimator", [kl_k1, kl_k3])
def test_k1_and_k3_are_unbiased_with_samples_of_the_policy(estimator, policy, reference):
    assert expectation(estimator, policy, reference) == pytest.approx(exact_kl(policy, reference), abs=1e-12)


def test_the_direction_matters():
    assert exact_kl(POLICY, REFERENCE) == pytest.approx(0.7 * log(7 / 2) + 0.2 * log(2 / 3) + 0.1 * log(1 / 5))
    assert exact_kl(REFERENCE, POLICY) == pytest.approx(0.2 * log(2 / 7) + 0.3 * log(3 / 2) + 0.5 * log(5))
    # the two exchanged: k1 has the wrong sign, k3 is no longer the divergence
    swapped = {e: float((POLICY * e(REFERENCE.log(), POLICY.log())).sum()) for e in (kl_k1, kl_k3)}
    assert swapped[kl_k1] == pytest.approx(-exact_kl(POLICY, REFERENCE))
    assert swapped[kl_k3] == pytest.approx(float((POLICY**2 / REFERENCE).sum()) - 1 - exact_kl(POLICY, REFERENCE))
    assert swapped[kl_k3] > 1.5 * exact_kl(POLICY, REFERENCE)


def test_k2_is_biased_by_a_known_amount():
    by_hand = 0.5 * (0.7 * log(7 / 2) ** 2 + 0.2 * log(2 / 3) ** 2 + 0.1 * log(1 / 5) ** 2)
    assert expectation(kl_k2, POLICY, REFERENCE) == pytest.approx(by_hand)
    assert by_hand - exact_kl(POLICY, REFERENCE) == pytest.approx(0.060353, abs=1e-6)


@pytest.mark.parametrize("step", [1e-2, 1e-3])
def test_near_the_reference_the_bias_of_k2_vanishes_faster_than_the_divergence(step):
    near = REFERENCE + step * torch.tensor([1.0, -2.0, 1.0], dtype=torch.float64)
    kl = exact_kl(near, REFERENCE)
    assert abs(expectation(kl_k2, near, REFERENCE) - kl) < 5 * step * kl


def test_k2_and_k3_are_never_negative_and_k1_is():
    for estimator in (kl_k2, kl_k3):
        assert (estimator(POLICY.log(), REFERENCE.log()) >= 0).all()
        assert (estimator(POLICY.log(), POLICY.log()) == 0).all()
    assert (kl_k1(POLICY.log(), REFERENCE.log()) < 0).any()


@pytest.mark.parametrize("better", [kl_k2, kl_k3])
def test_k2_and_k3_vary_less_near_the_reference(better):
    near = REFERENCE + 0.02 * torch.tensor([1.0, -2.0, 1.0], dtype=torch.float64)

    def spread(estimator):
        second_moment = float((near * estimator(near.log(), REFERENCE.log()).square()).sum())
        return second_moment - expectation(estimator, near, REFERENCE) ** 2

    assert spread(better) < 0.1 * spread(kl_k1)


def test_gradients_through_the_log_probabilities_alone():
    """k3 pulls by the gradient of KL(reference‖π), k2 by that of KL(π‖reference), k1 by none at all."""
    for estimator, target in ((kl_k3, "reverse"), (kl_k1, "none"), (kl_k2, "forward")):
        logits = POLICY.log().clone().requires_grad_()
        log_probs = torch.log_softmax(logits, -1)
        (POLICY * estimator(log_probs, REFERENCE.log())).sum().backward()
        other = POLICY.log().clone().requires_grad_()
        log_q = torch.log_softmax(other, -1)
        exact = {
            "reverse": (REFERENCE * (REFERENCE.log() - log_q)).sum(),
            "none": 0 * log_q.sum(),
            "forward": (log_q.exp() * (log_q - REFERENCE.log())).sum(),
        }[target]
        exact.backward()
        assert torch.allclose(logits.grad, other.grad, atol=1e-12), estimator.__name__


# --- the clipped surrogate -------------------------------------------------------------------------------------------
def value_and_gradient(ratio: float, advantage: float, **clips) -> tuple[float, float]:
    """The objective and its derivative by the ratio (the old probability is 1, so the ratio is exp of the log-prob)."""
    log_prob, old, advantages = (torch.tensor([v], dtype=torch.float64) for v in (log(ratio), 0.0, advantage))
    value = clipped_surrogate(log_prob.requires_grad_(), old, advantages, **clips)
    value.sum().backward()
    return value.item(), log_prob.grad.item() / ratio


@pytest.mark.parametrize(
    "ratio, advantage, value, gradient",
    [
        (1.0, 1.0, 1.0, 1.0),
        (1.0, -1.0, -1.0, -1.0),
        (1.1, 2.0, 2.2, 2.0),
        (1.5, 1.0, 1.2, 0.0),
        (0.5, 1.0, 0.5, 1.0),  # good tokens: no more above 1.2
        (0.9, -2.0, -1.8, -2.0),
        (0.5, -1.0, -0.8, 0.0),
        (1.5, -1.0, -1.5, -1.0),  # bad tokens: no more below 0.8
        (1.5, 0.0, 0.0, 0.0),
    ],
)
def test_clipping_for_both_signs(ratio, advantage, value, gradient):
    assert value_and_gradient(ratio, advantage, clip=0.2) == pytest.approx((value, gradient))


@pytest.mark.parametrize(
    "ratio, advantage, value, gradient",
    [(1.25, 1.0, 1.25, 1.0), (1.3, 1.0, 1.28, 0.0), (0.75, -1.0, -0.8, 0.0), (0.85, -1.0, -0.85, -1.0)],
)
def test_a_higher_upper_clip(ratio, advantage, value, gradient):
    assert value_and_gradient(ratio, advantage, clip=0.2, clip_high=0.28) == pytest.approx((value, gradient))


@pytest.mark.parametrize(
    "ratio, advantage, value, gradient",
    [
        (2.9, -1.0, -2.9, -1.0),
        (3.5, -1.0, -3.0, 0.0),
        (30.0, -2.0, -6.0, 0.0),
        (0.5, -1.0, -0.8, 0.0),
        (30.0, 1.0, 1.2, 0.0),
        (1.1, 1.0, 1.1, 1.0),
    ],
)
def test_dual_clip_bounds_negative_advantages_only(ratio, advantage, value, gradient):
    assert value_and_gradient(ratio, advantage, clip=0.2, dual_clip=3.0) == pytest.approx((value, gradient))


@pytest.mark.parametrize("clips", [{"clip": -0.1}, {"clip": 1.1}, {"clip_high": -0.1}, {"dual_clip": 1.0}])
def test_clip_ranges_that_cannot_be(clips):
    with pytest.raises(ValueError, match="no clip ranges"):
        clipped_surrogate(torch.zeros(1), torch.zeros(1), torch.ones(1), **clips)


def test_on_policy_the_gradient_is_that_of_reinforce_whatever_the_clips():
    logits = torch.randn(6, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    tokens, advantages = torch.arange(6) % 5, torch.linspace(-1, 1, 6, dtype=torch.float64)
    gradients = []
    for objective in (
        lambda lp: clipped_surrogate(lp, lp.detach(), advantages, 0.2, 0.28, 3.0),
        lambda lp: lp * advantages,
    ):
        leaf = logits.clone().requires_grad_()
        objective(torch.log_softmax(leaf, -1).gather(-1, tokens[:, None])[:, 0]).sum().backward()
        gradients.append(leaf.grad)
    assert torch.allclose(*gradients, atol=1e-12)


# --- beside TRL ------------------------------------------------------------------------------------------------------
def trl_loss(log_probs, old, reference, advantages, mask, beta, low, high, delta, loss_type) -> torch.Tensor:
    """TRL's `_compute_loss` on a stand-in trainer whose model gives the log-probabilities that it is handed."""
    from collections import defaultdict

    from trl import GRPOTrainer

    same = lambda value, **_: value  # noqa: E731
    stand_in = SimpleNamespace(
        _get_per_token_logps_and_entropies=lambda *_, **__: (log_probs, torch.zeros_like(log_probs), None),
        aux_loss_enabled=False,
        top_entropy_quantile=1.0,
        off_policy_mask_threshold=None,
        beta=beta,
        importance_sampling_level="token",
        loss_type=loss_type,
        epsilon_low=low,
        epsilon_high=high,
        args=SimpleNamespace(delta=delta, use_bias_correction_kl=False, steps_per_generation=1),
        use_vllm=False,
        model=SimpleNamespace(training=True),
        current_gradient_accumulation_steps=1,
        _entropy_bonus_enabled=False,
        _metrics={"train": defaultdict(list)},
        accelerator=SimpleNamespace(num_processes=1, gather=same, reduce=same),
    )
    batch = {
        "prompt_ids": torch.zeros(len(mask), 1, dtype=torch.long),
        "prompt_mask": torch.ones(len(mask), 1),
        "completion_ids": torch.zeros_like(mask),
        "completion_mask": mask,
        "advantages": advantages,
        "old_per_token_logps": old,
        "ref_per_token_logps": reference,
        "num_items_in_batch": mask.sum(),
    }
    return GRPOTrainer._compute_loss(stand_in, None, batch)


@pytest.mark.parametrize(
    "beta, low, high, delta",
    [(0.0, 0.2, 0.2, None), (0.1, 0.2, 0.28, None), (0.1, 0.2, 0.28, 3.0), (0.5, 0.1, 0.5, 1.6)],
)
@pytest.mark.parametrize("loss_type", ["grpo", "dapo"])
def test_loss_and_gradient_are_those_of_trl(loss_type, beta, low, high, delta):
    generator = torch.Generator().manual_seed(3)
    draw = lambda: 0.7 * torch.randn(5, 7, generator=generator, dtype=torch.float64) - 1.5  # noqa: E731
    new, old, reference = draw(), draw(), draw()
    advantages = torch.tensor([1.0, -1.0, 0.5, -2.0, 0.0], dtype=torch.float64)
    mask = (torch.arange(7)[None] < torch.tensor([7, 3, 1, 5, 2])[:, None]).long()
    ours, theirs = new.clone().requires_grad_(), new.clone().requires_grad_()
    per_token = -clipped_surrogate(ours, old, advantages[:, None], low, high, delta) + beta * kl_k3(ours, reference)
    sums = (per_token * mask).sum(-1)
    loss = (sums / mask.sum(-1)).mean() if loss_type == "grpo" else sums.sum() / mask.sum()
    loss.backward()
    other = trl_loss(theirs, old, reference, advantages, mask, beta, low, high, delta, loss_type)
    other.backward()
    assert loss.item() == pytest.approx(other.item(), abs=1e-9)
    assert torch.allclose(ours.grad, theirs.grad, atol=1e-9)
    assert ((new - old).exp() > 1 + high).any() and ((new - old).exp() < 1 - low).any()


def test_where_trl_bounds_the_ratio_of_good_tokens_too():
    """With c below 1 + clip_high TRL's delta cuts positive advantages, and dual clipping as published does not."""
    new, old, mask = torch.tensor([[1.4]]).log(), torch.zeros(1, 1), torch.ones(1, 1, dtype=torch.long)
    ours = clipped_surrogate(new, old, torch.ones(1, 1), 0.2, 0.5, 1.3)
    theirs = -trl_loss(new, old, new, torch.ones(1), mask, 0.0, 0.2, 0.5, 1.3, "grpo")
    assert (float(ours), float(theirs)) == pytest.approx((1.4, 1.3))
