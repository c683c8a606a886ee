# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # Read the run
#
# *A run writes nearly a hundred numbers per step. Which of them move first when something goes wrong, and which only
# follow? Here are seven unnamed runs, and one of them is healthy.*
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
from azr_nb.course import (
    CATALOGUE, MYSTERY, SIGNS, bands, causes_table, check, entries, entry_of, explanation, explore, first_signs,
    health, learning_curves, moves, moves_table, mystery_view, open_recorded, open_replay, own_and_held_out,
    pipeline, record, recorded_metrics, recorded_summary, running, signs, solve_rate_histogram, step_page, table,
    vitals_figure, ward_bands, with_before,
)
from azr_nb.evaluation import mean_score

# %% tags=["parameters"]
TIER = "cpu"  # smoke, cpu and gpu are the same here: the runs are recorded
SEED = 0  # nothing is drawn here; kept so that every notebook has the same two

# %%
pipeline("check")

# %% [markdown]
# Every box of the loop leaves numbers behind. This notebook only reads them.
#
# ## A dictionary
#
# Each column of `metrics.csv` has an entry (an entry may cover several columns): what it means, how it is computed,
# what is healthy, and what to do if it is not. *What would you expect the share of dead groups to be in a good run: 0,
# or something else?*

# %%
print(explanation(entry_of("dead_share")))

# %% [markdown]
# On the command line, use `azr-nb explain dead_share`. `azr-nb explain --run FOLDER` checks a whole run against the
# dictionary.

# %%
columns = recorded_metrics("healthy")
print(f"{len(columns)} columns in a run, {len(entries())} entries in the dictionary")

# %% [markdown]
# These are too many to watch. A doctor does not look at everything either.
#
# ## Vital signs
#
# Eight numbers, each an answer to one question:

# %%
table(("sign", "question", "columns", "unit"), [(s.name, s.says, s.columns, s.unit) for s in SIGNS])

# %% [markdown]
# *Valid share* and *new tasks* ask about the proposer's work, *distinct programs* and *complexity* about what it
# writes, *solve rate* and *dead share* about what the solver gets, *entropy* and *KL* about the policy itself.
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
# It has to stay inside, because the band was made from it and two others. *Would two twins have been enough to know
# what is healthy?*

# %%
two = bands([recorded_metrics("twin-0"), recorded_metrics("twin-1")])
alarms = moves(recorded_metrics("twin-2"), two)
print("the third twin against the band of two:", ", ".join(f"{m.sign} at step {m.step}" for m in alarms) or "no alarm")

# %% [markdown]
# Every sign named here is a false alarm: even three runs give too narrow a picture of health. The band is grey, and
# the line is a running mean over three steps. Even healthy signs are not flat. KL grows, because learning means moving
# away from the start. Entropy falls a little, because a policy that learns becomes more certain.
#
# A sign has **moved** when its running mean stays outside the band for three steps. *Why three, and why a mean?*

# %%
values = signs(recorded_metrics("twin-0"))["new tasks"]
smooth = running(values)
print(
    f"new tasks of a healthy run: single steps {min(values):.0f} to {max(values):.0f}, "
    f"running means {min(smooth[2:]):.0f} to {max(smooth[2:]):.0f}"
)

# %% [markdown]
# Single steps stray further than their means. A band for single steps would have to be wider and would notice less.
# And an alarm that goes off at every stray step will soon be ignored.
#
# ## The first sick run
#
# In this run the proposer's reward was the solve rate instead of one minus it. *What will move, and what will people
# who look at the usual curve believe?*

# %%
easy = recorded_metrics("too-easy")
vitals_figure(easy, ward_bands(), "A slip of sign")

# %%
moves_table(easy, ward_bands())

# %% [markdown]
# The solve rate leaves first. Nothing else is wrong for some steps: the proposals are valid, varied and new. They are
# only easier and easier.

# %%
own_and_held_out(easy, "The slip of sign: own tasks and held-out tasks")

# %% [markdown]
# This is the picture to remember. The curve of own tasks looks like success. On tasks that the model did not choose
# there is hardly any: the exam became easier. (The healthy twins' held-out scores do not rise in 40 such steps either.
# The fault shows in the distance between the two curves, not in the lower one.)
#
# ## The second sick run
#
# Here complexity was rewarded three times as much as learnability can be. *Which sign moves first? And what do the
# programs look like at the end?*

# %%
hacked = recorded_metrics("reward-hacking")
vitals_figure(hacked, ward_bands(), "Complexity is paid")

# %%
moves_table(hacked, ward_bands())

# %%
step_page(open_replay(open_recorded("reward-hacking")), 39, most=8)

# %% [markdown]
# You get more of whatever you reward. Read a few of the programs: what do the branches do? Only the programs show
# whether a number was worth rewarding.
#
# ## Seven runs without a name
#
# Now it is your turn. There are seven runs, A to G. One is healthy, and each of the others has one fault (collapse has
# two).

# %%
causes_table()

# %%
mystery_view("A")

# %%
explore(mystery_view, run=list(MYSTERY))

# %% [markdown]
# First find the *order*. A fault has a first effect, and other signs follow from it or never move: a proposer that is
# rewarded for copies writes copies, and then the buffer gets fewer new tasks. The sign that most people look at, the
# solve rate, may move first, late, or not at all.

# %% [markdown]
# Name the vital sign that left its band first, in the runs A, C and E.

# %% tags=["exercise"]
first = {"A": ..., "C": ..., "E": ...}
### BEGIN SOLUTION
first = {"A": "distinct programs", "C": "KL", "E": "distinct programs"}
### END SOLUTION

check("08.first_sign", first)

# %% [markdown] tags=["hint"]
# The dotted line in each panel marks the step at which a sign left its band. Compare them.

# %% [markdown] tags=["hint"]
# Where two signs leave at the same step, or one step apart, either answer is right.

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
# You have already met some of the seven by name, here and in notebook 07.

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
# This is the same collapse in the usual figure: the first panel falls to nearly zero. Dead groups rise, and the
# gradient doubles meanwhile, which by itself could mean anything.

# %%
solve_rate_histogram(recorded_metrics("dead-groups"))

# %% [markdown]
# Here is what new tasks look like in the run with dead groups: hard and easy ones, as in any run. Its proposer carries
# on. Its solver gets the same reward for right and wrong answers and loses what it was able to do. The table below
# says how much. A figure that shows nothing does not prove that a run is healthy.

# %%
rows = []
for name in ("twin-0", "too-easy", "dead-groups"):
    summary = open_replay(open_recorded(name)).summary
    rows.append((name, *(100 * mean_score(summary[side]) for side in ("before", "after"))))
table(("run", "held-out pass@1 before (%)", "after (%)"), rows)

# %% [markdown]
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

# %%
learning_curves(with_before(recorded_metrics("starvation"), recorded_summary("starvation")))

# %% [markdown]
# Finally, here is what most people would look at: the learning curves of the run that starves. Nothing here says that
# its solver gets only a third of the new tasks that its healthy twins get.
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
# new tasks tell them apart. A rising solve rate on own tasks is not a success. Figures of one run say less than its
# difference from healthy twins.
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
