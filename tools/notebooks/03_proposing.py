# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # Proposing tasks
#
# *Nobody writes tasks for this model. Here you watch it write them itself: from one program that does nothing to a
# buffer full of tasks, through a funnel of six gates, and into a trap.*
#
# **You will** seed a buffer from the identity program, read what the proposer is shown, say at which gate a text is
# lost, trade validity against diversity, measure what is copied, and give a proposer a bad reward.
#
# | | |
# |---|---|
# | minutes | 30 to read, 20 for the exercises, under 3 to run |
# | hardware | a laptop CPU |
# | you should know | notebooks 00 to 02 |
# | you will leave with | your own measure of novelty |

# %%
from collections import Counter

from azr_nb import PythonPrograms, SelfPlay, load_policy, make_config, proposer_reward
from azr_nb.course import (
    check, copying, distinct_share, explore, family, gates_figure, lost_most, near_copies, pipeline, predict, quiet,
    record, settings_view, shares, table, trade_off, valid_share,
)
from azr_nb.programs import renamed, tree_distance

quiet()

# %% tags=["parameters"]
TIER = "cpu"  # smoke: seconds, for tests; cpu: a laptop; gpu: the same here
SEED = 0  # every draw depends on it: same seed, same notebook

# %%
many = {"smoke": 40, "cpu": 120, "gpu": 120}[TIER]  # proposals per setting
steps = {"smoke": 4, "cpu": 30, "gpu": 30}[TIER]  # of training, in the last section
pipeline("propose")

# %% [markdown]
# This is the second box. The model reads some past tasks and writes a new one. Where do the first *past* tasks come
# from?
#
# ## From one program to a buffer
#
# They come from this one program, and from nothing else.

# %%
config = make_config("classroom", seed=SEED, seed_tasks=24)
environment = PythonPrograms()
play = SelfPlay(config, load_policy(config.model), environment)
identity = environment.seed_tasks()[0]
print(f"{identity.program}\nf({identity.input}) gives {identity.output}")

# %% [markdown]
# The environment provides one such task of every type. Now ask the proposer for a few tasks, keep the valid ones as
# references, ask again, and go on for some rounds. The model does not learn yet.

# %%
for task in environment.seed_tasks():
    play.buffer.add(task)
for number in range(10):
    proposals = play.roles.propose({"deduction": 6, "abduction": 6}, "round", number)
    play.roles.validate(proposals, "round", number)
    for rollout in proposals:
        if rollout.task:
            play.buffer.add(rollout.task)
seeds = play.buffer.of_type("deduction")
print(f"{len(seeds)} deduction tasks")

# %%
table(("born as number", "program", "input"), [(i, seeds[i].program, seeds[i].input) for i in (1, 2, 20, 40)])

# %% [markdown]
# They are longer than the identity, as the programs of the warm-up were. Nothing is trained here and no reward acts.
# Every task remembers which references its proposer was shown. Follow the first reference of a task, then the first
# reference of that one, and so on, back to the beginning.

# %%
known = {task.id: task for task in play.buffer.all()}
latest = max(seeds, key=lambda task: len(family(task, known)))
table(("generation", "program"), [(i, task.program) for i, task in enumerate(family(latest, known))])

# %% [markdown]
# Generation 0 is the identity. Each program was shown to the proposer that wrote the next one. Do you see anything of
# a parent in its child? We will measure that. In a run, `SelfPlay.seed()` does these rounds for you until every task
# type has as many tasks as the config asks for.
#
# ## What the proposer reads
#
# The prompt is short: what is asked for, **K** references, and `###`. Here K is 2; the paper shows 6.

# %%
proposals = play.roles.propose({"deduction": many}, 0)
play.roles.validate(proposals, 0)
print(proposals[0].prompt)

# %% [markdown]
# It does not say "make it difficult" or "make it different". This policy is too small to follow such instructions. It
# only knows how texts of this kind continue. A large language model gets a page of instructions.

# %%
print(proposals[0].completion)

# %% [markdown]
# The model wrote a program and one input. The output is missing on purpose: a proposer that also stated the output
# could state a wrong one. The executor fills it in.
#
# ## The funnel
#
# Six gates stand between a text and a task. They are those of notebook 02, with two merged into others (time and
# memory into *runs*, size into *plain value*), and a new one at the end. (The [glossary](glossary.md) has all of them
# in one table, with verdicts and costs.) The policy has read sixteen million tokens of programs. A proposal that
# passes the first five is valid; the last one asks whether it is new as well. *How many of 100 proposals will be
# valid, and which of the six gates stops most?*

# %%
guess_valid = predict("03.valid", ...)
guess_valid

# %%
guess_gate = predict("03.gate", ...)
guess_gate

# %%
guess_valid.against(100 * valid_share(proposals))

# %%
guess_gate.against(lost_most(proposals))

# %%
gates_figure(proposals)

# %% [markdown]
# Each bar is what got *through* a gate, and the number in brackets was lost there. So 79 of 100 are valid here. What
# fails the last gate is valid, but its program is in the buffer already. Here is one proposal for each gate at which
# something was lost.

# %%
fates = Counter(r.verdict.status for r in proposals)
examples = {r.verdict.status: r for r in proposals if not r.verdict.ok}
rows = [(status, fates[status], r.completion, r.verdict.reason) for status, r in examples.items()]
table(("verdict", "how many", "an example", "why"), rows)

# %% [markdown]
# The format is rarely the problem. More is lost where well-formed programs *fail when run*: a method that the value
# does not have, an index beyond the end. A human would see most of these faults at once, because a human keeps track
# of types. The model has to learn that, and this funnel is its only teacher: a proposal that fails at one of the first
# five gates costs one point, and a known program costs half a point.
#
# ## Two knobs: K and temperature
#
# **Temperature** makes the model bolder: below 1 it keeps to what is likely, and above 1 it takes more risks. **K** is
# the number of references. Let us measure every combination of some values, with proposals from the same buffer.

# %%
cells = {}
for k in (0, 1, 2, 4):
    for temperature in (0.4, 0.7, 1.0, 1.4):
        play.roles.config = config.model_copy(update={"references": k, "temperature": temperature})
        cells[k, temperature] = play.roles.propose({"deduction": many}, "knobs", k, temperature)
        play.roles.validate(cells[k, temperature], "knobs", k, temperature)
play.roles.config = config
print(f"{len(cells)} settings, {sum(map(len, cells.values()))} proposals")

# %% [markdown]
# *How many of 100 proposals are valid at temperature 1.4, with two references? And which K gives the fewest valid
# ones, over all four temperatures?*

# %%
guess_hot = predict("03.hot", ...)
guess_hot

# %%
guess_worst = predict("03.worst_k", ...)
guess_worst

# %%
guess_hot.against(100 * valid_share(cells[2, 1.4]))

# %%
by_k = {k: sum(valid_share(cells[k, t]) for t in (0.4, 0.7, 1.0, 1.4)) for k in (0, 1, 2, 4)}
guess_worst.against(f"K = {min(by_k, key=by_k.get)}")

# %%
trade_off(cells)

# %% [markdown]
# In the left panel, the share of valid proposals falls as the model gets bolder, and K = 4 suits this policy less than
# 1 or 2: its warm-up had at most two. These are new samples, so the share at K = 2 and temperature 1 differs by some
# points from the figure above. In the right panel, the share of *different* programs among the valid ones, up to names
# of variables, rises. (*Different* compares the proposals with each other; *new*, the last gate, compares them with
# the buffer.) A temperature of 0.7 looks like a better compromise than 1: most proposals are valid, and most of these
# are different. A run samples at temperature 1 for another reason: the gradient assumes that samples come from the
# policy as it is (notebook 05).
#
# With K = 0 every proposal is invalid, and the right panel has no line for it. In its warm-up this policy never saw a
# prompt without references, and it does not know how to begin. A policy of a different size, or trained differently,
# might: the paper's 7B model can do without references, but it ends at 43.8 % instead of 46.8 % on the mean of its
# benchmarks (Table 2).

# %%
settings_view(cells, references=2, temperature=1.0)


# %%
def knobs(references=2, temperature=1.0):
    return settings_view(cells, references, temperature)


explore(knobs, references=[0, 1, 2, 4], temperature=[0.4, 0.7, 1.0, 1.4])

# %% [markdown]
# Choose K = 1 and temperature 0.4, then go up step by step and watch two gates: the first, where malformed text is
# lost, and the last, where proposals are lost because they are known.
#
# ## What is copied?
#
# If references give variety, do they also invite *copies*? Measure the distance of each new program to the nearest of
# its own references, and to as many random programs that its proposer was not shown. The distance compares syntax
# trees: 0 means a copy, 1 means nothing in common. *How many of 100 valid programs are nearly a copy of a reference,
# at a distance below 0.2?*

# %%
guess_copies = predict("03.copies", ...)
guess_copies

# %%
guess_copies.against(100 * near_copies(proposals, known))

# %%
copying(proposals, known, [task.program for task in play.buffer.of_type("abduction")])

# %% [markdown]
# Some 28 of 100 are near copies. Filled bars are distances to the references, hatched ones to programs that the
# proposer was not shown. Few hatched programs are below 0.2. At such a distance a program is a reference with a line,
# a number or a letter changed; far to the right it shares little with what was shown. In the line of descent above you
# saw both.

# %% [markdown]
# How many lines are copied? Count the share of a program's lines that also appear in one of its references.


# %% tags=["exercise"]
def copied_lines(program, references):
    """Share of the lines below `def` that stand, indentation aside, in one of the references."""
    ### BEGIN SOLUTION
    body = [line.strip() for line in program.splitlines()[1:]]
    shown = {line.strip() for reference in references for line in reference.splitlines()}
    return sum(line in shown for line in body) / len(body)
    ### END SOLUTION


check("03.copied_lines", copied_lines)

# %% [markdown] tags=["hint"]
# `program.splitlines()[1:]` are the lines below `def`.

# %% [markdown] tags=["hint"]
# Collect the stripped lines of all references in a set first; then every line of the program is a single question.

# %% [markdown] tags=["teacher"]
# Some copied lines are stock phrases (`else:`, `return a`), others are not. This is a good moment to ask when a copied
# line says something about copying, and when it only says that programs are short.

# %%
lines = Counter(line.strip() for r in proposals if r.verdict.valid for line in r.proposal.program.splitlines()[1:])
table(("line", "how often in the valid proposals"), lines.most_common(6))

# %% [markdown]
# Some frequent lines are just stock phrases: `a += a`, `else:` and `return a` appear in programs that have nothing
# else in common. Others are not: a line such as `return a.replace('b', 'l')` that comes down a line of descent was
# copied. A share of copied lines mixes both, so the distance above is the fairer measure.
#
# ## Novelty
#
# A buffer should not fill with the same program under different names. Programs that differ only in their names share
# one *canonical* form.

# %%
twins = ("def f(a):\n    b = a + 1\n    return b", "def f(x):\n    y = x + 1\n    return y")
table(("program", "canonical text"), [(text, renamed(text)) for text in twins])

# %% [markdown]
# Write a measure of novelty: 0 for a program that is known up to names, 1 when nothing is known. It must never rise
# when more programs become known. You can use `renamed(text)` and `tree_distance(one, other)`.


# %% tags=["exercise"]
def novelty(program, known_programs):
    """How new a program is beside those known: 0 to 1."""
    ### BEGIN SOLUTION
    form = renamed(program)
    distances = [tree_distance(form, renamed(other)) for other in known_programs]
    return min(distances, default=1)
    ### END SOLUTION


check("03.novelty", novelty)

# %% [markdown] tags=["hint"]
# The *mean* distance to the known programs can rise when a far-away program becomes known. What else is there?

# %% [markdown] tags=["hint"]
# The nearest known program decides: a minimum can only fall when more is known. Mind the empty list.

# %% [markdown] tags=["teacher"]
# The typical wrong answer is the mean. It fails the third demand, and the check says so. A measure by lines passes as
# well: ask which program it calls known although nobody wrote it (one put together from lines of several).

# %% [markdown]
# ## A bad reward
#
# Now let the proposer learn with a bad reward, which pays for every valid program, and pays more the shorter it is. No
# task has to teach anything. Known programs count as new tasks (`duplicates="keep"`) and are paid too. Proposers have
# ten times their usual weight here (20 instead of 2), and a learning rate that is eight times as high, so that minutes
# show what a long run might do.


# %%
@proposer_reward("short_and_valid")
def short_and_valid(record):
    return 40 / (40 + len(record.program))


# %%
def train_proposer(steps, **settings):
    """The valid share and the share of different programs at each step, and the last proposals."""
    chosen = make_config(
        "classroom", seed=SEED, seed_tasks=24, steps=steps, solve_tasks_per_type=2, task_types=["deduction"], **settings
    )
    run = SelfPlay(chosen, load_policy("tiny"), environment)
    rows = []
    for _ in range(steps):
        mine = run.step().of("propose", "deduction")
        rows.append((sum(r.verdict.valid for r in mine) / len(mine), distinct_share(mine)))
    return rows, mine


# %%
bold = dict(
    proposals_per_type=24, solve_rate_samples=2, solve_samples=2, propose_weight=20, learning_rate=8e-3
)

# %% [markdown]
# *How many of 100 valid proposals of the last step will be different programs?*

# %%
guess_variety = predict("03.variety", ...)
guess_variety

# %%
careless, last = train_proposer(steps, proposer_reward="short_and_valid", duplicates="keep", **bold)
guess_variety.against(100 * careless[-1][1])

# %%
shares(careless, "Paid for short and valid: what is left of variety?")

# %% [markdown]
# For the first steps nothing seems wrong: more and more proposals are valid. Then variety **collapses** within a few
# steps, while nearly all proposals stay valid. Here is what the proposer writes at the end.

# %%
table(("proposal", "verdict"), [(r.completion, r.verdict.status) for r in last[:6]])

# %% [markdown]
# It writes very short programs, and changes little but the input. A proposer gets good at whatever is rewarded. Two
# things protect the run of notebook 00: learnability is zero for tasks that are always solved, and a known program
# makes no task and costs half a point.

# %%
guarded, _ = train_proposer(steps, duplicates="program", **bold)
shares(guarded, "Paid for learnability, and not for known programs")

# %% [markdown]
# Both runs use the same learning rate and the same weight for the proposer. One run of each is a demonstration, not a
# proof. Five runs of 90 steps with these guards, listed in RESULTS.md, ended with all of the last 200 programs
# different.

# %%
environment.close()
record(
    valid_share=valid_share(proposals),
    cold=distinct_share(cells[0, 0.4]),
    warm=distinct_share(cells[2, 1.0]),
    careless=careless[-1][1],
    guarded=guarded[-1][1],
    depth=len(family(latest, known)) - 1,
)

# %% [markdown]
# ## Summary
#
# Seeding grows a buffer from the identity program without training. Between text and task stand six gates. Temperature
# trades validity for variety. Many proposals are near copies of a reference. A careless reward makes a proposer
# collapse, and the share of valid proposals says nothing of it.
#
# ### Recall
#
# 1. Why does the proposer not write the output?
# 2. At which gate are most of this model's proposals lost?
# 3. What does temperature do to validity, and what to variety?
# 4. Why does this policy write nothing valid when K is 0?
# 5. Why must a measure of novelty not be a mean?
# 6. What are the two guards against collapse in the run of notebook 00?
#
# ### An open problem
#
# A program can be new and pointless. Can novelty be rewarded in a way that a proposer cannot satisfy with nonsense?
#
# ### References
#
# Zhao et al., *Absolute Zero: Reinforced Self-play Reasoning with Zero Data*, arXiv 2505.03335, sections 3.2-3.3,
# appendix D.3. Code: `azr_nb/policy/roles.py`, `azr_nb/selfplay.py`, `azr_nb/programs/source.py`. Next: [04 Shaping two
# rewards](04_rewards.ipynb).
