# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # Curiosity and the noisy television
#
# *A curious agent is rewarded for what it cannot predict. Put a television with random pictures into its room, and it
# never leaves. Is the proposer of this course such an agent, and what is its television?*
#
# **You will** write two curiosities for an agent in a room, watch one of them get stuck, work out which die a reward
# likes best, find noise that passes the judge, write a reward that leaves it alone, and read a study of ten rewards.
#
# | | |
# |---|---|
# | minutes | 35 to read, 18 for the exercises, under 4 to run |
# | hardware | a laptop CPU |
# | you should know | notebooks 04 and 09 |
# | you will leave with | a test for rewards: does it tell what is hard from what is noise? |

# %%
import math
import random

from azr_nb import Proposal, PythonPrograms, SelfPlay, load_policy, make_config
from azr_nb.course import (
    CURIOSITIES, FAMILIES, check, dice_figure, dice_view, difference, expected, explore, explore_room, family_figure,
    family_pay, family_proposals, gold_rollouts, metrics_of, over_steps, predict, quiet, record, room_figure, room_view,
    table, teach, variants, watching_figure,
)
from azr_nb.environments.python_programs.television import television
from azr_nb.rewards import learnability

quiet()

# %% tags=["parameters"]
TIER = "cpu"  # smoke: seconds, for tests; cpu: a laptop; gpu: the same here
SEED = 0  # every draw depends on it: same seed, same notebook

# %%
lived = {"smoke": 30_000, "cpu": 30_000, "gpu": 30_000}[TIER]  # steps of an agent in the room
seeds = range({"smoke": 1, "cpu": 5, "gpu": 5}[TIER])
tried = {"smoke": 4, "cpu": 24, "gpu": 24}[TIER]  # tasks of a family
lessons = {"smoke": 2, "cpu": 60, "gpu": 60}[TIER]  # supervised updates on one kind of task

# %% [markdown]
# ## A reward that an agent gives to itself
#
# Most environments reward nothing for a long time. Curiosity fills the gap: the agent learns a model of the world, and
# it is rewarded where the model was wrong. With $p(s'|s,a)$, the chance that the model gave to what came next, the
# reward is the **surprise**
#
# $$r = -\log p(s' \mid s, a)$$
#
# Here $s$ is the state before, $a$ the action and $s'$ the state after it. Pathak et al. (2017, *ICM*) and Burda et al.
# (2018, *the large-scale study*) played games with rewards of this kind and nothing else.
#
# Our agent lives in a room of 15 × 15 cells, four chambers with doors. It counts what followed each action in each
# state, and its model is these counts. Write its surprise. `model.chance(key, outcome)` is the predicted chance of an
# outcome, where `key` is a state with an action.


# %% tags=["exercise"]
def my_surprise(model, key, outcome):
    """How improbable the outcome was, in nats."""
    ### BEGIN SOLUTION
    return -math.log(model.chance(key, outcome))
    ### END SOLUTION


check("12.surprise", my_surprise)

# %% [markdown] tags=["hint"]
# `math.log` is the natural logarithm. A certain outcome has surprise 0, and an improbable one has a high surprise.

# %% [markdown] tags=["teacher"]
# Ask for the surprise at the third step of a corridor that the agent walked twice before: the model gives it a high
# chance already, so there is little to gain. Then ask what has to be true of the world for surprise to die out.

# %% [markdown]
# ## The television
#
# At one cell stands a television, and the fifth action is its remote control: it shows one of twelve pictures at
# random. The agent lives for 30,000 steps. *Which share of the second half will a surprised agent spend in front of
# the set, pressing the button?*

# %%
guess_glued = predict("12.glued", ...)
guess_glued

# %%
stays = {name: explore_room(CURIOSITIES[name], "random", lived, SEED) for name in ("surprise", "count", "none")}
guess_glued.against(stays["surprise"].watching)

# %%
room_figure(stays)

# %% [markdown]
# Each panel is a map of the room. Darker cells were entered more often, the ring is the set, and the number in the title
# is the share of time with the remote in hand. The agent *count* is rewarded with $1/\sqrt{n}$ for what it did $n$
# times before. The agent *none* gets no reward and wanders.
#
# The pictures never become predictable, so surprise never dies out there. Is it the set that attracts, or the noise?
# Let the set show its pictures in a fixed order. *Which share of its time does the surprised agent spend there now?*

# %%
guess_order = predict("12.order", ...)
guess_order

# %%
ordered = explore_room(CURIOSITIES["surprise"], "in order", lived, SEED)
guess_order.against(ordered.watching)

# %% [markdown]
# It is the noise. Surprise cannot tell *not learned yet* from *cannot be learned*. One cure asks for **progress**: by
# how much did this very step improve the model? Write it, from the chance that the model gave to the outcome before the
# outcome was counted, and the chance that it gives afterwards.


# %% tags=["exercise"]
def my_progress(before, after):
    """The surprise before minus the surprise after, in nats."""
    ### BEGIN SOLUTION
    return math.log(after) - math.log(before)
    ### END SOLUTION


check("12.progress", my_progress)

# %% [markdown] tags=["hint"]
# The surprise before is `-math.log(before)`.

# %% [markdown] tags=["teacher"]
# At a fair die progress goes to zero like one over the number of throws: each throw changes the counts less. Ask for
# the catch: progress has to compare two models, and for a neural network both estimates are noisy.

# %%
shares = {
    kind: {name: [explore_room(reward, kind, lived, s).watching for s in seeds] for name, reward in CURIOSITIES.items()}
    for kind in ("in order", "random")
}
watching_figure(shares)

# %% [markdown]
# Bars are means, dots are seeds. Four of five agents leave the set alone. *Disagreement* asks five models, each of half
# of the data: they come to agree that the pictures are even. Choose an agent, and how long it has lived.

# %%
room_view()

# %%
explore(room_view, curiosity=list(CURIOSITIES), television=["random", "in order"], steps=(1000, 16_000, 1000))

# %% [markdown]
# ## Three curiosities, one number
#
# In self-play the proposer chooses what happens, the solver is the model of the world, and the executor says what came
# next. With $p$, the chance that a sampled answer is right, the rewards look alike:
#
# - surprise: $-\log p$;
# - the option *inverse*: $1 - p$, a surprise with an upper end;
# - learnability: $1 - p$ as well, but 0 where none of $n$ answers was right.
#
# On average learnability gives $1 - p - (1 - p)^n$. Now take a task that *stays* solved with chance $p$ for ever, like a
# die with $1/p$ sides. *Which die does learnability reward most, when it is measured with eight answers?*

# %%
guess_die = predict("12.die", ...)
guess_die

# %%
best = max(range(2, 101), key=lambda sides: expected(learnability, 1 / sides, 8))
guess_die.against(best)

# %%
dice_figure()

# %% [markdown]
# Dotted lines are dice of 2, 3, 4, 6 and 10 sides, from right to left. Surprise and inverse rise to the left end: they
# like what nobody can solve. Learnability has its top at a die of four sides, uncertainty at a coin. *Does it help to
# draw more answers, 64 instead of 8? The best die then earns ...*

# %%
guess_more = predict("12.more", ...)
guess_more

# %%
top = {n: max(expected(learnability, 1 / sides, n) for sides in range(2, 101)) for n in (4, 8, 16, 64)}
guess_more.against("more" if top[64] > top[8] else "less")

# %%
table(("samples n", "most that a die earns"), [(n, f"{value:.2f}") for n, value in top.items()])

# %% [markdown]
# More samples measure $p$ better and pay the best die more: nothing in $p$ says whether it will ever change.

# %%
dice_view()

# %%
explore(dice_view, sides=(2, 40, 1), samples=[4, 8, 16, 64])

# %% [markdown]
# ## Noise that passes the judge
#
# A program cannot be random here, because the judge runs it twice. Does that keep televisions out? This one mixes a
# list into one of a few numbers.

# %%
environment = PythonPrograms()
program = television(random.Random(SEED))
given = ("[3, 1, 4]", "[3, 1, 5]", "[4, 1, 3]")
judged = environment.validate([Proposal("deduction", program, (text,)) for text in given])
print(program)
table(("input", "verdict", "output"), [(task.input, verdict.status, task.output) for task, verdict in judged])

# %% [markdown]
# It is deterministic, so it is valid. For a policy that cannot multiply modulo 97 in its head it is a die. How is it
# paid compared with honest tasks? Here are six families of programs and the television. *For which will learnability pay
# most before any training?*

# %%
table(
    ("family", "arguments", "body"),
    [(name, ", ".join(types), body.replace("{k}", "k")) for name, (types, body) in FAMILIES.items()],
)

# %%
guess_family = predict("12.family", ...)
guess_family

# %%
play = SelfPlay(make_config("classroom", seed=SEED), load_policy("tiny"), environment)
rates = {}
for name in (*FAMILIES, "television"):
    tasks = [task for task, verdict in environment.validate(family_proposals(name, tried, SEED)) if verdict.ok]
    rates[name] = [group[0].solve_rate for group in play.roles.solve(tasks, 8, "families", name)]
pay = family_pay(rates)
guess_family.against(max(pay["learnability"], key=pay["learnability"].get))

# %%
family_figure(pay)

# %% [markdown]
# Hatched families are noise to this policy. Surprise and inverse pay most for what is never solved, honest or not.
# Learnability pays nothing for that and a lot for the television. *Many outcomes* is the same program without its last
# `%`, and it is not even guessed.
#
# ## Is it noise, or merely hard?
#
# A task is a television only if training does not help. So ask an oracle: train the policy on *right answers* to fresh
# televisions, and see whether it learns anything. Then do the same with `a % k`. *By how many points will the solve
# rate of televisions rise?*

# %%
guess_oracle = predict("12.oracle", ...)
guess_oracle


# %%
def taught(name):
    """Mean solve rate of a family before and after supervised updates on right answers to other tasks of it."""
    pupil = SelfPlay(make_config("classroom", seed=SEED, steps=lessons), load_policy("tiny"), environment)
    made = lambda count, seed: [t for t, v in environment.validate(family_proposals(name, count, seed)) if v.ok]  # noqa: E731
    asked, gold = made(4 * tried, 1), gold_rollouts(made(256, 2), pupil)
    score = lambda when: sum(g[0].solve_rate for g in pupil.roles.solve(asked, 8, "oracle", when)) / len(asked)  # noqa: E731
    before = score("before")
    teach(pupil, gold, lessons, seed=SEED)
    return before, score("after")


lesson = {name: taught(name) for name in ("television", "a % k")}
risen = {name: 100 * (after - before) for name, (before, after) in lesson.items()}
guess_oracle.against(risen["television"])

# %%
table(
    ("family", "solved before (%)", "solved after (%)"),
    [(name, f"{100 * before:.0f}", f"{100 * after:.0f}") for name, (before, after) in lesson.items()],
)

# %% [markdown]
# The same lessons teach one family and leave the other where guessing is. This is the definition: a television is what
# stays a lottery although somebody teaches it.
#
# ## A reward that ignores the die
#
# Rewards can ask for *signals*, numbers that the policy itself gives (`@proposer_reward("mine", needs=("gold_nll",
# "gold_nll_before"))`). `gold_nll` is the surprise at the right output in nats, and `gold_nll_before` is the same under
# the adapter of five steps ago. Write a reward for a task that has both. A die, whose surprise stays the same, may earn
# at most 0.1, whatever its solve rate. A task that has become less surprising has to earn more than the die.


# %% tags=["exercise"]
def ignores_dice(record):
    """What a valid proposal earns; `record.signals` has gold_nll and gold_nll_before."""
    ### BEGIN SOLUTION
    gained = record.signals["gold_nll_before"] - record.signals["gold_nll"]
    return max(-1.0, min(1.0, gained))
    ### END SOLUTION


check("12.ignores_dice", ignores_dice)

# %% [markdown] tags=["hint"]
# How much less surprising did the task become?

# %% [markdown] tags=["teacher"]
# This is the reward `progress`. Multiplying it with learnability is right too. Ask how it can be gamed: a proposer that
# could make the solver worse first would be paid for the recovery.

# %% [markdown]
# ## Self-play with a television
#
# Now whole runs. In the condition *television* a quarter of the seed tasks are televisions; in the condition *quiet*
# there are none. Proposers are rewarded in ten ways, and everything else is equal: 30 steps of deduction at twice the
# usual learning rate, both roles with the same weight in the loss. The **attraction share** is the share of valid
# proposals that look like a television. *How large is it in the last ten steps, for the reward with the largest?*

# %%
guess_attracted = predict("12.attracted", ...)
guess_attracted

# %%
arms = {arm.removeprefix("curiosity-television-"): arm for arm in variants("curiosity") if "television" in arm}
curves = {name: metrics_of(arm) for name, arm in arms.items()}
late = lambda run: sum(run["programs/television"][-10:]) / 10  # noqa: E731
attracted = {name: 100 * sum(map(late, runs)) / len(runs) for name, runs in curves.items()}
guess_attracted.against(max(attracted.values()))

# %%
over_steps(
    {name: curves[name] for name in ("learnability", "surprise", "progress", "coin")},
    "programs/television", "Who writes televisions? Mean and range of the seeds", "share of valid proposals",
)

# %% [markdown]
# Nobody is caught. A quarter of the references are televisions, and yet only about one in twelve proposals looks like one
# at first, and about one in fifty at the end. This policy hardly ever writes a program as long as a television, and what
# it never writes cannot be rewarded. The agent in the room had a button. A proposer has to *spell* the television, and at
# this size its own habits protect it.
#
# Does a reward change what the solver learns? Each row is compared with `coin`, which rewards valid proposals at random,
# seed by seed and task by task. *Guess how many of the intervals will exclude zero before you run the cell.*

# %%
pairs = [
    (name, condition, difference(f"curiosity-{condition}-{name}", f"curiosity-{condition}-coin", "greedy"))
    for name in attracted if name != "coin" for condition in ("quiet", "television")
]
shown = {(name, condition): f"{d.mean:+.1f} {d.ends}" for name, condition, d in pairs}
table(
    ("proposer reward", "attraction share (%)", "greedy points above coin, quiet", "with televisions"),
    [(n, f"{attracted[n]:.1f}", shown[n, "quiet"], shown[n, "television"]) for n in attracted if n != "coin"],
)

# %%
clear = sum(d.clear for _, _, d in pairs)
print(f"{clear} of {len(pairs)} intervals exclude zero; where nothing differs, {0.05 * len(pairs):.1f} would on average")

# %% [markdown]
# Read the last line first. No reward has been shown to be better or worse than a coin; a difference below three points
# would hardly have been seen. `RESULTS.md` has the change of each arm: in none of the 20 do greedy answers change
# by an amount that can be told from zero. Where the solver learns nothing, rewards of the proposer have nothing to shape.
#
# **What this does not show.** 30 steps of a policy with 1.3 million parameters say nothing about a model that can write
# long programs. There the television is one completion away.

# %%
environment.close()
record(
    glued=stays["surprise"].watching, ordered=ordered.watching, best=best, top=top[8],
    television=pay["learnability"]["television"], risen=risen["television"], honest=risen["a % k"],
    attracted=max(attracted.values()), clear=clear,
)

# %% [markdown]
# ## Summary
#
# Surprise, inverse and learnability are three readings of one number, the chance of a right answer. None of them can
# tell a task that is hard today from a task that is noise for ever. The judge keeps out what is random, and lets
# through what only looks random to the solver. A reward that asks for progress ignores noise, if its signal can be
# measured.
#
# ### Recall
#
# 1. What is surprise, and for which environments does it never die out?
# 2. Which control shows that the noise attracts, and not the set?
# 3. Which die does learnability reward most with eight answers, and why not the one with most sides?
# 4. Why do more samples not help against dice?
# 5. How can a deterministic program be a television?
# 6. What tells a television from a hard task?
#
# ### An open problem
#
# Progress compares the solver of today with the solver of five steps ago, on one task. How would you measure it for a
# family of tasks, so that it is less noisy, without being told what a family is?
#
# ### References
#
# Pathak et al. 2017, *Curiosity-driven Exploration by Self-supervised Prediction*, arXiv 1705.05363. Burda et al. 2018,
# *Large-Scale Study of Curiosity-Driven Learning*, arXiv 1808.04355, section 5 (the television), and *Exploration by
# Random Network Distillation*, arXiv 1810.12894. Pathak et al. 2019, *Self-Supervised Exploration via Disagreement*,
# arXiv 1906.04161. Schmidhuber 2008, arXiv 0812.4360. Code: `azr_nb/rewards/curiosity.py`,
# `azr_nb/course/views/room.py`. Next: [13 How zero is zero?](13_zero.ipynb).
