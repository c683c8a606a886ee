# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # Updating a LoRA policy
#
# *Advantages say which completions should become more likely. Here you see what moves when they do: two thin matrices
# next to weights that stay as they are.*
#
# **You will** build a LoRA layer and compare it with PEFT's, switch an adapter off, mask what does not count, ask how
# thin the matrices may be, and merge an adapter.
#
# | | |
# |---|---|
# | minutes | 20 to read, 16 for the exercises, under 1 to run |
# | hardware | a laptop CPU |
# | you should know | notebook 05; what a linear layer is |
# | you will leave with | a LoRA layer of your own that agrees with the library's |

# %%
import math

import torch

from azr_nb import PythonPrograms, SelfPlay, load_policy, make_config
from azr_nb.course import (
    captured, check, explore, lora_figure, mask_figure, predict, quiet, rank_figure, record, singular_values,
)
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
    merged_error=merged_error,
)

# %% [markdown]
# ## Summary
#
# LoRA adds two thin matrices and starts where the policy is. With the adapter off you have the reference. Padding does
# not count; the end token does. A few directions hold most of one gradient. Merging turns an adapter into weights.
#
# ### Recall
#
# 1. Why is B zero at the start, and why is A not?
# 2. How do you get the reference policy without a second model?
# 3. Why does the end token belong in the mask?
# 4. Why is the logit at a place compared with the token after it?
# 5. What does merging take away?
#
# ### An open problem
#
# One gradient has few directions. Does a whole run have few? How would you measure the rank that a run really needed,
# and which mistake would a run with too low a rank make?
#
# ### References
#
# Hu et al. 2021, arXiv 2106.09685 (LoRA). Zhao et al., *Absolute Zero*, arXiv 2505.03335, Table 3. Code:
# `azr_nb/learning/learner.py`, `azr_nb/policy/load.py`. Next: [06b Clip, divergence and one
# gradient](06b_clip_and_kl.ipynb).
