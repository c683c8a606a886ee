# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # From rewards to advantages
#
# *Is a reward of 0.25 good or bad? Nobody can say without knowing what the others got. Here you learn what to compare
# it with, on a policy so small that every outcome can be written down.*
#
# **You will** compute a policy gradient exactly, see what a baseline changes and what it does not, choose between one
# baseline and six, find groups that teach nothing, say what a loss tells you, and track down a sign bug.
#
# | | |
# |---|---|
# | minutes | 40 to read, 28 for the exercises, under 1 to run |
# | hardware | a laptop CPU |
# | you should know | notebook 04; what a gradient is |
# | you will leave with | every number between a reward and an update |

# %%
import math

import torch

from azr_nb.course import (
    baseline_view, check, climb, climb_figure, cosine, dead_chance, dead_figure, estimate, estimates_figure, explore,
    group_table, groups_figure, moments, predict, quiz, record, score, surrogate_figure, table,
)
from azr_nb.learning import clipped_surrogate
from azr_nb.rewards import advantages, centre, dead_share, leave_one_out, normalise, normalise_tokens

# %% tags=["parameters"]
TIER = "cpu"  # smoke, cpu and gpu are the same here: all of it is small
SEED = 0  # draws the steps of the three-token policy; all else is enumerated

# %% [markdown]
# A reward is a number for each completion. An update makes completions more or less likely. In between, each number
# has to become a *direction* and a *strength*. For those who have met reinforcement learning, here are its words.
#
# | textbook | here |
# |---|---|
# | agent, policy | the language model |
# | state | a prompt and the tokens written so far |
# | action | the next token; or the whole completion, which is one action after one prompt |
# | return | the reward at the end of a completion, since nothing follows it |
# | on-policy | learning from completions of the current weights, used for one update and thrown away |
# | value, baseline | what reward to expect, here a mean over other completions |
# | GRPO | a recipe with one group for each prompt, which you meet below |
# | entropy | how evenly the policy spreads its probability over tokens |
#
# ## Three tokens
#
# Let a completion be one token long, and let there be three tokens. Each token has a number, its **logit**, and a
# **softmax** turns the three logits into probabilities.

# %%
policy = (1 / 2, 1 / 3, 1 / 6)
rewards = (0.0, 0.5, 1.0)
value = sum(p * r for p, r in zip(policy, rewards, strict=True))
logit = [math.log(p) for p in policy]
table(("token", "logit", "probability", "reward"), list(zip("abc", logit, policy, rewards, strict=True)))

# %% [markdown]
# The policy prefers the token with the lowest reward. Its mean reward is 1/3, and we want it to rise. How does the
# mean reward $J$ change with the logit $z_i$ of a token? For a softmax the answer is short:
#
# $$\frac{\partial J}{\partial z_i} = p_i\,(r_i - J), \qquad J = \sum_k p_k r_k$$
#
# <details><summary>Where this comes from</summary>
#
# A softmax has ∂p<sub>k</sub>/∂z<sub>i</sub> = p<sub>k</sub> (1[k = i] - p<sub>i</sub>). So ∂J/∂z<sub>i</sub> = Σ
# r<sub>k</sub> p<sub>k</sub> (1[k = i] - p<sub>i</sub>) = p<sub>i</sub> r<sub>i</sub> - p<sub>i</sub> J.
#
# </details>
#
# Token b has a reward of one half. *Will its logit go up, go down, or stay?*

# %%
guess_b = predict("05.middle", ...)
guess_b

# %%
gradient = [p * (r - value) for p, r in zip(policy, rewards, strict=True)]
print(f"mean reward {value:.3f}, gradient", [round(g, 4) for g in gradient])
guess_b.against("up" if gradient[1] > 1e-9 else "down" if gradient[1] < -1e-9 else "stay")

# %% [markdown]
# Token b goes up although its reward is only a half, because a half is more than the mean.
#
# ## REINFORCE by hand
#
# A language model has too many completions to write them all down. So training draws one and multiplies its reward by its
# **score**, the gradient of the log-probability of what was drawn: $\hat g = r \cdot \nabla_z \log p(\text{drawn})$.
# This is REINFORCE. Here are all three things that can happen. Each bar is a push on one logit.

# %%
estimates_figure()

# %% [markdown]
# None of the first three panels looks like the last one, the exact gradient. The first is empty: a is drawn half of the
# time and teaches nothing. *What is the mean of the three, each weighted by how often it happens?*

# %%
mean = [sum(p * rewards[t] * score(policy, t)[i] for t, p in enumerate(policy)) for i in range(3)]
print("mean of the estimates", [round(m, 4) for m in mean])
print("exact gradient       ", [round(g, 4) for g in gradient])

# %% [markdown]
# It is the gradient. Such an estimate is called **unbiased**: a single one may be far off, and their mean is right.
#
# ## A baseline
#
# Subtract a constant from every reward. With a baseline, drawing a counts as below average, and a is pushed down at
# once.

# %%
baseline_view(baseline=0.0)

# %%
baseline_view(baseline=1 / 3)

# %% [markdown]
# The left panel follows one logit, that of c: when a is drawn, a is now pushed down, and so c a little up. The bars
# moved, and their mean (dashed) did not. The right panel shows that the variance fell; the best constant is about
# 0.48, a little above the mean reward. A constant cannot change the mean, since scores are zero on average.
#
# *Now add 1 to all rewards. Set `shift` to 1, then look for the baseline that repairs it.*

# %%
explore(baseline_view, baseline=(-1.0, 2.0, 0.05), shift=(-1.0, 1.0, 0.25))

# %% [markdown]
# The shift leaves the mean alone and blows up the variance until the baseline moves by as much.
#
# ## Which mean?
#
# The mean reward is estimated from the batch itself. The table shows means over all 81 possible batches of four
# tokens. *The mean gradient of one recipe has the right direction and is too short. No baseline, the mean of the
# batch, the mean of the other three, or the mean of the batch and a division by the deviation?*

# %%
guess_short = predict("05.short", ...)
guess_short

# %%
recipes = {"no baseline": list, "mean": centre, "mean of the others": leave_one_out, "mean and deviation": normalise}
rows = []
for name, recipe in recipes.items():
    found, variance = moments(policy, rewards, recipe, 4)
    length = sum(g * g for g in found) ** 0.5
    rows.append((name, found[0] / gradient[0], found[1] / gradient[1], found[2] / gradient[2], variance / length**2))
table(("baseline", "a: mean / exact", "b: mean / exact", "c: mean / exact", "noise: variance / length²"), rows)

# %%
guess_short.against(next(name for name, a, b, c, _ in rows if max(a, b, c) < 0.9 and max(a, b, c) - min(a, b, c) < 0.01))

# %% [markdown]
# Read the three middle columns. *No baseline* and *mean of the others* are exact. *Mean* is three quarters, (n - 1) /
# n, because each reward is part of the mean that it is compared with. The direction is right, and the learning rate
# can make up for the length. The last column is the noise relative to the length, and every baseline nearly halves it.
#
# ## Dividing by the deviation
#
# The last row has three *different* factors, so the direction has changed. What does the division do? *Before you run:
# in which of the groups [0, 0, 0, 1], [0, 0, 0, 100] and [0, 0, 0, 0.001] is the last answer pushed up most?*

# %%
table(
    ("rewards", "advantages"),
    [
        (group, ", ".join(f"{a:+.2f}" for a in normalise(group)))
        for group in ([0, 0, 0, 1], [0, 0, 0, 100], [0, 0, 0, 0.001])
    ],
)

# %%
turned, _ = moments(policy, rewards, normalise, 4)
binary, _ = moments(policy, (0, 0, 1), normalise, 4)
exact = [p * (r - policy[2]) for p, r in zip(policy, (0, 0, 1), strict=True)]
print(f"cosine of the angle to the exact gradient (1: the same direction): {cosine(turned, gradient):.3f}")
print(f"the same with rewards 0 and 1 only: {cosine(binary, exact):.3f}")

# %% [markdown]
# The last answer is pushed up equally in all three groups. Dividing by the deviation makes rewards of any scale fit
# one learning rate. The price is that it forgets how *much* better something was: 0.001 counts as much as 100. The
# direction turns a little, unless there are only two different rewards. A published recipe, Dr. GRPO, therefore leaves
# the division out.
#
# ## Take steps
#
# Let the three-token policy learn: draw four tokens, estimate, take a step, and repeat. All rewards are raised by 1,
# which changes nothing about which token is best. *Without a baseline, what is the mean reward after 100 steps, not
# counting the added 1? It starts at 0.33, and the maximum is 1.*

# %%
guess_steps = predict("05.steps", ...)
guess_steps

# %%
climbs = {name: climb(recipe, seed=SEED) for name, recipe in recipes.items() if name != "mean"}
climb_figure(climbs)

# %%
bare = climbs["no baseline"]
guess_steps.against(sum(run[-1] for run in bare) / len(bare))

# %% [markdown]
# Each thin line is one run, the thick line the mean of twenty. All three recipes rise, because all of them point
# uphill on average. Without a baseline every drawn token is praised, and some runs settle on token b, which was drawn
# early and pays a half. Once b is nearly certain, c is never drawn again, and nothing can correct the mistake.
#
# ## Six groups or one
#
# In self-play two roles share one batch, and their rewards have different scales. Here is an invented batch from a
# policy that solves nearly all it proposes.

# %%
batch = {
    ("propose", "deduction"): [-1, 0, 0.125, 0.125],
    ("propose", "abduction"): [-1, 0, 0.125, -1],
    ("propose", "induction"): [0.125, 0, 0.125, -1],
    ("solve", "deduction"): [1, 1, 1, -0.5],
    ("solve", "abduction"): [1, 1, 1, 1],
    ("solve", "induction"): [1, -0.5, 1, 1],
}
earned = [reward for part in batch.values() for reward in part]
names = ["/".join(key) for key, part in batch.items() for _ in part]

# %% [markdown]
# *With one mean over everything, what happens to the best proposal of the batch? What happens to four right answers?*

# %%
groups_figure(batch)

# %% [markdown]
# The left panel is REINFORCE++, the right panel the paper's task-relative REINFORCE++ (TRR++). Hollow squares are
# proposals, dots are answers. In the left panel every proposal is below zero: even the best one becomes less likely.
# The four right answers of *solve, abduction* are praised although none is better than another. In the right panel,
# with the paper's six groups, each is compared with its own kind.

# %%
overall = advantages(earned, ["all"] * len(earned), "global")
shared = {n: sum(a for a, m in zip(overall, names, strict=True) if m == n) / names.count(n) for n in names}
blind = sum(shared[name] ** 2 for name in names) / sum(a * a for a in overall)
print(f"squared advantages on the left: {blind:.0%} from differences between six means, {1 - blind:.0%} within groups")

# %% [markdown]
# The first part says only which role and type a completion has. Six means remove it.

# %% [markdown]
# Write the paper's advantage. Mean and standard deviation are those of the same role and task type, and the deviation
# divides by n - 1:
#
# $$A = \frac{r - \text{mean}(r_{\text{role, type}})}{\text{std}(r_{\text{role, type}})}$$


# %% tags=["exercise"]
def six_group_advantages(rewards, roles, types):
    """(reward - mean) / standard deviation within each role and type, in the order given; 0 where nothing differs."""
    ### BEGIN SOLUTION
    keys = list(zip(roles, types, strict=True))
    members = {key: [r for r, other in zip(rewards, keys, strict=True) if other == key] for key in keys}
    result = []
    for reward, key in zip(rewards, keys, strict=True):
        group = members[key]
        mean = sum(group) / len(group)
        variance = sum((r - mean) ** 2 for r in group) / max(1, len(group) - 1)
        result.append((reward - mean) / variance**0.5 if len(set(group)) > 1 else 0.0)
    return result
    ### END SOLUTION


check("05.six_groups", six_group_advantages)

# %% [markdown] tags=["hint"]
# First collect the rewards of each (role, type); then go through the batch again in its own order.

# %% [markdown] tags=["hint"]
# The deviation is a sample's, divided by n - 1. A group of one, or of equal rewards, has none: give 0.

# %% [markdown] tags=["teacher"]
# The check recognises the usual slips by name: one mean for all, roles only, types only, n instead of n - 1, another
# order.

# %% [markdown]
# ## Long answers, short answers
#
# An update takes two means, that of the rewards in a group and that of the loss. The paper takes both over
# *completions*, its released code over *tokens*, where a completion votes once for each of its tokens. Take two right
# answers, one short and one long, and two short wrong ones. *Which gets the strongest pull in each?*

# %%
judged, lengths = [1, 1, -0.5, -0.5], [10, 90, 10, 10]
paper, released = normalise(judged), normalise_tokens(judged, lengths)
table(
    ("reward", "tokens", "advantage, paper", "advantage, released", "pull, paper", "pull, released"),
    [(r, n, a, b, a / 4, n * b / sum(lengths)) for r, n, a, b in zip(judged, lengths, paper, released, strict=True)],
)

# %% [markdown]
# *Pull* is the advantage times the weight of the completion in the loss: one in four for the paper, its share of the
# tokens for the code. In the paper both right answers pull equally. In the code the long one pulls nine times as hard,
# and it lifts the mean, so short wrong answers look worse than they are.
#
# ## Dead groups
#
# In a group of equal rewards all advantages are zero, and the answers were drawn for nothing. In the preset
# `classroom` the answers to one task are a group. Take n answers to one task, right with probability **p**. *For which
# p below 50 % is a group of eight dead with probability one half?* Give it in percent.

# %%
guess_dead = predict("05.half_dead", ...)
guess_dead

# %%
dead_figure()

# %%
guess_dead.against(100 * min((i / 1000 for i in range(1, 500)), key=lambda p: abs(dead_chance(p, 8) - 0.5)))

# %% [markdown]
# The height is $p^n + (1 - p)^n$: for n = 8 it is one half at p = 8 %. Near the ends most of the work is wasted.

# %% [markdown]
# Return the names of the dead groups of a batch.


# %% tags=["exercise"]
def dead_groups(rewards, groups):
    """The names of the groups whose rewards are all equal, as a set."""
    ### BEGIN SOLUTION
    seen = {}
    for reward, group in zip(rewards, groups, strict=True):
        seen.setdefault(group, set()).add(reward)
    return {group for group, values in seen.items() if len(values) == 1}
    ### END SOLUTION


check("05.dead_groups", dead_groups)

# %% [markdown] tags=["hint"]
# How many *different* rewards does a dead group have? No mean and no deviation is needed.

# %%
print(f"{dead_share(earned, names):.0%} of the invented batch is in dead groups")

# %% [markdown]
# One group of six: the four right answers.
#
# ## What does the loss say?
#
# The loss is minus advantage × ratio, where the ratio is a token's probability now over its probability when it was
# drawn. Before an update that is 1, and its gradient ∇p / p = ∇ log p is the score, so this is REINFORCE again. The
# clip in the name `clipped_surrogate` comes in *Bug hunt*. Here is one batch with real autograd: tokens a, c, b, c.
# *What will the loss be?*

# %%
guess_loss = predict("05.loss", ...)
guess_loss

# %%
logits = torch.tensor(policy, dtype=torch.float64).log().requires_grad_()
tokens = [0, 2, 1, 2]
advantage = torch.tensor(normalise([rewards[token] for token in tokens]), dtype=torch.float64)
log_probs = torch.log_softmax(logits, -1)[tokens]
loss = -clipped_surrogate(log_probs, log_probs.detach(), advantage).mean()
loss.backward()
print(f"loss {loss.item() + 0.0:.3f}, gradient norm {logits.grad.norm():.3f}")
by_hand = estimate(policy, tokens, advantage.tolist())
print("by hand      ", [round(g, 4) for g in by_hand])
print("autograd     ", [round(-g, 4) for g in logits.grad.tolist()])
guess_loss.against(round(loss.item(), 6) + 0.0)

# %% [markdown]
# The ratio is 1, so the loss is minus the mean of the advantages, which were *made* to have mean zero. The gradient
# multiplies each advantage by its own score before adding, and scores differ. So the loss says nothing about learning.
# Watch rewards, the gradient norm, and the dead share.
#
# It is zero only if the advantages are centred with the same weights as the loss:

# %%
mixed = -sum(n * a for n, a in zip(lengths, paper, strict=True)) / sum(lengths)
print(f"paper's advantages in a loss over tokens: {mixed:+.3f}")

# %% [markdown]
# A loss far from zero at ratio 1 is a sign that two recipes were mixed, or that there is no baseline at all.
#
# ## Edit a group
#
# Type in your own rewards. Try `1, 1, 1, 1`, then `0, 0, 0, 0.001`, and then give one right answer 90 tokens. *Which
# rows notice?*

# %%
group_table()

# %%
explore(group_table, rewards="text", lengths="text")

# %% [markdown]
# ## Bug hunt
#
# Where a batch is used for several updates, the ratio leaves 1, and the **clip** of PPO (proximal policy optimisation)
# says when to stop: the objective, a **surrogate** that stands in for the mean reward and is *maximised*, is flat once
# a completion has moved far enough in the wanted direction. With the ratio ρ between 1 - ε and 1 + ε, here 0.8 and
# 1.2, it is ρ times the advantage. Somebody wrote it like this.


# %%
def broken(ratio, advantage, clip=0.2):
    clipped = min(max(ratio, 1 - clip), 1 + clip)
    if advantage > 0:
        return min(ratio * advantage, clipped * advantage)
    return max(ratio * advantage, clipped * advantage)  # bad ones are the mirror image


surrogate_figure({"broken": broken})

# %% [markdown]
# An update climbs these lines. The dashed one at ratio 0.5 is a bad completion that is already half as likely. *Where
# does it go from there? And from 1.5?*


# %%
def slope(function, ratio, advantage, step=1e-6):
    return (function(ratio + step, advantage) - function(ratio - step, advantage)) / (2 * step)


places = (0.5, 1.0, 1.5)
table(
    ("advantage", *(f"slope at ratio {r}" for r in places)),
    [(a, *(f"{slope(broken, r, a):+.1f}" for r in places)) for a in (1, -1)],
)

# %% [markdown]
# Decide which branch is wrong, and write the whole function again.


# %% tags=["exercise"]
def surrogate(ratio, advantage, clip=0.2):
    """PPO's objective of one token, to be maximised."""
    ### BEGIN SOLUTION
    clipped = min(max(ratio, 1 - clip), 1 + clip)
    return min(ratio * advantage, clipped * advantage)
    ### END SOLUTION


check("05.surrogate", surrogate)

# %% [markdown] tags=["hint"]
# A bad completion at ratio 0.5 has been pushed down far enough: its slope should be 0. At 1.5 it has become *more*
# likely and must come down: its slope should be -1.

# %% [markdown] tags=["hint"]
# The objective is a *pessimistic* one: of clipped and unclipped it takes the worse. Does that depend on the sign?

# %% [markdown] tags=["teacher"]
# "The mirror image" sounds right. Let somebody defend it. Multiplying by a negative advantage has mirrored the line
# already; a maximum mirrors it twice.


# %%
def package(ratio, advantage):
    now = torch.tensor(ratio, dtype=torch.float64).log()
    return clipped_surrogate(now, torch.zeros_like(now), torch.tensor(advantage, dtype=torch.float64)).item()


surrogate_figure({"broken": broken, "the package's": package})

# %% [markdown]
# On the right each line is flat where its completion has moved far enough in the *wanted* direction, and nowhere else:
#
# $$\min\big(\rho A,\ \text{clip}(\rho, 1 - \varepsilon, 1 + \varepsilon)\, A\big)$$
#
# On the left the dashed line goes on pushing down a bad completion that is unlikely already, and does nothing about one
# that has become more likely. In this course, as in the paper, a batch gives one update: ρ is 1 and the clip never acts.

# %% [markdown]
# ## Six questions
#
# Choose, then open.

# %%
quiz("05")

# %%
unbiased = moments(policy, rewards, leave_one_out, 4)[0]
record(
    leave_one_out_error=max(abs(a - b) for a, b in zip(unbiased, gradient, strict=True)),
    mean_factor=rows[1][1],
    noise_none=rows[0][4],
    noise_mean=rows[1][4],
    cosine=cosine(turned, gradient),
    blind=blind,
    dead_at_half=dead_chance(0.5, 8),
    loss=loss.item(),
    grad_norm=logits.grad.norm().item(),
    mixed_loss=mixed,
    broken_slope=slope(broken, 0.5, -1),
)

# %% [markdown]
# ## Summary
#
# An advantage is a reward minus a baseline. A baseline leaves the mean gradient as it is, and a good one lowers its
# noise. A mean that includes the sample shortens the gradient, and dividing by the deviation forgets scale. In the
# paper two roles and three types have six means. Groups of equal rewards teach nothing. The loss is zero by
# construction, the gradient is not, and the clip takes the minimum for both signs.
#
# ### Recall
#
# 1. What does *unbiased* promise about a single estimate?
# 2. Why may a constant be subtracted from all rewards?
# 3. By which factor does a mean that includes the sample shorten the gradient?
# 4. What does dividing by the deviation forget?
# 5. What does one global baseline do to proposals when proposers get lower rewards than solvers?
# 6. How large is the share of dead groups for p = 0.5 and n = 2?
# 7. Why is the loss about zero, and when is it not?
#
# ### An open problem
#
# Six means assume that role and type explain most of what makes rewards differ. Tasks differ too, and a mean for each
# task needs several answers to each. With a fixed number of answers: more tasks, or more answers to each?
#
# ### References
#
# Zhao et al., *Absolute Zero*, arXiv 2505.03335, Eq. 8-9. Williams 1992 (REINFORCE). Schulman et al. 2017, arXiv
# 1707.06347 (clip). Shao et al. 2024, arXiv 2402.03300 (GRPO). Liu et al. 2025, arXiv 2503.20783 (Dr. GRPO).
# Ahmadian et al. 2024, arXiv 2402.14740 (RLOO). Hu 2025, arXiv 2501.03262 (REINFORCE++). Code: `azr_nb/rewards/baselines.py`
# and `azr_nb/learning/estimators.py`. Next:
# [06 Updating a LoRA policy](06_lora_update.ipynb).
