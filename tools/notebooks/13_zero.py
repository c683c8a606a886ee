# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # How zero is zero?
#
# *On paths over a grid, right answers to the tasks that self-play proposed teach more than self-play does. So what does
# "zero data" mean, and what is self-play worth?*
#
# **You will** count what people put in by hand, start self-play from random weights, compare self-play with controls
# that have data, and work out how many of your findings are false alarms.
#
# | | |
# |---|---|
# | minutes | 30 to read, 15 for the exercises, under 3 to run |
# | hardware | a laptop CPU |
# | you should know | notebooks 07 and 10 |
# | you will leave with | the controls that a claim about self-play has to face |

# %%
from azr_nb import PythonPrograms, SelfPlay, load_policy, make_config
from azr_nb.course import (
    alarms_view, arms_figure, change, check, difference, explore, forms_rows, ledger, predict, quiet, record,
    table, untaught,
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
# the grammar, and one step of rewards for its answers: 1 where an answer is right, 0 elsewhere. *How far do its weights
# move?*

# %%
guess_still = predict("13.still", ...)
guess_still


# %%
def first_lesson(**penalties):
    """The answers of one step of solving alone, and the largest change of a weight."""
    settings = make_config("classroom", seed=SEED, grammar_tasks=True, solve_tasks_per_type=asked // 3, **penalties)
    play = SelfPlay(settings, untaught(SEED), environment)
    play.prepare()
    before = {name: weight.clone() for name, weight in play.learner.adapter().items()}
    answers = play.step().of("solve")
    return answers, max(float((weight - before[name]).abs().max()) for name, weight in play.learner.adapter().items())


lessons = {"right answers alone": first_lesson(wrong_penalty=0, format_penalty=0), "the paper's": first_lesson()}
moved = lessons["right answers alone"][1]
guess_still.against("not at all" if moved == 0 else "a little")

# %%
table(
    ("reward", "answers", "right", "with the form", "values of the reward", "largest change of a weight"),
    [
        (
            name, len(answers), sum(r.verdict.ok for r in answers), sum("format" not in r.reward_parts for r in answers),
            " and ".join(f"{value:g}" for value in sorted({r.reward for r in answers})), f"{moves:.1g}",
        )
        for name, (answers, moves) in lessons.items()
    ],
)

# %% [markdown]
# In the first row all answers earn the same, so all advantages are zero, and so is the update. The paper's reward has
# three values: a wrong answer costs half a point, and one without the form of an answer a whole point. A few random
# texts had the form, so the update strengthens form. Rewards can strengthen what a policy sometimes does. They cannot
# tell it what it never does.
#
# None of the answers was right. Does this mean that the chance of a right answer is zero? Write the largest chance $p$ that
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
# Now warmed-up policies, in the environment where self-play visibly teaches: paths over a grid, from notebook 11. The
# recorded run *self-play* has 150 steps. Each control starts from the same policy and answers the same 540 held-out
# paths:
#
# - *taught its own tasks*: adapter, schedule and the tokens of each step are those of self-play. The policy learns from
#   right answers to the tasks that self-play had proposed by then;
# - *more warm-up*: all weights learn from 60,000 fresh texts of the warm-up's grammar, with right answers;
# - *random rewards*: both roles are rewarded by chance.
#
# *Which one gains most in greedy answers?*

# %%
guess_data = predict("13.data", ...)
guess_data

# %%
data = {
    "self-play": "lever-things-none", "taught its own tasks": "lever-things-supervised",
    "more warm-up": "lever-things-further", "random rewards": "lever-things-random",
}
gained = {name: change(variant, "greedy") for name, variant in data.items()}
guess_data.against(max(gained, key=lambda name: gained[name].mean))

# %%
table(
    ("arm", "greedy points", "95 % interval", "seeds"),
    [(name, f"{g.mean:+.1f}", g.ends, len(g.seeds)) for name, g in gained.items()],
)

# %% [markdown]
# Two things are true at once. Right answers teach more than verdicts: on the same tasks, with the same number of
# tokens. And the warm-up's own data teaches less than self-play: its grammar mostly writes paths of one to three steps,
# and self-play's proposer went on to longer ones. (Nobody tuned that control.
# `RESULTS.md` has a run of it that gains nearly twice as much.) So in this environment self-play is worth its *choice of
# tasks*. It is not worth its silence about the right answers.
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
# Ask which control belongs to which claim: *rewards work* against random rewards, *proposing works* against fixed tasks or
# a proposer that does not learn, *self-play is a good use of five minutes* against the best use of data.

# %% [markdown]
# ## What was hard-coded?
#
# Nobody learned the penalties, nor what the judge refuses. Take these parts away one at a time, where the proposer writes
# whole paths: 200 steps, three seeds. *Which one costs most when it is gone?*

# %%
guess_rule = predict("13.rule", ...)
guess_rule

# %%
rules = {
    "no price of an invalid proposal": "things-whole-no-validity", "no price of a repeat": "things-whole-no-repeat",
    "neither price": "things-whole-no-penalties", "a judge with a leak": "things-whole-leak",
    "no learning proposer": "things-whole-untrained",
}
lost = {name: difference("things-whole-learnability", variant, "greedy") for name, variant in rules.items()}
guess_rule.against(max(lost, key=lambda name: lost[name].mean))

# %%
table(
    ("what is gone", "greedy points lost", "95 % interval", "seeds"),
    [(name, f"{d.mean:+.1f}", d.ends, len(d.seeds)) for name, d in lost.items()],
)

# %% [markdown]
# A learning proposer is worth about twelve points here, and so is the price of a repeat. Without that price most of
# what the proposer writes is known already. The other three rows cannot be told from zero. Notebook 09 looks at these
# arms as rewards. Here they are part of the ledger: the most valuable line of a reward was written by hand.
#
# ## Tasks that nobody has tuned for
#
# Back to Python programs. The suite *sealed* has 400 tasks of twenty forms that the warm-up's grammar cannot write:
# `while` loops, dicts, nested calls. No setting was chosen by it, and it is scored here and in `RESULTS.md` only. A run of
# the preset *classroom* is recorded, with 30 steps at twice the usual learning rate. *By how many greedy points did it
# change the sealed suite?*

# %%
guess_sealed = predict("13.sealed", ...)
guess_sealed

# %%
python = "lever-classroom-none"
sealed, known = (change(python, "greedy", sealed=unseen) for unseen in (True, False))
guess_sealed.against(sealed.mean)

# %%
table(
    ("suites", "greedy points", "95 % interval", "runs"),
    [
        (name, f"{c.mean:+.1f}", c.ends, len(c.seeds))
        for name, c in (("own and harder", known), ("sealed", sealed))
    ],
)

# %%
table(("form", "tasks", "before (%)", "after (%)"), forms_rows(python))

# %% [markdown]
# Neither change can be told from zero. The policy solves some tasks of forms that it has never read, before self-play
# and after it. With 20 tasks a row of the second table is far too small to be read alone.
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
compared = {
    "data": {f"self-play - {name}": ("lever-things-none", data[name]) for name in list(data)[1:3]},
    "rules": {name: ("things-whole-learnability", variant) for name, variant in rules.items()},
}
found = {
    group: {
        name: tuple(difference(*pair, "greedy", level=level) for level in (95, 99.5)) for name, pair in pairs.items()
    }
    for group, pairs in compared.items()
}
arms_figure(found, "Above the control, or above the arm without the rule", "greedy answers (points)")

# %% [markdown]
# Thick bars are intervals of 95 %, thin ones of 99.5 %, and hollow marks are seeds. Count a row as found if its thin bar
# leaves out zero. (Random rewards are left out: their row would be seven times as long.)

# %%
clear = [name for arms in found.values() for name, (_, wide) in arms.items() if wide.clear]
print(f"{len(clear)} of {sum(map(len, found.values()))} at 99.5 %: {', '.join(clear)}")

# %% [markdown]
# **What this does not show.** The policies are tiny, and one environment was made to have a dial. A large language model
# brings knowledge that no line of our ledger has, and no control here removes it.

# %%
environment.close()
record(
    valid=valid["random weights"], warmed=valid["warmed up"], moved=moved,
    right=sum(r.verdict.ok for r in lessons["the paper's"][0]), **{n: g.mean for n, g in gained.items()},
    found=len(clear), above_warm_up=found["data"]["self-play - more warm-up"][1].low,
)

# %% [markdown]
# ## Summary
#
# *Zero data* means that no human wrote the tasks or the answers of this loop. People wrote its warm-up, its task types,
# its judge and its prices, and without them it does not start, or does not go on. On paths, right answers taught more
# than verdicts, and what self-play added was the choice of what to practise.
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
# Right answers need somebody who knows them. Where only a judge is at hand, self-play has no such rival. Describe an
# environment with a judge and without a source of answers, and the control that a claim of self-play has to beat there.
#
# ### References
#
# Zhao et al. 2025, *Absolute Zero*, arXiv 2505.03335, section 2 (what is given) and section 3.3.1 (seeding). Shao et
# al. 2025, *Spurious Rewards*, arXiv 2506.10947 (random rewards that help one family of models and not another). Hanley
# and Lippman-Hand 1983, *If Nothing Goes Wrong, Is Everything All Right?*, JAMA 249 (the rule of three). Back to [00
# Start here](00_start_here.ipynb).
