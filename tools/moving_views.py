"""What the site's moving parts show: views of the notebooks for one setting of their controls, without a kernel.

A function here has the name and the arguments of a view that is written down in a notebook itself. What a notebook
measured with a model comes from `moving.json`. Those that end in `_numbers` are for drawings made in the page.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from azr_nb import PythonPrograms, RewardRecord, Verdict, make_config
from azr_nb.course.views import advantages, executor, proposing, rewards, studies, tasks, toy, update
from azr_nb.course.views import replay as replays
from azr_nb.course.views.things_curves import frontier_figure
from azr_nb.rewards import get_reward, registered
from azr_nb.runs.pages import Page, table
from azr_nb.runs.plots import Picture
from azr_nb.runs.replay import Replay, open_replay
from azr_nb.runs.shipped import open_recorded
from azr_nb.runs.study import by_cell, scores, variants
from tools.moving_record import NUMBERS

ZOO = {
    "twice the remainder": ("def f(a):\n    b = a % 3\n    return b * 2", ["7", "2", "3", "10", "12", "-4"]),
    "first and last": (tasks.as_program("a[0] + a[-1]"), ["'hello'", "'ab'", "[1, 2]", "'xyz'", "[5]"]),
    "ten divided": (tasks.as_program("10 // a"), ["3", "1", "10", "-3", "4", "100"]),
}
PROPOSALS = {
    "list({a, 'bee', 'cat'})": "'ape'",
    "sorted({a, 'bee', 'cat'})": "'ape'",
    "a + 1": "'one'",
    "a * 3": "[1, 2]",
    "open(a).read()": "'notes.txt'",
    "lambda b: a": "1",
    "(a": "1",
    "sum(range(a))": "100000000",
}


OWN = {
    "def f(a):\n    b = a % 3\n    return b * 2": "7",
    "def f(a):\n    return a[::-1]": "[3, 1, 4]",
    "def f(a):\n    return a + a": "'xy'",
    "def f(a):\n    b = a * 7\n    return b - a": "6",
    "def f(a):\n    c = 0\n    for x in a:\n        c += x\n    return c": "[2, 5, 1]",
}


@cache
def measured(view: str) -> Any:
    """What a notebook measured with a model."""
    return json.loads(NUMBERS.read_text(encoding="utf-8"))[view]


@cache
def judge() -> PythonPrograms:
    """The environment that judges programs."""
    return PythonPrograms()


# --- numbers of the drawings -----------------------------------------------------------------------------------------
def chase_numbers() -> dict[str, Any]:
    """The toy's runs, one for each reward."""
    runs = {name: toy.toy_run(reward) for name, reward in toy.toy_rewards().items()}
    return {
        name: {"level": [round(v, 5) for v in run.level], "ability": [round(v, 5) for v in run.ability]}
        for name, run in runs.items()
    }


def reward_numbers() -> dict[str, Any]:
    """What each variant pays for k right answers of n."""
    most = max(rewards.SIZES)
    pay = {
        name: {n: [round(shape(k / n), 6) for k in range(n + 1)] for n in range(2, most + 1)}
        for name, shape in rewards.SHAPES.items()
    }
    return {"pay": pay}


def policy_numbers() -> dict[str, Any]:
    """The policy over three tokens, and their rewards."""
    return {"policy": advantages.POLICY, "rewards": advantages.REWARDS, "tokens": advantages.TOKENS}


# --- frames ----------------------------------------------------------------------------------------------------------
@cache
def asked(about: str) -> dict[str, Any]:
    """The tasks about a program of the zoo, by type."""
    return tasks.tasks_of(*ZOO[about], judge().executor)


def question(about: str, hidden: str, answer: str) -> Page:
    """Notebook 01: an answer to a question about a program, and its verdict."""
    return tasks.ask(asked(about)[tasks.HIDDEN[hidden]], answer, judge().executor)


def compared(one: str, other: str) -> Page:
    """Notebook 01: whether two values are the same to Python and to the verifier."""
    return table(("one", "other", "Python's ==", "the verifier"), [tasks.comparison(one, other)])


def answers_for(output: int, divisor: int) -> Picture:
    """Notebook 01: the inputs that are right answers."""
    text = f"def f(a):\n    b = a % {divisor}\n    return b * 2"
    return tasks.preimages(text, str(output), range(-6, 16), judge().executor)


def gates(program: str) -> Picture:
    """Notebook 02: how far a proposal gets."""
    return executor.try_proposal(tasks.as_program(program), PROPOSALS[program])


def limit(seconds: float) -> Picture:
    """Notebook 02: loops under a time limit, on the machine that builds the site."""
    return executor.race(seconds, executor.engines(), 6)


def knobs(references: int, temperature: float) -> Picture:
    """Notebook 03: the funnel of a setting."""
    (found,) = (
        row for row in measured("knobs") if (row["references"], row["temperature"]) == (references, temperature)
    )
    return proposing.setting_figure(**found)


def ranks(rank: int) -> Picture:
    """Notebook 06: what a rank costs, and what it keeps of a gradient."""
    found = measured("ranks")
    return update.rank_figure(found["values"], found["rows"], found["columns"], rank)


@cache
def healthy() -> Replay:
    """The healthy recorded run."""
    return open_replay(open_recorded("healthy"))


def replay(step: int, proposal: int) -> Page:
    """Notebook 07: one proposal of a step of the healthy run."""
    return replays.proposal_page(healthy(), step, proposal)


def family(task: int) -> Picture:
    """Notebook 07: the ancestors of one of the youngest tasks."""
    return replays.lineage_figure(healthy(), replays.new_tasks(healthy(), 20)[:12][task])


def curve(reward: str) -> Picture:
    """Notebook 09: what a reward pays."""
    record = dict(config=make_config("things"), program="@0:12")
    function = get_reward("proposer", reward).function
    return studies.reward_curve(
        lambda rate: function(RewardRecord("propose", "deduction", Verdict("ok"), rate, **record))
    )


def named_rewards() -> list[str]:
    """The rewards whose curve can be drawn, without that of the notebook."""
    return [reward.name for reward in registered("proposer") if reward.name not in ("random", "coin")]


def arms() -> dict[str, str]:
    """The recorded arms of whole paths."""
    return {name.removeprefix("things-whole-"): name for name in variants("things") if "whole" in name}


def frontier(arm: str) -> Picture:
    """Notebook 09: scores by length, before and after an arm."""
    return frontier_figure({"before": by_cell(arms()[arm], "before"), arm: by_cell(arms()[arm])})


def bootstrap(tasks: int, paired: str) -> Picture:
    """Notebook 10: the change over resampled tasks."""
    before, after = (scores("learnability", side)["own", "abduction"][0] for side in ("before", "after"))
    return studies.bootstrap_view(before, after, tasks, paired == "yes")


def among(k: int) -> Picture:
    """Notebook 10: pass@k before and after."""
    found = measured("among")
    return studies.pass_at_k_figure(found["before"], found["after"], found["drawn"], k)


def ask(program: str) -> Page:
    """Notebook 10: a prepared program, answered by the policy before and after self-play."""
    return Page(measured("ask")[program])
