# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # How zero is zero?
#
# FIRST
#
# **You will** count what people put in by hand, start self-play from random weights, compare self-play with controls
# that have data, and work out how many of your findings are false alarms.
#
# | | |
# |---|---|
# | minutes | 30 to read, 15 for the exercises, under 2 to run |
# | hardware | a laptop CPU |
# | you should know | notebooks 07 and 10 |
# | you will leave with | the controls that a claim about self-play has to face |

# %%
from azr_nb import PythonPrograms, SelfPlay, load_policy, make_config
from azr_nb.course import (
    alarms_view, arms_figure, change, check, command_of, difference, expectation, explore, forms_rows, ledger, predict,
    price_rows, quiet, record, table, untaught,
)

quiet()

# %% tags=["parameters"]
TIER = "cpu"  # smoke: seconds, for tests; cpu: a laptop; gpu: the same here
SEED = 0  # every draw depends on it: same seed, same notebook

# %%
tried = {"smoke": 4, "cpu": 32, "gpu": 32}[TIER]  # proposals of each task type
asked = {"smoke": 6, "cpu": 40, "gpu": 40}[TIER]  # held-out tasks, eight answers each

# %% [markdown]
# ## The ledger
#
# The paper's title says *zero data*. In self-play no human wrote a task or an answer. But no run begins at nothing:
# somebody made the model, the language of the tasks, the judge, the rewards and the settings. *How many tokens of
# solved tasks had our tiny policy read before its first step of self-play, in millions?*

# %%
guess_tokens = predict("13.tokens", ...)
guess_tokens

# %%
rows = ledger()
guess_tokens.against(float(rows[0][1].split()[0]))

# %%
table(("put in by hand", "how much", "where"), rows)

# %% [markdown]
# Every line was a decision. The settings are the most delicate: *classroom* was chosen by scores on the suites *own* and
# *harder*, so these scores flatter it. In large runs the first line is a language model with its pretraining on human
# text. There, *zero* means: no human examples after that.
#
# ## From nothing at all
#
# Take the first line away: the same architecture and tokenizer, with random weights. It is asked for proposals. *How
# many percent of them are valid?*

# %%
guess_valid = predict("13.valid", ...)
guess_valid

# %%
environment = PythonPrograms()


def first_words(policy):
    """What the verifier says of a policy's first proposals."""
    play = SelfPlay(make_config("classroom", seed=SEED), policy, environment)
    for task in environment.seed_tasks():
        play.buffer.add(task)
    proposals = play.roles.propose(dict.fromkeys(play.config.task_types, tried), "first")
    play.roles.validate(proposals, "first")
    return proposals


words = {"random weights": first_words(untaught(SEED)), "warmed up": first_words(load_policy("tiny"))}
valid = {name: 100 * sum(r.task is not None for r in made) / len(made) for name, made in words.items()}
guess_valid.against(valid["random weights"])

# %%
table(
    ("policy", "valid (%)", "the beginning of a proposal"),
    [(name, f"{valid[name]:.0f}", made[0].completion[:60]) for name, made in words.items()],
)

# %% [markdown]
# Self-play cannot start: the buffer never gets a task. And the solver? Give the policy with random weights tasks from
# the grammar, and one step of rewards for its answers. *How far do its weights move?*

# %%
guess_still = predict("13.still", ...)
guess_still

# %%
play = SelfPlay(
    make_config("classroom", seed=SEED, grammar_tasks=True, solve_tasks_per_type=asked // 3), untaught(SEED), environment
)
play.prepare()
before = {name: weight.clone() for name, weight in play.learner.adapter().items()}
answers = play.step().of("solve")
moved = max(float((weight - before[name]).abs().max()) for name, weight in play.learner.adapter().items())
right = sum(r.verdict.ok for r in answers)
guess_still.against("not at all" if moved == 0 else "a little")

# %%
table(
    ("answers", "right", "different rewards", "largest change of a weight"),
    [(len(answers), right, len({r.reward for r in answers}), f"{moved:g}")],
)

# %% [markdown]
# All answers earn the same, so all advantages are zero, and so is the update. Rewards can strengthen what a policy
# sometimes does. They cannot tell it what it never does.
#
# None of these answers was right. Does this mean that the chance of a right answer is zero? Write the largest chance $p$ that
# still fits: with it, $n$ tries in a row all fail in 5 of 100 experiments.


# %% tags=["exercise"]
def most(n):
    """The chance of a success with which n tries all fail in 5 of 100 experiments."""
    ### BEGIN SOLUTION
    return 1 - 0.05 ** (1 / n)
    ### END SOLUTION


check("13.floor", most)

# %% [markdown] tags=["hint"]
# The chance that all $n$ fail is $(1 - p)^n$. Set it to 0.05, and solve for $p$.

# %% [markdown] tags=["teacher"]
# For many tries this is about 3/n, the *rule of three*. Ask what it gives for the answers above, and how many answers
# a run would have to draw to meet a single right one.

# %% [markdown]
# ## What would data buy?
#
# Now the bundled policy, warmed up on 60,000 programs. It plays for 30 steps at twice the usual learning rate. What else could be done in the same
# minutes? Each control starts from the same policy and answers the same 6,000 held-out tasks:
#
# - *more warm-up*: all weights learn from right answers to fresh tasks of the grammar;
# - *taught its own tasks*: the adapter learns from right answers to the tasks that self-play proposed;
# - *rewards on grammar tasks*: nobody proposes, and the solver learns by rewards on fresh tasks;
# - *random rewards*: both roles are rewarded by chance.
#
# *Which one gains most in greedy answers?*

# %%
guess_data = predict("13.data", ...)
guess_data

# %%
data = {
    "self-play": "lever-classroom-none", "more warm-up": "lever-classroom-further",
    "taught its own tasks": "lever-classroom-supervised", "rewards on grammar tasks": "lever-classroom-grammar",
    "random rewards": "lever-classroom-random",
}
gained = {name: change(variant, "greedy") for name, variant in data.items()}
guess_data.against(max(gained, key=lambda name: gained[name].mean))

# %%
table(
    ("arm", "expected before the runs", "greedy points", "95 % interval", "seeds"),
    [(name, expectation(data[name]), f"{g.mean:+.1f}", g.ends, len(g.seeds)) for name, g in gained.items()],
)

# %% [markdown]
# DATA
#
# A gain has to be named together with its best control. Write what self-play was worth.


# %% tags=["exercise"]
def worth(gained, controls):
    """The gain of self-play above the best of its controls, which are a dict of gains by name."""
    ### BEGIN SOLUTION
    return gained - max(controls.values())
    ### END SOLUTION


check("13.worth", worth)

# %% [markdown] tags=["hint"]
# `max(controls.values())` is the best control.

# %% [markdown] tags=["teacher"]
# Ask which control belongs to which claim: *rewards work* against random rewards, *proposing works* against grammar tasks,
# *self-play is a good use of five minutes* against more warm-up.

# %%
table(
    ("arm", "minutes", "million tokens", "points a minute", "points a million tokens"), price_rows(data, gained)
)

# %% [markdown]
# PRICE

# %%
print(command_of("lever-classroom-further"))

# %% [markdown]
# ## What was hard-coded?
#
# The judge is the part that people trust most. In the arm *form only* a well-formed answer earns the full reward, right or
# wrong. *By how many greedy points does this change the policy?*

# %%
guess_form = predict("13.form", ...)
guess_form

# %%
rules = {"form only": "zero-form"}
ruled = {name: change(variant, "greedy") for name, variant in rules.items()}
guess_form.against(ruled["form only"].mean)

# %%
table(
    ("arm", "expected before the runs", "greedy points", "95 % interval", "below self-play"),
    [
        (name, expectation(rules[name]), f"{g.mean:+.1f}", g.ends, d.ends)
        for name, g in ruled.items() for d in [difference("lever-classroom-none", rules[name], "greedy")]
    ],
)

# %% [markdown]
# FORM
#
# ## Tasks that nobody has tuned for
#
# The suite *sealed* has 400 tasks of twenty forms that the warm-up's grammar cannot write: `while` loops, dicts, nested
# calls. No setting was chosen by it, and it is scored here and in `RESULTS.md` only. *By how many greedy points
# does self-play change it?*

# %%
guess_sealed = predict("13.sealed", ...)
guess_sealed

# %%
sealed = {name: change(variant, "greedy", sealed=True) for name, variant in (data | rules).items()}
guess_sealed.against(sealed["self-play"].mean)

# %%
table(
    ("form", "tasks", "before (%)", *data),
    forms_rows(data),
)

# %% [markdown]
# SEALED
#
# ## How many of these are false alarms?
#
# An interval of 95 % leaves out zero in one of twenty comparisons even where nothing differs. Write the chance of
# at least one such false alarm among $m$ independent comparisons.


# %% tags=["exercise"]
def alarm(m, level):
    """The chance that at least one of m intervals leaves out zero although nothing differs; level in percent."""
    ### BEGIN SOLUTION
    return 1 - (level / 100) ** m
    ### END SOLUTION


check("13.alarms", alarm)

# %% [markdown] tags=["hint"]
# First the chance that none of them does.

# %% [markdown] tags=["teacher"]
# The comparisons here share a reference and are not independent. Ask whether that makes *at least one* more or less
# probable, and why the expected number stays the same.

# %%
alarms_view()

# %%
explore(alarms_view, comparisons=(1, 40, 1), level=[90, 95, 99, 99.5])

# %%
groups = {
    "self-play": ("self-play",), "data": ("more warm-up", "taught its own tasks", "rewards on grammar tasks"),
    "rules": ("random rewards", "form only"),
}
found = {
    group: {
        f"{name}{', sealed' if unseen else ''}": tuple(
            change((data | rules)[name], "greedy", sealed=unseen, level=level) for level in (95, 99.5)
        )
        for name in names for unseen in (False, True)
    }
    for group, names in groups.items()
}
arms_figure(found, "What each arm changed, in greedy answers", "points")

# %% [markdown]
# Thick bars are intervals of 95 %, thin ones of 99.5 %. Hollow marks are seeds. A row counts as found if its thin bar
# leaves out zero.

# %%
clear = [name for arms in found.values() for name, (_, wide) in arms.items() if wide.clear]
print(f"{len(clear)} of {sum(map(len, found.values()))} at 99.5 %: {', '.join(clear)}")

# %% [markdown]
# READING

# %%
environment.close()
record(
    valid=valid["random weights"], warmed=valid["warmed up"], moved=moved, right=right,
    **{name.replace(" ", "_"): part.mean for name, part in gained.items()}, form=ruled["form only"].mean,
)

# %% [markdown]
# ## Summary
#
# SUMMARY
#
# ### Recall
#
# 1. Name four things that people put in by hand before the first step of self-play.
# 2. Why does a policy with random weights not move when it is rewarded for right answers?
# 3. No answer of 240 was right. How large may the chance of a right one still be?
# 4. Which control does each of these claims need: rewards work, proposing works, self-play is worth its minutes?
# 5. Why is the suite *sealed* scored here and in no other notebook?
# 6. Twenty comparisons of equals at 95 %: how many false alarms do you expect, and how probable is at least one?
#
# ### An open problem
#
# More warm-up needs a grammar that writes right answers. Where there is none, self-play has no such rival. Describe an
# environment with a judge and without a source of answers, and the control that a claim of self-play has to beat there.
#
# ### References
#
# Zhao et al. 2025, *Absolute Zero*, arXiv 2505.03335, section 2 (what is given) and section 3.3.1 (seeding). Shao et
# al. 2025, *Spurious Rewards*, arXiv 2506.10947 (random rewards that help one family of models and not another). Hanley
# and Lippman-Hand 1983, *If Nothing Goes Wrong, Is Everything All Right?*, JAMA 249 (the rule of three). Back to [00
# Start here](00_start_here.ipynb).
