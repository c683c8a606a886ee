"""Estimators of the update, as plain torch functions: KL divergence from samples, and PPO's clipped surrogate.

The training itself uses TRL's loss; these are the same formulas by themselves, to be read, drawn and tested. All take
log-probabilities of the tokens that were sampled, of any one shape, and return a value for each token.

KL: samples are drawn from the policy π, and KL(π‖reference) is the mean over such samples of log π - log reference
(Schulman 2020). With the two exchanged k1 estimates minus the divergence, and k3 another one.
"""

from __future__ import annotations

import torch
from torch import Tensor


def kl_k1(log_probs: Tensor, reference_log_probs: Tensor) -> Tensor:
    """log π - log reference, in nats: its mean over samples of π is KL(π‖reference); single values may be negative."""
    return log_probs - reference_log_probs


def kl_k2(log_probs: Tensor, reference_log_probs: Tensor) -> Tensor:
    """Half the squared log-ratio, in nats: never negative and of low variance, but biased; exact to second order.

    Its gradient, taken through the sampled tokens' log-probabilities alone, is that of KL(π‖reference) on average.
    """
    return 0.5 * (log_probs - reference_log_probs).square()


def kl_k3(log_probs: Tensor, reference_log_probs: Tensor) -> Tensor:
    """k1 with a control variate, r - 1 - log r for r = reference / π, in nats: unbiased and never negative.

    The form of TRL and of DeepSeekMath (Eq. 4). Unbiased where π gives every token that the reference does some
    probability. It is the value that is unbiased: its gradient, taken through the sampled tokens' log-probabilities
    alone, is that of KL(reference‖π) on average. TRL multiplies k3 by the ratio of probabilities, whose gradient makes
    up for that (its `use_bias_correction_kl`).
    """
    log_ratio = reference_log_probs - log_probs
    return log_ratio.exp() - 1.0 - log_ratio


def clipped_surrogate(
    log_probs: Tensor,
    old_log_probs: Tensor,
    advantages: Tensor,
    clip: float = 0.2,
    clip_high: float | None = None,
    dual_clip: float | None = None,
) -> Tensor:
    """PPO's objective of each token, to be maximised: min(r A, clip(r, 1 - clip, 1 + clip_high) A), r = π / old.

    The minimum holds for both signs of the advantage: for A > 0 the gradient ends above 1 + clip_high, for A < 0 below
    1 - clip, and there alone. `dual_clip` c > 1 bounds it from below by c A for A < 0 (Ye et al. 2020, Eq. 5), where
    the gradient ends above c too. `advantages` is broadcast; `clip_high` unset is `clip`. Raises `ValueError` for
    clip ranges that cannot be.

    Schulman et al. 2017, Eq. 7. The paper has one update per batch, where r = 1 and no clip acts. Differs from TRL in
    dual clipping: TRL bounds the ratio by c for A > 0 as well, which is the same unless c < 1 + clip_high.
    """
    high = clip if clip_high is None else clip_high
    if not (0 <= clip <= 1 and high >= 0) or (dual_clip is not None and dual_clip <= 1):
        raise ValueError(f"clip {clip:g}, clip_high {high:g} and dual_clip {dual_clip} are no clip ranges")
    ratio = (log_probs - old_log_probs).exp()
    value = torch.minimum(ratio * advantages, ratio.clamp(1.0 - clip, 1.0 + high) * advantages)
    if dual_clip is not None:
        value = torch.where(advantages < 0, torch.maximum(value, dual_clip * advantages), value)
    return value
