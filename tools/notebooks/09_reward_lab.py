# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # Reward lab
#
# *You have an idea for a reward. Does it teach more than the others, and how long would it take to find out?*
#
# **You will** write a reward in one cell, train with it, run it with three seeds in minutes, look at eleven recorded arms,
# publish a reward card, and game the reward of a classmate.
#
# | | |
# |---|---|
# | minutes | 40 to read, 25 for the exercises, under 3 to run |
# | hardware | a laptop CPU |
# | you should know | notebooks 04 and 08 |
# | you will leave with | a way from an idea to a number that you may believe |

# %%
from azr_nb import RewardRecord, SelfPlay, Verdict, evaluate, load_policy, make_config, proposer_reward
from azr_nb.course import (
    by_cell, change, changes, changes_figure, check, classmate, command_of, difference, explore, frontier_figure, live,
    metrics_of, over_steps, predict, quiet, record, reward_card, reward_curve, scene_picture, table, two_curves,
    variants,
)
from azr_nb.environments import Things
from azr_nb.rewards import get_reward, registered

quiet()

# %% tags=["parameters"]
TIER = "cpu"  # smoke: seconds, for tests; cpu: a laptop; gpu: the same here
SEED = 0  # every draw depends on it: same seed, same notebook
PROPOSER_REWARD = "mine"  # the reward to train with: yours, or the name of another

# %%
steps = {"smoke": 2, "cpu": 60, "gpu": 60}[TIER]  # of training here; the recorded runs have 200
asked = {"smoke": 5, "cpu": 60, "gpu": 60}[TIER]  # held-out paths of each length

# %% [markdown]
# ## An idea in one cell
#
# Learnability is highest for tasks that are solved once in eight, right beside the cliff to zero. Suppose that a proposer
# should aim at somewhat easier tasks, solved about every third time. In code:


# %%
@proposer_reward("mine")
def mine(record):
    """Highest at a solve rate of one third, zero at both ends."""
    return 0.0 if record.solve_rate in (0, 1) else 1 - abs(record.solve_rate - 1 / 3) / (2 / 3)


# %% [markdown]
# That is all. Every run can name this reward now. These are known already:

# %%
table(("name", "rewards"), [(r.name, r.summary) for r in registered("proposer")])


# %%
def rewarded(rate, name=PROPOSER_REWARD):
    """The reward of a valid proposal with this solve rate."""
    config = make_config("things")
    record = RewardRecord("propose", "deduction", Verdict("ok"), rate, config=config, program="@0:12")
    return get_reward("proposer", name).function(record)


reward_curve(rewarded)

# %% [markdown]
# Look at the two ends first: they are the rewards of an impossible and of a trivial task. Then look at the top: the
# proposer will search for tasks with that solve rate. *Write down now how you would cheat this reward.*


# %%
def curve(reward=PROPOSER_REWARD):
    return reward_curve(lambda rate: rewarded(rate, reward))


explore(curve, reward=[r.name for r in registered("proposer") if r.name not in ("random", "coin")])

# %% [markdown]
# ## Where rewards can matter
#
# A reward can only teach something where the proposer has a choice that matters. So the laboratory is an environment
# with a dial: paths over a grid (notebook 11 has it in full). A task is a start and a path, the answer is the place where
# the path ends, and difficulty is the number of steps. Here the proposer writes the whole path.

# %%
scene_picture("@0:12", "nneeswn")

# %% [markdown]
# The policy has 0.4 million parameters. Its warm-up showed mostly one to three steps. A path that leaves the grid costs
# the proposer 1, and one that is known costs 0.5, whatever your reward says. *By how many points will the mean over nine
# path lengths change in 60 steps with your reward?* Put your guess in place of the dots.

# %%
guess_mine = predict("09.mine", ...)
guess_mine

# %%
policy, environment = load_policy("tiny-things"), Things()
before = evaluate(policy, environment, tasks=asked, samples=1)["frontier"]
config = make_config("things", composite_share=0.0, proposer_reward=PROPOSER_REWARD, seed=SEED, steps=steps)
play = SelfPlay(config, policy, environment)
metrics = live(play, steps, two_curves)

# %% [markdown]
# The left curve is the length of the paths that the proposer writes. The right curve is the share of them that the solver
# gets right. A reward that works makes the left one rise without the right one falling to zero.

# %%
after = evaluate(policy, environment, tasks=asked, samples=1)["frontier"]
percent = lambda scores: {steps: 100 * cell["greedy"] for steps, cell in scores.items()}  # noqa: E731
mean = lambda scores: sum(percent(scores).values()) / len(scores)  # noqa: E731
gained = mean(after) - mean(before)
guess_mine.against(gained)

# %%
frontier_figure({"before": [percent(before)], f"after {steps} steps": [percent(after)]})

# %% [markdown]
# These are greedy answers to the same held-out paths. Still, this is one run. Another seed may come out several points
# higher or lower, so this number alone says little.
#
# ## Three seeds in a few minutes
#
# Put the cell with your reward into a file `mine.py`, and run one command in the folder of the project:
#
# `azr-nb sweep --plugin mine.py --preset things --set composite_share=0 --set steps=200 --vary
# proposer_reward=mine,coin --seeds 0..2`
#
# It trains a run for every reward and seed, goes on where it was stopped, and ends with a table of changes with intervals.
# `coin` is the control: it gives valid proposals a random number. A reward that does not beat a coin has not shown
# anything.
#
# ## Recorded arms
#
# Eleven arms were run beforehand in the same way, 200 steps and three seeds each. Five give the proposer different rewards
# for the same tasks. Five take something away: the price of a known path, of an invalid one, or of both, the training of
# the proposer, or half of the gate. *Random* replaces the reward and takes both prices away.

# %%
arms = {name.removeprefix("things-whole-"): name for name in variants("things") if "whole" in name}
table(("arm", "what it is"), [(name, variants("things")[arm].partition(": ")[2]) for name, arm in arms.items()])

# %% [markdown]
# *Which of these ends lowest?*

# %%
guess_lowest = predict("09.lowest", ...)
guess_lowest

# %%
found = {name: change(arm, "greedy") for name, arm in arms.items()}
guess_lowest.against(min(("learnability", "easy", "coin", "untrained", "no-repeat"), key=lambda name: found[name].mean))

# %%
changes_figure(
    found, "Hollow: single seeds. Filled: their mean, with its 95 % interval", "change of greedy answers (points)"
)

# %% [markdown]
# Read the intervals, not the dots. The three arms at zero or below are a proposer that does not learn, random numbers
# without any penalty, and no price for a known path. The others gain, though *no-validity* scatters widely. What did the
# proposers write?

# %%
shown = ("learnability", "easy", "coin", "untrained", "no-repeat")
over_steps(
    {name: metrics_of(arms[name]) for name in shown},
    "programs/steps",
    "What do the proposers write? Mean and range of three seeds",
    "steps of a proposed path",
)

# %% [markdown]
# The arms that gain nothing write one to three steps until the end. Where known paths cost something, the proposer has to
# leave the short ones, and it finds longer ones whatever the shape of its reward is. One price without the other hurts.
# In the toy of notebook 00b it was the other way round: nothing was refused there, and the shape decided.


# %%
def frontier(arm="learnability"):
    return frontier_figure({"before": by_cell(arms[arm], "before"), arm: by_cell(arms[arm])})


explore(frontier, arm=list(arms))

# %% [markdown]
# ## Can two rewards be told apart?
#
# A difference is paired: two runs with one seed began with the same policy and were asked the same paths. *Does the
# difference between learnability and a coin exclude zero?*

# %%
guess_apart = predict("09.apart", ...)
guess_apart

# %%
pairs = [(a, b) for a in ("learnability",) for b in ("coin", "easy", "inverse", "uncertainty", "untrained", "no-repeat")]
apart = {pair: difference(arms[pair[0]], arms[pair[1]], "greedy") for pair in pairs}
guess_apart.against("yes" if apart["learnability", "coin"].clear else "no")

# %%
table(
    ("pair", "difference (points)", "95 % interval", "smallest difference that would have been seen"),
    [
        (f"{a} minus {b}", f"{d.mean:+.1f}", f"{d.low:+.1f} to {d.high:+.1f}", f"{d.visible:.1f}")
        for (a, b), d in apart.items()
    ],
)

# %% [markdown]
# The last column is what many studies leave out. With three seeds, two rewards have to differ by about that much to be
# told apart in eight of ten repetitions. Learnability clearly beats an untrained proposer and free repeats. Against the
# other rewards nothing is shown, neither that they differ nor that they are equal. *Survive or Collapse* (arXiv
# 2605.22217) reports the same of models ten thousand times as large: the gate and its price decide, not the shape.
#
# ## Where nothing can be told
#
# Here is the same kind of study with Python programs: seven arms, 30 steps at twice the learning rate, three seeds, 720
# held-out tasks.

# %%
python = changes(mode="greedy")
changes_figure(python, "Python programs, greedy answers", "change of held-out greedy answers (points)")

# %%
table(
    ("arm", "what it is", "change (points)", "smallest change that would have been seen"),
    [(name, variants()[name], f"{c.mean:+.1f} ({c.low:+.1f} to {c.high:+.1f})", f"{c.visible:.1f}")
     for name, c in python.items()],
)

# %% [markdown]
# No arm changes by as much as this study could see. That does not make the rewards equal. It says that thirty steps
# teach this policy too little for a reward to matter, and that more seeds alone would be a poor way out: half the
# visible difference takes four times the runs. Change the setting first, as this notebook did.
#
# ## A card for each reward
#
# A card says what a reward gives, how it looks, how it can be gamed, with how many seeds it was tried, and what came out.

# %%
reward_card(
    "uncertainty",
    "1 - 2 |solve rate - 1/2|",
    lambda rate: rewarded(rate, "uncertainty"),
    "a lottery with two tickets: half of all guesses are right",
    found["uncertainty"],
    command_of(arms["uncertainty"]),
)

# %% [markdown]
# Two arms have no card yet: `easy` and `inverse`. Publish one of them. `reward` is a function of the solve rate, `game` a
# sentence, and `claim` says how the arm ends beside a coin: "better than a coin", "worse than a coin" or "not told from a
# coin". The table of differences has only learnability minus the others, so compute the one that you need with
# `difference(arms[...], arms["coin"], "greedy")`.

# %% tags=["exercise"]
card = {"arm": ..., "reward": ..., "game": ..., "claim": ...}
### BEGIN SOLUTION
card = {
    "arm": "easy",
    "reward": lambda rate: rate,
    "game": "a program that gives back its input is solved every time",
    "claim": "not told from a coin",
}
### END SOLUTION

check("09.card", card)

# %% [markdown] tags=["hint"]
# The table of known rewards above says what each of them is.

# %% [markdown] tags=["hint"]
# For `game` ask: which task has exactly the best rewarded solve rate, without anything to be learned from it? For `claim`
# ask whether the interval leaves out zero.

# %% [markdown] tags=["teacher"]
# Hang the cards side by side, with those of students' own sweeps. The question that decides: would you have published
# the card if the result were zero? A good lab answers yes.

# %% [markdown]
# ## Game a classmate's reward
#
# A classmate has an idea: if the eight answers to a task *disagree*, the task must be hard, so reward disagreement.

# %%
import inspect

print(inspect.getsource(classmate))

# %% [markdown]
# Find a Python task whose reward is 0.9 or more although nobody is right. Give a program, an input, and the eight
# answers that you expect from a solver without any idea.

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
record(
    gained=gained,
    steps=steps,
    reward=PROPOSER_REWARD,
    learnability=found["learnability"].mean,
    untrained=found["untrained"].mean,
    arms=len(found),
    clear=[f"{a} - {b}" for (a, b), d in apart.items() if d.clear],
    python_seen=sum(abs(c.mean) > c.visible for c in python.values()),
)

# %% [markdown]
# ## Summary
#
# A reward is one function under a name. One run of it says little. Several seeds at equal compute, beside controls and
# with intervals, say more, and the smallest visible difference says how much. In this environment the training of the
# proposer and the price of a known path decide; the shape of the reward does nothing that three seeds can show.
#
# ### Recall
#
# 1. Why are both ends of a reward curve the first thing to look at?
# 2. Why is `coin` a better control than `random`?
# 3. What has to be equal for a comparison to be fair?
# 4. What do two rewards have to differ by before three seeds can tell them apart?
# 5. Which result should a card be published with?
# 6. Why can every reward that sees only solve rates be gamed?
#
# ### An open problem
#
# Find a setting, with several dials or with things that flicker, in which two of these rewards can be told apart. Say
# before you run it which of them will win, and why.
#
# ### References
#
# Zhao et al., *Absolute Zero*, arXiv 2505.03335, Eq. 4 and appendix D.4. Huang et al. 2025, *R-Zero*, arXiv 2508.05004
# (uncertainty). Rutherford et al. 2024, arXiv 2408.15099 (learnability in curricula). *Survive or Collapse*, arXiv
# 2605.22217. Code: `azr_nb/rewards/`, `azr_nb/runs/sweep.py`, `azr_nb/runs/study.py`. Next:
# [10 Is it really better?](10_is_it_better.ipynb).
