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
# | minutes | 35 to read, 22 for the exercises, under 5 to run |
# | hardware | a laptop CPU |
# | you should know | notebooks 00 to 06 |
# | you will leave with | the whole loop at your fingertips, and the habit of looking inside a run |

# %%
from statistics import fmean

import torch
from peft import get_peft_model

from azr_nb import PythonPrograms, RewardRecord, SelfPlay, load_policy, make_config, reward_parts, score_table
from azr_nb.course import (
    CATALOGUE, FAULTS, SIGNS, beside_figure, check, descent_page, early_and_late, explore, funnel, learning_curves,
    line_of_descent, lineage_figure, live, mean_over_types, metrics_of, new_tasks, open_recorded, open_replay, pipeline,
    predict, proposal_page, quiet, record, recorded_summary, repeated, step_page, table, vitals_figure, ward_bands,
    with_before,
)
from azr_nb.evaluation import mean_score
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
# We begin with the parts that last for a whole run: a policy with a fresh adapter, an environment, and a buffer grown
# from the identity program.

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
# The tasks have no reward yet, because nobody knows how hard they are. **Solve and check**: n answers to each new
# task, and each answer is checked.

# %%
new = [r.task for r in proposals if r.task is not None]
groups = play.roles.solve(new, config.solve_rate_samples, 0)
for rollout, group in zip((r for r in proposals if r.task is not None), groups, strict=True):
    rollout.solve_rate = group[0].solve_rate
rates = [group[0].solve_rate for group in groups]
print(f"{len(new)} new tasks, solve rates {rates}")

# %% [markdown]
# **Reward both roles.** *Four answers per task: how many different rewards will you find among the proposals?*

# %%
guess_rewards = predict("07.rewards", ...)
guess_rewards

# %%
rollouts = proposals + [r for group in groups for r in group]
for r in rollouts:
    r.reward_parts = reward_parts(RewardRecord(r.role, r.type, r.verdict, r.solve_rate, config=config))
    r.reward = sum(r.reward_parts.values())
for role in ("propose", "solve"):
    print(role, sorted({r.reward for r in rollouts if r.role == role}))
guess_rewards.against(len({r.reward for r in proposals}))

# %% [markdown]
# Four answers allow only four values of learnability: 0, 0.25, 0.5 and 0.75. A solve rate of 0 and one of 1 share the
# first. Below them are the penalties of proposals that became no task.
#
# **Compare** each reward with the others of its group: proposals by task type, answers by task in this preset. *What
# share of all completions gets an advantage other than zero?*

# %%
guess_pull = predict("07.pull", ...)
guess_pull

# %%
keys = [group_key(config.advantage, r.role, r.type, r.task.id if r.task else None) for r in rollouts]
for r, value in zip(rollouts, advantages([r.reward for r in rollouts], keys, config.advantage), strict=True):
    r.advantage = value
pulling = [r for r in rollouts if abs(r.advantage) > 1e-9]
print(f"{len(pulling)} of {len(rollouts)} completions have an advantage")
guess_pull.against(100 * len(pulling) / len(rollouts))

# %% [markdown]
# The others were in groups of equal rewards, the dead groups of notebook 05.
#
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
# That was one step. It should have raised the probability of completions with positive advantages and lowered that of
# the others:

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
# Completions with positive advantages have gained on those with negative ones. The two means may be on the same side
# of zero, because completions share tokens. The *gap* between them is what the update is for.
#
# ## Let it run
#
# The package takes the same steps, with batches that share prompts, seeds for every draw, checkpoints and records. The
# chart is redrawn after each step.

# %%
running = SelfPlay(make_config("classroom", seed=SEED, steps=steps), load_policy("tiny"), environment)
rows = live(running, steps, learning_curves)

# %% [markdown]
# These are a dozen steps of one seed, and the model sets its own exam. The chart shows that the loop runs. It does not
# show that the model learns.
#
# ## A recorded run
#
# Longer runs are recorded, with the command that makes them again. Here are 100 steps with the classroom preset:

# %%
print(CATALOGUE["healthy"].command())
healthy = open_replay(open_recorded("healthy"))
answered = sum(map(len, healthy.answers.values()))
print(f"{len(healthy.steps)} steps, {len(healthy.tasks):,} tasks kept, {answered:,} answers")

# %% [markdown]
# *By how many points does the share of right answers to its own tasks change, from the first ten steps to the last
# ten?*

# %%
guess_own = predict("07.own", ...)
guess_own

# %%
right = mean_over_types(healthy.metrics, "solve/{}/accuracy")
scored = {when: 100 * mean_score(healthy.summary[when]) for when in ("before", "after")}
print(f"held-out tasks: {scored['before']:.1f} % before the run, {scored['after']:.1f} % after it")
guess_own.against(100 * (fmean(right[-10:]) - fmean(right[:10])))

# %%
learning_curves(with_before(healthy.metrics, recorded_summary("healthy")))

# %% [markdown]
# The left panel shows the share of right answers to the model's own tasks. It is flat although the solver improves,
# because the tasks change as well. The right panel shows the held-out tasks, which are the same at every step; its
# first points are from before the first step. Only this panel can show that the solver has learned.

# %%
funnel(healthy.metrics)

# %% [markdown]
# The layers show what became of the proposals. Those in the lowest layer became tasks.
#
# ### Any step, any task
#
# Now we open the run. Here is one proposal of step 50, with what its proposer was shown, what it wrote, its verdict and
# reward, and every answer:

# %%
proposal_page(healthy, 50, 11)


# %%
def replay(step=50, proposal=11):
    return proposal_page(healthy, step, proposal)


explore(replay, step=(0, healthy.steps[-1], 1), proposal=(0, 35, 1))

# %% [markdown]
# Go to step 0, then to step 99, and compare the programs. Proposals 0 to 11 are deduction, 12 to 23 abduction, 24 to
# 35 induction. Find a task that was never solved and one that was always solved, and compare their rewards.

# %%
step_page(healthy, 99, most=8)

# %% [markdown]
# ### Families
#
# A task remembers the references that its proposer was shown: its parents. So every task has a line back to the
# beginning. *How many generations has the longest line after a hundred steps?*

# %%
guess_generations = predict("07.generations", ...)
guess_generations

# %%
guess_generations.against(healthy.metrics["lineage/depth"][-1])

# %%
youngest = new_tasks(healthy, 20)[:12]
lineage_figure(healthy, youngest[0])

# %% [markdown]
# Later steps are to the right, earlier generations further up. The thick line follows the oldest reference each time,
# so it is shorter than the longest line. It ends at step -1, in the seeds, with the identity program. The grey lines
# are other references on the way.

# %%
descent_page(healthy, youngest[0])


# %%
def family(task=0):
    return lineage_figure(healthy, youngest[task])


explore(family, task=(0, len(youngest) - 1, 1))

# %% [markdown]
# Write the depth of a family: the number of generations on the *longest* line from a task back to one without parents.
# `parents` gives the names of each task's parents. A parent that is missing there was dropped by the buffer.


# %% tags=["exercise"]
def depth(name, parents):
    """Generations on the longest line back from a task."""
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
# Recursion needs one line, and reaches its limit at about a thousand generations. A stack has no such limit.

# %% [markdown] tags=["teacher"]
# The first reference of each task, as in notebook 03, gives a shorter line. Ask which of the two says more about where
# a program comes from.

# %% [markdown]
# ## A real language model
#
# The tiny policy was pretrained on such tasks. SmolLM2-135M-Instruct was not. It is a hundred times as large (here
# with weights of four bits), it was pretrained on text from the internet, and its prompt has three examples and two
# references. The loop is the same. The preset and the prompt format differ:

# %%
language = open_replay(open_recorded("language"))
print(CATALOGUE["language"].command())
print(f"{len(language.steps)} steps, {language.summary['minutes']:.0f} minutes on two cores.")
print(f"Of the programs of the first ten steps {repeated(language, range(10)):.0%} repeat another one. A prompt:\n")
print(language.proposals[0][0]["prompt"])

# %% [markdown]
# The model continues from `def f`, up to the next empty line. About a third of its first proposals are valid. Some
# shorter runs had random rewards for both roles, whatever the verdict. *What happens to the share of valid proposals
# in these?*

# %%
guess_random = predict("07.random", ...)
guess_random

# %%
valid = [mean_over_types(run, "propose/{}/valid") for run in metrics_of("laptop-coin")]
early, late = fmean(x for run in valid for x in run[:5]), fmean(x for run in valid for x in run[-5:])
guess_random.against("it stays" if abs(late - early) < 0.05 else "it rises" if late > early else "it falls")

# %%
beside_figure(
    {
        "SmolLM2-135M": [language.metrics],
        "shorter runs": metrics_of("laptop"),
        "random rewards": metrics_of("laptop-coin"),
        "tiny policy": [healthy.metrics],
    }
)

# %% [markdown]
# Each line is a run, and each point is a mean over five steps. With the preset's rewards most proposals are valid
# within a dozen steps. With random rewards fewer are, so the verdicts teach this, and not the updates alone. The middle
# panel shows right answers to own tasks. They rise and then diverge, because each run has its own tasks. The right
# panel shows the **entropy**, which is low if the policy puts its probability on few tokens. With the preset's rewards
# it halves within twenty steps.
#
# *The policy has become more certain. What share of its programs repeats another one in the last ten steps?*

# %%
guess_repeats = predict("07.repeats", ...)
guess_repeats

# %%
guess_repeats.against(100 * repeated(language, range(len(language.steps) - 10, len(language.steps))))

# %%
early_and_late(language)

# %% [markdown]
# Read the proposals, early and late. At the start they fail at everything: Python, the format, types. At the end they
# are tidy, most are valid, and hardly any repeats another one. A repeat costs something, and so lower entropy does not
# mean less variety. Those shown are mostly sums and products of small numbers, with a branch here and there, and a
# function that always returns 5: a task that is always solved, and whose reward is 0.

# %%
print(score_table(language.summary))

# %% [markdown]
# The model never chose these held-out tasks. Deduction and induction gain some points, from almost nothing. Abduction
# hardly moves, and greedy answers gain less than sampled ones: part of the gain is just noise disappearing. This is one
# run of eighty minutes. The paper's smallest model is twenty times as large and was trained for days. Notebook 10
# shows what more seeds and random rewards say about the held-out tasks.
#
# ## Take one part away
#
# What is each part good for? In each of these recorded runs one small, realistic thing was changed (two in *collapse*):

# %%
table(("name", "what was done"), [(name, fault.cause) for name, (_, fault) in FAULTS.items()])

# %%
print("vital signs:", ", ".join(sign.name for sign in SIGNS))

# %% [markdown]
# Here is the first of them live: the proposer is rewarded for any valid program, most for the shortest.

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

# %% [markdown]
# Choose *another* of the six, and predict a vital sign that leaves the range of healthy runs, and its side.

# %% tags=["exercise"]
prediction = (..., ..., ...)  # what was done, a vital sign, below or above
### BEGIN SOLUTION
prediction = ("too-easy", "solve rate", "above")
### END SOLUTION

check("07.ablation", prediction)

# %% [markdown] tags=["hint"]
# Follow the reward: what would you write for such a reward? Or ask what the solver still gets.

# %% [markdown] tags=["teacher"]
# Let everybody choose a different one. Several signs are right for most of them. Ask which moves *first*, which is the
# question of the next notebook.

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
# on the others. Right answers to own tasks can stay level while the solver learns. A recorded run can be opened at any
# place, and every task has a family that goes back to the identity program. Removing a part shows what it is good for.
#
# ### Recall
#
# 1. Which three of the six calls need no model?
# 2. Why does a proposer get its reward later than its verdict?
# 3. What should have changed after an update, and between which completions?
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
# Zhao et al., *Absolute Zero*, arXiv 2505.03335, Algorithm 1. Code: `azr_nb/selfplay.py`, `azr_nb/policy/roles.py`,
# `azr_nb/runs/`. Next: [08 Read the run](08_read_the_run.ipynb).
