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
# **You will** read held-out scores in three ways, write a paired bootstrap, write down a claim and test it, compare
# self-play with three controls, see what the curve of own tasks hides, and look at pass@k.
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
    bootstrap_view, change, changes, changes_figure, check, command_of, difference, exams_figure, explore, interval_of,
    open_recorded, pass_at_k_curve, pass_at_k_figure, predict, quiet, quiz, record, recorded_metrics, recorded_summary,
    resampled_means, scores, side_by_side, table, variants, with_before,
)
from azr_nb.evaluation import first_of_each, mean_score

quiet()

# %% tags=["parameters"]
TIER = "cpu"  # smoke: seconds, for tests; cpu: a laptop; gpu: the same here
SEED = 0  # every draw depends on it: same seed, same notebook

# %%
asked = {"smoke": 6, "cpu": 60, "gpu": 60}[TIER]  # tasks for pass@k
drawn = {"smoke": 8, "cpu": 64, "gpu": 64}[TIER]  # samples of each

# %% [markdown]
# ## Tasks that nobody chose
#
# On its own tasks a policy both sets the exam and takes it. So we keep two suites of **held-out** tasks: *own* has
# programs like those of the warm-up, and *harder* has longer ones. They are in neither the warm-up nor any run, and
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
# **sampled** at temperature 1, and the share of right ones is called pass@1. Three seeds of self-play ran for 30 steps
# with the paper's reward, learnability. *Which answers gain more?*

# %%
guess_way = predict("10.way", ...)
guess_way

# %%
both = {way: change("learnability", way) for way in ("sampled", "greedy")}
guess_way.against(max(both, key=lambda way: both[way].mean))

# %%
table(
    ("answers", "change of right answers (points)", "95 % interval"),
    [(way, f"{c.mean:+.1f}", f"{c.low:+.1f} to {c.high:+.1f}") for way, c in both.items()],
)

# %% [markdown]
# The mean of sampled answers rises, with an interval that just touches zero. Greedy answers do not move. One reading is
# that the policy puts more probability on what it would have answered greedily anyway: it becomes more certain.
# Reporting only one of the two tells half the story.
#
# ## One number per task
#
# A score is a mean over 720 tasks, each with four sampled answers before and four after. Here are 120 of them. *What
# share of these tasks does not change at all?*

# %%
guess_still = predict("10.still", ...)
guess_still

# %%
cell = ("own", "abduction")
before = scores("learnability", "before")[cell][0]
after = scores("learnability", "after")[cell][0]
steps, counts = np.unique(after - before, return_counts=True)
guess_still.against(100 * float((after == before).mean()))

# %%
table(("change of a task (points)", *(f"{s:+.0f}" for s in steps)), [("tasks", *counts.tolist())])

# %% [markdown]
# Half of the tasks do not move, some rise, and some fall. Four answers are few, so most of these changes are chance.
# Only a mean over many tasks can be trusted, and only with an interval.
#
# ## The bootstrap
#
# What if other tasks had been in the suite? We cannot know. Instead we draw as many tasks from those that we have, with
# repeats, again and again. The spread of the means is our interval.

# %%
bootstrap_view(before, after)

# %% [markdown]
# The solid line is *no change*. If it is well outside the dashed lines, then chance in the choice of tasks does not
# explain what we see. Here it is between them: chance alone could explain the change of this one cell of six, although
# its mean is far above that of the whole run (+0.9).
#
# The interval is about 11 points wide. The same tasks were asked before and after, so they are **paired**. *How wide
# would it be if before and after had been asked on different tasks?*

# %%
guess_unpaired = predict("10.unpaired", ...)
guess_unpaired

# %%
resampled = zip(resampled_means(after, seed=1), resampled_means(before, seed=2), strict=True)
low, high = interval_of([a - b for a, b in resampled])
guess_unpaired.against(high - low)

# %%
bootstrap_view(before, after, tasks=120, paired=False)


# %%
def bootstrap(tasks=120, paired="yes"):
    return bootstrap_view(before, after, tasks, paired == "yes")


explore(bootstrap, tasks=(10, 120, 10), paired=["yes", "no"])

# %% [markdown]
# With different tasks the interval grows by more than half, and with few tasks anything is possible (set 20 in the
# widget). Pairing makes the interval narrower for free: a hard task is hard before and after, and that cancels in its
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
# learn. *Fixed tasks*: nothing new is ever proposed.
#
# ## The claim before the result
#
# After looking you can always find a claim: among seven variants, two ways of answering and six cells of tasks something
# is always up. So write the claim now, before you see the controls.

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
# Any pair of variants of the study will do: `variants()` lists them. Write down your number before you ask `difference`
# for the interval.

# %% [markdown] tags=["teacher"]
# Collect the claims on paper before anybody runs the cell. Then count how many survive.

# %% [markdown]
# ## What the controls say
#
# *Which of the three controls comes closest to self-play with learnability?*

# %%
guess_control = predict("10.control", ...)
guess_control

# %%
measured = changes(controls)
guess_control.against(min(controls[1:], key=lambda name: abs(measured[name].mean - measured["learnability"].mean)))

# %%
changes_figure(measured, "Self-play and three controls. Hollow: single seeds; bar: 95 % interval", order=list(variants()))

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
# Read the table line by line. The difference from random rewards is what the *judge* is worth, plus the harm that
# random rewards do (half of the difference here). The difference from solver only is what a *learning proposer* is
# worth. The difference from fixed tasks is what fresh tasks and a learning proposer are worth together. Where the
# interval includes zero, this study does not know, and that is a result too.
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
# model can do without; the paper's loses three points.
#
# ## What the own curve hides
#
# You have met both of these runs: the one whose proposer is rewarded for easy tasks (notebook 08), and the healthy one
# of 100 steps (notebook 07).

# %%
named = {"rewarded for easy tasks": "too-easy", "healthy, 100 steps": "healthy"}
exams_figure({title: with_before(recorded_metrics(run), recorded_summary(run)) for title, run in named.items()})

# %%
ends = {run: [100 * mean_score(recorded_summary(run)[when]) for when in ("before", "after")] for run in named.values()}
rise = ends["too-easy"][1] - ends["too-easy"][0]
table(("run", "held-out pass@1 before (%)", "after (%)"), [(run, *found) for run, found in ends.items()])

# %% [markdown]
# The run in the left panel seems to improve at every step, and on held-out tasks hardly anything happens. The run in
# the right panel seems to learn nothing, and its held-out score rises by five points. If you ever see only one of these
# two curves, ask for the other.
#
# ## Is the right answer among k?
#
# **pass@k** is the chance that at least one of k samples is right. If self-play only makes a policy more certain,
# pass@1 rises. For large k the policy from before, which tries more different things, may catch up. We compare the
# policy before and after the healthy run. *Which of the two is ahead at k = 64?*

# %%
guess_many = predict("10.many", ...)
guess_many

# %%
tasks = first_of_each(suites["harder"], asked)
counts, policies = {}, {"before": load_policy("tiny"), "after": load_policy(str(open_recorded("healthy")))}
for name, policy in policies.items():
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
guess_many.against("after" if gaps[1] > 0 else "before")

# %%
wide = interval_of(
    resampled_means([100.0 * ((a > 0) - (b > 0)) for b, a in zip(counts["before"], counts["after"], strict=True)])
)
print(f"95 % interval of the difference at k = {drawn}: {wide[0]:+.1f} to {wide[1]:+.1f} points")

# %% [markdown]
# The lead of *after* at k = 1 is gone between k = 4 and 8, and beyond that the policy from before is ahead. The curves
# cross as *sharpening* predicts: probability has shifted towards answers that the policy could already give. New skill
# would lift the right end too. But 60 tasks of each type and one run do not prove it: the interval at the right end
# includes zero, and also a lead as large as the one at k = 1.
#
# ## A program of your own
#
# Type a function and an input. Both policies answer, and the judge decides. Your text runs in the sandbox.


# %%
def ask(program="def f(a):\n    b = a % 3\n    return b * 2", given="7"):
    return side_by_side(program, given, policies, environment)


ask()

# %%
explore(ask, program="program", given="text")

# %% [markdown]
# ## And a real language model?
#
# SmolLM2-135M wrote more than twice as many valid proposals after twenty steps (notebook 07). Here is the exam: 360
# held-out tasks, before and after 45 steps, with the laptop preset's rewards and with random ones, two seeds each,
# which are too few for an interval. At first 1.4 % of its sampled answers are right, and 3.1 % of the greedy ones.
# *How many points do sampled answers gain with the preset's rewards?*

# %%
guess_language = predict("10.language", ...)
guess_language

# %%
real = {f"{name}, {mode}": change(name, mode) for name in ("laptop", "laptop-coin") for mode in ("sampled", "greedy")}
guess_language.against(real["laptop, sampled"].mean)

# %%
title = "SmolLM2-135M. Hollow: single seeds; filled: their mean; coin: random rewards"
changes_figure(real, title, "change of held-out answers (points)")

# %%
apart = {mode: difference("laptop", "laptop-coin", mode) for mode in ("sampled", "greedy")}
table(
    ("laptop against laptop-coin", "difference (points)", "its two seeds"),
    [(mode, f"{d.mean:+.1f}", d.ends) for mode, d in apart.items()],
)

# %% [markdown]
# Sampled answers gain 2.6 points with the preset's rewards and lose 0.9 with random ones, and both seeds agree. Greedy
# answers say less: one seed of the random rewards loses as much as the better one of the preset's gains. The preset's
# runs end 2.4 and 4.4 points above random rewards with sampled answers, 2.5 and 1.9 with greedy ones. Part of this is
# again the harm that random rewards do.
#
# Two seeds suggest that the rewards, and not the updates alone, brought right answers from almost none to a few. They
# say little about a third seed. If the model *reasoned* better, greedy answers would improve too, and so would answers
# to tasks of another kind.
#
# ## Six questions
#
# Choose an answer in your head, then open the one below it.

# %%
quiz("10")

# %%
environment.close()
record(
    learnability=both["sampled"].mean,
    greedy=both["greedy"].mean,
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
# Score held-out tasks, sampled and greedy. Use one paired interval over tasks and seeds. Write the claim before you see
# the result. Controls at the same number of updates say what a change is due to. The curve of own tasks cannot show
# skill. pass@k tells sharpening from new skill.
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
