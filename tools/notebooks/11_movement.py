# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # Learning you can see: an environment of movement
#
# *In Python programs, minutes of self-play change little that anybody can see. Here is an environment whose difficulty
# is a number, and you watch the edge of what the policy can do move along it.*
#
# **You will** sense a thing by moving over it, guess how far a policy gets, watch it get further, say which part of
# self-play did it, and meet a learner without language that chooses its own next look.
#
# | | |
# |---|---|
# | minutes | 45 to read, 38 for the exercises, under 4 to run |
# | hardware | a laptop CPU |
# | you should know | notebooks 04 and 05 |
# | you will leave with | a curriculum that makes itself, and what it takes for one to appear |

# %%
from azr_nb import SelfPlay, evaluate, load_policy, make_config
from azr_nb.course import (
    attraction_figure, by_cell, change, check, difference, explore, frontier_figure, goals_figure, live, looks_figure,
    metrics_of, moving_frontier, next_look, predict, quiet, record, scene_picture, table, two_curves,
    variants,
)
from azr_nb.environments import Things
from azr_nb.environments.things import looks_table, read_program, sense
from azr_nb.tasks import TASK_TYPES

quiet()

# %% tags=["parameters"]
TIER = "cpu"  # smoke: seconds, for tests; cpu: a laptop; gpu: the same here
SEED = 0  # every draw depends on it: same seed, same notebook
PROPOSER = {}  # settings of a run of your own further down, such as {"train_propose": False}

# %% [markdown]
# ## One thing, sensed by hand
#
# A thing has features at places. Here a thing is one line of text: at place 00 there is an `a` with an arrow up, at 10
# a `b` with an arrow to the right, and so on. The second line says that thing A is there, turned clockwise by one
# quarter, and that the sensor is over its place 10.

# %%
program = "A 00a^ 10b> 11c| 12do\nA@1:10"
scene_picture(program, "nes")

# %% [markdown]
# The left panel is the thing in its own frame. The right panel is what the body meets: the thing is turned, and so are
# its marks. The ring is where the movement ends. Letters stay as they are; arrows, lines and movements turn.

# %%
scene = read_program(program)
table(("movement", "sensed at its end"), [(path or "(none)", sense(scene, path)) for path in ("", "e", "n", "nes", "w")])

# %% [markdown]
# The same three questions can be asked as in notebook 01. **Deduction**: given thing and movement, what is sensed?
# **Abduction**: given the thing and a sensation, which movement reaches it? **Induction**: given movements and
# sensations, which thing is it, and how is it turned? An answer is checked by geometry, exactly, so there is no
# executor, and an induction task that leaves two answers open is refused.
#
# A feature is a letter with one of the marks `^ > v < | - o`. Write the function that turns it.


# %% tags=["exercise"]
def turn(feature, quarters):
    """The feature as it is sensed on a thing that is turned clockwise by so many quarters."""
    ### BEGIN SOLUTION
    letter, mark = feature
    for circle in ("^>v<", "|-"):
        if mark in circle:
            mark = circle[(circle.index(mark) + quarters) % len(circle)]
    return letter + mark
    ### END SOLUTION


check("11.turn", turn)

# %% [markdown] tags=["hint"]
# Put each set of marks that change into one another in a string, in the order in which they come around.

# %% [markdown]
# ## The simplest rung: a path over a grid
#
# Take the thing away, and a place on a grid is left. The program is a start, `@0:12`, the input is a path, and the
# output is the place where it ends. The policy may write down the places on the way. Difficulty is now one number: the
# number of steps.

# %%
scene_picture("@0:12", "nneeswn")

# %% [markdown]
# The policy is a transformer of 0.4 million parameters. Its warm-up, under two minutes on one core, showed it random
# paths with right answers: two of three had one step, and none had more than seven. *How many paths of eight steps
# does it get right, with greedy answers?* Put your guess in place of the dots.

# %%
guess_before = predict("11.before", ...)
guess_before

# %%
policy, environment = load_policy("tiny-things"), Things()
asked = {"smoke": 5, "cpu": 60, "gpu": 60}[TIER]  # held-out paths of each length
before = evaluate(policy, environment, tasks=asked, samples=1)["frontier"]
guess_before.against(100 * before["8"]["greedy"])

# %%
percent = lambda scores: {steps: 100 * cell["greedy"] for steps, cell in scores.items()}  # noqa: E731
frontier_figure({"before": [percent(before)]})

# %% [markdown]
# Read the curve from left to right. What the warm-up showed often is always right, and beyond it the curve falls off.
# That edge is the **frontier**. Nobody will give this policy longer paths with answers: it has to write them.
#
# ## Watch it move
#
# The proposer is shown a past path that was solved, and goes on from it by a step or two, or it writes a new one. A
# path that leaves the grid costs it 1, and one that is known already costs 0.5. *After 120 steps of self-play, how
# many paths of eight steps will be right?*

# %%
guess_after = predict("11.after", ...)
guess_after

# %%
steps = {"smoke": 2, "cpu": 120, "gpu": 120}[TIER]
config = make_config("things", seed=SEED, steps=steps)
play = SelfPlay(config, policy, environment)
metrics = live(play, steps, two_curves)

# %% [markdown]
# The left panel shows the length of what is proposed, the right panel the share of right answers to it. The proposals grow, and the share falls;
# then the solver catches up with paths of that length, and the share rises again. Two curves chase each other.

# %%
after = evaluate(policy, environment, tasks=asked, samples=1)["frontier"]
guess_after.against(100 * after["8"]["greedy"])

# %%
frontier_figure({"before": [percent(before)], f"after {steps} steps": [percent(after)]})

# %% [markdown]
# The two lines are answers to the same held-out paths; from three steps on, no proposal may be one of them. The
# vertical distance is what self-play taught, by a curriculum that made itself. The answers are greedy, so that no
# temperature explains it.
#
# ## Longer, from three warm-ups, with controls
#
# The recorded runs have 300 steps, which took about four minutes each with two or three of them at a time on two cores:
# five seeds from each of three warm-ups. Here is the frontier on its way.

# %%
runs = metrics_of("things-self-play")
frontier_figure({"before": by_cell("things-self-play", "before"), **moving_frontier(runs)})

# %% [markdown]
# *Something* taught it. Was it self-play? These arms start from the same warm-ups. The first three have as many updates
# as self-play:
#
# - **random rewards** for both roles: what the updates do without any information;
# - **fixed tasks**: the solver trains on the seed tasks, and nothing is proposed;
# - **untrained proposer**: it writes, and only the solver learns;
# - **further warm-up**: no self-play, but 120,000 more random paths with right answers, of the warm-up's own lengths,
#   which take about as many minutes.
#
# *Which ends lowest?*

# %%
guess_arm = predict("11.arm", ...)
guess_arm

# %%
arms = {
    "self-play": "things-self-play", "untrained proposer": "things-untrained", "further warm-up": "things-further",
    "fixed tasks": "things-fixed-tasks", "random rewards": "things-random",
}
found = {name: change(arm, "greedy") for name, arm in arms.items()}
guess_arm.against(min(list(arms)[1:], key=lambda name: found[name].mean))

# %%
frontier_figure({"before": by_cell("things-self-play", "before"), **{n: by_cell(arm) for n, arm in arms.items()}})


# %%
def points(c):
    return f"{c.mean:+.1f} ({c.low:+.1f} to {c.high:+.1f})"


ahead = {name: difference("things-self-play", arm, "greedy") for name, arm in list(arms.items())[1:]}
table(
    ("arm", "runs", "change of the mean (points)", "self-play ends above it by"),
    [(name, len(c.seeds), points(c), points(ahead[name]) if name in ahead else "") for name, c in found.items()],
)

# %% [markdown]
# Self-play ends far above the same minutes of further warm-up, although that had right answers and self-play had none:
# its paths were as long as the warm-up's, and the frontier needs longer ones. Fixed tasks lose ground. Random rewards
# destroy the policy, which soon writes nothing that can be read. The untrained proposer comes close, because going on
# from a solved path makes harder tasks whether or not the proposer learns; the interval says that these runs can
# hardly tell the two apart. At the left end, one and two steps were always right before and are not quite any more.
#
# (There are only three warm-ups, so these intervals are probably too narrow.)
#
# ## Where the proposer must choose
#
# Going on from a path that was solved makes a task a little harder whatever the proposer does. What if it has to write
# the whole path? Same policy, 200 steps, but every proposal is a new start with a new path. *What becomes of the solver
# if such a proposer is not trained?*

# %%
guess_whole = predict("11.whole", ...)
guess_whole

# %%
whole = {name.removeprefix("things-whole-"): name for name in variants("things") if "whole" in name}
lost, trained = (change(whole[name], "greedy").mean for name in ("untrained", "learnability"))
guess_whole.against("loses" if lost < 0 else "gains less" if lost < trained else "gains as much")

# %% [markdown]
# A proposer that is trained with the toss of a coin helps as much as one that is trained with learnability, as long as
# known paths cost something. An untrained proposer writes one or two steps, and so does one whose repeats are
# free (*no-repeat*). What the gate refuses and what a refusal costs decide. Notebook 09 draws all eleven arms.
#
# Swap a part yourself: put settings into `PROPOSER` at the top, such as `{"train_propose": False}` or
# `{"proposer_reward": "coin", "repeat_reward": 0.0}`, and run the next cell. *Which curve will tell first?*

# %%
own = {"smoke": 2, "cpu": 60, "gpu": 60}[TIER]
config = make_config("things", composite_share=0.0, seed=SEED, steps=own, **PROPOSER)
rows = live(SelfPlay(config, load_policy("tiny-things"), environment), own, two_curves)

# %% [markdown]
# ## The next rungs: things that turn
#
# The paths had no things in them. With features, turns and parts the same loop asks all three questions. Another policy
# of 0.4 million parameters was warmed up on small things and short movements, and then played for 100 steps with each of
# three seeds. *By how much do its greedy answers change, as a mean over all held-out rows?*

# %%
guess_scenes = predict("11.scenes", ...)
guess_scenes

# %%
rungs = ["self-play", "untrained", "alone", "further", "fixed-tasks", "random"]
kinds = [None, *(f"{kind} turned" for kind in TASK_TYPES)]
gains = {arm: [change(f"scenes-{arm}", "greedy", kind) for kind in kinds] for arm in rungs}
guess_scenes.against(round(gains["self-play"][0].mean, 1))

# %%
table(
    ("arm", "what it is", "all rows (points)", *(f"{kind}, turned" for kind in TASK_TYPES)),
    [(arm, variants("things")[f"scenes-{arm}"], *(f"{c.mean:+.1f} {c.ends if len(c.seeds) > 1 else ''}" for c in found))
     for arm, found in gains.items()],
)

# %% [markdown]
# Self-play changes nothing that three seeds can show. It keeps what the warm-up taught, while fixed tasks
# and random rewards lose it, and proposals without anything to go on from (*alone*) lose a little. RESULTS.md has the
# scores by length, and what so few runs could have seen.
#
# The gate mattered here, too. Most random movements end over nothing. While all of these became tasks, the solver learned
# to answer "nothing" without looking, and forgot movements that it knew. Now the verifier lets one in ten of them pass.
#
# ## A learner without language
#
# The Thousand Brains Project's *Monty* learns objects by moving a sensor over them. It holds hypotheses (which object,
# how it is turned, where on it the sensor is) with evidence for each, and a **goal generator** picks the next look: the
# place that tells the two likeliest hypotheses apart. Here is its idea in two dimensions, from now on *the evidence
# learner*. Three things are in memory, two of which differ in one feature, and the first look met `a^`.

# %%
next_look()

# %%
explore(next_look, movement=["n", "e", "s", "w", "nn", "ne", "se", "en", "ee"])

# %% [markdown]
# Choose a movement in the second cell. The table says what it would sense and how many hypotheses it leaves, beside
# three rules. *nearest* is the project's own: lay one thing over the other, and go where the first has something and
# the second lies farthest away. It looks at places only. *differ* looks at features too, and *information* takes the
# look that leaves fewest hypotheses on average. In the picture, darker places have more evidence as the sensor's first
# place.
#
# Now two other hypotheses, `C@1:00` and `D@1:00`: C is `00a^ 10b> 11c| 12do`, D is `00a^ 10b> 11d|`, each turned by one quarter
# with the sensor over 00. Give a movement that tells them apart, as a text of the steps n, e, s and w. (They differ at
# 11 and at 12.)

# %% tags=["exercise"]
movement = ...
### BEGIN SOLUTION
movement = "se"
### END SOLUTION

check("11.tell_apart", movement)

# %% [markdown]
# Write the rule *nearest*: from two lists of places, laid over one another, the place of the first that is farthest (in
# steps) from the nearest place of the second.


# %% tags=["exercise"]
def nearest(mine, theirs):
    """The place (x, y) of `mine` that is farthest from any place of `theirs`."""
    ### BEGIN SOLUTION
    return max(mine, key=lambda a: min(abs(a[0] - b[0]) + abs(a[1] - b[1]) for b in theirs))
    ### END SOLUTION


check("11.nearest", nearest)

# %% [markdown]
# Now *differ*: `mine` and `theirs` say by place what each expects; where one says nothing, it expects nothing.


# %% tags=["exercise"]
def differ(mine, theirs):
    """A place (x, y) at which the two expect different things."""
    ### BEGIN SOLUTION
    return next(place for place in {**mine, **theirs} if mine.get(place) != theirs.get(place))
    ### END SOLUTION


check("11.differ", differ)

# %% [markdown]
# How much is a good next look worth? With ten things in memory, half of them twins but for one feature, *how many looks
# does random movement need, on average, until one hypothesis is left?* It gives up after 30.

# %%
guess_looks = predict("11.looks", ...)
guess_looks

# %%
episodes = {"smoke": 3, "cpu": 40, "gpu": 40}[TIER]
tables = {size: looks_table(size, episodes=episodes) for size in (3, 10, 30)}
guess_looks.against(tables[10]["random"]["mean"])

# %%
looks_figure(tables)

# %% [markdown]
# Each line is a rule, a whisker goes up to what nine episodes of ten need. A goal that comes from a hypothesis is worth
# a factor of four; features in the rule give another quarter, and the last line is the best that a look can do.
#
# Some things keep a secret from every look. Make one of four nodes or more that no movement can orient: it looks the
# same in all four turns.

# %% tags=["exercise"]
thing = ...
### BEGIN SOLUTION
thing = "A 01ao 10ao 11bo 12ao 21ao"
### END SOLUTION

check("11.no_way_up", thing)

# %% [markdown] tags=["hint"]
# Which mark stays the same when it is turned? Which arrangement of places does?

# %% [markdown] tags=["teacher"]
# This is why certainty has to mean "all likeliest hypotheses expect the same": the four turns of such a thing are four
# hypotheses, and no evidence can choose among them.

# %% [markdown]
# ## Goals for learning
#
# Until here the things were known. Now memory is empty: the learner meets eight things, eight looks at a time, in
# unknown poses, and nobody tells it which is which. Choosing looks *in order to learn* is future work in that project.
# *Which rule learns most?* Coverage goes to any unseen place beside something; learnability goes where its hypotheses
# agree least; surprise goes where what was met differed most from look to look.

# %%
guess_goals = predict("11.goals", ...)
guess_goals

# %%
from azr_nb.environments.things.self_goals import CHOICES, GOALS, attraction, learning_curve

seeds = range({"smoke": 1, "cpu": 6, "gpu": 6}[TIER])
curves = {
    name: {goal: [learning_curve(goal, seed, flicker=flicker)[0] for seed in seeds] for goal in GOALS}
    for name, flicker in (("quiet", 0), ("flicker", 2))
}
last = {goal: sum(curve[-1] for curve in runs) / len(runs) for goal, runs in curves["quiet"].items()}
guess_goals.against(max(last, key=last.get))

# %%
goals_figure(curves)

# %% [markdown]
# Higher is better; bands are the range of the seeds. On the left the things are quiet. Plain coverage is as good as the goal
# generator, and learnability and surprise lag: they go back to places that somebody knows something of. On the right
# two features of every second thing flicker, and all rules suffer, because the same thing is not recognised again.
#
# In these episodes nobody can stay with the flicker. So let the learner choose the thing, too: two of eight flicker.
# *Which share of its visits goes to these two if surprise chooses? A quarter would be fair.*

# %%
guess_flicker = predict("11.flicker", ...)
guess_flicker

# %%
shares = {
    name: {choice: [attraction(choice, seed, flicker=flicker) for seed in seeds] for choice in CHOICES}
    for name, flicker in (("quiet", 0), ("flicker", 4))
}
glued = 100 * sum(shares["flicker"]["surprise"]) / len(seeds)
guess_flicker.against(glued)

# %%
attraction_figure(shares)

# %% [markdown]
# Hatched: the same things without flicker. Surprise is glued to what flickers, and so is learnability, since the
# flicker is never quite predicted and never quite missed. Counting visits is not. A proposer that is rewarded for tasks
# of middling solve rate can be caught in the same way; notebook 04 has its lotteries.
#
# ## The same loop, in other words
#
# | the Thousand Brains Project | Absolute Zero | here |
# |---|---|---|
# | a goal: something to be sensed | an abduction task | `f(?) => c-` |
# | the goal generator | the proposer | writes a thing and a movement |
# | the motor system reaches it | the solver | writes a movement |
# | the sensor reports | the executor | geometry |
# | evidence for hypotheses | an induction answer | a scene such as `B@1:00` |
# | confidence in a goal | learnability from n samples | the solve rate |
# | the model is updated | the LoRA update | a graph grows |
#
# **What this does not show.** The policy learned in minutes what a loop of four lines does perfectly, and the evidence
# learner decides every induction task by trying all hypotheses, in a third of a millisecond. Nothing here says that
# Monty itself would gain: it works in three dimensions, with noise, and was not run. What the policy shows is the
# method: tasks at the edge of what it can do, checked exactly, move that edge.

# %%
record(
    before=before["8"]["greedy"], after=after["8"]["greedy"], self_play=found["self-play"].mean,
    random_looks=tables[10]["random"]["mean"], coverage=last["coverage"], glued=glued,
)

# %% [markdown]
# ## Summary
#
# Where difficulty has a dial, self-play visibly moves the frontier: greedy, on held-out tasks, in minutes. Tasks at the
# edge do it. What the gate refuses, and what that costs, keeps them there, more than the shape of the reward.
#
# ### Recall
#
# 1. Why can no choice of temperature explain this notebook's gain?
# 2. Why does an untrained proposer do well when it goes on from solved paths, and badly when it writes whole ones?
# 3. What does the penalty on known tasks prevent?
# 4. Why does the rule *nearest* miss what *differ* finds?
# 5. When is certainty possible although four hypotheses are left?
# 6. Why is surprise caught by what flickers, and a count of visits not?
#
# ### An open problem
#
# Path length is one dial. Give the environment several, some of which lead nowhere: which reward finds the one that
# teaches?
#
# ### References
#
# Zhao et al., *Absolute Zero*, arXiv 2505.03335. *Survive or Collapse*, arXiv 2605.22217, on gates and rewards. Thousand
# Brains Project, *Monty*, documentation at thousandbrainsproject.readme.io. *SpatialEvo*, arXiv 2604.14144, on self-play
# about scenes.
#
# Next: [12 Curiosity and the noisy television](12_curiosity.ipynb).
