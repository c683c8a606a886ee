# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # The self-play loop
#
# *You know every part. Here you put them together, let the loop run, and then open a recorded run: any step, any task,
# every answer, and the family of each program.*
#
# **You will** assemble a step of self-play from six calls, watch a run live, page through a recorded one, follow a
# task back to the program that everything began with, and remove one part after predicting what will break.
#
# | | |
# |---|---|
# | minutes | 35 to read, 22 for the exercises, under 3 to run |
# | hardware | a laptop CPU |
# | you should know | notebooks 00 to 06 |
# | you will leave with | the whole loop at your fingertips, and the habit of looking inside a run |

# %%
import torch
from peft import get_peft_model

from azr_nb import PythonPrograms, RewardRecord, SelfPlay, load_policy, make_config, reward_parts, score_table
from azr_nb.course import (
    CATALOGUE, FAULTS, SIGNS, beside_figure, check, descent_page, early_and_late, explore, funnel, learning_curves,
    line_of_descent, lineage_figure, live, metrics_of, new_tasks, open_recorded, open_replay, pipeline,
    proposal_page, quiet, record, recorded_summary, repeated, step_page, table, vitals_figure, ward_bands, with_before,
)
from azr_nb.policy import lora_config
from azr_nb.rewards import advantages, group_key

quiet()

# %% tags=["parameters"]
TIER = "cpu"  # smoke: seconds, for tests; cpu: a laptop; gpu: the same here
SEED = 0  # every draw depends on it: same seed, same notebook

# %%
steps = {"smoke": 2, "cpu": 12, "gpu": 12}[TIER]  # of the live run
ablated = {"smoke": 2, "cpu": 22, "gpu": 22}[TIER]  # of the run with a part taken away
pipeline()

# %% [markdown]
# ## Six calls
#
# We begin with the parts that stay: a policy with a fresh adapter, an environment, and a buffer grown from the
# identity program.

# %%
config = make_config("classroom", seed=SEED, proposals_per_type=6, solve_rate_samples=4, seed_tasks=12)
environment = PythonPrograms()
play = SelfPlay(config, load_policy(config.model), environment)
torch.manual_seed(SEED)  # the adapter begins with random numbers
play.policy.model = get_peft_model(play.policy.model, lora_config(config, play.policy.model))
play.seed()
print({kind: len(play.buffer.of_type(kind)) for kind in config.task_types})

# %% [markdown]
# **Propose and validate.** The first call draws references, writes prompts, samples and parses. The second runs the
# programs.

# %%
proposals = play.roles.propose(dict.fromkeys(config.task_types, config.proposals_per_type), 0)
play.roles.validate(proposals, 0)
table(
    ("task type", "proposal", "verdict", "reason"),
    [(r.type, r.completion, r.verdict.status, r.verdict.reason) for r in proposals[:2]],
)

# %% [markdown]
# There is no reward yet, because nobody knows how hard the tasks are. **Solve and check**: n answers to each new task.

# %%
new = [r.task for r in proposals if r.task is not None]
groups = play.roles.solve(new, config.solve_rate_samples, 0)
for rollout, group in zip((r for r in proposals if r.task is not None), groups, strict=True):
    rollout.solve_rate = group[0].solve_rate
rates = [group[0].solve_rate for group in groups]
print(f"{len(new)} new tasks, solve rates {rates}")

# %% [markdown]
# **Reward both roles.** *How many different rewards do you expect among the proposers, with four answers per task?*

# %%
rollouts = proposals + [r for group in groups for r in group]
for r in rollouts:
    r.reward_parts = reward_parts(RewardRecord(r.role, r.type, r.verdict, r.solve_rate, config=config))
    r.reward = sum(r.reward_parts.values())
for role in ("propose", "solve"):
    print(role, sorted({r.reward for r in rollouts if r.role == role}))

# %% [markdown]
# **Compare** each reward with the others of its group: proposers by type, answers by task in this preset.

# %%
keys = [group_key(config.advantage, r.role, r.type, r.task.id if r.task else None) for r in rollouts]
for r, value in zip(rollouts, advantages([r.reward for r in rollouts], keys, config.advantage), strict=True):
    r.advantage = value
pulling = [r for r in rollouts if abs(r.advantage) > 1e-9]
print(f"{len(pulling)} of {len(rollouts)} completions pull")

# %% [markdown]
# **Update** with the plain gradient of notebook 06, one completion at a time, and one step of AdamW.


# %%
def log_probs(model, rollout):
    ids = torch.tensor([rollout.prompt_ids + rollout.completion_ids])
    logits = model(input_ids=ids).logits[0, len(rollout.prompt_ids) - 1 : -1]
    return torch.log_softmax(logits, -1).gather(-1, torch.tensor(rollout.completion_ids)[:, None])[:, 0]


model = play.policy.model
optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=config.learning_rate)
before = [log_probs(model, r).sum().item() for r in pulling]
for r in pulling:
    (-(r.advantage * log_probs(model, r)).mean() / len(rollouts)).backward()
optimizer.step()

# %% [markdown]
# **Keep** the new tasks: they go into the buffer, and the next step may be shown them.

# %%
for task in new:
    play.buffer.add(task)
print({kind: len(play.buffer.of_type(kind)) for kind in config.task_types})

# %% [markdown]
# That was one step. Did it do what it should? *Which completions should be more likely now?*

# %%
with torch.no_grad():
    moved = [log_probs(model, r).sum().item() - b for r, b in zip(pulling, before, strict=True)]
better = [m for r, m in zip(pulling, moved, strict=True) if r.advantage > 0]
worse = [m for r, m in zip(pulling, moved, strict=True) if r.advantage < 0]
gap = sum(better) / len(better) - sum(worse) / len(worse)
table(
    ("advantage", "completions", "mean change of log-probability (nats)"),
    [("above zero", len(better), sum(better) / len(better)), ("below zero", len(worse), sum(worse) / len(worse))],
)

# %% [markdown]
# Completions with positive advantages have gained on those with negative ones. Both means may be on the same side of
# zero, because completions share tokens. The *gap* is what the update is for.
#
# ## Let it run
#
# The package does the same, with batches that share prompts, seeds for every draw, checkpoints and records. The chart
# is redrawn after each step.

# %%
running = SelfPlay(make_config("classroom", seed=SEED, steps=steps), load_policy("tiny"), environment)
rows = live(running, steps, learning_curves)

# %% [markdown]
# These are a dozen steps of one seed, and the model sets its own exam. This shows that the loop runs, not that it
# teaches.
#
# ## A recorded run
#
# Longer runs are recorded, with the command that makes them again. This one took the classroom preset through 100
# steps:

# %%
print(CATALOGUE["healthy"].command())
healthy = open_replay(open_recorded("healthy"))
answered = sum(map(len, healthy.answers.values()))
print(f"{len(healthy.steps)} steps, {len(healthy.tasks):,} tasks kept, {answered:,} answers")

# %%
learning_curves(with_before(healthy.metrics, recorded_summary("healthy")))

# %% [markdown]
# The left panel shows the share of right answers on the model's own tasks. The right panel shows the score on held-out
# tasks, which are the same at every step; its first points are from before the first step. *Which of the two panels
# would you show to somebody who has to decide whether to go on?*

# %%
funnel(healthy.metrics)

# %% [markdown]
# This is what became of the proposals. The lowest layer became tasks.
#
# ### Any step, any task
#
# Now open it. Here is one proposal of step 50, with what its proposer was shown, what it wrote, its verdict and
# reward, and every answer:

# %%
proposal_page(healthy, 50, 11)


# %%
def replay(step=50, proposal=11):
    return proposal_page(healthy, step, proposal)


explore(replay, step=(0, healthy.steps[-1], 1), proposal=(0, 35, 1))

# %% [markdown]
# Go to step 0, then to step 99, and compare the programs. Proposals 0 to 11 are deduction, 12 to 23 abduction, 24 to
# 35 induction. Find one that nobody solved and one that was always solved. What were their rewards?

# %%
step_page(healthy, 99, most=8)

# %% [markdown]
# ### Families
#
# A task remembers the references that its proposer was shown: its parents. So every task has a line back to the
# beginning. *How many generations do a hundred steps make?*

# %%
youngest = new_tasks(healthy, 20)[:12]
lineage_figure(healthy, youngest[0])

# %% [markdown]
# Later steps are to the right, earlier generations further up. The thick line follows the oldest reference at each
# turn. It ends at step -1, in the seeds, with the identity program. The grey lines are other references on the way.

# %%
descent_page(healthy, youngest[0])


# %%
def family(task=0):
    return lineage_figure(healthy, youngest[task])


explore(family, task=(0, len(youngest) - 1, 1))

# %% [markdown]
# Write the depth of a family: the number of generations on the *longest* way from a task back to one without parents.
# `parents` gives the names of each task's parents; a parent that is not in it was dropped by the buffer.


# %% tags=["exercise"]
def depth(name, parents):
    """Generations on the longest way back from a task."""
    ### BEGIN SOLUTION
    depths, edge = {name: 0}, [name]
    while edge:
        child = edge.pop()
        for parent in parents[child]:
            if parent in parents and depths.get(parent, -1) < depths[child] + 1:
                depths[parent] = depths[child] + 1
                edge.append(parent)
    return max(depths.values())
    ### END SOLUTION


check("07.depth", depth)

# %% [markdown] tags=["hint"]
# A task without known parents has depth 0; any other one has 1 more than the deepest of its parents.

# %% [markdown] tags=["hint"]
# Recursion says it in one line, and stops at about a thousand generations. A stack has no such limit.

# %% [markdown] tags=["teacher"]
# The first reference of each task, as in notebook 03, gives a shorter line. Ask which of the two says more about where
# a program comes from.

# %%
print(
    f"this line: {len(line_of_descent(healthy, youngest[0])) - 1} generations, "
    f"longest way in the run: {healthy.metrics['lineage/depth'][-1]:.0f}"
)

# %% [markdown]
# ## A real language model
#
# The tiny policy was pretrained on such tasks. SmolLM2-135M-Instruct was not. It is a hundred times as large (here
# with weights of four bits), it has read part of the internet, and it is shown three examples and two references. The
# loop is the same. The preset and the prompt format differ:

# %%
language = open_replay(open_recorded("language"))
print(CATALOGUE["language"].command())
print(f"{len(language.steps)} steps, {language.summary['minutes']:.0f} minutes on two cores. A prompt:\n")
print(language.proposals[0][0]["prompt"])

# %% [markdown]
# It continues from `def f`, up to the next empty line. *What will it get wrong at first: Python, the format, or the
# task? And what will it learn from rewards? The figure also has shorter runs: some with the same rewards, some with
# random rewards for both roles, whatever the verdict. Which lines will go up there?*

# %%
beside_figure(
    {
        "SmolLM2-135M": [language.metrics],
        "shorter runs": metrics_of("laptop"),
        "paid by a coin": metrics_of("laptop-coin"),
        "tiny policy": [healthy.metrics],
    }
)

# %% [markdown]
# Each line is a run, and each point is a mean over five steps. What is rewarded at once is learned at once: within a
# dozen steps most proposals are valid. Random rewards teach nothing of the kind, so the verdicts did this, not the
# updates. The middle panel shows right answers to own tasks. They rise with the rewards and then diverge, because each
# run has its own tasks. The right panel shows the price: within twenty steps the entropy has halved and is below the
# tiny policy's. With random rewards it stays where it was.

# %%
early_and_late(language)

# %%
print(
    f"programs repeated in ten steps: {repeated(language, range(10)):.0%} at first, "
    f"{repeated(language, range(len(language.steps) - 10, len(language.steps))):.0%} at the end\n"
)
print(score_table(language.summary))

# %% [markdown]
# *Read the proposals first.* At the start they fail at everything: Python, the format, types. At the end they are
# tidy, most are valid, and hardly any repeats another one of the last ten steps. Those shown are mostly sums and
# products of small numbers, with a branch here and there, and a function that always returns 5: a task that is always
# solved, and whose reward is 0.
#
# Then look at the held-out tasks, which the model never chose. Deduction and induction gain some points, from almost
# nothing. Abduction hardly moves, and greedy answers move less than sampled ones: part of the gain is just noise
# disappearing. This is one run of eighty minutes. The paper's smallest model is twenty times as large and was trained
# for days. Notebook 10 shows what more seeds and random rewards say about the held-out tasks.
#
# ## Take one part away
#
# What is each part good for? The package has recorded runs in each of which one small, realistic thing was changed
# (two in collapse):

# %%
table(("name", "what was done"), [(name, fault.cause) for name, (_, fault) in FAULTS.items()])

# %%
print("vital signs:", ", ".join(sign.name for sign in SIGNS))

# %% [markdown]
# Choose one, and predict which vital sign will leave the range of healthy runs, and on which side.

# %% tags=["exercise"]
prediction = (..., ..., ...)  # what was done, a vital sign, below or above
### BEGIN SOLUTION
prediction = ("too-easy", "solve rate", "above")
### END SOLUTION

check("07.ablation", prediction)

# %% [markdown] tags=["hint"]
# Follow the reward: what would you write if you were rewarded like that? Or: what does the solver still get?

# %% [markdown] tags=["teacher"]
# Let everybody choose a different one. Several signs are right for most of them. Ask which moves *first*, which is the
# question of the next notebook.

# %% [markdown]
# Here is one of them live: the proposer is rewarded for any valid program, most for the shortest.

# %%
fault = CATALOGUE["collapse"]
sick = SelfPlay(fault.config().model_copy(update={"seed": SEED}), load_policy("tiny"), environment)
sick_rows = live(sick, ablated, lambda metrics: vitals_figure(metrics, ward_bands()))

# %% [markdown]
# Healthy twins of this run stay in the grey band. Solid lines have left it. The shortest programs are the easiest, and
# there are few of them: solve rate and variety leave together. Here is what the recorded run did in 40 steps:

# %%
collapse = open_replay(open_recorded("collapse"))
vitals_figure(collapse.metrics, ward_bands(), "The recorded run: collapse")

# %%
environment.close()
record(
    gap=gap,
    pulling=len(pulling) / len(rollouts),
    live_steps=len(rows["step"]),
    tasks=len(healthy.tasks),
    generations=len(line_of_descent(healthy, youngest[0])) - 1,
    final_distinct=collapse.metrics["distinct_programs"][-1],
)

# %% [markdown]
# ## Summary
#
# A step is: propose, validate, solve, check, reward, compare, update, keep. Completions with positive advantages gain
# on the others. A recorded run can be opened at any place, and every task has a family that goes back to the identity
# program. Removing a part shows what it is good for.
#
# ### Recall
#
# 1. Which three of the six calls need no model?
# 2. Why does a proposer get its reward later than its verdict?
# 3. What should have changed after an update, and between whom?
# 4. Why can the left panel of the learning curves rise even if nothing is learned?
# 5. What are the parents of a task?
# 6. What happens to a proposer that is rewarded for any valid program?
#
# ### An open problem
#
# Most tasks leave no descendants, and a few have very many. Is that a good thing? What would you change in the draw of
# references, and which number would tell you whether it helped?
#
# ### References
#
# Zhao et al., *Absolute Zero*, arXiv 2505.03335, Algorithm 1. Code: `azr_nb/selfplay.py`, `azr_nb/roles.py`,
# `azr_nb/runs/`. Next: [08 Read the run](08_read_the_run.ipynb).
