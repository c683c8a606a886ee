# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # Reward lab
#
# *You have an idea for a reward. An hour later you want to know whether it is one: against the others, at equal
# compute, over several seeds, with its weak spot written beside it.*
#
# **You will** write a reward in one cell, train with it, sweep it over seeds, look at seven recorded variants,
# publish a reward card, and game the reward of a classmate.
#
# | | |
# |---|---|
# | minutes | 40 to read, 25 for the exercises, under 3 to run |
# | hardware | a laptop CPU |
# | you should know | notebooks 04 and 08 |
# | you will leave with | a way from an idea to a number that you may believe |

# %%
from azr_nb import PythonPrograms, RewardRecord, SelfPlay, Verdict, evaluate, load_policy, make_config, proposer_reward
from azr_nb.course import (
    STUDY, changes, changes_figure, check, classmate, command_of, explore, learning_curves, live, metrics_of,
    pipeline, quiet, record, reward_card, reward_curve, sign_bands, table, variants,
)
from azr_nb.evaluation import mean_score
from azr_nb.rewards import get_reward, registered

quiet()

# %% tags=["parameters"]
TIER = "cpu"  # smoke: seconds, for tests; cpu: a laptop; gpu: the same here
SEED = 0  # every draw depends on it: same seed, same notebook
PROPOSER_REWARD = "mine"  # the reward to train with: yours, or the name of another

# %%
steps = {"smoke": 2, "cpu": 15, "gpu": 15}[TIER]  # of training here; the recorded study has more
asked = {"smoke": 5, "cpu": 50, "gpu": 50}[TIER]  # held-out tasks per suite and task type
pipeline("rewards")

# %% [markdown]
# ## An idea in one cell
#
# Learnability pays most for tasks solved once in eight, right beside the cliff to zero. Suppose that a proposer should
# aim at somewhat easier tasks, solved about every third time, with less for anything further off. In code:


# %%
@proposer_reward("mine")
def mine(record):
    """Highest at a solve rate of one third, zero at both ends."""
    return 0.0 if record.solve_rate in (0, 1) else 1 - abs(record.solve_rate - 1 / 3) / (2 / 3)


# %% [markdown]
# That is all: the name can be given to any run from now on. These are known already:

# %%
table(("name", "pays"), [(r.name, r.summary) for r in registered("proposer")])


# %%
def pays(rate, name=PROPOSER_REWARD):
    config = make_config("classroom")
    return get_reward("proposer", name).function(
        RewardRecord("propose", "deduction", Verdict("ok"), rate, config=config, program="def f(a):\n    return a")
    )


reward_curve(pays)

# %% [markdown]
# Look at the ends first: what do an impossible and a trivial task earn? Then at the top: which tasks will a proposer
# look for? *Write down now how you would cheat it.*


# %%
def curve(reward=PROPOSER_REWARD):
    return reward_curve(lambda rate: pays(rate, reward))


explore(curve, reward=[r.name for r in registered("proposer") if r.name != "random"])

# %% [markdown]
# ## Train with it
#
# Some steps, with scores on held-out tasks before and after. *By how much should they change, do you think, in so few
# steps?*

# %%
environment = PythonPrograms()
policy = load_policy("tiny")
before = evaluate(policy, environment, tasks=asked, samples=4)
config = make_config("classroom", proposer_reward=PROPOSER_REWARD, seed=SEED, steps=steps)
play = SelfPlay(config, policy, environment)
metrics = live(play, steps, learning_curves)

# %%
after = evaluate(policy, environment, tasks=asked, samples=4)
change = 100 * (mean_score(after) - mean_score(before))
table(
    ("suite", "task type", "before (%)", "after (%)"),
    [
        (suite, kind, 100 * cell["pass@1"], 100 * after[suite][kind]["pass@1"])
        for suite, cells in before.items()
        for kind, cell in cells.items()
    ],
)

# %%
print(f"held-out pass@1 with {PROPOSER_REWARD!r}, seed {SEED}, {steps} steps: {change:+.1f} points")

# %% [markdown]
# One run, few steps, few tasks: this number says next to nothing. It could as well have come out a few points higher or
# lower. Whoever publishes it publishes noise.
#
# ## Sweep it
#
# Put the cell with your reward into a file `mine.py`. One command trains a run for every reward and seed. From the folder
# of the project:
#
# `azr-nb sweep --plugin mine.py --vary proposer_reward=mine,learnability,random --seeds 0..2 --set steps=30`
#
# It shows its progress, goes on where it was stopped, and ends with a table. Every run is a folder that `azr-nb report`
# opens.
#
# ## The recorded study
#
# Seven variants have been run beforehand, each with three seeds: four rewards and three controls. All have the same
# number of steps, of answers per task and of held-out tasks. The tokens that are trained on still differ: random pay
# leaves hardly any dead groups and trains on more of them, solver only and fixed tasks on fewer. Your own run above
# cannot be put beside them: it had half the steps, a lower learning rate and fewer held-out tasks. A fair sweep
# compares `mine` with `learnability` and `random`, all trained by this same command.

# %%
print(f"{STUDY['steps']} steps each; for example: {command_of('uncertainty')}")
tokens = {name: metrics_of(name)[0]["tokens_trained"] for name in variants()}
table(
    ("variant", "what it is", "tokens trained per step (seed 0)"),
    [(name, about, round(sum(tokens[name]) / len(tokens[name]))) for name, about in variants().items()],
)

# %% [markdown]
# *Put them in order before you look: which reward do you expect to help most, and which of the seven to do harm?*

# %%
found = changes()
changes_figure(found, "Hollow: single seeds. Filled: their mean, with its 95 % interval")

# %%
table(
    ("variant", "change (points)", "95 % interval", "single seeds"),
    [
        (name, f"{c.mean:+.1f}", f"{c.low:+.1f} to {c.high:+.1f}", ", ".join(f"{v:+.1f}" for v in c.seeds))
        for name, c in found.items()
    ],
)

# %% [markdown]
# Read the intervals, not the dots. Whether two variants differ is asked of their paired difference (notebook 10);
# intervals that overlap widely are a first warning that the order of means may be luck. Three seeds are few, and such
# an interval is rather too narrow. What the intervals cover is chance in the draw of tasks and of these three seeds.
# What they do not cover: another model, longer runs, other suites.
#
# Greedy answers, the same runs:

# %%
changes_figure(changes(mode="greedy"), "The same runs, greedy answers", "change of held-out greedy answers (points)")

# %% [markdown]
# With the four rewards and with solver only, the mean of sampled answers rises by one and a half to two and a half
# points, and greedy answers do not move measurably; with random pay both fall. A policy that gets surer of what it
# could do already would look like this.
#
# ## Why they differ, or do not
#
# What did the proposers make of their pay? The solve rate of new tasks, step by step:

# %%
shown = ("learnability", "released", "uncertainty", "easy")
sign_bands(
    {name: metrics_of(name) for name in shown},
    "solve rate",
    "Does the pay move the difficulty of tasks? Mean and range of three seeds",
    "solve rate",
)


# %%
def sign_of(sign="solve rate"):
    return sign_bands({name: metrics_of(name) for name in shown}, sign, f"{sign}: mean and range of three seeds", sign)


explore(sign_of, sign=["solve rate", "valid share", "complexity", "dead share", "entropy", "new tasks"])

# %% [markdown]
# Look at how far apart the lines are beside how wide the bands are. In thirty steps the pay moves what is proposed only
# a little, and so the solver learns much the same from all of them. To see a reward at work it needs time, or a
# proposer that learns faster, as in notebook 08.
#
# ## A card for each reward
#
# What should be said of a reward before anybody uses it? What it pays, how it looks, how it can be gamed, with how many
# seeds it was tried, and what came out.

# %%
reward_card(
    "uncertainty",
    "1 - 2 |solve rate - 1/2|",
    lambda rate: pays(rate, "uncertainty"),
    "a lottery with two tickets: half of all guesses are right",
    found["uncertainty"],
    command_of("uncertainty"),
)

# %% [markdown]
# Publish yours. `reward` is a function of the solve rate, `game` a sentence, and `seeds` the changes in points of your
# sweep, one for each seed (take two at least).

# %% tags=["exercise"]
card = {"name": "mine", "formula": ..., "reward": ..., "game": ..., "seeds": ...}
### BEGIN SOLUTION
card = {
    "name": "mine",
    "formula": "1 - |solve rate - 1/3| / (2/3), and 0 at both ends",
    "reward": lambda rate: 0.0 if rate in (0, 1) else 1 - abs(rate - 1 / 3) / (2 / 3),
    "game": "a lottery with three equally likely answers is solved every third time",
    "seeds": (0.4, -0.7, 1.1),
}
### END SOLUTION

check("09.card", card)

# %% [markdown] tags=["hint"]
# No sweep at hand? Run two seeds of this notebook by hand: change `SEED` above, run all, and note the printed change.

# %% [markdown] tags=["hint"]
# For `game` ask: which task has exactly the solve rate that is paid best, without anything to be learnt from it?

# %% [markdown] tags=["teacher"]
# The numbers in the solution are placeholders for the ones of your own sweep. Hang the cards side by side. The question
# that decides: would you have published the card if the result were zero? A good lab answers yes.

# %% [markdown]
# ## Game a classmate's reward
#
# A classmate has an idea: if the eight answers to a task *disagree*, the task must be hard, so pay for disagreement.

# %%
import inspect

print(inspect.getsource(classmate))

# %% [markdown]
# Find a task that is paid 0.9 or more although nobody is right. Give a program, an input, and the eight answers that
# you expect from a solver without any idea.

# %% tags=["exercise"]
trick = {"program": ..., "input": ..., "answers": ...}
### BEGIN SOLUTION
trick = {
    "program": "def f(a):\n    for i in range(1000):\n        a = (a * 7919 + 13) % 1000003\n    return a",
    "input": "43",
    "answers": [str(number) for number in (1, 43, 7919, 13, 1000003, 12, 99, 340)],
}
### END SOLUTION

check("09.game", trick)

# %% [markdown] tags=["hint"]
# Notebook 04 had a program that no small model will follow.

# %% [markdown] tags=["teacher"]
# Then ask for a mend: disagreement times solve rate? The next pair games that. It does not end, and that is the lesson:
# a reward sees what is measured, and what is measured can be made.

# %%
environment.close()
record(
    change=change,
    before=mean_score(before),
    after=mean_score(after),
    steps=steps,
    reward=PROPOSER_REWARD,
    learnability=found["learnability"].mean,
    random=found["random"].mean,
    variants=len(found),
    clear=sum(c.low > 0 for c in found.values()),
)

# %% [markdown]
# ## Summary
#
# A reward is one function under a name. One run of it says nothing; several seeds at equal compute, beside controls and
# with intervals, say a little. A card tells what it pays, how it is gamed, and what came out, also when that is
# nothing.
#
# ### Recall
#
# 1. Why are both ends of a reward curve the first thing to look at?
# 2. What has to be equal for a comparison to be fair?
# 3. What does an interval over seeds and tasks not cover?
# 4. Why do the rewards of this study differ so little?
# 5. Which result should a card be published with?
# 6. Why can every reward that sees only solve rates be gamed?
#
# ### An open problem
#
# With three seeds and 720 tasks the intervals of this study are some points wide. How many seeds would it take
# to tell two rewards apart whose effects differ by half a point? Would it be worth it?
#
# ### References
#
# Zhao et al., *Absolute Zero*, arXiv 2505.03335, Eq. 4 and appendix D.4. Huang et al. 2025, *R-Zero*, arXiv 2508.05004
# (uncertainty). Rutherford et al. 2024, arXiv 2408.15099 (learnability in curricula). Code: `azr_nb/rewards/`,
# `azr_nb/runs/sweep.py`, `azr_nb/runs/study.py`. Next: [10 Is it really better?](10_is_it_better.ipynb).
