"""The toy of notebook 00b: a solver that is one number, a proposer that is one number, and the two chasing each other.

A task is a difficulty. The solver is an ability a, and answers a task of difficulty d right with chance
p = 1 / (1 + exp(d - a)). The proposer is a level l, and draws difficulties from a normal distribution around it with
deviation 1. Both learn by REINFORCE (Williams 1992), and the proposer's reward is a function of the solve rate.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from azr_nb.course.drawing import LEGEND, dress, lines, panels, style
from azr_nb.rewards import builtin
from azr_nb.runs.plots import GREY, Picture

TRIES, PROPOSALS = 8, 12  # answers to a task, and tasks in a step
RATES = {"solver": 0.2, "proposer": 0.5}  # step sizes
Reward = Callable[[float], float]


def toy_rewards(seed: int = 0) -> dict[str, Reward]:
    """Five rewards of a proposer by name: functions of the solve rate, 0 to 1, that give 0 to 1."""
    rng = np.random.default_rng([seed, 5])
    return {
        "learnability": builtin.learnability,
        "uncertainty": builtin.uncertainty,
        "inverse": builtin.inverse,
        "easy": lambda rate: rate,
        "random": lambda rate: rng.random(),
    }


def right_chance(ability, difficulty):
    """The chance of a right answer."""
    return 1 / (1 + np.exp(np.subtract(difficulty, ability)))


def solver_pull(right, chance):
    """How far a step moves the ability, before the step size: mean of (r - mean of the task's tries) x (r - p).

    `right` has a row of tries, 0 or 1, for each task; `chance` the chance p of each task.
    """
    right = np.asarray(right, dtype=float)
    return float(((right - right.mean(1, keepdims=True)) * (right - np.asarray(chance)[:, None])).mean())


def proposer_pull(rewards, difficulties, level):
    """How far a step moves the level, before the step size: mean of (reward - mean reward) x (difficulty - level)."""
    rewards = np.asarray(rewards, dtype=float)
    return float(((rewards - rewards.mean()) * (np.asarray(difficulties) - level)).mean())


@dataclass(frozen=True)
class ToyRun:
    """A run of the toy: by step the level of the proposer, the ability of the solver, and the mean solve rate."""

    level: list[float] = field(default_factory=list)
    ability: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)

    def add(self, level: float, ability: float, rate: float) -> None:
        """Write down a step, as it begins."""
        self.level.append(level)
        self.ability.append(ability)
        self.rate.append(float(rate))


def toy_run(reward: Reward, steps: int = 300, seed: int = 0, tries: int = TRIES) -> ToyRun:
    """Self-play of the toy under a proposer's reward."""
    rng = np.random.default_rng(seed)
    level, ability, run = 0.0, 0.0, ToyRun()
    for _ in range(steps + 1):
        difficulties = rng.normal(level, 1, PROPOSALS)
        chance = right_chance(ability, difficulties)
        right = rng.random((PROPOSALS, tries)) < chance[:, None]
        rates = right.mean(1)
        run.add(level, ability, rates.mean())
        ability += RATES["solver"] * solver_pull(right, chance)
        level += RATES["proposer"] * proposer_pull([reward(float(rate)) for rate in rates], difficulties, level)
    return run


def chance_figure(ability: float = 0.0) -> Picture:
    """Two panels over the difficulty: the chance of a right answer, and how far one step moves the ability."""
    places = np.linspace(-6, 6, 121) + ability
    p = right_chance(ability, places)
    figure, axes = panels(2, 2.9)
    axes[0].plot(places, 100 * p, **style(0, marker=""))
    axes[1].plot(places, p * (1 - p) * (TRIES - 1) / TRIES, **style(1, marker=""))
    for axis in axes:
        axis.axvline(ability, color=GREY, linewidth=0.9, linestyle=":")
    dress(axes[0], "How often is a task solved?", "right answers (%)", "difficulty", ylim=(0, 100))
    dress(axes[1], "From which tasks is most learned?", "pull on the ability", "difficulty", ylim=(0, None))
    return figure


def reward_shapes(rewards: Mapping[str, Reward]) -> Picture:
    """Each reward that is a function of the solve rate, over the solve rates that eight tries can have."""
    figure, (axis,) = panels(1, 3.0)
    places = [i / TRIES for i in range(TRIES + 1)]
    curves = {name: [reward(x) for x in places] for name, reward in rewards.items() if name != "random"}
    lines(axis, [100 * x for x in places], curves, markersize=5)
    dress(axis, "What does each reward pay for?", "reward", "right answers to the task (%)", legend=LEGEND)
    return figure


def chase_figure(runs: Mapping[str, ToyRun]) -> Picture:
    """A panel for each run: the proposer's level and the solver's ability over the steps."""
    figure, axes = panels(len(runs), 3.1, share=True, width=max(4.5, 2.1 * len(runs)))
    values = [value for run in runs.values() for value in (*run.level, *run.ability)]
    room = (min(values) - 0.5, max(values) + 0.5)
    for axis, (name, run) in zip(axes, runs.items(), strict=True):
        axis.plot(run.level, **style(1, marker="", label="difficulty proposed"))
        axis.plot(run.ability, **style(0, marker="", label="ability of the solver"))
        limits = dict(xlim=(0, len(run.level) - 1), ylim=room)
        dress(axis, name, "difficulty, ability" if axis is axes[0] else "", ticks=3, **limits)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2, **LEGEND)
    return figure


def chase_view(reward: str = "learnability", step: int = 300) -> Picture:
    """One reward's run up to a step, and what the solver makes of the tasks that are proposed then."""
    run = toy_run(toy_rewards()[reward])
    figure, axes = panels(2, 3.1)
    axes[0].plot(run.level[: step + 1], **style(1, marker="", label="difficulty proposed"))
    axes[0].plot(run.ability[: step + 1], **style(0, marker="", label="ability of the solver"))
    room = (min(*run.level, *run.ability) - 0.5, max(*run.level, *run.ability) + 0.5)
    dress(axes[0], f"{reward}, after {step} steps", "difficulty, ability", xlim=(0, 300), ylim=room, legend=LEGEND)
    places = np.linspace(run.level[step] - 3, run.level[step] + 3, 61)
    axes[1].fill_between(places, 100 * np.exp(-((places - run.level[step]) ** 2) / 2), color="#EECC66", alpha=0.5)
    axes[1].plot(places, 100 * right_chance(run.ability[step], places), **style(0, marker=""))
    title = "Yellow: what is proposed. Line: how often it is solved"
    dress(axes[1], title, "right answers (%)", "difficulty", ylim=(0, 105))
    return figure


def ends(reward: Reward, seeds: Sequence[int] = range(5), **settings) -> list[float]:
    """The ability after a run, for each seed."""
    return [toy_run(reward, seed=seed, **settings).ability[-1] for seed in seeds]
