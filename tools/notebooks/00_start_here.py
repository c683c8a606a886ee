# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # Start here: one turn of self-play
#
# *One small model writes tasks about programs, an executor checks them, the same model solves them, and both roles
# learn. Here you take one whole turn of that loop and look at every part of it.*
#
# **You will** name the stages of a turn, read a proposal and its verdict, work out both rewards, say what an advantage
# compares, and see what 300 turns taught.
#
# | | |
# |---|---|
# | minutes | 15 to read, 3 for the exercise, under 1 to run |
# | hardware | a laptop CPU |
# | you should know | Python; what a language model is |
# | you will leave with | a mental picture of the whole method |

# %%
from azr_nb import PythonPrograms, SelfPlay, load_policy, make_config
from azr_nb.course import (
    answers_table, by_cell, check, frontier_figure, pipeline, player, predict, proposals_table, quiet, record,
    shown_task, strip, table,
)

quiet()

# %% tags=["parameters"]
TIER = "cpu"  # smoke: seconds, for tests; cpu: a laptop; gpu: the same here
SEED = 0  # every draw depends on it: same seed, same notebook

# %% [markdown]
# ## The loop
#
# After a short warm-up nobody gives this model tasks or answers. It asks itself questions about programs, and a
# program is something that can be *run*, so there is always a judge that can tell right from wrong: the **executor**,
# which runs the program and compares. The method is Zhao et al.'s *Absolute Zero*. From here on it is *the paper*, and
# the code that its authors published is *the released code*. The two disagree in a few places.

# %%
pipeline()

# %% [markdown]
# Read the picture clockwise from *buffer*, the store of all tasks so far. The model acts in the blue boxes, the
# executor judges in the orange ones, and the grey ones are bookkeeping. LoRA, in the last blue box, is explained in
# section 6 below. The dashed arrow takes valid tasks to the buffer.
#
# ## A policy and an environment
#
# In reinforcement learning the model that acts is called the **policy**, and what it acts in is the **environment**.
# Our policy is a transformer of about 1.3 million parameters that comes with the package. It has read 16.2 million
# **tokens**, the pieces of text that a language model reads and writes one at a time, about *random* programs: tasks
# of the three kinds that you will see below, with right answers, written by a program and not by people. This
# **warm-up** takes the place of the paper's pretrained base model. The environment consists of small Python programs
# with one function `f`.

# %%
config = make_config(
    "classroom", seed=SEED, proposals_per_type=4 if TIER == "smoke" else 8, solve_tasks_per_type=4, seed_tasks=12
)
policy = load_policy(config.model)
environment = PythonPrograms()
play = SelfPlay(config, policy, environment)
print(f"{sum(p.numel() for p in policy.model.parameters()):,} parameters")

# %% [markdown]
# Everything starts from one program, the identity. It gives three tasks: the same program with a different part
# hidden.

# %%
seeds = environment.seed_tasks()
table(
    ("task type", "what the solver sees"), [(task.type, play.roles.prompt_format.solve_prompt(task)) for task in seeds]
)

# %% [markdown]
# - **deduction**: program and input are there, the output is missing;
# - **abduction**: program and output are there, an input is missing, and any input that gives this output is right;
# - **induction**: inputs, outputs and a message are there, the program is missing. The message is the line after `#
#   solve induction`: which operations and numbers the program has, or here `#same`, because it returns its input
#   unchanged.
#
# From these seeds the model grows a first buffer, without learning yet.

# %%
play.seed()
table(("task type", "tasks in the buffer"), [(kind, len(play.buffer.of_type(kind))) for kind in config.task_types])

# %% [markdown]
# ## One turn
#
# The next line takes a whole turn, which a run calls a *step*: it proposes, verifies, solves, rewards, and updates the
# policy once. The trace keeps everything, and the rest of the notebook only looks at it. Each text that the model
# writes after a prompt is a **completion**.

# %%
trace = play.step()
print(f"{len(trace.rollouts)} completions: {len(trace.of('propose'))} proposals, {len(trace.of('solve'))} answers")

# %% [markdown]
# ### 1. Propose
#
# The proposer is shown a few **references**, which are tasks from the buffer, and asked for something new. What would
# you have to write so that the judge accepts it?

# %%
first = trace.of("propose", "deduction")[0]
print(first.prompt + first.completion)

# %% [markdown]
# The text above `###` is the prompt with its references. The text below is what the model wrote: a program, and one
# input to call it with. Nobody asks for the output, because the executor will find it. (For induction the program is
# there already: the proposer writes inputs for a program of the buffer, and a message about it.)
#
# ### 2. Parse and validate
#
# A proposal counts only if it is well-formed, runs, ends, gives a plain value (a number, a text, a list or the like),
# and gives the same value twice. *How many of 100 proposals do you expect to pass?* Put your guess in place of the
# three dots.

# %%
guess_valid = predict("00.valid", ...)
guess_valid

# %%
valid = sum(r.verdict.valid for r in trace.of("propose")) / len(trace.of("propose"))
guess_valid.against(100 * valid)

# %% [markdown]
# It was 83 % when this notebook was made. Here are the proposals of one task type. The last three columns are
# explained further down.

# %%
proposals_table(trace.of("propose", "deduction"))

# %% [markdown]
# The `verdict` column has one word, and the `reason` column says it in full. An invalid proposal costs its proposer
# one point, which the table calls *format* whatever made it invalid. A proposal whose program is known already costs
# half a point and adds no task.
#
# ### 3. Solve, n times
#
# How hard is a new task? Nobody knows, so the solver tries it eight times. The share of right answers is the **solve
# rate**. So that it practises more than the newest tasks, the solver also gets twelve old ones, four of each type,
# again with eight attempts each. Those are all the answers counted above.

# %%
chosen = shown_task(trace)
answers = [r for r in trace.of("solve") if r.task.id == chosen.task.id]
print(answers[0].prompt)

# %% [markdown]
# Work out the right answer before you read on. Where a program has intermediate lines, the solver
# may write their values above `=>`, as a scratchpad. Nobody checks those; only the text behind `=>` is judged.

# %%
answers_table(answers)

# %%
rate = chosen.solve_rate
noise = (rate * (1 - rate) / config.solve_rate_samples) ** 0.5
print(f"solve rate {rate:.3g}, with a standard error of {noise:.2f} from only {config.solve_rate_samples} tries")

# %% [markdown]
# Eight tries are few: the standard error says how far the solve rate may be off. In the paper these answers only
# measure the solve rate, and its solver learns from other answers. Here answers are expensive, so the same ones do
# both.
#
# ### 4. Two rewards
#
# The **solver's** reward is 1 for a right answer, -0.5 for a wrong one, and -1 for malformed text. The **proposer's**
# reward is 1 minus the solve rate, but 0 if all answers or none were right: a task that teaches is one that is solved
# sometimes.

# %%
from azr_nb import RewardRecord, Verdict, reward_parts
from azr_nb.rewards import learnability

rates = [k / 8 for k in range(9)]
paid = [learnability(rate) for rate in rates]
table(("solve rate", *map(str, rates)), [("proposer's reward", *paid)])

# %% [markdown]
# Read it from left to right: 0 for an impossible task, most for the hardest task that was solved at all, less for
# easier ones, and 0 for a trivial task.

# %% [markdown]
# A proposal whose program does not run; a valid one that 6 of 8 answers solved; a valid one that nobody solved. Write
# down the proposer's reward of each, in this order.

# %% tags=["exercise"]
my_rewards = [..., ..., ...]
### BEGIN SOLUTION
my_rewards = [-1, 1 - 6 / 8, 0]
### END SOLUTION

check("00.two_rewards", my_rewards)

# %% [markdown] tags=["hint"]
# Only the second proposal is a task with a solve rate between 0 and 1.

# %% [markdown] tags=["hint"]
# For the third look at the left end of the table above.

# %% [markdown] tags=["teacher"]
# Many expect the third proposal to get the highest reward, since nobody could solve it. Ask what a proposer would then
# learn to write: tasks that cannot be solved at all.

# %%
for verdict, solve_rate in ((Verdict("error"), None), (Verdict("ok"), 6 / 8), (Verdict("ok"), 0.0)):
    print(verdict.status, solve_rate, reward_parts(RewardRecord("propose", "deduction", verdict, solve_rate)))

# %% [markdown]
# ### 5. Advantages
#
# A reward alone says little: is 0.4 good? It depends on what the others got. An **advantage** is a reward compared
# with the mean of its group, in units of the group's standard deviation (the sample standard deviation, with n - 1 in
# the denominator). Proposers are compared with proposers of the same task type, answers with the other answers to the
# same task. (The picture says *role × task type*, which is the paper's grouping.) There are fewer proposals than
# answers, so this run then doubles the proposers' advantages (`propose_weight`).

# %%
table(
    ("role", "reward", "advantage", "group"),
    [(r.role, r.reward, f"{r.advantage:+.2f}", r.group) for r in [chosen, *answers]],
)

# %% [markdown]
# Right answers have advantages above zero, wrong ones below. If all answers to a task get the same reward, all
# advantages are zero and the group teaches nothing. Such groups are called *dead*.

# %%
print(f"{trace.metrics['dead_share']:.0%} of the completions of this turn are in dead groups")

# %% [markdown]
# ### 6. One LoRA update
#
# The update makes completions with positive advantage more likely and the others less. It does not touch the 1.3
# million weights. It trains a **LoRA adapter**, a small set of weights that are added to them. Training lowers a
# number, the **loss**; here it is minus the mean of advantage times probability ratio. The ratio compares a
# completion's probability now with the one when it was drawn, so it is 1 at the first update. *What value do you
# expect for the loss?*

# %%
guess_loss = predict("00.loss", ...)
guess_loss

# %%
guess_loss.against(trace.metrics["loss"])

# %%
table(("role and task type", "gradient norm"), [(k[10:], v) for k, v in trace.metrics.items() if k.startswith("grad_norm/")])

# %% [markdown]
# The loss is about zero and that is right: advantages are centred, so good and bad cancel in the *value*. They do not
# cancel in the **gradient**, the direction in which the weights move: each advantage multiplies the gradient of its
# own completion, and these gradients differ. The table shows the length of the gradient by role and task type.
#
# ## The turn again, step by step
#
# Press the button to walk through the turn once more. Without a running kernel, read the strip below it.

# %%
player(trace)

# %%
strip(trace)

# %% [markdown]
# ## What many turns can teach
#
# One turn changes little. Here is what 300 of them did in a second, simpler environment. A task there is a place on a
# grid and a path, which is a list of steps north, east, south or west. The answer is the place where the path ends.
# Difficulty is a number, the steps of the path. Another small policy was warmed up on it, mostly with paths of one to
# three steps. The test paths below were chosen by neither the proposer nor the solver. Before self-play the policy
# answers about one in five of the paths of eight steps correctly. *What share of them afterwards?*

# %%
guess_eight = predict("00.eight_steps", ...)
guess_eight

# %%
lines = {"before": by_cell("things-self-play", "before"), "after 300 turns": by_cell("things-self-play")}
eight = {name: sum(run["8"] for run in runs) / len(runs) for name, runs in lines.items()}
guess_eight.against(eight["after 300 turns"])

# %%
frontier_figure(lines)

# %% [markdown]
# Each line is the mean of 15 runs. For every path the policy gives its likeliest answer (a *greedy* answer), and the
# line shows how many of these are right. The band reaches from the lowest run to the highest; *before* has one too,
# since the runs began from three warm-ups. The line *before* is at 100 % for one and two steps and falls to about 20 %
# at eight. Self-play raises everything from three steps up, and loses some at one and two (93 and 86 %). Notebook 11
# lets you watch it move, and takes away one part after the other to see which part did it. With Python programs,
# training for the same time changes much less, and notebook 10 asks how one would know.
#
# `make run` trains the Python model for some minutes and writes a report.

# %%
environment.close()
record(
    valid_share=valid, after=eight["after 300 turns"], grad_norm=trace.metrics["grad_norm"], loss=trace.metrics["loss"]
)

# %% [markdown]
# ## Summary
#
# A turn: references → proposals → verdicts → answers → solve rates → two rewards → advantages → one LoRA update. The
# judge is an executor, so no human and no other model has to say what is right.
#
# ### Recall
#
# 1. Which part is hidden in each of the three task types?
# 2. Why does abduction accept answers that differ from the proposer's input?
# 3. Name three reasons why a proposal is not valid.
# 4. Why is the reward for a task that everybody solves zero?
# 5. What is a dead group?
# 6. Why is the loss zero while the model learns?
#
# ### An open problem
#
# The proposer is rewarded for tasks that its own solver finds hard *now*. Nothing in this reward says that they should
# be useful. What would you add, and how would a proposer game it?
#
# ### References
#
# Zhao et al., *Absolute Zero: Reinforced Self-play Reasoning with Zero Data*, arXiv 2505.03335, sections 3.1-3.3.
#
# Next: [00b A toy that learns](00b_toy.ipynb).
