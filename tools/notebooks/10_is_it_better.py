# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # Is it really better?
#
# *Every curve in this course went up somewhere. Here you ask the questions that decide: better than what, on which
# tasks, by how much, and how certain?*
#
# **You will** read held-out scores in three ways, write a paired bootstrap, compare self-play with three controls, see
# what the curve of own tasks hides, look at pass@k, and test a claim that you wrote down beforehand.
#
# | | |
# |---|---|
# | minutes | 35 to read, 27 for the exercises, under 2 to run |
# | hardware | a laptop CPU |
# | you should know | notebooks 07 to 09 |
# | you will leave with | a claim that you can defend, and the habit of writing it down first |

# %%
import numpy as np

from azr_nb import PythonPrograms, SeedingError, SelfPlay, SelfPlayConfig, load_policy, make_config
from azr_nb.course import (
    bootstrap_view, change, changes, changes_figure, check, command_of, difference, explore, interval_of,
    open_recorded, own_and_held_out, pass_at_k_curve, pass_at_k_figure, pipeline, quiet, record, recorded_metrics,
    resampled_means, scores, table, variants,
)
from azr_nb.evaluation import first_of_each

quiet()

# %% tags=["parameters"]
TIER = "cpu"  # smoke: seconds, for tests; cpu: a laptop; gpu: the same here
SEED = 0  # every draw depends on it: same seed, same notebook

# %%
asked = {"smoke": 6, "cpu": 60, "gpu": 60}[TIER]  # tasks for pass@k
drawn = {"smoke": 8, "cpu": 64, "gpu": 64}[TIER]  # samples of each
pipeline()

# %% [markdown]
# ## Tasks that nobody chose
#
# On its own tasks a policy both sets the exam and takes it. So we keep two suites of **held-out** tasks: *own* has
# programs like those of the warm-up, and *harder* has longer ones. Neither the warm-up nor any run has seen them, and
# they never change.

# %%
environment = PythonPrograms()
suites = {name: environment.suite(name) for name in ("own", "harder")}
table(
    ("suite", "task type", "tasks"),
    [
        (name, kind, sum(t.type == kind for t in tasks))
        for name, tasks in suites.items()
        for kind in make_config().task_types
    ],
)

# %% [markdown]
# There are two ways to answer. The **greedy** answer takes the most likely token at each place. Other answers are
# **sampled** at temperature 1, and the share of right ones is called pass@1. *Which of the two will self-play raise
# more?*

# %%
both = [(name, change(name), change(name, "greedy")) for name in ("learnability", "random")]
table(
    ("variant", "sampled: change (points)", "greedy: change (points)"),
    [
        (name, f"{s.mean:+.1f} [{s.low:+.1f}, {s.high:+.1f}]", f"{g.mean:+.1f} [{g.low:+.1f}, {g.high:+.1f}]")
        for name, s, g in both
    ],
)

# %% [markdown]
# With learnability the mean of sampled answers rises, with an interval that just touches zero. Greedy answers do not
# move. With random rewards both fall. One reading is that the policy puts more probability on what it would have
# answered greedily anyway: it becomes more certain. Reporting only one of the two tells half the story.
#
# ## One number per task
#
# A score is a mean over 720 tasks, each with four answers before and four after. Here are some of them. How much did
# single tasks change?

# %%
cell = ("own", "abduction")
before = scores("learnability", "before")[cell][0]
after = scores("learnability", "after")[cell][0]
steps, counts = np.unique(after - before, return_counts=True)
table(("change of a task (points)", *(f"{s:+.0f}" for s in steps)), [("tasks", *counts.tolist())])

# %% [markdown]
# Half of the tasks do not move, some rise, and some fall. Four answers are few, so most of these changes are chance.
# Only a mean over many tasks can be trusted, and only with an interval.
#
# ## The bootstrap
#
# What if other tasks had been in the suite? We cannot know. Instead we draw as many from those that we have, with
# repeats, again and again. The spread of the means is our interval.

# %%
bootstrap_view(before, after)

# %% [markdown]
# The solid line is *no change*. If it is well outside the dashed lines, then chance in the choice of tasks does not
# explain what we see. Here it is between them: this one cell of six, with a mean far above that of the whole run
# (+0.9), shows nothing that chance could not. *What happens with 20 tasks? And if before and after had been asked on
# different tasks?*

# %%
bootstrap_view(before, after, tasks=120, paired=False)


# %%
def bootstrap(tasks=120, paired="yes"):
    return bootstrap_view(before, after, tasks, paired == "yes")


explore(bootstrap, tasks=(10, 120, 10), paired=["yes", "no"])

# %% [markdown]
# If the tasks were different, the interval would grow from 11 points to 18, and with few tasks anything is possible.
# Pairing makes the interval narrower for free: a hard task is hard before and after, and that cancels in its
# difference.

# %% [markdown]
# Write the paired interval. `draw` is a numpy random generator; `draw.integers(n, size=n)` draws n places with repeats.


# %% tags=["exercise"]
def paired_interval(before, after, draw):
    """The middle 95 % of the mean change over resampled tasks, as (low, high)."""
    ### BEGIN SOLUTION
    changes = np.array(after) - np.array(before)
    means = [changes[draw.integers(len(changes), size=len(changes))].mean() for _ in range(2000)]
    return tuple(np.percentile(means, (2.5, 97.5)))
    ### END SOLUTION


check("10.interval", paired_interval)

# %% [markdown] tags=["hint"]
# First make one list: the change of each task. Then draw only from this list.

# %% [markdown] tags=["hint"]
# `np.percentile(means, (2.5, 97.5))` cuts off what is outside the middle 95 %.

# %% [markdown] tags=["teacher"]
# Two slips are typical: resampling before and after separately (too wide), and dividing by the square root of the
# number of draws (much too narrow). Ask what a narrower interval would be worth if it were not true.

# %% [markdown]
# ## Better than what?
#
# A change from before to after can have many causes. Each **control** removes one of them, at the same number of
# updates:

# %%
controls = ("learnability", "random", "solver-only", "fixed-tasks")
table(("variant", "what it is", "command"), [(name, variants()[name], command_of(name)) for name in controls])

# %% [markdown]
# *Random* rewards: whatever rises there is not learned from verdicts. *Solver only*: the proposer writes and does not
# learn. *Fixed tasks*: nothing new is ever proposed. *Which of them do you expect to come close to the real thing?*

# %%
changes_figure(changes(controls), "Self-play and three controls. Hollow: single seeds; bar: 95 % interval")

# %%
found = {other: difference("learnability", other) for other in controls[1:]}
table(
    ("learnability against", "difference (points)", "95 % interval", "says"),
    [
        (
            other,
            f"{d.mean:+.1f}",
            f"{d.low:+.1f} to {d.high:+.1f}",
            "better" if d.low > 0 else "not told apart" if d.high > 0 else "worse",
        )
        for other, d in found.items()
    ],
)

# %% [markdown]
# Read it line by line. The difference from random rewards is what the *judge* is worth, plus the harm that random
# rewards do (half of it here). The difference from solver only is what a *learning proposer* is worth. The difference
# from fixed tasks is what fresh tasks and a learning proposer are worth together. Where the interval includes zero,
# this study does not know, and that is a result too.
#
# One ablation of the paper, *no references*, cannot be run with this policy:

# %%
bare = SelfPlay(make_config("classroom", references=0, seed=SEED), load_policy("tiny"), environment)
try:
    bare.seed()
except SeedingError as error:
    print(error)

# %% [markdown]
# Its warm-up never had a prompt without references (notebook 03), so not even the seeds can be collected. A larger
# model can do it; the paper's loses three points.
#
# ## What the own curve hides
#
# This run was made on purpose: its proposer is rewarded for easy tasks. *What will its curve of own tasks look like,
# and what its held-out score?*

# %%
drift = recorded_metrics("too-easy")
own_and_held_out(drift, "A proposer that drifts to easier tasks")

# %%
last = lambda name: [v for v in drift[name] if v == v]  # noqa: E731
held = {name: last(name) for name in drift if name.startswith("held_out/") and name.endswith("pass@1")}
rise = 100 * sum(v[-1] - v[0] for v in held.values()) / len(held)
print(f"held-out pass@1 from the first to the last look: {rise:+.1f} points")

# %% [markdown]
# On its own tasks the policy seems to improve at every step. On held-out tasks hardly anything happens in the second
# half of the run, as in its healthy twins. If you ever see only one of these two curves, ask for the other.
#
# ## Is the right answer among k?
#
# **pass@k** is the chance that at least one of k samples is right. If self-play only makes a policy more certain,
# pass@1 rises. For large k the policy from before, which tries more different things, may catch up. *Do you expect the
# curves to cross?*

# %%
tasks = first_of_each(suites["harder"], asked)
counts = {}
for name, policy in (("before", load_policy("tiny")), ("after", load_policy(str(open_recorded("healthy"))))):
    groups = SelfPlay(SelfPlayConfig(seed=SEED), policy, environment).roles.solve(tasks, drawn, "pass@k")
    counts[name] = [sum(r.verdict.ok for r in group) for group in groups]
pass_at_k_figure(counts["before"], counts["after"], drawn)


# %%
def among(k=8):
    return pass_at_k_figure(counts["before"], counts["after"], drawn, k)


explore(among, k=(1, drawn, 1))

# %%
first, many = ([pass_at_k_curve(counts[name], drawn)[k - 1] for name in ("before", "after")] for k in (1, drawn))
gaps = first[1] - first[0], many[1] - many[0]
print(f"after minus before: {gaps[0]:+.1f} points at k = 1, {gaps[1]:+.1f} at k = {drawn}")

# %%
wide = interval_of(
    resampled_means([100.0 * ((a > 0) - (b > 0)) for b, a in zip(counts["before"], counts["after"], strict=True)])
)
print(f"95 % interval of the difference at k = {drawn}: {wide[0]:+.1f} to {wide[1]:+.1f} points")

# %% [markdown]
# *After* is the 100-step run of notebook 07. Its lead at k = 1 is gone between k = 4 and 8, and beyond that the policy
# from before is ahead. The curves cross as *sharpening* predicts: probability has shifted towards answers that the
# policy could already give. New skill would lift the right end too. But 60 tasks of each type and one run do not prove
# it: the interval at the right end includes zero, and also a lead as large as the one at k = 1.
#
# ## And a real language model?
#
# SmolLM2-135M wrote more than twice as many valid proposals after twenty steps (notebook 07). Here is the exam: 360
# held-out tasks, before and after 45 steps, with the laptop preset's rewards and with random ones, two seeds each,
# which are too few for an interval. *At first 1.4 % of its sampled answers are right, and 3.1 % of the greedy ones.
# How much can it gain?*

# %%
real = {f"{name}, {mode}": change(name, mode) for name in ("laptop", "laptop-coin") for mode in ("sampled", "greedy")}
changes_figure(real, "SmolLM2-135M. Hollow: single seeds; filled: their mean")

# %%
apart = {mode: difference("laptop", "laptop-coin", mode) for mode in ("sampled", "greedy")}
table(
    ("laptop against laptop-coin", "difference (points)", "its two seeds"),
    [(mode, f"{d.mean:+.1f}", d.ends) for mode, d in apart.items()],
)

# %% [markdown]
# Sampled answers gain 2.6 points with the preset's rewards and lose 0.9 with random ones, and both seeds say so.
# Greedy answers say less: one seed of the random rewards loses as much as the better one of the preset's gains. The
# preset's runs end 2.4 and 4.4 points above random rewards, sampled, and 2.5 and 1.9 greedy. Part of this is again the
# harm that random rewards do.
#
# Two seeds suggest that the rewards, and not the updates, brought right answers from almost none to a few. They say
# little about a third seed. If the model *reasoned* better, greedy answers would improve too, and tasks of another
# kind.
#
# ## The claim before the run
#
# After looking, you can always find a claim: among seven variants, two modes and six cells something is always up. So
# write the claim first. Pretend that you have not seen the study (or take a pair that was not shown above).

# %% [markdown]
# State a claim about sampled answers: a variant, a control, and by at least how many points the first ends above the
# second. The check compares it with the interval. Claim as much as the study supports, and not more.

# %% tags=["exercise"]
claim = (..., ..., ...)
### BEGIN SOLUTION
claim = ("learnability", "random", round(0.9 * difference("learnability", "random").low, 2))
### END SOLUTION

check("10.claim", claim)

# %% [markdown] tags=["hint"]
# Any pair of variants of the study will do: `variants()` lists them. `difference` gives the interval, after you have
# written down your guess.

# %% [markdown] tags=["teacher"]
# Collect the guesses on paper before anybody runs the cell. Then count how many claims survive.

# %%
environment.close()
record(
    learnability=change("learnability").mean,
    greedy=change("learnability", "greedy").mean,
    over_random=found["random"].mean,
    over_random_low=found["random"].low,
    over_fixed=found["fixed-tasks"].mean,
    drift=rise,
    gap_first=gaps[0],
    gap_many=gaps[1],
    real_gain=real["laptop, sampled"].mean,
    real_over_coin=apart["sampled"].mean,
)

# %% [markdown]
# ## Summary
#
# Score held-out tasks, sampled and greedy. Use one paired interval over tasks and seeds. Controls at the same number
# of updates say what a change is due to. The curve of own tasks cannot show skill. pass@k tells sharpening from skill. And
# the claim comes before the run.
#
# ### Recall
#
# 1. Why are a policy's own tasks not an exam?
# 2. Why do sampled and greedy scores tell different stories?
# 3. What does pairing do to an interval, and why?
# 4. Which control shows what the judge is worth?
# 5. What would pass@k look like if self-play had taught something new?
# 6. Why does the claim have to be written first?
#
# ### An open problem
#
# Everything here was measured on tasks like those of the training. What would convince *you* that a policy has become
# better at reasoning? Name the suite, the control and the number before anybody trains.
#
# ### References
#
# Zhao et al., *Absolute Zero*, arXiv 2505.03335, Tables 1 and 2. Chen et al. 2021, arXiv 2107.03374 (pass@k). Yue et
# al. 2025, arXiv 2504.13837 (does RL go beyond the base model?). Shao et al. 2025, arXiv 2506.10947 (random rewards).
# Efron and Tibshirani 1993, *An Introduction to the Bootstrap*. Code: `azr_nb/runs/study.py`, `azr_nb/runs/compare.py`.
#
# Next: [11 Learning you can see](11_movement.ipynb).
