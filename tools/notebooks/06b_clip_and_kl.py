# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # Clip, divergence and one gradient
#
# *An update must not go too far on one batch, and it must compute the gradient that the formula says. Here you check
# both.*
#
# **You will** move a clip range for both signs, count the tokens that leave it, compare three estimators of a
# divergence, track down a sign bug, and hold the trainer's gradient against one that is computed by hand.
#
# | | |
# |---|---|
# | minutes | 20 to read, 15 for the exercises, under 2 to run |
# | hardware | a laptop CPU |
# | you should know | notebooks 05 and 06 |
# | you will leave with | every line read between an advantage and a weight |

# %%
import math

import torch

from azr_nb import PythonPrograms, SelfPlay, load_policy, make_config
from azr_nb.course import (
    MOVED, REFERENCE, beta_view, check, clip_view, estimator_rows, exact_kl, explore, kl_figure, predict, quiet, record,
    table, trainer_gradients,
)
from azr_nb.learning import kl_k1, kl_k2, kl_k3
from azr_nb.policy import lora_config

quiet()

# %% tags=["parameters"]
TIER = "cpu"  # smoke: seconds, for tests; cpu: a laptop; gpu: the same here
SEED = 0  # every draw depends on it: same seed, same notebook

# %%
size = 4 if TIER == "smoke" else 8  # proposals per task type in the batch below
config = make_config("classroom", seed=SEED, proposals_per_type=size, solve_tasks_per_type=2, seed_tasks=12)
environment = PythonPrograms()

# %% [markdown]
# ## A batch, and a policy to train
#
# As in notebook 06 we take one step of self-play, up to the update, and keep the completions whose advantage is not
# zero. The policy that we train by hand has an adapter of its own.

# %%
from peft import get_peft_model

play = SelfPlay(config, load_policy(config.model), environment)
play.seed()
trace = play.step(train=False)
rollouts = [r for r in trace.rollouts if r.trained and abs(r.advantage) > 1e-9]
policy = load_policy(config.model)
tuned = get_peft_model(policy.model, lora_config(config, policy.model))
print(f"{len(rollouts)} completions with an advantage, of {len(trace.rollouts)}")


# %%
def log_probs(model, rollout):
    """Log-probability of each token of the completion, in nats: (tokens,)."""
    ids = torch.tensor([rollout.prompt_ids + rollout.completion_ids])
    logits = model(input_ids=ids).logits[0, len(rollout.prompt_ids) - 1 : -1]
    chosen = torch.tensor(rollout.completion_ids)[:, None]
    return torch.log_softmax(logits, -1).gather(-1, chosen)[:, 0]


# %% [markdown]
# ## The clip, for both signs
#
# In notebook 05 you repaired a clip. Here it has two widths: the released code lets the probability of good completions
# rise further (0.28) than it lets that of bad ones fall (0.2), so that rare tokens have a chance.

# %%
clip_view()

# %% [markdown]
# The left panel has one width, the right panel two. Follow the solid line (A = +1) to the right: it becomes flat later
# in the right panel. The dashed line (A = -1) is the same in both, because only the lower edge concerns it.

# %%
explore(clip_view, clip=(0.05, 0.5, 0.05), clip_high=(0.05, 1.0, 0.05))

# %% [markdown]
# With one update per batch the ratio is 1, and the clip never acts. Now we use one batch for four updates, and count
# before each of them the tokens whose ratio is outside 0.8 to 1.2. *What share is outside before the fourth?*

# %%
guess_outside = predict("06b.outside", ...)
guess_outside

# %%
sample = rollouts[:: max(1, len(rollouts) // 24)]
with torch.no_grad():
    old = [log_probs(tuned, r) for r in sample]
optimizer = torch.optim.AdamW([p for p in tuned.parameters() if p.requires_grad], lr=config.learning_rate)
outside = []
for _ in range(4):
    now = [log_probs(tuned, r) for r in sample]
    ratios = torch.cat([(n - o).exp().detach() for n, o in zip(now, old, strict=True)])
    outside.append(((ratios - 1).abs() > 0.2).float().mean().item())
    optimizer.zero_grad()
    (-sum(r.advantage * n.mean() for r, n in zip(sample, now, strict=True)) / len(sample)).backward()
    optimizer.step()
table(("update", *range(1, 5)), [("tokens outside 0.8 to 1.2", *(f"{share:.0%}" for share in outside))])

# %%
guess_outside.against(100 * outside[-1])

# %% [markdown]
# Before the first update there are none, by definition. Each further update moves more tokens out. The paper makes a
# single update per batch, so it does not need a clip. Programs that use a batch several times do.

# %% [markdown]
# Which tokens still have a gradient? Write the rule for the clipped objective, the smaller one of ratio × A and the
# clipped ratio × A, with the edges `1 - low` and `1 + high`.


# %% tags=["exercise"]
def alive(ratio, advantage, low=0.2, high=0.28):
    """Whether a token with this ratio and advantage (not zero) still pulls on the weights."""
    ### BEGIN SOLUTION
    return ratio < 1 + high if advantage > 0 else ratio > 1 - low
    ### END SOLUTION


check("06b.alive", alive)

# %% [markdown] tags=["hint"]
# Follow one line of the figure from left to right. Where is it flat?

# %% [markdown] tags=["hint"]
# Only one edge concerns each sign. A good token that has become *less* likely is far from flat.

# %% [markdown] tags=["teacher"]
# The typical slip clips both sides for both signs. Then a good token that an earlier update pushed down could never
# come back. Draw the four corners: good or bad, too likely or too unlikely.

# %% [markdown]
# ## How far from home: KL
#
# The **KL divergence** says how far the policy π has moved away from the reference: the mean of log π - log reference
# over what π writes. We use three tokens again, so that the exact value can be computed.

# %%
print(f"KL(π‖reference) = {exact_kl(MOVED, REFERENCE):.4f} nats, the other way round {exact_kl(REFERENCE, MOVED):.4f}")
table(("token", "policy π", "reference"), list(zip("abc", MOVED, REFERENCE, strict=True)))

# %% [markdown]
# The two numbers differ: the order matters. In training only the drawn token is available, and the divergence is
# estimated from it. Three estimators are in use, with $r = \text{reference} / \pi$:
#
# $$k_1 = -\log r \qquad k_2 = \tfrac12 (\log r)^2 \qquad k_3 = r - 1 - \log r$$

# %%
tensor = lambda function: lambda p, q: function(torch.tensor(p), torch.tensor(q)).item()  # noqa: E731
estimators = {"k1": tensor(kl_k1), "k2": tensor(kl_k2), "k3": tensor(kl_k3)}
kl_figure(estimators, MOVED, REFERENCE)

# %% [markdown]
# *One of the three has a wrong mean over the tokens of the policy. Which?*

# %%
guess_biased = predict("06b.biased", ...)
guess_biased

# %%
told = estimator_rows(estimators, MOVED, REFERENCE)
table(("estimator", "mean", "deviation", "smallest value"), told)

# %%
guess_biased.against(max(told, key=lambda row: abs(row[1] - exact_kl(MOVED, REFERENCE)))[0])

# %% [markdown]
# k1 and k3 have the right mean. k1 can be negative and scatters more. k2 is a little off and never negative. TRL, the
# library that trains our runs, uses k3.
#
# ### Bug hunt
#
# Somebody wrote k3 from memory, with r = π / reference. It is never negative, it is zero when nothing moved, and it
# grows when the policy moves. Compare its mean with the exact value:


# %%
def broken_k3(log_p, log_q):
    log_ratio = log_p - log_q
    return math.exp(log_ratio) - 1 - log_ratio


table(("estimator", "mean", "deviation", "smallest value"), estimator_rows({"broken": broken_k3}, MOVED, REFERENCE))

# %% [markdown]
# It passes every test of sign and size, and yet the number is wrong. Only a comparison with the exact value reveals
# this.

# %% [markdown]
# Repair it: write k3 so that its mean over tokens drawn from the policy is KL(π‖reference). `log_p` is the drawn token's
# log-probability under the policy, `log_q` under the reference.


# %% tags=["exercise"]
def my_kl_k3(log_p, log_q):
    """An estimate of KL(p‖q) from one token drawn from p: never negative, right on average."""
    ### BEGIN SOLUTION
    log_ratio = log_q - log_p
    return math.exp(log_ratio) - 1 - log_ratio
    ### END SOLUTION


check("06b.kl_sign", my_kl_k3)

# %% [markdown] tags=["hint"]
# Tokens are drawn from p. Which of q / p and p / q has the mean 1 then?

# %% [markdown] tags=["teacher"]
# The mean of q/p over draws from p is the sum of q, which is 1: so r - 1 has mean zero and may be added to k1. The mean
# of p/q is not 1.

# %% [markdown]
# ### A price on moving away
#
# With a **KL coefficient** β the policy maximises reward minus β times the divergence. For three tokens the best policy
# has a formula: reference × exp(reward / β), normalised. Move the slider to both ends.

# %%
beta_view()

# %%
explore(beta_view, beta=(0.05, 3.0, 0.05))

# %% [markdown]
# The left panel shows that a large β leaves the policy where it began, and a small one puts everything on token c. In
# the right panel each β is one point on the grey line: more reward costs more divergence, and the first gains are
# cheap. The paper uses no KL term. Here `kl_weight` is 0 by default. A run that sets it records
# the divergence as `kl`.
#
# ## Two programs, one gradient
#
# Everything is in place: completions, advantages, log-probabilities. Here is the plain gradient of the adapter, one
# completion at a time, each the mean over its tokens (paper Eq. 9):


# %%
def plain_gradients(model, rollouts, total):
    model.zero_grad()
    for rollout in rollouts:
        now = log_probs(model, rollout)
        ratio = (now - now.detach()).exp()  # its value is 1, its gradient that of log π
        (-(ratio * rollout.advantage).mean() / total).backward()
    return [p.grad.clone() for p in model.parameters() if p.requires_grad]


# %% [markdown]
# The runs use TRL's `GRPOTrainer` with its loss, on batches in which all completions of a prompt share one pass over
# it. *How closely do the two gradients agree?*

# %%
guess_agree = predict("06b.agree", ...)
guess_agree

# %%
torch.manual_seed(SEED)
everything = trace.rollouts
through_trl = trainer_gradients(play.policy, config, everything)
total = sum(r.trained and bool(r.completion_ids) for r in everything)
by_hand = plain_gradients(play.policy.model, rollouts, total)
gradient_error = max((a - b).abs().max().item() for a, b in zip(through_trl, by_hand, strict=True))
largest = max(g.abs().max().item() for g in by_hand)
print(f"largest entry {largest:.1e}, largest difference {gradient_error:.1e}")
apart = gradient_error / largest
guess_agree.against("up to rounding" if apart < 1e-4 else "up to 1 %" if apart < 0.01 else "up to 10 % or more")

# %% [markdown]
# They agree up to rounding, although they share nothing but the model and the advantages. (B is still zero, so A has no
# gradient in either, and only the gradients of B are compared. The project's tests move B first.) A falling loss would
# prove less than two independent programs that compute the same gradient.

# %%
environment.close()
record(
    outside_first=outside[0],
    outside_last=outside[-1],
    kl=exact_kl(MOVED, REFERENCE),
    gradient_error=gradient_error,
    largest=largest,
)

# %% [markdown]
# ## Summary
#
# The clip acts only when a batch is used again, and each sign has one edge. A divergence has a direction, and only the
# exact value tells a right estimator from a wrong one. Two independent programs agree on the gradient.
#
# ### Recall
#
# 1. When does the clip act, and when can it not?
# 2. Which edge concerns a token with a positive advantage, and which one with a negative advantage?
# 3. Which of KL(π‖reference) and KL(reference‖π) is the mean over what π writes?
# 4. How would you notice that an estimator computes another divergence?
# 5. Why do two programs with one gradient prove more than a falling loss?
#
# ### An open problem
#
# The gradient of k3 is not the gradient of the divergence whose value it estimates. Does that matter for a small β?
# Which estimator would you use for the value, and which for the gradient? (TRL multiplies k3 by the probability ratio,
# and `azr_nb/learning/estimators.py` says why.)
#
# ### References
#
# Schulman et al. 2017, arXiv 1707.06347 (PPO). Schulman 2020, *Approximating
# KL divergence* (k1, k2, k3). Zhao et al., *Absolute Zero*, arXiv 2505.03335, Eq. 9. Code:
# `azr_nb/learning/learner.py`, `azr_nb/learning/packing.py`, `azr_nb/learning/estimators.py`. Next: [07 The self-play
# loop](07_self_play.ipynb).
