# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # A toy that learns
#
# *Two numbers are enough for self-play to work, and enough for it to break. You see both here, before you meet a
# language model.*
#
# **You will** write the two updates of self-play, guess which of five rewards makes the worst solver, watch two lines
# chase each other, and invent a reward of your own.
#
# | | |
# |---|---|
# | minutes | 20 to read, 15 for the exercises, under 1 to run |
# | hardware | any computer |
# | you should know | Python; means, standard deviations and derivatives |
# | you will leave with | a picture of self-play that works, and of three ways in which it does not |

# %%
import numpy as np

from azr_nb.course import (
    ToyRun, chance_figure, chase_figure, chase_view, check, ends, explore, predict, proposer_pull, record, reward_shapes,
    right_chance, solver_pull, table, toy_rewards, toy_run,
)

# %% tags=["parameters"]
TIER = "cpu"  # smoke, cpu and gpu are the same here: all of it is small
SEED = 0  # every draw depends on it: same seed, same notebook

# %% [markdown]
# ## A solver that is one number
#
# Our solver is a single number, its **ability** $a$. A task is a single number too, its **difficulty** $d$. The solver
# is right with probability
#
# $$p = \frac{1}{1 + e^{\,d - a}}$$
#
# When ability and difficulty are equal, the chance is one half. *Ability is 2 and difficulty is 4. How often is the
# solver right?* Put your guess in place of the dots, in percent.

# %%
guess_chance = predict("00b.chance", ...)
guess_chance

# %%
guess_chance.against(100 * right_chance(2, 4))

# %%
chance_figure(ability=2)

# %% [markdown]
# Read the left panel from left to right: easy tasks are nearly always solved, hard ones nearly never. The dotted line
# marks the ability. The right panel shows what a step of learning does to the ability, for tasks of each difficulty.
# You will write that step now.
#
# ## How the solver learns
#
# The solver tries each task eight times. A try is right, $r = 1$, or wrong, $r = 0$. Nobody says what the right answer
# would have been: the solver only learns whether it was right. It compares each try with the mean of all tries at the
# same task:
#
# $$\Delta a = \eta \cdot \text{mean of } (r - \bar r)\,(r - p)$$
#
# | symbol | meaning |
# |---|---|
# | $r$ | 1 for a right try, 0 for a wrong one: the **reward** |
# | $\bar r$ | mean of the tries at the same task: the **baseline** |
# | $r - \bar r$ | by how much this try is better than the mean: the **advantage** (notebook 00 also divides by the standard deviation; notebook 05 shows what that changes) |
# | $r - p$ | the derivative of the logarithm of this try's probability with respect to $a$: the **score** |
# | $\eta$ | the step size, also called learning rate |
#
# The mean is over all tries at all tasks. This rule is called **REINFORCE**. It makes tries that were better than
# their mean more likely. Every method in this course is a relative of it.
#
# <details><summary>Why the score is r - p</summary>
#
# A right try has the probability p, and dp/da = p (1 - p), so d log p / da = 1 - p. A wrong try has the probability
# 1 - p, and d log (1 - p) / da = -p. Both are r - p.
#
# </details>

# %% [markdown]
# Write the mean of the formula, without the step size. `right` has one list of tries for each task, and `chance` has
# the probability $p$ of each task.


# %% tags=["exercise"]
def my_solver_pull(right, chance):
    """Mean over all tries of (r - mean of the task's tries) * (r - p)."""
    ### BEGIN SOLUTION
    parts = []
    for tries, p in zip(right, chance, strict=True):
        baseline = sum(tries) / len(tries)
        parts += [(r - baseline) * (r - p) for r in tries]
    return sum(parts) / len(parts)
    ### END SOLUTION


check("00b.solver", my_solver_pull)

# %% [markdown] tags=["hint"]
# Go through the tasks one at a time. The baseline is the mean of that task's list.

# %% [markdown] tags=["hint"]
# Collect one product for each try, over all tasks, and take the mean at the end.

# %%
tried = {
    "easy, p = 0.95": ([1, 1, 1, 1, 1, 1, 1, 1], 0.95),
    "hard, p = 0.05": ([0, 0, 0, 0, 0, 0, 0, 0], 0.05),
    "in the middle, p = 0.5": ([1, 0, 1, 1, 0, 0, 1, 0], 0.5),
}
table(("task", "tries", "pull on the ability"), [(n, str(r), solver_pull([r], [p])) for n, (r, p) in tried.items()])

# %% [markdown]
# Where all tries are right, none is better than another, and nothing is learned. Where all are wrong it is the same.
# The solver learns from tasks that it solves sometimes. That is the hill of the right panel above, which is the
# average over all draws of eight tries. In some draws fewer than four tries are right, or more, and the pull is
# weaker. So the top of the hill is at 0.22 and not at the 0.25 of this table.
#
# So somebody has to supply tasks from that hill, and the hill moves as the solver learns. A teacher could do it. In
# self-play a second learner does.
#
# ## A proposer that is one number
#
# Our proposer is a single number too, its **level** $l$. It proposes tasks whose difficulties scatter around the
# level. After the solver has tried them, each proposal gets a reward, and the level moves towards the difficulties
# that were rewarded more than the others:
#
# $$\Delta l = \eta \cdot \text{mean of } (R - \bar R)\,(d - l)$$
#
# Here $R$ is the reward of a proposal, $\bar R$ the mean reward of the step, and $d - l$ is the score again: the
# derivative of the logarithm of the density of $d$ with respect to $l$, for a normal distribution around $l$ with
# standard deviation 1.

# %% [markdown]
# Write this mean, again without the step size.


# %% tags=["exercise"]
def my_proposer_pull(rewards, difficulties, level):
    """Mean over the proposals of (reward - mean reward) * (difficulty - level)."""
    ### BEGIN SOLUTION
    mean = sum(rewards) / len(rewards)
    return sum((r - mean) * (d - level) for r, d in zip(rewards, difficulties, strict=True)) / len(rewards)
    ### END SOLUTION


check("00b.proposer", my_proposer_pull)

# %% [markdown] tags=["hint"]
# It has the same form as the solver's update: an advantage times a score, and then the mean.

# %% [markdown]
# ## What should a proposal be paid for?
#
# The proposer does not answer tasks. All that is known about a proposal is its **solve rate** $s$, the share of right
# tries, which was $\bar r$ above. Here are five rewards that somebody could write down.
#
# | reward | formula | idea |
# |---|---|---|
# | learnability | $1 - s$, but 0 at $s = 0$ | hard, but not impossible (the paper's) |
# | uncertainty | $1 - 2\,\lvert s - 0.5\rvert$ | a coin toss for the solver |
# | inverse | $1 - s$ | hard |
# | easy | $s$ | solvable |
# | random | a random number | a comparison: the reward has nothing to do with the task |

# %%
rewards = toy_rewards(SEED)
reward_shapes(rewards)

# %% [markdown]
# Learnability and inverse coincide except at the far left: learnability pays nothing for a task that nobody solves.
# *After 300 steps, which of the five rewards has made the worst solver?*

# %%
guess_worst = predict("00b.worst", ...)
guess_worst

# %% [markdown]
# *And with `inverse`, where does the difficulty of the proposals go?*

# %%
guess_inverse = predict("00b.inverse", ...)
guess_inverse

# %% [markdown]
# ## Two lines
#
# This is all of self-play, in one cell. Each step proposes, solves, rewards and updates.

# %%
def play(reward, steps=300, seed=SEED, tries=8):
    """The proposer's level and the solver's ability, step by step."""
    draw, level, ability, run = np.random.default_rng(seed), 0.0, 0.0, ToyRun()
    for _ in range(steps + 1):
        difficulties = draw.normal(level, 1, 12)  # propose twelve tasks
        chance = right_chance(ability, difficulties)
        right = draw.random((12, tries)) < chance[:, None]  # solve, and verify
        rates = right.mean(1)
        run.add(level, ability, rates.mean())
        ability += 0.2 * solver_pull(right, chance)  # update the solver
        level += 0.5 * proposer_pull([reward(rate) for rate in rates], difficulties, level)  # and the proposer
    return run


runs = {name: play(reward) for name, reward in rewards.items()}
chase_figure({"learnability": runs["learnability"]})

# %% [markdown]
# Both lines rise. The proposer asks for a little more than the solver can do, the solver learns it, and the proposer
# asks for more. Nobody planned these lessons: they come from a reward that is zero where all tries agree. Now the
# other four.

# %%
chase_figure(runs)

# %%
worst = min(runs, key=lambda name: runs[name].ability[-1])
guess_worst.against(worst)

# %%
gap = runs["inverse"].level[-1] - runs["inverse"].ability[-1]
guess_inverse.against("along with the solver" if abs(gap) < 2 else f"far {'above' if gap > 0 else 'below'} the solver")

# %% [markdown]
# Read each panel by the distance between its lines.
#
# - **learnability** and **uncertainty** keep the two lines together, and both rise.
# - **inverse** pays most where nobody is right. Difficulty runs away, nearly all tries are wrong, and the solver learns
#   less and less.
# - **easy** pays most where everybody is right. Difficulty falls, and the solver learns less and less.
# - **random** moves the level only by chance. The solver still learns for a while, from tasks that happen to lie on
#   its hill, and then it has outgrown them.
#
# The last panel matters most. With random rewards the proposer learns nothing, and the solver improves all the same.
# It even ends above the solvers of two bad rewards. *A rising curve is not evidence that the proposer's reward works.*
# For that you need the other panels next to it.

# %%
after = {name: ends(reward, range(SEED, SEED + 5)) for name, reward in toy_rewards(SEED).items()}
table(
    ("reward", "ability after 300 steps, mean of five seeds", "lowest", "highest"),
    [(name, float(np.mean(values)), min(values), max(values)) for name, values in after.items()],
)

# %% [markdown]
# Five seeds agree well enough to tell most of these rewards apart; learnability and uncertainty overlap. Below is step
# 60 of `learnability` with the first seed. The yellow hump is what is proposed (its height has no scale), and the line
# is how often the solver is right there. In the cell after the figure you can choose another reward and another step.

# %%
chase_view("learnability", 60)

# %%
explore(chase_view, reward=list(rewards), step=(0, 300, 10))

# %% [markdown]
# ## How many tries?
#
# The solve rate comes from eight tries at each task. Trying is most of the work, so it is tempting to try less.
# *What is the ability after 300 steps of learnability, if each task is tried once?*

# %%
guess_once = predict("00b.once", ...)
guess_once

# %%
by_tries = {n: ends(toy_rewards(SEED)["learnability"], range(SEED, SEED + 5), tries=n) for n in (1, 2, 4, 8)}
guess_once.against(float(np.mean(by_tries[1])))

# %%
table(("tries at a task", "ability after 300 steps"), [(n, float(np.mean(values))) for n, values in by_tries.items()])

# %% [markdown]
# With one try the solve rate is 0 or 1, and learnability pays nothing for either. A try alone is also its own mean, so
# its advantage is 0. Nothing ever moves. From two tries on, the loop runs.
#
# ## A reward of your own
#
# Change the function and run the cell. *Can you beat learnability and uncertainty?* Try a reward that pays for a solve
# rate of 0.2, and one that never pays 0. A reward that is twice as large moves the level twice as far, so its size
# matters too.


# %%
def mine(rate):
    return rate * (1 - rate)


own = ends(mine, range(SEED, SEED + 5))
print(f"mine {np.mean(own):.1f}, learnability {np.mean(after['learnability']):.1f}")
chase_figure({"mine": toy_run(mine, seed=SEED), "learnability": runs["learnability"]})

# %% [markdown]
# ## What the toy leaves out
#
# The other notebooks replace each part of the toy with the real thing.
#
# | in the toy | in the course | notebook |
# |---|---|---|
# | a difficulty | a program with an input and an output | 01 |
# | a coin that says right or wrong | an executor that runs the program | 02 |
# | a draw from a normal distribution | a language model that writes a task, which may be invalid or known already | 03 |
# | five rewards | the paper's reward, that of its released code, and others | 04, 09 |
# | an advantage and a score | baselines for two roles and three task types | 05 |
# | two numbers that learn | an adapter of a language model that plays both roles | 06 |
# | 300 steps in a blink | 90 steps in five minutes | 07 |
# | a falling or flat line | signs that tell you which part has failed | 08 |
#
# The toy's ability can be read off. A language model's cannot: you have to measure it with tasks that it has never
# seen, and the measurement is noisy. Keep one question in mind from here on. **Will 1.3 million parameters do what
# these two numbers did, and how would you know?**

# %%
record(
    worst=worst,
    learnability=float(np.mean(after["learnability"])),
    random=float(np.mean(after["random"])),
    inverse_level=runs["inverse"].level[-1],
    once=float(np.mean(by_tries[1])),
)

# %% [markdown]
# ## Summary
#
# A solver learns from tasks that it solves sometimes. A proposer that is rewarded for such tasks follows the solver,
# and the two rise together. A reward that is highest where nobody is right lets difficulty run away, and one that is
# highest where everybody is right lets it collapse. A proposer with random rewards also gets a better solver for a
# while, so every claim about a reward needs that control.
#
# ### Recall
#
# 1. Which four words name the parts of the solver's update, apart from its step size?
# 2. Why is nothing learned from a task whose tries are all wrong?
# 3. In which single point do learnability and inverse differ, and what follows from it?
# 4. Why does the solver improve under random rewards for the proposer?
# 5. What happens with one try for each task, and for which two reasons?
#
# ### An open problem
#
# The proposer here can ask for any difficulty at once. A language model can only propose what it can write. What would
# change if the level could never be more than 1 above the hardest task solved so far?
#
# ### References
#
# Zhao et al., *Absolute Zero*, arXiv 2505.03335 (learnability, Eq. 4). Williams 1992 (REINFORCE). Sukhbaatar et al.
# 2017, arXiv 1703.05407 (two learners that set each other tasks). Code: `azr_nb/course/views/toy.py`. Next: [01 Three
# questions about one program](01_three_questions.ipynb).
