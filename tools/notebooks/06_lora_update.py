# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # Updating a LoRA policy
#
# *Advantages say which completions should become more likely. Here you follow them into the weights: through two thin
# matrices, a mask, a clip and a divergence, to a gradient that two independent programs agree on.*
#
# **You will** build a LoRA layer and compare it with PEFT's, switch an adapter off, mask what does not count, move a
# clip range and a KL coefficient, track down a sign bug, check the trainer's gradient, and merge an adapter.
#
# | | |
# |---|---|
# | minutes | 35 to read, 26 for the exercises, under 2 to run |
# | hardware | a laptop CPU |
# | you should know | notebook 05; what a linear layer is |
# | you will leave with | every line read between an advantage and a weight |

# %%
import math

import torch

from azr_nb import PythonPrograms, SelfPlay, load_policy, make_config
from azr_nb.course import (
    MOVED, REFERENCE, beta_view, captured, check, clip_view, estimator_rows, exact_kl, explore, kl_figure, lora_figure,
    mask_figure, predict, quiet, rank_figure, record, singular_values, table, trainer_gradients,
)
from azr_nb.learning import kl_k1, kl_k2, kl_k3
from azr_nb.policy import lora_config

quiet()

# %% tags=["parameters"]
TIER = "cpu"  # smoke: seconds, for tests; cpu: a laptop; gpu: the same here
SEED = 0  # every draw depends on it: same seed, same notebook

# %%
size = 4 if TIER == "smoke" else 8  # proposals per task type in the batch below
lora_figure(rows=128, columns=128, rank=16)

# %% [markdown]
# This is the last box of the loop. The policy has some 1.3 million weights, and a step of self-play has a few hundred
# completions. LoRA (low-rank adaptation) leaves all weights as they are and trains a small addition to them, the
# **adapter**. The picture shows both to scale, for a layer of our policy.
#
# ## Two thin matrices
#
# A linear layer multiplies by a matrix $W$. LoRA adds the product of two thin ones, $B$ and $A$, times a scale:
#
# $$x \;\mapsto\; x W^\top + \frac{\alpha}{\text{rank}}\; x A^\top B^\top$$
#
# A starts at random, B at zero.


# %%
class LoraLinear(torch.nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base, self.scale = base, alpha / rank
        self.a = torch.nn.Parameter(torch.randn(rank, base.in_features) / math.sqrt(base.in_features))
        self.b = torch.nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        return self.base(x) + self.scale * (x @ self.a.T @ self.b.T)


torch.manual_seed(SEED)
x, base = torch.randn(5, 12), torch.nn.Linear(12, 8, bias=False)
layer = LoraLinear(base, rank=2, alpha=4)
print("largest difference to the bare layer:", (layer(x) - base(x)).abs().max().item())

# %% [markdown]
# The layer returns exactly what it returned before, so training starts from the policy itself. *Which of the two
# matrices gets a gradient at the first step?* Put your guess in place of the dots.

# %%
guess_moves = predict("06.moves", ...)
guess_moves

# %%
layer(x).square().sum().backward()
norms = {"A": layer.a.grad.norm().item(), "B": layer.b.grad.norm().item()}
moving = [name for name, norm in norms.items() if norm > 0]
print("gradient norms:", {name: round(norm, 3) for name, norm in norms.items()})
guess_moves.against(moving[0] if len(moving) == 1 else "both" if moving else "neither")

# %% [markdown]
# The gradient of each matrix is multiplied by the other one. B is zero, so A has no gradient yet: at the first step
# only B moves, and from the second step on both do. If both started at zero, neither would ever move.
#
# ## The same numbers as PEFT
#
# The runs of this course use the library **PEFT**. We compare our ten lines with it, on a layer of the real policy.
# First comes its adapter, with B moved away from zero so that there is something to compare.

# %%
from peft import get_peft_model

config = make_config("classroom", seed=SEED, proposals_per_type=size, solve_tasks_per_type=2, seed_tasks=12)
policy = load_policy(config.model)
tuned = get_peft_model(policy.model, lora_config(config, policy.model))
theirs = tuned.base_model.model.model.layers[0].self_attn.q_proj
torch.nn.init.normal_(theirs.lora_B["default"].weight, std=0.02, generator=torch.Generator().manual_seed(1))
print({name: tuple(p.shape) for name, p in theirs.named_parameters()})

# %%
ours = LoraLinear(theirs.base_layer, config.lora_rank, config.lora_alpha or config.lora_rank)
ours.a.data.copy_(theirs.lora_A["default"].weight)
ours.b.data.copy_(theirs.lora_B["default"].weight)
x = torch.randn(7, theirs.base_layer.in_features)
peft_error = (ours(x) - theirs(x)).abs().max().item()
print(f"largest difference between the two: {peft_error:.1e}")

# %% [markdown]
# The two agree, exactly or up to rounding. So an adapter is not magic. This is what it costs:

# %%
trained = sum(p.numel() for p in tuned.parameters() if p.requires_grad)
whole = sum(p.numel() for p in tuned.parameters()) - trained
print(f"rank {config.lora_rank} on all linear layers: {trained:,} numbers to train, next to {whole:,} that stay frozen")

# %% [markdown]
# For this tiny policy the adapter is nearly a fifth of the size of the model. For a policy of seven billion weights,
# rank 16 is less than one per cent. That decides what fits into memory, because Adam keeps two more numbers for every
# number that it trains.
#
# ## The adapter off is the reference
#
# Since the weights are frozen, the policy from before training is still there. We switch the adapter off and compare
# with the original.

# %%
words = policy.tokenizer("def f(a):\n    return a + 1", return_tensors="pt").input_ids
with torch.no_grad():
    with_adapter = tuned(words).logits
    with tuned.disable_adapter():
        without = tuned(words).logits
    original = load_policy(config.model).model(words).logits
off_error = (without - original).abs().max().item()
print(f"off, against the original: {off_error:.1e}; on: {(with_adapter - original).abs().max().item():.3f}")

# %% [markdown]
# The first number is zero. The policy from before training is called the **reference**, and it needs no second copy
# of the model.
#
# ## A batch to learn from
#
# Now we take a real step of self-play, up to the update. We keep the completions whose advantage is not zero.

# %%
environment = PythonPrograms()
play = SelfPlay(config, load_policy(config.model), environment)
play.seed()
trace = play.step(train=False)
rollouts = [r for r in trace.rollouts if r.trained and abs(r.advantage) > 1e-9]
lengths = [len(r.completion_ids) for r in rollouts]
print(f"{len(rollouts)} completions with an advantage, of {min(lengths)} to {max(lengths)} tokens")

# %% [markdown]
# ## What counts: the mask
#
# Completions have different lengths but are stored in one rectangular batch. What follows the end token is *padding*:
# the policy did not choose it and must not learn it. *All these completions, padded to the longest one: what share of
# the rectangle is padding?*

# %%
guess_padding = predict("06.padding", ...)
guess_padding

# %%
guess_padding.against(100 * (1 - sum(lengths) / (len(lengths) * max(lengths))))

# %% [markdown]
# Here are three short completions of the batch, as a rectangle of their own:

# %%
short = sorted(rollouts, key=lambda r: len(r.completion_ids))[:: max(1, len(rollouts) // 3)][:3]
tokens = [policy.tokenizer.convert_ids_to_tokens(r.completion_ids) for r in short]
mask_figure(tokens, policy.tokenizer.eos_token)

# %% [markdown]
# Most of a padded batch is padding. The end token counts: stopping is a decision of the policy like any other token. A
# model that is trained with its end tokens masked never learns when to stop.

# %% [markdown]
# Write the mask of a batch: `rows` are lists of token ids, padded to one length; `end` is the id of the end token,
# which may be the padding too.


# %% tags=["exercise"]
def completion_mask(rows, end):
    """1 for every token up to and including the first end token of its row, 0 for what follows."""
    ### BEGIN SOLUTION
    mask = []
    for row in rows:
        last = row.index(end) if end in row else len(row)
        mask.append([int(place <= last) for place in range(len(row))])
    return mask
    ### END SOLUTION


check("06.completion_mask", completion_mask)

# %% [markdown] tags=["hint"]
# A row without any end token was cut off at the length limit: all of it counts.

# %% [markdown] tags=["hint"]
# `row.index(end)` is the place of the first one, if there is one.

# %% [markdown] tags=["teacher"]
# Three slips to look for: the end token is masked, every occurrence of the padding id is masked (padding and end may
# share one id), or rows without an end token are masked whole. The check names each.

# %% [markdown]
# ## Log-probabilities, one completion at a time
#
# One completion at a time needs no mask. The logits at a place predict the *next* token, hence the shift by one.
# Log-probabilities are measured in **nats**: natural logarithms.


# %%
def log_probs(model, rollout):
    """Log-probability of each token of the completion, in nats: (tokens,)."""
    ids = torch.tensor([rollout.prompt_ids + rollout.completion_ids])
    logits = model(input_ids=ids).logits[0, len(rollout.prompt_ids) - 1 : -1]
    chosen = torch.tensor(rollout.completion_ids)[:, None]
    return torch.log_softmax(logits, -1).gather(-1, chosen)[:, 0]


with torch.no_grad():
    one = log_probs(tuned, rollouts[0])
print(f"{len(one)} tokens, together {one.sum():.1f} nats: a chance of one in {math.exp(-one.sum()):,.0f}")

# %% [markdown]
# Each completion is improbable. An update makes it a little more or less so.
#
# ## What a gradient looks like
#
# How thin may the thin matrices be? We take the gradient of one *whole* weight matrix over this batch, and ask how much
# of it a matrix of lower rank can keep. The full rank is 128. *Which rank keeps nine tenths of the gradient?*

# %%
guess_rank = predict("06.rank", ...)
guess_rank

# %%
plain = load_policy(config.model).model
name = "model.layers.0.self_attn.q_proj.weight"
loss = -sum(r.advantage * log_probs(plain, r).mean() for r in rollouts) / len(rollouts)
loss.backward()
values, rows, columns = singular_values(plain, name)
rank_figure(values, rows, columns, rank=8)

# %%
guess_rank.against(next(rank for rank in range(1, len(values) + 1) if captured(values, rank) >= 0.9))

# %% [markdown]
# The left panel shows that the numbers to train grow with the rank. From half of the full rank on, the two matrices
# have more numbers than the whole one. The right panel shows that a few directions hold most of this one gradient:
# rank 8 keeps nearly nine tenths. This is an argument for a low rank. It does not prove that a low rank is enough for
# a whole run, whose gradients need not share their directions.


# %%
def ranks(rank=8):
    return rank_figure(values, rows, columns, rank)


explore(ranks, rank=(1, min(rows, columns), 1))

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
guess_outside = predict("06.outside", ...)
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
#
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
guess_biased = predict("06.biased", ...)
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


check("06.kl_sign", my_kl_k3)

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
guess_agree = predict("06.agree", ...)
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
#
# ## Merge
#
# An adapter can be shared alone. It can also be added to the weights for good, which makes the model as fast as before
# and as easy to share.

# %% [markdown]
# Write the merged weight of one layer.


# %% tags=["exercise"]
def merge(weight, a, b, alpha):
    """The weight that does what layer and adapter do together; weight (out, in), a (rank, in), b (out, rank)."""
    ### BEGIN SOLUTION
    return weight + alpha / a.shape[0] * b @ a
    ### END SOLUTION


check("06.merge", merge)

# %% [markdown] tags=["hint"]
# x Aᵀ Bᵀ = x (B A)ᵀ. Look at the shapes, and do not forget the scale.

# %% [markdown] tags=["teacher"]
# Ask what is lost by merging: the reference. After merging, the adapter cannot be switched off any more.

# %%
with torch.no_grad():
    unmerged = tuned(words).logits
    merged_error = (tuned.merge_and_unload()(words).logits - unmerged).abs().max().item()
print(f"PEFT's own merge moves the logits by {merged_error:.1e}")

# %%
environment.close()
record(
    peft_error=peft_error,
    off_error=off_error,
    kept_by_8=captured(values, 8),
    outside_first=outside[0],
    outside_last=outside[-1],
    kl=exact_kl(MOVED, REFERENCE),
    gradient_error=gradient_error,
    largest=largest,
    merged_error=merged_error,
)

# %% [markdown]
# ## Summary
#
# LoRA adds two thin matrices and starts where the policy is. With the adapter off you have the reference. Padding does
# not count; the end token does. The clip acts only when a batch is used again. A divergence has a direction, and only
# the exact value tells a right estimator from a wrong one. Two independent programs agree on the gradient. Merging
# turns an adapter into weights.
#
# ### Recall
#
# 1. Why is B zero at the start, and why is A not?
# 2. How do you get the reference policy without a second model?
# 3. Why does the end token belong in the mask?
# 4. Why is the logit at a place compared with the token after it?
# 5. When does the clip act, and when can it not?
# 6. Which of KL(π‖reference) and KL(reference‖π) is the mean over what π writes?
# 7. How would you notice that an estimator computes another divergence?
# 8. What does merging take away?
#
# ### An open problem
#
# The gradient of k3 is not the gradient of the divergence whose value it estimates. Does that matter for a small β?
# Which estimator would you use for the value, and which for the gradient? (TRL multiplies k3 by the probability ratio,
# and `azr_nb/learning/estimators.py` says why.)
#
# ### References
#
# Hu et al. 2021, arXiv 2106.09685 (LoRA). Schulman et al. 2017, arXiv 1707.06347 (PPO). Schulman 2020, *Approximating
# KL divergence* (k1, k2, k3). Zhao et al., *Absolute Zero*, arXiv 2505.03335, Eq. 9 and Table 3. Code:
# `azr_nb/learning/learner.py`, `azr_nb/learning/packing.py`, `azr_nb/learning/estimators.py`. Next: [07 The self-play
# loop](07_self_play.ipynb).
