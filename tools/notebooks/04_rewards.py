# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # Shaping two rewards
#
# *A proposer writes what is rewarded, and nothing else. Here you reward it in five ways, work out what each way costs,
# and then cheat every one of them.*
#
# **You will** read the ladder of rewards, compute the reward of a task when eight answers stand in for its true solve
# rate, compare the paper with its released code, write programs that are rewarded and teach nothing, and invent a
# reward.
#
# | | |
# |---|---|
# | minutes | 35 to read, 29 for the exercises, under 1 to run |
# | hardware | a laptop CPU |
# | you should know | notebooks 00 to 03 |
# | you will leave with | a reward of your own, and its weak spot |

# %%
from collections import Counter

from azr_nb import (
    Proposal, PythonPrograms, RewardRecord, SelfPlay, Task, Verdict, load_policy, make_config, proposer_reward,
    reward_parts,
)
from azr_nb.course import (
    DIFFERENCES, SHAPES, SIZES, best_rate, chances, check, cliff_figure, expected, explore, ladder_figure, pay_figure,
    pay_rows, pipeline, predict, quiet, record, reward_view, shapes_figure, sizes_figure, table,
)
from azr_nb.evaluation import standard_error
from azr_nb.rewards import RewardError, learnability, normalise

quiet()

# %% tags=["parameters"]
TIER = "cpu"  # smoke: seconds, for tests; cpu: a laptop; gpu: the same here
SEED = 0  # every draw depends on it: same seed, same notebook

# %%
tries = {"smoke": 64, "cpu": 192, "gpu": 192}[TIER]  # answers per task where we measure a solve rate well
pipeline("rewards")

# %% [markdown]
# Everything before the lit box produced *facts*: verdicts and solve rates. Everything after it simply follows the
# numbers. In this box somebody decides what is good.
#
# ## The ladder
#
# A proposal can be malformed, or well-formed but not valid. An answer can be malformed, or well-formed but wrong. Here
# is the ladder of each role, computed with the **preset** `paper`, a named set of settings; `released_code` and
# `classroom` are others.


# %%
def paid(role, status, solve_rate=None, **settings):
    config = make_config("paper", **settings)
    return reward_parts(RewardRecord(role, "deduction", Verdict(status), solve_rate, config=config))


# %%
value = lambda *text: sum(paid(*text).values())  # noqa: E731
ladder_figure(
    {
        "proposer": [
            ("malformed, or does not run", value("propose", "error")),
            ("valid, and nobody solves it", value("propose", "ok", 0.0)),
            ("valid, and 1 of 8 solves it", value("propose", "ok", 1 / 8)),
        ],
        "solver": [
            ("malformed", value("solve", "unparsable")),
            ("well-formed, but wrong", value("solve", "wrong")),
            ("right", value("solve", "ok")),
        ],
    }
)

# %% [markdown]
# The highest rung of each is blue. The lowest rung is the same for both roles. The solver has a rung for *wrong, but
# well-formed*. Without it, a policy that is always wrong could not even learn to write answers. The proposer has no
# such rung: a program that does not run gets the same reward as gibberish. (The classroom runs add one rung: a known
# program at -0.5.)
#
# A reward is kept as named parts, so a run's records say *why* something was rewarded.

# %%
paid("propose", "ok", 1 / 8), paid("solve", "wrong")

# %% [markdown]
# ## Learnability
#
# Let $\bar r$ be the measured solve rate: $k$ right answers of $n$. The paper's reward of a valid proposal is
#
# $$\text{learnability}(\bar r) = 1 - \bar r \ \text{ if } 0 < \bar r < 1, \quad 0 \text{ otherwise}$$
#
# It is zero at both ends, for different reasons.

# %%
rates = [k / 8 for k in range(9)]
table(("solve rate", *map(str, rates)), [("learnability", *map(learnability, rates))])

# %% [markdown]
# The right end needs no rule: 1 - 1 is zero by itself. At the left end the formula would give 1, the highest reward of
# all, and the rule cuts it to zero. Between 0 and 1/8 there is a cliff 0.875 high.
#
# ## Eight answers are few
#
# r̄, the *measured* solve rate, is only an estimate of the task's *true* solve rate **p**. Take a hard but possible
# task with p = 0.02. Without noise its reward would be 0.98. *How often will eight answers say that it is impossible?*

# %%
guess_missed = predict("04.missed", ...)
guess_missed

# %%
odds = chances(0.02, 8)
guess_missed.against(100 * odds[0])

# %%
cliff_figure()

# %% [markdown]
# The left bar, hatched: six times out of seven the task is mistaken for impossible and gets 0. Sometimes it gets 0.875.
# The dashed line is the average over all nine outcomes. It is far from 0.98.

# %%
print(f"expected reward {expected(learnability, 0.02, 8):.3f} instead of {1 - 0.02:.2f}")
print(f"standard error of the solve rate: {standard_error(0.02, 8):.2f} here, {standard_error(0.5, 8):.2f} at p = 0.5")

# %% [markdown]
# Noise does not only blur this reward, it *lowers* it, because one outcome falls off the cliff. The standard error
# looks harmless at p = 0.02, but the cliff makes it expensive.
#
# Draw the curve of expected reward, from impossible to trivial. *At which true solve rate is its top with n = 2, and
# at which with n = 8?*

# %%
guess_two = predict("04.top_of_two", ...)
guess_two

# %%
guess_eight = predict("04.top_of_eight", ...)
guess_eight

# %%
guess_two.against(best_rate(learnability, 2))

# %%
guess_eight.against(best_rate(learnability, 8))

# %%
sizes_figure()

# %% [markdown]
# The thin grey line is the promise, 1 - p. Each curve is what n answers make of it. All of them start at zero, and
# with more answers the top moves closer to the hardest tasks. With two answers the curve is p (1 - p), which is
# symmetric: the reward no longer tells hard from easy.

# %%
tops = [(n, best_rate(learnability, n)) for n in SIZES]
table(
    ("n", "true solve rate that pays best", "its expected reward"),
    [(n, top, expected(learnability, top, n)) for n, top in tops],
)

# %% [markdown]
# n = 8 does not only set how *precise* a reward is. It sets *what is rewarded*. With eight answers a proposer does
# best with tasks that are solved about one time in four.

# %% [markdown]
# The expected learnability of a task with the true solve rate p, measured with n answers, has a closed form with two
# terms. Find it, or add up the outcomes.


# %% tags=["exercise"]
def expected_learnability(p, n):
    """Mean learnability of a task of true solve rate p when n answers are drawn."""
    ### BEGIN SOLUTION
    # 1 - p on average, less the one outcome that pays nothing though 1 - r would be 1
    return (1 - p) - (1 - p) ** n
    ### END SOLUTION


check("04.expected_learnability", expected_learnability)

# %% [markdown] tags=["hint"]
# `math.comb(n, k) * p**k * (1 - p)**(n - k)` is the chance of k right answers; weigh the reward of k/n by it.

# %% [markdown] tags=["hint"]
# For the closed form begin with the mean of 1 - r̄, which is 1 - p, and take away what the cut at r̄ = 0 costs.

# %% [markdown] tags=["teacher"]
# A typical slip takes away p^n too. Ask what the reward at r̄ = 1 would be without the rule: the rule changes nothing
# there, which is why a later version of the paper names r̄ = 0 only.

# %% [markdown]
# ### Move it yourself
#
# The left panel shows the expected reward, with a band of one standard deviation of a *single* proposal's reward. The
# right panel shows what n answers say about the marked task.

# %%
reward_view()

# %%
explore(reward_view, solve_rate=(0.0, 1.0, 0.02), samples=list(SIZES), variant=list(SHAPES))

# %% [markdown]
# Set p = 0.02 and go from n = 8 to n = 32: the hatched bar falls and the reward rises. Then look at the band:
# proposals of equal worth get very unequal rewards, and the next notebook has to average that out.
#
# ## The paper and its code
#
# The code that came with the paper differs from it in some points. Here are two.

# %%
by_number = {d.number: d for d in DIFFERENCES}
table(("point", "the paper", "the released code"), [(d.topic, d.paper, d.released) for d in map(by_number.get, (1, 4))])

# %% [markdown]
# The second point looks technical. *If all eight answers are greedy, what can r̄ be, and what reward does the released
# code then give every valid proposal?* (Greedy means that the most likely token is taken each time, so the answer is
# always the same.)

# %%
guess_greedy = predict("04.greedy", ...)
guess_greedy

# %%
fined = {"extreme_reward": -0.5}
table(
    ("a valid proposal, by measured solve rate", "paper", "released code"),
    [
        (rate, paid("propose", "ok", rate)["learnability"], paid("propose", "ok", rate, **fined)["learnability"])
        for rate in (0.0, 1 / 4, 3 / 4, 1.0)
    ],
)

# %%
guess_greedy.against(paid("propose", "ok", 1.0, **fined)["learnability"])

# %% [markdown]
# Eight greedy answers are one answer eight times. By this reading only the first and the last row are left: every
# valid proposal gets the same -0.5, and only validity is rewarded. In this course the two settings are called
# `extreme_reward` and `solve_rate_temperature`. The preset `released_code` has the first one. The second is off in it,
# as on the branch that the authors recommend for reproducing the paper.
#
# ## Other shapes
#
# *Inverse* drops the cut. *Variance* is r̄ (1 - r̄). *Uncertainty* is 1 - |2 r̄ - 1|, a tent. With the paper's reward
# and that of the released code these are five. *Which of the five gives most for an impossible task?*

# %%
guess_impossible = predict("04.impossible", ...)
guess_impossible

# %%
guess_impossible.against(max(SHAPES, key=lambda name: SHAPES[name](0.0)))

# %%
shapes_figure()

# %% [markdown]
# Follow each line to both ends. Paper, released code and inverse agree between the ends and differ only there. Heights
# matter less than you may think. Advantages, in the next notebook, divide by the deviation, so variance is not weaker
# than uncertainty although it is only a quarter as high.
#
# Imagine four proposers with one habit each: only impossible tasks, only trivial ones, only tasks solved half of the
# time, only tasks solved once in fifty tries. The table shows what each reward pays them on average.

# %%
habits = {"impossible": 0.0, "trivial": 1.0, "one half": 0.5, "rarely solved": 0.02}
pay_figure({"What four habits are paid on average (true solve rate)": habits}, 8)

# %% [markdown]
# The best-paid habit of each column has a box. Read it by columns: inverse gives most for what nobody can learn from.
# The last row is the cliff again: the paper gives little for tasks that a solver is just beginning to understand, and
# the released code fines them.
#
# ## Cheating
#
# Rewards see solve rates. They do not see *why* a task is hard. Here is a program that no small model will follow: a
# thousand steps of a random number generator.

# %% tags=["shown"]
SCRAMBLE = "def f(a):\n    for i in range(1000):\n        a = (a * 7919 + 13) % 1000003\n    return a"
environment = PythonPrograms()
games = {
    "impossible": SCRAMBLE,
    "two tickets": SCRAMBLE + " % 2",
    "four tickets": SCRAMBLE + " % 4",
    "ten tickets": SCRAMBLE + " % 10",
    "trivial": "def f(a):\n    return a",
}
judged = environment.validate([Proposal("deduction", program, ("43",)) for program in games.values()])
table(
    ("name", "last line", "verdict", "output"),
    [
        (name, games[name].splitlines()[-1].strip(), verdict.status, task.output)
        for name, (task, verdict) in zip(games, judged, strict=True)
    ],
)

# %% [markdown]
# All five are valid: they run, they end, and they give the same value twice. But `% 2` leaves two possible outputs,
# and a solver that cannot compute can still *guess*. The task has become a lottery ticket that wins every second time.

# %% [markdown]
# A lottery with m equally likely answers is solved with p = 1/m. How many tickets would you print to get most from
# learnability with eight answers?

# %% tags=["exercise"]
tickets = ...
### BEGIN SOLUTION
tickets = max(range(1, 65), key=lambda m: expected(learnability, 1 / m, 8))
### END SOLUTION

check("04.tickets", tickets)

# %% [markdown] tags=["hint"]
# `expected(learnability, 1 / m, 8)` is the reward of a lottery with m tickets. The figure above shows where the top
# is.

# %% [markdown] tags=["teacher"]
# Let the class vote first. "Many, since rare success is worth more" forgets the cliff.

# %% [markdown]
# That is for a solver that guesses evenly. *Does our policy guess? How often is it right on two tickets?*

# %%
guess_tickets = predict("04.two_tickets", ...)
guess_tickets

# %%
play = SelfPlay(make_config("classroom", seed=SEED), load_policy("tiny"), environment)
answers = play.roles.solve([task for task, _ in judged], tries, "games")
measured = {name: group[0].solve_rate for name, group in zip(games, answers, strict=True)}
favourites = [Counter(r.answer for r in group if r.answer).most_common(3) for group in answers]
table(
    ("program", "right output", "favourite answers", "measured solve rate"),
    [
        (name, task.output, ", ".join(f"{text} ({count})" for text, count in liked), f"{measured[name]:.2f}")
        for (name, (task, _), liked) in zip(games, judged, favourites, strict=True)
    ],
)

# %%
guess_tickets.against(100 * measured["two tickets"])

# %%
guessed = {"impossible": 0.0, "two tickets": 1 / 2, "four tickets": 1 / 4, "ten tickets": 1 / 10, "trivial": 1.0}
pay_figure({"If the solver guesses evenly": guessed, "As measured": measured}, 8)

# %% [markdown]
# None of the five programs teaches much. Yet, on the left, variance and uncertainty are fooled by two tickets, inverse
# by *impossible*, and learnability by four tickets: 0.65 is the top of its curve, so no honest task gets more. Our
# policy guesses too, and not evenly: it has favourite numbers. The right panel shows what its guesses are worth to a
# proposer: there the released code, too, prefers two tickets. In the toy of notebook 00b a low solve rate always meant
# a difficult task, so its proposer could not be paid for a lottery. Nothing in the method forbids a lottery. A
# proposer only has to stumble upon one.
#
# ## What the solver earns
#
# Induction answers can be partly right: a program may be right on some hidden pairs. The task below asks for a
# reversed value. Of its six pairs two are visible and four are hidden. One answer returns the value as it is, which is
# right for a palindrome.

# %% tags=["shown"]
values = ("'ab'", "[1, 2]", "'x'", "[3, 4]", "[5]", "'up'")
flipped = ("'ba'", "[2, 1]", "'x'", "[4, 3]", "[5]", "'pu'")
reverse = Task("induction", "def f(a):\n    return a[::-1]", tuple(zip(values, flipped, strict=True)), visible=2)
programs = [f"def f(a):\n    return {text}" for text in ("a[::-1]", "a", "a + 1", "a[")]
verdicts = environment.check([reverse] * 4, programs)
table(
    ("answer", "verdict", "reason", "share"),
    [(p.splitlines()[1].strip(), v.status, v.reason, v.share) for p, v in zip(programs, verdicts, strict=True)],
)


# %%
def paid_answer(verdict, name):
    config = make_config("paper", solver_reward=name)
    return sum(reward_parts(RewardRecord("solve", "induction", verdict, config=config)).values())


names = ("binary", "accuracy", "one_correct")
table(
    ("answer", *names),
    [
        (p.splitlines()[1].strip(), *(paid_answer(verdict, name) for name in names))
        for p, verdict in zip(programs, verdicts, strict=True)
    ],
)

# %% [markdown]
# *Share* is the share of the hidden pairs that are right. `return a[` is not valid Python, yet it counts as an answer
# that was parsed and failed: wrong, not malformed. Malformed means that no answer could be found in the text at all,
# such as a text without `def`. Look at `return a`, which does nothing and is right by luck on half of the hidden
# pairs. Only *binary* calls it wrong; *accuracy* gives it a half (and -0.5 to an answer with no right pair), and
# *one_correct* gives it as much as the real solution. Partial credit helps a policy that is never fully right, but it
# also rewards staying with the identity.
#
# ## Paying for looks
#
# An **intrinsic term** rewards a proposer for a property of its program, such as complexity or distance from its
# references. Take a task with r̄ = 0.75, whose learnability is 0.25, and two such terms. The paper lists four ways to
# combine them. With L for learnability, c for complexity (each branch counts its depth of nesting; the sum is divided
# by 15, and is at most 1) and e for edit distance (how far from the references), both already multiplied by their
# weights, here 1 and 0.5: *sum* L + c + e, *multiply* L·c·e, *sum_multiply* L + c·e, *multiply_sum* L·c + L·e.

# %%
parent = Task("deduction", "def f(a):\n    return a", (("3", "3"),))
plain = "def f(a):\n    if a > 2:\n        a = a - 2\n    return a"
idle = "def f(a):\n" + "".join(f"{'    ' * d}if a != a:\n" for d in range(1, 6)) + "    " * 6 + "a = 0\n    return a"


def joined(rule, program=plain, solve_rate=0.75):
    terms = dict(intrinsic={"complexity": 1.0, "edit_distance": 0.5}, intrinsic_combine=rule)
    return reward_parts(
        RewardRecord(
            "propose",
            "deduction",
            Verdict("ok"),
            solve_rate,
            program=program,
            references=(parent,),
            config=make_config("paper", **terms),
        )
    )


rules = ("sum", "multiply", "sum_multiply", "multiply_sum")
table(
    ("rule", "reward", "its parts"),
    [
        (rule, sum(parts.values()), ", ".join(f"{name} {value:.3f}" for name, value in parts.items()))
        for rule in rules
        for parts in [joined(rule)]
    ],
)

# %% [markdown]
# *Sum* keeps the learnability and adds to it. *Multiply* makes every factor a veto. How could a proposer collect the
# complexity term?

# %%
print(idle, "\n\nif nobody solves it:", joined("sum", idle, solve_rate=0.0))
table(("program", *joined("sum")), [("plain", *joined("sum").values()), ("idle", *joined("sum", idle).values())])

# %% [markdown]
# The program has five conditions, none of which is ever true for a whole number. The complexity term rises to its
# limit, and the task is still "return what you got". At least no term is added to a reward of zero, so complexity does
# not save an impossible task. All terms are off by default. The paper reports that none of them helped.
#
# ## Your own
#
# A reward is a function of a record, under a name. Three lines, and every run can use it.


# %%
@proposer_reward("mine")
def mine(record):
    return 1 - abs(2 * record.solve_rate - 1) ** 0.5


table(
    ("solve rate", *map(str, rates)),
    [("mine", *(paid("propose", "ok", rate, proposer_reward="mine")["mine"] for rate in rates))],
)

# %% [markdown]
# It has a sharp peak at one half. What should a run do with a reward that is not a number?


# %%
@proposer_reward("broken")
def broken(record):
    return float("nan")


try:
    paid("propose", "ok", 0.5, proposer_reward="broken")
except RewardError as error:
    print(error)
print("advantages with one nan in the group:", normalise([1.0, -0.5, float("nan")]))

# %% [markdown]
# The run stops at once and names the reward. The second line shows what this prevents: one bad number spoils the whole
# group, then the gradient, and one step later the adapter.

# %% [markdown]
# Invent a reward. `record.solve_rate`, `record.program` and `record.answers` are there to look at;
# `help(RewardRecord)` lists the rest. Write down *how it will be gamed* before you check it. It has to be finite,
# between -1 and 1, and neither a trivial nor an impossible task may get the highest reward.


# %% tags=["exercise"]
def my_reward(record):
    """What a valid proposal is paid."""
    ### BEGIN SOLUTION
    # pays for its sweet spot of one in four; gamed by a lottery with four tickets
    rate = record.solve_rate
    return 0.0 if rate in (0.0, 1.0) else 1 - 2 * abs(rate - 0.25) ** 2
    ### END SOLUTION


check("04.my_reward", my_reward)

# %% [markdown] tags=["hint"]
# Start from a shape that is zero at both ends. What else does the record hold that a trivial task cannot fake?

# %% [markdown] tags=["hint"]
# A bonus for long programs goes to long trivial programs too. Multiply instead of adding.

# %% [markdown] tags=["teacher"]
# Collect the predicted games on the board, then let pairs swap rewards and attack each other's. Every reward that
# looks at solve rates alone is fooled by some lottery.

# %%
shape = mine  # the example from above; for your own: shape = my_reward


def paid_for(game):
    """What a program of the games above earns at each solve rate, with the answers that belong to it."""
    answers = lambda rate: ("1",) * round(8 * rate) + ("0",) * round(8 - 8 * rate)  # noqa: E731
    return lambda rate: shape(
        RewardRecord("propose", "deduction", Verdict("ok"), rate, program=games[game], answers=answers(rate))
    )


table(("program", "mine"), [pay_rows({"mine": paid_for(game)}, {game: measured[game]}, 8)[0] for game in games])

# %% [markdown]
# The program with the highest reward is what a proposer would learn to write, at the solve rates measured above. Put
# your own reward there. Is it the game that you predicted?

# %%
environment.close()
best = max(range(1, 65), key=lambda m: expected(learnability, 1 / m, 8))
record(
    missed=odds[0],
    expected_rare=expected(learnability, 0.02, 8),
    best_rate=best_rate(learnability, 8),
    best_tickets=best,
    guessed_two=measured["two tickets"],
    guessed_trivial=measured["trivial"],
    half_right=verdicts[1].share,
    sum_rule=sum(joined("sum").values()),
)

# %% [markdown]
# ## Summary
#
# Both roles have a ladder of rewards from -1 upwards. Learnability is 1 - r̄ with a cliff at zero, and n decides which
# tasks it really prefers. The released code fines both ends. With greedy answers, as we read its branch `master`, it
# fines every valid task alike. Every shape that sees only solve rates can be gamed: by impossible tasks, or by
# lotteries.
#
# ### Recall
#
# 1. Why does a wrong answer get more than malformed text?
# 2. Why is learnability zero at r̄ = 0, and why at r̄ = 1?
# 3. How often does a task with p = 0.02 look impossible to eight answers?
# 4. How does n change *what* is rewarded?
# 5. What reward does the released code give every valid proposal with greedy answers?
# 6. Which program games uncertainty, and which games inverse?
# 7. What does *one_correct* give for an answer that is right by luck on one pair?
#
# ### An open problem
#
# A lottery and a hard but learnable task have the same solve rate today. They differ tomorrow: one of the rates will
# rise. Can a proposer be rewarded for *progress*, and what would it write then?
#
# ### References
#
# Zhao et al., *Absolute Zero: Reinforced Self-play Reasoning with Zero Data*, arXiv 2505.03335, Eq. 4-6 and appendix D.
# Rutherford et al. 2024, arXiv 2408.15099 (variance). Huang et al. 2025, *R-Zero*, arXiv 2508.05004 (uncertainty).
# Code: `azr_nb/rewards/`. Next: [05 From rewards to advantages](05_advantages.ipynb).
