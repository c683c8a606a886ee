# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # Read the run
#
# *A run writes nearly a hundred numbers per step. Which of them move first when something goes wrong, and which only
# follow? Here are seven runs without a name, and one of them is healthy.*
#
# **You will** look a metric up, learn the vital signs of a healthy run, read six sick ones, say which sign moved
# first, and make diagnoses that you can justify.
#
# | | |
# |---|---|
# | minutes | 30 to read, 25 for the exercises, under 1 to run |
# | hardware | a laptop CPU |
# | you should know | notebook 07 |
# | you will leave with | an eye for the first number that moves |

# %%
from statistics import fmean

from azr_nb.course import (
    CATALOGUE, MYSTERY, SIGNS, bands, causes_table, check, entries, entry_of, explanation, explore, first_signs,
    health, learning_curves, moves, moves_table, mystery_view, open_recorded, open_replay, own_and_held_out,
    predict, record, recorded_metrics, recorded_summary, running, signs, solve_rate_histogram, step_page, table,
    vitals_figure, ward_bands, with_before,
)
from azr_nb.evaluation import mean_score

# %% tags=["parameters"]
TIER = "cpu"  # smoke, cpu and gpu are the same here: the runs are recorded
SEED = 0  # nothing is drawn here; kept so that every notebook has the same two

# %% [markdown]
# Every part of the loop leaves numbers behind. This notebook only reads them.
#
# ## A dictionary
#
# Each column of `metrics.csv` has an entry (an entry may cover several columns): what it means, how it is computed,
# what is healthy, and what to do if it is not. Take the dead groups of notebook 05, whose answers all have the same
# reward. *What share of the rollouts of a healthy run is in dead groups?* Put your guess in place of the dots.

# %%
guess_dead = predict("08.dead", ...)
guess_dead

# %%
columns = recorded_metrics("twin-0")
guess_dead.against(100 * fmean(columns["dead_share"]))

# %%
print(explanation(entry_of("dead_share")))
print(f"{len(columns)} columns in a run, {len(entries())} entries in the dictionary")

# %% [markdown]
# A large share of each batch teaches nothing, and the run is healthy all the same. On the command line, use `azr-nb
# explain dead_share`. `azr-nb explain --run FOLDER` checks a whole run against the dictionary.
#
# There are too many columns to watch. A doctor does not look at everything either.
#
# ## Vital signs
#
# Here are eight numbers, each an answer to one question:

# %%
table(("sign", "question", "columns", "unit"), [(s.name, s.says, s.columns, s.unit) for s in SIGNS])

# %% [markdown]
# *Valid share* and *new tasks* ask about the proposer's work, *distinct programs* and *complexity* about what it
# writes, *solve rate* and *dead share* about what the solver gets, *entropy* and *KL* about the policy itself.
# (Cognitive complexity counts branches and loops, and nested ones more.)
#
# ## What healthy runs do
#
# What is normal? No textbook says, so three healthy twins of the runs below (seeds 0 to 2) define it. The **band** of
# a sign is the range in which they stay, somewhat widened, even past what a share can be.

# %%
table(("sign", "lowest", "highest"), [(name, low, high) for name, (low, high) in ward_bands().items()])

# %%
vitals_figure(recorded_metrics("twin-0"), ward_bands(), "A healthy twin: everything stays in its band")

# %% [markdown]
# The band is grey, and the line is a running mean over three steps. It has to stay inside, because the band was made
# from this run and two others. Would two twins have been enough? *We make a band from two of them. How many of the
# eight signs of the third, just as healthy, leave it?*

# %%
guess_alarms = predict("08.alarms", ...)
guess_alarms

# %%
two = bands([recorded_metrics("twin-0"), recorded_metrics("twin-1")])
alarms = moves(recorded_metrics("twin-2"), two)
print("the third twin against the band of two:", ", ".join(f"{m.sign} at step {m.step}" for m in alarms) or "no alarm")
guess_alarms.against(len(alarms))

# %% [markdown]
# Every sign named here is a false alarm. Three runs may give too narrow a picture of health as well. Even healthy signs
# are not flat: KL grows, because learning means moving away from the start, and entropy falls a little, because a
# policy that learns becomes more certain.
#
# A sign has **moved** when its running mean stays outside the band for three steps. Compare single steps with means:

# %%
values = signs(recorded_metrics("twin-0"))["new tasks"]
smooth = running(values)
print(
    f"new tasks of a healthy run: single steps {min(values):.0f} to {max(values):.0f}, "
    f"running means {min(smooth[2:]):.0f} to {max(smooth[2:]):.0f}"
)

# %% [markdown]
# Single steps stray further than their means. A band for single steps would have to be wider and would notice less.
# An alarm that goes off at every stray step will soon be ignored.
#
# ## The first sick run
#
# In this run the proposer's reward was the solve rate instead of one minus it. Think which signs this will move, and
# then look.

# %%
easy = recorded_metrics("too-easy")
vitals_figure(easy, ward_bands(), "The proposer is rewarded for easy tasks")

# %%
moves_table(easy, ward_bands())

# %% [markdown]
# The solve rate leaves first. Nothing else is wrong for some steps: the proposals are valid, varied and new. They only
# become easier and easier. *The solve rate ends about 30 points higher than it began. By how many points does the score
# on held-out tasks change in the same 40 steps?*

# %%
guess_held_out = predict("08.held_out", ...)
guess_held_out

# %%
scored = recorded_summary("too-easy")
guess_held_out.against(100 * (mean_score(scored["after"]) - mean_score(scored["before"])))

# %%
own_and_held_out(with_before(easy, scored), "The proposer is rewarded for easy tasks: own tasks and held-out tasks")

# %% [markdown]
# This is the picture to remember. The curve of own tasks looks like success. On tasks that the model did not choose
# there is hardly any: the exam became easier. (The healthy twins' held-out scores do not rise in 40 such steps either.
# The fault shows in the growing distance between the two curves, not in the lower one.)
#
# ## The second sick run
#
# Here complexity was rewarded three times as much as learnability can be. Complexity leaves its band first, at step 16.
# *Which sign leaves second?*

# %%
guess_second = predict("08.second", ...)
guess_second

# %%
hacked = recorded_metrics("reward-hacking")
vitals_figure(hacked, ward_bands(), "Complexity is rewarded")

# %%
in_order = [move.sign for move in moves(hacked, ward_bands())]
guess_second.against(in_order[1] if len(in_order) > 1 else "none")

# %%
moves_table(hacked, ward_bands())

# %%
step_page(open_replay(open_recorded("reward-hacking")), 39, most=8)

# %% [markdown]
# You get more of whatever you reward. Read a few of the programs and ask what the branches do. Only the programs show
# whether a number was worth rewarding. No other sign is alarming: valid, new and varied programs of a middling solve
# rate, until the policy is more certain than a healthy one.
#
# ## Seven runs without a name
#
# Now it is your turn. There are seven runs, A to G. One is healthy, and each of the others has one fault (*collapse*
# has two).

# %%
causes_table()

# %%
mystery_view("A")

# %%
explore(mystery_view, run=list(MYSTERY))

# %% [markdown]
# First find the *order*. A fault has a first effect, and other signs follow from it or never move: a proposer that is
# rewarded for copies writes copies, and then the buffer gets fewer new tasks. The sign that most people look at, the
# solve rate, may move first, late, or not at all. These panels do not say where a line left its band, and they end not
# far beyond it.

# %% [markdown]
# Name the vital sign that left its band first, in the runs A, C and E.

# %% tags=["exercise"]
first = {"A": ..., "C": ..., "E": ...}
### BEGIN SOLUTION
first = {"A": "distinct programs", "C": "KL", "E": "distinct programs"}
### END SOLUTION

check("08.first_sign", first)

# %% [markdown] tags=["hint"]
# Find in each panel the step from which the line stays outside the grey for three steps. Compare these steps.

# %% [markdown] tags=["hint"]
# If two signs are hard to tell apart, compute: `running(signs(recorded_metrics(MYSTERY["A"]))["new tasks"])` against
# `ward_bands()["new tasks"]`. Where they leave at the same step, or one step apart, either answer is right.

# %% [markdown] tags=["teacher"]
# Let pairs argue about one run before they see the others. The question behind it: could you have raised the alarm
# earlier, and what would it have cost in false alarms?

# %% [markdown]
# Now diagnose all seven, with the names of the table above. The check says how many are right, and gives evidence
# against one that is not.

# %% tags=["exercise"]
diagnosis = dict.fromkeys(MYSTERY, ...)
### BEGIN SOLUTION
diagnosis = {
    "A": "starvation",
    "B": "healthy",
    "C": "kl-blow-up",
    "D": "too-easy",
    "E": "collapse",
    "F": "dead-groups",
    "G": "reward-hacking",
}
### END SOLUTION

check("08.diagnosis", diagnosis)

# %% [markdown] tags=["hint"]
# You have already met some of these faults by name, here and in notebook 07.

# %% [markdown] tags=["hint"]
# If variety collapses, look at the new tasks: did repeats count as new, or were they refused?

# %% [markdown] tags=["teacher"]
# Collapse and starvation look alike: variety breaks down in both. In starvation the new tasks leave their band one
# step later. In collapse they never do, because repeats count as new. That is what the buffer's gate is for.

# %% [markdown]
# ## The usual instruments
#
# Vital signs need healthy twins. Without twins there are still the figures of every report: variety, dead groups,
# gradient and entropy of one run.

# %%
health(recorded_metrics("collapse"))

# %% [markdown]
# This is the collapse of notebook 07 in the usual figure: the first panel falls to nearly zero. Dead groups rise, and
# the gradient doubles meanwhile, which by itself could mean anything.

# %%
solve_rate_histogram(recorded_metrics("dead-groups"))

# %% [markdown]
# These are the new tasks of the run with dead groups: hard and easy ones, as in any run. Its proposer carries on, and
# its solver gets the same reward for right and wrong answers. *By how many points do its held-out answers change?*

# %%
guess_lost = predict("08.lost", ...)
guess_lost

# %%
rows = []
for name in ("twin-0", "too-easy", "dead-groups"):
    summary = open_replay(open_recorded(name)).summary
    rows.append((name, *(100 * mean_score(summary[side]) for side in ("before", "after"))))
table(("run", "held-out pass@1 before (%)", "after (%)"), rows)

# %%
guess_lost.against(rows[-1][2] - rows[-1][1])

# %% [markdown]
# The solver does not just stop learning, it loses what it was able to do, and the figure above does not show it. A figure
# that shows nothing does not prove that a run is healthy.
#
# ## When did it begin?
#
# For each sick run: which sign moved first, at which step, and how many steps later the second.

# %%
rows = []
for name in ("starvation", "kl-blow-up", "too-easy", "collapse", "dead-groups", "reward-hacking"):
    found = moves(recorded_metrics(name), ward_bands())
    rows.append(
        (
            CATALOGUE[name].fault.cause,
            "; ".join(first_signs(name)),
            found[0].step,
            found[1].step - found[0].step if len(found) > 1 else "–",
        )
    )
table(("what was done", "first sign", "at step", "steps until the second"), rows)

# %% [markdown]
# The number of steps between the first and the second sign is how much time you have before a second thing goes wrong.
# Each row is one run: the *order* follows from the cause, the exact steps do not.
#
# Finally, here is what most people would look at: the learning curves of the run that starves.

# %%
starved = recorded_metrics("starvation")
learning_curves(with_before(starved, recorded_summary("starvation")))

# %%
late = {name: fmean(recorded_metrics(name)["funnel/ok"][-10:]) for name in ("starvation", "twin-0")}
print("new tasks per step, last ten steps:", {name: round(tasks, 1) for name, tasks in late.items()})

# %% [markdown]
# Nothing in the curves says that its solver gets a third of the new tasks that a healthy twin gets.
#
# ## Your own runs
#
# `azr-nb report FOLDER` writes one page about any run with the same figures, and `azr-nb explain --run FOLDER` says
# what is outside its healthy range.

# %%
easy_signs = signs(easy)["solve rate"]
record(
    first_easy=moves(easy, ward_bands())[0].sign,
    first_hack=moves(hacked, ward_bands())[0].sign,
    healthy_moves=len(moves(recorded_metrics(MYSTERY["B"]), ward_bands())),
    sick_runs=sum(bool(moves(recorded_metrics(MYSTERY[x]), ward_bands())) for x in MYSTERY),
    easy_rise=running(easy_signs)[-1] - running(easy_signs)[2],
)

# %% [markdown]
# ## Summary
#
# A metric means something only when compared with healthy runs. Eight vital signs were enough to see each of these six
# faults. The first sign to move narrows down the cause. Collapse and starvation begin with the same sign, and only the
# new tasks tell them apart. A rising solve rate on own tasks is not yet a success. A run says more when it is compared
# with healthy twins than when it is looked at alone.
#
# ### Recall
#
# 1. Where does a band come from?
# 2. Why does a sign count as moved only after three steps?
# 3. Which sign moves first when a proposer is rewarded for easy tasks?
# 4. How do collapse and starvation differ, and how do they not?
# 5. Why can a run with a dead solver look healthy?
# 6. What does the learning curve of own tasks show?
#
# ### An open problem
#
# The bands come from healthy runs of the same settings. Nobody has healthy twins of a run that is made for the first
# time. What would you compare it with?
#
# ### References
#
# Zhao et al., *Absolute Zero*, arXiv 2505.03335, appendix C.3 and D (what the authors watched, and what failed). Code:
# `azr_nb/runs/vitals.py`, `azr_nb/runs/catalogue.py`, `azr_nb/assets/metrics.toml`. Next:
# [09 Reward lab](09_reward_lab.ipynb).
